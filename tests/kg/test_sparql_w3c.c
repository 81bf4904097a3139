/* The W3C's SPARQL 1.1 query tests, and tests of our own for what these leave out, as their
 * manifests list them. OG_SPARQL_SUITE=path/of/manifest.ttl runs another suite instead, with the
 * manifests that it includes: SPARQL 1.0's, for one.
 *
 * An answer and what is expected become graphs, a blank node a row, and are compared as graphs are:
 * that is a multiset of rows up to the names of blank nodes. Answers take the way through our own
 * writers. */
#include "core/buffer.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/ingest.h"
#include "kg/load.h"
#include "kg/sparql_number.h"
#include "kg/sparql_parse.h"
#include "kg/sparql_results.h"
#include "tests/isomorphism.h"
#include "tests/test.h"

#include <ctype.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SUITE  "w3c/sparql11/"
#define OURS   "sparql10"
#define BASE   "http://w3c.example/sparql11/"
#define MF     "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
#define QT     "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
#define RS     "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
#define VAR    "variable:"
#define NUMBER "row:number"

enum { MOST_SOURCES = 8, LONGEST_PATH = 512, OUR_TESTS = 113, OUR_SYNTAX_TESTS = 60 };

typedef struct Folder {
  const char *name;
  size_t tests;
} Folder;

static const Folder folders[] = {
    {"aggregates", 47},    {"bind", 10},       {"bindings", 11},     {"cast", 6},
    {"construct", 7},      {"csv-tsv-res", 6}, {"exists", 6},        {"functions", 75},
    {"grouping", 6},       {"json-res", 4},    {"negation", 12},     {"project-expression", 7},
    {"property-path", 33}, {"subquery", 14},   {"syntax-query", 94},
};

/* Where the files of the suite at work are. */
static char root[LONGEST_PATH];

/* Tests that do not pass, and why: none. */
static const char *const exceptions[] = {NULL};

static bool is(OgText text, const char *word) {
  return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

static OgText text_of(const char *string) {
  return (OgText){string, strlen(string)};
}

/* ---- Manifests ---- */

/* The next object of (subject, predicate) from statement *at on; false at the end. */
static bool next_object(const Graph *graph, OgText subject, const char *predicate, size_t *at,
                        OgTerm *object) {
  for (; *at < graph_size(graph); (*at)++) {
    OgTerm terms[3];
    graph_statement(graph, *at, terms);
    if (terms[0].text.size == subject.size &&
        memcmp(terms[0].text.data, subject.data, subject.size) == 0 &&
        is(terms[1].text, predicate)) {
      *object = terms[2];
      (*at)++;
      return true;
    }
  }
  return false;
}

static bool find_object(const Graph *graph, OgText subject, const char *predicate, OgTerm *object) {
  size_t at = 0;
  return next_object(graph, subject, predicate, &at, object);
}

/* A test of a manifest. Names are IRIs below BASE. */
typedef struct Case {
  char query[LONGEST_PATH], result[LONGEST_PATH];
  char data[MOST_SOURCES][LONGEST_PATH], graphs[MOST_SOURCES][LONGEST_PATH];
  size_t data_count, graph_count;
} Case;

static void copy_text(char to[LONGEST_PATH], OgText text) {
  assert_in_range(text.size, 1, LONGEST_PATH - 1);
  memcpy(to, text.data, text.size);
  to[text.size] = '\0';
}

static void read_case(const Graph *manifest, OgText test, Case *made) {
  OgTerm action, object;
  size_t at = 0;
  *made = (Case){.data_count = 0};
  assert_true(find_object(manifest, test, MF "action", &action));
  if (find_object(manifest, test, MF "result", &object)) {
    copy_text(made->result, object.text);
  }
  if (action.kind == OG_IRI) {
    copy_text(made->query, action.text);
    return;
  }
  assert_true(find_object(manifest, action.text, QT "query", &object));
  copy_text(made->query, object.text);
  while (next_object(manifest, action.text, QT "data", &at, &object)) {
    assert_true(made->data_count < MOST_SOURCES);
    copy_text(made->data[made->data_count++], object.text);
  }
  for (at = 0; next_object(manifest, action.text, QT "graphData", &at, &object);) {
    assert_true(made->graph_count < MOST_SOURCES);
    copy_text(made->graphs[made->graph_count++], object.text);
  }
}

/* The path of a file of the suite, out of its IRI. */
static const char *path_of(const char *iri) {
  static char path[2 * LONGEST_PATH];
  assert_true(strncmp(iri, BASE, strlen(BASE)) == 0);
  const int length = snprintf(path, sizeof path, "%s/%s", root, iri + strlen(BASE));
  assert_in_range(length, 1, sizeof path - 1);
  return path;
}

static bool read_text(const char *iri, OgBuffer *text) {
  FILE *file = fopen(path_of(iri), "rb");
  char block[4096];
  OgError err;
  if (!file) {
    return false;
  }
  for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;) {
    assert_ok(og_buffer_append(text, block, got, &err));
  }
  fclose(file);
  return og_buffer_append(text, "", 0, &err) == OG_OK;
}

