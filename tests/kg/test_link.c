#include "kg/link.h"

#include "core/input.h"
#include "core/memory.h"
#include "core/random.h"
#include "ingest/ingest.h"
#include "kg/load.h"
#include "kg/lookup.h"
#include "kg/names.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const Row small[] = {
    {"ex:bc", "rdf:type", "owl:Class", NULL},
    {"ex:bc", "rdfs:label", "breast cancer", "en"},
    {"ex:bc", "oboInOwl:hasExactSynonym", "Neoplasms, Breast", ""},
    {"ex:bc", "rdfs:label", "Brustkrebs", "de"},
    {"ex:bc", "rdfs:label", "рак молочной железы", "ru"},
    {"ex:bc", "rdfs:label", "καρκίνος του μαστού", "el"},
    {"ex:bc", "rdfs:label", "乳癌", "ja"},
    {"ex:cancer", "rdf:type", "owl:Class", NULL},
    {"ex:cancer", "rdfs:label", "cancer", ""},
    {"ex:bc", "rdfs:subClassOf", "ex:cancer", NULL},
    {"ex:breast", "rdf:type", "owl:Class", NULL},
    {"ex:breast", "rdfs:label", "breast", ""},
    {"ex:leukemia", "rdf:type", "owl:Class", NULL},
    {"ex:leukemia", "rdfs:label", "acute lymphoblastic leukemia", ""},
    {"ex:leukemia", "oboInOwl:hasExactSynonym", "ALL", ""},
    {"ex:was", "rdf:type", "owl:Class", NULL},
    {"ex:was", "rdfs:label", "Wiskott-Aldrich syndrome", ""},
    {"ex:was", "oboInOwl:hasExactSynonym", "WAS", ""},
    {"ex:catgene", "rdf:type", "owl:Class", NULL},
    {"ex:catgene", "rdfs:label", "CAT", ""},
    {"ex:cat", "rdf:type", "owl:Class", NULL},
    {"ex:cat", "rdfs:label", "cat", ""},
    {"ex:impact", "rdf:type", "owl:Class", NULL},
    {"ex:impact", "rdfs:label", "impact", ""},
    {"ex:impact", "rdfs:label", "of the", ""},
    {"ex:impact", "rdfs:label", "12", ""},
    {"ex:impact", "rdfs:label", "B", ""},
    {"ex:impact", "rdfs:label", "Type 2", ""},
    {"ex:vitamin", "rdf:type", "owl:Class", NULL},
    {"ex:vitamin", "rdfs:label", "vitamin A", ""},
    {"ex:old", "rdf:type", "owl:Class", NULL},
    {"ex:old", "rdfs:label", "consumption", ""},
    {"ex:old", "owl:deprecated", "true", ""},
    {"ex:old", "dcterms:isReplacedBy", "ex:tb", NULL},
    {"ex:tb", "rdf:type", "owl:Class", NULL},
    {"ex:tb", "rdfs:label", "tuberculosis", ""},
    {"ex:dead", "rdf:type", "owl:Class", NULL},
    {"ex:dead", "rdfs:label", "dropsy", ""},
    {"ex:dead", "owl:deprecated", "true", ""},
    /* "cold": a label, another label with more edges, and a synonym */
    {"ex:cold1", "rdf:type", "owl:Class", NULL},
    {"ex:cold1", "rdfs:label", "cold", ""},
    {"ex:cold2", "rdf:type", "owl:Class", NULL},
    {"ex:cold2", "rdfs:label", "cold", ""},
    {"ex:cold2", "rdfs:subClassOf", "ex:cancer", NULL},
    {"ex:cold3", "rdf:type", "owl:Class", NULL},
    {"ex:cold3", "rdfs:label", "low temperature", ""},
    {"ex:cold3", "oboInOwl:hasRelatedSynonym", "cold", ""},
    {"ex:cold3", "rdfs:subClassOf", "ex:cancer", NULL},
    {"ex:aml", "rdf:type", "owl:Class", NULL},
    {"ex:aml", "rdfs:label", "Anemia, Hemolytic, Autoimmune", ""},
    {"ex:louis", "rdf:type", "owl:Class", NULL},
    {"ex:louis", "rdfs:label", "St. Louis encephalitis", ""},
    {"ex:wounds", "rdf:type", "owl:Class", NULL},
    {"ex:wounds", "rdfs:label", "Wounds, and Injuries", ""},
    {"ex:pcb", "rdf:type", "owl:Class", NULL},
    {"ex:pcb", "rdfs:label", "PCB", ""},
};

