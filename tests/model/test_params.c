#include "tests/test.h"

#include "core/file.h"
#include "core/memory.h"
#include "model/params.h"
#include "model/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Sizes that are multiples of nothing: 3 heads of 5. */
static OgConfig odd_config(void) {
  OgConfig config = og_config_default();
  config.vocab_size = 23;
  config.hidden_size = 15;
  config.heads = 3;
  config.layers = 2;
  config.intermediate_size = 7;
  config.max_positions = 9;
  config.pad_token_id = 4;
  return config;
}

static const OgTensorSpec head[] = {
    {"classifier.weight", OG_TENSOR_WEIGHT, 4, 15, 2},
    {"classifier.bias", OG_TENSOR_BIAS, 4, 1, 1},
    {"fusion.LayerNorm.weight", OG_TENSOR_NORM, 15, 1, 1},
};

static void init(OgParams *params, const OgConfig *config, bool with_head) {
  OgError err = {0};
  assert_ok(og_params_init(params, config, head, with_head ? OG_COUNT(head) : 0, &err));
}

static const OgTensor *find(const OgParams *params, const char *name) {
  const size_t k = og_params_find(params, name);
  if (k == params->count) {
    fail_msg("no tensor %s", name);
  }
  return &params->tensors[k];
}

static size_t size_of(const OgTensor *tensor) {
  return tensor->rows * tensor->columns;
}

static void tensors_lie_end_to_end_and_aligned(void **state) {
  (void)state;
  OgParams params;
  const OgConfig config = odd_config();
  init(&params, &config, true);
  assert_int_equal(params.count, 5 + 2 * 16 + 2 + 3);
  size_t end = 0;
  for (size_t k = 0; k < params.count; k++) {
    const OgTensor *tensor = &params.tensors[k];
    const bool joined = strstr(tensor->name, ".key.") || strstr(tensor->name, ".value.");
    assert_int_equal(tensor->offset, joined ? end : (end + 15) / 16 * 16);
    assert_int_equal(tensor->columns == 1, tensor->rank == 1);
    assert_int_equal(tensor->head, k >= params.count - 3);
    end = tensor->offset + size_of(tensor);
  }
  assert_int_equal(params.total, (end + 15) / 16 * 16);
  assert_int_equal((uintptr_t)params.weights % 64, 0);
  og_params_clear(&params);
}

static void query_key_and_value_are_one_matrix(void **state) {
  (void)state;
  OgParams params;
  const OgConfig config = odd_config();
  const size_t H = config.hidden_size;
  init(&params, &config, false);
  const OgTensor *weight = find(&params, "encoder.layer.1.attention.self.query.weight");
  const OgTensor *bias = find(&params, "encoder.layer.1.attention.self.query.bias");
  assert_int_equal(find(&params, "encoder.layer.1.attention.self.key.weight")->offset,
                   weight->offset + H * H);
  assert_int_equal(find(&params, "encoder.layer.1.attention.self.value.weight")->offset,
                   weight->offset + 2 * H * H);
  assert_int_equal(find(&params, "encoder.layer.1.attention.self.key.bias")->offset,
                   bias->offset + H);
  assert_int_equal(find(&params, "encoder.layer.1.attention.self.value.bias")->offset,
                   bias->offset + 2 * H);
  og_params_clear(&params);
}

static void extra_tensors_need_a_name_and_a_shape_of_their_own(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  const OgConfig config = odd_config();
  char long_name[OG_TENSOR_NAME_SIZE + 1];
  memset(long_name, 'x', sizeof long_name - 1);
  long_name[sizeof long_name - 1] = '\0';
  const OgTensorSpec wrong[] = {
      {"pooler.dense.weight", OG_TENSOR_WEIGHT, 1, 1, 2},
      {"x", OG_TENSOR_WEIGHT, 0, 1, 1},
      {"x", OG_TENSOR_WEIGHT, 2, 2, 1},
      {long_name, OG_TENSOR_WEIGHT, 2, 2, 2},
  };
  for (size_t k = 0; k < OG_COUNT(wrong); k++) {
    assert_status(og_params_init(&params, &config, &wrong[k], 1, &err), OG_USAGE);
  }
}

