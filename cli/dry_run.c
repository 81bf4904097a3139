#include "cli/dry_run.h"

#include "cli/print.h"
#include "cli/table.h"
#include "core/arena.h"
#include "core/buffer.h"
#include "core/intern.h"
#include "core/memory.h"
#include "core/utf8.h"
#include "core/vocab.h"

#include <string.h>

enum { CELL = 60 }; /* bytes of an example's part that are shown */

typedef struct Row {
  uint64_t count, kept;
  const char *subject, *object; /* of the first statement */
} Row;

struct DryRun {
  OgArena arena;        /* examples, prefixes */
  OgIntern *properties; /* their numbers are those of rows */
  Row *rows;
  size_t count, capacity;
  OgPrefix *prefixes; /* that the files declare */
  size_t prefix_count, prefix_capacity;
  size_t kept, kept_prefixes; /* rows, prefixes */
};

DryRun *dry_run_new(void) {
  DryRun *run = OG_NEW(DryRun);
  if (run) {
    run->properties = og_intern_new();
    if (!run->properties) {
      og_free(run);
      run = NULL;
    }
  }
  return run;
}

void dry_run_free(DryRun *run) {
  if (run) {
    og_intern_free(run->properties);
    og_arena_clear(&run->arena);
    og_free(run);
  }
}

/* Shortened by a prefix: "skos:prefLabel". */
static OgStatus write_iri(const DryRun *run, OgText iri, OgBuffer *out, OgError *err) {
  const OgPrefix *best = NULL;
  size_t best_size = 0;
  for (size_t i = 0;; i++) {
    const OgPrefix *row =
        i < run->prefix_count ? &run->prefixes[i] : &og_known_prefixes[i - run->prefix_count];
    if (!row->prefix) {
      break;
    }
    const size_t size = strlen(row->iri);
    if (size > best_size && size < iri.size && memcmp(iri.data, row->iri, size) == 0) {
      best = row;
      best_size = size;
    }
  }
  if (!best) {
    return og_buffer_format(out, err, "<%.*s>", (int)iri.size, iri.data);
  }
  return og_buffer_format(out, err, "%s:%.*s", best->prefix, (int)(iri.size - best_size),
                          iri.data + best_size);
}

/* How much of a text is shown: whole characters. */
static int shown(OgText text) {
  return (int)og_utf8_whole(text.data, text.size < CELL ? text.size : CELL);
}

/* Nearly as Turtle. */
static OgStatus write_term(const DryRun *run, const OgTerm *term, OgBuffer *out, OgError *err) {
  const int size = shown(term->text);
  if (term->kind == OG_IRI) {
    return write_iri(run, term->text, out, err);
  }
  if (term->kind == OG_BLANK) {
    return og_buffer_format(out, err, "_:%.*s", size, term->text.data);
  }
  OG_TRY(og_buffer_format(out, err, "\"%.*s%s\"", size, term->text.data,
                          term->text.size > CELL ? "…" : ""));
  if (term->language.size > 0) {
    return og_buffer_format(out, err, "@%.*s", (int)term->language.size, term->language.data);
  }
  if (term->datatype.size == 0) {
    return OG_OK;
  }
  OG_TRY(og_buffer_text(out, "^^", err));
  return write_iri(run, term->datatype, out, err);
}

static OgStatus keep_term(DryRun *run, const OgTerm *term, const char **kept, OgError *err) {
  OgBuffer text = OG_BUFFER_INIT;
  OgStatus status = write_term(run, term, &text, err);
  if (status == OG_OK) {
    *kept = og_arena_copy(&run->arena, text.data, text.size);
    status = *kept ? OG_OK : og_error_no_memory(err);
  }
  og_buffer_clear(&text);
  return status;
}

