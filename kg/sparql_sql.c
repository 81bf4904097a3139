/* The algebra as one SQL statement.
 *
 * Values: kg/sparql_term.h. A term of the graph is its id, any other a blob, unbound and errors are
 * NULL. Constants are looked up once, now, and bound as ?1, ?2, …; what an expression computes goes
 * through og_intern before it gets to a variable, so that each term has one form, and SQL's
 * equality, DISTINCT and GROUP BY are those of terms.
 *
 * Patterns: each operator becomes a relation: tables, conditions, and the SQL of each variable.
 * Joins put tables and conditions together, so a basic graph pattern is one flat join over quad, in
 * the order that estimates say is cheapest. What is no plain join (UNION, DISTINCT, groups, slices,
 * recursive paths) becomes a table of the WITH in front: SQLite's parser allows little nesting, and
 * WITH needs none.
 *
 * Unbound variables: a column that may be NULL is `optional`, and joins of such columns ask for
 * compatibility, (a = b OR a IS NULL OR b IS NULL), rather than equality (18.3).
 *
 * Graphs: the default graph is the union of its sources as a set: a statement that several sources
 * make counts once. Under GRAPH ?g a hidden variable is the source of all statements. */
#include "kg/sparql_sql.h"

#include "core/memory.h"
#include "kg/infer.h"
#include "kg/sparql_compiler.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
  MOST_ITEMS = 40,                /* tables in one join; SQLite allows 64 */
  MOST_MEMORY = 256 * 1024 * 1024 /* for all text of one query */
};

/* ---- Text ---- */

/* A number in decimal, at the end of digits. */
static OgText number_text(int64_t number, char digits[24]) {
  char *at = digits + 24;
  uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do {
    *--at = (char)('0' + rest % 10);
  } while (rest /= 10);
  if (number < 0) {
    *--at = '-';
  }
  return (OgText){at, (size_t)(digits + 24 - at)};
}

/* Write what fits into room bytes; the size of all. Knows %s, %.*s, %d and %zu: the C library's,
 * which knows more, takes a third of compiling. */
static size_t write_text(char *to, size_t room, const char *format, va_list args) {
  size_t size = 0;
  while (*format) {
    char digits[24];
    const char *mark = strchr(format, '%');
    OgText piece = {format, mark ? (size_t)(mark - format) : strlen(format)};
    if (piece.size > 0) {
      format += piece.size;
    } else if (format[1] == 's') {
      piece.data = va_arg(args, const char *);
      piece.size = strlen(piece.data);
      format += 2;
    } else if (format[1] == '.') {
      piece.size = (size_t)va_arg(args, int);
      piece.data = va_arg(args, const char *);
      format += 4;
    } else if (format[1] == 'd') {
      piece = number_text(va_arg(args, int), digits);
      format += 2;
    } else {
      assert(strncmp(format, "%zu", 3) == 0);
      piece = number_text((int64_t)va_arg(args, size_t), digits);
      format += 3;
    }
    if (size < room) {
      memcpy(to + size, piece.data, piece.size < room - size ? piece.size : room - size);
    }
    size += piece.size;
  }
  return size;
}

OgStatus og_compile_look(OgCompiler *c) {
  return c->watch.look && c->watch.look(c->watch.data) != 0
             ? og_error_set(c->err, OG_CANCELLED, "stopped while the query was prepared")
             : OG_OK;
}

const char *og_sql_text(OgCompiler *c, const char *format, ...) {
  char small[512];
  va_list args;
  if (c->status == OG_OK && c->arena->total > MOST_MEMORY) {
    c->status = og_error_set(c->err, OG_USAGE,
                             "the query is too large: its SQL takes over %d MB; ask in several "
                             "queries",
                             MOST_MEMORY / 1024 / 1024);
  }
  if (c->status != OG_OK) {
    return "";
  }
  va_start(args, format);
  const size_t size = write_text(small, sizeof small, format, args);
  va_end(args);
  char *text = og_arena_alloc(c->arena, size + 1, 1);
  if (!text) {
    c->status = og_error_no_memory(c->err);
    return "";
  }
  if (size <= sizeof small) {
    return memcpy(text, small, size);
  }
  va_start(args, format);
  write_text(text, size, format, args);
  va_end(args);
  return text;
}

const char *og_sql_and(OgCompiler *c, const char *a, const char *b) {
  return !a[0] ? b : !b[0] ? a : og_sql_text(c, "%s AND %s", a, b);
}

int og_sql_alias(OgCompiler *c) {
  return ++c->aliases;
}

int og_sql_hidden_variable(OgCompiler *c) {
  return c->variables++;
}

OgStatus og_sql_with(OgCompiler *c, const char *name, const char *body) {
  const char *const parts[] = {c->with->size > 0 ? ",\n" : "", name, " AS (", body, ")"};
  for (size_t k = 0; k < OG_COUNT(parts); k++) {
    OG_TRY(og_buffer_text(c->with, parts[k], c->err));
  }
  return OG_OK;
}

static OgStatus add_value(OgCompiler *c, OgBoundValue value, const char **sql) {
  OgSparqlSql *compiled = c->compiled;
  OgBoundValue *values = og_arena_grow(c->arena, compiled->values, compiled->value_count,
                                       &compiled->value_capacity, sizeof *values);
  if (!values) {
    return og_error_no_memory(c->err);
  }
  compiled->values = values;
  values[compiled->value_count++] = value;
  *sql = og_sql_text(c, "?%zu", compiled->value_count);
  return OG_OK;
}

OgStatus og_sql_number(OgCompiler *c, int64_t number, const char **sql) {
  return add_value(c, (OgBoundValue){.id = number}, sql);
}

static OgStatus encode(OgCompiler *c, const OgTypedTerm *term, OgBoundValue *value) {
  OG_TRY(og_term_encode(term, &c->scratch, c->err));
  value->blob.size = c->scratch.size;
  value->blob.data = og_arena_copy(c->arena, c->scratch.data, c->scratch.size);
  return value->blob.data ? OG_OK : og_error_no_memory(c->err);
}

static bool is_same_term(const OgTerm *a, const OgTerm *b) {
  return a->kind == b->kind && og_text_equal(a->text, b->text) &&
         og_text_equal(a->datatype, b->datatype) && og_text_equal(a->language, b->language);
}

/* A term of the graph among the last few that are bound, or NULL: queries repeat their predicates.
 * What an expression compares is bound as a value, without an id, and is another matter. */
static const OgBoundValue *find_bound(const OgCompiler *c, const OgTerm *term) {
  enum { FEW = 16 };
  const OgSparqlSql *compiled = c->compiled;
  const size_t count = compiled->value_count;
  for (size_t k = count > FEW ? count - FEW : 0; k < count; k++) {
    const OgBoundValue *value = &compiled->values[k];
    if (value->id != 0 && is_same_term(&value->term, term)) {
      return value;
    }
  }
  return NULL;
}

OgStatus og_sql_find(OgCompiler *c, const OgTerm *term, int64_t *id) {
  const OgBoundValue *bound = find_bound(c, term);
  if (bound) {
    *id = bound->id;
    return OG_OK;
  }
  return og_term_find_constant(c->reader, term, id, c->err);
}

OgStatus og_sql_term(OgCompiler *c, const OgTerm *term, const char **sql, bool *is_id) {
  OgBoundValue value = {.term = *term};
  if (term->kind == OG_UNBOUND) {
    *sql = "NULL";
    return OG_OK;
  }
  const OgBoundValue *bound = find_bound(c, term);
  if (bound) {
    *sql = og_sql_text(c, "?%zu", (size_t)(bound - c->compiled->values) + 1);
    if (is_id) {
      *is_id = true;
    }
    return OG_OK;
  }
  OG_TRY(og_term_find_constant(c->reader, term, &value.id, c->err));
  if (is_id) {
    *is_id = value.id != 0;
  }
  if (value.id == 0) {
    const OgTypedTerm typed = og_term_with_type(term);
    OG_TRY(encode(c, &typed, &value));
  }
  return add_value(c, value, sql);
}

OgStatus og_sql_constant(OgCompiler *c, const OgTerm *term, const char **sql) {
  OgBoundValue value = {.term = *term};
  const OgTypedTerm typed = og_term_with_type(term);
  if (typed.type == OG_TYPE_STRING) {
    value.text = (OgText){term->text.size ? term->text.data : "", term->text.size};
    return add_value(c, value, sql);
  }
  OG_TRY(encode(c, &typed, &value));
  return add_value(c, value, sql);
}

/* ---- Relations ---- */

const OgColumn *og_relation_find(const OgRelation *relation, int variable) {
  for (size_t k = 0; k < relation->count; k++) {
    if (relation->columns[k].variable == variable) {
      return &relation->columns[k];
    }
  }
  return NULL;
}

