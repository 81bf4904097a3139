#include "kg/validate.h"

#include "core/buffer.h"
#include "core/quad.h"
#include "core/vocab.h"
#include "kg/cursor.h"
#include "kg/cycles.h"
#include "kg/infer.h"
#include "kg/prefixes.h"
#include "kg/rules.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>

/* Something is said of e. What is only referred to is found by the check for that. */
#define DESCRIBED                                                                                  \
  "EXISTS(SELECT 1 FROM quad WHERE subject = e.id AND " OG_SQL_IS_ASSERTED("source") ")"

enum {
  MOST_OF_CYCLE = 20,             /* entities told of one */
  STEPS_BETWEEN_REPORTS = 1 << 16 /* of SQLite's machine */
};

typedef enum Sql {
  RELATIONS,
  IMPORTS,
  DANGLING,
  TERM,
  SELF_PARENTS,
  UNNAMED,
  SAME_NAME,
  UNDEFINED,
  DEPRECATED,
  SQL_COUNT
} Sql;

static const char *const sql[SQL_COUNT] = {
    [RELATIONS] = "SELECT id, text FROM relation JOIN term USING(id)",
    /* ?1: JSON array of owl:imports, owl:versionIRI, rdf:type, owl:Ontology. */
    [IMPORTS] =
        "SELECT DISTINCT text FROM quad q JOIN term ON term.id = q.object AND kind = 1"
        " WHERE predicate = ?1 ->> 0"
        " AND NOT EXISTS(SELECT 1 FROM quad WHERE object = q.object AND predicate = ?1 ->> 1)"
        " AND NOT EXISTS(SELECT 1 FROM quad WHERE subject = q.object AND"
        " predicate = ?1 ->> 2 AND object = ?1 ->> 3) ORDER BY text",
    /* ?1: JSON array of predicates. The IRI, one of those that refer to it, by what, how often. */
    [DANGLING] =
        "WITH reference AS (SELECT object, predicate, min(subject) AS subject, count(*) AS times"
        " FROM quad WHERE predicate IN (SELECT value FROM json_each(?1)) AND " OG_SQL_IS_ASSERTED(
            "source") " GROUP BY 2, 1) "
                      "SELECT t.text, min(r.subject), p.text, sum(times) FROM reference r "
                      "CROSS JOIN term t ON t.id = r.object AND t.kind = 1 CROSS JOIN term p ON "
                      "p.id = "
                      "r.predicate "
                      "WHERE NOT EXISTS(SELECT 1 FROM quad WHERE subject = r.object "
                      "AND " OG_SQL_IS_ASSERTED("source") ") "
                                                          "GROUP BY r.object ORDER BY r.object",
    [TERM] = "SELECT kind, text, id IN (SELECT id FROM entity) FROM term WHERE id = ?1",
    /* ?1: JSON array of relations. */
    [SELF_PARENTS] =
        "SELECT DISTINCT subject, subject FROM quad JOIN entity ON entity.id = subject "
        "WHERE predicate IN (SELECT value FROM json_each(?1)) AND subject = object "
        "ORDER BY 1",
    [UNNAMED] = "SELECT id FROM entity e WHERE NOT deprecated AND " DESCRIBED " AND NOT EXISTS"
                "(SELECT 1 FROM name WHERE entity = e.id AND kind <> 'local') ORDER BY id",
    /* Who has the label second, and who has it first. */
    [SAME_NAME] =
        "WITH label AS MATERIALIZED (SELECT entity, text, ifnull(language, '') AS language"
        " FROM name JOIN entity e ON e.id = entity"
        " WHERE name.kind IN ('label', 'preferred') AND NOT e.deprecated),"
        "shared AS MATERIALIZED (SELECT text, language, min(entity) AS first FROM label"
        " GROUP BY text, language HAVING min(entity) < max(entity)) "
        "SELECT entity, first, text FROM shared JOIN label USING(text, language) "
        "WHERE entity <> first GROUP BY first, entity ORDER BY first, entity",
    [UNDEFINED] = "SELECT id FROM entity e WHERE definition IS NULL AND NOT deprecated"
                  " AND " DESCRIBED " ORDER BY id",
    /* Who refers to it, the deprecated one, by what, and what may replace it. */
    [DEPRECATED] = "SELECT head, tail, relation.label, t.replaced_by FROM entity t"
                   " CROSS JOIN edge ON edge.tail = t.id CROSS JOIN entity h ON h.id = head"
                   " CROSS JOIN relation ON relation.id = edge.relation"
                   " WHERE t.deprecated AND NOT h.deprecated GROUP BY head, tail, edge.relation "
                   "ORDER BY head, tail, edge.relation",
};

