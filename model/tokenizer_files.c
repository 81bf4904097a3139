/* tokenizer_files: a tokenizer's files in a Hugging Face directory, read and written. */
#include "core/file.h"
#include "core/input.h"
#include "core/json.h"
#include "core/memory.h"
#include "model/tokenizer.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum {
  JSON_LIMIT = 64 << 20,
  LINE_LIMIT = 1 << 16,
  WORD_LIMIT = 1 << 26,
  CHARACTER_LIMIT = 1 << 20
};

/* How tokenizer_config.json and special_tokens_map.json call the special tokens. */
static const char *const special_keys[OG_SPECIAL_TOKENS] = {
    [OG_TOKEN_PAD] = "pad_token", [OG_TOKEN_UNKNOWN] = "unk_token", [OG_TOKEN_CLS] = "cls_token",
    [OG_TOKEN_SEP] = "sep_token", [OG_TOKEN_MASK] = "mask_token",
};

/* Tokenizers that read a vocab.txt as BERT's does. */
static const char *const vocab_classes[] = {
    "BertTokenizer",           "BertTokenizerFast",       "DistilBertTokenizer",
    "DistilBertTokenizerFast", "ElectraTokenizer",        "ElectraTokenizerFast",
    "MobileBertTokenizer",     "MobileBertTokenizerFast", "BasicBertTokenizer",
    "PreTrainedTokenizerFast",
};

/* What tokenizer_config.json says; -1 where it says nothing. */
typedef struct Settings {
  json_t *json; /* NULL without the file */
  int lowercase, strip_accents, split_chinese;
  const char *special[OG_SPECIAL_TOKENS]; /* NULL where it says nothing */
} Settings;

static OgStatus refuse(OgError *err, const char *name, const char *what, const char *expected,
                       const json_t *found) {
  char *text = found ? json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
  const OgStatus status = og_error_at(err, OG_BAD_STORE, name, 0, 0, "%s must be %s, found %.100s",
                                      what, expected, text ? text : "nothing");
  free(text);
  return status;
}

/* --- tokenizer_config.json -------------------------------------------------------------------- */

static OgStatus read_flag(const json_t *object, const char *key, const char *name, int *flag,
                          OgError *err) {
  const json_t *value = json_object_get(object, key);
  if (value && !json_is_null(value)) {
    if (!json_is_boolean(value)) {
      return refuse(err, name, key, "true, false or null", value);
    }
    *flag = json_is_true(value);
  }
  return OG_OK;
}

static OgStatus check_class(const json_t *json, const char *name, OgError *err) {
  const json_t *value = json_object_get(json, "tokenizer_class");
  if (!value || json_is_null(value)) {
    return OG_OK;
  }
  const char *found = json_is_string(value) ? json_string_value(value) : "";
  for (size_t k = 0; k < OG_COUNT(vocab_classes); k++) {
    if (strcmp(found, vocab_classes[k]) == 0) {
      return OG_OK;
    }
  }
  return refuse(err, name, "tokenizer_class of a vocab.txt", "BertTokenizer or a relative", value);
}

static OgStatus read_settings(const char *path, Settings *settings, OgError *err) {
  OG_TRY(og_json_load(path, JSON_LIMIT, OG_BAD_STORE, &settings->json, err));
  const json_t *json = settings->json;
  if (!json_is_object(json)) {
    return refuse(err, path, "the file", "a JSON object", json);
  }
  OG_TRY(read_flag(json, "do_lower_case", path, &settings->lowercase, err));
  OG_TRY(read_flag(json, "strip_accents", path, &settings->strip_accents, err));
  OG_TRY(read_flag(json, "tokenize_chinese_chars", path, &settings->split_chinese, err));
  for (size_t k = 0; k < OG_SPECIAL_TOKENS; k++) {
    const json_t *value = json_object_get(json, special_keys[k]);
    const json_t *content = json_is_object(value) ? json_object_get(value, "content") : value;
    if (content && !json_is_null(content) && !json_is_string(content)) {
      return refuse(err, path, special_keys[k], "a string", value);
    }
    settings->special[k] = json_string_value(content);
  }
  return OG_OK;
}

