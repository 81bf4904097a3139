/* Expressions [107]-[128]: precedence climbs from || down to what stands alone. */
#include "core/vocab.h"
#include "kg/sparql_parser.h"

#include <stdio.h>
#include <string.h>

/* The longest chain of binary operators of one level, and the longest list of arguments. */
enum { LONGEST_CHAIN = 1000, LONGEST_LIST = 10000 };

/* Arguments that are gathered. */
typedef struct Arguments {
  const OgExpression **items;
  size_t count, capacity;
} Arguments;

static OgStatus add_argument(OgParser *p, Arguments *arguments, const OgExpression *argument,
                             size_t most) {
  if (arguments->count >= most) {
    return og_lexer_fault(&p->lexer, p->token.start, p->err,
                          "over %zu operands in one chain: use VALUES, or BIND parts of it", most);
  }
  const OgExpression **items = og_arena_grow(p->arena, arguments->items, arguments->count,
                                             &arguments->capacity, sizeof *items);
  if (!items) {
    return og_error_no_memory(p->err);
  }
  arguments->items = items;
  items[arguments->count++] = argument;
  return OG_OK;
}

static OgStatus new_expression(OgParser *p, OgExpression expression, const OgExpression **made) {
  OgExpression *copy = og_parser_alloc(p, 1, sizeof *copy);
  if (!copy) {
    return OG_NO_MEMORY;
  }
  *copy = expression;
  *made = copy;
  return OG_OK;
}

static OgStatus new_call(OgParser *p, const OgBuiltin *builtin, const Arguments *arguments,
                         const OgExpression **made) {
  return new_expression(p,
                        (OgExpression){.kind = OG_EXPRESSION_CALL,
                                       .builtin = builtin,
                                       .arguments = arguments->items,
                                       .count = arguments->count},
                        made);
}

static OgStatus new_unary(OgParser *p, const char *name, const OgExpression *operand,
                          const OgExpression **made) {
  Arguments arguments = {0};
  OG_TRY(add_argument(p, &arguments, operand, 1));
  return new_call(p, og_sparql_find_builtin((OgText){name, strlen(name)}), &arguments, made);
}

const OgExpression *og_parser_variable_expression(OgParser *p, int variable) {
  const OgExpression *made = NULL;
  const OgExpression expression = {.kind = OG_EXPRESSION_VARIABLE, .variable = variable};
  return new_expression(p, expression, &made) == OG_OK ? made : NULL;
}

/* ---- Operators ---- */

/* A level of operators that associate to the left. */
typedef struct Level {
  const char *signs[2];
} Level;

static const Level levels[] = {
    {{"||", NULL}}, {{"&&", NULL}}, {{NULL, NULL}}, /* comparisons: one at most */
    {{"+", "-"}},   {{"*", "/"}},
};

enum { LEVEL_COMPARISON = 2, LEVEL_UNARY = OG_COUNT(levels) };

static OgStatus parse_level(OgParser *p, size_t level, const OgExpression **expression);
static OgStatus parse_unary(OgParser *p, const OgExpression **expression);

static const char *find_sign(const OgParser *p, const char *const *signs, size_t count) {
  for (size_t k = 0; k < count; k++) {
    if (signs[k] && og_parser_is_sign(p, signs[k])) {
      return signs[k];
    }
  }
  return NULL;
}

/* `a + b + c` is one call of three arguments, `a + b - c` a call within a call. */
static OgStatus parse_chain(OgParser *p, size_t level, const OgExpression **expression) {
  const char *last = NULL;
  Arguments arguments = {0};
  size_t links = 0;
  OG_TRY(parse_level(p, level + 1, expression));
  OG_TRY(add_argument(p, &arguments, *expression, 1));
  for (const char *sign; (sign = find_sign(p, levels[level].signs, 2)) != NULL; last = sign) {
    if (last && last != sign) {
      if (++links > LONGEST_CHAIN) {
        return og_parser_expected(p, "a shorter expression: BIND parts of it");
      }
      const OgBuiltin *builtin = og_sparql_find_builtin((OgText){last, strlen(last)});
      OG_TRY(new_call(p, builtin, &arguments, expression));
      arguments = (Arguments){0};
      OG_TRY(add_argument(p, &arguments, *expression, 1));
    }
    const OgExpression *right;
    OG_TRY(og_parser_advance(p));
    OG_TRY(parse_level(p, level + 1, &right));
    OG_TRY(add_argument(p, &arguments, right, LONGEST_CHAIN));
  }
  return last ? new_call(p, og_sparql_find_builtin((OgText){last, strlen(last)}), &arguments,
                         expression)
              : OG_OK;
}

