#include "kg/embed_renew.h"

#include "core/memory.h"
#include "kg/embed.h"
#include "kg/embed_names.h"
#include "kg/graph_hash.h"
#include "kg/similar.h"
#include "tests/kg/graph.h"

#include "tests/test.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { GROUPS = 6, MEMBERS = 8, MOST_ROWS = 4 * GROUPS * (MEMBERS + 1) + 10 };

static const char *const organs[GROUPS] = {"kidney", "retina",  "muscle",
                                           "plasma", "thyroid", "cortex"};

/* Groups under a root, members under each; all bear the name of their group's organ. ex:loner is a
 * kidney by name alone, ex:mute has neither edge nor name. */
static OgStore *make_graph(const char *name) {
  static char names[GROUPS * MEMBERS][16], labels[GROUPS * MEMBERS][40], groups[GROUPS][16];
  static Row rows[MOST_ROWS];
  size_t count = 0;
  for (size_t g = 0; g < GROUPS; g++) {
    snprintf(groups[g], sizeof groups[g], "ex:g%zu", g);
    rows[count++] = (Row){groups[g], "rdf:type", "owl:Class", NULL};
    rows[count++] = (Row){groups[g], "rdfs:subClassOf", "ex:root", NULL};
    rows[count++] = (Row){groups[g], "rdfs:label", organs[g], ""};
    for (size_t m = 0; m < MEMBERS; m++) {
      char *member = names[g * MEMBERS + m], *label = labels[g * MEMBERS + m];
      snprintf(member, sizeof names[0], "ex:g%zum%zu", g, m);
      snprintf(label, sizeof labels[0], "%s disorder %zu", organs[g], m);
      rows[count++] = (Row){member, "rdf:type", "owl:Class", NULL};
      rows[count++] = (Row){member, "rdfs:subClassOf", groups[g], NULL};
      rows[count++] = (Row){member, "rdfs:label", label, ""};
    }
  }
  rows[count++] = (Row){"ex:root", "rdf:type", "owl:Class", NULL};
  rows[count++] = (Row){"ex:loner", "rdf:type", "owl:Class", NULL};
  rows[count++] = (Row){"ex:loner", "rdfs:label", "Kidneys, inflamed", ""};
  rows[count++] = (Row){"ex:mute", "rdf:type", "owl:Class", NULL};
  rows[count++] = (Row){"ex:mute", "rdfs:label", "\xe7\x84\xa1", ""}; /* a word that no other has */
  assert_true(count <= MOST_ROWS);
  const char *path = scratch(name);
  remove(path);
  return graph_make(path, OG_STORE_WRITE, rows, count);
}

static void run_sql(OgStore *store, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(og_store_sqlite(store), sql, NULL, NULL, &message) != SQLITE_OK) {
    fail_msg("%s: %s", sql, message);
  }
}

/* A set that knows all entities with edges but for two members of the first group, as if these had
 * come later. */
static OgVectors make_set(OgStore *store, OgObjective objective) {
  OgError err;
  OgVectors vectors;
  OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
  options.dim = 32;
  options.threads = 1;
  options.epochs = 60;
  options.name = "set";
  options.objective = objective;
  assert_ok(og_embed(store, &options, NULL, NULL, &err));
  char sql[200];
  snprintf(sql, sizeof sql, "DELETE FROM embedding WHERE entity IN (%lld, %lld)",
           (long long)graph_id(store, "ex:g0m3"), (long long)graph_id(store, "ex:g0m5"));
  run_sql(store, sql);
  run_sql(store, "UPDATE embedding_set SET graph_hash = 'of another state'");
  assert_ok(og_vectors_load(store, "set", &vectors, &err));
  return vectors;
}

