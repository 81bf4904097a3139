#include "kg/bulk.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Every b-tree is made twice, by this program and by SQLite, which then compares. */

enum { SMALL_PAGE = 512, USUAL_PAGE = 4096, LARGE_PAGE = 65536 };

static const int page_sizes[] = {SMALL_PAGE, USUAL_PAGE, LARGE_PAGE};

static const char tables[] =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c TEXT) STRICT;"
    "CREATE INDEX t_b ON t(b);"
    "CREATE TABLE k(a INTEGER, b INTEGER, c TEXT, PRIMARY KEY(a, b, c)) "
    "STRICT, WITHOUT ROWID;"
    "CREATE TABLE single(a INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID";

static sqlite3 *open_database(const char *path) {
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  return db;
}

static void run(sqlite3 *db, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
    fail_msg("%s: %s", sql, message);
  }
}

static int64_t number(sqlite3 *db, const char *sql) {
  sqlite3_stmt *row = NULL;
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(row), SQLITE_ROW);
  const int64_t found = sqlite3_column_int64(row, 0);
  sqlite3_finalize(row);
  return found;
}

static void assert_sound(sqlite3 *db) {
  sqlite3_stmt *row = NULL;
  assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &row, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(row), SQLITE_ROW);
  assert_string_equal((const char *)sqlite3_column_text(row, 0), "ok");
  sqlite3_finalize(row);
}

/* An empty database. Static storage, as of scratch(). */
static const char *new_database(const char *name, int page_size) {
  char sql[64];
  const char *path = scratch(name);
  unlink(path);
  sqlite3 *db = open_database(path);
  snprintf(sql, sizeof sql, "PRAGMA page_size = %d", page_size);
  run(db, sql);
  run(db, tables);
  sqlite3_close(db);
  return path;
}

/* The k-th row: numbers of every width, texts of every length up to some that need pages of their
 * own. */
static void make_row(size_t k, size_t longest, OgValue row[4]) {
  static char text[1 << 20];
  if (text[0] == '\0') {
    for (size_t i = 0; i < sizeof text; i++) {
      text[i] = (char)('a' + i * i % 23);
    }
  }
  static const int64_t numbers[] = {0,
                                    1,
                                    2,
                                    -1,
                                    127,
                                    128,
                                    -128,
                                    -129,
                                    32767,
                                    32768,
                                    -32769,
                                    8388607,
                                    8388608,
                                    -8388609,
                                    2147483647,
                                    1L << 31,
                                    (1L << 47) - 1,
                                    1L << 47,
                                    -(1L << 47) - 1,
                                    INT64_MAX,
                                    INT64_MIN};
  const size_t size = k * 37 % (longest + 1);
  row[0] = (OgValue){0};
  row[1] = (OgValue)OG_TEXT_VALUE(((OgText){text, size}));
  row[2] = (OgValue)OG_INTEGER_VALUE(numbers[k % OG_COUNT(numbers)]);
  row[3] = k % 3 ? (OgValue){0} : (OgValue)OG_TEXT_VALUE(((OgText){text, k % 5}));
}

/* Rowids with gaps, negative ones too. */
static int64_t rowid_of(size_t k) {
  return ((int64_t)k - 40) * 1000 + (int64_t)k % 7;
}

static void bind(sqlite3_stmt *statement, int column, const OgValue *value) {
  if (value->kind == OG_VALUE_INTEGER) {
    sqlite3_bind_int64(statement, column, value->integer);
  } else if (value->kind == OG_VALUE_TEXT) {
    sqlite3_bind_text64(statement, column, value->text.data, value->text.size, SQLITE_STATIC,
                        SQLITE_UTF8);
  } else {
    sqlite3_bind_null(statement, column);
  }
}

/* What SQLite makes of the same rows, in a file of its own: none may look into one that is filled.
 */
