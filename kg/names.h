/* names: one form for everything that is written the same but for its dress, and the words of a
 * text.
 *
 * A word is a run of letters, digits and their marks. Its normal form is folded to lower case,
 * decomposed for compatibility (Unicode NFKD: "ﬁ" is "fi", "Ⅱ" is "ii"), stripped of accents, and
 * put into the singular where English spelling allows no doubt (the tables in
 * names.c). Everything else separates words: spaces, punctuation, hyphens, underscores, symbols,
 * bad UTF-8. A possessive 's vanishes. Han, kana and the South-East Asian scripts write no spaces:
 * there each character is a word.
 *
 * og_name_normalise joins the words with single spaces; the linker and the search walk them with
 * og_words_next. There is one implementation, so they always agree. */
#ifndef OG_KG_NAMES_H
#define OG_KG_NAMES_H

#include "core/buffer.h"

#include <stdbool.h>

/* A longer word (a DNA sequence, base64) is cut at a character border and goes on as the next one.
 */
enum { OG_WORD_SIZE = 128 };

typedef struct OgWord {
  size_t start, end; /* bytes of the text as written, [start, end); without a possessive 's */
  const char *text;  /* normal form, not terminated; until the next call on the same OgWords */
  size_t size;       /* of text, 1 … OG_WORD_SIZE */
  unsigned letters;  /* characters of the normal form */
  bool capitals;     /* has letters, all of them capitals (a plural s aside: "PCBs") */
  bool number;       /* digits only */
  bool solitary;     /* a character of a script without spaces */
  bool breaks;       /* a sentence or paragraph ends before it */
} OgWord;

/* Where in a text the walk stands. A value of the caller; holds nothing to release. */
typedef struct OgWords {
  const char *text;
  size_t size;
  size_t position;
  bool after_short; /* the last word has at most three characters: "St" */
  char normal[OG_WORD_SIZE];
} OgWords;

OG_API void og_words_init(OgWords *words, const char *text, size_t size);

/* The next word; false at the end. */
OG_API bool og_words_next(OgWords *words, OgWord *word);

/* Replace normal with the normal form of text: its words joined by single spaces, "" when it has
 * none. Normalising twice changes nothing. Fails only with OG_NO_MEMORY. */
OG_API OG_MUST_CHECK OgStatus og_name_normalise(const char *text, size_t size, OgBuffer *normal,
                                                OgError *err);

/* True for a word that is too common to name anything by itself: "of", "all", "impact", "die". word
 * is a normal form. */
OG_API bool og_word_is_common(const char *word, size_t size);

/* The common words, and the words whose plural is irregular, in order; NULL from the end on. */
const char *og_common_word(size_t number);
const char *og_irregular_word(size_t number);

/* How well a name of this kind (name.kind in docs/schema.md) stands for its entity, (0, 1]: a label
 * 1, an exact synonym .9, … An unknown kind gives the least. */
OG_API float og_name_weight(const char *kind);

/* Edits (insertion, deletion, replacement, swap of neighbours) between two byte strings, or limit +
 * 1 when there are more than limit. Optimal string alignment; at most 255 bytes each are compared.
 */
OG_API unsigned og_edit_distance(const char *a, size_t a_size, const char *b, size_t b_size,
                                 unsigned limit);

#endif
