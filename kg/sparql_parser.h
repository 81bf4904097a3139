/* sparql_parser: what the files of the parser share: the tokens, names, variables and scopes of one
 * query. Private to sparql_parse*.c. */
#ifndef OG_KG_SPARQL_PARSER_H
#define OG_KG_SPARQL_PARSER_H

#include "core/intern.h"
#include "kg/sparql_lex.h"
#include "kg/sparql_parse.h"

/* Patterns that are gathered. */
typedef struct OgPatterns {
  const OgAlgebra **items;
  size_t count, capacity;
} OgPatterns;

typedef struct OgDeclaration {
  OgText prefix, iri;
} OgDeclaration;

/* A blank node's label: a variable within one basic graph pattern, and nowhere else. */
typedef struct OgBlankLabel {
  OgText label;
  int variable;
  long block;
} OgBlankLabel;

/* The aggregates of one SELECT. */
typedef struct OgAggregates {
  const OgAggregate **items;
  size_t count, capacity;
} OgAggregates;

typedef struct OgParser {
  OgLexer lexer;
  OgToken token; /* the next one */
  OgSparqlQuery *query;
  OgArena *arena; /* the query's */
  const OgSparqlPrefixes *known;
  OgDeclaration *declared;
  size_t declared_count, declared_capacity;
  OgIntern *names; /* of variables */
  int *named;      /* name -> variable */
  size_t named_capacity;
  size_t variable_capacity;
  OgBlankLabel *labels;
  size_t label_count, label_capacity;
  long block, blocks;       /* the basic graph pattern at work; how many there were */
  OgPatterns *target;       /* where triples go */
  bool in_template;         /* of CONSTRUCT: no paths */
  OgAggregates *aggregates; /* NULL where an aggregate has no place */
  int depth;
  OgError *err;
} OgParser;

/* ---- Tokens ---- */

OgStatus og_parser_advance(OgParser *p);
bool og_parser_is_sign(const OgParser *p, const char *sign);
bool og_parser_is_word(const OgParser *p, const char *word);
/* Step over a sign or word when it is next. */
OG_MUST_CHECK OgStatus og_parser_accept_sign(OgParser *p, const char *sign, bool *accepted);
OG_MUST_CHECK OgStatus og_parser_accept_word(OgParser *p, const char *word, bool *accepted);
/* Step over it, or report that it was expected. */
OG_MUST_CHECK OgStatus og_parser_expect_sign(OgParser *p, const char *sign);
OG_MUST_CHECK OgStatus og_parser_expect_word(OgParser *p, const char *word);
/* "expected WHAT, found …", at the next token. */
OgStatus og_parser_expected(OgParser *p, const char *what);

/* Bound the nesting; each enter that succeeds has its leave. */
OG_MUST_CHECK OgStatus og_parser_enter(OgParser *p);
void og_parser_leave(OgParser *p);

/* The name among `names` that is closest to what was written, or NULL when none is close. */
typedef const char *(*OgNames)(void *data, size_t k);
const char *og_parser_suggest(OgText written, OgNames names, void *data);

/* ---- Terms ---- */

void *og_parser_alloc(OgParser *p, size_t count, size_t size);

OG_MUST_CHECK OgStatus og_parser_variable(OgParser *p, OgText name, int *variable);
OG_MUST_CHECK OgStatus og_parser_fresh(OgParser *p, int *variable);
/* A variable token. */
OG_MUST_CHECK OgStatus og_parser_expect_variable(OgParser *p, int *variable);

/* An IRI, or a name with its prefix. */
bool og_parser_at_iri(const OgParser *p);
OG_MUST_CHECK OgStatus og_parser_iri(OgParser *p, OgTerm *term);
OG_MUST_CHECK OgStatus og_parser_set_base(OgParser *p, OgText iri);

/* At "+" or "-" with a number straight behind it: one token of the grammar, the longest. */
bool og_parser_at_signed_number(const OgParser *p);
/* A string with its language or datatype, a number, true or false. */
bool og_parser_at_literal(const OgParser *p);
OG_MUST_CHECK OgStatus og_parser_literal(OgParser *p, OgTerm *term);

/* ---- Parts of the grammar ---- */

OgAlgebra *og_parser_algebra(OgParser *p, OgAlgebraKind kind, size_t children);
OG_MUST_CHECK OgStatus og_parser_add(OgParser *p, OgPatterns *patterns, const OgAlgebra *pattern);
/* What was gathered, as one pattern. */
OG_MUST_CHECK OgStatus og_parser_join(OgParser *p, OgPatterns *patterns, const OgAlgebra **pattern);

/* Expression [110], Constraint [69], BrackettedExpression [120]. */
OG_MUST_CHECK OgStatus og_parse_expression(OgParser *p, const OgExpression **expression);
OG_MUST_CHECK OgStatus og_parse_constraint(OgParser *p, const OgExpression **expression);
OG_MUST_CHECK OgStatus og_parse_bracketed(OgParser *p, const OgExpression **expression);
/* `( expression AS ?variable )` after its opening bracket. */
OG_MUST_CHECK OgStatus og_parse_as(OgParser *p, const OgExpression **expression, int *variable);
const OgExpression *og_parser_variable_expression(OgParser *p, int variable);

/* GroupGraphPattern [53]. */
OG_MUST_CHECK OgStatus og_parse_group(OgParser *p, const OgAlgebra **pattern);
/* TriplesTemplate [52] between its braces: triples into p->target. */
OG_MUST_CHECK OgStatus og_parse_template(OgParser *p);
/* VarOrIri */
OG_MUST_CHECK OgStatus og_parse_variable_or_iri(OgParser *p, OgSlot *slot);
/* DataBlock [62] */
OG_MUST_CHECK OgStatus og_parse_values(OgParser *p, const OgAlgebra **pattern);
/* SubSelect [8] from SELECT on. */
OG_MUST_CHECK OgStatus og_parse_select(OgParser *p, const OgAlgebra **pattern);
/* A basic graph pattern ends: its labels are no longer known. */
void og_parser_new_block(OgParser *p);

#endif
