/* tokenizer_json: tokenizer.json, the one file of a Hugging Face tokenizer. */
#include "core/memory.h"
#include "model/tokenizer_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHARACTER_LIMIT = 1 << 20 };

/* Whether a part's "type" is this one. */
static bool is_type(const json_t *part, const char *type) {
  const char *found = json_string_value(json_object_get(part, "type"));
  return found && strcmp(found, type) == 0;
}

/* --- post_processor --------------------------------------------------------------------------- */

/* The name of a special token in BertProcessing's [name, id] or in a template's item. */
static const char *special_name(const json_t *item) {
  const json_t *token = json_object_get(item, "SpecialToken");
  return json_string_value(token ? json_object_get(token, "id") : json_array_get(item, 0));
}

/* Whether a template's item is this sequence, "A" or "B". */
static bool is_sequence(const json_t *item, const char *which) {
  const char *id = json_string_value(json_object_get(json_object_get(item, "Sequence"), "id"));
  return id && strcmp(id, which) == 0;
}

/* [CLS] A [SEP], and for pairs one [SEP] or two before B [SEP]: all that templates may say. */
static bool read_template(const json_t *part, OgTokenizerSpec *spec) {
  const json_t *single = json_object_get(part, "single");
  const json_t *pair = json_object_get(part, "pair");
  const size_t size = json_array_size(pair);
  const char *const cls = special_name(json_array_get(single, 0));
  const char *const sep = special_name(json_array_get(single, 2));
  if (json_array_size(single) != 3 || !cls || !sep ||
      !is_sequence(json_array_get(single, 1), "A") || size < 5 || size > 6) {
    return false;
  }
  for (size_t k = 0; k < size; k++) {
    const json_t *item = json_array_get(pair, k);
    const char *name = special_name(item);
    const bool text = k == 1 || k + 2 == size;
    if (text ? !is_sequence(item, k == 1 ? "A" : "B")
             : !name || strcmp(name, k == 0 ? cls : sep) != 0) {
      return false;
    }
  }
  const json_t *second = json_object_get(json_array_get(pair, size - 2), "Sequence");
  spec->special[OG_TOKEN_CLS] = cls;
  spec->special[OG_TOKEN_SEP] = sep;
  spec->pair.separators = (uint32_t)size - 4;
  spec->pair.second_type = json_integer_value(json_object_get(second, "type_id")) != 0;
  return true;
}

/* BertProcessing and RobertaProcessing. */
static bool read_processing(const json_t *part, OgPairTemplate pair, OgTokenizerSpec *spec) {
  spec->special[OG_TOKEN_CLS] = special_name(json_object_get(part, "cls"));
  spec->special[OG_TOKEN_SEP] = special_name(json_object_get(part, "sep"));
  spec->pair = pair;
  return spec->special[OG_TOKEN_CLS] && spec->special[OG_TOKEN_SEP];
}

/* How RobertaProcessing and ByteLevel trim offsets. */
static OgStatus read_trim(OgTokenizerReader *reader, const json_t *part, OgError *err) {
  int trim = 1;
  int prefix = 1;
  OG_TRY(og_tokenizer_flag(part, "trim_offsets", reader->name, &trim, err));
  OG_TRY(og_tokenizer_flag(part, "add_prefix_space", reader->name, &prefix, err));
  reader->spec.trim_offsets = trim != 0;
  reader->spec.trim_prefix = prefix != 0;
  return OG_OK;
}

static OgStatus read_processor_part(OgTokenizerReader *reader, const json_t *part, bool *known,
                                    OgError *err) {
  OgTokenizerSpec *spec = &reader->spec;
  if (is_type(part, "RobertaProcessing")) {
    *known = read_processing(part, (OgPairTemplate){.separators = 2, .second_type = 0}, spec);
    return read_trim(reader, part, err);
  }
  *known = is_type(part, "BertProcessing")
               ? read_processing(part, (OgPairTemplate){.separators = 1, .second_type = 1}, spec)
               : is_type(part, "TemplateProcessing") && read_template(part, spec);
  return OG_OK;
}

