/* Property paths that repeat, as recursive tables:
 *
 *   p(a, s, b, g): from the node a, in the graph g, the automaton in state s is at the node b
 *
 * a is there when there are several starts, s when there are several states, g under GRAPH ?g.
 * Where each start is in few solutions of the patterns around, these are carried along: their
 * columns c1, c2, … stand in the place of a, and no join need find them again. The table begins
 * with the starts, or when no step leads back to state 0 with the first steps from them, and ends
 * when no step leads to a new row, so on cycles too. */
#include "kg/sparql_compiler.h"
#include "kg/sparql_path.h"

#include <string.h>

/* SQLite takes a recursive table for a million rows, and would build Bloom filters of all
 * statements for it; a condition that is always true says that it is small: an id is, and what may
 * be none is not NULL. */
static const char *is_few(OgCompiler *c, bool node, const char *alias) {
  return og_sql_text(c, "likelihood(%s.b%s, 0.0001)", alias, node ? "" : " IS NOT NULL");
}

/* Where a path starts: values beside tables and conditions; value NULL: anywhere. */
typedef struct Start {
  const char *tables; /* "" for none */
  const char *value;
  const char *graph; /* under GRAPH ?g */
  const char *where; /* "" for none */
} Start;

/* A closure at work. */
typedef struct Closure {
  OgAutomaton automaton;
  const char *name;
  bool has_start, has_state, has_graph;
  bool steps_first;          /* state 0 is left at once, and never met again */
  bool node;                 /* the ends are known to be subjects or objects */
  const OgRelation *carried; /* its columns are in the place of a; NULL: a */
  Start start;
  OgSlot from, to;
} Closure;

/* "(a, s, b, g)" or a row of such values; absent columns are left out. */
static const char *make_row(OgCompiler *c, const Closure *x, const char *a, const char *s,
                            const char *b, const char *g) {
  return og_sql_text(c, "%s%s%s%s%s%s%s", x->has_start ? a : "", x->has_start ? ", " : "",
                     x->has_state ? s : "", x->has_state ? ", " : "", b, x->has_graph ? ", " : "",
                     x->has_graph ? g : "");
}

/* The columns of the start: a, or those that are carried, each after the prefix. */
static const char *start_columns(OgCompiler *c, const Closure *x, const char *prefix) {
  const char *list = "";
  if (!x->carried) {
    return og_sql_text(c, "%sa", prefix);
  }
  for (size_t k = 0; k < x->carried->count; k++) {
    list = og_sql_text(c, "%s%s%sc%zu", list, k ? ", " : "", prefix, k + 1);
  }
  return list;
}

/* Their values in the first rows. */
static const char *start_values(OgCompiler *c, const Closure *x) {
  const char *list = "";
  for (size_t k = 0; x->carried && k < x->carried->count; k++) {
    list = og_sql_text(c, "%s%s%s", list, k ? ", " : "", x->carried->columns[k].sql);
  }
  return x->carried ? list : x->start.value;
}

/* "= ?1" or "IN (?1, ?2)" of a step's predicates, or their negation; "" for any. */
static OgStatus predicates(OgCompiler *c, const OgTerm *const *iris, size_t count, bool negated,
                           const char **sql) {
  *sql = "";
  for (size_t k = 0; k < count; k++) {
    const char *value;
    OG_TRY(og_sql_term(c, iris[k], &value, NULL));
    *sql = og_sql_text(c, "%s%s%s", *sql, k ? ", " : "", value);
  }
  if (count == 1) {
    *sql = og_sql_text(c, "%s %s", negated ? "<>" : "=", *sql);
  } else if (count > 1) {
    *sql = og_sql_text(c, "%s (%s)", negated ? "NOT IN" : "IN", *sql);
  }
  return OG_OK;
}

static const char *source_condition(OgCompiler *c, const char *alias) {
  if (c->graph_source) {
    return og_sql_text(c, "%s.source = %s", alias, c->graph_source);
  }
  return c->graph == OG_NO_VARIABLE && c->sources
             ? og_sql_text(c, "%s.source %s", alias, c->sources)
             : "";
}

/* ---- Starts ---- */

/* A value that comes from elsewhere need not be a node, and then has no empty path (18.4). */
static const char *is_node(OgCompiler *c, const char *value, const char *graph) {
  const char *condition = source_condition(c, "n");
  if (graph) {
    condition = og_sql_text(c, "n.source = %s", graph);
  }
  const char *and = condition[0] ? " AND " : "";
  return og_sql_text(c,
                     "(EXISTS (SELECT 1 FROM quad n WHERE n.subject = %s%s%s) OR "
                     "EXISTS (SELECT 1 FROM quad n WHERE n.object = %s%s%s))",
                     value, and, condition, value, and, condition);
}

