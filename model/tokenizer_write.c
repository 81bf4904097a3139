/* tokenizer_write: the files of a WordPiece tokenizer of our own making, as Hugging Face writes
 * them. */
#include "core/file.h"
#include "core/memory.h"
#include "model/tokenizer_parts.h"

#include <stdio.h>
#include <string.h>

static OgStatus save_vocab(const OgTokenizerSpec *spec, const char *path, OgError *err) {
  OgReplacement replacement;
  for (size_t k = 0; k < spec->count; k++) {
    if (strpbrk(spec->words[k], "\r\n")) {
      return og_error_at(err, OG_BAD_STORE, path, 0, 0,
                         "word %zu of the vocabulary holds a line break", k);
    }
  }
  OG_TRY(og_replacement_open(path, &replacement, err));
  for (size_t k = 0; k < spec->count; k++) {
    fputs(spec->words[k], replacement.file); /* commit sees the errors */
    fputc('\n', replacement.file);
  }
  const OgStatus status = og_replacement_commit(&replacement, err);
  og_replacement_close(&replacement);
  return status;
}

/* Save json, which may be NULL (out of memory), and drop it. */
static OgStatus save_json(json_t *json, const char *path, OgError *err) {
  const OgStatus status = json ? og_json_save(path, json, err) : og_error_no_memory(err);
  json_decref(json);
  return status;
}

/* null where strip_accents follows lowercase, as Hugging Face writes it. */
static json_t *strip_accents_json(const OgPretokenizerOptions *options) {
  return options->strip_accents == options->lowercase ? json_null()
                                                      : json_boolean(options->strip_accents);
}

static json_t *special_json(const OgTokenizerSpec *spec) {
  json_t *json = json_object();
  for (size_t k = 0; json && k < OG_SPECIAL_TOKENS; k++) {
    if (json_object_set_new(json, og_special_token_keys[k], json_string(spec->special[k])) != 0) {
      json_decref(json);
      json = NULL;
    }
  }
  return json;
}

static json_t *config_json(const OgTokenizerSpec *spec) {
  const OgPretokenizerOptions *options = &spec->pretokenizer;
  json_t *json = special_json(spec);
  json_t *rest =
      json_pack("{s:s, s:b, s:o, s:b}", "tokenizer_class", "BertTokenizer", "do_lower_case",
                options->lowercase, "strip_accents", strip_accents_json(options),
                "tokenize_chinese_chars", options->split_chinese);
  if (!json || !rest || json_object_update(json, rest) != 0) {
    json_decref(json);
    json = NULL;
  }
  json_decref(rest);
  return json;
}

static json_t *added_json(const char *word, const OgAddedToken *token) {
  return json_pack("{s:i, s:s, s:b, s:b, s:b, s:b, s:b}", "id", (int)token->id, "content", word,
                   "single_word", token->single_word, "lstrip", token->lstrip, "rstrip",
                   token->rstrip, "normalized", token->normalized, "special", token->special);
}

/* The special tokens and the added ones, each once, in order of id. */
static json_t *all_added_json(const OgTokenizerSpec *spec) {
  const OgAddedToken **by_id = og_calloc(spec->count, sizeof *by_id);
  json_t *json = by_id ? json_array() : NULL;
  for (size_t k = 0; json && k < spec->added_count; k++) {
    by_id[spec->added[k].id] = &spec->added[k];
  }
  for (size_t id = 0; json && id < spec->count; id++) {
    if (by_id[id] && json_array_append_new(json, added_json(spec->words[id], by_id[id])) != 0) {
      json_decref(json);
      json = NULL;
    }
  }
  og_free(by_id);
  return json;
}

static json_t *vocab_json(const OgTokenizerSpec *spec) {
  json_t *json = json_object();
  for (size_t k = 0; json && k < spec->count; k++) {
    if (json_object_set_new(json, spec->words[k], json_integer((json_int_t)k)) != 0) {
      json_decref(json);
      json = NULL;
    }
  }
  return json;
}

static json_t *special_item(const char *name, int type) {
  return json_pack("{s:{s:s, s:i}}", "SpecialToken", "id", name, "type_id", type);
}

static json_t *sequence_item(const char *which, int type) {
  return json_pack("{s:{s:s, s:i}}", "Sequence", "id", which, "type_id", type);
}

