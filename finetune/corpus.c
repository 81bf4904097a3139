#include "finetune/corpus.h"

#include "core/input.h"
#include "core/memory.h"
#include "model/wordpiece_train.h"

#include <string.h>
#include <utf8proc.h>

enum {
  LINE_LIMIT = 64 << 20,  /* bytes */
  REPORT_EVERY = 1 << 12, /* lines between two reports of progress */
  SHORTEST_BLOCK = 8      /* tokens; the least max_length that leaves room for text */
};

/* ---- reading ---- */

static OgStatus add_paragraph(OgRawText *raw, const OgBuffer *line, bool first, OgError *err) {
  if (raw->count == raw->capacity) {
    const size_t capacity = raw->capacity ? 2 * raw->capacity : 1024;
    OgParagraph *grown = og_realloc(raw->paragraphs, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    raw->paragraphs = grown;
    raw->capacity = capacity;
  }
  const size_t start = raw->text.size;
  OG_TRY(og_buffer_append(&raw->text, line->data, line->size, err));
  raw->paragraphs[raw->count++] = (OgParagraph){start, (uint32_t)line->size, first};
  return OG_OK;
}

static bool is_blank(const OgBuffer *line) {
  for (size_t k = 0; k < line->size; k++) {
    if (!strchr(" \t\r\f\v", line->data[k])) {
      return false;
    }
  }
  return true;
}

static bool is_utf8(const OgBuffer *line) {
  const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)line->data;
  for (size_t k = 0; k < line->size;) {
    utf8proc_int32_t point;
    const utf8proc_ssize_t size =
        text[k] < 0x80 ? 1 : utf8proc_iterate(text + k, (utf8proc_ssize_t)(line->size - k), &point);
    if (size <= 0) {
      return false;
    }
    k += (size_t)size;
  }
  return true;
}

/* Lines of a file that are not UTF-8. */
typedef struct Foreign {
  size_t count, first;
} Foreign;

/* Look at line number `number`: a zero byte says that the file is no text. */
static OgStatus check_line(const char *path, const OgBuffer *line, size_t number, Foreign *foreign,
                           OgError *err) {
  if (line->size > 0 && memchr(line->data, '\0', line->size)) {
    return og_error_at(err, OG_BAD_DATA, path, (long)number, 0,
                       "a zero byte, which no text has; name a text file, " OG_ZERO_BYTE_ADVICE);
  }
  if (!is_utf8(line)) {
    foreign->first = foreign->count ? foreign->first : number;
    foreign->count++;
  }
  return OG_OK;
}

static OgStatus read_file(const char *path, const OgProgress *progress, OgRawText *raw,
                          OgError *err) {
  OgInput *input = NULL;
  OgBuffer line = OG_BUFFER_INIT;
  OgStatus status;
  OG_GO(og_input_open(path, &input, err));
  bool first = true;
  Foreign foreign = {0};
  for (size_t lines = 0;; lines++) {
    int more;
    OG_GO(og_input_line(input, LINE_LIMIT, &line, &more, err));
    if (!more) {
      break;
    }
    OG_GO(check_line(path, &line, lines + 1, &foreign, err));
    if (is_blank(&line)) {
      first = true;
    } else {
      OG_GO(add_paragraph(raw, &line, first, err));
      first = false;
    }
    if (lines % REPORT_EVERY == 0) {
      OG_GO(og_progress_report(progress, "reading text", (double)og_input_position(input),
                               (double)og_input_size(input), "", err));
    }
  }
  if (foreign.count > 0) {
    og_progress_warn(progress,
                     "%s: %zu lines are not UTF-8 (the first is %zu): bytes that are none are left "
                     "out; " OG_ENCODING_ADVICE,
                     path, foreign.count, foreign.first);
  }
done:
  og_buffer_clear(&line);
  og_input_close(input);
  return status;
}

OgStatus og_raw_text_read(const char *const *paths, size_t count, const OgProgress *progress,
                          OgRawText *raw, OgError *err) {
  *raw = (OgRawText){.text = OG_BUFFER_INIT};
  OgStatus status = OG_OK;
  for (size_t k = 0; k < count; k++) {
    OG_GO(read_file(paths[k], progress, raw, err));
  }
  if (raw->count == 0) {
    status = og_error_at(err, OG_BAD_DATA, count == 1 ? paths[0] : NULL, 0, 0,
                         "expected text, a paragraph a line, but found none");
  }
done:
  if (status != OG_OK) {
    og_raw_text_clear(raw);
  }
  return status;
}

