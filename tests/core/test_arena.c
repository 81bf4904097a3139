#include "core/arena.h"
#include "core/memory.h"
#include "tests/test.h"

#include <string.h>

static void blocks_are_zeroed_aligned_and_apart(void **state) {
  (void)state;
  OgArena arena = OG_ARENA_INIT;
  char *blocks[500];
  for (size_t k = 0; k < OG_COUNT(blocks); k++) {
    blocks[k] = og_arena_alloc(&arena, k + 1, 3);
    assert_non_null(blocks[k]);
    assert_int_equal((uintptr_t)blocks[k] % 16, 0);
    for (size_t byte = 0; byte < 3 * (k + 1); byte++) {
      assert_int_equal(blocks[k][byte], 0);
    }
    memset(blocks[k], (int)(k % 100) + 1, 3 * (k + 1));
  }
  for (size_t k = 0; k < OG_COUNT(blocks); k++) {
    assert_int_equal(blocks[k][3 * (k + 1) - 1], (int)(k % 100) + 1);
  }
  og_arena_clear(&arena);
}

static void a_reset_arena_hands_out_the_same_room_again(void **state) {
  (void)state;
  OgArena arena = OG_ARENA_INIT;
  assert_non_null(og_arena_alloc(&arena, 100, 1));
  og_arena_reset(&arena);
  const char *again = og_arena_copy(&arena, "text", 4);
  assert_string_equal(again, "text");
  assert_true(arena.total < 100);
  og_arena_clear(&arena);
}

static void impossible_sizes_give_null(void **state) {
  (void)state;
  OgArena arena = OG_ARENA_INIT;
  assert_null(og_arena_alloc(&arena, SIZE_MAX, 2));
  assert_null(og_arena_alloc(&arena, SIZE_MAX / 2 + 1, 1));
  og_memory_fail_after(0);
  void *block = og_arena_alloc(&arena, 1, 1);
  og_memory_fail_after(-1);
  assert_null(block);
  og_arena_clear(&arena);
}

static void a_grown_array_keeps_its_items(void **state) {
  (void)state;
  OgArena arena = OG_ARENA_INIT;
  int *items = NULL;
  size_t capacity = 0;
  for (int k = 0; k < 1000; k++) {
    items = og_arena_grow(&arena, items, (size_t)k, &capacity, sizeof *items);
    assert_non_null(items);
    items[k] = k;
  }
  for (int k = 0; k < 1000; k++) {
    assert_int_equal(items[k], k);
  }
  og_arena_clear(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
      cmocka_unit_test(a_reset_arena_hands_out_the_same_room_again),
      cmocka_unit_test(impossible_sizes_give_null),
      cmocka_unit_test(a_grown_array_keeps_its_items),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
