#include "tests/finetune/world.h"
#include "tests/test.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/spill.h"
#include "finetune/corpus.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a",
                                    "b",     "c",     "d",     "e",     "f",      "g"};
enum { PAD, UNKNOWN, CLS, SEP, MASK, A, WORDS = 12 };

static OgTokenizer *make_tokenizer(void) {
  OgTokenizer *tokenizer;
  OgError err;
  assert_ok(og_tokenizer_new(words, WORDS, true, &tokenizer, &err));
  return tokenizer;
}

static void read_text(const char *text, OgRawText *raw) {
  const char *path = scratch("text.txt");
  OgError err;
  assert_ok(og_file_write(path, text, strlen(text), &err));
  assert_ok(og_raw_text_read(&path, 1, NULL, raw, &err));
}

static void pack(const char *text, size_t max_length, int threads, OgCorpus *corpus) {
  OgRawText raw;
  OgTeam *team;
  OgError err;
  OgTokenizer *tokenizer = make_tokenizer();
  read_text(text, &raw);
  assert_ok(og_team_new(threads, &team, &err));
  assert_ok(og_corpus_pack(&raw, tokenizer, max_length, team, corpus, &err));
  og_team_free(team);
  og_tokenizer_free(tokenizer);
  og_raw_text_clear(&raw);
}

/* "[CLS] a b [SEP] | [CLS] c [SEP]" for a corpus. */
static const char *show(const OgCorpus *corpus) {
  static char text[1024];
  size_t used = 0;
  for (size_t b = 0; b < corpus->blocks; b++) {
    used += (size_t)snprintf(text + used, sizeof text - used, "%s", b ? " |" : "");
    for (size_t k = corpus->starts[b]; k < corpus->starts[b + 1]; k++) {
      used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "",
                               words[corpus->ids[k]]);
    }
  }
  return text;
}

static void empty_lines_end_documents(void **state) {
  (void)state;
  OgRawText raw;
  read_text("a b\r\nc\n\n  \nd\n", &raw);
  assert_int_equal(raw.count, 3);
  assert_true(raw.paragraphs[0].first);
  assert_false(raw.paragraphs[1].first);
  assert_true(raw.paragraphs[2].first);
  assert_int_equal(raw.paragraphs[0].size, 3);
  og_raw_text_clear(&raw);
}

static void files_without_text_are_refused(void **state) {
  (void)state;
  const char *path = scratch("empty.txt");
  OgRawText raw;
  OgError err;
  assert_ok(og_file_write(path, "\n \n", 3, &err));
  assert_status(og_raw_text_read(&path, 1, NULL, &raw, &err), OG_BAD_DATA);
  assert_ok(og_file_write(path, "text\nSQLite\0\n", 13, &err));
  assert_status(og_raw_text_read(&path, 1, NULL, &raw, &err), OG_BAD_DATA);
  assert_int_equal(err.line, 2);
  const char *missing = scratch("missing.txt");
  assert_status(og_raw_text_read(&missing, 1, NULL, &raw, &err), OG_IO);
}

static void lines_that_are_not_utf8_are_warned_of(void **state) {
  (void)state;
  Watch watch;
  watch_init(&watch, NULL, 0);
  const char *path = world_file("latin.txt", "na\xc3\xafve\nna\xefve\nZ\xfcrich\n");
  OgRawText raw;
  OgError err;
  assert_ok(og_raw_text_read(&path, 1, &watch.progress, &raw, &err));
  assert_int_equal(raw.count, 3);
  assert_int_equal(watch.warnings, 1);
  assert_non_null(strstr(watch.warning, "2 lines are not UTF-8 (the first is 2)"));
  og_raw_text_clear(&raw);
}

static void paragraphs_are_joined_while_they_fit(void **state) {
  (void)state;
  OgCorpus corpus;
  pack("a b\nc d\ne f g\n", 8, 1, &corpus);
  assert_string_equal(show(&corpus), "[CLS] a b [SEP] c d [SEP] | [CLS] e f g [SEP]");
  assert_int_equal(corpus.longest, 7);
  og_corpus_clear(&corpus);
}

static void documents_are_not_joined(void **state) {
  (void)state;
  OgCorpus corpus;
  pack("a b\n\nc d\n", 8, 1, &corpus);
  assert_string_equal(show(&corpus), "[CLS] a b [SEP] | [CLS] c d [SEP]");
  og_corpus_clear(&corpus);
}

static void a_long_paragraph_is_cut(void **state) {
  (void)state;
  OgCorpus corpus;
  pack("a b c d e f g a\nb\n", 8, 1, &corpus);
  assert_string_equal(show(&corpus), "[CLS] a b c d e f [SEP] | [CLS] g a [SEP] b [SEP]");
  og_corpus_clear(&corpus);
}

