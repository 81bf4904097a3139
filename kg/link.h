/* link: the entities that a text names.
 *
 * A linker holds the graph's names in memory, normalised (kg/names.h), and finds their longest
 * matches in a text, left to right, without overlap and never across the end of a sentence. A name
 * that several entities bear gives the best-ranked one: by the kind of the name, not deprecated,
 * more edges. Inverted names ("Neoplasms, Breast") are found the other way round too. Not linked:
 * names of common words only, of numbers, of single letters, of more than 32 words; a short name in
 * capitals ("ALL", "CAT") only where the text has capitals too. Immutable once made: any number of
 * threads may use one linker. */
#ifndef OG_KG_LINK_H
#define OG_KG_LINK_H

#include "kg/store.h"

typedef struct OgLinker OgLinker;

typedef struct OgMention {
  size_t start, end; /* bytes of the text, [start, end), at character borders */
  int64_t entity;    /* entity.id */
  float score;       /* (0, 1]: how surely the name means this entity */
  uint32_t senses;   /* entities that bear the name; 1 = unambiguous */
} OgMention;

typedef struct OgMentions {
  OgMention *items;
  size_t count, capacity;
} OgMentions;

#define OG_MENTIONS_INIT                                                                           \
  { NULL, 0, 0 }

typedef struct OgLinkOptions {
  float min_score;      /* drop mentions below; 0 keeps all (default) */
  bool keep_deprecated; /* link to deprecated entities too instead of following replaced_by */
} OgLinkOptions;

/* options may be NULL. The store is not needed afterwards. */
OG_API OG_MUST_CHECK OgStatus og_linker_new(OgStore *store, const OgLinkOptions *options,
                                            OgLinker **linker, OgError *err);
OG_API void og_linker_free(OgLinker *linker);

/* Bytes of memory held. */
OG_API size_t og_linker_memory(const OgLinker *linker);

/* Replace mentions with those of the text (UTF-8; bad bytes separate words), in order of start. */
OG_API OG_MUST_CHECK OgStatus og_linker_find(const OgLinker *linker, const char *text, size_t size,
                                             OgMentions *mentions, OgError *err);

OG_API void og_mentions_clear(OgMentions *mentions);

#endif
