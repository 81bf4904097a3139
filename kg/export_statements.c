/* N-Triples, N-Quads (RDF 1.1 N-Triples, N-Quads) and Turtle (RDF 1.1 Turtle, a subset: prefixed
 * names, "a", lists of predicates and objects).
 *
 * The label of a blank node is made of its source's IRI and hash and of its number in the graph:
 * two blank nodes never have the same one, be it in one file or in several that are put together,
 * and a graph gives the same labels again until the source is imported again. */
#include "kg/exporter.h"

#include "core/hash.h"
#include "core/intern.h"
#include "core/memory.h"
#include "core/quad.h"
#include "core/vocab.h"
#include "kg/escape.h"
#include "kg/prefixes.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TAG = 12 /* hexadecimal digits of a hash: sources of one name and content are one */ };

/* Columns of STATEMENTS. */
enum {
  SUBJECT,
  PREDICATE,
  OBJECT,
  SOURCE,
  SUBJECT_KIND,
  SUBJECT_TEXT,
  PREDICATE_TEXT,
  OBJECT_KIND,
  OBJECT_TEXT,
  DATATYPE,
  LANGUAGE
};

typedef enum Sql { STATEMENTS, SOURCES, IRIS, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [STATEMENTS] = "SELECT subject, predicate, object, source, s.kind, s.text, p.text, o.kind,"
                   " o.text, d.text, o.language FROM quad CROSS JOIN term s ON s.id = subject "
                   "CROSS JOIN term p ON p.id = predicate CROSS JOIN term o ON o.id = object "
                   "LEFT JOIN term d ON d.id = o.datatype WHERE " OG_EXPORT_CHOOSES(
                       "source") " ORDER BY subject, predicate, object, source",
    [SOURCES] = "SELECT id, iri, sha256 FROM source ORDER BY id",
    [IRIS] = "WITH chosen AS MATERIALIZED (SELECT * FROM quad WHERE ?1 IS NOT NULL "
             "AND " OG_EXPORT_CHOOSES(
                 "source") "), "
                           "used(id) AS (SELECT subject FROM chosen UNION SELECT predicate FROM "
                           "chosen UNION "
                           "SELECT object FROM chosen UNION "
                           "SELECT datatype FROM chosen JOIN term ON term.id = object) "
                           "SELECT text FROM term WHERE kind = 1 AND (?1 IS NULL OR id IN used)",
};

static const OgSqlTable table = {sql, SQL_COUNT};

typedef struct Source {
  int64_t id;
  OgText iri;
  char tag[TAG + 1];
} Source;

/* A namespace that Turtle may shorten. */
typedef struct Space {
  const char *prefix;
  OgText iri;
  bool used;
} Space;

/* Which statement was written last. */
typedef struct Last {
  int64_t subject, predicate, object;
} Last;

typedef struct Writer {
  OgExporter *exporter;
  OgCursor row;
  Last last;
  const Source *source; /* of the row */
  Source *sources;      /* by id */
  size_t source_count;
  OgPrefixes *prefixes;
  OgIntern *namespaces;
  Space *spaces; /* (space_count) by number of namespaces */
  size_t space_count;
  OgBuffer scratch;
  OgArena arena;
} Writer;

/* ---- Sources --------------------------------------------------------------------------------- */

static OgStatus read_source(Writer *w, const OgCursor *row, Source *source, OgError *err) {
  char hex[OG_SHA256_HEX_SIZE];
  OgSha256 sha;
  const char *iri, *hash;
  size_t size;
  og_sha256_init(&sha);
  OG_TRY(og_cursor_text(row, 2, &hash, &size, err));
  og_sha256_add(&sha, hash, size);
  OG_TRY(og_cursor_text(row, 1, &iri, &size, err));
  og_sha256_add(&sha, iri, size);
  og_sha256_hex(&sha, hex);
  memcpy(source->tag, hex, TAG);
  source->id = og_cursor_integer(row, 0);
  source->iri = (OgText){og_arena_copy(&w->arena, iri, size), size};
  return source->iri.data ? OG_OK : og_error_no_memory(err);
}

static OgStatus read_sources(Writer *w, OgError *err) {
  size_t capacity = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(w->exporter->store, &table, SOURCES, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    Source *grown = og_arena_grow(&w->arena, w->sources, w->source_count, &capacity, sizeof *grown);
    if (!grown) {
      status = og_error_no_memory(err);
      break;
    }
    w->sources = grown;
    grown[w->source_count] = (Source){0};
    status = read_source(w, &cursor, &grown[w->source_count++], err);
  }
  og_cursor_close(&cursor);
  return status;
}