/* A sequence may trim offsets, and then put special tokens. */
static OgStatus read_processor(OgTokenizerReader *reader, const json_t *part, OgError *err) {
  bool known = false;
  if (!part || json_is_null(part)) {
    return OG_OK;
  }
  const json_t *last = part;
  const json_t *processors = json_object_get(part, "processors");
  if (is_type(part, "Sequence") && json_array_size(processors) > 0) {
    const size_t count = json_array_size(processors);
    last = json_array_get(processors, count - 1);
    if (count == 2 && is_type(json_array_get(processors, 0), "ByteLevel")) {
      OG_TRY(read_trim(reader, json_array_get(processors, 0), err));
    } else if (count != 1) {
      last = part;
    }
  }
  OG_TRY(read_processor_part(reader, last, &known, err));
  if (!known) {
    const json_t *type = json_object_get(last, "type");
    return og_tokenizer_refuse(
        err, reader->name, "post_processor",
        "BertProcessing, RobertaProcessing, or TemplateProcessing with [CLS] $A [SEP] and [CLS] "
        "$A [SEP] $B [SEP], behind ByteLevel or alone",
        json_is_string(type) ? type : last);
  }
  return OG_OK;
}

/* --- model ------------------------------------------------------------------------------------ */

/* A key of the model that may only have its usual value: "", 0, false or null. */
static OgStatus check_unset(const OgTokenizerReader *reader, const json_t *model, const char *key,
                            OgError *err) {
  const json_t *value = json_object_get(model, key);
  const bool unset = !value || json_is_null(value) || json_is_false(value) ||
                     (json_is_number(value) && json_number_value(value) == 0) ||
                     (json_is_string(value) && json_string_length(value) == 0);
  char what[64];
  snprintf(what, sizeof what, "model.%s", key);
  return unset ? OG_OK
               : og_tokenizer_refuse(err, reader->name, what, "unset: nothing else is supported",
                                     value);
}

static OgStatus read_unknown(OgTokenizerReader *reader, const json_t *model, OgError *err) {
  const json_t *unknown = json_object_get(model, "unk_token");
  if (!json_is_string(unknown)) {
    return og_tokenizer_refuse(err, reader->name, "model.unk_token", "a string", unknown);
  }
  reader->spec.special[OG_TOKEN_UNKNOWN] = json_string_value(unknown);
  return OG_OK;
}

static OgStatus check_vocab(const OgTokenizerReader *reader, const json_t *vocab, OgError *err) {
  return json_is_object(vocab) ? OG_OK
                               : og_tokenizer_refuse(err, reader->name, "model.vocab",
                                                     "an object of words and their ids", vocab);
}

static OgStatus check_bert(const OgTokenizerReader *reader, const json_t *root, const char *key,
                           const char *expected, OgError *err) {
  const json_t *part = json_object_get(root, key);
  const json_t *type = json_object_get(part, "type");
  return is_type(part, expected)
             ? OG_OK
             : og_tokenizer_refuse(err, reader->name, key, expected, type ? type : part);
}

/* WordPiece works on BERT's words: its normaliser is not a step, but the spec's options. */
static OgStatus read_bert_steps(OgTokenizerReader *reader, const json_t *root, OgError *err) {
  OG_TRY(check_bert(reader, root, "normalizer", "BertNormalizer", err));
  OG_TRY(check_bert(reader, root, "pre_tokenizer", "BertPreTokenizer", err));
  OG_TRY(og_reader_normalizer(reader, json_object_get(root, "normalizer"), err));
  reader->spec.pretokenizer = reader->steps[0].bert;
  return OG_OK;
}

static OgStatus read_wordpiece(OgTokenizerReader *reader, const json_t *root, OgError *err) {
  const json_t *model = json_object_get(root, "model");
  const json_t *prefix = json_object_get(model, "continuing_subword_prefix");
  if (!json_is_string(prefix) || strcmp(json_string_value(prefix), "##") != 0) {
    return og_tokenizer_refuse(err, reader->name, "model.continuing_subword_prefix", "\"##\"",
                               prefix);
  }
  OG_TRY(read_unknown(reader, model, err));
  const json_t *longest = json_object_get(model, "max_input_chars_per_word");
  if (longest) {
    const json_int_t number = json_is_integer(longest) ? json_integer_value(longest) : 0;
    if (number < 1 || number > CHARACTER_LIMIT) {
      return og_tokenizer_refuse(err, reader->name, "model.max_input_chars_per_word",
                                 "a whole number from 1 to 2^20", longest);
    }
    reader->spec.longest_word = (size_t)number;
  }
  OG_TRY(read_bert_steps(reader, root, err));
  json_t *vocab = json_object_get(model, "vocab");
  OG_TRY(check_vocab(reader, vocab, err));
  OG_TRY(og_reader_reserve_words(
      reader, json_object_size(vocab) + json_array_size(json_object_get(root, "added_tokens")),
      err));
  return og_reader_place_object(reader, vocab, err);
}

