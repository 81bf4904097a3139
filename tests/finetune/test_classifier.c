#include "finetune/classifier.h"

#include "core/blas.h"
#include "core/memory.h"
#include "tests/numbers.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

enum { VOCAB = 12, H = 8, D = 5, LABELS = 3, B = 3, T = 9, M = 3 };

/* Text 0 has four tokens and two entities, text 1 two tokens, text 2 three tokens and one entity.
 */
static uint32_t ids[T] = {1, 4, 5, 2, 1, 2, 1, 7, 2}, types[T] = {0, 0, 0, 1, 0, 0, 0, 0, 0};
static uint32_t offsets[B + 1] = {0, 4, 6, 9};
static uint32_t entity_offsets[B + 1] = {0, 2, 2, 3};
static float link_scores[M] = {1, 0.5f, 0.8f};

typedef struct Case {
  OgTeam *team;
  OgParams params;
  OgClassifier *classifier;
  OgInputBatch batch;
  uint64_t dropout;
  float *vectors, *projection, *gradients; /* (M,D), (B,LABELS), (params.total) */
} Case;

static OgClassifierShape shape_of(OgFusionKind fusion, OgPooling pooling) {
  OgClassifierShape shape = {.config = og_config_default(),
                             .fusion = fusion,
                             .pooling = pooling,
                             .D = fusion == OG_FUSION_NONE ? 0 : D,
                             .labels = LABELS};
  shape.config.vocab_size = VOCAB;
  shape.config.hidden_size = H;
  shape.config.heads = 2;
  shape.config.layers = 1;
  shape.config.intermediate_size = 6;
  shape.config.max_positions = 8;
  return shape;
}

static void make_case(Case *c, OgFusionKind fusion, OgPooling pooling, uint64_t dropout) {
  OgError err = {0};
  const OgClassifierShape shape = shape_of(fusion, pooling);
  *c = (Case){.dropout = dropout};
  assert_ok(og_blas_load(&err));
  assert_ok(og_team_new(1, &c->team, &err));
  assert_ok(og_classifier_params(&shape, &c->params, &err));
  float *weights = random_floats(c->params.total, 0.4, 3);
  for (size_t k = 0; k < c->params.count; k++) {
    const OgTensor *tensor = &c->params.tensors[k];
    memcpy(og_tensor_at(c->params.weights, tensor), og_tensor_at(weights, tensor),
           tensor->rows * tensor->columns * sizeof *weights);
  }
  og_free_floats(weights);
  assert_ok(og_classifier_new(&shape, &c->params, c->team, OG_KEEP_ALL, &c->classifier, &err));
  c->vectors = random_floats(M * D, 1, 4);
  c->projection = random_floats(B * LABELS, 1, 5);
  c->gradients = og_calloc_floats(c->params.total);
  c->batch.tokens = (OgBatch){.B = B, .T = T, .ids = ids, .types = types, .offsets = offsets};
  c->batch.entities = (OgEntityBatch){c->vectors, link_scores, entity_offsets};
  c->batch.M = M;
  c->batch.B = B;
}

static void clear_case(Case *c) {
  og_classifier_free(c->classifier);
  og_params_clear(&c->params);
  og_team_free(c->team);
  og_free_floats(c->vectors);
  og_free_floats(c->projection);
  og_free_floats(c->gradients);
}

static const float *forward(Case *c) {
  OgError err = {0};
  float *scores;
  assert_ok(og_classifier_forward(c->classifier, &c->batch, c->dropout, &scores, &err));
  return scores;
}

static double loss(void *data) {
  Case *c = data;
  return inner_product(forward(c), c->projection, c->batch.B * LABELS);
}

