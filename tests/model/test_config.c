#include "tests/test.h"

#include "core/file.h"
#include "core/memory.h"
#include "model/config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZES                                                                                      \
  "\"vocab_size\":211,\"hidden_size\":48,\"num_hidden_layers\":3,\"num_attention_heads\":4,"       \
  "\"intermediate_size\":112"

static OgStatus parse(const char *text, OgConfig *config, OgError *err) {
  return og_config_parse(text, strlen(text), "config.json", config, err);
}

static void sizes_are_read_and_the_rest_is_hugging_faces_default(void **state) {
  (void)state;
  OgError err = {0};
  OgConfig c;
  assert_ok(parse("{\"model_type\":\"bert\"," SIZES "}", &c, &err));
  assert_int_equal(c.vocab_size, 211);
  assert_int_equal(c.hidden_size, 48);
  assert_int_equal(c.layers, 3);
  assert_int_equal(c.heads, 4);
  assert_int_equal(c.intermediate_size, 112);
  assert_int_equal(c.max_positions, 512);
  assert_int_equal(c.type_vocab_size, 2);
  assert_int_equal(c.activation, OG_GELU);
  assert_float_equal(c.hidden_dropout, 0.1F, 0);
  assert_float_equal(c.layer_norm_eps, 1e-12F, 0);
}

static void every_key_is_read(void **state) {
  (void)state;
  OgError err = {0};
  OgConfig c;
  assert_ok(parse("{\"architectures\":[\"BertForMaskedLM\"]," SIZES
                  ",\"max_position_embeddings\":40,\"type_vocab_size\":1,\"pad_token_id\":3,"
                  "\"hidden_act\":\"gelu_new\",\"hidden_dropout_prob\":0,"
                  "\"attention_probs_dropout_prob\":0.25,\"layer_norm_eps\":1e-5,"
                  "\"initializer_range\":0.5,\"is_decoder\":false,\"unknown_key\":[1]}",
                  &c, &err));
  assert_int_equal(c.max_positions, 40);
  assert_int_equal(c.type_vocab_size, 1);
  assert_int_equal(c.pad_token_id, 3);
  assert_int_equal(c.activation, OG_GELU_TANH);
  assert_float_equal(c.hidden_dropout, 0.0F, 0);
  assert_float_equal(c.attention_dropout, 0.25F, 0);
  assert_float_equal(c.layer_norm_eps, 1e-5F, 0);
  assert_float_equal(c.initializer_range, 0.5F, 0);
}

static const struct {
  const char *text;
  const char *message;
} bad[] = {
    {"", "not valid JSON"},
    {"[]", "expected a JSON object, found an array"},
    {"{" SIZES, "not valid JSON"},
    {"{\"model_type\":\"gpt2\"," SIZES "}", "model_type gpt2 cannot be run; supported: bert"},
    {"{\"model_type\":[]," SIZES "}", "supported: bert"},
    {"{\"architectures\":[\"T5Model\"]," SIZES "}", "architecture T5Model"},
    {"{\"vocab_size\":10}", "hidden_size must be a whole number"},
    {"{" SIZES ",\"type_vocab_size\":0}", "type_vocab_size must be from 1"},
    {"{" SIZES ",\"max_position_embeddings\":-4}", "found -4"},
    {"{" SIZES ",\"max_position_embeddings\":40.5}", "found a fraction"},
    {"{" SIZES ",\"max_position_embeddings\":\"40\"}", "found a string"},
    {"{" SIZES ",\"pad_token_id\":211}", "pad_token_id 211 is not below vocab_size 211"},
    {"{\"vocab_size\":99999999999}", "vocab_size must be from 1 to"},
    {"{\"vocab_size\":9,\"hidden_size\":10,\"num_hidden_layers\":1,\"num_attention_heads\":3,"
     "\"intermediate_size\":1}",
     "hidden_size 10 is not a multiple of num_attention_heads 3"},
    {"{" SIZES ",\"hidden_act\":\"swish\"}", "hidden_act swish"},
    {"{" SIZES ",\"hidden_act\":7}", "hidden_act a number"},
    {"{" SIZES ",\"hidden_dropout_prob\":1.5}", "from 0 to 0.99, found 1.5"},
    {"{" SIZES ",\"layer_norm_eps\":\"x\"}", "layer_norm_eps must be a number, found a string"},
    {"{" SIZES ",\"is_decoder\":true}", "is_decoder must be false, found true"},
    {"{" SIZES ",\"position_embedding_type\":\"relative_key\"}", "absolute\", found relative_key"},
    {"{\"model_type\":\"deberta-v2\"," SIZES ",\"relative_attention\":true}",
     "share_att_key must be true, found nothing"},
    {"{\"model_type\":\"mpnet\"," SIZES ",\"relative_attention_num_buckets\":512}",
     "must be from 4 to 508"},
    {"{" SIZES ",\"vocab_size\":3}", "duplicate"},
};