typedef struct Fixture {
  OgStore *store;
  OgLinker *linker;
} Fixture;

static Fixture fixture;

static int set_up(void **state) {
  (void)state;
  OgError err = {0};
  fixture.store = graph_make(scratch("small.db"), OG_STORE_READ, small, OG_COUNT(small));
  assert_ok(og_linker_new(fixture.store, NULL, &fixture.linker, &err));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  og_linker_free(fixture.linker);
  og_store_close(fixture.store);
  return 0;
}

/* Checks the mentions of a text, given as "written=name written=name"; name as of graph_id. */
static void check_mentions(const OgLinker *linker, const char *text, const char *expected) {
  OgError err = {0};
  OgMentions mentions = OG_MENTIONS_INIT;
  OgBuffer found = OG_BUFFER_INIT;
  assert_ok(og_linker_find(linker, text, strlen(text), &mentions, &err));
  static const char *const names[] = {
      "ex:bc",     "ex:cancer",  "ex:breast", "ex:leukemia", "ex:was",  "ex:catgene", "ex:cat",
      "ex:impact", "ex:vitamin", "ex:old",    "ex:tb",       "ex:dead", "ex:cold1",   "ex:cold2",
      "ex:cold3",  "ex:aml",     "ex:louis",  "ex:wounds",   "ex:pcb"};
  for (size_t k = 0; k < mentions.count; k++) {
    const OgMention *mention = &mentions.items[k];
    const char *name = "?";
    for (size_t j = 0; j < OG_COUNT(names); j++) {
      name = graph_id(fixture.store, names[j]) == mention->entity ? names[j] : name;
    }
    assert_ok(og_buffer_format(&found, &err, "%s%.*s=%s", k > 0 ? "|" : "",
                               (int)(mention->end - mention->start), text + mention->start,
                               name + 3));
  }
  assert_string_equal(found.data ? found.data : "", expected);
  og_buffer_clear(&found);
  og_mentions_clear(&mentions);
}

static void the_longest_name_wins(void **state) {
  (void)state;
  check_mentions(fixture.linker, "Breast cancer, not a cancer of the breast.",
                 "Breast cancer=bc|cancer=cancer|breast=breast");
  check_mentions(fixture.linker, "BREAST-CANCERS and the cat's breasts",
                 "BREAST-CANCERS=bc|cat=cat|breasts=breast");
  check_mentions(fixture.linker, "acute lymphoblastic cancer", "cancer=cancer");
  check_mentions(fixture.linker, "", "");
}

static void other_languages_and_scripts_are_linked(void **state) {
  (void)state;
  check_mentions(fixture.linker, "Der Brustkrebs; Рак молочной железы; Καρκίνος του μαστού",
                 "Brustkrebs=bc|Рак молочной железы=bc|Καρκίνος του μαστού=bc");
  check_mentions(fixture.linker, "彼女は乳癌です", "乳癌=bc");
}

static void inverted_names_are_found_both_ways(void **state) {
  (void)state;
  check_mentions(fixture.linker, "neoplasms, breast", "neoplasms, breast=bc");
  check_mentions(fixture.linker, "breast neoplasm", "breast neoplasm=bc");
  check_mentions(fixture.linker, "autoimmune hemolytic anemia", "autoimmune hemolytic anemia=aml");
  check_mentions(fixture.linker, "and injuries wounds", "");
  check_mentions(fixture.linker, "wounds and injuries", "wounds and injuries=wounds");
}

