/* Random bytes through the normaliser and the linker. The linker's graph is made of the lines of
 * the input's first half, the text is its second half. */
#include "core/memory.h"
#include "kg/cursor.h"
#include "kg/link.h"
#include "kg/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[64];

static const char *const sql[] = {
    "DELETE FROM name",
    "INSERT INTO name(entity, text, normal, kind) VALUES (?1, ?2, ?3, 'label')",
};

static const OgSqlTable table = {sql, OG_COUNT(sql)};

static void check(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "%s\n", what);
    abort();
  }
}

static void remove_graph(void) {
  unlink(path);
}

/* A graph with two entities, kept between the runs. */
static OgStore *open_graph(void) {
  static OgStore *store;
  if (!store) {
    snprintf(path, sizeof path, "/tmp/ontograft-fuzz-%d.db", (int)getpid());
    atexit(remove_graph);
    check(og_store_open(path, OG_STORE_CREATE, &store, NULL) == OG_OK, "cannot make the graph");
    check(og_store_exec(
              store,
              "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;"
              "INSERT INTO entity(id, kind, label) VALUES (1, 'class', 'a'), (2, 'class', 'b')",
              "fill", NULL) == OG_OK,
          "cannot fill the graph");
  }
  return store;
}

static void check_words(const char *text, size_t size) {
  OgWords words;
  OgWord word;
  size_t end = 0;
  og_words_init(&words, text, size);
  while (og_words_next(&words, &word)) {
    check(word.start >= end && word.end > word.start && word.end <= size, "words overlap");
    check(word.size > 0 && word.size <= OG_WORD_SIZE, "a word has no size");
    check(((unsigned char)text[word.start] & 0xc0) != 0x80, "a word starts within a character");
    end = word.end;
  }
}

static void check_normal(const char *text, size_t size, OgBuffer *once) {
  OgBuffer twice = OG_BUFFER_INIT;
  check(og_name_normalise(text, size, once, NULL) == OG_OK, "cannot normalise");
  check(og_name_normalise(once->data, once->size, &twice, NULL) == OG_OK, "cannot normalise twice");
  check(once->size == twice.size && memcmp(once->data, twice.data, once->size) == 0,
        "normalising twice changes something");
  og_buffer_clear(&twice);
}

static void add_names(OgStore *store, const char *text, size_t size) {
  OgCursor cursor;
  OgBuffer normal = OG_BUFFER_INIT;
  check(og_cursor_open(store, &table, 0, &cursor, NULL) == OG_OK &&
            og_cursor_run(&cursor, NULL) == OG_OK,
        "cannot empty the graph");
  int64_t entity = 1;
  while (size > 0) {
    const char *newline = memchr(text, '\n', size);
    const size_t length = newline ? (size_t)(newline - text) : size;
    check_normal(text, length, &normal);
    check(og_cursor_open(store, &table, 1, &cursor, NULL) == OG_OK, "cannot add a name");
    og_cursor_bind(&cursor, 1, 1 + (entity++ & 1));
    og_cursor_bind_text(&cursor, 2, text, length);
    og_cursor_bind_text(&cursor, 3, normal.data, normal.size);
    check(og_cursor_run(&cursor, NULL) == OG_OK, "cannot add a name");
    text += length + (newline != NULL);
    size -= length + (newline != NULL);
  }
  og_buffer_clear(&normal);
}

static void check_links(OgStore *store, const char *text, size_t size) {
  OgLinker *linker = NULL;
  OgMentions mentions = OG_MENTIONS_INIT;
  size_t end = 0;
  check(og_linker_new(store, NULL, &linker, NULL) == OG_OK, "cannot make the linker");
  check(og_linker_find(linker, text, size, &mentions, NULL) == OG_OK, "cannot link");
  for (size_t k = 0; k < mentions.count; k++) {
    const OgMention *mention = &mentions.items[k];
    check(mention->start >= end && mention->end > mention->start && mention->end <= size,
          "mentions overlap");
    check(mention->score > 0 && mention->score <= 1, "a score is out of range");
    check(mention->senses > 0 && mention->senses <= 2, "senses are miscounted");
    end = mention->end;
  }
  og_mentions_clear(&mentions);
  og_linker_free(linker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  OgStore *store = open_graph();
  const char *text = (const char *)data;
  const size_t half = size / 2;
  check_words(text, size);
  add_names(store, text, half);
  check_links(store, text + half, size - half);
  return 0;
}