static sqlite3 *expect_rows(size_t count, size_t longest) {
  const char *path = scratch("expected.db");
  sqlite3_stmt *statement = NULL;
  unlink(path);
  sqlite3 *db = open_database(path);
  run(db, "CREATE TABLE expected(id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c TEXT); BEGIN");
  assert_int_equal(
      sqlite3_prepare_v2(db, "INSERT INTO expected VALUES(?, ?, ?, ?)", -1, &statement, NULL),
      SQLITE_OK);
  for (size_t k = 0; k < count; k++) {
    OgValue row[4];
    make_row(k, longest, row);
    sqlite3_bind_int64(statement, 1, rowid_of(k));
    for (int column = 1; column < 4; column++) {
      bind(statement, column + 1, &row[column]);
    }
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
  run(db, "COMMIT");
  return db;
}

static void fill_table(OgBulk *bulk, size_t count, size_t longest) {
  OgError err = {0};
  assert_ok(og_bulk_begin(bulk, "t", &err));
  for (size_t k = 0; k < count; k++) {
    OgValue row[4];
    make_row(k, longest, row);
    assert_ok(og_bulk_add(bulk, rowid_of(k), row, 4, &err));
  }
  assert_ok(og_bulk_end(bulk, &err));
}

/* t_b and k from the rows that SQLite has, in the order that it gives them. */
static void fill_from(OgBulk *bulk, sqlite3 *db, const char *name, const char *sql) {
  OgError err = {0};
  sqlite3_stmt *from = NULL;
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &from, NULL), SQLITE_OK);
  assert_ok(og_bulk_begin(bulk, name, &err));
  while (sqlite3_step(from) == SQLITE_ROW) {
    OgValue row[4] = {{0}};
    const int columns = sqlite3_column_count(from);
    for (int k = 0; k < columns; k++) {
      if (sqlite3_column_type(from, k) == SQLITE_INTEGER) {
        row[k] = (OgValue)OG_INTEGER_VALUE(sqlite3_column_int64(from, k));
      } else if (sqlite3_column_type(from, k) == SQLITE_TEXT) {
        row[k].kind = OG_VALUE_TEXT;
        row[k].text.data = (const char *)sqlite3_column_text(from, k);
        row[k].text.size = (size_t)sqlite3_column_bytes(from, k);
      }
    }
    assert_ok(og_bulk_add(bulk, 0, row, (size_t)columns, &err));
  }
  assert_ok(og_bulk_end(bulk, &err));
  sqlite3_finalize(from);
}

static void assert_same(const char *path, size_t count) {
  char sql[600];
  sqlite3 *db = open_database(path);
  assert_sound(db);
  snprintf(sql, sizeof sql, "ATTACH '%s' AS other", scratch("expected.db"));
  run(db, sql);
  assert_int_equal(number(db, "SELECT count(*) FROM t"), count);
  assert_int_equal(
      number(db, "SELECT count(*) FROM (SELECT * FROM t EXCEPT SELECT * FROM expected)"), 0);
  assert_int_equal(number(db, "SELECT count(*) FROM t INDEXED BY t_b WHERE b > -1000"),
                   number(db, "SELECT count(*) FROM expected WHERE b > -1000"));
  assert_int_equal(number(db, "SELECT count(*) FROM k"), count);
  assert_int_equal(
      number(db, "SELECT count(*) FROM (SELECT b, id, a FROM expected EXCEPT SELECT * FROM k)"), 0);
  /* The trees go on living. */
  run(db, "DELETE FROM t WHERE id % 3 = 0; DELETE FROM k WHERE b % 3 = 0;"
          "INSERT INTO t SELECT id, a, b, c FROM expected WHERE id % 3 = 0");
  assert_sound(db);
  sqlite3_close(db);
}

