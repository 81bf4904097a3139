#include "kg/embed_predict.h"

#include "core/memory.h"
#include "kg/embed.h"
#include "kg/embed_explain.h"
#include "kg/score_hyperbolic.h"
#include "tests/kg/graph.h"
#include "tests/kg/statements.h"

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FAMILIES = 8, MEMBERS = 6, K = 100 };

/* Families under a root; every member of a family but the last has the family's symptom. */
static OgStore *make_graph(const char *name) {
  static char names[FAMILIES][MEMBERS + 2][24];
  static Row rows[4 * FAMILIES * (MEMBERS + 2)];
  size_t count = 0;
  rows[count++] = (Row){"ex:hasSymptom", "rdf:type", "owl:ObjectProperty", NULL};
  rows[count++] = (Row){"ex:hasSymptom", "rdfs:label", "has symptom", "en"};
  rows[count++] = (Row){"ex:root", "rdf:type", "owl:Class", NULL};
  for (size_t f = 0; f < FAMILIES; f++) {
    char *family = names[f][MEMBERS], *symptom = names[f][MEMBERS + 1];
    snprintf(family, sizeof names[f][0], "ex:f%zu", f);
    snprintf(symptom, sizeof names[f][0], "ex:symptom%zu", f);
    rows[count++] = (Row){family, "rdf:type", "owl:NamedIndividual", NULL};
    rows[count++] = (Row){family, "skos:broader", "ex:root", NULL};
    rows[count++] = (Row){symptom, "rdf:type", "owl:NamedIndividual", NULL};
    for (size_t m = 0; m < MEMBERS; m++) {
      char *member = names[f][m];
      snprintf(member, sizeof names[f][0], "ex:f%zum%zu", f, m);
      rows[count++] = (Row){member, "rdf:type", "owl:NamedIndividual", NULL};
      rows[count++] = (Row){member, "skos:broader", family, NULL};
      if (m + 1 < MEMBERS) {
        rows[count++] = (Row){member, "ex:hasSymptom", symptom, NULL};
      }
    }
  }
  const char *path = scratch(name);
  remove(path);
  return graph_make(path, OG_STORE_WRITE, rows, count);
}

static void embed(OgStore *store, const char *model) {
  OgError err;
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.model = model;
  options.dim = 32;
  options.threads = 1;
  options.name = model;
  assert_ok(og_embed(store, &options, NULL, NULL, &err));
}

static void what_a_family_shares_is_predicted_and_explained(void **state) {
  (void)state;
  static const char *const models[] = {"complex", "distmult", "transe"};
  OgStore *store = make_graph("predict.db");
  for (size_t k = 0; k < OG_COUNT(models); k++) {
    OgError err;
    OgVectors vectors;
    size_t right = 0, explained = 0;
    embed(store, models[k]);
    assert_ok(og_vectors_load(store, models[k], &vectors, &err));
    for (int f = 0; f < FAMILIES; f++) {
      char name[24];
      OgLink links[3];
      size_t count;
      OgLinkQuery query = {.heads = false};
      snprintf(name, sizeof name, "ex:f%dm%d", f, MEMBERS - 1);
      query.entity = graph_id(store, name);
      assert_ok(og_lookup_relation(store, "has symptom", &query.relation, &err));
      assert_ok(
          og_predict_links(store, &vectors, &query, OG_TYPES_DECLARED, 3, links, &count, &err));
      assert_int_equal(count, 3);
      snprintf(name, sizeof name, "ex:symptom%d", f);
      const int64_t symptom = graph_id(store, name);
      right += links[0].entity == symptom;
      explained += links[0].like_tail == symptom && links[0].likeness > 0;
      assert_true(isnan(links[0].probability)); /* too few held-out edges */
    }
    assert_true(right >= FAMILIES - 1);
    assert_true(explained >= FAMILIES - 1);
    og_vectors_clear(&vectors);
  }
  og_store_close(store);
}

