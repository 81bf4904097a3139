/* Weights that a file has in 16 or 8 bits: left there, or packed as they are. */
#include "core/file.h"
#include "core/memory.h"
#include "model/encoder.h"
#include "model/int8.h"
#include "model/safetensors.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_TENSORS = 64, MOST_ELEMENTS = 20000 };

static const uint32_t ids[] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
static const uint32_t offsets[] = {0, 4, 5, 13, 16};
static const OgBatch batch = {.B = 4, .T = 16, .ids = ids, .offsets = offsets};

static const OgDtype dtypes[] = {OG_BF16, OG_F16, OG_I8};

/* A product's rows begin within a panel, and no size is a multiple of a vector. */
static OgConfig odd_config(OgArchitecture architecture) {
  OgConfig config = og_config_default_of(architecture);
  config.vocab_size = 10;
  config.embedding_size = config.embedding_size ? 9 : 0;
  config.hidden_size = 30;
  config.layers = 2;
  config.heads = 3;
  config.intermediate_size = 37;
  config.max_positions = 9;
  config.pad_token_id = 1;
  config.distance_buckets = architecture == OG_MPNET ? 8 : architecture == OG_DEBERTA_V2 ? 4 : 0;
  config.global_every = config.global_every ? 2 : 0;
  config.local_window = 4;
  return config;
}

static bool is_dense(const OgTensor *tensor) {
  return tensor->kind == OG_TENSOR_WEIGHT && og_role_of_layer(tensor->role);
}

/* What is wrong in a file: a half, or the first scale, of the value's weights of layer 1. */
typedef struct Fault {
  uint16_t half;
  float scale;
} Fault;

static void spoil(const Fault *fault, OgDtype dtype, const char *name, uint16_t *elements,
                  float *scales) {
  if (fault && strcmp(name, "encoder.layer.1.attention.self.value.weight") == 0) {
    if (dtype == OG_I8) {
      scales[0] = fault->scale;
    } else {
      elements[5] = fault->half;
    }
  }
}

/* Change an array to a dtype, with its scales behind it; returns how many arrays were added. */
static size_t narrow(OgArray *arrays, OgDtype dtype, void *elements, float *scales, char *name) {
  const size_t count = og_array_count(arrays), rows = arrays->shape[0];
  size_t added = 0;
  if (dtype == OG_I8) {
    og_int8_quantize(elements, scales, arrays->bytes, rows, arrays->shape[1]);
    snprintf(name, OG_TENSOR_NAME_SIZE + 8, "%s_scale", arrays->name);
    arrays[1] =
        (OgArray){.name = name, .dtype = OG_F32, .rank = 1, .shape = {rows}, .bytes = scales};
    added = 1;
  } else {
    assert_int_equal(og_floats_to_half(dtype, arrays->bytes, count, elements), count);
  }
  arrays->dtype = dtype;
  arrays->bytes = elements;
  return added;
}

/* Save params, all matrices in 16 bits, or those of dense products in 8; number `but` stays as it
 * is. fault may be NULL. Static storage. */
static const char *save(const OgParams *params, OgDtype dtype, size_t but, const Fault *fault) {
  static OgArray arrays[2 * MOST_TENSORS];
  static char names[MOST_TENSORS][OG_TENSOR_NAME_SIZE + 8];
  static uint16_t elements[MOST_TENSORS][MOST_ELEMENTS];
  static float scales[MOST_TENSORS][256];
  OgError err = {0};
  size_t count = 0;
  assert_true(params->count <= MOST_TENSORS);
  for (size_t k = 0; k < params->count; k++) {
    const OgTensor *tensor = &params->tensors[k];
    OgArray *array = &arrays[count++];
    *array = (OgArray){.name = tensor->name,
                       .dtype = OG_F32,
                       .rank = tensor->rank,
                       .shape = {tensor->rows, tensor->columns},
                       .bytes = og_tensor_at(params->weights, tensor)};
    if (k != but && (dtype == OG_I8 ? is_dense(tensor) : tensor->rank == 2)) {
      assert_true(og_array_count(array) <= MOST_ELEMENTS && tensor->rows <= 256);
      count += narrow(array, dtype, elements[k], scales[k], names[k]);
      spoil(fault, dtype, tensor->name, elements[k], scales[k]);
    }
  }
  assert_ok(og_directory_make(scratch("dense"), &err));
  assert_ok(og_safetensors_save(scratch("dense/model.safetensors"), arrays, count, NULL, 0, &err));
  return scratch("dense");
}

static void make_params(OgParams *params, OgArchitecture architecture) {
  OgError err;
  OgRandom random;
  OgConfig config = odd_config(architecture);
  og_random_init(&random, 3);
  config.initializer_range = 0.3F;
  assert_ok(og_params_init(params, &config, NULL, 0, &err));
  og_params_randomize(params, &random, NULL);
}

