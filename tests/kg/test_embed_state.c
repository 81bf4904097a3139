#include "kg/embed_state.h"

#include "core/file.h"
#include "core/memory.h"

#include "tests/test.h"

#include <string.h>

static const char run[OG_SHA256_HEX_SIZE] = "a run";
static const char other[OG_SHA256_HEX_SIZE] = "another run";

static void parts_come_back(void **state) {
  (void)state;
  OgError err;
  float numbers[3] = {1, 2, 3}, read[3] = {0};
  int epoch = 7, read_epoch = 0;
  const OgStatePart out[] = {{numbers, sizeof numbers}, {NULL, 0}, {&epoch, sizeof epoch}};
  const OgStatePart in[] = {{read, sizeof read}, {NULL, 0}, {&read_epoch, sizeof read_epoch}};
  const char *path = scratch("state");
  assert_ok(og_embed_state_save(path, run, out, 3, &err));
  assert_ok(og_embed_state_load(path, run, in, 3, &err));
  assert_memory_equal(read, numbers, sizeof numbers);
  assert_int_equal(read_epoch, 7);
  assert_status(og_embed_state_load(path, other, in, 3, &err), OG_BAD_STORE);
  assert_status(og_embed_state_load(scratch("nothing"), run, in, 3, &err), OG_IO);
}

static void the_first_parts_come_back_alone(void **state) {
  (void)state;
  OgError err;
  int first = 7, read = 0;
  float numbers[3] = {1, 2, 3};
  const OgStatePart out[] = {{&first, sizeof first}, {numbers, sizeof numbers}};
  const OgStatePart in[] = {{&read, sizeof read}, {numbers, sizeof numbers}};
  const OgStatePart other_size[] = {{numbers, sizeof numbers}};
  const char *path = scratch("begun");
  assert_ok(og_embed_state_save(path, run, out, 2, &err));
  assert_ok(og_embed_state_load(path, run, in, 1, &err));
  assert_int_equal(read, 7);
  assert_status(og_embed_state_load(path, run, other_size, 1, &err), OG_BAD_STORE);
  assert_ok(og_embed_state_save(path, run, out, 1, &err));
  assert_status(og_embed_state_load(path, run, in, 2, &err), OG_BAD_STORE);
}

/* Cut short anywhere, or with any byte changed, it is not taken. */
static void a_damaged_file_is_refused(void **state) {
  (void)state;
  OgError err;
  OgBuffer content = OG_BUFFER_INIT;
  int numbers[4] = {1, 2, 3, 4};
  const OgStatePart parts[] = {{numbers, sizeof numbers}};
  const char *path = scratch("damaged");
  assert_ok(og_embed_state_save(path, run, parts, 1, &err));
  assert_ok(og_file_read(path, 1 << 20, &content, &err));
  for (size_t k = 0; k < content.size; k++) {
    assert_ok(og_file_write(path, content.data, k, &err));
    assert_status(og_embed_state_load(path, run, parts, 1, &err), OG_BAD_STORE);
    content.data[k] ^= 1;
    assert_ok(og_file_write(path, content.data, content.size, &err));
    assert_status(og_embed_state_load(path, run, parts, 1, &err), OG_BAD_STORE);
    content.data[k] ^= 1;
  }
  og_buffer_clear(&content);
}

static void what_cannot_be_written_is_reported(void **state) {
  (void)state;
  OgError err;
  const OgStatePart parts[] = {{&(int){1}, sizeof(int)}};
  assert_status(og_embed_state_save(scratch("no/such/folder"), run, parts, 1, &err), OG_IO);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts_come_back),
      cmocka_unit_test(the_first_parts_come_back_alone),
      cmocka_unit_test(a_damaged_file_is_refused),
      cmocka_unit_test(what_cannot_be_written_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
