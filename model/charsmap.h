/* charsmap: SentencePiece's precompiled map of characters: what each character or short sequence is
 * rewritten to (usually NFKC and a little more).
 *
 * The bytes: the size of a trie (32 bits, little-endian), the trie, then the rewritten texts, each
 * with a zero byte behind it. The trie is a double array as Darts-clone lays it out: 32-bit units
 *
 *   bits 0-7 and 31   label of the unit: the byte that leads to it (bit 31 marks a value instead)
 *   bit 8             whether a word ends here: then the unit at the offset holds its value
 *   bits 10-30        offset to the children, times 256 when bit 9 is set
 *
 * where the child by byte b of the unit at position p is at p ^ offset ^ b. A value is where the
 * rewritten text starts behind the trie. */
#ifndef OG_MODEL_CHARSMAP_H
#define OG_MODEL_CHARSMAP_H

#include "core/error.h"

#include <stdbool.h>

/* A view of the bytes, which must outlive it. */
typedef struct OgCharsmap {
  const void *bytes;
  size_t size;
  const unsigned char *units;
  size_t unit_count;
  const char *texts; /* the last byte is zero */
  size_t texts_size;
  bool keeps[128]; /* ASCII characters that stand for themselves; never CR, which may be half a CR
                      LF */
} OgCharsmap;

/* Check the sizes; name stands in messages. OG_BAD_STORE says what is wrong. Units are checked when
 * they are walked: what leads outside is no match. */
OG_API OG_MUST_CHECK OgStatus og_charsmap_init(OgCharsmap *map, const void *bytes, size_t size,
                                               const char *name, OgError *err);

/* What the shortest word of the map that begins `text` is rewritten to (terminated), or NULL when
 * no word does. */
OG_API const char *og_charsmap_find(const OgCharsmap *map, const char *text, size_t size);

#endif
