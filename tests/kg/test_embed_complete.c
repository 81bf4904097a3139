#include "kg/embed_complete.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "core/random.h"
#include "tests/kg/graph.h"
#include "tests/kg/statements.h"

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAMILIES = 30, MEMBERS = 3, D = 12, ALL = 100000 };

static const char calibration[] =
    "{\"calibration\": {\"curve\": [{\"x\": -4, \"probability\": 0.05}, {\"x\": -2, "
    "\"probability\": 0.5}, {\"x\": 0, \"probability\": 0.95}]}}";

/* Thirty families of three drugs. The first of each treats something, the last treats it in the
 * other words, and the second is its kin. A loner has no kin. */
static OgStore *make_graph(const char *name) {
  OgError err;
  OgLoadSummary summary;
  OgStore *store = NULL;
  OgBuffer text = OG_BUFFER_INIT;
  const char *path = scratch(name);
  assert_ok(og_buffer_text(
      &text,
      "ex:treats a owl:ObjectProperty . ex:treats rdfs:label 'treats' . "
      "ex:treatedBy owl:inverseOf ex:treats . ex:treatedBy a owl:ObjectProperty . "
      "ex:meets a owl:ObjectProperty . ex:meets a owl:SymmetricProperty . "
      "ex:gone a owl:NamedIndividual . ex:gone owl:deprecated 'true' . ex:gone ex:treats ex:ill2 . "
      "ex:loner a owl:NamedIndividual . ex:ill1 ex:meets ex:loner . ",
      &err));
  for (int f = 0; f < FAMILIES; f++) {
    assert_ok(og_buffer_format(&text, &err,
                               "ex:ill%d a owl:NamedIndividual . ex:fam%d skos:broader ex:root . "
                               "ex:fam%d ex:meets ex:ill%d . ",
                               f, f, f, f));
    for (int m = 0; m < MEMBERS; m++) {
      assert_ok(og_buffer_format(&text, &err, "ex:f%dm%d skos:broader ex:fam%d . ", f, m, f));
    }
    assert_ok(og_buffer_format(&text, &err,
                               "ex:f%dm0 ex:treats ex:ill%d . ex:ill%d ex:treatedBy ex:f%dm2 . ", f,
                               f, f, f));
  }
  remove(path);
  assert_ok(import_text(path, "urn:source", text.data, &summary, &err));
  og_buffer_clear(&text);
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  return store;
}

/* Random vectors for all entities and relations, as if a model had learned them. */
static OgVectors make_vectors(OgStore *store, const char *model) {
  OgRandom random;
  OgVectors v = {.name = og_strdup(model), .model = og_strdup(model), .D = D};
  const char *rows = query_text(og_store_path(store), "SELECT id FROM entity ORDER BY id");
  og_random_init(&random, 7);
  v.metrics = og_strdup(calibration);
  v.entities = OG_NEW_ARRAY(int64_t, 1000);
  for (char *end; *rows; rows = end + 1) {
    v.entities[v.N++] = strtoll(rows, &end, 10);
  }
  rows = query_text(og_store_path(store), "SELECT id FROM relation ORDER BY id");
  v.relations = OG_NEW_ARRAY(int64_t, 100);
  for (char *end; *rows; rows = end + 1) {
    v.relations[v.R++] = strtoll(rows, &end, 10);
  }
  v.RD = strcmp(model, "complex") == 0 ? 2 * D : D;
  v.values = og_calloc_floats(v.N * D);
  v.relation_values = og_calloc_floats(v.R * v.RD);
  for (size_t k = 0; k < v.N * D; k++) {
    v.values[k] = (float)og_random_normal(&random);
  }
  for (size_t k = 0; k < v.R * v.RD; k++) {
    v.relation_values[k] = (float)og_random_normal(&random);
  }
  return v;
}

/* As if valid had told that those who are treated are so again. */
static void give_bias(OgVectors *vectors, int64_t relation) {
  char metrics[300];
  snprintf(metrics, sizeof metrics,
           "%.*s, \"answer_bias\": [{\"relation\": %lld, \"tails\": 2, \"heads\": -1}]}",
           (int)strlen(calibration) - 1, calibration, (long long)relation);
  og_free(vectors->metrics);
  vectors->metrics = og_strdup(metrics);
}

