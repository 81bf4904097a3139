/* quad: RDF terms and statements as readers hand them over (RDF 1.1 Concepts, section 3).
 *
 * Readers push statements into an OgSink and know nothing of what it does with them. */
#ifndef OG_CORE_QUAD_H
#define OG_CORE_QUAD_H

#include "core/error.h"

typedef enum OgTermKind { OG_IRI = 1, OG_BLANK = 2, OG_LITERAL = 3 } OgTermKind;

/* A length-counted piece of UTF-8; not terminated. */
typedef struct OgText {
  const char *data;
  size_t size;
} OgText;

#define OG_TEXT(literal) ((OgText){"" literal, sizeof(literal) - 1})

typedef struct OgTerm {
  OgTermKind kind;
  OgText text; /* the IRI, the blank node's label (without "_:"), or the lexical form as written */
  OgText datatype; /* literals: the datatype IRI; empty means xsd:string, or rdf:langString with a
                      language */
  OgText language; /* literals: the language tag as written; empty when none */
} OgTerm;

/* Where statements go. Terms are valid during the call only. */
typedef struct OgSink {
  OgStatus (*statement)(void *data, const OgTerm *subject, const OgTerm *predicate,
                        const OgTerm *object, OgError *err);
  /* A namespace prefix that the file declares; may be NULL. */
  OgStatus (*prefix)(void *data, OgText prefix, OgText iri, OgError *err);
  /* The file broke a rule that does not stop the import (kind is a short constant such as
   * "ill-formed rdf:ID"); may be NULL. */
  OgStatus (*warning)(void *data, const char *kind, long line, long column, const char *message,
                      OgError *err);
  void *data;
} OgSink;

#endif
