#include "finetune/rows.h"

#include "core/input.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
  BLOCK = 1 << 16,
  ROW_LIMIT = 16 << 20, /* bytes of a row: a quote that is never closed ends here */
  COLUMN_LIMIT = 4096,
  END = -1,
  NONE = -1
};

/* What a column is for. */
typedef enum Role { TEXT, PAIR, LABEL, ID, GROUP, ROLE_COUNT } Role;

enum { GUESSES = 12 };

/* Names that a column goes by when the user does not tell, likeliest first; the first one is taken
 * silently. */
static const struct {
  const char *what;
  const char *option;
  const char *names[GUESSES];
} roles[ROLE_COUNT] = {
    [TEXT] = {"text",
              "--text-col",
              {"text", "sentence", "abstract", "content", "body", "document", "description",
               "review", "question", "title"}},
    [PAIR] = {"second text", "--pair-col", {NULL}},
    [LABEL] = {"label",
               "--label-col",
               {"label", "labels", "class", "category", "sentiment", "target", "topic"}},
    [ID] = {"id", "--id-col", {"id", "doc_id", "identifier", "pmid", "uid", "guid"}},
    [GROUP] = {"group", "--by", {NULL}},
};

/* --- characters ------------------------------------------------------------------------------- */

/* Where a UTF-8 sequence stands: how many bytes are to come, and what the next one may be. */
typedef struct Utf8 {
  unsigned left;
  unsigned char least, most;
} Utf8;

struct OgRowReader {
  OgInput *input;
  const OgProgress *progress;
  OgDataFormat format;
  char delimiter;
  char *block; /* bytes of the file that are not looked at yet: [at, end) */
  size_t at, end;
  long line, column; /* of the next byte; column counts bytes */
  Utf8 utf8;
  unsigned char lead; /* the first byte of the sequence, and its column */
  long lead_column;
  OgBuffer record; /* CSV, TSV: all fields of the row, end to end; JSON Lines: the line */
  size_t *ends;    /* CSV, TSV: where each field ends in record */
  size_t fields, field_capacity;
  long record_line;
  char **names;                 /* the header's columns; NULL without header */
  size_t width;                 /* columns that every row must have; 0 until known */
  long columns[ROLE_COUNT];     /* CSV, TSV: place of the role's column, or NONE */
  char *keys[ROLE_COUNT];       /* JSON Lines: key of the role, or NULL */
  json_t *object;               /* JSON Lines: the row */
  char numbers[ROLE_COUNT][32]; /* texts of numbers: an id by row, a label such as 3 */
  bool pending;                 /* the first row is read already */
  uint64_t rows;
};

static OgStatus fault(const OgRowReader *reader, long line, long column, const char *what,
                      OgError *err) {
  return og_error_at(err, OG_BAD_DATA, og_input_name(reader->input), line, column, "%s", what);
}

static OgStatus fill(OgRowReader *reader, OgError *err) {
  reader->at = 0;
  return og_input_read(reader->input, reader->block, BLOCK, &reader->end, err);
}

/* How UTF-8 goes on after a first byte (Unicode, table 3-7); left 4 marks a byte that cannot be
 * first. */
static Utf8 after_first(unsigned char c) {
  static const struct {
    unsigned char first, last;
    Utf8 next;
  } table[] = {
      {0x01, 0x7f, {0, 0, 0}},       {0xc2, 0xdf, {1, 0x80, 0xbf}}, {0xe0, 0xe0, {2, 0xa0, 0xbf}},
      {0xe1, 0xec, {2, 0x80, 0xbf}}, {0xed, 0xed, {2, 0x80, 0x9f}}, {0xee, 0xef, {2, 0x80, 0xbf}},
      {0xf0, 0xf0, {3, 0x90, 0xbf}}, {0xf1, 0xf3, {3, 0x80, 0xbf}}, {0xf4, 0xf4, {3, 0x80, 0x8f}},
  };
  for (size_t k = 0; k < OG_COUNT(table); k++) {
    if (c >= table[k].first && c <= table[k].last) {
      return table[k].next;
    }
  }
  return (Utf8){4, 0, 0};
}

