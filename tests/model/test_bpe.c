#include "tests/test.h"

#include "core/memory.h"
#include "core/random.h"
#include "model/bpe.h"

#include <string.h>

enum { MERGES = 40 };

/* Merges of the letters a to d, and of what came of them: token k below 4 is a letter. */
static void make_merges(OgMerge merges[MERGES], uint64_t seed) {
  for (uint32_t k = 0; k < MERGES; k++) {
    const uint32_t known = 4 + k;
    merges[k] = (OgMerge){(uint32_t)(og_random_at(seed, 2 * k) % known),
                          (uint32_t)(og_random_at(seed, 2 * k + 1) % known), known};
  }
}

static void make_bpe(OgBpe *bpe, const OgMerge *merges, size_t count, uint32_t unknown, bool fuse) {
  OgError err = {0};
  uint32_t bytes[256];
  memset(bytes, 0xff, sizeof bytes);
  for (uint32_t k = 0; k < 4; k++) {
    bytes['a' + k] = k;
  }
  assert_ok(og_bpe_init(bpe, merges, count, bytes, unknown, fuse, &err));
}

/* By the definition: the pair of the lowest rank, the leftmost first, until there is none; of two
 * merges for one pair the last counts. Returns how many ids are left. */
static size_t merge_plainly(const OgMerge *merges, uint32_t *ids, size_t count) {
  for (;;) {
    size_t best = MERGES, place = 0;
    for (size_t k = 0; k + 1 < count; k++) {
      for (size_t m = MERGES; m-- > 0;) {
        if (merges[m].left == ids[k] && merges[m].right == ids[k + 1]) {
          if (m < best) {
            best = m;
            place = k;
          }
          break;
        }
      }
    }
    if (best == MERGES) {
      return count;
    }
    ids[place] = merges[best].result;
    memmove(ids + place + 1, ids + place + 2, (count - place - 2) * sizeof *ids);
    count--;
  }
}

/* Words on both sides of the length from which a heap is used. */
static void merges_follow_the_definition(void **state) {
  (void)state;
  OgError err = {0};
  OgBpeScratch scratch = OG_BPE_SCRATCH_INIT;
  OgPieces pieces = OG_PIECES_INIT;
  for (uint64_t seed = 0; seed < 300; seed++) {
    OgMerge merges[MERGES];
    OgBpe bpe;
    char word[200];
    uint32_t ids[200];
    const size_t size = 1 + og_random_at(seed, 1000) % 120;
    make_merges(merges, seed);
    make_bpe(&bpe, merges, MERGES, OG_BPE_NONE, false);
    for (size_t k = 0; k < size; k++) {
      ids[k] = og_random_at(seed, 2000 + k) % 4;
      word[k] = (char)('a' + ids[k]);
    }
    const size_t count = merge_plainly(merges, ids, size);
    pieces.count = 0;
    assert_ok(og_bpe_split(&bpe, word, size, &scratch, &pieces, &err));
    assert_int_equal(pieces.count, count);
    assert_memory_equal(pieces.ids, ids, count * sizeof *ids);
    assert_int_equal(pieces.ends[count - 1], size);
    og_bpe_clear(&bpe);
  }
  og_pieces_clear(&pieces);
  og_bpe_scratch_clear(&scratch);
}

static void check(const OgBpe *bpe, const char *word, const uint32_t *ids, const uint32_t *ends,
                  size_t count) {
  OgError err = {0};
  OgBpeScratch scratch = OG_BPE_SCRATCH_INIT;
  OgPieces pieces = OG_PIECES_INIT;
  assert_ok(og_bpe_split(bpe, word, strlen(word), &scratch, &pieces, &err));
  assert_int_equal(pieces.count, count);
  assert_memory_equal(pieces.ids, ids, count * sizeof *ids);
  assert_memory_equal(pieces.ends, ends, count * sizeof *ends);
  og_pieces_clear(&pieces);
  og_bpe_scratch_clear(&scratch);
}

static void unknown_bytes_are_tokens_or_fused_or_left_out(void **state) {
  (void)state;
  static const OgMerge merge = {0, 1, 9};
  static const uint32_t apart[] = {9, 7, 7, 0}, apart_ends[] = {2, 3, 4, 5};
  static const uint32_t fused[] = {9, 7, 0}, fused_ends[] = {2, 4, 5};
  static const uint32_t dropped[] = {9, 0}, dropped_ends[] = {2, 5};
  OgBpe bpe;
  make_bpe(&bpe, &merge, 1, 7, false);
  check(&bpe, "abxya", apart, apart_ends, 4);
  og_bpe_clear(&bpe);
  make_bpe(&bpe, &merge, 1, 7, true);
  check(&bpe, "abxya", fused, fused_ends, 3);
  og_bpe_clear(&bpe);
  make_bpe(&bpe, &merge, 1, OG_BPE_NONE, false);
  check(&bpe, "abxya", dropped, dropped_ends, 2);
  check(&bpe, "xy", dropped, dropped_ends, 0);
  og_bpe_clear(&bpe);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(merges_follow_the_definition),
      cmocka_unit_test(unknown_bytes_are_tokens_or_fused_or_left_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
