/* inputs: texts as a classifier reads them: tokens, and the entities that they name. */
#ifndef OG_FINETUNE_INPUTS_H
#define OG_FINETUNE_INPUTS_H

#include "core/parallel.h"
#include "core/progress.h"
#include "core/quad.h"
#include "finetune/fusion.h"
#include "finetune/windows.h"
#include "kg/link.h"
#include "kg/vectors.h"
#include "model/encoder.h"
#include "model/tokenizer.h"

/* A mention whose entity has no vector has this row: it is told of, but joins no fusion. */
#define OG_NO_ROW UINT32_MAX

typedef struct OgInputMention {
  OgMention mention;
  uint32_t row;                    /* of the entity's vector, or OG_NO_ROW */
  uint32_t token_begin, token_end; /* its tokens, counted from the text's first; equal when cut off
                                    */
} OgInputMention;

/* Encoded texts, end to end. Arrays grow and are reused. */
typedef struct OgInputs {
  size_t count;
  size_t *starts;         /* (count + 1) into ids */
  size_t *mention_starts; /* (count + 1) into mentions */
  uint32_t *seconds; /* (count) the first token of the second text, counted from the text's first;
                        its number of tokens when there is none */
  uint32_t *ids;
  OgInputMention *mentions;
  size_t truncated;  /* texts that were cut to max_length */
  size_t empty;      /* texts that are nothing but special tokens */
  size_t unknown;    /* tokens that stand for words which the vocabulary lacks */
  OgWindows windows; /* in which a batch has them */
  size_t capacity, id_capacity, mention_capacity;
} OgInputs;

/* What turns a text into an input. Everything must outlive the calls that use it. */
typedef struct OgInputEncoder {
  const OgTokenizer *tokenizer;
  const OgLinker *linker;   /* NULL: no mentions */
  const OgVectors *vectors; /* NULL: no mention has a vector */
  size_t max_length;        /* tokens, [CLS] and [SEP] included */
  size_t window_step;       /* 0: longer texts are cut; else they are whole, and a batch has them in
                               windows of max_length tokens, each so many after the one before */
  float min_link_score;     /* mentions below it are left out */
} OgInputEncoder;

/* A text, and a second one or nothing. Entities are looked for in the first. */
typedef struct OgTextPair {
  OgText text, pair;
} OgTextPair;

/* Replace inputs with the encoding of count texts, made on all threads of the team; the result does
 * not depend on how many there are. With windows there can be no second text (OG_USAGE). */
OG_API OG_MUST_CHECK OgStatus og_inputs_encode(const OgInputEncoder *encoder, OgTeam *team,
                                               const OgTextPair *texts, size_t count,
                                               OgInputs *inputs, OgError *err);
OG_API void og_inputs_clear(OgInputs *inputs);

/* Warn when a tenth or more of so many tokens are unknown ones: the vocabulary is of another
 * language or another field then. */
OG_API void og_warn_of_unknown(const OgProgress *progress, size_t unknown, size_t tokens);

/* Warn when so many of the texts of a file are empty. */
OG_API void og_warn_of_empty(const OgProgress *progress, const char *path, size_t empty,
                             size_t texts);

/* Changes of the data that make a model rely on what it would rather not; all 0 outside training.
 * Of the mentions with a vector, mention_mask lose their name (its tokens become [MASK]) and keep
 * their entity, entity_dropout lose their entity and keep their name. */
typedef struct OgAugmentation {
  double mention_mask, entity_dropout; /* probabilities; together at most 1 */
  uint32_t mask;                       /* id of [MASK] */
  uint64_t seed;                       /* of this epoch */
} OgAugmentation;

/* Some of the inputs as a batch of the encoder and of the fusion. Arrays grow and are reused. */
typedef struct OgInputBatch {
  OgBatch tokens;          /* its sequences are texts, or windows of them */
  size_t B;                /* texts */
  const uint32_t *windows; /* (B+1) text b is the sequences [windows[b], windows[b+1]); NULL: each
                              is one */
  OgEntityBatch entities;
  size_t M;
  uint32_t *mentions; /* (M) which of OgInputs.mentions each is */

  uint32_t *ids, *types, *offsets, *starts, *entity_offsets;
  float *vectors, *scores;
  size_t text_capacity, sequence_capacity, token_capacity, mention_capacity;
} OgInputBatch;

/* Tokens of a text in a batch: those of all its windows. */
OG_API size_t og_inputs_tokens(const OgInputs *inputs, uint32_t text);

/* How many texts from the front of `which` (count) make a batch of at most so many texts and
 * tokens; one at least. */
OG_API size_t og_inputs_batch_size(const OgInputs *inputs, const uint32_t *which, size_t count,
                                   size_t texts, size_t tokens);

/* Gather the texts `which` (count numbers below inputs->count). vectors (standardised rows of D
 * floats) may be NULL: then no entities. augmentation may be NULL; its draws depend on seed and on
 * the text, not on the batch. */
OG_API OG_MUST_CHECK OgStatus og_input_batch_fill(OgInputBatch *batch, const OgInputs *inputs,
                                                  const uint32_t *which, size_t count,
                                                  const float *vectors, size_t D,
                                                  const OgAugmentation *augmentation, OgError *err);

/* Room for batches of so many texts, sequences (those, or their windows), tokens of all of them,
 * and mentions with vectors of D floats: filling these takes no more memory. */
OG_API OG_MUST_CHECK OgStatus og_input_batch_reserve(OgInputBatch *batch, size_t texts,
                                                     size_t sequences, size_t tokens,
                                                     size_t mentions, size_t D, OgError *err);
OG_API void og_input_batch_clear(OgInputBatch *batch);

#endif