const OgColumn *og_relation_number(const OgRelation *relation) {
  for (size_t k = 0; k < relation->count; k++) {
    if (relation->columns[k].number) {
      return &relation->columns[k];
    }
  }
  return NULL;
}

OgStatus og_relation_add(OgCompiler *c, OgRelation *relation, OgColumn column) {
  OgColumn *columns = og_arena_grow(c->arena, relation->columns, relation->count,
                                    &relation->capacity, sizeof *columns);
  if (!columns) {
    return og_error_no_memory(c->err);
  }
  relation->columns = columns;
  columns[relation->count++] = column;
  return OG_OK;
}

const OgColumn *og_outer_find(const OgCompiler *c, int variable) {
  for (const OgOuter *outer = c->outer; outer; outer = outer->next) {
    const OgVariableSet *seen = outer->seen;
    if (seen && ((size_t)variable >= seen->count || !seen->has[variable]) && variable != c->graph) {
      return NULL;
    }
    const OgColumn *column = og_relation_find(outer->relation, variable);
    if (column) {
      return column;
    }
  }
  return NULL;
}

const char *og_relation_tail(OgCompiler *c, const OgRelation *relation) {
  return og_sql_text(c, "%s%s%s%s", relation->from[0] ? " FROM " : "", relation->from,
                     relation->where[0] ? " WHERE " : "", relation->where);
}

/* The columns of a SELECT, named c1, c2, …; "1" when there is none. */
static const char *select_list(OgCompiler *c, const OgRelation *relation) {
  const char *list = relation->count == 0 ? "1" : "";
  for (size_t k = 0; k < relation->count; k++) {
    list = og_sql_text(c, "%s%s%s AS c%zu", list, k ? ", " : "", relation->columns[k].sql, k + 1);
  }
  return list;
}

/* Replace a relation by a table that has its columns as c1, c2, … */
static OgStatus become_table(OgCompiler *c, OgRelation *relation, const char *name,
                             const char *declaration, const char *body) {
  OG_TRY(og_sql_with(c, declaration, body));
  const char *alias = og_sql_text(c, "t%d", og_sql_alias(c));
  OgColumn *columns = og_arena_alloc(c->arena, relation->count + 1, sizeof *columns);
  if (!columns) {
    return og_error_no_memory(c->err);
  }
  for (size_t k = 0; k < relation->count; k++) {
    columns[k] = relation->columns[k];
    columns[k].sql = og_sql_text(c, "%s.c%zu", alias, k + 1);
    columns[k].raw = NULL;
    columns[k].term = NULL;
    columns[k].plain = true;
    columns[k].scattered = false;
  }
  relation->columns = columns;
  relation->capacity = relation->count;
  relation->from = og_sql_text(c, "%s %s", name, alias);
  relation->where = "";
  relation->items = 1;
  relation->last = alias;
  relation->repeats = false;
  relation->is_set = false;
  return OG_OK;
}

OgStatus og_relation_wrap(OgCompiler *c, OgRelation *relation, bool materialized) {
  const char *name = og_sql_text(c, "r%d", og_sql_alias(c));
  const char *body =
      og_sql_text(c, "SELECT %s%s", select_list(c, relation), og_relation_tail(c, relation));
  const size_t before = c->with->size;
  OG_TRY(become_table(c, relation, name, name, body));
  if (materialized) {
    /* "name AS (" becomes "name AS MATERIALIZED (" */
    const char *found = strstr(c->with->data + before, " AS (");
    const size_t at = (size_t)(found - c->with->data) + 4;
    const char *rest = og_sql_text(c, "MATERIALIZED %s", c->with->data + at);
    c->with->size = at;
    OG_TRY(og_buffer_text(c->with, rest, c->err));
  }
  return OG_OK;
}

/* Two columns of one variable that go together. */
static const char *compatible(OgCompiler *c, const OgColumn *a, const OgColumn *b) {
  const char *equal = og_sql_text(c, "%s = %s", a->sql, b->sql);
  if (!a->optional && !b->optional) {
    return equal;
  }
  return og_sql_text(c, "(%s%s%s%s%s)", equal, a->optional ? " OR " : "",
                     a->optional ? og_sql_text(c, "%s IS NULL", a->sql) : "",
                     b->optional ? " OR " : "",
                     b->optional ? og_sql_text(c, "%s IS NULL", b->sql) : "");
}

const char *og_relation_compatible(OgCompiler *c, const OgRelation *a, const OgRelation *b,
                                   const char **bound) {
  const char *condition = "";
  const char *any = NULL;
  for (size_t k = 0; k < a->count; k++) {
    const OgColumn *x = &a->columns[k];
    const OgColumn *y = og_relation_find(b, x->variable);
    if (!y) {
      continue;
    }
    condition = og_sql_and(c, condition, compatible(c, x, y));
    if ((size_t)x->variable >= c->query->variable_count) {
      continue; /* a graph, which the solution does not have */
    }
    const char *both = !x->optional && !y->optional
                           ? ""
                           : og_sql_text(c, "(%s IS NOT NULL AND %s IS NOT NULL)", x->sql, y->sql);
    any = !any || !both[0] ? both : !any[0] ? any : og_sql_text(c, "%s OR %s", any, both);
  }
  if (bound) {
    *bound = any;
  }
  return condition;
}

/* The column of a variable in a join of a and b. outer: b may find nothing. */
static OgColumn join_column(OgCompiler *c, const OgColumn *a, const OgColumn *b, bool outer) {
  OgColumn column = *a;
  if (!b) {
    return column;
  }
  if (!a->optional || (!b->optional && !outer)) {
    const OgColumn *other = a->optional ? a : b;
    column = a->optional ? *b : *a;
    column.node = a->node || b->node;
    column.resource = column.resource || (!other->optional && !outer && other->resource);
    column.computed = column.computed && (other->computed || other->optional || outer);
    column.raw = NULL;
    return column;
  }
  return (OgColumn){.variable = a->variable,
                    .sql = og_sql_text(c, "coalesce(%s, %s)", a->sql, b->sql),
                    .optional = true,
                    .computed = a->computed || b->computed,
                    .node = a->node && b->node};
}

static OgStatus join_columns(OgCompiler *c, const OgRelation *a, const OgRelation *b, bool outer,
                             OgRelation *joined) {
  for (size_t k = 0; k < a->count; k++) {
    const OgColumn *x = &a->columns[k];
    if (!x->number) { /* a join makes other solutions */
      OG_TRY(
          og_relation_add(c, joined, join_column(c, x, og_relation_find(b, x->variable), outer)));
    }
  }
  for (size_t k = 0; k < b->count; k++) {
    OgColumn y = b->columns[k];
    if (!y.number && !og_relation_find(a, y.variable)) {
      y.optional = y.optional || outer;
      OG_TRY(og_relation_add(c, joined, y));
    }
  }
  return OG_OK;
}

OgStatus og_relation_join(OgCompiler *c, const OgRelation *a, const OgRelation *b,
                          OgRelation *joined) {
  OgRelation left = *a;
  OgRelation right = *b;
  if (left.items + right.items > MOST_ITEMS) {
    OG_TRY(og_relation_wrap(c, left.items >= right.items ? &left : &right, true));
  }
  const char *condition = og_relation_compatible(c, &left, &right, NULL);
  *joined = (OgRelation){.from = !left.from[0] ? right.from
                                 : !right.from[0]
                                     ? left.from
                                     : og_sql_text(c, "%s CROSS JOIN %s", left.from, right.from),
                         .where = og_sql_and(c, og_sql_and(c, left.where, right.where), condition),
                         .items = left.items + right.items,
                         .last = right.last ? right.last : left.last,
                         .is_set = left.is_set && right.is_set};
  return join_columns(c, &left, &right, false, joined);
}

/* " JOIN term …" for the row of a column's term. */
static const char *join_term(OgCompiler *c, const OgColumn *column, const char *alias) {
  const bool sure = !column->optional && !column->computed;
  return og_sql_text(c, " %s JOIN term %s ON %s.id = %s", sure ? "CROSS" : "LEFT", alias, alias,
                     column->sql);
}

OgStatus og_relation_view(OgCompiler *c, OgRelation *relation) {
  const OgVariableSet *viewed = c->viewed;
  for (size_t k = 0; viewed && k < relation->count && relation->items < MOST_ITEMS; k++) {
    OgColumn *column = &relation->columns[k];
    const size_t variable = (size_t)column->variable;
    if (variable < viewed->count && viewed->has[variable] && !column->term && !column->computed &&
        relation->from[0]) {
      column->term = og_sql_text(c, "t%d", og_sql_alias(c));
      relation->from = og_sql_text(c, "%s%s", relation->from, join_term(c, column, column->term));
      relation->items++;
    }
  }
  return OG_OK;
}

static OgRelation unit(void) {
  return (OgRelation){.from = "", .where = ""};
}

