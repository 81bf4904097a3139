#include "kg/describe.h"

#include "core/buffer.h"
#include "core/vocab.h"
#include "kg/cursor.h"
#include "kg/graph_hash.h"
#include "kg/hierarchy.h"
#include "kg/infer.h"
#include "kg/names.h"
#include "kg/prefixes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEFAULT_LIMIT = 20 };

#define PARENT_IDS                                                                                 \
  "SELECT tail AS id FROM edge WHERE head = ?1 AND relation IN " OG_SQL_UP " UNION "               \
  "SELECT head FROM edge WHERE tail = ?1 AND relation IN " OG_SQL_DOWN
#define CHILD_IDS                                                                                  \
  "SELECT head AS id FROM edge WHERE tail = ?1 AND relation IN " OG_SQL_UP " UNION "               \
  "SELECT tail FROM edge WHERE head = ?1 AND relation IN " OG_SQL_DOWN

/* Entities that no file names, being of another part or another thesaurus, come last. */
#define UNNAMED       "NOT EXISTS (SELECT 1 FROM name WHERE name.entity = entity.id)"
#define ORDER         UNNAMED ", lower(entity.label), entity.id"
#define ASSERTED      OG_SQL_IS_ASSERTED("source")
#define IN_ORDER(ids) "SELECT id FROM (" ids ") JOIN entity USING(id) ORDER BY " ORDER

/* What is neither an entity nor the definition, of predicates that give attributes and no names or
 * marks. */
#define FROM_ATTRIBUTES                                                                            \
  "FROM quad JOIN term o ON o.id = object AND o.kind <> 2 JOIN entity e ON e.id = subject "        \
  "WHERE subject = ?1 AND object IS NOT e.definition AND "                                         \
  "predicate IN (SELECT predicate FROM reading WHERE became = 'attribute' EXCEPT "                 \
  " SELECT predicate FROM reading WHERE became IN ('name', 'mark', 'type')) AND "                  \
  "NOT EXISTS (SELECT 1 FROM entity WHERE entity.id = object) "

/* All that the files say of a term, and all that they say it of: other is the other end. */
#define FROM_STATEMENTS(end, other)                                                                \
  "FROM quad JOIN term o ON o.id = " other " WHERE " end " = ?1 AND " ASSERTED " "
#define STATEMENTS_BY_PREDICATE(end, other)                                                        \
  "SELECT predicate, (SELECT text FROM term WHERE id = predicate) AS iri,"                         \
  " count(DISTINCT " other ") " FROM_STATEMENTS(end, other) "GROUP BY predicate ORDER BY iri"
#define STATEMENTS_OF_PREDICATE(end, other)                                                        \
  "SELECT DISTINCT iif(o.kind = 2, '_:' || o.text, o.text), o.language, o.kind = "                 \
  "1 " FROM_STATEMENTS(end, other) "AND predicate = ?2 ORDER BY o.kind = 2, o.text, o.language"

typedef enum Sql {
  ENTITY,
  NAMES_OF,
  PARENTS,
  PARENT_COUNT,
  CHILDREN,
  CHILD_COUNT,
  RELATIONS_OUT,
  RELATIONS_IN,
  EDGES_OUT,
  EDGES_IN,
  SUCCESSORS,
  ATTRIBUTES,
  VALUES,
  IRI,
  SAID,
  SAID_VALUES,
  MENTIONS,
  MENTION_VALUES,
  SOURCES,
  STATEMENTS,
  INFERRED,
  TERMS,
  ENTITIES,
  EDGES,
  NAMES,
  ENTITY_KINDS,
  NAME_LANGUAGES,
  NAME_KINDS,
  READINGS,
  LEFT,
  RELATIONS,
  EMBEDDING_SETS,
  RUNS,
  SQL_COUNT
} Sql;

