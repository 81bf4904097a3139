/* The query around its pattern: prologue, forms and modifiers [1]-[28]. */
#include "kg/sparql_parse.h"

#include "core/memory.h"
#include "kg/sparql_parser.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What SELECT asks for: a variable, or an expression and its name. */
typedef struct Item {
  int variable;
  const OgExpression *expression; /* NULL: the variable itself */
  size_t at;
} Item;

typedef struct Orders {
  OgOrder *items;
  size_t count, capacity;
} Orders;

/* A SELECT at work: its clauses, gathered until the algebra can be made (18.2.4, 18.2.5). */
typedef struct Block {
  bool distinct, all;
  Item *items;
  size_t item_count, item_capacity;
  const OgAlgebra *pattern;
  OgAggregates aggregates;
  bool grouped;
  int *keys;
  size_t key_count, key_capacity;
  const OgExpression **having;
  size_t having_count, having_capacity;
  Orders orders;
  bool has_limit, has_slice;
  uint64_t limit, offset;
  const OgAlgebra *values;
} Block;

/* ---- Prologue ---- */

static OgStatus parse_prefix(OgParser *p) {
  OG_TRY(og_parser_advance(p));
  if (p->token.kind != OG_TOKEN_PREFIXED || p->token.text.size > 0) {
    return og_parser_expected(p, "a prefix and a colon, as in PREFIX ex: <http://…>");
  }
  const char *prefix = og_arena_copy(p->arena, p->token.prefix.data, p->token.prefix.size);
  const OgText name = {prefix, p->token.prefix.size};
  if (!prefix) {
    return og_error_no_memory(p->err);
  }
  OG_TRY(og_parser_advance(p));
  if (p->token.kind != OG_TOKEN_IRI) {
    return og_parser_expected(p, "the namespace of the prefix in < >");
  }
  OgTerm iri;
  OG_TRY(og_parser_iri(p, &iri));
  OgDeclaration *rows =
      og_arena_grow(p->arena, p->declared, p->declared_count, &p->declared_capacity, sizeof *rows);
  if (!rows) {
    return og_error_no_memory(p->err);
  }
  p->declared = rows;
  rows[p->declared_count++] = (OgDeclaration){name, iri.text};
  return OG_OK;
}

static OgStatus parse_base(OgParser *p) {
  OG_TRY(og_parser_advance(p));
  if (p->token.kind != OG_TOKEN_IRI) {
    return og_parser_expected(p, "an IRI in < > after BASE");
  }
  OG_TRY(og_parser_set_base(p, p->token.text));
  return og_parser_advance(p);
}

static OgStatus parse_prologue(OgParser *p) {
  for (;;) {
    if (og_parser_is_word(p, "PREFIX")) {
      OG_TRY(parse_prefix(p));
    } else if (og_parser_is_word(p, "BASE")) {
      OG_TRY(parse_base(p));
    } else {
      return OG_OK;
    }
  }
}

static OgStatus add_graph(OgParser *p, const OgText **graphs, size_t *count, OgText iri) {
  OgText *grown = og_parser_alloc(p, *count + 1, sizeof *grown);
  if (!grown) {
    return OG_NO_MEMORY;
  }
  if (*count > 0) {
    memcpy(grown, *graphs, *count * sizeof *grown);
  }
  grown[(*count)++] = iri;
  *graphs = grown;
  return OG_OK;
}

/* DatasetClause [13] */
static OgStatus parse_dataset(OgParser *p) {
  OgSparqlQuery *query = p->query;
  for (bool from = true; from;) {
    OG_TRY(og_parser_accept_word(p, "FROM", &from));
    if (from) {
      bool named;
      OgTerm iri;
      OG_TRY(og_parser_accept_word(p, "NAMED", &named));
      OG_TRY(og_parser_iri(p, &iri));
      OG_TRY(named ? add_graph(p, &query->from_named, &query->from_named_count, iri.text)
                   : add_graph(p, &query->from, &query->from_count, iri.text));
      query->has_dataset = true;
    }
  }
  return OG_OK;
}