/* ---- Statements ---- */

bool og_slot_is_given(const OgCompiler *c, const OgSlot *slot) {
  const OgColumn *outer =
      slot->variable == OG_NO_VARIABLE ? NULL : og_outer_find(c, slot->variable);
  return slot->variable == OG_NO_VARIABLE || (outer && !outer->optional);
}

/* A statement that several sources of the default graph make counts once: its first. */
static const char *first_source(OgCompiler *c, const char *q) {
  const char *others = c->sources ? og_sql_text(c, " AND d.source %s", c->sources) : "";
  return og_sql_text(c,
                     "NOT EXISTS (SELECT 1 FROM quad d WHERE d.subject = %s.subject AND "
                     "d.predicate = %s.predicate AND d.object = %s.object AND d.source < "
                     "%s.source%s)",
                     q, q, q, q, others);
}

OgStatus og_compile_source(OgCompiler *c, const char *alias, OgRelation *relation,
                           const char **condition) {
  *condition = "";
  if (c->graph_source) {
    *condition = og_sql_text(c, "%s.source = %s", alias, c->graph_source);
    return OG_OK;
  }
  if (c->graph != OG_NO_VARIABLE) {
    const OgColumn column = {
        .variable = c->graph, .sql = og_sql_text(c, "%s.source", alias), .plain = true};
    const OgColumn *outer = og_outer_find(c, c->graph);
    if (outer) {
      *condition = compatible(c, &column, outer);
    }
    return og_relation_add(c, relation, column);
  }
  if (c->sources) {
    *condition = og_sql_text(c, "%s.source %s", alias, c->sources);
  }
  if (c->many_sources && !c->as_set) {
    *condition = og_sql_and(c, *condition, first_source(c, alias));
  }
  return OG_OK;
}

/* One place of a triple pattern. */
static OgStatus bind_place(OgCompiler *c, const OgSlot *slot, const char *value, bool node,
                           bool resource, OgRelation *relation) {
  if (slot->variable == OG_NO_VARIABLE) {
    const char *constant;
    OG_TRY(og_sql_term(c, &slot->term, &constant, NULL));
    relation->where = og_sql_and(c, relation->where, og_sql_text(c, "%s = %s", value, constant));
    return OG_OK;
  }
  const OgColumn column = {
      .variable = slot->variable, .sql = value, .plain = true, .node = node, .resource = resource};
  const OgColumn *same = og_relation_find(relation, slot->variable);
  const OgColumn *outer = og_outer_find(c, slot->variable);
  if (same) {
    relation->where = og_sql_and(c, relation->where, compatible(c, &column, same));
    return OG_OK;
  }
  if (outer) {
    relation->where = og_sql_and(c, relation->where, compatible(c, &column, outer));
  }
  return og_relation_add(c, relation, column);
}

static OgStatus compile_triple(OgCompiler *c, const OgAlgebra *triple, OgRelation *relation) {
  const char *alias = og_sql_text(c, "q%d", og_sql_alias(c));
  const char *source;
  *relation = (OgRelation){.from = og_sql_text(c, "quad %s", alias),
                           .where = "",
                           .items = 1,
                           .last = alias,
                           .is_set = true};
  OG_TRY(
      bind_place(c, &triple->subject, og_sql_text(c, "%s.subject", alias), true, true, relation));
  OG_TRY(bind_place(c, &triple->predicate, og_sql_text(c, "%s.predicate", alias), false, true,
                    relation));
  OG_TRY(bind_place(c, &triple->object, og_sql_text(c, "%s.object", alias), true, false, relation));
  OG_TRY(og_compile_source(c, alias, relation, &source));
  relation->where = og_sql_and(c, relation->where, source);
  return OG_OK;
}

static OgStatus compile_path(OgCompiler *c, const OgAlgebra *path, OgRelation *relation) {
  if (path->path->kind == OG_PATH_NEGATED) {
    return og_compile_negated(c, path, relation);
  }
  const bool has_start = og_slot_is_given(c, &path->subject);
  return og_compile_closure(c, path, NULL, false, !has_start && og_slot_is_given(c, &path->object),
                            relation);
}

/* ---- The active graph ---- */

OgStatus og_compile_named(OgCompiler *c, const char **name) {
  const char *rows = "";
  for (size_t k = 0; k < c->named_count; k++) {
    const char *source = "";
    const char *term = "";
    OG_TRY(og_sql_number(c, c->named_sources[k], &source));
    OG_TRY(og_sql_term(c, &c->named_iris[k], &term, NULL));
    rows = og_sql_text(c, "%s%s(%s, %s)", rows, k ? ", " : "", source, term);
  }
  *name = og_sql_text(c, "g%d", og_sql_alias(c));
  const char *body = rows[0] ? og_sql_text(c, "VALUES %s", rows) : "SELECT NULL, NULL WHERE 0";
  return og_sql_with(c, og_sql_text(c, "%s(source, term)", *name), body);
}

/* Under GRAPH ?g, solutions that no statement ties to a graph are solutions in each: what is left
 * out or asked for next must look into one graph at a time. */
static OgStatus tie_to_graph(OgCompiler *c, OgRelation *relation) {
  const OgColumn *graph = c->graph == OG_NO_VARIABLE ? NULL : og_relation_find(relation, c->graph);
  if (c->graph == OG_NO_VARIABLE || (graph && !graph->optional) || og_outer_find(c, c->graph)) {
    return OG_OK;
  }
  const char *name;
  OgRelation names = unit();
  OgRelation tied;
  OG_TRY(og_compile_named(c, &name));
  const char *alias = og_sql_text(c, "n%d", og_sql_alias(c));
  names.from = og_sql_text(c, "%s %s", name, alias);
  names.items = 1;
  names.last = alias;
  const OgColumn source = {
      .variable = c->graph, .sql = og_sql_text(c, "%s.source", alias), .plain = true};
  OG_TRY(og_relation_add(c, &names, source));
  OG_TRY(og_relation_join(c, relation, &names, &tied));
  *relation = tied;
  return OG_OK;
}

static bool asks_pattern(const OgExpression *expression) {
  for (size_t k = 0; k < expression->count; k++) {
    if (asks_pattern(expression->arguments[k])) {
      return true;
    }
  }
  return expression->kind == OG_EXPRESSION_EXISTS;
}

/* ---- Operators ---- */

/* Whether a call in the expression names blank nodes by a label. */
static bool labels_nodes(const OgExpression *expression) {
  if (expression->kind != OG_EXPRESSION_CALL) {
    return false;
  }
  for (size_t k = 0; k < expression->count; k++) {
    if (labels_nodes(expression->arguments[k])) {
      return true;
    }
  }
  return expression->builtin->kind == OG_CALL_BLANK_NODE && expression->count > 0;
}

/* What solutions need before an expression can be computed on them: for EXISTS their graph, for
 * BNODE(label), which is one node within a solution and another in the next, a number. */
static OgStatus prepare_solutions(OgCompiler *c, const OgExpression *expression,
                                  OgRelation *relation) {
  OG_TRY(asks_pattern(expression) ? tie_to_graph(c, relation) : OG_OK);
  if (!labels_nodes(expression) || og_relation_number(relation)) {
    return OG_OK;
  }
  const OgColumn number = {
      .variable = og_sql_hidden_variable(c), .sql = "row_number() OVER ()", .number = true};
  OG_TRY(og_relation_add(c, relation, number));
  return og_relation_wrap(c, relation, true);
}

/* Conditions of a filter, put beside the relation's own. */
static OgStatus add_condition(OgCompiler *c, const OgExpression *condition, OgRelation *relation) {
  const char *sql;
  if (condition->kind == OG_EXPRESSION_CALL && condition->builtin->kind == OG_CALL_AND) {
    for (size_t k = 0; k < condition->count; k++) {
      OG_TRY(add_condition(c, condition->arguments[k], relation));
    }
    return OG_OK;
  }
  OG_TRY(og_compile_condition(c, condition, relation, &sql));
  relation->where = og_sql_and(c, relation->where, sql);
  return OG_OK;
}

/* Add what the condition looks into to what is viewed. */
static OgStatus view_more(OgCompiler *c, const OgExpression *condition) {
  const size_t count = c->query->variable_count;
  OgVariableSet *viewed = og_arena_alloc(c->arena, 1, sizeof *viewed);
  unsigned char *has = og_arena_alloc(c->arena, count + 1, 1);
  if (!viewed || !has) {
    return og_error_no_memory(c->err);
  }
  if (c->viewed) {
    memcpy(has, c->viewed->has, count);
  }
  *viewed = (OgVariableSet){has, count};
  og_expression_views(condition, viewed);
  c->viewed = viewed;
  return OG_OK;
}

