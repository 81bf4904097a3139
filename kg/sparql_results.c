#include "kg/sparql_results.h"

#include "core/intern.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "kg/escape.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A statement in Turtle without its subject. */
typedef struct Line {
  uint32_t subject; /* its number in the batch, in order of first sight */
  size_t start, size;
} Line;

/* A prefix that may be used. */
typedef struct Shortening {
  const char *prefix, *iri;
  bool is_declared; /* it has been written */
} Shortening;

/* Statements that wait to be written by subject, behind the prefixes that they use. */
typedef struct Turtle {
  OgIntern *subjects; /* NULL: none has come yet */
  OgBuffer prefixes;
  const OgPrefixes *of_graph; /* or NULL */
  OgIntern *namespaces;
  Shortening *shortenings; /* by the numbers of namespaces */
  OgBuffer lines;          /* texts */
  Line *items;
  size_t count, capacity;
  bool written; /* a batch before this one */
} Turtle;

struct OgSparqlWriter {
  OgSparqlFormat format;
  OgSparqlOutput output;
  OgSparqlForm form;
  char **names;
  size_t count;
  uint64_t rows;
  OgIntern *blanks;
  OgBuffer text; /* of one row, or the head */
  OgBuffer term;
  Turtle turtle;
};

enum { BLOCK = 1 << 16 }; /* bytes that are written at once */

static OgStatus flush(OgSparqlWriter *w, OgError *err) {
  const OgStatus status =
      w->text.size > 0 ? w->output.write(w->output.data, w->text.data, w->text.size, err) : OG_OK;
  og_buffer_reset(&w->text);
  return status;
}

/* ---- Terms ---- */

OgStatus og_sparql_term_text(const OgTerm *term, OgBuffer *text, OgError *err) {
  switch (term->kind) {
  case OG_IRI:
    return og_escape_iri(term->text, text, err);
  case OG_BLANK:
    OG_TRY(og_buffer_text(text, "_:", err));
    return og_buffer_append(text, term->text.data, term->text.size, err);
  case OG_LITERAL:
    break;
  default:
    return OG_OK;
  }
  OG_TRY(og_escape_string(term->text, text, err));
  if (term->language.size > 0) {
    OG_TRY(og_buffer_text(text, "@", err));
    return og_buffer_append(text, term->language.data, term->language.size, err);
  }
  if (term->datatype.size == 0) {
    return OG_OK;
  }
  OG_TRY(og_buffer_text(text, "^^", err));
  return og_escape_iri(term->datatype, text, err);
}

/* The same, with blank nodes called b0, b1, … in order of first sight. */
static OgStatus name_blank(OgSparqlWriter *w, const OgTerm *term, uint32_t *number, OgError *err) {
  return og_intern_add(w->blanks, term->text.data, term->text.size, number, NULL, err);
}

static OgStatus append_term(OgSparqlWriter *w, const OgTerm *term, OgBuffer *to, OgError *err) {
  if (term->kind != OG_BLANK) {
    return og_sparql_term_text(term, to, err);
  }
  uint32_t number;
  OG_TRY(name_blank(w, term, &number, err));
  return og_buffer_format(to, err, "_:b%" PRIu32, number);
}

static bool is_text(OgText text, const char *what) {
  return text.size == strlen(what) && memcmp(text.data, what, text.size) == 0;
}

/* ---- JSON (SPARQL 1.1 Query Results JSON Format) ---- */

static OgStatus json_head(OgSparqlWriter *w, OgError *err) {
  OG_TRY(og_buffer_text(&w->text, "{\"head\": {", err));
  if (w->form == OG_SPARQL_ASK) {
    return og_buffer_text(&w->text, "}, \"boolean\": ", err);
  }
  OG_TRY(og_buffer_text(&w->text, "\"vars\": [", err));
  for (size_t k = 0; k < w->count; k++) {
    OG_TRY(og_buffer_text(&w->text, k ? ", " : "", err));
    OG_TRY(og_escape_json((OgText){w->names[k], strlen(w->names[k])}, &w->text, err));
  }
  return og_buffer_text(&w->text, "]}, \"results\": {\"bindings\": [", err);
}