/* ---- Clauses ---- */

static OgStatus add_item(OgParser *p, Block *block, Item item) {
  Item *items = og_arena_grow(p->arena, block->items, block->item_count, &block->item_capacity,
                              sizeof *items);
  if (!items) {
    return og_error_no_memory(p->err);
  }
  block->items = items;
  for (size_t k = 0; k < block->item_count; k++) {
    if (items[k].variable == item.variable && (item.expression || items[k].expression)) {
      return og_lexer_fault(&p->lexer, item.at, p->err, "?%s is given twice in SELECT",
                            p->query->names[item.variable]);
    }
    if (items[k].variable == item.variable) {
      return OG_OK;
    }
  }
  items[block->item_count++] = item;
  return OG_OK;
}

/* SelectClause [9] after SELECT */
static OgStatus parse_items(OgParser *p, Block *block) {
  bool reduced = false;
  OG_TRY(og_parser_accept_word(p, "DISTINCT", &block->distinct));
  if (!block->distinct) {
    OG_TRY(og_parser_accept_word(p, "REDUCED", &reduced));
  }
  OG_TRY(og_parser_accept_sign(p, "*", &block->all));
  p->aggregates = &block->aggregates;
  while (!block->all) {
    Item item = {.at = p->token.start};
    bool bracket;
    OG_TRY(og_parser_accept_sign(p, "(", &bracket));
    if (bracket) {
      OG_TRY(og_parse_as(p, &item.expression, &item.variable));
    } else if (p->token.kind == OG_TOKEN_VARIABLE) {
      OG_TRY(og_parser_expect_variable(p, &item.variable));
    } else if (block->item_count == 0) {
      return og_parser_expected(p, "*, a variable or (expression AS ?name)");
    } else {
      break;
    }
    OG_TRY(add_item(p, block, item));
  }
  p->aggregates = NULL;
  return OG_OK;
}

static OgStatus add_key(OgParser *p, Block *block, int variable) {
  int *keys =
      og_arena_grow(p->arena, block->keys, block->key_count, &block->key_capacity, sizeof *keys);
  if (!keys) {
    return og_error_no_memory(p->err);
  }
  block->keys = keys;
  keys[block->key_count++] = variable;
  return OG_OK;
}

static OgStatus extend(OgParser *p, const OgAlgebra **pattern, int variable,
                       const OgExpression *expression) {
  OgAlgebra *made = og_parser_algebra(p, OG_ALGEBRA_EXTEND, 1);
  if (!made) {
    return OG_NO_MEMORY;
  }
  made->children[0] = *pattern;
  made->variable = variable;
  made->condition = expression;
  *pattern = made;
  return OG_OK;
}

/* GroupCondition [20]: its value is a variable's, named or not. */
static OgStatus parse_key(OgParser *p, Block *block) {
  int variable = OG_NO_VARIABLE;
  const OgExpression *expression = NULL;
  if (p->token.kind == OG_TOKEN_VARIABLE) {
    OG_TRY(og_parser_expect_variable(p, &variable));
    return add_key(p, block, variable);
  }
  bool bracket;
  OG_TRY(og_parser_accept_sign(p, "(", &bracket));
  if (bracket) {
    bool named;
    OG_TRY(og_parse_expression(p, &expression));
    OG_TRY(og_parser_accept_word(p, "AS", &named));
    if (named) {
      OG_TRY(og_parser_expect_variable(p, &variable));
    }
    OG_TRY(og_parser_expect_sign(p, ")"));
  } else {
    OG_TRY(og_parse_constraint(p, &expression));
  }
  if (variable == OG_NO_VARIABLE) {
    OG_TRY(og_parser_fresh(p, &variable));
  }
  OG_TRY(extend(p, &block->pattern, variable, expression));
  return add_key(p, block, variable);
}