static const char *const sql[SQL_COUNT] = {
    [ENTITY] = "SELECT entity.kind, text, language, replaced_by "
               "FROM entity LEFT JOIN term ON term.id = definition WHERE entity.id = ?1",
    [NAMES_OF] = "SELECT text, language, kind FROM name WHERE entity = ?1 ORDER BY id",
    [PARENTS] = IN_ORDER(PARENT_IDS),
    [PARENT_COUNT] = "SELECT count(*) FROM (" PARENT_IDS ")",
    [CHILDREN] = IN_ORDER(CHILD_IDS),
    [CHILD_COUNT] = "SELECT count(*) FROM (" CHILD_IDS ")",
    [RELATIONS_OUT] = "SELECT relation, relation.label, term.text, count(DISTINCT tail) "
                      "FROM edge JOIN relation ON relation.id = relation "
                      "JOIN term ON term.id = relation WHERE head = ?1 "
                      "GROUP BY relation ORDER BY lower(relation.label), relation",
    [RELATIONS_IN] = "SELECT relation, relation.label, term.text, count(DISTINCT head) "
                     "FROM edge JOIN relation ON relation.id = relation "
                     "JOIN term ON term.id = relation WHERE tail = ?1 "
                     "GROUP BY relation ORDER BY lower(relation.label), relation",
    [EDGES_OUT] = "SELECT tail, group_concat(DISTINCT via) "
                  "FROM edge JOIN entity ON entity.id = tail WHERE head = ?1 AND relation = ?2 "
                  "GROUP BY tail ORDER BY " ORDER " LIMIT ?3",
    [EDGES_IN] = "SELECT head, group_concat(DISTINCT via) "
                 "FROM edge JOIN entity ON entity.id = head WHERE tail = ?1 AND relation = ?2 "
                 "GROUP BY head ORDER BY " ORDER " LIMIT ?3",
    [SUCCESSORS] =
        "SELECT successor, successor.kind FROM successor JOIN entity ON entity.id = successor "
        "WHERE entity = ?1 ORDER BY successor.kind DESC, lower(label), successor",
    [ATTRIBUTES] = "SELECT predicate, (SELECT text FROM term WHERE id = predicate) AS iri,"
                   " count(DISTINCT object) " FROM_ATTRIBUTES "GROUP BY predicate ORDER BY iri",
    [VALUES] = "SELECT DISTINCT o.text, o.language, o.kind = 1 " FROM_ATTRIBUTES
               "AND predicate = ?2 ORDER BY o.text, o.language",
    [IRI] = "SELECT text FROM term WHERE id = ?1 AND EXISTS"
            " (SELECT 1 FROM quad WHERE subject = ?1 OR object = ?1 OR predicate = ?1)",
    [SAID] = STATEMENTS_BY_PREDICATE("subject", "object"),
    [SAID_VALUES] = STATEMENTS_OF_PREDICATE("subject", "object"),
    [MENTIONS] = STATEMENTS_BY_PREDICATE("object", "subject"),
    [MENTION_VALUES] = STATEMENTS_OF_PREDICATE("object", "subject"),
    [SOURCES] =
        "SELECT iri, path, format, sha256, imported_at, title, version, licence, date, bytes,"
        " statements FROM source WHERE iri <> '" OG_INFERRED_GRAPH "' ORDER BY id",
    /* of one source its import has counted them */
    [STATEMENTS] = "SELECT CASE count(*) WHEN 1 THEN sum(statements) ELSE"
                   " (SELECT count(*) FROM (SELECT DISTINCT subject, predicate, object FROM quad "
                   "WHERE " ASSERTED ")) END FROM source WHERE iri <> '" OG_INFERRED_GRAPH "'",
    [INFERRED] = "SELECT count(*) FROM inferred_edge",
    [TERMS] = "SELECT count(*) FILTER (WHERE kind = 1), count(*) FILTER (WHERE kind = 2),"
              " count(*) FILTER (WHERE kind = 3) FROM term",
    [ENTITIES] = "SELECT count(*), count(*) FILTER (WHERE deprecated),"
                 " count(*) FILTER (WHERE " UNNAMED "),"
                 " count(*) FILTER (WHERE NOT EXISTS"
                 "  (SELECT 1 FROM quad WHERE subject = entity.id AND " ASSERTED ")) FROM entity",
    [EDGES] = "SELECT count(*) FROM (SELECT DISTINCT head, relation, tail FROM edge)",
    [NAMES] = "SELECT count(*) FROM name",
    [ENTITY_KINDS] = "SELECT kind, count(*) FROM entity GROUP BY kind ORDER BY 2 DESC, 1",
    [NAME_LANGUAGES] = "SELECT language, count(*) FROM name GROUP BY language ORDER BY 2 DESC, 1",
    [READINGS] = "SELECT became, sum(statements) FROM reading GROUP BY became ORDER BY 2 DESC, 1",
    [LEFT] = "SELECT text, statements FROM reading JOIN term ON term.id = predicate "
             "WHERE became = 'statement' ORDER BY 2 DESC, 1",
    [NAME_KINDS] = "SELECT kind, count(*) FROM name GROUP BY kind ORDER BY 2 DESC, 1",
    [RELATIONS] = "WITH used AS (SELECT relation, count(*) AS edges FROM"
                  " (SELECT DISTINCT head, relation, tail FROM edge) GROUP BY relation) "
                  "SELECT relation.id, relation.label, term.text, ifnull(edges, 0) "
                  "FROM relation JOIN term USING(id) LEFT JOIN used ON relation = relation.id "
                  "ORDER BY 4 DESC, lower(relation.label), relation.id",
    [EMBEDDING_SETS] = "SELECT name, model, created_at, parameters, metrics, dim,"
                       " (SELECT count(*) FROM embedding WHERE embedding_set = embedding_set.id),"
                       " graph_hash FROM embedding_set ORDER BY id",
    [RUNS] = "SELECT run.name, base, fusion, run.created_at, run.parameters, run.metrics,"
             " embedding_set.name, (SELECT count(*) FROM prediction WHERE run = run.id),"
             " (SELECT count(*) FROM prediction JOIN mention ON prediction = prediction.id"
             "  WHERE run = run.id), run.graph_hash "
             "FROM run LEFT JOIN embedding_set ON embedding_set.id = embedding_set ORDER BY run.id",
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* Copy the first count columns of a row; a NULL stays NULL. */
static OgStatus copy_texts(const OgCursor *row, OgArena *arena, const char **const *texts,
                           size_t count, OgError *err) {
  for (size_t k = 0; k < count; k++) {
    OG_TRY(og_cursor_copy(row, (int)k, arena, texts[k], err));
  }
  return OG_OK;
}

/* ---- One entity ---------------------------------------------------------------------------- */

typedef struct Describer {
  OgRefReader reader;
  OgCard *card;
  const char *languages; /* of the names */
  int64_t limit;
  OgHierarchy hierarchy;
} Describer;

/* Look an entity up by number; id 0 when it is none. */
static OgStatus find_ref(Describer *describer, int64_t id, OgEntityRef *ref, OgError *err) {
  return og_ref_read(&describer->reader, id, &describer->card->arena, ref, err);
}

static OgStatus describe_entity(Describer *describer, int64_t id, OgError *err) {
  OgCard *card = describer->card;
  int64_t replaced_by = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(find_ref(describer, id, &card->entity, err));
  if (card->entity.id == 0) {
    return og_error_set(err, OG_NOT_FOUND, "%s has no entity #%lld",
                        og_store_path(describer->reader.store), (long long)id);
  }
  OG_TRY(og_cursor_open(describer->reader.store, &table, ENTITY, &cursor, err));
  og_cursor_bind(&cursor, 1, id);
  if (og_cursor_next(&cursor, &status, err)) {
    const char **const texts[] = {&card->kind, &card->definition, &card->definition_language};
    replaced_by = og_cursor_integer(&cursor, OG_COUNT(texts));
    status = copy_texts(&cursor, &card->arena, texts, OG_COUNT(texts), err);
  }
  og_cursor_close(&cursor);
  if (status == OG_OK && replaced_by != 0) {
    status = find_ref(describer, replaced_by, &card->replaced_by, err);
  }
  return status;
}

/* A name and what it is sorted by. */
typedef struct RankedName {
  OgCardName name;
  unsigned language;
  float weight;
  size_t place;
} RankedName;

static int compare_names(const void *left, const void *right) {
  const RankedName *a = left, *b = right;
  if (a->language != b->language) {
    return a->language < b->language ? -1 : 1;
  }
  if (a->weight != b->weight) {
    return a->weight > b->weight ? -1 : 1;
  }
  return a->place < b->place ? -1 : a->place > b->place;
}

static OgStatus rank_names(OgCard *card, RankedName *ranked, size_t count, OgError *err) {
  card->names = og_arena_alloc(&card->arena, count, sizeof(OgCardName));
  if (!card->names) {
    return og_error_no_memory(err);
  }
  if (count > 1) {
    qsort(ranked, count, sizeof(RankedName), compare_names);
  }
  for (size_t k = 0; k < count; k++) {
    card->names[k] = ranked[k].name;
  }
  card->name_count = count;
  return OG_OK;
}

static OgStatus describe_names(Describer *describer, OgError *err) {
  OgCard *card = describer->card;
  RankedName *ranked = NULL;
  size_t count = 0, capacity = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(describer->reader.store, &table, NAMES_OF, &cursor, err));
  og_cursor_bind(&cursor, 1, card->entity.id);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    RankedName *grown = og_arena_grow(&card->arena, ranked, count, &capacity, sizeof *ranked);
    if (!grown) {
      status = og_error_no_memory(err);
      break;
    }
    ranked = grown;
    OgCardName *name = &ranked[count].name;
    const char **const texts[] = {&name->text, &name->language, &name->kind};
    OG_GO(copy_texts(&cursor, &card->arena, texts, OG_COUNT(texts), err));
    ranked[count].language = og_language_rank(describer->languages, name->language);
    ranked[count].weight = og_name_weight(name->kind);
    ranked[count].place = count;
    count++;
  }
