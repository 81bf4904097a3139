#include "model/tokenizer_parts.h"

#include "core/arena.h"
#include "core/memory.h"
#include "model/characters.h"
#include "model/unigram.h"
#include "model/word_cache.h"
#include "model/wordpiece.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <utf8proc.h>

enum { LONGEST_WORD = 100 };

const char *const og_special_token_names[OG_SPECIAL_TOKENS] = {
    [OG_TOKEN_PAD] = "[PAD]", [OG_TOKEN_UNKNOWN] = "[UNK]", [OG_TOKEN_CLS] = "[CLS]",
    [OG_TOKEN_SEP] = "[SEP]", [OG_TOKEN_MASK] = "[MASK]",
};

/* What they are called in vocabularies that do not come from BERT's. */
static const char *const other_names[OG_SPECIAL_TOKENS] = {
    [OG_TOKEN_PAD] = "<pad>", [OG_TOKEN_UNKNOWN] = "<unk>", [OG_TOKEN_CLS] = "<s>",
    [OG_TOKEN_SEP] = "</s>",  [OG_TOKEN_MASK] = "<mask>",
};

const char *const og_token_model_names[OG_TOKEN_MODELS] = {
    [OG_WORDPIECE] = "WordPiece",
    [OG_BPE] = "BPE",
    [OG_UNIGRAM] = "Unigram",
};

struct OgTokenizer {
  OgTokenizerSpec spec; /* its pointers lead into the arena */
  OgArena arena;
  OgTokenizerFiles files;
  unsigned long number; /* no other tokenizer of the process has it */
  OgTrie names;         /* all words */
  OgTrie known;         /* the model's words, when these are not all */
  const OgTrie *pieces; /* the model's words */
  union {
    OgWordpiece wordpiece;
    OgBpe bpe;
    OgUnigram unigram;
  } model;
  OgNormalizerStep bert_normalizer; /* WORDPIECE's only steps */
  OgSplitStep bert_split;
  OgAddedTokens raw, normalized; /* tokens matched in the text, and in the normalised one */
  uint32_t special[OG_SPECIAL_TOKENS];
};

/* --- making: words ---------------------------------------------------------------------------- */

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

/* A copy of count × size bytes in the arena, or NULL. */
static void *copy(OgTokenizer *made, const void *items, size_t count, size_t size) {
  void *block = og_arena_alloc(&made->arena, count + 1, size);
  if (block && count > 0) {
    memcpy(block, items, count * size);
  }
  return block;
}

static OgStatus copy_words(OgTokenizer *made, OgError *err) {
  OgTokenizerSpec *spec = &made->spec;
  const char **words = og_arena_alloc(&made->arena, spec->count, sizeof *words);
  if (!words) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < spec->count; k++) {
    words[k] = og_arena_copy(&made->arena, spec->words[k], strlen(spec->words[k]));
    if (!words[k]) {
      return og_error_no_memory(err);
    }
  }
  spec->words = words;
  made->pieces = &made->names;
  return og_trie_init(&made->names, words, spec->count, err);
}

/* Index the words that the model knows, apart from the others when there are others. BPE needs no
 * index. */
static OgStatus index_known(OgTokenizer *made, OgError *err) {
  OgTokenizerSpec *spec = &made->spec;
  if (!spec->outside || !memchr(spec->outside, true, spec->count) || spec->model == OG_BPE) {
    spec->outside = NULL;
    return OG_OK;
  }
  const bool *outside = copy(made, spec->outside, spec->count, sizeof *outside);
  const char **words = OG_NEW_ARRAY(const char *, spec->count);
  OgStatus status = outside && words ? OG_OK : og_error_no_memory(err);
  for (size_t k = 0; status == OG_OK && k < spec->count; k++) {
    words[k] = outside[k] ? "" : spec->words[k];
  }
  if (status == OG_OK) {
    status = og_trie_init(&made->known, words, spec->count, err);
  }
  made->pieces = &made->known;
  spec->outside = status == OG_OK ? outside : NULL;
  og_free(words);
  return status;
}

static uint32_t find_usual(const OgTokenizer *made, size_t k) {
  const uint32_t found = og_tokenizer_find(made, og_special_token_names[k]);
  return found != OG_TRIE_NONE ? found : og_tokenizer_find(made, other_names[k]);
}