/* What may begin a condition that is not in a keyword's clause. */
static bool at_condition(const OgParser *p) {
  static const char *const ends[] = {"HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES", "ASC", "DESC"};
  for (size_t k = 0; k < OG_COUNT(ends); k++) {
    if (og_parser_is_word(p, ends[k])) {
      return false;
    }
  }
  return p->token.kind == OG_TOKEN_WORD || og_parser_at_iri(p) || og_parser_is_sign(p, "(");
}

static OgStatus parse_group_by(OgParser *p, Block *block) {
  bool accepted;
  OG_TRY(og_parser_accept_word(p, "GROUP", &accepted));
  if (!accepted) {
    return OG_OK;
  }
  OG_TRY(og_parser_expect_word(p, "BY"));
  block->grouped = true;
  do {
    OG_TRY(parse_key(p, block));
  } while (at_condition(p) || p->token.kind == OG_TOKEN_VARIABLE);
  return OG_OK;
}

static OgStatus parse_having(OgParser *p, Block *block) {
  bool accepted;
  OG_TRY(og_parser_accept_word(p, "HAVING", &accepted));
  if (!accepted) {
    return OG_OK;
  }
  do {
    const OgExpression **having = og_arena_grow(p->arena, block->having, block->having_count,
                                                &block->having_capacity, sizeof *having);
    if (!having) {
      return og_error_no_memory(p->err);
    }
    block->having = having;
    OG_TRY(og_parse_constraint(p, &having[block->having_count++]));
  } while (at_condition(p));
  return OG_OK;
}

/* OrderCondition [24] */
static OgStatus parse_order(OgParser *p, Orders *orders) {
  OgOrder *items =
      og_arena_grow(p->arena, orders->items, orders->count, &orders->capacity, sizeof *items);
  if (!items) {
    return og_error_no_memory(p->err);
  }
  orders->items = items;
  OgOrder *order = &items[orders->count++];
  bool ascending;
  order->key = NULL;
  OG_TRY(og_parser_accept_word(p, "DESC", &order->descending));
  OG_TRY(order->descending ? OG_OK : og_parser_accept_word(p, "ASC", &ascending));
  if (order->descending || ascending) {
    return og_parse_bracketed(p, &order->key);
  }
  if (p->token.kind == OG_TOKEN_VARIABLE) {
    int variable;
    OG_TRY(og_parser_expect_variable(p, &variable));
    order->key = og_parser_variable_expression(p, variable);
    return order->key ? OG_OK : OG_NO_MEMORY;
  }
  return og_parse_constraint(p, &order->key);
}

static OgStatus parse_order_by(OgParser *p, Block *block) {
  bool accepted;
  OG_TRY(og_parser_accept_word(p, "ORDER", &accepted));
  if (!accepted) {
    return OG_OK;
  }
  OG_TRY(og_parser_expect_word(p, "BY"));
  do {
    OG_TRY(parse_order(p, &block->orders));
  } while (at_condition(p) || p->token.kind == OG_TOKEN_VARIABLE || og_parser_is_word(p, "ASC") ||
           og_parser_is_word(p, "DESC"));
  return OG_OK;
}

static OgStatus parse_count(OgParser *p, uint64_t *count) {
  if (p->token.kind != OG_TOKEN_INTEGER) {
    return og_parser_expected(p, "a whole number");
  }
  errno = 0;
  *count = strtoull(p->token.text.data, NULL, 10);
  if (errno != 0 || *count > INT64_MAX) {
    return og_parser_expected(p, "a number below 2^63");
  }
  return og_parser_advance(p);
}

/* LimitOffsetClauses [25] */
static OgStatus parse_slice(OgParser *p, Block *block) {
  bool seen[2] = {false, false};
  for (;;) {
    const int which = og_parser_is_word(p, "OFFSET") ? 1 : 0;
    if ((which == 0 && !og_parser_is_word(p, "LIMIT")) || seen[which]) {
      break;
    }
    seen[which] = true;
    OG_TRY(og_parser_advance(p));
    OG_TRY(parse_count(p, which == 0 ? &block->limit : &block->offset));
  }
  block->has_limit = seen[0];
  block->has_slice = seen[0] || seen[1];
  return OG_OK;
}