static void sqlite_finds_what_was_written(void **state) {
  static const size_t counts[] = {0, 1, 2, 40, 3000};
  static const size_t lengths[] = {0, 20, 300, 3000, 70000};
  (void)state;
  OgError err = {0};
  for (size_t k = 0; k < OG_COUNT(page_sizes) * OG_COUNT(counts) * OG_COUNT(lengths); k++) {
    const int page_size = page_sizes[k % OG_COUNT(page_sizes)];
    const size_t longest = lengths[k / OG_COUNT(page_sizes) % OG_COUNT(lengths)];
    size_t count = counts[k / OG_COUNT(page_sizes) / OG_COUNT(lengths)];
    count = longest > 10000 && count > 100 ? 100 : count;
    const char *path = new_database("bulk.db", page_size);
    OgBulk *bulk = NULL;
    sqlite3 *db = expect_rows(count, longest);
    assert_ok(og_bulk_open(path, &bulk, &err));
    fill_table(bulk, count, longest);
    fill_from(bulk, db, "t_b", "SELECT b, id FROM expected ORDER BY b, id");
    fill_from(bulk, db, "k", "SELECT b, id, ifnull(a, '') FROM expected ORDER BY 1, 2, 3");
    sqlite3_close(db);
    assert_ok(og_bulk_commit(bulk, &err));
    og_bulk_close(bulk);
    assert_same(path, count);
  }
}

/* Rows of an index that take three bytes are padded to four in a leaf. Wherever the leaves end, one
 * of these moves up, and is not padded there. */
static void short_rows_move_up_as_they_are(void **state) {
  (void)state;
  OgError err = {0};
  for (int64_t before = 0; before < 140; before++) {
    OgBulk *bulk = NULL;
    const char *path = new_database("short.db", SMALL_PAGE);
    assert_ok(og_bulk_open(path, &bulk, &err));
    assert_ok(og_bulk_begin(bulk, "single", &err));
    for (int64_t k = -before; k < 300; k++) {
      const OgValue row = OG_INTEGER_VALUE(k);
      assert_ok(og_bulk_add(bulk, 0, &row, 1, &err));
    }
    assert_ok(og_bulk_end(bulk, &err));
    assert_ok(og_bulk_commit(bulk, &err));
    og_bulk_close(bulk);
    sqlite3 *db = open_database(path);
    assert_sound(db);
    assert_int_equal(number(db, "SELECT count(*) FROM single"), 300 + before);
    sqlite3_close(db);
  }
}

/* Add two rows to a tree in a process of its own; returns the signal that ended it, 0 when none
 * did. */
static int add_two(const char *name, const OgValue rows[2][3], const int64_t rowids[2]) {
  const char *path = new_database("order.db", USUAL_PAGE);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    OgError err = {0};
    OgBulk *bulk = NULL;
    close(STDERR_FILENO);
    bool good = og_bulk_open(path, &bulk, &err) == OG_OK;
    good = good && og_bulk_begin(bulk, name, &err) == OG_OK;
    for (size_t k = 0; k < 2 && good; k++) {
      good = og_bulk_add(bulk, rowids[k], rows[k], 3, &err) == OG_OK;
    }
    og_bulk_close(bulk);
    _exit(good ? 0 : 1);
  }
  int how;
  assert_int_equal(waitpid(child, &how, 0), child);
  assert_true(WIFSIGNALED(how) || WEXITSTATUS(how) == 0);
  return WIFSIGNALED(how) ? WTERMSIG(how) : 0;
}

#define KEY(a, b, c)                                                                               \
  {                                                                                                \
    OG_INTEGER_VALUE(a), OG_INTEGER_VALUE(b), {                                                    \
      OG_VALUE_TEXT, 0, {                                                                          \
        c, sizeof(c) - 1                                                                           \
      }                                                                                            \
    }                                                                                              \
  }