static OgStatus find_special(OgTokenizer *made, OgError *err) {
  OgTokenizerSpec *spec = &made->spec;
  for (size_t k = 0; k < OG_SPECIAL_TOKENS; k++) {
    const char *name = spec->special[k];
    made->special[k] = name ? og_tokenizer_find(made, name) : find_usual(made, k);
    if (made->special[k] == OG_TRIE_NONE) {
      return og_error_at(err, OG_BAD_STORE, spec->name, 0, 0,
                         "the vocabulary of %zu words has no %.60s, which the model needs",
                         spec->count, name ? name : og_special_token_names[k]);
    }
    spec->special[k] = spec->words[made->special[k]];
  }
  return OG_OK;
}

/* --- making: steps ---------------------------------------------------------------------------- */

static OgStatus copy_text(OgTokenizer *made, const char **text, OgError *err) {
  if (*text) {
    *text = og_arena_copy(&made->arena, *text, strlen(*text));
  }
  return *text ? OG_OK : og_error_no_memory(err);
}

static OgStatus copy_charsmap(OgTokenizer *made, OgCharsmap *charsmap, OgError *err) {
  const void *bytes = copy(made, charsmap->bytes, charsmap->size, 1);
  if (!bytes) {
    return og_error_no_memory(err);
  }
  return og_charsmap_init(charsmap, bytes, charsmap->size, made->spec.name, err);
}

/* WordPiece's steps are BERT's. */
static OgStatus copy_steps(OgTokenizer *made, OgError *err) {
  OgTokenizerSpec *spec = &made->spec;
  if (spec->model == OG_WORDPIECE) {
    made->bert_normalizer =
        (OgNormalizerStep){.kind = OG_NORMALIZE_BERT, .bert = spec->pretokenizer};
    made->bert_split = (OgSplitStep){.kind = OG_SPLIT_BERT};
    spec->normalizer = &made->bert_normalizer;
    spec->splits = &made->bert_split;
    spec->normalizer_count = spec->split_count = 1;
    return OG_OK;
  }
  OgNormalizerStep *steps =
      copy(made, spec->normalizer, spec->normalizer_count, sizeof *spec->normalizer);
  spec->splits = copy(made, spec->splits, spec->split_count, sizeof *spec->splits);
  if (!steps || !spec->splits) {
    return og_error_no_memory(err);
  }
  spec->normalizer = steps;
  for (size_t k = 0; k < spec->normalizer_count; k++) {
    if (steps[k].kind == OG_NORMALIZE_CHARSMAP) {
      OG_TRY(copy_charsmap(made, &steps[k].charsmap, err));
    }
    if (steps[k].pattern) {
      OG_TRY(copy_text(made, &steps[k].pattern, err));
    }
    if (steps[k].content) {
      OG_TRY(copy_text(made, &steps[k].content, err));
    }
  }
  return OG_OK;
}

/* --- making: the model ------------------------------------------------------------------------ */

static OgStatus make_bpe(OgTokenizer *made, OgError *err) {
  OgTokenizerSpec *spec = &made->spec;
  uint32_t bytes[256];
  for (unsigned k = 0; k < OG_COUNT(bytes); k++) {
    char word[8] = {0};
    utf8proc_encode_char(og_byte_character((unsigned char)k), (utf8proc_uint8_t *)word);
    bytes[k] = og_tokenizer_find(made, word);
  }
  spec->merges = copy(made, spec->merges, spec->merge_count, sizeof *spec->merges);
  if (!spec->merges) {
    return og_error_no_memory(err);
  }
  const uint32_t unknown = spec->drop_unknown ? OG_BPE_NONE : made->special[OG_TOKEN_UNKNOWN];
  return og_bpe_init(&made->model.bpe, spec->merges, spec->merge_count, bytes, unknown,
                     spec->fuse_unknown, err);
}

static OgStatus make_model(OgTokenizer *made, OgError *err) {
  OgTokenizerSpec *spec = &made->spec;
  const uint32_t unknown = made->special[OG_TOKEN_UNKNOWN];
  switch (spec->model) {
  case OG_WORDPIECE:
    made->model.wordpiece = og_wordpiece(made->pieces, unknown, spec->longest_word);
    return OG_OK;
  case OG_BPE:
    return make_bpe(made, err);
  default:
    spec->scores = copy(made, spec->scores, spec->score_count, sizeof *spec->scores);
    if (!spec->scores) {
      return og_error_no_memory(err);
    }
    made->model.unigram = og_unigram(made->pieces, spec->scores, spec->score_count, unknown);
    return OG_OK;
  }
}