/* The values of a variable's column. */
static OgStatus start_at_column(OgCompiler *c, Closure *x, const OgRelation *from) {
  const OgColumn *column = og_relation_find(from, x->from.variable);
  const OgColumn *graph = x->has_graph ? og_relation_find(from, c->graph) : NULL;
  x->start = (Start){from->from, column->sql, graph ? graph->sql : NULL,
                     og_sql_and(c, og_sql_text(c, "%s IS NOT NULL", column->sql), from->where)};
  if (x->has_graph && !graph) {
    const char *named;
    OG_TRY(og_compile_named(c, &named));
    x->start.tables = og_sql_text(c, "%s CROSS JOIN %s n", from->from, named);
    x->start.graph = "n.source";
  }
  x->has_start = true;
  x->node = column->node;
  if (x->automaton.accepts[0] && !column->node) {
    x->start.where = og_sql_and(c, x->start.where,
                                is_node(c, column->sql, x->has_graph ? x->start.graph : NULL));
  }
  return OG_OK;
}

/* A constant, a variable that the solution around an EXISTS has bound, or any node. */
static OgStatus start_at_value(OgCompiler *c, Closure *x) {
  x->start = (Start){.tables = "", .where = ""};
  if (x->from.variable == OG_NO_VARIABLE) {
    OG_TRY(og_sql_term(c, &x->from.term, &x->start.value, NULL));
  } else {
    const OgColumn *outer = og_outer_find(c, x->from.variable);
    x->start.value = outer && !outer->optional ? outer->sql : NULL;
  }
  x->has_start = !x->start.value;
  x->node = !x->start.value;
  if (x->has_graph && x->start.value) {
    const char *named;
    OG_TRY(og_compile_named(c, &named));
    x->start.tables = og_sql_text(c, "%s n", named);
    x->start.graph = "n.source";
  }
  return OG_OK;
}

/* One of the SELECTs of a table: UNION makes what several give a set. */
static const char *select_from(OgCompiler *c, const Closure *x, const char *row, const char *tables,
                               const char *where) {
  const bool is_alone = x->steps_first && x->automaton.step_count == 1;
  return og_sql_text(c, "SELECT %s%s%s%s%s%s", is_alone ? "DISTINCT " : "", row,
                     tables[0] ? " FROM " : "", tables, where[0] ? " WHERE " : "", where);
}

/* The starts themselves, in state 0. */
static const char *select_starts(OgCompiler *c, const Closure *x) {
  const Start *start = &x->start;
  if (start->value) {
    return select_from(c, x, make_row(c, x, start_values(c, x), "0", start->value, start->graph),
                       start->tables, start->where);
  }
  const char *source = source_condition(c, "q");
  return og_sql_text(
      c, "%s UNION %s",
      select_from(c, x, make_row(c, x, "q.subject", "0", "q.subject", "q.source"), "quad q",
                  source),
      select_from(c, x, make_row(c, x, "q.object", "0", "q.object", "q.source"), "quad q", source));
}

/* ---- Steps ---- */

/* Which statements q a step takes, wherever it comes from. */
static OgStatus step_condition(OgCompiler *c, const OgStep *step, const char **sql) {
  OG_TRY(predicates(c, step->iris, step->iri_count, step->negated, sql));
  *sql = (*sql)[0] ? og_sql_text(c, "q.predicate %s", *sql) : "";
  *sql = og_sql_and(c, *sql, source_condition(c, "q"));
  return OG_OK;
}

/* A step from a start. */
static OgStatus select_first_step(OgCompiler *c, const Closure *x, const OgStep *step,
                                  const char **sql) {
  const Start *start = &x->start;
  const char *here = step->inverse ? "q.object" : "q.subject";
  const char *there = step->inverse ? "q.subject" : "q.object";
  const char *to = og_sql_text(c, "%d", step->to);
  const char *condition;
  OG_TRY(step_condition(c, step, &condition));
  if (!start->value) {
    *sql = select_from(c, x, make_row(c, x, here, to, there, "q.source"), "quad q", condition);
    return OG_OK;
  }
  condition = og_sql_and(c, og_sql_text(c, "%s = %s", here, start->value), condition);
  if (x->has_graph) {
    condition = og_sql_text(c, "%s AND q.source = %s", condition, start->graph);
  }
  *sql = select_from(
      c, x, make_row(c, x, start_values(c, x), to, there, start->graph),
      og_sql_text(c, "%s%squad q", start->tables, start->tables[0] ? " CROSS JOIN " : ""),
      og_sql_and(c, start->where, condition));
  return OG_OK;
}