static OgStatus check_utf8(OgRowReader *reader, unsigned char c, OgError *err) {
  Utf8 *utf8 = &reader->utf8;
  if (utf8->left == 0) {
    *utf8 = after_first(c);
    reader->lead = c;
    reader->lead_column = reader->column;
  } else if (c >= utf8->least && c <= utf8->most) {
    *utf8 = (Utf8){utf8->left - 1, 0x80, 0xbf};
  } else {
    utf8->left = 4;
  }
  if (utf8->left == 4) {
    return og_error_byte(err, og_input_name(reader->input), reader->line, reader->lead_column,
                         reader->lead);
  }
  return OG_OK;
}

/* Take the next byte, or END. */
static OgStatus take(OgRowReader *reader, int *c, OgError *err) {
  if (reader->at == reader->end) {
    OG_TRY(fill(reader, err));
    if (reader->end == 0) {
      *c = END;
      return reader->utf8.left == 0 ? OG_OK
                                    : fault(reader, reader->line, reader->lead_column,
                                            "the file ends inside a UTF-8 character", err);
    }
  }
  const unsigned char byte = (unsigned char)reader->block[reader->at];
  if (byte == 0 || byte > 0x7f || reader->utf8.left != 0) {
    OG_TRY(check_utf8(reader, byte, err));
  }
  reader->at++;
  reader->column++;
  if (byte == '\n') {
    reader->line++;
    reader->column = 1;
  }
  *c = byte;
  return OG_OK;
}

/* The next byte without taking it, or END. */
static OgStatus peek(OgRowReader *reader, int *c, OgError *err) {
  if (reader->at == reader->end) {
    OG_TRY(fill(reader, err));
  }
  *c = reader->at == reader->end ? END : (unsigned char)reader->block[reader->at];
  return OG_OK;
}

/* --- records of CSV and TSV ------------------------------------------------------------------- */

static OgStatus put(OgRowReader *reader, int c, OgError *err) {
  const char byte = (char)c;
  if (reader->record.size >= ROW_LIMIT) {
    return og_error_at(err, OG_BAD_DATA, og_input_name(reader->input), reader->record_line, 0,
                       "a row of over %d bytes; is a quote opened and never closed?", ROW_LIMIT);
  }
  return og_buffer_append(&reader->record, &byte, 1, err);
}

