#include "model/added_tokens.h"

#include "core/memory.h"
#include "model/characters.h"

#include <string.h>

OgStatus og_added_tokens_init(OgAddedTokens *added, const OgAddedToken *tokens,
                              const char *const *words, size_t count, OgError *err) {
  *added = (OgAddedTokens){.tokens = OG_NEW_ARRAY(OgAddedToken, count), .count = count};
  if (!added->tokens) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < count; k++) {
    added->tokens[k] = tokens[k];
    added->starts[(unsigned char)words[k][0]] = words[k][0] != '\0';
  }
  return og_trie_init(&added->trie, words, count, err);
}

void og_added_tokens_clear(OgAddedTokens *added) {
  og_trie_clear(&added->trie);
  og_free(added->tokens);
  *added = (OgAddedTokens){.count = 0};
}

/* Where the white space begins that text[from, end) ends with. */
static size_t strip_left(const char *text, size_t from, size_t end) {
  size_t length;
  while (end > from && og_is_white_space(og_decode_last(text + from, end - from, &length))) {
    end -= length;
  }
  return end;
}

/* Where the white space ends that begins at `at`. */
static size_t strip_right(const char *text, size_t size, size_t at) {
  size_t length;
  while (at < size && og_is_white_space(og_decode(text + at, size - at, &length))) {
    at += length;
  }
  return at;
}

static bool stands_alone(const char *text, size_t size, size_t start, size_t end) {
  size_t length;
  return (start == 0 || !og_is_word_character(og_decode_last(text, start, &length))) &&
         (end == size || !og_is_word_character(og_decode(text + end, size - end, &length)));
}

OgAddedMatch og_added_tokens_find(const OgAddedTokens *added, const char *text, size_t size,
                                  size_t from) {
  for (size_t at = from; at < size;) {
    size_t length = 1;
    uint32_t found = OG_TRIE_NONE;
    if (added->starts[(unsigned char)text[at]]) {
      found = og_trie_longest(&added->trie, 0, text + at, size - at, &length);
    }
    if (found != OG_TRIE_NONE) {
      const OgAddedToken *token = &added->tokens[found];
      const size_t end = at + length;
      if (!token->single_word || stands_alone(text, size, at, end)) {
        return (OgAddedMatch){token, token->lstrip ? strip_left(text, from, at) : at,
                              token->rstrip ? strip_right(text, size, end) : end};
      }
    }
    at += found == OG_TRIE_NONE ? 1 : length;
  }
  return (OgAddedMatch){NULL, size, size};
}