static void a_model_larger_than_memory_is_refused_before_it_is_allocated(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  OgConfig config = og_config_default();
  config.vocab_size = 1 << 26;
  config.hidden_size = 1 << 16;
  assert_status(og_params_init(&params, &config, NULL, 0, &err), OG_NO_MEMORY);
  assert_non_null(strstr(err.message, "GiB of memory"));
}

static void random_weights_are_berts(void **state) {
  (void)state;
  OgParams params;
  OgRandom random;
  OgConfig config = og_config_default();
  config.vocab_size = 500;
  config.pad_token_id = 3;
  og_random_init(&random, 1);
  init(&params, &config, false);
  og_params_randomize(&params, &random, NULL);
  const OgTensor *words = find(&params, "embeddings.word_embeddings.weight");
  const float *w = og_tensor_at(params.weights, words);
  double sum = 0;
  double squares = 0;
  for (size_t k = 0; k < size_of(words); k++) {
    const bool pad = k / words->columns == 3;
    assert_true(!pad || w[k] == 0.0F);
    sum += (double)w[k];
    squares += (double)w[k] * (double)w[k];
  }
  const double n = (double)(size_of(words) - words->columns);
  assert_true(fabs(sum / n) < 0.0005);
  assert_true(fabs(sqrt(squares / n) - 0.02) < 0.0003);
  const float *gain = og_tensor_at(params.weights, find(&params, "embeddings.LayerNorm.weight"));
  const float *shift = og_tensor_at(params.weights, find(&params, "embeddings.LayerNorm.bias"));
  const float *bias = og_tensor_at(params.weights, find(&params, "pooler.dense.bias"));
  for (size_t k = 0; k < config.hidden_size; k++) {
    assert_true(gain[k] == 1.0F && shift[k] == 0.0F && bias[k] == 0.0F);
  }
  og_params_clear(&params);
}

static void tensors_to_skip_keep_their_values(void **state) {
  (void)state;
  OgParams params;
  OgRandom random;
  bool skip[64] = {false};
  const OgConfig config = odd_config();
  og_random_init(&random, 1);
  init(&params, &config, true);
  const size_t kept = og_params_find(&params, "encoder.layer.0.output.dense.weight");
  skip[kept] = true;
  og_tensor_at(params.weights, &params.tensors[kept])[2] = 7;
  og_params_randomize(&params, &random, skip);
  assert_true(og_tensor_at(params.weights, &params.tensors[kept])[2] == 7.0F);
  assert_true(og_tensor_at(params.weights, &params.tensors[kept])[3] == 0.0F);
  assert_true(og_tensor_at(params.weights, find(&params, "classifier.weight"))[3] != 0.0F);
  assert_true(og_tensor_at(params.weights, find(&params, "fusion.LayerNorm.weight"))[0] == 1.0F);
  og_params_clear(&params);
}

/* A directory with the weights of params. */
static const char *save(const OgParams *params, const char *name) {
  OgError err = {0};
  const char *directory = scratch(name);
  assert_ok(og_directory_make(directory, &err));
  assert_ok(og_params_save(params, directory, &err));
  return directory;
}

/* The same with bare names: all tensors as if they were of a head. */
static const char *save_bare(OgParams *params, const char *name) {
  bool heads[64];
  for (size_t k = 0; k < params->count; k++) {
    heads[k] = params->tensors[k].head;
    params->tensors[k].head = true;
  }
  const char *directory = save(params, name);
  for (size_t k = 0; k < params->count; k++) {
    params->tensors[k].head = heads[k];
  }
  return directory;
}

static void what_is_saved_loads_again_with_and_without_prefix(void **state) {
  (void)state;
  OgError err = {0};
  OgParams saved;
  OgRandom random;
  const OgConfig config = odd_config();
  og_random_init(&random, 5);
  init(&saved, &config, true);
  og_params_randomize(&saved, &random, NULL);
  for (int bare = 0; bare < 2; bare++) {
    OgParams loaded;
    bool there[64] = {false};
    const char *directory = bare ? save_bare(&saved, "bare") : save(&saved, "round");
    init(&loaded, &config, true);
    assert_ok(og_params_load(&loaded, directory, NULL, there, &err));
    assert_memory_equal(loaded.weights, saved.weights, saved.total * sizeof(float));
    for (size_t k = 0; k < loaded.count; k++) {
      assert_true(there[k]);
    }
    og_params_clear(&loaded);
  }
  og_params_clear(&saved);
}

