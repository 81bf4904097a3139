#include "kg/export.h"

#include "core/buffer.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/vocab.h"
#include "kg/infer.h"
#include "tests/isomorphism.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const char garden[] =
    "ex:Herb a owl:Class . ex:Herb rdfs:label 'herb'@en . "
    "ex:mint a owl:Class . ex:mint rdfs:subClassOf ex:Herb . ex:mint rdfs:label 'mint'@en . "
    "ex:mint rdfs:label 'Minze'@de . ex:mint skos:altLabel 'm|n\\t'@en . "
    "ex:mint rdfs:comment 'A \"cool\" herb, <green> & more' . "
    "ex:old a owl:Class . ex:old owl:deprecated 'true'^^xsd:boolean . "
    "ex:old <http://purl.obolibrary.org/obo/IAO_0100001> ex:mint . ex:old rdfs:label 'old mint' . "
    "ex:mint rdfs:seeAlso _:page . _:page ex:size '12'^^xsd:integer .";

/* Export the graph of that name among the scratch files; the caller clears text. */
static OgStatus export_text(const char *graph, const OgExportOptions *options, OgBuffer *text,
                            OgExportSummary *summary, OgError *err) {
  OgStore *store = NULL;
  OgStatus status;
  const char *path = scratch("exported");
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  const OgExportFile out = {file, path};
  OG_GO(og_store_open(scratch(graph), OG_STORE_READ, &store, err));
  status = og_export(store, options, &out, NULL, NULL, summary, err);
done:
  og_store_close(store);
  fclose(file);
  if (status == OG_OK) {
    og_buffer_reset(text);
    OG_TRY(og_buffer_text(text, "", err));
    status = og_file_read(path, 1 << 26, text, err);
  }
  return status;
}

static void expect(const char *graph, OgExportFormat format, unsigned tables, const char *source,
                   const char *expected) {
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  const OgExportOptions options = {.format = format, .tables = tables, .source = source};
  assert_ok(export_text(graph, &options, &text, NULL, &err));
  assert_string_equal(text.data, expected);
  og_buffer_clear(&text);
}

static const char *make(const char *name, const char *source, const char *statements) {
  OgError err = {0};
  assert_ok(import_text(scratch(name), source, statements, NULL, &err));
  return name;
}

static void tables_have_a_row_an_entity_and_a_row_an_edge(void **state) {
  (void)state;
  const char *graph = make("garden.db", "http://example.org/garden", garden);
  expect(graph, OG_EXPORT_CSV, OG_EXPORT_ENTITIES, NULL,
         "iri,curie,label,kind,definition,deprecated,replaced_by,names\n"
         "http://example.org/Herb,,herb,class,,false,,herb\n"
         "http://example.org/mint,,mint,class,\"A \"\"cool\"\" herb, <green> & more\",false,,"
         "mint|Minze|m\\|n\\\\t\n"
         "http://example.org/old,,old mint,class,,true,http://example.org/mint,old mint\n");
  expect(graph, OG_EXPORT_CSV, OG_EXPORT_EDGES, NULL,
         "head,relation,tail,head_label,relation_label,tail_label,via,source\n"
         "http://example.org/mint," OG_NS_RDFS "subClassOf,http://example.org/Herb,mint,subClassOf,"
         "herb,asserted,http://example.org/garden\n");
  expect(graph, OG_EXPORT_JSONL, 0, NULL,
         "{\"type\": \"entity\", \"iri\": \"http://example.org/Herb\", \"curie\": null, "
         "\"label\": \"herb\", \"kind\": \"class\", \"definition\": null, \"deprecated\": false, "
         "\"replaced_by\": null, \"names\": [{\"text\": \"herb\", \"language\": \"en\", "
         "\"kind\": \"label\"}]}\n"
         "{\"type\": \"entity\", \"iri\": \"http://example.org/mint\", \"curie\": null, "
         "\"label\": \"mint\", \"kind\": \"class\", "
         "\"definition\": \"A \\\"cool\\\" herb, <green> & more\", \"deprecated\": false, "
         "\"replaced_by\": null, \"names\": [{\"text\": \"mint\", \"language\": \"en\", "
         "\"kind\": \"label\"}, {\"text\": \"Minze\", \"language\": \"de\", \"kind\": \"label\"}, "
         "{\"text\": \"m|n\\\\t\", \"language\": \"en\", \"kind\": \"alternative\"}]}\n"
         "{\"type\": \"entity\", \"iri\": \"http://example.org/old\", \"curie\": null, "
         "\"label\": \"old mint\", \"kind\": \"class\", \"definition\": null, "
         "\"deprecated\": true, \"replaced_by\": \"http://example.org/mint\", "
         "\"names\": [{\"text\": \"old mint\", \"language\": null, \"kind\": \"label\"}]}\n"
         "{\"type\": \"edge\", \"head\": \"http://example.org/mint\", \"relation\": \"" OG_NS_RDFS
         "subClassOf\", \"tail\": \"http://example.org/Herb\", \"head_label\": \"mint\", "
         "\"relation_label\": \"subClassOf\", \"tail_label\": \"herb\", \"via\": \"asserted\", "
         "\"source\": \"http://example.org/garden\"}\n");
}

