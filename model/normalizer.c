/* normalizer: what a rewritten character came from follows `tokenizers` (tokenizer/normalizer.rs):
 * a step yields characters, each with a change: 0 stands for the next character of the text, -n
 * for the next one and n more, which go, and 1 is new beside the one before. */
#include "model/normalizer.h"

#include "core/memory.h"
#include "model/characters.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum {
  DECOMPOSITION_SIZE = 32, /* characters; Unicode's longest compatibility decomposition has 18 */
  FIRST_MARK = 0x300,      /* no character below joins the one before it in a composition */
  CAPITAL_I_WITH_DOT = 0x130,
  DOT_ABOVE = 0x307,
  LONGEST_SEQUENCE = 6 /* bytes; shorter graphemes are looked up whole */
};

/* The reference implementation knows no Unicode after 9. In these ranges all marks are newer: to it
 * they are none. Found, as the decompositions below, by asking it for every code point. */
static const OgRange newer_marks[] = {
    {0x7fd, 0x7fd},     {0x898, 0x8d3},     {0x9fe, 0x9fe},     {0xafa, 0xaff},
    {0xb55, 0xb55},     {0xc04, 0xc3c},     {0xcf3, 0xd00},     {0xd3b, 0xd3c},
    {0xd81, 0xd81},     {0xeba, 0xeba},     {0xece, 0xece},     {0x1715, 0x1715},
    {0x180f, 0x180f},   {0x1abf, 0x1ace},   {0x1cf7, 0x1cf7},   {0x1df6, 0x1dfa},
    {0xa82c, 0xa82c},   {0xa8ff, 0xa8ff},   {0x10d24, 0x10f85}, {0x11070, 0x11074},
    {0x110c2, 0x110c2}, {0x11145, 0x11146}, {0x111c9, 0x111c9}, {0x111ce, 0x111cf},
    {0x11241, 0x11241}, {0x1133b, 0x1133b}, {0x1145e, 0x1145e}, {0x1182c, 0x11a99},
    {0x11d31, 0x13455}, {0x16f4f, 0x16f4f}, {0x16f7f, 0x16f87}, {0x16fe4, 0x16ff1},
    {0x1cf00, 0x1cf46}, {0x1e08f, 0x1e4ef},
};

/* In these all decompositions are newer: to it the characters stand for themselves. */
static const OgRange newer_decompositions[] = {
    {0x32ff, 0x32ff},   {0xa7f2, 0xa7f4},   {0xab69, 0xab69},   {0x10781, 0x107ba},
    {0x11938, 0x11938}, {0x1e030, 0x1e06d}, {0x1f16c, 0x1f16c}, {0x1fbf0, 0x1fbf9},
};

/* --- rewriting -------------------------------------------------------------------------------- */

/* A text on its way from in to out. The last character waits: a step may still change it. */
typedef struct Rewriter {
  const OgWords *in;
  OgWords *out;
  size_t at; /* the next byte of in that a character will stand for */
  int32_t waiting;
  int change;
  bool waits;
} Rewriter;

/* Skip the next character of in. */
static void consume(Rewriter *r) {
  if (r->at < r->in->size) {
    size_t length;
    og_decode(r->in->text + r->at, r->in->size - r->at, &length);
    r->at += length;
  }
}

/* Append the character that waits. */
static OgStatus flush(Rewriter *r, OgError *err) {
  if (!r->waits) {
    return OG_OK;
  }
  r->waits = false;
  const OgWords *in = r->in;
  uint32_t start = 0, end = 0;
  if (r->change <= 0 && r->at < in->size) {
    start = in->starts[r->at];
    end = in->ends[r->at];
  } else if (r->at > 0) {
    start = in->starts[r->at - 1];
    end = in->ends[r->at - 1];
  }
  for (int k = r->change; k <= 0; k++) {
    consume(r);
  }
  return og_words_put(r->out, r->waiting, start, end, err);
}

static OgStatus emit(Rewriter *r, int32_t c, int change, OgError *err) {
  OG_TRY(flush(r, err));
  r->waiting = c;
  r->change = change;
  r->waits = true;
  return OG_OK;
}

