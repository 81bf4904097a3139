#include "kg/sparql_algebra.h"

#include "core/vocab.h"
#include "kg/sparql_results.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* ---- Operators, built-in functions (17.3, 17.4), casts (17.5) ---- */

const OgBuiltin og_sparql_builtins[] = {
    {"||", OG_CALL_OR, 2, 2, NULL},
    {"&&", OG_CALL_AND, 2, 2, NULL},
    {"!", OG_CALL_NOT, 1, 1, NULL},
    {"=", OG_CALL_EQUAL, 2, 2, "og_equal"},
    {"!=", OG_CALL_NOT_EQUAL, 2, 2, "og_equal"},
    {"<", OG_CALL_LESS, 2, 2, "og_less"},
    {">", OG_CALL_GREATER, 2, 2, "og_less"},
    {"<=", OG_CALL_NOT_GREATER, 2, 2, "og_not_greater"},
    {">=", OG_CALL_NOT_LESS, 2, 2, "og_not_greater"},
    {"in", OG_CALL_IN, 1, -1, NULL},
    {"not in", OG_CALL_NOT_IN, 1, -1, NULL},
    {"+", OG_CALL_FOLD, 2, 2, "og_add"},
    {"-", OG_CALL_FOLD, 2, 2, "og_subtract"},
    {"*", OG_CALL_FOLD, 2, 2, "og_multiply"},
    {"/", OG_CALL_FOLD, 2, 2, "og_divide"},
    {"negate", OG_CALL_FUNCTION, 1, 1, "og_negate"},
    {"plus", OG_CALL_FUNCTION, 1, 1, "og_plus"},
    {"BOUND", OG_CALL_BOUND, 1, 1, NULL},
    {"IF", OG_CALL_IF, 3, 3, NULL},
    {"COALESCE", OG_CALL_COALESCE, 0, -1, NULL},
    {"sameTerm", OG_CALL_SAME_TERM, 2, 2, NULL},
    {"isIRI", OG_CALL_PREDICATE, 1, 1, "og_is_iri"},
    {"isURI", OG_CALL_PREDICATE, 1, 1, "og_is_iri"},
    {"isBLANK", OG_CALL_PREDICATE, 1, 1, "og_is_blank"},
    {"isLITERAL", OG_CALL_PREDICATE, 1, 1, "og_is_literal"},
    {"isNUMERIC", OG_CALL_PREDICATE, 1, 1, "og_is_numeric"},
    {"STR", OG_CALL_STR, 1, 1, "og_str"},
    {"LANG", OG_CALL_LANG, 1, 1, "og_lang"},
    {"DATATYPE", OG_CALL_FUNCTION, 1, 1, "og_datatype"},
    {"IRI", OG_CALL_FUNCTION, 1, 1, "og_iri"},
    {"URI", OG_CALL_FUNCTION, 1, 1, "og_iri"},
    {"BNODE", OG_CALL_BLANK_NODE, 0, 1, "og_bnode"},
    {"STRDT", OG_CALL_FUNCTION, 2, 2, "og_strdt"},
    {"STRLANG", OG_CALL_FUNCTION, 2, 2, "og_strlang"},
    {"UUID", OG_CALL_VOLATILE, 0, 0, "og_uuid"},
    {"STRUUID", OG_CALL_VOLATILE, 0, 0, "og_struuid"},
    {"STRLEN", OG_CALL_FUNCTION, 1, 1, "og_strlen"},
    {"SUBSTR", OG_CALL_FUNCTION, 2, 3, "og_substr"},
    {"UCASE", OG_CALL_FUNCTION, 1, 1, "og_ucase"},
    {"LCASE", OG_CALL_FUNCTION, 1, 1, "og_lcase"},
    {"STRSTARTS", OG_CALL_SEARCH, 2, 2, "og_strstarts"},
    {"STRENDS", OG_CALL_SEARCH, 2, 2, "og_strends"},
    {"CONTAINS", OG_CALL_SEARCH, 2, 2, "og_contains"},
    {"STRBEFORE", OG_CALL_FUNCTION, 2, 2, "og_strbefore"},
    {"STRAFTER", OG_CALL_FUNCTION, 2, 2, "og_strafter"},
    {"ENCODE_FOR_URI", OG_CALL_FUNCTION, 1, 1, "og_encode_for_uri"},
    {"CONCAT", OG_CALL_FUNCTION, 0, -1, "og_concat"},
    {"LANGMATCHES", OG_CALL_PREDICATE, 2, 2, "og_langmatches"},
    {"REGEX", OG_CALL_SEARCH, 2, 3, "og_regex"},
    {"REPLACE", OG_CALL_FUNCTION, 3, 4, "og_replace"},
    {"ABS", OG_CALL_FUNCTION, 1, 1, "og_abs"},
    {"ROUND", OG_CALL_FUNCTION, 1, 1, "og_round"},
    {"CEIL", OG_CALL_FUNCTION, 1, 1, "og_ceil"},
    {"FLOOR", OG_CALL_FUNCTION, 1, 1, "og_floor"},
    {"RAND", OG_CALL_VOLATILE, 0, 0, "og_rand"},
    {"NOW", OG_CALL_FUNCTION, 0, 0, "og_now"},
    {"YEAR", OG_CALL_FUNCTION, 1, 1, "og_year"},
    {"MONTH", OG_CALL_FUNCTION, 1, 1, "og_month"},
    {"DAY", OG_CALL_FUNCTION, 1, 1, "og_day"},
    {"HOURS", OG_CALL_FUNCTION, 1, 1, "og_hours"},
    {"MINUTES", OG_CALL_FUNCTION, 1, 1, "og_minutes"},
    {"SECONDS", OG_CALL_FUNCTION, 1, 1, "og_seconds"},
    {"TIMEZONE", OG_CALL_FUNCTION, 1, 1, "og_timezone"},
    {"TZ", OG_CALL_FUNCTION, 1, 1, "og_tz"},
    {"MD5", OG_CALL_FUNCTION, 1, 1, "og_md5"},
    {"SHA1", OG_CALL_FUNCTION, 1, 1, "og_sha1"},
    {"SHA256", OG_CALL_FUNCTION, 1, 1, "og_sha256"},
    {"SHA384", OG_CALL_FUNCTION, 1, 1, "og_sha384"},
    {"SHA512", OG_CALL_FUNCTION, 1, 1, "og_sha512"},
    {OG_NS_XSD "string", OG_CALL_FUNCTION, 1, 1, "og_cast_string"},
    {OG_NS_XSD "boolean", OG_CALL_FUNCTION, 1, 1, "og_cast_boolean"},
    {OG_NS_XSD "integer", OG_CALL_FUNCTION, 1, 1, "og_cast_integer"},
    {OG_NS_XSD "decimal", OG_CALL_FUNCTION, 1, 1, "og_cast_decimal"},
    {OG_NS_XSD "float", OG_CALL_FUNCTION, 1, 1, "og_cast_float"},
    {OG_NS_XSD "double", OG_CALL_FUNCTION, 1, 1, "og_cast_double"},
    {OG_NS_XSD "dateTime", OG_CALL_FUNCTION, 1, 1, "og_cast_datetime"},
    {OG_NS_XSD "date", OG_CALL_FUNCTION, 1, 1, "og_cast_date"},
    {NULL, OG_CALL_FUNCTION, 0, 0, NULL},
};