static void rows_out_of_order_are_a_mistake_of_ours(void **state) {
  (void)state;
  static const struct {
    const char *name;
    OgValue rows[2][3];
    int64_t rowids[2];
    bool ordered;
  } cases[] = {
      {"t", {KEY(9, 9, "b"), KEY(1, 1, "a")}, {1, 2}, true},
      {"t", {KEY(1, 1, "a"), KEY(9, 9, "b")}, {2, 2}, false},
      {"t", {KEY(1, 1, "a"), KEY(9, 9, "b")}, {2, -3}, false},
      {"k", {KEY(1, 2, "b"), KEY(1, 2, "ba")}, {2, 1}, true},
      {"k", {KEY(1, 2, "b"), KEY(1, 3, "a")}, {0, 0}, true},
      {"k", {{{0}}, KEY(-1, 0, "")}, {0, 0}, true},
      {"k", {KEY(1, 2, "b"), KEY(1, 2, "b")}, {0, 0}, false},
      {"k", {KEY(1, 2, "ba"), KEY(1, 2, "b")}, {0, 0}, false},
      {"k", {KEY(1, 2, "b"), KEY(0, 3, "c")}, {0, 0}, false},
  };
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    const int end = add_two(cases[k].name, cases[k].rows, cases[k].rowids);
    assert_int_equal(end, cases[k].ordered ? 0 : SIGABRT);
  }
}

static void pages_are_full(void **state) {
  (void)state;
  OgError err = {0};
  OgBulk *bulk = NULL;
  const char *path = new_database("full.db", USUAL_PAGE);
  struct stat about;
  assert_ok(og_bulk_open(path, &bulk, &err));
  assert_ok(og_bulk_begin(bulk, "k", &err));
  for (int64_t k = 0; k < 100000; k++) {
    const OgValue row[] = {OG_INTEGER_VALUE(k + 1000000), OG_INTEGER_VALUE(77),
                           OG_TEXT_VALUE(OG_TEXT("abc"))};
    assert_ok(og_bulk_add(bulk, 0, row, 3, &err));
  }
  assert_ok(og_bulk_end(bulk, &err));
  assert_ok(og_bulk_commit(bulk, &err));
  og_bulk_close(bulk);
  assert_int_equal(stat(path, &about), 0);
  /* 4 header bytes, 3 + 1 + 3 of values, the payload's size and the cell's pointer: 14 a row. */
  assert_true(about.st_size < 100000 * 14 * 103 / 100);
}

/* The page that holds byte 2^30 stays empty: SQLite locks it. The file has a hole up to there. */
static void the_lock_page_is_passed_over(void **state) {
  (void)state;
  enum { LOCK_PAGE = (1 << 30) / USUAL_PAGE + 1, PAGES_AT = 28 };
  OgError err = {0};
  OgBulk *bulk = NULL;
  const char *path = new_database("lock.db", USUAL_PAGE);
  const uint32_t pages = LOCK_PAGE - 20;
  const unsigned char header[] = {(unsigned char)(pages >> 24), (unsigned char)(pages >> 16),
                                  (unsigned char)(pages >> 8), (unsigned char)pages};
  const int file = open(path, O_RDWR);
  assert_true(file >= 0);
  if (ftruncate(file, (off_t)pages * USUAL_PAGE) != 0) {
    close(file);
    print_message("[  SKIP    ] needs files with holes\n");
    skip();
  }
  assert_int_equal(pwrite(file, header, sizeof header, PAGES_AT), sizeof header);
  assert_ok(og_bulk_open(path, &bulk, &err));
  fill_table(bulk, 200, 9000); /* chains of pages, one of which meets the lock page */
  assert_ok(og_bulk_commit(bulk, &err));
  og_bulk_close(bulk);
  unsigned char page[USUAL_PAGE];
  static const unsigned char empty[USUAL_PAGE];
  assert_int_equal(pread(file, page, sizeof page, (off_t)(LOCK_PAGE - 1) * USUAL_PAGE),
                   sizeof page);
  assert_memory_equal(page, empty, sizeof page);
  assert_true(lseek(file, 0, SEEK_END) > (off_t)LOCK_PAGE * USUAL_PAGE);
  close(file);
  sqlite3 *db = open_database(path);
  for (size_t k = 0; k < 200; k++) {
    char sql[64];
    OgValue row[4];
    make_row(k, 9000, row);
    snprintf(sql, sizeof sql, "SELECT length(a) FROM t WHERE id = %lld", (long long)rowid_of(k));
    assert_int_equal(number(db, sql), row[1].text.size);
  }
  sqlite3_close(db);
  unlink(path);
}

