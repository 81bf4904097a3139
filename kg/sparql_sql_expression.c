/* Expressions to SQL: terms stay ids or blobs (kg/sparql_term.h), conditions are 0, 1 or NULL. */
#include "kg/sparql_compiler.h"

#include <string.h>

/* A variable's value here, in the solutions around, or nowhere. */
static const OgColumn *find_column(const OgCompiler *c, const OgRelation *relation, int variable) {
  const OgColumn *column = relation ? og_relation_find(relation, variable) : NULL;
  return column ? column : og_outer_find(c, variable);
}

OgStatus og_compile_condition(OgCompiler *c, const OgExpression *expression,
                              const OgRelation *relation, const char **sql) {
  bool is_condition;
  OG_TRY(og_compile_expression(c, expression, relation, sql, &is_condition));
  if (!is_condition) {
    *sql = og_sql_text(c, "og_truth(%s)", *sql);
  }
  return OG_OK;
}

OgStatus og_compile_term(OgCompiler *c, const OgExpression *expression, const OgRelation *relation,
                         const char **sql) {
  bool is_condition;
  OG_TRY(og_compile_expression(c, expression, relation, sql, &is_condition));
  if (is_condition) {
    *sql = og_sql_text(c, "og_from_truth(%s)", *sql);
  }
  return OG_OK;
}

typedef OgStatus (*Compile)(OgCompiler *c, const OgExpression *expression,
                            const OgRelation *relation, const char **sql);

/* "a SIGN b SIGN c", halved into brackets: SQLite bounds the depth of expressions. */
static OgStatus compile_chain(OgCompiler *c, const OgExpression *const *items, size_t count,
                              const char *sign, const OgRelation *relation, const char **sql) {
  if (count == 1) {
    return og_compile_condition(c, items[0], relation, sql);
  }
  const char *left;
  const char *right;
  const size_t half = count / 2;
  OG_TRY(compile_chain(c, items, half, sign, relation, &left));
  OG_TRY(compile_chain(c, items + half, count - half, sign, relation, &right));
  *sql = og_sql_text(c, "(%s %s %s)", left, sign, right);
  return OG_OK;
}

static OgStatus compile_or(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                           const char **sql) {
  return compile_chain(c, call->arguments, call->count, "OR", relation, sql);
}

static OgStatus compile_and(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                            const char **sql) {
  return compile_chain(c, call->arguments, call->count, "AND", relation, sql);
}

static OgStatus compile_not(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                            const char **sql) {
  OG_TRY(og_compile_condition(c, call->arguments[0], relation, sql));
  *sql = og_sql_text(c, "(NOT %s)", *sql);
  return OG_OK;
}

bool og_expression_has_one_form(const OgExpression *expression) {
  return expression->kind == OG_EXPRESSION_TERM || expression->kind == OG_EXPRESSION_VARIABLE;
}

/* ---- Looking into terms ----
 *
 * STR(?x), LANG(?x) and the text of ?x are columns of its term's row: the one that a filter had
 * joined, or one looked up in a subquery. As TEXT they are simple strings, which all functions
 * take, and SQL's own instr and = are right for. */

static bool is_variable(const OgExpression *expression) {
  return expression->kind == OG_EXPRESSION_VARIABLE;
}

static bool is_call(const OgExpression *expression, OgCallKind kind) {
  return expression->kind == OG_EXPRESSION_CALL && expression->builtin->kind == kind;
}

/* Whether the expression, if it has a value, is a simple string in plain sight. */
static bool has_text(const OgExpression *expression) {
  return (expression->kind == OG_EXPRESSION_TERM &&
          og_term_with_type(&expression->term).type == OG_TYPE_STRING) ||
         ((is_call(expression, OG_CALL_STR) || is_call(expression, OG_CALL_LANG)) &&
          is_variable(expression->arguments[0]));
}

void og_expression_views(const OgExpression *expression, OgVariableSet *set) {
  const bool searches = is_call(expression, OG_CALL_SEARCH) && has_text(expression->arguments[1]);
  const bool looks =
      searches || is_call(expression, OG_CALL_STR) || is_call(expression, OG_CALL_LANG);
  if (looks && is_variable(expression->arguments[0])) {
    set->has[expression->arguments[0]->variable] = 1;
  }
  for (size_t k = 0; k < expression->count; k++) {
    og_expression_views(expression->arguments[k], set);
  }
}

/* A column of the row of a variable's term, whose alias stands where `form` has @; *sql is NULL
 * when the variable may be other than a term of the graph. */