/* ---- Data ---- */

static void add_source(char names[MOST_SOURCES][LONGEST_PATH], size_t *count, OgText name) {
  assert_true(*count < MOST_SOURCES);
  copy_text(names[(*count)++], name);
}

/* Where the manifest gives no data, FROM and FROM NAMED of the query do. */
static void take_dataset(Case *test, const char *text) {
  static const OgSparqlPrefixes none = {NULL, NULL, NULL};
  OgSparqlQuery query = {.form = OG_SPARQL_SELECT};
  OgError err = {0};
  if (test->data_count + test->graph_count > 0 ||
      og_sparql_parse(text, test->query, &none, &query, &err) != OG_OK) {
    return;
  }
  for (size_t k = 0; k < query.from_count; k++) {
    add_source(test->data, &test->data_count, query.from[k]);
  }
  for (size_t k = 0; k < query.from_named_count; k++) {
    add_source(test->graphs, &test->graph_count, query.from_named[k]);
  }
  og_sparql_query_clear(&query);
}

static OgStatus load_source(OgLoader *loader, const char *iri, OgError *err) {
  OgInput *input = NULL;
  const OgReadOptions options = {.base = iri};
  const OgSourceInfo info = {.iri = iri, .path = iri, .format = "test"};
  const OgSink sink = og_loader_sink(loader);
  OgStatus status;
  OG_TRY(og_input_open(path_of(iri), &input, err));
  OG_GO(og_loader_begin_source(loader, &info, err));
  OG_GO(og_ingest(input, &options, &sink, NULL, NULL, err));
  OG_GO(og_loader_end_source(loader, "", 0, err));
done:
  og_input_close(input);
  return status;
}

/* A graph file of a test's sources. One that is both default and named is loaded once. */
static OgStatus load(const Case *test, const char *path, OgError *err) {
  OgLoader *loader = NULL;
  OgStatus status;
  OG_GO(og_loader_open(path, NULL, &loader, err));
  for (size_t k = 0; k < test->data_count; k++) {
    OG_GO(load_source(loader, test->data[k], err));
  }
  for (size_t k = 0; k < test->graph_count; k++) {
    bool known = false;
    for (size_t j = 0; j < test->data_count; j++) {
      known = known || strcmp(test->data[j], test->graphs[k]) == 0;
    }
    OG_GO(known ? OG_OK : load_source(loader, test->graphs[k], err));
  }
  OG_GO(og_loader_commit(loader, NULL, err));
done:
  og_loader_close(loader);
  return status;
}

/* ---- Tables as graphs ---- */

typedef struct Rows {
  Graph *graph;
  size_t count;
  bool ordered;
} Rows;

static void add_statement(Graph *graph, const OgTerm *s, const OgTerm *p, const OgTerm *o) {
  const OgSink sink = graph_sink(graph);
  OgError err;
  assert_ok(sink.statement(sink.data, s, p, o, &err));
}

static OgTerm row_node(size_t row, char label[32]) {
  snprintf(label, 32, "row%zu", row);
  return (OgTerm){.kind = OG_BLANK, .text = text_of(label)};
}

