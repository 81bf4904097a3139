#include "finetune/inputs.h"

#include "core/file.h"
#include "core/memory.h"
#include "finetune/entities.h"
#include "tests/finetune/world.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

/* Ids are lines of the vocabulary. */
enum { PAD, UNK, CLS, SEP, MASK, SHE, HAS, ASTHMA, AND, ANG, INA, DOT, NO };

static const char vocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nshe\nhas\nasthma\nand\nang\n"
                                 "##ina\n.\nno\n";

static World world;
static OgEntities entities;
static OgTokenizer *tokenizer;
static OgTeam *team;

static int set_up(void **state) {
  (void)state;
  OgError err = {0};
  world_make(&world);
  assert_ok(og_entities_load(world.graph, true, NULL, NULL, &entities, &err));
  assert_ok(og_directory_make(scratch("words"), &err));
  world_file("words/vocab.txt", vocabulary);
  assert_ok(og_tokenizer_load(scratch("words"), &tokenizer, &err));
  assert_ok(og_team_new(2, &team, &err));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  og_team_free(team);
  og_tokenizer_free(tokenizer);
  og_entities_clear(&entities);
  return 0;
}

static OgInputEncoder encoder_of(size_t max_length) {
  return (OgInputEncoder){.tokenizer = tokenizer,
                          .linker = entities.linker,
                          .vectors = &entities.vectors,
                          .max_length = max_length};
}

static OgTextPair pair_of(const char *text, const char *pair) {
  return (OgTextPair){{text, strlen(text)}, {pair, strlen(pair)}};
}

static OgInputs encode(const OgInputEncoder *encoder, const OgTextPair *texts, size_t count) {
  OgError err = {0};
  OgInputs inputs = {0};
  assert_ok(og_inputs_encode(encoder, team, texts, count, &inputs, &err));
  assert_int_equal(inputs.count, count);
  return inputs;
}

static void assert_ids(const OgInputs *inputs, size_t text, const uint32_t *ids, size_t count) {
  assert_int_equal(inputs->starts[text + 1] - inputs->starts[text], count);
  assert_memory_equal(inputs->ids + inputs->starts[text], ids, count * sizeof *ids);
}

static void a_text_is_its_tokens_and_the_entities_it_names(void **state) {
  (void)state;
  const OgInputEncoder encoder = encoder_of(32);
  const OgTextPair texts[] = {pair_of("She has angina and asthma.", ""), pair_of("No.", "")};
  OgInputs inputs = encode(&encoder, texts, 2);
  const uint32_t ids[] = {CLS, SHE, HAS, ANG, INA, AND, ASTHMA, DOT, SEP};
  assert_ids(&inputs, 0, ids, OG_COUNT(ids));
  const uint32_t no[] = {CLS, NO, DOT, SEP};
  assert_ids(&inputs, 1, no, OG_COUNT(no));
  assert_int_equal(inputs.mention_starts[1], 2);
  assert_int_equal(inputs.mention_starts[2], 2); /* none in the second text */
  const OgInputMention *angina = &inputs.mentions[0], *asthma = &inputs.mentions[1];
  assert_int_equal(angina->token_begin, 3);
  assert_int_equal(angina->token_end, 5);
  assert_int_equal(angina->mention.start, 8);
  assert_int_equal(angina->mention.end, 14);
  assert_int_equal(asthma->token_begin, 6);
  assert_int_equal(asthma->token_end, 7);
  assert_ptr_equal(entities.vectors.values + asthma->row * WORLD_D,
                   og_vectors_find(&entities.vectors, asthma->mention.entity));
  assert_int_equal(inputs.seconds[0], 9); /* no second text */
  assert_int_equal(inputs.truncated, 0);
  og_inputs_clear(&inputs);
}

