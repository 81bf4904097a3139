/* schema: the tables of the four levels (docs/schema.md), and what makes an SQLite file a graph.
 *
 * A graph says in its header whose it is (application_id "OGFT") and its schema (user_version).
 * Tables, indexes and views are rows of one table here, so that a bulk load can fill the tables
 * first and sort each index once. */
#ifndef OG_KG_SCHEMA_H
#define OG_KG_SCHEMA_H

#include "core/error.h"

struct sqlite3;

enum { OG_APPLICATION_ID = 0x4f474654, OG_SCHEMA_VERSION = 2 };

/* What a schema is made of, in the order of making. */
enum {
  OG_SCHEMA_TABLES = 1 << 0,         /* all tables, and the two numbers of the header */
  OG_SCHEMA_INDEX_0 = 1 << 1,        /* indexes of term and quad */
  OG_SCHEMA_INDEX_1 = 1 << 2,        /* indexes of edge and name */
  OG_SCHEMA_INDEX_INFERRED = 1 << 3, /* of inferred_edge */
  OG_SCHEMA_REST = 1 << 4,           /* indexes of levels 2 and 3, views */
  OG_SCHEMA_ALL = (1 << 5) - 1
};

/* Make these parts (a sum of OG_SCHEMA_…) inside the caller's transaction. path is for messages. */
OG_MUST_CHECK OgStatus og_schema_create(struct sqlite3 *db, unsigned parts, const char *path,
                                        OgError *err);

/* Drop the indexes of these parts, to be made again by og_schema_create. */
OG_MUST_CHECK OgStatus og_schema_drop_indexes(struct sqlite3 *db, unsigned parts, const char *path,
                                              OgError *err);

/* OG_OK when db is a graph of this schema; otherwise OG_BAD_STORE, or what kept SQLite from reading
 * it, with what was found and what to do. */
OG_MUST_CHECK OgStatus og_schema_check(struct sqlite3 *db, const char *path, OgError *err);

#endif