static OgStatus compile_filter(OgCompiler *c, const OgAlgebra *filter, OgRelation *relation) {
  const OgVariableSet *const outer = c->viewed;
  OG_TRY(view_more(c, filter->condition));
  OG_TRY(og_compile_pattern(c, filter->children[0], relation));
  OG_TRY(og_relation_view(c, relation));
  c->viewed = outer;
  OG_TRY(prepare_solutions(c, filter->condition, relation));
  return add_condition(c, filter->condition, relation);
}

static bool all_plain(const OgRelation *relation) {
  for (size_t k = 0; k < relation->count; k++) {
    if (!relation->columns[k].plain) {
      return false;
    }
  }
  return true;
}

/* A LEFT JOIN B ON condition: B must be one table, whose columns are NULL when nothing fits. */
static OgStatus compile_left_join(OgCompiler *c, const OgAlgebra *join, OgRelation *relation) {
  OgRelation a;
  OgRelation b;
  OG_TRY(og_compile_pattern(c, join->children[0], &a));
  OG_TRY(tie_to_graph(c, &a));
  OG_TRY(og_compile_pattern(c, join->children[1], &b));
  if (b.items != 1 || !all_plain(&b)) {
    OG_TRY(og_relation_wrap(c, &b, false));
  }
  if (a.items + 1 > MOST_ITEMS) {
    OG_TRY(og_relation_wrap(c, &a, true));
  }
  if (!a.from[0]) {
    a.from = "(SELECT 1)";
    a.items = 1;
  }
  OgRelation both = unit();
  const char *on = og_sql_and(c, b.where, og_relation_compatible(c, &a, &b, NULL));
  OG_TRY(join_columns(c, &a, &b, false, &both));
  if (join->condition) {
    const char *condition;
    OG_TRY(og_compile_condition(c, join->condition, &both, &condition));
    on = og_sql_and(c, on, condition);
  }
  *relation = unit();
  relation->from = og_sql_text(c, "%s LEFT JOIN %s ON %s", a.from, b.from, on[0] ? on : "1");
  relation->where = a.where;
  relation->items = a.items + 1;
  relation->last = b.last;
  return join_columns(c, &a, &b, true, relation);
}

/* The columns of several relations, one after the other, each once. */
static OgStatus unite_columns(OgCompiler *c, const OgRelation *children, size_t count,
                              OgRelation *united) {
  for (size_t k = 0; k < count; k++) {
    for (size_t j = 0; j < children[k].count; j++) {
      const OgColumn *column = &children[k].columns[j];
      if (og_relation_find(united, column->variable)) {
        continue;
      }
      OgColumn made = {
          .variable = column->variable, .sql = "", .plain = true, .node = true, .resource = true};
      for (size_t m = 0; m < count; m++) {
        const OgColumn *other = og_relation_find(&children[m], column->variable);
        made.optional = made.optional || !other || other->optional;
        made.computed = made.computed || (other && other->computed);
        made.node = made.node && other && other->node;
        made.resource = made.resource && (!other || other->resource);
      }
      OG_TRY(og_relation_add(c, united, made));
    }
  }
  return OG_OK;
}

/* SELECT the united columns of one child; what it does not have is NULL. */
static const char *select_united(OgCompiler *c, const OgRelation *united, const OgRelation *child) {
  const char *list = united->count == 0 ? "1" : "";
  for (size_t k = 0; k < united->count; k++) {
    const OgColumn *column = og_relation_find(child, united->columns[k].variable);
    list =
        og_sql_text(c, "%s%s%s AS c%zu", list, k ? ", " : "", column ? column->sql : "NULL", k + 1);
  }
  return og_sql_text(c, "SELECT %s%s", list, og_relation_tail(c, child));
}

static OgStatus compile_union(OgCompiler *c, const OgAlgebra *choice, OgRelation *relation) {
  enum { MOST_CHILDREN = 400 }; /* SQLite takes 500 */
  if (choice->count > MOST_CHILDREN) {
    return og_error_set(c->err, OG_USAGE, "a UNION of over %d patterns: use VALUES or IN",
                        MOST_CHILDREN);
  }
  OgRelation *children = og_arena_alloc(c->arena, choice->count + 1, sizeof *children);
  const char *body = "";
  if (!children) {
    return og_error_no_memory(c->err);
  }
  for (size_t k = 0; k < choice->count; k++) {
    OG_TRY(og_compile_pattern(c, choice->children[k], &children[k]));
  }
  *relation = unit();
  OG_TRY(unite_columns(c, children, choice->count, relation));
  for (size_t k = 0; k < choice->count; k++) {
    body = og_sql_text(c, "%s%s%s", body, k ? " UNION ALL " : "",
                       select_united(c, relation, &children[k]));
  }
  const char *name = og_sql_text(c, "u%d", og_sql_alias(c));
  return become_table(c, relation, name, name, body);
}

static OgStatus compile_minus(OgCompiler *c, const OgAlgebra *minus, OgRelation *relation) {
  OgRelation b;
  const char *bound;
  const bool as_set = c->as_set;
  OG_TRY(og_compile_pattern(c, minus->children[0], relation));
  OG_TRY(tie_to_graph(c, relation));
  c->as_set = true;
  OG_TRY(og_compile_pattern(c, minus->children[1], &b));
  c->as_set = as_set;
  const char *condition = og_relation_compatible(c, relation, &b, &bound);
  if (!bound) {
    return OG_OK; /* nothing in common: nothing is removed */
  }
  if (bound[0]) {
    condition = og_sql_and(c, condition, og_sql_text(c, "(%s)", bound));
  }
  b.where = og_sql_and(c, b.where, condition);
  relation->where = og_sql_and(c, relation->where,
                               og_sql_text(c, "NOT EXISTS (SELECT 1%s)", og_relation_tail(c, &b)));
  return OG_OK;
}

/* Whether an expression uses a variable that is itself an expression: text would grow with each. */
static bool uses_computed(const OgExpression *expression, const OgRelation *relation) {
  if (expression->kind == OG_EXPRESSION_VARIABLE) {
    const OgColumn *column = og_relation_find(relation, expression->variable);
    return column && !column->plain;
  }
  for (size_t k = 0; k < expression->count; k++) {
    if (uses_computed(expression->arguments[k], relation)) {
      return true;
    }
  }
  return expression->kind == OG_EXPRESSION_EXISTS && !all_plain(relation);
}

static OgStatus compile_extend(OgCompiler *c, const OgAlgebra *extend, OgRelation *relation) {
  const OgExpression *expression = extend->condition;
  OG_TRY(og_compile_pattern(c, extend->children[0], relation));
  if (uses_computed(expression, relation)) {
    OG_TRY(og_relation_wrap(c, relation, false));
  }
  OG_TRY(prepare_solutions(c, expression, relation));
  OgColumn column = {.variable = extend->variable};
  if (expression->kind == OG_EXPRESSION_TERM) {
    bool is_id;
    OG_TRY(og_sql_term(c, &expression->term, &column.sql, &is_id));
    column.computed = !is_id;
  } else if (expression->kind == OG_EXPRESSION_VARIABLE) {
    const OgColumn *same = og_relation_find(relation, expression->variable);
    same = same ? same : og_outer_find(c, expression->variable);
    column = same ? *same : (OgColumn){.sql = "NULL", .optional = true};
    column.variable = extend->variable;
  } else {
    OG_TRY(og_compile_term(c, expression, relation, &column.raw));
    column.sql = og_sql_text(c, "og_intern(%s)", column.raw);
    column.optional = true;
    column.computed = true;
  }
  const OgColumn *outer = og_outer_find(c, extend->variable);
  if (outer) {
    relation->where = og_sql_and(c, relation->where, compatible(c, &column, outer));
  }
  OG_TRY(og_relation_add(c, relation, column));
  /* another value at each look would be no value */
  return og_expression_is_volatile(expression) ? og_relation_wrap(c, relation, true) : OG_OK;
}

/* ---- Named graphs ---- */

static OgStatus find_named(OgCompiler *c, OgText iri, const char **source) {
  int64_t id = 0;
  for (size_t k = 0; k < c->named_count; k++) {
    if (og_text_equal(c->named_iris[k].text, iri)) {
      id = c->named_sources[k];
    }
  }
  return og_sql_number(c, id, source);
}

/* What is a node of a named graph need not be one of the default graph. */
static void forget_nodes(const OgCompiler *c, OgRelation *relation) {
  for (size_t k = 0; k < relation->count && !c->named_in_default; k++) {
    relation->columns[k].node = false;
  }
}

static OgStatus compile_graph_constant(OgCompiler *c, const OgAlgebra *graph,
                                       OgRelation *relation) {
  const OgTerm *iri = &graph->graph.term;
  const char *source;
  bool known = false;
  OG_TRY(find_named(c, iri->text, &source));
  for (size_t k = 0; k < c->named_count; k++) {
    known = known || og_text_equal(c->named_iris[k].text, iri->text);
  }
  c->graph_source = source;
  OG_TRY(og_compile_pattern(c, graph->children[0], relation));
  if (!known) {
    relation->where = og_sql_and(c, relation->where, "0");
  }
  return OG_OK;
}