static void answers_rest_on_edges_of_the_family(void **state) {
  (void)state;
  static const char *const models[] = {"complex", "transe", "rotate"};
  OgStore *store = make_graph("supports.db");
  for (size_t k = 0; k < OG_COUNT(models); k++) {
    OgError err;
    OgVectors vectors;
    size_t right = 0;
    embed(store, models[k]);
    assert_ok(og_vectors_load(store, models[k], &vectors, &err));
    for (int f = 0; f < 2 * FAMILIES; f++) { /* asked for its symptom, and the symptom for it */
      char member[24], symptom[24];
      OgSupport supports[3];
      size_t count;
      snprintf(member, sizeof member, "ex:f%dm%d", f / 2, MEMBERS - 1);
      snprintf(symptom, sizeof symptom, "ex:symptom%d", f / 2);
      const int64_t ends[] = {graph_id(store, member), graph_id(store, symptom)};
      const OgLinkQuery query = {ends[f % 2], graph_id(store, "ex:hasSymptom"), f % 2 == 1};
      assert_ok(
          og_explain_link(store, &vectors, &query, ends[1 - f % 2], 3, supports, &count, &err));
      assert_int_equal(count, 3);
      for (size_t s = 0; s < count; s++) {
        assert_true(supports[s].support > 0 && supports[s].support <= 1);
        assert_true(s == 0 || supports[s].support <= supports[s - 1].support);
        right += supports[s].tail == ends[1];
      }
    }
    assert_true(right >= 5 * FAMILIES); /* of six times as many */
    og_vectors_clear(&vectors);
  }
  og_store_close(store);
}

/* Σ over the shared vectors of two edges of DistMult, s = Σ h r t, of the products of gradients. */
static double product(const OgVectors *vectors, const OgSupport *a, const OgSupport *b) {
  const float *h[] = {og_vectors_find(vectors, a->head), og_vectors_find(vectors, b->head)};
  const float *t[] = {og_vectors_find(vectors, a->tail), og_vectors_find(vectors, b->tail)};
  const float *r[] = {og_vectors_find_relation(vectors, a->relation),
                      og_vectors_find_relation(vectors, b->relation)};
  double sum = 0;
  for (size_t d = 0; d < vectors->D; d++) {
    double dh[2], dt[2], dr[2];
    for (int k = 0; k < 2; k++) {
      dh[k] = (double)r[k][d] * (double)t[k][d];
      dt[k] = (double)h[k][d] * (double)r[k][d];
      dr[k] = (double)h[k][d] * (double)t[k][d];
    }
    sum += a->head == b->head ? dh[0] * dh[1] : 0;
    sum += a->head == b->tail ? dh[0] * dt[1] : 0;
    sum += a->tail == b->head ? dt[0] * dh[1] : 0;
    sum += a->tail == b->tail ? dt[0] * dt[1] : 0;
    sum += a->relation == b->relation ? dr[0] * dr[1] : 0;
  }
  return sum;
}

