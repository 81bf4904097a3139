#include "kg/sparql_kept.h"

#include "core/memory.h"

#include <sqlite3.h>
#include <string.h>

void og_kept_clear(OgKept *kept) {
  og_intern_free(kept->keys);
  og_free(kept->values);
  og_arena_clear(&kept->texts);
  *kept = (OgKept){.keys = NULL};
}

bool og_kept_renew(OgKept *kept, sqlite3 *db) {
  unsigned version = 0;
  const bool is_told =
      sqlite3_file_control(db, "main", SQLITE_FCNTL_DATA_VERSION, &version) == SQLITE_OK;
  const bool is_settled = is_told && sqlite3_txn_state(db, "main") != SQLITE_TXN_WRITE;
  const bool stays = is_settled && kept->is_settled && version == kept->version;
  if (!stays) {
    og_kept_clear(kept);
  }
  kept->version = version;
  kept->is_settled = is_settled;
  return stays;
}

const OgKeptValue *og_kept_find(const OgKept *kept, OgText key) {
  const uint32_t at = kept->keys ? og_intern_find(kept->keys, key.data, key.size) : OG_INTERN_NONE;
  return at == OG_INTERN_NONE ? NULL : &kept->values[at];
}

/* Room for one more value. */
static OgStatus make_room(OgKept *kept, OgError *err) {
  enum { FIRST = 64, MOST = 4096, MOST_TEXT = 1 << 20 };
  if (kept->keys && (og_intern_count(kept->keys) == MOST ||
                     og_intern_memory(kept->keys) + kept->texts.total > MOST_TEXT)) {
    const OgKept empty = {.version = kept->version, .is_settled = kept->is_settled};
    og_kept_clear(kept);
    *kept = empty;
  }
  if (!kept->keys) {
    kept->keys = og_intern_new();
  }
  if (!kept->keys) {
    return og_error_no_memory(err);
  }
  if (og_intern_count(kept->keys) < kept->capacity) {
    return OG_OK;
  }
  const size_t capacity = kept->capacity ? 2 * kept->capacity : FIRST;
  OgKeptValue *values = og_realloc(kept->values, capacity, sizeof *values);
  if (!values) {
    return og_error_no_memory(err);
  }
  kept->values = values;
  kept->capacity = capacity;
  return OG_OK;
}

OgStatus og_kept_add(OgKept *kept, OgText key, OgKeptValue *value, OgError *err) {
  uint32_t at;
  OG_TRY(make_room(kept, err));
  if (value->text) {
    value->text = og_arena_copy(&kept->texts, value->text, strlen(value->text));
    if (!value->text) {
      return og_error_no_memory(err);
    }
  }
  OG_TRY(og_intern_add(kept->keys, key.data, key.size, &at, NULL, err));
  kept->values[at] = *value;
  return OG_OK;
}