static void graphml_escapes_what_xml_does_not_take(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  const OgExportOptions options = {.format = OG_EXPORT_GRAPHML};
  const char *graph = make("odd.db", "http://example.org/odd",
                           "ex:a a owl:Class . ex:a rdfs:label 'a<b>&\"c\"\001\r\n\t'@en .");
  assert_ok(export_text(graph, &options, &text, NULL, &err));
  assert_non_null(strstr(text.data, "<data key=\"node_label\">a&lt;b&gt;&amp;&quot;c&quot;"
                                    "\xEF\xBF\xBD&#13;&#10;&#9;</data>"));
  assert_non_null(strstr(text.data, "<key id=\"node_deprecated\" for=\"node\" "
                                    "attr.name=\"deprecated\" attr.type=\"boolean\"/>"));
  og_buffer_clear(&text);
}

static void turtle_groups_and_shortens(void **state) {
  (void)state;
  const char *graph = make("short.db", "http://example.org/short",
                           "ex:a a owl:Class . ex:a rdfs:label 'x'@en . ex:a rdfs:label 'y'@en . "
                           "ex:b ex:n '1'^^xsd:integer . ex:b rdfs:seeAlso <http://www.w3.org/2002/"
                           "07/owl#a.b> .");
  expect(graph, OG_EXPORT_TURTLE, 0, NULL,
         "@prefix owl: <" OG_NS_OWL "> .\n"
         "@prefix rdf: <" OG_NS_RDF "> .\n"
         "@prefix rdfs: <" OG_NS_RDFS "> .\n"
         "@prefix skos: <" OG_NS_SKOS "> .\n"
         "@prefix xsd: <" OG_NS_XSD "> .\n"
         "\n<http://example.org/a> a owl:Class ;\n"
         "  rdfs:label \"x\"@en ,\n"
         "    \"y\"@en .\n"
         "\n<http://example.org/b> <http://example.org/n> \"1\"^^xsd:integer ;\n"
         "  rdfs:seeAlso <" OG_NS_OWL "a.b> .\n");
}

static void quads_name_their_source_and_triples_come_once(void **state) {
  (void)state;
  const char *graph = make("twice.db", "http://example.org/one", "ex:a ex:p ex:b .");
  make("twice.db", "http://example.org/two", "ex:a ex:p ex:b . ex:a ex:p ex:c .");
#define A_P "<http://example.org/a> <http://example.org/p> "
  expect(graph, OG_EXPORT_NTRIPLES, 0, NULL,
         A_P "<http://example.org/b> .\n" A_P "<http://example.org/c> .\n");
  expect(graph, OG_EXPORT_NQUADS, 0, NULL,
         A_P "<http://example.org/b> <http://example.org/one> .\n" A_P
             "<http://example.org/b> <http://example.org/two> .\n" A_P
             "<http://example.org/c> <http://example.org/two> .\n");
  expect(graph, OG_EXPORT_NTRIPLES, 0, "http://example.org/one", A_P "<http://example.org/b> .\n");
  expect(graph, OG_EXPORT_NTRIPLES, 0, "*/two",
         A_P "<http://example.org/b> .\n" A_P "<http://example.org/c> .\n");
}

