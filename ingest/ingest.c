#include "ingest/ingest.h"

#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/address.h"
#include "ingest/archive.h"
#include "ingest/claml.h"
#include "ingest/emit.h"
#include "ingest/graphml.h"
#include "ingest/mapping.h"
#include "ingest/mesh.h"
#include "ingest/opening.h"
#include "ingest/owlxml.h"
#include "ingest/rdfxml.h"
#include "ingest/turtle.h"
#include "ingest/xbrl.h"
#include "ingest/xml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_LOOK = 1 << 16, LAST_LOOK = 1 << 22, LONGEST_IRI = 2048 };

enum { RDFXML, OWLXML, MESH, CLAML, GRAPHML, XBRL, MAPPING, TURTLE, NQUADS, TRIG };

const OgReader og_readers[] = {
    [RDFXML] = {"rdfxml", "RDF/XML", og_rdfxml_read, "statements", false},
    [OWLXML] = {"owlxml", "OWL/XML", og_owlxml_read, "axioms", false},
    [MESH] = {"mesh", "MeSH XML", og_mesh_read, "records", false},
    [CLAML] = {"claml", "ClaML", og_claml_read, "classes", false},
    [GRAPHML] = {"graphml", "GraphML", og_graphml_read, "nodes", false},
    [XBRL] = {"xbrl", "XBRL taxonomy", og_xbrl_read, "concepts", true},
    [MAPPING] = {"mapping", "XML by a mapping file", og_mapping_read,
                 "elements that the mapping file matches", false},
    [TURTLE] = {"turtle", "Turtle or N-Triples", og_turtle_read, "statements", false},
    [NQUADS] = {"nquads", "N-Quads", og_nquads_read, "statements", false},
    [TRIG] = {"trig", "TriG", og_trig_read, "statements", false},
    {NULL, NULL, NULL, NULL, false},
};

/* What a file turns out to be: a reader, or what to tell the user. */
typedef struct Verdict {
  const OgReader *reader; /* NULL: recognised, and not read */
  const char *title;
  const char *hint;
} Verdict;

/* An empty document of a text format is a graph without statements; with nothing to go by but the
 * name, only a name that says so makes an empty file one. */
typedef struct Suffix {
  const char *text;
  int reader;
} Suffix;

static const Suffix suffixes[] = {
    {".ttl", TURTLE},
    {".nt", TURTLE},
    {".nq", NQUADS},
    {".trig", TRIG},
};

#define READ(reader)                                                                               \
  { &og_readers[reader], NULL, NULL }
#define REFUSE(title, hint)                                                                        \
  { NULL, title, hint }

static const char to_rdf[] = "save it as RDF/XML or Turtle (robot convert does), and import that";
static const char web_page[] = "fetch the ontology itself, not the page that describes it";
static const char not_a_text[] = "import the ontology itself, not a text about it";
static const char save_as_xml[] =
    "save it as XML and say what its elements are (--mapping FILE), or import the ontology itself";
static const char to_unpack[] = "unpack it and import the files inside";

/* XML, by its root element; uri NULL: any namespace. */
typedef struct Root {
  const char *uri;
  const char *local;
  Verdict verdict;
} Root;

static const Root roots[] = {
    {OG_NS_RDF, "RDF", READ(RDFXML)},
    {OG_NS_RDF, "Description", READ(RDFXML)},
    {"", "DescriptorRecordSet", READ(MESH)},
    {"", "QualifierRecordSet", READ(MESH)},
    {"", "SupplementalRecordSet", READ(MESH)},
    {OG_NS_OWL, "Ontology", READ(OWLXML)},
    {"http://www.w3.org/2006/12/owl2-xml#", "Ontology",
     REFUSE("OWL/XML of a draft of 2006", to_rdf)},
    {NULL, "ClaML", READ(CLAML)},
    {"http://www.xbrl.org/2003/linkbase", "linkbase", READ(XBRL)},
    {"http://www.xbrl.org/2003/instance", "xbrl",
     REFUSE("an XBRL report", "it holds figures, not a taxonomy")},
    {"http://www.w3.org/2001/XMLSchema", "schema", READ(XBRL)},
    {NULL, "graphml", READ(GRAPHML)},
    {"http://www.w3.org/2005/sparql-results#", "sparql",
     REFUSE("results of a SPARQL query", "import the graph, not an answer from it")},
    {"urn:oasis:names:tc:entity:xmlns:xml:catalog", "catalog",
     REFUSE("an XML catalog", "import the ontologies that it lists")},
    {"", "mapping",
     REFUSE("a mapping file", "give it with --mapping, beside the file that it maps")},
    {NULL, "html", REFUSE("a web page", web_page)},
};