static void open_params(OgParams *params, OgArchitecture architecture, const char *directory) {
  OgError err;
  const OgConfig config = odd_config(architecture);
  assert_ok(og_params_init(params, &config, NULL, 0, &err));
  assert_ok(og_params_open(params, directory, NULL, NULL, &err));
}

/* The hidden states of texts, with weights left where they are or packed. */
static void run(const OgParams *params, OgTeam *team, const OgBatch *texts, bool packed,
                float *hidden) {
  OgError err;
  OgPass *pass;
  const float *states;
  assert_ok(og_pass_new(params, team, OG_KEEP_NOTHING, &pass, &err));
  if (packed) {
    assert_ok(og_pass_pack(pass, params->stored, &err));
  }
  assert_ok(og_encoder_forward(pass, texts, 0, &states, &err));
  memcpy(hidden, states, texts->T * params->config.hidden_size * sizeof *hidden);
  og_pass_free(pass);
}

static const OgArchitecture different[] = {OG_BERT,  OG_DISTILBERT, OG_ELECTRA,   OG_ALBERT,
                                           OG_MPNET, OG_MODERNBERT, OG_DEBERTA_V2};

/* What is left gives the bytes of what is packed, and both what copies in single precision give: to
 * rounding, in 8 bits nearly. */
static void weights_left_in_a_file_give_what_copies_give(void **state) {
  (void)state;
  OgError err;
  for (size_t c = 0; c < OG_COUNT(different) * OG_COUNT(dtypes); c++) {
    const OgArchitecture architecture = different[c / OG_COUNT(dtypes)];
    const OgDtype dtype = dtypes[c % OG_COUNT(dtypes)];
    const bool may_stay = !og_architecture(architecture)->disentangled;
    OgParams copied, opened;
    OgTeam *team;
    assert_ok(og_team_new(1 + (int)c % 3, &team, &err));
    make_params(&copied, architecture);
    const char *directory = save(&copied, dtype, SIZE_MAX, NULL);
    assert_ok(og_params_load(&copied, directory, NULL, NULL, &err));
    open_params(&opened, architecture, directory);
    assert_int_equal(opened.left != NULL, may_stay);
    assert_true(!may_stay || opened.total < copied.total / 2);

    const size_t size = batch.T * copied.config.hidden_size;
    float *hidden[3];
    for (int k = 0; k < 3; k++) {
      hidden[k] = og_calloc_floats(size);
    }
    run(&copied, team, &batch, false, hidden[0]);
    run(&opened, team, &batch, false, hidden[1]);
    run(&opened, team, &batch, true, hidden[2]);
    assert_true(relative_distance(hidden[1], hidden[0], size) < (dtype == OG_I8 ? 0.1 : 1e-5));
    if (may_stay) {
      assert_memory_equal(hidden[1], hidden[2], size * sizeof(float));
    }
    if (may_stay && dtype == OG_I8) {
      run(&copied, team, &batch, true, hidden[0]);
      assert_true(relative_distance(hidden[1], hidden[0], size) < 1e-5);
    }
    for (int k = 0; k < 3; k++) {
      og_free_floats(hidden[k]);
    }
    og_params_clear(&copied);
    og_params_clear(&opened);
    og_team_free(team);
  }
}

/* So many rows that OpenBLAS multiplies them, by one thread or three. */
static void many_texts_give_what_copies_give(void **state) {
  (void)state;
  enum { TEXTS = 250, LENGTH = 5 };
  static uint32_t words[TEXTS * LENGTH], ends[TEXTS + 1];
  OgError err;
  for (uint32_t k = 0; k < TEXTS * LENGTH; k++) {
    words[k] = k * 7 % 10;
    ends[k / LENGTH + 1] = k + 1;
  }
  const OgBatch many = {.B = TEXTS, .T = (size_t)TEXTS * LENGTH, .ids = words, .offsets = ends};
  for (size_t c = 0; c < 2 * OG_COUNT(dtypes); c++) {
    const OgDtype dtype = dtypes[c / 2];
    OgParams copied, opened;
    OgTeam *team;
    assert_ok(og_team_new(c % 2 ? 3 : 1, &team, &err));
    make_params(&copied, OG_BERT);
    const char *directory = save(&copied, dtype, SIZE_MAX, NULL);
    assert_ok(og_params_load(&copied, directory, NULL, NULL, &err));
    open_params(&opened, OG_BERT, directory);
    const size_t size = many.T * copied.config.hidden_size;
    float *expected = og_calloc_floats(size), *hidden = og_calloc_floats(size);
    run(&copied, team, &many, false, expected);
    run(&opened, team, &many, false, hidden);
    assert_true(relative_distance(hidden, expected, size) < (dtype == OG_I8 ? 0.1 : 1e-5));
    og_free_floats(expected);
    og_free_floats(hidden);
    og_params_clear(&copied);
    og_params_clear(&opened);
    og_team_free(team);
  }
}

