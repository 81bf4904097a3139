/* trie: the longest word of a fixed vocabulary at the start of some bytes.
 *
 *   node    0 is the root; the others follow level by level, siblings together and sorted
 *   label   the byte that leads to a node
 *   first   a node's children are the nodes [first[n], first[n+1])
 *   value   the number of the word that ends at a node, or OG_TRIE_NONE
 *
 * 9 bytes a node. Immutable once made. */
#ifndef OG_MODEL_TRIE_H
#define OG_MODEL_TRIE_H

#include "core/error.h"

#include <stdint.h>
#include <string.h>

#define OG_TRIE_NONE UINT32_MAX

enum { OG_FEW_CHILDREN = 8 };

typedef struct OgTrie {
  unsigned char *label;
  uint32_t *first; /* one more than nodes */
  uint32_t *value;
  size_t nodes;
} OgTrie;

/* Words in order of number; they are not kept. Of equal words the last one's number counts; empty
 * ones are left out. More than 2^30 bytes are OG_USAGE. Release with og_trie_clear. */
OG_API OG_MUST_CHECK OgStatus og_trie_init(OgTrie *trie, const char *const *words, size_t count,
                                           OgError *err);
OG_API void og_trie_clear(OgTrie *trie);

/* The child of a node by a byte, or 0. Most nodes have OG_FEW_CHILDREN children: a loop is faster
 * than a call for them. */
static inline uint32_t og_trie_child(const OgTrie *trie, uint32_t node, unsigned char label) {
  const uint32_t begin = trie->first[node];
  const uint32_t end = trie->first[node + 1];
  if (end - begin > OG_FEW_CHILDREN) {
    const unsigned char *found = memchr(trie->label + begin, label, end - begin);
    return found ? (uint32_t)(found - trie->label) : 0;
  }
  uint32_t k = begin;
  while (k < end && trie->label[k] != label) {
    k++;
  }
  return k < end ? k : 0;
}

/* The node that bytes lead to from a node, or 0 when no word continues so. */
OG_API uint32_t og_trie_walk(const OgTrie *trie, uint32_t node, const char *bytes, size_t size);

/* The number of the longest word that, continued from a node, starts bytes; *length is how many
 * bytes it takes. OG_TRIE_NONE when there is none. */
OG_API uint32_t og_trie_longest(const OgTrie *trie, uint32_t node, const char *bytes, size_t size,
                                size_t *length);

#endif
