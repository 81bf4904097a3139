/* query: a user's SQL over the graph, read-only and within limits.
 *
 * Whatever the text says, the graph stays as it is, no other file is opened and no code is loaded:
 * an authorizer allows reading, functions and harmless pragmas, and nothing else. */
#ifndef OG_KG_QUERY_H
#define OG_KG_QUERY_H

#include "core/progress.h"
#include "kg/store.h"

typedef enum OgValueKind { OG_NULL, OG_INTEGER, OG_REAL, OG_STRING, OG_BLOB } OgValueKind;

/* A cell. bytes live during the callback only; strings are UTF-8 and terminated. */
typedef struct OgValue {
  OgValueKind kind;
  int64_t integer;
  double real;
  const char *bytes; /* OG_STRING, OG_BLOB */
  size_t size;
} OgValue;

/* Who takes the rows. A status other than OG_OK ends the query and is returned. */
typedef struct OgRows {
  /* Once, before the first row, also when there is none. Names live during the call. */
  OgStatus (*columns)(void *data, const char *const *names, size_t count, OgError *err);
  OgStatus (*row)(void *data, const OgValue *values, size_t count, OgError *err);
  void *data;
} OgRows;

typedef struct OgQueryLimits {
  uint64_t rows;    /* stop after so many; 0: any number */
  double seconds;   /* give up after; 0: never */
  size_t text_size; /* bytes of the query; 0: 1 MB */
  size_t cell_size; /* bytes of one value; 0: 64 MB */
} OgQueryLimits;

typedef struct OgQuerySummary {
  uint64_t rows;
  bool truncated; /* there were more rows than the limit */
  double seconds;
} OgQuerySummary;

/* Run one SELECT (or VALUES, WITH, EXPLAIN, an allowed PRAGMA). limits, progress and summary may be
 * NULL. Bad SQL, several statements and writing are OG_USAGE with the place in the text; over
 * limits->seconds or stopped by progress, OG_CANCELLED. */
OG_API OG_MUST_CHECK OgStatus og_query_sql(OgStore *store, const char *sql,
                                           const OgQueryLimits *limits, const OgProgress *progress,
                                           const OgRows *rows, OgQuerySummary *summary,
                                           OgError *err);

#endif