static OgStatus parse_modifiers(OgParser *p, Block *block) {
  OG_TRY(parse_group_by(p, block));
  p->aggregates = &block->aggregates;
  OG_TRY(parse_having(p, block));
  OG_TRY(parse_order_by(p, block));
  p->aggregates = NULL;
  OG_TRY(parse_slice(p, block));
  bool values;
  OG_TRY(og_parser_accept_word(p, "VALUES", &values));
  return values ? og_parse_values(p, &block->values) : OG_OK;
}

static OgStatus parse_where(OgParser *p, Block *block) {
  bool where;
  if (p->depth == 0) {
    OG_TRY(parse_dataset(p));
  }
  OG_TRY(og_parser_accept_word(p, "WHERE", &where));
  return og_parser_is_sign(p, "{") ? og_parse_group(p, &block->pattern)
                                   : og_parser_expected(p, where ? "{" : "WHERE or {");
}

/* ---- The algebra of a SELECT ---- */

/* The first variable of an expression that is not in the set, or OG_NO_VARIABLE. */
static int find_other(const OgExpression *expression, const OgVariableSet *set) {
  if (expression->kind == OG_EXPRESSION_VARIABLE) {
    return set->has[expression->variable] ? OG_NO_VARIABLE : expression->variable;
  }
  for (size_t k = 0; k < expression->count; k++) {
    const int other = find_other(expression->arguments[k], set);
    if (other != OG_NO_VARIABLE) {
      return other;
    }
  }
  return OG_NO_VARIABLE;
}

/* With groups, SELECT has only keys and what is made of keys and aggregates (19.8, note 12). */
static OgStatus check_grouped(OgParser *p, const Block *block, OgVariableSet *scope) {
  for (size_t k = 0; k < block->item_count; k++) {
    const Item *item = &block->items[k];
    int other = OG_NO_VARIABLE;
    if (item->expression) {
      other = find_other(item->expression, scope);
    } else if (!scope->has[item->variable]) {
      other = item->variable;
    }
    if (other != OG_NO_VARIABLE) {
      return og_lexer_fault(&p->lexer, item->at, p->err,
                            "?%s has many values in a group: put it into GROUP BY, or choose one "
                            "with SAMPLE(?%s)",
                            p->query->names[other], p->query->names[other]);
    }
    scope->has[item->variable] = 1;
  }
  return OG_OK;
}

static OgStatus check_items(OgParser *p, const Block *block, bool grouped) {
  OgVariableSet scope = {og_parser_alloc(p, p->query->variable_count, 1), p->query->variable_count};
  if (!scope.has) {
    return OG_NO_MEMORY;
  }
  og_algebra_scope(block->pattern, &scope);
  for (size_t k = 0; k < block->item_count; k++) {
    const Item *item = &block->items[k];
    if (item->expression && scope.has[item->variable]) {
      return og_lexer_fault(&p->lexer, item->at, p->err,
                            "?%s has a value in the pattern already: AS takes a new name",
                            p->query->names[item->variable]);
    }
  }
  return grouped ? check_grouped(p, block, &scope) : OG_OK;
}

static OgStatus make_group(OgParser *p, Block *block) {
  OgAlgebra *group = og_parser_algebra(p, OG_ALGEBRA_GROUP, 1);
  if (!group) {
    return OG_NO_MEMORY;
  }
  group->children[0] = block->pattern;
  group->variables = block->keys;
  group->variable_count = block->key_count;
  group->aggregates = block->aggregates.items;
  group->aggregate_count = block->aggregates.count;
  block->pattern = group;
  return OG_OK;
}

static OgStatus make_having(OgParser *p, Block *block) {
  for (size_t k = 0; k < block->having_count; k++) {
    OgAlgebra *filter = og_parser_algebra(p, OG_ALGEBRA_FILTER, 1);
    if (!filter) {
      return OG_NO_MEMORY;
    }
    filter->children[0] = block->pattern;
    filter->condition = block->having[k];
    block->pattern = filter;
  }
  return OG_OK;
}

