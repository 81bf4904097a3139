#include "finetune/inputs.h"

#include "core/memory.h"
#include "core/random.h"

#include <ctype.h>
#include <string.h>

/* Make room for count elements of size bytes in *array; doubles, so that adding one by one is
 * linear. */
static OgStatus grow(void *array, size_t *capacity, size_t count, size_t size, OgError *err) {
  if (count <= *capacity) {
    return OG_OK;
  }
  void *block;
  memcpy(&block, array, sizeof block);
  const size_t wanted = count > 2 * *capacity ? count : 2 * *capacity;
  block = og_realloc(block, wanted, size);
  if (!block) {
    return og_error_no_memory(err);
  }
  memcpy(array, &block, sizeof block);
  *capacity = wanted;
  return OG_OK;
}

/* ---- encoding ---- */

/* Empty inputs, and make room for count texts. */
static OgStatus start_texts(OgInputs *inputs, size_t count, OgError *err) {
  size_t capacity = inputs->capacity;
  OG_TRY(grow(&inputs->seconds, &capacity, count, sizeof *inputs->seconds, err));
  capacity = inputs->starts ? inputs->capacity + 1 : 0;
  OG_TRY(grow(&inputs->starts, &capacity, count + 1, sizeof *inputs->starts, err));
  capacity = inputs->mention_starts ? inputs->capacity + 1 : 0;
  OG_TRY(grow(&inputs->mention_starts, &capacity, count + 1, sizeof *inputs->mention_starts, err));
  inputs->capacity = count > inputs->capacity ? count : inputs->capacity;
  inputs->count = inputs->truncated = inputs->empty = inputs->unknown = 0;
  inputs->starts[0] = inputs->mention_starts[0] = 0;
  return OG_OK;
}

/* What one thread encodes. */
typedef struct Share {
  size_t begin, end; /* texts */
  OgInputs inputs;
  OgTokens tokens;
  OgMentions mentions;
  OgStatus status;
  OgError err;
} Share;

typedef struct Encoding {
  const OgInputEncoder *encoder;
  const OgTextPair *texts;
  Share *shares; /* one a thread */
} Encoding;

static uint32_t row_of(const OgVectors *vectors, int64_t entity) {
  const float *vector = vectors ? og_vectors_find(vectors, entity) : NULL;
  return vector ? (uint32_t)((size_t)(vector - vectors->values) / vectors->D) : OG_NO_ROW;
}

/* The tokens of the first text that overlap a mention. */
static void find_tokens(const OgTokens *tokens, uint32_t second, OgInputMention *mention) {
  uint32_t begin = 1;
  while (begin + 1 < second && tokens->ends[begin] <= mention->mention.start) {
    begin++;
  }
  uint32_t end = begin;
  while (end + 1 < second && tokens->starts[end] < mention->mention.end) {
    end++;
  }
  mention->token_begin = begin;
  mention->token_end = end;
}

static OgStatus add_mentions(const OgInputEncoder *encoder, OgText text, uint32_t second,
                             Share *share, OgError *err) {
  OgInputs *inputs = &share->inputs;
  OG_TRY(og_linker_find(encoder->linker, text.data, text.size, &share->mentions, err));
  size_t count = inputs->mention_starts[inputs->count];
  OG_TRY(grow(&inputs->mentions, &inputs->mention_capacity, count + share->mentions.count,
              sizeof *inputs->mentions, err));
  for (size_t k = 0; k < share->mentions.count; k++) {
    const OgMention *found = &share->mentions.items[k];
    if (found->score >= encoder->min_link_score) {
      OgInputMention *mention = &inputs->mentions[count++];
      *mention =
          (OgInputMention){.mention = *found, .row = row_of(encoder->vectors, found->entity)};
      find_tokens(&share->tokens, second, mention);
    }
  }
  inputs->mention_starts[inputs->count + 1] = count;
  return OG_OK;
}