/* The names of graphs, with the graph's hidden variable. */
static OgStatus graph_names(OgCompiler *c, const OgSlot *slot, OgRelation *relation) {
  const char *name;
  OG_TRY(og_compile_named(c, &name));
  const char *alias = og_sql_text(c, "n%d", og_sql_alias(c));
  *relation = unit();
  relation->from = og_sql_text(c, "%s %s", name, alias);
  relation->items = 1;
  relation->last = alias;
  const OgColumn source = {
      .variable = c->graph, .sql = og_sql_text(c, "%s.source", alias), .plain = true};
  const OgColumn term = {.variable = slot->variable,
                         .sql = og_sql_text(c, "%s.term", alias),
                         .computed = true,
                         .plain = true};
  const OgColumn *outer = og_outer_find(c, slot->variable);
  if (outer) {
    relation->where = compatible(c, &term, outer);
  }
  OG_TRY(og_relation_add(c, relation, source));
  return og_relation_add(c, relation, term);
}

static OgStatus drop_column(OgRelation *relation, int variable) {
  size_t kept = 0;
  for (size_t k = 0; k < relation->count; k++) {
    if (relation->columns[k].variable != variable) {
      relation->columns[kept++] = relation->columns[k];
    }
  }
  relation->count = kept;
  return OG_OK;
}

static OgStatus compile_graph_variable(OgCompiler *c, const OgAlgebra *graph,
                                       OgRelation *relation) {
  OgRelation names;
  OgRelation pattern;
  c->graph = og_sql_hidden_variable(c);
  c->graph_source = NULL;
  OG_TRY(og_compile_pattern(c, graph->children[0], &pattern));
  OG_TRY(graph_names(c, &graph->graph, &names));
  OG_TRY(og_relation_join(c, &names, &pattern, relation));
  return drop_column(relation, c->graph);
}

static OgStatus compile_graph(OgCompiler *c, const OgAlgebra *graph, OgRelation *relation) {
  const int outer_graph = c->graph;
  const char *outer_source = c->graph_source;
  c->graph = OG_NO_VARIABLE;
  const OgStatus status = graph->graph.variable == OG_NO_VARIABLE
                              ? compile_graph_constant(c, graph, relation)
                              : compile_graph_variable(c, graph, relation);
  c->graph = outer_graph;
  c->graph_source = outer_source;
  if (status == OG_OK) {
    forget_nodes(c, relation);
  }
  return status;
}

/* ---- VALUES ---- */

static OgStatus values_row(OgCompiler *c, const OgAlgebra *values, size_t row, OgColumn *columns,
                           OgBuffer *text) {
  OG_TRY(og_buffer_text(text, row ? ", (" : "(", c->err));
  for (size_t k = 0; k < values->variable_count; k++) {
    const OgTerm *term = &values->terms[row * values->variable_count + k];
    const char *sql = "";
    bool is_id = true;
    OG_TRY(og_sql_term(c, term, &sql, &is_id));
    columns[k].optional = columns[k].optional || term->kind == OG_UNBOUND;
    columns[k].computed = columns[k].computed || !is_id;
    OG_TRY(og_buffer_format(text, c->err, "%s%s", k ? ", " : "", sql));
  }
  return og_buffer_text(text, values->variable_count ? ")" : "1)", c->err);
}

static OgStatus compile_values(OgCompiler *c, const OgAlgebra *values, OgRelation *relation) {
  OgBuffer text = OG_BUFFER_INIT;
  OgStatus status = OG_OK;
  *relation = unit();
  for (size_t k = 0; k < values->variable_count; k++) {
    OG_GO(og_relation_add(c, relation, (OgColumn){.variable = values->variables[k], .sql = ""}));
  }
  for (size_t row = 0; row < values->rows; row++) {
    OG_GO(values_row(c, values, row, relation->columns, &text));
  }
  const char *name = og_sql_text(c, "v%d", og_sql_alias(c));
  const char *columns = relation->count == 0 ? "c1" : "";
  const char *nothing = relation->count == 0 ? "NULL" : "";
  for (size_t k = 0; k < relation->count; k++) {
    columns = og_sql_text(c, "%s%sc%zu", columns, k ? ", " : "", k + 1);
    nothing = og_sql_text(c, "%s%sNULL", nothing, k ? ", " : "");
  }
  const char *body = values->rows > 0 ? og_sql_text(c, "VALUES %s", text.data)
                                      : og_sql_text(c, "SELECT %s WHERE 0", nothing);
  OG_GO(become_table(c, relation, name, og_sql_text(c, "%s(%s)", name, columns), body));
  for (size_t k = 0; k < relation->count; k++) {
    const OgColumn *outer = og_outer_find(c, relation->columns[k].variable);
    if (outer) {
      relation->where = og_sql_and(c, relation->where, compatible(c, &relation->columns[k], outer));
    }
  }
done:
  og_buffer_clear(&text);
  return status;
}

/* ---- Groups ---- */

static OgStatus compile_aggregate(OgCompiler *c, const OgAggregate *aggregate,
                                  const OgRelation *child, const char *filter, const char **sql) {
  const OgAggregateFunction *function = aggregate->function;
  const char *argument = "*";
  if (aggregate->argument) {
    OG_TRY(og_compile_term(c, aggregate->argument, child, &argument));
    if (aggregate->distinct && !og_expression_has_one_form(aggregate->argument)) {
      argument = og_sql_text(c, "og_intern(%s)", argument);
    }
  } else if (aggregate->distinct) {
    argument = "";
    for (size_t k = 0; k < child->count; k++) {
      argument = og_sql_text(c, "%s%s%s", argument, k ? ", " : "", child->columns[k].sql);
    }
    argument = og_sql_text(c, "og_tuple(%s)", argument);
  }
  *sql = og_sql_text(c, "%s(%s%s)%s", function->sql, aggregate->distinct ? "DISTINCT " : "",
                     argument, filter);
  if (function->finish) {
    const OgTerm separator = {.kind = OG_LITERAL, .text = aggregate->separator};
    const char *text = "";
    if (strcmp(function->finish, "og_join") == 0) {
      OG_TRY(og_sql_term(c, &separator, &text, NULL));
      text = og_sql_text(c, ", %s", text);
    }
    *sql = og_sql_text(c, "%s(%s%s)", function->finish, *sql, text);
  }
  *sql = og_sql_text(c, "og_intern(%s)", *sql);
  return OG_OK;
}

static OgStatus add_key(OgCompiler *c, int variable, const OgRelation *child, OgRelation *relation,
                        const char **keys) {
  const OgColumn *column = og_relation_find(child, variable);
  OgColumn key = column ? *column : (OgColumn){.sql = "NULL", .optional = true};
  key.variable = variable;
  if (og_relation_find(relation, variable)) {
    return OG_OK;
  }
  *keys = og_sql_text(c, "%s%s%s", *keys, (*keys)[0] ? ", " : "", key.sql);
  return og_relation_add(c, relation, key);
}

/* Under GRAPH ?g there is a group for each graph, also when nothing in it fits. */
static OgStatus group_by_graph(OgCompiler *c, OgRelation *child, const char **filter) {
  const char *name;
  OG_TRY(og_relation_add(c, child, (OgColumn){.variable = og_sql_hidden_variable(c), .sql = "1"}));
  const int marker = child->columns[child->count - 1].variable;
  OG_TRY(og_relation_wrap(c, child, false));
  OG_TRY(og_compile_named(c, &name));
  const char *alias = og_sql_text(c, "n%d", og_sql_alias(c));
  OgColumn *graph = NULL;
  for (size_t k = 0; k < child->count; k++) {
    if (child->columns[k].variable == c->graph) {
      graph = &child->columns[k];
    }
  }
  const char *on = graph ? og_sql_text(c, "%s = %s.source", graph->sql, alias) : "1";
  child->from = og_sql_text(c, "%s %s LEFT JOIN %s ON %s", name, alias, child->from, on);
  child->items = 2;
  *filter = og_sql_text(c, " FILTER (WHERE %s IS NOT NULL)", og_relation_find(child, marker)->sql);
  OG_TRY(drop_column(child, marker));
  if (graph) {
    graph = NULL;
    OG_TRY(drop_column(child, c->graph));
  }
  return og_relation_add(
      c, child,
      (OgColumn){.variable = c->graph, .sql = og_sql_text(c, "%s.source", alias), .plain = true});
}