void og_raw_text_clear(OgRawText *raw) {
  og_buffer_clear(&raw->text);
  og_free(raw->paragraphs);
  *raw = (OgRawText){.text = OG_BUFFER_INIT};
}

OgStatus og_raw_text_tokenizer(const OgRawText *raw, size_t vocab_size, bool lowercase,
                               const OgProgress *progress, OgTokenizer **tokenizer, OgError *err) {
  OgWordCounts *counts = NULL;
  OgVocabulary vocabulary = {NULL, 0};
  OgStatus status;
  OG_GO(og_word_counts_new(lowercase, &counts, err));
  for (size_t k = 0; k < raw->count; k++) {
    const OgParagraph *paragraph = &raw->paragraphs[k];
    OG_GO(og_word_counts_add(counts, raw->text.data + paragraph->start, paragraph->size, err));
    if (k % REPORT_EVERY == 0) {
      OG_GO(og_progress_report(progress, "counting words", (double)k, (double)raw->count, "", err));
    }
  }
  OgWordpieceOptions options = og_wordpiece_options_default();
  options.vocab_size = vocab_size;
  OG_GO(og_wordpiece_train(counts, &options, progress, &vocabulary, err));
  OG_GO(og_tokenizer_new((const char *const *)vocabulary.words, vocabulary.count, lowercase,
                         tokenizer, err));
done:
  og_vocabulary_clear(&vocabulary);
  og_word_counts_free(counts);
  return status;
}

/* ---- packing ---- */

/* What one thread tokenised: its paragraphs' tokens end to end, without [CLS] and [SEP]. */
typedef struct Share {
  size_t begin, end; /* paragraphs */
  uint32_t *ids;
  size_t size, capacity;
  OgTokens tokens; /* of one paragraph */
  OgStatus status;
  OgError err;
} Share;

typedef struct Packing {
  const OgRawText *raw;
  const OgTokenizer *tokenizer;
  uint32_t *lengths; /* tokens of each paragraph */
  Share *shares;     /* one a thread */
} Packing;