static int compare_sources(const void *a, const void *b) {
  const int64_t left = ((const Source *)a)->id, right = ((const Source *)b)->id;
  return (left > right) - (left < right);
}

static OgStatus find_source(Writer *w, OgError *err) {
  const Source key = {.id = og_cursor_integer(&w->row, SOURCE)};
  if (w->source && w->source->id == key.id) {
    return OG_OK;
  }
  w->source = bsearch(&key, w->sources, w->source_count, sizeof key, compare_sources);
  return w->source ? OG_OK
                   : og_error_set(err, OG_BAD_STORE,
                                  "%s has statements of a source %lld that it "
                                  "does not know",
                                  og_store_path(w->exporter->store), (long long)key.id);
}

/* ---- Terms ----------------------------------------------------------------------------------- */

/* Bytes that no IRI of the syntaxes may hold, not even escaped. */
static bool is_impossible(char c) {
  return c == ' ' || c == '<' || c == '>' || c == '\0';
}

/* An IRI, such bytes percent-encoded. */
static OgStatus append_iri(Writer *w, OgText iri, OgError *err) {
  OgBuffer *encoded = &w->scratch;
  size_t start = 0;
  og_buffer_reset(encoded);
  for (size_t k = 0; k < iri.size; k++) {
    if (is_impossible(iri.data[k])) {
      OG_TRY(og_buffer_append(encoded, iri.data + start, k - start, err));
      OG_TRY(og_buffer_format(encoded, err, "%%%02X", (unsigned char)iri.data[k]));
      start = k + 1;
    }
  }
  if (start == 0) {
    return og_escape_iri(iri, &w->exporter->text, err);
  }
  OG_TRY(og_buffer_append(encoded, iri.data + start, iri.size - start, err));
  w->exporter->summary.iris++;
  return og_escape_iri((OgText){encoded->data, encoded->size}, &w->exporter->text, err);
}

/* Whatever the locale says. */
static bool is_ascii_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_tag(const char *tag) {
  size_t part = 0;
  for (bool first = true; *tag; tag++) {
    if (*tag == '-') {
      if (part == 0) {
        return false;
      }
      part = 0;
      first = false;
    } else if (!is_ascii_letter(*tag) && (first || !isdigit((unsigned char)*tag))) {
      return false;
    } else {
      part++;
    }
  }
  return part > 0;
}

/* "@en"; a tag such as en_US is mended, what stays ill-formed is left out. */
static OgStatus append_language(Writer *w, OgText language, OgError *err) {
  OgBuffer *tag = &w->scratch;
  og_buffer_reset(tag);
  OG_TRY(og_buffer_append(tag, language.data, language.size, err));
  bool mended = false;
  for (char *at = tag->data; *at; at++) {
    mended = mended || *at == '_';
    *at = *at == '_' ? '-' : *at;
  }
  const bool good = is_tag(tag->data);
  w->exporter->summary.languages += mended || !good;
  return good ? og_buffer_format(&w->exporter->text, err, "@%s", tag->data) : OG_OK;
}