static void heads_are_saved_without_prefix(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  OgSafetensors *file;
  const OgConfig config = odd_config();
  init(&params, &config, true);
  assert_ok(og_safetensors_open_model(save(&params, "names"), &file, &err));
  assert_non_null(og_safetensors_find(file, "classifier.weight"));
  assert_non_null(og_safetensors_find(file, "bert.pooler.dense.weight"));
  assert_non_null(og_safetensors_find(file, "bert.embeddings.LayerNorm.weight"));
  assert_int_equal(og_safetensors_find(file, "classifier.bias")->rank, 1);
  og_safetensors_close(file);
  og_params_clear(&params);
}

/* Save the tensors of params as arrays, changed by `edit` (which returns false to leave one out).
 */
static const char *save_edited(const OgParams *params, const char *name,
                               bool (*edit)(OgArray *array, size_t k)) {
  OgError err = {0};
  OgArray arrays[64];
  char path[4200];
  size_t count = 0;
  for (size_t k = 0; k < params->count; k++) {
    const OgTensor *t = &params->tensors[k];
    arrays[count] = (OgArray){.name = t->name,
                              .dtype = OG_F32,
                              .rank = t->rank,
                              .shape = {t->rows, t->columns},
                              .bytes = og_tensor_at(params->weights, t)};
    count += edit(&arrays[count], k);
  }
  const char *directory = scratch(name);
  assert_ok(og_directory_make(directory, &err));
  snprintf(path, sizeof path, "%s/model.safetensors", directory);
  assert_ok(og_safetensors_save(path, arrays, count, NULL, 0, &err));
  return directory;
}

static bool without_pooler_and_head(OgArray *array, size_t k) {
  (void)k;
  return !strstr(array->name, "pooler") && !strstr(array->name, "classifier");
}

static bool without_a_layer_bias(OgArray *array, size_t k) {
  (void)k;
  return strcmp(array->name, "encoder.layer.1.output.dense.bias") != 0;
}

static bool with_a_shape_turned(OgArray *array, size_t k) {
  (void)k;
  if (strcmp(array->name, "encoder.layer.0.output.dense.weight") == 0) {
    array->shape[0] = 7;
    array->shape[1] = 15;
  }
  return true;
}

static bool with_old_names(OgArray *array, size_t k) {
  static char names[64][OG_TENSOR_NAME_SIZE];
  const char *at = strstr(array->name, "LayerNorm.");
  if (at && strncmp(array->name, "fusion", 6) != 0) {
    snprintf(names[k], sizeof names[k], "%.*s%s", (int)(at - array->name), array->name,
             strstr(at, "weight") ? "LayerNorm.gamma" : "LayerNorm.beta");
    array->name = names[k];
  }
  return true;
}

static void a_head_or_the_pooler_may_be_missing(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  bool there[64];
  const OgConfig config = odd_config();
  init(&params, &config, true);
  const char *directory = save_edited(&params, "headless", without_pooler_and_head);
  og_tensor_at(params.weights, find(&params, "classifier.weight"))[0] = 3;
  assert_ok(og_params_load(&params, directory, NULL, there, &err));
  assert_false(there[og_params_find(&params, "pooler.dense.weight")]);
  assert_false(there[og_params_find(&params, "classifier.weight")]);
  assert_true(there[og_params_find(&params, "encoder.layer.0.output.dense.weight")]);
  assert_true(og_tensor_at(params.weights, find(&params, "classifier.weight"))[0] == 3.0F);
  og_params_clear(&params);
}