/* How many of the k entities nearest to one belong to the first group. */
static size_t count_family(OgStore *store, const OgVectors *vectors, const char *entity, size_t k) {
  OgError err;
  OgNeighbour found[20];
  size_t count, family = 0;
  assert_ok(og_similar(vectors, graph_id(store, entity), k, found, &count, &err));
  for (size_t n = 0; n < count; n++) {
    for (size_t m = 0; m <= MEMBERS; m++) {
      char member[16];
      snprintf(member, sizeof member, m < MEMBERS ? "ex:g0m%zu" : "ex:g0", m);
      family += found[n].entity == graph_id(store, member);
    }
  }
  return family;
}

static void check_renewal(OgObjective objective) {
  OgError err;
  OgRenewal renewal;
  OgStore *store = make_graph("renew.db");
  OgVectors before = make_set(store, objective), after;
  assert_ok(og_embed_renew(store, &(OgRenewOptions){.set = "set"}, NULL, &renewal, &err));
  assert_string_equal(renewal.set_name, "set");
  assert_int_equal(renewal.kept, before.N);
  assert_int_equal(renewal.gone, 0);
  assert_int_equal(renewal.by_edges, 2);
  assert_int_equal(renewal.by_names, 1);
  assert_int_equal(renewal.without, 1);
  assert_int_equal(renewal.edges, 2);
  assert_true(renewal.explained > 0.2);
  assert_ok(og_vectors_load(store, "set", &after, &err));
  assert_int_equal(after.set, before.set);
  assert_int_equal(after.N, before.N + 3);
  assert_non_null(strstr(after.parameters, "\"added\":3"));
  for (size_t n = 0; n < before.N; n++) {
    assert_memory_equal(og_vectors_find(&after, before.entities[n]), before.values + n * before.D,
                        before.D * sizeof(float));
  }
  assert_true(count_family(store, &after, "ex:g0m3", 6) >= 5);
  assert_true(count_family(store, &after, "ex:g0m5", 6) >= 5);
  assert_true(count_family(store, &after, "ex:loner", 6) >= 5);
  assert_null(og_vectors_find(&after, graph_id(store, "ex:mute")));
  char hash[OG_SHA256_HEX_SIZE];
  assert_ok(og_store_graph_hash(store, hash, &err));
  assert_string_equal(after.graph_hash, hash);
  assert_false(renewal.current);
  const int changes = sqlite3_total_changes(og_store_sqlite(store));
  assert_ok(og_embed_renew(store, &(OgRenewOptions){.set = "set"}, NULL, &renewal, &err));
  assert_true(renewal.current);
  assert_int_equal(renewal.kept, before.N + 3);
  assert_int_equal(renewal.without, 1);
  assert_int_equal(renewal.by_edges + renewal.by_names, 0);
  assert_int_equal(sqlite3_total_changes(og_store_sqlite(store)), changes);
  og_vectors_clear(&before);
  og_vectors_clear(&after);
  og_store_close(store);
}

static void new_entities_get_vectors_like_their_kin(void **state) {
  (void)state;
  check_renewal(OG_OBJECTIVE_ONE_VS_ALL);
  check_renewal(OG_OBJECTIVE_K_VS_ALL);
  check_renewal(OG_OBJECTIVE_NEGATIVES);
}

static void a_name_keeps_the_old_set(void **state) {
  (void)state;
  OgError err;
  OgRenewal renewal;
  OgStore *store = make_graph("copy.db");
  OgVectors before = make_set(store, OG_OBJECTIVE_AUTO), after;
  const OgRenewOptions options = {.set = "set", .name = "newer"};
  assert_ok(og_embed_renew(store, &options, NULL, &renewal, &err));
  assert_string_equal(renewal.set_name, "newer");
  assert_ok(og_vectors_load(store, "set", &after, &err));
  assert_int_equal(after.N, before.N);
  og_vectors_clear(&after);
  assert_ok(og_vectors_load(store, "newer", &after, &err));
  assert_int_equal(after.N, before.N + 3);
  assert_int_equal(after.R, before.R);
  assert_string_equal(after.metrics, before.metrics);
  og_vectors_clear(&after);
  assert_status(og_embed_renew(store, &options, NULL, &renewal, &err), OG_USAGE);
  og_vectors_clear(&before);
  og_store_close(store);
}

