/* tokenizer_reader: a tokenizer's spec while its files are read, whatever they are. */
#include "core/memory.h"
#include "model/tokenizer_parts.h"

#include <stdlib.h>
#include <string.h>

const char *const og_special_token_keys[OG_SPECIAL_TOKENS] = {
    [OG_TOKEN_PAD] = "pad_token", [OG_TOKEN_UNKNOWN] = "unk_token", [OG_TOKEN_CLS] = "cls_token",
    [OG_TOKEN_SEP] = "sep_token", [OG_TOKEN_MASK] = "mask_token",
};

/* --- JSON ------------------------------------------------------------------------------------- */

OgStatus og_tokenizer_refuse(OgError *err, const char *name, const char *what, const char *expected,
                             const json_t *found) {
  char *text = found ? json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
  const OgStatus status = og_error_at(err, OG_BAD_STORE, name, 0, 0, "%s must be %s, found %.100s",
                                      what, expected, text ? text : "nothing");
  free(text);
  return status;
}

OgStatus og_tokenizer_flag(const json_t *object, const char *key, const char *name, int *flag,
                           OgError *err) {
  const json_t *value = json_object_get(object, key);
  if (value && !json_is_null(value)) {
    if (!json_is_boolean(value)) {
      return og_tokenizer_refuse(err, name, key, "true, false or null", value);
    }
    *flag = json_is_true(value);
  }
  return OG_OK;
}

/* --- words ------------------------------------------------------------------------------------ */

OgTokenizerReader og_tokenizer_reader(const char *name, const OgTokenizerSettings *settings) {
  OgTokenizerReader reader = {.name = name, .settings = settings, .arena = OG_ARENA_INIT};
  reader.spec = og_tokenizer_spec_default(NULL, 0, true);
  reader.spec.name = name;
  memset(reader.spec.special, 0, sizeof reader.spec.special);
  return reader;
}

OgStatus og_reader_reserve_words(OgTokenizerReader *reader, size_t limit, OgError *err) {
  if (limit > OG_WORD_LIMIT) {
    return og_error_at(err, OG_BAD_STORE, reader->name, 0, 0, "over 2^26 words");
  }
  reader->words = og_arena_alloc(&reader->arena, limit, sizeof *reader->words);
  reader->outside = og_arena_alloc(&reader->arena, limit, sizeof *reader->outside);
  if (!reader->words || !reader->outside) {
    return og_error_no_memory(err);
  }
  memset(reader->outside, true, limit);
  reader->word_limit = limit;
  return OG_OK;
}

OgStatus og_reader_place(OgTokenizerReader *reader, const char *word, uint64_t id, bool known,
                         OgError *err) {
  if (id >= reader->word_limit) {
    return og_error_at(err, OG_BAD_STORE, reader->name, 0, 0,
                       "the id of word %.60s must be a whole number below %zu, the number of words",
                       word, reader->word_limit);
  }
  if (reader->words[id] && strcmp(reader->words[id], word) != 0) {
    return og_error_at(err, OG_BAD_STORE, reader->name, 0, 0,
                       "words %.60s and %.60s have one id, %llu", reader->words[id], word,
                       (unsigned long long)id);
  }
  reader->words[id] = word;
  reader->outside[id] = reader->outside[id] && !known;
  reader->spec.count = id >= reader->spec.count ? (size_t)id + 1 : reader->spec.count;
  return OG_OK;
}

/* UINT64_MAX for what is no whole number from 0 on. */
static uint64_t id_of(const json_t *value) {
  return json_is_integer(value) && json_integer_value(value) >= 0
             ? (uint64_t)json_integer_value(value)
             : UINT64_MAX;
}

OgStatus og_reader_place_object(OgTokenizerReader *reader, json_t *vocab, OgError *err) {
  for (void *at = json_object_iter(vocab); at; at = json_object_iter_next(vocab, at)) {
    OG_TRY(og_reader_place(reader, json_object_iter_key(at), id_of(json_object_iter_value(at)),
                           true, err));
  }
  return OG_OK;
}

/* --- added tokens ----------------------------------------------------------------------------- */

