/* lookup: which entity a person means, and a search over names. */
#ifndef OG_KG_LOOKUP_H
#define OG_KG_LOOKUP_H

#include "core/arena.h"
#include "kg/store.h"

/* An entity that was found. Texts live in the arena of their list. */
typedef struct OgFound {
  int64_t entity;
  const char *label;
  const char *iri;
  const char *curie;     /* NULL when no prefix fits */
  const char *kind;      /* of the entity: "class", … */
  const char *name;      /* the name that matched; NULL when found by IRI, CURIE or number */
  const char *name_kind; /* "label", "exact", …; NULL likewise */
  const char *language;  /* of the name; NULL when it has none */
  double score;          /* (0, 1], for showing: og_lookup, how well the name stands for the entity;
                            og_find_names, how much of the name the query covers */
  bool deprecated;
} OgFound;

typedef struct OgFoundList {
  OgFound *items; /* best first, each entity once */
  size_t count;
  OgArena arena;
} OgFoundList;

#define OG_FOUND_LIST_INIT                                                                         \
  { NULL, 0, OG_ARENA_INIT }

/* Replace found with the entities that text means, read as the first of these that fits: "#123"
 * (entity.id), <IRI> or IRI, CURIE ("DOID:1612", "obo:DOID_1612"), a name (compared in normal form,
 * kg/names.h), a local name ("DOID_1612"), a notation
 * (skos:notation, "C01.539", as it is written), a local name or CURIE in another case ("doid_1612",
 * "doid:1612"). Several entities that bear the name come ranked: not deprecated, kind of name,
 * written the same, edges; a thousand at most. None is OG_NOT_FOUND: it says that the text is
 * a property, or in statements only, or up to three names that were possibly meant. */
OG_API OG_MUST_CHECK OgStatus og_lookup(OgStore *store, const char *text, OgFoundList *found,
                                        OgError *err);

/* The best of og_lookup as a number. */
OG_API OG_MUST_CHECK OgStatus og_lookup_entity(OgStore *store, const char *text, int64_t *entity,
                                               OgError *err);

/* Replace found with up to limit entities that have a name with all the words of query, each as the
 * beginning of a word: names equal to the query first, then names beginning with it, each of these
 * not deprecated first, then by bm25. Any text is a valid query (of which 32 words count); nothing
 * found is an empty list and OG_OK. */
OG_API OG_MUST_CHECK OgStatus og_find_names(OgStore *store, const char *query, size_t limit,
                                            OgFoundList *found, OgError *err);

/* Call what was found by its labels in these languages ("de,en"), best first. */
OG_API OG_MUST_CHECK OgStatus og_found_prefer(OgStore *store, const char *languages,
                                              OgFoundList *found, OgError *err);

OG_API void og_found_clear(OgFoundList *found);

#endif
