#include "tests/test.h"

#include "core/blas.h"
#include "core/file.h"
#include "core/memory.h"
#include "finetune/checkpoint.h"
#include "model/encoder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void put(const char *directory, const char *name, const char *text) {
  OgError err;
  char *path = og_path_join(directory, name);
  assert_ok(og_file_write(path, text, strlen(text), &err));
  og_free(path);
}

static void assert_file(const char *directory, const char *name, const char *expected) {
  OgError err;
  char *path = og_path_join(directory, name);
  if (!expected) {
    assert_false(og_file_exists(path));
  } else {
    OgBuffer content = OG_BUFFER_INIT;
    assert_ok(og_file_read(path, 1000, &content, &err));
    assert_string_equal(content.data, expected);
    og_buffer_clear(&content);
  }
  og_free(path);
}

static void a_directory_appears_when_it_is_committed(void **state) {
  (void)state;
  char path[512];
  snprintf(path, sizeof path, "%s/", scratch("model-new"));
  OgDirectory directory;
  OgError err;
  assert_ok(og_directory_open(path, true, NULL, &directory, &err));
  put(directory.temporary, "config.json", "1");
  assert_false(og_directory_exists(path));
  assert_ok(og_directory_commit(&directory, &err));
  og_directory_close(&directory);
  assert_file(path, "config.json", "1");
}

static void a_model_is_replaced_as_a_whole(void **state) {
  (void)state;
  const char *path = scratch("model-old");
  OgDirectory directory;
  OgError err;
  assert_ok(og_directory_make(path, &err));
  put(path, "config.json", "old");
  put(path, "metrics.json", "old");
  assert_ok(og_directory_open(path, true, NULL, &directory, &err));
  put(directory.temporary, "config.json", "new");
  char temporary[512];
  snprintf(temporary, sizeof temporary, "%s", directory.temporary);
  assert_ok(og_directory_commit(&directory, &err));
  og_directory_close(&directory);
  assert_file(path, "config.json", "new");
  assert_file(path, "metrics.json", NULL);
  assert_false(og_directory_exists(temporary));
}

static void a_model_is_not_replaced_unasked(void **state) {
  (void)state;
  static const struct {
    const char *file, *by;
  } models[] = {
      {"ontograft.json", "holds a model of finetune, from 2"},
      {"pretrain.json", "holds a model of pretrain, from 2"},
      {"model.safetensors", "holds a model, from 2"},
      {"vocab.txt", "holds a model;"},
  };
  OgDirectory directory;
  OgError err;
  const char *path = scratch("model-finished");
  assert_ok(og_directory_make(path, &err));
  assert_ok(
      og_directory_open(path, false, NULL, &directory, &err)); /* empty, it is in nobody's way */
  og_directory_close(&directory);
  for (size_t k = OG_COUNT(models); k-- > 0;) {
    put(path, models[k].file, "old");
    assert_status(og_directory_open(path, false, NULL, &directory, &err), OG_USAGE);
    assert_non_null(strstr(err.message, models[k].by));
    assert_non_null(strstr(err.message, "--force"));
    assert_file(path, models[k].file, "old");
  }
  assert_false(og_file_exists(scratch("model-finished.partial-0")));
}

static void without_commit_all_stays_as_it_was(void **state) {
  (void)state;
  const char *path = scratch("model-kept");
  OgDirectory directory;
  OgError err;
  assert_ok(og_directory_make(path, &err));
  put(path, "config.json", "old");
  assert_ok(og_directory_open(path, true, NULL, &directory, &err));
  put(directory.temporary, "config.json", "new");
  char temporary[512];
  snprintf(temporary, sizeof temporary, "%s", directory.temporary);
  og_directory_close(&directory);
  assert_file(path, "config.json", "old");
  assert_false(og_directory_exists(temporary));
}

static void remember(void *data, const char *message) {
  snprintf(data, 1024, "%s", message);
}

/* A process that was killed left its directory, with a file it was writing; another still runs. */
static void what_killed_processes_left_is_removed(void **state) {
  (void)state;
  const char *path = scratch("model-abandoned");
  char left[512], other[512], warning[1024] = "";
  const OgProgress progress = {NULL, remember, warning};
  OgDirectory directory, running;
  OgError err;
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    const bool opened = og_directory_open(path, false, NULL, &running, &err) == OG_OK;
    _exit(opened ? 0 : 1);
  }
  int code;
  assert_int_equal(waitpid(child, &code, 0), child);
  assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
  snprintf(left, sizeof left, "%s.partial-%ld", path, (long)child);
  put(left, "config.json", "half");
  put(left, "model.safetensors.x4Zk1q", "half");
  snprintf(other, sizeof other, "%s.partial-1x", path);
  assert_ok(og_directory_make(other, &err)); /* not of this program */
  assert_ok(og_directory_open(path, false, &progress, &directory, &err));
  assert_false(og_directory_exists(left));
  assert_true(og_directory_exists(other));
  assert_non_null(strstr(warning, left));
  warning[0] = '\0';
  assert_ok(og_directory_open(path, false, &progress, &running, &err)); /* the first one lives */
  assert_string_equal(warning, "");
  assert_true(og_directory_exists(directory.temporary));
  og_directory_close(&running);
  og_directory_close(&directory);
}