static const OgSqlTable table = {sql, SQL_COUNT};

typedef struct Validator {
  OgStore *store;
  const OgProgress *progress;
  OgPrefixes *prefixes;
  size_t limit;
  OgValidation *result;
  OgCheck check;        /* that runs */
  OgFindings *findings; /* of it */
  size_t capacity;
  OgBuffer detail, scratch;
} Validator;

/* ---- Findings ---- */

static OgStatus keep(Validator *v, OgFinding finding, OgError *err) {
  OgFindings *findings = v->findings;
  OgArena *arena = &v->result->arena;
  OgFinding *grown =
      og_arena_grow(arena, findings->items, findings->count, &v->capacity, sizeof *grown);
  if (v->detail.size > 0) {
    finding.detail = og_arena_copy(arena, v->detail.data, v->detail.size);
  }
  if (!grown || (v->detail.size > 0 && !finding.detail)) {
    return og_error_no_memory(err);
  }
  findings->items = grown;
  grown[findings->count++] = finding;
  return OG_OK;
}

static OgStatus keep_entity(Validator *v, int64_t entity, OgError *err) {
  const OgEntityRef *ref;
  OG_TRY(og_refs_find(v->result->refs, entity, &ref, err));
  return keep(v, (OgFinding){ref->label, ref->iri, ref->curie, NULL}, err);
}

/* "asthma [DOID:2841]" */
static OgStatus tell_entity(Validator *v, int64_t entity, OgError *err) {
  const OgEntityRef *ref;
  OG_TRY(og_refs_find(v->result->refs, entity, &ref, err));
  return og_buffer_format(&v->detail, err, "%s [%s]", ref->label, og_entity_ref_id(ref));
}

/* What a check says of a row beside its first column, an entity. */
typedef OgStatus Tell(Validator *v, const OgCursor *row, OgError *err);

/* All rows of a statement, the first ones as findings. ids is its ?1, or NULL. */
static OgStatus find_rows(Validator *v, Sql which, const OgBuffer *ids, Tell *tell, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(v->store, &table, which, &cursor, err));
  if (ids) {
    og_cursor_bind_text(&cursor, 1, ids->data, ids->size);
  }
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    if (v->findings->total++ < v->limit) {
      og_buffer_reset(&v->detail);
      OG_GO(tell ? tell(v, &cursor, err) : OG_OK);
      OG_GO(keep_entity(v, og_cursor_integer(&cursor, 0), err));
    }
  }
done:
  og_cursor_close(&cursor);
  return status;
}

/* A finding about a term that is no entity; v->detail tells of it. */
static OgStatus keep_iri(Validator *v, OgText iri, OgError *err) {
  OgArena *arena = &v->result->arena;
  OgFinding finding = {.iri = og_arena_copy(arena, iri.data, iri.size)};
  if (!finding.iri) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_prefixes_copy(v->prefixes, finding.iri, arena, &v->scratch, &finding.curie, err));
  return keep(v, finding, err);
}

/* Append a number to a JSON array that is open. */
static OgStatus append_id(OgBuffer *ids, int64_t id, OgError *err) {
  return og_buffer_format(ids, err, "%s%" PRId64, ids->size > 1 ? "," : "", id);
}

/* The same of an IRI's term: 0 when the graph does not have it. */
static OgStatus append_iri_id(Validator *v, OgBuffer *ids, const char *iri, OgError *err) {
  int64_t id;
  OG_TRY(og_store_find_iri(v->store, iri, strlen(iri), &id, err));
  return append_id(ids, id, err);
}

/* ---- Imports ---- */

static OgStatus find_imports(Validator *v, OgError *err) {
  static const char *const words[] = {OG_NS_OWL "imports", OG_NS_OWL "versionIRI", OG_NS_RDF "type",
                                      OG_NS_OWL "Ontology"};
  OgBuffer ids = OG_BUFFER_INIT;
  OgCursor cursor = {0};
  OgStatus status;
  OG_GO(og_buffer_text(&ids, "[", err));
  for (size_t k = 0; k < OG_COUNT(words); k++) {
    OG_GO(append_iri_id(v, &ids, words[k], err));
  }
  OG_GO(og_buffer_text(&ids, "]", err));
  OG_GO(og_cursor_open(v->store, &table, IMPORTS, &cursor, err));
  og_cursor_bind_text(&cursor, 1, ids.data, ids.size);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    OgText iri;
    OG_GO(og_cursor_text(&cursor, 0, &iri.data, &iri.size, err));
    if (v->findings->total++ < v->limit) {
      OG_GO(keep_iri(v, iri, err));
    }
  }
