/* catalog: XML catalogs (OASIS, XML Catalogs 1.1 of 7 October 2005): where on this machine an
 * ontology is that is named by an IRI.
 *
 * Of the entries, uri, rewriteURI and nextCatalog are read, in group or not, with xml:base; what is
 * said of DTDs and of other people's entries is passed over. Only files come out: an entry that
 * points to the network leads nowhere. */
#ifndef OG_INGEST_CATALOG_H
#define OG_INGEST_CATALOG_H

#include "core/buffer.h"
#include "core/quad.h"

#include <stdbool.h>

typedef struct OgCatalog OgCatalog;

OG_API OgCatalog *og_catalog_new(void);
OG_API void og_catalog_free(OgCatalog *catalog);

/* Read the catalog at path and those that it names, behind those read before. */
OG_API OG_MUST_CHECK OgStatus og_catalog_add(OgCatalog *catalog, const char *path, OgError *err);

/* The file at path is a catalog that was read. */
bool og_catalog_has_read(const OgCatalog *catalog, const char *path);

/* An IRI without "#" and "/" at its end: what catalogs and imports go by. */
OgText og_catalog_name(OgText iri);

/* The path of the file that an IRI stands for, *path NULL when none does: the first uri entry, else
 * the rewriteURI entry with the longest start. IRIs are compared by og_catalog_name. *path
 * is valid until the next call. From a catalog inside an archive no path leads out. */
OG_API OG_MUST_CHECK OgStatus og_catalog_find(OgCatalog *catalog, OgText iri, const char **path,
                                              OgError *err);

/* *iri = what the catalogs call the file at path, an absolute one: by the entry that leads closest
 * to it. Empty when none does. */
OG_API OG_MUST_CHECK OgStatus og_catalog_address(OgCatalog *catalog, const char *path,
                                                 OgBuffer *iri, OgError *err);

#endif
