/* sparql_algebra: what a query means: a tree of operators, as section 18 of the SPARQL 1.1 Query
 * Language defines them.
 *
 * The parser builds it, sparql_sql compiles it. Everything of a query lives in the query's arena.
 * Variables are numbers; those without a name stand for blank nodes of patterns, the joints of
 * paths and aggregates. */
#ifndef OG_KG_SPARQL_ALGEBRA_H
#define OG_KG_SPARQL_ALGEBRA_H

#include "core/arena.h"
#include "core/buffer.h"
#include "kg/sparql.h"

#include <stdbool.h>

enum { OG_NO_VARIABLE = -1 };

/* A place of a pattern: a variable, or a constant term. */
typedef struct OgSlot {
  int variable; /* or OG_NO_VARIABLE */
  OgTerm term;
} OgSlot;

/* ---- Property paths (18.1.7) ---- */

typedef enum OgPathKind {
  OG_PATH_LINK,    /* iri */
  OG_PATH_INVERSE, /* ^a */
  OG_PATH_SEQUENCE,
  OG_PATH_ALTERNATIVE,
  OG_PATH_ZERO_OR_ONE,
  OG_PATH_ZERO_OR_MORE,
  OG_PATH_ONE_OR_MORE,
  OG_PATH_NEGATED /* !(iris), in one direction */
} OgPathKind;

typedef struct OgPath {
  OgPathKind kind;
  OgTerm iri;                 /* LINK */
  const struct OgPath *a, *b; /* parts; b of SEQUENCE and ALTERNATIVE */
  const OgTerm *iris;         /* NEGATED */
  size_t iri_count;
} OgPath;

/* ---- Expressions (17) ---- */

typedef enum OgExpressionKind {
  OG_EXPRESSION_TERM,
  OG_EXPRESSION_VARIABLE,
  OG_EXPRESSION_CALL,     /* an operator or built-in of the table below */
  OG_EXPRESSION_EXISTS,   /* pattern; NOT EXISTS is OG_NOT of it */
  OG_EXPRESSION_AGGREGATE /* in the parser only: patterns hold variables in its stead */
} OgExpressionKind;

/* How a row of the table is compiled. */
typedef enum OgCallKind {
  OG_CALL_OR,
  OG_CALL_AND,
  OG_CALL_NOT,
  OG_CALL_EQUAL,
  OG_CALL_NOT_EQUAL,
  OG_CALL_LESS,
  OG_CALL_GREATER,
  OG_CALL_NOT_GREATER,
  OG_CALL_NOT_LESS,
  OG_CALL_IN,
  OG_CALL_NOT_IN,
  OG_CALL_BOUND,
  OG_CALL_IF,
  OG_CALL_COALESCE,
  OG_CALL_SAME_TERM,
  OG_CALL_BLANK_NODE, /* takes the solution beside its argument */
  OG_CALL_STR,
  OG_CALL_LANG,
  OG_CALL_SEARCH,    /* a PREDICATE of two strings, of the first of which only its text matters */
  OG_CALL_PREDICATE, /* SQL function `sql`: 0, 1 or NULL */
  OG_CALL_FUNCTION,  /* SQL function `sql`: a term */
  OG_CALL_FOLD,      /* the same, of any number of arguments: a + b + c */
  OG_CALL_VOLATILE   /* the same, with another answer at each call */
} OgCallKind;

typedef struct OgBuiltin {
  const char *name; /* as written; for casts the IRI */
  OgCallKind kind;
  int least, most; /* arguments; most < 0: any number */
  const char *sql; /* name of the SQL function, NULL where the kind says how */
} OgBuiltin;

typedef struct OgExpression {
  OgExpressionKind kind;
  OgTerm term;
  int variable;
  const OgBuiltin *builtin;
  const struct OgExpression **arguments; /* AGGREGATE: one, or none for COUNT(*) */
  size_t count;
  const struct OgAlgebra *pattern; /* EXISTS */
  const struct OgAggregate *aggregate;
} OgExpression;

/* ---- Aggregates (11) ---- */

typedef struct OgAggregateFunction {
  const char *name;
  const char *sql;    /* the aggregate function in SQL */
  const char *finish; /* what makes a term of its result; NULL: it is one */
} OgAggregateFunction;

