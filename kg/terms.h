/* terms: the terms of an import as dense numbers 0, 1, 2, … in order of first sight.
 *
 * Two terms are one when RDF 1.1 says so: literals by lexical form, datatype and language tag,
 * where no datatype, xsd:string and (with a tag) rdf:langString say the same; blank nodes by label
 * within one scope. A datatype is a term of its own, numbered before the literals that bear it.
 *
 * Each term is interned as its class (kind, datatype, language, scope) and its text. */
#ifndef OG_KG_TERMS_H
#define OG_KG_TERMS_H

#include "core/quad.h"

#include <stdint.h>

#define OG_TERM_NONE UINT32_MAX

typedef struct OgTerms OgTerms;

/* One term as it is kept. Texts are those of the table, until its next change. */
typedef struct OgTermRecord {
  OgTermKind kind;
  uint32_t datatype; /* a term, or OG_TERM_NONE */
  OgText text;
  OgText language; /* empty when none */
} OgTermRecord;

/* A moment in the life of a table. */
typedef struct OgTermsMark {
  uint32_t texts, tags;
  size_t classes;
} OgTermsMark;

OgTerms *og_terms_new(void);
void og_terms_free(OgTerms *terms);

/* Blank nodes added from now on are none of those before, whatever their labels. */
OG_MUST_CHECK OgStatus og_terms_new_scope(OgTerms *terms, OgError *err);

/* The number of a term, added when new. On failure the table is as good as before. */
OG_MUST_CHECK OgStatus og_terms_add(OgTerms *terms, const OgTerm *term, uint32_t *number,
                                    OgError *err);

OgTermsMark og_terms_mark(const OgTerms *terms);

/* Forget what was added since. If that began a scope, a new one has to begin before blank nodes are
 * added. */
void og_terms_forget(OgTerms *terms, OgTermsMark mark);

uint32_t og_terms_count(const OgTerms *terms);
void og_terms_get(const OgTerms *terms, uint32_t number, OgTermRecord *record);

#endif
