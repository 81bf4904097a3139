#include "kg/sparql_notes.h"

#include "core/intern.h"
#include "core/vocab.h"
#include "kg/cursor.h"
#include "kg/names.h"
#include "kg/rules.h"
#include "kg/sparql_regex.h"
#include "kg/sparql_results.h"
#include "kg/sparql_term.h"

#include <string.h>

typedef enum Sql { IS_PREDICATE, PREDICATES, ENTITIES, LITERALS, NAMES, LANGUAGE, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [IS_PREDICATE] = "SELECT 1 FROM quad WHERE predicate = ?1 LIMIT 1",
    /* each predicate once, without reading the statements between */
    [PREDICATES] = "WITH RECURSIVE used(id) AS (SELECT min(predicate) FROM quad UNION ALL"
                   " SELECT (SELECT min(predicate) FROM quad WHERE predicate > id) FROM used"
                   " WHERE id IS NOT NULL) "
                   "SELECT text FROM used JOIN term USING(id)",
    /* and what things are said to be: ?1 is rdf:type */
    [ENTITIES] = "WITH RECURSIVE type(id) AS ("
                 " SELECT min(object) FROM quad WHERE predicate = ?1 UNION ALL"
                 " SELECT (SELECT min(object) FROM quad WHERE predicate = ?1 AND object > id)"
                 " FROM type WHERE id IS NOT NULL) "
                 "SELECT text FROM type JOIN term USING(id) UNION ALL "
                 "SELECT text FROM (SELECT id FROM entity LIMIT 200000) JOIN term USING(id)",
    [LITERALS] = "SELECT term.text, term.language, datatype.text FROM term"
                 " LEFT JOIN term datatype ON datatype.id = term.datatype "
                 "WHERE term.hash = ?1 AND term.kind = 3 AND term.text = ?2 "
                 "ORDER BY term.id LIMIT 1",
    [NAMES] = "SELECT text, language, NULL FROM name WHERE normal = ?1 ORDER BY id LIMIT 1",
    /* as written before other cases; and whether terms were left out. No index has languages */
    [LANGUAGE] = "SELECT (SELECT max(id) FROM term) > ?2,"
                 " (SELECT language FROM term WHERE id <= ?2 AND language = ?1 COLLATE NOCASE"
                 "  ORDER BY language <> ?1 LIMIT 1)",
};

enum { TERMS_READ = 100000 };

static const OgSqlTable table = {sql, SQL_COUNT};

/* Predicates that people know under another name: a local name as fold() has it, and what other
 * vocabularies call it, the likeliest first. */
static const struct {
  const char *name, *iri;
} synonyms[] = {
    {"isa", OG_NS_RDFS "subClassOf"},
    {"isa", OG_NS_SKOS "broader"},
    {"isa", OG_NS_RDF "type"},
    {"subclass", OG_NS_RDFS "subClassOf"},
    {"subclassof", OG_NS_SKOS "broader"},
    {"parent", OG_NS_RDFS "subClassOf"},
    {"parent", OG_NS_SKOS "broader"},
    {"broader", OG_NS_RDFS "subClassOf"},
    {"instanceof", OG_NS_RDF "type"},
    {"name", OG_NS_RDFS "label"},
    {"name", OG_NS_SKOS "prefLabel"},
    {"title", OG_NS_RDFS "label"},
    {"preflabel", OG_NS_RDFS "label"},
    {"label", OG_NS_SKOS "prefLabel"},
    {"synonym", OG_NS_OIO "hasExactSynonym"},
    {"synonym", OG_NS_SKOS "altLabel"},
    {"altlabel", OG_NS_OIO "hasExactSynonym"},
    {"hasexactsynonym", OG_NS_SKOS "altLabel"},
    {"definition", OG_NS_OBO "IAO_0000115"},
    {"definition", OG_NS_RDFS "comment"},
    {"description", OG_NS_RDFS "comment"},
};

typedef struct Noting {
  OgStore *store;
  const OgPrefixes *prefixes;
  const OgSparqlQuery *query;
  OgBuffer *notes;
  OgTermReader reader;
  OgArena arena;
  OgIntern *told; /* terms that a note was written of */
  OgBuffer text;  /* of one term */
  OgVariableSet bound, used;
  OgError *err;
} Noting;

/* ---- What is near ---- */

