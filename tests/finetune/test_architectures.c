/* Every architecture against the checkpoints and tensors that tests/reference/architectures.py
 * wrote: read, computed, differentiated, and written again under the same names. */
#include "finetune/heads.h"
#include "finetune/pooler.h"
#include "model/encoder.h"

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "model/safetensors.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS = 3, MOST_TOKENS = 64, CLASSES = 3 };

static const char *const names[] = {"bert",  "roberta",    "electra",    "albert",
                                    "mpnet", "distilbert", "modernbert", "deberta-v2"};

typedef struct Case {
  const char *name;
  char folder[512];
  OgSafetensors *recorded;
  OgParams params;
  OgTeam *team;
  OgPass *pass;
  OgPooler *pooler;
  OgHead *head;
  OgBatch batch;
  uint32_t ids[MOST_TOKENS], offsets[TEXTS + 1], labels[TEXTS];
} Case;

static const OgArray *find(const Case *c, const char *name) {
  const OgArray *array = og_safetensors_find(c->recorded, name);
  if (!array) {
    fail_msg("%s: reference.safetensors has no %s", c->name, name);
  }
  return array;
}

static float *floats(const Case *c, const char *name) {
  OgError err;
  const OgArray *array = find(c, name);
  float *values = og_calloc_floats(og_array_count(array));
  assert_ok(og_array_floats(array, values, &err));
  return values;
}

static void integers(const Case *c, const char *name, uint32_t *values, size_t most) {
  OgError err;
  int64_t wide[MOST_TOKENS];
  const OgArray *array = find(c, name);
  assert_true(og_array_count(array) <= most);
  assert_ok(og_array_integers(array, wide, &err));
  for (size_t k = 0; k < og_array_count(array); k++) {
    values[k] = (uint32_t)wide[k];
  }
}

static void read_texts(Case *c) {
  uint32_t lengths[TEXTS];
  integers(c, "ids", c->ids, MOST_TOKENS);
  integers(c, "lengths", lengths, TEXTS);
  integers(c, "labels", c->labels, TEXTS);
  for (size_t b = 0; b < TEXTS; b++) {
    c->offsets[b + 1] = c->offsets[b] + lengths[b];
  }
  c->batch = (OgBatch){.B = TEXTS, .T = c->offsets[TEXTS], .ids = c->ids, .offsets = c->offsets};
}

static void load(Case *c) {
  OgError err;
  OgConfig config;
  OgTensorSpec specs[OG_HEAD_TENSORS_MAX];
  bool loaded[128];
  const OgHeadKind *kind = og_head_kind("classify");
  assert_ok(og_config_load(c->folder, &config, &err));
  config.hidden_dropout = config.attention_dropout = 0;
  const size_t count = og_head_tensors(kind, &config, config.hidden_size, CLASSES, specs);
  assert_ok(og_params_init(&c->params, &config, specs, count, &err));
  assert_true(c->params.count <= OG_COUNT(loaded));
  assert_ok(og_params_load(&c->params, c->folder, NULL, loaded, &err));
  for (size_t k = 0; k < c->params.count; k++) {
    if (!loaded[k]) {
      fail_msg("%s: %s was not loaded", c->name, c->params.tensors[k].name);
    }
  }
}

static void open_case(Case *c, const char *name) {
  OgError err;
  char path[600];
  *c = (Case){.name = name};
  snprintf(path, sizeof path, "model/architectures/%s", name);
  snprintf(c->folder, sizeof c->folder, "%s", test_data(path));
  snprintf(path, sizeof path, "%s/reference.safetensors", c->folder);
  assert_ok(og_safetensors_open(path, &c->recorded, &err));
  read_texts(c);
  load(c);
  assert_ok(og_team_new(2, &c->team, &err));
  assert_ok(og_pass_new(&c->params, c->team, OG_KEEP_ALL, &c->pass, &err));
  assert_ok(og_pooler_new(&c->params, c->team, &c->pooler, &err));
  assert_ok(og_head_new(og_head_kind("classify"), &c->params, c->team, &c->head, &err));
}

