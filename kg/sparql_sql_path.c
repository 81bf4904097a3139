/* Property paths that repeat, as recursive tables:
 *
 *   p(a, s, b, g): from the node a, in the graph g, the automaton in state s is at the node b
 *
 * a is there when there are several starts, s when there are several states, g under GRAPH ?g. The
 * table begins with the starts and ends when no step leads to a new row, so on cycles too. */
#include "kg/sparql_compiler.h"
#include "kg/sparql_path.h"

#include <string.h>

/* A closure at work. */
typedef struct Closure {
  OgAutomaton automaton;
  const char *name;
  bool has_start, has_state, has_graph;
  const char *start;  /* the one value to start from; NULL: those of a table */
  bool start_is_node; /* starts are known to be subjects or objects */
  OgSlot from, to;
} Closure;

/* "(a, s, b, g)" or a row of such values; absent columns are left out. */
static const char *make_row(OgCompiler *c, const Closure *x, const char *a, const char *s,
                            const char *b, const char *g) {
  return og_sql_text(c, "%s%s%s%s%s%s%s", x->has_start ? a : "", x->has_start ? ", " : "",
                     x->has_state ? s : "", x->has_state ? ", " : "", b, x->has_graph ? ", " : "",
                     x->has_graph ? g : "");
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
  if (count > 0) {
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

/* All nodes of the active graph, or when the empty path is none of the language, where it begins.
 */
static const char *all_nodes(OgCompiler *c, const Closure *x) {
  const char *condition = source_condition(c, "q");
  const char *where = condition[0] ? " WHERE " : "";
  const char *subjects = make_row(c, x, "q.subject", "0", "q.subject", "q.source");
  const char *objects = make_row(c, x, "q.object", "0", "q.object", "q.source");
  return og_sql_text(c, "SELECT %s FROM quad q%s%s UNION SELECT %s FROM quad q%s%s", subjects,
                     where, condition, objects, where, condition);
}

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

static OgStatus starts_of_table(OgCompiler *c, Closure *x, const OgRelation *from,
                                const char **sql) {
  const OgColumn *column = og_relation_find(from, x->from.variable);
  const OgColumn *graph = x->has_graph ? og_relation_find(from, c->graph) : NULL;
  const char *condition = og_sql_text(c, "%s IS NOT NULL", column->sql);
  const char *graph_value = graph ? graph->sql : "";
  const char *tables = from->from;
  if (x->has_graph && !graph) {
    const char *named;
    OG_TRY(og_compile_named(c, &named));
    tables = og_sql_text(c, "%s, %s n", tables, named);
    graph_value = "n.source";
  }
  x->start_is_node = column->node;
  if (x->automaton.accepts[0] && !column->node) {
    condition =
        og_sql_and(c, condition, is_node(c, column->sql, x->has_graph ? graph_value : NULL));
  }
  *sql = og_sql_text(c, "SELECT DISTINCT %s FROM %s WHERE %s",
                     make_row(c, x, column->sql, "0", column->sql, graph_value), tables,
                     og_sql_and(c, condition, from->where));
  return OG_OK;
}

static OgStatus one_start(OgCompiler *c, const Closure *x, const char **sql) {
  const char *tables = "";
  if (x->has_graph) {
    const char *named;
    OG_TRY(og_compile_named(c, &named));
    tables = og_sql_text(c, " FROM %s n", named);
  }
  *sql = og_sql_text(c, "SELECT %s%s", make_row(c, x, x->start, "0", x->start, "n.source"), tables);
  return OG_OK;
}

/* ---- Steps ---- */

static OgStatus add_step(OgCompiler *c, const Closure *x, const OgStep *step, const char **body) {
  const char *here = step->inverse ? "object" : "subject";
  const char *there = step->inverse ? "subject" : "object";
  const char *condition = og_sql_text(c, "q.%s = %s.b", here, x->name);
  const char *which;
  OG_TRY(predicates(c, step->iris, step->iri_count, step->negated, &which));
  if (which[0]) {
    condition = og_sql_text(c, "%s AND q.predicate %s", condition, which);
  }
  if (x->has_state) {
    condition = og_sql_text(c, "%s.s = %d AND %s", x->name, step->from, condition);
  }
  if (x->has_graph) {
    condition = og_sql_text(c, "%s AND q.source = %s.g", condition, x->name);
  }
  *body =
      og_sql_text(c, "%s UNION SELECT %s FROM %s CROSS JOIN quad q WHERE %s", *body,
                  make_row(c, x, og_sql_text(c, "%s.a", x->name), og_sql_text(c, "%d", step->to),
                           og_sql_text(c, "q.%s", there), og_sql_text(c, "%s.g", x->name)),
                  x->name, og_sql_and(c, condition, source_condition(c, "q")));
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
  const char *columns =
      og_sql_text(c, "%sb%s", x->has_start ? "a, " : "", x->has_graph ? ", g" : "");
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

static OgStatus expose(OgCompiler *c, const Closure *x, OgRelation *relation) {
  const char *alias = og_sql_text(c, "k%d", og_sql_alias(c));
  *relation =
      (OgRelation){.from = og_sql_text(c, "%s %s", x->name, alias), .where = "", .items = 1};
  const bool node = x->start_is_node;
  if (x->has_start) {
    OG_TRY(bind_end(c, &x->from, og_sql_text(c, "%s.a", alias), true, node, relation));
  } else if (x->from.variable != OG_NO_VARIABLE) {
    OG_TRY(bind_end(c, &x->from, x->start, false, node, relation));
  }
  OG_TRY(bind_end(c, &x->to, og_sql_text(c, "%s.b", alias), true, node, relation));
  if (x->has_graph) {
    const OgSlot graph = {.variable = c->graph};
    OG_TRY(bind_end(c, &graph, og_sql_text(c, "%s.g", alias), true, false, relation));
  }
  return OG_OK;
}

/* A constant, or a variable that the solution around has bound. */
static OgStatus find_one_start(OgCompiler *c, Closure *x) {
  x->start = NULL;
  if (x->from.variable == OG_NO_VARIABLE) {
    return og_sql_term(c, &x->from.term, &x->start, NULL);
  }
  const OgColumn *outer = og_outer_find(c, x->from.variable);
  if (outer && !outer->optional) {
    x->start = outer->sql;
  }
  return OG_OK;
}

OgStatus og_compile_closure(OgCompiler *c, const OgAlgebra *path, const OgRelation *from,
                            bool backwards, OgRelation *relation) {
  Closure x = {.from = backwards ? path->object : path->subject,
               .to = backwards ? path->subject : path->object,
               .has_graph = c->graph != OG_NO_VARIABLE};
  const char *body;
  OG_TRY(og_path_automaton(path->path, backwards, c->arena, &x.automaton, c->err));
  OG_TRY(from ? OG_OK : find_one_start(c, &x));
  x.has_start = !x.start;
  x.has_state = x.automaton.states > 1;
  x.name = og_sql_text(c, "p%d", og_sql_alias(c));
  if (from) {
    OG_TRY(starts_of_table(c, &x, from, &body));
  } else if (x.start) {
    OG_TRY(one_start(c, &x, &body));
  } else {
    x.start_is_node = true;
    body = all_nodes(c, &x);
  }
  for (size_t k = 0; k < x.automaton.step_count; k++) {
    OG_TRY(add_step(c, &x, &x.automaton.steps[k], &body));
  }
  OG_TRY(
      og_sql_with(c, og_sql_text(c, "%s(%s)", x.name, make_row(c, &x, "a", "s", "b", "g")), body));
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
  *relation = (OgRelation){.from = og_sql_text(c, "quad %s", alias), .where = "", .items = 1};
  if (which[0]) {
    relation->where = og_sql_text(c, "%s.predicate %s", alias, which);
  }
  OG_TRY(bind_end(c, &path->subject, og_sql_text(c, "%s.subject", alias), true, true, relation));
  OG_TRY(bind_end(c, &path->object, og_sql_text(c, "%s.object", alias), true, true, relation));
  OG_TRY(og_compile_source(c, alias, relation, &source));
  relation->where = og_sql_and(c, relation->where, source);
  return OG_OK;
}
