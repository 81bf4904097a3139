#include "cli/table.h"
#include "core/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {"name", "n"};

/* Two rows that hold everything that formats treat specially. */
static OgStatus write_rows(FILE *out, TableFormat format, const Terminal *terminal, OgError *err) {
  Table *table;
  OG_TRY(table_open(out, terminal, format, columns, 2, &table, err));
  table_string(table, "a \"b\", c|d\te\nf\\g");
  table_integer(table, -42);
  table_row(table);
  table_string(table, "Ménière");
  table_null(table);
  table_row(table);
  return table_close(table, OG_OK, err);
}

static char *written(TableFormat format, const Terminal *terminal) {
  char *text = NULL;
  size_t size;
  OgError err;
  FILE *out = open_memstream(&text, &size);
  assert_ok(write_rows(out, format, terminal, &err));
  fclose(out);
  return text;
}

static void every_format_quotes_in_its_own_way(void **state) {
  (void)state;
  static const char *const expected[] = {
      [TABLE_TEXT] = "name                n\n"
                     "────────────────  ───\n"
                     "a \"b\", c|d e f\\g  -42\n"
                     "Ménière              \n",
      [TABLE_CSV] = "name,n\n\"a \"\"b\"\", c|d\te\nf\\g\",-42\nMénière,\n",
      [TABLE_TSV] = "name\tn\na \"b\", c|d\\te\\nf\\\\g\t-42\nMénière\t\n",
      [TABLE_JSON] = "[\n {\"name\": \"a \\\"b\\\", c|d\\te\\nf\\\\g\", \"n\": -42},\n"
                     " {\"name\": \"Ménière\", \"n\": null}\n]\n",
      [TABLE_JSONL] = "{\"name\": \"a \\\"b\\\", c|d\\te\\nf\\\\g\", \"n\": -42}\n"
                      "{\"name\": \"Ménière\", \"n\": null}\n",
      [TABLE_MD] = "| name | n |\n| --- | --- |\n| a \"b\", c\\|d\te<br>f\\g | -42 |\n"
                   "| Ménière |  |\n",
  };
  for (TableFormat format = TABLE_TEXT; format <= TABLE_MD; format++) {
    char *text = written(format, NULL);
    assert_string_equal(text, expected[format]);
    free(text);
  }
}

static void a_table_fits_the_terminal_it_is_drawn_on(void **state) {
  (void)state;
  const Terminal narrow = {.width = 14};
  char *text = written(TABLE_TEXT, &narrow);
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    assert_true(text_width(line, strlen(line)) <= 14);
  }
  free(text);
}

/* Of an address the end is shown, of a text the beginning. */
static void an_address_is_cut_at_its_beginning(void **state) {
  (void)state;
  OgError err = {0};
  static const char *const names[] = {"id"};
  const Terminal narrow = {.width = 10};
  char out[200];
  Table *table = NULL;
  FILE *file = tmpfile();
  assert_non_null(file);
  assert_ok(table_open(file, &narrow, TABLE_TEXT, names, 1, &table, &err));
  table_string(table, "file:///a/b.xsd#Größe");
  table_row(table);
  table_string(table, "see http://a and more");
  table_row(table);
  table_string(table, "urn://a");
  table_row(table);
  table_string(table, "{\"a\":\"http://a\"}");
  table_row(table);
  assert_ok(table_close(table, OG_OK, &err));
  rewind(file);
  out[fread(out, 1, sizeof out - 1, file)] = '\0';
  fclose(file);
  assert_non_null(strstr(out, "\n…xsd#Größe\nsee http:…\nurn://a\n{\"a\":\"htt…\n"));
}

static void no_cell_can_steer_the_terminal(void **state) {
  (void)state;
  char *text = NULL;
  size_t size;
  OgError err;
  Table *table;
  FILE *out = open_memstream(&text, &size);
  assert_ok(table_open(out, NULL, TABLE_TEXT, columns, 2, &table, &err));
  table_string(table, "\033[2Jx\u202ey\x80");
  table_row(table);
  assert_ok(table_close(table, OG_OK, &err));
  fclose(out);
  assert_null(strchr(text, '\033'));
  assert_non_null(strstr(text, "\\x1b[2Jx\\u202ey\xef\xbf\xbd"));
  free(text);
}