static void a_missing_or_misshapen_encoder_tensor_is_named(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  const OgConfig config = odd_config();
  init(&params, &config, false);
  assert_status(og_params_load(&params, save_edited(&params, "missing", without_a_layer_bias), NULL,
                               NULL, &err),
                OG_BAD_STORE);
  assert_non_null(strstr(err.message, "encoder.layer.1.output.dense.bias"));
  assert_status(og_params_load(&params, save_edited(&params, "turned", with_a_shape_turned), NULL,
                               NULL, &err),
                OG_BAD_STORE);
  assert_non_null(strstr(err.message, "encoder.layer.0.output.dense.weight"));
  assert_non_null(strstr(err.message, "(15, 7)"));
  assert_non_null(strstr(err.message, "(7, 15)"));
  og_params_clear(&params);
}

static const char in_8_bits[] = "encoder.layer.0.output.dense.weight";

/* That weight becomes I8; what is written as its scales is static. */
static OgArray scales = {.name = "encoder.layer.0.output.dense.weight_scale", .dtype = OG_F32};
static float factors[64];

static bool with_a_matrix_in_8_bits(OgArray *array, size_t k) {
  static int8_t elements[64 * 64];
  (void)k;
  if (strcmp(array->name, in_8_bits) == 0) {
    for (size_t j = 0; j < OG_COUNT(elements); j++) {
      elements[j] = (int8_t)(j % 255 - 127);
    }
    array->dtype = OG_I8;
    array->bytes = elements;
  }
  if (scales.rank > 0 && strcmp(array->name, "pooler.dense.bias") == 0) {
    *array = scales; /* the pooler may be missing */
  }
  return true;
}

static void a_matrix_in_8_bits_is_multiplied_by_its_scales(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  const OgConfig config = odd_config();
  init(&params, &config, false);
  const OgTensor *tensor = find(&params, in_8_bits);
  const size_t rows = tensor->rows;
  for (size_t n = 0; n < rows; n++) {
    factors[n] = 0.5F + (float)n;
  }
  scales.bytes = factors;
  const struct {
    int rank;
    size_t shape[2];
    float first;
    const char *message; /* NULL: it loads */
  } cases[] = {
      {2, {rows, 1}, 0.5F, NULL},
      {1, {rows}, 0.5F, NULL},
      {0, {0}, 0.5F, "weight_scale, a scale for each of its rows, is not there"},
      {1, {rows - 1}, 0.5F, "one a row of encoder.layer.0.output.dense.weight"},
      {2, {1, rows}, 0.5F, "one a row of encoder.layer.0.output.dense.weight"},
      {1, {rows}, NAN, "weight_scale: element 0 is not a number"},
      {1, {rows}, INFINITY, "weight_scale: element 0 is infinite"},
  };
  for (size_t c = 0; c < OG_COUNT(cases); c++) {
    scales.rank = cases[c].rank;
    scales.shape[0] = cases[c].shape[0];
    scales.shape[1] = cases[c].shape[1];
    factors[0] = cases[c].first;
    params.stored = OG_PRECISION_F32;
    const char *directory = save_edited(&params, "int8", with_a_matrix_in_8_bits);
    const OgStatus status = og_params_load(&params, directory, NULL, NULL, &err);
    assert_status(status, cases[c].message ? OG_BAD_STORE : OG_OK);
    if (cases[c].message) {
      assert_non_null(strstr(err.message, cases[c].message));
    } else {
      const float *values = og_tensor_at(params.weights, tensor);
      assert_int_equal(params.stored, OG_PRECISION_INT8);
      assert_true(values[0] == -127 * 0.5F &&
                  values[tensor->columns + 1] ==
                      (float)((int)((tensor->columns + 1) % 255) - 127) * 1.5F);
    }
  }
  og_params_clear(&params);
}

static bool with_a_nan(OgArray *array, size_t k) {
  (void)k;
  if (strcmp(array->name, "encoder.layer.1.output.dense.bias") == 0) {
    static float values[64];
    values[3] = NAN;
    array->bytes = values;
  }
  return true;
}

static void a_value_that_is_no_number_is_refused_with_its_tensor(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  const OgConfig config = odd_config();
  init(&params, &config, false);
  assert_status(og_params_load(&params, save_edited(&params, "nan", with_a_nan), NULL, NULL, &err),
                OG_BAD_STORE);
  assert_non_null(
      strstr(err.message, "encoder.layer.1.output.dense.bias: element 3 is not a number"));
  og_params_clear(&params);
}

