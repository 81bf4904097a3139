#include "core/file.h"
#include "core/memory.h"
#include "tests/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void what_is_written_is_read_back(void **state) {
  (void)state;
  const char *path = scratch("plain");
  OgBuffer content = OG_BUFFER_INIT;
  OgError err;
  assert_ok(og_file_write(path, "one\0two", 7, &err));
  assert_ok(og_file_read(path, 100, &content, &err));
  assert_int_equal(content.size, 7);
  assert_memory_equal(content.data, "one\0two", 8);
  OgFileMap map;
  assert_ok(og_file_map(path, &map, &err));
  assert_int_equal(map.size, 7);
  assert_memory_equal(map.bytes, "one\0two", 7);
  og_file_unmap(&map);
  og_buffer_clear(&content);
}

static void a_file_over_the_limit_is_refused(void **state) {
  (void)state;
  const char *path = scratch("limited");
  OgBuffer content = OG_BUFFER_INIT;
  OgError err;
  assert_ok(og_file_write(path, "12345", 5, &err));
  assert_ok(og_file_read(path, 5, &content, &err));
  og_buffer_reset(&content);
  assert_status(og_file_read(path, 4, &content, &err), OG_BAD_DATA);
  assert_string_equal(err.source, path);
  og_buffer_clear(&content);
}

static void a_replacement_keeps_links_and_permissions(void **state) {
  (void)state;
  OgError err = {0};
  struct stat about;
  const char *path = scratch("kept"), *link = scratch("link");
  assert_ok(og_file_write(path, "old", 3, &err));
  assert_int_equal(chmod(path, 0640), 0);
  assert_int_equal(symlink("kept", link), 0);
  assert_ok(og_file_write(link, "newer", 5, &err));
  assert_int_equal(lstat(link, &about), 0);
  assert_true(S_ISLNK(about.st_mode));
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(about.st_size, 5);
  assert_int_equal(about.st_mode & 0777, 0640);
}

static void devices_and_pipes_are_written_themselves(void **state) {
  (void)state;
  OgError err = {0};
  struct stat about;
  char text[8] = "";
  const char *null = scratch("null"), *pipe = scratch("pipe");
  assert_int_equal(symlink("/dev/null", null), 0);
  assert_ok(og_file_write(null, "gone", 4, &err));
  assert_int_equal(stat("/dev/null", &about), 0);
  assert_true(S_ISCHR(about.st_mode));
  assert_int_equal(mkfifo(pipe, 0600), 0);
  const int end = open(pipe, O_RDWR); /* so that nobody waits */
  assert_ok(og_file_write(pipe, "through", 7, &err));
  assert_int_equal(read(end, text, 7), 7);
  assert_memory_equal(text, "through", 7);
  close(end);
  assert_int_equal(symlink("/dev/full", scratch("full")), 0);
  assert_status(og_file_write(scratch("full"), "much", 4, &err), OG_IO);
  assert_status(og_file_write(scratch(""), "a folder", 8, &err), OG_IO);
}

static void a_replacement_without_commit_changes_nothing(void **state) {
  (void)state;
  const char *path = scratch("replaced");
  OgReplacement replacement;
  OgBuffer content = OG_BUFFER_INIT;
  OgError err;
  assert_ok(og_file_write(path, "old", 3, &err));
  assert_ok(og_replacement_open(path, &replacement, &err));
  fputs("new", replacement.file);
  char temporary[4096];
  snprintf(temporary, sizeof temporary, "%s", replacement.temporary);
  og_replacement_close(&replacement);
  assert_false(og_file_exists(temporary));
  assert_ok(og_file_read(path, 100, &content, &err));
  assert_string_equal(content.data, "old");
  og_buffer_clear(&content);
}

/* Entries of a directory, but for "." and "..". */
static int count_entries(const char *path) {
  int count = -2;
  DIR *directory = opendir(path);
  assert_non_null(directory);
  while (readdir(directory)) {
    count++;
  }
  closedir(directory);
  return count;
}

