#include "kg/plot.h"

#include "core/memory.h"
#include "tests/kg/graph.h"

#include "tests/test.h"

#include <math.h>
#include <string.h>

static const Row rows[] = {
    {"ex:a", "rdfs:subClassOf", "ex:c", NULL}, {"ex:b", "rdfs:subClassOf", "ex:c", NULL},
    {"ex:d", "rdfs:subClassOf", "ex:c", NULL}, {"ex:e", "rdfs:subClassOf", "ex:d", NULL},
    {"ex:f", "rdfs:subClassOf", "ex:d", NULL}, {"ex:old", "rdf:type", "owl:Class", NULL},
    {"ex:old", "owl:deprecated", "true", ""},  {"ex:a", "rdfs:label", "alpha", "en"},
};

static const char *const names[] = {"ex:a", "ex:b", "ex:c", "ex:d", "ex:e", "ex:f", "ex:old"};

enum { NAMED = OG_COUNT(names), ALL = NAMED + 1, D = 3 };

/* Vectors of all entities and of one that the graph does not have. Ids ascend as terms were met. */
static OgVectors make_vectors(OgStore *store) {
  static int64_t ids[ALL];
  static float values[ALL * D];
  static char name[] = "set";
  for (size_t n = 0; n < NAMED; n++) {
    size_t at = n;
    for (; at > 0 && ids[at - 1] > graph_id(store, names[n]); at--) {
      ids[at] = ids[at - 1];
    }
    ids[at] = graph_id(store, names[n]);
  }
  ids[NAMED] = 987654321;
  for (size_t k = 0; k < ALL * D; k++) {
    values[k] = (float)((k * 7 + k / D) % 11) - 5;
  }
  return (OgVectors){.name = name, .N = ALL, .D = D, .entities = ids, .values = values};
}

static const OgPlotOptions pca = {.method = OG_PLOT_PCA, .limit = 100, .seed = 1, .threads = 1};

static void what_the_graph_has_and_uses_is_drawn(void **state) {
  OgError err;
  OgPlot plot;
  OgExplorer *explorer;
  OgStore *store = *state;
  const OgVectors vectors = make_vectors(store);
  assert_ok(og_explore_open(store, false, &explorer, &err));
  assert_ok(og_plot(store, explorer, &vectors, &pca, NULL, &plot, &err));
  assert_int_equal(plot.entities, NAMED - 1); /* not the deprecated one */
  assert_int_equal(plot.scatter.count, NAMED - 1);
  assert_int_equal(plot.scatter.group_count, 1);
  assert_string_equal(plot.scatter.groups[0].name, "c");
  size_t alpha = 0;
  for (size_t n = 0; n < plot.scatter.count; n++) {
    alpha += strcmp(plot.scatter.points[n].label, "alpha") == 0;
    assert_true(isfinite(plot.scatter.points[n].x) && isfinite(plot.scatter.points[n].y));
    assert_string_not_equal(plot.scatter.points[n].id, "ex:old");
  }
  assert_int_equal(alpha, 1);
  og_plot_clear(&plot);
  og_explore_close(explorer);
}

static void of_too_many_some_are_drawn_by_lot(void **state) {
  OgError err;
  OgPlot plots[2];
  OgExplorer *explorer;
  OgStore *store = *state;
  const OgVectors vectors = make_vectors(store);
  OgPlotOptions options = pca;
  options.limit = 4;
  options.method = OG_PLOT_TSNE; /* too few points for it */
  assert_ok(og_explore_open(store, false, &explorer, &err));
  for (int k = 0; k < 2; k++) {
    assert_ok(og_plot(store, explorer, &vectors, &options, NULL, &plots[k], &err));
    assert_int_equal(plots[k].scatter.count, 4);
    assert_int_equal(plots[k].entities, NAMED - 1);
    assert_int_equal(plots[k].method, OG_PLOT_PCA);
  }
  for (size_t n = 0; n < 4; n++) {
    assert_string_equal(plots[0].scatter.points[n].id, plots[1].scatter.points[n].id);
    assert_true(plots[0].scatter.points[n].x == plots[1].scatter.points[n].x);
  }
  og_plot_clear(&plots[0]);
  og_plot_clear(&plots[1]);
  og_explore_close(explorer);
}

static void vectors_of_nothing_are_an_error(void **state) {
  OgError err;
  OgPlot plot;
  OgExplorer *explorer;
  OgStore *store = *state;
  OgVectors vectors = make_vectors(store);
  vectors.entities += NAMED;
  vectors.N = 1;
  assert_ok(og_explore_open(store, false, &explorer, &err));
  assert_status(og_plot(store, explorer, &vectors, &pca, NULL, &plot, &err), OG_NOT_FOUND);
  og_explore_close(explorer);
}

static void running_out_of_memory_is_an_error(void **state) {
  OgStore *store = *state;
  OgStatus status = OG_NO_MEMORY;
  const OgVectors vectors = make_vectors(store);
  for (long n = 0; status != OG_OK; n++) {
    OgError err;
    OgPlot plot;
    OgExplorer *explorer;
    assert_ok(og_explore_open(store, false, &explorer, &err));
    og_memory_fail_after(n);
    status = og_plot(store, explorer, &vectors, &pca, NULL, &plot, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    if (status == OG_OK) {
      og_plot_clear(&plot);
    }
    og_explore_close(explorer);
    assert_true(n < 1000);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_the_graph_has_and_uses_is_drawn),
      cmocka_unit_test(of_too_many_some_are_drawn_by_lot),
      cmocka_unit_test(vectors_of_nothing_are_an_error),
      cmocka_unit_test(running_out_of_memory_is_an_error),
  };
  return run_on_graph(tests, OG_STORE_READ, rows);
}