static OgTeam *team_of(int threads) {
  OgError err = {0};
  OgTeam *team;
  assert_ok(og_team_new(threads, &team, &err));
  return team;
}

static bool with_a_bias_in_16_bits(OgArray *array, size_t k) {
  (void)k;
  if (strcmp(array->name, "encoder.layer.1.output.dense.bias") == 0) {
    static const uint16_t values[64];
    array->dtype = OG_BF16;
    array->bytes = values;
  }
  return true;
}

static bool as_it_is(OgArray *array, size_t k) {
  (void)array;
  (void)k;
  return true;
}

/* Its values are those that params has. */
static void assert_same_tensors(const OgParams *opened, const OgParams *params) {
  for (size_t k = 0; k < params->count; k++) {
    assert_memory_equal(og_tensor_at(opened->weights, &opened->tensors[k]),
                        og_tensor_at(params->weights, &params->tensors[k]),
                        size_of(&params->tensors[k]) * sizeof(float));
  }
}

static void weights_are_used_where_they_lie_when_they_lie_in_order(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  OgRandom random;
  const OgConfig config = odd_config();
  og_random_init(&random, 5);
  init(&params, &config, true);
  og_params_randomize(&params, &random, NULL);
  const struct {
    const char *directory;
    bool in_place;
  } cases[] = {
      {save(&params, "order"), true},
      {save_edited(&params, "edited", as_it_is), true},
      {save_edited(&params, "mixed", with_a_bias_in_16_bits), false},
  };
  for (size_t c = 0; c < OG_COUNT(cases); c++) {
    for (int threads = 1; threads <= 3; threads++) {
      OgParams opened;
      bool there[64] = {false};
      OgTeam *team = team_of(threads);
      init(&opened, &config, true);
      assert_ok(og_params_open(&opened, cases[c].directory, team, there, &err));
      assert_int_equal(opened.file != NULL, cases[c].in_place);
      assert_true(there[0] && there[opened.count - 1]);
      assert_same_tensors(&opened, &params);
      const OgTensor *query = find(&opened, "encoder.layer.1.attention.self.query.weight");
      const OgTensor *key = find(&opened, "encoder.layer.1.attention.self.key.weight");
      assert_int_equal(key->offset, query->offset + size_of(query));
      og_params_clear(&opened);
      og_team_free(team);
    }
  }
  og_params_clear(&params);
}

static void threads_name_the_same_fault_as_one(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  const OgConfig config = odd_config();
  OgTeam *team = team_of(3);
  init(&params, &config, false);
  const char *directory = save_edited(&params, "nan", with_a_nan);
  assert_status(og_params_open(&params, directory, team, NULL, &err), OG_BAD_STORE);
  assert_non_null(
      strstr(err.message, "encoder.layer.1.output.dense.bias: element 3 is not a number"));
  og_params_clear(&params);
  og_team_free(team);
}

static void gamma_and_beta_are_taken_for_layer_norms(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  const OgConfig config = odd_config();
  init(&params, &config, true);
  og_tensor_at(params.weights, find(&params, "embeddings.LayerNorm.bias"))[1] = 2;
  const char *directory = save_edited(&params, "old", with_old_names);
  memset(params.weights, 0, params.total * sizeof(float));
  assert_ok(og_params_load(&params, directory, NULL, NULL, &err));
  assert_true(og_tensor_at(params.weights, find(&params, "embeddings.LayerNorm.bias"))[1] == 2.0F);
  og_params_clear(&params);
}

static void a_tensor_under_both_names_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgParams params;
  char path[4200];
  static const float values[4] = {0};
  const OgArray arrays[] = {
      {.name = "pooler.dense.bias", .dtype = OG_F32, .rank = 1, .shape = {4}, .bytes = values},
      {.name = "bert.pooler.dense.bias", .dtype = OG_F32, .rank = 1, .shape = {4}, .bytes = values},
      {.name = "embeddings.word_embeddings.weight", .dtype = OG_F32, .bytes = values},
      {.name = "bert.embeddings.word_embeddings.weight", .dtype = OG_F32, .bytes = values},
  };
  const OgConfig config = odd_config();
  const char *directory = scratch("both");
  init(&params, &config, false);
  assert_ok(og_directory_make(directory, &err));
  snprintf(path, sizeof path, "%s/model.safetensors", directory);
  assert_ok(og_safetensors_save(path, arrays, OG_COUNT(arrays), NULL, 0, &err));
  assert_status(og_params_load(&params, directory, NULL, NULL, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "both embeddings.word_embeddings.weight and bert."));
  og_params_clear(&params);
}

