#include "model/tokenizer.h"

#include "core/arena.h"
#include "core/memory.h"
#include "model/trie.h"

#include <string.h>

enum { LONGEST_WORD = 100 };

static const char continuation[] = "##";

const char *const og_special_token_names[OG_SPECIAL_TOKENS] = {
    [OG_TOKEN_PAD] = "[PAD]", [OG_TOKEN_UNKNOWN] = "[UNK]", [OG_TOKEN_CLS] = "[CLS]",
    [OG_TOKEN_SEP] = "[SEP]", [OG_TOKEN_MASK] = "[MASK]",
};

struct OgTokenizer {
  OgTokenizerSpec spec; /* its pointers lead into the arena */
  OgArena arena;
  OgTrie pieces; /* all words */
  uint32_t
      inside;   /* the node of "##": where pieces go on inside a word; 0 when no word begins so */
  OgTrie added; /* words matched in raw text; values are places in added_ids */
  uint32_t *added_ids;
  bool starts_added[256]; /* bytes that an added word begins with */
  uint32_t special[OG_SPECIAL_TOKENS];
};

/* --- making ----------------------------------------------------------------------------------- */

OgTokenizerSpec og_tokenizer_spec_default(const char *const *words, size_t count, bool lowercase) {
  OgTokenizerSpec spec = {
      .words = words,
      .count = count,
      .pretokenizer = {.clean_text = true,
                       .split_chinese = true,
                       .strip_accents = lowercase,
                       .lowercase = lowercase},
      .longest_word = LONGEST_WORD,
      .pair = {.separators = 1, .second_type = 1},
  };
  memcpy(spec.special, og_special_token_names, sizeof spec.special);
  return spec;
}

static OgStatus copy_words(OgTokenizer *made, const OgTokenizerSpec *spec, OgError *err) {
  const char **words = og_arena_alloc(&made->arena, spec->count, sizeof *words);
  if (!words) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < spec->count; k++) {
    if (strpbrk(spec->words[k], "\r\n")) {
      return og_error_set(err, OG_BAD_STORE, "word %zu of the vocabulary holds a line break", k);
    }
    words[k] = og_arena_copy(&made->arena, spec->words[k], strlen(spec->words[k]));
    if (!words[k]) {
      return og_error_no_memory(err);
    }
  }
  made->spec.words = words;
  made->spec.count = spec->count;
  return og_trie_init(&made->pieces, words, spec->count, err);
}

static OgStatus find_special(OgTokenizer *made, const OgTokenizerSpec *spec, OgError *err) {
  for (size_t k = 0; k < OG_SPECIAL_TOKENS; k++) {
    made->special[k] = og_tokenizer_find(made, spec->special[k]);
    if (made->special[k] == OG_TRIE_NONE) {
      return og_error_set(err, OG_BAD_STORE,
                          "the vocabulary of %zu words has no %.60s, which the model needs",
                          spec->count, spec->special[k]);
    }
    made->spec.special[k] = made->spec.words[made->special[k]];
  }
  return OG_OK;
}

/* Added words are the special ones and those of spec. */
static OgStatus index_added(OgTokenizer *made, const OgTokenizerSpec *spec, OgError *err) {
  const size_t count = OG_SPECIAL_TOKENS + spec->added_count;
  made->added_ids = og_arena_alloc(&made->arena, count, sizeof *made->added_ids);
  const char **words = og_arena_alloc(&made->arena, count, sizeof *words);
  if (!made->added_ids || !words) {
    return og_error_no_memory(err);
  }
  memcpy(made->added_ids, made->special, sizeof made->special);
  if (spec->added_count > 0) {
    memcpy(made->added_ids + OG_SPECIAL_TOKENS, spec->added,
           spec->added_count * sizeof *spec->added);
  }
  for (size_t k = 0; k < count; k++) {
    words[k] = made->spec.words[made->added_ids[k]];
    made->starts_added[(unsigned char)words[k][0]] = words[k][0] != '\0';
  }
  made->spec.added = made->added_ids + OG_SPECIAL_TOKENS;
  made->spec.added_count = spec->added_count;
  return og_trie_init(&made->added, words, count, err);
}

OgStatus og_tokenizer_create(const OgTokenizerSpec *spec, OgTokenizer **tokenizer, OgError *err) {
  OgStatus status = OG_OK;
  OgTokenizer *made = OG_NEW(OgTokenizer);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->spec.pretokenizer = spec->pretokenizer;
  made->spec.longest_word = spec->longest_word;
  made->spec.pair = spec->pair;
  OG_GO(copy_words(made, spec, err));
  OG_GO(find_special(made, spec, err));
  OG_GO(index_added(made, spec, err));
  made->inside = og_trie_walk(&made->pieces, 0, continuation, sizeof continuation - 1);
  *tokenizer = made;
  made = NULL;
done:
  og_tokenizer_free(made);
  return status;
}