static OgStatus compile_group(OgCompiler *c, const OgAlgebra *group, OgRelation *relation) {
  OgRelation child;
  const bool as_set = c->as_set;
  const char *keys = "";
  const char *filter = "";
  c->as_set = false;
  OG_TRY(og_compile_pattern(c, group->children[0], &child));
  c->as_set = as_set;
  *relation = unit();
  for (size_t k = 0; k < group->aggregate_count; k++) {
    const OgExpression *argument = group->aggregates[k]->argument;
    OG_TRY(argument && asks_pattern(argument) ? tie_to_graph(c, &child) : OG_OK);
  }
  if (c->graph != OG_NO_VARIABLE) {
    if (group->variable_count == 0) {
      OG_TRY(group_by_graph(c, &child, &filter));
    }
    OG_TRY(add_key(c, c->graph, &child, relation, &keys));
  }
  for (size_t k = 0; k < group->variable_count; k++) {
    OG_TRY(add_key(c, group->variables[k], &child, relation, &keys));
  }
  for (size_t k = 0; k < group->aggregate_count; k++) {
    const OgAggregate *aggregate = group->aggregates[k];
    OgColumn column = {.variable = aggregate->variable, .optional = true, .computed = true};
    OG_TRY(compile_aggregate(c, aggregate, &child, filter, &column.sql));
    OG_TRY(og_relation_add(c, relation, column));
  }
  const char *list = select_list(c, relation);
  if (group->aggregate_count == 0 && keys[0] == '\0') {
    list = og_sql_text(c, "%s%scount(*)", list, list[0] ? ", " : "");
  }
  const char *name = og_sql_text(c, "a%d", og_sql_alias(c));
  return become_table(c, relation, name, name,
                      og_sql_text(c, "SELECT %s%s%s%s", list, og_relation_tail(c, &child),
                                  keys[0] ? " GROUP BY " : "", keys));
}

/* ---- SELECT within SELECT ---- */

/* A SELECT taken apart. */
typedef struct Block {
  const OgAlgebra *slice, *distinct, *project, *order, *pattern;
} Block;

static Block open_block(const OgAlgebra *algebra) {
  Block block = {0};
  const OgAlgebra **slots[] = {&block.slice, &block.distinct, &block.project, &block.order};
  static const OgAlgebraKind kinds[] = {OG_ALGEBRA_SLICE, OG_ALGEBRA_DISTINCT, OG_ALGEBRA_PROJECT,
                                        OG_ALGEBRA_ORDER};
  for (size_t k = 0; k < OG_COUNT(kinds); k++) {
    if (algebra->kind == kinds[k]) {
      *slots[k] = algebra;
      algebra = algebra->children[0];
    }
  }
  block.pattern = algebra;
  return block;
}

static OgStatus compile_order(OgCompiler *c, const OgAlgebra *order, const OgRelation *relation,
                              const char **keys) {
  *keys = "";
  for (size_t k = 0; order && k < order->order_count; k++) {
    const char *key;
    OG_TRY(og_compile_term(c, order->orders[k].key, relation, &key));
    *keys = og_sql_text(c, "%s%sog_order(%s)%s", *keys, k ? ", " : "", key,
                        order->orders[k].descending ? " DESC" : "");
  }
  return OG_OK;
}

/* Keep the projected variables that have a column, in their order, and the graph. */
static OgStatus project(OgCompiler *c, const OgAlgebra *projection, OgRelation *relation) {
  OgRelation kept = {.from = relation->from,
                     .where = relation->where,
                     .items = relation->items,
                     .last = relation->last,
                     .repeats = relation->repeats};
  for (size_t k = 0; k < projection->variable_count; k++) {
    const OgColumn *column = og_relation_find(relation, projection->variables[k]);
    if (column) {
      OG_TRY(og_relation_add(c, &kept, *column));
    }
  }
  const OgColumn *graph = c->graph == OG_NO_VARIABLE ? NULL : og_relation_find(relation, c->graph);
  if (graph) {
    OG_TRY(og_relation_add(c, &kept, *graph));
  }
  *relation = kept;
  return OG_OK;
}

/* Whether the keys use only projected variables, and can be taken after DISTINCT. */
static bool keys_are_projected(const OgExpression *key, const OgAlgebra *projection) {
  if (key->kind == OG_EXPRESSION_VARIABLE) {
    for (size_t k = 0; k < projection->variable_count; k++) {
      if (projection->variables[k] == key->variable) {
        return true;
      }
    }
    return false;
  }
  for (size_t k = 0; k < key->count; k++) {
    if (!keys_are_projected(key->arguments[k], projection)) {
      return false;
    }
  }
  return key->kind != OG_EXPRESSION_EXISTS;
}

/* SELECT DISTINCT as a table. Sort keys that it would lose come along: the least of each. */
static OgStatus make_distinct(OgCompiler *c, const Block *block, OgRelation *relation,
                              const char **keys) {
  bool lost = false;
  for (size_t k = 0; block->order && k < block->order->order_count; k++) {
    lost = lost || !keys_are_projected(block->order->orders[k].key, block->project);
  }
  const char *name = og_sql_text(c, "d%d", og_sql_alias(c));
  if (!lost) {
    OG_TRY(project(c, block->project, relation));
    const char *body = og_sql_text(c, "SELECT DISTINCT %s%s", select_list(c, relation),
                                   og_relation_tail(c, relation));
    OG_TRY(become_table(c, relation, name, name, body));
    return compile_order(c, block->order, relation, keys);
  }
  const char *sort = "";
  for (size_t k = 0; k < block->order->order_count; k++) {
    const char *key;
    OG_TRY(og_compile_term(c, block->order->orders[k].key, relation, &key));
    sort = og_sql_text(c, "%s, %s(og_order(%s)) AS o%zu", sort,
                       block->order->orders[k].descending ? "max" : "min", key, k);
  }
  OG_TRY(project(c, block->project, relation));
  const char *group = "";
  for (size_t k = 0; k < relation->count; k++) {
    group = og_sql_text(c, "%s%s%s", group, k ? ", " : " GROUP BY ", relation->columns[k].sql);
  }
  const char *body = og_sql_text(c, "SELECT %s%s%s%s", select_list(c, relation), sort,
                                 og_relation_tail(c, relation), group);
  OG_TRY(become_table(c, relation, name, name, body));
  *keys = "";
  const char *alias = strrchr(relation->from, ' ') + 1;
  for (size_t k = 0; k < block->order->order_count; k++) {
    *keys = og_sql_text(c, "%s%s%s.o%zu%s", *keys, k ? ", " : "", alias, k,
                        block->order->orders[k].descending ? " DESC" : "");
  }
  return OG_OK;
}

/* The solutions of a block before LIMIT and OFFSET; *keys: what to sort by, or "". */
static OgStatus compile_block(OgCompiler *c, const Block *block, OgRelation *relation,
                              const char **keys) {
  const bool as_set = c->as_set;
  c->as_set = (as_set && !block->slice) || block->distinct;
  OG_TRY(og_compile_pattern(c, block->pattern, relation));
  c->as_set = as_set;
  for (size_t k = 0; block->order && k < block->order->order_count; k++) {
    OG_TRY(asks_pattern(block->order->orders[k].key) ? tie_to_graph(c, relation) : OG_OK);
  }
  if (block->distinct) {
    return make_distinct(c, block, relation, keys);
  }
  OG_TRY(compile_order(c, block->order, relation, keys));
  return project(c, block->project, relation);
}

static OgStatus limit_text(OgCompiler *c, const OgAlgebra *slice, const char **sql) {
  const char *limit = "-1";
  const char *offset = "";
  *sql = "";
  if (slice) {
    OG_TRY(slice->has_limit ? og_sql_number(c, (int64_t)slice->limit, &limit) : OG_OK);
    OG_TRY(og_sql_number(c, (int64_t)slice->offset, &offset));
    *sql = og_sql_text(c, " LIMIT %s OFFSET %s", limit, offset);
  }
  return OG_OK;
}

/* LIMIT and OFFSET make a table; under GRAPH ?g they count within each graph. */
static OgStatus make_slice(OgCompiler *c, const Block *block, const char *keys,
                           OgRelation *relation) {
  const char *order = keys[0] ? og_sql_text(c, " ORDER BY %s", keys) : "";
  const char *name = og_sql_text(c, "l%d", og_sql_alias(c));
  const OgColumn *graph = c->graph == OG_NO_VARIABLE ? NULL : og_relation_find(relation, c->graph);
  const char *limit;
  if (!graph) {
    OG_TRY(limit_text(c, block->slice, &limit));
    return become_table(c, relation, name, name,
                        og_sql_text(c, "SELECT %s%s%s%s", select_list(c, relation),
                                    og_relation_tail(c, relation), order, limit));
  }
  const char *least;
  const char *most = "9223372036854775807";
  OG_TRY(og_sql_number(c, (int64_t)block->slice->offset, &least));
  if (block->slice->has_limit) {
    OG_TRY(og_sql_number(c, (int64_t)block->slice->limit, &most));
    most = og_sql_text(c, "%s + %s", least, most);
  }
  const char *body =
      og_sql_text(c, "SELECT %s, row_number() OVER (PARTITION BY %s%s) AS o%s",
                  select_list(c, relation), graph->sql, order, og_relation_tail(c, relation));
  OG_TRY(become_table(c, relation, name, name, body));
  const char *alias = strrchr(relation->from, ' ') + 1;
  relation->where = og_sql_text(c, "%s.o > %s AND %s.o <= %s", alias, least, alias, most);
  return OG_OK;
}