static OgStatus make_values(OgParser *p, Block *block) {
  OgAlgebra *join = block->values ? og_parser_algebra(p, OG_ALGEBRA_JOIN, 2) : NULL;
  if (join) {
    join->children[0] = block->pattern;
    join->children[1] = block->values;
    block->pattern = join;
  }
  return join || !block->values ? OG_OK : OG_NO_MEMORY;
}

static OgStatus make_order(OgParser *p, Block *block) {
  if (block->orders.count == 0) {
    return OG_OK;
  }
  OgAlgebra *order = og_parser_algebra(p, OG_ALGEBRA_ORDER, 1);
  if (!order) {
    return OG_NO_MEMORY;
  }
  order->children[0] = block->pattern;
  order->orders = block->orders.items;
  order->order_count = block->orders.count;
  block->pattern = order;
  return OG_OK;
}

/* The named variables in scope, for `*`. */
static OgStatus collect_all(OgParser *p, Block *block, int **variables, size_t *count) {
  OgVariableSet scope = {og_parser_alloc(p, p->query->variable_count, 1), p->query->variable_count};
  *variables = og_parser_alloc(p, p->query->variable_count, sizeof **variables);
  *count = 0;
  if (!scope.has || !*variables) {
    return OG_NO_MEMORY;
  }
  og_algebra_scope(block->pattern, &scope);
  for (size_t k = 0; k < scope.count; k++) {
    if (scope.has[k] && p->query->names[k]) {
      (*variables)[(*count)++] = (int)k;
    }
  }
  return OG_OK;
}

static OgStatus make_projection(OgParser *p, Block *block) {
  OgAlgebra *project = og_parser_algebra(p, OG_ALGEBRA_PROJECT, 1);
  int *variables;
  if (!project) {
    return OG_NO_MEMORY;
  }
  project->children[0] = block->pattern;
  if (block->all) {
    OG_TRY(collect_all(p, block, &variables, &project->variable_count));
  } else {
    variables = og_parser_alloc(p, block->item_count, sizeof *variables);
    if (!variables) {
      return OG_NO_MEMORY;
    }
    for (size_t k = 0; k < block->item_count; k++) {
      variables[k] = block->items[k].variable;
    }
    project->variable_count = block->item_count;
  }
  project->variables = variables;
  block->pattern = project;
  return OG_OK;
}

static OgStatus make_slice(OgParser *p, Block *block) {
  if (block->distinct) {
    OgAlgebra *distinct = og_parser_algebra(p, OG_ALGEBRA_DISTINCT, 1);
    if (!distinct) {
      return OG_NO_MEMORY;
    }
    distinct->children[0] = block->pattern;
    block->pattern = distinct;
  }
  if (!block->has_slice) {
    return OG_OK;
  }
  OgAlgebra *slice = og_parser_algebra(p, OG_ALGEBRA_SLICE, 1);
  if (!slice) {
    return OG_NO_MEMORY;
  }
  slice->children[0] = block->pattern;
  slice->has_limit = block->has_limit;
  slice->limit = block->limit;
  slice->offset = block->offset;
  block->pattern = slice;
  return OG_OK;
}

/* 18.2.4 and 18.2.5: from the innermost out. */
static OgStatus make_algebra(OgParser *p, Block *block) {
  const bool grouped = block->grouped || block->aggregates.count > 0 || block->having_count > 0;
  if (grouped) {
    if (block->all) {
      return og_lexer_fault(&p->lexer, p->token.start, p->err,
                            "SELECT * and groups do not go together: name what you want");
    }
    OG_TRY(make_group(p, block));
  }
  OG_TRY(make_having(p, block));
  OG_TRY(make_values(p, block));
  OG_TRY(check_items(p, block, grouped));
  for (size_t k = 0; k < block->item_count; k++) {
    const Item *item = &block->items[k];
    if (item->expression) {
      OG_TRY(extend(p, &block->pattern, item->variable, item->expression));
    }
  }
  OG_TRY(make_order(p, block));
  OG_TRY(make_projection(p, block));
  return make_slice(p, block);
}