static void close_case(Case *c) {
  og_head_free(c->head);
  og_pooler_free(c->pooler);
  og_pass_free(c->pass);
  og_team_free(c->team);
  og_params_clear(&c->params);
  og_safetensors_close(c->recorded);
}

static void assert_near(const Case *c, const char *name, const float *found, double tolerance) {
  float *expected = floats(c, name);
  const size_t count = og_array_count(find(c, name));
  const double apart = relative_distance(found, expected, count);
  if (!(apart < tolerance)) {
    fail_msg("%s: %s is %g away", c->name, name, apart);
  }
  og_free_floats(expected);
}

static void hidden_states_agree_with_the_reference(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    OgError err;
    Case c;
    const float *hidden;
    open_case(&c, names[k]);
    assert_ok(og_encoder_forward(c.pass, &c.batch, 0, &hidden, &err));
    assert_near(&c, "hidden", hidden, 1e-5);
    close_case(&c);
  }
}

/* A gradient that is nothing but rounding in the reference must be small here, too. */
static void assert_gradients(const Case *c, float *gradients) {
  const char *prefix = og_architecture(c->params.config.architecture)->prefix;
  const double all = sqrt(inner_product(gradients, gradients, c->params.total));
  for (size_t k = 0; k < c->params.count; k++) {
    const OgTensor *tensor = &c->params.tensors[k];
    char name[OG_TENSOR_NAME_SIZE + 64];
    snprintf(name, sizeof name, "gradient.%s%s", tensor->head ? "" : prefix, tensor->name);
    float *expected = floats(c, name);
    const float *found = og_tensor_at(gradients, tensor);
    const size_t count = tensor->rows * tensor->columns;
    const double size = sqrt(inner_product(expected, expected, count));
    const double apart = distance(found, expected, count);
    if (!(apart < 1e-4 * size || (size < 1e-12 * all && apart < 1e-6 * all))) {
      fail_msg("%s: %s is %g away, its norm %g", c->name, name, apart, size);
    }
    og_free_floats(expected);
  }
}

static void classifiers_and_all_gradients_agree_with_the_reference(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    OgError err;
    Case c;
    open_case(&c, names[k]);
    const size_t size = TEXTS * c.params.config.hidden_size;
    float *pooled = og_calloc_floats(size), *dpooled = og_calloc_floats(size);
    float *dhidden = og_calloc_floats(size), *gradients = og_calloc_floats(c.params.total);
    const OgTargets targets = {.labels = c.labels};
    const float *hidden;
    float *scores;
    c.batch.outputs = c.batch.offsets;
    c.batch.M = TEXTS;
    assert_ok(og_encoder_forward(c.pass, &c.batch, 0, &hidden, &err));
    assert_ok(og_pooler_forward(c.pooler, pooled, hidden, TEXTS, &err));
    assert_ok(og_head_forward(c.head, pooled, TEXTS, 0, &scores, &err));
    assert_near(&c, "scores", scores, 1e-5);
    const float loss =
        (float)og_loss(OG_LOSS_CROSS_ENTROPY, c.team, scores, scores, &targets, TEXTS, CLASSES);
    assert_near(&c, "loss", &loss, 1e-5);
    og_head_backward(c.head, scores, dpooled, gradients);
    og_pooler_backward(c.pooler, dhidden, gradients, dpooled);
    assert_ok(og_encoder_backward(c.pass, dhidden, gradients, &err));
    assert_gradients(&c, gradients);
    float *const arrays[] = {pooled, dpooled, dhidden, gradients};
    for (size_t j = 0; j < OG_COUNT(arrays); j++) {
      og_free_floats(arrays[j]);
    }
    close_case(&c);
  }
}