OgStatus og_tokenizer_new(const char *const *words, size_t count, bool lowercase,
                          OgTokenizer **tokenizer, OgError *err) {
  const OgTokenizerSpec spec = og_tokenizer_spec_default(words, count, lowercase);
  return og_tokenizer_create(&spec, tokenizer, err);
}

void og_tokenizer_free(OgTokenizer *tokenizer) {
  if (tokenizer) {
    og_trie_clear(&tokenizer->pieces);
    og_trie_clear(&tokenizer->added);
    og_arena_clear(&tokenizer->arena);
    og_free(tokenizer);
  }
}

/* --- encoding --------------------------------------------------------------------------------- */

static OgStatus reserve(OgTokens *tokens, size_t extra, OgError *err) {
  const size_t needed = tokens->count + extra;
  if (needed <= tokens->capacity) {
    return OG_OK;
  }
  const size_t capacity = needed + needed / 2;
  uint32_t **const arrays[] = {&tokens->ids, &tokens->types, &tokens->starts, &tokens->ends};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    uint32_t *grown = og_realloc(*arrays[k], capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    *arrays[k] = grown;
  }
  tokens->capacity = capacity;
  return OG_OK;
}

/* There is room. */
static void push(OgTokens *tokens, uint32_t id, uint32_t type, uint32_t start, uint32_t end) {
  const size_t k = tokens->count++;
  tokens->ids[k] = id;
  tokens->types[k] = type;
  tokens->starts[k] = start;
  tokens->ends[k] = end;
}

static size_t count_characters(const char *text, size_t size) {
  size_t count = 0;
  for (size_t k = 0; k < size; k++) {
    count += ((unsigned char)text[k] & 0xc0) != 0x80;
  }
  return count;
}

/* Append the pieces of bytes [start, end) of words: the longest that fits, again and again; all or
 * one unknown token. */
static OgStatus split_word(const OgTokenizer *tokenizer, const OgWords *words, uint32_t start,
                           uint32_t end, uint32_t type, OgTokens *tokens, OgError *err) {
  const size_t before = tokens->count;
  const size_t longest = tokenizer->spec.longest_word;
  OG_TRY(reserve(tokens, end - start, err));
  const bool fits =
      end - start <= longest || count_characters(words->text + start, end - start) <= longest;
  uint32_t at = start;
  while (fits && at < end && (at == start || tokenizer->inside != 0)) {
    size_t length = 0;
    const uint32_t id = og_trie_longest(&tokenizer->pieces, at == start ? 0 : tokenizer->inside,
                                        words->text + at, end - at, &length);
    if (id == OG_TRIE_NONE) {
      break;
    }
    push(tokens, id, type, words->starts[at], words->ends[at + length - 1]);
    at += (uint32_t)length;
  }
  if (at < end) {
    tokens->count = before;
    push(tokens, tokenizer->special[OG_TOKEN_UNKNOWN], type, words->starts[start],
         words->ends[end - 1]);
  }
  return OG_OK;
}

/* Append the tokens of text[begin, end), where no added word is, until there are `most` of them in
 * all. */
static OgStatus encode_stretch(const OgTokenizer *tokenizer, const char *text, size_t begin,
                               size_t end, uint32_t type, size_t most, OgTokens *tokens,
                               OgError *err) {
  OgWords *words = &tokens->words;
  og_words_reset(words);
  OG_TRY(
      og_pretokenize(&tokenizer->spec.pretokenizer, text + begin, end - begin, begin, words, err));
  for (size_t k = 0; k < words->count && tokens->count < most; k++) {
    OG_TRY(split_word(tokenizer, words, og_word_start(words, k), words->word_ends[k], type, tokens,
                      err));
  }
  return OG_OK;
}

/* Append the tokens of a text, at most `most` of them. */
static OgStatus encode_text(const OgTokenizer *tokenizer, const char *text, size_t size,
                            uint32_t type, size_t most, OgTokens *tokens, OgError *err) {
  const size_t limit = most > SIZE_MAX - tokens->count ? SIZE_MAX : tokens->count + most;
  size_t begin = 0; /* of what is not encoded yet */
  for (size_t at = 0; at < size && tokens->count < limit;) {
    size_t length = 1;
    uint32_t found = OG_TRIE_NONE;
    if (tokenizer->starts_added[(unsigned char)text[at]]) {
      found = og_trie_longest(&tokenizer->added, 0, text + at, size - at, &length);
    }
    if (found != OG_TRIE_NONE) {
      OG_TRY(encode_stretch(tokenizer, text, begin, at, type, limit, tokens, err));
      OG_TRY(reserve(tokens, 1, err));
      push(tokens, tokenizer->added_ids[found], type, (uint32_t)at, (uint32_t)(at + length));
      begin = at + length;
    }
    at += length;
  }
  OG_TRY(encode_stretch(tokenizer, text, begin, size, type, limit, tokens, err));
  tokens->count = tokens->count < limit ? tokens->count : limit;
  return OG_OK;
}