enum { LONGEST_NAME = 63 };

/* How near a name is: the same, a synonym (by its place in the table), by edits, or begun alike. */
enum { SAME, SYNONYM, EDITED = 100, BEGUN = 200, FAR = 1000 };

/* The local name of an IRI in lower case, without "_" and "-". */
typedef struct Folded {
  char text[LONGEST_NAME + 1];
  size_t size;
  bool has_digits;
} Folded;

static Folded fold(OgText iri) {
  Folded folded = {.size = 0};
  size_t start = iri.size;
  while (start > 0 && !strchr("#/:", iri.data[start - 1])) {
    start--;
  }
  for (size_t k = start; k < iri.size && folded.size < LONGEST_NAME; k++) {
    const char c = iri.data[k];
    folded.has_digits |= c >= '0' && c <= '9';
    if (c != '_' && c != '-') {
      folded.text[folded.size++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
  }
  return folded;
}

/* The edits within which a slip of the pen stays. */
static unsigned edits_allowed(size_t letters) {
  return letters < 3 ? 0 : letters < 5 ? 1 : 2;
}

/* Whether two IRIs differ in their last part alone. */
static bool shares_namespace(OgText a, OgText b) {
  a.size -= og_iri_local(a).size;
  b.size -= og_iri_local(b).size;
  return og_text_equal(a, b);
}

/* How far the name of `from` is from that of another IRI. Numbers that are nearly the same mean
 * nothing, nor do words of two namespaces. */
static unsigned distance(const Folded *name, OgText from, OgText iri) {
  const Folded other = fold(iri);
  if (name->size > 0 && strcmp(name->text, other.text) == 0) {
    return SAME;
  }
  for (unsigned k = 0; k < OG_COUNT(synonyms); k++) {
    if (strcmp(synonyms[k].name, name->text) == 0 &&
        og_text_equal(iri, (OgText){synonyms[k].iri, strlen(synonyms[k].iri)})) {
      return SYNONYM + k;
    }
  }
  const unsigned limit = edits_allowed(name->size);
  if (limit == 0 || name->has_digits || other.has_digits || !shares_namespace(from, iri)) {
    return FAR;
  }
  const unsigned edits = og_edit_distance(name->text, name->size, other.text, other.size, limit);
  return edits <= limit                                     ? EDITED + edits
         : strncmp(name->text, other.text, name->size) == 0 ? BEGUN
                                                            : FAR;
}

/* The IRI of the rows that is nearest to `iri`; *nearest is NULL when none is near. */
static OgStatus find_nearest(Noting *noting, Sql rows, OgText iri, const char **nearest) {
  const Folded name = fold(iri);
  unsigned least = FAR;
  OgError *err = noting->err;
  OgCursor cursor;
  OgStatus status = OG_OK;
  int64_t type;
  *nearest = NULL;
  OG_TRY(og_store_find_iri(noting->store, OG_NS_RDF "type", strlen(OG_NS_RDF "type"), &type, err));
  OG_TRY(og_cursor_open(noting->store, &table, rows, &cursor, err));
  if (rows == ENTITIES) {
    og_cursor_bind(&cursor, 1, type);
  }
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    OgText other;
    OG_GO(og_cursor_text(&cursor, 0, &other.data, &other.size, err));
    const unsigned away = distance(&name, iri, other);
    if (away < least) {
      least = away;
      status = og_cursor_copy(&cursor, 0, &noting->arena, nearest, err);
    }
  }
done:
  og_cursor_close(&cursor);
  return status;
}

/* ---- Notes ---- */

/* Append "doid:isA", or <IRI> where no prefix fits. */
static OgStatus write_iri(Noting *noting, OgText iri) {
  OgError *err = noting->err;
  const char *text = og_arena_copy(&noting->arena, iri.data, iri.size);
  if (!text) {
    return og_error_no_memory(err);
  }
  const OgStatus status = og_prefixes_shorten(noting->prefixes, text, &noting->text, err);
  if (status == OG_NOT_FOUND) {
    return og_buffer_format(noting->notes, err, "<%s>", text);
  }
  OG_TRY(status);
  return og_buffer_append(noting->notes, noting->text.data, noting->text.size, err);
}

/* Whether this is the first note of a term in this place. */
static OgStatus is_first(Noting *noting, const char *place, const OgTerm *term, bool *first) {
  uint32_t number;
  int added;
  OgError *err = noting->err;
  og_buffer_reset(&noting->text);
  OG_TRY(og_buffer_text(&noting->text, place, err));
  OG_TRY(og_sparql_term_text(term, &noting->text, err));
  OG_TRY(og_intern_add(noting->told, noting->text.data, noting->text.size, &number, &added, err));
  *first = added;
  return OG_OK;
}

/* "X stands nowhere in this graph; did you mean Y?" */
static OgStatus tell_iri(Noting *noting, OgText iri, const char *what, const char *nearest) {
  OG_TRY(write_iri(noting, iri));
  OG_TRY(og_buffer_text(noting->notes, what, noting->err));
  if (nearest) {
    OG_TRY(og_buffer_text(noting->notes, "; did you mean ", noting->err));
    OG_TRY(write_iri(noting, (OgText){nearest, strlen(nearest)}));
    OG_TRY(og_buffer_text(noting->notes, "?", noting->err));
  }
  return og_buffer_text(noting->notes, "\n", noting->err);
}

static OgStatus is_predicate(Noting *noting, int64_t id, bool *is) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(noting->store, &table, IS_PREDICATE, &cursor, noting->err));
  og_cursor_bind(&cursor, 1, id);
  *is = og_cursor_next(&cursor, &status, noting->err);
  og_cursor_close(&cursor);
  return status;
}

