/* refs: how entities are called: label, IRI and CURIE, each read once. */
#ifndef OG_KG_REFS_H
#define OG_KG_REFS_H

#include "core/arena.h"
#include "core/buffer.h"
#include "kg/store.h"

typedef struct OgCursor OgCursor;
typedef struct OgPrefixes OgPrefixes;

typedef struct OgEntityRef {
  int64_t id;
  const char *label; /* in the preferred language where there is one */
  const char *iri;
  const char *curie; /* NULL when no prefix fits */
  bool deprecated;
} OgEntityRef;

/* What an entity is called by where there is room for one identifier: its CURIE, else its IRI. */
OG_API const char *og_entity_ref_id(const OgEntityRef *ref);

typedef struct OgRefs OgRefs;

/* Labels are chosen by languages, "de,en", best first; NULL: as the graph was told (entity.label).
 * The store and languages must outlive *refs. On OG_OK the caller owns *refs. */
OG_API OG_MUST_CHECK OgStatus og_refs_new(OgStore *store, const char *languages, OgRefs **refs,
                                          OgError *err);
OG_API void og_refs_free(OgRefs *refs);

/* *known: NULL when a name of the graph is in one of these languages, or none has a language;
 * otherwise the languages that names are in, most first, "en, de", of many the first eight. */
OG_API OG_MUST_CHECK OgStatus og_languages_miss(OgStore *store, const char *languages,
                                                OgArena *arena, const char **known, OgError *err);

/* An entity by its number (entity.id), read when first asked for; *ref stays until og_refs_free. No
 * such entity is OG_NOT_FOUND. */
OG_API OG_MUST_CHECK OgStatus og_refs_find(OgRefs *refs, int64_t entity, const OgEntityRef **ref,
                                           OgError *err);

/* ---- For the files of kg/ ------------------------------------------------------------------ */

/* Reads one entity after another, without keeping any. */
typedef struct OgRefReader {
  OgStore *store;
  OgPrefixes *prefixes;
  const char *languages; /* NULL: entity.label */
  OgBuffer scratch;
} OgRefReader;

/* On OG_OK the caller releases *reader with og_ref_reader_clear. */
OG_MUST_CHECK OgStatus og_ref_reader_init(OgStore *store, const char *languages,
                                          OgRefReader *reader, OgError *err);
void og_ref_reader_clear(OgRefReader *reader);

/* Fill in *ref with texts in the arena; id 0 when there is no such entity. */
OG_MUST_CHECK OgStatus og_ref_read(OgRefReader *reader, int64_t entity, OgArena *arena,
                                   OgEntityRef *ref, OgError *err);

/* Read the rows of a cursor, a text and its language, to the end and close it. *text: the one in
 * the language that is liked best; it stays as it is when there is none. */
OG_MUST_CHECK OgStatus og_choose_text(OgCursor *cursor, const char *languages, OgArena *arena,
                                      const char **text, OgError *err);

/* The preference that the graph was told (import --lang), by which entity.label is chosen; "en"
 * when it was told none. */
OG_MUST_CHECK OgStatus og_languages_of(OgStore *store, OgArena *arena, const char **languages,
                                       OgError *err);

/* Place of a language in the preference "de,en": 0 is best; none comes behind all that are listed,
 * others behind that. */
unsigned og_language_rank(const char *languages, const char *language);

#endif