/* Settings over spec's own. */
static void apply(const Settings *settings, OgTokenizerSpec *spec) {
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
    if (settings->special[k]) {
      spec->special[k] = settings->special[k];
    }
  }
}

/* --- tokenizer.json --------------------------------------------------------------------------- */

/* A part of the file must have one of these types. */
static OgStatus check_type(const json_t *part, const char *what, const char *expected,
                           const char *name, OgError *err) {
  const json_t *type = json_object_get(part, "type");
  if (!json_is_string(type) || strcmp(json_string_value(type), expected) != 0) {
    return refuse(err, name, what, expected, type ? type : part);
  }
  return OG_OK;
}

static OgStatus read_normalizer(const json_t *root, const char *name,
                                OgPretokenizerOptions *options, OgError *err) {
  const json_t *part = json_object_get(root, "normalizer");
  OG_TRY(check_type(part, "normalizer", "BertNormalizer", name, err));
  int clean = 1;
  int chinese = 1;
  int lowercase = 1;
  int strip = -1;
  OG_TRY(read_flag(part, "clean_text", name, &clean, err));
  OG_TRY(read_flag(part, "handle_chinese_chars", name, &chinese, err));
  OG_TRY(read_flag(part, "lowercase", name, &lowercase, err));
  OG_TRY(read_flag(part, "strip_accents", name, &strip, err));
  options->clean_text = clean != 0;
  options->split_chinese = chinese != 0;
  options->lowercase = lowercase != 0;
  options->strip_accents = strip < 0 ? options->lowercase : strip != 0;
  return OG_OK;
}

static OgStatus read_model(const json_t *model, const char *name, OgTokenizerSpec *spec,
                           OgError *err) {
  if (json_object_get(model, "type")) { /* the first files do not tell */
    OG_TRY(check_type(model, "model", "WordPiece", name, err));
  }
  const json_t *prefix = json_object_get(model, "continuing_subword_prefix");
  if (!json_is_string(prefix) || strcmp(json_string_value(prefix), "##") != 0) {
    return refuse(err, name, "model.continuing_subword_prefix", "\"##\"", prefix);
  }
  const json_t *unknown = json_object_get(model, "unk_token");
  if (!json_is_string(unknown)) {
    return refuse(err, name, "model.unk_token", "a string", unknown);
  }
  spec->special[OG_TOKEN_UNKNOWN] = json_string_value(unknown);
  const json_t *longest = json_object_get(model, "max_input_chars_per_word");
  if (longest) {
    const json_int_t number = json_is_integer(longest) ? json_integer_value(longest) : 0;
    if (number < 1 || number > CHARACTER_LIMIT) {
      return refuse(err, name, "model.max_input_chars_per_word", "a whole number from 1 to 2^20",
                    longest);
    }
    spec->longest_word = (size_t)number;
  }
  return OG_OK;
}

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

static OgStatus read_processor(const json_t *root, const char *name, OgTokenizerSpec *spec,
                               OgError *err) {
  const json_t *part = json_object_get(root, "post_processor");
  if (!part || json_is_null(part)) {
    return OG_OK;
  }
  const json_t *type = json_object_get(part, "type");
  const char *kind = json_is_string(type) ? json_string_value(type) : "";
  const bool known =
      strcmp(kind, "BertProcessing") == 0
          ? read_processing(part, (OgPairTemplate){.separators = 1, .second_type = 1}, spec)
      : strcmp(kind, "RobertaProcessing") == 0
          ? read_processing(part, (OgPairTemplate){.separators = 2, .second_type = 0}, spec)
          : strcmp(kind, "TemplateProcessing") == 0 && read_template(part, spec);
  if (!known) {
    return refuse(err, name, "post_processor",
                  "BertProcessing, RobertaProcessing, or TemplateProcessing with [CLS] $A [SEP] "
                  "and [CLS] $A [SEP] $B [SEP]",
                  type && !*kind ? part : type);
  }
  return OG_OK;
}

