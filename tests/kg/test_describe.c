#include "kg/describe.h"

#include "core/memory.h"
#include "core/vocab.h"
#include "kg/results.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const Row small[] = {
    {"obo:DOID_1612", "rdf:type", "owl:Class", NULL},
    {"obo:DOID_1612", "rdfs:label", "breast cancer", "en"},
    {"obo:DOID_1612", "rdfs:label", "Brustkrebs", "de"},
    {"obo:DOID_1612", "rdfs:label", "cancer du sein", "fr"},
    {"obo:DOID_1612", "oboInOwl:hasExactSynonym", "mammary cancer", "en-GB"},
    {"obo:DOID_1612", "oboInOwl:hasRelatedSynonym", "breast tumour", ""},
    {"obo:DOID_1612", "obo:IAO_0000115", "A cancer of the breast.", "en"},
    {"obo:DOID_1612", "rdfs:subClassOf", "obo:DOID_162", NULL},
    {"obo:DOID_1612", "ex:locatedIn", "ex:breast", NULL},
    {"obo:DOID_1612", "ex:treatedBy", "ex:tamoxifen", NULL},
    {"obo:DOID_1612", "ex:treatedBy", "ex:surgery", NULL},
    {"ex:locatedIn", "rdf:type", "owl:ObjectProperty", NULL},
    {"ex:locatedIn", "rdfs:label", "located in", ""},
    {"ex:treatedBy", "rdf:type", "owl:ObjectProperty", NULL},
    {"ex:treatedBy", "rdfs:label", "treated by", ""},
    {"ex:riskFor", "rdf:type", "owl:ObjectProperty", NULL},
    {"ex:riskFor", "rdfs:label", "risk for", ""},
    {"ex:gene", "rdf:type", "owl:Class", NULL},
    {"ex:gene", "rdfs:label", "BRCA1", ""},
    {"ex:gene", "ex:riskFor", "obo:DOID_1612", NULL},
    {"ex:breast", "rdf:type", "owl:Class", NULL},
    {"ex:breast", "rdfs:label", "breast", ""},
    {"ex:tamoxifen", "rdf:type", "owl:Class", NULL},
    {"ex:tamoxifen", "rdfs:label", "tamoxifen", "en"},
    {"ex:tamoxifen", "rdfs:label", "Tamoxifen (de)", "de"},
    {"ex:surgery", "rdf:type", "owl:Class", NULL},
    {"ex:surgery", "rdfs:label", "Surgery", ""},
    {"obo:DOID_162", "rdf:type", "owl:Class", NULL},
    {"obo:DOID_162", "rdfs:label", "cancer", ""},
    {"obo:DOID_2", "rdf:type", "owl:Class", NULL},
    {"obo:DOID_2", "rdfs:label", "lung cancer", ""},
    {"obo:DOID_2", "rdfs:subClassOf", "obo:DOID_162", NULL},
    {"obo:DOID_3", "rdf:type", "owl:Class", NULL},
    {"obo:DOID_3", "rdfs:label", "Adenoma", ""},
    {"obo:DOID_3", "rdfs:subClassOf", "obo:DOID_162", NULL},
    {"ex:old", "rdf:type", "owl:Class", NULL},
    {"ex:old", "rdfs:label", "obsolete breast cancer", ""},
    {"ex:old", "owl:deprecated", "true", ""},
    {"ex:old", "dcterms:isReplacedBy", "obo:DOID_1612", NULL},
    {"ex:concept", "rdf:type", "skos:Concept", NULL},
    {"ex:concept", "skos:prefLabel", "breast", "en"},
    {"ex:concept", "skos:broader", "ex:body", NULL},
    {"ex:body", "rdf:type", "skos:Concept", NULL},
    {"ex:body", "skos:prefLabel", "body", "en"},
};