/* The same names, shapes and bytes. */
static void assert_same_tensors(const char *name, const char *folder, const char *original) {
  OgError err;
  OgSafetensors *ours, *theirs;
  assert_ok(og_safetensors_open_model(folder, &ours, &err));
  assert_ok(og_safetensors_open_model(original, &theirs, &err));
  assert_int_equal(og_safetensors_count(ours), og_safetensors_count(theirs));
  for (size_t k = 0; k < og_safetensors_count(theirs); k++) {
    const OgArray *expected = og_safetensors_at(theirs, k);
    const OgArray *found = og_safetensors_find(ours, expected->name);
    if (!found || found->rank != expected->rank ||
        memcmp(found->shape, expected->shape, (size_t)found->rank * sizeof *found->shape) != 0 ||
        memcmp(found->bytes, expected->bytes, og_array_size(expected)) != 0) {
      fail_msg("%s: %s is not written as it was read", name, expected->name);
    }
  }
  og_safetensors_close(ours);
  og_safetensors_close(theirs);
}

static json_t *config_json(const char *folder) {
  OgError err;
  char path[600];
  json_t *json;
  snprintf(path, sizeof path, "%s/config.json", folder);
  assert_ok(og_json_load(path, 1 << 20, OG_BAD_STORE, &json, &err));
  return json;
}

/* Every key of the original has its value again. */
static void assert_same_config(const char *name, const char *folder, const char *original) {
  json_t *ours = config_json(folder), *theirs = config_json(original);
  const char *key;
  json_t *expected;
  json_object_foreach(theirs, key, expected) {
    const json_t *found = json_object_get(ours, key);
    const bool same = json_is_number(expected) && json_is_number(found)
                          ? !(json_number_value(found) < json_number_value(expected) ||
                              json_number_value(found) > json_number_value(expected))
                          : json_equal(found, expected);
    if (!same) {
      fail_msg("%s: config.json's %s is not written as it was read", name, key);
    }
  }
  json_decref(ours);
  json_decref(theirs);
}

static void what_is_read_is_written_under_the_same_names(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    OgError err;
    Case c;
    OgConfig config;
    open_case(&c, names[k]);
    const char *folder = scratch(names[k]);
    assert_ok(og_directory_make(folder, &err));
    assert_ok(og_config_load(c.folder, &config, &err));
    assert_ok(og_config_save(folder, &config, og_head_kind("classify")->task, NULL, 0, &err));
    assert_ok(og_params_save(&c.params, folder, &err));
    assert_same_tensors(names[k], folder, c.folder);
    assert_same_config(names[k], folder, c.folder);
    close_case(&c);
  }
}

/* RoBERTa's relatives share its tensors, under classes of their own. */
static void a_relative_keeps_its_kind(void **state) {
  (void)state;
  OgError err;
  static const char *const relatives[] = {"xlm-roberta", "camembert"};
  static const char *const classes[] = {"XLMRobertaModel", "CamembertModel"};
  for (size_t k = 0; k < OG_COUNT(relatives); k++) {
    char text[300];
    OgConfig config;
    snprintf(text, sizeof text,
             "{\"model_type\":\"%s\",\"vocab_size\":9,\"hidden_size\":4,\"num_hidden_layers\":1,"
             "\"num_attention_heads\":1,\"intermediate_size\":3,\"max_position_embeddings\":10}",
             relatives[k]);
    assert_ok(og_config_parse(text, strlen(text), "config.json", &config, &err));
    assert_int_equal(config.max_positions, 8);
    const char *folder = scratch(relatives[k]);
    assert_ok(og_directory_make(folder, &err));
    assert_ok(og_config_save(folder, &config, "Model", NULL, 0, &err));
    json_t *json = config_json(folder);
    assert_string_equal(json_string_value(json_object_get(json, "model_type")), relatives[k]);
    const json_t *class = json_array_get(json_object_get(json, "architectures"), 0);
    assert_string_equal(json_string_value(class), classes[k]);
    assert_int_equal(json_integer_value(json_object_get(json, "max_position_embeddings")), 10);
    json_decref(json);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hidden_states_agree_with_the_reference),
      cmocka_unit_test(classifiers_and_all_gradients_agree_with_the_reference),
      cmocka_unit_test(what_is_read_is_written_under_the_same_names),
      cmocka_unit_test(a_relative_keeps_its_kind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
