/* tokenizer_steps: the parts "normalizer" and "pre_tokenizer" of a tokenizer.json as steps. */
#include "core/memory.h"
#include "model/tokenizer_parts.h"

#include <string.h>

enum { NESTING_LIMIT = 8, MAP_LIMIT = 16 << 20 /* bytes */ };

static const char *type_of(const json_t *part) {
  const char *type = json_string_value(json_object_get(part, "type"));
  return type ? type : "";
}

/* --- normalizer: options ---------------------------------------------------------------------- */

static OgStatus read_bert(OgTokenizerReader *reader, const json_t *part, OgNormalizerStep *step,
                          OgError *err) {
  static const char *const keys[] = {"clean_text", "handle_chinese_chars", "lowercase",
                                     "strip_accents"};
  int flags[OG_COUNT(keys)] = {1, 1, 1, -1};
  for (size_t k = 0; k < OG_COUNT(keys); k++) {
    OG_TRY(og_tokenizer_flag(part, keys[k], reader->name, &flags[k], err));
  }
  step->bert = (OgPretokenizerOptions){.clean_text = flags[0],
                                       .split_chinese = flags[1],
                                       .lowercase = flags[2],
                                       .strip_accents = flags[3] < 0 ? flags[2] : flags[3]};
  return OG_OK;
}

static OgStatus read_strip(OgTokenizerReader *reader, const json_t *part, OgNormalizerStep *step,
                           OgError *err) {
  int left = 1;
  int right = 1;
  OG_TRY(og_tokenizer_flag(part, "strip_left", reader->name, &left, err));
  OG_TRY(og_tokenizer_flag(part, "strip_right", reader->name, &right, err));
  step->left = left != 0;
  step->right = right != 0;
  return OG_OK;
}

/* A text as it stands, or the one regular expression that checkpoints have: runs of blanks. */
static OgStatus read_replace(OgTokenizerReader *reader, const json_t *part, OgNormalizerStep *step,
                             OgError *err) {
  const json_t *pattern = json_object_get(part, "pattern");
  const char *regex = json_string_value(json_object_get(pattern, "Regex"));
  step->pattern = json_string_value(json_object_get(pattern, "String"));
  step->content = json_string_value(json_object_get(part, "content"));
  if (regex && strcmp(regex, " {2,}") == 0) {
    step->kind = OG_NORMALIZE_REPLACE_RUNS;
    step->pattern = NULL;
  } else if (!step->pattern || !*step->pattern) {
    return og_tokenizer_refuse(err, reader->name, "the pattern of a Replace normalizer",
                               "a String that is not empty, or the Regex \" {2,}\"", pattern);
  }
  return step->content
             ? OG_OK
             : og_tokenizer_refuse(err, reader->name, "the content of a Replace normalizer",
                                   "a string", json_object_get(part, "content"));
}

static OgStatus read_prepend(OgTokenizerReader *reader, const json_t *part, OgNormalizerStep *step,
                             OgError *err) {
  const json_t *content = json_object_get(part, "prepend");
  step->content = json_string_value(content);
  return step->content ? OG_OK
                       : og_tokenizer_refuse(err, reader->name, "prepend", "a string", content);
}

/* --- normalizer: SentencePiece's map ---------------------------------------------------------- */

static int base64_digit(char c) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *found = c ? strchr(digits, c) : NULL;
  return found ? (int)(found - digits) : -1;
}

/* Decode base64 (RFC 4648, section 4) into bytes, for which there is room; SIZE_MAX when it is
 * none. */
static size_t decode_base64(const char *text, size_t size, unsigned char *bytes) {
  size_t count = 0;
  uint32_t bits = 0;
  while (size > 0 && text[size - 1] == '=') {
    size--;
  }
  for (size_t k = 0; k < size; k++) {
    const int digit = base64_digit(text[k]);
    if (digit < 0) {
      return SIZE_MAX;
    }
    bits = bits << 6 | (uint32_t)digit;
    if (k % 4 > 0) {
      bytes[count++] = (unsigned char)(bits >> (2 * (3 - k % 4)));
    }
  }
  return count;
}

