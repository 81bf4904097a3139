/* tokenizer_parts: what the tokenizer's source files share. Not installed. */
#ifndef OG_MODEL_TOKENIZER_PARTS_H
#define OG_MODEL_TOKENIZER_PARTS_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/json.h"
#include "model/tokenizer.h"

enum {
  OG_TOKENIZER_FILE_LIMIT = 64 << 20, /* bytes of one file */
  OG_WORD_SIZE_LIMIT = 1 << 16,       /* bytes of one word */
  OG_WORD_LIMIT = 1 << 26             /* words */
};

/* --- the files of a tokenizer ----------------------------------------------------------------- */

/* The files of a directory that may make a tokenizer (tokenizer_files.c). */
typedef enum OgTokenizerFile {
  OG_FILE_TOKENIZER,
  OG_FILE_CONFIG,
  OG_FILE_SPECIAL_MAP,
  OG_FILE_ADDED,
  OG_FILE_VOCAB,
  OG_FILE_BPE_VOCAB,
  OG_FILE_MERGES,
  OG_FILE_ALBERT,
  OG_FILE_DEBERTA,
  OG_FILE_XLM_ROBERTA,
  OG_TOKENIZER_FILES
} OgTokenizerFile;

extern const char *const og_tokenizer_file_names[OG_TOKENIZER_FILES];

/* What a directory has of them, and where. */
typedef struct OgTokenizerFiles {
  struct {
    char *path;
    OgBuffer content;
    bool exists;
  } file[OG_TOKENIZER_FILES];
} OgTokenizerFiles;

void og_tokenizer_files_clear(OgTokenizerFiles *files);

/* Let the tokenizer have the files, to be saved as they are; files is empty then. (tokenizer.c) */
void og_tokenizer_keep(OgTokenizer *tokenizer, OgTokenizerFiles *files);
const OgTokenizerFiles *og_tokenizer_kept(const OgTokenizer *tokenizer);

/* Write the four files of a WordPiece tokenizer of our own making (tokenizer_write.c). */
OG_MUST_CHECK OgStatus og_tokenizer_write(const OgTokenizer *tokenizer, const char *directory,
                                          OgError *err);

/* --- settings --------------------------------------------------------------------------------- */

/* How tokenizer_config.json and special_tokens_map.json call the special tokens. */
extern const char *const og_special_token_keys[OG_SPECIAL_TOKENS];

/* What tokenizer_config.json and special_tokens_map.json say; -1 and NULL where they say nothing.
 * Strings are borrowed from json. */
typedef struct OgTokenizerSettings {
  json_t *config, *special_map, *added; /* the files; NULL without one; the loader's */
  const char *class;
  int lowercase, strip_accents, split_chinese, prefix_space, keep_accents, split_punctuation;
  const char *special[OG_SPECIAL_TOKENS];
} OgTokenizerSettings;

#define OG_TOKENIZER_SETTINGS_INIT                                                                 \
  {                                                                                                \
    NULL, NULL, NULL, NULL, -1, -1, -1, -1, -1, -1, {                                              \
      NULL                                                                                         \
    }                                                                                              \
  }

/* OG_BAD_STORE: what must be expected, but was found in the file called name. */
OgStatus og_tokenizer_refuse(OgError *err, const char *name, const char *what, const char *expected,
                             const json_t *found);

/* *flag = object[key], when it is there and not null. */
OG_MUST_CHECK OgStatus og_tokenizer_flag(const json_t *object, const char *key, const char *name,
                                         int *flag, OgError *err);

/* --- a tokenizer while its files are read ----------------------------------------------------- */

/* What was read so far: a spec with all that it points to in the arena. */
typedef struct OgTokenizerReader {
  const char *name; /* of the file, in messages */
  const OgTokenizerSettings *settings;
  OgTokenizerSpec spec;
  OgArena arena;
  OgNormalizerStep *steps; /* spec.normalizer, while it grows */
  OgSplitStep *splits;     /* spec.splits */
  const char **words;      /* (word_limit) spec.words; NULL where an id has none yet */
  OgAddedToken *added;
  OgMerge *merges; /* spec.merges */
  bool *outside;
  size_t merge_capacity, step_capacity, split_capacity, added_capacity, word_limit;
} OgTokenizerReader;

/* Start; settings must outlive the reader. Release with og_arena_clear(&reader->arena). */
OgTokenizerReader og_tokenizer_reader(const char *name, const OgTokenizerSettings *settings);

