/* sparql_compiler: what the files of the compiler share. Private to sparql_sql*.c. */
#ifndef OG_KG_SPARQL_COMPILER_H
#define OG_KG_SPARQL_COMPILER_H

#include "kg/sparql_sql.h"

/* How a variable is known in a relation. */
typedef struct OgColumn {
  int variable;
  const char *sql;
  const char *raw;  /* the same before its one form was looked for; NULL: sql */
  const char *term; /* alias of the row of its term, joined already; NULL: none */
  bool optional;    /* may be NULL */
  bool computed;    /* may be other than an id */
  bool plain;       /* a column of a table: NULL where an outer join finds nothing */
  bool node;        /* a subject or an object of the active graph */
  bool resource;    /* no literal */
  bool number;      /* no term: the number of the solution (BNODE) */
  bool scattered;   /* what is alike is far apart: a path's table goes breadth first */
} OgColumn;

/* SELECT columns FROM from WHERE where. */
typedef struct OgRelation {
  const char *from;  /* "" for none */
  const char *where; /* "" for none */
  OgColumn *columns;
  size_t count, capacity;
  size_t items;     /* in from */
  const char *last; /* alias of the last table in from, which each solution has another row of */
  bool repeats;     /* but many solutions have a row of it in common with others */
  bool is_set;      /* no two solutions are alike, or it does not matter */
  double rows;      /* estimate; 0: none made */
} OgRelation;

/* The solutions around an EXISTS, whose values are put into it. */
typedef struct OgOuter {
  const OgRelation *relation;
  const struct OgOuter *next;
  /* only these variables are seen; NULL: all */
  const OgVariableSet *seen;
} OgOuter;

typedef struct OgCompiler {
  OgSparqlQuery *query;
  OgArena *arena;
  OgTermReader *reader;
  OgCompileWatch watch;
  OgSparqlSql *compiled;
  OgBuffer scratch;
  OgBuffer *with; /* "a AS (…), b AS (…)" of the statement, or of the EXISTS at work */
  int aliases;    /* given so far */
  int variables;  /* given so far: the query's and hidden ones */
  const OgOuter *outer;
  bool as_set; /* duplicates do not matter here */
  /* variables whose terms a filter looks into: joins bring their rows; NULL: none */
  const OgVariableSet *viewed;
  /* the active graph */
  int graph;                /* the hidden variable of GRAPH ?g, or OG_NO_VARIABLE */
  const char *graph_source; /* the source of GRAPH <iri>, or NULL */
  /* the dataset */
  const char *sources;    /* condition's right side, "= 3" or "IN (1, 3)"; NULL: all */
  bool many_sources;      /* the default graph has several */
  bool named_in_default;  /* every named graph is part of the default graph */
  int64_t *named_sources; /* ids of sources that GRAPH can see */
  OgTerm *named_iris;
  size_t named_count;
  OgStatus status; /* the first failure of og_sql_text */
  OgError *err;
} OgCompiler;

/* OG_CANCELLED when who watches says that it is enough. */
OG_MUST_CHECK OgStatus og_compile_look(OgCompiler *c);

/* Formatted text in the arena. A failure is kept in c->status, and the text is "". */
const char *og_sql_text(OgCompiler *c, const char *format, ...) OG_PRINTF(2, 3);
/* "a AND b", either of which may be "". */
const char *og_sql_and(OgCompiler *c, const char *a, const char *b);

/* ?N for a term: its id, looked up now, or its blob. *is_id says which; may be NULL. */
OG_MUST_CHECK OgStatus og_sql_term(OgCompiler *c, const OgTerm *term, const char **sql,
                                   bool *is_id);
/* The id of a term of the graph, 0 when it has none; what is bound is not looked up again. */
OG_MUST_CHECK OgStatus og_sql_find(OgCompiler *c, const OgTerm *term, int64_t *id);
OG_MUST_CHECK OgStatus og_sql_number(OgCompiler *c, int64_t number, const char **sql);
/* ?N for a term as an argument of a function: what it says, without a look into the graph. */
OG_MUST_CHECK OgStatus og_sql_constant(OgCompiler *c, const OgTerm *term, const char **sql);