static void unknown_words_are_counted(void **state) {
  (void)state;
  OgCorpus corpus;
  pack("a zebra b\n", 8, 1, &corpus);
  assert_int_equal(corpus.unknown, 1);
  og_corpus_clear(&corpus);
}

static void threads_do_not_change_the_blocks(void **state) {
  (void)state;
  const char *text = "a b\nc\nd e f\n\ng a b c\nd\ne f g a b c d\nb\n";
  OgCorpus one, three;
  pack(text, 9, 1, &one);
  pack(text, 9, 3, &three);
  assert_int_equal(one.tokens, three.tokens);
  assert_int_equal(one.blocks, three.blocks);
  assert_memory_equal(one.ids, three.ids, one.tokens * sizeof *one.ids);
  assert_memory_equal(one.starts, three.starts, (one.blocks + 1) * sizeof *one.starts);
  og_corpus_clear(&one);
  og_corpus_clear(&three);
}

/* A corpus of `blocks` blocks of 16 tokens. */
static void make_corpus(size_t blocks, OgCorpus *corpus) {
  *corpus = (OgCorpus){.blocks = blocks, .tokens = 16 * blocks, .longest = 16};
  corpus->ids = og_calloc(corpus->tokens, sizeof *corpus->ids);
  corpus->starts = og_calloc(blocks + 1, sizeof *corpus->starts);
  for (size_t k = 0; k < corpus->tokens; k++) {
    corpus->ids[k] = k % 16 == 0 ? CLS : k % 16 == 15 ? SEP : A + (uint32_t)(k % 7);
  }
  for (size_t b = 0; b <= blocks; b++) {
    corpus->starts[b] = 16 * b;
  }
}

static OgMasking masking(double rate) {
  return (OgMasking){rate, WORDS, {PAD, UNKNOWN, CLS, SEP, MASK}};
}

static void masks_come_in_the_published_shares(void **state) {
  (void)state;
  enum { BLOCKS = 2000 };
  OgCorpus corpus;
  make_corpus(BLOCKS, &corpus);
  uint32_t blocks[BLOCKS];
  for (uint32_t b = 0; b < BLOCKS; b++) {
    blocks[b] = b;
  }
  OgMaskedBatch batch = {0};
  OgError err;
  const OgMasking fifteen = masking(0.15);
  assert_ok(og_masked_batch_fill(&batch, &corpus, blocks, BLOCKS, &fifteen, 5, &err));
  size_t masked = 0, kept = 0;
  for (size_t m = 0; m < batch.M; m++) {
    const uint32_t row = batch.rows[m];
    assert_int_equal(batch.targets[m], corpus.ids[row]);
    assert_true(batch.targets[m] >= A);
    assert_true(batch.ids[row] == MASK || batch.ids[row] >= A);
    masked += batch.ids[row] == MASK;
    kept += batch.ids[row] == batch.targets[m];
  }
  const double count = (double)batch.M;
  assert_true(count / (14.0 * BLOCKS) > 0.14 && count / (14.0 * BLOCKS) < 0.16);
  assert_true((double)masked / count > 0.78 && (double)masked / count < 0.82);
  /* 10 % stay, and one in seven of the random words is the same. */
  assert_true((double)kept / count > 0.09 && (double)kept / count < 0.14);
  og_masked_batch_clear(&batch);
  og_corpus_clear(&corpus);
}

static void a_mask_depends_on_the_seed_and_not_on_the_batch(void **state) {
  (void)state;
  OgCorpus corpus;
  make_corpus(8, &corpus);
  OgMaskedBatch all = {0}, last = {0};
  OgError err;
  const OgMasking third = masking(0.3);
  const uint32_t blocks[] = {0, 1, 2, 3, 4, 5, 6, 7};
  assert_ok(og_masked_batch_fill(&all, &corpus, blocks, 8, &third, 5, &err));
  assert_ok(og_masked_batch_fill(&last, &corpus, blocks + 6, 2, &third, 5, &err));
  assert_memory_equal(all.ids + 6 * 16, last.ids, 2 * 16 * sizeof *last.ids);
  assert_ok(og_masked_batch_fill(&last, &corpus, blocks + 6, 2, &third, 6, &err));
  assert_memory_not_equal(all.ids + 6 * 16, last.ids, 2 * 16 * sizeof *last.ids);
  og_masked_batch_clear(&all);
  og_masked_batch_clear(&last);
  og_corpus_clear(&corpus);
}

