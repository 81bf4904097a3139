#include "tests/test.h"

#include "core/blas.h"
#include "core/memory.h"
#include "finetune/fusion.h"

#include <math.h>
#include <string.h>

enum { B = 4, H = 6, D = 5, M = 6 };

/* Text 0 names two entities, text 1 none, text 2 one, text 3 three. */
static const uint32_t offsets[B + 1] = {0, 2, 2, 3, 6};
static const float scores[M] = {1, 0.5F, 0.9F, 0.3F, 1, 0.7F};

/* A fusion with random weights on random inputs. */
typedef struct Fixture {
  OgFusionKind kind;
  OgParams params;
  OgFusion *fusion;
  float *gradients;
  float h[B * H], vectors[M * D], projection[B * 2 * H];
} Fixture;

static void fill(float *values, size_t count, OgRandom *random) {
  for (size_t k = 0; k < count; k++) {
    values[k] = (float)og_random_normal(random);
  }
}

static void setup(Fixture *f, OgFusionKind kind) {
  OgError err;
  assert_ok(og_blas_load(&err));
  *f = (Fixture){.kind = kind};
  OgConfig config = og_config_default();
  config.vocab_size = 8;
  config.hidden_size = H;
  config.heads = 1;
  config.layers = 1;
  config.intermediate_size = 4;
  config.max_positions = 4;
  OgTensorSpec specs[OG_FUSION_TENSORS_MAX];
  const size_t count = og_fusion_tensors(kind, H, D, specs);
  assert_ok(og_params_init(&f->params, &config, specs, count, &err));
  OgRandom random;
  og_random_init(&random, 7);
  fill(f->params.weights, f->params.total, &random);
  fill(f->h, B * H, &random);
  fill(f->vectors, M * D, &random);
  fill(f->projection, B * 2 * H, &random);
  f->gradients = og_calloc_floats(f->params.total);
  assert_non_null(f->gradients);
  assert_ok(og_fusion_new(kind, &f->params, &f->fusion, &err));
}

static void teardown(Fixture *f) {
  og_fusion_free(f->fusion);
  og_free_floats(f->gradients);
  og_params_clear(&f->params);
}

static const float *forward(Fixture *f) {
  OgError err;
  const OgEntityBatch entities = {f->vectors, scores, offsets};
  const float *features;
  assert_ok(og_fusion_forward(f->fusion, f->h, &entities, B, &features, &err));
  return features;
}

/* The scalar that is differentiated: Σ projection · features. */
static double value(Fixture *f) {
  const float *features = forward(f);
  double sum = 0;
  for (size_t k = 0; k < B * og_fusion_width(f->kind, H); k++) {
    sum += (double)f->projection[k] * (double)features[k];
  }
  return sum;
}

/* Compare analytic gradients with central differences over a block of inputs. */
static void check_block(Fixture *f, float *block, const float *gradient, size_t count) {
  const float step = 1e-2F;
  double difference = 0, norm = 0;
  for (size_t k = 0; k < count; k++) {
    const float kept = block[k];
    block[k] = kept + step;
    const double above = value(f);
    block[k] = kept - step;
    const double below = value(f);
    block[k] = kept;
    const double numeric = (above - below) / (2 * (double)step);
    difference += pow(numeric - (double)gradient[k], 2);
    norm += numeric * numeric;
  }
  if (!(sqrt(difference) <= 2e-3 * sqrt(norm) + 1e-5)) {
    fail_msg("%s: gradients differ by %g of %g", og_fusion_name(f->kind), sqrt(difference),
             sqrt(norm));
  }
}

static void every_gradient_agrees_with_finite_differences(void **state) {
  (void)state;
  for (OgFusionKind kind = OG_FUSION_NONE; kind < OG_FUSION_COUNT; kind++) {
    Fixture f;
    setup(&f, kind);
    float dh[B * H];
    forward(&f);
    og_fusion_backward(f.fusion, f.projection, dh, f.gradients);
    check_block(&f, f.h, dh, B * H);
    for (size_t k = 0; k < f.params.count; k++) {
      const OgTensor *tensor = &f.params.tensors[k];
      if (tensor->head) {
        check_block(&f, og_tensor_at(f.params.weights, tensor), og_tensor_at(f.gradients, tensor),
                    tensor->rows * tensor->columns);
      }
    }
    teardown(&f);
  }
}

static void gradients_are_added_to(void **state) {
  (void)state;
  Fixture f;
  setup(&f, OG_FUSION_GATED);
  float dh[B * H];
  forward(&f);
  og_fusion_backward(f.fusion, f.projection, dh, f.gradients);
  float *once = og_calloc_floats(f.params.total);
  memcpy(once, f.gradients, f.params.total * sizeof *once);
  og_fusion_backward(f.fusion, f.projection, dh, f.gradients);
  for (size_t k = 0; k < f.params.total; k++) {
    assert_true(fabsf(f.gradients[k] - 2 * once[k]) <= 1e-4F * (1 + fabsf(once[k])));
  }
  og_free_floats(once);
  teardown(&f);
}

static void none_hands_the_text_through(void **state) {
  (void)state;
  Fixture f;
  setup(&f, OG_FUSION_NONE);
  assert_ptr_equal(forward(&f), f.h);
  assert_null(og_fusion_weights(f.fusion));
  assert_int_equal(og_fusion_dimension(f.fusion), 0);
  OgTensorSpec specs[OG_FUSION_TENSORS_MAX];
  assert_int_equal(og_fusion_tensors(OG_FUSION_NONE, H, D, specs), 0);
  teardown(&f);
}