static void a_source_brings_the_entities_that_it_speaks_of(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  const char *graph = make("parts.db", "http://example.org/one",
                           "ex:a a owl:Class . ex:b a owl:Class . ex:c a owl:Class .");
  make("parts.db", "http://example.org/two", "ex:a rdfs:subClassOf ex:b .");
  expect(graph, OG_EXPORT_CSV, OG_EXPORT_ENTITIES, "*two",
         "iri,curie,label,kind,definition,deprecated,replaced_by,names\n"
         "http://example.org/a,,a,class,,false,,a\nhttp://example.org/b,,b,class,,false,,b\n");
  OgExportOptions options = {.format = OG_EXPORT_CSV, .tables = OG_EXPORT_EDGES, .source = "*one"};
  OgExportSummary summary;
  assert_ok(export_text(graph, &options, &text, &summary, &err));
  assert_int_equal(summary.edges, 0);
  options.source = "three";
  assert_status(export_text(graph, &options, &text, NULL, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "\"three\""));
  og_buffer_clear(&text);
}

static void labels_are_those_of_the_languages_asked_for(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  OgExportOptions options = {
      .format = OG_EXPORT_CSV, .tables = OG_EXPORT_EDGES, .languages = "de,en"};
  const char *graph =
      make("languages.db", "http://example.org/g",
           "ex:a rdfs:label 'one'@en . ex:a rdfs:label 'eins'@de . ex:a rdfs:subClassOf ex:b . "
           "ex:b rdfs:label 'number'@en . ex:b rdfs:label 'Zahl'@de-AT .");
  assert_ok(export_text(graph, &options, &text, NULL, &err));
  assert_non_null(strstr(text.data, ",eins,subClassOf,Zahl,"));
  options.tables = OG_EXPORT_ENTITIES;
  assert_ok(export_text(graph, &options, &text, NULL, &err));
  assert_non_null(strstr(text.data, "http://example.org/a,,eins,class,"));
  options.languages = NULL;
  assert_ok(export_text(graph, &options, &text, NULL, &err));
  assert_non_null(strstr(text.data, "http://example.org/a,,one,class,"));
  og_buffer_clear(&text);
}

static void what_was_inferred_is_left_out_unasked(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  OgBuffer text = OG_BUFFER_INIT;
  OgExportSummary summary;
  OgExportOptions options = {.format = OG_EXPORT_NQUADS};
  const OgInferOptions infer = OG_INFER_OPTIONS_INIT;
  const char *graph = make("inferred.db", "http://example.org/g",
                           "ex:a rdfs:subClassOf ex:b . ex:b rdfs:subClassOf ex:c .");
  assert_ok(og_store_open(scratch(graph), OG_STORE_WRITE, &store, &err));
  assert_ok(og_infer(store, &infer, NULL, NULL, &err));
  og_store_close(store);
  assert_ok(export_text(graph, &options, &text, &summary, &err));
  assert_int_equal(summary.statements, 2);
  options.inferred = true;
  assert_ok(export_text(graph, &options, &text, &summary, &err));
  assert_int_equal(summary.statements, 3);
  expect(graph, OG_EXPORT_NQUADS, 0, OG_INFERRED_GRAPH,
         "<http://example.org/a> <" OG_NS_RDFS "subClassOf> <http://example.org/c> "
         "<" OG_INFERRED_GRAPH "> .\n");
  expect(graph, OG_EXPORT_CSV, OG_EXPORT_EDGES, OG_INFERRED_GRAPH,
         "head,relation,tail,head_label,relation_label,tail_label,via,source\n"
         "http://example.org/a," OG_NS_RDFS "subClassOf,http://example.org/c,a,subClassOf,c,"
         "statement," OG_INFERRED_GRAPH "\n");
  options.format = OG_EXPORT_GRAPHML;
  assert_ok(export_text(graph, &options, &text, &summary, &err));
  assert_int_equal(summary.edges, 3);
  options.inferred = false;
  options.source = "*";
  assert_ok(export_text(graph, &options, &text, &summary, &err));
  assert_int_equal(summary.edges, 2);
  og_buffer_clear(&text);
}