/* One matrix in another dtype, and all are copied. */
static void mixed_weights_are_copied(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(dtypes); k++) {
    OgParams params, opened;
    make_params(&params, OG_BERT);
    const size_t key = og_params_role(&params, OG_ROLE_KEY_WEIGHT, 1);
    open_params(&opened, OG_BERT, save(&params, dtypes[k], key, NULL));
    assert_null(opened.left);
    assert_int_equal(opened.stored, dtypes[k] == OG_I8 ? OG_PRECISION_INT8 : OG_PRECISION_F32);
    og_params_clear(&params);
    og_params_clear(&opened);
  }
}

/* A value that is none is named where it is left, too. */
static void what_is_left_is_looked_at(void **state) {
  (void)state;
  static const struct {
    OgDtype dtype;
    Fault fault;
    const char *message;
  } cases[] = {
      {OG_BF16, {.half = 0x7fc0}, "value.weight: element 5 is not a number"},
      {OG_BF16, {.half = 0xff80}, "value.weight: element 5 is infinite"},
      {OG_F16, {.half = 0x7c00}, "value.weight: element 5 is infinite"},
      {OG_F16, {.half = 0xfc01}, "value.weight: element 5 is not a number"},
      {OG_I8, {.scale = NAN}, "value.weight_scale: element 0 is not a number"},
      {OG_I8, {.scale = 3e38F}, "value.weight_scale: a scale makes infinite weights"},
  };
  for (size_t c = 0; c < OG_COUNT(cases); c++) {
    OgError err = {0};
    OgParams params;
    const OgConfig config = odd_config(OG_BERT);
    make_params(&params, OG_BERT);
    const char *directory = save(&params, cases[c].dtype, SIZE_MAX, &cases[c].fault);
    og_params_clear(&params);
    assert_ok(og_params_init(&params, &config, NULL, 0, &err));
    assert_status(og_params_open(&params, directory, NULL, NULL, &err), OG_BAD_STORE);
    if (!strstr(err.message, cases[c].message)) {
      fail_msg("case %zu: %s", c, err.message);
    }
    og_params_clear(&params);
  }
}

static void another_precision_than_the_files_is_refused(void **state) {
  (void)state;
  OgError err;
  OgParams params;
  OgTeam *team;
  OgPass *pass;
  assert_ok(og_team_new(1, &team, &err));
  make_params(&params, OG_BERT);
  assert_ok(og_pass_new(&params, team, OG_KEEP_NOTHING, &pass, &err));
  assert_status(og_pass_pack(pass, OG_PRECISION_BF16, &err), OG_USAGE);
  og_pass_free(pass);
  const char *directory = save(&params, OG_BF16, SIZE_MAX, NULL);
  og_params_clear(&params);
  open_params(&params, OG_BERT, directory);
  assert_ok(og_pass_new(&params, team, OG_KEEP_NOTHING, &pass, &err));
  assert_status(og_pass_pack(pass, OG_PRECISION_F16, &err), OG_USAGE);
  assert_status(og_pass_pack(pass, OG_PRECISION_INT8, &err), OG_USAGE);
  assert_ok(og_pass_pack(pass, OG_PRECISION_BF16, &err));
  og_pass_free(pass);
  og_params_clear(&params);
  og_team_free(team);
}

/* A pass that cannot be packed goes on with what is left in the file. */
static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err;
  OgParams params;
  OgTeam *team;
  assert_ok(og_team_new(1, &team, &err));
  make_params(&params, OG_BERT);
  const char *directory = save(&params, OG_BF16, SIZE_MAX, NULL);
  og_params_clear(&params);
  open_params(&params, OG_BERT, directory);
  OgStatus status = OG_NO_MEMORY;
  for (long count = 0; status != OG_OK; count++) {
    OgPass *pass = NULL;
    const float *hidden;
    og_memory_fail_after(count);
    status = og_pass_new(&params, team, OG_KEEP_NOTHING, &pass, &err);
    status = status == OG_OK ? og_pass_pack(pass, OG_PRECISION_BF16, &err) : status;
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    if (pass) {
      assert_ok(og_encoder_forward(pass, &batch, 0, &hidden, &err));
    }
    og_pass_free(pass);
  }
  og_params_clear(&params);
  og_team_free(team);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weights_left_in_a_file_give_what_copies_give),
      cmocka_unit_test(many_texts_give_what_copies_give),
      cmocka_unit_test(mixed_weights_are_copied),
      cmocka_unit_test(what_is_left_is_looked_at),
      cmocka_unit_test(another_precision_than_the_files_is_refused),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