static void support_is_the_cosine_of_the_gradients(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors;
  OgSupport supports[K];
  size_t count;
  OgBuffer label = OG_BUFFER_INIT;
  OgStore *store = make_graph("cosine.db");
  embed(store, "distmult");
  assert_ok(og_vectors_load(store, NULL, &vectors, &err));
  const OgLinkQuery query = {graph_id(store, "ex:f2m5"), graph_id(store, "ex:hasSymptom"), false};
  const OgSupport own = {query.entity, query.relation, graph_id(store, "ex:symptom2"), 0};
  assert_ok(og_explain_link(store, &vectors, &query, own.tail, K, supports, &count, &err));
  assert_true(count > MEMBERS);
  size_t others = 0;
  for (size_t k = 0; k < count; k++) {
    const double cosine =
        product(&vectors, &own, &supports[k]) /
        sqrt(product(&vectors, &own, &own) * product(&vectors, &supports[k], &supports[k]));
    assert_true(fabs((double)supports[k].support - cosine) < 1e-4);
    others += supports[k].relation != query.relation;
  }
  assert_int_equal(others, 1); /* what it is in */
  assert_ok(og_relation_label(store, query.relation, &label, &err));
  assert_string_equal(label.data, "has symptom");
  og_buffer_clear(&label);
  og_memory_fail_after(0);
  assert_status(og_explain_link(store, &vectors, &query, own.tail, K, supports, &count, &err),
                OG_NO_MEMORY);
  og_memory_fail_after(-1);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

/* Whether an entity has the symptom of its family, or with tails is such a symptom. */
static bool is_taken(OgStore *store, int64_t entity, bool tails) {
  bool taken = false;
  for (int k = 0; k < FAMILIES * (MEMBERS - 1); k++) {
    char name[24];
    snprintf(name, sizeof name, tails ? "ex:symptom%d" : "ex:f%dm%d", k / (MEMBERS - 1),
             k % (MEMBERS - 1));
    taken |= entity == graph_id(store, name);
  }
  return taken;
}

static const float bias_of_tails = -1.5f, bias_of_heads = 0.5f;

/* Make the metrics of a set say so. */
static void give_bias(OgVectors *vectors, int64_t relation) {
  char metrics[200];
  snprintf(metrics, sizeof metrics,
           "{\"answer_bias\": [{\"relation\": 1, \"tails\": 7, \"heads\": 7}, "
           "{\"relation\": %lld, \"tails\": %g, \"heads\": %g}]}",
           (long long)relation, (double)bias_of_tails, (double)bias_of_heads);
  og_free(vectors->metrics);
  vectors->metrics = og_strdup(metrics);
}

/* All predictions of a query, against scores from the formula. */
static void check_against_formula(OgStore *store, const OgVectors *vectors, bool heads) {
  OgError err;
  OgLink links[K];
  size_t count;
  const OgScoreModel *row = og_score_model(vectors->model);
  const OgLinkQuery query = {graph_id(store, heads ? "ex:symptom2" : "ex:f2m1"),
                             graph_id(store, "ex:hasSymptom"), heads};
  const size_t D = vectors->D, size = row->relation_size(D);
  const bool reciprocal = vectors->RD == 2 * size;
  const float *relation = og_vectors_find_relation(vectors, query.relation);
  float q[32];
  row->query(q, og_vectors_find(vectors, query.entity), relation + (reciprocal && heads ? size : 0),
             D, heads && !reciprocal);
  assert_ok(og_predict_links(store, vectors, &query, OG_TYPES_DECLARED, K, links, &count, &err));
  assert_int_equal(count, vectors->N - 1 - (heads ? MEMBERS - 1 : 1)); /* itself, and known ones */
  for (size_t k = 0; k < count; k++) {
    const float *other = og_vectors_find(vectors, links[k].entity);
    const float bias = heads ? bias_of_heads : bias_of_tails;
    const float expected = og_similarity(row->similarity, q, other, D) +
                           (is_taken(store, links[k].entity, !heads) ? bias : 0);
    assert_true(fabsf(links[k].score - expected) < 1e-4f * (1 + fabsf(expected)));
    assert_true(k == 0 || links[k].score <= links[k - 1].score);
    assert_true(links[k].entity != query.entity);
  }
}

static void predictions_are_the_scores_without_known_answers(void **state) {
  (void)state;
  static const char *const models[] = {"complex", "transe"}; /* reciprocal, and inverse */
  OgStore *store = make_graph("formula.db");
  for (size_t k = 0; k < OG_COUNT(models); k++) {
    OgError err;
    OgVectors vectors;
    embed(store, models[k]);
    assert_ok(og_vectors_load(store, models[k], &vectors, &err));
    give_bias(&vectors, graph_id(store, "ex:hasSymptom"));
    check_against_formula(store, &vectors, false);
    check_against_formula(store, &vectors, true);
    og_vectors_clear(&vectors);
  }
  og_store_close(store);
}

static void probabilities_come_from_the_metrics_of_the_set(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors;
  OgLink links[2];
  size_t count;
  OgStore *store = make_graph("calibrated.db");
  embed(store, "distmult");
  assert_ok(og_vectors_load(store, NULL, &vectors, &err));
  og_free(vectors.metrics);
  vectors.metrics = og_strdup("{\"calibration\": {\"curve\": [{\"x\": -1000, \"probability\": 0}, "
                              "{\"x\": 0, \"probability\": 1}]}}");
  const OgLinkQuery query = {graph_id(store, "ex:f1m5"), graph_id(store, "ex:hasSymptom"), false};
  assert_ok(og_predict_links(store, &vectors, &query, OG_TYPES_DECLARED, 2, links, &count, &err));
  const double apart = links[0].probability - links[1].probability;
  assert_true(fabs(apart * 1000 - (double)(links[0].score - links[1].score)) < 1e-4);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

/* Members have one family and one symptom each, families and symptoms many members. */
static void who_has_the_one_answer_is_told(void **state) {
  (void)state;
  static const struct {
    const char *entity, *relation;
    bool heads, answered;
  } cases[] = {{"ex:f1m1", "ex:hasSymptom", false, true},
               {"ex:f1m5", "ex:hasSymptom", false, false}, /* it has none */
               {"ex:symptom1", "ex:hasSymptom", true, false},
               {"ex:f1m5", "skos:broader", false, true},
               {"ex:f1", "skos:broader", true, false},
               {"ex:root", "skos:broader", false, false}};
  OgStore *store = make_graph("answered.db");
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgError err;
    bool answered;
    const OgLinkQuery query = {graph_id(store, cases[k].entity), graph_id(store, cases[k].relation),
                               cases[k].heads};
    assert_ok(og_link_is_answered(store, &query, &answered, &err));
    assert_int_equal(answered, cases[k].answered);
  }
  og_store_close(store);
}

static void biases_that_make_no_sense_are_none(void **state) {
  (void)state;
  static const char *const rows[] = {"{\"relation\": 5, \"tails\": 1e308}",
                                     "{\"relation\": 5, \"tails\": -9}",
                                     "{\"relation\": 5, \"tails\": \"3\"}",
                                     "{\"relation\": 5.0, \"tails\": 3}",
                                     "{\"tails\": 3}",
                                     "5"};
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    char metrics[100];
    snprintf(metrics, sizeof metrics, "{\"answer_bias\": [%s]}", rows[k]);
    const OgVectors vectors = {.metrics = metrics};
    assert_true(og_link_bias(&vectors, 5, false) == 0);
    assert_true(og_link_bias(&vectors, 0, false) == 0);
  }
}