/* How many tokens of texts with a and b of them stay when room is short: the longer one is cut to
 * what the other leaves, but not below the other's length; then both to halves, and the longer one
 * keeps the odd token (as `tokenizers` does it, utils/truncation.rs). */
static void share_room(size_t room, size_t *a, size_t *b) {
  if (*a + *b <= room) {
    return;
  }
  size_t *shorter = *a <= *b ? a : b;
  size_t *longer = *a <= *b ? b : a;
  if (*shorter > room / 2) {
    *shorter = room / 2;
  }
  *longer = room - *shorter;
}

/* Move `count` tokens from one place to an earlier or later one. */
static void move(OgTokens *tokens, size_t to, size_t from, size_t count) {
  memmove(tokens->ids + to, tokens->ids + from, count * sizeof *tokens->ids);
  memmove(tokens->types + to, tokens->types + from, count * sizeof *tokens->types);
  memmove(tokens->starts + to, tokens->starts + from, count * sizeof *tokens->starts);
  memmove(tokens->ends + to, tokens->ends + from, count * sizeof *tokens->ends);
}

OgStatus og_tokenizer_encode(const OgTokenizer *tokenizer, const char *text, size_t size,
                             const char *pair, size_t pair_size, size_t max_tokens,
                             OgTokens *tokens, OgError *err) {
  const size_t special = og_tokenizer_special_count(tokenizer, pair != NULL);
  const size_t behind = pair ? tokenizer->spec.pair.separators : 1; /* the first text */
  if (max_tokens < special) {
    return og_error_set(err, OG_USAGE, "%zu tokens at most: %zu special ones do not fit",
                        max_tokens, special);
  }
  const size_t room = max_tokens - special;
  const size_t most = pair ? max_tokens : room; /* a pair is cut twice in the reference, too */
  const uint32_t sep = tokenizer->special[OG_TOKEN_SEP];
  tokens->count = 0;
  OG_TRY(reserve(tokens, special, err));
  push(tokens, tokenizer->special[OG_TOKEN_CLS], 0, 0, 0);
  OG_TRY(encode_text(tokenizer, text, size, 0, most, tokens, err));
  size_t first = tokens->count - 1;
  size_t second = 0;
  if (pair) {
    const size_t from = tokens->count;
    OG_TRY(encode_text(tokenizer, pair, pair_size, 1, most, tokens, err));
    second = tokens->count - from;
    OG_TRY(reserve(tokens, special, err));
    share_room(room, &first, &second);
    move(tokens, first + 1 + behind, from, second);
  }
  tokens->count = first + 1;
  OG_TRY(reserve(tokens, special, err));
  for (size_t k = 0; k < behind; k++) {
    push(tokens, sep, k > 0, 0, 0);
  }
  if (pair) {
    tokens->count += second;
    push(tokens, sep, 1, 0, 0);
  }
  return OG_OK;
}

void og_tokens_clear(OgTokens *tokens) {
  og_free(tokens->ids);
  og_free(tokens->types);
  og_free(tokens->starts);
  og_free(tokens->ends);
  og_words_clear(&tokens->words);
  *tokens = (OgTokens)OG_TOKENS_INIT;
}

/* --- looking inside --------------------------------------------------------------------------- */

size_t og_tokenizer_vocab_size(const OgTokenizer *tokenizer) {
  return tokenizer->spec.count;
}

const char *og_tokenizer_word(const OgTokenizer *tokenizer, uint32_t id) {
  return tokenizer->spec.words[id];
}

uint32_t og_tokenizer_find(const OgTokenizer *tokenizer, const char *word) {
  const uint32_t node = og_trie_walk(&tokenizer->pieces, 0, word, strlen(word));
  return tokenizer->pieces.value[node];
}

const OgTokenizerSpec *og_tokenizer_spec(const OgTokenizer *tokenizer) {
  return &tokenizer->spec;
}

size_t og_tokenizer_special_count(const OgTokenizer *tokenizer, bool pair) {
  return pair ? 2 + tokenizer->spec.pair.separators : 2;
}

OgSpecialTokens og_tokenizer_special(const OgTokenizer *tokenizer) {
  const uint32_t *ids = tokenizer->special;
  return (OgSpecialTokens){.pad = ids[OG_TOKEN_PAD],
                           .unknown = ids[OG_TOKEN_UNKNOWN],
                           .cls = ids[OG_TOKEN_CLS],
                           .sep = ids[OG_TOKEN_SEP],
                           .mask = ids[OG_TOKEN_MASK]};
}
