#include "core/spill.h"

#include "core/intern.h"
#include "core/memory.h"
#include "core/progress.h"
#include "tests/test.h"

#include <linux/magic.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
  MIB = 1 << 20,
  PAGE = 4096,
  PROGRAM = 24 * MIB /* which a limit leaves to the program itself */
};

static void fill(unsigned char *bytes, size_t from, size_t to) {
  for (size_t k = from; k < to; k++) {
    bytes[k] = (unsigned char)(k * 7 + (k >> 12));
  }
}

static bool is_filled(const unsigned char *bytes, size_t size) {
  for (size_t k = 0; k < size; k++) {
    if (bytes[k] != (unsigned char)(k * 7 + (k >> 12))) {
      return false;
    }
  }
  return true;
}

static void blocks_go_to_files_beyond_the_limit_and_keep_their_bytes(void **state) {
  (void)state;
  og_spill_begin(PROGRAM + 8 * MIB, scratch(""));
  unsigned char *kept = og_realloc(NULL, 3 * MIB, 1);
  assert_int_equal(og_spill_size(), 0);
  unsigned char *moved = og_realloc(NULL, 1000, 1);
  fill(moved, 0, 1000);
  moved = og_realloc(moved, 2 * MIB, 1); /* over half of the limit */
  assert_int_equal(og_spill_size(), 2 * MIB);
  fill(moved, 1000, 2 * MIB);
  moved = og_realloc(moved, 5 * MIB + 1, 1);
  fill(moved, 2 * MIB, 5 * MIB + 1);
  assert_int_equal(og_spill_size(), 5 * MIB + 1);
  og_spill_tick(); /* this process holds more than the limit */
  assert_true(is_filled(moved, 5 * MIB + 1));
  moved = og_realloc(moved, MIB, 1);
  assert_int_equal(og_spill_size(), MIB);
  moved = og_realloc(moved, 10, 1);
  assert_int_equal(og_spill_size(), 0);
  assert_true(is_filled(moved, 10));
  og_free(moved);
  og_free(kept);
  og_spill_begin(0, "");
}

static void zeroed_blocks_are_zero(void **state) {
  (void)state;
  og_spill_begin(PROGRAM + 2 * MIB, scratch(""));
  const unsigned char *zeros = og_calloc(3 * MIB, 1);
  assert_int_equal(og_spill_size(), 3 * MIB);
  for (size_t k = 0; k < 3 * MIB; k++) {
    assert_int_equal(zeros[k], 0);
  }
  og_spill_begin(0, ""); /* blocks in files stay good */
  og_free((void *)(uintptr_t)zeros);
  assert_int_equal(og_spill_size(), 0);
}

static void where_no_file_can_be_made_memory_is_taken(void **state) {
  (void)state;
  og_spill_begin(PROGRAM + 2 * MIB, "/nowhere/at/all");
  unsigned char *block = og_realloc(NULL, 4 * MIB, 1);
  assert_non_null(block);
  assert_int_equal(og_spill_size(), 0);
  og_free(block);
  og_spill_begin(0, "");
}

/* The folder of the files of this process that are mapped and have no name. */
static void find_folder(char *folder, size_t room) {
  char line[512];
  FILE *maps = fopen("/proc/self/maps", "r");
  assert_non_null(maps);
  folder[0] = '\0';
  while (fgets(line, sizeof line, maps)) {
    const char *path = strchr(line, '/');
    if (path && strstr(path, " (deleted)") && strstr(line, "rw-s")) {
      snprintf(folder, room, "%.*s", (int)(strrchr(path, '/') - path), path);
    }
  }
  fclose(maps);
}

static void files_are_on_a_disk_where_there_is_one(void **state) {
  (void)state;
  struct statfs about;
  char folder[512];
  if (statfs("/dev/shm", &about) != 0 || about.f_type != TMPFS_MAGIC ||
      statfs("/var/tmp", &about) != 0 || about.f_type == TMPFS_MAGIC) {
    skip();
  }
  setenv("TMPDIR", "/dev/shm", 1);
  og_spill_begin(PROGRAM + 2 * MIB, "/dev/shm");
  void *block = og_realloc(NULL, 4 * MIB, 1);
  assert_int_equal(og_spill_size(), 4 * MIB);
  find_folder(folder, sizeof folder);
  assert_string_equal(folder, "/var/tmp");
  og_free(block);
  og_spill_begin(0, "");
  unsetenv("TMPDIR");
}