/* [CLS] A:0 [SEP]:0; for pairs with B:1 [SEP]:1 behind it. */
static json_t *template_json(const OgTokenizerSpec *spec, bool pair) {
  const char *sep = spec->special[OG_TOKEN_SEP];
  const int type = (int)spec->pair.second_type;
  json_t *json = json_array();
  int failed = json_array_append_new(json, special_item(spec->special[OG_TOKEN_CLS], 0));
  failed |= json_array_append_new(json, sequence_item("A", 0));
  for (uint32_t k = 0; k < (pair ? spec->pair.separators : 1); k++) {
    failed |= json_array_append_new(json, special_item(sep, 0));
  }
  if (pair) {
    failed |= json_array_append_new(json, sequence_item("B", type));
    failed |= json_array_append_new(json, special_item(sep, type));
  }
  if (failed) {
    json_decref(json);
    json = NULL;
  }
  return json;
}

static json_t *processor_json(const OgTokenizer *tokenizer) {
  const OgTokenizerSpec *spec = og_tokenizer_spec(tokenizer);
  const OgSpecialTokens ids = og_tokenizer_special(tokenizer);
  const char *cls = spec->special[OG_TOKEN_CLS];
  const char *sep = spec->special[OG_TOKEN_SEP];
  return json_pack("{s:s, s:o, s:o, s:{s:{s:s, s:[i], s:[s]}, s:{s:s, s:[i], s:[s]}}}", "type",
                   "TemplateProcessing", "single", template_json(spec, false), "pair",
                   template_json(spec, true), "special_tokens", cls, "id", cls, "ids", (int)ids.cls,
                   "tokens", cls, sep, "id", sep, "ids", (int)ids.sep, "tokens", sep);
}

static json_t *tokenizer_json(const OgTokenizer *tokenizer) {
  const OgTokenizerSpec *spec = og_tokenizer_spec(tokenizer);
  const OgPretokenizerOptions *options = &spec->pretokenizer;
  return json_pack(
      "{s:s, s:n, s:n, s:o, s:{s:s, s:b, s:b, s:o, s:b}, s:{s:s}, s:o, s:{s:s, s:s, s:b},"
      " s:{s:s, s:s, s:s, s:i, s:o}}",
      "version", "1.0", "truncation", "padding", "added_tokens", all_added_json(spec), "normalizer",
      "type", "BertNormalizer", "clean_text", options->clean_text, "handle_chinese_chars",
      options->split_chinese, "strip_accents", strip_accents_json(options), "lowercase",
      options->lowercase, "pre_tokenizer", "type", "BertPreTokenizer", "post_processor",
      processor_json(tokenizer), "decoder", "type", "WordPiece", "prefix", "##", "cleanup", 1,
      "model", "type", "WordPiece", "unk_token", spec->special[OG_TOKEN_UNKNOWN],
      "continuing_subword_prefix", "##", "max_input_chars_per_word", (int)spec->longest_word,
      "vocab", vocab_json(spec));
}

typedef struct Output {
  OgTokenizerFile file;
  json_t *(*make)(const OgTokenizer *tokenizer);
} Output;

static json_t *config(const OgTokenizer *tokenizer) {
  return config_json(og_tokenizer_spec(tokenizer));
}

static json_t *special_map(const OgTokenizer *tokenizer) {
  return special_json(og_tokenizer_spec(tokenizer));
}

OgStatus og_tokenizer_write(const OgTokenizer *tokenizer, const char *directory, OgError *err) {
  static const Output outputs[] = {{OG_FILE_TOKENIZER, tokenizer_json},
                                   {OG_FILE_CONFIG, config},
                                   {OG_FILE_SPECIAL_MAP, special_map}};
  char *path = og_path_join(directory, og_tokenizer_file_names[OG_FILE_VOCAB]);
  if (!path) {
    return og_error_no_memory(err);
  }
  OgStatus status = save_vocab(og_tokenizer_spec(tokenizer), path, err);
  og_free(path);
  for (size_t k = 0; k < OG_COUNT(outputs) && status == OG_OK; k++) {
    path = og_path_join(directory, og_tokenizer_file_names[outputs[k].file]);
    status = path ? save_json(outputs[k].make(tokenizer), path, err) : og_error_no_memory(err);
    og_free(path);
  }
  return status;
}