done:
  og_cursor_close(&cursor);
  return status == OG_OK ? rank_names(card, ranked, count, err) : status;
}

static OgStatus open_hierarchy(Describer *describer, Sql which, OgCursor *cursor, OgError *err) {
  OG_TRY(og_cursor_open(describer->reader.store, &table, which, cursor, err));
  og_cursor_bind(cursor, 1, describer->card->entity.id);
  og_hierarchy_bind(&describer->hierarchy, cursor);
  return OG_OK;
}

/* Parents or children: how many there are, and the first of them. */
static OgStatus describe_kin(Describer *describer, Sql list, Sql count, OgEntityRefs *refs,
                             OgError *err) {
  size_t capacity = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(open_hierarchy(describer, count, &cursor, err));
  if (og_cursor_next(&cursor, &status, err)) {
    refs->total = (size_t)og_cursor_integer(&cursor, 0);
  }
  og_cursor_close(&cursor);
  OG_TRY(status);
  OG_TRY(open_hierarchy(describer, list, &cursor, err));
  while (status == OG_OK && refs->count < (size_t)describer->limit &&
         og_cursor_next(&cursor, &status, err)) {
    OgEntityRef *items = og_arena_grow(&describer->card->arena, refs->items, refs->count, &capacity,
                                       sizeof(OgEntityRef));
    if (!items) {
      status = og_error_no_memory(err);
      break;
    }
    refs->items = items;
    status = find_ref(describer, og_cursor_integer(&cursor, 0), &items[refs->count++], err);
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus describe_edges(Describer *describer, Sql which, OgCardEdges *edges, OgError *err) {
  OgArena *arena = &describer->card->arena;
  size_t capacity = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(describer->reader.store, &table, which, &cursor, err));
  og_cursor_bind(&cursor, 1, describer->card->entity.id);
  og_cursor_bind(&cursor, 2, edges->relation);
  og_cursor_bind(&cursor, 3, describer->limit);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    OgCardEdge *items =
        og_arena_grow(arena, edges->items, edges->count, &capacity, sizeof(OgCardEdge));
    if (!items) {
      status = og_error_no_memory(err);
      break;
    }
    edges->items = items;
    OgCardEdge *edge = &items[edges->count++];
    OG_GO(og_cursor_copy(&cursor, 1, arena, &edge->via, err));
    OG_GO(find_ref(describer, og_cursor_integer(&cursor, 0), &edge->entity, err));
  }
done:
  og_cursor_close(&cursor);
  return status;
}

