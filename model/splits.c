#include "model/splits.h"

#include "core/memory.h"
#include "model/characters.h"
#include "model/pretokenizer.h"

#include <string.h>
#include <utf8proc.h>

enum { METASPACE = 0x2581 };

static const char metaspace[] = "\xe2\x96\x81";
enum { METASPACE_SIZE = sizeof metaspace - 1 };

/* --- byte level ------------------------------------------------------------------------------- */

int32_t og_byte_character(unsigned char byte) {
  const bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte != 0xad);
  if (printable) {
    return byte;
  }
  /* The others in order of number: 0x00-0x20, 0x7f-0xa0, 0xad. */
  const int before = byte <= 0x20 ? byte : byte <= 0xa0 ? byte - 0x7f + 0x21 : 0x43;
  return 0x100 + before;
}

/* What GPT-2's regular expression asks of a character. */
typedef enum Class { LETTER, NUMBER, SPACE, OTHER } Class;

static Class class_of(int32_t c) {
  if (c < 0x80) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return letter                                 ? LETTER
           : c >= '0' && c <= '9'                 ? NUMBER
           : c == ' ' || (c >= '\t' && c <= '\r') ? SPACE
                                                  : OTHER;
  }
  const utf8proc_category_t category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO   ? LETTER
         : category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO ? NUMBER
         : og_is_white_space(c)                                                 ? SPACE
                                                                                : OTHER;
}

/* The class of the character at `at`, and its bytes. */
static Class class_at(const char *text, size_t size, size_t at, size_t *length) {
  const unsigned char byte = (unsigned char)text[at];
  if (byte < 0x80) {
    *length = 1;
    return class_of(byte);
  }
  return class_of(og_decode(text + at, size - at, length));
}

/* The size of the contraction that text starts with, or 0. */
static size_t contraction(const char *text, size_t size) {
  static const char *const endings[] = {"s", "t", "re", "ve", "m", "ll", "d"};
  for (size_t k = 0; text[0] == '\'' && k < OG_COUNT(endings); k++) {
    const size_t length = strlen(endings[k]);
    if (size > length && memcmp(text + 1, endings[k], length) == 0) {
      return 1 + length;
    }
  }
  return 0;
}

/* White space up to the next character; the last one of several is left to what follows it. */
static size_t space_word(const char *text, size_t size) {
  size_t end = 0;
  size_t last = 0;
  while (end < size) {
    size_t length;
    if (class_at(text, size, end, &length) != SPACE) {
      break;
    }
    last = end;
    end += length;
  }
  return end == size || last == 0 ? end : last;
}

size_t og_byte_level_word(const char *text, size_t size) {
  const size_t contracted = contraction(text, size);
  if (contracted > 0) {
    return contracted;
  }
  size_t at = text[0] == ' ' && size > 1;
  size_t length;
  const Class class = class_at(text, size, at, &length);
  if (class == SPACE) {
    return space_word(text, size);
  }
  do {
    at += length;
  } while (at < size && class_at(text, size, at, &length) == class);
  return at;
}

/* --- steps ------------------------------------------------------------------------------------ */

/* A word of the words that a step reads: bytes [begin, end). */
typedef struct Word {
  const OgWords *in;
  size_t begin, end;
  bool first; /* it begins the original text, with others of the same character perhaps */
} Word;

static OgStatus split_byte_level(const OgSplitStep *step, Word word, OgWords *out, OgError *err) {
  const OgWords *in = word.in;
  const size_t begin = out->size;
  if (step->prefix != OG_PREFIX_NEVER && in->text[word.begin] != ' ') {
    OG_TRY(og_words_put(out, ' ', in->starts[word.begin], in->ends[word.begin], err));
  }
  OG_TRY(og_words_copy(out, in, word.begin, word.end, err));
  const size_t end = out->size;
  out->size = begin;
  while (out->size < end) {
    out->size +=
        step->whole ? end - out->size : og_byte_level_word(out->text + out->size, end - out->size);
    OG_TRY(og_words_end(out, err));
  }
  return OG_OK;
}

/* Whether text (size) starts with a blank or U+2581; *length is its size. */
static bool is_blank(const char *text, size_t size, size_t *length) {
  *length = text[0] == ' ' ? 1 : METASPACE_SIZE;
  return text[0] == ' ' || (text[0] == metaspace[0] && size >= METASPACE_SIZE &&
                            memcmp(text, metaspace, METASPACE_SIZE) == 0);
}