/* Put a word to its id. */
static OgStatus place(const char **words, size_t count, const char *word, const json_t *id,
                      const char *name, OgError *err) {
  const json_int_t number = json_is_integer(id) ? json_integer_value(id) : -1;
  if (number < 0 || (uint64_t)number >= count) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                       "the id of word %.60s must be a whole number below %zu, the number of words",
                       word, count);
  }
  if (words[number] && strcmp(words[number], word) != 0) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                       "words %.60s and %.60s have one id, %" JSON_INTEGER_FORMAT, words[number],
                       word, number);
  }
  words[number] = word;
  return OG_OK;
}

static OgStatus place_vocabulary(json_t *vocab, const char **words, size_t count, const char *name,
                                 OgError *err) {
  for (void *at = json_object_iter(vocab); at; at = json_object_iter_next(vocab, at)) {
    OG_TRY(place(words, count, json_object_iter_key(at), json_object_iter_value(at), name, err));
  }
  return OG_OK;
}

/* added becomes the ids of the added tokens. */
static OgStatus place_added(const json_t *tokens, const char **words, size_t count, uint32_t *added,
                            const char *name, OgError *err) {
  static const char *const unsupported[] = {"single_word", "lstrip", "rstrip", "normalized"};
  for (size_t k = 0; k < json_array_size(tokens); k++) {
    const json_t *token = json_array_get(tokens, k);
    const char *content = json_string_value(json_object_get(token, "content"));
    if (!content || !*content) {
      return refuse(err, name, "added_tokens", "objects with a \"content\"", token);
    }
    for (size_t f = 0; f < OG_COUNT(unsupported); f++) {
      if (json_is_true(json_object_get(token, unsupported[f]))) {
        return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                           "added token %.60s has %s, which is not supported: added tokens are "
                           "matched as they stand",
                           content, unsupported[f]);
      }
    }
    const json_t *id = json_object_get(token, "id");
    OG_TRY(place(words, count, content, id, name, err));
    added[k] = (uint32_t)json_integer_value(id);
  }
  return OG_OK;
}

static OgStatus check_holes(const char *const *words, size_t count, const char *name,
                            OgError *err) {
  for (size_t k = 0; k < count; k++) {
    if (!words[k]) {
      return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                         "no word has id %zu, though the vocabulary has %zu words", k, count);
    }
  }
  return OG_OK;
}

/* Read the words of root, finish spec with them, and create. */
static OgStatus create_from_words(json_t *vocab, const json_t *tokens, const char *name,
                                  const OgTokenizerSpec *options, OgTokenizer **tokenizer,
                                  OgError *err) {
  OgStatus status = OG_OK;
  OgTokenizerSpec spec = *options;
  const size_t added_count = json_array_size(tokens);
  size_t count = json_object_size(vocab);
  for (size_t k = 0; k < added_count; k++) {
    const char *content = json_string_value(json_object_get(json_array_get(tokens, k), "content"));
    count += content && !json_object_get(vocab, content);
  }
  const char **words = OG_NEW_ARRAY(const char *, count);
  uint32_t *added = OG_NEW_ARRAY(uint32_t, added_count);
  if (!words || !added) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(place_vocabulary(vocab, words, count, name, err));
  OG_GO(place_added(tokens, words, count, added, name, err));
  OG_GO(check_holes(words, count, name, err));
  spec.words = words;
  spec.count = count;
  spec.added = added;
  spec.added_count = added_count;
  OG_GO(og_tokenizer_create(&spec, tokenizer, err));
done:
  og_free(added);
  og_free(words);
  return status;
}