/* --- making: added tokens --------------------------------------------------------------------- */

/* The tokens of spec, and the special ones that are not among them. */
static OgStatus gather_added(OgTokenizer *made, OgError *err) {
  OgTokenizerSpec *spec = &made->spec;
  OgAddedToken *tokens =
      og_arena_alloc(&made->arena, spec->added_count + OG_SPECIAL_TOKENS, sizeof *tokens);
  if (!tokens) {
    return og_error_no_memory(err);
  }
  size_t count = spec->added_count;
  bool listed[OG_SPECIAL_TOKENS] = {false};
  for (size_t k = 0; k < count; k++) {
    tokens[k] = spec->added[k];
    for (size_t s = 0; s < OG_SPECIAL_TOKENS; s++) {
      listed[s] = listed[s] || tokens[k].id == made->special[s];
    }
  }
  for (size_t s = 0; s < OG_SPECIAL_TOKENS; s++) {
    if (!listed[s]) {
      tokens[count++] = (OgAddedToken){.id = made->special[s], .special = true};
    }
  }
  spec->added = tokens;
  spec->added_count = count;
  return OG_OK;
}

/* What word looks like in a normalised text, in the arena. */
static OgStatus normalize_word(OgTokenizer *made, const char **word, OgWords *words, OgWords *other,
                               OgError *err) {
  const OgTokenizerSpec *spec = &made->spec;
  og_words_reset(words);
  OG_TRY(og_words_add(words, *word, strlen(*word), 0, err));
  OG_TRY(og_normalize(spec->normalizer, spec->normalizer_count, words, other, err));
  *word = og_arena_copy(&made->arena, words->size > 0 ? words->text : "", words->size);
  return *word ? OG_OK : og_error_no_memory(err);
}

/* Index the tokens that are matched in the normalised text, or those that are not. */
static OgStatus index_some(OgTokenizer *made, bool normalized, OgAddedTokens *added, OgError *err) {
  const OgTokenizerSpec *spec = &made->spec;
  OgStatus status = OG_OK;
  size_t count = 0;
  OgWords words = OG_WORDS_INIT, other = OG_WORDS_INIT;
  OgAddedToken *tokens = OG_NEW_ARRAY(OgAddedToken, spec->added_count);
  const char **texts = OG_NEW_ARRAY(const char *, spec->added_count);
  if (!tokens || !texts) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t k = 0; k < spec->added_count; k++) {
    if (spec->added[k].normalized == normalized) {
      texts[count] = spec->words[spec->added[k].id];
      if (normalized) {
        OG_GO(normalize_word(made, &texts[count], &words, &other, err));
      }
      tokens[count++] = spec->added[k];
    }
  }
  OG_GO(og_added_tokens_init(added, tokens, texts, count, err));
done:
  og_words_clear(&words);
  og_words_clear(&other);
  og_free(tokens);
  og_free(texts);
  return status;
}

/* Without a normaliser, a text is normalised as it stands. */
static OgStatus index_added(OgTokenizer *made, OgError *err) {
  OG_TRY(gather_added(made, err));
  OG_TRY(index_some(made, false, &made->raw, err));
  return index_some(made, true, &made->normalized, err);
}

OgStatus og_tokenizer_create(const OgTokenizerSpec *spec, OgTokenizer **tokenizer, OgError *err) {
  static atomic_ulong tokenizers;
  OgStatus status = OG_OK;
  OgTokenizer *made = OG_NEW(OgTokenizer);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->spec = *spec;
  made->number = atomic_fetch_add(&tokenizers, 1) + 1;
  OG_GO(copy_words(made, err));
  OG_GO(index_known(made, err));
  OG_GO(find_special(made, err));
  OG_GO(copy_steps(made, err));
  OG_GO(make_model(made, err));
  OG_GO(index_added(made, err));
  made->spec.name = NULL;
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
    if (tokenizer->spec.model == OG_BPE) {
      og_bpe_clear(&tokenizer->model.bpe);
    }
    og_tokenizer_files_clear(&tokenizer->files);
    og_added_tokens_clear(&tokenizer->raw);
    og_added_tokens_clear(&tokenizer->normalized);
    og_trie_clear(&tokenizer->names);
    og_trie_clear(&tokenizer->known);
    og_arena_clear(&tokenizer->arena);
    og_free(tokenizer);
  }
}