static void add_row(Rows *rows) {
  char label[32], number[32] = "row";
  const OgTerm row = row_node(rows->count, label);
  const OgTerm predicate = {.kind = OG_IRI, .text = OG_TEXT(NUMBER)};
  if (rows->ordered) {
    snprintf(number, sizeof number, "%zu", rows->count);
  }
  const OgTerm object = {.kind = OG_LITERAL, .text = text_of(number)};
  add_statement(rows->graph, &row, &predicate, &object);
  rows->count++;
}

/* A value of the row that was added last. Numbers are compared by value, language tags without
 * regard to case (RDF 1.1 Concepts, section 3.3). */
static void add_value(Rows *rows, const char *variable, const OgTerm *term) {
  char label[32], name[200], number[OG_NUMBER_TEXT], blank[200], tag[40];
  const OgTerm row = row_node(rows->count - 1, label);
  OgTypedTerm typed = og_term_with_type(term);
  OgNumber value;
  snprintf(name, sizeof name, VAR "%s", variable);
  const OgTerm predicate = {.kind = OG_IRI, .text = text_of(name)};
  if (og_number_of(&typed, &value)) {
    const size_t size = og_number_text(value, number);
    typed.term.text = (OgText){number, size};
  }
  if (typed.term.kind == OG_BLANK) {
    snprintf(blank, sizeof blank, "term%.*s", (int)typed.term.text.size, typed.term.text.data);
    typed.term.text = text_of(blank);
  }
  const OgText language = typed.term.language;
  assert_in_range(language.size, 0, sizeof tag - 1);
  for (size_t k = 0; k < language.size; k++) {
    tag[k] = (char)tolower((unsigned char)language.data[k]);
  }
  typed.term.language.data = tag;
  add_statement(rows->graph, &row, &predicate, &typed.term);
}

static void add_boolean(Rows *rows, bool value) {
  const OgTerm term = {.kind = OG_LITERAL, .text = value ? OG_TEXT("true") : OG_TEXT("false")};
  add_row(rows);
  add_value(rows, "answer", &term);
}

/* ---- Reading results ---- */

static const char *attribute(const xmlNode *node, const char *name) {
  for (const xmlAttr *at = node->properties; at; at = at->next) {
    if (strcmp((const char *)at->name, name) == 0) {
      return at->children ? (const char *)at->children->content : "";
    }
  }
  return "";
}

static void read_xml_value(const xmlNode *node, const char *variable, Rows *rows) {
  static const struct {
    const char *name;
    OgTermKind kind;
  } kinds[] = {{"uri", OG_IRI}, {"bnode", OG_BLANK}, {"literal", OG_LITERAL}};
  xmlChar *content = xmlNodeGetContent(node);
  for (size_t k = 0; k < OG_COUNT(kinds); k++) {
    if (strcmp((const char *)node->name, kinds[k].name) == 0) {
      const OgTerm term = {.kind = kinds[k].kind,
                           .text = text_of((const char *)content),
                           .datatype = text_of(attribute(node, "datatype")),
                           .language = text_of(attribute(node, "lang"))};
      add_value(rows, variable, &term);
    }
  }
  xmlFree(content);
}

static void read_xml_node(const xmlNode *node, const char *variable, Rows *rows) {
  for (; node; node = node->next) {
    const char *name = (const char *)node->name;
    if (node->type != XML_ELEMENT_NODE) {
      continue;
    }
    if (strcmp(name, "result") == 0) {
      add_row(rows);
    } else if (strcmp(name, "boolean") == 0) {
      xmlChar *content = xmlNodeGetContent(node);
      add_boolean(rows, strcmp((const char *)content, "true") == 0);
      xmlFree(content);
    } else if (variable) {
      read_xml_value(node, variable, rows);
      continue;
    }
    read_xml_node(node->children, strcmp(name, "binding") == 0 ? attribute(node, "name") : NULL,
                  rows);
  }
}

static bool read_xml(const OgBuffer *text, Rows *rows) {
  xmlDoc *document = xmlReadMemory(text->data, (int)text->size, "results", NULL, XML_PARSE_NONET);
  if (document) {
    read_xml_node(xmlDocGetRootElement(document), NULL, rows);
    xmlFreeDoc(document);
  }
  return document != NULL;
}

static OgText member(json_t *object, const char *name) {
  const char *text = json_string_value(json_object_get(object, name));
  return text_of(text ? text : "");
}