static void scores_of_distances_come_in_any_order(void **state) {
  (void)state;
  static const char *const spellings[] = {"[\"p2c\",\"c2p\"]", "[\"c2p\", \"p2c\"]", "\"p2c|c2p\"",
                                          "\"c2p|p2c\"", "[\"c2p\"]"};
  for (size_t k = 0; k < OG_COUNT(spellings); k++) {
    OgError err = {0};
    OgConfig c;
    char text[600];
    snprintf(text, sizeof text,
             "{\"model_type\":\"deberta-v2\"," SIZES
             ",\"relative_attention\":true,\"share_att_key\":true,\"norm_rel_ebd\":"
             "\"layer_norm\",\"position_biased_input\":false,\"type_vocab_size\":0,"
             "\"pos_att_type\":%s}",
             spellings[k]);
    const bool both = k + 1 < OG_COUNT(spellings);
    assert_status(parse(text, &c, &err), both ? OG_OK : OG_BAD_STORE);
    assert_true(both || strstr(err.message, "pos_att_type must be"));
  }
}

static void bad_files_are_refused_with_the_key_named(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(bad); k++) {
    OgError err = {0};
    OgConfig c;
    assert_status(parse(bad[k].text, &c, &err), OG_BAD_STORE);
    if (!strstr(err.message, bad[k].message)) {
      fail_msg("%s: expected \"%s\" in: %s", bad[k].text, bad[k].message, err.message);
    }
    assert_string_equal(err.source, "config.json");
  }
}

static void what_is_saved_loads_again(void **state) {
  (void)state;
  OgError err = {0};
  OgConfig saved = og_config_default();
  OgConfig loaded;
  const char *directory = scratch("saved");
  saved.vocab_size = 77;
  saved.activation = OG_RELU;
  saved.hidden_dropout = 0.3F;
  saved.layer_norm_eps = 1.1920929e-7F; /* takes eight digits */
  assert_ok(og_directory_make(directory, &err));
  assert_ok(og_config_save(directory, &saved, "Model", NULL, 0, &err));
  memset(&loaded, 0, sizeof loaded);
  assert_ok(og_config_load(directory, &loaded, &err));
  assert_int_equal(loaded.vocab_size, 77);
  assert_int_equal(loaded.activation, OG_RELU);
  assert_float_equal(loaded.hidden_dropout, saved.hidden_dropout, 0);
  assert_float_equal(loaded.layer_norm_eps, saved.layer_norm_eps, 0);
  char **labels;
  size_t count;
  assert_ok(og_config_labels(directory, &labels, &count, &err));
  assert_null(labels);
  assert_int_equal(count, 0);
}

static void floats_are_written_in_their_shortest_form(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer text = OG_BUFFER_INIT;
  char path[4200];
  const OgConfig config = og_config_default();
  const char *directory = scratch("short");
  assert_ok(og_directory_make(directory, &err));
  assert_ok(og_config_save(directory, &config, "Model", NULL, 0, &err));
  snprintf(path, sizeof path, "%s/config.json", directory);
  assert_ok(og_file_read(path, 1 << 16, &text, &err));
  assert_non_null(strstr(text.data, "\"hidden_dropout_prob\": 0.1,"));
  assert_non_null(strstr(text.data, "\"layer_norm_eps\": 1e-12,"));
  assert_non_null(strstr(text.data, "\"initializer_range\": 0.02"));
  assert_non_null(strstr(text.data, "\"BertModel\""));
  og_buffer_clear(&text);
}

