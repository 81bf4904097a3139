#include "model/bpe.h"

#include "core/memory.h"

#include <string.h>

enum { SHORT_WORD = 48 /* symbols; up to here looking at all pairs beats a heap */ };

/* A piece under construction, linked to its neighbours; -1 for none. */
typedef struct OgBpeSymbol {
  uint32_t id;
  uint32_t end; /* in the word */
  int32_t before, after;
} OgBpeSymbol;

/* A pair that may merge: the symbol at `at` with the one after it, while their ids are as they
 * were. */
typedef struct OgBpeChance {
  uint32_t rank;
  int32_t at;
  uint32_t left, right, result;
} OgBpeChance;

/* --- the table -------------------------------------------------------------------------------- */

static size_t hash_pair(uint32_t left, uint32_t right) {
  const uint64_t pair = (uint64_t)left << 32 | right;
  return (size_t)((pair * 0x9e3779b97f4a7c15U) >> 29); /* Fibonacci hashing */
}

static const OgMergeSlot *find(const OgBpe *bpe, uint32_t left, uint32_t right) {
  for (size_t k = hash_pair(left, right) & bpe->mask;; k = (k + 1) & bpe->mask) {
    const OgMergeSlot *slot = &bpe->slots[k];
    if (slot->rank == OG_BPE_NONE || (slot->left == left && slot->right == right)) {
      return slot;
    }
  }
}

static void insert(OgBpe *bpe, const OgMerge *merge, uint32_t rank) {
  size_t k = hash_pair(merge->left, merge->right) & bpe->mask;
  while (bpe->slots[k].rank != OG_BPE_NONE &&
         (bpe->slots[k].left != merge->left || bpe->slots[k].right != merge->right)) {
    k = (k + 1) & bpe->mask;
  }
  bpe->slots[k] = (OgMergeSlot){merge->left, merge->right, merge->result, rank};
}

OgStatus og_bpe_init(OgBpe *bpe, const OgMerge *merges, size_t count, const uint32_t bytes[256],
                     uint32_t unknown, bool fuse, OgError *err) {
  size_t slots = 16;
  while (slots / 2 < count) {
    slots *= 2;
  }
  *bpe = (OgBpe){.slots = OG_NEW_ARRAY(OgMergeSlot, slots), .mask = slots - 1, .fuse = fuse};
  if (!bpe->slots) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < slots; k++) {
    bpe->slots[k].rank = OG_BPE_NONE;
  }
  for (size_t k = 0; k < count; k++) {
    insert(bpe, &merges[k], (uint32_t)k);
  }
  bpe->unknown = unknown;
  memcpy(bpe->bytes, bytes, sizeof bpe->bytes);
  return OG_OK;
}

void og_bpe_clear(OgBpe *bpe) {
  og_free(bpe->slots);
  *bpe = (OgBpe){.slots = NULL};
}

void og_bpe_scratch_clear(OgBpeScratch *scratch) {
  og_free(scratch->symbols);
  og_free(scratch->heap);
  *scratch = (OgBpeScratch)OG_BPE_SCRATCH_INIT;
}

/* --- a word as symbols ------------------------------------------------------------------------ */