static bool read_json(const OgBuffer *text, Rows *rows) {
  json_t *json = json_loadb(text->data, text->size, 0, NULL);
  json_t *boolean = json_object_get(json, "boolean");
  json_t *row;
  size_t k;
  if (boolean) {
    add_boolean(rows, json_is_true(boolean));
  }
  json_array_foreach(json_object_get(json_object_get(json, "results"), "bindings"), k, row) {
    const char *name;
    json_t *value;
    add_row(rows);
    json_object_foreach(row, name, value) {
      const OgText type = member(value, "type");
      const OgTerm term = {.kind = is(type, "uri")     ? OG_IRI
                                   : is(type, "bnode") ? OG_BLANK
                                                       : OG_LITERAL,
                           .text = member(value, "value"),
                           .datatype = member(value, "datatype"),
                           .language = member(value, "xml:lang")};
      add_value(rows, name, &term);
    }
  }
  json_decref(json);
  return json != NULL;
}

/* The end of a field; *quoted ones may hold anything, quotes doubled. */
static char *read_field(char *at, char separator, char *field) {
  size_t used = 0;
  bool quoted = separator == ',' && *at == '"';
  at += quoted;
  while (*at && (quoted || (*at != separator && *at != '\n' && *at != '\r'))) {
    if (quoted && *at == '"') {
      quoted = *++at == '"';
      if (!quoted) {
        continue;
      }
    }
    field[used++] = *at++;
  }
  field[used] = '\0';
  return at;
}

/* CSV says only texts; TSV has terms as Turtle writes them, which a Turtle reader reads. */
static bool read_table(const OgBuffer *text, char separator, Rows *rows) {
  enum { MOST_COLUMNS = 10, LONGEST = 500 };
  char names[MOST_COLUMNS][LONGEST], field[LONGEST];
  OgBuffer turtle = OG_BUFFER_INIT;
  OgError err;
  size_t columns = 0;
  char *at = text->data;
  for (size_t line = 0; *at; line++) {
    if (line > 0) {
      add_row(rows);
    }
    for (size_t column = 0;; column++) {
      at = read_field(at, separator, field);
      if (line == 0) {
        snprintf(names[columns++], LONGEST, "%s", field + (separator == '\t'));
      } else if (field[0] && separator == ',') {
        const OgTerm term = {.kind = strncmp(field, "_:", 2) == 0 ? OG_BLANK : OG_LITERAL,
                             .text = text_of(field)};
        add_value(rows, names[column], &term);
      } else if (field[0]) {
        assert_ok(og_buffer_format(&turtle, &err, "<row:%zu> <name:%zu> %s .\n", rows->count - 1,
                                   column, field));
      }
      if (*at != separator) {
        break;
      }
      at++;
    }
    at += strspn(at, "\r\n");
  }
  if (separator == '\t' && turtle.size > 0) {
    Graph *graph = graph_new();
    const char *path = scratch("tsv.ttl");
    FILE *file = fopen(path, "wb");
    fwrite(turtle.data, 1, turtle.size, file);
    fclose(file);
    assert_true(graph_read(graph, path, BASE));
    const size_t count = rows->count;
    for (size_t k = 0; k < graph_size(graph); k++) {
      OgTerm terms[3];
      graph_statement(graph, k, terms);
      rows->count = strtoul(terms[0].text.data + 4, NULL, 10) + 1;
      add_value(rows, names[strtoul(terms[1].text.data + 5, NULL, 10)], &terms[2]);
    }
    rows->count = count;
    graph_free(graph);
  }
  og_buffer_clear(&turtle);
  return true;
}