static void curves_that_make_no_sense_are_none(void **state) {
  (void)state;
  static const char *const metrics[] = {
      "{\"calibration\": {\"curve\": [{\"x\": 0, \"probability\": 0.5}, {\"x\": -1, "
      "\"probability\": 0.6}]}}",
      "{\"calibration\": {\"curve\": [{\"x\": 0, \"probability\": 0.5}, {\"x\": 1, "
      "\"probability\": 0.4}]}}",
      "{\"calibration\": {\"curve\": [{\"x\": 0, \"probability\": 2}]}}",
      "{\"calibration\": {\"curve\": [{\"x\": 0}]}}",
      "{\"calibration\": {}}",
      "{}",
      "no json",
  };
  for (size_t k = 0; k < OG_COUNT(metrics); k++) {
    OgCurve curve;
    OgVectors vectors = {.metrics = og_strdup(metrics[k])};
    og_link_calibration(&vectors, &curve);
    assert_int_equal(curve.count, 0);
    assert_true(isnan(og_calibrated(&curve, 0)));
    og_free(vectors.metrics);
  }
}

/* Whether an entity is among the answers. */
static bool lists(const OgLink *links, size_t count, int64_t entity) {
  bool any = false;
  for (size_t k = 0; k < count; k++) {
    any = any || links[k].entity == entity;
  }
  return any;
}