static void words_that_name_nothing_are_not_linked(void **state) {
  (void)state;
  check_mentions(fixture.linker, "the impact of the 12 B type 2", "");
  check_mentions(fixture.linker, "vitamin A", "vitamin A=vitamin");
  check_mentions(fixture.linker, "all was well", "");
}

static void acronyms_are_linked_in_capitals_only(void **state) {
  (void)state;
  check_mentions(fixture.linker, "leukemia (ALL) or WAS", "ALL=leukemia|WAS=was");
  check_mentions(fixture.linker, "ALL", "ALL=leukemia");
  check_mentions(fixture.linker, "ALL PATIENTS", "");
  check_mentions(fixture.linker, "THEY WERE ALL TREATED", "");
  check_mentions(fixture.linker, "the cat and the CAT", "cat=cat|CAT=catgene");
  check_mentions(fixture.linker, "Cats", "Cats=cat");
  check_mentions(fixture.linker, "PCBs pcb PCB", "PCBs=pcb|PCB=pcb");
}

static void a_name_does_not_cross_the_end_of_a_sentence(void **state) {
  (void)state;
  check_mentions(fixture.linker, "of the breast. Cancer", "breast=breast|Cancer=cancer");
  check_mentions(fixture.linker, "St. Louis encephalitis", "St. Louis encephalitis=louis");
}

static void deprecated_entities_lead_to_their_successors(void **state) {
  (void)state;
  OgError err = {0};
  OgLinker *linker = NULL;
  const OgLinkOptions options = {.keep_deprecated = true};
  check_mentions(fixture.linker, "consumption, dropsy", "consumption=tb");
  assert_ok(og_linker_new(fixture.store, &options, &linker, &err));
  check_mentions(linker, "consumption, dropsy", "consumption=old|dropsy=dead");
  og_linker_free(linker);
}

static void an_ambiguous_name_gives_its_likeliest_meaning(void **state) {
  (void)state;
  OgError err = {0};
  OgMentions mentions = OG_MENTIONS_INIT;
  check_mentions(fixture.linker, "cold", "cold=cold2");
  assert_ok(og_linker_find(fixture.linker, "cold cancer", 11, &mentions, &err));
  assert_int_equal(mentions.count, 2);
  assert_int_equal(mentions.items[0].senses, 3);
  assert_float_equal(mentions.items[0].score, 1 / 2.25f, 1e-6f);
  assert_int_equal(mentions.items[1].senses, 1);
  assert_true(mentions.items[1].score == 1.0f);
  og_mentions_clear(&mentions);
}

/* Three files say the one edge of ex:said, another has the two of ex:linked. */
static const Row said_often[] = {
    {"ex:said", "rdf:type", "owl:Class", NULL},
    {"ex:said", "rdfs:label", "bank", ""},
    {"ex:said", "rdfs:subClassOf", "ex:top", NULL},
    {"ex:top", "rdf:type", "owl:Class", NULL},
};
static const Row well_linked[] = {
    {"ex:linked", "rdf:type", "owl:Class", NULL},       {"ex:linked", "rdfs:label", "bank", ""},
    {"ex:linked", "rdfs:subClassOf", "ex:top", NULL},   {"ex:other", "rdf:type", "owl:Class", NULL},
    {"ex:other", "rdfs:subClassOf", "ex:linked", NULL},
};

static void an_edge_of_several_files_weighs_as_one(void **state) {
  (void)state;
  static const char *const files[] = {"urn:1", "urn:2", "urn:3"};
  OgError err = {0};
  OgStore *store = NULL;
  OgLinker *linker = NULL;
  int64_t found = 0;
  OgMentions mentions = OG_MENTIONS_INIT;
  const char *path = scratch("files.db");
  for (size_t k = 0; k < OG_COUNT(files); k++) {
    graph_add(path, files[k], said_often, OG_COUNT(said_often));
  }
  graph_add(path, "urn:4", well_linked, OG_COUNT(well_linked));
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  assert_ok(og_linker_new(store, NULL, &linker, &err));
  assert_ok(og_linker_find(linker, "bank", 4, &mentions, &err));
  assert_int_equal(mentions.count, 1);
  assert_int_equal(mentions.items[0].entity, graph_id(store, "ex:linked"));
  assert_ok(og_lookup_entity(store, "bank", &found, &err));
  assert_int_equal(found, graph_id(store, "ex:linked"));
  og_mentions_clear(&mentions);
  og_linker_free(linker);
  og_store_close(store);
}