/* Room for `limit` words, none of them there yet. */
OG_MUST_CHECK OgStatus og_reader_reserve_words(OgTokenizerReader *reader, size_t limit,
                                               OgError *err);

/* Put a word, which is borrowed, to an id below the reader's limit. Another word there is
 * OG_BAD_STORE. known: the model knows it. */
OG_MUST_CHECK OgStatus og_reader_place(OgTokenizerReader *reader, const char *word, uint64_t id,
                                       bool known, OgError *err);

/* All words of a JSON object {word: id}. */
OG_MUST_CHECK OgStatus og_reader_place_object(OgTokenizerReader *reader, json_t *vocab,
                                              OgError *err);

/* An added token; its word has its place. */
OG_MUST_CHECK OgStatus og_reader_add(OgTokenizerReader *reader, OgAddedToken token, OgError *err);

/* An added token as JSON has it; its word is placed. */
OG_MUST_CHECK OgStatus og_reader_add_json(OgTokenizerReader *reader, const json_t *token,
                                          uint64_t id, OgError *err);

/* What added_tokens.json and tokenizer_config.json's added_tokens_decoder add to a vocabulary that
 * has other files: how many words at most, and all of them. */
size_t og_reader_extra_words(const OgTokenizerReader *reader);
OG_MUST_CHECK OgStatus og_reader_add_extra(OgTokenizerReader *reader, OgError *err);

OG_MUST_CHECK OgStatus og_reader_add_step(OgTokenizerReader *reader, OgNormalizerStep step,
                                          OgError *err);
OG_MUST_CHECK OgStatus og_reader_add_split(OgTokenizerReader *reader, OgSplitStep split,
                                           OgError *err);

/* Check that no id is without a word, put the settings over the spec, and create. */
OG_MUST_CHECK OgStatus og_reader_create(OgTokenizerReader *reader, OgTokenizer **tokenizer,
                                        OgError *err);

/* The parts "normalizer" and "pre_tokenizer" of a tokenizer.json as steps (tokenizer_steps.c). */
OG_MUST_CHECK OgStatus og_reader_normalizer(OgTokenizerReader *reader, const json_t *part,
                                            OgError *err);
OG_MUST_CHECK OgStatus og_reader_pre_tokenizer(OgTokenizerReader *reader, const json_t *part,
                                               OgError *err);

/* Append a merge of BPE; left, right and both together are words of vocab, whose ids are whole
 * numbers and have their place. line stands in messages.
 * (tokenizer_merges.c) */
OG_MUST_CHECK OgStatus og_reader_add_merge(OgTokenizerReader *reader, const json_t *vocab,
                                           const char *left, size_t left_size, const char *right,
                                           size_t right_size, long line, OgError *err);

/* --- kinds of files --------------------------------------------------------------------------- */

/* tokenizer.json, parsed (tokenizer_json.c). */
OG_MUST_CHECK OgStatus og_tokenizer_from_json(const json_t *root, const char *name,
                                              const OgTokenizerSettings *settings,
                                              OgTokenizer **tokenizer, OgError *err);

/* Whether a class is this one, or its fast twin. (tokenizer_vocab.c) */
bool og_is_tokenizer_class(const char *class, const char *name);

/* A line of a text, without its end. */
typedef struct OgLine {
  const char *text;
  size_t size;
  long number; /* from 1 */
} OgLine;

/* The line behind *line in content, which begins at {NULL, 0, 0}; false at the end. */
bool og_next_line(const OgBuffer *content, OgLine *line);

/* A line of words is UTF-8 without zero bytes, and not too long. */
OG_MUST_CHECK OgStatus og_check_line(const OgLine *line, const char *name, OgError *err);

/* vocab.txt (tokenizer_vocab.c). */
OG_MUST_CHECK OgStatus og_tokenizer_from_vocab(const OgBuffer *vocab, const char *name,
                                               const OgTokenizerSettings *settings,
                                               OgTokenizer **tokenizer, OgError *err);

/* vocab.json and merges.txt (tokenizer_merges.c). */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_from_merges(
    const OgBuffer *vocab, const char *vocab_name, const OgBuffer *merges, const char *merges_name,
    const OgTokenizerSettings *settings, OgTokenizer **tokenizer, OgError *err);

/* A SentencePiece model; file says which name it has (sentencepiece.c). */
OG_API OG_MUST_CHECK OgStatus og_tokenizer_from_sentencepiece(
    const OgBuffer *content, const char *name, OgTokenizerFile file,
    const OgTokenizerSettings *settings, OgTokenizer **tokenizer, OgError *err);

#endif