static OgStatus read_charsmap(OgTokenizerReader *reader, const json_t *part, OgNormalizerStep *step,
                              OgError *err) {
  const json_t *text = json_object_get(part, "precompiled_charsmap");
  const size_t size = json_string_length(text);
  if (!json_is_string(text) || size > MAP_LIMIT) {
    return og_tokenizer_refuse(err, reader->name, "precompiled_charsmap",
                               "base64 of at most 16 MiB", json_is_string(text) ? NULL : text);
  }
  unsigned char *bytes = og_arena_alloc(&reader->arena, size + 1, 1);
  if (!bytes) {
    return og_error_no_memory(err);
  }
  const size_t count = decode_base64(json_string_value(text), size, bytes);
  if (count == SIZE_MAX) {
    return og_error_at(err, OG_BAD_STORE, reader->name, 0, 0,
                       "precompiled_charsmap must be base64");
  }
  return og_charsmap_init(&step->charsmap, bytes, count, reader->name, err);
}

/* --- normalizer ------------------------------------------------------------------------------- */

typedef OgStatus ReadOptions(OgTokenizerReader *reader, const json_t *part, OgNormalizerStep *step,
                             OgError *err);

static const struct {
  const char *type;
  OgNormalization kind;
  ReadOptions *options; /* NULL: it has none */
} normalizers[] = {
    {"BertNormalizer", OG_NORMALIZE_BERT, read_bert},
    {"NFC", OG_NORMALIZE_NFC, NULL},
    {"NFD", OG_NORMALIZE_NFD, NULL},
    {"NFKC", OG_NORMALIZE_NFKC, NULL},
    {"NFKD", OG_NORMALIZE_NFKD, NULL},
    {"Lowercase", OG_NORMALIZE_LOWERCASE, NULL},
    {"StripAccents", OG_NORMALIZE_STRIP_ACCENTS, NULL},
    {"Strip", OG_NORMALIZE_STRIP, read_strip},
    {"Replace", OG_NORMALIZE_REPLACE, read_replace},
    {"Prepend", OG_NORMALIZE_PREPEND, read_prepend},
    {"Precompiled", OG_NORMALIZE_CHARSMAP, read_charsmap},
};

static OgStatus read_normalizer(OgTokenizerReader *reader, const json_t *part, int depth,
                                OgError *err) {
  const char *type = type_of(part);
  if (strcmp(type, "Sequence") == 0 && depth < NESTING_LIMIT) {
    const json_t *parts = json_object_get(part, "normalizers");
    for (size_t k = 0; k < json_array_size(parts); k++) {
      OG_TRY(read_normalizer(reader, json_array_get(parts, k), depth + 1, err));
    }
    return OG_OK;
  }
  for (size_t k = 0; k < OG_COUNT(normalizers); k++) {
    if (strcmp(type, normalizers[k].type) == 0) {
      OgNormalizerStep step = {.kind = normalizers[k].kind};
      if (normalizers[k].options) {
        OG_TRY(normalizers[k].options(reader, part, &step, err));
      }
      return og_reader_add_step(reader, step, err);
    }
  }
  return og_tokenizer_refuse(
      err, reader->name, "normalizer",
      "BertNormalizer, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Replace, Prepend, "
      "Precompiled, or a Sequence of these",
      *type ? json_object_get(part, "type") : part);
}

OgStatus og_reader_normalizer(OgTokenizerReader *reader, const json_t *part, OgError *err) {
  return !part || json_is_null(part) ? OG_OK : read_normalizer(reader, part, 0, err);
}

/* --- pre_tokenizer ---------------------------------------------------------------------------- */

static OgStatus read_byte_level(OgTokenizerReader *reader, const json_t *part, OgSplitStep *step,
                                OgError *err) {
  int prefix = 1;
  int split = 1;
  OG_TRY(og_tokenizer_flag(part, "add_prefix_space", reader->name, &prefix, err));
  OG_TRY(og_tokenizer_flag(part, "use_regex", reader->name, &split, err));
  step->prefix = prefix ? OG_PREFIX_ALWAYS : OG_PREFIX_NEVER;
  step->whole = split == 0;
  return OG_OK;
}

