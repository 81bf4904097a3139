#include "kg/prefixes.h"

#include "core/memory.h"
#include "core/vocab.h"
#include "kg/cursor.h"

#include <string.h>
#include <strings.h>

typedef struct Prefix {
  const char *prefix, *iri;
  size_t prefix_size, iri_size;
} Prefix;

struct OgPrefixes {
  Prefix *rows; /* in order of preference */
  size_t count, capacity;
  OgIntern *namespaces; /* of rows with a prefix */
  uint32_t *best;       /* (namespaces) the first row of each */
  size_t best_capacity;
  OgArena arena;
};

typedef enum Sql { DECLARED, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    /* What most sources say comes first. */
    [DECLARED] = "SELECT prefix, iri FROM prefix GROUP BY prefix, iri "
                 "ORDER BY count(*) DESC, min(source), prefix, iri",
};

static const OgSqlTable table = {sql, SQL_COUNT};

static OgStatus add_namespace(OgPrefixes *prefixes, uint32_t row, OgError *err) {
  const Prefix *prefix = &prefixes->rows[row];
  const uint32_t count = og_intern_count(prefixes->namespaces);
  uint32_t number;
  int added;
  uint32_t *best = og_arena_grow(&prefixes->arena, prefixes->best, count, &prefixes->best_capacity,
                                 sizeof *best);
  if (!best) {
    return og_error_no_memory(err);
  }
  prefixes->best = best;
  OG_TRY(og_intern_add(prefixes->namespaces, prefix->iri, prefix->iri_size, &number, &added, err));
  best[number] = added ? row : best[number];
  return OG_OK;
}

static OgStatus add(OgPrefixes *prefixes, const char *prefix, const char *iri, OgError *err) {
  Prefix *rows = og_arena_grow(&prefixes->arena, prefixes->rows, prefixes->count,
                               &prefixes->capacity, sizeof(Prefix));
  if (!rows) {
    return og_error_no_memory(err);
  }
  prefixes->rows = rows;
  rows[prefixes->count++] = (Prefix){prefix, iri, strlen(prefix), strlen(iri)};
  return prefix[0] ? add_namespace(prefixes, (uint32_t)prefixes->count - 1, err) : OG_OK;
}

static OgStatus load(OgStore *store, OgPrefixes *prefixes, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(store, &table, DECLARED, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const char *prefix = NULL, *iri = NULL;
    OG_GO(og_cursor_copy(&cursor, 0, &prefixes->arena, &prefix, err));
    OG_GO(og_cursor_copy(&cursor, 1, &prefixes->arena, &iri, err));
    OG_GO(add(prefixes, prefix, iri, err));
  }
done:
  og_cursor_close(&cursor);
  for (const OgPrefix *known = og_known_prefixes; status == OG_OK && known->prefix; known++) {
    status = add(prefixes, known->prefix, known->iri, err);
  }
  return status;
}

OgStatus og_prefixes_load(OgStore *store, OgPrefixes **prefixes, OgError *err) {
  OgPrefixes *loaded = OG_NEW(OgPrefixes);
  if (!loaded) {
    return og_error_no_memory(err);
  }
  loaded->namespaces = og_intern_new();
  const OgStatus status = loaded->namespaces ? load(store, loaded, err) : og_error_no_memory(err);
  if (status == OG_OK) {
    *prefixes = loaded;
  } else {
    og_prefixes_free(loaded);
  }
  return status;
}

void og_prefixes_free(OgPrefixes *prefixes) {
  if (prefixes) {
    og_intern_free(prefixes->namespaces);
    og_arena_clear(&prefixes->arena);
    og_free(prefixes);
  }
}

typedef int (*Compare)(const char *a, const char *b, size_t size);

static const char *find(const OgPrefixes *prefixes, const char *prefix, size_t size,
                        Compare compare) {
  for (size_t k = 0; k < prefixes->count; k++) {
    const Prefix *row = &prefixes->rows[k];
    if (row->prefix_size == size && compare(row->prefix, prefix, size) == 0) {
      return row->iri;
    }
  }
  return NULL;
}

const char *og_prefixes_exact(const OgPrefixes *prefixes, const char *prefix, size_t size) {
  return find(prefixes, prefix, size, strncmp);
}

const char *og_prefixes_find(const OgPrefixes *prefixes, const char *prefix, size_t size) {
  const char *exact = og_prefixes_exact(prefixes, prefix, size);
  return exact ? exact : find(prefixes, prefix, size, strncasecmp);
}

