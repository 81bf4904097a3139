#include "tests/test.h"

#include "core/scratch.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static int count_files(const char *path) {
  DIR *directory = opendir(path);
  assert_non_null(directory);
  int count = 0;
  while (readdir(directory)) {
    count++;
  }
  closedir(directory);
  return count;
}

static void a_scratch_file_keeps_bytes_and_has_no_name(void **state) {
  (void)state;
  char path[] = "/var/tmp/og-scratch-XXXXXX", bytes[5] = "";
  assert_non_null(mkdtemp(path));
  const int file = og_scratch_open(path);
  assert_true(file >= 0);
  assert_int_equal(count_files(path), 2); /* . and .. */
  assert_int_equal(pwrite(file, "bytes", 5, 1000), 5);
  assert_int_equal(pread(file, bytes, 5, 1000), 5);
  assert_memory_equal(bytes, "bytes", 5);
  close(file);
  assert_int_equal(rmdir(path), 0);
}

static void there_is_none_in_a_directory_that_is_not_there(void **state) {
  (void)state;
  assert_int_equal(og_scratch_open("/nowhere/at/all"), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_scratch_file_keeps_bytes_and_has_no_name),
      cmocka_unit_test(there_is_none_in_a_directory_that_is_not_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