int og_sql_alias(OgCompiler *c);
int og_sql_hidden_variable(OgCompiler *c);

/* Add a table to the WITH at work. */
OG_MUST_CHECK OgStatus og_sql_with(OgCompiler *c, const char *name, const char *body);

const OgColumn *og_relation_find(const OgRelation *relation, int variable);
/* The number of the solution, or NULL when it has none. */
const OgColumn *og_relation_number(const OgRelation *relation);
OG_MUST_CHECK OgStatus og_relation_add(OgCompiler *c, OgRelation *relation, OgColumn column);
/* The column of a variable around this place, or NULL. */
const OgColumn *og_outer_find(const OgCompiler *c, int variable);

/* Make the relation one table whose columns are plain; materialized: computed once, as it is. */
OG_MUST_CHECK OgStatus og_relation_wrap(OgCompiler *c, OgRelation *relation, bool materialized);
/* *joined = a ⋈ b. Shared variables are equal where both are bound. */
OG_MUST_CHECK OgStatus og_relation_join(OgCompiler *c, const OgRelation *a, const OgRelation *b,
                                        OgRelation *joined);
/* Join the row of the term of each viewed variable that has none yet. */
OG_MUST_CHECK OgStatus og_relation_view(OgCompiler *c, OgRelation *relation);

/* FROM … WHERE …, or "". */
const char *og_relation_tail(OgCompiler *c, const OgRelation *relation);

/* Condition that the shared variables of a and b go together; *bound (may be NULL): that at least
 * one is bound in both, "" when that is sure, NULL when there is none. */
const char *og_relation_compatible(OgCompiler *c, const OgRelation *a, const OgRelation *b,
                                   const char **bound);

/* Whether a place has a value before the pattern is looked at: a constant, or a variable that the
 * solution around an EXISTS binds. */
bool og_slot_is_given(const OgCompiler *c, const OgSlot *slot);

/* A join of any number of patterns, in the order that estimates say is cheapest. */
OG_MUST_CHECK OgStatus og_compile_join(OgCompiler *c, const OgAlgebra *join, OgRelation *relation);

OG_MUST_CHECK OgStatus og_compile_pattern(OgCompiler *c, const OgAlgebra *algebra,
                                          OgRelation *relation);

/* What the source of a statement `alias` must be in the active graph; "" when any will do. Adds the
 * graph's hidden variable to the relation when there is one. */
OG_MUST_CHECK OgStatus og_compile_source(OgCompiler *c, const char *alias, OgRelation *relation,
                                         const char **condition);

/* A path that repeats. from: where its start, or with `backwards` its end, has its values, or NULL:
 * a constant, an outer value, or any node. carry: each row of the path's table has the columns of
 * from, which is a set, and the relation is their join; else from becomes a table, to be joined. */
OG_MUST_CHECK OgStatus og_compile_closure(OgCompiler *c, const OgAlgebra *path, OgRelation *from,
                                          bool carry, bool backwards, OgRelation *relation);
/* !(…) alone. */
OG_MUST_CHECK OgStatus og_compile_negated(OgCompiler *c, const OgAlgebra *path,
                                          OgRelation *relation);
/* The table of named graphs: columns source and term. */
OG_MUST_CHECK OgStatus og_compile_named(OgCompiler *c, const char **name);

/* Add the variables whose terms' rows the expression looks into. */
void og_expression_views(const OgExpression *expression, OgVariableSet *set);

/* Whether the expression's value is in its one form; what is computed goes through og_intern. */
bool og_expression_has_one_form(const OgExpression *expression);

/* An expression over a relation: a term. *is_condition: 0, 1 or NULL instead. */
OG_MUST_CHECK OgStatus og_compile_expression(OgCompiler *c, const OgExpression *expression,
                                             const OgRelation *relation, const char **sql,
                                             bool *is_condition);
OG_MUST_CHECK OgStatus og_compile_term(OgCompiler *c, const OgExpression *expression,
                                       const OgRelation *relation, const char **sql);
OG_MUST_CHECK OgStatus og_compile_condition(OgCompiler *c, const OgExpression *expression,
                                            const OgRelation *relation, const char **sql);

#endif