/* The vocabulary of the first test suites. Rows are in an order when they have numbers. */
static bool read_result_set(const Graph *graph, Rows *rows) {
  size_t count = 0;
  bool numbered = false;
  for (size_t k = 0; k < graph_size(graph); k++) {
    OgTerm terms[3];
    graph_statement(graph, k, terms);
    numbered = numbered || is(terms[1].text, RS "index");
  }
  rows->ordered = rows->ordered && numbered;
  for (size_t k = 0; k < graph_size(graph); k++) {
    OgTerm terms[3], binding, variable, value, number;
    size_t at = 0;
    char name[100];
    graph_statement(graph, k, terms);
    if (is(terms[1].text, RS "boolean")) {
      add_boolean(rows, is(terms[2].text, "true"));
    }
    if (!is(terms[1].text, RS "solution")) {
      continue;
    }
    rows->count = count++;
    if (rows->ordered) {
      assert_true(find_object(graph, terms[2].text, RS "index", &number));
      rows->count = strtoul(number.text.data, NULL, 10) - 1;
    }
    add_row(rows);
    while (next_object(graph, terms[2].text, RS "binding", &at, &binding)) {
      assert_true(find_object(graph, binding.text, RS "variable", &variable));
      assert_true(find_object(graph, binding.text, RS "value", &value));
      snprintf(name, sizeof name, "%.*s", (int)variable.text.size, variable.text.data);
      add_value(rows, name, &value);
    }
  }
  return true;
}

static bool has_suffix(const char *text, const char *suffix) {
  const size_t size = strlen(text);
  return size >= strlen(suffix) && strcmp(text + size - strlen(suffix), suffix) == 0;
}

/* A table in a format. */
static bool read_rows(OgSparqlFormat format, const OgBuffer *text, Rows *rows) {
  switch (format) {
  case OG_SPARQL_JSON:
    return read_json(text, rows);
  case OG_SPARQL_CSV:
    return read_table(text, ',', rows);
  case OG_SPARQL_TSV:
    return read_table(text, '\t', rows);
  default:
    return read_xml(text, rows);
  }
}

/* ---- Tests ---- */

static OgStatus append(void *data, const char *bytes, size_t size, OgError *err) {
  return og_buffer_append(data, bytes, size, err);
}

/* Run a test's query and write its answer. */
static OgStatus answer(const Case *test, const char *query, OgSparqlFormat format, OgBuffer *text,
                       OgError *err) {
  const char *path = scratch("w3c.db");
  const char *data[MOST_SOURCES], *graphs[MOST_SOURCES];
  OgStore *store = NULL;
  OgSparqlWriter *writer = NULL;
  OgStatus status;
  for (size_t k = 0; k < MOST_SOURCES; k++) {
    data[k] = test->data[k];
    graphs[k] = test->graphs[k];
  }
  const OgSparqlOptions options = {.base = test->query,
                                   .default_graph = {data, test->data_count},
                                   .named_graphs = {graphs, test->graph_count}};
  unlink(path);
  OG_GO(load(test, path, err));
  OG_GO(og_store_open(path, OG_STORE_READ, &store, err));
  OG_GO(og_sparql_writer_new(format, (OgSparqlOutput){append, text}, &writer, err));
  const OgSolutions solutions = og_sparql_writer_solutions(writer);
  OG_GO(og_query_sparql(store, query, &options, NULL, &solutions, NULL, err));
  OG_GO(og_sparql_writer_finish(writer, err));
done:
  og_sparql_writer_free(writer);
  og_store_close(store);
  return status;
}

static bool compare_graphs(const Case *test, const char *query, Graph *expected) {
  OgBuffer text = OG_BUFFER_INIT;
  OgError err = {0};
  Graph *got = graph_new();
  const char *path = scratch("answer.ttl");
  bool same = false;
  const OgStatus status = answer(test, query, OG_SPARQL_TURTLE, &text, &err);
  if (status != OG_OK) {
    print_message("  %s: %s\n", test->query, err.message);
  } else {
    FILE *file = fopen(path, "wb");
    fwrite(text.data ? text.data : "", 1, text.size, file);
    fclose(file);
    same = graph_read(got, path, BASE) && graph_isomorphic(got, expected);
    if (!same) {
      print_message("  %s: the graphs differ\n", test->query);
      graph_print(got, "got");
      graph_print(expected, "expected");
    }
  }
  graph_free(got);
  og_buffer_clear(&text);
  return same;
}