/* Edges in one direction, a group a relation outside the hierarchy. */
static OgStatus describe_relations(Describer *describer, Sql relations, Sql edges,
                                   OgCardEdges **groups, size_t *count, OgError *err) {
  OgArena *arena = &describer->card->arena;
  size_t capacity = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(describer->reader.store, &table, relations, &cursor, err));
  og_cursor_bind(&cursor, 1, describer->card->entity.id);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    if (og_hierarchy_slope(&describer->hierarchy, og_cursor_integer(&cursor, 0)) != OG_LEVEL) {
      continue;
    }
    OgCardEdges *grown = og_arena_grow(arena, *groups, *count, &capacity, sizeof(OgCardEdges));
    if (!grown) {
      status = og_error_no_memory(err);
      break;
    }
    *groups = grown;
    OgCardEdges *group = &grown[(*count)++];
    *group = (OgCardEdges){.relation = og_cursor_integer(&cursor, 0),
                           .total = (size_t)og_cursor_integer(&cursor, 3)};
    OG_GO(og_cursor_copy(&cursor, 1, arena, &group->label, err));
    OG_GO(og_cursor_copy(&cursor, 2, arena, &group->iri, err));
    OG_GO(describe_edges(describer, edges, group, err));
  }
done:
  og_cursor_close(&cursor);
  return status;
}