done:
  og_cursor_close(&cursor);
  og_buffer_clear(&ids);
  return status;
}

/* ---- Dangling references ---- */

/* Predicates whose object should be described: those that make structure, not links to elsewhere.
 */
static bool refers(OgMeaning meaning) {
  static const OgMeaning referring[] = {
      OG_MEANS_TYPE,     OG_MEANS_SUBCLASS,  OG_MEANS_EQUIVALENT, OG_MEANS_BROADER,
      OG_MEANS_NARROWER, OG_MEANS_IN_SCHEME, OG_MEANS_TOP,        OG_MEANS_NAME_NODE,
      OG_MEANS_REPLACED, OG_MEANS_CONSIDER,  OG_MEANS_SCHEMA,     OG_MEANS_CHAIN,
      OG_MEANS_AND,      OG_MEANS_OR,        OG_MEANS_ONE_OF,     OG_MEANS_PROPERTY,
      OG_MEANS_INVERSE,  OG_MEANS_FILLER,    OG_MEANS_CLASS,      OG_MEANS_FIRST,
  };
  for (size_t k = 0; k < OG_COUNT(referring); k++) {
    if (referring[k] == meaning) {
      return true;
    }
  }
  return false;
}

/* These predicates, and the relations of the graph, as a JSON array of their ids. */
static OgStatus gather_predicates(Validator *v, OgBuffer *ids, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_buffer_text(ids, "[", err));
  for (size_t k = 0; k < OG_PREDICATE_RULES; k++) {
    OG_TRY(refers(og_predicate_rules[k].meaning)
               ? append_iri_id(v, ids, og_predicate_rules[k].iri, err)
               : OG_OK);
  }
  OG_TRY(og_cursor_open(v->store, &table, RELATIONS, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    OgText iri;
    status = og_cursor_text(&cursor, 1, &iri.data, &iri.size, err);
    if (status == OG_OK && !og_iri_is_vocabulary(iri)) {
      status = append_id(ids, og_cursor_integer(&cursor, 0), err);
    }
  }
  og_cursor_close(&cursor);
  OG_TRY(status);
  return og_buffer_text(ids, "]", err);
}

/* Words of vocabularies that everybody knows are described elsewhere. */
static bool is_known(OgText iri) {
  static const char *const spaces[] = {OG_NS_DC,     OG_NS_DCTERMS,         OG_NS_FOAF,
                                       OG_NS_SCHEMA, "https://schema.org/", OG_NS_MESHV};
  for (size_t k = 0; k < OG_COUNT(spaces); k++) {
    const size_t size = strlen(spaces[k]);
    if (iri.size > size && memcmp(iri.data, spaces[k], size) == 0) {
      return true;
    }
  }
  return og_iri_is_vocabulary(iri);
}

/* What the row of TERM is called: an entity, an IRI, or a node without a name. */
static OgStatus tell_term_row(Validator *v, const OgCursor *row, int64_t term, OgError *err) {
  OgText iri;
  if (og_cursor_integer(row, 2)) {
    return tell_entity(v, term, err);
  }
  if (og_cursor_integer(row, 0) == OG_BLANK) {
    return og_buffer_text(&v->detail, "a class expression", err);
  }
  OG_TRY(og_cursor_text(row, 1, &iri.data, &iri.size, err));
  return og_buffer_format(&v->detail, err, "<%s>", iri.data);
}

static OgStatus tell_term(Validator *v, int64_t term, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(v->store, &table, TERM, &cursor, err));
  og_cursor_bind(&cursor, 1, term);
  if (og_cursor_next(&cursor, &status, err)) {
    status = tell_term_row(v, &cursor, term, err);
  }
  og_cursor_close(&cursor);
  return status;
}

/* "subClassOf of asthma [DOID:2841], and 3 more" */
static OgStatus tell_reference(Validator *v, const OgCursor *row, OgError *err) {
  const int64_t times = og_cursor_integer(row, 3);
  OgText predicate;
  og_buffer_reset(&v->detail);
  OG_TRY(og_cursor_text(row, 2, &predicate.data, &predicate.size, err));
  const OgText local = og_iri_local(predicate);
  OG_TRY(og_buffer_append(&v->detail, local.data, local.size, err));
  OG_TRY(og_buffer_text(&v->detail, " of ", err));
  OG_TRY(tell_term(v, og_cursor_integer(row, 1), err));
  return times > 1 ? og_buffer_format(&v->detail, err, ", and %" PRId64 " more", times - 1) : OG_OK;
}