OgStatus og_parse_select(OgParser *p, const OgAlgebra **pattern) {
  Block block = {0};
  OG_TRY(og_parser_expect_word(p, "SELECT"));
  OG_TRY(parse_items(p, &block));
  OG_TRY(parse_where(p, &block));
  OG_TRY(parse_modifiers(p, &block));
  OG_TRY(make_algebra(p, &block));
  *pattern = block.pattern;
  return OG_OK;
}

/* ---- The other forms ---- */

static OgStatus parse_ask(OgParser *p) {
  Block block = {.all = true};
  OG_TRY(parse_where(p, &block));
  OG_TRY(parse_modifiers(p, &block));
  block.all = !(block.grouped || block.having_count > 0);
  OG_TRY(make_algebra(p, &block));
  p->query->pattern = block.pattern;
  return OG_OK;
}

/* Project the variables of slots, in order; those without a name stay out. */
static OgStatus add_slot(OgParser *p, Block *block, const OgSlot *slot) {
  const bool named = slot->variable >= 0 && p->query->names[slot->variable];
  return named ? add_item(p, block, (Item){.variable = slot->variable, .at = p->token.start})
               : OG_OK;
}

static OgStatus take_templates(OgParser *p, const OgPatterns *triples, Block *block) {
  OgTemplate *templates = og_parser_alloc(p, triples->count, sizeof *templates);
  if (!templates) {
    return OG_NO_MEMORY;
  }
  for (size_t k = 0; k < triples->count; k++) {
    const OgAlgebra *triple = triples->items[k];
    templates[k] = (OgTemplate){triple->subject, triple->predicate, triple->object};
    OG_TRY(add_slot(p, block, &templates[k].subject));
    OG_TRY(add_slot(p, block, &templates[k].predicate));
    OG_TRY(add_slot(p, block, &templates[k].object));
  }
  p->query->templates = templates;
  p->query->template_count = triples->count;
  return OG_OK;
}

/* ConstructQuery [10] */
static OgStatus parse_construct(OgParser *p) {
  Block block = {0};
  OgPatterns triples = {0};
  const bool given = og_parser_is_sign(p, "{");
  if (given) {
    p->target = &triples;
    OG_TRY(og_parser_advance(p));
    OG_TRY(og_parse_template(p));
    OG_TRY(parse_where(p, &block));
  } else {
    bool where;
    OG_TRY(parse_dataset(p));
    OG_TRY(og_parser_accept_word(p, "WHERE", &where));
    OG_TRY(og_parser_expect_sign(p, "{"));
    p->target = &triples;
    OG_TRY(og_parse_template(p));
    OG_TRY(og_parser_join(p, &triples, &block.pattern));
  }
  OG_TRY(take_templates(p, &triples, &block));
  OG_TRY(parse_modifiers(p, &block));
  OG_TRY(make_algebra(p, &block));
  p->query->pattern = block.pattern;
  return OG_OK;
}

static OgStatus parse_described(OgParser *p, Block *block) {
  OgSparqlQuery *query = p->query;
  OgSlot *slots = NULL;
  size_t capacity = 0;
  OG_TRY(og_parser_accept_sign(p, "*", &block->all));
  while (!block->all && (p->token.kind == OG_TOKEN_VARIABLE || og_parser_at_iri(p))) {
    slots = og_arena_grow(p->arena, slots, query->described_count, &capacity, sizeof *slots);
    if (!slots) {
      return og_error_no_memory(p->err);
    }
    OG_TRY(og_parse_variable_or_iri(p, &slots[query->described_count]));
    OG_TRY(add_slot(p, block, &slots[query->described_count++]));
  }
  query->described = slots;
  return block->all || slots ? OG_OK : og_parser_expected(p, "*, a variable or an IRI");
}