/* A family's parents: not the root, which it has; not its members, which would close a cycle; and
 * not what is deprecated. Its children: the same, but for the other families' members. */
static void what_is_no_news_is_not_predicted(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors;
  OgLink links[K];
  size_t count;
  OgStore *store = make_graph("news.db");
  embed(store, "distmult");
  assert_ok(og_vectors_load(store, NULL, &vectors, &err));
  assert_ok(
      og_store_exec(store, "UPDATE entity SET deprecated = 1 WHERE label = 'f3'", "change", &err));
  const int64_t broader = graph_id(store, "skos:broader");
  for (int heads = 0; heads < 2; heads++) {
    const OgLinkQuery query = {graph_id(store, "ex:f1"), broader, heads};
    assert_ok(og_predict_links(store, &vectors, &query, OG_TYPES_DECLARED, K, links, &count, &err));
    assert_true(count > 0 && count < K);
    assert_false(lists(links, count, graph_id(store, "ex:f1")));
    assert_false(lists(links, count, graph_id(store, "ex:root")));
    assert_false(lists(links, count, graph_id(store, "ex:f1m2")));
    assert_false(lists(links, count, graph_id(store, "ex:f3")));
    assert_true(lists(links, count, graph_id(store, "ex:f2")));
    assert_true(lists(links, count, graph_id(store, "ex:f2m2")));
  }
  const OgLinkQuery member = {graph_id(store, "ex:f1m2"), broader, false};
  assert_ok(og_predict_links(store, &vectors, &member, OG_TYPES_DECLARED, K, links, &count, &err));
  assert_false(lists(links, count, graph_id(store, "ex:root"))); /* it follows */
  og_vectors_clear(&vectors);
  og_store_close(store);
}

static void what_the_set_does_not_know_is_said(void **state) {
  (void)state;
  OgError err;
  OgVectors vectors;
  OgLink links[2];
  size_t count;
  int64_t relation;
  OgStore *store = make_graph("unknown.db");
  embed(store, "complex");
  assert_ok(og_vectors_load(store, NULL, &vectors, &err));
  OgLinkQuery query = {123456789, graph_id(store, "ex:hasSymptom"), false};
  assert_status(
      og_predict_links(store, &vectors, &query, OG_TYPES_DECLARED, 2, links, &count, &err),
      OG_NOT_FOUND);
  query = (OgLinkQuery){graph_id(store, "ex:f1m5"), 123456789, false};
  assert_status(
      og_predict_links(store, &vectors, &query, OG_TYPES_DECLARED, 2, links, &count, &err),
      OG_NOT_FOUND);
  vectors.RD--;
  query.relation = graph_id(store, "ex:hasSymptom");
  assert_status(
      og_predict_links(store, &vectors, &query, OG_TYPES_DECLARED, 2, links, &count, &err),
      OG_BAD_STORE);
  vectors.model[0] = 'x';
  assert_status(
      og_predict_links(store, &vectors, &query, OG_TYPES_DECLARED, 2, links, &count, &err),
      OG_USAGE);
  assert_int_equal(count, 0);
  assert_status(og_lookup_relation(store, "nonsense", &relation, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "has symptom"));
  og_vectors_clear(&vectors);
  og_store_close(store);
}