static void look_into(OgCompiler *c, const OgExpression *variable, const char *form,
                      const OgRelation *relation, const char **sql) {
  const OgColumn *column = find_column(c, relation, variable->variable);
  *sql = NULL;
  if (!column || column->computed) {
    return;
  }
  const char *row = column->term ? column->term : og_sql_text(c, "t%d", og_sql_alias(c));
  const char *text = "";
  for (const char *at = strchr(form, '@'); at; form = at + 1, at = strchr(form, '@')) {
    text = og_sql_text(c, "%s%.*s%s", text, (int)(at - form), form, row);
  }
  text = og_sql_text(c, "%s%s", text, form);
  *sql = column->term ? text
                      : og_sql_text(c, "(SELECT %s FROM term %s WHERE %s.id = %s)", text, row, row,
                                    column->sql);
}

/* The simple string that the expression is, as TEXT; *sql is NULL when it must be computed. */
static OgStatus compile_text(OgCompiler *c, const OgExpression *expression,
                             const OgRelation *relation, const char **sql) {
  *sql = NULL;
  if (!has_text(expression)) {
    return OG_OK;
  }
  if (expression->kind == OG_EXPRESSION_TERM) {
    return og_sql_constant(c, &expression->term, sql);
  }
  look_into(c, expression->arguments[0],
            is_call(expression, OG_CALL_STR)
                ? "CASE WHEN @.kind <> 2 THEN @.text END"
                : "CASE WHEN @.kind = 3 THEN coalesce(@.language, '') END",
            relation, sql);
  return OG_OK;
}

/* The same of a variable that is to be a string, whatever its language. */
static OgStatus compile_string(OgCompiler *c, const OgExpression *expression,
                               const OgRelation *relation, const char **sql) {
  if (!is_variable(expression)) {
    return compile_text(c, expression, relation, sql);
  }
  look_into(c, expression, "CASE WHEN @.kind = 3 AND @.datatype IS NULL THEN @.text END", relation,
            sql);
  return OG_OK;
}

/* Equality with an IRI is identity, and needs no look at the terms. */
static bool is_iri(const OgExpression *expression) {
  return expression->kind == OG_EXPRESSION_TERM && expression->term.kind == OG_IRI;
}

/* Whether SQL's = is right for the two: one is a constant IRI, the other in its one form. */
static bool is_identity(const OgExpression *a, const OgExpression *b) {
  return (is_iri(a) && (b->kind == OG_EXPRESSION_VARIABLE || is_iri(b))) ||
         (is_iri(b) && a->kind == OG_EXPRESSION_VARIABLE);
}

/* An argument of one of our functions, which take terms in any form. */
static OgStatus compile_argument(OgCompiler *c, const OgExpression *expression,
                                 const OgRelation *relation, const char **sql) {
  if (expression->kind == OG_EXPRESSION_TERM) {
    return og_sql_constant(c, &expression->term, sql);
  }
  OG_TRY(compile_text(c, expression, relation, sql));
  return *sql ? OG_OK : og_compile_term(c, expression, relation, sql);
}

static OgStatus compile_equality(OgCompiler *c, const OgExpression *a, const OgExpression *b,
                                 const OgRelation *relation, const char **sql) {
  const char *left = NULL;
  const char *right = NULL;
  if (has_text(a) && has_text(b)) {
    OG_TRY(compile_text(c, a, relation, &left));
    OG_TRY(compile_text(c, b, relation, &right));
  }
  const bool texts = left && right;
  if (!texts) {
    OG_TRY(is_identity(a, b) ? og_compile_term(c, a, relation, &left)
                             : compile_argument(c, a, relation, &left));
    OG_TRY(is_identity(a, b) ? og_compile_term(c, b, relation, &right)
                             : compile_argument(c, b, relation, &right));
  }
  *sql = og_sql_text(c, texts || is_identity(a, b) ? "(%s = %s)" : "og_equal(%s, %s)", left, right);
  return OG_OK;
}

static OgStatus compile_equal(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                              const char **sql) {
  return compile_equality(c, call->arguments[0], call->arguments[1], relation, sql);
}

static OgStatus compile_not_equal(OgCompiler *c, const OgExpression *call,
                                  const OgRelation *relation, const char **sql) {
  OG_TRY(compile_equal(c, call, relation, sql));
  *sql = og_sql_text(c, "(NOT %s)", *sql);
  return OG_OK;
}

/* a < b, or with the arguments turned round b > a. */
static OgStatus compile_order(OgCompiler *c, const OgExpression *call, bool turned,
                              const OgRelation *relation, const char **sql) {
  const char *left;
  const char *right;
  OG_TRY(compile_argument(c, call->arguments[turned ? 1 : 0], relation, &left));
  OG_TRY(compile_argument(c, call->arguments[turned ? 0 : 1], relation, &right));
  *sql = og_sql_text(c, "%s(%s, %s)", call->builtin->sql, left, right);
  return OG_OK;
}

static OgStatus compile_less(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                             const char **sql) {
  return compile_order(c, call, false, relation, sql);
}