/* Anything else, by how it begins, past white space and comments. */
typedef struct Opening {
  const char *text;
  Verdict verdict;
} Opening;

static const Opening openings[] = {
    {"<!DOCTYPE html", REFUSE("a web page", web_page)},
    {"<!doctype html", REFUSE("a web page", web_page)},
    {"<html>", REFUSE("a web page", web_page)},
    {"<HTML", REFUSE("a web page", web_page)},
    {"format-version:", REFUSE("OBO", to_rdf)},
    {"ontology:", REFUSE("OBO", to_rdf)},
    {"data-version:", REFUSE("OBO", to_rdf)},
    {"[Term]", REFUSE("OBO", to_rdf)},
    {"[Typedef]", REFUSE("OBO", to_rdf)},
    {"Namespace(", REFUSE("OWL 1 in abstract syntax", to_rdf)},
    {"Prefix(", REFUSE("OWL in functional syntax", to_rdf)},
    {"Ontology(", REFUSE("OWL in functional syntax", to_rdf)},
    {"Prefix:", REFUSE("OWL in Manchester syntax", to_rdf)},
    {"Ontology:", REFUSE("OWL in Manchester syntax", to_rdf)},
    {"@prefix", READ(TURTLE)},
    {"@base", READ(TURTLE)},
    {"PREFIX ", READ(TURTLE)},
    {"prefix ", READ(TURTLE)},
    {"BASE ", READ(TURTLE)},
    {"base ", READ(TURTLE)},
    {"[{", REFUSE("JSON", to_rdf)},
    {"[ {", REFUSE("JSON", to_rdf)},
    {"[\n", REFUSE("JSON", to_rdf)},
    {"[", READ(TURTLE)},
    {"PK\003\004", REFUSE("a zip archive inside another, or in a pipe", to_unpack)},
    {"BZh", REFUSE("a bzip2 archive", to_unpack)},
    {"7z\274\257\047\034", REFUSE("a 7z archive", to_unpack)},
    {"Rar!", REFUSE("a RAR archive", to_unpack)},
    {"\050\265\057\375", REFUSE("a zstd archive", to_unpack)},
    {"\3757zXZ", REFUSE("an xz archive", to_unpack)},
    {"%PDF", REFUSE("a PDF document", not_a_text)},
    {"{\\rtf", REFUSE("a text document", not_a_text)},
    {"\320\317\021\340", REFUSE("an office document", save_as_xml)},
    {"$HDT", REFUSE("HDT", to_rdf)},
    {"{", REFUSE("JSON", to_rdf)},
    {"SQLite format 3", REFUSE("an SQLite file", "a graph is opened, not imported")},
};

/* ---- telling formats ------------------------------------------------------------------------- */

static OgStatus decide(const Verdict *verdict, const OgInput *input, const OgReader **reader,
                       OgError *err) {
  if (!verdict->reader) {
    return og_error_at(err, OG_BAD_DATA, og_input_name(input), 0, 0,
                       "this is %s, which is not read: %s", verdict->title, verdict->hint);
  }
  *reader = verdict->reader;
  return OG_OK;
}

static OgText without_mark(OgText text) {
  const bool marked = text.size >= 3 && memcmp(text.data, "\357\273\277", 3) == 0;
  return marked ? (OgText){text.data + 3, text.size - 3} : text;
}

static OgText without_space(OgText text) {
  while (text.size > 0 && isspace((unsigned char)text.data[0])) {
    text.data++;
    text.size--;
  }
  return text;
}

/* Past white space and the comments of text formats: # (Turtle, OWL) and ! (OBO). */
static OgText without_comments(OgText text) {
  text = without_space(text);
  while (text.size > 0 && (text.data[0] == '#' || text.data[0] == '!')) {
    const char *newline = memchr(text.data, '\n', text.size);
    const size_t line = newline ? (size_t)(newline - text.data) : text.size;
    text = without_space((OgText){text.data + line, text.size - line});
  }
  return text;
}

/* The line ends as a statement of N-Triples does, and as no line of XML that begins with a tag. */
static bool is_statement_line(OgText text) {
  const char *newline = memchr(text.data, '\n', text.size);
  size_t size = newline ? (size_t)(newline - text.data) : text.size;
  while (size > 0 && isspace((unsigned char)text.data[size - 1])) {
    size--;
  }
  return size > 0 && text.data[size - 1] == '.';
}