static OgStatus create_from_json(const json_t *root, const char *name, const Settings *settings,
                                 OgTokenizer **tokenizer, OgError *err) {
  const json_t *model = json_object_get(root, "model");
  json_t *vocab = json_object_get(model, "vocab");
  OgTokenizerSpec spec = og_tokenizer_spec_default(NULL, 0, true);
  OG_TRY(read_model(model, name, &spec, err));
  if (!json_is_object(vocab)) {
    return refuse(err, name, "model.vocab", "an object of words and their ids", vocab);
  }
  OG_TRY(read_normalizer(root, name, &spec.pretokenizer, err));
  OG_TRY(check_type(json_object_get(root, "pre_tokenizer"), "pre_tokenizer", "BertPreTokenizer",
                    name, err));
  OG_TRY(read_processor(root, name, &spec, err));
  apply(settings, &spec);
  return create_from_words(vocab, json_object_get(root, "added_tokens"), name, &spec, tokenizer,
                           err);
}

OgStatus og_tokenizer_parse(const char *text, size_t size, const char *name,
                            OgTokenizer **tokenizer, OgError *err) {
  static const Settings none = {NULL, -1, -1, -1, {NULL}};
  json_t *root = NULL;
  OG_TRY(og_json_parse(text, size, name, OG_BAD_STORE, &root, err));
  const OgStatus status = create_from_json(root, name, &none, tokenizer, err);
  json_decref(root);
  return status;
}

static OgStatus load_json(const char *path, const Settings *settings, OgTokenizer **tokenizer,
                          OgError *err) {
  json_t *root = NULL;
  OG_TRY(og_json_load(path, JSON_LIMIT, OG_BAD_STORE, &root, err));
  const OgStatus status = create_from_json(root, path, settings, tokenizer, err);
  json_decref(root);
  return status;
}

/* --- vocab.txt -------------------------------------------------------------------------------- */

static bool is_utf8(const char *text, size_t size) {
  utf8proc_int32_t c;
  size_t at = 0;
  while (at < size) {
    const utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(size - at), &c);
    if (used <= 0 || c == 0) {
      return false;
    }
    at += (size_t)used;
  }
  return true;
}

/* The words of a vocab.txt, one after another in text, each terminated. */
typedef struct Lines {
  OgBuffer text;
  size_t count;
} Lines;

static OgStatus read_lines(const char *path, Lines *lines, OgError *err) {
  OgStatus status = OG_OK;
  OgInput *input = NULL;
  OgBuffer line = OG_BUFFER_INIT;
  int more = 1;
  OG_GO(og_input_open(path, &input, err));
  for (;;) {
    OG_GO(og_input_line(input, LINE_LIMIT, &line, &more, err));
    if (!more) {
      break;
    }
    if (!is_utf8(line.data, line.size) || lines->count >= WORD_LIMIT) {
      status = og_error_at(err, OG_BAD_STORE, path, (long)lines->count + 1, 0,
                           lines->count < WORD_LIMIT ? "a word that is not UTF-8 text"
                                                     : "over 2^26 words");
      goto done;
    }
    OG_GO(og_buffer_append(&lines->text, line.data ? line.data : "", line.size + 1, err));
    lines->count++;
  }
done:
  if (status == OG_BAD_DATA) { /* a line too long, or a damaged gzip stream */
    status = OG_BAD_STORE;
    if (err) {
      err->status = status;
    }
  }
  og_buffer_clear(&line);
  og_input_close(input);
  return status;
}

static OgStatus create_from_lines(const Lines *lines, const Settings *settings,
                                  OgTokenizer **tokenizer, OgError *err) {
  const char **words = OG_NEW_ARRAY(const char *, lines->count);
  if (!words) {
    return og_error_no_memory(err);
  }
  const char *at = lines->text.data;
  for (size_t k = 0; k < lines->count; k++) {
    words[k] = at;
    at += strlen(at) + 1;
  }
  OgTokenizerSpec spec = og_tokenizer_spec_default(words, lines->count, true);
  apply(settings, &spec);
  const OgStatus status = og_tokenizer_create(&spec, tokenizer, err);
  og_free(words);
  return status;
}