static void vectors_without_relations_go_by_names(void **state) {
  (void)state;
  OgError err;
  OgRenewal renewal;
  OgStore *store = make_graph("imported.db");
  OgVectors before = make_set(store, OG_OBJECTIVE_AUTO), after;
  run_sql(store, "DELETE FROM relation_embedding");
  run_sql(store, "UPDATE embedding_set SET model = 'theirs', parameters = '{}'");
  assert_ok(og_embed_renew(store, &(OgRenewOptions){.set = "set"}, NULL, &renewal, &err));
  assert_int_equal(renewal.by_edges, 0);
  assert_int_equal(renewal.by_names, 3);
  assert_ok(og_vectors_load(store, "set", &after, &err));
  assert_true(count_family(store, &after, "ex:g0m3", 6) >= 5);
  og_vectors_clear(&after);
  og_vectors_clear(&before);
  og_store_close(store);
}

static void a_relation_that_the_set_lacks_is_said(void **state) {
  (void)state;
  OgError err;
  OgRenewal renewal;
  OgStore *store = make_graph("relation.db");
  OgVectors before = make_set(store, OG_OBJECTIVE_AUTO);
  run_sql(store, "UPDATE relation_embedding SET relation = -1");
  assert_ok(og_embed_renew(store, &(OgRenewOptions){.set = "set"}, NULL, &renewal, &err));
  assert_int_equal(renewal.ignored, 2);
  assert_int_equal(renewal.by_names, 3);
  og_vectors_clear(&before);
  og_store_close(store);
}

static void count_warning(void *data, const char *message) {
  if (strstr(message, "--update")) {
    ++*(int *)data;
  }
}

static void a_set_of_another_graph_is_refused(void **state) {
  (void)state;
  OgError err;
  OgRenewal renewal;
  int warnings = 0;
  const OgProgress progress = {.warn = count_warning, .data = &warnings};
  OgStore *store = make_graph("stale.db");
  OgVectors set = make_set(store, OG_OBJECTIVE_AUTO);
  assert_ok(og_vectors_check_age(store, &set, &progress, &err));
  assert_int_equal(warnings, 1);
  run_sql(store, "PRAGMA foreign_keys = OFF");
  run_sql(store, "UPDATE embedding SET entity = -entity");
  assert_status(og_vectors_check_age(store, &set, &progress, &err), OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "ontograft embed"));
  assert_status(og_embed_renew(store, &(OgRenewOptions){.set = "set"}, NULL, &renewal, &err),
                OG_NOT_FOUND);
  assert_non_null(strstr(err.message, "ontograft embed"));
  og_vectors_clear(&set);
  og_store_close(store);
}

static void failures_leave_the_set_as_it_was(void **state) {
  (void)state;
  OgError err;
  OgRenewal renewal;
  OgStatus last = OG_NO_MEMORY;
  OgStore *store = make_graph("memory.db");
  OgVectors before = make_set(store, OG_OBJECTIVE_AUTO), after;
  for (long k = 0; last == OG_NO_MEMORY; k++) {
    assert_true(k < 5000);
    og_memory_fail_after(k);
    last =
        og_embed_renew(store, &(OgRenewOptions){.set = "set", .threads = 1}, NULL, &renewal, &err);
    og_memory_fail_after(-1);
    assert_ok(og_vectors_load(store, "set", &after, &err));
    assert_int_equal(after.N, last == OG_OK ? before.N + 3 : before.N);
    og_vectors_clear(&after);
  }
  assert_status(last, OG_OK);
  og_vectors_clear(&before);
  og_store_close(store);
}

/* ---- names ---- */