static void a_card_holds_all_that_is_said(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgCard card;
  assert_ok(og_describe(store, graph_id(store, "obo:DOID_1612"), NULL, &card, &err));
  assert_string_equal(card.entity.label, "breast cancer");
  assert_string_equal(card.entity.iri, "http://purl.obolibrary.org/obo/DOID_1612");
  assert_string_equal(card.entity.curie, "DOID:1612");
  assert_string_equal(card.kind, "class");
  assert_string_equal(card.definition, "A cancer of the breast.");
  assert_string_equal(card.definition_language, "en");
  assert_int_equal(card.replaced_by.id, 0);
  assert_int_equal(card.parents.total, 1);
  assert_string_equal(card.parents.items[0].label, "cancer");
  assert_string_equal(card.parents.items[0].curie, "DOID:162");
  assert_int_equal(card.children.total, 0);
  assert_int_equal(card.out_count, 2);
  assert_string_equal(card.out[0].label, "located in");
  assert_string_equal(card.out[0].items[0].entity.label, "breast");
  assert_string_equal(card.out[0].items[0].via, "asserted");
  assert_string_equal(card.out[1].label, "treated by");
  assert_string_equal(card.out[1].iri, "http://example.org/treatedBy");
  assert_int_equal(card.out[1].total, 2);
  assert_string_equal(card.out[1].items[0].entity.label, "Surgery");
  assert_string_equal(card.out[1].items[1].entity.label, "tamoxifen");
  assert_int_equal(card.in_count, 1);
  assert_string_equal(card.in[0].label, "risk for");
  assert_string_equal(card.in[0].items[0].entity.label, "BRCA1");
  og_card_clear(&card);
}

static void check_names(OgStore *store, const char *languages, const char *label,
                        const char *const *names) {
  OgError err = {0};
  OgCard card;
  const OgDescribeOptions options = {.languages = languages};
  assert_ok(og_describe(store, graph_id(store, "obo:DOID_1612"), &options, &card, &err));
  assert_string_equal(card.entity.label, label);
  assert_int_equal(card.name_count, 5);
  for (size_t k = 0; k < card.name_count; k++) {
    assert_string_equal(card.names[k].text, names[k]);
  }
  og_card_clear(&card);
}

static void names_come_in_the_languages_asked_for(void **state) {
  OgStore *store = *state;
  static const char *const english[] = {"breast cancer", "mammary cancer", "breast tumour",
                                        "Brustkrebs", "cancer du sein"};
  static const char *const german[] = {"Brustkrebs", "breast cancer", "mammary cancer",
                                       "breast tumour", "cancer du sein"};
  static const char *const none[] = {"breast tumour", "breast cancer", "Brustkrebs",
                                     "cancer du sein", "mammary cancer"};
  check_names(store, NULL, "breast cancer", english);
  check_names(store, "en", "breast cancer", english);
  check_names(store, "de,en", "Brustkrebs", german);
  check_names(store, "DE, en", "Brustkrebs", german);
  check_names(store, "xx", "breast cancer", none);
  OgError err = {0};
  OgCard card;
  const OgDescribeOptions options = {.languages = "de"};
  assert_ok(og_describe(store, graph_id(store, "obo:DOID_1612"), &options, &card, &err));
  assert_string_equal(card.out[1].items[1].entity.label, "Tamoxifen (de)");
  og_card_clear(&card);
}

static void lists_are_cut_but_counted(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgCard card;
  const OgDescribeOptions options = {.limit = 1};
  assert_ok(og_describe(store, graph_id(store, "obo:DOID_162"), &options, &card, &err));
  assert_int_equal(card.children.total, 3);
  assert_int_equal(card.children.count, 1);
  assert_string_equal(card.children.items[0].label, "Adenoma");
  assert_int_equal(card.parents.total, 0);
  assert_int_equal(card.in_count, 0);
  og_card_clear(&card);
  assert_ok(og_describe(store, graph_id(store, "obo:DOID_1612"), &options, &card, &err));
  assert_int_equal(card.out[1].total, 2);
  assert_int_equal(card.out[1].count, 1);
  og_card_clear(&card);
}

static void deprecated_entities_name_their_successor(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgCard card;
  assert_ok(og_describe(store, graph_id(store, "ex:old"), NULL, &card, &err));
  assert_true(card.entity.deprecated);
  assert_string_equal(card.replaced_by.label, "breast cancer");
  assert_null(card.definition);
  og_card_clear(&card);
}