/* The next character that the step has not read: k walks over in->text. */
static int32_t next(const OgWords *in, size_t *k) {
  size_t length;
  const int32_t c = og_decode(in->text + *k, in->size - *k, &length);
  *k += length;
  return c;
}

/* Where the ASCII characters end that begin at k; of map only those that it keeps, when there is
 * one. */
static size_t ascii_end(const OgWords *in, size_t k, const OgCharsmap *map) {
  while (k < in->size && (unsigned char)in->text[k] < 0x80 &&
         (!map || map->keeps[(unsigned char)in->text[k]])) {
    k++;
  }
  return k;
}

/* Append ASCII characters [*k, end) as they are, but for the last: what follows it may still be a
 * part of it. *k is where that one is then. */
static OgStatus keep_ascii(Rewriter *r, size_t *k, size_t end, OgError *err) {
  const OgWords *in = r->in;
  OG_TRY(flush(r, err));
  if (r->at == *k && end >= *k + 2) {
    OG_TRY(og_words_copy(r->out, in, *k, end - 2, err));
    OG_TRY(emit(r, in->text[end - 2], 0, err));
    r->at = end - 2;
    *k = end - 1;
  }
  return OG_OK;
}

static bool is_ascii(const OgWords *words) {
  unsigned char all = 0;
  for (size_t k = 0; k < words->size; k++) {
    all |= (unsigned char)words->text[k];
  }
  return all < 0x80;
}

/* --- Unicode's normal forms ------------------------------------------------------------------- */

/* A decomposed character that waits for its place. */
typedef struct Mark {
  int32_t c;
  int change;
  int class; /* canonical combining class */
  size_t order;
} Mark;

/* The marks behind a character, to be sorted and composed (UAX #15). */
typedef struct Composer {
  Rewriter *r;
  bool compose;
  Mark base; /* c < 0: none */
  Mark *marks;
  size_t count, capacity;
} Composer;

static int compare_marks(const void *left, const void *right) {
  const Mark *a = left;
  const Mark *b = right;
  return a->class != b->class ? (a->class < b->class ? -1 : 1) : a->order < b->order ? -1 : 1;
}

