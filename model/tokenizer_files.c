/* tokenizer_files: a tokenizer's files in a Hugging Face directory, read and written back. */
#include "core/file.h"
#include "core/memory.h"
#include "model/safetensors.h"
#include "model/tokenizer_parts.h"

#include <string.h>

const char *const og_tokenizer_file_names[OG_TOKENIZER_FILES] = {
    [OG_FILE_TOKENIZER] = "tokenizer.json",
    [OG_FILE_CONFIG] = "tokenizer_config.json",
    [OG_FILE_SPECIAL_MAP] = "special_tokens_map.json",
    [OG_FILE_ADDED] = "added_tokens.json",
    [OG_FILE_VOCAB] = "vocab.txt",
    [OG_FILE_BPE_VOCAB] = "vocab.json",
    [OG_FILE_MERGES] = "merges.txt",
    [OG_FILE_ALBERT] = "spiece.model",
    [OG_FILE_DEBERTA] = "spm.model",
    [OG_FILE_XLM_ROBERTA] = "sentencepiece.bpe.model",
};

const char *og_tokenizer_file(size_t k) {
  return k < OG_TOKENIZER_FILES ? og_tokenizer_file_names[k] : NULL;
}

/* --- files ------------------------------------------------------------------------------------ */

void og_tokenizer_files_clear(OgTokenizerFiles *files) {
  for (size_t k = 0; k < OG_TOKENIZER_FILES; k++) {
    og_free(files->file[k].path);
    og_buffer_clear(&files->file[k].content);
  }
  *files = (OgTokenizerFiles){0};
}

static OgStatus read_files(const char *directory, OgTokenizerFiles *files, OgError *err) {
  for (size_t k = 0; k < OG_TOKENIZER_FILES; k++) {
    char *path = og_path_join(directory, og_tokenizer_file_names[k]);
    if (!path) {
      return og_error_no_memory(err);
    }
    files->file[k].path = path;
    files->file[k].exists = og_file_exists(path);
    if (files->file[k].exists) {
      OG_TRY(og_check_model_file(directory, path, err));
      const OgStatus status =
          og_file_read(path, OG_TOKENIZER_FILE_LIMIT, &files->file[k].content, err);
      if (status == OG_BAD_DATA && err) { /* over the limit */
        err->status = OG_BAD_STORE;
      }
      OG_TRY(status == OG_BAD_DATA ? OG_BAD_STORE : status);
    }
  }
  return OG_OK;
}

/* --- settings --------------------------------------------------------------------------------- */

/* Parse a file that is a JSON object; *json stays NULL without it. */
static OgStatus read_object(const OgTokenizerFiles *files, OgTokenizerFile file, json_t **json,
                            OgError *err) {
  const char *path = files->file[file].path;
  const OgBuffer *content = &files->file[file].content;
  if (!files->file[file].exists) {
    return OG_OK;
  }
  OG_TRY(og_json_parse(content->data ? content->data : "", content->size, path, OG_BAD_STORE, json,
                       err));
  return json_is_object(*json) ? OG_OK
                               : og_tokenizer_refuse(err, path, "the file", "a JSON object", *json);
}

/* A special token: its text, or an object with its content. */
static OgStatus read_special(const json_t *json, const char *key, const char *name,
                             const char **special, OgError *err) {
  const json_t *value = json_object_get(json, key);
  const json_t *content = json_is_object(value) ? json_object_get(value, "content") : value;
  if (content && !json_is_null(content) && !json_is_string(content)) {
    return og_tokenizer_refuse(err, name, key, "a string", value);
  }
  if (json_is_string(content)) {
    *special = json_string_value(content);
  }
  return OG_OK;
}

static OgStatus read_settings(const OgTokenizerFiles *files, OgTokenizerSettings *settings,
                              OgError *err) {
  OG_TRY(read_object(files, OG_FILE_CONFIG, &settings->config, err));
  OG_TRY(read_object(files, OG_FILE_SPECIAL_MAP, &settings->special_map, err));
  OG_TRY(read_object(files, OG_FILE_ADDED, &settings->added, err));
  const struct {
    const char *key;
    int *flag;
  } flags[] = {
      {"do_lower_case", &settings->lowercase},
      {"strip_accents", &settings->strip_accents},
      {"tokenize_chinese_chars", &settings->split_chinese},
      {"add_prefix_space", &settings->prefix_space},
      {"keep_accents", &settings->keep_accents},
      {"split_by_punct", &settings->split_punctuation},
  };
  const char *name = files->file[OG_FILE_CONFIG].path;
  for (size_t k = 0; k < OG_COUNT(flags); k++) {
    OG_TRY(og_tokenizer_flag(settings->config, flags[k].key, name, flags[k].flag, err));
  }
  OG_TRY(read_special(settings->config, "tokenizer_class", name, &settings->class, err));
  for (size_t k = 0; k < OG_SPECIAL_TOKENS; k++) {
    const char *key = og_special_token_keys[k];
    const char **special = &settings->special[k];
    OG_TRY(read_special(settings->special_map, key, files->file[OG_FILE_SPECIAL_MAP].path, special,
                        err));
    OG_TRY(read_special(settings->config, key, name, special, err));
  }
  return OG_OK;
}