/* The limit on the size of a file stands for a full disk. */
static void a_block_that_finds_no_room_on_the_disk_returns_to_memory(void **state) {
  (void)state;
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small = {3 * MIB, before.rlim_max};
  void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
  og_spill_begin(PROGRAM + 2 * MIB, scratch(""));
  unsigned char *block = og_realloc(NULL, 2 * MIB, 1);
  assert_int_equal(og_spill_size(), 2 * MIB);
  fill(block, 0, 2 * MIB);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  block = og_realloc(block, 4 * MIB, 1);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  assert_non_null(block);
  assert_int_equal(og_spill_size(), 0);
  assert_true(is_filled(block, 2 * MIB));
  og_free(block);
  og_spill_begin(0, "");
}

static long faults(void) {
  struct rusage used;
  assert_int_equal(getrusage(RUSAGE_SELF, &used), 0);
  return used.ru_minflt + used.ru_majflt;
}

/* Small blocks cannot go to files: when they alone hold more than the limit, what is in use of the
 * others stays, however often one asks. */
static void what_is_in_use_stays_when_small_blocks_exceed_the_limit(void **state) {
  (void)state;
  enum { SMALL = 1 << 16, SMALLS = 100 * MIB / SMALL, PAGES = 8 * MIB / PAGE };
  static unsigned char *small[SMALLS];
  og_spill_begin(PROGRAM + 64 * MIB, scratch(""));
  unsigned char *first = og_realloc(NULL, 30 * MIB, 1);
  unsigned char *used = og_realloc(NULL, 8 * MIB, 1); /* together over half of the limit */
  assert_int_equal(og_spill_size(), 8 * MIB);
  for (size_t k = 0; k < SMALLS; k++) {
    small[k] = og_realloc(NULL, SMALL, 1);
    fill(small[k], 0, SMALL);
  }
  og_spill_tick();
  const long before = faults();
  for (int round = 0; round < 50; round++) {
    for (size_t k = 0; k < PAGES; k++) {
      used[k * PAGE]++;
    }
    og_spill_tick();
  }
  assert_true(faults() - before < 5 * PAGES); /* not all of them, each time */
  for (size_t k = 0; k < SMALLS; k++) {
    og_free(small[k]);
  }
  og_free(first);
  og_free(used);
  og_spill_begin(0, "");
}

static void the_usual_limit_is_within_the_machine(void **state) {
  (void)state;
  const size_t limit = og_spill_usual_limit();
  assert_in_range(limit, 1, (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE) / 2);
}

static size_t resident(void) {
  size_t pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%*u %zu", &pages), 1);
  fclose(file);
  return pages * 4096;
}

/* A table of 200 MB under a limit of 64 MB: every string is found again, and pages were given back.
 */
static void a_table_larger_than_the_limit_is_right(void **state) {
  (void)state;
  enum { STRINGS = 1500000, LIMIT = 64 * MIB };
  OgError err = {0};
  uint32_t id;
  char text[160];
  size_t most = 0;
  og_spill_begin(LIMIT, scratch(""));
  OgIntern *table = og_intern_new();
  for (unsigned k = 0; k < STRINGS; k++) {
    const int size = snprintf(text, sizeof text, "%0120u", k * 2654435761u);
    assert_ok(og_intern_add(table, text, (size_t)size, &id, NULL, &err));
    assert_int_equal(id, k);
    og_spill_step(k);
    if (k % 1024 == 511) {
      const size_t now = resident();
      most = now > most ? now : most;
    }
  }
  assert_true(og_spill_size() > 150 * (size_t)MIB);
  for (unsigned k = 0; k < STRINGS; k += 17) {
    const int size = snprintf(text, sizeof text, "%0120u", k * 2654435761u);
    assert_int_equal(og_intern_find(table, text, (size_t)size), k);
  }
  og_intern_free(table);
  og_spill_begin(0, "");
  assert_int_equal(og_spill_size(), 0);
#if !WITH_SANITIZER
  assert_true(most < (size_t)LIMIT);
#else
  (void)most; /* the sanitizer's own memory counts too */
#endif
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_go_to_files_beyond_the_limit_and_keep_their_bytes),
      cmocka_unit_test(zeroed_blocks_are_zero),
      cmocka_unit_test(files_are_on_a_disk_where_there_is_one),
      cmocka_unit_test(where_no_file_can_be_made_memory_is_taken),
      cmocka_unit_test(a_block_that_finds_no_room_on_the_disk_returns_to_memory),
      cmocka_unit_test(what_is_in_use_stays_when_small_blocks_exceed_the_limit),
      cmocka_unit_test(the_usual_limit_is_within_the_machine),
      cmocka_unit_test(a_table_larger_than_the_limit_is_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
