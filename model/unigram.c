#include "model/unigram.h"

#include "core/memory.h"
#include "model/characters.h"

#include <stdbool.h>

static const double unknown_penalty = 10;

/* The best way to the bytes before a place. */
typedef struct OgUnigramNode {
  double score;
  uint32_t id;
  uint32_t start; /* of its last piece; OG_TRIE_NONE: no way leads here */
} OgUnigramNode;

OgUnigram og_unigram(const OgTrie *pieces, const double *scores, size_t count, uint32_t unknown) {
  double least = 0;
  for (size_t k = 0; k < count; k++) {
    least = k == 0 || scores[k] < least ? scores[k] : least;
  }
  return (OgUnigram){pieces, scores, least - unknown_penalty, unknown};
}

void og_unigram_scratch_clear(OgUnigramScratch *scratch) {
  og_free(scratch->nodes);
  *scratch = (OgUnigramScratch)OG_UNIGRAM_SCRATCH_INIT;
}

static OgStatus reserve(OgUnigramScratch *scratch, size_t size, OgError *err) {
  if (size > scratch->capacity) {
    OgUnigramNode *grown = og_realloc(scratch->nodes, size + size / 2, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    scratch->nodes = grown;
    scratch->capacity = size + size / 2;
  }
  return OG_OK;
}

static void offer(OgUnigramNode *node, double score, uint32_t id, uint32_t start) {
  if (node->start == OG_TRIE_NONE || score > node->score) {
    *node = (OgUnigramNode){score, id, start};
  }
}

/* Offer each piece that starts at `at` to the place where it ends. */
static void extend(const OgUnigram *unigram, const char *word, size_t size, size_t at,
                   size_t character, OgUnigramNode *nodes) {
  const double score = nodes[at].score;
  const OgTrie *trie = unigram->pieces;
  bool known = false; /* the character alone is a piece */
  uint32_t node = 0;
  for (size_t end = at; end < size; end++) {
    node = og_trie_child(trie, node, (unsigned char)word[end]);
    if (node == 0) {
      break;
    }
    const uint32_t id = trie->value[node];
    if (id != OG_TRIE_NONE) {
      offer(&nodes[end + 1], score + unigram->scores[id], id, (uint32_t)at);
      known = known || end + 1 - at == character;
    }
  }
  if (!known) {
    offer(&nodes[at + character], score + unigram->unknown_score, unigram->unknown, (uint32_t)at);
  }
}

OgStatus og_unigram_split(const OgUnigram *unigram, const char *word, size_t size,
                          OgUnigramScratch *scratch, OgPieces *pieces, OgError *err) {
  OG_TRY(reserve(scratch, size + 1, err));
  OG_TRY(og_pieces_reserve(pieces, size, err));
  OgUnigramNode *nodes = scratch->nodes;
  for (size_t k = 0; k <= size; k++) {
    nodes[k] = (OgUnigramNode){0, unigram->unknown, OG_TRIE_NONE};
  }
  for (size_t at = 0; at < size;) {
    size_t character;
    og_decode(word + at, size - at, &character);
    extend(unigram, word, size, at, character, nodes);
    at += character;
  }
  size_t count = 0; /* on the way back, last piece first */
  bool fusing = false;
  for (size_t end = size; end > 0; end = nodes[end].start) {
    const bool unknown = nodes[end].id == unigram->unknown;
    if (!unknown || !fusing) {
      count++;
    }
    fusing = unknown;
  }
  pieces->count += count;
  size_t k = pieces->count;
  fusing = false;
  for (size_t end = size; end > 0; end = nodes[end].start) {
    const bool unknown = nodes[end].id == unigram->unknown;
    if (!unknown || !fusing) {
      k--;
      pieces->ids[k] = nodes[end].id;
      pieces->ends[k] = (uint32_t)end;
    }
    fusing = unknown;
  }
  return OG_OK;
}