/* ExpressionList [71] */
static OgStatus parse_list(OgParser *p, Arguments *arguments) {
  OG_TRY(og_parser_expect_sign(p, "("));
  if (og_parser_is_sign(p, ")")) {
    return og_parser_advance(p);
  }
  for (bool more = true; more;) {
    const OgExpression *argument;
    OG_TRY(og_parse_expression(p, &argument));
    OG_TRY(add_argument(p, arguments, argument, LONGEST_LIST));
    OG_TRY(og_parser_accept_sign(p, ",", &more));
  }
  return og_parser_is_sign(p, ")") ? og_parser_advance(p) : og_parser_expected(p, "\",\" or \")\"");
}

static OgStatus parse_comparison(OgParser *p, const OgExpression **expression) {
  static const char *const signs[] = {"=", "!=", "<", ">", "<=", ">="};
  OG_TRY(parse_level(p, LEVEL_COMPARISON + 1, expression));
  Arguments arguments = {0};
  OG_TRY(add_argument(p, &arguments, *expression, 1));
  const char *sign = find_sign(p, signs, OG_COUNT(signs));
  if (sign) {
    const OgExpression *right;
    OG_TRY(og_parser_advance(p));
    OG_TRY(parse_level(p, LEVEL_COMPARISON + 1, &right));
    OG_TRY(add_argument(p, &arguments, right, 2));
    return new_call(p, og_sparql_find_builtin((OgText){sign, strlen(sign)}), &arguments,
                    expression);
  }
  bool negated;
  OG_TRY(og_parser_accept_word(p, "NOT", &negated));
  if (!negated && !og_parser_is_word(p, "IN")) {
    return OG_OK;
  }
  OG_TRY(og_parser_expect_word(p, "IN"));
  OG_TRY(parse_list(p, &arguments));
  return new_call(p, og_sparql_operator(negated ? OG_CALL_NOT_IN : OG_CALL_IN), &arguments,
                  expression);
}

static OgStatus parse_level(OgParser *p, size_t level, const OgExpression **expression) {
  if (level == LEVEL_UNARY) {
    return parse_unary(p, expression);
  }
  return level == LEVEL_COMPARISON ? parse_comparison(p, expression)
                                   : parse_chain(p, level, expression);
}

OgStatus og_parse_expression(OgParser *p, const OgExpression **expression) {
  OG_TRY(og_parser_enter(p));
  OG_TRY(parse_level(p, 0, expression));
  og_parser_leave(p);
  return OG_OK;
}

OgStatus og_parse_bracketed(OgParser *p, const OgExpression **expression) {
  OG_TRY(og_parser_expect_sign(p, "("));
  OG_TRY(og_parse_expression(p, expression));
  return og_parser_expect_sign(p, ")");
}

OgStatus og_parse_as(OgParser *p, const OgExpression **expression, int *variable) {
  OG_TRY(og_parse_expression(p, expression));
  OG_TRY(og_parser_expect_word(p, "AS"));
  OG_TRY(og_parser_expect_variable(p, variable));
  return og_parser_expect_sign(p, ")");
}

/* ---- Calls ---- */

/* A function of the user's that nobody knows: calling it is an error of the expression (17.6). */
static const OgBuiltin unknown_function = {"unknown function", OG_CALL_FUNCTION, 0, -1,
                                           "og_unknown"};

static OgStatus check_arguments(OgParser *p, const OgBuiltin *builtin, size_t count, size_t at) {
  const size_t most = builtin->most < 0 ? SIZE_MAX : (size_t)builtin->most;
  if (count >= (size_t)builtin->least && count <= most) {
    return OG_OK;
  }
  char range[32] = "";
  if (builtin->most > builtin->least) {
    snprintf(range, sizeof range, " to %d", builtin->most);
  }
  return og_lexer_fault(&p->lexer, at, p->err, "%s takes %d%s argument%s, found %zu", builtin->name,
                        builtin->least, range, builtin->most == 1 ? "" : "s", count);
}

