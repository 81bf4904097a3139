#include "core/intern.h"

#include "core/hash.h"
#include "core/memory.h"
#include "core/spill.h"

#include <string.h>

typedef struct Slot {
  uint32_t hash;
  uint32_t id; /* OG_INTERN_NONE when free */
} Slot;

struct OgIntern {
  Slot *slots;
  size_t slot_count; /* a power of two */
  uint64_t *offsets;
  size_t offset_capacity;
  char *text;
  size_t text_capacity;
  uint32_t count;
};

enum { FIRST_SLOTS = 64, FIRST_TEXT = 1024 };

OgIntern *og_intern_new(void) {
  OgIntern *table = OG_NEW(OgIntern);
  if (!table) {
    return NULL;
  }
  table->slots = OG_NEW_ARRAY(Slot, FIRST_SLOTS);
  table->offsets = OG_NEW_ARRAY(uint64_t, FIRST_SLOTS);
  table->text = OG_NEW_ARRAY(char, FIRST_TEXT);
  if (!table->slots || !table->offsets || !table->text) {
    og_intern_free(table);
    return NULL;
  }
  table->slot_count = FIRST_SLOTS;
  table->offset_capacity = FIRST_SLOTS;
  table->text_capacity = FIRST_TEXT;
  memset(table->slots, 0xff, FIRST_SLOTS * sizeof(Slot));
  return table;
}

void og_intern_free(OgIntern *table) {
  if (table) {
    og_free(table->slots);
    og_free(table->offsets);
    og_free(table->text);
    og_free(table);
  }
}

/* The slot that holds these bytes, or the free one where they belong. */
static Slot *find_slot(const OgIntern *table, const void *bytes, size_t size, uint32_t hash) {
  const size_t mask = table->slot_count - 1;
  for (size_t k = hash & mask;; k = (k + 1) & mask) {
    Slot *slot = &table->slots[k];
    if (slot->id == OG_INTERN_NONE) {
      return slot;
    }
    if (slot->hash == hash) {
      const uint64_t start = table->offsets[slot->id];
      if (table->offsets[slot->id + 1] - start == size &&
          memcmp(table->text + start, bytes, size) == 0) {
        return slot;
      }
    }
  }
}

static OgStatus grow_slots(OgIntern *table, OgError *err) {
  const size_t slot_count = table->slot_count * 2;
  Slot *slots = og_realloc(NULL, slot_count, sizeof(Slot));
  if (!slots) {
    return og_error_no_memory(err);
  }
  og_spill_fill(slots, 0xff, slot_count * sizeof(Slot));
  for (size_t old = 0; old < table->slot_count; old++) {
    og_spill_step(old);
    if (table->slots[old].id != OG_INTERN_NONE) {
      size_t k = table->slots[old].hash & (slot_count - 1);
      while (slots[k].id != OG_INTERN_NONE) {
        k = (k + 1) & (slot_count - 1);
      }
      slots[k] = table->slots[old];
    }
  }
  og_free(table->slots);
  table->slots = slots;
  table->slot_count = slot_count;
  return OG_OK;
}

static OgStatus reserve(OgIntern *table, size_t size, OgError *err) {
  if (((size_t)table->count + 1) * 4 > table->slot_count * 3) {
    OG_TRY(grow_slots(table, err));
  }
  if ((size_t)table->count + 2 > table->offset_capacity) {
    uint64_t *offsets = og_realloc(table->offsets, table->offset_capacity * 2, sizeof(uint64_t));
    if (!offsets) {
      return og_error_no_memory(err);
    }
    table->offsets = offsets;
    table->offset_capacity *= 2;
  }
  const size_t used = table->offsets[table->count];
  if (size > table->text_capacity - used) {
    size_t capacity = table->text_capacity;
    while (capacity - used < size) {
      if (capacity > SIZE_MAX / 2) {
        return og_error_no_memory(err);
      }
      capacity += capacity / 2;
    }
    char *text = og_realloc(table->text, capacity, 1);
    if (!text) {
      return og_error_no_memory(err);
    }
    table->text = text;
    table->text_capacity = capacity;
  }
  return OG_OK;
}

OgStatus og_intern_add(OgIntern *table, const void *bytes, size_t size, uint32_t *id, int *added,
                       OgError *err) {
  const uint32_t hash = (uint32_t)og_hash(bytes, size);
  Slot *slot = find_slot(table, bytes, size, hash);
  if (added) {
    *added = slot->id == OG_INTERN_NONE;
  }
  if (slot->id != OG_INTERN_NONE) {
    *id = slot->id;
    return OG_OK;
  }
  if (table->count >= OG_INTERN_NONE - 1) {
    return og_error_no_memory(err);
  }
  OG_TRY(reserve(table, size, err));
  slot = find_slot(table, bytes, size, hash); /* the slots may have moved */
  const uint64_t start = table->offsets[table->count];
  if (size > 0) {
    memcpy(table->text + start, bytes, size);
  }
  *slot = (Slot){hash, table->count};
  *id = table->count++;
  table->offsets[table->count] = start + size;
  return OG_OK;
}

/* Free a slot, and move those behind it that the hole would hide from a search. */
static void free_slot(OgIntern *table, size_t hole) {
  const size_t mask = table->slot_count - 1;
  for (size_t k = (hole + 1) & mask; table->slots[k].id != OG_INTERN_NONE; k = (k + 1) & mask) {
    const size_t home = table->slots[k].hash & mask;
    if (((k - home) & mask) >= ((k - hole) & mask)) {
      table->slots[hole] = table->slots[k];
      hole = k;
    }
  }
  table->slots[hole].id = OG_INTERN_NONE;
}

void og_intern_truncate(OgIntern *table, uint32_t count) {
  while (table->count > count) {
    size_t size;
    og_spill_step(table->count);
    const char *text = og_intern_text(table, table->count - 1, &size);
    const Slot *slot = find_slot(table, text, size, (uint32_t)og_hash(text, size));
    free_slot(table, (size_t)(slot - table->slots));
    table->count--;
  }
}

uint32_t og_intern_find(const OgIntern *table, const void *bytes, size_t size) {
  return find_slot(table, bytes, size, (uint32_t)og_hash(bytes, size))->id;
}

const char *og_intern_text(const OgIntern *table, uint32_t id, size_t *size) {
  *size = (size_t)(table->offsets[id + 1] - table->offsets[id]);
  return table->text + table->offsets[id];
}

uint32_t og_intern_count(const OgIntern *table) {
  return table->count;
}

size_t og_intern_memory(const OgIntern *table) {
  return sizeof *table + table->slot_count * sizeof(Slot) +
         table->offset_capacity * sizeof(uint64_t) + table->text_capacity;
}