static OgStatus describe_successors(Describer *describer, OgError *err) {
  OgCard *card = describer->card;
  size_t capacity = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(describer->reader.store, &table, SUCCESSORS, &cursor, err));
  og_cursor_bind(&cursor, 1, card->entity.id);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    OgCardSuccessor *grown = og_arena_grow(&card->arena, card->successors, card->successor_count,
                                           &capacity, sizeof *grown);
    if (!grown) {
      status = og_error_no_memory(err);
      break;
    }
    card->successors = grown;
    OgCardSuccessor *successor = &grown[card->successor_count++];
    OG_GO(og_cursor_copy(&cursor, 1, &card->arena, &successor->kind, err));
    OG_GO(find_ref(describer, og_cursor_integer(&cursor, 0), &successor->entity, err));
  }
done:
  og_cursor_close(&cursor);
  return status;
}

/* Values come by their texts: those in a better language move to the front. */
static void place_value(const Describer *describer, OgCardAttribute *attribute,
                        const OgCardValue *value) {
  const unsigned rank = og_language_rank(describer->languages, value->language);
  size_t place = attribute->count;
  while (place > 0 &&
         og_language_rank(describer->languages, attribute->items[place - 1].language) > rank) {
    place--;
  }
  const size_t most = (size_t)describer->limit;
  if (place == most) {
    return;
  }
  attribute->count += attribute->count < most;
  for (size_t k = attribute->count - 1; k > place; k--) {
    attribute->items[k] = attribute->items[k - 1];
  }
  attribute->items[place] = *value;
}

static OgStatus describe_values(Describer *describer, Sql values, int64_t term,
                                OgCardAttribute *attribute, OgError *err) {
  OgArena *arena = &describer->card->arena;
  OgCursor cursor;
  OgStatus status = OG_OK;
  const size_t most = (size_t)describer->limit;
  attribute->items = og_arena_alloc(arena, attribute->total < most ? attribute->total : most,
                                    sizeof *attribute->items);
  if (!attribute->items) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_cursor_open(describer->reader.store, &table, values, &cursor, err));
  og_cursor_bind(&cursor, 1, term);
  og_cursor_bind(&cursor, 2, attribute->predicate);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    OgCardValue value = {.is_iri = og_cursor_integer(&cursor, 2) != 0};
    const char **const texts[] = {&value.text, &value.language};
    status = copy_texts(&cursor, arena, texts, OG_COUNT(texts), err);
    if (status == OG_OK) {
      place_value(describer, attribute, &value);
    }
  }
  og_cursor_close(&cursor);
  return status;
}

/* A group a predicate, of the statements of a term. */
static OgStatus describe_attributes(Describer *describer, Sql which, Sql values, int64_t term,
                                    OgCardAttribute **groups, size_t *count, OgError *err) {
  OgArena *arena = &describer->card->arena;
  size_t capacity = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(describer->reader.store, &table, which, &cursor, err));
  og_cursor_bind(&cursor, 1, term);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    OgCardAttribute *grown = og_arena_grow(arena, *groups, *count, &capacity, sizeof *grown);
    if (!grown) {
      status = og_error_no_memory(err);
      break;
    }
    *groups = grown;
    OgCardAttribute *attribute = &grown[(*count)++];
    *attribute = (OgCardAttribute){.predicate = og_cursor_integer(&cursor, 0),
                                   .total = (size_t)og_cursor_integer(&cursor, 2)};
    OG_GO(og_cursor_copy(&cursor, 1, arena, &attribute->iri, err));
    OG_GO(og_prefixes_copy(describer->reader.prefixes, attribute->iri, arena,
                           &describer->reader.scratch, &attribute->curie, err));
    OG_GO(describe_values(describer, values, term, attribute, err));
  }
done:
  og_cursor_close(&cursor);
  return status;
}