static OgCompletions complete(OgStore *store, const OgVectors *vectors, OgCompleteOptions options) {
  OgError err;
  OgCompletions made;
  assert_ok(og_complete(store, vectors, &options, NULL, &made, &err));
  return made;
}

static int by_probability(const void *a, const void *b) {
  const OgCompletion *x = a, *y = b;
  return x->link.probability != y->link.probability
             ? (x->link.probability < y->link.probability) -
                   (x->link.probability > y->link.probability)
             : (x->head > y->head) - (x->head < y->head);
}

/* What a head treats by a statement that its tail is treatedBy it; 0: nothing. */
static int64_t treated_inversely(OgStore *store, int64_t head) {
  for (int f = 0; f < FAMILIES; f++) {
    char names[2][24];
    snprintf(names[0], sizeof names[0], "ex:f%dm2", f);
    snprintf(names[1], sizeof names[1], "ex:ill%d", f);
    if (head == graph_id(store, names[0])) {
      return graph_id(store, names[1]);
    }
  }
  return 0;
}

/* All answers of predict-links to all heads, less what only `complete` leaves out. */
static size_t ask_one_by_one(OgStore *store, const OgVectors *vectors, int64_t relation,
                             OgCompletion *all) {
  static OgLink links[1000];
  const int64_t gone = graph_id(store, "ex:gone");
  size_t count = 0;
  for (size_t n = 0; n < vectors->N; n++) {
    OgError err;
    size_t answers;
    const OgLinkQuery query = {vectors->entities[n], relation, false};
    const int64_t treated = treated_inversely(store, query.entity);
    assert_ok(
        og_predict_links(store, vectors, &query, OG_TYPES_DECLARED, 1000, links, &answers, &err));
    for (size_t k = 0; k < answers && query.entity != gone; k++) {
      if (links[k].entity != gone && links[k].entity != treated) {
        all[count++] = (OgCompletion){.head = query.entity, .link = links[k]};
      }
    }
  }
  qsort(all, count, sizeof *all, by_probability);
  return count;
}

static void all_heads_together_are_each_of_them_asked_alone(void **state) {
  (void)state;
  static const char *const models[] = {"complex", "transe"};
  static OgCompletion expected[40000];
  OgStore *store = make_graph("alone.db");
  for (size_t k = 0; k < OG_COUNT(models); k++) {
    OgVectors vectors = make_vectors(store, models[k]);
    const int64_t relation = graph_id(store, "ex:treats");
    give_bias(&vectors, relation);
    const size_t count = ask_one_by_one(store, &vectors, relation, expected);
    OgCompletions made = complete(
        store, &vectors, (OgCompleteOptions){.relation = relation, .top = ALL, .all_heads = true});
    assert_int_equal(made.count, count);
    assert_int_equal(made.heads, vectors.N - 1);
    assert_int_equal(made.linked, FAMILIES);
    assert_string_equal(made.relation, "treats");
    for (size_t n = 0; n < count; n++) {
      const OgLink *a = &made.items[n].link, *b = &expected[n].link;
      assert_true(fabs(a->probability - b->probability) < 1e-5);
      if (n > 0 && n + 1 < count && b->probability < expected[n - 1].link.probability - 1e-5 &&
          b->probability > expected[n + 1].link.probability + 1e-5) { /* no near tie */
        assert_int_equal(made.items[n].head, expected[n].head);
        assert_int_equal(a->entity, b->entity);
        assert_true(fabsf(a->score - b->score) < 1e-4f);
        assert_true(fabsf(a->likeness - b->likeness) < 1e-5f);
        assert_int_equal(a->like_head, b->like_head);
        assert_int_equal(a->like_tail, b->like_tail);
      }
    }
    og_completions_clear(&made);
    og_vectors_clear(&vectors);
  }
  og_store_close(store);
}