static void average_weighs_mentions_by_their_score(void **state) {
  (void)state;
  Fixture f;
  setup(&f, OG_FUSION_AVERAGE);
  forward(&f);
  const float *weights = og_fusion_weights(f.fusion);
  const float expected[M] = {1 / 1.5F, 0.5F / 1.5F, 1, 0.3F / 2, 1 / 2.0F, 0.7F / 2};
  for (size_t m = 0; m < M; m++) {
    assert_true(fabsf(weights[m] - expected[m]) < 1e-6F);
  }
  teardown(&f);
}

static void learned_weights_leave_room_for_no_entity(void **state) {
  (void)state;
  Fixture f;
  setup(&f, OG_FUSION_CONCAT);
  forward(&f);
  const float *weights = og_fusion_weights(f.fusion);
  for (size_t b = 0; b < B; b++) {
    float sum = 0;
    for (uint32_t m = offsets[b]; m < offsets[b + 1]; m++) {
      assert_true(weights[m] > 0);
      sum += weights[m];
    }
    assert_true(sum < 1);
  }
  teardown(&f);
}

static void a_text_without_entities_gets_the_learned_vector(void **state) {
  (void)state;
  Fixture f;
  setup(&f, OG_FUSION_AVERAGE);
  const float *features = forward(&f);
  const OgTensor *none = &f.params.tensors[og_params_find(&f.params, "fusion.none")];
  const float *vector = og_tensor_at(f.params.weights, none);
  for (size_t k = 0; k < H; k++) {
    assert_true(fabsf(features[H + k] - f.h[H + k] - vector[k]) < 1e-5F);
  }
  teardown(&f);
}

static void a_missing_tensor_is_refused(void **state) {
  (void)state;
  Fixture f;
  setup(&f, OG_FUSION_CONCAT);
  OgFusion *fusion = NULL;
  OgError err;
  assert_status(og_fusion_new(OG_FUSION_GATED, &f.params, &fusion, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "fusion.gate.weight"));
  assert_null(fusion);
  teardown(&f);
}

static void standardised_vectors_have_one_length_and_no_mean_direction(void **state) {
  (void)state;
  enum { N = 40 };
  float vectors[N * D];
  OgRandom random;
  og_random_init(&random, 3);
  fill(vectors, N * D, &random);
  for (size_t n = 0; n < N; n++) {
    vectors[n * D] = 5 + 100 * vectors[n * D];
    vectors[n * D + 1] = 2; /* never varies */
  }
  double mean[D] = {0}, deviation[D] = {0};
  for (size_t k = 0; k < N * D; k++) {
    mean[k % D] += (double)vectors[k] / N;
  }
  for (size_t k = 0; k < N * D; k++) {
    deviation[k % D] += pow((double)vectors[k] - mean[k % D], 2) / N;
  }
  for (size_t d = 0; d < D; d++) {
    deviation[d] = sqrt(deviation[d]);
  }
  og_fusion_standardise(vectors, N, D, mean, deviation);
  for (size_t n = 0; n < N; n++) {
    float square = 0;
    for (size_t d = 0; d < D; d++) {
      square += vectors[n * D + d] * vectors[n * D + d];
    }
    assert_true(fabsf(square - D) < 1e-3F);
    assert_true(fabsf(vectors[n * D + 1]) < 1e-6F);
  }
}

static void memory_that_runs_out_is_reported(void **state) {
  (void)state;
  Fixture f;
  setup(&f, OG_FUSION_GATED);
  OgError err;
  const OgEntityBatch entities = {f.vectors, scores, offsets};
  for (long countdown = 0;; countdown++) {
    OgFusion *fusion = NULL;
    const float *features;
    og_memory_fail_after(countdown);
    OgStatus status = og_fusion_new(f.kind, &f.params, &fusion, &err);
    if (status == OG_OK) {
      status = og_fusion_forward(fusion, f.h, &entities, B, &features, &err);
    }
    og_memory_fail_after(-1);
    og_fusion_free(fusion);
    if (status == OG_OK) {
      assert_true(countdown > 10);
      break;
    }
    assert_status(status, OG_NO_MEMORY);
  }
  teardown(&f);
}

static void names_lead_back_to_kinds(void **state) {
  (void)state;
  for (OgFusionKind kind = OG_FUSION_NONE; kind < OG_FUSION_COUNT; kind++) {
    assert_int_equal(og_fusion_find(og_fusion_name(kind)), kind);
  }
  for (OgPooling pooling = OG_POOLING_AUTO; pooling < OG_POOLING_COUNT; pooling++) {
    assert_int_equal(og_pooling_find(og_pooling_name(pooling)), pooling);
  }
  assert_int_equal(og_fusion_find("mixed"), OG_FUSION_COUNT);
  assert_int_equal(og_pooling_find("max"), OG_POOLING_COUNT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_gradient_agrees_with_finite_differences),
      cmocka_unit_test(gradients_are_added_to),
      cmocka_unit_test(none_hands_the_text_through),
      cmocka_unit_test(average_weighs_mentions_by_their_score),
      cmocka_unit_test(learned_weights_leave_room_for_no_entity),
      cmocka_unit_test(a_text_without_entities_gets_the_learned_vector),
      cmocka_unit_test(a_missing_tensor_is_refused),
      cmocka_unit_test(standardised_vectors_have_one_length_and_no_mean_direction),
      cmocka_unit_test(memory_that_runs_out_is_reported),
      cmocka_unit_test(names_lead_back_to_kinds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
