#include "kg/refs.h"

#include "core/memory.h"
#include "kg/cursor.h"
#include "kg/prefixes.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

enum { FIRST_SLOTS = 256 };

typedef enum Sql { ENTITY, LABELS, LANGUAGES, NAME_LANGUAGES, TALLY, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ENTITY] = "SELECT label, text, deprecated FROM entity JOIN term USING(id) WHERE id = ?1",
    [LABELS] = ("SELECT text, language FROM name "
                "WHERE entity = ?1 AND kind IN ('label', 'preferred') ORDER BY id"),
    [LANGUAGES] = "SELECT value FROM setting WHERE name = 'languages'",
    [NAME_LANGUAGES] = "SELECT language FROM name WHERE language IS NOT NULL",
    [TALLY] = "SELECT language FROM name WHERE language IS NOT NULL "
              "GROUP BY language ORDER BY count(*) DESC, language",
};

static const OgSqlTable table = {sql, SQL_COUNT};

const char *og_entity_ref_id(const OgEntityRef *ref) {
  return ref->curie ? ref->curie : ref->iri;
}

/* ---- One ----------------------------------------------------------------------------------- */

OgStatus og_ref_reader_init(OgStore *store, const char *languages, OgRefReader *reader,
                            OgError *err) {
  *reader = (OgRefReader){.store = store, .languages = languages, .scratch = OG_BUFFER_INIT};
  return og_prefixes_load(store, &reader->prefixes, err);
}

void og_ref_reader_clear(OgRefReader *reader) {
  og_prefixes_free(reader->prefixes);
  og_buffer_clear(&reader->scratch);
}

OgStatus og_languages_of(OgStore *store, OgArena *arena, const char **languages, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  *languages = NULL;
  OG_TRY(og_cursor_open(store, &table, LANGUAGES, &cursor, err));
  if (og_cursor_next(&cursor, &status, err)) {
    status = og_cursor_copy(&cursor, 0, arena, languages, err);
  }
  og_cursor_close(&cursor);
  if (!*languages) {
    *languages = "en";
  }
  return status;
}

unsigned og_language_rank(const char *languages, const char *language) {
  unsigned rank = 0;
  for (const char *at = languages; *at; rank++) {
    const size_t size = strcspn(at, ", ");
    if (size > 0 && language && strncasecmp(language, at, size) == 0 &&
        (language[size] == '\0' || language[size] == '-')) {
      return rank;
    }
    at += size;
    at += strspn(at, ", ");
  }
  return rank + (language != NULL);
}