static OgStatus fill_card(Describer *describer, int64_t entity, OgError *err) {
  OgCard *card = describer->card;
  OG_TRY(og_hierarchy_read(describer->reader.store, &describer->hierarchy, err));
  OG_TRY(describe_entity(describer, entity, err));
  OG_TRY(describe_names(describer, err));
  OG_TRY(describe_kin(describer, PARENTS, PARENT_COUNT, &card->parents, err));
  OG_TRY(describe_kin(describer, CHILDREN, CHILD_COUNT, &card->children, err));
  OG_TRY(
      describe_relations(describer, RELATIONS_OUT, EDGES_OUT, &card->out, &card->out_count, err));
  OG_TRY(describe_relations(describer, RELATIONS_IN, EDGES_IN, &card->in, &card->in_count, err));
  OG_TRY(describe_successors(describer, err));
  return describe_attributes(describer, ATTRIBUTES, VALUES, entity, &card->attributes,
                             &card->attribute_count, err);
}

static OgStatus describer_open(OgStore *store, const OgDescribeOptions *options, OgCard *card,
                               Describer *describer, OgError *err) {
  const bool limited = options && options->limit > 0 && options->limit < INT64_MAX;
  *card = (OgCard){.arena = OG_ARENA_INIT};
  *describer = (Describer){
      .card = card,
      .languages = options ? options->languages : NULL,
      .limit = limited ? (int64_t)options->limit : DEFAULT_LIMIT,
  };
  OG_TRY(og_ref_reader_init(store, describer->languages, &describer->reader, err));
  return describer->languages ? OG_OK
                              : og_languages_of(store, &card->arena, &describer->languages, err);
}

/* The card is the caller's when the work went well. */
static OgStatus describer_close(Describer *describer, OgStatus status, OgCard *card) {
  og_ref_reader_clear(&describer->reader);
  if (status == OG_OK) {
    *card = *describer->card;
  } else {
    og_card_clear(describer->card);
  }
  return status;
}

OgStatus og_describe(OgStore *store, int64_t entity, const OgDescribeOptions *options, OgCard *card,
                     OgError *err) {
  OgCard filled;
  Describer describer;
  OgStatus status = describer_open(store, options, &filled, &describer, err);
  status = status == OG_OK ? fill_card(&describer, entity, err) : status;
  return describer_close(&describer, status, card);
}