static void entities_are_looked_for_in_the_first_of_two_texts(void **state) {
  (void)state;
  const OgInputEncoder encoder = encoder_of(32);
  const OgTextPair texts[] = {pair_of("She has asthma", "no angina")};
  OgInputs inputs = encode(&encoder, texts, 1);
  const uint32_t ids[] = {CLS, SHE, HAS, ASTHMA, SEP, NO, ANG, INA, SEP};
  assert_ids(&inputs, 0, ids, OG_COUNT(ids));
  assert_int_equal(inputs.seconds[0], 5);
  assert_int_equal(inputs.mention_starts[1], 1);
  OgError err = {0};
  OgInputBatch batch = {0};
  const uint32_t which = 0;
  assert_ok(og_input_batch_fill(&batch, &inputs, &which, 1, NULL, 0, NULL, &err));
  const uint32_t types[] = {0, 0, 0, 0, 0, 1, 1, 1, 1};
  assert_memory_equal(batch.types, types, sizeof types);
  og_input_batch_clear(&batch);
  og_inputs_clear(&inputs);
}

static void texts_without_a_token_are_counted(void **state) {
  (void)state;
  const OgInputEncoder encoder = encoder_of(32);
  const OgTextPair texts[] = {pair_of("", ""), pair_of("No", ""), pair_of(" \n", ""),
                              pair_of("", "No")};
  OgInputs inputs = encode(&encoder, texts, OG_COUNT(texts));
  assert_int_equal(inputs.empty, 2);
  og_inputs_clear(&inputs);
}

static void tokens_that_the_vocabulary_lacks_are_counted(void **state) {
  (void)state;
  const OgInputEncoder encoder = encoder_of(32);
  const OgTextPair texts[] = {pair_of("She has angina.", ""), pair_of("Sie hat Angina.", "")};
  OgInputs inputs = encode(&encoder, texts, 2);
  const uint32_t ids[] = {CLS, UNK, UNK, ANG, INA, DOT, SEP};
  assert_ids(&inputs, 1, ids, OG_COUNT(ids));
  assert_int_equal(inputs.unknown, 2);
  og_inputs_clear(&inputs);
}

static void signs_that_the_vocabulary_lacks_are_not(void **state) {
  (void)state;
  const OgInputEncoder encoder = encoder_of(32);
  const OgTextPair texts[] = {pair_of("She; has.", ""), pair_of("has ? \xc2\xbf", "(hat)")};
  OgInputs inputs = encode(&encoder, texts, 2);
  const uint32_t ids[] = {CLS, SHE, UNK, HAS, DOT, SEP};
  assert_ids(&inputs, 0, ids, OG_COUNT(ids));
  assert_int_equal(inputs.unknown, 2); /* the upside-down mark, and a word of the second text */
  og_inputs_clear(&inputs);
}

static void a_long_text_is_cut_and_counted(void **state) {
  (void)state;
  const OgInputEncoder encoder = encoder_of(6);
  /* 6 tokens fit whole; of 7 one is cut; the mention of the third lies behind the cut. */
  const OgTextPair texts[] = {pair_of("She has asthma.", ""), pair_of("She has no asthma.", ""),
                              pair_of("She has no and no asthma.", "")};
  OgInputs inputs = encode(&encoder, texts, 3);
  const uint32_t cut[] = {CLS, SHE, HAS, NO, ASTHMA, SEP};
  assert_int_equal(inputs.starts[1], 6);
  assert_ids(&inputs, 1, cut, OG_COUNT(cut));
  assert_int_equal(inputs.truncated, 2);
  assert_int_equal(inputs.mention_starts[3] - inputs.mention_starts[2], 1);
  const OgInputMention *hidden = &inputs.mentions[inputs.mention_starts[2]];
  assert_int_equal(hidden->token_begin, hidden->token_end);
  og_inputs_clear(&inputs);
}