static void attributes_are_what_else_is_said(void **state) {
  (void)state;
  static const Row noted[] = {
      {"ex:a", "rdf:type", "owl:Class", NULL},
      {"ex:a", "rdfs:label", "A", "en"},
      {"ex:a", "obo:IAO_0000115", "The definition.", "en"},
      {"ex:a", "rdfs:comment", "Ein Wort dazu.", "de"},
      {"ex:a", "rdfs:comment", "A word on it.", "en"},
      {"ex:a", "rdfs:comment", "Anything.", ""},
      {"ex:a", "oboInOwl:hasDbXref", "MESH:2", ""},
      {"ex:a", "oboInOwl:hasDbXref", "MESH:1", ""},
      {"ex:a", "dcterms:source", "http://elsewhere/page", NULL},
      {"ex:a", "owl:deprecated", "false", ""},
      {"ex:a", "ex:partOf", "ex:b", NULL},
      {"ex:b", "rdf:type", "owl:Class", NULL},
      {"ex:b", "rdfs:comment", "A remark, though it has no definition.", ""},
  };
  OgError err = {0};
  OgCard card;
  const OgDescribeOptions options = {.languages = "de,en", .limit = 2};
  OgStore *graph = graph_make(scratch("noted.db"), OG_STORE_READ, noted, OG_COUNT(noted));
  assert_ok(og_describe(graph, graph_id(graph, "ex:a"), &options, &card, &err));
  assert_int_equal(card.attribute_count, 3);
  const OgCardAttribute *source = &card.attributes[0];
  const OgCardAttribute *xref = &card.attributes[1], *comment = &card.attributes[2];
  assert_string_equal(source->curie, "dcterms:source");
  assert_string_equal(source->items[0].text, "http://elsewhere/page");
  assert_true(source->items[0].is_iri);
  assert_string_equal(xref->curie, "oboInOwl:hasDbXref");
  assert_int_equal(xref->total, 2);
  assert_string_equal(xref->items[0].text, "MESH:1");
  assert_string_equal(xref->items[1].text, "MESH:2");
  assert_false(xref->items[1].is_iri);
  assert_string_equal(comment->iri, "http://www.w3.org/2000/01/rdf-schema#comment");
  assert_int_equal(comment->total, 3);
  assert_int_equal(comment->count, 2);
  assert_string_equal(comment->items[0].text, "Ein Wort dazu.");
  assert_string_equal(comment->items[0].language, "de");
  assert_string_equal(comment->items[1].text, "A word on it.");
  og_card_clear(&card);
  assert_ok(og_describe(graph, graph_id(graph, "ex:b"), &options, &card, &err));
  assert_null(card.definition);
  assert_int_equal(card.attribute_count, 1);
  assert_string_equal(card.attributes[0].curie, "rdfs:comment");
  og_card_clear(&card);
  og_store_close(graph);
}

static void all_successors_are_shown(void **state) {
  (void)state;
  static const Row old[] = {
      {"ex:old", "rdf:type", "owl:Class", NULL},     {"ex:old", "owl:deprecated", "true", ""},
      {"ex:old", "oboInOwl:consider", "ex:a", NULL}, {"ex:old", "obo:IAO_0100001", "ex:c", NULL},
      {"ex:old", "obo:IAO_0100001", "ex:b", NULL},   {"ex:a", "rdf:type", "owl:Class", NULL},
      {"ex:b", "rdf:type", "owl:Class", NULL},       {"ex:c", "rdf:type", "owl:Class", NULL},
  };
  static const char *const kinds[] = {"replaced by", "replaced by", "consider"};
  static const char *const curies[] = {"ex:b", "ex:c", "ex:a"};
  OgError err = {0};
  OgCard card;
  OgStore *graph = graph_make(scratch("old.db"), OG_STORE_READ, old, OG_COUNT(old));
  assert_ok(og_describe(graph, graph_id(graph, "ex:old"), NULL, &card, &err));
  assert_int_equal(card.successor_count, OG_COUNT(kinds));
  for (size_t k = 0; k < OG_COUNT(kinds); k++) {
    assert_string_equal(card.successors[k].kind, kinds[k]);
    assert_string_equal(card.successors[k].entity.curie, curies[k]);
  }
  assert_int_equal(card.attribute_count, 0);
  og_card_clear(&card);
  og_store_close(graph);
}