/* <…> without white space and with a colon that a tag's name could not have; <mailto:a> is one
 * where a statement ends. */
static bool begins_with_iri(OgText text) {
  if (text.size < 2 || text.data[0] != '<') {
    return false;
  }
  size_t colons = 0;
  bool slashes = false;
  for (size_t i = 1; i < text.size && i < LONGEST_IRI; i++) {
    const char c = text.data[i];
    if (c == '>') {
      return colons > 1 || slashes || i == 1 || text.data[1] == '#' ||
             (colons == 1 && is_statement_line(text));
    }
    if (isspace((unsigned char)c) || c == '<' || c == '!' || text.data[1] == '?') {
      return false;
    }
    slashes = slashes || (c == '/' && text.data[i - 1] == '/' && colons > 0);
    colons += c == ':';
  }
  return false;
}

/* A < that opens a tag, not an IRI, in UTF-16: after a byte order mark, or where there is none of
 * the declaration that XML wants then. The letters of either are of ASCII. */
static bool is_wide_xml(OgText text) {
  static const OgText wide[] = {
      {"\377\376<\0", 4}, {"\376\377\0<", 4}, {"<\0?\0", 4}, {"\0<\0?", 4}};
  char letters[LONGEST_IRI];
  size_t count = 0, row = 0;
  while (row < OG_COUNT(wide) && (text.size < 4 || memcmp(text.data, wide[row].data, 4) != 0)) {
    row++;
  }
  if (row == OG_COUNT(wide)) {
    return false;
  }
  const char *tag = memchr(text.data, '<', text.size);
  for (size_t k = (size_t)(tag - text.data); k < text.size && count < sizeof letters; k += 2) {
    letters[count++] = text.data[k];
  }
  return !begins_with_iri((OgText){letters, count});
}

static OgStatus detect_xml(OgInput *input, const OgReader **reader, OgError *err) {
  OgXmlRoot root = {"", ""};
  OgStatus status = OG_NOT_FOUND;
  for (size_t look = FIRST_LOOK; status == OG_NOT_FOUND && look <= LAST_LOOK; look *= 8) {
    const char *bytes;
    size_t size;
    OG_TRY(og_input_peek(input, look, &bytes, &size, err));
    status = og_xml_root(og_input_name(input), bytes, size, &root, err);
  }
  if (status == OG_NOT_FOUND) {
    return og_error_at(
        err, OG_BAD_DATA, og_input_name(input), 0, 0,
        "XML without a root element: the file is truncated, or empty but for its prolog");
  }
  OG_TRY(status);
  for (size_t i = 0; i < OG_COUNT(roots); i++) {
    if (strcmp(root.local, roots[i].local) == 0 &&
        (!roots[i].uri || strcmp(root.uri, roots[i].uri) == 0)) {
      return decide(&roots[i].verdict, input, reader, err);
    }
  }
  return og_error_at(err, OG_BAD_DATA, og_input_name(input), 0, 0,
                     "XML of an unknown kind: its root element is %s in %s%s; a mapping "
                     "file says how to read it (--mapping FILE)",
                     root.local, root.uri[0] ? "namespace " : "no namespace", root.uri);
}

static bool ends_in(const char *name, size_t size, const char *suffix) {
  const size_t length = strlen(suffix);
  return size > length && memcmp(name + size - length, suffix, length) == 0;
}

static OgStatus detect_empty(const OgInput *input, const OgReader **reader, OgError *err) {
  const char *name = og_input_name(input);
  size_t size = strlen(name);
  size -= ends_in(name, size, ".gz") ? strlen(".gz") : 0;
  for (size_t i = 0; i < OG_COUNT(suffixes); i++) {
    if (ends_in(name, size, suffixes[i].text)) {
      *reader = &og_readers[suffixes[i].reader];
      return OG_OK;
    }
  }
  return og_opening_empty(input, err);
}

static const Verdict *find_opening(OgText text) {
  for (size_t i = 0; i < OG_COUNT(openings); i++) {
    const size_t size = strlen(openings[i].text);
    if (text.size >= size && memcmp(text.data, openings[i].text, size) == 0) {
      return &openings[i].verdict;
    }
  }
  return NULL;
}

