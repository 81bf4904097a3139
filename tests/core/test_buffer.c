#include "core/buffer.h"
#include "core/memory.h"
#include "tests/test.h"

#include <string.h>

static void appended_pieces_stand_end_to_end(void **state) {
  (void)state;
  OgBuffer buffer = OG_BUFFER_INIT;
  OgError err;
  for (int k = 0; k < 1000; k++) {
    assert_ok(og_buffer_format(&buffer, &err, "%03d,", k));
  }
  assert_int_equal(buffer.size, 4000);
  assert_memory_equal(buffer.data, "000,001,", 8);
  assert_string_equal(buffer.data + 3996, "999,");
  og_buffer_reset(&buffer);
  assert_string_equal(buffer.data, "");
  og_buffer_clear(&buffer);
}

static void zero_bytes_are_kept(void **state) {
  (void)state;
  OgBuffer buffer = OG_BUFFER_INIT;
  OgError err;
  assert_ok(og_buffer_append(&buffer, "a\0b", 3, &err));
  assert_int_equal(buffer.size, 3);
  assert_memory_equal(buffer.data, "a\0b", 4);
  og_buffer_clear(&buffer);
}

static void a_size_that_wraps_is_out_of_memory(void **state) {
  (void)state;
  OgBuffer buffer = OG_BUFFER_INIT;
  OgError err;
  assert_status(og_buffer_reserve(&buffer, SIZE_MAX - 8, &err), OG_NO_MEMORY);
  assert_null(buffer.data);
}

static void a_failed_append_leaves_the_content(void **state) {
  (void)state;
  OgBuffer buffer = OG_BUFFER_INIT;
  OgError err;
  assert_ok(og_buffer_text(&buffer, "kept", &err));
  char large[200] = {0};
  og_memory_fail_after(0);
  const OgStatus status = og_buffer_append(&buffer, large, sizeof large, &err);
  og_memory_fail_after(-1);
  assert_status(status, OG_NO_MEMORY);
  assert_string_equal(buffer.data, "kept");
  og_buffer_clear(&buffer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(appended_pieces_stand_end_to_end),
      cmocka_unit_test(zero_bytes_are_kept),
      cmocka_unit_test(a_size_that_wraps_is_out_of_memory),
      cmocka_unit_test(a_failed_append_leaves_the_content),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