const OgAggregateFunction og_sparql_aggregates[] = {
    {"COUNT", "count", "og_from_integer"},
    {"SUM", "og_sum", NULL},
    {"AVG", "og_avg", NULL},
    {"MIN", "og_min", NULL},
    {"MAX", "og_max", NULL},
    {"SAMPLE", "og_sample", NULL},
    {"GROUP_CONCAT", "og_list", "og_join"},
    {NULL, NULL, NULL},
};

static bool is_name(const char *name, OgText text) {
  return strlen(name) == text.size && strncasecmp(name, text.data, text.size) == 0;
}

const OgBuiltin *og_sparql_find_builtin(OgText name) {
  for (const OgBuiltin *row = og_sparql_builtins; row->name; row++) {
    if (is_name(row->name, name)) {
      return row;
    }
  }
  return NULL;
}

const OgBuiltin *og_sparql_find_cast(OgText iri) {
  const OgBuiltin *row = og_sparql_find_builtin(iri);
  return row && row->name[0] == 'h' && memcmp(row->name, iri.data, iri.size) == 0 ? row : NULL;
}

const OgBuiltin *og_sparql_operator(OgCallKind kind) {
  const OgBuiltin *row = og_sparql_builtins;
  while (row->kind != kind) {
    row++;
  }
  return row;
}