typedef struct OgAggregate {
  const OgAggregateFunction *function;
  bool distinct;
  const OgExpression *argument; /* NULL: COUNT(*) */
  OgText separator;             /* GROUP_CONCAT */
  int variable;                 /* that holds the result */
} OgAggregate;

/* ---- Patterns and modifiers (18.2) ---- */

typedef enum OgAlgebraKind {
  OG_ALGEBRA_JOIN,      /* of any number of children; none: one empty solution */
  OG_ALGEBRA_TRIPLE,    /* subject predicate object */
  OG_ALGEBRA_PATH,      /* subject path object; a path that may repeat */
  OG_ALGEBRA_LEFT_JOIN, /* children[0], children[1], condition (NULL: true) */
  OG_ALGEBRA_UNION,
  OG_ALGEBRA_MINUS,
  OG_ALGEBRA_FILTER, /* children[0], condition */
  OG_ALGEBRA_EXTEND, /* children[0], variable := condition */
  OG_ALGEBRA_GRAPH,  /* graph, children[0] */
  OG_ALGEBRA_VALUES,
  OG_ALGEBRA_GROUP,   /* children[0], keys (variables), aggregates */
  OG_ALGEBRA_PROJECT, /* children[0], variables: a scope of its own */
  OG_ALGEBRA_DISTINCT,
  OG_ALGEBRA_ORDER,
  OG_ALGEBRA_SLICE
} OgAlgebraKind;

typedef struct OgOrder {
  const OgExpression *key;
  bool descending;
} OgOrder;

typedef struct OgAlgebra {
  OgAlgebraKind kind;
  const struct OgAlgebra **children;
  size_t count;
  OgSlot subject, predicate, object; /* TRIPLE, PATH */
  const OgPath *path;
  OgSlot graph;
  const OgExpression *condition;
  int variable;         /* EXTEND */
  const int *variables; /* PROJECT, VALUES, GROUP */
  size_t variable_count;
  const OgTerm *terms; /* VALUES: (rows, variable_count); UNDEF is OG_UNBOUND */
  size_t rows;
  const OgAggregate *const *aggregates;
  size_t aggregate_count;
  const OgOrder *orders;
  size_t order_count;
  bool has_limit;
  uint64_t limit, offset;
} OgAlgebra;

/* ---- A query ---- */

typedef struct OgTemplate {
  OgSlot subject, predicate, object; /* variables without a name are blank nodes of the template */
} OgTemplate;

typedef struct OgSparqlQuery {
  OgArena arena;
  OgSparqlForm form;
  const OgAlgebra *pattern; /* SELECT: with all modifiers and a projection at the top */
  const char **names;       /* of variables; NULL for those without */
  size_t variable_count;
  const OgTemplate *templates; /* CONSTRUCT */
  size_t template_count;
  const OgSlot *described; /* DESCRIBE; the variables of pattern's projection come first */
  size_t described_count;
  bool has_dataset; /* FROM or FROM NAMED */
  const OgText *from, *from_named;
  size_t from_count, from_named_count;
  const char *base; /* for IRI(); NULL when none */
} OgSparqlQuery;

void og_sparql_query_clear(OgSparqlQuery *query);

/* Operators, built-in functions and casts; the last row has name NULL. */
extern const OgBuiltin og_sparql_builtins[];
const OgBuiltin *og_sparql_operator(OgCallKind kind);

/* A row by its name without regard to case, or NULL. */
const OgBuiltin *og_sparql_find_builtin(OgText name);
/* The cast of a datatype's IRI, or NULL. */
const OgBuiltin *og_sparql_find_cast(OgText iri);

extern const OgAggregateFunction og_sparql_aggregates[];
const OgAggregateFunction *og_sparql_find_aggregate(OgText name);

/* A set of variables. */
typedef struct OgVariableSet {
  unsigned char *has; /* (count) */
  size_t count;
} OgVariableSet;

/* Add the variables that are in scope of the pattern (18.2.1). */
void og_algebra_scope(const OgAlgebra *algebra, OgVariableSet *set);

/* Whether a call in the expression has another value each time. */
bool og_expression_is_volatile(const OgExpression *expression);

/* Append the algebra as an indented tree. */
OG_MUST_CHECK OgStatus og_algebra_print(const OgSparqlQuery *query, OgBuffer *text, OgError *err);

#endif