static void mentions_below_the_least_score_are_dropped(void **state) {
  (void)state;
  OgError err = {0};
  OgLinker *linker = NULL;
  const OgLinkOptions options = {.min_score = 0.6f};
  assert_ok(og_linker_new(fixture.store, &options, &linker, &err));
  check_mentions(linker, "cold cancer", "cancer=cancer");
  og_linker_free(linker);
}

static void bad_bytes_separate_words(void **state) {
  (void)state;
  check_mentions(fixture.linker,
                 "breast\xff"
                 "cancer \xc3",
                 "breast\xff"
                 "cancer=bc");
}

/* ---- Against a naive matcher --------------------------------------------------------------- */

enum { LEXICON = 60, MOST_LENGTH = 4 };

typedef struct Lexicon {
  char names[LEXICON][64];
  int64_t entities[LEXICON];
} Lexicon;

static void random_words(OgRandom *random, const char *separators, uint64_t count, char *text) {
  static const char *const words[] = {"alpha", "beta", "gammas", "Delta", "épsilon", "糖"};
  text[0] = '\0';
  for (uint64_t k = 0; k < count; k++) {
    const char between[2] = {k > 0 ? separators[og_random_below(random, strlen(separators))] : '\0',
                             '\0'};
    strcat(text, between);
    strcat(text, words[og_random_below(random, OG_COUNT(words))]);
  }
}

/* The mentions that the definition asks for: at each word the longest name, compared as text. */
static size_t naive_find(const Lexicon *lexicon, const char *text, OgMention *mentions) {
  OgError err = {0};
  OgWords words;
  OgWord word;
  size_t starts[512], ends[512], word_count = 0, count = 0;
  OgBuffer piece = OG_BUFFER_INIT, name = OG_BUFFER_INIT;
  og_words_init(&words, text, strlen(text));
  while (og_words_next(&words, &word)) {
    starts[word_count] = word.start;
    ends[word_count++] = word.end;
  }
  for (size_t n = 0; n < word_count;) {
    size_t longest = 0;
    for (size_t length = MOST_LENGTH; length > 0 && longest == 0; length--) {
      if (n + length > word_count) {
        continue;
      }
      const size_t start = starts[n], end = ends[n + length - 1];
      assert_ok(og_name_normalise(text + start, end - start, &piece, &err));
      for (size_t k = 0; k < LEXICON && longest == 0; k++) {
        assert_ok(og_name_normalise(lexicon->names[k], strlen(lexicon->names[k]), &name, &err));
        if (strcmp(piece.data, name.data) == 0) {
          longest = length;
          mentions[count++] = (OgMention){.start = start, .end = end};
        }
      }
    }
    n += longest > 0 ? longest : 1;
  }
  og_buffer_clear(&piece);
  og_buffer_clear(&name);
  return count;
}

