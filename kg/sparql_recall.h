/* sparql_recall: terms of the graph by their ids, each read once as long as memory allows.
 *
 * A query's statement gives ids, and most ids come again and again: what a term says is looked up
 * afterwards, and remembered. Looking up is one statement that is never done:
 *
 *   SELECT … FROM og_wanted CROSS JOIN term ON term.id = og_wanted.id
 *
 * where the virtual table og_wanted has, at each step, the id that is asked for next. Starting a
 * statement anew for each id takes several times as long. */
#ifndef OG_KG_SPARQL_RECALL_H
#define OG_KG_SPARQL_RECALL_H

#include "kg/sparql_term.h"

struct sqlite3_module;
struct sqlite3_stmt;

/* Inside struct OgSqlFunctions, one for each handle. */
typedef struct OgTermRecall {
  OgTermReader *reader;
  struct sqlite3_stmt *rows; /* at work, or NULL */
  int64_t wanted;            /* 0: none */
  uint64_t epoch;            /* how often all was forgotten */
  OgArena texts;
  struct OgRecalled *places; /* a hash table by id */
  size_t count, capacity;
} OgTermRecall;

/* The module of og_wanted; its client data is an OgTermRecall. */
extern const struct sqlite3_module og_wanted_module;

void og_recall_init(OgTermRecall *recall, OgTermReader *reader);
void og_recall_clear(OgTermRecall *recall);

/* The term with this id; a blank node is called "b" and its id, for labels in files are not unique
 * in the graph. It lives until og_recall_trim. OG_BAD_STORE when there is none; OG_CANCELLED, and
 * err is left alone, when the progress handler has ended the query. */
OG_MUST_CHECK OgStatus og_recall_term(OgTermRecall *recall, int64_t id, const OgTypedTerm **term,
                                      OgError *err);

/* Between two rows: forget all when it has become much (1 MB of texts). */
void og_recall_trim(OgTermRecall *recall);

/* The query is over: forget all, leave the statement. */
void og_recall_stop(OgTermRecall *recall);

#endif