static void a_directory_with_other_files_is_never_replaced(void **state) {
  (void)state;
  const char *path = scratch("thesis");
  OgDirectory directory;
  OgError err;
  assert_ok(og_directory_make(path, &err));
  put(path, "thesis.tex", "precious");
  assert_status(og_directory_open(path, true, NULL, &directory, &err), OG_USAGE);
  assert_non_null(strstr(err.message, "thesis.tex"));
  assert_file(path, "thesis.tex", "precious");
}

static void a_file_in_the_way_is_told(void **state) {
  (void)state;
  const char *path = scratch("plain-file");
  OgDirectory directory;
  OgError err;
  assert_ok(og_file_write(path, "x", 1, &err));
  assert_status(og_directory_open(path, true, NULL, &directory, &err), OG_IO);
}

static OgRunFile example(void) {
  OgRunFile run = {.fusion = OG_FUSION_GATED,
                   .pooling = OG_POOLING_MEAN,
                   .max_length = 128,
                   .min_link_score = 0.5F,
                   .base = og_strdup("base/"),
                   .graph = og_strdup("/g.db"),
                   .embedding_set = og_strdup("complex-64"),
                   .shuffle_seed = UINT64_C(0xfedcba9876543210),
                   .options = json_pack("{s:i}", "epochs", 3)};
  memset(run.graph_hash, 'a', OG_SHA256_HEX_SIZE - 1);
  memset(run.vectors_hash, 'b', OG_SHA256_HEX_SIZE - 1);
  return run;
}

static void a_run_file_says_what_was_written(void **state) {
  (void)state;
  const char *path = scratch("run");
  OgError err;
  OgRunFile run = example(), back;
  assert_ok(og_directory_make(path, &err));
  assert_ok(og_run_file_save(&run, path, &err));
  assert_ok(og_run_file_load(path, &back, &err));
  assert_int_equal(back.fusion, run.fusion);
  assert_int_equal(back.pooling, run.pooling);
  assert_int_equal(back.max_length, run.max_length);
  assert_true(back.min_link_score == run.min_link_score);
  assert_string_equal(back.base, run.base);
  assert_string_equal(back.graph, run.graph);
  assert_string_equal(back.embedding_set, run.embedding_set);
  assert_string_equal(back.graph_hash, run.graph_hash);
  assert_string_equal(back.vectors_hash, run.vectors_hash);
  assert_true(back.shuffle_seed == run.shuffle_seed);
  assert_true(json_equal(back.options, run.options));
  og_run_file_clear(&run);
  og_run_file_clear(&back);
}

static void bad_run_files_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *says;
  } cases[] = {
      {"{", "JSON"},
      {"{\"format\": 9}", "format"},
      {"{\"format\": 1, \"fusion\": 3}", "fusion"},
      {"{\"format\": 1, \"fusion\": \"glued\", \"pooling\": \"cls\"}", "glued"},
      {"{\"format\": 1, \"fusion\": \"none\", \"pooling\": \"auto\"}", "auto"},
      {"{\"format\": 1, \"fusion\": \"none\", \"pooling\": \"cls\"}", "max_length"},
      {"{\"format\": 1, \"fusion\": \"none\", \"pooling\": \"cls\", \"max_length\": 1e9}",
       "max_length"},
      {"{\"format\": 1, \"fusion\": \"none\", \"pooling\": \"cls\", \"max_length\": 9, "
       "\"graph_hash\": \"0123456789012345678901234567890123456789012345678901234567890123456789\""
       "}",
       "graph_hash"},
  };
  const char *path = scratch("bad-run");
  OgError err;
  assert_ok(og_directory_make(path, &err));
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgRunFile run;
    put(path, "ontograft.json", cases[k].text);
    assert_status(og_run_file_load(path, &run, &err), OG_BAD_STORE);
    if (!strstr(err.message, cases[k].says)) {
      fail_msg("\"%s\" does not say \"%s\"", err.message, cases[k].says);
    }
  }
}

static void a_directory_that_is_no_run_is_told(void **state) {
  (void)state;
  OgRunFile run;
  OgError err;
  assert_status(og_run_file_load(scratch("nowhere"), &run, &err), OG_IO);
  assert_non_null(strstr(err.message, "ontograft finetune"));
}

