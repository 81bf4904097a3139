#include "tests/kg/statements.h"

#include "core/buffer.h"
#include "core/vocab.h"
#include "tests/test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IRI_SIZE = 512 };

static OgText expand(const char *name, size_t size, char *iri) {
  const char *colon = memchr(name, ':', size);
  const size_t length = colon ? (size_t)(colon - name) : 0;
  const char *space = NULL;
  if (length == 2 && memcmp(name, "ex", 2) == 0) {
    space = "http://example.org/";
  }
  for (const OgPrefix *known = og_known_prefixes; known->prefix && !space; known++) {
    if (strlen(known->prefix) == length && memcmp(known->prefix, name, length) == 0) {
      space = known->iri;
    }
  }
  if (size == 1 && name[0] == 'a') {
    snprintf(iri, IRI_SIZE, "%stype", OG_NS_RDF);
  } else if (name[0] == '<') {
    snprintf(iri, IRI_SIZE, "%.*s", (int)size - 2, name + 1);
  } else if (space) {
    snprintf(iri, IRI_SIZE, "%s%.*s", space, (int)(size - length - 1), colon + 1);
  } else {
    fail_msg("unknown prefix: %.*s", (int)size, name);
  }
  return (OgText){iri, strlen(iri)};
}

/* Read a word as a term; returns where it ends. iri has room for the term's IRI. */
static const char *read_term(const char *at, OgTerm *term, char *iri) {
  *term = (OgTerm){.kind = OG_IRI};
  if (*at == '\'') {
    const char *end = strchr(at + 1, '\'');
    assert_non_null(end);
    term->kind = OG_LITERAL;
    term->text = (OgText){at + 1, (size_t)(end - at - 1)};
    at = end + 1;
    const size_t rest = strcspn(at, " \n");
    if (*at == '@') {
      term->language = (OgText){at + 1, rest - 1};
    } else if (*at == '^') {
      term->datatype = expand(at + 2, rest - 2, iri);
    }
    return at + rest;
  }
  const size_t size = strcspn(at, " \n");
  if (at[0] == '_' && at[1] == ':') {
    term->kind = OG_BLANK;
    term->text = (OgText){at + 2, size - 2};
  } else {
    term->text = expand(at, size, iri);
  }
  return at + size;
}

OgStatus say(const OgSink *sink, const char *text, OgError *err) {
  static char iris[3][IRI_SIZE];
  OgTerm terms[3];
  int count = 0;
  for (const char *at = text + strspn(text, " \n"); *at; at += strspn(at, " \n")) {
    if (*at == '.' && (at[1] == ' ' || at[1] == '\n' || at[1] == '\0')) {
      assert_int_equal(count, 3);
      OG_TRY(sink->statement(sink->data, &terms[0], &terms[1], &terms[2], err));
      count = 0;
      at++;
    } else {
      assert_true(count < 3);
      at = read_term(at, &terms[count], iris[count]);
      count++;
    }
  }
  assert_int_equal(count, 0);
  return OG_OK;
}

OgStatus import_text(const char *path, const char *iri, const char *text, OgLoadSummary *summary,
                     OgError *err) {
  OgLoader *loader = NULL;
  const OgSourceInfo info = {iri, "file.owl", "test"};
  OgStatus status;
  OG_GO(og_loader_open(path, NULL, &loader, err));
  const OgSink sink = og_loader_sink(loader);
  OG_GO(og_loader_begin_source(loader, &info, err));
  OG_GO(say(&sink, text, err));
  OG_GO(og_loader_end_source(loader, "00ff", strlen(text), err));
  OG_GO(og_loader_commit(loader, summary, err));
done:
  og_loader_close(loader);
  return status;
}

static void append(OgBuffer *text, const char *more) {
  OgError err = {0};
  assert_ok(og_buffer_text(text, more, &err));
}

/* Append the rows of a query. */
static void append_rows(OgBuffer *text, const char *path, const char *sql) {
  sqlite3 *db = NULL;
  sqlite3_stmt *row = NULL;
  int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
  if (code == SQLITE_OK) {
    code = sqlite3_prepare_v2(db, sql, -1, &row, NULL);
  }
  append(text, "");
  while (code == SQLITE_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
    for (int k = 0; k < sqlite3_column_count(row); k++) {
      const char *column = (const char *)sqlite3_column_text(row, k);
      append(text, k > 0 ? "|" : "");
      append(text, column ? column : "-");
    }
    append(text, "\n");
    code = SQLITE_OK;
  }
  if (code != SQLITE_DONE) {
    char message[500];
    snprintf(message, sizeof message, "%s", sqlite3_errmsg(db));
    sqlite3_finalize(row);
    sqlite3_close(db);
    fail_msg("%s: %s: %s", path, sql, message);
  }
  sqlite3_finalize(row);
  sqlite3_close(db);
}

const char *query_text(const char *path, const char *sql) {
  static char kept[65536];
  OgBuffer text = OG_BUFFER_INIT;
  append_rows(&text, path, sql);
  snprintf(kept, sizeof kept, "%s", text.data);
  og_buffer_clear(&text);
  return kept;
}

const char *ask(const char *text, const char *sql) {
  OgError err = {0};
  const char *path = scratch("asked.db");
  remove(path);
  assert_ok(import_text(path, "urn:source", text, NULL, &err));
  return query_text(path, sql);
}

long query_number(const char *path, const char *sql) {
  return strtol(query_text(path, sql), NULL, 10);
}

char *graph_dump(const char *path) {
  static const char *const queries[] = {
      "PRAGMA integrity_check",
      "SELECT iri, path, format, sha256, bytes, title, version, licence, date, statements FROM "
      "source "
      "ORDER BY 1",
      "SELECT source.iri, prefix, prefix.iri FROM prefix JOIN source ON source.id = source "
      "ORDER BY 1, 2",
      "SELECT CASE s.kind WHEN 2 THEN '_' ELSE s.text END, p.text, "
      "CASE o.kind WHEN 2 THEN '_' ELSE o.text END, d.text, o.language, source.iri FROM quad "
      "JOIN term s ON s.id = subject JOIN term p ON p.id = predicate JOIN term o ON o.id = object "
      "LEFT JOIN term d ON d.id = o.datatype JOIN source ON source.id = source "
      "ORDER BY 1, 2, 3, 4, 5, 6",
      "SELECT iri, kind, label, definition, deprecated, replaced_by FROM entity_text ORDER BY 1",
      "SELECT text, label FROM relation JOIN term USING(id) ORDER BY 1",
      "SELECT * FROM edge_text ORDER BY 1, 2, 3, 4, 5",
      "SELECT i.text, name.text, normal, name.language, name.kind FROM name "
      "JOIN term i ON i.id = entity ORDER BY 1, 2, 4, 5",
      "SELECT entity, about, what, predicate, value, source FROM annotation_text "
      "ORDER BY 1, 2, 3, 4, 5, 6",
      "SELECT * FROM property_axiom_text ORDER BY 1, 2, 3, 4",
      "SELECT e.label, successor.kind, s.label FROM successor JOIN entity e ON e.id = entity "
      "JOIN entity s ON s.id = successor ORDER BY 1, 2, 3",
      "SELECT text, became, statements FROM reading JOIN term ON id = predicate ORDER BY 1, 2",
  };
  OgBuffer text = OG_BUFFER_INIT;
  for (size_t k = 0; k < OG_COUNT(queries); k++) {
    append_rows(&text, path, queries[k]);
  }
  return text.data;
}