/* A part of a thesaurus: what it links to is described in another part. */
static void what_has_no_name_comes_last(void **state) {
  (void)state;
  static const Row part[] = {
      {"ex:tax", "skos:prefLabel", "Tax", "en"},
      {"ex:tax", "skos:narrower", "ex:descriptor-1", NULL},
      {"ex:tax", "skos:narrower", "ex:duty", NULL},
      {"ex:tax", "skos:related", "ex:descriptor-2", NULL},
      {"ex:tax", "skos:related", "ex:wealth", NULL},
      {"ex:duty", "skos:prefLabel", "Duty", "en"},
      {"ex:wealth", "skos:prefLabel", "Wealth", "en"},
      {"ex:descriptor-2", "skos:notation", "B.2", ""},
  };
  OgError err = {0};
  OgCard card;
  OgGraphSummary summary;
  OgStore *parted = graph_make(scratch("part.db"), OG_STORE_READ, part, OG_COUNT(part));
  assert_ok(og_describe(parted, graph_id(parted, "ex:tax"), NULL, &card, &err));
  assert_int_equal(card.children.total, 2);
  assert_string_equal(card.children.items[0].label, "Duty");
  assert_string_equal(card.children.items[1].label, "descriptor-1");
  assert_int_equal(card.out_count, 1);
  assert_string_equal(card.out[0].items[0].entity.label, "Wealth");
  assert_string_equal(card.out[0].items[1].entity.label, "descriptor-2");
  og_card_clear(&card);
  assert_ok(og_graph_summary(parted, &summary, &err));
  assert_int_equal(summary.entities, 5);
  assert_int_equal(summary.unnamed, 2);
  assert_int_equal(summary.mentioned, 1);
  og_graph_summary_clear(&summary);
  og_store_close(parted);
}

static void concepts_have_broader_parents(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgCard card;
  assert_ok(og_describe(store, graph_id(store, "ex:concept"), NULL, &card, &err));
  assert_string_equal(card.kind, "concept");
  assert_int_equal(card.parents.total, 1);
  assert_string_equal(card.parents.items[0].label, "body");
  og_card_clear(&card);
}

static void no_such_entity_is_said(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgCard card;
  assert_status(og_describe(store, 999999, NULL, &card, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "#999999"));
  assert_status(og_describe(store, graph_id(store, "ex:locatedIn"), NULL, &card, &err),
                OG_NOT_FOUND);
}

static int64_t count_of(const OgTallies *tallies, const char *name) {
  for (size_t k = 0; k < tallies->count; k++) {
    const char *other = tallies->items[k].name;
    if (name ? other && strcmp(other, name) == 0 : !other) {
      return tallies->items[k].count;
    }
  }
  return -1;
}

static void add_levels_2_and_3(OgStore *store, const char *hash) {
  OgError err = {0};
  char sql[600];
  snprintf(sql, sizeof sql,
           "INSERT INTO embedding_set(id, name, model, dim, parameters, metrics, graph_hash,"
           " created_at) VALUES (1, 'complex-8', 'complex', 8, '{}', '{\"mrr\":0.5}', '%s', 'now'),"
           " (2, 'old', 'transe', 4, '{}', '{}', 'other', 'then');"
           "INSERT INTO embedding SELECT 1, id, x'00' FROM entity",
           hash);
  assert_ok(og_store_exec(store, sql, "write to", &err));
  const OgRunInfo info = {.name = "runs/x",
                          .model_sha256 = "ab",
                          .base = "base",
                          .fusion = "gated",
                          .graph_hash = hash,
                          .parameters = "{}",
                          .metrics = "{}",
                          .embedding_set = 1};
  const OgMention mention = {0, 6, graph_id(store, "ex:breast"), 1, 1};
  const OgPrediction prediction = {.text_id = "1",
                                   .text = "breast",
                                   .label = "a",
                                   .score = 0.75,
                                   .probabilities = "{}",
                                   .mentions = &mention,
                                   .mention_count = 1};
  int64_t run = 0;
  assert_ok(og_results_begin(store, &info, &run, &err));
  assert_ok(og_results_add(store, run, &prediction, &err));
}

