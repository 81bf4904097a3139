/* sentencepiece: a SentencePiece model (Unigram) without a tokenizer.json beside it, read as the
 * class of the checkpoint reads it. The file is a protocol buffer; its messages and the numbers of
 * their fields are those of sentencepiece_model.proto. */
#include "core/memory.h"
#include "core/utf8.h"
#include "model/tokenizer_parts.h"

#include <math.h>
#include <string.h>

/* --- protocol buffers ------------------------------------------------------------------------- */

typedef enum Wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 } Wire;

/* What is left of a message. */
typedef struct Message {
  const unsigned char *at, *end;
} Message;

/* A field: its number, and a value by its wire type. */
typedef struct Field {
  uint64_t number;
  Wire wire;
  uint64_t value;  /* WIRE_VARINT, WIRE_64, WIRE_32 */
  Message content; /* WIRE_BYTES */
} Field;

static bool read_varint(Message *message, uint64_t *value) {
  *value = 0;
  for (unsigned shift = 0; shift < 64 && message->at < message->end; shift += 7) {
    const unsigned char byte = *message->at++;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) {
      return true;
    }
  }
  return false;
}

static bool read_fixed(Message *message, size_t size, uint64_t *value) {
  if ((size_t)(message->end - message->at) < size) {
    return false;
  }
  *value = 0;
  for (size_t k = 0; k < size; k++) {
    *value |= (uint64_t)*message->at++ << (8 * k);
  }
  return true;
}

/* The next field of a message that is not at its end; false when it is damaged. */
static bool read_field(Message *message, Field *field) {
  uint64_t tag;
  if (!read_varint(message, &tag)) {
    return false;
  }
  field->number = tag >> 3;
  field->wire = (Wire)(tag & 7);
  switch (field->wire) {
  case WIRE_VARINT:
    return read_varint(message, &field->value);
  case WIRE_64:
    return read_fixed(message, 8, &field->value);
  case WIRE_32:
    return read_fixed(message, 4, &field->value);
  case WIRE_BYTES:
    if (!read_varint(message, &field->value) ||
        field->value > (uint64_t)(message->end - message->at)) {
      return false;
    }
    field->content = (Message){message->at, message->at + field->value};
    message->at += field->value;
    return true;
  default:
    return false;
  }
}

static float float_of(uint64_t bits) {
  const uint32_t word = (uint32_t)bits;
  float value;
  memcpy(&value, &word, sizeof value);
  return value;
}

/* --- the model -------------------------------------------------------------------------------- */

enum { MODEL_PIECES = 1, MODEL_TRAINER = 2, MODEL_NORMALIZER = 3 };
enum { PIECE_TEXT = 1, PIECE_SCORE = 2, PIECE_TYPE = 3 };
enum { TYPE_NORMAL = 1, TYPE_UNKNOWN = 2, TYPE_CONTROL = 3 };
enum { TRAINER_MODEL = 3, TRAINER_SUFFIX = 24, TRAINER_BYTE_FALLBACK = 35 };
enum { NORMALIZER_MAP = 2, NORMALIZER_PREFIX = 3, NORMALIZER_EXTRA = 4, NORMALIZER_ESCAPE = 5 };

typedef struct Piece {
  const char *text;
  double score;
  uint64_t type;
} Piece;

typedef struct Model {
  Piece *pieces;
  size_t count, unknown;
  Message charsmap; /* empty: none */
} Model;

static OgStatus damaged(const OgTokenizerReader *reader, OgError *err) {
  return og_error_at(err, OG_BAD_STORE, reader->name, 0, 0,
                     "damaged: expected a SentencePiece model (a protocol buffer)");
}

static OgStatus unsupported(const OgTokenizerReader *reader, const char *what, OgError *err) {
  return og_error_at(err, OG_BAD_STORE, reader->name, 0, 0,
                     "this SentencePiece model %s, which is read from a tokenizer.json only; make "
                     "one: python3 -c 'from transformers import AutoTokenizer; "
                     "AutoTokenizer.from_pretrained(\".\").save_pretrained(\".\")'",
                     what);
}