/* --- the files that it was read from ---------------------------------------------------------- */

void og_tokenizer_keep(OgTokenizer *tokenizer, OgTokenizerFiles *files) {
  og_tokenizer_files_clear(&tokenizer->files);
  tokenizer->files = *files;
  *files = (OgTokenizerFiles){0};
}

const OgTokenizerFiles *og_tokenizer_kept(const OgTokenizer *tokenizer) {
  return &tokenizer->files;
}

/* --- tokens ----------------------------------------------------------------------------------- */

/* What encoding needs besides the tokens; it is used again. */
typedef struct OgTokenScratch {
  OgWords words, other, normalized;
  OgPieces pieces;
  OgBpeScratch bpe;
  OgUnigramScratch unigram;
  OgWordCache cache;
  unsigned long cached; /* the number of the tokenizer that filled the cache */
} OgTokenScratch;

static OgStatus prepare(const OgTokenizer *tokenizer, OgTokens *tokens, OgError *err) {
  tokens->count = 0;
  if (!tokens->scratch) {
    tokens->scratch = OG_NEW(OgTokenScratch);
    if (!tokens->scratch) {
      return og_error_no_memory(err);
    }
  }
  if (tokens->scratch->cached != tokenizer->number) {
    og_word_cache_clear(&tokens->scratch->cache);
    tokens->scratch->cached = tokenizer->number;
  }
  return OG_OK;
}

void og_tokens_clear(OgTokens *tokens) {
  OgTokenScratch *scratch = tokens->scratch;
  if (scratch) {
    og_words_clear(&scratch->words);
    og_words_clear(&scratch->other);
    og_words_clear(&scratch->normalized);
    og_pieces_clear(&scratch->pieces);
    og_bpe_scratch_clear(&scratch->bpe);
    og_unigram_scratch_clear(&scratch->unigram);
    og_word_cache_clear(&scratch->cache);
    og_free(scratch);
  }
  og_free(tokens->ids);
  og_free(tokens->types);
  og_free(tokens->starts);
  og_free(tokens->ends);
  *tokens = (OgTokens)OG_TOKENS_INIT;
}

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

/* --- encoding a text -------------------------------------------------------------------------- */

/* A text on its way to tokens. */
typedef struct Encoding {
  const OgTokenizer *tokenizer;
  const char *text;
  uint32_t type;
  size_t before; /* tokens before the text's first */
  size_t limit;  /* tokens, in all */
  OgTokens *tokens;
} Encoding;

/* Where text[start, end) ends without count characters at its start, or at its end. */
static uint32_t skip_forward(const char *text, uint32_t start, uint32_t end, size_t count) {
  for (; count > 0 && start < end; count--) {
    size_t length;
    og_decode(text + start, end - start, &length);
    start += (uint32_t)length;
  }
  return start;
}

static uint32_t skip_back(const char *text, uint32_t start, uint32_t end, size_t count) {
  for (; count > 0 && start < end; count--) {
    size_t length;
    og_decode_last(text + start, end - start, &length);
    end -= (uint32_t)length;
  }
  return end;
}

/* White space at the start and the end of a token's word, in characters: of byte-level words it is
 * the character that stands for a blank. */
typedef struct Margins {
  size_t left, right;
} Margins;

/* Of the bytes of BPE's words only blanks are: other white space has characters of its own there.
 */
static bool is_margin(int32_t c, bool bytes) {
  return bytes ? c == ' ' : c == og_byte_character(' ') || og_is_white_space(c);
}

/* Most words start and end with a visible ASCII character, which is none. */
static bool may_be_margin(char c) {
  return (unsigned char)c <= ' ' || (unsigned char)c >= 0x7f;
}

static Margins margins_of(const char *word, size_t size, bool bytes) {
  Margins margins = {0, 0};
  size_t length;
  for (size_t k = 0; k < size && may_be_margin(word[k]) &&
                     is_margin(og_decode(word + k, size - k, &length), bytes);
       k += length) {
    margins.left++;
  }
  for (size_t k = size;
       k > 0 && may_be_margin(word[k - 1]) && is_margin(og_decode_last(word, k, &length), bytes);
       k -= length) {
    margins.right++;
  }
  return margins;
}