static OgStatus end_field(OgRowReader *reader, OgError *err) {
  if (reader->fields == COLUMN_LIMIT) {
    return fault(reader, reader->record_line, 0, "a row of over 4096 columns", err);
  }
  if (reader->fields == reader->field_capacity) {
    const size_t capacity = reader->field_capacity ? reader->field_capacity * 2 : 16;
    size_t *grown = og_realloc(reader->ends, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    reader->ends = grown;
    reader->field_capacity = capacity;
  }
  reader->ends[reader->fields++] = reader->record.size;
  return OG_OK;
}

/* What follows a field. */
typedef enum After { FIELD_FOLLOWS, ROW_ENDS, FILE_ENDS } After;

/* Whether c ends a field, and how; a \r before a \n is taken along. */
static OgStatus ends_field(OgRowReader *reader, int c, bool *ends, After *after, OgError *err) {
  int next = 0;
  *ends = true;
  *after = c == END ? FILE_ENDS : c == '\n' ? ROW_ENDS : FIELD_FOLLOWS;
  if (c == '\r') {
    OG_TRY(peek(reader, &next, err));
    *ends = next == '\n' || next == END;
    if (next == '\n') {
      *after = ROW_ENDS;
      OG_TRY(take(reader, &next, err));
    } else {
      *after = FILE_ENDS;
    }
  } else if (c != END && c != '\n') {
    *ends = c == reader->delimiter;
  }
  return OG_OK;
}

/* The rest of a field whose quote was opened. */
static OgStatus read_quoted(OgRowReader *reader, After *after, OgError *err) {
  const long line = reader->line;
  const long column = reader->column - 1;
  int c;
  for (;;) {
    OG_TRY(take(reader, &c, err));
    if (c == END) {
      return fault(reader, line, column, "this quote is never closed", err);
    }
    if (c == '"') {
      OG_TRY(peek(reader, &c, err));
      if (c != '"') {
        break;
      }
      OG_TRY(take(reader, &c, err));
    }
    OG_TRY(put(reader, c, err));
  }
  bool ends;
  OG_TRY(take(reader, &c, err));
  OG_TRY(ends_field(reader, c, &ends, after, err));
  return ends ? OG_OK
              : og_error_at(err, OG_BAD_DATA, og_input_name(reader->input), reader->line,
                            reader->column - 1,
                            "expected '%c' or the end of the line after a closing quote; a quote "
                            "inside a quoted field is written twice",
                            reader->delimiter);
}

static OgStatus read_field(OgRowReader *reader, After *after, OgError *err) {
  int c;
  bool ends;
  OG_TRY(take(reader, &c, err));
  if (c == '"' && reader->format == OG_DATA_CSV) {
    return read_quoted(reader, after, err);
  }
  for (;;) {
    OG_TRY(ends_field(reader, c, &ends, after, err));
    if (ends) {
      return OG_OK;
    }
    OG_TRY(put(reader, c, err));
    OG_TRY(take(reader, &c, err));
  }
}

/* Read the next row that is not a blank line into record. */
static OgStatus read_record(OgRowReader *reader, bool *more, OgError *err) {
  After after = FIELD_FOLLOWS;
  do {
    int opening;
    OG_TRY(peek(reader, &opening, err));
    reader->record_line = reader->line;
    reader->fields = 0;
    og_buffer_reset(&reader->record);
    do {
      OG_TRY(read_field(reader, &after, err));
      OG_TRY(end_field(reader, err));
    } while (after == FIELD_FOLLOWS);
    *more = reader->fields > 1 || reader->record.size > 0 || opening == '"';
  } while (!*more && after != FILE_ENDS);
  return OG_OK;
}

static OgText field_at(const OgRowReader *reader, size_t k) {
  const size_t start = k == 0 ? 0 : reader->ends[k - 1];
  const char *data = reader->record.data ? reader->record.data : "";
  return (OgText){data + start, reader->ends[k] - start};
}

static OgStatus next_record(OgRowReader *reader, bool *more, OgError *err) {
  OG_TRY(read_record(reader, more, err));
  if (*more && reader->fields != reader->width) {
    return og_error_at(
        err, OG_BAD_DATA, og_input_name(reader->input), reader->record_line, 0,
        "this row has %zu columns, %s has %zu%s", reader->fields,
        reader->names ? "the header" : "the first row", reader->width,
        reader->format == OG_DATA_CSV ? "; a field with a separator in it must be quoted" : "");
  }
  return OG_OK;
}

/* --- lines of JSON ---------------------------------------------------------------------------- */

static OgStatus next_object(OgRowReader *reader, bool *more, OgError *err) {
  int c = 0;
  json_decref(reader->object);
  reader->object = NULL;
  bool blank = true;
  while (blank && c != END) {
    reader->record_line = reader->line;
    og_buffer_reset(&reader->record);
    OG_TRY(take(reader, &c, err));
    while (c != '\n' && c != END) {
      blank = blank && (c == ' ' || c == '\t' || c == '\r');
      OG_TRY(put(reader, c, err));
      OG_TRY(take(reader, &c, err));
    }
  }
  *more = !blank;
  if (blank) {
    return OG_OK;
  }
  OgError problem = {0};
  if (og_json_parse(reader->record.data, reader->record.size, "", OG_BAD_DATA, &reader->object,
                    &problem) != OG_OK) {
    return problem.status == OG_NO_MEMORY
               ? og_error_no_memory(err)
               : og_error_at(err, OG_BAD_DATA, og_input_name(reader->input), reader->record_line,
                             problem.column, "%s", problem.message);
  }
  return json_is_object(reader->object)
             ? OG_OK
             : fault(reader, reader->record_line, 1,
                     "expected one JSON object a line, such as {\"text\": \"…\", \"label\": \"…\"}",
                     err);
}

/* The text of a role's value: a string, a whole number, true or false; empty for null or nothing.
 */
static OgStatus json_text(OgRowReader *reader, Role role, OgText *text, OgError *err) {
  const json_t *value =
      reader->keys[role] ? json_object_get(reader->object, reader->keys[role]) : NULL;
  *text = OG_TEXT("");
  if (json_is_string(value)) {
    *text = (OgText){json_string_value(value), json_string_length(value)};
  } else if (json_is_integer(value) || json_is_boolean(value)) {
    char *number = reader->numbers[role];
    if (json_is_integer(value)) {
      snprintf(number, sizeof reader->numbers[role], "%" JSON_INTEGER_FORMAT,
               json_integer_value(value));
    } else {
      snprintf(number, sizeof reader->numbers[role], "%s", json_is_true(value) ? "true" : "false");
    }
    *text = (OgText){number, strlen(number)};
  } else if (value && !json_is_null(value)) {
    return og_error_at(err, OG_BAD_DATA, og_input_name(reader->input), reader->record_line, 0,
                       "\"%.60s\" must be a string or a whole number", reader->keys[role]);
  }
  if (!text->size && role == TEXT && !json_is_string(value)) {
    return og_error_at(err, OG_BAD_DATA, og_input_name(reader->input), reader->record_line, 0,
                       "this object has no \"%.60s\"", reader->keys[role]);
  }
  return OG_OK;
}

/* --- finding the columns ---------------------------------------------------------------------- */

/* "id, body, class" of at most size bytes. */
static const char *list_names(const OgRowReader *reader, char *list, size_t size) {
  size_t used = 0;
  const char *key;
  json_t *value;
  list[0] = '\0';
  for (size_t k = 0; reader->names && k < reader->width && used < size; k++) {
    used += (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "", reader->names[k]);
  }
  json_object_foreach(reader->object, key, value) {
    if (used < size) {
      used += (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "", key);
    }
  }
  return list;
}

/* How many columns have this name; *place becomes the first one's. */
static size_t count_named(const OgRowReader *reader, const char *name, bool any_case, long *place) {
  size_t count = 0;
  for (size_t k = reader->names ? reader->width : 0; k-- > 0;) {
    if ((any_case ? strcasecmp : strcmp)(reader->names[k], name) == 0) {
      *place = (long)k;
      count++;
    }
  }
  return count;
}

/* A column's number from 1 in text, or 0. */
static size_t column_number(const char *text) {
  char *end;
  const unsigned long number = strtoul(text, &end, 10);
  return text[0] >= '0' && text[0] <= '9' && *end == '\0' && number <= COLUMN_LIMIT ? number : 0;
}

static OgStatus not_found(const OgRowReader *reader, Role role, const char *name, OgError *err) {
  char list[256];
  const char *source = og_input_name(reader->input);
  list_names(reader, list, sizeof list);
  if (!name) {
    return og_error_at(err, OG_BAD_DATA, source, 1, 0,
                       "no column looks like the %s; name it with %s, one of: %s", roles[role].what,
                       roles[role].option, list[0] ? list : "the numbers from 1");
  }
  return og_error_at(err, OG_USAGE, source, 1, 0, "no column %.60s; the columns are: %s", name,
                     list[0] ? list : "numbers from 1, without names");
}

static bool has_role(const OgRowReader *reader, Role role) {
  return reader->columns[role] != NONE || reader->keys[role];
}

/* Find the column that the user named. */
static OgStatus find_named(OgRowReader *reader, Role role, const char *name, OgError *err) {
  const size_t number = column_number(name);
  const size_t count = count_named(reader, name, false, &reader->columns[role]);
  if (count > 1) {
    return og_error_at(err, OG_USAGE, og_input_name(reader->input), 1, 0,
                       "%zu columns are named %.60s; give the number of the one you mean", count,
                       name);
  }
  if (count == 1) {
    return OG_OK;
  }
  if (number < 1 || number > reader->width) {
    return not_found(reader, role, name, err);
  }
  reader->columns[role] = (long)number - 1;
  return OG_OK;
}

static OgStatus take_key(OgRowReader *reader, Role role, const char *key, OgError *err) {
  reader->keys[role] = og_strdup(key);
  return reader->keys[role] ? OG_OK : og_error_no_memory(err);
}

/* Find a column by a name that it may have, in any case; has_role tells. */
static OgStatus try_name(OgRowReader *reader, Role role, const char *name, OgError *err) {
  if (reader->format == OG_DATA_JSONL) {
    return json_object_get(reader->object, name) ? take_key(reader, role, name, err) : OG_OK;
  }
  long column;
  if (count_named(reader, name, true, &column) > 0) {
    reader->columns[role] = column;
  }
  return OG_OK;
}

/* Find a column by what it was called before: a name, or else a number. */
static OgStatus try_usual(OgRowReader *reader, Role role, const char *name, OgError *err) {
  OG_TRY(try_name(reader, role, name, err));
  const size_t number = column_number(name);
  if (!has_role(reader, role) && number > 0 && number <= reader->width) {
    reader->columns[role] = (long)number - 1;
  }
  return OG_OK;
}

/* Find a column by the names that such a one usually has. */
static OgStatus guess(OgRowReader *reader, Role role, OgError *err) {
  for (size_t k = 0; k < GUESSES && roles[role].names[k]; k++) {
    const char *name = roles[role].names[k];
    OG_TRY(try_name(reader, role, name, err));
    if (!has_role(reader, role)) {
      continue;
    }
    if (k > 0) {
      og_progress_warn(reader->progress, "%s: the %s is taken from \"%s\" (%s chooses another)",
                       og_input_name(reader->input), roles[role].what, name, roles[role].option);
    }
    return OG_OK;
  }
  return OG_OK;
}

static OgStatus find_columns(OgRowReader *reader, const OgDatasetOptions *options, OgError *err) {
  const char *const asked[ROLE_COUNT] = {
      [TEXT] = options->text_column,   [PAIR] = options->pair_column,
      [LABEL] = options->label_column, [ID] = options->id_column,
      [GROUP] = options->group_column,
  };
  const char *const usual[ROLE_COUNT] = {
      [TEXT] = options->usual_text, [LABEL] = options->usual_label, [ID] = options->usual_id};
  const bool required[ROLE_COUNT] = {[TEXT] = true, [LABEL] = options->labels_required};
  for (Role role = TEXT; role < ROLE_COUNT; role++) {
    if (!asked[role]) {
      if (usual[role]) {
        OG_TRY(try_usual(reader, role, usual[role], err));
      }
      if (!has_role(reader, role)) {
        OG_TRY(guess(reader, role, err));
      }
    } else if (reader->format != OG_DATA_JSONL) {
      OG_TRY(find_named(reader, role, asked[role], err));
    } else if (json_object_get(reader->object, asked[role])) {
      OG_TRY(take_key(reader, role, asked[role], err));
    } else {
      return not_found(reader, role, asked[role], err);
    }
    if (required[role] && !has_role(reader, role)) {
      return not_found(reader, role, NULL, err);
    }
  }
  return OG_OK;
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool ends_with(const char *text, size_t size, const char *end) {
  const size_t length = strlen(end);
  return size >= length && strncasecmp(text + size - length, end, length) == 0;
}

static OgDataFormat format_of_name(const char *name) {
  static const struct {
    const char *ending;
    OgDataFormat format;
  } endings[] = {{".csv", OG_DATA_CSV},
                 {".tsv", OG_DATA_TSV},
                 {".tab", OG_DATA_TSV},
                 {".jsonl", OG_DATA_JSONL},
                 {".ndjson", OG_DATA_JSONL}};
  size_t size = strlen(name);
  size -= ends_with(name, size, ".gz") ? 3 : 0;
  for (size_t k = 0; k < OG_COUNT(endings); k++) {
    if (ends_with(name, size, endings[k].ending)) {
      return endings[k].format;
    }
  }
  return OG_DATA_GUESS;
}

/* Fill the block until it holds the first line or is full. */
static OgStatus fill_first_line(OgRowReader *reader, OgError *err) {
  size_t got = 1;
  while (got > 0 && reader->end < BLOCK && !memchr(reader->block, '\n', reader->end)) {
    OG_TRY(
        og_input_read(reader->input, reader->block + reader->end, BLOCK - reader->end, &got, err));
    reader->end += got;
  }
  return OG_OK;
}

static OgStatus skip_mark(OgRowReader *reader, OgError *err) {
  if (reader->end >= 3 && memcmp(reader->block, "\xef\xbb\xbf", 3) == 0) {
    reader->at = 3;
  } else if (reader->end >= 2 && (memcmp(reader->block, "\xff\xfe", 2) == 0 ||
                                  memcmp(reader->block, "\xfe\xff", 2) == 0)) {
    return fault(reader, 1, 1, "the file is UTF-16; save it as UTF-8", err);
  }
  return OG_OK;
}

/* Decide on the format and the delimiter by the first line. */
static OgStatus guess_format(OgRowReader *reader, OgError *err) {
  OG_TRY(fill_first_line(reader, err));
  OG_TRY(skip_mark(reader, err));
  const char *start = reader->block + reader->at;
  const size_t held = reader->end - reader->at;
  const char *newline = memchr(start, '\n', held);
  const size_t size = newline ? (size_t)(newline - start) : held;
  if (reader->format == OG_DATA_GUESS) {
    reader->format = size > 0 && start[0] == '{' ? OG_DATA_JSONL
                     : memchr(start, '\t', size) ? OG_DATA_TSV
                                                 : OG_DATA_CSV;
  }
  reader->delimiter = reader->format == OG_DATA_TSV                           ? '\t'
                      : !memchr(start, ',', size) && memchr(start, ';', size) ? ';'
                                                                              : ',';
  return OG_OK;
}

/* Keep the first record as the columns' names. */
static OgStatus keep_header(OgRowReader *reader, OgError *err) {
  reader->names = OG_NEW_ARRAY(char *, reader->fields);
  if (!reader->names) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < reader->fields; k++) {
    const OgText name = field_at(reader, k);
    reader->names[k] = og_strndup(name.data, name.size);
    if (!reader->names[k]) {
      return og_error_no_memory(err);
    }
  }
  return OG_OK;
}

static OgStatus read_first(OgRowReader *reader, const OgDatasetOptions *options, OgError *err) {
  bool more = false;
  OG_TRY(guess_format(reader, err));
  if (reader->format == OG_DATA_JSONL) {
    OG_TRY(next_object(reader, &more, err));
    reader->pending = more;
  } else {
    OG_TRY(read_record(reader, &more, err));
    reader->width = reader->fields;
    if (more && !options->no_header) {
      OG_TRY(keep_header(reader, err));
    }
    reader->pending = more && options->no_header;
  }
  return more ? find_columns(reader, options, err)
              : fault(reader, 0, 0, "the file is empty: expected texts", err);
}

OgStatus og_rows_open(const char *path, const OgDatasetOptions *options, const OgProgress *progress,
                      OgRowReader **reader, OgError *err) {
  OgStatus status = OG_OK;
  OgRowReader *made = OG_NEW(OgRowReader);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->progress = progress;
  made->format = options->format == OG_DATA_GUESS ? format_of_name(path) : options->format;
  made->line = 1;
  made->column = 1;
  for (Role role = TEXT; role < ROLE_COUNT; role++) {
    made->columns[role] = NONE;
  }
  made->block = og_calloc(BLOCK, 1);
  if (!made->block) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_input_open(path, &made->input, err));
  OG_GO(read_first(made, options, err));
  *reader = made;
  made = NULL;
done:
  og_rows_close(made);
  return status;
}