OgStatus og_ingest_detect(OgInput *input, const OgReader **reader, OgError *err) {
  const char *bytes;
  size_t size;
  OG_TRY(og_input_peek(input, FIRST_LOOK, &bytes, &size, err));
  const bool utf16 = og_opening_encoding((OgText){bytes, size}) != NULL;
  const OgText text =
      utf16 ? (OgText){bytes, size} : without_comments(without_mark((OgText){bytes, size}));
  if (text.size == 0) {
    return detect_empty(input, reader, err);
  }
  const bool xml = utf16 ? is_wide_xml(text) : text.data[0] == '<';
  OG_TRY(og_opening_check(input, xml, err));
  const char *document = og_archive_document(og_input_name(input));
  if (document) {
    return decide(&(Verdict)REFUSE(document, save_as_xml), input, reader, err);
  }
  const Verdict *verdict = find_opening(text);
  if (verdict) {
    return decide(verdict, input, reader, err);
  }
  if (begins_with_iri(text) || (text.size > 1 && memcmp(text.data, "_:", 2) == 0)) {
    const char *newline = memchr(text.data, '\n', text.size);
    const size_t line = newline ? (size_t)(newline - text.data) + 1 : text.size;
    *reader = &og_readers[og_nquads_names_graph(text.data, line) ? NQUADS : TURTLE];
    return OG_OK;
  }
  if (xml) {
    return detect_xml(input, reader, err);
  }
  return og_error_at(err, OG_BAD_DATA, og_input_name(input), 0, 0,
                     "not a format known here: it is neither XML nor Turtle; --format names one");
}

OgStatus og_reader_find(const char *name, const OgReader **reader, OgError *err) {
  char names[256] = "";
  for (const OgReader *row = og_readers; row->name; row++) {
    if (strcmp(row->name, name) == 0) {
      *reader = row;
      return OG_OK;
    }
    strncat(names, names[0] ? ", " : "", sizeof names - strlen(names) - 1);
    strncat(names, row->name, sizeof names - strlen(names) - 1);
  }
  return og_error_set(err, OG_USAGE, "no format is called \"%.64s\"; there are %s", name, names);
}

/* ---- reading --------------------------------------------------------------------------------- */

OgStatus og_ingest_base(const OgInput *input, OgBuffer *base, OgError *err) {
  return og_address_of(og_input_name(input), base, err);
}

/* A sink that counts. */
typedef struct Counter {
  const OgSink *sink;
  uint64_t statements;
} Counter;

static OgStatus count_statement(void *data, const OgTerm *subject, const OgTerm *predicate,
                                const OgTerm *object, OgError *err) {
  Counter *counter = data;
  counter->statements++;
  return counter->sink->statement(counter->sink->data, subject, predicate, object, err);
}

static OgStatus pass_prefix(void *data, OgText prefix, OgText iri, OgError *err) {
  const OgSink *sink = ((Counter *)data)->sink;
  return sink->prefix(sink->data, prefix, iri, err);
}

static OgStatus pass_warning(void *data, const char *kind, long line, long column,
                             const char *message, OgError *err) {
  const OgSink *sink = ((Counter *)data)->sink;
  return sink->warning(sink->data, kind, line, column, message, err);
}

/* Read, and say so when nothing comes of it. */
static OgStatus read_counted(const OgReader *reader, OgInput *input, const OgReadOptions *options,
                             const OgSink *sink, const OgProgress *progress, OgError *err) {
  Counter counter = {.sink = sink};
  const OgSink counting = {count_statement, sink->prefix ? pass_prefix : NULL,
                           sink->warning ? pass_warning : NULL, &counter};
  OG_TRY(reader->read(input, options, &counting, progress, err));
  return counter.statements > 0 ? OG_OK : og_emit_nothing(sink, reader->content, err);
}

OgStatus og_ingest(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                   const OgProgress *progress, const OgReader **used, OgError *err) {
  OgReadOptions chosen = options ? *options : (OgReadOptions){0};
  OgBuffer base = OG_BUFFER_INIT;
  const OgReader *reader = NULL;
  OgStatus status;
  if (chosen.mapping && !chosen.format) {
    chosen.format = og_readers[MAPPING].name;
  }
  OG_GO(chosen.format ? og_reader_find(chosen.format, &reader, err)
                      : og_ingest_detect(input, &reader, err));
  if (used) {
    *used = reader;
  }
  if (!chosen.base) {
    OG_GO(og_ingest_base(input, &base, err));
    chosen.base = base.data;
  }
  status = read_counted(reader, input, &chosen, sink, progress, err);
done:
  og_buffer_clear(&base);
  return status;
}