/* Sizes come out of the file: the model's arrays have room for so many coordinates. */
static void sizes_that_the_model_does_not_take_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *model;
    size_t D;
    OgStatus status;
  } rows[] = {{"roth", 2, OG_BAD_STORE},
              {"roth", 3, OG_OK},
              {"roth", OG_HYPERBOLIC_MOST, OG_OK},
              {"roth", OG_HYPERBOLIC_MOST + 1, OG_BAD_STORE},
              {"complex", 2 * OG_HYPERBOLIC_MOST, OG_OK}};
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgError err;
    char name[] = "made elsewhere";
    const OgScoreModel *model = og_score_model(rows[k].model);
    const size_t size = model->relation_size(rows[k].D);
    OgVectors vectors = {.name = name, .D = rows[k].D, .R = 1, .RD = size};
    assert_status(og_link_check_relations(&vectors, model, &err), rows[k].status);
    vectors.RD = 2 * size + 1;
    assert_status(og_link_check_relations(&vectors, model, &err), OG_BAD_STORE);
  }
}

static void a_relation_has_four_names(void **state) {
  (void)state;
  static const char *const names[] = {"has symptom", "Has Symptom", "ex:hasSymptom", "hasSymptom",
                                      "http://example.org/hasSymptom"};
  OgStore *store = make_graph("relation.db");
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    OgError err;
    int64_t relation = 0;
    assert_ok(og_lookup_relation(store, names[k], &relation, &err));
    assert_int_equal(relation, graph_id(store, "ex:hasSymptom"));
  }
  og_store_close(store);
}

static void a_slip_in_a_relation_s_name_is_told(void **state) {
  (void)state;
  static const char *const slips[] = {"has_symptoms", "hassymtom", "symptom"};
  OgStore *store = make_graph("slips.db");
  for (size_t k = 0; k < OG_COUNT(slips); k++) {
    OgError err;
    int64_t relation = 0;
    assert_status(og_lookup_relation(store, slips[k], &relation, &err), OG_NOT_FOUND);
    assert_non_null(strstr(err.message, "did you mean \"has symptom\"?"));
  }
  og_store_close(store);
}

/* A suggestion can be typed. */
static void a_long_name_is_suggested_whole_or_not_at_all(void **state) {
  (void)state;
  static const size_t sizes[] = {100, 400};
  for (size_t k = 0; k < OG_COUNT(sizes); k++) {
    OgError err;
    OgStore *store;
    int64_t relation = 0;
    char label[512] = "", triples[1024], asked[544];
    memset(label, 'x', sizes[k]);
    snprintf(triples, sizeof triples,
             "ex:r a owl:ObjectProperty . ex:r rdfs:label '%s' . ex:a a owl:NamedIndividual . "
             "ex:b a owl:NamedIndividual . ex:a ex:r ex:b .",
             label);
    snprintf(asked, sizeof asked, "did you mean \"%s\"?", label);
    assert_ok(import_text(scratch("long.db"), "urn:source", triples, NULL, &err));
    assert_ok(og_store_open(scratch("long.db"), OG_STORE_READ, &store, &err));
    assert_status(og_lookup_relation(store, "xxxx", &relation, &err), OG_NOT_FOUND);
    assert_int_equal(strstr(err.message, asked) != NULL, sizes[k] < 200);
    assert_int_equal(strstr(err.message, "did you mean") != NULL, sizes[k] < 200);
    og_store_close(store);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_a_family_shares_is_predicted_and_explained),
      cmocka_unit_test(answers_rest_on_edges_of_the_family),
      cmocka_unit_test(support_is_the_cosine_of_the_gradients),
      cmocka_unit_test(predictions_are_the_scores_without_known_answers),
      cmocka_unit_test(probabilities_come_from_the_metrics_of_the_set),
      cmocka_unit_test(who_has_the_one_answer_is_told),
      cmocka_unit_test(biases_that_make_no_sense_are_none),
      cmocka_unit_test(curves_that_make_no_sense_are_none),
      cmocka_unit_test(what_is_no_news_is_not_predicted),
      cmocka_unit_test(what_the_set_does_not_know_is_said),
      cmocka_unit_test(sizes_that_the_model_does_not_take_are_refused),
      cmocka_unit_test(a_relation_has_four_names),
      cmocka_unit_test(a_slip_in_a_relation_s_name_is_told),
      cmocka_unit_test(a_long_name_is_suggested_whole_or_not_at_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