static void labels_of_blank_nodes_are_stable_and_never_meet(void **state) {
  (void)state;
  OgError err = {0};
  static const char one_node[] = "_:x ex:p ex:a .";
  static const struct {
    const char *graph, *source;
  } rows[] = {{"b1.db", "http://example.org/one"},
              {"b2.db", "http://example.org/one"},
              {"b3.db", "http://example.org/two"}};
  OgBuffer texts[3] = {OG_BUFFER_INIT, OG_BUFFER_INIT, OG_BUFFER_INIT};
  const OgExportOptions options = {.format = OG_EXPORT_NTRIPLES};
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    const char *graph = make(rows[k].graph, rows[k].source, one_node);
    assert_ok(export_text(graph, &options, &texts[k], NULL, &err));
  }
  assert_string_equal(texts[0].data, texts[1].data);
  assert_string_not_equal(texts[0].data, texts[2].data);
  /* the same label in two sources of a graph is two nodes, also once the file is read again */
  make("b1.db", "http://example.org/two", one_node);
  assert_ok(export_text("b1.db", &options, &texts[0], NULL, &err));
  const char *path = scratch("met.nt");
  assert_ok(og_file_write(path, texts[0].data, texts[0].size, &err));
  Graph *graph = graph_new();
  assert_true(graph_read(graph, path, "http://example.org/"));
  assert_int_equal(graph_size(graph), 2);
  graph_free(graph);
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    og_buffer_clear(&texts[k]);
  }
}

/* ---- Round trips ---- */

static OgText random_text(OgRandom *random, char *room, const char *const *pieces, size_t count) {
  room[0] = '\0';
  for (uint64_t k = og_random_below(random, 6); k > 0; k--) {
    strcat(room, pieces[og_random_below(random, count)]);
  }
  return (OgText){room, strlen(room)};
}

static OgTerm random_term(OgRandom *random, bool literal, char *room) {
  static const char *const in_iris[] = {"a",  "b-",  "-", "_",          "1",  ".",   "%20", "#",
                                        "/",  "?x=", "ä", "\U0001F33F", "'",  "(",   ":",   "\"",
                                        "{}", "|",   "^", "`",          "\\", "\001"};
  static const char *const in_texts[] = {"a",      " ",        "\"",  "\\", "\\u0041",    "\n",
                                         "\r",     "\t",       "\b",  "\f", "\001",       "\037",
                                         "\177",   "\302\205", "ä",   "中", "\U0001F33F", "'",
                                         "\"\"\"", "<&>",      "@en", "."};
  static const char *const in_labels[] = {"a", "b1", "1", "_", "x"};
  static const char *const starts[] = {"http://example.org/", OG_NS_RDFS, OG_NS_OWL "x-",
                                       "urn:x:", OG_NS_OBO "DOID_"};
  static const char *const languages[] = {"en", "en-GB", "x-other", "zh-Hant-TW", "EN"};
  static const char *const datatypes[] = {OG_NS_XSD "integer", OG_NS_XSD "string"};
  OgTerm term = {.kind = literal ? 1 + (OgTermKind)og_random_below(random, 3) : OG_IRI};
  switch (term.kind) {
  case OG_IRI:
    strcpy(room, starts[og_random_below(random, OG_COUNT(starts))]);
    random_text(random, room + strlen(room), in_iris, OG_COUNT(in_iris));
    term.text = (OgText){room, strlen(room)};
    break;
  case OG_BLANK:
    term.text = random_text(random, room, in_labels, OG_COUNT(in_labels));
    break;
  case OG_LITERAL:
    term.text = random_text(random, room, in_texts, OG_COUNT(in_texts));
    if (og_random_below(random, 3) == 0) {
      const char *tag = languages[og_random_below(random, OG_COUNT(languages))];
      term.language = (OgText){tag, strlen(tag)};
    } else if (og_random_below(random, 2) == 0) {
      const char *type = datatypes[og_random_below(random, OG_COUNT(datatypes))];
      term.datatype = (OgText){type, strlen(type)};
    }
    break;
  }
  return term;
}