/* Files before 0.15 of the reference say add_prefix_space, later ones prepend_scheme. */
static OgStatus read_metaspace(OgTokenizerReader *reader, const json_t *part, OgSplitStep *step,
                               OgError *err) {
  static const char *const schemes[] = {
      [OG_PREFIX_NEVER] = "never", [OG_PREFIX_FIRST] = "first", [OG_PREFIX_ALWAYS] = "always"};
  const json_t *replacement = json_object_get(part, "replacement");
  const json_t *scheme = json_object_get(part, "prepend_scheme");
  int prefix = 1;
  int split = 1;
  if (!json_is_string(replacement) || strcmp(json_string_value(replacement), "\xe2\x96\x81") != 0) {
    return og_tokenizer_refuse(err, reader->name, "replacement of Metaspace", "U+2581",
                               replacement);
  }
  OG_TRY(og_tokenizer_flag(part, "add_prefix_space", reader->name, &prefix, err));
  OG_TRY(og_tokenizer_flag(part, "split", reader->name, &split, err));
  step->whole = split == 0;
  step->prefix = prefix ? OG_PREFIX_ALWAYS : OG_PREFIX_NEVER;
  for (size_t k = 0; scheme && k < OG_COUNT(schemes); k++) {
    if (json_is_string(scheme) && strcmp(json_string_value(scheme), schemes[k]) == 0) {
      step->prefix = (OgPrefix)k;
      return OG_OK;
    }
  }
  return scheme ? og_tokenizer_refuse(err, reader->name, "prepend_scheme of Metaspace",
                                      "always, first or never", scheme)
                : OG_OK;
}

static OgStatus read_punctuation(OgTokenizerReader *reader, const json_t *part, OgSplitStep *step,
                                 OgError *err) {
  (void)step;
  const json_t *behavior = json_object_get(part, "behavior");
  return !behavior ||
                 (json_is_string(behavior) && strcmp(json_string_value(behavior), "Isolated") == 0)
             ? OG_OK
             : og_tokenizer_refuse(err, reader->name, "behavior of Punctuation", "Isolated",
                                   behavior);
}

typedef OgStatus ReadSplit(OgTokenizerReader *reader, const json_t *part, OgSplitStep *step,
                           OgError *err);

static const struct {
  const char *type;
  OgSplitKind kind;
  ReadSplit *options; /* NULL: it has none */
} pre_tokenizers[] = {
    {"BertPreTokenizer", OG_SPLIT_BERT, NULL},
    {"ByteLevel", OG_SPLIT_BYTE_LEVEL, read_byte_level},
    {"Metaspace", OG_SPLIT_METASPACE, read_metaspace},
    {"WhitespaceSplit", OG_SPLIT_WHITE_SPACE, NULL},
    {"Punctuation", OG_SPLIT_PUNCTUATION, read_punctuation},
};

static OgStatus read_pre_tokenizer(OgTokenizerReader *reader, const json_t *part, int depth,
                                   OgError *err) {
  const char *type = type_of(part);
  if (strcmp(type, "Sequence") == 0 && depth < NESTING_LIMIT) {
    const json_t *parts = json_object_get(part, "pretokenizers");
    for (size_t k = 0; k < json_array_size(parts); k++) {
      OG_TRY(read_pre_tokenizer(reader, json_array_get(parts, k), depth + 1, err));
    }
    return OG_OK;
  }
  for (size_t k = 0; k < OG_COUNT(pre_tokenizers); k++) {
    if (strcmp(type, pre_tokenizers[k].type) == 0) {
      OgSplitStep step = {.kind = pre_tokenizers[k].kind};
      if (pre_tokenizers[k].options) {
        OG_TRY(pre_tokenizers[k].options(reader, part, &step, err));
      }
      return og_reader_add_split(reader, step, err);
    }
  }
  return og_tokenizer_refuse(err, reader->name, "pre_tokenizer",
                             "BertPreTokenizer, ByteLevel, Metaspace, WhitespaceSplit, "
                             "Punctuation, or a Sequence of these",
                             *type ? json_object_get(part, "type") : part);
}

OgStatus og_reader_pre_tokenizer(OgTokenizerReader *reader, const json_t *part, OgError *err) {
  return !part || json_is_null(part) ? OG_OK : read_pre_tokenizer(reader, part, 0, err);
}