/* Whether a name is in one of the languages, and whether any has one. */
static OgStatus seek_languages(OgStore *store, const char *languages, bool *found, bool *any,
                               OgError *err) {
  const unsigned none = og_language_rank(languages, NULL);
  OgCursor cursor;
  OgStatus status = OG_OK;
  *found = *any = false;
  OG_TRY(og_cursor_open(store, &table, NAME_LANGUAGES, &cursor, err));
  while (status == OG_OK && !*found && og_cursor_next(&cursor, &status, err)) {
    const char *language;
    size_t size;
    status = og_cursor_text(&cursor, 0, &language, &size, err);
    *found = status == OG_OK && og_language_rank(languages, language) < none;
    *any = true;
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus list_languages(OgStore *store, OgBuffer *list, OgError *err) {
  enum { MOST = 8 };
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(store, &table, TALLY, &cursor, err));
  for (int k = 0; status == OG_OK && k <= MOST && og_cursor_next(&cursor, &status, err); k++) {
    const char *language;
    size_t size;
    OG_GO(og_cursor_text(&cursor, 0, &language, &size, err));
    status = og_buffer_format(list, err, "%s%.40s", k > 0 ? ", " : "", k < MOST ? language : "…");
  }
done:
  og_cursor_close(&cursor);
  return status;
}

OgStatus og_languages_miss(OgStore *store, const char *languages, OgArena *arena,
                           const char **known, OgError *err) {
  OgBuffer list = OG_BUFFER_INIT;
  bool found, any;
  OgStatus status;
  *known = NULL;
  OG_TRY(seek_languages(store, languages, &found, &any, err));
  if (found || !any) {
    return OG_OK;
  }
  OG_GO(list_languages(store, &list, err));
  *known = og_arena_copy(arena, list.data, list.size);
  status = *known ? OG_OK : og_error_no_memory(err);
done:
  og_buffer_clear(&list);
  return status;
}

OgStatus og_choose_text(OgCursor *cursor, const char *languages, OgArena *arena, const char **text,
                        OgError *err) {
  unsigned best = UINT_MAX;
  OgStatus status = OG_OK;
  while (status == OG_OK && og_cursor_next(cursor, &status, err)) {
    const char *language;
    size_t size;
    OG_GO(og_cursor_text(cursor, 1, &language, &size, err));
    const unsigned rank = og_language_rank(languages, language);
    if (rank < best) {
      best = rank;
      status = og_cursor_copy(cursor, 0, arena, text, err);
    }
  }
done:
  og_cursor_close(cursor);
  return status;
}

/* Replace the label by the one in the language that is liked best. */
static OgStatus choose_label(OgRefReader *reader, OgArena *arena, OgEntityRef *ref, OgError *err) {
  OgCursor cursor;
  OG_TRY(og_cursor_open(reader->store, &table, LABELS, &cursor, err));
  og_cursor_bind(&cursor, 1, ref->id);
  return og_choose_text(&cursor, reader->languages, arena, &ref->label, err);
}

OgStatus og_ref_read(OgRefReader *reader, int64_t entity, OgArena *arena, OgEntityRef *ref,
                     OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  *ref = (OgEntityRef){0};
  OG_TRY(og_cursor_open(reader->store, &table, ENTITY, &cursor, err));
  og_cursor_bind(&cursor, 1, entity);
  if (og_cursor_next(&cursor, &status, err)) {
    ref->id = entity;
    ref->deprecated = og_cursor_integer(&cursor, 2) != 0;
    OG_GO(og_cursor_copy(&cursor, 0, arena, &ref->label, err));
    OG_GO(og_cursor_copy(&cursor, 1, arena, &ref->iri, err));
    if (reader->languages) {
      OG_GO(choose_label(reader, arena, ref, err));
    }
    status =
        og_prefixes_copy(reader->prefixes, ref->iri, arena, &reader->scratch, &ref->curie, err);
  }
done:
  og_cursor_close(&cursor);
  return status;
}

/* ---- Many ---------------------------------------------------------------------------------- */

/* A hash table of what was read: open addressing, linear probing, at most 3/4 full. */
struct OgRefs {
  OgRefReader reader;
  OgArena arena;       /* of the refs and their texts */
  OgEntityRef **slots; /* (slot_count), NULL: free */
  size_t slot_count;   /* a power of two */
  size_t count;
};

OgStatus og_refs_new(OgStore *store, const char *languages, OgRefs **refs, OgError *err) {
  OgRefs *made = OG_NEW(OgRefs);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->arena = (OgArena)OG_ARENA_INIT;
  made->slot_count = FIRST_SLOTS;
  made->slots = OG_NEW_ARRAY(OgEntityRef *, FIRST_SLOTS);
  OgStatus status = og_ref_reader_init(store, languages, &made->reader, err);
  if (status == OG_OK && !made->slots) {
    status = og_error_no_memory(err);
  }
  if (status == OG_OK) {
    *refs = made;
  } else {
    og_refs_free(made);
  }
  return status;
}

void og_refs_free(OgRefs *refs) {
  if (refs) {
    og_ref_reader_clear(&refs->reader);
    og_arena_clear(&refs->arena);
    og_free(refs->slots);
    og_free(refs);
  }
}

/* Where an entity is, or would be. */
static OgEntityRef **find_slot(OgEntityRef **slots, size_t count, int64_t entity) {
  const uint64_t key = (uint64_t)entity * UINT64_C(0x9e3779b97f4a7c15);
  for (size_t k = (size_t)(key >> 32) & (count - 1);; k = (k + 1) & (count - 1)) {
    if (!slots[k] || slots[k]->id == entity) {
      return &slots[k];
    }
  }
}

static OgStatus grow(OgRefs *refs, OgError *err) {
  const size_t count = refs->slot_count * 2;
  OgEntityRef **slots = OG_NEW_ARRAY(OgEntityRef *, count);
  if (!slots) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < refs->slot_count; k++) {
    if (refs->slots[k]) {
      *find_slot(slots, count, refs->slots[k]->id) = refs->slots[k];
    }
  }
  og_free(refs->slots);
  refs->slots = slots;
  refs->slot_count = count;
  return OG_OK;
}

OgStatus og_refs_find(OgRefs *refs, int64_t entity, const OgEntityRef **ref, OgError *err) {
  OgEntityRef **slot = find_slot(refs->slots, refs->slot_count, entity);
  if (!*slot) {
    OgEntityRef *read = og_arena_alloc(&refs->arena, 1, sizeof *read);
    if (!read) {
      return og_error_no_memory(err);
    }
    OG_TRY(og_ref_read(&refs->reader, entity, &refs->arena, read, err));
    if (read->id == 0) {
      return og_error_set(err, OG_NOT_FOUND, "%s has no entity #%lld",
                          og_store_path(refs->reader.store), (long long)entity);
    }
    if ((refs->count + 1) * 4 > refs->slot_count * 3) {
      OG_TRY(grow(refs, err));
      slot = find_slot(refs->slots, refs->slot_count, entity);
    }
    *slot = read;
    refs->count++;
  }
  *ref = *slot;
  return OG_OK;
}