static void the_best_are_the_same_for_any_number_of_threads_and_any_top(void **state) {
  (void)state;
  OgStore *store = make_graph("threads.db");
  OgVectors vectors = make_vectors(store, "complex");
  const int64_t relation = graph_id(store, "ex:treats");
  OgCompletions all = complete(store, &vectors,
                               (OgCompleteOptions){.relation = relation, .top = ALL, .threads = 1});
  for (int threads = 1; threads <= 3; threads++) {
    for (size_t top = 1; top < 2000; top *= 7) {
      OgCompletions some =
          complete(store, &vectors,
                   (OgCompleteOptions){.relation = relation, .top = top, .threads = threads});
      assert_int_equal(some.count, top);
      for (size_t k = 0; k < top; k++) {
        assert_int_equal(some.items[k].head, all.items[k].head);
        assert_int_equal(some.items[k].link.entity, all.items[k].link.entity);
        assert_true(some.items[k].log_softmax == all.items[k].log_softmax);
        assert_true(some.items[k].link.like_head == all.items[k].link.like_head);
      }
      og_completions_clear(&some);
    }
  }
  og_completions_clear(&all);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

static void a_head_gives_its_best_and_the_improbable_stay_out(void **state) {
  (void)state;
  OgStore *store = make_graph("limits.db");
  OgVectors vectors = make_vectors(store, "complex");
  const int64_t relation = graph_id(store, "ex:treats");
  OgCompletions all =
      complete(store, &vectors, (OgCompleteOptions){.relation = relation, .top = ALL});
  OgCompletions some = complete(
      store, &vectors, (OgCompleteOptions){.relation = relation, .top = ALL, .per_head = 2});
  assert_int_equal(some.count, 2 * some.heads);
  for (size_t k = 0, at = 0; k < all.count; k++) {
    size_t before = 0;
    for (size_t n = 0; n < k; n++) {
      before += all.items[n].head == all.items[k].head;
    }
    if (before < 2) {
      assert_int_equal(all.items[k].head, some.items[at].head);
      assert_int_equal(all.items[k].link.entity, some.items[at].link.entity);
      assert_true(all.items[k].log_softmax == some.items[at].log_softmax);
      at++;
    }
  }
  og_completions_clear(&some);
  some = complete(store, &vectors,
                  (OgCompleteOptions){.relation = relation, .top = ALL, .min_probability = 0.5});
  assert_true(some.count > 0 && some.count < all.count);
  assert_true(some.items[some.count - 1].link.probability >= 0.5);
  assert_true(all.items[some.count].link.probability < 0.5);
  og_completions_clear(&some);
  og_completions_clear(&all);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

/* How many completions have a head named so, and a tail named so; NULL is any. */
static size_t count_of(OgStore *store, const OgCompletions *made, const char *head,
                       const char *tail) {
  const int64_t from = head ? graph_id(store, head) : 0, to = tail ? graph_id(store, tail) : 0;
  size_t count = 0;
  for (size_t k = 0; k < made->count; k++) {
    count += (!head || made->items[k].head == from) && (!tail || made->items[k].link.entity == to);
  }
  return count;
}

static void heads_are_heads_of_the_relation_and_their_kin(void **state) {
  (void)state;
  OgStore *store = make_graph("kin.db");
  OgVectors vectors = make_vectors(store, "transe");
  const int64_t relation = graph_id(store, "ex:treats");
  OgCompletions made =
      complete(store, &vectors, (OgCompleteOptions){.relation = relation, .top = ALL});
  assert_int_equal(made.heads, FAMILIES * MEMBERS);
  assert_true(count_of(store, &made, "ex:f3m0", NULL) > 0);
  assert_true(count_of(store, &made, "ex:f3m1", NULL) > 0);
  assert_int_equal(count_of(store, &made, "ex:loner", NULL), 0);
  assert_int_equal(count_of(store, &made, "ex:fam3", NULL), 0);
  assert_int_equal(count_of(store, &made, "ex:gone", NULL), 0);
  assert_int_equal(count_of(store, &made, NULL, "ex:gone"), 0);
  assert_int_equal(count_of(store, &made, "ex:f3m0", "ex:ill3"), 0); /* asserted */
  assert_int_equal(count_of(store, &made, "ex:f3m2", "ex:ill3"), 0); /* inversely */
  assert_int_equal(count_of(store, &made, "ex:f3m1", "ex:ill3"), 1);
  assert_int_equal(count_of(store, &made, "ex:f3m1", "ex:f3m1"), 0);
  og_completions_clear(&made);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

static void a_symmetric_relation_is_known_both_ways(void **state) {
  (void)state;
  OgStore *store = make_graph("symmetric.db");
  OgVectors vectors = make_vectors(store, "transe");
  OgCompletions made = complete(
      store, &vectors,
      (OgCompleteOptions){.relation = graph_id(store, "ex:meets"), .top = ALL, .all_heads = true});
  assert_int_equal(count_of(store, &made, "ex:fam4", "ex:ill4"), 0);
  assert_int_equal(count_of(store, &made, "ex:ill4", "ex:fam4"), 0);
  assert_int_equal(count_of(store, &made, "ex:ill4", "ex:fam5"), 1);
  og_completions_clear(&made);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

static void in_a_hierarchy_what_is_above_and_below_stays_out(void **state) {
  (void)state;
  OgStore *store = make_graph("hierarchy.db");
  OgVectors vectors = make_vectors(store, "transe");
  OgCompletions made =
      complete(store, &vectors,
               (OgCompleteOptions){
                   .relation = graph_id(store, "skos:broader"), .top = ALL, .all_heads = true});
  assert_int_equal(count_of(store, &made, "ex:f1m1", "ex:root"), 0); /* it follows */
  assert_int_equal(count_of(store, &made, "ex:root", "ex:f1m1"), 0); /* it would close a cycle */
  assert_int_equal(count_of(store, &made, "ex:fam1", "ex:f1m1"), 0);
  assert_int_equal(count_of(store, &made, "ex:f1m1", "ex:fam2"), 1);
  assert_int_equal(count_of(store, &made, "ex:f1m1", "ex:f1m0"), 1);
  og_completions_clear(&made);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

static bool refuse(void *data, const char *stage, double done, double total, const char *detail) {
  (void)data, (void)stage, (void)done, (void)total, (void)detail;
  return false;
}

static void what_cannot_be_completed_is_said(void **state) {
  (void)state;
  OgError err;
  OgCompletions made;
  OgStore *store = make_graph("faults.db");
  OgVectors vectors = make_vectors(store, "transe");
  OgCompleteOptions options = {.relation = graph_id(store, "ex:treats"), .top = 5};
  const OgProgress progress = {.report = refuse};
  assert_status(og_complete(store, &vectors, &options, &progress, &made, &err), OG_CANCELLED);
  assert_null(made.items);
  options.relation = 123456789;
  assert_status(og_complete(store, &vectors, &options, NULL, &made, &err), OG_NOT_FOUND);
  options.relation = graph_id(store, "ex:treats");
  vectors.metrics[0] = '\0';
  made = complete(store, &vectors, options);
  assert_int_equal(made.count, 5);
  assert_true(isnan(made.items[0].link.probability));
  og_completions_clear(&made);
  options.min_probability = 0.1;
  assert_status(og_complete(store, &vectors, &options, NULL, &made, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "--min-probability"));
  vectors.model[0] = 'x';
  assert_status(og_complete(store, &vectors, &options, NULL, &made, &err), OG_USAGE);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

static void running_out_of_memory_is_an_error(void **state) {
  (void)state;
  OgError err;
  OgCompletions made;
  OgStore *store = make_graph("memory.db");
  OgVectors vectors = make_vectors(store, "transe");
  const OgCompleteOptions options = {
      .relation = graph_id(store, "ex:treats"), .top = 5, .per_head = 1, .threads = 2};
  OgStatus status = OG_NO_MEMORY;
  long n = 0;
  for (; status != OG_OK; n++) {
    og_memory_fail_after(n);
    status = og_complete(store, &vectors, &options, NULL, &made, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
  assert_true(n > 20);
  og_completions_clear(&made);
  og_vectors_clear(&vectors);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_heads_together_are_each_of_them_asked_alone),
      cmocka_unit_test(the_best_are_the_same_for_any_number_of_threads_and_any_top),
      cmocka_unit_test(a_head_gives_its_best_and_the_improbable_stay_out),
      cmocka_unit_test(heads_are_heads_of_the_relation_and_their_kin),
      cmocka_unit_test(a_symmetric_relation_is_known_both_ways),
      cmocka_unit_test(in_a_hierarchy_what_is_above_and_below_stays_out),
      cmocka_unit_test(what_cannot_be_completed_is_said),
      cmocka_unit_test(running_out_of_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