static OgStatus json_term(OgSparqlWriter *w, const OgTerm *term, OgError *err) {
  static const char *const types[] = {
      [OG_IRI] = "uri", [OG_BLANK] = "bnode", [OG_LITERAL] = "literal"};
  OG_TRY(og_buffer_format(&w->text, err, "{\"type\": \"%s\", \"value\": ", types[term->kind]));
  if (term->kind == OG_BLANK) {
    uint32_t number;
    OG_TRY(name_blank(w, term, &number, err));
    return og_buffer_format(&w->text, err, "\"b%" PRIu32 "\"}", number);
  }
  OG_TRY(og_escape_json(term->text, &w->text, err));
  if (term->language.size > 0) {
    OG_TRY(og_buffer_text(&w->text, ", \"xml:lang\": ", err));
    OG_TRY(og_escape_json(term->language, &w->text, err));
  } else if (term->datatype.size > 0) {
    OG_TRY(og_buffer_text(&w->text, ", \"datatype\": ", err));
    OG_TRY(og_escape_json(term->datatype, &w->text, err));
  }
  return og_buffer_text(&w->text, "}", err);
}

static OgStatus json_row(OgSparqlWriter *w, const OgTerm *terms, OgError *err) {
  if (w->form == OG_SPARQL_ASK) {
    return og_buffer_append(&w->text, terms[0].text.data, terms[0].text.size, err);
  }
  bool any = false;
  OG_TRY(og_buffer_text(&w->text, w->rows ? ",\n  {" : "\n  {", err));
  for (size_t k = 0; k < w->count; k++) {
    if (terms[k].kind != OG_UNBOUND) {
      OG_TRY(og_buffer_text(&w->text, any ? ", " : "", err));
      OG_TRY(og_escape_json((OgText){w->names[k], strlen(w->names[k])}, &w->text, err));
      OG_TRY(og_buffer_text(&w->text, ": ", err));
      OG_TRY(json_term(w, &terms[k], err));
      any = true;
    }
  }
  return og_buffer_text(&w->text, "}", err);
}

static OgStatus json_end(OgSparqlWriter *w, OgError *err) {
  return og_buffer_text(&w->text, w->form == OG_SPARQL_ASK ? "}\n" : "\n]}}\n", err);
}

/* ---- XML (SPARQL Query Results XML Format) ---- */

static OgStatus xml_head(OgSparqlWriter *w, OgError *err) {
  OG_TRY(og_buffer_text(&w->text,
                        "<?xml version=\"1.0\"?>\n"
                        "<sparql xmlns=\"http://www.w3.org/2005/sparql-results#\">\n  <head>\n",
                        err));
  for (size_t k = 0; k < w->count; k++) {
    OG_TRY(og_buffer_text(&w->text, "    <variable name=\"", err));
    OG_TRY(og_escape_xml((OgText){w->names[k], strlen(w->names[k])}, &w->text, err));
    OG_TRY(og_buffer_text(&w->text, "\"/>\n", err));
  }
  return og_buffer_text(&w->text,
                        w->form == OG_SPARQL_ASK ? "  </head>\n" : "  </head>\n  <results>\n", err);
}

static OgStatus xml_term(OgSparqlWriter *w, const OgTerm *term, OgError *err) {
  if (term->kind == OG_BLANK) {
    uint32_t number;
    OG_TRY(name_blank(w, term, &number, err));
    return og_buffer_format(&w->text, err, "<bnode>b%" PRIu32 "</bnode>", number);
  }
  if (term->kind == OG_IRI) {
    OG_TRY(og_buffer_text(&w->text, "<uri>", err));
    OG_TRY(og_escape_xml(term->text, &w->text, err));
    return og_buffer_text(&w->text, "</uri>", err);
  }
  OG_TRY(og_buffer_text(&w->text, "<literal", err));
  if (term->language.size > 0 || term->datatype.size > 0) {
    const bool tagged = term->language.size > 0;
    OG_TRY(og_buffer_text(&w->text, tagged ? " xml:lang=\"" : " datatype=\"", err));
    OG_TRY(og_escape_xml(tagged ? term->language : term->datatype, &w->text, err));
    OG_TRY(og_buffer_text(&w->text, "\"", err));
  }
  OG_TRY(og_buffer_text(&w->text, ">", err));
  OG_TRY(og_escape_xml(term->text, &w->text, err));
  return og_buffer_text(&w->text, "</literal>", err);
}