static void labels_keep_their_order(void **state) {
  (void)state;
  OgError err = {0};
  const OgConfig config = og_config_default();
  const char *const names[] = {"zebra", "ant", "größe"};
  const char *directory = scratch("labels");
  char **labels;
  size_t count;
  assert_ok(og_directory_make(directory, &err));
  assert_ok(og_config_save(directory, &config, "ForSequenceClassification", names, 3, &err));
  assert_ok(og_config_labels(directory, &labels, &count, &err));
  assert_int_equal(count, 3);
  for (size_t k = 0; k < 3; k++) {
    assert_string_equal(labels[k], names[k]);
  }
  og_config_labels_free(labels, count);
}

static void labels_with_a_hole_are_refused(void **state) {
  (void)state;
  OgError err = {0};
  char path[4200];
  char **labels;
  size_t count;
  static const char text[] = "{\"id2label\":{\"0\":\"a\",\"2\":\"b\"}}";
  const char *directory = scratch("hole");
  assert_ok(og_directory_make(directory, &err));
  snprintf(path, sizeof path, "%s/config.json", directory);
  assert_ok(og_file_write(path, text, sizeof text - 1, &err));
  assert_status(og_config_labels(directory, &labels, &count, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "number 1 must be a string, found nothing"));
}

static void impossible_sizes_are_not_saved(void **state) {
  (void)state;
  OgError err = {0};
  OgConfig config = og_config_default();
  config.heads = 3;
  assert_status(og_config_save(scratch("never"), &config, "Model", NULL, 0, &err), OG_USAGE);
}

static void a_missing_file_says_so(void **state) {
  (void)state;
  OgError err = {0};
  OgConfig config;
  assert_status(og_config_load(scratch("absent"), &config, &err), OG_IO);
  assert_non_null(strstr(err.message, "config.json"));
}

static void the_shared_checkpoints_load(void **state) {
  (void)state;
  OgError err = {0};
  OgConfig config;
  const char *directory = shared_data("base/reference/checkpoint");
  if (!directory) {
    skip_without_data("base/reference/checkpoint");
  }
  assert_ok(og_config_load(directory, &config, &err));
  assert_int_equal(config.hidden_size, 48);
  assert_float_equal(config.initializer_range, 0.2F, 0);
}

static void what_is_no_file_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgConfig config;
  char path[4200];
  const char *directory = scratch("odd");
  assert_ok(og_directory_make(directory, &err));
  snprintf(path, sizeof path, "%s/config.json", directory);
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_status(og_config_load(directory, &config, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "is a pipe"));
  assert_int_equal(remove(path), 0);
  assert_int_equal(symlink("/dev/null", path), 0);
  assert_status(og_config_load(directory, &config, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "symbolic link out of its directory"));
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err = {0};
  OgConfig config = og_config_default();
  const char *const names[] = {"a", "b"};
  const char *directory = scratch("memory");
  assert_ok(og_directory_make(directory, &err));
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    og_memory_fail_after(n);
    status = og_config_save(directory, &config, "Model", names, 2, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
  status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    char **labels = NULL;
    size_t count = 0;
    og_memory_fail_after(n);
    status = og_config_load(directory, &config, &err);
    if (status == OG_OK) {
      status = og_config_labels(directory, &labels, &count, &err);
    }
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || (status == OG_NO_MEMORY && !labels));
    og_config_labels_free(labels, count);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sizes_are_read_and_the_rest_is_hugging_faces_default),
      cmocka_unit_test(every_key_is_read),
      cmocka_unit_test(scores_of_distances_come_in_any_order),
      cmocka_unit_test(bad_files_are_refused_with_the_key_named),
      cmocka_unit_test(what_is_no_file_is_refused),
      cmocka_unit_test(what_is_saved_loads_again),
      cmocka_unit_test(floats_are_written_in_their_shortest_form),
      cmocka_unit_test(labels_keep_their_order),
      cmocka_unit_test(labels_with_a_hole_are_refused),
      cmocka_unit_test(impossible_sizes_are_not_saved),
      cmocka_unit_test(a_missing_file_says_so),
      cmocka_unit_test(the_shared_checkpoints_load),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