/* --- a directory ------------------------------------------------------------------------------ */

static OgStatus parse_json(const OgTokenizerFiles *files, const OgTokenizerSettings *settings,
                           OgTokenizer **tokenizer, OgError *err) {
  json_t *root = NULL;
  OgStatus status = read_object(files, OG_FILE_TOKENIZER, &root, err);
  if (status == OG_OK) {
    status =
        og_tokenizer_from_json(root, files->file[OG_FILE_TOKENIZER].path, settings, tokenizer, err);
  }
  json_decref(root);
  return status;
}

static OgStatus parse(const OgTokenizerFiles *files, const OgTokenizerSettings *settings,
                      const char *directory, OgTokenizer **tokenizer, OgError *err) {
  static const OgTokenizerFile pieces[] = {OG_FILE_ALBERT, OG_FILE_DEBERTA, OG_FILE_XLM_ROBERTA};
  if (files->file[OG_FILE_TOKENIZER].exists) {
    return parse_json(files, settings, tokenizer, err);
  }
  if (files->file[OG_FILE_VOCAB].exists) {
    return og_tokenizer_from_vocab(&files->file[OG_FILE_VOCAB].content,
                                   files->file[OG_FILE_VOCAB].path, settings, tokenizer, err);
  }
  if (files->file[OG_FILE_BPE_VOCAB].exists && files->file[OG_FILE_MERGES].exists) {
    return og_tokenizer_from_merges(&files->file[OG_FILE_BPE_VOCAB].content,
                                    files->file[OG_FILE_BPE_VOCAB].path,
                                    &files->file[OG_FILE_MERGES].content,
                                    files->file[OG_FILE_MERGES].path, settings, tokenizer, err);
  }
  for (size_t k = 0; k < OG_COUNT(pieces); k++) {
    if (files->file[pieces[k]].exists) {
      return og_tokenizer_from_sentencepiece(&files->file[pieces[k]].content,
                                             files->file[pieces[k]].path, pieces[k], settings,
                                             tokenizer, err);
    }
  }
  return og_error_at(
      err, OG_IO, directory, 0, 0,
      "no tokenizer here: expected tokenizer.json, vocab.txt (WordPiece), vocab.json "
      "with merges.txt (byte-level BPE), or a SentencePiece model (spiece.model, "
      "spm.model, sentencepiece.bpe.model); give the directory of a Hugging Face "
      "checkpoint");
}

OgStatus og_tokenizer_load(const char *directory, OgTokenizer **tokenizer, OgError *err) {
  OgTokenizerSettings settings = OG_TOKENIZER_SETTINGS_INIT;
  OgTokenizerFiles files = {0};
  OgTokenizer *loaded = NULL;
  OgStatus status = OG_OK;
  OG_GO(read_files(directory, &files, err));
  OG_GO(read_settings(&files, &settings, err));
  OG_GO(parse(&files, &settings, directory, &loaded, err));
  og_tokenizer_keep(loaded, &files);
  *tokenizer = loaded;
done:
  json_decref(settings.config);
  json_decref(settings.special_map);
  json_decref(settings.added);
  og_tokenizer_files_clear(&files);
  return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

OgStatus og_tokenizer_save(const OgTokenizer *tokenizer, const char *directory, OgError *err) {
  const OgTokenizerFiles *kept = og_tokenizer_kept(tokenizer);
  bool any = false;
  for (size_t k = 0; k < OG_TOKENIZER_FILES; k++) {
    const OgBuffer *content = &kept->file[k].content;
    if (kept->file[k].exists) {
      char *path = og_path_join(directory, og_tokenizer_file_names[k]);
      const OgStatus status =
          path ? og_file_write(path, content->data ? content->data : "", content->size, err)
               : og_error_no_memory(err);
      og_free(path);
      OG_TRY(status);
      any = true;
    }
  }
  return any ? OG_OK : og_tokenizer_write(tokenizer, directory, err);
}