/* Append a token of text[start, end), trimmed when it has margins (`tokenizers`,
 * pre_tokenizers/byte_level.rs, process_offsets). There is room. */
static void push_trimmed(const Encoding *e, uint32_t id, Margins margins, uint32_t start,
                         uint32_t end) {
  const bool first = e->tokens->count == e->before || start == 0;
  if (first && e->tokenizer->spec.trim_prefix && margins.left == 1) {
    margins.left = 0;
  }
  start = skip_forward(e->text, start, end, margins.left);
  end = skip_back(e->text, start, end, margins.right);
  push(e->tokens, id, e->type, start, end);
}

/* Append an added token of text[start, end) that was found as word (size). */
static OgStatus push_added(const Encoding *e, uint32_t id, const char *word, size_t size,
                           uint32_t start, uint32_t end, OgError *err) {
  OG_TRY(reserve(e->tokens, 1, err));
  const bool trims = e->tokenizer->spec.trim_offsets;
  push_trimmed(e, id, trims ? margins_of(word, size, false) : (Margins){0, 0}, start, end);
  return OG_OK;
}

/* Append a piece, bytes [begin, end) of words. There is room. */
static void push_piece(const Encoding *e, uint32_t id, const OgWords *words, size_t begin,
                       size_t end) {
  const OgTokenizerSpec *spec = &e->tokenizer->spec;
  const uint32_t start = words->starts[begin];
  if (spec->trim_offsets) {
    const Margins margins = margins_of(words->text + begin, end - begin, spec->model == OG_BPE);
    push_trimmed(e, id, margins, start, words->ends[end - 1]);
  } else {
    push(e->tokens, id, e->type, start, words->ends[end - 1]);
  }
}

/* The pieces of a word, in scratch. */
static OgStatus split_word(const OgTokenizer *tokenizer, const char *word, size_t size,
                           OgTokenScratch *scratch, OgError *err) {
  scratch->pieces.count = 0;
  switch (tokenizer->spec.model) {
  case OG_WORDPIECE:
    return og_wordpiece_split(&tokenizer->model.wordpiece, word, size, &scratch->pieces, err);
  case OG_BPE:
    return og_bpe_split(&tokenizer->model.bpe, word, size, &scratch->bpe, &scratch->pieces, err);
  default:
    return og_unigram_split(&tokenizer->model.unigram, word, size, &scratch->unigram,
                            &scratch->pieces, err);
  }
}

static void push_cached(const Encoding *e, const OgCachedWord *word, const OgWords *words,
                        size_t begin) {
  size_t at = 0;
  for (size_t k = 0; k < word->count; k++) {
    push_piece(e, word->ids[k], words, begin + at, begin + word->ends[k]);
    at = word->ends[k];
  }
}

static OgStatus encode_word(const Encoding *e, const OgWords *words, size_t k, OgError *err) {
  OgTokenScratch *scratch = e->tokens->scratch;
  const size_t begin = og_word_start(words, k);
  const size_t size = words->word_ends[k] - begin;
  const char *word = words->text + begin;
  const OgCachedWord *cached = og_word_cache_find(&scratch->cache, word, size);
  if (cached) {
    OG_TRY(reserve(e->tokens, OG_CACHED_PIECES, err));
    push_cached(e, cached, words, begin);
    return OG_OK;
  }
  const OgPieces *pieces = &scratch->pieces;
  OG_TRY(split_word(e->tokenizer, word, size, scratch, err));
  OG_TRY(og_word_cache_add(&scratch->cache, word, size, pieces, err));
  OG_TRY(reserve(e->tokens, pieces->count, err));
  size_t at = 0;
  for (size_t p = 0; p < pieces->count; p++) {
    push_piece(e, pieces->ids[p], words, begin + at, begin + pieces->ends[p]);
    at = pieces->ends[p];
  }
  return OG_OK;
}

static OgStatus encode_words(const Encoding *e, const OgWords *words, OgError *err) {
  for (size_t k = 0; k < words->count && e->tokens->count < e->limit; k++) {
    OG_TRY(encode_word(e, words, k, err));
  }
  return OG_OK;
}

/* Append the tokens of bytes [begin, end) of a normalised text, where no added token is; first: it
 * begins the text. */
