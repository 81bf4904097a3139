/* characters: what the parts of a tokenizer ask of one. */
#ifndef OG_MODEL_CHARACTERS_H
#define OG_MODEL_CHARACTERS_H

#include "core/api.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OG_REPLACEMENT_CHARACTER = 0xfffd };

/* Characters [first, last]. */
typedef struct OgRange {
  int32_t first, last;
} OgRange;

/* Whether c is in one of count ranges, which are sorted. */
OG_API bool og_in_ranges(const OgRange *ranges, size_t count, int32_t c);

/* The property White_Space (PropList.txt). */
OG_API bool og_is_white_space(int32_t c);

/* Letters, marks, decimal digits, connectors and joiners: \w of Unicode's regular expressions
 * (UTS #18, annex C). */
OG_API bool og_is_word_character(int32_t c);

/* What matters of a character's general category. */
typedef enum OgCharacterClass {
  OG_CLASS_PLAIN,
  OG_CLASS_PUNCTUATION, /* with all ASCII symbols */
  OG_CLASS_NONSPACING,  /* marks */
  OG_CLASS_OTHER        /* control, format, surrogate, private use */
} OgCharacterClass;

/* By the categories of Unicode 8, which the reference implementation knows. */
OG_API OgCharacterClass og_character_class(int32_t c);

/* Whether c's class or decomposition is newer than that: then it is plain, and stands for itself.
 */
OG_API bool og_is_newer_character(int32_t c);

/* The character at the start of size > 0 bytes of text, and its bytes; a byte that is not UTF-8 is
 * U+FFFD. */
OG_API int32_t og_decode(const char *text, size_t size, size_t *length);

/* The last character of size > 0 bytes of UTF-8, and its bytes. */
OG_API int32_t og_decode_last(const char *text, size_t size, size_t *length);

/* How many characters size bytes of UTF-8 have. */
OG_API size_t og_count_characters(const char *text, size_t size);

#endif