/* A step from where the table has got to. */
static OgStatus select_next_step(OgCompiler *c, const Closure *x, const OgStep *step,
                                 const char **sql) {
  const char *here = step->inverse ? "object" : "subject";
  const char *there = step->inverse ? "q.subject" : "q.object";
  const char *which;
  OG_TRY(step_condition(c, step, &which));
  const char *condition =
      og_sql_text(c, "%s AND q.%s = %s.b", is_few(c, x->node, x->name), here, x->name);
  if (x->has_state) {
    condition = og_sql_text(c, "%s AND %s.s = %d", condition, x->name, step->from);
  }
  if (x->has_graph) {
    condition = og_sql_text(c, "%s AND q.source = %s.g", condition, x->name);
  }
  const char *row =
      make_row(c, x, start_columns(c, x, og_sql_text(c, "%s.", x->name)),
               og_sql_text(c, "%d", step->to), there, og_sql_text(c, "%s.g", x->name));
  *sql = og_sql_text(c, "SELECT %s FROM %s CROSS JOIN quad q WHERE %s", row, x->name,
                     og_sql_and(c, condition, which));
  return OG_OK;
}

/* Whether state 0 is only left: then the table can begin behind it. */
static bool steps_first(const OgAutomaton *automaton) {
  bool first = !automaton->accepts[0];
  for (size_t k = 0; k < automaton->step_count; k++) {
    first = first && automaton->steps[k].to != 0;
  }
  return first;
}

/* What the table begins with, then what recurs. */
static OgStatus compile_table(OgCompiler *c, const Closure *x, const char **body) {
  *body = x->steps_first ? "" : select_starts(c, x);
  for (int recurring = 0; recurring < 2; recurring++) {
    for (size_t k = 0; k < x->automaton.step_count; k++) {
      const OgStep *step = &x->automaton.steps[k];
      const char *sql;
      if (recurring == (x->steps_first && step->from == 0)) {
        continue;
      }
      OG_TRY(recurring ? select_next_step(c, x, step, &sql) : select_first_step(c, x, step, &sql));
      *body = og_sql_text(c, "%s%s%s", *body, (*body)[0] ? " UNION " : "", sql);
    }
  }
  return OG_OK;
}

/* ---- The table as a relation ---- */

/* Rows in accepting states, each pair of ends once. */
static OgStatus accept(OgCompiler *c, Closure *x) {
  int accepting = 0;
  const char *states = "";
  for (int k = 0; k < x->automaton.states; k++) {
    if (x->automaton.accepts[k]) {
      states = og_sql_text(c, "%s%s%d", states, accepting++ ? ", " : "", k);
    }
  }
  if (!x->has_state) {
    return OG_OK;
  }
  const char *name = og_sql_text(c, "e%d", og_sql_alias(c));
  const char *columns = og_sql_text(c, "%s%sb%s", x->has_start ? start_columns(c, x, "") : "",
                                    x->has_start ? ", " : "", x->has_graph ? ", g" : "");
  OG_TRY(og_sql_with(c, og_sql_text(c, "%s(%s)", name, columns),
                     og_sql_text(c, "SELECT %s%s FROM %s WHERE s IN (%s)",
                                 accepting > 1 ? "DISTINCT " : "", columns, x->name, states)));
  x->name = name;
  return OG_OK;
}

/* An end of the path: a variable's column, or a condition. */
static OgStatus bind_end(OgCompiler *c, const OgSlot *slot, const char *value, bool plain,
                         bool node, OgRelation *relation) {
  const char *constant;
  if (slot->variable == OG_NO_VARIABLE) {
    OG_TRY(og_sql_term(c, &slot->term, &constant, NULL));
    relation->where = og_sql_and(c, relation->where, og_sql_text(c, "%s = %s", value, constant));
    return OG_OK;
  }
  const OgColumn *outer = og_outer_find(c, slot->variable);
  const OgColumn *same = og_relation_find(relation, slot->variable);
  if (same) {
    relation->where = og_sql_and(c, relation->where, og_sql_text(c, "%s = %s", value, same->sql));
    return OG_OK;
  }
  if (outer && strcmp(outer->sql, value) != 0) {
    relation->where = og_sql_and(
        c, relation->where,
        outer->optional ? og_sql_text(c, "(%s IS NULL OR %s = %s)", outer->sql, value, outer->sql)
                        : og_sql_text(c, "%s = %s", value, outer->sql));
  }
  const OgColumn column = {
      .variable = slot->variable, .sql = value, .computed = !node, .plain = plain, .node = node};
  return og_relation_add(c, relation, column);
}