static OgStatus check_predicate(Noting *noting, const OgTerm *term) {
  int64_t id;
  bool known = false, first = false;
  const char *nearest;
  OG_TRY(og_term_find(&noting->reader, term, &id, noting->err));
  OG_TRY(id ? is_predicate(noting, id, &known) : OG_OK);
  OG_TRY(known ? OG_OK : is_first(noting, "predicate ", term, &first));
  if (!first) {
    return OG_OK;
  }
  OG_TRY(find_nearest(noting, PREDICATES, term->text, &nearest));
  return tell_iri(noting, term->text,
                  id ? " is no predicate in this graph" : " stands nowhere in this graph", nearest);
}

/* The literal that a row gives, as text, language and datatype; kind is OG_UNBOUND without a row.
 */
static OgStatus read_literal(Noting *noting, OgCursor *cursor, OgTerm *literal) {
  OgError *err = noting->err;
  const char *parts[3];
  OgStatus status = OG_OK;
  *literal = (OgTerm){.kind = OG_UNBOUND};
  if (og_cursor_next(cursor, &status, err)) {
    for (int k = 0; k < 3; k++) {
      OG_GO(og_cursor_copy(cursor, k, &noting->arena, &parts[k], err));
      parts[k] = parts[k] ? parts[k] : "";
    }
    *literal = (OgTerm){.kind = OG_LITERAL,
                        .text = {parts[0], strlen(parts[0])},
                        .datatype = {parts[2], strlen(parts[2])},
                        .language = {parts[1], strlen(parts[1])}};
  }
done:
  og_cursor_close(cursor);
  return status;
}

/* The same text in another language or datatype, or a name in another case. */
static OgStatus find_literal(Noting *noting, OgText text, OgTerm *literal) {
  OgError *err = noting->err;
  OgCursor cursor;
  OG_TRY(og_cursor_open(noting->store, &table, LITERALS, &cursor, err));
  og_cursor_bind(&cursor, 1, og_term_hash(text.data, text.size));
  og_cursor_bind_text(&cursor, 2, text.data, text.size);
  OG_TRY(read_literal(noting, &cursor, literal));
  if (literal->kind != OG_UNBOUND) {
    return OG_OK;
  }
  OG_TRY(og_name_normalise(text.data, text.size, &noting->text, err));
  if (noting->text.size == 0) {
    return OG_OK;
  }
  OG_TRY(og_cursor_open(noting->store, &table, NAMES, &cursor, err));
  og_cursor_bind_text(&cursor, 1, noting->text.data, noting->text.size);
  return read_literal(noting, &cursor, literal);
}

