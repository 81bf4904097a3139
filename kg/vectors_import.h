/* vectors_import: vectors made elsewhere, from a text file into an embedding set.
 *
 * word2vec's text format (core/vector_text.h). A key is an IRI, a CURIE or a name; "_" in a name
 * stands for a space. */
#ifndef OG_KG_VECTORS_IMPORT_H
#define OG_KG_VECTORS_IMPORT_H

#include "core/progress.h"
#include "kg/vectors.h"

typedef struct OgVectorsImport {
  size_t rows;      /* of the file */
  size_t unknown;   /* rows whose key names no entity */
  size_t repeated;  /* rows of an entity that an earlier row gave a vector: left out */
  char example[64]; /* the first unknown key; "" when there is none */
} OgVectorsImport;

/* Read path (gzip'd or not, "-" is standard input) and store the set under a name. On OG_OK vectors
 * is the set, for the caller to clear. A line that cannot be read is OG_BAD_DATA; a file that names
 * no entity of the graph is OG_NOT_FOUND; the graph file is then as it was. */
OG_API OG_MUST_CHECK OgStatus og_vectors_import(OgStore *store, const char *path, const char *name,
                                                const OgProgress *progress, OgVectors *vectors,
                                                OgVectorsImport *report, OgError *err);

#endif