static void check_case(Case *given, OgPooling pooling) {
  OgError err = {0};
  Case c = *given;
  forward(&c);
  assert_ok(og_classifier_backward(c.classifier, c.projection, c.gradients, &err));
  for (size_t k = 0; k < c.params.count; k++) {
    const OgTensor *tensor = &c.params.tensors[k];
    const bool pooler = strncmp(tensor->name, "pooler.", 7) == 0;
    const size_t n = tensor->rows * tensor->columns;
    const float *gradient = og_tensor_at(c.gradients, tensor);
    if (pooler && pooling == OG_POOLING_MEAN) {
      assert_true(inner_product(gradient, gradient, n) == 0); /* it is not used */
    } else if (!strstr(tensor->name, "key.bias")) { /* whose gradient is 0: softmax is shift-free */
      assert_gradient(tensor->name, loss, &c, og_tensor_at(c.params.weights, tensor), gradient, n,
                      5e-3);
    }
  }
  clear_case(&c);
}

static void check_gradients(OgFusionKind fusion, OgPooling pooling, uint64_t dropout) {
  Case c;
  make_case(&c, fusion, pooling, dropout);
  check_case(&c, pooling);
}

/* The three sequences are two texts: the first is read in two windows. */
static void gradients_agree_with_differences_of_windows(void **state) {
  (void)state;
  static const uint32_t windows[] = {0, 2, 3};
  static uint32_t entities_of_two[] = {0, 2, 3};
  for (OgPooling pooling = OG_POOLING_CLS; pooling <= OG_POOLING_MEAN; pooling++) {
    for (OgWindowPooling of_windows = 0; of_windows < OG_WINDOWS_COUNT; of_windows++) {
      Case c;
      OgError err = {0};
      make_case(&c, OG_FUSION_GATED, pooling, 0);
      og_classifier_free(c.classifier);
      OgClassifierShape shape = shape_of(OG_FUSION_GATED, pooling);
      shape.window_pooling = of_windows;
      assert_ok(og_classifier_new(&shape, &c.params, c.team, OG_KEEP_ALL, &c.classifier, &err));
      c.batch.B = 2;
      c.batch.windows = windows;
      c.batch.entities.offsets = entities_of_two;
      check_case(&c, pooling);
    }
  }
}

static void gradients_agree_with_differences_for_every_fusion_and_pooling(void **state) {
  (void)state;
  for (OgFusionKind fusion = 0; fusion < OG_FUSION_COUNT; fusion++) {
    check_gradients(fusion, OG_POOLING_CLS, 0);
    check_gradients(fusion, OG_POOLING_MEAN, 0);
  }
}

static void gradients_agree_with_differences_under_dropout(void **state) {
  (void)state;
  check_gradients(OG_FUSION_GATED, OG_POOLING_CLS, 77);
  check_gradients(OG_FUSION_CONCAT, OG_POOLING_MEAN, 77);
}

/* Over a frozen base the same gradient comes of vectors that were made before, in a classifier that
 * keeps nothing. */
static void check_head_alone(bool pooler) {
  OgError err = {0};
  Case c;
  make_case(&c, OG_FUSION_GATED, OG_POOLING_CLS, 0);
  const size_t base = pooler ? og_params_encoder(&c.params) : og_params_base(&c.params);
  float *whole = og_calloc_floats(c.params.total), *vectors = og_calloc_floats(B * H);
  float together[B * LABELS], *scores;
  const float *encoded;
  memcpy(together, forward(&c), sizeof together);
  assert_ok(og_classifier_backward(c.classifier, c.projection, whole, &err));
  assert_ok(og_classifier_encode(c.classifier, &c.batch, 0, &encoded, &err));
  memcpy(vectors, encoded, B * H * sizeof *vectors);
  og_classifier_free(c.classifier);
  c.params.frozen = base;
  const OgClassifierShape shape = shape_of(OG_FUSION_GATED, OG_POOLING_CLS);
  assert_ok(og_classifier_new(&shape, &c.params, c.team, OG_KEEP_NOTHING, &c.classifier, &err));
  assert_ok(og_classifier_score(c.classifier, vectors, &c.batch.entities, B, 0, &scores, &err));
  assert_memory_equal(scores, together, sizeof together);
  assert_ok(og_classifier_backward(c.classifier, c.projection, c.gradients, &err));
  assert_memory_equal(c.gradients, whole + base, (c.params.total - base) * sizeof *whole);
  og_free_floats(whole);
  og_free_floats(vectors);
  clear_case(&c);
}