static OgStatus tokenise_paragraph(const Packing *packing, Share *share, size_t k, OgError *err) {
  const OgParagraph *paragraph = &packing->raw->paragraphs[k];
  OG_TRY(og_tokenizer_encode(packing->tokenizer, packing->raw->text.data + paragraph->start,
                             paragraph->size, NULL, 0, SIZE_MAX, &share->tokens, err));
  const size_t count = share->tokens.count - 2;
  if (share->size + count > share->capacity) {
    const size_t capacity = 2 * (share->size + count) + 1024;
    uint32_t *grown = og_realloc(share->ids, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    share->ids = grown;
    share->capacity = capacity;
  }
  memcpy(share->ids + share->size, share->tokens.ids + 1, count * sizeof *share->ids);
  share->size += count;
  packing->lengths[k] = (uint32_t)count;
  return OG_OK;
}

static void tokenise(void *data, int thread) {
  Packing *packing = data;
  Share *share = &packing->shares[thread];
  for (size_t k = share->begin; k < share->end && share->status == OG_OK; k++) {
    share->status = tokenise_paragraph(packing, share, k, &share->err);
  }
}

/* Blocks while they are filled; ids holds [CLS] and what was put after it. */
typedef struct Packer {
  OgCorpus *corpus;
  size_t max_length;
  OgSpecialTokens special;
  size_t open; /* start of the open block; its size is corpus->tokens - open */
} Packer;

static void close_block(Packer *packer) {
  OgCorpus *corpus = packer->corpus;
  const size_t length = corpus->tokens - packer->open;
  if (length == 0) {
    return;
  }
  corpus->longest = length > corpus->longest ? length : corpus->longest;
  corpus->starts[++corpus->blocks] = corpus->tokens;
  packer->open = corpus->tokens;
}

/* Add size tokens and a [SEP], in a new block when they do not fit. */
static void pack_piece(Packer *packer, const uint32_t *ids, size_t size) {
  OgCorpus *corpus = packer->corpus;
  if (corpus->tokens - packer->open + size + 1 > packer->max_length) {
    close_block(packer);
  }
  if (corpus->tokens == packer->open) {
    corpus->ids[corpus->tokens++] = packer->special.cls;
  }
  for (size_t k = 0; k < size; k++) {
    corpus->unknown += ids[k] == packer->special.unknown;
    corpus->ids[corpus->tokens++] = ids[k];
  }
  corpus->ids[corpus->tokens++] = packer->special.sep;
}

static void pack_paragraph(Packer *packer, const uint32_t *ids, size_t size, bool first) {
  if (first) {
    close_block(packer);
  }
  const size_t room = packer->max_length - 2;
  for (size_t begin = 0; begin < size; begin += room) {
    pack_piece(packer, ids + begin, size - begin < room ? size - begin : room);
  }
}

static OgStatus pack_shares(const Packing *packing, int threads, size_t max_length,
                            OgCorpus *corpus, OgError *err) {
  size_t pieces = 0, tokens = 0;
  for (size_t k = 0; k < packing->raw->count; k++) {
    pieces += packing->lengths[k] / (max_length - 2) + 1;
    tokens += packing->lengths[k];
  }
  corpus->ids = og_calloc(tokens + 2 * pieces, sizeof *corpus->ids);
  corpus->starts = og_calloc(pieces + 1, sizeof *corpus->starts);
  if (!corpus->ids || !corpus->starts) {
    return og_error_no_memory(err);
  }
  Packer packer = {corpus, max_length, og_tokenizer_special(packing->tokenizer), 0};
  for (int thread = 0; thread < threads; thread++) {
    const Share *share = &packing->shares[thread];
    const uint32_t *ids = share->ids;
    for (size_t k = share->begin; k < share->end; k++) {
      if (packing->lengths[k] > 0) {
        pack_paragraph(&packer, ids, packing->lengths[k], packing->raw->paragraphs[k].first);
        ids += packing->lengths[k];
      }
    }
  }
  close_block(&packer);
  if (corpus->blocks == 0) {
    return og_error_set(err, OG_BAD_DATA,
                        "expected text, but the tokenizer found no word in it; is it the right "
                        "vocabulary?");
  }
  return OG_OK;
}

OgStatus og_corpus_pack(const OgRawText *raw, const OgTokenizer *tokenizer, size_t max_length,
                        OgTeam *team, OgCorpus *corpus, OgError *err) {
  *corpus = (OgCorpus){0};
  if (max_length < SHORTEST_BLOCK) {
    return og_error_set(err, OG_USAGE, "expected blocks of at least %d tokens, but found %zu",
                        SHORTEST_BLOCK, max_length);
  }
  const int threads = og_team_size(team);
  Packing packing = {raw, tokenizer, OG_NEW_ARRAY(uint32_t, raw->count),
                     OG_NEW_ARRAY(Share, (size_t)threads)};
  OgStatus status = OG_OK;
  if (!packing.lengths || !packing.shares) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (int thread = 0; thread < threads; thread++) {
    Share *share = &packing.shares[thread];
    og_share(raw->count, 1, thread, threads, &share->begin, &share->end);
  }
  og_team_run(team, tokenise, &packing);
  for (int thread = 0; thread < threads && status == OG_OK; thread++) {
    status = packing.shares[thread].status;
    if (status != OG_OK && err) {
      *err = packing.shares[thread].err;
    }
  }
  if (status == OG_OK) {
    status = pack_shares(&packing, threads, max_length, corpus, err);
  }
done:
  for (int thread = 0; packing.shares && thread < threads; thread++) {
    og_free(packing.shares[thread].ids);
    og_tokens_clear(&packing.shares[thread].tokens);
  }
  og_free(packing.shares);
  og_free(packing.lengths);
  if (status != OG_OK) {
    og_corpus_clear(corpus);
  }
  return status;
}

void og_corpus_clear(OgCorpus *corpus) {
  og_free(corpus->ids);
  og_free(corpus->starts);
  *corpus = (OgCorpus){0};
}

/* ---- masking ---- */

static OgStatus grow_batch(OgMaskedBatch *batch, size_t blocks, size_t tokens, OgError *err) {
  if (blocks > batch->block_capacity) {
    uint32_t *offsets = og_realloc(batch->offsets, blocks + 1, sizeof *offsets);
    if (!offsets) {
      return og_error_no_memory(err);
    }
    batch->offsets = offsets;
    batch->block_capacity = blocks;
  }
  uint32_t **const arrays[] = {&batch->ids, &batch->rows, &batch->targets};
  for (size_t k = 0; tokens > batch->token_capacity && k < OG_COUNT(arrays); k++) {
    uint32_t *grown = og_realloc(*arrays[k], tokens, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    *arrays[k] = grown;
  }
  batch->token_capacity = tokens > batch->token_capacity ? tokens : batch->token_capacity;
  return OG_OK;
}

OgStatus og_masked_batch_reserve(OgMaskedBatch *batch, size_t blocks, size_t tokens, OgError *err) {
  return grow_batch(batch, blocks, tokens, err);
}

static bool is_special(const OgSpecialTokens *special, uint32_t id) {
  return id == special->cls || id == special->sep || id == special->pad || id == special->mask ||
         id == special->unknown;
}

/* A uniform number in [0, 1) out of the upper bits. */
static double fraction(uint64_t bits) {
  return (double)(bits >> 11) * 0x1p-53;
}

/* Whether the k-th token of the corpus is to be predicted. */
static bool is_chosen(const OgCorpus *corpus, size_t k, const OgMasking *masking, uint64_t seed) {
  return fraction(og_random_at(seed, 2 * k)) < masking->rate &&
         !is_special(&masking->special, corpus->ids[k]);
}

/* What the model reads in place of a token that it is to predict. */
static uint32_t replacement(const OgMasking *masking, uint32_t id, uint64_t bits) {
  const double u = fraction(bits);
  if (u < 0.8) {
    return masking->special.mask;
  }
  if (u >= 0.9) {
    return id;
  }
  for (uint64_t draw = 0;; draw++) {
    const uint32_t word = (uint32_t)(og_random_at(bits, draw) % masking->vocab_size);
    if (!is_special(&masking->special, word)) {
      return word;
    }
  }
}

static void mask_token(OgMaskedBatch *batch, const OgMasking *masking, size_t row, uint64_t bits) {
  batch->rows[batch->M] = (uint32_t)row;
  batch->targets[batch->M++] = batch->ids[row];
  batch->ids[row] = replacement(masking, batch->ids[row], bits);
}

/* A batch always predicts something: when chance chose no token, the first that may be. */
static void mask_one(OgMaskedBatch *batch, const OgMasking *masking, uint64_t seed) {
  size_t row = 0;
  while (row + 2 < batch->T && is_special(&masking->special, batch->ids[row])) {
    row++;
  }
  mask_token(batch, masking, row, og_random_at(seed, row));
}

OgStatus og_masked_batch_fill(OgMaskedBatch *batch, const OgCorpus *corpus, const uint32_t *blocks,
                              size_t count, const OgMasking *masking, uint64_t seed, OgError *err) {
  size_t tokens = 0;
  for (size_t b = 0; b < count; b++) {
    tokens += corpus->starts[blocks[b] + 1] - corpus->starts[blocks[b]];
  }
  OG_TRY(grow_batch(batch, count, tokens, err));
  batch->B = count;
  batch->T = 0;
  batch->M = 0;
  for (size_t b = 0; b < count; b++) {
    batch->offsets[b] = (uint32_t)batch->T;
    for (size_t k = corpus->starts[blocks[b]]; k < corpus->starts[blocks[b] + 1]; k++) {
      const size_t row = batch->T++;
      batch->ids[row] = corpus->ids[k];
      if (is_chosen(corpus, k, masking, seed)) {
        mask_token(batch, masking, row, og_random_at(seed, 2 * k + 1));
      }
    }
  }
  batch->offsets[count] = (uint32_t)batch->T;
  if (batch->M == 0) {
    mask_one(batch, masking, seed);
  }
  return OG_OK;
}

size_t og_masked_count(const OgCorpus *corpus, const uint32_t *blocks, size_t count,
                       const OgMasking *masking, uint64_t seed) {
  size_t masked = 0;
  for (size_t b = 0; b < count; b++) {
    for (size_t k = corpus->starts[blocks[b]]; k < corpus->starts[blocks[b] + 1]; k++) {
      masked += is_chosen(corpus, k, masking, seed);
    }
  }
  return masked;
}

void og_masked_batch_clear(OgMaskedBatch *batch) {
  og_free(batch->ids);
  og_free(batch->offsets);
  og_free(batch->rows);
  og_free(batch->targets);
  *batch = (OgMaskedBatch){0};
}