static void more_rows_than_are_kept_for_the_widths_are_all_written(void **state) {
  (void)state;
  enum { ROWS = 2500 };
  char *text = NULL;
  size_t size;
  OgError err;
  Table *table;
  FILE *out = open_memstream(&text, &size);
  assert_ok(table_open(out, NULL, TABLE_TEXT, columns, 2, &table, &err));
  for (int k = 0; k < ROWS; k++) {
    table_string(table, "row");
    table_integer(table, k);
    table_row(table);
  }
  assert_ok(table_close(table, OG_OK, &err));
  fclose(out);
  int lines = 0;
  for (const char *at = text; *at; at++) {
    lines += *at == '\n';
  }
  assert_int_equal(lines, ROWS + 2);
  assert_non_null(strstr(text, "2499\n"));
  free(text);
}

static void columns_of_one_name_are_keys_apart(void **state) {
  (void)state;
  static const char *const same[] = {"a", "a", "b", "a_2", "a", "b"};
  static const char *const expected[] = {
      [TABLE_CSV] = "a,a,b,a_2,a,b\n1,2,3,4,5,6\n",
      [TABLE_JSON] =
          "[\n {\"a\": 1, \"a_3\": 2, \"b\": 3, \"a_2\": 4, \"a_4\": 5, \"b_2\": 6}\n]\n",
      [TABLE_JSONL] = "{\"a\": 1, \"a_3\": 2, \"b\": 3, \"a_2\": 4, \"a_4\": 5, \"b_2\": 6}\n",
  };
  for (size_t format = 0; format < OG_COUNT(expected); format++) {
    char *text = NULL;
    size_t size;
    OgError err;
    Table *table;
    if (!expected[format]) {
      continue;
    }
    FILE *out = open_memstream(&text, &size);
    assert_ok(table_open(out, NULL, (TableFormat)format, same, OG_COUNT(same), &table, &err));
    for (int k = 1; k <= 6; k++) {
      table_integer(table, k);
    }
    table_row(table);
    assert_ok(table_close(table, OG_OK, &err));
    fclose(out);
    assert_string_equal(text, expected[format]);
    free(text);
  }
}

static void a_table_that_fails_has_no_end_and_without_rows_no_header(void **state) {
  (void)state;
  static const char *const expected[] = {
      [TABLE_TEXT] = "name  n\n────  ─\nrow   1\n",
      [TABLE_CSV] = "name,n\nrow,1\n",
      [TABLE_TSV] = "name\tn\nrow\t1\n",
      [TABLE_JSON] = "[\n {\"name\": \"row\", \"n\": 1}",
      [TABLE_JSONL] = "{\"name\": \"row\", \"n\": 1}\n",
      [TABLE_MD] = "| name | n |\n| --- | --- |\n| row | 1 |\n",
  };
  for (TableFormat format = TABLE_TEXT; format <= TABLE_MD; format++) {
    for (int rows = 0; rows < 2; rows++) {
      char *text = NULL;
      size_t size;
      OgError err = {.message = "as it was"};
      Table *table;
      FILE *out = open_memstream(&text, &size);
      assert_ok(table_open(out, NULL, format, columns, 2, &table, &err));
      if (rows > 0) {
        table_string(table, "row");
        table_integer(table, 1);
        table_row(table);
      }
      assert_status(table_close(table, OG_CANCELLED, &err), OG_CANCELLED);
      assert_string_equal(err.message, "as it was");
      fclose(out);
      assert_string_equal(text, rows > 0 ? expected[format] : "");
      free(text);
    }
  }
}

static void running_out_of_memory_is_told_at_the_end(void **state) {
  (void)state;
  OgError err;
  FILE *out = fopen("/dev/null", "w");
  long countdown = 0;
  for (OgStatus status = OG_NO_MEMORY; status != OG_OK; countdown++) {
    og_memory_fail_after(countdown);
    status = write_rows(out, TABLE_TEXT, NULL, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
  assert_true(countdown > 5);
  fclose(out);
}

static void a_full_disk_is_told(void **state) {
  (void)state;
  OgError err;
  FILE *out = fopen("/dev/full", "w");
  assert_non_null(out);
  setvbuf(out, NULL, _IONBF, 0);
  assert_status(write_rows(out, TABLE_CSV, NULL, &err), OG_IO);
  fclose(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_format_quotes_in_its_own_way),
      cmocka_unit_test(a_table_fits_the_terminal_it_is_drawn_on),
      cmocka_unit_test(an_address_is_cut_at_its_beginning),
      cmocka_unit_test(no_cell_can_steer_the_terminal),
      cmocka_unit_test(more_rows_than_are_kept_for_the_widths_are_all_written),
      cmocka_unit_test(columns_of_one_name_are_keys_apart),
      cmocka_unit_test(a_table_that_fails_has_no_end_and_without_rows_no_header),
      cmocka_unit_test(running_out_of_memory_is_told_at_the_end),
      cmocka_unit_test(a_full_disk_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