const OgAggregateFunction *og_sparql_find_aggregate(OgText name) {
  for (const OgAggregateFunction *row = og_sparql_aggregates; row->name; row++) {
    if (is_name(row->name, name)) {
      return row;
    }
  }
  return NULL;
}

void og_sparql_query_clear(OgSparqlQuery *query) {
  if (query) {
    og_arena_clear(&query->arena);
    *query = (OgSparqlQuery){.form = OG_SPARQL_SELECT};
  }
}

/* ---- Scope ---- */

static void add_variable(OgVariableSet *set, int variable) {
  if (variable >= 0 && (size_t)variable < set->count) {
    set->has[variable] = 1;
  }
}

static void add_variables(OgVariableSet *set, const int *variables, size_t count) {
  for (size_t k = 0; k < count; k++) {
    add_variable(set, variables[k]);
  }
}

void og_algebra_scope(const OgAlgebra *algebra, OgVariableSet *set) {
  switch (algebra->kind) {
  case OG_ALGEBRA_TRIPLE:
  case OG_ALGEBRA_PATH:
    add_variable(set, algebra->subject.variable);
    add_variable(set, algebra->predicate.variable);
    add_variable(set, algebra->object.variable);
    return;
  case OG_ALGEBRA_VALUES:
  case OG_ALGEBRA_PROJECT:
    add_variables(set, algebra->variables, algebra->variable_count);
    return;
  case OG_ALGEBRA_GROUP:
    add_variables(set, algebra->variables, algebra->variable_count);
    for (size_t k = 0; k < algebra->aggregate_count; k++) {
      add_variable(set, algebra->aggregates[k]->variable);
    }
    return;
  case OG_ALGEBRA_MINUS:
    og_algebra_scope(algebra->children[0], set);
    return;
  case OG_ALGEBRA_EXTEND:
    add_variable(set, algebra->variable);
    break;
  case OG_ALGEBRA_GRAPH:
    add_variable(set, algebra->graph.variable);
    break;
  case OG_ALGEBRA_JOIN:
  case OG_ALGEBRA_LEFT_JOIN:
  case OG_ALGEBRA_UNION:
  case OG_ALGEBRA_FILTER:
  case OG_ALGEBRA_DISTINCT:
  case OG_ALGEBRA_ORDER:
  case OG_ALGEBRA_SLICE:
    break;
  }
  for (size_t k = 0; k < algebra->count; k++) {
    og_algebra_scope(algebra->children[k], set);
  }
}

bool og_expression_is_volatile(const OgExpression *expression) {
  if (expression->kind != OG_EXPRESSION_CALL) {
    return false;
  }
  const OgCallKind kind = expression->builtin->kind;
  if (kind == OG_CALL_VOLATILE || kind == OG_CALL_BLANK_NODE) {
    return true;
  }
  for (size_t k = 0; k < expression->count; k++) {
    if (og_expression_is_volatile(expression->arguments[k])) {
      return true;
    }
  }
  return false;
}

/* ---- Printing ---- */

typedef struct Printer {
  const OgSparqlQuery *query;
  OgBuffer *text;
  OgError *err;
} Printer;