static void the_summary_counts_everything(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgGraphSummary summary;
  assert_ok(og_graph_summary(store, &summary, &err));
  assert_int_equal(summary.embedding_count, 0);
  add_levels_2_and_3(store, summary.graph_hash);
  og_graph_summary_clear(&summary);
  assert_ok(og_graph_summary(store, &summary, &err));
  assert_int_equal(summary.source_count, 1);
  assert_string_equal(summary.sources[0].iri, "http://example.org/graph");
  assert_string_equal(summary.sources[0].sha256, "0123");
  assert_int_equal(summary.sources[0].bytes, 4567);
  assert_null(summary.sources[0].title);
  assert_null(summary.sources[0].date);
  assert_int_equal(summary.sources[0].statements, OG_COUNT(small));
  assert_int_equal(summary.statements, OG_COUNT(small));
  assert_int_equal(summary.entities, 11);
  assert_int_equal(summary.deprecated, 1);
  assert_int_equal(summary.unnamed, 0);
  assert_int_equal(summary.mentioned, 0);
  assert_int_equal(count_of(&summary.entity_kinds, "class"), 9);
  assert_int_equal(count_of(&summary.entity_kinds, "concept"), 2);
  assert_int_equal(count_of(&summary.name_languages, "de"), 2);
  assert_int_equal(count_of(&summary.name_kinds, "exact"), 1);
  assert_true(count_of(&summary.name_languages, NULL) > 5);
  assert_true(summary.iris > 0 && summary.literals > 0 && summary.bytes > 0);
  assert_int_equal(summary.blanks, 0);
  int64_t edges = 0;
  for (size_t k = 0; k < summary.relation_count; k++) {
    edges += summary.relations[k].edges;
    assert_true(k == 0 || summary.relations[k].edges <= summary.relations[k - 1].edges);
  }
  assert_int_equal(edges, summary.edges);
  assert_string_equal(summary.relations[0].curie, "rdfs:subClassOf");
  assert_int_equal(summary.embedding_count, 2);
  assert_int_equal(summary.embeddings[0].entities, 11);
  assert_true(summary.embeddings[0].current);
  assert_false(summary.embeddings[1].current);
  assert_int_equal(summary.run_count, 1);
  assert_string_equal(summary.runs[0].embedding_set, "complex-8");
  assert_int_equal(summary.runs[0].predictions, 1);
  assert_int_equal(summary.runs[0].mentions, 1);
  assert_true(summary.runs[0].current);
  og_graph_summary_clear(&summary);
}

static void what_is_no_entity_shows_its_statements(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  static const char *const texts[] = {"owl:Class", "<" OG_NS_OWL "Class>", OG_NS_OWL "Class"};
  const OgDescribeOptions few = {.limit = 3};
  OgCard card;
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    assert_ok(og_describe_statements(store, texts[k], &few, &card, &err));
    assert_string_equal(card.entity.iri, OG_NS_OWL "Class");
    assert_string_equal(card.entity.label, "owl:Class");
    assert_string_equal(card.kind, "resource");
    assert_int_equal(card.attribute_count, 0);
    assert_int_equal(card.mention_count, 1);
    assert_string_equal(card.mentions[0].curie, "rdf:type");
    assert_int_equal(card.mentions[0].count, 3);
    assert_true(card.mentions[0].total > 3);
    assert_true(card.mentions[0].items[0].is_iri);
    og_card_clear(&card);
  }
  /* what is said of an entity, too, is told */
  assert_ok(og_describe_statements(store, "obo:DOID_162", NULL, &card, &err));
  assert_int_equal(card.attribute_count, 2);
  assert_string_equal(card.attributes[1].curie, "rdfs:label");
  assert_string_equal(card.attributes[1].items[0].text, "cancer");
  og_card_clear(&card);
  static const char *const none[] = {"owl:Nothing", "cancer", "", "<>", "ex:no such"};
  for (size_t k = 0; k < OG_COUNT(none); k++) {
    assert_status(og_describe_statements(store, none[k], NULL, &card, &err), OG_NOT_FOUND);
  }
}

static void every_failed_allocation_is_reported(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  const int64_t entity = graph_id(store, "obo:DOID_1612");
  const OgDescribeOptions options = {.languages = "de"};
  OgStatus status = OG_NO_MEMORY;
  OgCard card;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_describe(store, entity, &options, &card, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  og_card_clear(&card);
  status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_describe_statements(store, "owl:Class", &options, &card, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  og_card_clear(&card);
  OgGraphSummary summary;
  status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_graph_summary(store, &summary, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  og_graph_summary_clear(&summary);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_card_holds_all_that_is_said),
      cmocka_unit_test(names_come_in_the_languages_asked_for),
      cmocka_unit_test(lists_are_cut_but_counted),
      cmocka_unit_test(deprecated_entities_name_their_successor),
      cmocka_unit_test(attributes_are_what_else_is_said),
      cmocka_unit_test(all_successors_are_shown),
      cmocka_unit_test(what_has_no_name_comes_last),
      cmocka_unit_test(concepts_have_broader_parents),
      cmocka_unit_test(no_such_entity_is_said),
      cmocka_unit_test(what_is_no_entity_shows_its_statements),
      cmocka_unit_test(the_summary_counts_everything),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return run_on_graph(tests, OG_STORE_WRITE, small);
}
