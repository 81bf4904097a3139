/* naive: SPARQL queries as trees of their own, evaluated by the letter of section 18 of the
 * specification: multisets of solutions, joined by looking at every pair.
 *
 * Shares no code with kg/sparql*: neither parser nor algebra, terms nor functions. A query is made
 * as a tree, written as text for the engine, and evaluated here. */
#ifndef OG_TESTS_KG_NAIVE_H
#define OG_TESTS_KG_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Variables ?a … ?h; the last slot is a blank node's label, of one block of triples. */
enum { VARIABLES = 8, LABEL = VARIABLES, SLOTS = VARIABLES + 1, UNBOUND = -1, ERROR = -1 };
enum { MOST_PARTS = 6, MOST_ROWS = 4, GRAPHS = 2, MOST_TRIPLES = 64 };

/* ---- Terms: numbers of a table ---- */

typedef enum Kind { IRI, BLANK, INTEGER, DECIMAL, STRING, TAGGED, BOOLEAN } Kind;

typedef struct Term {
  Kind kind;
  char text[48]; /* IRI: after ex:; BLANK: label; literals: lexical form */
  double value;  /* numbers */
} Term;

int term_number(Kind kind, const char *text);
const Term *term_of(int number);
/* As queries write it: ex:a, _:b, 'x', 'x'@en, 1, 1.5, true. */
void term_print(int number, FILE *out);
void terms_clear(void);

/* ---- Trees ---- */

/* A place: a variable (0 … LABEL), or a term. */
typedef struct Slot {
  int variable; /* or UNBOUND */
  int term;
} Slot;

typedef enum PathKind {
  PATH_LINK,
  PATH_INVERSE,
  PATH_SEQUENCE,
  PATH_CHOICE,
  PATH_OPTIONAL,
  PATH_ANY,
  PATH_SOME,
  PATH_NOT, /* !ex:p */
} PathKind;

typedef struct Path {
  PathKind kind;
  int term; /* LINK, NOT */
  struct Path *a, *b;
} Path;

typedef struct Triple {
  Slot subject, predicate, object;
  Path *path; /* in place of the predicate; NULL: none */
} Triple;

typedef enum Operator {
  OP_VARIABLE,
  OP_TERM,
  OP_EQUAL,
  OP_NOT_EQUAL,
  OP_LESS,
  OP_NOT_LESS,
  OP_AND,
  OP_OR,
  OP_NOT,
  OP_ADD,
  OP_SUBTRACT,
  OP_BOUND,
  OP_IF,
  OP_COALESCE,
  OP_IN,
  OP_NOT_IN,
  OP_SAME_TERM,
  OP_IS_IRI,
  OP_IS_LITERAL,
  OP_IS_NUMERIC,
  OP_STR,
  OP_LANG,
  OP_EXISTS,
  OP_NOT_EXISTS,
  OPERATORS
} Operator;

typedef struct Expression {
  Operator op;
  int variable, term;
  struct Expression *parts[3];
  size_t count;
  struct Group *group; /* EXISTS */
} Expression;

typedef enum PartKind {
  PART_TRIPLES,
  PART_GROUP,
  PART_OPTIONAL,
  PART_UNION,
  PART_MINUS,
  PART_GRAPH,
  PART_FILTER,
  PART_BIND,
  PART_VALUES,
  PART_SELECT
} PartKind;

typedef struct Part {
  PartKind kind;
  Triple triples[3];
  size_t count;            /* of triples, of groups of UNION, of rows of VALUES */
  struct Group *groups[3]; /* the first: of OPTIONAL, GROUP, MINUS, GRAPH */
  Slot graph;
  Expression *expression; /* FILTER, BIND */
  int variable;           /* BIND */
  int variables[2];       /* VALUES */
  size_t variable_count;
  int rows[MOST_ROWS][2];
  struct Select *select;
} Part;

typedef struct Group {
  Part *parts[MOST_PARTS];
  size_t count;
} Group;

typedef enum Aggregate { COUNT_ROWS, COUNT_VALUES, COUNT_DISTINCT, SUM } Aggregate;

typedef struct Select {
  bool ask, star, distinct;
  int variables[4]; /* projected; without GROUP BY */
  size_t variable_count;
  Expression *expression; /* (expression AS ?as); NULL: none */
  int as;
  bool grouped;
  int key; /* GROUP BY ?key; UNBOUND: one group */
  Aggregate aggregate;
  int argument; /* of the aggregate; its result is ?as */
  int having;   /* HAVING (aggregate > n); UNBOUND: none */
  Group *where;
} Select;

void select_print(const Select *select, FILE *out);

/* The variables that are in scope (18.2.1), as bits. */
unsigned group_scope(const Group *group);
unsigned select_scope(const Select *select);

/* ---- Data ---- */

typedef struct Data {
  int triples[GRAPHS][MOST_TRIPLES][3];
  size_t counts[GRAPHS];
  int names[GRAPHS]; /* IRIs */
} Data;

/* ---- Answers ---- */

typedef struct Solutions {
  int (*rows)[SLOTS];
  size_t count, capacity;
} Solutions;

/* Evaluate; false when there would be too many solutions to be worth it. Release with
 * solutions_clear. ASK: one row or none. */
bool evaluate(const Data *data, const Select *select, Solutions *solutions);
void solutions_clear(Solutions *solutions);

#endif