/* A sub-select sees of the solution around an EXISTS only what it projects. */
static OgStatus compile_select(OgCompiler *c, const OgAlgebra *select, OgRelation *relation) {
  const Block block = open_block(select);
  const char *keys;
  OgVariableSet seen = {og_arena_alloc(c->arena, c->query->variable_count + 1, 1),
                        c->query->variable_count};
  if (!seen.has) {
    return og_error_no_memory(c->err);
  }
  og_algebra_scope(block.project, &seen);
  static const OgRelation none = {.from = "", .where = ""};
  const OgOuter fence = {&none, c->outer, &seen};
  const OgOuter *const outer = c->outer;
  c->outer = outer ? &fence : NULL;
  const OgStatus status = compile_block(c, &block, relation, &keys);
  c->outer = outer;
  OG_TRY(status);
  return block.slice ? make_slice(c, &block, keys, relation) : OG_OK;
}

OgStatus og_compile_pattern(OgCompiler *c, const OgAlgebra *algebra, OgRelation *relation) {
  static OgStatus (*const operators[])(OgCompiler * c, const OgAlgebra *algebra,
                                       OgRelation *relation) = {
      [OG_ALGEBRA_JOIN] = og_compile_join,    [OG_ALGEBRA_TRIPLE] = compile_triple,
      [OG_ALGEBRA_PATH] = compile_path,       [OG_ALGEBRA_LEFT_JOIN] = compile_left_join,
      [OG_ALGEBRA_UNION] = compile_union,     [OG_ALGEBRA_MINUS] = compile_minus,
      [OG_ALGEBRA_FILTER] = compile_filter,   [OG_ALGEBRA_EXTEND] = compile_extend,
      [OG_ALGEBRA_GRAPH] = compile_graph,     [OG_ALGEBRA_VALUES] = compile_values,
      [OG_ALGEBRA_GROUP] = compile_group,     [OG_ALGEBRA_PROJECT] = compile_select,
      [OG_ALGEBRA_DISTINCT] = compile_select, [OG_ALGEBRA_ORDER] = compile_select,
      [OG_ALGEBRA_SLICE] = compile_select,
  };
  /* what a filter above looks at is of use where solutions come from statements one by one */
  static const bool is_flat[OG_ALGEBRA_SLICE + 1] = {
      [OG_ALGEBRA_JOIN] = true, [OG_ALGEBRA_FILTER] = true};
  const OgVariableSet *const viewed = c->viewed;
  c->viewed = is_flat[algebra->kind] ? viewed : NULL;
  const OgStatus status = operators[algebra->kind](c, algebra, relation);
  c->viewed = viewed;
  return status;
}

/* ---- The statement ---- */

/* Whether a column has another value in nearly each solution: one of the last table. What comes
 * from the tables before it is the same in several solutions, one after the other. */
static bool is_of_last(const OgRelation *relation, const OgColumn *column) {
  if (relation->repeats || column->scattered) {
    return column->scattered;
  }
  const size_t size = relation->last ? strlen(relation->last) : 0;
  return size == 0 || (strncmp(column->sql, relation->last, size) == 0 && column->sql[size] == '.');
}

/* Columns of the answer: ids to be recalled, and terms, joined last, where each solution is likely
 * to have another. */
static OgStatus add_output(OgCompiler *c, int variable, const OgRelation *relation,
                           const char **list, const char **joins, size_t *tables) {
  const OgColumn *column = og_relation_find(relation, variable);
  enum { MOST_TABLES = 60 };
  OgOutput *output = &c->compiled->outputs[c->compiled->output_count++];
  int next = c->compiled->output_count == 1 ? 0
             : output[-1].term >= 0         ? output[-1].term + 2
                                            : output[-1].value + 1;
  *output = (OgOutput){variable, -1, -1, column && !column->computed};
  const char *term = column ? column->term : NULL;
  if (column && !term && column->plain && *tables < MOST_TABLES && is_of_last(relation, column)) {
    (*tables)++;
    term = og_sql_text(c, "t%d", og_sql_alias(c));
    *joins = og_sql_text(c, "%s%s", *joins, join_term(c, column, term));
  }
  if (!term || column->computed) {
    const char *value = !column ? "NULL" : column->raw ? column->raw : column->sql;
    *list = og_sql_text(c, "%s%s%s", *list, next ? ", " : "", value);
    output->value = next++;
  }
  if (term) {
    const char *class = column->resource
                            ? og_sql_text(c, OG_RESOURCE_CLASS("%s"), term, term)
                            : og_sql_text(c, OG_TERM_CLASS("%s"), term, term, term, term);
    *list = og_sql_text(c, "%s%s%s.text, %s", *list, next ? ", " : "", term, class);
    output->term = next;
  }
  return OG_OK;
}

static const char *with_text(OgCompiler *c) {
  return c->with->size > 0 ? og_sql_text(c, "WITH RECURSIVE %s\n", c->with->data) : "";
}

static OgStatus finish_select(OgCompiler *c, const OgAlgebra *projection, OgRelation *relation,
                              const char *keys, const char *limit) {
  const char *list = "";
  const char *joins = "";
  size_t tables = relation->items;
  OgSparqlSql *compiled = c->compiled;
  compiled->outputs =
      og_arena_alloc(c->arena, projection->variable_count + 1, sizeof *compiled->outputs);
  if (!compiled->outputs) {
    return og_error_no_memory(c->err);
  }
  for (size_t k = 0; k < projection->variable_count; k++) {
    const int variable = projection->variables[k];
    OG_TRY(add_output(c, variable, relation, &list, &joins, &tables));
  }
  if (joins[0] && !relation->from[0]) {
    relation->from = "(SELECT 1)";
  }
  compiled->sql = og_sql_text(c, "%sSELECT %s%s%s%s%s%s%s%s%s", with_text(c), list[0] ? list : "1",
                              relation->from[0] ? " FROM " : "", relation->from, joins,
                              relation->where[0] ? " WHERE " : "", relation->where,
                              keys[0] ? " ORDER BY " : "", keys, limit);
  return OG_OK;
}

/* With LIMIT the rows are chosen before their terms are looked up. */
static OgStatus compile_select_form(OgCompiler *c) {
  const Block block = open_block(c->query->pattern);
  OgRelation relation;
  const char *keys;
  const char *limit;
  OG_TRY(compile_block(c, &block, &relation, &keys));
  if (!block.slice || !keys[0]) {
    OG_TRY(limit_text(c, block.slice, &limit));
    return finish_select(c, block.project, &relation, keys, limit);
  }
  const int position = og_sql_hidden_variable(c);
  const OgColumn number = {.variable = position,
                           .sql = og_sql_text(c, "row_number() OVER (ORDER BY %s)", keys)};
  OG_TRY(og_relation_add(c, &relation, number));
  OG_TRY(make_slice(c, &block, keys, &relation));
  const char *order = og_relation_find(&relation, position)->sql;
  OG_TRY(drop_column(&relation, position));
  /* the order's column is not dropped from the table */
  return finish_select(c, block.project, &relation, order, "");
}

static OgStatus compile_ask_form(OgCompiler *c) {
  OgRelation relation;
  c->as_set = true;
  OG_TRY(og_compile_pattern(c, c->query->pattern, &relation));
  c->compiled->sql =
      og_sql_text(c, "%sSELECT EXISTS (SELECT 1%s)", with_text(c), og_relation_tail(c, &relation));
  return OG_OK;
}

/* One statement as a row of three terms. */
static OgStatus finish_statements(OgCompiler *c, const char *tables, const char *where) {
  static const char *const places[] = {"subject", "predicate", "object"};
  OgRelation relation = {.from = tables, .where = where, .items = 2, .last = "q"};
  int variables[OG_COUNT(places)];
  for (size_t k = 0; k < OG_COUNT(places); k++) {
    variables[k] = og_sql_hidden_variable(c);
    const OgColumn column = {
        .variable = variables[k], .sql = og_sql_text(c, "q.%s", places[k]), .plain = true};
    OG_TRY(og_relation_add(c, &relation, column));
  }
  const OgAlgebra projection = {.variables = variables, .variable_count = OG_COUNT(places)};
  return finish_select(c, &projection, &relation, "", "");
}

/* The resources, and what the default graph says of them and of the blank nodes that it hangs on
 * them (a concise bounded description). */