static bool compare_rows(const Case *test, const char *query, OgSparqlFormat format,
                         Rows *expected) {
  OgBuffer text = OG_BUFFER_INIT;
  OgError err = {0};
  Rows got = {graph_new(), 0, expected->ordered};
  bool same = false;
  const OgStatus status = answer(test, query, format, &text, &err);
  if (status != OG_OK) {
    print_message("  %s: %s\n", test->query, err.message);
  } else {
    same = read_rows(format, &text, &got) && graph_isomorphic(got.graph, expected->graph);
    if (!same) {
      print_message("  %s: the tables differ\n", test->query);
      graph_print(got.graph, "got");
      graph_print(expected->graph, "expected");
    }
  }
  graph_free(got.graph);
  og_buffer_clear(&text);
  return same;
}

/* The statements of a file in Turtle or, by its name, in RDF/XML. */
static bool read_graph(Graph *graph, const char *iri) {
  if (!has_suffix(iri, ".rdf")) {
    return graph_read(graph, path_of(iri), iri);
  }
  OgInput *input = NULL;
  OgError err = {0};
  const OgReadOptions options = {.base = iri};
  const OgSink sink = graph_sink(graph);
  assert_ok(og_input_open(path_of(iri), &input, &err));
  const OgStatus status = og_ingest(input, &options, &sink, NULL, NULL, &err);
  og_input_close(input);
  return status == OG_OK;
}

static bool evaluate(const Case *test, const char *query) {
  static const struct {
    const char *suffix;
    OgSparqlFormat format;
  } kinds[] = {{".srj", OG_SPARQL_JSON}, {".csv", OG_SPARQL_CSV}, {".tsv", OG_SPARQL_TSV}};
  OgSparqlFormat format = OG_SPARQL_XML;
  OgBuffer text = OG_BUFFER_INIT;
  Graph *graph = graph_new();
  Rows expected = {graph_new(), 0, strcasestr(query, "order by") != NULL};
  OgTerm terms[3];
  bool passes;
  for (size_t k = 0; k < OG_COUNT(kinds); k++) {
    format = has_suffix(test->result, kinds[k].suffix) ? kinds[k].format : format;
  }
  if (has_suffix(test->result, ".ttl") || has_suffix(test->result, ".rdf")) {
    assert_true(read_graph(graph, test->result));
    bool is_table = false;
    for (size_t k = 0; k < graph_size(graph); k++) {
      graph_statement(graph, k, terms);
      is_table = is_table || is(terms[2].text, RS "ResultSet");
    }
    passes = is_table
                 ? read_result_set(graph, &expected) && compare_rows(test, query, format, &expected)
                 : compare_graphs(test, query, graph);
  } else {
    assert_true(read_text(test->result, &text));
    assert_true(read_rows(format, &text, &expected));
    passes = compare_rows(test, query, format, &expected);
  }
  graph_free(expected.graph);
  graph_free(graph);
  og_buffer_clear(&text);
  return passes;
}

static bool parses(const Case *test, const char *text, bool should) {
  static const OgSparqlPrefixes none = {NULL, NULL, NULL};
  OgSparqlQuery query = {.form = OG_SPARQL_SELECT};
  OgError err = {0};
  const bool parsed = og_sparql_parse(text, test->query, &none, &query, &err) == OG_OK;
  if (parsed) {
    og_sparql_query_clear(&query);
  }
  if (parsed != should) {
    print_message("  %s: %ld:%ld: %s\n", test->query, err.line, err.column,
                  parsed ? "was not refused" : err.message);
  }
  return parsed == should && (parsed || (err.status == OG_USAGE && err.line > 0));
}

static bool is_excepted(const char *query) {
  for (size_t k = 0; exceptions[k]; k++) {
    if (has_suffix(query, exceptions[k])) {
      return true;
    }
  }
  return false;
}