static void a_batch_always_predicts_something(void **state) {
  (void)state;
  OgCorpus corpus;
  make_corpus(1, &corpus);
  OgMaskedBatch batch = {0};
  OgError err;
  const OgMasking hardly = masking(1e-9);
  const uint32_t block = 0;
  assert_ok(og_masked_batch_fill(&batch, &corpus, &block, 1, &hardly, 5, &err));
  assert_int_equal(batch.M, 1);
  assert_int_equal(batch.rows[0], 1);
  og_masked_batch_clear(&batch);
  og_corpus_clear(&corpus);
}

/* Pack a text of 3 MB; with a limit, in files. */
static void pack_large(const char *path, size_t limit, OgCorpus *corpus, size_t *in_files) {
  OgError err;
  OgTeam *team;
  OgRawText raw;
  OgTokenizer *tokenizer = make_tokenizer();
  assert_ok(og_team_new(2, &team, &err));
  og_spill_begin(limit, scratch(""));
  assert_ok(og_raw_text_read(&path, 1, NULL, &raw, &err));
  assert_ok(og_corpus_pack(&raw, tokenizer, 64, team, corpus, &err));
  *in_files = og_spill_size();
  og_spill_tick();
  og_spill_begin(0, "");
  og_raw_text_clear(&raw);
  og_team_free(team);
  og_tokenizer_free(tokenizer);
}

static void a_corpus_larger_than_memory_lies_in_files(void **state) {
  (void)state;
  enum { SIZE = 3 << 20 };
  OgError err;
  OgCorpus kept, mapped;
  size_t in_memory, in_files;
  char *text = og_calloc(SIZE, 1);
  for (size_t k = 0; k < SIZE; k++) {
    text[k] = k % 2 ? (k % 101 ? ' ' : '\n') : (char)('a' + k / 2 % 4);
  }
  char path[4096];
  snprintf(path, sizeof path, "%s", scratch("large.txt"));
  assert_ok(og_file_write(path, text, SIZE, &err));
  pack_large(path, 0, &kept, &in_memory);
  pack_large(path, 2 << 20, &mapped, &in_files);
  assert_int_equal(in_memory, 0);
  assert_true(in_files >= SIZE + mapped.tokens * sizeof *mapped.ids);
  assert_int_equal(mapped.tokens, kept.tokens);
  assert_memory_equal(mapped.ids, kept.ids, kept.tokens * sizeof *kept.ids);
  og_corpus_clear(&kept);
  og_corpus_clear(&mapped);
  og_free(text);
}

static void memory_that_runs_out_is_reported(void **state) {
  (void)state;
  OgTeam *team;
  OgError err;
  const char *path = scratch("memory.txt");
  assert_ok(og_file_write(path, "a b\nc d\n", 8, &err));
  OgTokenizer *tokenizer = make_tokenizer();
  assert_ok(og_team_new(2, &team, &err));
  for (long countdown = 0;; countdown++) {
    OgRawText raw = {.text = OG_BUFFER_INIT};
    OgCorpus corpus = {0};
    OgMaskedBatch batch = {0};
    const OgMasking half = masking(0.5);
    const uint32_t block = 0;
    og_memory_fail_after(countdown);
    OgStatus status = og_raw_text_read(&path, 1, NULL, &raw, &err);
    if (status == OG_OK) {
      status = og_corpus_pack(&raw, tokenizer, 8, team, &corpus, &err);
    }
    if (status == OG_OK) {
      status = og_masked_batch_fill(&batch, &corpus, &block, 1, &half, 5, &err);
    }
    og_memory_fail_after(-1);
    og_masked_batch_clear(&batch);
    og_corpus_clear(&corpus);
    og_raw_text_clear(&raw);
    if (status == OG_OK) {
      break;
    }
    assert_status(status, OG_NO_MEMORY);
  }
  og_team_free(team);
  og_tokenizer_free(tokenizer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(empty_lines_end_documents),
      cmocka_unit_test(files_without_text_are_refused),
      cmocka_unit_test(lines_that_are_not_utf8_are_warned_of),
      cmocka_unit_test(paragraphs_are_joined_while_they_fit),
      cmocka_unit_test(documents_are_not_joined),
      cmocka_unit_test(a_long_paragraph_is_cut),
      cmocka_unit_test(unknown_words_are_counted),
      cmocka_unit_test(threads_do_not_change_the_blocks),
      cmocka_unit_test(masks_come_in_the_published_shares),
      cmocka_unit_test(a_mask_depends_on_the_seed_and_not_on_the_batch),
      cmocka_unit_test(a_batch_always_predicts_something),
      cmocka_unit_test(a_corpus_larger_than_memory_lies_in_files),
      cmocka_unit_test(memory_that_runs_out_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