/* The IRI of a term that stands in statements; otherwise it stays NULL. */
static OgStatus describe_iri(Describer *describer, int64_t term, OgError *err) {
  OgCard *card = describer->card;
  const char **const iri[] = {&card->entity.iri};
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(describer->reader.store, &table, IRI, &cursor, err));
  og_cursor_bind(&cursor, 1, term);
  if (og_cursor_next(&cursor, &status, err)) {
    status = copy_texts(&cursor, &card->arena, iri, OG_COUNT(iri), err);
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus fill_statements(Describer *describer, const char *text, OgError *err) {
  OgCard *card = describer->card;
  OgRefReader *reader = &describer->reader;
  OgTermReadings terms;
  int64_t term = 0;
  OG_TRY(og_prefixes_terms(reader->prefixes, reader->store, text, &reader->scratch, &terms, err));
  for (size_t k = 0; k < terms.count && !card->entity.iri; k++) {
    term = terms.ids[k];
    OG_TRY(describe_iri(describer, term, err));
  }
  if (!card->entity.iri) {
    return og_error_set(err, OG_NOT_FOUND, "%s has no statement of \"%.100s\"",
                        og_store_path(reader->store), text);
  }
  OG_TRY(og_prefixes_copy(reader->prefixes, card->entity.iri, &card->arena, &reader->scratch,
                          &card->entity.curie, err));
  card->entity.label = og_entity_ref_id(&card->entity);
  card->kind = "resource";
  OG_TRY(describe_attributes(describer, SAID, SAID_VALUES, term, &card->attributes,
                             &card->attribute_count, err));
  return describe_attributes(describer, MENTIONS, MENTION_VALUES, term, &card->mentions,
                             &card->mention_count, err);
}

OgStatus og_describe_statements(OgStore *store, const char *text, const OgDescribeOptions *options,
                                OgCard *card, OgError *err) {
  OgCard filled;
  Describer describer;
  OgStatus status = describer_open(store, options, &filled, &describer, err);
  status = status == OG_OK ? fill_statements(&describer, text, err) : status;
  return describer_close(&describer, status, card);
}

void og_card_clear(OgCard *card) {
  og_arena_clear(&card->arena);
  *card = (OgCard){.arena = OG_ARENA_INIT};
}

/* ---- The graph ----------------------------------------------------------------------------- */

/* Read the one row of a statement that counts. */
static OgStatus read_counts(OgStore *store, Sql which, int64_t *const *counts, size_t count,
                            OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(store, &table, which, &cursor, err));
  if (og_cursor_next(&cursor, &status, err)) {
    for (size_t k = 0; k < count; k++) {
      *counts[k] = og_cursor_integer(&cursor, (int)k);
    }
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus summarise_counts(OgStore *store, OgGraphSummary *summary, OgError *err) {
  int64_t *const terms[] = {&summary->iris, &summary->blanks, &summary->literals};
  int64_t *const entities[] = {&summary->entities, &summary->deprecated, &summary->unnamed,
                               &summary->mentioned};
  int64_t *const statements[] = {&summary->statements};
  int64_t *const edges[] = {&summary->edges};
  int64_t *const inferred[] = {&summary->inferred};
  int64_t *const names[] = {&summary->names};
  OG_TRY(read_counts(store, TERMS, terms, OG_COUNT(terms), err));
  OG_TRY(read_counts(store, ENTITIES, entities, OG_COUNT(entities), err));
  OG_TRY(read_counts(store, STATEMENTS, statements, OG_COUNT(statements), err));
  OG_TRY(read_counts(store, EDGES, edges, OG_COUNT(edges), err));
  OG_TRY(read_counts(store, INFERRED, inferred, OG_COUNT(inferred), err));
  return read_counts(store, NAMES, names, OG_COUNT(names), err);
}

/* Walk the rows of a statement into an array of items of the summary's arena; read fills one item,
 * which starts zeroed. context is for read. */
static OgStatus gather(OgStore *store, Sql which, OgArena *arena, size_t size,
                       OgStatus (*read)(const OgCursor *row, OgArena *arena, void *item,
                                        void *context, OgError *err),
                       void *context, void **items, size_t *count, OgError *err) {
  size_t capacity = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  char *gathered = NULL;
  OG_TRY(og_cursor_open(store, &table, which, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    char *grown = og_arena_grow(arena, gathered, *count, &capacity, size);
    if (!grown) {
      status = og_error_no_memory(err);
      break;
    }
    gathered = grown;
    status = read(&cursor, arena, gathered + *count * size, context, err);
    ++*count;
  }
  og_cursor_close(&cursor);
  *items = gathered;
  return status;
}

static OgStatus read_source(const OgCursor *row, OgArena *arena, void *item, void *context,
                            OgError *err) {
  (void)context;
  OgSourceSummary *source = item;
  const char **const texts[] = {&source->iri,     &source->path,        &source->format,
                                &source->sha256,  &source->imported_at, &source->title,
                                &source->version, &source->licence,     &source->date};
  source->bytes = og_cursor_integer(row, OG_COUNT(texts));
  source->statements = og_cursor_integer(row, OG_COUNT(texts) + 1);
  return copy_texts(row, arena, texts, OG_COUNT(texts), err);
}

static OgStatus read_tally(const OgCursor *row, OgArena *arena, void *item, void *context,
                           OgError *err) {
  (void)context;
  OgTally *tally = item;
  tally->count = og_cursor_integer(row, 1);
  return og_cursor_copy(row, 0, arena, &tally->name, err);
}

/* What shortening the relations' IRIs takes. */
typedef struct Shortener {
  OgPrefixes *prefixes;
  OgBuffer scratch;
} Shortener;

static OgStatus read_relation(const OgCursor *row, OgArena *arena, void *item, void *context,
                              OgError *err) {
  Shortener *shortener = context;
  OgRelationSummary *relation = item;
  relation->id = og_cursor_integer(row, 0);
  relation->edges = og_cursor_integer(row, 3);
  OG_TRY(og_cursor_copy(row, 1, arena, &relation->label, err));
  OG_TRY(og_cursor_copy(row, 2, arena, &relation->iri, err));
  return og_prefixes_copy(shortener->prefixes, relation->iri, arena, &shortener->scratch,
                          &relation->curie, err);
}

/* Whether a column holds the hash of the graph as it is; context of the two below. */
static OgStatus is_current(const OgCursor *row, int column, const char *graph_hash, bool *current,
                           OgError *err) {
  const char *hash;
  size_t size;
  OG_TRY(og_cursor_text(row, column, &hash, &size, err));
  *current = hash && strcmp(hash, graph_hash) == 0;
  return OG_OK;
}

static OgStatus read_embedding(const OgCursor *row, OgArena *arena, void *item, void *context,
                               OgError *err) {
  OgEmbeddingSummary *set = item;
  const char **const texts[] = {&set->name, &set->model, &set->created_at, &set->parameters,
                                &set->metrics};
  set->dim = og_cursor_integer(row, 5);
  set->entities = og_cursor_integer(row, 6);
  OG_TRY(is_current(row, 7, context, &set->current, err));
  return copy_texts(row, arena, texts, OG_COUNT(texts), err);
}

static OgStatus read_run(const OgCursor *row, OgArena *arena, void *item, void *context,
                         OgError *err) {
  OgRunSummary *run = item;
  const char **const texts[] = {&run->name,         &run->base,       &run->fusion,
                                &run->created_at,   &run->parameters, &run->metrics,
                                &run->embedding_set};
  run->predictions = og_cursor_integer(row, 7);
  run->mentions = og_cursor_integer(row, 8);
  OG_TRY(is_current(row, 9, context, &run->current, err));
  return copy_texts(row, arena, texts, OG_COUNT(texts), err);
}

static OgStatus tally(OgStore *store, Sql which, OgArena *arena, OgTallies *tallies, OgError *err) {
  void *items = NULL;
  OG_TRY(
      gather(store, which, arena, sizeof(OgTally), read_tally, NULL, &items, &tallies->count, err));
  tallies->items = items;
  return OG_OK;
}

static OgStatus summarise_relations(OgStore *store, OgGraphSummary *summary, OgError *err) {
  Shortener shortener = {NULL, OG_BUFFER_INIT};
  void *items = NULL;
  OG_TRY(og_prefixes_load(store, &shortener.prefixes, err));
  const OgStatus status = gather(store, RELATIONS, &summary->arena, sizeof(OgRelationSummary),
                                 read_relation, &shortener, &items, &summary->relation_count, err);
  summary->relations = items;
  og_prefixes_free(shortener.prefixes);
  og_buffer_clear(&shortener.scratch);
  return status;
}

static OgStatus summarise_lists(OgStore *store, OgGraphSummary *summary, OgError *err) {
  OgArena *arena = &summary->arena;
  void *items = NULL;
  OG_TRY(gather(store, SOURCES, arena, sizeof(OgSourceSummary), read_source, NULL, &items,
                &summary->source_count, err));
  summary->sources = items;
  OG_TRY(gather(store, EMBEDDING_SETS, arena, sizeof(OgEmbeddingSummary), read_embedding,
                summary->graph_hash, &items, &summary->embedding_count, err));
  summary->embeddings = items;
  OG_TRY(gather(store, RUNS, arena, sizeof(OgRunSummary), read_run, summary->graph_hash, &items,
                &summary->run_count, err));
  summary->runs = items;
  OG_TRY(tally(store, ENTITY_KINDS, arena, &summary->entity_kinds, err));
  OG_TRY(tally(store, NAME_LANGUAGES, arena, &summary->name_languages, err));
  OG_TRY(tally(store, NAME_KINDS, arena, &summary->name_kinds, err));
  OG_TRY(tally(store, READINGS, arena, &summary->readings, err));
  OG_TRY(tally(store, LEFT, arena, &summary->left, err));
  return summarise_relations(store, summary, err);
}

static OgStatus summarise(OgStore *store, OgGraphSummary *summary, OgError *err) {
  const char *path = og_store_path(store);
  struct stat about;
  summary->path = og_arena_copy(&summary->arena, path, strlen(path));
  if (!summary->path) {
    return og_error_no_memory(err);
  }
  if (stat(path, &about) != 0) {
    return og_error_errno(err, "look at", path);
  }
  summary->bytes = about.st_size;
  OG_TRY(og_store_graph_hash(store, summary->graph_hash, err));
  OG_TRY(summarise_counts(store, summary, err));
  return summarise_lists(store, summary, err);
}

OgStatus og_graph_summary(OgStore *store, OgGraphSummary *summary, OgError *err) {
  OgGraphSummary filled = {.arena = OG_ARENA_INIT};
  const OgStatus status = summarise(store, &filled, err);
  if (status == OG_OK) {
    *summary = filled;
  } else {
    og_graph_summary_clear(&filled);
  }
  return status;
}

void og_graph_summary_clear(OgGraphSummary *summary) {
  og_arena_clear(&summary->arena);
  *summary = (OgGraphSummary){.arena = OG_ARENA_INIT};
}