static OgStatus xml_row(OgSparqlWriter *w, const OgTerm *terms, OgError *err) {
  if (w->form == OG_SPARQL_ASK) {
    return og_buffer_format(&w->text, err, "  <boolean>%s</boolean>\n", terms[0].text.data);
  }
  OG_TRY(og_buffer_text(&w->text, "    <result>\n", err));
  for (size_t k = 0; k < w->count; k++) {
    if (terms[k].kind != OG_UNBOUND) {
      OG_TRY(og_buffer_text(&w->text, "      <binding name=\"", err));
      OG_TRY(og_escape_xml((OgText){w->names[k], strlen(w->names[k])}, &w->text, err));
      OG_TRY(og_buffer_text(&w->text, "\">", err));
      OG_TRY(xml_term(w, &terms[k], err));
      OG_TRY(og_buffer_text(&w->text, "</binding>\n", err));
    }
  }
  return og_buffer_text(&w->text, "    </result>\n", err);
}

static OgStatus xml_end(OgSparqlWriter *w, OgError *err) {
  return og_buffer_text(
      &w->text, w->form == OG_SPARQL_ASK ? "</sparql>\n" : "  </results>\n</sparql>\n", err);
}

/* ---- CSV and TSV (SPARQL 1.1 Query Results CSV and TSV Formats) ---- */

static OgStatus csv_head(OgSparqlWriter *w, OgError *err) {
  if (w->form == OG_SPARQL_ASK) {
    return OG_OK;
  }
  for (size_t k = 0; k < w->count; k++) {
    OG_TRY(og_buffer_text(&w->text, k ? "," : "", err));
    OG_TRY(og_escape_csv((OgText){w->names[k], strlen(w->names[k])}, &w->text, err));
  }
  return og_buffer_text(&w->text, "\r\n", err);
}

static OgStatus csv_row(OgSparqlWriter *w, const OgTerm *terms, OgError *err) {
  const size_t count = w->form == OG_SPARQL_ASK ? 1 : w->count;
  for (size_t k = 0; k < count; k++) {
    OG_TRY(og_buffer_text(&w->text, k ? "," : "", err));
    if (terms[k].kind == OG_BLANK) {
      OG_TRY(append_term(w, &terms[k], &w->text, err));
    } else {
      OG_TRY(og_escape_csv(terms[k].text, &w->text, err));
    }
  }
  return og_buffer_text(&w->text, "\r\n", err);
}

static OgStatus tsv_head(OgSparqlWriter *w, OgError *err) {
  if (w->form == OG_SPARQL_ASK) {
    return OG_OK;
  }
  for (size_t k = 0; k < w->count; k++) {
    OG_TRY(og_buffer_format(&w->text, err, "%s?%s", k ? "\t" : "", w->names[k]));
  }
  return og_buffer_text(&w->text, "\n", err);
}

/* Numbers that Turtle has without quotes. */
static bool is_plain_number(const OgTerm *term) {
  static const struct {
    const char *datatype, *characters;
    bool exponent, point;
  } kinds[] = {
      {OG_NS_XSD "integer", "+-0123456789", false, false},
      {OG_NS_XSD "decimal", "+-0123456789.", false, true},
      {OG_NS_XSD "double", "+-0123456789.eE", true, false},
  };
  const OgText text = term->text;
  const char *last = text.size ? &text.data[text.size - 1] : "";
  for (size_t k = 0; k < OG_COUNT(kinds); k++) {
    if (is_text(term->datatype, kinds[k].datatype)) {
      return text.size > 0 && strspn(text.data, kinds[k].characters) >= text.size && *last >= '0' &&
             *last <= '9' &&
             (!kinds[k].exponent || memchr(text.data, 'e', text.size) ||
              memchr(text.data, 'E', text.size)) &&
             (!kinds[k].point || memchr(text.data, '.', text.size));
    }
  }
  return false;
}