static void the_reference_checkpoint_loads_whole(void **state) {
  (void)state;
  OgError err = {0};
  OgConfig config;
  OgParams params;
  OgSafetensors *file;
  bool there[64];
  const char *directory = shared_data("base/reference/checkpoint");
  if (!directory) {
    skip_without_data("base/reference/checkpoint");
  }
  assert_ok(og_config_load(directory, &config, &err));
  init(&params, &config, false);
  assert_ok(og_params_load(&params, directory, NULL, there, &err));
  assert_ok(og_safetensors_open_model(directory, &file, &err));
  for (size_t k = 0; k < params.count; k++) {
    const OgArray *array = og_safetensors_find(file, params.tensors[k].name);
    assert_true(there[k]);
    assert_memory_equal(og_tensor_at(params.weights, &params.tensors[k]), array->bytes,
                        size_of(&params.tensors[k]) * sizeof(float));
  }
  og_safetensors_close(file);
  og_params_clear(&params);
}

static void electra_projects_only_what_is_narrower(void **state) {
  (void)state;
  OgConfig config = og_config_default_of(OG_ELECTRA);
  config.vocab_size = 9;
  for (int narrow = 0; narrow < 2; narrow++) {
    OgParams params;
    config.embedding_size = narrow ? 16 : config.hidden_size;
    init(&params, &config, false);
    const bool there = og_params_role(&params, OG_ROLE_PROJECTION_WEIGHT, 0) < params.count;
    assert_int_equal(there, narrow);
    og_params_clear(&params);
  }
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err = {0};
  const OgConfig config = odd_config();
  OgParams first;
  init(&first, &config, true);
  const char *directory = save_bare(&first, "memory");
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgParams params = {.count = 0};
    og_memory_fail_after(n);
    status = og_params_init(&params, &config, head, OG_COUNT(head), &err);
    if (status == OG_OK) {
      status = og_params_load(&params, directory, NULL, NULL, &err);
    }
    if (status == OG_OK) {
      status = og_params_save(&params, directory, &err);
    }
    if (status == OG_OK) {
      status = og_params_open(&params, directory, NULL, NULL, &err);
    }
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    og_params_clear(&params);
  }
  og_params_clear(&first);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tensors_lie_end_to_end_and_aligned),
      cmocka_unit_test(query_key_and_value_are_one_matrix),
      cmocka_unit_test(extra_tensors_need_a_name_and_a_shape_of_their_own),
      cmocka_unit_test(a_model_larger_than_memory_is_refused_before_it_is_allocated),
      cmocka_unit_test(random_weights_are_berts),
      cmocka_unit_test(tensors_to_skip_keep_their_values),
      cmocka_unit_test(what_is_saved_loads_again_with_and_without_prefix),
      cmocka_unit_test(heads_are_saved_without_prefix),
      cmocka_unit_test(a_head_or_the_pooler_may_be_missing),
      cmocka_unit_test(a_missing_or_misshapen_encoder_tensor_is_named),
      cmocka_unit_test(a_matrix_in_8_bits_is_multiplied_by_its_scales),
      cmocka_unit_test(a_value_that_is_no_number_is_refused_with_its_tensor),
      cmocka_unit_test(weights_are_used_where_they_lie_when_they_lie_in_order),
      cmocka_unit_test(threads_name_the_same_fault_as_one),
      cmocka_unit_test(gamma_and_beta_are_taken_for_layer_norms),
      cmocka_unit_test(a_tensor_under_both_names_is_refused),
      cmocka_unit_test(the_reference_checkpoint_loads_whole),
      cmocka_unit_test(electra_projects_only_what_is_narrower),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