static OgStatus find_dangling(Validator *v, OgError *err) {
  OgBuffer ids = OG_BUFFER_INIT;
  OgCursor cursor = {0};
  OgStatus status;
  OG_GO(gather_predicates(v, &ids, err));
  OG_GO(og_cursor_open(v->store, &table, DANGLING, &cursor, err));
  og_cursor_bind_text(&cursor, 1, ids.data, ids.size);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    OgText iri;
    OG_GO(og_cursor_text(&cursor, 0, &iri.data, &iri.size, err));
    if (!is_known(iri) && v->findings->total++ < v->limit) {
      OG_GO(tell_reference(v, &cursor, err));
      OG_GO(keep_iri(v, iri, err));
    }
  }
done:
  og_cursor_close(&cursor);
  og_buffer_clear(&ids);
  return status;
}

/* ---- Cycles ---- */

static OgStatus tell_self(Validator *v, const OgCursor *row, OgError *err) {
  (void)row;
  return og_buffer_text(&v->detail, "is its own parent", err);
}

static OgStatus find_self_parents(Validator *v, OgError *err) {
  OgBuffer ids = OG_BUFFER_INIT;
  OgStatus status;
  OG_GO(og_buffer_text(&ids, "[", err));
  for (size_t k = 0; k < OG_HIERARCHY; k++) {
    OG_GO(append_iri_id(v, &ids, og_hierarchy_relations[k], err));
  }
  OG_GO(og_buffer_text(&ids, "]", err));
  status = find_rows(v, SELF_PARENTS, &ids, tell_self, err);
done:
  og_buffer_clear(&ids);
  return status;
}

/* "each is below the next: a [X:1], b [X:2], a [X:1] again; in all, 12 entities are above and below
 * one another". Of a long cycle, its ends: "…, (90 more), …". */
static OgStatus keep_cycle(Validator *v, OgExplorer *explorer, const OgCycle *cycle, OgError *err) {
  const size_t left_out = cycle->count > MOST_OF_CYCLE ? cycle->count - MOST_OF_CYCLE : 0;
  og_buffer_reset(&v->detail);
  for (size_t told = 0; told <= cycle->count - left_out; told++) {
    const bool behind = left_out > 0 && told >= MOST_OF_CYCLE / 2;
    const uint32_t node = cycle->nodes[(told + (behind ? left_out : 0)) % cycle->count];
    OG_TRY(og_buffer_text(&v->detail, told > 0 ? ", " : "each is below the next: ", err));
    if (behind && told == MOST_OF_CYCLE / 2) {
      OG_TRY(og_buffer_format(&v->detail, err, "(%zu more), ", left_out));
    }
    OG_TRY(tell_entity(v, og_explore_id(explorer, node), err));
  }
  OG_TRY(og_buffer_text(&v->detail, " again", err));
  if (cycle->knot > cycle->count) {
    OG_TRY(og_buffer_format(&v->detail, err,
                            "; in all, %zu entities are above and below one another", cycle->knot));
  }
  return keep_entity(v, og_explore_id(explorer, cycle->nodes[0]), err);
}

static OgStatus find_cycles(Validator *v, OgError *err) {
  OgExplorer *explorer = NULL;
  OgArena arena = OG_ARENA_INIT;
  OgCycles cycles;
  OgStatus status;
  OG_GO(find_self_parents(v, err));
  OG_GO(og_explore_open(v->store, false, &explorer, err));
  OG_GO(og_cycles_find(explorer, &arena, &cycles, err));
  v->result->entities = og_explore_count(explorer);
  for (size_t k = 0; k < cycles.count; k++) {
    if (v->findings->total++ < v->limit) {
      OG_GO(keep_cycle(v, explorer, &cycles.items[k], err));
    }
  }
done:
  og_explore_close(explorer);
  og_arena_clear(&arena);
  return status;
}

/* ---- Names, definitions, deprecated entities ---- */

static OgStatus find_unnamed(Validator *v, OgError *err) {
  return find_rows(v, UNNAMED, NULL, NULL, err);
}

/* ""asthma" also names asthma [DOID:2841]" */
static OgStatus tell_same_name(Validator *v, const OgCursor *row, OgError *err) {
  OgText name;
  OG_TRY(og_cursor_text(row, 2, &name.data, &name.size, err));
  OG_TRY(og_buffer_format(&v->detail, err, "\"%s\" also names ", name.data));
  return tell_entity(v, og_cursor_integer(row, 1), err);
}

static OgStatus find_same_names(Validator *v, OgError *err) {
  return find_rows(v, SAME_NAME, NULL, tell_same_name, err);
}