/* FIPS 180-4's example: SHA-256 of "abc". */
static void the_hash_of_a_model_is_that_of_its_weights(void **state) {
  (void)state;
  const char *path = scratch("hashed");
  char hex[OG_SHA256_HEX_SIZE];
  OgError err;
  assert_ok(og_directory_make(path, &err));
  assert_status(og_model_sha256(path, hex, &err), OG_IO);
  put(path, "model.safetensors", "abc");
  assert_ok(og_model_sha256(path, hex, &err));
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void a_base_says_what_it_lacks(void **state) {
  (void)state;
  OgConfig config;
  OgTokenizer *tokenizer = NULL;
  OgError err;
  assert_status(og_base_load(scratch("no-base"), &config, &tokenizer, &err), OG_IO);
  assert_non_null(strstr(err.message, "ontograft pretrain"));
  const char *path = scratch("small-words");
  assert_ok(og_directory_make(path, &err));
  assert_status(og_base_load(path, &config, &tokenizer, &err), OG_IO);
  config = og_config_default();
  config.vocab_size = 5;
  assert_ok(og_config_save(path, &config, "Model", NULL, 0, &err));
  put(path, "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\none\n");
  assert_status(og_base_load(path, &config, &tokenizer, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "6 words, but config.json says 5"));
  assert_null(tokenizer);
}

/* Its word embeddings are trained and its layers random; what it gives must be finite. */
static void the_shared_initialiser_loads_and_runs(void **state) {
  (void)state;
  const char *path = shared_data("base/tiny-init");
  if (!path) {
    skip_without_data("base/tiny-init");
  }
  OgConfig config;
  OgTokenizer *tokenizer;
  OgParams params;
  OgTeam *team;
  OgPass *pass;
  OgError err;
  assert_ok(og_base_load(path, &config, &tokenizer, &err));
  assert_int_equal(config.layers, 2);
  assert_int_equal(config.hidden_size, 128);
  assert_int_equal(og_tokenizer_vocab_size(tokenizer), 30522);
  assert_ok(og_params_init(&params, &config, NULL, 0, &err));
  bool *loaded = OG_NEW_ARRAY(bool, params.count);
  assert_ok(og_params_load(&params, path, NULL, loaded, &err));
  assert_true(loaded[og_params_find(&params, "encoder.layer.1.output.dense.weight")]);
  const char text[] = "A patient with asthma.";
  OgTokens tokens = OG_TOKENS_INIT;
  assert_ok(og_tokenizer_encode(tokenizer, text, strlen(text), NULL, 0, 64, &tokens, &err));
  uint32_t offsets[2] = {0, (uint32_t)tokens.count};
  const OgBatch batch = {
      .B = 1, .T = tokens.count, .ids = tokens.ids, .types = tokens.types, .offsets = offsets};
  const float *hidden;
  assert_ok(og_blas_load(&err));
  assert_ok(og_team_new(1, &team, &err));
  assert_ok(og_pass_new(&params, team, OG_KEEP_NOTHING, &pass, &err));
  assert_ok(og_encoder_forward(pass, &batch, 0, &hidden, &err));
  for (size_t k = 0; k < tokens.count * config.hidden_size; k++) {
    assert_true(isfinite(hidden[k]));
  }
  og_pass_free(pass);
  og_team_free(team);
  og_tokens_clear(&tokens);
  og_free(loaded);
  og_params_clear(&params);
  og_tokenizer_free(tokenizer);
}

static void memory_that_runs_out_leaves_nothing_behind(void **state) {
  (void)state;
  const char *path = scratch("memory");
  OgError err;
  for (long countdown = 0;; countdown++) {
    OgDirectory directory;
    og_memory_fail_after(countdown);
    const OgStatus status = og_directory_open(path, true, NULL, &directory, &err);
    og_memory_fail_after(-1);
    char temporary[600];
    snprintf(temporary, sizeof temporary, "%s.partial-%ld", path, (long)getpid());
    if (status == OG_OK) {
      og_directory_close(&directory);
      assert_false(og_directory_exists(temporary));
      break;
    }
    assert_status(status, OG_NO_MEMORY);
    assert_false(og_directory_exists(temporary));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_directory_appears_when_it_is_committed),
      cmocka_unit_test(a_model_is_replaced_as_a_whole),
      cmocka_unit_test(a_model_is_not_replaced_unasked),
      cmocka_unit_test(without_commit_all_stays_as_it_was),
      cmocka_unit_test(what_killed_processes_left_is_removed),
      cmocka_unit_test(a_directory_with_other_files_is_never_replaced),
      cmocka_unit_test(a_file_in_the_way_is_told),
      cmocka_unit_test(a_run_file_says_what_was_written),
      cmocka_unit_test(bad_run_files_are_refused),
      cmocka_unit_test(a_directory_that_is_no_run_is_told),
      cmocka_unit_test(the_hash_of_a_model_is_that_of_its_weights),
      cmocka_unit_test(a_base_says_what_it_lacks),
      cmocka_unit_test(the_shared_initialiser_loads_and_runs),
      cmocka_unit_test(memory_that_runs_out_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