static OgStatus load_vocab(const char *path, const char *config_path, const Settings *settings,
                           OgTokenizer **tokenizer, OgError *err) {
  OG_TRY(check_class(settings->json, config_path, err));
  Lines lines = {OG_BUFFER_INIT, 0};
  OgStatus status = read_lines(path, &lines, err);
  if (status == OG_OK) {
    status = create_from_lines(&lines, settings, tokenizer, err);
  }
  og_buffer_clear(&lines.text);
  return status;
}

/* --- a directory ------------------------------------------------------------------------------ */

/* The files of a tokenizer in a directory. */
typedef enum File { VOCAB, TOKENIZER, CONFIG, SPECIAL_MAP, FILE_COUNT } File;

static const char *const file_names[FILE_COUNT] = {
    [VOCAB] = "vocab.txt",
    [TOKENIZER] = "tokenizer.json",
    [CONFIG] = "tokenizer_config.json",
    [SPECIAL_MAP] = "special_tokens_map.json",
};

static void free_paths(char *paths[FILE_COUNT]) {
  for (size_t k = 0; k < FILE_COUNT; k++) {
    og_free(paths[k]);
  }
}

static OgStatus make_paths(const char *directory, char *paths[FILE_COUNT], OgError *err) {
  bool fine = true;
  for (size_t k = 0; k < FILE_COUNT; k++) {
    paths[k] = og_path_join(directory, file_names[k]);
    fine = fine && paths[k];
  }
  if (!fine) {
    free_paths(paths);
    return og_error_no_memory(err);
  }
  return OG_OK;
}