static OgStatus reserve(OgBpeScratch *scratch, size_t size, OgError *err) {
  if (size > scratch->capacity) {
    OgBpeSymbol *grown = og_realloc(scratch->symbols, size + size / 2, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    scratch->symbols = grown;
    scratch->capacity = size + size / 2;
  }
  return OG_OK;
}

/* One symbol a byte; returns how many there are. There is room. */
static size_t read_bytes(const OgBpe *bpe, const char *word, size_t size, OgBpeSymbol *symbols) {
  size_t count = 0;
  bool after_unknown = false;
  for (size_t k = 0; k < size; k++) {
    const uint32_t known = bpe->bytes[(unsigned char)word[k]];
    const uint32_t id = known == OG_BPE_NONE ? bpe->unknown : known;
    if (id == OG_BPE_NONE) {
      continue;
    }
    if (known == OG_BPE_NONE && after_unknown && bpe->fuse) {
      symbols[count - 1].end = (uint32_t)k + 1;
    } else {
      symbols[count++] = (OgBpeSymbol){.id = id, .end = (uint32_t)k + 1};
    }
    after_unknown = known == OG_BPE_NONE;
  }
  return count;
}

/* --- merging ---------------------------------------------------------------------------------- */

/* All pairs are looked at for each merge: n² / 2 comparisons of neighbouring numbers. Returns how
 * many symbols are left. */
static size_t merge_short(const OgBpe *bpe, OgBpeSymbol *symbols, size_t count) {
  const OgMergeSlot *slots[SHORT_WORD]; /* of symbols k and k + 1 */
  for (size_t k = 0; k + 1 < count; k++) {
    slots[k] = find(bpe, symbols[k].id, symbols[k + 1].id);
  }
  while (count > 1) {
    size_t best = 0;
    for (size_t k = 1; k + 1 < count; k++) {
      best = slots[k]->rank < slots[best]->rank ? k : best;
    }
    if (slots[best]->rank == OG_BPE_NONE) {
      break;
    }
    symbols[best] = (OgBpeSymbol){.id = slots[best]->result, .end = symbols[best + 1].end};
    count--;
    for (size_t k = best + 1; k < count; k++) {
      symbols[k] = symbols[k + 1];
      slots[k - 1] = slots[k];
    }
    if (best > 0) {
      slots[best - 1] = find(bpe, symbols[best - 1].id, symbols[best].id);
    }
    if (best + 1 < count) {
      slots[best] = find(bpe, symbols[best].id, symbols[best + 1].id);
    }
  }
  return count;
}

static bool is_before(const OgBpeChance *a, const OgBpeChance *b) {
  return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

/* A binary heap, the chance to take first at its top. */
typedef struct Heap {
  OgBpeScratch *scratch;
  size_t count;
} Heap;

static OgStatus push(Heap *heap, OgBpeChance chance, OgError *err) {
  OgBpeScratch *scratch = heap->scratch;
  if (heap->count == scratch->heap_capacity) {
    const size_t capacity = scratch->heap_capacity ? 2 * scratch->heap_capacity : 256;
    OgBpeChance *grown = og_realloc(scratch->heap, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    scratch->heap = grown;
    scratch->heap_capacity = capacity;
  }
  size_t k = heap->count++;
  for (; k > 0 && is_before(&chance, &scratch->heap[(k - 1) / 2]); k = (k - 1) / 2) {
    scratch->heap[k] = scratch->heap[(k - 1) / 2];
  }
  scratch->heap[k] = chance;
  return OG_OK;
}

static OgBpeChance pop(Heap *heap) {
  OgBpeChance *items = heap->scratch->heap;
  const OgBpeChance top = items[0];
  const OgBpeChance last = items[--heap->count];
  size_t k = 0;
  for (size_t child = 1; child < heap->count; child = 2 * k + 1) {
    child += child + 1 < heap->count && is_before(&items[child + 1], &items[child]);
    if (!is_before(&items[child], &last)) {
      break;
    }
    items[k] = items[child];
    k = child;
  }
  items[k] = last;
  return top;
}

/* Put the pair of symbol `at` and the one after it on the heap when it may merge. */
static OgStatus consider(const OgBpe *bpe, Heap *heap, int32_t at, OgError *err) {
  const OgBpeSymbol *symbols = heap->scratch->symbols;
  if (at < 0 || symbols[at].after < 0) {
    return OG_OK;
  }
  const uint32_t left = symbols[at].id;
  const uint32_t right = symbols[symbols[at].after].id;
  const OgMergeSlot *slot = find(bpe, left, right);
  return slot->rank == OG_BPE_NONE
             ? OG_OK
             : push(heap, (OgBpeChance){slot->rank, at, left, right, slot->result}, err);
}

/* Chances are taken from a heap; those that an earlier merge has undone are passed over. A symbol
 * that was merged into the one before it has the id OG_BPE_NONE. */
static OgStatus merge_long(const OgBpe *bpe, OgBpeScratch *scratch, size_t count, OgError *err) {
  Heap heap = {scratch, 0};
  OgBpeSymbol *symbols = scratch->symbols;
  for (size_t k = 0; k < count; k++) {
    symbols[k].before = (int32_t)k - 1;
    symbols[k].after = k + 1 < count ? (int32_t)k + 1 : -1;
  }
  for (size_t k = 0; k + 1 < count; k++) {
    OG_TRY(consider(bpe, &heap, (int32_t)k, err));
  }
  while (heap.count > 0) {
    const OgBpeChance chance = pop(&heap);
    OgBpeSymbol *left = &symbols[chance.at];
    if (left->id != chance.left || left->after < 0 || symbols[left->after].id != chance.right) {
      continue;
    }
    OgBpeSymbol *right = &symbols[left->after];
    left->id = chance.result;
    left->end = right->end;
    left->after = right->after;
    right->id = OG_BPE_NONE;
    if (left->after >= 0) {
      symbols[left->after].before = chance.at;
    }
    OG_TRY(consider(bpe, &heap, left->before, err));
    OG_TRY(consider(bpe, &heap, chance.at, err));
  }
  return OG_OK;
}

OgStatus og_bpe_split(const OgBpe *bpe, const char *word, size_t size, OgBpeScratch *scratch,
                      OgPieces *pieces, OgError *err) {
  OG_TRY(reserve(scratch, size, err));
  OG_TRY(og_pieces_reserve(pieces, size, err));
  size_t count = read_bytes(bpe, word, size, scratch->symbols);
  if (count <= SHORT_WORD) {
    count = merge_short(bpe, scratch->symbols, count);
  } else {
    OG_TRY(merge_long(bpe, scratch, count, err));
  }
  for (size_t k = 0; k < count; k++) {
    if (scratch->symbols[k].id != OG_BPE_NONE) {
      og_pieces_push(pieces, scratch->symbols[k].id, scratch->symbols[k].end);
    }
  }
  return OG_OK;
}