/* a and b in one character, or -1. */
static int32_t composition(int32_t a, int32_t b) {
  utf8proc_int32_t pair[2] = {a, b};
  if (b < FIRST_MARK) {
    return -1;
  }
  const utf8proc_ssize_t count =
      utf8proc_normalize_utf32(pair, 2, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  return count == 1 ? pair[0] : -1;
}

/* Join a mark to the base when it has one character with it. */
static bool join(Composer *composer, const Mark *mark) {
  Mark *base = &composer->base;
  const int32_t c = composer->compose && base->c >= 0 ? composition(base->c, mark->c) : -1;
  if (c >= 0) {
    base->c = c;
    base->change += mark->change - 1;
  }
  return c >= 0;
}

/* Sort the marks by class, and join each to the base unless one of its own class stands between. */
static void settle(Composer *composer) {
  size_t kept = 0;
  if (composer->count > 1) {
    qsort(composer->marks, composer->count, sizeof *composer->marks, compare_marks);
  }
  for (size_t k = 0; k < composer->count; k++) {
    const Mark mark = composer->marks[k];
    const bool blocked = kept > 0 && composer->marks[kept - 1].class >= mark.class;
    if (blocked || !join(composer, &mark)) {
      composer->marks[kept++] = mark;
    }
  }
  composer->count = kept;
}

/* Append the base and its marks, which are settled. */
static OgStatus purge(Composer *composer, OgError *err) {
  if (composer->base.c >= 0) {
    OG_TRY(emit(composer->r, composer->base.c, composer->base.change, err));
  }
  for (size_t k = 0; k < composer->count; k++) {
    OG_TRY(emit(composer->r, composer->marks[k].c, composer->marks[k].change, err));
  }
  composer->base.c = -1;
  composer->count = 0;
  return OG_OK;
}

static OgStatus add_mark(Composer *composer, Mark mark, OgError *err) {
  if (composer->count == composer->capacity) {
    const size_t capacity = composer->capacity ? 2 * composer->capacity : 16;
    Mark *grown = og_realloc(composer->marks, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    composer->marks = grown;
    composer->capacity = capacity;
  }
  composer->marks[composer->count++] = mark;
  return OG_OK;
}

/* Add a decomposed character. */
static OgStatus add_decomposed(Composer *composer, int32_t c, int change, OgError *err) {
  const int class = c < FIRST_MARK ? 0 : utf8proc_get_property(c)->combining_class;
  const Mark mark = {c, change, class, composer->count};
  if (class != 0) {
    return add_mark(composer, mark, err);
  }
  settle(composer);
  if (composer->count == 0 && join(composer, &mark)) {
    return OG_OK;
  }
  OG_TRY(purge(composer, err));
  composer->base = mark;
  return OG_OK;
}

static OgStatus compose_all(Composer *composer, bool compatible, OgError *err) {
  const OgWords *in = composer->r->in;
  const utf8proc_option_t options =
      (utf8proc_option_t)(UTF8PROC_DECOMPOSE | (compatible ? UTF8PROC_COMPAT : 0));
  for (size_t k = 0; k < in->size;) {
    const size_t kept = ascii_end(in, k, NULL);
    if (kept >= k + 2) {
      settle(composer);
      OG_TRY(purge(composer, err));
      OG_TRY(keep_ascii(composer->r, &k, kept, err));
    }
    utf8proc_int32_t parts[DECOMPOSITION_SIZE] = {next(in, &k)};
    utf8proc_ssize_t count = 1;
    if (parts[0] >= 0x80 &&
        !og_in_ranges(newer_decompositions, OG_COUNT(newer_decompositions), parts[0])) {
      int boundary = 0;
      count = utf8proc_decompose_char(parts[0], parts, DECOMPOSITION_SIZE, options, &boundary);
    }
    for (utf8proc_ssize_t p = 0; p < count; p++) {
      OG_TRY(add_decomposed(composer, parts[p], p > 0, err));
    }
  }
  settle(composer);
  return purge(composer, err);
}

static OgStatus normal_form(const OgNormalizerStep *step, Rewriter *r, OgError *err) {
  const bool compatible = step->kind == OG_NORMALIZE_NFKC || step->kind == OG_NORMALIZE_NFKD;
  Composer composer = {.r = r,
                       .compose = step->kind == OG_NORMALIZE_NFC || step->kind == OG_NORMALIZE_NFKC,
                       .base = {.c = -1}};
  const OgStatus status = compose_all(&composer, compatible, err);
  og_free(composer.marks);
  return status;
}

/* --- character by character ------------------------------------------------------------------- */

/* Append ASCII characters [begin, end) in small letters. */
static OgStatus lower_ascii(Rewriter *r, size_t begin, size_t end, OgError *err) {
  OgWords *out = r->out;
  size_t at = out->size;
  OG_TRY(og_words_copy(out, r->in, begin, end, err));
  for (; at < out->size; at++) {
    const char c = out->text[at];
    out->text[at] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
  }
  return OG_OK;
}

static OgStatus lowercase(const OgNormalizerStep *step, Rewriter *r, OgError *err) {
  (void)step;
  const OgWords *in = r->in;
  for (size_t k = 0; k < in->size;) {
    const size_t ascii = ascii_end(in, k, NULL);
    OG_TRY(lower_ascii(r, k, ascii, err));
    k = ascii;
    if (k < in->size) {
      const uint32_t start = in->starts[k], end = in->ends[k];
      const int32_t c = next(in, &k);
      const bool dotted = c == CAPITAL_I_WITH_DOT;
      OG_TRY(og_words_put(r->out, dotted ? 'i' : utf8proc_tolower(c), start, end, err));
      if (dotted) {
        OG_TRY(og_words_put(r->out, DOT_ABOVE, start, end, err));
      }
    }
  }
  return OG_OK;
}

static bool is_mark(int32_t c) {
  const utf8proc_category_t category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME &&
         !og_in_ranges(newer_marks, OG_COUNT(newer_marks), c);
}

static OgStatus strip_accents(const OgNormalizerStep *step, Rewriter *r, OgError *err) {
  (void)step;
  for (size_t k = 0; k < r->in->size;) {
    const size_t start = k;
    k = ascii_end(r->in, k, NULL);
    if (k > start || !is_mark(next(r->in, &k))) {
      OG_TRY(og_words_copy(r->out, r->in, start, k, err));
    }
  }
  return OG_OK;
}

static OgStatus strip(const OgNormalizerStep *step, Rewriter *r, OgError *err) {
  const OgWords *in = r->in;
  size_t begin = 0;
  size_t end = in->size;
  size_t length;
  while (step->left && begin < end &&
         og_is_white_space(og_decode(in->text + begin, end - begin, &length))) {
    begin += length;
  }
  while (step->right && begin < end &&
         og_is_white_space(og_decode_last(in->text + begin, end - begin, &length))) {
    end -= length;
  }
  return og_words_copy(r->out, in, begin, end, err);
}

/* --- replacing -------------------------------------------------------------------------------- */

/* Append content, all of it from one place of the original. */
static OgStatus put_all(OgWords *out, const char *content, uint32_t start, uint32_t end,
                        OgError *err) {
  const size_t size = strlen(content);
  for (size_t k = 0; k < size;) {
    size_t length;
    const int32_t c = og_decode(content + k, size - k, &length);
    OG_TRY(og_words_put(out, c, start, end, err));
    k += length;
  }
  return OG_OK;
}

/* Where the step finds something to replace at or behind k, and its size; in->size and 0 when
 * nowhere. */
static size_t find(const OgNormalizerStep *step, const OgWords *in, size_t k, size_t *size) {
  const char *pattern = step->kind == OG_NORMALIZE_REPLACE ? step->pattern : "  ";
  *size = strlen(pattern);
  const char *found = memmem(in->text + k, in->size - k, pattern, *size);
  if (!found) {
    *size = 0;
    return in->size;
  }
  const size_t at = (size_t)(found - in->text);
  while (step->kind == OG_NORMALIZE_REPLACE_RUNS && at + *size < in->size &&
         in->text[at + *size] == ' ') {
    ++*size;
  }
  return at;
}

/* New content counts as from the last character of what it replaces. */
static OgStatus replace(const OgNormalizerStep *step, Rewriter *r, OgError *err) {
  const OgWords *in = r->in;
  for (size_t k = 0; k < in->size;) {
    size_t size;
    const size_t at = find(step, in, k, &size);
    OG_TRY(og_words_copy(r->out, in, k, at, err));
    if (size > 0) {
      const size_t last = at + size - 1;
      OG_TRY(put_all(r->out, step->content, in->starts[last], in->ends[last], err));
    }
    k = at + size;
  }
  return OG_OK;
}

static OgStatus prepend(const OgNormalizerStep *step, Rewriter *r, OgError *err) {
  const OgWords *in = r->in;
  if (in->size == 0) {
    return OG_OK;
  }
  OG_TRY(put_all(r->out, step->content, in->starts[0], in->ends[0], err));
  return og_words_copy(r->out, in, 0, in->size, err);
}

/* --- SentencePiece's map ---------------------------------------------------------------------- */

/* Where the grapheme ends that starts at k. */
static size_t grapheme_end(const OgWords *in, size_t k) {
  utf8proc_int32_t state = 0;
  int32_t before = next(in, &k);
  while (k < in->size) {
    size_t after_end = k;
    const int32_t after = next(in, &after_end);
    if (before < 0x80 && after < 0x80) {
      if (before != '\r' || after != '\n') {
        return k;
      }
    } else if (utf8proc_grapheme_break_stateful(before, after, &state)) {
      return k;
    }
    before = after;
    k = after_end;
  }
  return k;
}

/* `replaced` characters become text: when it is longer, its last ones are new; when it is shorter,
 * the rest goes with its last one, or with the one before it. */
static OgStatus rewrite(Rewriter *r, const char *text, size_t replaced, OgError *err) {
  const size_t size = strlen(text);
  const size_t count = og_count_characters(text, size);
  size_t number = 0;
  for (size_t k = 0; k < size; number++) {
    size_t length;
    const int32_t c = og_decode(text + k, size - k, &length);
    OG_TRY(emit(r, c, number >= replaced, err));
    k += length;
  }
  if (count < replaced && r->waits) {
    r->change -= (int)(replaced - count);
  }
  return OG_OK;
}

/* A short grapheme is looked up whole, then character by character: as the reference does it. */
static OgStatus apply_charsmap(const OgNormalizerStep *step, Rewriter *r, OgError *err) {
  const OgWords *in = r->in;
  for (size_t k = 0; k < in->size;) {
    const size_t kept = ascii_end(in, k, &step->charsmap);
    if (kept >= k + 2) {
      OG_TRY(keep_ascii(r, &k, kept, err));
    }
    const size_t end = grapheme_end(in, k);
    const char *found = end - k < LONGEST_SEQUENCE
                            ? og_charsmap_find(&step->charsmap, in->text + k, end - k)
                            : NULL;
    if (found) {
      OG_TRY(rewrite(r, found, og_count_characters(in->text + k, end - k), err));
      k = end;
    }
    while (k < end) {
      const size_t start = k;
      const int32_t c = next(in, &k);
      found = og_charsmap_find(&step->charsmap, in->text + start, k - start);
      OG_TRY(found ? rewrite(r, found, 1, err) : emit(r, c, 0, err));
    }
  }
  return OG_OK;
}

/* --- all steps -------------------------------------------------------------------------------- */

/* BERT's normaliser reads a text of its own: what it says of places leads into in. */
static OgStatus normalize_bert(const OgNormalizerStep *step, Rewriter *r, OgError *err) {
  const OgWords *in = r->in;
  OgWords *out = r->out;
  OG_TRY(og_bert_normalize(&step->bert, in->text, in->size, 0, out, err));
  for (size_t k = 0; k < out->size; k++) {
    out->ends[k] = in->ends[out->ends[k] - 1];
    out->starts[k] = in->starts[out->starts[k]];
  }
  out->count = 0;
  return OG_OK;
}

typedef OgStatus Normalize(const OgNormalizerStep *step, Rewriter *r, OgError *err);

static const struct {
  Normalize *normalize;
  bool changes_ascii;
} kinds[] = {
    [OG_NORMALIZE_BERT] = {normalize_bert, true},
    [OG_NORMALIZE_NFC] = {normal_form, false},
    [OG_NORMALIZE_NFD] = {normal_form, false},
    [OG_NORMALIZE_NFKC] = {normal_form, false},
    [OG_NORMALIZE_NFKD] = {normal_form, false},
    [OG_NORMALIZE_LOWERCASE] = {lowercase, true},
    [OG_NORMALIZE_STRIP_ACCENTS] = {strip_accents, false},
    [OG_NORMALIZE_STRIP] = {strip, true},
    [OG_NORMALIZE_REPLACE] = {replace, true},
    [OG_NORMALIZE_REPLACE_RUNS] = {replace, true},
    [OG_NORMALIZE_PREPEND] = {prepend, true},
    [OG_NORMALIZE_CHARSMAP] = {apply_charsmap, true},
};

OgStatus og_normalize(const OgNormalizerStep *steps, size_t count, OgWords *words, OgWords *other,
                      OgError *err) {
  for (size_t k = 0; k < count; k++) {
    if (!kinds[steps[k].kind].changes_ascii && is_ascii(words)) {
      continue;
    }
    og_words_reset(other);
    Rewriter r = {.in = words, .out = other};
    OG_TRY(kinds[steps[k].kind].normalize(&steps[k], &r, err));
    OG_TRY(flush(&r, err));
    const OgWords swapped = *words;
    *words = *other;
    *other = swapped;
  }
  words->count = 0;
  return og_words_end(words, err);
}