static void weak_mentions_and_missing_vectors_are_left_out(void **state) {
  (void)state;
  OgInputEncoder encoder = encoder_of(32);
  const OgTextPair texts[] = {pair_of("Lung asthma", "")};
  OgInputs inputs = encode(&encoder, texts, 1);
  assert_int_equal(inputs.mention_starts[1], 2);
  assert_int_equal(inputs.mentions[0].row, OG_NO_ROW); /* the class "lung" has no vector */
  OgError err = {0};
  OgInputBatch batch = {0};
  const uint32_t which = 0;
  assert_ok(og_input_batch_fill(&batch, &inputs, &which, 1, entities.vectors.values, WORLD_D, NULL,
                                &err));
  assert_int_equal(batch.M, 1);
  assert_int_equal(batch.mentions[0], 1);
  assert_memory_equal(batch.vectors, entities.vectors.values + inputs.mentions[1].row * WORLD_D,
                      WORLD_D * sizeof(float));
  og_inputs_clear(&inputs);
  encoder.vectors = NULL;
  inputs = encode(&encoder, texts, 1);
  assert_int_equal(inputs.mentions[1].row, OG_NO_ROW);
  og_inputs_clear(&inputs);
  encoder.min_link_score = 1.5f;
  inputs = encode(&encoder, texts, 1);
  assert_int_equal(inputs.mention_starts[1], 0);
  og_inputs_clear(&inputs);
  encoder.linker = NULL;
  inputs = encode(&encoder, texts, 1);
  assert_int_equal(inputs.mention_starts[1], 0);
  og_inputs_clear(&inputs);
  og_input_batch_clear(&batch);
}

static void an_empty_text_is_its_special_tokens(void **state) {
  (void)state;
  const OgInputEncoder encoder = encoder_of(32);
  const OgTextPair texts[] = {pair_of("", ""), pair_of(" \t ", "")};
  OgInputs inputs = encode(&encoder, texts, 2);
  const uint32_t ids[] = {CLS, SEP};
  assert_ids(&inputs, 0, ids, 2);
  assert_ids(&inputs, 1, ids, 2);
  og_inputs_clear(&inputs);
  inputs = encode(&encoder, texts, 0);
  assert_int_equal(inputs.starts[0], 0);
  og_inputs_clear(&inputs);
}

static void assert_equal(const OgInputs *a, const OgInputs *b) {
  const size_t ids = a->starts[a->count], mentions = a->mention_starts[a->count];
  assert_int_equal(a->count, b->count);
  assert_memory_equal(a->starts, b->starts, (a->count + 1) * sizeof *a->starts);
  assert_memory_equal(a->mention_starts, b->mention_starts,
                      (a->count + 1) * sizeof *a->mention_starts);
  assert_memory_equal(a->ids, b->ids, ids * sizeof *a->ids);
  assert_memory_equal(a->seconds, b->seconds, a->count * sizeof *a->seconds);
  for (size_t k = 0; k < mentions; k++) {
    assert_int_equal(a->mentions[k].row, b->mentions[k].row);
    assert_int_equal(a->mentions[k].token_begin, b->mentions[k].token_begin);
    assert_int_equal(a->mentions[k].mention.start, b->mentions[k].mention.start);
  }
}

static void threads_and_reuse_change_nothing(void **state) {
  (void)state;
  enum { TEXTS = 101 };
  OgError err = {0};
  OgTextPair texts[TEXTS];
  for (size_t k = 0; k < TEXTS; k++) {
    static const char *const some[] = {"asthma and angina", "no", "", "She has angina. No asthma"};
    texts[k] = pair_of(some[k * 7 % 4], k % 5 == 0 ? "no" : "");
  }
  const OgInputEncoder encoder = encoder_of(8);
  OgInputs inputs = encode(&encoder, texts, TEXTS);
  for (int threads = 1; threads <= 7; threads += 3) {
    OgTeam *other;
    OgInputs again = {0};
    assert_ok(og_team_new(threads, &other, &err));
    assert_ok(og_inputs_encode(&encoder, other, texts, 3, &again, &err));
    assert_ok(og_inputs_encode(&encoder, other, texts, TEXTS, &again, &err));
    assert_equal(&inputs, &again);
    og_inputs_clear(&again);
    og_team_free(other);
  }
  og_inputs_clear(&inputs);
}