static void random_texts_agree_with_a_naive_matcher(void **state) {
  (void)state;
  OgError err = {0};
  OgRandom random;
  Lexicon lexicon;
  Row rows[2 * LEXICON];
  char subjects[LEXICON][16];
  og_random_init(&random, 11);
  for (size_t k = 0; k < LEXICON; k++) {
    snprintf(subjects[k], sizeof subjects[k], "ex:n%zu", k);
    random_words(&random, " -", 1 + og_random_below(&random, MOST_LENGTH), lexicon.names[k]);
    rows[2 * k] = (Row){subjects[k], "rdf:type", "owl:Class", NULL};
    rows[2 * k + 1] = (Row){subjects[k], "rdfs:label", lexicon.names[k], ""};
  }
  OgStore *store = graph_make(scratch("random.db"), OG_STORE_READ, rows, OG_COUNT(rows));
  OgLinker *linker = NULL;
  assert_ok(og_linker_new(store, NULL, &linker, &err));
  OgMentions mentions = OG_MENTIONS_INIT;
  static OgMention expected[512];
  static char text[8192];
  for (int round = 0; round < 150; round++) {
    random_words(&random, " -,(\n", og_random_below(&random, 120), text);
    const size_t count = naive_find(&lexicon, text, expected);
    assert_ok(og_linker_find(linker, text, strlen(text), &mentions, &err));
    assert_int_equal(mentions.count, count);
    for (size_t k = 0; k < count; k++) {
      assert_int_equal(mentions.items[k].start, expected[k].start);
      assert_int_equal(mentions.items[k].end, expected[k].end);
    }
  }
  og_mentions_clear(&mentions);
  og_linker_free(linker);
  og_store_close(store);
}