static OgStatus on_statement(void *data, const OgTerm *subject, const OgTerm *predicate,
                             const OgTerm *object, OgError *err) {
  DryRun *run = data;
  uint32_t number;
  int added;
  OG_TRY(og_intern_add(run->properties, predicate->text.data, predicate->text.size, &number, &added,
                       err));
  if (added) {
    Row *rows = og_arena_grow(&run->arena, run->rows, run->count, &run->capacity, sizeof *rows);
    if (!rows) {
      return og_error_no_memory(err);
    }
    run->rows = rows;
    Row row = {0};
    OG_TRY(keep_term(run, subject, &row.subject, err));
    OG_TRY(keep_term(run, object, &row.object, err));
    run->rows[run->count++] = row;
  }
  run->rows[number].count++;
  return OG_OK;
}

static OgStatus on_prefix(void *data, OgText prefix, OgText iri, OgError *err) {
  DryRun *run = data;
  OgPrefix *prefixes = og_arena_grow(&run->arena, run->prefixes, run->prefix_count,
                                     &run->prefix_capacity, sizeof *prefixes);
  const OgPrefix row = {og_arena_copy(&run->arena, prefix.data, prefix.size),
                        og_arena_copy(&run->arena, iri.data, iri.size)};
  if (!prefixes || !row.prefix || !row.iri) {
    return og_error_no_memory(err);
  }
  run->prefixes = prefixes;
  prefixes[run->prefix_count++] = row;
  return OG_OK;
}

OgSink dry_run_sink(DryRun *run) {
  return (OgSink){.statement = on_statement, .prefix = on_prefix, .data = run};
}

void dry_run_keep(DryRun *run) {
  for (size_t k = 0; k < run->count; k++) {
    run->rows[k].kept = run->rows[k].count;
  }
  run->kept = run->count;
  run->kept_prefixes = run->prefix_count;
}

void dry_run_forget(DryRun *run) {
  og_intern_truncate(run->properties, (uint32_t)run->kept);
  run->count = run->kept;
  run->prefix_count = run->kept_prefixes;
  for (size_t k = 0; k < run->count; k++) {
    run->rows[k].count = run->rows[k].kept;
  }
}

/* property = the property of a row, shortened. */
static OgStatus write_property(const DryRun *run, size_t row, OgBuffer *property, OgError *err) {
  OgText iri;
  iri.data = og_intern_text(run->properties, (uint32_t)row, &iri.size);
  og_buffer_reset(property);
  return write_iri(run, iri, property, err);
}

OgStatus dry_run_print(const DryRun *run, FILE *out, const Terminal *terminal, OgError *err) {
  static const char *const columns[] = {"property", "statements", "subject", "object"};
  Table *table = NULL;
  OgBuffer property = OG_BUFFER_INIT;
  OgStatus status = OG_OK;
  OG_TRY(table_open(out, terminal, TABLE_TEXT, columns, OG_COUNT(columns), &table, err));
  for (size_t n = 0; n < run->count && status == OG_OK; n++) {
    status = write_property(run, n, &property, err);
    if (status == OG_OK) {
      table_string(table, property.data);
      table_integer(table, (int64_t)run->rows[n].count);
      table_string(table, run->rows[n].subject);
      table_string(table, run->rows[n].object);
      table_row(table);
    }
  }
  og_buffer_clear(&property);
  return table_close(table, status, err);
}

OgStatus dry_run_json(const DryRun *run, json_t **list, OgError *err) {
  OgBuffer property = OG_BUFFER_INIT;
  json_t *rows = json_array();
  OgStatus status = OG_OK;
  for (size_t n = 0; n < run->count && status == OG_OK; n++) {
    status = write_property(run, n, &property, err);
    if (status == OG_OK) {
      json_add(&rows, json_pack("{s:o, s:I, s:o, s:o}", "property", json_mended(property.data),
                                "statements", (json_int_t)run->rows[n].count, "subject",
                                json_mended(run->rows[n].subject), "object",
                                json_mended(run->rows[n].object)));
    }
  }
  og_buffer_clear(&property);
  if (status == OG_OK && !rows) {
    status = og_error_no_memory(err);
  }
  if (status != OG_OK) {
    json_decref(rows);
    return status;
  }
  *list = rows;
  return OG_OK;
}