/* A graph of random terms, which the sink of expected hears too. */
static void make_random(const char *path, uint64_t seed, Graph *expected) {
  OgError err = {0};
  OgRandom random;
  OgLoader *loader = NULL;
  static const OgSourceInfo info = {"http://example.org/random", "random", "test"};
  const OgSink heard = graph_sink(expected);
  og_random_init(&random, seed);
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  assert_ok(og_loader_begin_source(loader, &info, &err));
  const OgSink sink = og_loader_sink(loader);
  assert_ok(sink.prefix(sink.data, OG_TEXT("ex"), OG_TEXT("http://example.org/"), &err));
  assert_ok(sink.prefix(sink.data, OG_TEXT("1x"), OG_TEXT("urn:x:"), &err));
  assert_ok(sink.prefix(sink.data, OG_TEXT(""), OG_TEXT("urn:x:a"), &err));
  for (int k = 0; k < 60; k++) {
    char rooms[3][256];
    OgTerm terms[3];
    do {
      terms[0] = random_term(&random, true, rooms[0]);
    } while (terms[0].kind == OG_LITERAL);
    terms[1] = random_term(&random, false, rooms[1]);
    terms[2] = random_term(&random, true, rooms[2]);
    assert_ok(sink.statement(sink.data, &terms[0], &terms[1], &terms[2], &err));
    assert_ok(heard.statement(heard.data, &terms[0], &terms[1], &terms[2], &err));
  }
  assert_ok(og_loader_end_source(loader, "00", 1, &err));
  assert_ok(og_loader_commit(loader, NULL, &err));
  og_loader_close(loader);
}

static void random_statements_come_back_as_they_were(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  static const OgExportFormat formats[] = {OG_EXPORT_NTRIPLES, OG_EXPORT_TURTLE};
  for (uint64_t seed = 1; seed <= 60; seed++) {
    Graph *expected = graph_new();
    remove(scratch("random.db"));
    make_random(scratch("random.db"), seed, expected);
    for (size_t k = 0; k < OG_COUNT(formats); k++) {
      const OgExportOptions options = {.format = formats[k]};
      Graph *got = graph_new();
      OgExportSummary summary;
      assert_ok(export_text("random.db", &options, &text, &summary, &err));
      assert_int_equal(summary.statements, graph_size(expected));
      assert_int_equal(summary.iris + summary.languages, 0);
      if (!graph_read(got, scratch("exported"), "http://base.example/") ||
          !graph_isomorphic(got, expected)) {
        fail_msg("seed %d, format %d:\n%s", (int)seed, (int)formats[k], text.data);
      }
      graph_free(got);
    }
    graph_free(expected);
  }
  og_buffer_clear(&text);
}