/* Of a name behind a colon that Turtle can write without escapes (a subset of PN_LOCAL). */
static bool is_plain(char c) {
  return is_ascii_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* The namespace that an IRI is shortened by; NULL when there is none, as in N-Triples. */
static Space *find_space(const Writer *w, OgText iri) {
  if (!w->namespaces) {
    return NULL;
  }
  const uint32_t found = og_namespace_find(w->namespaces, iri, is_plain);
  Space *space = found == OG_INTERN_NONE ? NULL : &w->spaces[found];
  return space && iri.data[space->iri.size] != '-' ? space : NULL;
}

static OgStatus append_name(Writer *w, OgText iri, OgError *err) {
  OgBuffer *text = &w->exporter->text;
  const Space *space = find_space(w, iri);
  if (!space) {
    return append_iri(w, iri, err);
  }
  OG_TRY(og_buffer_text(text, space->prefix, err));
  OG_TRY(og_buffer_append(text, ":", 1, err));
  return og_buffer_append(text, iri.data + space->iri.size, iri.size - space->iri.size, err);
}

static OgStatus append_literal(Writer *w, OgText text, OgError *err) {
  OgText datatype, language;
  OG_TRY(og_escape_string(text, &w->exporter->text, err));
  OG_TRY(og_cursor_text(&w->row, LANGUAGE, &language.data, &language.size, err));
  if (language.data) {
    return append_language(w, language, err);
  }
  OG_TRY(og_cursor_text(&w->row, DATATYPE, &datatype.data, &datatype.size, err));
  if (!datatype.data) {
    return OG_OK;
  }
  OG_TRY(og_buffer_text(&w->exporter->text, "^^", err));
  return append_name(w, datatype, err);
}

/* A term, by its columns. */
static OgStatus append_term(Writer *w, OgTermKind kind, int number, int column, OgError *err) {
  OgText text;
  switch (kind) {
  case OG_BLANK:
    return og_buffer_format(&w->exporter->text, err, "_:x%s_%" PRId64, w->source->tag,
                            og_cursor_integer(&w->row, number));
  case OG_LITERAL:
    OG_TRY(og_cursor_text(&w->row, column, &text.data, &text.size, err));
    return append_literal(w, text, err);
  default:
    OG_TRY(og_cursor_text(&w->row, column, &text.data, &text.size, err));
    return append_name(w, text, err);
  }
}

static OgStatus append_subject(Writer *w, OgError *err) {
  const OgTermKind kind = (OgTermKind)og_cursor_integer(&w->row, SUBJECT_KIND);
  return append_term(w, kind, SUBJECT, SUBJECT_TEXT, err);
}

static OgStatus append_object(Writer *w, OgError *err) {
  const OgTermKind kind = (OgTermKind)og_cursor_integer(&w->row, OBJECT_KIND);
  return append_term(w, kind, OBJECT, OBJECT_TEXT, err);
}

/* ---- N-Triples and N-Quads ------------------------------------------------------------------- */

static OgStatus write_line(Writer *w, OgError *err) {
  OgBuffer *text = &w->exporter->text;
  OG_TRY(append_subject(w, err));
  OG_TRY(og_buffer_append(text, " ", 1, err));
  OG_TRY(append_term(w, OG_IRI, PREDICATE, PREDICATE_TEXT, err));
  OG_TRY(og_buffer_append(text, " ", 1, err));
  OG_TRY(append_object(w, err));
  if (w->exporter->options->format == OG_EXPORT_NQUADS) {
    OG_TRY(og_buffer_append(text, " ", 1, err));
    OG_TRY(append_iri(w, w->source->iri, err));
  }
  return og_buffer_text(text, " .\n", err);
}

/* ---- Turtle ---------------------------------------------------------------------------------- */

/* A prefix that Turtle can write without escapes (a subset of PN_PREFIX). */
static bool is_prefix(const char *name) {
  size_t k = 0;
  while (is_ascii_letter(name[k]) ||
         (k > 0 && name[k] != '\0' && strchr("0123456789_-", name[k]))) {
    k++;
  }
  return name[k] == '\0';
}

/* An IRI that stands between < and > without escapes (IRIREF). */
static bool is_plain_iri(const char *iri) {
  const unsigned char *at = (const unsigned char *)iri;
  while (*at > ' ' && !strchr("<>\"{}|^`\\", *at)) {
    at++;
  }
  return *at == '\0' && at != (const unsigned char *)iri;
}

/* By prefix, so that the first with an IRI is always the same. */
static int by_prefix(const void *a, const void *b) {
  return strcmp(((const Space *)a)->prefix, ((const Space *)b)->prefix);
}

/* The first meaning of each prefix. */
static OgStatus list_spaces(Writer *w, OgIntern *names, OgError *err) {
  size_t capacity = 0;
  for (size_t k = 0; og_prefixes_namespace(w->prefixes, k); k++) {
    const char *prefix = og_prefixes_name(w->prefixes, k);
    const char *iri = og_prefixes_namespace(w->prefixes, k);
    uint32_t number;
    int added = 0;
    if (is_prefix(prefix) && is_plain_iri(iri)) {
      OG_TRY(og_intern_add(names, prefix, strlen(prefix), &number, &added, err));
    }
    if (added) {
      Space *grown = og_arena_grow(&w->arena, w->spaces, w->space_count, &capacity, sizeof *grown);
      if (!grown) {
        return og_error_no_memory(err);
      }
      w->spaces = grown;
      grown[w->space_count++] = (Space){prefix, {iri, strlen(iri)}, false};
    }
  }
  return OG_OK;
}

/* Number their IRIs, and leave out what has another prefix already. */
static OgStatus number_spaces(Writer *w, OgError *err) {
  size_t kept = 0;
  if (w->space_count > 1) {
    qsort(w->spaces, w->space_count, sizeof *w->spaces, by_prefix);
  }
  for (size_t k = 0; k < w->space_count; k++) {
    uint32_t number;
    int added;
    const Space space = w->spaces[k];
    OG_TRY(og_intern_add(w->namespaces, space.iri.data, space.iri.size, &number, &added, err));
    if (added) {
      w->spaces[kept++] = space;
    }
  }
  w->space_count = kept;
  return OG_OK;
}

static OgStatus gather_spaces(Writer *w, OgError *err) {
  OG_TRY(og_prefixes_load(w->exporter->store, &w->prefixes, err));
  OgIntern *names = og_intern_new();
  w->namespaces = og_intern_new();
  OgStatus status = names && w->namespaces ? list_spaces(w, names, err) : og_error_no_memory(err);
  og_intern_free(names);
  return status == OG_OK ? number_spaces(w, err) : status;
}

/* Note which prefixes are used by the IRIs that are written. */
static OgStatus note_used(Writer *w, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_exporter_open(w->exporter, &table, IRIS, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    OgText iri;
    status = og_cursor_text(&cursor, 0, &iri.data, &iri.size, err);
    Space *space = status == OG_OK ? find_space(w, iri) : NULL;
    if (space) {
      space->used = true;
    }
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus write_prefixes(Writer *w, OgError *err) {
  for (size_t k = 0; k < w->space_count; k++) {
    if (w->spaces[k].used) {
      OG_TRY(og_buffer_format(&w->exporter->text, err, "@prefix %s: <%s> .\n", w->spaces[k].prefix,
                              w->spaces[k].iri.data));
    }
  }
  return OG_OK;
}

static OgStatus append_predicate(Writer *w, OgError *err) {
  static const char type[] = OG_NS_RDF "type";
  OgText text;
  OG_TRY(og_cursor_text(&w->row, PREDICATE_TEXT, &text.data, &text.size, err));
  return strcmp(text.data, type) == 0 ? og_buffer_text(&w->exporter->text, "a", err)
                                      : append_name(w, text, err);
}

/* What a statement shares with the one before it is not said again. */
static OgStatus write_grouped(Writer *w, OgError *err) {
  OgBuffer *text = &w->exporter->text;
  const bool same_subject = og_cursor_integer(&w->row, SUBJECT) == w->last.subject;
  const bool same_predicate =
      same_subject && og_cursor_integer(&w->row, PREDICATE) == w->last.predicate;
  if (!same_subject) {
    OG_TRY(og_buffer_text(text, w->last.subject ? " .\n\n" : "\n", err));
    OG_TRY(append_subject(w, err));
    OG_TRY(og_buffer_text(text, " ", err));
  } else if (!same_predicate) {
    OG_TRY(og_buffer_text(text, " ;\n  ", err));
  }
  if (same_predicate) {
    OG_TRY(og_buffer_text(text, " ,\n    ", err));
  } else {
    OG_TRY(append_predicate(w, err));
    OG_TRY(og_buffer_text(text, " ", err));
  }
  return append_object(w, err);
}

/* ---- The statements -------------------------------------------------------------------------- */

static OgStatus write_row(Writer *w, OgError *err) {
  const OgExportFormat format = w->exporter->options->format;
  const Last now = {og_cursor_integer(&w->row, SUBJECT), og_cursor_integer(&w->row, PREDICATE),
                    og_cursor_integer(&w->row, OBJECT)};
  const bool again = now.subject == w->last.subject && now.predicate == w->last.predicate &&
                     now.object == w->last.object;
  if (again && format != OG_EXPORT_NQUADS) {
    return OG_OK; /* of another source */
  }
  OG_TRY(find_source(w, err));
  OG_TRY(format == OG_EXPORT_TURTLE ? write_grouped(w, err) : write_line(w, err));
  w->last = now;
  w->exporter->summary.statements++;
  return og_exporter_row(w->exporter, &w->exporter->out, err);
}

static OgStatus write_rows(Writer *w, OgError *err) {
  OgStatus status = OG_OK;
  OG_TRY(og_exporter_open(w->exporter, &table, STATEMENTS, &w->row, err));
  while (status == OG_OK && og_cursor_next(&w->row, &status, err)) {
    status = write_row(w, err);
  }
  og_cursor_close(&w->row);
  return status;
}

OgStatus og_export_statements(OgExporter *exporter, OgError *err) {
  Writer w = {.exporter = exporter, .arena = OG_ARENA_INIT};
  const bool turtle = exporter->options->format == OG_EXPORT_TURTLE;
  OgStatus status;
  OG_GO(read_sources(&w, err));
  if (turtle) {
    OG_GO(gather_spaces(&w, err));
    OG_GO(note_used(&w, err));
    OG_GO(write_prefixes(&w, err));
  }
  OG_GO(write_rows(&w, err));
  if (turtle && w.last.subject) {
    OG_GO(og_buffer_text(&exporter->text, " .\n", err));
  }
  status = og_exporter_flush(exporter, &exporter->out, err);
done:
  og_intern_free(w.namespaces);
  og_prefixes_free(w.prefixes);
  og_buffer_clear(&w.scratch);
  og_arena_clear(&w.arena);
  return status;
}