static OgStatus tell_literal(Noting *noting, const OgTerm *term) {
  OgTerm other;
  OgError *err = noting->err;
  OG_TRY(find_literal(noting, term->text, &other));
  OG_TRY(og_sparql_term_text(term, noting->notes, err));
  OG_TRY(og_buffer_text(noting->notes, " stands nowhere in this graph", err));
  if (other.kind != OG_UNBOUND) {
    OG_TRY(og_buffer_text(noting->notes, "; did you mean ", err));
    OG_TRY(og_sparql_term_text(&other, noting->notes, err));
    OG_TRY(og_buffer_text(noting->notes, "?", err));
  }
  return og_buffer_text(noting->notes, "\n", err);
}

/* A subject or object that is no variable. */
static OgStatus check_slot(Noting *noting, const OgSlot *slot) {
  int64_t id = 0;
  bool first = false;
  const char *nearest;
  if (slot->variable != OG_NO_VARIABLE || slot->term.kind == OG_BLANK) {
    return OG_OK;
  }
  OG_TRY(og_term_find(&noting->reader, &slot->term, &id, noting->err));
  OG_TRY(id ? OG_OK : is_first(noting, "", &slot->term, &first));
  if (!first) {
    return OG_OK;
  }
  if (slot->term.kind == OG_LITERAL) {
    return tell_literal(noting, &slot->term);
  }
  OG_TRY(find_nearest(noting, ENTITIES, slot->term.text, &nearest));
  return tell_iri(noting, slot->term.text, " stands nowhere in this graph", nearest);
}

/* ---- Filters ---- */

/* Among the first terms, a language that is this but for its case; NULL when there is none. */
static OgStatus find_language(Noting *noting, OgText language, const char **found, bool *partial) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  *found = NULL;
  *partial = false;
  OG_TRY(og_cursor_open(noting->store, &table, LANGUAGE, &cursor, noting->err));
  og_cursor_bind_text(&cursor, 1, language.data, language.size);
  og_cursor_bind(&cursor, 2, TERMS_READ);
  if (og_cursor_next(&cursor, &status, noting->err)) {
    *partial = og_cursor_integer(&cursor, 0) != 0;
    status = og_cursor_copy(&cursor, 1, &noting->arena, found, noting->err);
  }
  og_cursor_close(&cursor);
  return status;
}

/* What LANG is to be: its = knows no other case, though language tags do. */
static OgStatus check_language(Noting *noting, const OgTerm *term) {
  OgError *err = noting->err;
  const char *found;
  bool first, partial;
  if (term->kind != OG_LITERAL || term->text.size == 0) {
    return OG_OK;
  }
  OG_TRY(is_first(noting, "language ", term, &first));
  if (!first) {
    return OG_OK;
  }
  OG_TRY(find_language(noting, term->text, &found, &partial));
  if (found && og_text_equal(term->text, (OgText){found, strlen(found)})) {
    return OG_OK;
  }
  OG_TRY(partial ? og_buffer_format(noting->notes, err, "none of the first %d terms", TERMS_READ)
                 : og_buffer_text(noting->notes, "no literal", err));
  OG_TRY(og_buffer_text(noting->notes, " has the language ", err));
  OG_TRY(og_sparql_term_text(term, noting->notes, err));
  return found ? og_buffer_format(noting->notes, err, "; did you mean \"%s\"?\n", found)
               : og_buffer_text(noting->notes, "\n", err);
}

static bool is_call(const OgExpression *expression, const char *name) {
  return expression->kind == OG_EXPRESSION_CALL && strcmp(expression->builtin->name, name) == 0;
}

/* A term that = finds by what it says, not by its value. */
static bool is_by_text(const OgTerm *term) {
  const OgDatatype type = og_term_with_type(term).type;
  return term->kind == OG_IRI || type == OG_TYPE_STRING || type == OG_TYPE_LANG_STRING;
}

/* What must be true for a solution to pass: equal to something that is not there? */
static OgStatus check_condition(Noting *noting, const OgExpression *condition) {
  if (is_call(condition, "&&")) {
    OG_TRY(check_condition(noting, condition->arguments[0]));
    return check_condition(noting, condition->arguments[1]);
  }
  for (size_t k = 0; k < 2 && is_call(condition, "="); k++) {
    const OgExpression *constant = condition->arguments[k];
    const OgExpression *other = condition->arguments[1 - k];
    if (constant->kind != OG_EXPRESSION_TERM) {
      continue;
    }
    const OgSlot slot = {.variable = OG_NO_VARIABLE, .term = constant->term};
    if (other->kind == OG_EXPRESSION_VARIABLE && is_by_text(&constant->term)) {
      OG_TRY(check_slot(noting, &slot));
    } else if (is_call(other, "LANG")) {
      OG_TRY(check_language(noting, &constant->term));
    }
  }
  return OG_OK;
}