OgStatus og_tokenizer_load(const char *directory, OgTokenizer **tokenizer, OgError *err) {
  Settings settings = {NULL, -1, -1, -1, {NULL}};
  OgStatus status = OG_OK;
  char *paths[FILE_COUNT];
  OG_TRY(make_paths(directory, paths, err));
  if (og_file_exists(paths[CONFIG])) {
    OG_GO(read_settings(paths[CONFIG], &settings, err));
  }
  if (og_file_exists(paths[TOKENIZER])) {
    OG_GO(load_json(paths[TOKENIZER], &settings, tokenizer, err));
  } else if (og_file_exists(paths[VOCAB])) {
    OG_GO(load_vocab(paths[VOCAB], paths[CONFIG], &settings, tokenizer, err));
  } else {
    status = og_error_at(err, OG_IO, directory, 0, 0,
                         "no tokenizer.json here, nor vocab.txt: give the directory of a Hugging "
                         "Face checkpoint whose tokenizer is WordPiece");
  }
done:
  json_decref(settings.json);
  free_paths(paths);
  return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

static OgStatus save_vocab(const OgTokenizerSpec *spec, const char *path, OgError *err) {
  OgReplacement replacement;
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
    if (json_object_set_new(json, special_keys[k], json_string(spec->special[k])) != 0) {
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

static json_t *added_json(const char *word, uint32_t id, bool special) {
  return json_pack("{s:i, s:s, s:b, s:b, s:b, s:b, s:b}", "id", (int)id, "content", word,
                   "single_word", 0, "lstrip", 0, "rstrip", 0, "normalized", 0, "special", special);
}

/* The special tokens and the added ones, each once, in order of id. */
static json_t *all_added_json(const OgTokenizer *tokenizer) {
  enum { PLAIN, ADDED, SPECIAL };
  const OgTokenizerSpec *spec = og_tokenizer_spec(tokenizer);
  unsigned char *kinds = og_calloc(spec->count, 1);
  json_t *json = kinds ? json_array() : NULL;
  for (size_t k = 0; json && k < spec->added_count; k++) {
    kinds[spec->added[k]] = ADDED;
  }
  for (size_t k = 0; json && k < OG_SPECIAL_TOKENS; k++) {
    kinds[og_tokenizer_find(tokenizer, spec->special[k])] = SPECIAL;
  }
  for (uint32_t id = 0; json && id < spec->count; id++) {
    if (kinds[id] != PLAIN &&
        json_array_append_new(json, added_json(spec->words[id], id, kinds[id] == SPECIAL)) != 0) {
      json_decref(json);
      json = NULL;
    }
  }
  og_free(kinds);
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

/* [CLS] A:0 [SEP]:0, and B:1 [SEP]:1 behind it for pairs. */
static json_t *processor_json(const OgTokenizer *tokenizer) {
  const OgTokenizerSpec *spec = og_tokenizer_spec(tokenizer);
  const OgSpecialTokens ids = og_tokenizer_special(tokenizer);
  const char *cls = spec->special[OG_TOKEN_CLS];
  const char *sep = spec->special[OG_TOKEN_SEP];
  json_t *first = json_pack("[{s:{s:s, s:i}}, {s:{s:s, s:i}}, {s:{s:s, s:i}}]", "SpecialToken",
                            "id", cls, "type_id", 0, "Sequence", "id", "A", "type_id", 0,
                            "SpecialToken", "id", sep, "type_id", 0);
  const int type = (int)spec->pair.second_type;
  json_t *second = json_pack("[{s:{s:s, s:i}}, {s:{s:s, s:i}}]", "Sequence", "id", "B", "type_id",
                             type, "SpecialToken", "id", sep, "type_id", type);
  json_t *pair = json_copy(first);
  if (!pair || !second || json_array_extend(pair, second) != 0) {
    json_decref(pair);
    pair = NULL;
  }
  json_decref(second);
  return json_pack("{s:s, s:o, s:o, s:{s:{s:s, s:[i], s:[s]}, s:{s:s, s:[i], s:[s]}}}", "type",
                   "TemplateProcessing", "single", first, "pair", pair, "special_tokens", cls, "id",
                   cls, "ids", (int)ids.cls, "tokens", cls, sep, "id", sep, "ids", (int)ids.sep,
                   "tokens", sep);
}

static json_t *tokenizer_json(const OgTokenizer *tokenizer) {
  const OgTokenizerSpec *spec = og_tokenizer_spec(tokenizer);
  const OgPretokenizerOptions *options = &spec->pretokenizer;
  return json_pack(
      "{s:s, s:n, s:n, s:o, s:{s:s, s:b, s:b, s:o, s:b}, s:{s:s}, s:o, s:{s:s, s:s, s:b},"
      " s:{s:s, s:s, s:s, s:i, s:o}}",
      "version", "1.0", "truncation", "padding", "added_tokens", all_added_json(tokenizer),
      "normalizer", "type", "BertNormalizer", "clean_text", options->clean_text,
      "handle_chinese_chars", options->split_chinese, "strip_accents", strip_accents_json(options),
      "lowercase", options->lowercase, "pre_tokenizer", "type", "BertPreTokenizer",
      "post_processor", processor_json(tokenizer), "decoder", "type", "WordPiece", "prefix", "##",
      "cleanup", 1, "model", "type", "WordPiece", "unk_token", spec->special[OG_TOKEN_UNKNOWN],
      "continuing_subword_prefix", "##", "max_input_chars_per_word", (int)spec->longest_word,
      "vocab", vocab_json(spec));
}

OgStatus og_tokenizer_save(const OgTokenizer *tokenizer, const char *directory, OgError *err) {
  const OgTokenizerSpec *spec = og_tokenizer_spec(tokenizer);
  OgStatus status = OG_OK;
  char *paths[FILE_COUNT];
  OG_TRY(make_paths(directory, paths, err));
  OG_GO(save_vocab(spec, paths[VOCAB], err));
  OG_GO(save_json(tokenizer_json(tokenizer), paths[TOKENIZER], err));
  OG_GO(save_json(config_json(spec), paths[CONFIG], err));
  OG_GO(save_json(special_json(spec), paths[SPECIAL_MAP], err));
done:
  free_paths(paths);
  return status;
}
