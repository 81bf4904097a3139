#include "kg/fresh.h"

#include "core/buffer.h"
#include "core/file.h"
#include "core/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Make a file at path by way of one beside it, which says "graph". */
static OgStatus make(const char *path, OgError *err) {
  OgFresh fresh;
  OgStatus status = og_fresh_open(path, &fresh, err);
  if (status == OG_OK) {
    assert_int_equal(write(fresh.lock, "graph", 5), 5);
    status = og_fresh_publish(&fresh, err);
  }
  og_fresh_clear(&fresh);
  return status;
}

static void assert_holds(const char *path, const char *text) {
  OgError err = {0};
  OgBuffer content = OG_BUFFER_INIT;
  assert_ok(og_file_read(path, 100, &content, &err));
  assert_string_equal(content.data, text);
  og_buffer_clear(&content);
}

static bool is_link(const char *path) {
  struct stat about;
  return lstat(path, &about) == 0 && S_ISLNK(about.st_mode);
}

static void a_file_comes_into_its_place_alone(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("new.db");
  assert_true(og_fresh_wanted(path));
  assert_ok(make(path, &err));
  assert_holds(path, "graph");
  assert_false(og_fresh_wanted(path));
  assert_false(og_file_exists(scratch("new.db-importing")));
}

/* The links stay, and what they lead to is made: near, far, and in two steps. */
static void links_to_nothing_are_followed(void **state) {
  (void)state;
  OgError err = {0};
  assert_int_equal(mkdir(scratch("far"), 0777), 0);
  assert_int_equal(symlink("far/target.db", scratch("near.db")), 0);
  assert_int_equal(symlink(scratch("near.db"), scratch("again.db")), 0);
  const char *path = scratch("again.db");
  assert_true(og_fresh_wanted(path));
  assert_ok(make(path, &err));
  assert_true(is_link(path));
  assert_true(is_link(scratch("near.db")));
  assert_false(is_link(scratch("far/target.db")));
  assert_holds(scratch("far/target.db"), "graph");
}

static void links_that_go_round_are_refused(void **state) {
  (void)state;
  OgError err = {0};
  assert_int_equal(symlink("b.db", scratch("a.db")), 0);
  assert_int_equal(symlink("a.db", scratch("b.db")), 0);
  assert_status(make(scratch("a.db"), &err), OG_IO);
  assert_true(is_link(scratch("a.db")));
}

/* Where others may write, too, the name beside the graph can be theirs. */
static void a_link_in_place_of_the_file_in_the_making_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  assert_ok(og_file_write(scratch("precious"), "text", 4, &err));
  assert_int_equal(symlink(scratch("precious"), scratch("trap.db-importing")), 0);
  assert_status(make(scratch("trap.db"), &err), OG_IO);
  assert_holds(scratch("precious"), "text");
  assert_false(og_file_exists(scratch("trap.db")));
}

static void an_empty_file_leaves_its_permissions(void **state) {
  (void)state;
  OgError err = {0};
  struct stat about;
  const char *path = scratch("empty.db");
  assert_ok(og_file_write(path, "", 0, &err));
  assert_int_equal(chmod(path, 0640), 0);
  assert_int_equal(symlink("empty.db", scratch("to-empty.db")), 0);
  assert_true(og_fresh_wanted(scratch("to-empty.db")));
  assert_ok(make(scratch("to-empty.db"), &err));
  assert_holds(path, "graph");
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(about.st_mode & 07777, 0640);
}

static void what_comes_in_the_meantime_is_left_alone(void **state) {
  (void)state;
  OgError err = {0};
  OgFresh fresh;
  const char *path = scratch("meantime.db");
  assert_ok(og_fresh_open(path, &fresh, &err));
  assert_ok(og_file_write(path, "other", 5, &err));
  assert_status(og_fresh_publish(&fresh, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "in the meantime"));
  og_fresh_clear(&fresh);
  assert_holds(path, "other");
  assert_false(og_file_exists(scratch("meantime.db-importing")));
}

static void one_makes_it_at_a_time(void **state) {
  (void)state;
  OgError err = {0};
  OgFresh fresh, second;
  assert_ok(og_fresh_open(scratch("one.db"), &fresh, &err));
  assert_status(og_fresh_open(scratch("one.db"), &second, &err), OG_FAILED);
  og_fresh_clear(&second);
  assert_true(og_file_exists(scratch("one.db-importing")));
  og_fresh_clear(&fresh);
  assert_ok(make(scratch("one.db"), &err));
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgStatus status = OG_NO_MEMORY;
  assert_int_equal(symlink("memory-target.db", scratch("memory.db")), 0);
  const char *path = scratch("memory.db");
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    OgError err = {0};
    og_memory_fail_after(failures);
    status = make(path, &err);
    og_memory_fail_after(-1);
  }
  assert_int_equal(status, OG_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_comes_into_its_place_alone),
      cmocka_unit_test(links_to_nothing_are_followed),
      cmocka_unit_test(links_that_go_round_are_refused),
      cmocka_unit_test(a_link_in_place_of_the_file_in_the_making_is_refused),
      cmocka_unit_test(an_empty_file_leaves_its_permissions),
      cmocka_unit_test(what_comes_in_the_meantime_is_left_alone),
      cmocka_unit_test(one_makes_it_at_a_time),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