/* What was carried, as columns of the path's table. */
static OgStatus expose_carried(OgCompiler *c, const Closure *x, const char *alias,
                               OgRelation *relation) {
  for (size_t k = 0; k < x->carried->count; k++) {
    OgColumn column = x->carried->columns[k];
    column.sql = og_sql_text(c, "%s.c%zu", alias, k + 1);
    column.raw = NULL;
    column.term = NULL;
    column.plain = true;
    column.scattered = true;
    OG_TRY(og_relation_add(c, relation, column));
  }
  return OG_OK;
}

static OgStatus expose(OgCompiler *c, const Closure *x, OgRelation *relation) {
  const char *alias = og_sql_text(c, "k%d", og_sql_alias(c));
  *relation = (OgRelation){.from = og_sql_text(c, "%s %s", x->name, alias),
                           .where = is_few(c, x->node, alias),
                           .items = 1,
                           .last = alias};
  if (x->carried) {
    OG_TRY(expose_carried(c, x, alias, relation));
  } else if (x->has_start) {
    OG_TRY(bind_end(c, &x->from, og_sql_text(c, "%s.a", alias), true, x->node, relation));
  } else if (x->from.variable != OG_NO_VARIABLE) {
    OG_TRY(bind_end(c, &x->from, x->start.value, false, x->node, relation));
  }
  OG_TRY(bind_end(c, &x->to, og_sql_text(c, "%s.b", alias), true, x->node, relation));
  if (x->has_graph) {
    const OgSlot graph = {.variable = c->graph};
    OG_TRY(bind_end(c, &graph, og_sql_text(c, "%s.g", alias), true, false, relation));
  }
  return OG_OK;
}

/* How often the table's text has the tables of its start. */
static size_t count_starts(const Closure *x) {
  size_t count = 0;
  for (size_t k = 0; k < x->automaton.step_count; k++) {
    count += x->automaton.steps[k].from == 0;
  }
  return x->steps_first ? count : 1;
}

OgStatus og_compile_closure(OgCompiler *c, const OgAlgebra *path, OgRelation *from, bool carry,
                            bool backwards, OgRelation *relation) {
  Closure x = {.from = backwards ? path->object : path->subject,
               .to = backwards ? path->subject : path->object,
               .has_graph = c->graph != OG_NO_VARIABLE};
  const char *body;
  OG_TRY(og_path_automaton(path->path, backwards, c->arena, &x.automaton, c->err));
  x.steps_first = steps_first(&x.automaton);
  if (from && (!carry || count_starts(&x) > 1)) {
    OG_TRY(og_relation_wrap(c, from, true));
  }
  x.carried = carry ? from : NULL;
  OG_TRY(from ? start_at_column(c, &x, from) : start_at_value(c, &x));
  x.node = x.node || x.steps_first; /* ends of statements */
  x.has_state = x.automaton.states > (x.steps_first ? 2 : 1);
  x.name = og_sql_text(c, "p%d", og_sql_alias(c));
  OG_TRY(compile_table(c, &x, &body));
  OG_TRY(og_sql_with(
      c, og_sql_text(c, "%s(%s)", x.name, make_row(c, &x, start_columns(c, &x, ""), "s", "b", "g")),
      body));
  OG_TRY(accept(c, &x));
  return expose(c, &x, relation);
}

OgStatus og_compile_negated(OgCompiler *c, const OgAlgebra *path, OgRelation *relation) {
  const OgPath *set = path->path;
  const OgTerm **iris = og_arena_alloc(c->arena, set->iri_count + 1, sizeof *iris);
  if (!iris) {
    return og_error_no_memory(c->err);
  }
  for (size_t k = 0; k < set->iri_count; k++) {
    iris[k] = &set->iris[k];
  }
  const char *which;
  const char *source;
  const char *alias = og_sql_text(c, "q%d", og_sql_alias(c));
  OG_TRY(predicates(c, iris, set->iri_count, true, &which));
  *relation = (OgRelation){
      .from = og_sql_text(c, "quad %s", alias), .where = "", .items = 1, .last = alias};
  if (which[0]) {
    relation->where = og_sql_text(c, "%s.predicate %s", alias, which);
  }
  OG_TRY(bind_end(c, &path->subject, og_sql_text(c, "%s.subject", alias), true, true, relation));
  OG_TRY(bind_end(c, &path->object, og_sql_text(c, "%s.object", alias), true, true, relation));
  OG_TRY(og_compile_source(c, alias, relation, &source));
  relation->where = og_sql_and(c, relation->where, source);
  return OG_OK;
}
