#include "model/wordpiece.h"

#include "model/characters.h"

#include <stdbool.h>

static const char continuation[] = "##";

OgWordpiece og_wordpiece(const OgTrie *pieces, uint32_t unknown, size_t longest) {
  const uint32_t inside = og_trie_walk(pieces, 0, continuation, sizeof continuation - 1);
  return (OgWordpiece){pieces, inside, unknown, longest};
}

OgStatus og_wordpiece_split(const OgWordpiece *wordpiece, const char *word, size_t size,
                            OgPieces *pieces, OgError *err) {
  const size_t before = pieces->count;
  OG_TRY(og_pieces_reserve(pieces, size, err));
  const bool fits =
      size <= wordpiece->longest || og_count_characters(word, size) <= wordpiece->longest;
  size_t at = 0;
  while (fits && at < size && (at == 0 || wordpiece->inside != 0)) {
    size_t length = 0;
    const uint32_t id = og_trie_longest(wordpiece->pieces, at == 0 ? 0 : wordpiece->inside,
                                        word + at, size - at, &length);
    if (id == OG_TRIE_NONE) {
      break;
    }
    at += length;
    og_pieces_push(pieces, id, (uint32_t)at);
  }
  if (at < size) {
    pieces->count = before;
    og_pieces_push(pieces, wordpiece->unknown, (uint32_t)size);
  }
  return OG_OK;
}