static OgStatus encode_within(const OgInputEncoder *encoder, const OgTextPair *text, size_t most,
                              OgTokens *tokens, OgError *err) {
  return og_tokenizer_encode(encoder->tokenizer, text->text.data, text->text.size,
                             text->pair.size ? text->pair.data : NULL, text->pair.size, most,
                             tokens, err);
}

/* The tokens of a text, at most max_length; *cut when there would be more: room for one more token
 * shows it. */
static OgStatus tokenise(const OgInputEncoder *encoder, const OgTextPair *text, OgTokens *tokens,
                         bool *cut, OgError *err) {
  const size_t most = encoder->max_length;
  *cut = false;
  if (encoder->window_step > 0) {
    return text->pair.size == 0 ? encode_within(encoder, text, UINT32_MAX, tokens, err)
                                : og_error_set(err, OG_USAGE,
                                               "a text with a second one beside it cannot be read "
                                               "in windows: let long texts be cut");
  }
  OG_TRY(encode_within(encoder, text, most + 1, tokens, err));
  *cut = tokens->count > most;
  return *cut ? encode_within(encoder, text, most, tokens, err) : OG_OK;
}

/* Tokens that stand for words which the vocabulary lacks. Signs that it lacks say nothing of its
 * language: word vectors often come without any. */
static size_t count_unknown(const OgInputEncoder *encoder, const OgTextPair *text,
                            const OgTokens *tokens) {
  const uint32_t unknown = og_tokenizer_special(encoder->tokenizer).unknown;
  size_t count = 0;
  for (size_t k = 0; k < tokens->count; k++) {
    const char *from = tokens->types[k] ? text->pair.data : text->text.data;
    const bool one = tokens->ends[k] == tokens->starts[k] + 1;
    count += tokens->ids[k] == unknown && !(one && ispunct((unsigned char)from[tokens->starts[k]]));
  }
  return count;
}

static OgStatus add_text(const OgInputEncoder *encoder, const OgTextPair *text, Share *share,
                         OgError *err) {
  OgInputs *inputs = &share->inputs;
  OgTokens *tokens = &share->tokens;
  bool cut;
  OG_TRY(tokenise(encoder, text, tokens, &cut, err));
  const size_t start = inputs->starts[inputs->count];
  OG_TRY(grow(&inputs->ids, &inputs->id_capacity, start + tokens->count, sizeof *inputs->ids, err));
  memcpy(inputs->ids + start, tokens->ids, tokens->count * sizeof *inputs->ids);
  inputs->empty +=
      tokens->count <= og_tokenizer_special_count(encoder->tokenizer, text->pair.size > 0);
  inputs->unknown += count_unknown(encoder, text, tokens);
  uint32_t second = 0;
  while (second < tokens->count && tokens->types[second] == 0) {
    second++;
  }
  inputs->seconds[inputs->count] = second;
  inputs->starts[inputs->count + 1] = start + tokens->count;
  inputs->mention_starts[inputs->count + 1] = inputs->mention_starts[inputs->count];
  if (encoder->linker) {
    OG_TRY(add_mentions(encoder, text->text, second, share, err));
  }
  inputs->truncated += cut;
  inputs->count++;
  return OG_OK;
}

static void encode_share(void *data, int thread) {
  Encoding *encoding = data;
  Share *share = &encoding->shares[thread];
  share->status = start_texts(&share->inputs, share->end - share->begin, &share->err);
  for (size_t k = share->begin; k < share->end && share->status == OG_OK; k++) {
    share->status = add_text(encoding->encoder, &encoding->texts[k], share, &share->err);
  }
}