/* The halves of a merge: "left right" or ["left", "right"]. */
static OgStatus read_merge(OgTokenizerReader *reader, const json_t *vocab, const json_t *merge,
                           OgError *err) {
  const char *left = json_string_value(merge);
  const char *space = left ? strchr(left, ' ') : NULL;
  if (space && space != left && space[1] && !strchr(space + 1, ' ')) {
    return og_reader_add_merge(reader, vocab, left, (size_t)(space - left), space + 1,
                               strlen(space + 1), 0, err);
  }
  left = json_string_value(json_array_get(merge, 0));
  const char *right = json_string_value(json_array_get(merge, 1));
  if (json_array_size(merge) != 2 || !left || !right) {
    return og_tokenizer_refuse(err, reader->name, "an entry of model.merges",
                               "two words with a blank between them", merge);
  }
  return og_reader_add_merge(reader, vocab, left, strlen(left), right, strlen(right), 0, err);
}

static OgStatus read_bpe(OgTokenizerReader *reader, const json_t *root, OgError *err) {
  static const char *const unset[] = {"dropout", "continuing_subword_prefix", "end_of_word_suffix",
                                      "byte_fallback", "ignore_merges"};
  const json_t *model = json_object_get(root, "model");
  OgTokenizerSpec *spec = &reader->spec;
  spec->model = OG_BPE;
  for (size_t k = 0; k < OG_COUNT(unset); k++) {
    OG_TRY(check_unset(reader, model, unset[k], err));
  }
  const json_t *unknown = json_object_get(model, "unk_token");
  spec->drop_unknown = !unknown || json_is_null(unknown);
  if (!spec->drop_unknown) {
    OG_TRY(read_unknown(reader, model, err));
  }
  int fuse = 0;
  OG_TRY(og_tokenizer_flag(model, "fuse_unk", reader->name, &fuse, err));
  spec->fuse_unknown = fuse != 0;
  OG_TRY(og_reader_normalizer(reader, json_object_get(root, "normalizer"), err));
  OG_TRY(og_reader_pre_tokenizer(reader, json_object_get(root, "pre_tokenizer"), err));
  if (spec->split_count == 0 || reader->splits[spec->split_count - 1].kind != OG_SPLIT_BYTE_LEVEL) {
    return og_tokenizer_refuse(err, reader->name, "pre_tokenizer of a BPE model", "ByteLevel",
                               json_object_get(root, "pre_tokenizer"));
  }
  json_t *vocab = json_object_get(model, "vocab");
  OG_TRY(check_vocab(reader, vocab, err));
  OG_TRY(og_reader_reserve_words(
      reader, json_object_size(vocab) + json_array_size(json_object_get(root, "added_tokens")),
      err));
  OG_TRY(og_reader_place_object(reader, vocab, err));
  const json_t *merges = json_object_get(model, "merges");
  if (!json_is_array(merges)) {
    return og_tokenizer_refuse(err, reader->name, "model.merges", "an array", merges);
  }
  for (size_t k = 0; k < json_array_size(merges); k++) {
    OG_TRY(read_merge(reader, vocab, json_array_get(merges, k), err));
  }
  return OG_OK;
}

static OgStatus read_pieces(OgTokenizerReader *reader, const json_t *vocab, double *scores,
                            OgError *err) {
  for (size_t k = 0; k < json_array_size(vocab); k++) {
    const json_t *entry = json_array_get(vocab, k);
    const char *piece = json_string_value(json_array_get(entry, 0));
    const json_t *score = json_array_get(entry, 1);
    if (json_array_size(entry) != 2 || !piece || !json_is_number(score)) {
      return og_tokenizer_refuse(err, reader->name, "an entry of model.vocab",
                                 "a piece and its score", entry);
    }
    scores[k] = json_number_value(score);
    OG_TRY(og_reader_place(reader, piece, k, true, err));
  }
  return OG_OK;
}

