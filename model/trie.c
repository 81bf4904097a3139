#include "model/trie.h"

#include "core/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_LIMIT = 1 << 30 };

typedef struct Word {
  const char *text;
  uint32_t number;
} Word;

/* Words [begin, end) of the sorted ones share their first depth bytes, which lead to one node. */
typedef struct Share {
  uint32_t begin, end, depth;
} Share;

static int compare_words(const void *left, const void *right) {
  const Word *a = left;
  const Word *b = right;
  const int order = strcmp(a->text, b->text);
  return order != 0 ? order : a->number < b->number ? -1 : 1;
}

/* Fill in node n's value, and append its children. */
static void expand(OgTrie *trie, Share *shares, const Word *words, size_t n) {
  const Share share = shares[n];
  uint32_t k = share.begin;
  trie->value[n] = OG_TRIE_NONE;
  trie->first[n] = (uint32_t)trie->nodes;
  for (; k < share.end && words[k].text[share.depth] == '\0'; k++) {
    trie->value[n] = share.depth > 0 ? words[k].number : OG_TRIE_NONE;
  }
  while (k < share.end) {
    const uint32_t begin = k;
    const char label = words[k].text[share.depth];
    while (k < share.end && words[k].text[share.depth] == label) {
      k++;
    }
    trie->label[trie->nodes] = (unsigned char)label;
    shares[trie->nodes++] = (Share){begin, k, share.depth + 1};
  }
}

OgStatus og_trie_init(OgTrie *trie, const char *const *words, size_t count, OgError *err) {
  size_t most = 1; /* nodes */
  for (size_t k = 0; k < count && most <= TEXT_LIMIT; k++) {
    most += strlen(words[k]);
  }
  if (most > TEXT_LIMIT || count > TEXT_LIMIT) {
    return og_error_set(err, OG_USAGE, "the words of a vocabulary have over %d bytes", TEXT_LIMIT);
  }
  OgTrie made = {.label = og_calloc(most, 1),
                 .first = OG_NEW_ARRAY(uint32_t, most + 1),
                 .value = OG_NEW_ARRAY(uint32_t, most),
                 .nodes = 1};
  Word *sorted = OG_NEW_ARRAY(Word, count);
  Share *shares = OG_NEW_ARRAY(Share, most);
  const bool fine = made.label && made.first && made.value && sorted && shares;
  if (fine) {
    for (size_t k = 0; k < count; k++) {
      sorted[k] = (Word){words[k], (uint32_t)k};
    }
    qsort(sorted, count, sizeof *sorted, compare_words);
    shares[0] = (Share){0, (uint32_t)count, 0};
    for (size_t n = 0; n < made.nodes; n++) {
      expand(&made, shares, sorted, n);
    }
    made.first[made.nodes] = (uint32_t)made.nodes;
    *trie = made;
  } else {
    og_trie_clear(&made);
  }
  og_free(shares);
  og_free(sorted);
  return fine ? OG_OK : og_error_no_memory(err);
}

void og_trie_clear(OgTrie *trie) {
  og_free(trie->label);
  og_free(trie->first);
  og_free(trie->value);
  *trie = (OgTrie){.nodes = 0};
}

uint32_t og_trie_walk(const OgTrie *trie, uint32_t node, const char *bytes, size_t size) {
  for (size_t k = 0; k < size; k++) {
    node = og_trie_child(trie, node, (unsigned char)bytes[k]);
    if (node == 0) {
      break;
    }
  }
  return node;
}

uint32_t og_trie_longest(const OgTrie *trie, uint32_t node, const char *bytes, size_t size,
                         size_t *length) {
  uint32_t found = OG_TRIE_NONE;
  for (size_t k = 0; k < size; k++) {
    node = og_trie_child(trie, node, (unsigned char)bytes[k]);
    if (node == 0) {
      break;
    }
    if (trie->value[node] != OG_TRIE_NONE) {
      found = trie->value[node];
      *length = k + 1;
    }
  }
  return found;
}