static OgStatus tsv_row(OgSparqlWriter *w, const OgTerm *terms, OgError *err) {
  const size_t count = w->form == OG_SPARQL_ASK ? 1 : w->count;
  for (size_t k = 0; k < count; k++) {
    OG_TRY(og_buffer_text(&w->text, k ? "\t" : "", err));
    OG_TRY(w->form == OG_SPARQL_ASK || is_plain_number(&terms[k])
               ? og_buffer_append(&w->text, terms[k].text.data, terms[k].text.size, err)
               : append_term(w, &terms[k], &w->text, err));
  }
  return og_buffer_text(&w->text, "\n", err);
}

static OgStatus no_text(OgSparqlWriter *w, OgError *err) {
  (void)w;
  (void)err;
  return OG_OK;
}

/* ---- N-Triples and Turtle ---- */

static OgStatus ntriples_row(OgSparqlWriter *w, const OgTerm *terms, OgError *err) {
  for (size_t k = 0; k < 3; k++) {
    OG_TRY(append_term(w, &terms[k], &w->text, err));
    OG_TRY(og_buffer_text(&w->text, " ", err));
  }
  return og_buffer_text(&w->text, ".\n", err);
}

static bool is_type(const OgTerm *predicate) {
  return is_text(predicate->text, OG_NS_RDF "type");
}

/* A prefix as Turtle allows it, of ASCII alone (PN_PREFIX). */
static bool is_prefix(const char *name) {
  const size_t size = strlen(name);
  for (size_t k = 0; k < size; k++) {
    const bool letter = (name[k] >= 'a' && name[k] <= 'z') || (name[k] >= 'A' && name[k] <= 'Z');
    const bool other = (name[k] >= '0' && name[k] <= '9') || name[k] == '_' || name[k] == '-';
    if (!letter && (k == 0 || !other)) {
      return false;
    }
  }
  return true;
}

/* A byte of a local name that needs no escape; '-' may not come first. */
static bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/* The prefix that shortens a term; NULL when none does. */
static Shortening *turtle_prefix(const Turtle *turtle, const OgTerm *term) {
  const uint32_t found = term->kind == OG_IRI
                             ? og_namespace_find(turtle->namespaces, term->text, is_plain)
                             : OG_INTERN_NONE;
  Shortening *row = found == OG_INTERN_NONE ? NULL : &turtle->shortenings[found];
  return row && term->text.data[strlen(row->iri)] != '-' ? row : NULL;
}

static OgStatus turtle_term(OgSparqlWriter *w, const OgTerm *term, OgBuffer *to, OgError *err) {
  const Shortening *row = turtle_prefix(&w->turtle, term);
  if (row) {
    const size_t size = strlen(row->iri);
    OG_TRY(og_buffer_format(to, err, "%s:", row->prefix));
    return og_buffer_append(to, term->text.data + size, term->text.size - size, err);
  }
  return term->kind == OG_LITERAL && is_plain_number(term)
             ? og_buffer_append(to, term->text.data, term->text.size, err)
             : append_term(w, term, to, err);
}

/* The prefix and namespace of a number; a NULL prefix is past the last. */
static OgPrefix known_prefix(const OgPrefixes *of_graph, size_t number) {
  return of_graph ? (OgPrefix){og_prefixes_name(of_graph, number),
                               og_prefixes_namespace(of_graph, number)}
                  : og_known_prefixes[number];
}

static OgStatus turtle_head(OgSparqlWriter *w, OgError *err) {
  Turtle *turtle = &w->turtle;
  size_t count = 0;
  while (known_prefix(turtle->of_graph, count).prefix) {
    count++;
  }
  turtle->namespaces = og_intern_new();
  turtle->shortenings = OG_NEW_ARRAY(Shortening, count);
  if (!turtle->namespaces || !turtle->shortenings) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < count; k++) {
    const OgPrefix row = known_prefix(turtle->of_graph, k);
    uint32_t number;
    int added;
    /* two namespaces may go by one prefix: the preferred one has it */
    if (!is_prefix(row.prefix) ||
        (turtle->of_graph &&
         og_prefixes_exact(turtle->of_graph, row.prefix, strlen(row.prefix)) != row.iri)) {
      continue;
    }
    OG_TRY(og_intern_add(turtle->namespaces, row.iri, strlen(row.iri), &number, &added, err));
    if (added) {
      turtle->shortenings[number] = (Shortening){row.prefix, row.iri, false};
    }
  }
  return OG_OK;
}