static OgStatus read_unigram(OgTokenizerReader *reader, const json_t *root, OgError *err) {
  const json_t *model = json_object_get(root, "model");
  const json_t *vocab = json_object_get(model, "vocab");
  const json_t *unknown = json_object_get(model, "unk_id");
  OgTokenizerSpec *spec = &reader->spec;
  spec->model = OG_UNIGRAM;
  OG_TRY(check_unset(reader, model, "byte_fallback", err));
  if (!json_is_array(vocab)) {
    return og_tokenizer_refuse(err, reader->name, "model.vocab", "an array of pieces and scores",
                               vocab);
  }
  const size_t count = json_array_size(vocab);
  if (!json_is_integer(unknown) || json_integer_value(unknown) < 0 ||
      (uint64_t)json_integer_value(unknown) >= count) {
    return og_tokenizer_refuse(err, reader->name, "model.unk_id", "the id of a piece", unknown);
  }
  OG_TRY(og_reader_normalizer(reader, json_object_get(root, "normalizer"), err));
  OG_TRY(og_reader_pre_tokenizer(reader, json_object_get(root, "pre_tokenizer"), err));
  double *scores = og_arena_alloc(&reader->arena, count, sizeof *scores);
  if (!scores) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_reader_reserve_words(
      reader, count + json_array_size(json_object_get(root, "added_tokens")), err));
  OG_TRY(read_pieces(reader, vocab, scores, err));
  spec->scores = scores;
  spec->score_count = count;
  spec->special[OG_TOKEN_UNKNOWN] = reader->words[json_integer_value(unknown)];
  return OG_OK;
}

typedef OgStatus ReadModel(OgTokenizerReader *reader, const json_t *root, OgError *err);

/* Which model it is; the first files do not tell. */
static ReadModel *choose_model(const json_t *model) {
  static ReadModel *const readers[OG_TOKEN_MODELS] = {
      [OG_WORDPIECE] = read_wordpiece, [OG_BPE] = read_bpe, [OG_UNIGRAM] = read_unigram};
  if (!json_object_get(model, "type")) {
    return json_object_get(model, "merges")                 ? read_bpe
           : json_is_array(json_object_get(model, "vocab")) ? read_unigram
                                                            : read_wordpiece;
  }
  for (size_t k = 0; k < OG_TOKEN_MODELS; k++) {
    if (is_type(model, og_token_model_names[k])) {
      return readers[k];
    }
  }
  return NULL;
}

/* --- all of it -------------------------------------------------------------------------------- */

static OgStatus read_added(OgTokenizerReader *reader, const json_t *tokens, OgError *err) {
  for (size_t k = 0; k < json_array_size(tokens); k++) {
    const json_t *token = json_array_get(tokens, k);
    const json_t *id = json_object_get(token, "id");
    OG_TRY(og_reader_add_json(reader, token,
                              json_is_integer(id) && json_integer_value(id) >= 0
                                  ? (uint64_t)json_integer_value(id)
                                  : UINT64_MAX,
                              err));
  }
  return OG_OK;
}

static OgStatus read_root(OgTokenizerReader *reader, const json_t *root, OgTokenizer **tokenizer,
                          OgError *err) {
  const json_t *model = json_object_get(root, "model");
  ReadModel *read = choose_model(model);
  if (!read) {
    return og_tokenizer_refuse(err, reader->name, "model", "WordPiece, BPE or Unigram",
                               json_object_get(model, "type"));
  }
  OG_TRY(read(reader, root, err));
  OG_TRY(read_added(reader, json_object_get(root, "added_tokens"), err));
  OG_TRY(read_processor(reader, json_object_get(root, "post_processor"), err));
  return og_reader_create(reader, tokenizer, err);
}

OgStatus og_tokenizer_from_json(const json_t *root, const char *name,
                                const OgTokenizerSettings *settings, OgTokenizer **tokenizer,
                                OgError *err) {
  OgTokenizerReader reader = og_tokenizer_reader(name, settings);
  const OgStatus status = read_root(&reader, root, tokenizer, err);
  og_arena_clear(&reader.arena);
  return status;
}

OgStatus og_tokenizer_parse(const char *text, size_t size, const char *name,
                            OgTokenizer **tokenizer, OgError *err) {
  static const OgTokenizerSettings none = OG_TOKENIZER_SETTINGS_INIT;
  json_t *root = NULL;
  OgTokenizerFiles files = {0};
  OgTokenizer *parsed = NULL;
  OgStatus status = OG_OK;
  OG_TRY(og_json_parse(text, size, name, OG_BAD_STORE, &root, err));
  OG_GO(og_tokenizer_from_json(root, name, &none, &parsed, err));
  OG_GO(og_buffer_append(&files.file[OG_FILE_TOKENIZER].content, text, size, err));
  files.file[OG_FILE_TOKENIZER].exists = true;
  og_tokenizer_keep(parsed, &files);
  *tokenizer = parsed;
  parsed = NULL;
done:
  og_tokenizer_free(parsed);
  og_tokenizer_files_clear(&files);
  json_decref(root);
  return status;
}