static void what_cannot_be_filled_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  OgBulk *bulk = NULL;
  assert_status(og_bulk_open(scratch("absent.db"), &bulk, &err), OG_IO);
  const char *path = new_database("faults.db", USUAL_PAGE);
  assert_ok(og_bulk_open(path, &bulk, &err));
  assert_status(og_bulk_begin(bulk, "nothing", &err), OG_FAILED);
  og_bulk_close(bulk);
  for (long countdown = 0;; countdown++) {
    OgStatus status = OG_OK;
    const OgValue row[] = {OG_INTEGER_VALUE(1), OG_INTEGER_VALUE(2), OG_TEXT_VALUE(OG_TEXT("x"))};
    bulk = NULL;
    og_memory_fail_after(countdown);
    status = og_bulk_open(path, &bulk, &err);
    status = status == OG_OK ? og_bulk_begin(bulk, "k", &err) : status;
    status = status == OG_OK ? og_bulk_add(bulk, 0, row, 3, &err) : status;
    status = status == OG_OK ? og_bulk_end(bulk, &err) : status;
    og_memory_fail_after(-1);
    og_bulk_close(bulk);
    if (status == OG_OK) {
      assert_true(countdown > 3);
      break;
    }
    assert_status(status, OG_NO_MEMORY);
  }
}

/* No byte of the text is read before it is refused. */
static void a_row_that_sqlite_would_not_read_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgBulk *bulk = NULL;
  const OgValue row[] = {OG_INTEGER_VALUE(1), OG_INTEGER_VALUE(2),
                         OG_TEXT_VALUE(((OgText){"x", (size_t)1 << 40}))};
  assert_ok(og_bulk_open(new_database("long.db", USUAL_PAGE), &bulk, &err));
  assert_ok(og_bulk_begin(bulk, "k", &err));
  assert_status(og_bulk_add(bulk, 0, row, 3, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "too long"));
  og_bulk_close(bulk);
}

/* Pages that are free stay so; pages that say where others belong would be missed. */
static void free_pages_do_no_harm_and_auto_vacuum_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgBulk *bulk = NULL;
  const char *path = new_database("free.db", SMALL_PAGE);
  sqlite3 *db = open_database(path);
  run(db, "CREATE TABLE gone(a); INSERT INTO gone VALUES(zeroblob(9000)); DROP TABLE gone");
  assert_true(number(db, "PRAGMA freelist_count") > 0);
  sqlite3_close(db);
  assert_ok(og_bulk_open(path, &bulk, &err));
  fill_table(bulk, 100, 3000);
  assert_ok(og_bulk_begin(bulk, "t_b", &err));
  assert_ok(og_bulk_end(bulk, &err));
  assert_ok(og_bulk_commit(bulk, &err));
  og_bulk_close(bulk);
  db = open_database(path);
  run(db, "REINDEX");
  assert_sound(db);
  assert_int_equal(number(db, "SELECT count(*) FROM t"), 100);
  run(db, "PRAGMA auto_vacuum = FULL; VACUUM");
  sqlite3_close(db);
  assert_status(og_bulk_open(path, &bulk, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "auto_vacuum"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sqlite_finds_what_was_written),
      cmocka_unit_test(short_rows_move_up_as_they_are),
      cmocka_unit_test(rows_out_of_order_are_a_mistake_of_ours),
      cmocka_unit_test(pages_are_full),
      cmocka_unit_test(the_lock_page_is_passed_over),
      cmocka_unit_test(what_cannot_be_filled_is_reported),
      cmocka_unit_test(a_row_that_sqlite_would_not_read_is_refused),
      cmocka_unit_test(free_pages_do_no_harm_and_auto_vacuum_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