OgStatus og_reader_add(OgTokenizerReader *reader, OgAddedToken token, OgError *err) {
  OgAddedToken *grown = og_arena_grow(&reader->arena, reader->added, reader->spec.added_count,
                                      &reader->added_capacity, sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  reader->added = grown;
  grown[reader->spec.added_count++] = token;
  return OG_OK;
}

OgStatus og_reader_add_json(OgTokenizerReader *reader, const json_t *token, uint64_t id,
                            OgError *err) {
  static const char *const keys[] = {"single_word", "lstrip", "rstrip", "normalized", "special"};
  int flags[OG_COUNT(keys)] = {0};
  const char *content = json_string_value(json_object_get(token, "content"));
  if (!content || !*content) {
    return og_tokenizer_refuse(err, reader->name, "added_tokens", "objects with a \"content\"",
                               token);
  }
  OG_TRY(og_reader_place(reader, content, id, false, err));
  for (size_t k = 0; k < OG_COUNT(keys); k++) {
    OG_TRY(og_tokenizer_flag(token, keys[k], reader->name, &flags[k], err));
  }
  const OgAddedToken added = {(uint32_t)id, flags[0], flags[1], flags[2], flags[3], flags[4]};
  return og_reader_add(reader, added, err);
}

size_t og_reader_extra_words(const OgTokenizerReader *reader) {
  const json_t *decoder = json_object_get(reader->settings->config, "added_tokens_decoder");
  return json_object_size(decoder) + json_object_size(reader->settings->added);
}

OgStatus og_reader_add_extra(OgTokenizerReader *reader, OgError *err) {
  json_t *decoder = json_object_get(reader->settings->config, "added_tokens_decoder");
  json_t *added = reader->settings->added;
  for (void *at = json_object_iter(added); at; at = json_object_iter_next(added, at)) {
    const uint64_t id = id_of(json_object_iter_value(at));
    OG_TRY(og_reader_place(reader, json_object_iter_key(at), id, false, err));
    OG_TRY(og_reader_add(reader, (OgAddedToken){.id = (uint32_t)id}, err));
  }
  for (void *at = json_object_iter(decoder); at; at = json_object_iter_next(decoder, at)) {
    char *end;
    const unsigned long id = strtoul(json_object_iter_key(at), &end, 10);
    OG_TRY(og_reader_add_json(reader, json_object_iter_value(at), *end ? UINT64_MAX : id, err));
  }
  return OG_OK;
}

/* --- steps ------------------------------------------------------------------------------------ */

OgStatus og_reader_add_step(OgTokenizerReader *reader, OgNormalizerStep step, OgError *err) {
  OgNormalizerStep *grown =
      og_arena_grow(&reader->arena, reader->steps, reader->spec.normalizer_count,
                    &reader->step_capacity, sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  reader->steps = grown;
  grown[reader->spec.normalizer_count++] = step;
  return OG_OK;
}

OgStatus og_reader_add_split(OgTokenizerReader *reader, OgSplitStep split, OgError *err) {
  OgSplitStep *grown = og_arena_grow(&reader->arena, reader->splits, reader->spec.split_count,
                                     &reader->split_capacity, sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  reader->splits = grown;
  grown[reader->spec.split_count++] = split;
  return OG_OK;
}

/* --- making ----------------------------------------------------------------------------------- */

/* Settings over the spec's own. */
static void apply(const OgTokenizerSettings *settings, OgTokenizerSpec *spec) {
  OgPretokenizerOptions *options = &spec->pretokenizer;
  if (settings->lowercase >= 0 && (settings->lowercase != 0) != options->lowercase) {
    options->lowercase = settings->lowercase != 0;
    options->strip_accents = options->lowercase;
  }
  if (settings->strip_accents >= 0) {
    options->strip_accents = settings->strip_accents != 0;
  }
  if (settings->split_chinese >= 0) {
    options->split_chinese = settings->split_chinese != 0;
  }
  for (size_t k = 0; k < OG_SPECIAL_TOKENS; k++) {
    const bool model_says = k == OG_TOKEN_UNKNOWN && spec->model == OG_UNIGRAM;
    if (settings->special[k] && !model_says) {
      spec->special[k] = settings->special[k];
    }
  }
}

OgStatus og_reader_create(OgTokenizerReader *reader, OgTokenizer **tokenizer, OgError *err) {
  OgTokenizerSpec *spec = &reader->spec;
  for (size_t k = 0; k < spec->count; k++) {
    if (!reader->words[k]) {
      return og_error_at(err, OG_BAD_STORE, reader->name, 0, 0,
                         "no word has id %zu, though the vocabulary has %zu words", k, spec->count);
    }
  }
  spec->words = reader->words;
  spec->outside = reader->outside;
  spec->added = reader->added;
  spec->normalizer = reader->steps;
  spec->splits = reader->splits;
  apply(reader->settings, spec);
  return og_tokenizer_create(spec, tokenizer, err);
}