static OgStatus read_piece(OgTokenizerReader *reader, Message message, Piece *piece, OgError *err) {
  Message text = {NULL, NULL};
  *piece = (Piece){NULL, 0, TYPE_NORMAL};
  while (message.at < message.end) {
    Field field;
    if (!read_field(&message, &field)) {
      return damaged(reader, err);
    }
    if (field.number == PIECE_TEXT && field.wire == WIRE_BYTES) {
      text = field.content;
    } else if (field.number == PIECE_SCORE && field.wire == WIRE_32) {
      piece->score = (double)float_of(field.value);
    } else if (field.number == PIECE_TYPE && field.wire == WIRE_VARINT) {
      piece->type = field.value;
    }
  }
  const size_t size = (size_t)(text.end - text.at);
  if (size == 0 || size > OG_WORD_SIZE_LIMIT || memchr(text.at, 0, size) ||
      !og_utf8_is_valid((const char *)text.at, size) || !isfinite(piece->score)) {
    return damaged(reader, err);
  }
  piece->text = og_arena_copy(&reader->arena, (const char *)text.at, size);
  return piece->text ? OG_OK : og_error_no_memory(err);
}

/* A field that must have one value, which is also what it has when it is not there. */
typedef struct Demand {
  uint64_t number, value;
  const char *otherwise; /* what the model does then */
} Demand;

static const Demand trainer_demands[] = {
    {TRAINER_MODEL, 1, "is not of the type Unigram"},
    {TRAINER_SUFFIX, 0, "puts white space behind words"},
    {TRAINER_BYTE_FALLBACK, 0, "falls back to bytes"},
};

static const Demand normalizer_demands[] = {
    {NORMALIZER_PREFIX, 1, "puts no blank before a text"},
    {NORMALIZER_EXTRA, 1, "keeps blanks as they are"},
    {NORMALIZER_ESCAPE, 1, "does not write blanks as U+2581"},
};

/* Check a message; *map, when not NULL, becomes the normaliser's map of characters. */
static OgStatus check_message(OgTokenizerReader *reader, Message message, const Demand *demands,
                              size_t count, Message *map, OgError *err) {
  while (message.at < message.end) {
    Field field;
    if (!read_field(&message, &field)) {
      return damaged(reader, err);
    }
    if (map && field.number == NORMALIZER_MAP && field.wire == WIRE_BYTES) {
      *map = field.content;
    }
    for (size_t k = 0; k < count; k++) {
      if (field.number == demands[k].number && field.wire == WIRE_VARINT &&
          field.value != demands[k].value) {
        return unsupported(reader, demands[k].otherwise, err);
      }
    }
  }
  return OG_OK;
}

static OgStatus read_part(OgTokenizerReader *reader, const Field *field, Model *model,
                          size_t *capacity, OgError *err) {
  if (field->wire != WIRE_BYTES) {
    return OG_OK;
  }
  if (field->number == MODEL_TRAINER) {
    return check_message(reader, field->content, trainer_demands, OG_COUNT(trainer_demands), NULL,
                         err);
  }
  if (field->number == MODEL_NORMALIZER) {
    return check_message(reader, field->content, normalizer_demands, OG_COUNT(normalizer_demands),
                         &model->charsmap, err);
  }
  if (field->number != MODEL_PIECES) {
    return OG_OK;
  }
  Piece *grown =
      og_arena_grow(&reader->arena, model->pieces, model->count, capacity, sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  model->pieces = grown;
  OG_TRY(read_piece(reader, field->content, &grown[model->count], err));
  if (grown[model->count].type == TYPE_UNKNOWN) {
    model->unknown = model->count;
  }
  model->count++;
  return OG_OK;
}

static OgStatus read_model(OgTokenizerReader *reader, const OgBuffer *content, Model *model,
                           OgError *err) {
  const unsigned char *bytes = (const unsigned char *)content->data;
  Message message = {bytes, bytes + content->size};
  size_t capacity = 0;
  *model = (Model){.unknown = SIZE_MAX};
  while (message.at < message.end) {
    Field field;
    if (!read_field(&message, &field)) {
      return damaged(reader, err);
    }
    OG_TRY(read_part(reader, &field, model, &capacity, err));
  }
  return model->unknown == SIZE_MAX ? damaged(reader, err) : OG_OK;
}

/* --- classes of tokenizers -------------------------------------------------------------------- */

/* How a class of tokenizers reads its model. */
typedef struct Class {
  const char *name;
  OgTokenizerFile file; /* where nothing names the class, its usual file does */
  bool lowercase;       /* unless the settings say otherwise */
  bool quotes, accents; /* `` and '' become ", and accents go (unless they say keep_accents) */
  bool strip_left, strip_right;
  bool number_commas; /* a piece that ends with a digit and a comma is unlikely */
  bool late_unknown;  /* the unknown token is looked for in the normalised text */
  bool shifted;       /* as fairseq has it: <s> <pad> </s> <unk>, the other pieces, <mask> */
  OgPairTemplate pair;
  const char *special[OG_SPECIAL_TOKENS];
} Class;

static const Class classes[] = {
    {.name = "AlbertTokenizer",
     .file = OG_FILE_ALBERT,
     .lowercase = true,
     .quotes = true,
     .accents = true,
     .number_commas = true,
     .pair = {.separators = 1, .second_type = 1},
     .special = {"<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"}},
    {.name = "DebertaV2Tokenizer",
     .file = OG_FILE_DEBERTA,
     .strip_left = true,
     .strip_right = true,
     .late_unknown = true,
     .pair = {.separators = 1, .second_type = 1},
     .special = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}},
    {.name = "XLMRobertaTokenizer",
     .file = OG_FILE_XLM_ROBERTA,
     .strip_right = true,
     .shifted = true,
     .pair = {.separators = 2, .second_type = 0},
     .special = {"<pad>", "<unk>", "<s>", "</s>", "<mask>"}},
};