static OgStatus print(const Printer *p, const char *text) {
  return og_buffer_text(p->text, text, p->err);
}

static OgStatus print_term(const Printer *p, const OgTerm *term) {
  return term->kind == OG_UNBOUND ? print(p, "UNDEF") : og_sparql_term_text(term, p->text, p->err);
}

static OgStatus print_variable(const Printer *p, int variable) {
  const char *name = p->query->names[variable];
  return name ? og_buffer_format(p->text, p->err, "?%s", name)
              : og_buffer_format(p->text, p->err, "?.%d", variable);
}

static OgStatus print_variables(const Printer *p, const int *variables, size_t count) {
  for (size_t k = 0; k < count; k++) {
    OG_TRY(print(p, " "));
    OG_TRY(print_variable(p, variables[k]));
  }
  return OG_OK;
}

static OgStatus print_slot(const Printer *p, const OgSlot *slot) {
  return slot->variable >= 0 ? print_variable(p, slot->variable) : print_term(p, &slot->term);
}

static OgStatus print_path(const Printer *p, const OgPath *path) {
  static const struct {
    const char *before, *between, *after;
  } marks[] = {
      [OG_PATH_LINK] = {"", "", ""},          [OG_PATH_INVERSE] = {"^", "", ""},
      [OG_PATH_SEQUENCE] = {"(", " / ", ")"}, [OG_PATH_ALTERNATIVE] = {"(", " | ", ")"},
      [OG_PATH_ZERO_OR_ONE] = {"", "", "?"},  [OG_PATH_ZERO_OR_MORE] = {"", "", "*"},
      [OG_PATH_ONE_OR_MORE] = {"", "", "+"},  [OG_PATH_NEGATED] = {"!(", " | ", ")"},
  };
  OG_TRY(print(p, marks[path->kind].before));
  if (path->kind == OG_PATH_LINK) {
    return print_term(p, &path->iri);
  }
  for (size_t k = 0; k < path->iri_count; k++) {
    OG_TRY(print(p, k ? " | " : ""));
    OG_TRY(print_term(p, &path->iris[k]));
  }
  if (path->a) {
    OG_TRY(print_path(p, path->a));
  }
  if (path->b) {
    OG_TRY(print(p, marks[path->kind].between));
    OG_TRY(print_path(p, path->b));
  }
  return print(p, marks[path->kind].after);
}

static OgStatus print_algebra(const Printer *p, const OgAlgebra *algebra, int depth);

static OgStatus print_expression(const Printer *p, const OgExpression *expression, int depth) {
  switch (expression->kind) {
  case OG_EXPRESSION_TERM:
    return print_term(p, &expression->term);
  case OG_EXPRESSION_VARIABLE:
    return print_variable(p, expression->variable);
  case OG_EXPRESSION_EXISTS:
    OG_TRY(print(p, "exists\n"));
    return print_algebra(p, expression->pattern, depth + 2);
  case OG_EXPRESSION_CALL:
  case OG_EXPRESSION_AGGREGATE:
    break;
  }
  OG_TRY(og_buffer_format(p->text, p->err, "(%s", expression->builtin->name));
  for (size_t k = 0; k < expression->count; k++) {
    OG_TRY(print(p, " "));
    OG_TRY(print_expression(p, expression->arguments[k], depth));
  }
  return print(p, ")");
}

static OgStatus print_aggregate(const Printer *p, const OgAggregate *aggregate, int depth) {
  OG_TRY(print(p, " ("));
  OG_TRY(print_variable(p, aggregate->variable));
  OG_TRY(og_buffer_format(p->text, p->err, " := %s %s", aggregate->function->name,
                          aggregate->distinct ? "distinct " : ""));
  OG_TRY(aggregate->argument ? print_expression(p, aggregate->argument, depth) : print(p, "*"));
  return print(p, ")");
}