/* Declare the prefixes that a statement is the first to use. */
static OgStatus turtle_declare(Turtle *turtle, const OgTerm *terms, OgError *err) {
  for (size_t k = 0; k < 3; k++) {
    Shortening *row = k == 1 && is_type(&terms[k]) ? NULL : turtle_prefix(turtle, &terms[k]);
    if (row && !row->is_declared) {
      row->is_declared = true;
      OG_TRY(og_buffer_format(&turtle->prefixes, err, "@prefix %s: ", row->prefix));
      OG_TRY(og_escape_iri((OgText){row->iri, strlen(row->iri)}, &turtle->prefixes, err));
      OG_TRY(og_buffer_text(&turtle->prefixes, " .\n", err));
    }
  }
  return OG_OK;
}

static int compare_lines(const void *a, const void *b) {
  const Line *x = a;
  const Line *y = b;
  return x->subject != y->subject ? (x->subject > y->subject) - (x->subject < y->subject)
                                  : (x->start > y->start) - (x->start < y->start);
}

/* Write the batch. */
static OgStatus turtle_write(OgSparqlWriter *w, OgError *err) {
  Turtle *turtle = &w->turtle;
  if (turtle->prefixes.size > 0) {
    OG_TRY(og_buffer_text(&w->text, turtle->written ? "\n" : "", err));
    OG_TRY(og_buffer_append(&w->text, turtle->prefixes.data, turtle->prefixes.size, err));
  }
  if (turtle->count > 0) {
    qsort(turtle->items, turtle->count, sizeof *turtle->items, compare_lines);
  }
  for (size_t k = 0; k < turtle->count; k++) {
    const Line *line = &turtle->items[k];
    if (k == 0 || line[-1].subject != line->subject) {
      size_t size;
      const char *subject = og_intern_text(turtle->subjects, line->subject, &size);
      OG_TRY(og_buffer_text(&w->text, k == 0 ? "\n" : " .\n\n", err));
      OG_TRY(og_buffer_append(&w->text, subject, size, err));
    } else {
      OG_TRY(og_buffer_text(&w->text, " ;", err));
    }
    OG_TRY(og_buffer_append(&w->text, turtle->lines.data + line->start, line->size, err));
    OG_TRY(w->text.size >= BLOCK ? flush(w, err) : OG_OK);
  }
  OG_TRY(og_buffer_text(&w->text, turtle->count > 0 ? " .\n" : "", err));
  og_intern_free(turtle->subjects);
  turtle->subjects = NULL;
  turtle->written = true;
  turtle->count = 0;
  og_buffer_reset(&turtle->prefixes);
  og_buffer_reset(&turtle->lines);
  return OG_OK;
}

/* Room for one more in the batch. */
static OgStatus turtle_grow(Turtle *turtle, OgError *err) {
  enum { FIRST = 64 };
  if (!turtle->subjects) {
    turtle->subjects = og_intern_new();
  }
  if (turtle->subjects && turtle->count == turtle->capacity) {
    const size_t capacity = turtle->capacity ? 2 * turtle->capacity : FIRST;
    Line *items = og_realloc(turtle->items, capacity, sizeof *items);
    if (!items) {
      return og_error_no_memory(err);
    }
    turtle->items = items;
    turtle->capacity = capacity;
  }
  return turtle->subjects ? OG_OK : og_error_no_memory(err);
}

static OgStatus turtle_row(OgSparqlWriter *w, const OgTerm *terms, OgError *err) {
  enum { MOST_WAITING = 8 << 20 };
  Turtle *turtle = &w->turtle;
  OG_TRY(turtle->lines.size > MOST_WAITING ? turtle_write(w, err) : OG_OK);
  OG_TRY(turtle_grow(turtle, err));
  OG_TRY(turtle_declare(turtle, terms, err));
  Line *line = &turtle->items[turtle->count];
  line->start = turtle->lines.size;
  og_buffer_reset(&w->term);
  OG_TRY(turtle_term(w, &terms[0], &w->term, err));
  OG_TRY(og_intern_add(turtle->subjects, w->term.data, w->term.size, &line->subject, NULL, err));
  OG_TRY(og_buffer_text(&turtle->lines, "\n  ", err));
  OG_TRY(is_type(&terms[1]) ? og_buffer_text(&turtle->lines, "a", err)
                            : turtle_term(w, &terms[1], &turtle->lines, err));
  OG_TRY(og_buffer_text(&turtle->lines, " ", err));
  OG_TRY(turtle_term(w, &terms[2], &turtle->lines, err));
  line->size = turtle->lines.size - line->start;
  turtle->count++;
  return OG_OK;
}