static OgStatus find_class(const OgTokenizerReader *reader, OgTokenizerFile file,
                           const Class **class, OgError *err) {
  const char *name = reader->settings->class;
  for (size_t k = 0; k < OG_COUNT(classes); k++) {
    if (name ? og_is_tokenizer_class(name, classes[k].name) : classes[k].file == file) {
      *class = &classes[k];
      return OG_OK;
    }
  }
  return og_error_at(err, OG_BAD_STORE, reader->name, 0, 0,
                     "tokenizer_config.json says that %.60s reads this file: expected "
                     "AlbertTokenizer, DebertaV2Tokenizer or XLMRobertaTokenizer, or a "
                     "tokenizer.json beside it",
                     name);
}

static OgStatus add_steps(OgTokenizerReader *reader, const Class *class, Message charsmap,
                          OgError *err) {
  const OgTokenizerSettings *settings = reader->settings;
  const bool lowercase = settings->lowercase < 0 ? class->lowercase : settings->lowercase != 0;
  const bool accents = class->accents && settings->keep_accents <= 0;
  const size_t map_size = (size_t)(charsmap.end - charsmap.at);
  const struct {
    bool wanted;
    OgNormalizerStep step;
  } steps[] = {
      {class->quotes, {.kind = OG_NORMALIZE_REPLACE, .pattern = "``", .content = "\""}},
      {class->quotes, {.kind = OG_NORMALIZE_REPLACE, .pattern = "''", .content = "\""}},
      {accents, {.kind = OG_NORMALIZE_NFKD}},
      {accents, {.kind = OG_NORMALIZE_STRIP_ACCENTS}},
      {lowercase, {.kind = OG_NORMALIZE_LOWERCASE}},
      {class->strip_left, {.kind = OG_NORMALIZE_STRIP, .left = true, .right = class->strip_right}},
      {map_size > 0, {.kind = OG_NORMALIZE_CHARSMAP}},
      {class->strip_right && !class->strip_left, {.kind = OG_NORMALIZE_STRIP, .right = true}},
      {true, {.kind = OG_NORMALIZE_REPLACE_RUNS, .content = " "}},
  };
  for (size_t k = 0; k < OG_COUNT(steps); k++) {
    OgNormalizerStep step = steps[k].step;
    if (steps[k].wanted && step.kind == OG_NORMALIZE_CHARSMAP) {
      OG_TRY(og_charsmap_init(&step.charsmap, charsmap.at, map_size, reader->name, err));
    }
    if (steps[k].wanted) {
      OG_TRY(og_reader_add_step(reader, step, err));
    }
  }
  if (settings->split_punctuation > 0) {
    OG_TRY(og_reader_add_split(reader, (OgSplitStep){.kind = OG_SPLIT_PUNCTUATION}, err));
  }
  const OgSplitStep metaspace = {.kind = OG_SPLIT_METASPACE, .prefix = OG_PREFIX_ALWAYS};
  return og_reader_add_split(reader, metaspace, err);
}

static bool ends_like_number(const char *text) {
  const size_t size = strlen(text);
  return size >= 2 && text[size - 1] == ',' && text[size - 2] >= '0' && text[size - 2] <= '9';
}

/* Place piece k at an id. */
static OgStatus place_piece(OgTokenizerReader *reader, const Class *class, const Piece *piece,
                            size_t id, double *scores, OgError *err) {
  enum { UNLIKELY = 100 };
  scores[id] =
      piece->score - (class->number_commas && ends_like_number(piece->text) ? UNLIKELY : 0);
  OG_TRY(og_reader_place(reader, piece->text, id, true, err));
  const OgAddedToken control = {.id = (uint32_t)id, .special = true};
  return piece->type == TYPE_CONTROL ? og_reader_add(reader, control, err) : OG_OK;
}

