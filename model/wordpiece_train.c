#include "model/wordpiece_train.h"

#include "core/arena.h"
#include "core/intern.h"
#include "core/memory.h"
#include "model/tokenizer.h"

#include <stdlib.h>
#include <string.h>

enum {
  LONGEST_WORD = 100, /* bytes; a longer one (a URL, a table's rule) teaches nothing about words */
  REPORT_EVERY = 256, /* merges */
  DEFAULT_VOCABULARY = 30522,
  DEFAULT_ALPHABET = 1000,
  DEFAULT_FREQUENCY = 2
};

static const char continuation[] = "##";

/* No place, no pair; no piece is OG_INTERN_NONE, the same number. */
#define NONE UINT32_MAX

/* --- counting words --------------------------------------------------------------------------- */

struct OgWordCounts {
  OgPretokenizerOptions options;
  OgIntern *words;
  uint64_t *counts; /* by the word's number */
  size_t capacity;
  uint64_t total;
  OgWords scratch;
};

OgStatus og_word_counts_new(bool lowercase, OgWordCounts **counts, OgError *err) {
  OgWordCounts *made = OG_NEW(OgWordCounts);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->options = (OgPretokenizerOptions){true, true, lowercase, lowercase};
  made->words = og_intern_new();
  if (!made->words) {
    og_free(made);
    return og_error_no_memory(err);
  }
  *counts = made;
  return OG_OK;
}

void og_word_counts_free(OgWordCounts *counts) {
  if (counts) {
    og_intern_free(counts->words);
    og_free(counts->counts);
    og_words_clear(&counts->scratch);
    og_free(counts);
  }
}

