/* tokenizer_vocab: vocab.txt, a word a line, as BERT and its relatives have it. */
#include "core/memory.h"
#include "core/utf8.h"
#include "model/tokenizer_parts.h"

#include <string.h>

/* --- lines ------------------------------------------------------------------------------------ */

bool og_next_line(const OgBuffer *content, OgLine *line) {
  const char *end = content->data + content->size;
  const char *at = line->number == 0 ? content->data : line->text + line->size;
  if (line->number > 0 && at < end && *at == '\r') {
    at++;
  }
  if (line->number > 0 && at < end) {
    at++; /* the line feed */
  }
  if (!content->data || at >= end) {
    return false;
  }
  const char *feed = memchr(at, '\n', (size_t)(end - at));
  line->text = at;
  line->size = (size_t)((feed ? feed : end) - at);
  line->size -= feed && line->size > 0 && at[line->size - 1] == '\r';
  line->number++;
  return true;
}

OgStatus og_check_line(const OgLine *line, const char *name, OgError *err) {
  if (line->size > OG_WORD_SIZE_LIMIT) {
    return og_error_at(err, OG_BAD_STORE, name, line->number, 0, "a line longer than %d bytes",
                       OG_WORD_SIZE_LIMIT);
  }
  if (!og_utf8_is_valid(line->text, line->size) || memchr(line->text, '\0', line->size)) {
    return og_error_at(err, OG_BAD_STORE, name, line->number, 0, "a word that is not UTF-8 text");
  }
  return OG_OK;
}

/* --- vocab.txt -------------------------------------------------------------------------------- */

/* How a class of tokenizers reads a vocab.txt. */
typedef struct VocabClass {
  const char *name;
  bool like_roberta; /* <s> a </s> </s> b </s>, and white space before <mask> belongs to it */
} VocabClass;

static const VocabClass classes[] = {
    {"BertTokenizer", false},       {"BasicBertTokenizer", false},  {"DistilBertTokenizer", false},
    {"ElectraTokenizer", false},    {"MobileBertTokenizer", false}, {"MPNetTokenizer", true},
    {"PreTrainedTokenizer", false},
};

static const char *const mpnet_special[OG_SPECIAL_TOKENS] = {
    [OG_TOKEN_PAD] = "<pad>", [OG_TOKEN_UNKNOWN] = "[UNK]", [OG_TOKEN_CLS] = "<s>",
    [OG_TOKEN_SEP] = "</s>",  [OG_TOKEN_MASK] = "<mask>",
};

/* Whether a class is this one, or its fast twin. */
bool og_is_tokenizer_class(const char *class, const char *name) {
  const size_t size = strlen(name);
  return strncmp(class, name, size) == 0 &&
         (class[size] == '\0' || strcmp(class + size, "Fast") == 0);
}

static OgStatus find_class(const OgTokenizerSettings *settings, const char *name,
                           const VocabClass **class, OgError *err) {
  *class = &classes[0];
  for (size_t k = 0; settings->class && k < OG_COUNT(classes); k++) {
    if (og_is_tokenizer_class(settings->class, classes[k].name)) {
      *class = &classes[k];
      return OG_OK;
    }
  }
  return settings->class ? og_error_at(
                               err, OG_BAD_STORE, name, 0, 0,
                               "tokenizer_config.json says that %.60s reads this file: expected "
                               "BertTokenizer or a relative (DistilBERT, ELECTRA, MobileBERT, "
                               "MPNet)",
                               settings->class)
                         : OG_OK;
}

static OgStatus place_lines(OgTokenizerReader *reader, const OgBuffer *vocab, OgError *err) {
  size_t count = 0;
  for (OgLine line = {NULL, 0, 0}; og_next_line(vocab, &line);) {
    OG_TRY(og_check_line(&line, reader->name, err));
    count++;
  }
  OG_TRY(og_reader_reserve_words(reader, count + og_reader_extra_words(reader), err));
  for (OgLine line = {NULL, 0, 0}; og_next_line(vocab, &line);) {
    const char *word = og_arena_copy(&reader->arena, line.text, line.size);
    if (!word) {
      return og_error_no_memory(err);
    }
    OG_TRY(og_reader_place(reader, word, (uint64_t)line.number - 1, true, err));
  }
  return OG_OK;
}

/* The mask takes the white space before it. */
static OgStatus add_mask(OgTokenizerReader *reader, OgError *err) {
  for (size_t k = 0; k < reader->spec.count; k++) {
    if (strcmp(reader->words[k], mpnet_special[OG_TOKEN_MASK]) == 0) {
      const OgAddedToken mask = {.id = (uint32_t)k, .lstrip = true, .special = true};
      return og_reader_add(reader, mask, err);
    }
  }
  return OG_OK;
}

static OgStatus read_vocab(OgTokenizerReader *reader, const OgBuffer *vocab,
                           OgTokenizer **tokenizer, OgError *err) {
  OgTokenizerSpec *spec = &reader->spec;
  const VocabClass *class = NULL;
  OG_TRY(find_class(reader->settings, reader->name, &class, err));
  OG_TRY(place_lines(reader, vocab, err));
  memcpy(spec->special, class->like_roberta ? mpnet_special : og_special_token_names,
         sizeof spec->special);
  if (class->like_roberta) {
    spec->pair = (OgPairTemplate){.separators = 2, .second_type = 0};
    OG_TRY(add_mask(reader, err));
  }
  OG_TRY(og_reader_add_extra(reader, err));
  return og_reader_create(reader, tokenizer, err);
}

OgStatus og_tokenizer_from_vocab(const OgBuffer *vocab, const char *name,
                                 const OgTokenizerSettings *settings, OgTokenizer **tokenizer,
                                 OgError *err) {
  OgTokenizerReader reader = og_tokenizer_reader(name, settings);
  const OgStatus status = read_vocab(&reader, vocab, tokenizer, err);
  og_arena_clear(&reader.arena);
  return status;
}