static OgStatus encode_normalized(const Encoding *e, const OgWords *text, size_t begin, size_t end,
                                  bool first, OgError *err) {
  const OgTokenizerSpec *spec = &e->tokenizer->spec;
  OgTokenScratch *scratch = e->tokens->scratch;
  og_words_reset(&scratch->words);
  if (begin == end || e->tokens->count >= e->limit) {
    return OG_OK;
  }
  OG_TRY(og_words_copy(&scratch->words, text, begin, end, err));
  OG_TRY(og_words_end(&scratch->words, err));
  OG_TRY(og_split(spec->splits, spec->split_count, first, &scratch->words, &scratch->other, err));
  return encode_words(e, &scratch->words, err);
}

/* Append the tokens of text[begin, end), where none of the tokens is that are matched in the raw
 * text. */
static OgStatus encode_raw(const Encoding *e, size_t begin, size_t end, OgError *err) {
  const OgTokenizer *tokenizer = e->tokenizer;
  const OgTokenizerSpec *spec = &tokenizer->spec;
  OgTokenScratch *scratch = e->tokens->scratch;
  if (begin == end || e->tokens->count >= e->limit) {
    return OG_OK;
  }
  if (spec->model == OG_WORDPIECE && tokenizer->normalized.count == 0) { /* both steps in one */
    og_words_reset(&scratch->words);
    OG_TRY(og_pretokenize(&spec->pretokenizer, e->text + begin, end - begin, begin, &scratch->words,
                          err));
    return encode_words(e, &scratch->words, err);
  }
  OgWords *text = &scratch->normalized;
  og_words_reset(text);
  OG_TRY(og_words_add(text, e->text + begin, end - begin, begin, err));
  OG_TRY(og_normalize(spec->normalizer, spec->normalizer_count, text, &scratch->other, err));
  if (tokenizer->normalized.count == 0) {
    OG_TRY(og_split(spec->splits, spec->split_count, begin == 0, text, &scratch->other, err));
    return encode_words(e, text, err);
  }
  for (size_t at = 0; at < text->size;) {
    const OgAddedMatch match =
        og_added_tokens_find(&tokenizer->normalized, text->text, text->size, at);
    OG_TRY(encode_normalized(e, text, at, match.start, begin == 0 && at == 0, err));
    if (match.token) {
      OG_TRY(push_added(e, match.token->id, text->text + match.start, match.end - match.start,
                        text->starts[match.start], text->ends[match.end - 1], err));
    }
    at = match.end;
  }
  return OG_OK;
}

/* Append the tokens of a text, at most `most` of them. */
static OgStatus encode_text(const OgTokenizer *tokenizer, const char *text, size_t size,
                            uint32_t type, size_t most, OgTokens *tokens, OgError *err) {
  const size_t limit = most > SIZE_MAX - tokens->count ? SIZE_MAX : tokens->count + most;
  const Encoding e = {tokenizer, text, type, tokens->count, limit, tokens};
  OG_TRY(og_text_size_check(0, size, err));
  for (size_t at = 0; at < size && tokens->count < limit;) {
    const OgAddedMatch match = og_added_tokens_find(&tokenizer->raw, text, size, at);
    OG_TRY(encode_raw(&e, at, match.start, err));
    if (match.token) {
      OG_TRY(push_added(&e, match.token->id, text + match.start, match.end - match.start,
                        (uint32_t)match.start, (uint32_t)match.end, err));
    }
    at = match.end;
  }
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
  OG_TRY(prepare(tokenizer, tokens, err));
  OG_TRY(reserve(tokens, special, err));
  push(tokens, tokenizer->special[OG_TOKEN_CLS], 0, 0, 0);
  OG_TRY(encode_text(tokenizer, text, size, 0, most, tokens, err));
  size_t first = tokens->count - 1;
  size_t second = 0;
  first = pair || first < room ? first : room;
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

/* --- looking inside --------------------------------------------------------------------------- */

size_t og_tokenizer_vocab_size(const OgTokenizer *tokenizer) {
  return tokenizer->spec.count;
}

const char *og_tokenizer_word(const OgTokenizer *tokenizer, uint32_t id) {
  return tokenizer->spec.words[id];
}

uint32_t og_tokenizer_find(const OgTokenizer *tokenizer, const char *word) {
  const uint32_t node = og_trie_walk(&tokenizer->names, 0, word, strlen(word));
  return tokenizer->names.value[node];
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