static OgStatus parse_exists(OgParser *p, bool negated, const OgExpression **expression) {
  OgExpression exists = {.kind = OG_EXPRESSION_EXISTS};
  OgAggregates *const aggregates = p->aggregates;
  p->aggregates = NULL;
  OG_TRY(og_parser_expect_word(p, "EXISTS"));
  OG_TRY(og_parse_group(p, &exists.pattern));
  p->aggregates = aggregates;
  OG_TRY(new_expression(p, exists, expression));
  return negated ? new_unary(p, "!", *expression, expression) : OG_OK;
}

/* GROUP_CONCAT's `; SEPARATOR = "…"` */
static OgStatus parse_separator(OgParser *p, OgAggregate *aggregate) {
  bool given;
  aggregate->separator = OG_TEXT(" ");
  OG_TRY(og_parser_accept_sign(p, ";", &given));
  if (!given) {
    return OG_OK;
  }
  OG_TRY(og_parser_expect_word(p, "SEPARATOR"));
  OG_TRY(og_parser_expect_sign(p, "="));
  if (p->token.kind != OG_TOKEN_STRING) {
    return og_parser_expected(p, "a string");
  }
  aggregate->separator = p->token.text;
  return og_parser_advance(p);
}

static OgStatus add_aggregate(OgParser *p, OgAggregates *list, const OgAggregate *aggregate) {
  const OgAggregate **items =
      og_arena_grow(p->arena, list->items, list->count, &list->capacity, sizeof *items);
  if (!items) {
    return og_error_no_memory(p->err);
  }
  list->items = items;
  items[list->count++] = aggregate;
  return OG_OK;
}

/* Aggregate [127], after its name: a variable takes its place, and GROUP fills that. */
static OgStatus parse_aggregate(OgParser *p, const OgAggregateFunction *function,
                                const OgExpression **expression) {
  OgAggregates *const list = p->aggregates;
  if (!list) {
    return og_parser_expected(
        p, "no aggregate here: they stand in SELECT, HAVING and ORDER BY, not within one another");
  }
  OgAggregate *aggregate = og_parser_alloc(p, 1, sizeof *aggregate);
  if (!aggregate) {
    return OG_NO_MEMORY;
  }
  *aggregate = (OgAggregate){.function = function};
  p->aggregates = NULL;
  OG_TRY(og_parser_advance(p));
  OG_TRY(og_parser_expect_sign(p, "("));
  OG_TRY(og_parser_accept_word(p, "DISTINCT", &aggregate->distinct));
  bool all = false;
  if (strcmp(function->name, "COUNT") == 0) {
    OG_TRY(og_parser_accept_sign(p, "*", &all));
  }
  if (!all) {
    OG_TRY(og_parse_expression(p, &aggregate->argument));
  }
  if (strcmp(function->name, "GROUP_CONCAT") == 0) {
    OG_TRY(parse_separator(p, aggregate));
  }
  OG_TRY(og_parser_expect_sign(p, ")"));
  p->aggregates = list;
  OG_TRY(og_parser_fresh(p, &aggregate->variable));
  OG_TRY(add_aggregate(p, list, aggregate));
  *expression = og_parser_variable_expression(p, aggregate->variable);
  return *expression ? OG_OK : OG_NO_MEMORY;
}

static const char *name_function(void *data, size_t k) {
  (void)data;
  size_t aggregates = 0;
  for (const OgAggregateFunction *row = og_sparql_aggregates; row->name; row++, aggregates++) {
    if (aggregates == k) {
      return row->name;
    }
  }
  return og_sparql_builtins[k - aggregates].name;
}

static bool is_function_name(const OgBuiltin *row) {
  return row &&
         ((row->name[0] >= 'A' && row->name[0] <= 'Z') || row->name[0] == 'i' ||
          row->name[0] == 's') &&
         row->kind != OG_CALL_IN;
}

static OgStatus unknown_word(OgParser *p) {
  const char *close = og_parser_suggest(p->token.text, name_function, NULL);
  return og_lexer_fault(&p->lexer, p->token.start, p->err,
                        "expected an expression, found %.*s, which is no function of SPARQL%s%s%s",
                        (int)p->token.text.size, p->token.text.data, close ? ": did you mean " : "",
                        close ? close : "", close ? "?" : "");
}

