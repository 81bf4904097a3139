/* prefixes: short names for IRIs and back: "DOID:1612" and
 * <http://purl.obolibrary.org/obo/DOID_1612>.
 *
 * Knows the prefixes that the graph's sources declare, then those of core/vocab.h, and the
 * convention of the OBO Foundry: obo:DOID_1612 is written DOID:1612. Immutable once loaded. */
#ifndef OG_KG_PREFIXES_H
#define OG_KG_PREFIXES_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/intern.h"
#include "core/quad.h"
#include "kg/store.h"

#include <stdbool.h>

typedef struct OgPrefixes OgPrefixes;

OG_API OG_MUST_CHECK OgStatus og_prefixes_load(OgStore *store, OgPrefixes **prefixes, OgError *err);
OG_API void og_prefixes_free(OgPrefixes *prefixes);

/* The namespace of a prefix (case matters little: an exact match wins), or NULL. Lives as long as
 * prefixes. */
OG_API const char *og_prefixes_find(const OgPrefixes *prefixes, const char *prefix, size_t size);

/* The same, of a prefix written exactly so. */
OG_API const char *og_prefixes_exact(const OgPrefixes *prefixes, const char *prefix, size_t size);

/* Namespaces in order of preference, for trying a bare local name: NULL from count on. */
OG_API const char *og_prefixes_namespace(const OgPrefixes *prefixes, size_t number);

/* The prefix of that namespace. */
OG_API const char *og_prefixes_name(const OgPrefixes *prefixes, size_t number);

/* The longest of these namespaces that an IRI begins with, with one or more characters behind it
 * that are all local, at most 1,000 of them; OG_INTERN_NONE when there is none. Takes a look-up a
 * character, however many the namespaces are. */
uint32_t og_namespace_find(const OgIntern *namespaces, OgText iri, bool (*is_local)(char c));

/* Terms of the graph that a text may mean, the likeliest first: "GO:1" is an IRI, or a CURIE. */
typedef struct OgTermReadings {
  int64_t ids[3];
  size_t count;
} OgTermReadings;

/* Those of an IRI, <IRI> or CURIE: by itself, by the prefixes that are known, by the convention of
 * the OBO Foundry. scratch is for the work. */
OG_MUST_CHECK OgStatus og_prefixes_terms(const OgPrefixes *prefixes, OgStore *store,
                                         const char *text, OgBuffer *scratch, OgTermReadings *terms,
                                         OgError *err);

/* Replace curie with the shortest form of iri; OG_NOT_FOUND (err is left alone) when no prefix
 * fits. */
OG_API OG_MUST_CHECK OgStatus og_prefixes_shorten(const OgPrefixes *prefixes, const char *iri,
                                                  OgBuffer *curie, OgError *err);

/* The same into an arena; scratch is for the work. *curie is NULL, with OG_OK, when no prefix fits.
 */
OG_MUST_CHECK OgStatus og_prefixes_copy(const OgPrefixes *prefixes, const char *iri, OgArena *arena,
                                        OgBuffer *scratch, const char **curie, OgError *err);

#endif