void og_rows_close(OgRowReader *reader) {
  if (!reader) {
    return;
  }
  for (size_t k = 0; reader->names && k < reader->width; k++) {
    og_free(reader->names[k]);
  }
  for (Role role = TEXT; role < ROLE_COUNT; role++) {
    og_free(reader->keys[role]);
  }
  og_free(reader->names);
  og_free(reader->ends);
  og_free(reader->block);
  og_buffer_clear(&reader->record);
  json_decref(reader->object);
  og_input_close(reader->input);
  og_free(reader);
}

/* --- rows ------------------------------------------------------------------------------------- */

static OgStatus role_text(OgRowReader *reader, Role role, OgText *text, OgError *err) {
  if (reader->format == OG_DATA_JSONL) {
    return json_text(reader, role, text, err);
  }
  const long column = reader->columns[role];
  *text = column == NONE ? OG_TEXT("") : field_at(reader, (size_t)column);
  return OG_OK;
}

OgStatus og_rows_next(OgRowReader *reader, OgRow *row, bool *more, OgError *err) {
  *more = true;
  if (!reader->pending) {
    OG_TRY(reader->format == OG_DATA_JSONL ? next_object(reader, more, err)
                                           : next_record(reader, more, err));
  }
  reader->pending = false;
  if (!*more) {
    return OG_OK;
  }
  OgRow made = {.line = reader->record_line};
  reader->rows++;
  OG_TRY(role_text(reader, TEXT, &made.text, err));
  OG_TRY(role_text(reader, PAIR, &made.pair, err));
  OG_TRY(role_text(reader, LABEL, &made.label, err));
  OG_TRY(role_text(reader, ID, &made.id, err));
  OG_TRY(role_text(reader, GROUP, &made.group, err));
  if (made.id.size == 0) {
    char *number = reader->numbers[ID];
    snprintf(number, sizeof reader->numbers[ID], "%llu", (unsigned long long)reader->rows);
    made.id = (OgText){number, strlen(number)};
  }
  *row = made;
  return OG_OK;
}

bool og_rows_have_labels(const OgRowReader *reader) {
  return has_role(reader, LABEL);
}

/* What a column that was asked for is called in the header, if that says which it is. */
static const char *name_of(const OgRowReader *reader, Role role, const char *asked) {
  const long column = reader->columns[role];
  if (!asked || column == NONE || !reader->names) {
    return asked;
  }
  long first;
  const char *name = reader->names[column];
  return name[0] != '\0' && count_named(reader, name, true, &first) == 1 ? name : asked;
}

OgDatasetOptions og_rows_named(const OgRowReader *reader, const OgDatasetOptions *options) {
  OgDatasetOptions named = *options;
  named.text_column = name_of(reader, TEXT, options->text_column);
  named.label_column = name_of(reader, LABEL, options->label_column);
  named.id_column = name_of(reader, ID, options->id_column);
  return named;
}

const char *og_rows_name(const OgRowReader *reader) {
  return og_input_name(reader->input);
}

uint64_t og_rows_position(const OgRowReader *reader) {
  return og_input_position(reader->input);
}

uint64_t og_rows_size(const OgRowReader *reader) {
  return og_input_size(reader->input);
}