/* BuiltInCall [121] */
static OgStatus parse_builtin(OgParser *p, const OgExpression **expression) {
  bool negated;
  OG_TRY(og_parser_accept_word(p, "NOT", &negated));
  if (negated || og_parser_is_word(p, "EXISTS")) {
    return parse_exists(p, negated, expression);
  }
  const OgAggregateFunction *aggregate = og_sparql_find_aggregate(p->token.text);
  if (aggregate) {
    return parse_aggregate(p, aggregate, expression);
  }
  const OgBuiltin *builtin = og_sparql_find_builtin(p->token.text);
  const size_t start = p->token.start;
  if (!is_function_name(builtin)) {
    return unknown_word(p);
  }
  Arguments arguments = {0};
  OG_TRY(og_parser_advance(p));
  OG_TRY(parse_list(p, &arguments));
  OG_TRY(check_arguments(p, builtin, arguments.count, start));
  if (builtin->kind == OG_CALL_BOUND && arguments.items[0]->kind != OG_EXPRESSION_VARIABLE) {
    return og_lexer_fault(&p->lexer, start, p->err, "BOUND takes a variable, as in BOUND(?x)");
  }
  return new_call(p, builtin, &arguments, expression);
}

/* iriOrFunction [128] */
static OgStatus parse_iri_or_call(OgParser *p, const OgExpression **expression) {
  const size_t start = p->token.start;
  OgTerm iri;
  OG_TRY(og_parser_iri(p, &iri));
  if (!og_parser_is_sign(p, "(")) {
    return new_expression(p, (OgExpression){.kind = OG_EXPRESSION_TERM, .term = iri}, expression);
  }
  const OgBuiltin *cast = og_sparql_find_cast(iri.text);
  Arguments arguments = {0};
  OG_TRY(parse_list(p, &arguments));
  if (cast) {
    OG_TRY(check_arguments(p, cast, arguments.count, start));
  }
  return new_call(p, cast ? cast : &unknown_function, &arguments, expression);
}

/* PrimaryExpression [119] */
static OgStatus parse_primary(OgParser *p, const OgExpression **expression) {
  if (og_parser_is_sign(p, "(")) {
    return og_parse_bracketed(p, expression);
  }
  if (og_parser_at_iri(p)) {
    return parse_iri_or_call(p, expression);
  }
  if (p->token.kind == OG_TOKEN_VARIABLE) {
    int variable;
    OG_TRY(og_parser_expect_variable(p, &variable));
    *expression = og_parser_variable_expression(p, variable);
    return *expression ? OG_OK : OG_NO_MEMORY;
  }
  if (og_parser_at_literal(p)) {
    OgTerm term;
    OG_TRY(og_parser_literal(p, &term));
    return new_expression(p, (OgExpression){.kind = OG_EXPRESSION_TERM, .term = term}, expression);
  }
  if (p->token.kind != OG_TOKEN_WORD) {
    return og_parser_expected(p, "an expression");
  }
  return parse_builtin(p, expression);
}

static OgStatus parse_unary(OgParser *p, const OgExpression **expression) {
  static const struct {
    const char *sign, *function;
  } signs[] = {{"!", "!"}, {"-", "negate"}, {"+", "plus"}};
  for (size_t k = 0; k < OG_COUNT(signs); k++) {
    if (og_parser_is_sign(p, signs[k].sign) && (k == 0 || !og_parser_at_signed_number(p))) {
      OG_TRY(og_parser_enter(p));
      OG_TRY(og_parser_advance(p));
      OG_TRY(parse_unary(p, expression));
      og_parser_leave(p);
      return new_unary(p, signs[k].function, *expression, expression);
    }
  }
  return parse_primary(p, expression);
}

OgStatus og_parse_constraint(OgParser *p, const OgExpression **expression) {
  if (og_parser_is_sign(p, "(")) {
    return og_parse_bracketed(p, expression);
  }
  if (og_parser_at_iri(p)) {
    const size_t start = p->token.start;
    OG_TRY(parse_iri_or_call(p, expression));
    return (*expression)->kind == OG_EXPRESSION_CALL
               ? OG_OK
               : og_lexer_fault(&p->lexer, start, p->err,
                                "expected a condition: a function's call, or one in brackets");
  }
  return p->token.kind == OG_TOKEN_WORD
             ? parse_builtin(p, expression)
             : og_parser_expected(p, "a condition in brackets, or a function such as REGEX(…)");
}