static void a_batch_is_its_texts_end_to_end(void **state) {
  (void)state;
  OgError err = {0};
  const OgInputEncoder encoder = encoder_of(32);
  const OgTextPair texts[] = {pair_of("asthma", ""), pair_of("no", ""),
                              pair_of("angina and asthma", "")};
  OgInputs inputs = encode(&encoder, texts, 3);
  OgInputBatch batch = {0};
  const uint32_t which[] = {2, 1, 2};
  assert_ok(
      og_input_batch_fill(&batch, &inputs, which, 3, entities.vectors.values, WORLD_D, NULL, &err));
  const uint32_t ids[] = {CLS, ANG, INA, AND, ASTHMA, SEP,    CLS, NO,
                          SEP, CLS, ANG, INA, AND,    ASTHMA, SEP};
  const uint32_t offsets[] = {0, 6, 9, 15}, entity_offsets[] = {0, 2, 2, 4};
  assert_int_equal(batch.tokens.B, 3);
  assert_int_equal(batch.tokens.T, 15);
  assert_memory_equal(batch.ids, ids, sizeof ids);
  assert_memory_equal(batch.offsets, offsets, sizeof offsets);
  assert_int_equal(batch.M, 4);
  assert_memory_equal(batch.entity_offsets, entity_offsets, sizeof entity_offsets);
  assert_int_equal(batch.mentions[0], 1);
  assert_int_equal(batch.mentions[3], 2);
  assert_true(batch.scores[0] > 0 && batch.scores[0] <= 1);
  og_input_batch_clear(&batch);
  og_inputs_clear(&inputs);
}

/* Fill a batch of one text under an augmentation; what became of its single mention. */
static void try_fate(const OgInputs *inputs, uint32_t text, const OgAugmentation *augmentation,
                     bool *masked, bool *dropped) {
  OgError err = {0};
  OgInputBatch batch = {0};
  const uint32_t which[] = {0, text};
  assert_ok(og_input_batch_fill(&batch, inputs, which + 1, 1, entities.vectors.values, WORLD_D,
                                augmentation, &err));
  *dropped = batch.M == 0;
  *masked = batch.ids[3] == MASK;
  assert_true(batch.ids[3] == (*masked ? MASK : ASTHMA));
  assert_int_equal(batch.ids[2], HAS);
  assert_int_equal(batch.ids[4], SEP);
  /* The same beside another text. */
  assert_ok(og_input_batch_fill(&batch, inputs, which, 2, entities.vectors.values, WORLD_D,
                                augmentation, &err));
  assert_int_equal(batch.ids[batch.offsets[1] + 3] == MASK, *masked);
  assert_int_equal(batch.entity_offsets[2] == batch.entity_offsets[1], *dropped);
  og_input_batch_clear(&batch);
}

static void augmentation_hides_names_and_drops_entities_in_their_shares(void **state) {
  (void)state;
  enum { TEXTS = 2000 };
  OgTextPair *texts = OG_NEW_ARRAY(OgTextPair, TEXTS);
  for (size_t k = 0; k < TEXTS; k++) {
    texts[k] = pair_of("She has asthma", "");
  }
  const OgInputEncoder encoder = encoder_of(32);
  OgInputs inputs = encode(&encoder, texts, TEXTS);
  const OgAugmentation augmentation = {
      .mention_mask = 0.3, .entity_dropout = 0.2, .mask = MASK, .seed = 5};
  size_t masked_count = 0, dropped_count = 0, both = 0;
  for (uint32_t k = 0; k < TEXTS; k++) {
    bool masked, dropped;
    try_fate(&inputs, k, &augmentation, &masked, &dropped);
    masked_count += masked;
    dropped_count += dropped;
    both += masked && dropped;
  }
  /* Within four standard deviations. */
  assert_true(fabs((double)masked_count / TEXTS - 0.3) < 0.042);
  assert_true(fabs((double)dropped_count / TEXTS - 0.2) < 0.036);
  assert_int_equal(both, 0); /* a text that has neither its name nor its entity says nothing */
  og_inputs_clear(&inputs);
  og_free(texts);
}