/* What stands beside an operator's name. */
static OgStatus print_details(const Printer *p, const OgAlgebra *algebra, int depth) {
  if (algebra->kind == OG_ALGEBRA_TRIPLE || algebra->kind == OG_ALGEBRA_PATH) {
    OG_TRY(print(p, " "));
    OG_TRY(print_slot(p, &algebra->subject));
    OG_TRY(print(p, " "));
    OG_TRY(algebra->path ? print_path(p, algebra->path) : print_slot(p, &algebra->predicate));
    OG_TRY(print(p, " "));
    OG_TRY(print_slot(p, &algebra->object));
  }
  if (algebra->kind == OG_ALGEBRA_GRAPH) {
    OG_TRY(print(p, " "));
    OG_TRY(print_slot(p, &algebra->graph));
  }
  if (algebra->kind == OG_ALGEBRA_EXTEND) {
    OG_TRY(print(p, " "));
    OG_TRY(print_variable(p, algebra->variable));
    OG_TRY(print(p, " :="));
  }
  OG_TRY(print_variables(p, algebra->variables, algebra->variable_count));
  for (size_t k = 0; k < algebra->rows * algebra->variable_count; k++) {
    OG_TRY(print(p, k % algebra->variable_count == 0 ? " | " : " "));
    OG_TRY(print_term(p, &algebra->terms[k]));
  }
  for (size_t k = 0; k < algebra->aggregate_count; k++) {
    OG_TRY(print_aggregate(p, algebra->aggregates[k], depth));
  }
  for (size_t k = 0; k < algebra->order_count; k++) {
    OG_TRY(print(p, algebra->orders[k].descending ? " desc " : " "));
    OG_TRY(print_expression(p, algebra->orders[k].key, depth));
  }
  if (algebra->kind == OG_ALGEBRA_SLICE) {
    OG_TRY(algebra->has_limit ? og_buffer_format(p->text, p->err, " limit %" PRIu64, algebra->limit)
                              : OG_OK);
    OG_TRY(og_buffer_format(p->text, p->err, " offset %" PRIu64, algebra->offset));
  }
  if (algebra->condition) {
    OG_TRY(print(p, " "));
    OG_TRY(print_expression(p, algebra->condition, depth));
  }
  return OG_OK;
}

static OgStatus print_algebra(const Printer *p, const OgAlgebra *algebra, int depth) {
  static const char *const names[] = {
      [OG_ALGEBRA_JOIN] = "join",         [OG_ALGEBRA_TRIPLE] = "triple",
      [OG_ALGEBRA_PATH] = "path",         [OG_ALGEBRA_LEFT_JOIN] = "left join",
      [OG_ALGEBRA_UNION] = "union",       [OG_ALGEBRA_MINUS] = "minus",
      [OG_ALGEBRA_FILTER] = "filter",     [OG_ALGEBRA_EXTEND] = "extend",
      [OG_ALGEBRA_GRAPH] = "graph",       [OG_ALGEBRA_VALUES] = "values",
      [OG_ALGEBRA_GROUP] = "group",       [OG_ALGEBRA_PROJECT] = "project",
      [OG_ALGEBRA_DISTINCT] = "distinct", [OG_ALGEBRA_ORDER] = "order",
      [OG_ALGEBRA_SLICE] = "slice",
  };
  OG_TRY(og_buffer_format(p->text, p->err, "%*s%s", depth * 2, "", names[algebra->kind]));
  OG_TRY(print_details(p, algebra, depth));
  if (p->text->size > 0 && p->text->data[p->text->size - 1] != '\n') {
    OG_TRY(print(p, "\n"));
  }
  for (size_t k = 0; k < algebra->count; k++) {
    OG_TRY(print_algebra(p, algebra->children[k], depth + 1));
  }
  return OG_OK;
}

OgStatus og_algebra_print(const OgSparqlQuery *query, OgBuffer *text, OgError *err) {
  const Printer printer = {query, text, err};
  return query->pattern ? print_algebra(&printer, query->pattern, 0) : OG_OK;
}