/* A constant expression of REGEX or REPLACE that is none: every call is an error. */
static OgStatus check_regex(Noting *noting, const OgExpression *call) {
  const size_t flags_at = is_call(call, "REGEX") ? 2 : 3;
  const OgExpression *pattern = call->arguments[1];
  const OgExpression *flags = call->count > flags_at ? call->arguments[flags_at] : NULL;
  OgError *err = noting->err;
  bool bad = false, first = false;
  if (pattern->kind != OG_EXPRESSION_TERM || (flags && flags->kind != OG_EXPRESSION_TERM)) {
    return OG_OK;
  }
  OG_TRY(is_first(noting, "expression ", &pattern->term, &first));
  OG_TRY(first ? og_regex_check(pattern->term.text, flags ? flags->term.text : (OgText){NULL, 0},
                                &bad, &noting->text, err)
               : OG_OK);
  if (!bad) {
    return OG_OK;
  }
  OG_TRY(og_buffer_format(noting->notes, err, "%s with ", call->builtin->name));
  OG_TRY(og_sparql_term_text(&pattern->term, noting->notes, err));
  return og_buffer_format(noting->notes, err, " is an error: %.*s\n", (int)noting->text.size,
                          noting->text.data);
}

static OgStatus check_path(Noting *noting, const OgPath *path) {
  if (path->kind == OG_PATH_LINK) {
    return check_predicate(noting, &path->iri);
  }
  OG_TRY(path->a ? check_path(noting, path->a) : OG_OK);
  return path->b ? check_path(noting, path->b) : OG_OK;
}

/* ---- Walking through the algebra ---- */

static void add(OgVariableSet *set, int variable) {
  if (variable >= 0 && (size_t)variable < set->count) {
    set->has[variable] = 1;
  }
}

static void add_all(OgVariableSet *set, const int *variables, size_t count) {
  for (size_t k = 0; k < count; k++) {
    add(set, variables[k]);
  }
}

static OgStatus walk(Noting *noting, const OgAlgebra *algebra, bool needed);

static OgStatus walk_expression(Noting *noting, const OgExpression *expression) {
  if (!expression) {
    return OG_OK;
  }
  if (expression->kind == OG_EXPRESSION_VARIABLE) {
    add(&noting->used, expression->variable);
  }
  for (size_t k = 0; k < expression->count; k++) {
    OG_TRY(walk_expression(noting, expression->arguments[k]));
  }
  if (is_call(expression, "REGEX") || is_call(expression, "REPLACE")) {
    OG_TRY(check_regex(noting, expression));
  }
  return expression->pattern ? walk(noting, expression->pattern, false) : OG_OK;
}

/* Variables that the operator itself binds and uses, and its constants. */
static OgStatus look_at(Noting *noting, const OgAlgebra *algebra, bool needed) {
  switch (algebra->kind) {
  case OG_ALGEBRA_TRIPLE:
  case OG_ALGEBRA_PATH:
    add(&noting->bound, algebra->subject.variable);
    add(&noting->bound, algebra->object.variable);
    if (algebra->kind == OG_ALGEBRA_TRIPLE) {
      add(&noting->bound, algebra->predicate.variable);
    }
    if (!needed) {
      return OG_OK;
    }
    OG_TRY(check_slot(noting, &algebra->subject));
    if (algebra->kind == OG_ALGEBRA_PATH) {
      OG_TRY(check_path(noting, algebra->path));
    } else if (algebra->predicate.variable == OG_NO_VARIABLE) {
      OG_TRY(check_predicate(noting, &algebra->predicate.term));
    }
    return check_slot(noting, &algebra->object);
  case OG_ALGEBRA_GRAPH:
    add(&noting->bound, algebra->graph.variable);
    return OG_OK;
  case OG_ALGEBRA_EXTEND:
    add(&noting->bound, algebra->variable);
    return OG_OK;
  case OG_ALGEBRA_VALUES:
    add_all(&noting->bound, algebra->variables, algebra->variable_count);
    return OG_OK;
  case OG_ALGEBRA_GROUP:
    add_all(&noting->used, algebra->variables, algebra->variable_count);
    for (size_t k = 0; k < algebra->aggregate_count; k++) {
      add(&noting->bound, algebra->aggregates[k]->variable);
      OG_TRY(walk_expression(noting, algebra->aggregates[k]->argument));
    }
    return OG_OK;
  case OG_ALGEBRA_PROJECT:
    add_all(&noting->used, algebra->variables, algebra->variable_count);
    return OG_OK;
  default:
    return OG_OK;
  }
}