/* The pieces of a model whose first ones are <unk> <s> </s>, as fairseq numbers them. */
static OgStatus place_shifted(OgTokenizerReader *reader, const Class *class, const Model *model,
                              double *scores, OgError *err) {
  static const char *const expected[] = {"<unk>", "<s>", "</s>"};
  static const char *const first[] = {"<s>", "<pad>", "</s>", "<unk>"};
  for (size_t k = 0; k < OG_COUNT(expected); k++) {
    if (k >= model->count || strcmp(model->pieces[k].text, expected[k]) != 0) {
      return unsupported(reader, "does not begin with <unk>, <s> and </s>", err);
    }
  }
  for (size_t k = 0; k < OG_COUNT(first); k++) {
    OG_TRY(place_piece(reader, class, &(Piece){first[k], 0, TYPE_NORMAL}, k, scores, err));
  }
  for (size_t k = OG_COUNT(expected); k < model->count; k++) {
    OG_TRY(place_piece(reader, class, &model->pieces[k], k + 1, scores, err));
  }
  const Piece mask = {class->special[OG_TOKEN_MASK], 0, TYPE_NORMAL};
  return place_piece(reader, class, &mask, model->count + 1, scores, err);
}

/* The special tokens as added ones; a mask that is no piece comes behind the others. */
static OgStatus add_special(OgTokenizerReader *reader, const Class *class, OgError *err) {
  OgTokenizerSpec *spec = &reader->spec;
  for (size_t s = 0; s < OG_SPECIAL_TOKENS; s++) {
    size_t id = 0;
    while (id < spec->count &&
           (!reader->words[id] || strcmp(reader->words[id], class->special[s]) != 0)) {
      id++;
    }
    if (id == spec->count && s == OG_TOKEN_MASK) {
      OG_TRY(og_reader_place(reader, class->special[s], id, false, err));
    }
    if (id < spec->count) {
      const OgAddedToken token = {.id = (uint32_t)id,
                                  .lstrip = s == OG_TOKEN_MASK && !class->strip_left,
                                  .normalized = s == OG_TOKEN_UNKNOWN && class->late_unknown,
                                  .special = true};
      OG_TRY(og_reader_add(reader, token, err));
    }
    spec->special[s] = class->special[s];
  }
  return OG_OK;
}

static OgStatus read_file(OgTokenizerReader *reader, const OgBuffer *content, OgTokenizerFile file,
                          OgTokenizer **tokenizer, OgError *err) {
  enum { EXTRA = 2 }; /* words that are no pieces: <pad>, and the mask */
  OgTokenizerSpec *spec = &reader->spec;
  const Class *class = NULL;
  Model model;
  OG_TRY(find_class(reader, file, &class, err));
  OG_TRY(read_model(reader, content, &model, err));
  const size_t limit = model.count + EXTRA + og_reader_extra_words(reader);
  double *scores = og_arena_alloc(&reader->arena, limit, sizeof *scores);
  if (!scores) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_reader_reserve_words(reader, limit, err));
  if (class->shifted) {
    OG_TRY(place_shifted(reader, class, &model, scores, err));
  }
  for (size_t k = 0; !class->shifted && k < model.count; k++) {
    OG_TRY(place_piece(reader, class, &model.pieces[k], k, scores, err));
  }
  spec->model = OG_UNIGRAM;
  spec->scores = scores;
  spec->score_count = spec->count;
  spec->pair = class->pair;
  OG_TRY(add_steps(reader, class, model.charsmap, err));
  OG_TRY(og_reader_add_extra(reader, err));
  OG_TRY(add_special(reader, class, err));
  spec->special[OG_TOKEN_UNKNOWN] = model.pieces[model.unknown].text;
  return og_reader_create(reader, tokenizer, err);
}

OgStatus og_tokenizer_from_sentencepiece(const OgBuffer *content, const char *name,
                                         OgTokenizerFile file, const OgTokenizerSettings *settings,
                                         OgTokenizer **tokenizer, OgError *err) {
  OgTokenizerReader reader = og_tokenizer_reader(name, settings);
  const OgStatus status = read_file(&reader, content, file, tokenizer, err);
  og_arena_clear(&reader.arena);
  return status;
}