static OgStatus compile_describe_form(OgCompiler *c) {
  const OgSparqlQuery *query = c->query;
  OgRelation relation;
  const char *starts = "";
  c->as_set = true;
  OG_TRY(og_compile_pattern(c, query->pattern, &relation));
  for (size_t k = 0; k < query->described_count; k++) {
    if (query->described[k].variable == OG_NO_VARIABLE) {
      const char *iri;
      OG_TRY(og_sql_term(c, &query->described[k].term, &iri, NULL));
      starts = og_sql_text(c, "%s%sSELECT %s", starts, starts[0] ? " UNION " : "", iri);
    }
  }
  OG_TRY(og_relation_wrap(c, &relation, true));
  for (size_t k = 0; k < relation.count; k++) {
    starts = og_sql_text(c, "%s%sSELECT %s FROM %s", starts, starts[0] ? " UNION " : "",
                         relation.columns[k].sql, relation.from);
  }
  const char *source = c->sources ? og_sql_text(c, " AND q.source %s", c->sources) : "";
  OG_TRY(og_sql_with(c, "described(node)",
                     og_sql_text(c,
                                 "%s UNION SELECT q.object FROM described CROSS JOIN quad q ON "
                                 "q.subject = described.node%s CROSS JOIN term t ON t.id = "
                                 "q.object AND t.kind = %d",
                                 starts[0] ? starts : "SELECT NULL", source, OG_BLANK)));
  c->as_set = false;
  const char *condition = og_sql_and(c, "q.subject = d.node", c->sources ? source + 5 : "");
  if (c->many_sources) {
    condition = og_sql_and(c, condition, first_source(c, "q"));
  }
  return finish_statements(c, "described d CROSS JOIN quad q", condition);
}

/* ---- The dataset ---- */

/* A list of graphs' names from one of two places. */
typedef struct Names {
  const OgText *texts;
  const char *const *strings;
  size_t count;
  bool all;
} Names;

static OgText name_at(const Names *names, size_t k) {
  return names->texts ? names->texts[k] : (OgText){names->strings[k], strlen(names->strings[k])};
}

static bool has_name(const Names *names, OgText iri) {
  for (size_t k = 0; k < names->count; k++) {
    if (og_text_equal(name_at(names, k), iri)) {
      return true;
    }
  }
  return names->all;
}

static Names choose_names(const OgSparqlQuery *query, const OgText *texts, size_t count,
                          const OgGraphNames *option) {
  if (query->has_dataset) {
    return (Names){.texts = texts, .count = count};
  }
  return option && option->names ? (Names){.strings = option->names, .count = option->count}
                                 : (Names){.all = true};
}

/* What follows the last "/". */
static OgText last_part(OgText path) {
  size_t start = path.size;
  while (start > 0 && path.data[start - 1] != '/') {
    start--;
  }
  return (OgText){path.data + start, path.size - start};
}

/* FROM a graph that is not there is a mistake, and said to be one: a path, or a file's name, in the
 * place of an IRI. */
static OgStatus refuse_name(const OgCompiler *c, OgText name, const Names *sources) {
  const OgText part = last_part(name);
  OgText meant = {"", 0};
  for (size_t k = 0; k < sources->count && part.size > 0 && meant.size == 0; k++) {
    const OgText source = name_at(sources, k);
    if (og_text_equal(last_part(source), part)) {
      meant = source;
    }
  }
  return og_error_set(c->err, OG_NOT_FOUND,
                      "%s has no source <%.*s>%s%.*s%s `ontograft info --json` lists their IRIs",
                      og_store_path(c->reader->store), (int)name.size, name.data,
                      meant.size > 0 ? "; did you mean <" : ":", (int)meant.size, meant.data,
                      meant.size > 0 ? ">?" : "");
}

static OgStatus check_names(OgCompiler *c, const Names *names, const Names *sources) {
  for (size_t k = 0; k < names->count; k++) {
    if (!has_name(sources, name_at(names, k))) {
      return refuse_name(c, name_at(names, k), sources);
    }
  }
  return OG_OK;
}

/* The default graph without what was inferred: *names are the others then, *left_out its id. */
static OgStatus leave_out_inferred(OgCompiler *c, const OgSourceList *sources, Names *names,
                                   int64_t *left_out) {
  const OgText inferred = OG_TEXT(OG_INFERRED_GRAPH);
  OgText *rest = og_arena_alloc(c->arena, sources->count + 1, sizeof *rest);
  size_t count = 0;
  if (!rest) {
    return og_error_no_memory(c->err);
  }
  *left_out = 0;
  for (size_t k = 0; k < sources->count; k++) {
    if (og_text_equal(sources->iris[k], inferred)) {
      *left_out = sources->ids[k];
    } else {
      rest[count++] = sources->iris[k];
    }
  }
  if (*left_out != 0) {
    *names = (Names){.texts = rest, .count = count};
  }
  return OG_OK;
}

static OgStatus set_default_graph(OgCompiler *c, const Names *names, int64_t left_out,
                                  const OgSourceList *sources) {
  const char *list = "";
  size_t chosen = 0;
  for (size_t k = 0; k < sources->count; k++) {
    if (has_name(names, sources->iris[k])) {
      const char *id;
      OG_TRY(names->all ? OG_OK : og_sql_number(c, sources->ids[k], &id));
      list = names->all ? "" : og_sql_text(c, "%s%s%s", list, chosen ? ", " : "", id);
      chosen++;
    }
  }
  c->many_sources = chosen > 1;
  c->sources = names->all ? NULL : og_sql_text(c, "IN (%s)", list);
  if (left_out != 0) {
    const char *id;
    OG_TRY(og_sql_number(c, left_out, &id));
    c->sources = og_sql_text(c, "<> %s", id); /* not a list, which would be searched one by one */
  }
  return OG_OK;
}

static OgStatus set_named_graphs(OgCompiler *c, const Names *names, const Names *in_default,
                                 const OgSourceList *sources) {
  c->named_sources = og_arena_alloc(c->arena, sources->count + 1, sizeof *c->named_sources);
  c->named_iris = og_arena_alloc(c->arena, sources->count + 1, sizeof *c->named_iris);
  if (!c->named_sources || !c->named_iris) {
    return og_error_no_memory(c->err);
  }
  c->named_in_default = true;
  for (size_t k = 0; k < sources->count; k++) {
    if (has_name(names, sources->iris[k])) {
      c->named_sources[c->named_count] = sources->ids[k];
      c->named_iris[c->named_count++] = (OgTerm){.kind = OG_IRI, .text = sources->iris[k]};
      c->named_in_default = c->named_in_default && has_name(in_default, sources->iris[k]);
    }
  }
  return OG_OK;
}

static OgStatus set_dataset(OgCompiler *c, const OgSparqlOptions *options) {
  const OgSparqlQuery *query = c->query;
  Names from =
      choose_names(query, query->from, query->from_count, options ? &options->default_graph : NULL);
  const Names named = choose_names(query, query->from_named, query->from_named_count,
                                   options ? &options->named_graphs : NULL);
  const OgSourceList *sources;
  OG_TRY(og_term_sources(c->reader, &sources, c->err));
  const Names all = {.texts = sources->iris, .count = sources->count};
  OG_TRY(check_names(c, &from, &all));
  OG_TRY(check_names(c, &named, &all));
  int64_t left_out = 0;
  if (from.all && !(options && options->inferred)) {
    OG_TRY(leave_out_inferred(c, sources, &from, &left_out));
  }
  OG_TRY(set_default_graph(c, &from, left_out, sources));
  return set_named_graphs(c, &named, &from, sources);
}

OgStatus og_sparql_compile(OgSparqlQuery *query, const OgSparqlOptions *options,
                           OgTermReader *reader, OgCompileWatch watch, OgSparqlSql *compiled,
                           OgError *err) {
  static OgStatus (*const forms[])(OgCompiler * c) = {
      [OG_SPARQL_SELECT] = compile_select_form,
      [OG_SPARQL_ASK] = compile_ask_form,
      [OG_SPARQL_CONSTRUCT] = compile_select_form,
      [OG_SPARQL_DESCRIBE] = compile_describe_form,
  };
  OgBuffer with = OG_BUFFER_INIT;
  OgCompiler c = {.query = query,
                  .arena = &query->arena,
                  .reader = reader,
                  .watch = watch,
                  .compiled = compiled,
                  .with = &with,
                  .variables = (int)query->variable_count,
                  .graph = OG_NO_VARIABLE,
                  .err = err};
  OgStatus status;
  *compiled = (OgSparqlSql){0};
  OG_GO(set_dataset(&c, options));
  OG_GO(forms[query->form](&c));
  status = c.status;
done:
  og_buffer_clear(&with);
  og_buffer_clear(&c.scratch);
  return c.status != OG_OK ? c.status : status;
}