static OgStatus append(OgInputs *inputs, const OgInputs *part, OgError *err) {
  const size_t ids = inputs->starts[inputs->count];
  const size_t mentions = inputs->mention_starts[inputs->count];
  const size_t more_ids = part->starts[part->count];
  const size_t more_mentions = part->mention_starts[part->count];
  OG_TRY(grow(&inputs->ids, &inputs->id_capacity, ids + more_ids, sizeof *inputs->ids, err));
  OG_TRY(grow(&inputs->mentions, &inputs->mention_capacity, mentions + more_mentions,
              sizeof *inputs->mentions, err));
  if (more_ids > 0) {
    memcpy(inputs->ids + ids, part->ids, more_ids * sizeof *part->ids);
  }
  if (more_mentions > 0) {
    memcpy(inputs->mentions + mentions, part->mentions, more_mentions * sizeof *part->mentions);
  }
  for (size_t k = 0; k < part->count; k++) {
    inputs->seconds[inputs->count] = part->seconds[k];
    inputs->starts[++inputs->count] = ids + part->starts[k + 1];
    inputs->mention_starts[inputs->count] = mentions + part->mention_starts[k + 1];
  }
  inputs->truncated += part->truncated;
  inputs->empty += part->empty;
  inputs->unknown += part->unknown;
  return OG_OK;
}

OgStatus og_inputs_encode(const OgInputEncoder *encoder, OgTeam *team, const OgTextPair *texts,
                          size_t count, OgInputs *inputs, OgError *err) {
  const int threads = og_team_size(team);
  Encoding encoding = {encoder, texts, OG_NEW_ARRAY(Share, (size_t)threads)};
  if (!encoding.shares) {
    return og_error_no_memory(err);
  }
  for (int thread = 0; thread < threads; thread++) {
    Share *share = &encoding.shares[thread];
    og_share(count, 1, thread, threads, &share->begin, &share->end);
  }
  og_team_run(team, encode_share, &encoding);
  OgStatus status = start_texts(inputs, count, err);
  inputs->windows = (OgWindows){encoder->max_length, encoder->window_step};
  for (int thread = 0; thread < threads; thread++) {
    Share *share = &encoding.shares[thread];
    if (status == OG_OK && share->status != OG_OK) {
      status = share->status;
      if (err) {
        *err = share->err;
      }
    }
    if (status == OG_OK) {
      status = append(inputs, &share->inputs, err);
    }
    og_inputs_clear(&share->inputs);
    og_tokens_clear(&share->tokens);
    og_mentions_clear(&share->mentions);
  }
  og_free(encoding.shares);
  return status;
}

void og_warn_of_unknown(const OgProgress *progress, size_t unknown, size_t tokens) {
  if (unknown > 0 && unknown * 10 >= tokens) {
    og_progress_warn(
        progress,
        "%.0f %% of the tokens are unknown to the vocabulary; it may be one of another "
        "language",
        100 * (double)unknown / (double)tokens);
  }
}

void og_warn_of_empty(const OgProgress *progress, const char *path, size_t empty, size_t texts) {
  if (empty > 0) {
    og_progress_warn(progress,
                     "%s: %zu of %zu texts %s empty; they have labels like all others, which "
                     "nothing supports",
                     path, empty, texts, empty == 1 ? "is" : "are");
  }
}

void og_inputs_clear(OgInputs *inputs) {
  og_free(inputs->starts);
  og_free(inputs->mention_starts);
  og_free(inputs->seconds);
  og_free(inputs->ids);
  og_free(inputs->mentions);
  *inputs = (OgInputs){0};
}

/* ---- batches ---- */

/* What some texts take in a batch. */
typedef struct Extent {
  size_t texts, sequences, tokens, mentions;
} Extent;