static void a_head_learns_alike_from_vectors_made_before(void **state) {
  (void)state;
  check_head_alone(false);
  check_head_alone(true); /* a pooler that the base did not bring */
}

static void a_text_is_scored_alike_alone_and_among_others(void **state) {
  (void)state;
  OgError err = {0};
  Case c;
  make_case(&c, OG_FUSION_GATED, OG_POOLING_MEAN, 0);
  float together[B * LABELS];
  memcpy(together, forward(&c), sizeof together);
  for (size_t b = 0; b < B; b++) {
    uint32_t own[2] = {0, offsets[b + 1] - offsets[b]};
    uint32_t own_entities[2] = {0, entity_offsets[b + 1] - entity_offsets[b]};
    OgInputBatch batch = {.B = 1, .M = own_entities[1]};
    batch.tokens = (OgBatch){
        .B = 1, .T = own[1], .ids = ids + offsets[b], .types = types + offsets[b], .offsets = own};
    batch.entities = (OgEntityBatch){c.vectors + entity_offsets[b] * D,
                                     link_scores + entity_offsets[b], own_entities};
    float *scores;
    assert_ok(og_classifier_forward(c.classifier, &batch, 0, &scores, &err));
    assert_true(relative_distance(scores, together + b * LABELS, LABELS) < 1e-5);
  }
  clear_case(&c);
}

static void the_weights_of_entities_can_be_asked_for(void **state) {
  (void)state;
  Case c;
  make_case(&c, OG_FUSION_AVERAGE, OG_POOLING_CLS, 0);
  forward(&c);
  const float *weights = og_classifier_weights(c.classifier);
  /* Shares of the link scores: 1 and .5, and .8 alone. */
  assert_true(fabs((double)weights[0] - 2.0 / 3) < 1e-6);
  assert_true(fabs((double)weights[1] - 1.0 / 3) < 1e-6);
  assert_true(fabs((double)weights[2] - 1) < 1e-6);
  clear_case(&c);
  make_case(&c, OG_FUSION_NONE, OG_POOLING_CLS, 0);
  forward(&c);
  assert_null(og_classifier_weights(c.classifier));
  clear_case(&c);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err = {0};
  Case c;
  make_case(&c, OG_FUSION_GATED, OG_POOLING_MEAN, 0);
  const OgClassifierShape shape = shape_of(OG_FUSION_GATED, OG_POOLING_MEAN);
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status != OG_OK; k++) {
    OgClassifier *classifier = NULL;
    float *scores;
    og_memory_fail_after(k);
    status = og_classifier_new(&shape, &c.params, c.team, OG_KEEP_ALL, &classifier, &err);
    if (status == OG_OK) {
      status = og_classifier_forward(classifier, &c.batch, 0, &scores, &err);
      if (status == OG_OK) {
        status = og_classifier_backward(classifier, c.projection, c.gradients, &err);
      }
    }
    og_memory_fail_after(-1);
    og_classifier_free(classifier);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
  }
  clear_case(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradients_agree_with_differences_for_every_fusion_and_pooling),
      cmocka_unit_test(gradients_agree_with_differences_under_dropout),
      cmocka_unit_test(gradients_agree_with_differences_of_windows),
      cmocka_unit_test(a_head_learns_alike_from_vectors_made_before),
      cmocka_unit_test(a_text_is_scored_alike_alone_and_among_others),
      cmocka_unit_test(the_weights_of_entities_can_be_asked_for),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("classifier", tests, NULL, NULL);
}
