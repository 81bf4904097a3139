#include "kg/graph_hash.h"

#include "core/memory.h"
#include "kg/cursor.h"
#include "kg/triples.h"

#include <stdlib.h>
#include <string.h>

typedef enum Sql { ENTITIES, RELATIONS, EDGES, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ENTITIES] = "SELECT id, text, entity.kind FROM entity JOIN term USING(id) ORDER BY 1",
    [RELATIONS] = "SELECT id, text FROM relation JOIN term USING(id) ORDER BY 1",
    /* in the order of the primary key: equal rows, of different sources, stand together */
    [EDGES] = "SELECT head, relation, tail, via FROM edge ORDER BY 1, 2, 3, 4",
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* The hashes of the IRIs of entities, or of relations. */
typedef struct Terms {
  int64_t *ids; /* (count) ascending */
  OgHash128 *hashes;
  size_t count, capacity;
} Terms;

/* A set, so far. Laid out without gaps: its bytes are hashed. */
typedef struct Sum {
  uint64_t count;
  OgHash128 hashes; /* sums of both halves */
} Sum;

typedef struct Hasher {
  OgStore *store;
  Terms entities, relations;
  Sum entity_sum, edge_sum;
} Hasher;

static void add(Sum *sum, const void *bytes, size_t size) {
  const OgHash128 hash = og_hash128(bytes, size);
  sum->count++;
  sum->hashes.low += hash.low;
  sum->hashes.high += hash.high;
}

static OgStatus add_term(Terms *terms, int64_t id, OgHash128 hash, OgError *err) {
  size_t capacity = terms->capacity; /* of both, when both have grown */
  int64_t *ids = og_grow(terms->ids, terms->count, &capacity, sizeof *ids);
  terms->ids = ids ? ids : terms->ids;
  OgHash128 *hashes =
      ids ? og_grow(terms->hashes, terms->count, &terms->capacity, sizeof *hashes) : NULL;
  if (!hashes) {
    return og_error_no_memory(err);
  }
  terms->hashes = hashes;
  terms->ids[terms->count] = id;
  terms->hashes[terms->count++] = hash;
  return OG_OK;
}

/* Hash a column's text. */
static OgStatus hash_text(const OgCursor *cursor, int column, OgHash128 *hash, OgError *err) {
  const char *text;
  size_t size;
  OG_TRY(og_cursor_text(cursor, column, &text, &size, err));
  *hash = og_hash128(text, size);
  return OG_OK;
}

/* sum: of the terms with their kinds; NULL when they have none. */
static OgStatus read_terms(OgStore *store, Sql which, Terms *terms, Sum *sum, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(store, &table, which, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    OgHash128 record[2]; /* the IRI, the kind */
    OG_GO(hash_text(&cursor, 1, &record[0], err));
    if (sum) {
      OG_GO(hash_text(&cursor, 2, &record[1], err));
      add(sum, record, sizeof record);
    }
    status = add_term(terms, og_cursor_integer(&cursor, 0), record[0], err);
  }
done:
  og_cursor_close(&cursor);
  return status;
}

/* The hash of a column's term. */
static OgStatus look_up(const Hasher *hasher, const OgCursor *cursor, int column,
                        const Terms *terms, OgHash128 *hash, OgError *err) {
  const int64_t id = og_cursor_integer(cursor, column);
  const size_t k = og_find_id(terms->ids, terms->count, id);
  if (k == terms->count) {
    return og_error_set(err, OG_BAD_STORE,
                        "%s has an edge of the term %lld, which is no %s of it: import the sources "
                        "into a new graph",
                        og_store_path(hasher->store), (long long)id,
                        terms == &hasher->entities ? "entity" : "relation");
  }
  *hash = terms->hashes[k];
  return OG_OK;
}

static OgStatus read_edges(Hasher *hasher, OgError *err) {
  static const OgHash128 none = {0, 0};
  OgHash128 record[] = {none, none, none, none}; /* head, relation, tail, via */
  OgHash128 before[OG_COUNT(record)];
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(hasher->store, &table, EDGES, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    memcpy(before, record, sizeof before);
    OG_GO(look_up(hasher, &cursor, 0, &hasher->entities, &record[0], err));
    OG_GO(look_up(hasher, &cursor, 1, &hasher->relations, &record[1], err));
    OG_GO(look_up(hasher, &cursor, 2, &hasher->entities, &record[2], err));
    OG_GO(hash_text(&cursor, 3, &record[3], err));
    if (memcmp(before, record, sizeof before) != 0) {
      add(&hasher->edge_sum, record, sizeof record);
    }
  }
done:
  og_cursor_close(&cursor);
  return status;
}

static void clear_terms(Terms *terms) {
  og_free(terms->ids);
  og_free(terms->hashes);
}

OgStatus og_store_graph_hash(OgStore *store, char hex[OG_SHA256_HEX_SIZE], OgError *err) {
  Hasher hasher = {.store = store};
  OgSha256 sha;
  OgStatus status;
  OG_GO(read_terms(store, ENTITIES, &hasher.entities, &hasher.entity_sum, err));
  OG_GO(read_terms(store, RELATIONS, &hasher.relations, NULL, err));
  OG_GO(read_edges(&hasher, err));
  og_sha256_init(&sha);
  og_sha256_add(&sha, &hasher.entity_sum, sizeof hasher.entity_sum);
  og_sha256_add(&sha, &hasher.edge_sum, sizeof hasher.edge_sum);
  og_sha256_hex(&sha, hex);
done:
  clear_terms(&hasher.entities);
  clear_terms(&hasher.relations);
  return status;
}
