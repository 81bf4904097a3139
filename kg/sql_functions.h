/* sql_functions: the functions of SPARQL inside SQLite, for the SQL that sparql_sql composes.
 *
 * Values are as kg/sparql_term.h has them: an id, a BLOB, or NULL for what is unbound or an error.
 * Conditions are 0, 1 or NULL, so that SQL's AND, OR and NOT are SPARQL's && || and ! (17.2). */
#ifndef OG_KG_SQL_FUNCTIONS_H
#define OG_KG_SQL_FUNCTIONS_H

#include "core/random.h"
#include "kg/sparql_recall.h"
#include "kg/sparql_regex.h"

struct sqlite3_context;
struct sqlite3_value;

/* What the functions of one handle share. */
typedef struct OgSqlFunctions {
  OgTermReader reader;
  OgTermRecall recall;
  OgKept prefixes; /* their namespaces; text NULL: nothing declares it */
  OgArena arena;   /* of one call */
  OgBuffer text;   /* results in the making */
  OgBuffer blob;
  OgRegexCache *regexes;
  OgRandom random;
  const char *base; /* of the query, for IRI(), which it outlives; or NULL */
  char now[32];     /* of the query; "" until asked for */
  uint64_t blanks;  /* made by BNODE() */
  OgError fault;    /* what a function met that is no error of the expression */
} OgSqlFunctions;

/* Register the functions on the store's handle, once, and get what they share, which lives as long
 * as the handle; ready for a new query, whose base is to be set when it has one. */
OG_MUST_CHECK OgStatus og_sql_functions(OgStore *store, OgSqlFunctions **functions, OgError *err);

/* ---- For the files that hold functions ---- */

/* One call. */
typedef struct OgCall {
  OgSqlFunctions *shared;
  struct sqlite3_context *sql;
  struct sqlite3_value **values;
  int count;
} OgCall;

typedef struct OgSqlFunction {
  const char *name;
  int arguments;    /* -1: any number */
  bool is_volatile; /* another answer at each call */
  void (*run)(OgCall *call);
} OgSqlFunction;

typedef struct OgSqlAggregate {
  const char *name;
  void (*step)(OgCall *call);
  void (*finish)(OgCall *call); /* count is 0 */
} OgSqlAggregate;

/* Rows end with name NULL. */
extern const OgSqlFunction og_sql_operators[];
extern const OgSqlFunction og_sql_strings[];
extern const OgSqlFunction og_sql_lists[];
extern const OgSqlAggregate og_sql_aggregates[];

/* Argument k as a term; false when it is NULL. Valid until the call ends. */
bool og_call_term(OgCall *call, int k, OgTypedTerm *term);

/* Results. A call that gives none is NULL. */
void og_call_give(OgCall *call, const OgTypedTerm *term);
void og_call_give_literal(OgCall *call, OgText lexical, OgDatatype type);
void og_call_give_truth(OgCall *call, bool truth);
/* A fault that ends the query. */
void og_call_fail(OgCall *call, OgStatus status);
/* Bytes that a value may have. */
size_t og_call_room(OgCall *call);

/* Whether a value may have so many bytes; if not, the call has failed: memory is not to grow until
 * SQLite sees the whole of it. */
bool og_call_fits(OgCall *call, size_t size);

/* A copy of the shared buffer `text`'s content as a literal with the first's language. */
void og_call_give_like(OgCall *call, const OgTypedTerm *first, OgText text);

/* How values compare: by =, and in ORDER BY. */
typedef enum OgTruth { OG_FALSE, OG_TRUE, OG_ERROR } OgTruth;
OgTruth og_terms_equal(const OgTypedTerm *a, const OgTypedTerm *b);

/* Replace key with bytes whose order is that of ORDER BY (15.1), whatever two terms are compared.
 */
OG_MUST_CHECK OgStatus og_order_key(const OgTypedTerm *term, OgBuffer *key, OgError *err);

#endif