/* DescribeQuery [11] */
static OgStatus parse_describe(OgParser *p) {
  Block block = {0};
  OgPatterns none = {0};
  OG_TRY(parse_described(p, &block));
  OG_TRY(parse_dataset(p));
  if (og_parser_is_word(p, "WHERE") || og_parser_is_sign(p, "{")) {
    OG_TRY(parse_where(p, &block));
  } else {
    OG_TRY(og_parser_join(p, &none, &block.pattern));
  }
  OG_TRY(parse_modifiers(p, &block));
  OG_TRY(make_algebra(p, &block));
  p->query->pattern = block.pattern;
  return OG_OK;
}

static OgStatus parse_outer_select(OgParser *p) {
  return og_parse_select(p, &p->query->pattern);
}

typedef struct Form {
  const char *word;
  OgSparqlForm form;
  OgStatus (*parse)(OgParser *p); /* NULL: it would change the graph */
} Form;

static const Form forms[] = {
    {"SELECT", OG_SPARQL_SELECT, parse_outer_select},
    {"ASK", OG_SPARQL_ASK, parse_ask},
    {"CONSTRUCT", OG_SPARQL_CONSTRUCT, parse_construct},
    {"DESCRIBE", OG_SPARQL_DESCRIBE, parse_describe},
    {"INSERT", OG_SPARQL_SELECT, NULL},
    {"DELETE", OG_SPARQL_SELECT, NULL},
    {"LOAD", OG_SPARQL_SELECT, NULL},
    {"CLEAR", OG_SPARQL_SELECT, NULL},
    {"CREATE", OG_SPARQL_SELECT, NULL},
    {"DROP", OG_SPARQL_SELECT, NULL},
    {"COPY", OG_SPARQL_SELECT, NULL},
    {"MOVE", OG_SPARQL_SELECT, NULL},
    {"ADD", OG_SPARQL_SELECT, NULL},
    {"WITH", OG_SPARQL_SELECT, NULL},
};

static const char *name_form(void *data, size_t k) {
  (void)data;
  return k < OG_COUNT(forms) && forms[k].parse ? forms[k].word : NULL;
}

static OgStatus unknown_form(OgParser *p) {
  const char *close =
      p->token.kind == OG_TOKEN_WORD ? og_parser_suggest(p->token.text, name_form, NULL) : NULL;
  char what[80];
  snprintf(what, sizeof what, "SELECT, ASK, CONSTRUCT or DESCRIBE%s%s", close ? ", perhaps " : "",
           close ? close : "");
  return og_parser_expected(p, what);
}

/* QueryUnit [1] */
static OgStatus parse_query(OgParser *p) {
  OG_TRY(og_parser_advance(p));
  OG_TRY(parse_prologue(p));
  const Form *form = NULL;
  for (size_t k = 0; k < OG_COUNT(forms) && !form; k++) {
    form = og_parser_is_word(p, forms[k].word) ? &forms[k] : NULL;
  }
  if (!form) {
    return unknown_form(p);
  }
  if (!form->parse) {
    return og_lexer_fault(&p->lexer, p->token.start, p->err,
                          "%s is SPARQL Update, and a query only reads: the graph changes by "
                          "`ontograft import`",
                          form->word);
  }
  p->query->form = form->form;
  if (form->form != OG_SPARQL_SELECT) {
    OG_TRY(og_parser_advance(p));
  }
  OG_TRY(form->parse(p));
  return p->token.kind == OG_TOKEN_END
             ? OG_OK
             : og_parser_expected(p, "the end of the query, or a modifier such as LIMIT");
}

OgStatus og_sparql_parse(const char *text, const char *base, const OgSparqlPrefixes *prefixes,
                         OgSparqlQuery *query, OgError *err) {
  OgParser p = {.query = query,
                .arena = &query->arena,
                .known = prefixes,
                .err = err,
                .names = og_intern_new()};
  OgStatus status = OG_OK;
  query->base = base;
  if (!p.names) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_lexer_init(&p.lexer, p.arena, text, err));
  OG_GO(parse_query(&p));
done:
  og_intern_free(p.names);
  if (status != OG_OK) {
    og_sparql_query_clear(query);
  }
  return status;
}