/* Whether a test passes; *known is false when it is of no kind that is run here. */
static bool run_case(const Graph *manifest, const OgTerm *test, OgText type, bool *known) {
  static const struct {
    const char *type;
    bool evaluated, parses;
  } kinds[] = {
      {MF "QueryEvaluationTest", true, false}, {MF "CSVResultFormatTest", true, false},
      {MF "PositiveSyntaxTest", false, true},  {MF "PositiveSyntaxTest11", false, true},
      {MF "NegativeSyntaxTest", false, false}, {MF "NegativeSyntaxTest11", false, false},
      {QT "QueryTest", true, false}, /* of the first manifests */
  };
  Case made;
  OgBuffer query = OG_BUFFER_INIT;
  size_t kind = 0;
  while (kind < OG_COUNT(kinds) && !is(type, kinds[kind].type)) {
    kind++;
  }
  *known = kind < OG_COUNT(kinds);
  if (!*known) {
    return false;
  }
  read_case(manifest, test->text, &made);
  assert_true(read_text(made.query, &query));
  take_dataset(&made, query.data);
  const bool passes = kinds[kind].evaluated ? evaluate(&made, query.data)
                                            : parses(&made, query.data, kinds[kind].parses);
  og_buffer_clear(&query);
  if (!passes && !is_excepted(made.query)) {
    print_message("  FAILS: %s\n", made.query);
  }
  return passes || is_excepted(made.query);
}

typedef struct Count {
  size_t tests, passed;
} Count;

/* Run the tests of a manifest and of those that it includes. */
static void run_manifest(const char *iri, Count *count) {
  Graph *manifest = graph_new();
  OgTerm terms[3], list, next;
  assert_true(graph_read(manifest, path_of(iri), iri));
  for (size_t k = 0; k < graph_size(manifest); k++) {
    bool known = false;
    graph_statement(manifest, k, terms);
    if (is(terms[1].text, OG_NS_RDF "type")) {
      const bool passes = run_case(manifest, &terms[0], terms[2].text, &known);
      count->tests += known;
      count->passed += known && passes;
    }
    list = terms[2];
    while (is(terms[1].text, MF "include") &&
           find_object(manifest, list.text, OG_NS_RDF "first", &next)) {
      char included[LONGEST_PATH];
      copy_text(included, next.text);
      run_manifest(included, count);
      if (!find_object(manifest, list.text, OG_NS_RDF "rest", &list)) {
        break;
      }
    }
  }
  graph_free(manifest);
}

static void run_folder(const char *name, size_t tests) {
  char manifest[LONGEST_PATH];
  Count count = {0, 0};
  snprintf(manifest, sizeof manifest, BASE "%s/manifest.ttl", name);
  run_manifest(manifest, &count);
  print_message("%s: %zu of %zu tests pass\n", name, count.passed, count.tests);
  assert_int_equal(count.tests, tests);
  assert_int_equal(count.passed, count.tests);
}

/* The folder whose turn it is. */
static size_t turn;

static void all_tests_of_the_folder_pass(void **state) {
  (void)state;
  const Folder *folder = &folders[turn++];
  const char *path = shared_data(SUITE);
  if (!path) {
    skip_without_data(SUITE);
  }
  copy_text(root, text_of(path));
  run_folder(folder->name, folder->tests);
}

static void all_tests_of_our_own_pass(void **state) {
  (void)state;
  copy_text(root, text_of(test_data(OURS)));
  run_folder("cases", OUR_TESTS);
  run_folder("syntax", OUR_SYNTAX_TESTS);
}

/* The suite whose manifest the environment names. */
static void all_tests_of_another_suite_pass(void **state) {
  (void)state;
  char manifest[LONGEST_PATH];
  Count count = {0, 0};
  copy_text(root, text_of(getenv("OG_SPARQL_SUITE")));
  char *slash = strrchr(root, '/');
  assert_non_null(slash);
  *slash = '\0';
  snprintf(manifest, sizeof manifest, BASE "%s", slash + 1);
  run_manifest(manifest, &count);
  print_message("%zu of %zu tests pass\n", count.passed, count.tests);
  assert_int_equal(count.passed, count.tests);
  assert_true(count.tests > 0);
}

int main(void) {
  struct CMUnitTest tests[OG_COUNT(folders) + 1];
  if (getenv("OG_SPARQL_SUITE")) {
    const struct CMUnitTest another[] = {cmocka_unit_test(all_tests_of_another_suite_pass)};
    return cmocka_run_group_tests(another, NULL, NULL);
  }
  for (size_t k = 0; k < OG_COUNT(folders); k++) {
    tests[k] = (struct CMUnitTest){folders[k].name, all_tests_of_the_folder_pass, NULL, NULL, NULL};
  }
  tests[OG_COUNT(folders)] =
      (struct CMUnitTest){"our own", all_tests_of_our_own_pass, NULL, NULL, NULL};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