/* Two processes write the same file, and both are killed before they commit. */
static void killed_writers_leave_nothing(void **state) {
  (void)state;
  OgError err = {0};
  const char *directory = scratch("killed"), *path = scratch("killed/file");
  assert_ok(og_directory_make(directory, &err));
  const int probe = open(directory, O_TMPFILE | O_WRONLY, 0600);
  if (probe < 0) {
    skip(); /* the file system knows no files without a name */
  }
  close(probe);
  assert_ok(og_file_write(path, "old", 3, &err));
  for (int writer = 0; writer < 2; writer++) {
    const pid_t child = fork();
    if (child == 0) {
      OgReplacement replacement;
      if (og_replacement_open(path, &replacement, &err) == OG_OK) {
        fputs("new", replacement.file);
        fflush(replacement.file);
      }
      raise(SIGKILL);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
  }
  assert_int_equal(count_entries(directory), 1);
}

/* The longest name that is replaced where files have names all along can be replaced where the new
 * one has none; a longer one is refused before it is written. */
static void long_names_are_replaced_or_refused_at_once(void **state) {
  (void)state;
  enum { LONGEST = 255 - 7 /* .XXXXXX */ };
  OgError err = {0};
  OgReplacement replacement;
  char name[LONGEST + 2] = "";
  memset(name, 'n', LONGEST);
  const char *path = scratch(name);
  assert_ok(og_file_write(path, "new", 3, &err));
  assert_true(og_file_exists(path));
  name[LONGEST] = 'n';
  assert_status(og_replacement_open(scratch(name), &replacement, &err), OG_IO);
}

/* Whoever commits last wins, and nothing else is left. */
static void two_writers_replace_a_file_one_after_the_other(void **state) {
  (void)state;
  OgError err = {0};
  OgReplacement first, second;
  OgBuffer content = OG_BUFFER_INIT;
  const char *directory = scratch("both"), *path = scratch("both/file");
  assert_ok(og_directory_make(directory, &err));
  assert_ok(og_replacement_open(path, &first, &err));
  assert_ok(og_replacement_open(path, &second, &err));
  assert_string_not_equal(first.temporary, second.temporary);
  fputs("first", first.file);
  fputs("second", second.file);
  assert_ok(og_replacement_commit(&second, &err));
  assert_ok(og_replacement_commit(&first, &err));
  og_replacement_close(&first);
  og_replacement_close(&second);
  assert_ok(og_file_read(path, 100, &content, &err));
  assert_string_equal(content.data, "first");
  assert_int_equal(count_entries(directory), 1);
  og_buffer_clear(&content);
}

static void a_place_is_tried_before_the_work(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer content = OG_BUFFER_INIT;
  const char *directory = scratch("tried"), *path = scratch("tried/file");
  assert_ok(og_directory_make(directory, &err));
  assert_ok(og_replacement_try(path, &err));
  assert_int_equal(count_entries(directory), 0);
  assert_ok(og_file_write(path, "old", 3, &err));
  assert_ok(og_replacement_try(path, &err));
  assert_ok(og_file_read(path, 100, &content, &err));
  assert_string_equal(content.data, "old");
  assert_ok(og_replacement_try("/dev/full", &err));
  assert_status(og_replacement_try(directory, &err), OG_IO);
  assert_status(og_replacement_try(scratch("tried/no/file"), &err), OG_IO);
  assert_non_null(strstr(err.message, "there is no directory"));
  og_buffer_clear(&content);
}

static void a_missing_file_is_named_with_the_reason(void **state) {
  (void)state;
  OgBuffer content = OG_BUFFER_INIT;
  OgError err;
  assert_status(og_file_read("/nonexistent/file", 100, &content, &err), OG_IO);
  assert_non_null(strstr(err.message, "/nonexistent/file"));
  assert_non_null(strstr(err.message, "No such file"));
  assert_status(og_file_write("/nonexistent/file", "", 0, &err), OG_IO);
  OgFileMap map;
  assert_status(og_file_map("/", &map, &err), OG_IO);
}

static void directories_are_made_with_their_parents(void **state) {
  (void)state;
  OgError err;
  char deep[4096];
  snprintf(deep, sizeof deep, "%s/b/c", scratch("a"));
  assert_ok(og_directory_make(deep, &err));
  assert_true(og_directory_exists(deep));
  assert_ok(og_directory_make(deep, &err));
  const char *file = scratch("a-file");
  assert_ok(og_file_write(file, "", 0, &err));
  assert_status(og_directory_make(file, &err), OG_IO);
}

/* In a folder that may not be written the reason is that, not that nothing is there yet. */
static void a_directory_that_may_not_be_made_is_reported(void **state) {
  (void)state;
  OgError err;
  const bool root = geteuid() == 0;
  if (root && seteuid(65534) != 0) {
    skip();
  }
  const OgStatus status = og_directory_make("/ontograft-test-denied/b", &err);
  assert_true(!root || seteuid(0) == 0);
  assert_status(status, OG_IO);
  assert_non_null(strstr(err.message, "/ontograft-test-denied"));
  assert_null(strstr(err.message, "No such file"));
}

static void paths_are_joined_with_one_slash(void **state) {
  (void)state;
  static const char *const cases[][3] = {
      {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"}, {"/", "b", "/b"}};
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    char *path = og_path_join(cases[k][0], cases[k][1]);
    assert_string_equal(path, cases[k][2]);
    og_free(path);
  }
}

static void a_path_ends_in_what_follows_its_last_slash(void **state) {
  (void)state;
  assert_string_equal(og_path_last("a/b.c"), "b.c");
  assert_string_equal(og_path_last("b"), "b");
  assert_string_equal(og_path_last("a/"), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read_back),
      cmocka_unit_test(a_file_over_the_limit_is_refused),
      cmocka_unit_test(a_replacement_keeps_links_and_permissions),
      cmocka_unit_test(devices_and_pipes_are_written_themselves),
      cmocka_unit_test(a_replacement_without_commit_changes_nothing),
      cmocka_unit_test(killed_writers_leave_nothing),
      cmocka_unit_test(long_names_are_replaced_or_refused_at_once),
      cmocka_unit_test(a_place_is_tried_before_the_work),
      cmocka_unit_test(two_writers_replace_a_file_one_after_the_other),
      cmocka_unit_test(a_missing_file_is_named_with_the_reason),
      cmocka_unit_test(directories_are_made_with_their_parents),
      cmocka_unit_test(a_directory_that_may_not_be_made_is_reported),
      cmocka_unit_test(paths_are_joined_with_one_slash),
      cmocka_unit_test(a_path_ends_in_what_follows_its_last_slash),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