/* Where the next blank of a word is at or behind `at`, or the word's end. */
static size_t find_blank(Word word, size_t at) {
  size_t length;
  while (at < word.end && !is_blank(word.in->text + at, word.end - at, &length)) {
    at++;
  }
  return at;
}

/* Each blank begins a word. */
static OgStatus split_metaspace(const OgSplitStep *step, Word word, OgWords *out, OgError *err) {
  const OgWords *in = word.in;
  size_t at = find_blank(word, word.begin);
  const bool wanted =
      step->prefix == OG_PREFIX_ALWAYS || (step->prefix == OG_PREFIX_FIRST && word.first);
  if (wanted && at > word.begin) {
    OG_TRY(og_words_put(out, METASPACE, in->starts[word.begin], in->ends[word.begin], err));
  }
  OG_TRY(og_words_copy(out, in, word.begin, at, err));
  while (at < word.end) {
    size_t length;
    is_blank(in->text + at, word.end - at, &length);
    if (!step->whole) {
      OG_TRY(og_words_end(out, err));
    }
    OG_TRY(og_words_put(out, METASPACE, in->starts[at], in->ends[at], err));
    const size_t begin = at + length;
    at = find_blank(word, begin);
    OG_TRY(og_words_copy(out, in, begin, at, err));
  }
  return og_words_end(out, err);
}

static OgStatus split_white_space(const OgSplitStep *step, Word word, OgWords *out, OgError *err) {
  (void)step;
  const OgWords *in = word.in;
  for (size_t at = word.begin; at < word.end;) {
    size_t length;
    if (og_is_white_space(og_decode(in->text + at, word.end - at, &length))) {
      OG_TRY(og_words_end(out, err));
    } else {
      OG_TRY(og_words_copy(out, in, at, at + length, err));
    }
    at += length;
  }
  return og_words_end(out, err);
}

static OgStatus split_punctuation(const OgSplitStep *step, Word word, OgWords *out, OgError *err) {
  (void)step;
  const OgWords *in = word.in;
  for (size_t at = word.begin; at < word.end;) {
    size_t length;
    const int32_t c = og_decode(in->text + at, word.end - at, &length);
    const bool apart = og_character_class(c) == OG_CLASS_PUNCTUATION;
    if (apart) {
      OG_TRY(og_words_end(out, err));
    }
    OG_TRY(og_words_copy(out, in, at, at + length, err));
    if (apart) {
      OG_TRY(og_words_end(out, err));
    }
    at += length;
  }
  return og_words_end(out, err);
}

/* BERT's pre-tokeniser on a text that is normalised already. */
static OgStatus split_bert(const OgSplitStep *step, Word word, OgWords *out, OgError *err) {
  (void)step;
  static const OgPretokenizerOptions as_it_is = {false, false, false, false};
  const OgWords *in = word.in;
  const size_t begin = out->size;
  OG_TRY(og_pretokenize(&as_it_is, in->text + word.begin, word.end - word.begin, word.begin, out,
                        err));
  for (size_t k = begin; k < out->size; k++) {
    out->ends[k] = in->ends[out->ends[k] - 1];
    out->starts[k] = in->starts[out->starts[k]];
  }
  return OG_OK;
}

typedef OgStatus Split(const OgSplitStep *step, Word word, OgWords *out, OgError *err);

static Split *const kinds[] = {
    [OG_SPLIT_BERT] = split_bert,
    [OG_SPLIT_BYTE_LEVEL] = split_byte_level,
    [OG_SPLIT_METASPACE] = split_metaspace,
    [OG_SPLIT_WHITE_SPACE] = split_white_space,
    [OG_SPLIT_PUNCTUATION] = split_punctuation,
};

OgStatus og_split(const OgSplitStep *steps, size_t count, bool first, OgWords *words,
                  OgWords *other, OgError *err) {
  for (size_t k = 0; k < count; k++) {
    og_words_reset(other);
    for (size_t w = 0; w < words->count; w++) {
      const size_t begin = og_word_start(words, w);
      const bool begins = first && (k == 0 || words->starts[begin] == 0);
      const Word word = {words, begin, words->word_ends[w], begins};
      OG_TRY(kinds[steps[k].kind](&steps[k], word, other, err));
    }
    const OgWords swapped = *words;
    *words = *other;
    *other = swapped;
  }
  return OG_OK;
}