/* ---- The writer ---- */

typedef struct Format {
  bool is_graph;
  OgStatus (*head)(OgSparqlWriter *w, OgError *err);
  OgStatus (*row)(OgSparqlWriter *w, const OgTerm *terms, OgError *err);
  OgStatus (*end)(OgSparqlWriter *w, OgError *err);
} Format;

static const Format formats[] = {
    [OG_SPARQL_JSON] = {false, json_head, json_row, json_end},
    [OG_SPARQL_XML] = {false, xml_head, xml_row, xml_end},
    [OG_SPARQL_CSV] = {false, csv_head, csv_row, no_text},
    [OG_SPARQL_TSV] = {false, tsv_head, tsv_row, no_text},
    [OG_SPARQL_NTRIPLES] = {true, no_text, ntriples_row, no_text},
    [OG_SPARQL_TURTLE] = {true, turtle_head, turtle_row, turtle_write},
};

static OgStatus begin(void *data, OgSparqlForm form, const char *const *names, size_t count,
                      OgError *err) {
  OgSparqlWriter *w = data;
  const bool is_graph = form == OG_SPARQL_CONSTRUCT || form == OG_SPARQL_DESCRIBE;
  if (is_graph != formats[w->format].is_graph) {
    return og_error_set(err, OG_USAGE,
                        is_graph ? "the answer is a graph: write it as N-Triples or Turtle"
                                 : "the answer is a table: write it as JSON, XML, CSV or TSV");
  }
  w->form = form;
  w->names = OG_NEW_ARRAY(char *, count);
  if (!w->names) {
    return og_error_no_memory(err);
  }
  for (w->count = 0; w->count < count; w->count++) {
    w->names[w->count] = og_strdup(names[w->count]);
    if (!w->names[w->count]) {
      return og_error_no_memory(err);
    }
  }
  OG_TRY(formats[w->format].head(w, err));
  return flush(w, err);
}

static OgStatus row(void *data, const OgTerm *terms, size_t count, OgError *err) {
  OgSparqlWriter *w = data;
  (void)count;
  OG_TRY(formats[w->format].row(w, terms, err));
  w->rows++;
  return w->text.size >= BLOCK ? flush(w, err) : OG_OK;
}

OgStatus og_sparql_writer_new(OgSparqlFormat format, OgSparqlOutput output, OgSparqlWriter **writer,
                              OgError *err) {
  OgSparqlWriter *made = OG_NEW(OgSparqlWriter);
  if (made) {
    *made = (OgSparqlWriter){.format = format, .output = output};
    made->blanks = og_intern_new();
  }
  if (!made || !made->blanks) {
    og_sparql_writer_free(made);
    return og_error_no_memory(err);
  }
  *writer = made;
  return OG_OK;
}

void og_sparql_writer_prefixes(OgSparqlWriter *writer, const OgPrefixes *prefixes) {
  writer->turtle.of_graph = prefixes;
}

OgSolutions og_sparql_writer_solutions(OgSparqlWriter *writer) {
  return (OgSolutions){begin, row, writer};
}

OgStatus og_sparql_writer_finish(OgSparqlWriter *writer, OgError *err) {
  OG_TRY(formats[writer->format].end(writer, err));
  return flush(writer, err);
}

void og_sparql_writer_free(OgSparqlWriter *writer) {
  if (writer) {
    for (size_t k = 0; k < writer->count; k++) {
      og_free(writer->names[k]);
    }
    og_free(writer->names);
    og_intern_free(writer->blanks);
    og_buffer_clear(&writer->text);
    og_intern_free(writer->turtle.subjects);
    og_buffer_clear(&writer->turtle.prefixes);
    og_buffer_clear(&writer->turtle.lines);
    og_intern_free(writer->turtle.namespaces);
    og_free(writer->turtle.shortenings);
    og_free(writer->turtle.items);
    og_buffer_clear(&writer->term);
    og_free(writer);
  }
}