static void what_rdf_cannot_write_is_mended_and_counted(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  OgLoader *loader = NULL;
  const char *graph = "sloppy.db";
  static const OgSourceInfo info = {"http://example.org/sloppy", "sloppy", "test"};
  const OgTerm subject = {.kind = OG_IRI, .text = OG_TEXT("http://e/a b<c>")};
  const OgTerm predicate = {.kind = OG_IRI, .text = OG_TEXT("http://e/p")};
  const OgText tags[] = {OG_TEXT("en_US"), OG_TEXT("12"), OG_TEXT("en--x"), OG_TEXT("de-1996")};
  assert_ok(og_loader_open(scratch(graph), NULL, &loader, &err));
  assert_ok(og_loader_begin_source(loader, &info, &err));
  const OgSink sink = og_loader_sink(loader);
  for (size_t k = 0; k < OG_COUNT(tags); k++) {
    const OgTerm object = {.kind = OG_LITERAL, .text = OG_TEXT("x"), .language = tags[k]};
    assert_ok(sink.statement(sink.data, &subject, &predicate, &object, &err));
  }
  assert_ok(og_loader_end_source(loader, "00", 1, &err));
  assert_ok(og_loader_commit(loader, NULL, &err));
  og_loader_close(loader);
  OgExportSummary summary;
  const OgExportOptions options = {.format = OG_EXPORT_NTRIPLES};
  assert_ok(export_text(graph, &options, &text, &summary, &err));
#define SLOPPY "<http://e/a%20b%3Cc%3E> <http://e/p> \"x\""
  assert_string_equal(text.data,
                      SLOPPY "@en-US .\n" SLOPPY " .\n" SLOPPY " .\n" SLOPPY "@de-1996 .\n");
  assert_int_equal(summary.iris, 4);
  assert_int_equal(summary.languages, 3);
  og_buffer_clear(&text);
}

/* ---- Faults ---- */

static const OgExportFormat all_formats[] = {OG_EXPORT_NTRIPLES, OG_EXPORT_NQUADS, OG_EXPORT_TURTLE,
                                             OG_EXPORT_GRAPHML,  OG_EXPORT_CSV,    OG_EXPORT_JSONL};

static void memory_may_run_out_at_any_point(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  const char *graph = make("memory.db", "http://example.org/garden", garden);
  OgStore *store = NULL;
  assert_ok(og_store_open(scratch(graph), OG_STORE_READ, &store, &err));
  for (size_t k = 0; k < OG_COUNT(all_formats); k++) {
    const OgExportOptions options = {
        .format = all_formats[k], .tables = OG_EXPORT_BOTH, .languages = "de"};
    OgStatus status = OG_NO_MEMORY;
    for (long failures = 0; status == OG_NO_MEMORY; failures++) {
      FILE *file = fopen("/dev/null", "wb");
      const OgExportFile out = {file, "nowhere"};
      og_memory_fail_after(failures);
      status = og_export(store, &options, &out, NULL, NULL, NULL, &err);
      og_memory_fail_after(-1);
      fclose(file);
    }
    assert_ok(status);
  }
  og_store_close(store);
  og_buffer_clear(&text);
}

static void a_full_disk_is_told(void **state) {
  (void)state;
  OgError err = {0};
  const char *graph = make("full.db", "http://example.org/garden", garden);
  OgStore *store = NULL;
  assert_ok(og_store_open(scratch(graph), OG_STORE_READ, &store, &err));
  for (size_t k = 0; k < OG_COUNT(all_formats); k++) {
    FILE *file = fopen("/dev/full", "wb");
    assert_non_null(file);
    setvbuf(file, NULL, _IONBF, 0);
    const OgExportFile out = {file, "the full disk"};
    const OgExportOptions options = {.format = all_formats[k], .tables = OG_EXPORT_BOTH};
    assert_status(og_export(store, &options, &out, NULL, NULL, NULL, &err), OG_IO);
    assert_non_null(strstr(err.message, "the full disk"));
    fclose(file);
  }
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tables_have_a_row_an_entity_and_a_row_an_edge),
      cmocka_unit_test(graphml_escapes_what_xml_does_not_take),
      cmocka_unit_test(turtle_groups_and_shortens),
      cmocka_unit_test(quads_name_their_source_and_triples_come_once),
      cmocka_unit_test(a_source_brings_the_entities_that_it_speaks_of),
      cmocka_unit_test(labels_are_those_of_the_languages_asked_for),
      cmocka_unit_test(what_was_inferred_is_left_out_unasked),
      cmocka_unit_test(labels_of_blank_nodes_are_stable_and_never_meet),
      cmocka_unit_test(random_statements_come_back_as_they_were),
      cmocka_unit_test(what_rdf_cannot_write_is_mended_and_counted),
      cmocka_unit_test(memory_may_run_out_at_any_point),
      cmocka_unit_test(a_full_disk_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
