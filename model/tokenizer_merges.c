/* tokenizer_merges: vocab.json and merges.txt, as GPT-2 and RoBERTa have them: words with their
 * ids, and a merge a line, the first to be made first. */
#include "core/memory.h"
#include "model/tokenizer_parts.h"

#include <string.h>

/* --- merges ----------------------------------------------------------------------------------- */

/* *id: that of the word that two texts make up; UINT32_MAX when the vocabulary does not have it. */
static OgStatus find(OgTokenizerReader *reader, const json_t *vocab, const char *left,
                     size_t left_size, const char *right, size_t right_size, uint32_t *id,
                     OgError *err) {
  char *word = og_arena_alloc(&reader->arena, left_size + right_size + 1, 1);
  if (!word) {
    return og_error_no_memory(err);
  }
  memcpy(word, left, left_size);
  memcpy(word + left_size, right, right_size);
  const json_t *found = json_object_get(vocab, word);
  *id = json_is_integer(found) ? (uint32_t)json_integer_value(found) : UINT32_MAX;
  return OG_OK;
}

OgStatus og_reader_add_merge(OgTokenizerReader *reader, const json_t *vocab, const char *left,
                             size_t left_size, const char *right, size_t right_size, long line,
                             OgError *err) {
  OgTokenizerSpec *spec = &reader->spec;
  OgMerge merge;
  OG_TRY(find(reader, vocab, left, left_size, "", 0, &merge.left, err));
  OG_TRY(find(reader, vocab, right, right_size, "", 0, &merge.right, err));
  OG_TRY(find(reader, vocab, left, left_size, right, right_size, &merge.result, err));
  if (merge.left == UINT32_MAX || merge.right == UINT32_MAX || merge.result == UINT32_MAX) {
    return og_error_at(err, OG_BAD_STORE, reader->name, line, 0,
                       "merge \"%.*s %.*s\" needs a word that the vocabulary does not have",
                       (int)(left_size < 60 ? left_size : 60), left,
                       (int)(right_size < 60 ? right_size : 60), right);
  }
  OgMerge *grown = og_arena_grow(&reader->arena, reader->merges, spec->merge_count,
                                 &reader->merge_capacity, sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  grown[spec->merge_count++] = merge;
  spec->merges = reader->merges = grown;
  return OG_OK;
}

static OgStatus read_merges(OgTokenizerReader *reader, const json_t *vocab, const OgBuffer *merges,
                            OgError *err) {
  static const char version[] = "#version";
  for (OgLine line = {NULL, 0, 0}; og_next_line(merges, &line);) {
    OG_TRY(og_check_line(&line, reader->name, err));
    const char *space = memchr(line.text, ' ', line.size);
    const size_t left = space ? (size_t)(space - line.text) : 0;
    const size_t right = space ? line.size - left - 1 : 0;
    if (line.size == 0 ||
        (line.size >= sizeof version - 1 && memcmp(line.text, version, sizeof version - 1) == 0)) {
      continue;
    }
    if (left == 0 || right == 0 || memchr(space + 1, ' ', right)) {
      return og_error_at(err, OG_BAD_STORE, reader->name, line.number, 0,
                         "expected two words with a blank between them");
    }
    OG_TRY(og_reader_add_merge(reader, vocab, line.text, left, space + 1, right, line.number, err));
  }
  return OG_OK;
}

/* --- the pair of files ------------------------------------------------------------------------ */

static OgStatus check_class(const OgTokenizerSettings *settings, const char *name, OgError *err) {
  static const char *const classes[] = {"RobertaTokenizer", "LongformerTokenizer",
                                        "PreTrainedTokenizer"};
  for (size_t k = 0; settings->class && k < OG_COUNT(classes); k++) {
    if (og_is_tokenizer_class(settings->class, classes[k])) {
      return OG_OK;
    }
  }
  return settings->class ? og_error_at(err, OG_BAD_STORE, name, 0, 0,
                                       "tokenizer_config.json says that %.60s reads this file: "
                                       "expected RobertaTokenizer or LongformerTokenizer",
                                       settings->class)
                         : OG_OK;
}

/* As RoBERTa has it: the mask takes the white space before it. */
static OgStatus add_mask(OgTokenizerReader *reader, const json_t *vocab, OgError *err) {
  const json_t *id = json_object_get(vocab, "<mask>");
  return id ? og_reader_add(reader,
                            (OgAddedToken){.id = (uint32_t)json_integer_value(id),
                                           .lstrip = true,
                                           .special = true},
                            err)
            : OG_OK;
}

static OgStatus read_files(OgTokenizerReader *reader, json_t *vocab, const OgBuffer *merges,
                           const char *merges_name, OgTokenizer **tokenizer, OgError *err) {
  OgTokenizerSpec *spec = &reader->spec;
  const bool prefix = reader->settings->prefix_space > 0;
  OG_TRY(check_class(reader->settings, reader->name, err));
  if (!json_is_object(vocab)) {
    return og_tokenizer_refuse(err, reader->name, "the file", "an object of words and their ids",
                               vocab);
  }
  OG_TRY(og_reader_reserve_words(reader, json_object_size(vocab) + og_reader_extra_words(reader),
                                 err));
  OG_TRY(og_reader_place_object(reader, vocab, err));
  spec->model = OG_BPE;
  spec->drop_unknown = true;
  spec->pair = (OgPairTemplate){.separators = 2, .second_type = 0};
  spec->trim_offsets = true;
  spec->trim_prefix = prefix;
  const OgSplitStep split = {.kind = OG_SPLIT_BYTE_LEVEL,
                             .prefix = prefix ? OG_PREFIX_ALWAYS : OG_PREFIX_NEVER};
  OG_TRY(og_reader_add_split(reader, split, err));
  OG_TRY(add_mask(reader, vocab, err));
  OG_TRY(og_reader_add_extra(reader, err));
  const char *vocab_name = reader->name;
  reader->name = merges_name;
  OG_TRY(read_merges(reader, vocab, merges, err));
  reader->name = vocab_name;
  return og_reader_create(reader, tokenizer, err);
}

OgStatus og_tokenizer_from_merges(const OgBuffer *vocab, const char *vocab_name,
                                  const OgBuffer *merges, const char *merges_name,
                                  const OgTokenizerSettings *settings, OgTokenizer **tokenizer,
                                  OgError *err) {
  json_t *words = NULL;
  OgTokenizerReader reader = og_tokenizer_reader(vocab_name, settings);
  OG_TRY(og_json_parse(vocab->data, vocab->size, vocab_name, OG_BAD_STORE, &words, err));
  const OgStatus status = read_files(&reader, words, merges, merges_name, tokenizer, err);
  og_arena_clear(&reader.arena);
  json_decref(words);
  return status;
}