static OgStatus grow_batch(OgInputBatch *batch, Extent extent, size_t D, OgError *err) {
  const size_t texts = extent.texts, tokens = extent.tokens, mentions = extent.mentions;
  struct {
    void *array;
    size_t *shared, count, size;
  } const rows[] = {
      {&batch->offsets, &batch->sequence_capacity, extent.sequences + 1, sizeof *batch->offsets},
      {&batch->starts, &batch->text_capacity, texts + 1, sizeof *batch->starts},
      {&batch->entity_offsets, &batch->text_capacity, texts + 1, sizeof *batch->entity_offsets},
      {&batch->ids, &batch->token_capacity, tokens, sizeof *batch->ids},
      {&batch->types, &batch->token_capacity, tokens, sizeof *batch->types},
      {&batch->mentions, &batch->mention_capacity, mentions, sizeof *batch->mentions},
      {&batch->scores, &batch->mention_capacity, mentions, sizeof *batch->scores},
      {&batch->vectors, &batch->mention_capacity, mentions, D * sizeof *batch->vectors},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    size_t capacity = *rows[k].shared;
    OG_TRY(grow(rows[k].array, &capacity, rows[k].count, rows[k].size, err));
    if (k + 1 == OG_COUNT(rows) || rows[k + 1].shared != rows[k].shared) {
      *rows[k].shared = capacity;
    }
  }
  return OG_OK;
}

typedef enum Fate { KEEP, MASK_NAME, DROP_ENTITY } Fate;

/* What happens to mention k under an augmentation: a function of its seed and k. */
static Fate fate_of(const OgAugmentation *augmentation, size_t k) {
  if (!augmentation) {
    return KEEP;
  }
  const double u = (double)(og_random_at(augmentation->seed, k) >> 11) * 0x1p-53;
  if (u < augmentation->mention_mask) {
    return MASK_NAME;
  }
  return u < augmentation->mention_mask + augmentation->entity_dropout ? DROP_ENTITY : KEEP;
}

static size_t tokens_of(const OgInputs *inputs, uint32_t text) {
  return inputs->starts[text + 1] - inputs->starts[text];
}

size_t og_inputs_tokens(const OgInputs *inputs, uint32_t text) {
  return og_windows_tokens(inputs->windows, tokens_of(inputs, text));
}

size_t og_inputs_batch_size(const OgInputs *inputs, const uint32_t *which, size_t count,
                            size_t texts, size_t tokens) {
  size_t taken = 0, used = 0;
  while (taken < count && taken < texts) {
    used += og_inputs_tokens(inputs, which[taken]);
    if (taken > 0 && used > tokens) {
      break;
    }
    taken++;
  }
  return taken;
}

/* The k-th window of a text as the batch's next sequence. */
static void add_window(OgInputBatch *batch, const OgInputs *inputs, uint32_t text, size_t k) {
  const uint32_t *ids = inputs->ids + inputs->starts[text];
  const size_t tokens = tokens_of(inputs, text), T = batch->tokens.T;
  size_t begin, end;
  og_windows_span(inputs->windows, tokens, k, &begin, &end);
  const size_t count = end - begin;
  batch->ids[T] = ids[0];
  memcpy(batch->ids + T + 1, ids + begin, count * sizeof *ids);
  batch->ids[T + 1 + count] = ids[tokens - 1];
  memset(batch->types + T, 0, (count + 2) * sizeof *batch->types);
  batch->tokens.T = T + count + 2;
}

/* A text as one sequence. */
static void add_whole(OgInputBatch *batch, const OgInputs *inputs, uint32_t text) {
  const size_t count = tokens_of(inputs, text), T = batch->tokens.T;
  memcpy(batch->ids + T, inputs->ids + inputs->starts[text], count * sizeof *batch->ids);
  for (size_t t = 0; t < count; t++) {
    batch->types[T + t] = t >= inputs->seconds[text];
  }
  batch->tokens.T = T + count;
}

static void add_tokens(OgInputBatch *batch, const OgInputs *inputs, uint32_t text) {
  const size_t windows = og_windows_count(inputs->windows, tokens_of(inputs, text));
  for (size_t k = 0; k < windows; k++) {
    batch->offsets[batch->tokens.B++] = (uint32_t)batch->tokens.T;
    if (windows == 1) {
      add_whole(batch, inputs, text);
    } else {
      add_window(batch, inputs, text, k);
    }
  }
}

/* Replace the tokens of a mention in every window of the text, the first of which is sequence
 * `first`. */