static OgStatus compile_greater(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                                const char **sql) {
  return compile_order(c, call, true, relation, sql);
}

/* x = a OR x = b OR …, halved. */
static OgStatus compile_choices(OgCompiler *c, const OgExpression *value,
                                const OgExpression *const *items, size_t count,
                                const OgRelation *relation, const char **sql) {
  if (count == 1) {
    return compile_equality(c, value, items[0], relation, sql);
  }
  const char *left;
  const char *right;
  const size_t half = count / 2;
  OG_TRY(compile_choices(c, value, items, half, relation, &left));
  OG_TRY(compile_choices(c, value, items + half, count - half, relation, &right));
  *sql = og_sql_text(c, "(%s OR %s)", left, right);
  return OG_OK;
}

static OgStatus compile_in(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                           const char **sql) {
  if (call->count == 1) {
    *sql = "0";
    return OG_OK;
  }
  return compile_choices(c, call->arguments[0], call->arguments + 1, call->count - 1, relation,
                         sql);
}

static OgStatus compile_not_in(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                               const char **sql) {
  OG_TRY(compile_in(c, call, relation, sql));
  *sql = og_sql_text(c, "(NOT %s)", *sql);
  return OG_OK;
}

static OgStatus compile_bound(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                              const char **sql) {
  OG_TRY(og_compile_term(c, call->arguments[0], relation, sql));
  *sql = og_sql_text(c, "(%s IS NOT NULL)", *sql);
  return OG_OK;
}

static OgStatus compile_if(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                           const char **sql) {
  const char *condition;
  const char *yes;
  const char *no;
  OG_TRY(og_compile_condition(c, call->arguments[0], relation, &condition));
  OG_TRY(og_compile_term(c, call->arguments[1], relation, &yes));
  OG_TRY(og_compile_term(c, call->arguments[2], relation, &no));
  *sql = og_sql_text(c, "CASE %s WHEN 1 THEN %s WHEN 0 THEN %s END", condition, yes, no);
  return OG_OK;
}

/* name(a, b, …) from argument `first` on; *sql is what stands before it. */
static OgStatus compile_arguments(OgCompiler *c, const OgExpression *call, size_t first,
                                  Compile compile, const OgRelation *relation, const char **sql) {
  for (size_t k = first; k < call->count; k++) {
    const char *argument;
    OG_TRY(compile(c, call->arguments[k], relation, &argument));
    *sql = og_sql_text(c, "%s%s%s", *sql, k ? ", " : "", argument);
  }
  *sql = og_sql_text(c, "%s)", *sql);
  return OG_OK;
}

static OgStatus compile_coalesce(OgCompiler *c, const OgExpression *call,
                                 const OgRelation *relation, const char **sql) {
  if (call->count == 0) {
    *sql = "NULL";
    return OG_OK;
  }
  *sql = call->count == 1 ? "(" : "coalesce(";
  return compile_arguments(c, call, 0, og_compile_term, relation, sql);
}

/* Terms are compared in their one form. */
static OgStatus compile_same_term(OgCompiler *c, const OgExpression *call,
                                  const OgRelation *relation, const char **sql) {
  const char *sides[2];
  for (int k = 0; k < 2; k++) {
    OG_TRY(og_compile_term(c, call->arguments[k], relation, &sides[k]));
    if (!og_expression_has_one_form(call->arguments[k])) {
      sides[k] = og_sql_text(c, "og_intern(%s)", sides[k]);
    }
  }
  *sql = og_sql_text(c, "(%s = %s)", sides[0], sides[1]);
  return OG_OK;
}

static OgStatus compile_call(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                             const char **sql) {
  enum { MOST_ARGUMENTS = 100 };
  if (call->count > MOST_ARGUMENTS) {
    return og_error_set(c->err, OG_USAGE, "%s with over %d operands: BIND parts of it",
                        call->builtin->name, MOST_ARGUMENTS);
  }
  *sql = og_sql_text(c, "%s(", call->builtin->sql);
  return compile_arguments(c, call, 0, compile_argument, relation, sql);
}

/* Where the second string has no language, only the text of the first matters. */
static OgStatus compile_search(OgCompiler *c, const OgExpression *call, const OgRelation *relation,
                               const char **sql) {
  static const struct {
    const char *function, *found;
  } forms[] = {{"og_contains", "> 0"}, {"og_strstarts", "= 1"}};
  const char *text = NULL;
  const char *part = NULL;
  if (has_text(call->arguments[1])) {
    OG_TRY(compile_string(c, call->arguments[0], relation, &text));
  }
  if (!text) {
    return compile_call(c, call, relation, sql);
  }
  for (size_t k = 0; k < OG_COUNT(forms); k++) {
    if (strcmp(call->builtin->sql, forms[k].function) == 0) {
      OG_TRY(compile_text(c, call->arguments[1], relation, &part));
      if (part) {
        *sql = og_sql_text(c, "(instr(%s, %s) %s)", text, part, forms[k].found);
        return OG_OK;
      }
    }
  }
  *sql = og_sql_text(c, "%s(%s", call->builtin->sql, text);
  return compile_arguments(c, call, 1, compile_argument, relation, sql);
}