/* needed: the pattern must match for the query to find anything. */
static OgStatus walk(Noting *noting, const OgAlgebra *algebra, bool needed) {
  OG_TRY(look_at(noting, algebra, needed));
  OG_TRY(walk_expression(noting, algebra->condition));
  if (needed && algebra->kind == OG_ALGEBRA_FILTER) {
    OG_TRY(check_condition(noting, algebra->condition));
  }
  for (size_t k = 0; k < algebra->order_count; k++) {
    OG_TRY(walk_expression(noting, algebra->orders[k].key));
  }
  const bool second_may_fail =
      algebra->kind == OG_ALGEBRA_LEFT_JOIN || algebra->kind == OG_ALGEBRA_MINUS;
  for (size_t k = 0; k < algebra->count; k++) {
    OG_TRY(walk(noting, algebra->children[k], needed && !(second_may_fail && k > 0)));
  }
  return OG_OK;
}

/* ---- Variables ---- */

/* The bound variable whose name is nearest to one that is not; NULL when none is near. */
static const char *nearest_variable(const Noting *noting, const char *name) {
  const unsigned limit = edits_allowed(strlen(name));
  const char *nearest = NULL;
  unsigned least = limit + 1;
  for (size_t k = 0; k < noting->bound.count; k++) {
    const char *other = noting->query->names[k];
    if (other && noting->bound.has[k]) {
      const unsigned edits = og_edit_distance(name, strlen(name), other, strlen(other), limit);
      nearest = edits < least ? other : nearest;
      least = edits < least ? edits : least;
    }
  }
  return nearest;
}

static OgStatus check_variables(Noting *noting) {
  for (size_t k = 0; k < noting->used.count; k++) {
    const char *name = noting->query->names[k];
    if (!name || !noting->used.has[k] || noting->bound.has[k]) {
      continue;
    }
    const char *nearest = nearest_variable(noting, name);
    OG_TRY(og_buffer_format(noting->notes, noting->err, "nothing in the query binds ?%s%s%s%s\n",
                            name, nearest ? "; did you mean ?" : "", nearest ? nearest : "",
                            nearest ? "?" : ""));
  }
  return OG_OK;
}

static void use_slot(Noting *noting, const OgSlot *slot) {
  add(&noting->used, slot->variable);
}

OgStatus og_sparql_note(OgStore *store, const OgPrefixes *prefixes, const OgSparqlQuery *query,
                        bool found, OgBuffer *notes, OgError *err) {
  const size_t count = query->variable_count;
  Noting noting = {.store = store,
                   .prefixes = prefixes,
                   .query = query,
                   .notes = notes,
                   .told = og_intern_new(),
                   .err = err};
  OgStatus status = OG_OK;
  og_term_reader_init(&noting.reader, store);
  noting.bound = (OgVariableSet){og_arena_alloc(&noting.arena, count + 1, 1), count};
  noting.used = (OgVariableSet){og_arena_alloc(&noting.arena, count + 1, 1), count};
  if (!noting.told || !noting.bound.has || !noting.used.has) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t k = 0; k < query->template_count; k++) {
    use_slot(&noting, &query->templates[k].subject);
    use_slot(&noting, &query->templates[k].predicate);
    use_slot(&noting, &query->templates[k].object);
  }
  for (size_t k = 0; k < query->described_count && !found; k++) {
    OG_GO(check_slot(&noting, &query->described[k]));
  }
  OG_GO(query->pattern ? walk(&noting, query->pattern, !found) : OG_OK);
  status = check_variables(&noting);
done:
  og_term_reader_clear(&noting.reader);
  og_intern_free(noting.told);
  og_buffer_clear(&noting.text);
  og_arena_clear(&noting.arena);
  return status;
}
