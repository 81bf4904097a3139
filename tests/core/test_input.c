#include "core/file.h"
#include "core/input.h"
#include "core/memory.h"
#include "core/random.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LARGE = 3000000 };

static const char *packed_file(const char *name, const char *bytes, size_t size) {
  const char *path = scratch(name);
  gzFile file = gzopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(gzwrite(file, bytes, (unsigned)size), size);
  assert_int_equal(gzclose(file), Z_OK);
  return path;
}

static OgStatus read_all(const char *path, OgBuffer *content, OgError *err) {
  OgInput *input;
  OG_TRY(og_input_open(path, &input, err));
  OgStatus status = OG_OK;
  char block[10000];
  for (size_t got = 1; got > 0 && status == OG_OK;) {
    status = og_input_read(input, block, sizeof block, &got, err);
    if (status == OG_OK) {
      status = og_buffer_append(content, block, got, err);
    }
  }
  og_input_close(input);
  return status;
}

static char *make_bytes(void) {
  char *bytes = malloc(LARGE);
  assert_non_null(bytes);
  OgRandom random;
  og_random_init(&random, 1);
  for (size_t k = 0; k < LARGE; k++) {
    bytes[k] = (char)og_random_below(&random, 60);
  }
  return bytes;
}

static void plain_and_packed_files_give_the_same_bytes(void **state) {
  (void)state;
  OgError err;
  char *bytes = make_bytes();
  const char *plain = scratch("plain.bin");
  assert_ok(og_file_write(plain, bytes, LARGE, &err));
  const char *packed = packed_file("packed.gz", bytes, LARGE);
  for (int k = 0; k < 2; k++) {
    OgBuffer content = OG_BUFFER_INIT;
    assert_ok(read_all(k ? packed : plain, &content, &err));
    assert_int_equal(content.size, LARGE);
    assert_memory_equal(content.data, bytes, LARGE);
    og_buffer_clear(&content);
  }
  free(bytes);
}

static void a_truncated_or_damaged_gzip_file_is_refused(void **state) {
  (void)state;
  OgError err;
  char *bytes = make_bytes();
  OgBuffer packed = OG_BUFFER_INIT, content = OG_BUFFER_INIT;
  assert_ok(og_file_read(packed_file("whole.gz", bytes, LARGE), SIZE_MAX / 2, &packed, &err));
  const char *cut = scratch("cut.gz");
  assert_ok(og_file_write(cut, packed.data, packed.size / 2, &err));
  assert_status(read_all(cut, &content, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "truncated; get it again"));
  packed.data[packed.size / 2] = (char)(packed.data[packed.size / 2] ^ 0x55);
  assert_ok(og_file_write(cut, packed.data, packed.size, &err));
  assert_status(read_all(cut, &content, &err), OG_BAD_DATA);
  og_buffer_clear(&packed);
  og_buffer_clear(&content);
  free(bytes);
}

static void a_gzip_bomb_is_refused(void **state) {
  (void)state;
  enum { ZEROS = 1 << 20, TIMES = 200 };
  OgError err;
  char *zeros = calloc(1, ZEROS);
  const char *path = scratch("bomb.gz");
  gzFile file = gzopen(path, "wb9");
  for (int k = 0; k < TIMES; k++) {
    assert_int_equal(gzwrite(file, zeros, ZEROS), ZEROS);
  }
  gzclose(file);
  free(zeros);
  OgBuffer content = OG_BUFFER_INIT;
  assert_status(read_all(path, &content, &err), OG_BAD_DATA);
  assert_non_null(strstr(err.message, "bomb"));
  assert_true(content.size < (size_t)ZEROS * 100);
  og_buffer_clear(&content);
}

static void lines_end_with_either_kind_of_newline(void **state) {
  (void)state;
  static const char text[] = "one\r\ntwo\n\nfour";
  static const char *const lines[] = {"one", "two", "", "four"};
  OgError err;
  OgInput *input;
  OgBuffer line = OG_BUFFER_INIT;
  const char *path = scratch("lines");
  assert_ok(og_file_write(path, text, sizeof text - 1, &err));
  assert_ok(og_input_open(path, &input, &err));
  int more;
  for (size_t k = 0; k < OG_COUNT(lines); k++) {
    assert_ok(og_input_line(input, 100, &line, &more, &err));
    assert_true(more);
    assert_string_equal(line.data ? line.data : "", lines[k]);
  }
  assert_ok(og_input_line(input, 100, &line, &more, &err));
  assert_false(more);
  og_input_close(input);

  assert_ok(og_input_open(path, &input, &err));
  assert_status(og_input_line(input, 2, &line, &more, &err), OG_BAD_DATA);
  og_input_close(input);
  og_buffer_clear(&line);
}

static void the_hash_is_of_the_bytes_as_stored(void **state) {
  (void)state;
  OgError err;
  OgInput *input;
  char block[16];
  size_t got = 1;
  const char *path = scratch("abc");
  assert_ok(og_file_write(path, "abc", 3, &err));
  assert_ok(og_input_open(path, &input, &err));
  while (got > 0) {
    assert_ok(og_input_read(input, block, 2, &got, &err));
  }
  assert_string_equal(og_input_sha256(input),
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert_int_equal(og_input_size(input), 3);
  assert_int_equal(og_input_position(input), 3);
  og_input_close(input);
}

static void a_directory_or_a_missing_file_cannot_be_opened(void **state) {
  (void)state;
  OgError err;
  OgInput *input = NULL;
  assert_status(og_input_open("/", &input, &err), OG_IO);
  assert_status(og_input_open("/nonexistent", &input, &err), OG_IO);
  assert_null(input);
  const char *path = scratch("there");
  assert_ok(og_file_write(path, "x", 1, &err));
  long countdown = 0;
  for (OgStatus status = OG_NO_MEMORY; status != OG_OK; countdown++) {
    og_memory_fail_after(countdown);
    status = og_input_open(path, &input, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
  assert_true(countdown > 2);
  og_input_close(input);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_and_packed_files_give_the_same_bytes),
      cmocka_unit_test(a_truncated_or_damaged_gzip_file_is_refused),
      cmocka_unit_test(a_gzip_bomb_is_refused),
      cmocka_unit_test(lines_end_with_either_kind_of_newline),
      cmocka_unit_test(the_hash_is_of_the_bytes_as_stored),
      cmocka_unit_test(a_directory_or_a_missing_file_cannot_be_opened),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