const char *og_prefixes_namespace(const OgPrefixes *prefixes, size_t number) {
  return number < prefixes->count ? prefixes->rows[number].iri : NULL;
}

const char *og_prefixes_name(const OgPrefixes *prefixes, size_t number) {
  return number < prefixes->count ? prefixes->rows[number].prefix : NULL;
}

uint32_t og_namespace_find(const OgIntern *namespaces, OgText iri, bool (*is_local)(char c)) {
  enum { MOST_LOCAL = 1000 }; /* each look-up reads what is before it */
  const size_t least = iri.size > MOST_LOCAL ? iri.size - MOST_LOCAL : 1;
  size_t at = iri.size;
  while (at > least && is_local(iri.data[at - 1])) {
    at--;
    const uint32_t found = og_intern_find(namespaces, iri.data, at);
    if (found != OG_INTERN_NONE) {
      return found;
    }
  }
  return OG_INTERN_NONE;
}

/* Of a local name that reads well behind a colon and can only be split there. */
static bool is_local(char c) {
  return !strchr("/#:?&<>\" ", c);
}

/* Bytes of "DOID" in "DOID_1612" (OBO Foundry identifier policy); 0 when local is not of that form.
 */
static size_t obo_space(const char *local) {
  const size_t size = strcspn(local, "_");
  const size_t digits = local[size] == '_' ? strspn(local + size + 1, "0123456789") : 0;
  return digits > 0 && local[size + 1 + digits] == '\0' ? size : 0;
}

OgStatus og_prefixes_shorten(const OgPrefixes *prefixes, const char *iri, OgBuffer *curie,
                             OgError *err) {
  const uint32_t found =
      og_namespace_find(prefixes->namespaces, (OgText){iri, strlen(iri)}, is_local);
  if (found == OG_INTERN_NONE) {
    return OG_NOT_FOUND;
  }
  const Prefix *best = &prefixes->rows[prefixes->best[found]];
  const char *local = iri + best->iri_size;
  const size_t space = strcmp(best->iri, OG_NS_OBO) == 0 ? obo_space(local) : 0;
  og_buffer_reset(curie);
  return space > 0 ? og_buffer_format(curie, err, "%.*s:%s", (int)space, local, local + space + 1)
                   : og_buffer_format(curie, err, "%s:%s", best->prefix, local);
}

/* Add the term of this IRI, if there is one. */
static OgStatus add_term(OgStore *store, const char *iri, size_t size, OgTermReadings *terms,
                         OgError *err) {
  int64_t id;
  OG_TRY(og_store_find_iri(store, iri, size, &id, err));
  if (id != 0) {
    terms->ids[terms->count++] = id;
  }
  return OG_OK;
}

OgStatus og_prefixes_terms(const OgPrefixes *prefixes, OgStore *store, const char *text,
                           OgBuffer *scratch, OgTermReadings *terms, OgError *err) {
  const size_t size = strlen(text);
  const char *colon = strchr(text, ':');
  terms->count = 0;
  if (size > 2 && text[0] == '<' && text[size - 1] == '>') {
    return add_term(store, text + 1, size - 2, terms, err);
  }
  if (!colon) {
    return OG_OK;
  }
  OG_TRY(add_term(store, text, size, terms, err));
  if (strpbrk(text, " \t\n")) {
    return OG_OK;
  }
  const char *space = og_prefixes_find(prefixes, text, (size_t)(colon - text));
  if (space) {
    og_buffer_reset(scratch);
    OG_TRY(og_buffer_format(scratch, err, "%s%s", space, colon + 1));
    OG_TRY(add_term(store, scratch->data, scratch->size, terms, err));
  }
  og_buffer_reset(scratch); /* by the convention of the OBO Foundry */
  OG_TRY(og_buffer_format(scratch, err, OG_NS_OBO "%.*s_%s", (int)(colon - text), text, colon + 1));
  return add_term(store, scratch->data, scratch->size, terms, err);
}

OgStatus og_prefixes_copy(const OgPrefixes *prefixes, const char *iri, OgArena *arena,
                          OgBuffer *scratch, const char **curie, OgError *err) {
  *curie = NULL;
  const OgStatus status = og_prefixes_shorten(prefixes, iri, scratch, err);
  if (status == OG_OK) {
    *curie = og_arena_copy(arena, scratch->data, scratch->size);
    return *curie ? OG_OK : og_error_no_memory(err);
  }
  return status == OG_NOT_FOUND ? OG_OK : status;
}