static void names_tell_the_same_for_any_number_of_threads(void **state) {
  (void)state;
  OgError err;
  enum { D = 40 };
  OgStore *store = make_graph("names.db");
  OgVectors set = make_set(store, OG_OBJECTIVE_AUTO);
  OgNameFeatures features;
  OgNameModel models[2];
  bool known[GROUPS * (MEMBERS + 1) + 1] = {false};
  float values[(GROUPS * (MEMBERS + 1) + 1) * D] = {0};
  assert_true(set.N <= OG_COUNT(known));
  for (size_t n = 0; n < set.N; n++) {
    known[n] = true;
    for (size_t d = 0; d < D; d++) {
      values[n * D + d] = set.values[n * set.D + d % set.D] + (float)d;
    }
  }
  assert_ok(og_name_features(store, set.entities, set.N, &features, &err));
  for (int t = 0; t < 2; t++) {
    OgTeam *team;
    assert_ok(og_team_new(1 + 2 * t, &team, &err));
    assert_ok(og_name_model_fit(&features, values, D, known, 1, team, NULL, &models[t], &err));
    og_team_free(team);
  }
  assert_memory_equal(models[0].weights, models[1].weights, sizeof(float) * OG_NAME_BUCKETS * D);
  assert_true(models[0].explained > 0.2 && models[0].explained < 1);
  for (size_t n = 0; n < features.N; n++) {
    double squares = 0;
    for (uint64_t k = features.start[n]; k < features.start[n + 1]; k++) {
      squares += (double)features.weights[k] * (double)features.weights[k];
    }
    assert_true(features.start[n] == features.start[n + 1] || fabs(squares - 1) < 1e-4);
  }
  memset(known, 0, sizeof known);
  OgTeam *team;
  OgNameModel nothing;
  float y[D];
  assert_ok(og_team_new(1, &team, &err));
  assert_ok(og_name_model_fit(&features, values, D, known, 1, team, NULL, &nothing, &err));
  assert_int_equal(nothing.taught, 0);
  assert_false(og_name_vector(&nothing, &features, 0, y));
  og_team_free(team);
  og_name_model_clear(&nothing);
  og_name_model_clear(&models[0]);
  og_name_model_clear(&models[1]);
  og_name_features_clear(&features);
  og_vectors_clear(&set);
  og_store_close(store);
}

/* ---- entities held out as a whole ---- */

static void held_out_entities_are_told_better_than_by_their_neighbours(void **state) {
  (void)state;
  static const char *const models[] = {"complex", "transe"};
  for (size_t m = 0; m < OG_COUNT(models); m++) {
    OgError err;
    OgEmbedReport report;
    OgStore *store = make_graph("held.db");
    OgEmbedOptions options = OG_EMBED_OPTIONS_INIT;
    options.model = models[m];
    options.dim = 32;
    options.threads = 2;
    options.epochs = 60;
    options.split = OG_SPLIT_ENTITIES;
    options.held_out = 0.2;
    assert_ok(og_embed(store, &options, NULL, &report, &err));
    assert_true(report.test > 2 && report.added > 2);
    assert_int_equal(report.test_ranking.queries, 2 * report.test);
    assert_int_equal(report.baselines[1].queries, 2 * report.test);
    assert_true(report.test_ranking.mrr > report.baselines[0].mrr);
    assert_true(report.refitted);
    assert_int_equal(report.train + report.valid + report.test + report.support, report.edges);
    og_store_close(store);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(new_entities_get_vectors_like_their_kin),
      cmocka_unit_test(a_name_keeps_the_old_set),
      cmocka_unit_test(vectors_without_relations_go_by_names),
      cmocka_unit_test(a_relation_that_the_set_lacks_is_said),
      cmocka_unit_test(a_set_of_another_graph_is_refused),
      cmocka_unit_test(failures_leave_the_set_as_it_was),
      cmocka_unit_test(names_tell_the_same_for_any_number_of_threads),
      cmocka_unit_test(held_out_entities_are_told_better_than_by_their_neighbours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