static void mask_mention(OgInputBatch *batch, const OgInputs *inputs, uint32_t text, size_t first,
                         const OgInputMention *mention, uint32_t mask) {
  const size_t tokens = tokens_of(inputs, text);
  for (size_t sequence = first; sequence < batch->tokens.B; sequence++) {
    size_t begin, end;
    og_windows_span(inputs->windows, tokens, sequence - first, &begin, &end);
    for (size_t t = mention->token_begin; t < mention->token_end; t++) {
      if (t >= begin && t < end) {
        batch->ids[batch->offsets[sequence] + 1 + t - begin] = mask;
      }
    }
  }
}

/* The mentions of a text that have a vector; `first` is the batch's sequence where it begins. */
static void add_entities(OgInputBatch *batch, const OgInputs *inputs, uint32_t text, size_t first,
                         const float *vectors, size_t D, const OgAugmentation *augmentation) {
  for (size_t k = inputs->mention_starts[text]; k < inputs->mention_starts[text + 1]; k++) {
    const OgInputMention *mention = &inputs->mentions[k];
    const Fate fate = mention->row == OG_NO_ROW ? DROP_ENTITY : fate_of(augmentation, k);
    if (fate == MASK_NAME) {
      mask_mention(batch, inputs, text, first, mention, augmentation->mask);
    }
    if (fate != DROP_ENTITY) {
      memcpy(batch->vectors + batch->M * D, vectors + mention->row * D, D * sizeof *vectors);
      batch->scores[batch->M] = mention->mention.score;
      batch->mentions[batch->M++] = (uint32_t)k;
    }
  }
}

static Extent measure(const OgInputs *inputs, const uint32_t *which, size_t count) {
  Extent extent = {.texts = count};
  for (size_t b = 0; b < count; b++) {
    extent.sequences += og_windows_count(inputs->windows, tokens_of(inputs, which[b]));
    extent.tokens += og_inputs_tokens(inputs, which[b]);
    extent.mentions += inputs->mention_starts[which[b] + 1] - inputs->mention_starts[which[b]];
  }
  return extent;
}

OgStatus og_input_batch_reserve(OgInputBatch *batch, size_t texts, size_t sequences, size_t tokens,
                                size_t mentions, size_t D, OgError *err) {
  return grow_batch(batch, (Extent){texts, sequences, tokens, mentions}, D, err);
}

OgStatus og_input_batch_fill(OgInputBatch *batch, const OgInputs *inputs, const uint32_t *which,
                             size_t count, const float *vectors, size_t D,
                             const OgAugmentation *augmentation, OgError *err) {
  Extent extent = measure(inputs, which, count);
  extent.mentions = vectors ? extent.mentions : 0;
  OG_TRY(grow_batch(batch, extent, D, err));
  batch->tokens = (OgBatch){.ids = batch->ids, .types = batch->types, .offsets = batch->offsets};
  batch->B = count;
  batch->M = 0;
  for (size_t b = 0; b < count; b++) {
    const size_t first = batch->tokens.B;
    batch->starts[b] = (uint32_t)first;
    batch->entity_offsets[b] = (uint32_t)batch->M;
    add_tokens(batch, inputs, which[b]);
    if (vectors) {
      add_entities(batch, inputs, which[b], first, vectors, D, augmentation);
    }
  }
  batch->offsets[batch->tokens.B] = (uint32_t)batch->tokens.T;
  batch->starts[count] = (uint32_t)batch->tokens.B;
  batch->windows = extent.sequences > count ? batch->starts : NULL;
  batch->entity_offsets[count] = (uint32_t)batch->M;
  batch->entities = (OgEntityBatch){batch->vectors, batch->scores, batch->entity_offsets};
  return OG_OK;
}

void og_input_batch_clear(OgInputBatch *batch) {
  og_free(batch->ids);
  og_free(batch->types);
  og_free(batch->offsets);
  og_free(batch->starts);
  og_free(batch->entity_offsets);
  og_free(batch->mentions);
  og_free(batch->vectors);
  og_free(batch->scores);
  *batch = (OgInputBatch){0};
}