/* ---- Memory, threads, real data ------------------------------------------------------------ */

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  OgLinker *linker = NULL;
  OgStatus status = OG_NO_MEMORY;
  long failures = 0;
  for (; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_linker_new(fixture.store, NULL, &linker, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  assert_true(failures > 5);
  OgMentions mentions = OG_MENTIONS_INIT;
  og_memory_fail_after(0);
  status = og_linker_find(linker, "cancer", 6, &mentions, &err);
  og_memory_fail_after(-1);
  assert_status(status, OG_NO_MEMORY);
  og_mentions_clear(&mentions);
  og_linker_free(linker);
}

static void *link_often(void *data) {
  OgError err = {0};
  OgMentions mentions = OG_MENTIONS_INIT;
  size_t *total = data;
  static const char text[] = "Breast cancer and cat, ALL of 乳癌 and the cold";
  for (int k = 0; k < 2000; k++) {
    if (og_linker_find(fixture.linker, text, strlen(text), &mentions, &err) == OG_OK) {
      *total += mentions.count;
    }
  }
  og_mentions_clear(&mentions);
  return NULL;
}

static void threads_share_a_linker(void **state) {
  (void)state;
  pthread_t threads[4];
  size_t totals[4] = {0};
  for (size_t k = 0; k < OG_COUNT(threads); k++) {
    assert_int_equal(pthread_create(&threads[k], NULL, link_often, &totals[k]), 0);
  }
  for (size_t k = 0; k < OG_COUNT(threads); k++) {
    pthread_join(threads[k], NULL);
    assert_int_equal(totals[k], 5 * 2000);
  }
}

static void an_empty_graph_links_nothing(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  OgLinker *linker = NULL;
  OgMentions mentions = OG_MENTIONS_INIT;
  assert_ok(og_store_open(scratch("empty.db"), OG_STORE_CREATE, &store, &err));
  assert_ok(og_linker_new(store, NULL, &linker, &err));
  assert_ok(og_linker_find(linker, "cancer", 6, &mentions, &err));
  assert_int_equal(mentions.count, 0);
  og_linker_free(linker);
  og_store_close(store);
}

static void import(const char *file, const char *path) {
  OgError err = {0};
  OgLoader *loader = NULL;
  OgInput *input = NULL;
  const OgSourceInfo info = {"http://example.org/source", file, "any"};
  assert_ok(og_loader_open(path, NULL, &loader, &err));
  assert_ok(og_input_open(file, &input, &err));
  assert_ok(og_loader_begin_source(loader, &info, &err));
  const OgSink sink = og_loader_sink(loader);
  assert_ok(og_ingest(input, NULL, &sink, NULL, NULL, &err));
  assert_ok(og_loader_end_source(loader, "", 0, &err));
  assert_ok(og_loader_commit(loader, NULL, &err));
  og_loader_close(loader);
  og_input_close(input);
}

/* Each mention is cut out of the text again and must have the normal form of a name of its entity.
 */
static void check_written(OgStore *store, const char *text, const OgMention *mention) {
  OgError err = {0};
  OgFoundList found = OG_FOUND_LIST_INIT;
  char written[256];
  snprintf(written, sizeof written, "%.*s", (int)(mention->end - mention->start),
           text + mention->start);
  bool named = false;
  if (og_lookup(store, written, &found, &err) == OG_OK) {
    for (size_t k = 0; k < found.count; k++) {
      named = named || found.items[k].entity == mention->entity;
    }
  }
  og_found_clear(&found);
  if (!named) { /* an inverted name: look at the graph for it the other way round */
    print_message("\"%s\" is linked under a name that is written otherwise\n", written);
  }
}

static void medical_abstracts_are_linked_to_mesh(void **state) {
  (void)state;
  const char *mesh = shared_data("onto/mesh/desc2017-tree.xml.gz");
  const char *texts = shared_data("tasks/ohsumed23/train.csv");
  if (!mesh || !texts) {
    skip_without_data("../shared/data/onto/mesh and tasks/ohsumed23");
  }
  OgError err = {0};
  OgStore *store = NULL;
  OgLinker *linker = NULL;
  OgInput *input = NULL;
  OgBuffer line = OG_BUFFER_INIT;
  OgMentions mentions = OG_MENTIONS_INIT;
  size_t lines = 0, linked = 0, total = 0, ambiguous = 0;
  int more = 1;
  import(mesh, scratch("mesh.db"));
  assert_ok(og_store_open(scratch("mesh.db"), OG_STORE_READ, &store, &err));
  assert_ok(og_linker_new(store, NULL, &linker, &err));
  assert_ok(og_input_open(texts, &input, &err));
  assert_ok(og_input_line(input, 1 << 20, &line, &more, &err));
  while (more) {
    assert_ok(og_linker_find(linker, line.data, line.size, &mentions, &err));
    lines++;
    linked += mentions.count > 0;
    total += mentions.count;
    for (size_t k = 0; k < mentions.count; k++) {
      const OgMention *mention = &mentions.items[k];
      ambiguous += mention->senses > 1;
      assert_true(mention->start < mention->end && mention->end <= line.size);
      assert_true(k == 0 || mention->start >= mentions.items[k - 1].end);
    }
    if (lines <= 5) {
      for (size_t k = 0; k < mentions.count; k++) {
        check_written(store, line.data, &mentions.items[k]);
      }
    }
    assert_ok(og_input_line(input, 1 << 20, &line, &more, &err));
  }
  print_message("%zu lines, %zu with mentions, %.1f mentions a line, %.1f%% ambiguous; "
                "the linker holds %.1f MB\n",
                lines, linked, (double)total / (double)lines,
                100 * (double)ambiguous / (double)total, (double)og_linker_memory(linker) / 1e6);
  assert_true(linked * 100 > lines * 95);
  assert_true(og_linker_memory(linker) < 50000000);
  og_mentions_clear(&mentions);
  og_buffer_clear(&line);
  og_input_close(input);
  og_linker_free(linker);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_longest_name_wins),
      cmocka_unit_test(other_languages_and_scripts_are_linked),
      cmocka_unit_test(inverted_names_are_found_both_ways),
      cmocka_unit_test(words_that_name_nothing_are_not_linked),
      cmocka_unit_test(acronyms_are_linked_in_capitals_only),
      cmocka_unit_test(a_name_does_not_cross_the_end_of_a_sentence),
      cmocka_unit_test(deprecated_entities_lead_to_their_successors),
      cmocka_unit_test(an_ambiguous_name_gives_its_likeliest_meaning),
      cmocka_unit_test(an_edge_of_several_files_weighs_as_one),
      cmocka_unit_test(mentions_below_the_least_score_are_dropped),
      cmocka_unit_test(bad_bytes_separate_words),
      cmocka_unit_test(random_texts_agree_with_a_naive_matcher),
      cmocka_unit_test(every_failed_allocation_is_reported),
      cmocka_unit_test(threads_share_a_linker),
      cmocka_unit_test(an_empty_graph_links_nothing),
      cmocka_unit_test(medical_abstracts_are_linked_to_mesh),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