static OgStatus find_undefined(Validator *v, OgError *err) {
  return find_rows(v, UNDEFINED, NULL, NULL, err);
}

/* "subClassOf old asthma [DOID:1], replaced by asthma [DOID:2841]" */
static OgStatus tell_deprecated(Validator *v, const OgCursor *row, OgError *err) {
  const int64_t successor = og_cursor_integer(row, 3);
  OgText relation;
  OG_TRY(og_cursor_text(row, 2, &relation.data, &relation.size, err));
  OG_TRY(og_buffer_format(&v->detail, err, "%s ", relation.data));
  OG_TRY(tell_entity(v, og_cursor_integer(row, 1), err));
  if (successor == 0) {
    return OG_OK;
  }
  OG_TRY(og_buffer_text(&v->detail, ", replaced by ", err));
  return tell_entity(v, successor, err);
}

static OgStatus find_deprecated(Validator *v, OgError *err) {
  return find_rows(v, DEPRECATED, NULL, tell_deprecated, err);
}

/* ---- The checks ---- */

static const struct {
  const char *name;
  OgSeverity severity;
  OgStatus (*find)(Validator *v, OgError *err);
} checks[] = {
    [OG_CHECK_IMPORTS] = {"missing import", OG_SEVERITY_WARN, find_imports},
    [OG_CHECK_DANGLING] = {"dangling reference", OG_SEVERITY_ERROR, find_dangling},
    [OG_CHECK_CYCLE] = {"cycle", OG_SEVERITY_ERROR, find_cycles},
    [OG_CHECK_UNNAMED] = {"no name", OG_SEVERITY_ERROR, find_unnamed},
    [OG_CHECK_SAME_NAME] = {"duplicate name", OG_SEVERITY_WARN, find_same_names},
    [OG_CHECK_UNDEFINED] = {"no definition", OG_SEVERITY_WARN, find_undefined},
    [OG_CHECK_DEPRECATED] = {"deprecated in use", OG_SEVERITY_WARN, find_deprecated},
};

_Static_assert(OG_COUNT(checks) == OG_CHECKS, "a row a check");

const char *og_check_name(OgCheck check) {
  return checks[check].name;
}

OgSeverity og_check_severity(OgCheck check) {
  return checks[check].severity;
}

static OgStatus report(const Validator *v, OgError *err) {
  return og_progress_report(v->progress, "validating", v->check, OG_CHECKS, checks[v->check].name,
                            err);
}

/* SQLite's progress handler: a check may be one long query. Other than 0 ends it: OG_CANCELLED. */
static int look_up(void *data) {
  return report(data, NULL) != OG_OK;
}

static OgStatus run_checks(Validator *v, OgError *err) {
  for (v->check = 0; v->check < OG_CHECKS; v->check++) {
    OG_TRY(report(v, err));
    v->findings = &v->result->checks[v->check];
    v->capacity = 0;
    og_buffer_reset(&v->detail);
    OG_TRY(checks[v->check].find(v, err));
  }
  return OG_OK;
}

static OgStatus run(Validator *v, const char *languages, OgError *err) {
  sqlite3 *db = og_store_sqlite(v->store);
  OG_TRY(og_prefixes_load(v->store, &v->prefixes, err));
  OG_TRY(og_refs_new(v->store, languages, &v->result->refs, err));
  sqlite3_progress_handler(db, STEPS_BETWEEN_REPORTS, look_up, v);
  const OgStatus status = run_checks(v, err);
  sqlite3_progress_handler(db, 0, NULL, NULL);
  return status;
}

OgStatus og_validate(OgStore *store, const char *languages, size_t limit,
                     const OgProgress *progress, OgValidation *validation, OgError *err) {
  OgValidation result = {.arena = OG_ARENA_INIT};
  Validator v = {.store = store, .progress = progress, .limit = limit, .result = &result};
  /* one state of the graph, whatever others write meanwhile */
  OG_TRY(og_store_exec(store, "BEGIN", "read", err));
  const OgStatus status = run(&v, languages, err);
  og_store_rollback(store);
  og_prefixes_free(v.prefixes);
  og_buffer_clear(&v.detail);
  og_buffer_clear(&v.scratch);
  if (status == OG_OK) {
    *validation = result;
  } else {
    og_validation_clear(&result);
  }
  return status;
}

void og_validation_clear(OgValidation *validation) {
  og_refs_free(validation->refs);
  og_arena_clear(&validation->arena);
  *validation = (OgValidation){.arena = OG_ARENA_INIT};
}