static OgStatus count_word(OgWordCounts *counts, const char *word, size_t size, OgError *err) {
  uint32_t id;
  if (og_intern_count(counts->words) == counts->capacity) { /* before the word is there uncounted */
    const size_t capacity = counts->capacity ? counts->capacity * 2 : 1024;
    uint64_t *grown = og_realloc(counts->counts, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    memset(grown + counts->capacity, 0, (capacity - counts->capacity) * sizeof *grown);
    counts->counts = grown;
    counts->capacity = capacity;
  }
  OG_TRY(og_intern_add(counts->words, word, size, &id, NULL, err));
  counts->counts[id]++;
  counts->total++;
  return OG_OK;
}

OgStatus og_word_counts_add(OgWordCounts *counts, const char *text, size_t size, OgError *err) {
  OgWords *words = &counts->scratch;
  og_words_reset(words);
  OG_TRY(og_pretokenize(&counts->options, text, size, 0, words, err));
  for (size_t k = 0; k < words->count; k++) {
    const uint32_t start = og_word_start(words, k);
    const size_t length = words->word_ends[k] - start;
    if (length <= LONGEST_WORD) {
      OG_TRY(count_word(counts, words->text + start, length, err));
    }
  }
  return OG_OK;
}

size_t og_word_counts_distinct(const OgWordCounts *counts) {
  return og_intern_count(counts->words);
}

uint64_t og_word_counts_total(const OgWordCounts *counts) {
  return counts->total;
}

/* --- what merging works on -------------------------------------------------------------------- */

/* A place in a word: what the corpus is made of. Merging (left, right) makes left the merged piece
 * and drops right, so that a word's places form a list. */
typedef struct Place {
  uint32_t piece; /* NONE when it was merged into the one before */
  uint32_t previous, next;
  uint32_t word;
} Place;

/* Two neighbouring pieces, with all places where the left one stood when the pair was counted
 * there. A place that has changed since is skipped when the pair is merged. */
typedef struct Pair {
  uint32_t left, right;
  uint64_t count;
  uint32_t *places;
  uint32_t place_count, place_capacity;
} Pair;

/* A pair in the heap with its count when it was put there; the pair's own count may be lower since
 * (never higher: a pair that grows is put there anew). */
typedef struct Candidate {
  uint64_t count;
  uint32_t pair;
} Candidate;

typedef struct Trainer {
  const OgWordCounts *words;
  OgIntern *pieces; /* the vocabulary, special tokens included; numbers are ids */
  Place *places;
  size_t place_count;
  Pair *pairs;
  size_t pair_count, pair_capacity;
  uint32_t *slots; /* open addressing from (left, right) to a pair; NONE is free */
  size_t slot_count;
  Candidate *heap;
  size_t heap_count, heap_capacity;
} Trainer;

static void clear(Trainer *trainer) {
  for (size_t k = 0; k < trainer->pair_count; k++) {
    og_free(trainer->pairs[k].places);
  }
  og_intern_free(trainer->pieces);
  og_free(trainer->places);
  og_free(trainer->pairs);
  og_free(trainer->slots);
  og_free(trainer->heap);
}

/* --- the heap: the most frequent pair first --------------------------------------------------- */

/* Ties go to the pair of lower ids, as in Hugging Face's trainer. */
static bool goes_first(const Trainer *trainer, const Candidate *a, const Candidate *b) {
  if (a->count != b->count) {
    return a->count > b->count;
  }
  const Pair *p = &trainer->pairs[a->pair];
  const Pair *q = &trainer->pairs[b->pair];
  return p->left != q->left ? p->left < q->left : p->right < q->right;
}

static OgStatus heap_push(Trainer *trainer, Candidate candidate, OgError *err) {
  if (trainer->heap_count == trainer->heap_capacity) {
    const size_t capacity = trainer->heap_capacity ? trainer->heap_capacity * 2 : 1024;
    Candidate *grown = og_realloc(trainer->heap, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    trainer->heap = grown;
    trainer->heap_capacity = capacity;
  }
  Candidate *heap = trainer->heap;
  size_t at = trainer->heap_count++;
  while (at > 0 && goes_first(trainer, &candidate, &heap[(at - 1) / 2])) {
    heap[at] = heap[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  heap[at] = candidate;
  return OG_OK;
}

/* Take the first; there is one. */
static Candidate heap_pop(Trainer *trainer) {
  Candidate *heap = trainer->heap;
  const Candidate first = heap[0];
  const Candidate last = heap[--trainer->heap_count];
  size_t at = 0;
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= trainer->heap_count) {
      break;
    }
    if (child + 1 < trainer->heap_count && goes_first(trainer, &heap[child + 1], &heap[child])) {
      child++;
    }
    if (!goes_first(trainer, &heap[child], &last)) {
      break;
    }
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  return first;
}

/* --- pairs ------------------------------------------------------------------------------------ */

static size_t slot_of(const Trainer *trainer, uint32_t left, uint32_t right) {
  const uint64_t key = (uint64_t)left << 32 | right;
  size_t slot = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (trainer->slot_count - 1);
  for (;; slot = (slot + 1) & (trainer->slot_count - 1)) {
    const uint32_t pair = trainer->slots[slot];
    if (pair == NONE ||
        (trainer->pairs[pair].left == left && trainer->pairs[pair].right == right)) {
      return slot;
    }
  }
}

static OgStatus grow_slots(Trainer *trainer, OgError *err) {
  const size_t count = trainer->slot_count ? trainer->slot_count * 2 : 4096;
  uint32_t *slots = OG_NEW_ARRAY(uint32_t, count);
  if (!slots) {
    return og_error_no_memory(err);
  }
  memset(slots, 0xff, count * sizeof *slots);
  og_free(trainer->slots);
  trainer->slots = slots;
  trainer->slot_count = count;
  for (size_t k = 0; k < trainer->pair_count; k++) {
    slots[slot_of(trainer, trainer->pairs[k].left, trainer->pairs[k].right)] = (uint32_t)k;
  }
  return OG_OK;
}

/* The pair of two pieces, made when it is new. */
static OgStatus find_pair(Trainer *trainer, uint32_t left, uint32_t right, uint32_t *pair,
                          OgError *err) {
  if (2 * (trainer->pair_count + 1) > trainer->slot_count) {
    OG_TRY(grow_slots(trainer, err));
  }
  const size_t slot = slot_of(trainer, left, right);
  if (trainer->slots[slot] == NONE) {
    if (trainer->pair_count == trainer->pair_capacity) {
      const size_t capacity = trainer->pair_capacity ? trainer->pair_capacity * 2 : 1024;
      Pair *grown = og_realloc(trainer->pairs, capacity, sizeof *grown);
      if (!grown) {
        return og_error_no_memory(err);
      }
      trainer->pairs = grown;
      trainer->pair_capacity = capacity;
    }
    trainer->pairs[trainer->pair_count] = (Pair){.left = left, .right = right};
    trainer->slots[slot] = (uint32_t)trainer->pair_count++;
  }
  *pair = trainer->slots[slot];
  return OG_OK;
}

/* Count the pair that starts at a place. */
static OgStatus add_pair(Trainer *trainer, uint32_t at, uint32_t *pair, OgError *err) {
  const Place *place = &trainer->places[at];
  OG_TRY(find_pair(trainer, place->piece, trainer->places[place->next].piece, pair, err));
  Pair *counted = &trainer->pairs[*pair];
  if (counted->place_count == counted->place_capacity) {
    const uint32_t capacity = counted->place_capacity ? counted->place_capacity * 2 : 2;
    uint32_t *grown = og_realloc(counted->places, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    counted->places = grown;
    counted->place_capacity = capacity;
  }
  counted->places[counted->place_count++] = at;
  counted->count += trainer->words->counts[place->word];
  return OG_OK;
}

/* The pair that starts at a place is about to go. */
static void drop_pair(Trainer *trainer, uint32_t at) {
  const Place *place = &trainer->places[at];
  const size_t slot = slot_of(trainer, place->piece, trainer->places[place->next].piece);
  trainer->pairs[trainer->slots[slot]].count -= trainer->words->counts[place->word];
}

/* --- the alphabet ----------------------------------------------------------------------------- */

/* A character as it stands at a word's start or inside ("##x"), with how often. */
typedef struct Letter {
  char text[8]; /* terminated */
  uint64_t count;
} Letter;

static size_t character_size(const char *text) {
  const unsigned char c = (unsigned char)*text;
  return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static int by_count(const void *left, const void *right) {
  const Letter *a = left;
  const Letter *b = right;
  return a->count != b->count ? (a->count > b->count ? -1 : 1) : strcmp(a->text, b->text);
}

static int by_text(const void *left, const void *right) {
  return strcmp(((const Letter *)left)->text, ((const Letter *)right)->text);
}

/* Count the characters of all words into letters, numbered by seen. */
static OgStatus count_letters(const OgWordCounts *words, OgIntern *seen, Letter **letters,
                              OgError *err) {
  size_t capacity = 0;
  for (uint32_t word = 0; word < og_intern_count(words->words); word++) {
    size_t size;
    const char *text = og_intern_text(words->words, word, &size);
    for (size_t at = 0; at < size;) {
      const size_t length = character_size(text + at);
      uint32_t id;
      if (og_intern_count(seen) == capacity) {
        const size_t more = capacity ? capacity * 2 : 256;
        Letter *grown = og_realloc(*letters, more, sizeof *grown);
        if (!grown) {
          return og_error_no_memory(err);
        }
        memset(grown + capacity, 0, (more - capacity) * sizeof *grown);
        *letters = grown;
        capacity = more;
      }
      OG_TRY(og_intern_add(seen, text + at, length, &id, NULL, err));
      memcpy((*letters)[id].text, text + at, length);
      (*letters)[id].count += words->counts[word];
      at += length;
    }
  }
  return OG_OK;
}

/* Put the most frequent letters into the vocabulary, in order of text. */
static OgStatus add_alphabet(Trainer *trainer, size_t limit, size_t room, OgError *err) {
  OgStatus status = OG_OK;
  Letter *letters = NULL;
  OgIntern *seen = og_intern_new();
  if (!seen) {
    return og_error_no_memory(err);
  }
  OG_GO(count_letters(trainer->words, seen, &letters, err));
  size_t count = og_intern_count(seen);
  const size_t most = limit < room ? limit : room;
  if (count > 0) {
    qsort(letters, count, sizeof *letters, by_count);
    count = count < most ? count : most;
    qsort(letters, count, sizeof *letters, by_text);
  }
  for (size_t k = 0; k < count; k++) {
    uint32_t id;
    OG_GO(og_intern_add(trainer->pieces, letters[k].text, strlen(letters[k].text), &id, NULL, err));
  }
done:
  og_free(letters);
  og_intern_free(seen);
  return status;
}

/* --- the corpus ------------------------------------------------------------------------------- */

/* The piece of a character at a word's start, or inside it: "##x" is added when it is new and there
 * is room. NONE for one that the alphabet leaves out. */
static OgStatus letter_piece(Trainer *trainer, const char *text, size_t size, bool inside,
                             size_t vocab_size, uint32_t *piece, OgError *err) {
  char marked[16];
  *piece = og_intern_find(trainer->pieces, text, size);
  if (*piece == OG_INTERN_NONE || !inside) {
    return OG_OK;
  }
  const size_t prefix = sizeof continuation - 1;
  memcpy(marked, continuation, prefix);
  memcpy(marked + prefix, text, size);
  *piece = og_intern_find(trainer->pieces, marked, prefix + size);
  if (*piece == OG_INTERN_NONE && og_intern_count(trainer->pieces) < vocab_size) {
    return og_intern_add(trainer->pieces, marked, prefix + size, piece, NULL, err);
  }
  return OG_OK;
}

/* Append the places of a word. A character outside the alphabet leaves a gap that no pair crosses.
 */
static OgStatus add_word(Trainer *trainer, uint32_t word, size_t vocab_size, OgError *err) {
  size_t size;
  const char *text = og_intern_text(trainer->words->words, word, &size);
  uint32_t previous = NONE;
  for (size_t at = 0; at < size;) {
    const size_t length = character_size(text + at);
    uint32_t piece;
    OG_TRY(letter_piece(trainer, text + at, length, at > 0, vocab_size, &piece, err));
    at += length;
    if (piece == OG_INTERN_NONE) {
      previous = NONE;
      continue;
    }
    const uint32_t here = (uint32_t)trainer->place_count++;
    trainer->places[here] = (Place){piece, previous, NONE, word};
    if (previous != NONE) {
      trainer->places[previous].next = here;
    }
    previous = here;
  }
  return OG_OK;
}

/* Lay out all words and count their pairs. */
static OgStatus add_words(Trainer *trainer, size_t vocab_size, OgError *err) {
  const uint32_t count = og_intern_count(trainer->words->words);
  size_t characters = 0;
  for (uint32_t word = 0; word < count; word++) {
    size_t size;
    og_intern_text(trainer->words->words, word, &size);
    characters += size;
  }
  if (characters >= NONE) {
    return og_error_set(err, OG_BAD_DATA, "the distinct words have over 4 GiB: train on less text");
  }
  trainer->places = OG_NEW_ARRAY(Place, characters);
  if (!trainer->places) {
    return og_error_no_memory(err);
  }
  for (uint32_t word = 0; word < count; word++) {
    OG_TRY(add_word(trainer, word, vocab_size, err));
  }
  for (uint32_t at = 0; at < trainer->place_count; at++) {
    uint32_t pair;
    if (trainer->places[at].next != NONE) {
      OG_TRY(add_pair(trainer, at, &pair, err));
    }
  }
  for (uint32_t pair = 0; pair < trainer->pair_count; pair++) {
    OG_TRY(heap_push(trainer, (Candidate){trainer->pairs[pair].count, pair}, err));
  }
  return OG_OK;
}

/* --- merging ---------------------------------------------------------------------------------- */

/* The id of the piece that a pair becomes, added when it is new: "un" + "##do" = "undo". */
static OgStatus merged_piece(Trainer *trainer, const Pair *pair, uint32_t *piece, OgError *err) {
  char text[2 * LONGEST_WORD];
  size_t left_size;
  size_t right_size;
  const char *left = og_intern_text(trainer->pieces, pair->left, &left_size);
  const char *right = og_intern_text(trainer->pieces, pair->right, &right_size);
  const size_t prefix = sizeof continuation - 1; /* the right one always has it */
  memcpy(text, left, left_size);
  memcpy(text + left_size, right + prefix, right_size - prefix);
  return og_intern_add(trainer->pieces, text, left_size + right_size - prefix, piece, NULL, err);
}

/* Merge the pair at one place, and count the new pairs to its left and right. */
static OgStatus merge_at(Trainer *trainer, uint32_t at, uint32_t piece, OgIntern *grown,
                         OgError *err) {
  Place *places = trainer->places;
  const uint32_t gone = places[at].next;
  const uint32_t previous = places[at].previous;
  const uint32_t next = places[gone].next;
  uint32_t pair;
  uint32_t place_in_grown;
  if (previous != NONE) {
    drop_pair(trainer, previous);
  }
  if (next != NONE) {
    drop_pair(trainer, gone);
    places[next].previous = at;
  }
  places[at].piece = piece;
  places[at].next = next;
  places[gone].piece = NONE;
  if (previous != NONE) {
    OG_TRY(add_pair(trainer, previous, &pair, err));
    OG_TRY(og_intern_add(grown, &pair, sizeof pair, &place_in_grown, NULL, err));
  }
  if (next != NONE) {
    OG_TRY(add_pair(trainer, at, &pair, err));
    OG_TRY(og_intern_add(grown, &pair, sizeof pair, &place_in_grown, NULL, err));
  }
  return OG_OK;
}

/* Put the pairs that grew into the heap. */
static OgStatus push_grown(Trainer *trainer, const OgIntern *grown, OgError *err) {
  for (uint32_t k = 0; k < og_intern_count(grown); k++) {
    size_t size;
    uint32_t pair;
    memcpy(&pair, og_intern_text(grown, k, &size), sizeof pair);
    if (trainer->pairs[pair].count > 0) {
      OG_TRY(heap_push(trainer, (Candidate){trainer->pairs[pair].count, pair}, err));
    }
  }
  return OG_OK;
}

/* Merge a pair wherever it stands. */
static OgStatus merge(Trainer *trainer, uint32_t number, OgError *err) {
  OgStatus status = OG_OK;
  const Pair pair = trainer->pairs[number]; /* pairs may move while new ones are made */
  trainer->pairs[number] = (Pair){.left = pair.left, .right = pair.right};
  OgIntern *grown = og_intern_new();
  uint32_t piece;
  if (!grown) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(merged_piece(trainer, &pair, &piece, err));
  for (uint32_t k = 0; k < pair.place_count; k++) {
    const Place *place = &trainer->places[pair.places[k]];
    if (place->piece == pair.left && place->next != NONE &&
        trainer->places[place->next].piece == pair.right) {
      OG_GO(merge_at(trainer, pair.places[k], piece, grown, err));
    }
  }
  trainer->pairs[number].count = 0; /* it stands nowhere; overlaps ("aaa") were dropped, too */
  OG_GO(push_grown(trainer, grown, err));
done:
  og_intern_free(grown);
  og_free(pair.places);
  return status;
}

static OgStatus merge_until_full(Trainer *trainer, const OgWordpieceOptions *options,
                                 const OgProgress *progress, OgError *err) {
  const uint64_t least = options->min_frequency > 0 ? options->min_frequency : 1;
  size_t merges = 0;
  while (og_intern_count(trainer->pieces) < options->vocab_size && trainer->heap_count > 0) {
    Candidate best = heap_pop(trainer);
    const uint64_t count = trainer->pairs[best.pair].count;
    if (count < least) {
      continue;
    }
    if (count < best.count) { /* it lost places since; it may not be the first any more */
      best.count = count;
      OG_TRY(heap_push(trainer, best, err));
      continue;
    }
    OG_TRY(merge(trainer, best.pair, err));
    if (merges++ % REPORT_EVERY == 0) {
      OG_TRY(og_progress_report(progress, "learning words",
                                (double)og_intern_count(trainer->pieces),
                                (double)options->vocab_size, "", err));
    }
  }
  return OG_OK;
}

/* --- the result ------------------------------------------------------------------------------- */

static OgStatus take_words(const OgIntern *pieces, OgVocabulary *vocabulary, OgError *err) {
  OgVocabulary made = {OG_NEW_ARRAY(char *, og_intern_count(pieces)), og_intern_count(pieces)};
  bool fine = made.words != NULL;
  for (uint32_t k = 0; fine && k < made.count; k++) {
    size_t size;
    const char *text = og_intern_text(pieces, k, &size);
    made.words[k] = og_strndup(text, size);
    fine = made.words[k] != NULL;
  }
  if (!fine) {
    og_vocabulary_clear(&made);
    return og_error_no_memory(err);
  }
  *vocabulary = made;
  return OG_OK;
}

OgWordpieceOptions og_wordpiece_options_default(void) {
  return (OgWordpieceOptions){DEFAULT_VOCABULARY, DEFAULT_ALPHABET, DEFAULT_FREQUENCY};
}

OgStatus og_wordpiece_train(const OgWordCounts *counts, const OgWordpieceOptions *options,
                            const OgProgress *progress, OgVocabulary *vocabulary, OgError *err) {
  OgStatus status = OG_OK;
  Trainer trainer = {.words = counts};
  if (options->vocab_size <= OG_SPECIAL_TOKENS) {
    return og_error_set(err, OG_USAGE, "a vocabulary of %zu words: %d are special tokens already",
                        options->vocab_size, OG_SPECIAL_TOKENS);
  }
  if (counts->total == 0) {
    return og_error_set(err, OG_BAD_DATA, "the text has no words to learn from");
  }
  trainer.pieces = og_intern_new();
  if (!trainer.pieces) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < OG_SPECIAL_TOKENS; k++) {
    const char *name = og_special_token_names[k];
    uint32_t id;
    OG_GO(og_intern_add(trainer.pieces, name, strlen(name), &id, NULL, err));
  }
  OG_GO(add_alphabet(&trainer, options->alphabet_limit, options->vocab_size - OG_SPECIAL_TOKENS,
                     err));
  OG_GO(add_words(&trainer, options->vocab_size, err));
  OG_GO(merge_until_full(&trainer, options, progress, err));
  OG_GO(take_words(trainer.pieces, vocabulary, err));
done:
  clear(&trainer);
  return status;
}

void og_vocabulary_clear(OgVocabulary *vocabulary) {
  for (size_t k = 0; vocabulary->words && k < vocabulary->count; k++) {
    og_free(vocabulary->words[k]);
  }
  og_free(vocabulary->words);
  *vocabulary = (OgVocabulary){NULL, 0};
}