/* Windows of four tokens between the ends, two apart: one name stands in two of them. */
static void a_long_text_is_read_in_windows(void **state) {
  (void)state;
  OgError err = {0};
  OgInputEncoder encoder = encoder_of(6);
  encoder.window_step = 2;
  const OgTextPair texts[] = {pair_of("no asthma", ""), pair_of("She has no and no asthma.", "")};
  OgInputs inputs = encode(&encoder, texts, 2);
  assert_int_equal(inputs.truncated, 0);
  assert_int_equal(inputs.starts[2] - inputs.starts[1], 9);
  OgInputBatch batch = {0};
  const uint32_t which[] = {1, 0};
  const OgAugmentation all = {.mention_mask = 1, .mask = MASK};
  assert_ok(
      og_input_batch_fill(&batch, &inputs, which, 2, entities.vectors.values, WORLD_D, &all, &err));
  const uint32_t ids[] = {CLS, SHE, HAS, NO,   AND, SEP, CLS, NO, AND,  NO, MASK,
                          SEP, CLS, NO,  MASK, DOT, SEP, CLS, NO, MASK, SEP};
  const uint32_t offsets[] = {0, 6, 12, 17, 21}, windows[] = {0, 3, 4};
  assert_int_equal(batch.B, 2);
  assert_int_equal(batch.tokens.B, 4);
  assert_int_equal(batch.tokens.T, OG_COUNT(ids));
  assert_memory_equal(batch.ids, ids, sizeof ids);
  assert_memory_equal(batch.offsets, offsets, sizeof offsets);
  assert_memory_equal(batch.windows, windows, sizeof windows);
  assert_int_equal(batch.M, 2); /* one a text, in however many windows */
  assert_int_equal(og_inputs_tokens(&inputs, 1), 17);
  assert_int_equal(og_inputs_batch_size(&inputs, which, 2, 2, 20), 1);
  assert_int_equal(og_inputs_batch_size(&inputs, which, 2, 2, 21), 2);
  assert_int_equal(og_inputs_batch_size(&inputs, which, 2, 1, 21), 1);
  assert_int_equal(og_inputs_batch_size(&inputs, which, 2, 2, 1), 1);
  assert_ok(og_input_batch_fill(&batch, &inputs, which + 1, 1, NULL, 0, NULL, &err));
  assert_null(batch.windows);
  og_input_batch_clear(&batch);
  og_inputs_clear(&inputs);
  const OgTextPair pair = pair_of("no", "no");
  assert_status(og_inputs_encode(&encoder, team, &pair, 1, &inputs, &err), OG_USAGE);
  og_inputs_clear(&inputs);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err;
  const OgInputEncoder encoder = encoder_of(32);
  const OgTextPair texts[] = {pair_of("asthma and angina", ""), pair_of("no", "no")};
  const uint32_t which[] = {1, 0};
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status != OG_OK; k++) {
    OgInputs inputs = {0};
    OgInputBatch batch = {0};
    og_memory_fail_after(k);
    status = og_inputs_encode(&encoder, team, texts, 2, &inputs, &err);
    if (status == OG_OK) {
      status = og_input_batch_fill(&batch, &inputs, which, 2, entities.vectors.values, WORLD_D,
                                   NULL, &err);
    }
    og_memory_fail_after(-1);
    og_inputs_clear(&inputs);
    og_input_batch_clear(&batch);
    if (status != OG_OK) {
      assert_status(status, OG_NO_MEMORY);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_text_is_its_tokens_and_the_entities_it_names),
      cmocka_unit_test(entities_are_looked_for_in_the_first_of_two_texts),
      cmocka_unit_test(texts_without_a_token_are_counted),
      cmocka_unit_test(tokens_that_the_vocabulary_lacks_are_counted),
      cmocka_unit_test(signs_that_the_vocabulary_lacks_are_not),
      cmocka_unit_test(a_long_text_is_cut_and_counted),
      cmocka_unit_test(weak_mentions_and_missing_vectors_are_left_out),
      cmocka_unit_test(an_empty_text_is_its_special_tokens),
      cmocka_unit_test(threads_and_reuse_change_nothing),
      cmocka_unit_test(a_batch_is_its_texts_end_to_end),
      cmocka_unit_test(augmentation_hides_names_and_drops_entities_in_their_shares),
      cmocka_unit_test(a_long_text_is_read_in_windows),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("inputs", tests, set_up, tear_down);
}