/* The node of a label belongs to the solution: its table and row are arguments too. Where a value
 * cannot be seen again (a sort key, an aggregate's argument) solutions have no number, and each
 * call makes a node. */
static OgStatus compile_blank_node(OgCompiler *c, const OgExpression *call,
                                   const OgRelation *relation, const char **sql) {
  if (call->count == 0) {
    *sql = "og_bnode()";
    return OG_OK;
  }
  const OgColumn *number = relation ? og_relation_number(relation) : NULL;
  OG_TRY(og_compile_term(c, call->arguments[0], relation, sql));
  *sql = og_sql_text(c, "og_bnode(%s, %d, %s)", *sql, number ? number->variable : 0,
                     number ? number->sql : "random()");
  return OG_OK;
}

/* By OgCallKind; conditions give 0, 1 or NULL. */
static const struct {
  Compile compile;
  bool is_condition;
} calls[] = {
    [OG_CALL_OR] = {compile_or, true},
    [OG_CALL_AND] = {compile_and, true},
    [OG_CALL_NOT] = {compile_not, true},
    [OG_CALL_EQUAL] = {compile_equal, true},
    [OG_CALL_NOT_EQUAL] = {compile_not_equal, true},
    [OG_CALL_LESS] = {compile_less, true},
    [OG_CALL_GREATER] = {compile_greater, true},
    [OG_CALL_NOT_GREATER] = {compile_less, true},
    [OG_CALL_NOT_LESS] = {compile_greater, true},
    [OG_CALL_IN] = {compile_in, true},
    [OG_CALL_NOT_IN] = {compile_not_in, true},
    [OG_CALL_BOUND] = {compile_bound, true},
    [OG_CALL_IF] = {compile_if, false},
    [OG_CALL_COALESCE] = {compile_coalesce, false},
    [OG_CALL_SAME_TERM] = {compile_same_term, true},
    [OG_CALL_BLANK_NODE] = {compile_blank_node, false},
    [OG_CALL_STR] = {compile_call, false},
    [OG_CALL_LANG] = {compile_call, false},
    [OG_CALL_SEARCH] = {compile_search, true},
    [OG_CALL_PREDICATE] = {compile_call, true},
    [OG_CALL_FUNCTION] = {compile_call, false},
    [OG_CALL_FOLD] = {compile_call, false},
    [OG_CALL_VOLATILE] = {compile_call, false},
};

/* EXISTS is a subquery that sees the solution around it; its tables are its own. */
static OgStatus compile_exists(OgCompiler *c, const OgAlgebra *pattern, const OgRelation *relation,
                               const char **sql) {
  static const OgRelation none = {.from = "", .where = ""};
  const OgOuter outer = {relation ? relation : &none, c->outer, NULL};
  OgBuffer own = OG_BUFFER_INIT;
  OgBuffer *const with = c->with;
  const bool as_set = c->as_set;
  OgRelation inner;
  c->outer = &outer;
  c->with = &own;
  c->as_set = true;
  const OgStatus status = og_compile_pattern(c, pattern, &inner);
  if (status == OG_OK) {
    *sql = og_sql_text(c, "EXISTS (%s%s%sSELECT 1%s)", own.size > 0 ? "WITH RECURSIVE " : "",
                       own.size > 0 ? own.data : "", own.size > 0 ? " " : "",
                       og_relation_tail(c, &inner));
  }
  c->outer = outer.next;
  c->with = with;
  c->as_set = as_set;
  og_buffer_clear(&own);
  return status;
}

OgStatus og_compile_expression(OgCompiler *c, const OgExpression *expression,
                               const OgRelation *relation, const char **sql, bool *is_condition) {
  const OgColumn *column;
  *is_condition = false;
  switch (expression->kind) {
  case OG_EXPRESSION_TERM:
    return og_sql_term(c, &expression->term, sql, NULL);
  case OG_EXPRESSION_VARIABLE:
  case OG_EXPRESSION_AGGREGATE:
    column = find_column(c, relation, expression->variable);
    *sql = column ? column->sql : "NULL";
    return OG_OK;
  case OG_EXPRESSION_EXISTS:
    *is_condition = true;
    return compile_exists(c, expression->pattern, relation, sql);
  case OG_EXPRESSION_CALL:
    break;
  }
  *is_condition = calls[expression->builtin->kind].is_condition;
  return calls[expression->builtin->kind].compile(c, expression, relation, sql);
}
