#include "kg/link.h"

#include "core/intern.h"
#include "core/memory.h"
#include "kg/cursor.h"
#include "kg/names.h"

#include <stdlib.h>
#include <string.h>

/* A trie over words, with all its steps in one hash table:
 *
 *   words   normal form of a word -> number           "breast" -> 7, "cancer" -> 9
 *   steps   (node, word) -> node                      (0, 7) -> 12, (12, 9) -> 31
 *   roots   word -> node behind (0, word), 0 none     the first step, without a search
 *   ends    node -> sense of the name that ends here  31 -> 4; NO_SENSE within names
 *   senses  the entity meant                          4 -> {DOID:1612, .9, 2 senses}
 *
 * Names written in capitals that are short, or are common words otherwise ("ALL", "WAS"), are
 * entered under the word as written: no normal form has capitals, so the two never meet.
 *
 * While it is built, each name leaves a Claim (node, entity, weight); sorted by node they give one
 * sense a node. */

enum { MOST_WORDS = 32, RING = 64, MOST_PARTS = 4, SHORT_ACRONYM = 4, LONGEST_CHAIN = 16 };
enum { FIRST_STEPS = 1024, FIRST_ITEMS = 256 };

#define NO_SENSE  UINT32_MAX
#define NO_ENTITY UINT32_MAX

static const float inverted_weight = 0.9f; /* "breast neoplasms" for "Neoplasms, Breast" */
static const float replaced_weight = 0.9f; /* a name of a deprecated entity, for its successor */

typedef struct Step {
  uint32_t node, word, child; /* child 0 (the root): free */
} Step;

typedef struct Sense {
  int64_t entity;
  float score;
  uint32_t senses;
} Sense;

struct OgLinker {
  OgIntern *words;
  Step *steps;
  size_t step_slots; /* a power of two, at most 3/4 full */
  uint32_t *roots;   /* (words) */
  uint32_t *ends;    /* (nodes) */
  uint32_t nodes, node_capacity;
  Sense *senses;
  uint32_t sense_count;
};

/* ---- Steps --------------------------------------------------------------------------------- */

static Step *find_step(Step *steps, size_t slots, uint32_t node, uint32_t word) {
  const uint64_t key = ((uint64_t)node << 32 | word) * UINT64_C(0x9e3779b97f4a7c15);
  for (size_t k = (size_t)(key >> 32) & (slots - 1);; k = (k + 1) & (slots - 1)) {
    Step *step = &steps[k];
    if (step->child == 0 || (step->node == node && step->word == word)) {
      return step;
    }
  }
}

/* The node behind (node, word); 0 when no name goes there. */
static uint32_t walk(const OgLinker *linker, uint32_t node, uint32_t word) {
  return word == OG_INTERN_NONE ? 0
                                : find_step(linker->steps, linker->step_slots, node, word)->child;
}

static OgStatus grow_steps(OgLinker *linker, OgError *err) {
  const size_t slots = linker->step_slots * 2;
  Step *steps = OG_NEW_ARRAY(Step, slots);
  if (!steps) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < linker->step_slots; k++) {
    const Step *old = &linker->steps[k];
    if (old->child != 0) {
      *find_step(steps, slots, old->node, old->word) = *old;
    }
  }
  og_free(linker->steps);
  linker->steps = steps;
  linker->step_slots = slots;
  return OG_OK;
}

static OgStatus grow_nodes(OgLinker *linker, OgError *err) {
  const size_t capacity = (size_t)linker->node_capacity * 2;
  uint32_t *ends =
      capacity < UINT32_MAX ? og_realloc(linker->ends, capacity, sizeof(uint32_t)) : NULL;
  if (!ends) {
    return og_error_no_memory(err);
  }
  linker->ends = ends;
  linker->node_capacity = (uint32_t)capacity;
  return OG_OK;
}

/* The node behind (node, word), made when it is not there. */
static OgStatus extend(OgLinker *linker, uint32_t node, uint32_t word, uint32_t *child,
                       OgError *err) {
  Step *step = find_step(linker->steps, linker->step_slots, node, word);
  if (step->child == 0) {
    if (((size_t)linker->nodes + 1) * 4 > linker->step_slots * 3) {
      OG_TRY(grow_steps(linker, err));
      step = find_step(linker->steps, linker->step_slots, node, word);
    }
    if (linker->nodes == linker->node_capacity) {
      OG_TRY(grow_nodes(linker, err));
    }
    linker->ends[linker->nodes] = NO_SENSE;
    *step = (Step){node, word, linker->nodes++};
  }
  *child = step->child;
  return OG_OK;
}

/* ---- Entities ------------------------------------------------------------------------------ */

typedef enum Sql { ENTITIES, OUT_DEGREES, IN_DEGREES, NAMES, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ENTITIES] = "SELECT id, deprecated, replaced_by FROM entity ORDER BY id",
    /* an edge that two files say is one */
    [OUT_DEGREES] = "SELECT head, count(*) FROM (SELECT DISTINCT head, relation, tail FROM edge) "
                    "GROUP BY head ORDER BY head",
    [IN_DEGREES] = "SELECT tail, count(*) FROM (SELECT DISTINCT tail, relation, head FROM edge) "
                   "GROUP BY tail ORDER BY tail",
    [NAMES] = "SELECT entity, kind, text FROM name ORDER BY id",
};

static const OgSqlTable table = {sql, SQL_COUNT};

typedef struct Entity {
  int64_t id;
  int64_t replaced_by; /* 0: none */
  uint32_t degree;     /* edges in and out */
  uint32_t target;     /* index of the entity that its names mean; NO_ENTITY: none */
  bool deprecated;
} Entity;

/* A name that means an entity. */
typedef struct Claim {
  uint32_t node;
  uint32_t entity; /* index */
  float weight;
} Claim;

typedef struct Builder {
  OgStore *store;
  OgLinkOptions options;
  OgLinker *linker;
  Entity *entities; /* by id */
  size_t entity_count, entity_capacity;
  Claim *claims;
  size_t claim_count, claim_capacity;
} Builder;

/* An array with room for one more than count items: items itself, or moved. NULL: out of memory. */
static void *make_room(void *items, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) {
    return items;
  }
  const size_t wanted = *capacity > 0 ? *capacity * 2 : FIRST_ITEMS;
  void *grown = og_realloc(items, wanted, size);
  if (grown) {
    *capacity = wanted;
  }
  return grown;
}

/* Run one of the statements and give each of its rows to take. */
static OgStatus each_row(Builder *builder, Sql which,
                         OgStatus (*take)(Builder *builder, const OgCursor *row, OgError *err),
                         OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(builder->store, &table, which, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    status = take(builder, &cursor, err);
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus take_entity(Builder *builder, const OgCursor *row, OgError *err) {
  Entity *entities = make_room(builder->entities, builder->entity_count, &builder->entity_capacity,
                               sizeof(Entity));
  if (!entities) {
    return og_error_no_memory(err);
  }
  builder->entities = entities;
  entities[builder->entity_count++] = (Entity){
      .id = og_cursor_integer(row, 0),
      .deprecated = og_cursor_integer(row, 1) != 0,
      .replaced_by = og_cursor_integer(row, 2),
      .target = NO_ENTITY,
  };
  return OG_OK;
}

/* Index of an entity, or NO_ENTITY. */
static uint32_t find_entity(const Builder *builder, int64_t id) {
  size_t low = 0, high = builder->entity_count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (builder->entities[middle].id < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < builder->entity_count && builder->entities[low].id == id ? (uint32_t)low : NO_ENTITY;
}

static OgStatus take_degree(Builder *builder, const OgCursor *row, OgError *err) {
  (void)err;
  const uint32_t entity = find_entity(builder, og_cursor_integer(row, 0));
  if (entity != NO_ENTITY) {
    builder->entities[entity].degree += (uint32_t)og_cursor_integer(row, 1);
  }
  return OG_OK;
}

/* Decide what the names of each entity mean: itself, or the end of its chain of successors. */
static void find_targets(Builder *builder) {
  for (size_t k = 0; k < builder->entity_count; k++) {
    uint32_t at = (uint32_t)k;
    for (int hops = 0; hops < LONGEST_CHAIN && at != NO_ENTITY &&
                       !builder->options.keep_deprecated && builder->entities[at].deprecated;
         hops++) {
      const int64_t next = builder->entities[at].replaced_by;
      at = next != 0 ? find_entity(builder, next) : NO_ENTITY;
    }
    const bool ended =
        at != NO_ENTITY && (builder->options.keep_deprecated || !builder->entities[at].deprecated);
    builder->entities[k].target = ended ? at : NO_ENTITY;
  }
}

/* ---- Names --------------------------------------------------------------------------------- */

/* The words of a name. */
typedef struct Name {
  uint32_t words[MOST_WORDS];
  size_t part_ends[MOST_PARTS]; /* word where each part between ", " ends */
  size_t count, parts;
  bool names_something; /* not only common words, numbers and single letters */
  bool invertible;      /* "Neoplasms, Breast": parts that read backwards are the name too */
} Name;

/* True for a name that is only linked where it is written the same, in capitals. */
static bool is_acronym(const OgWord *word) {
  return word->capitals && word->letters > 1 &&
         (word->letters <= SHORT_ACRONYM || og_word_is_common(word->text, word->size));
}

/* A word as written, without a plural s behind capitals: "PCBs" is "PCB". */
static size_t acronym_size(const char *text, const OgWord *word) {
  return word->end - word->start - (text[word->end - 1] == 's');
}

static bool is_conjunction(const OgWord *word) {
  static const char *const conjunctions[] = {"and", "or", "und", "oder", "et", "ou"};
  for (size_t k = 0; k < OG_COUNT(conjunctions); k++) {
    if (word->size == strlen(conjunctions[k]) &&
        memcmp(word->text, conjunctions[k], word->size) == 0) {
      return true;
    }
  }
  return false;
}

/* True when a ", " stands in the text between two words. */
static bool has_comma(const char *text, size_t from, size_t to) {
  for (size_t k = from; k + 1 < to; k++) {
    if (text[k] == ',' && text[k + 1] == ' ') {
      return true;
    }
  }
  return false;
}

/* Enter a word's number into the name, and note what it says of the whole. */
static OgStatus take_word(Builder *builder, const OgWord *word, bool after_comma, Name *name,
                          OgError *err) {
  if (after_comma) {
    name->invertible = name->invertible && name->parts < MOST_PARTS && !is_conjunction(word);
    name->parts += name->parts < MOST_PARTS;
  }
  const bool weak = word->number || (word->letters == 1 && !word->solitary) ||
                    og_word_is_common(word->text, word->size);
  name->names_something = name->names_something || !weak;
  OG_TRY(og_intern_add(builder->linker->words, word->text, word->size, &name->words[name->count],
                       NULL, err));
  name->count++;
  name->part_ends[name->parts - 1] = name->count;
  return OG_OK;
}

/* Read the words of a name. One of more than MOST_WORDS words gets count 0. */
static OgStatus read_name(Builder *builder, const char *text, size_t size, Name *name,
                          OgError *err) {
  *name = (Name){.parts = 1, .invertible = !memchr(text, '(', size) && !memchr(text, '[', size)};
  OgWords words;
  OgWord word;
  size_t end = 0;
  og_words_init(&words, text, size);
  while (og_words_next(&words, &word)) {
    if (name->count == MOST_WORDS) {
      name->count = 0;
      return OG_OK;
    }
    const bool after_comma = name->count > 0 && has_comma(text, end, word.start);
    OG_TRY(take_word(builder, &word, after_comma, name, err));
    end = word.end;
  }
  name->invertible = name->invertible && name->parts > 1;
  if (name->count == 1) {
    og_words_init(&words, text, size);
    og_words_next(&words, &word);
    if (is_acronym(&word)) {
      name->names_something = true;
      return og_intern_add(builder->linker->words, text + word.start, acronym_size(text, &word),
                           &name->words[0], NULL, err);
    }
    name->names_something = name->names_something && (word.letters > 2 || word.solitary);
  }
  return OG_OK;
}

/* Enter a sequence of words that means an entity. */
static OgStatus claim(Builder *builder, const uint32_t *words, size_t count, uint32_t entity,
                      float weight, OgError *err) {
  uint32_t node = 0;
  for (size_t k = 0; k < count; k++) {
    OG_TRY(extend(builder->linker, node, words[k], &node, err));
  }
  Claim *claims =
      make_room(builder->claims, builder->claim_count, &builder->claim_capacity, sizeof(Claim));
  if (!claims) {
    return og_error_no_memory(err);
  }
  builder->claims = claims;
  claims[builder->claim_count++] = (Claim){node, entity, weight};
  return OG_OK;
}

/* The parts of a name, last first. */
static void invert(const Name *name, uint32_t inverted[MOST_WORDS]) {
  size_t count = 0;
  for (size_t part = name->parts; part-- > 0;) {
    const size_t begin = part > 0 ? name->part_ends[part - 1] : 0;
    const size_t length = name->part_ends[part] - begin;
    memcpy(inverted + count, name->words + begin, length * sizeof(uint32_t));
    count += length;
  }
}

static OgStatus take_name(Builder *builder, const OgCursor *row, OgError *err) {
  const uint32_t entity = find_entity(builder, og_cursor_integer(row, 0));
  const uint32_t target = entity != NO_ENTITY ? builder->entities[entity].target : NO_ENTITY;
  if (target == NO_ENTITY) {
    return OG_OK;
  }
  const char *kind, *text;
  size_t kind_size, size;
  Name name;
  OG_TRY(og_cursor_text(row, 1, &kind, &kind_size, err));
  OG_TRY(og_cursor_text(row, 2, &text, &size, err));
  OG_TRY(read_name(builder, text, size, &name, err));
  const float weight = og_name_weight(kind) * (target == entity ? 1.0f : replaced_weight);
  if (name.count == 0 || !name.names_something) {
    return OG_OK;
  }
  OG_TRY(claim(builder, name.words, name.count, target, weight, err));
  if (name.invertible) {
    uint32_t inverted[MOST_WORDS];
    invert(&name, inverted);
    OG_TRY(claim(builder, inverted, name.count, target, weight * inverted_weight, err));
  }
  return OG_OK;
}

/* ---- Senses -------------------------------------------------------------------------------- */

/* By node, then entity, heaviest first. */
static int compare_claims(const void *left, const void *right) {
  const Claim *a = left, *b = right;
  if (a->node != b->node) {
    return a->node < b->node ? -1 : 1;
  }
  if (a->entity != b->entity) {
    return a->entity < b->entity ? -1 : 1;
  }
  return a->weight > b->weight ? -1 : a->weight < b->weight;
}

/* True when claim a is the likelier meaning: weight of the name, not deprecated, edges, number. */
static bool is_likelier(const Builder *builder, const Claim *a, const Claim *b) {
  const Entity *x = &builder->entities[a->entity], *y = &builder->entities[b->entity];
  if (a->weight != b->weight) {
    return a->weight > b->weight;
  }
  if (x->deprecated != y->deprecated) {
    return y->deprecated;
  }
  return x->degree != y->degree ? x->degree > y->degree : x->id < y->id;
}

/* Of the claims [begin, end) of one node, sorted, make a sense. The score is the weight of the best
 * claim w times its share of the squares, w · w² / Σ w²: 1 for a label that nothing else is called
 * by, 1/2 when two are. */
static Sense weigh(const Builder *builder, size_t begin, size_t end) {
  const Claim *best = &builder->claims[begin];
  float squares = 0;
  uint32_t senses = 0;
  for (size_t k = begin; k < end; k++) {
    const Claim *candidate = &builder->claims[k];
    if (k > begin && candidate->entity == candidate[-1].entity) {
      continue;
    }
    senses++;
    squares += candidate->weight * candidate->weight;
    if (is_likelier(builder, candidate, best)) {
      best = candidate;
    }
  }
  const float score = best->weight * best->weight * best->weight / squares;
  return (Sense){builder->entities[best->entity].id, score, senses};
}

static OgStatus settle(Builder *builder, OgError *err) {
  OgLinker *linker = builder->linker;
  if (builder->claim_count == 0) {
    return OG_OK;
  }
  qsort(builder->claims, builder->claim_count, sizeof(Claim), compare_claims);
  size_t groups = 0;
  for (size_t k = 0; k < builder->claim_count; k++) {
    groups += k == 0 || builder->claims[k].node != builder->claims[k - 1].node;
  }
  linker->senses = OG_NEW_ARRAY(Sense, groups);
  if (!linker->senses) {
    return og_error_no_memory(err);
  }
  for (size_t begin = 0, end; begin < builder->claim_count; begin = end) {
    const uint32_t node = builder->claims[begin].node;
    for (end = begin + 1; end < builder->claim_count && builder->claims[end].node == node; end++) {
    }
    const Sense sense = weigh(builder, begin, end);
    if (sense.score >= builder->options.min_score) {
      linker->ends[node] = linker->sense_count;
      linker->senses[linker->sense_count++] = sense;
    }
  }
  return OG_OK;
}

static OgStatus fill_roots(OgLinker *linker, OgError *err) {
  linker->roots = OG_NEW_ARRAY(uint32_t, og_intern_count(linker->words));
  if (!linker->roots) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < linker->step_slots; k++) {
    const Step *step = &linker->steps[k];
    if (step->child != 0 && step->node == 0) {
      linker->roots[step->word] = step->child;
    }
  }
  return OG_OK;
}

static OgStatus build(Builder *builder, OgError *err) {
  OgLinker *linker = builder->linker;
  linker->words = og_intern_new();
  linker->steps = OG_NEW_ARRAY(Step, FIRST_STEPS);
  linker->ends = OG_NEW_ARRAY(uint32_t, FIRST_STEPS);
  if (!linker->words || !linker->steps || !linker->ends) {
    return og_error_no_memory(err);
  }
  linker->step_slots = FIRST_STEPS;
  linker->node_capacity = FIRST_STEPS;
  linker->ends[0] = NO_SENSE;
  linker->nodes = 1;
  OG_TRY(each_row(builder, ENTITIES, take_entity, err));
  OG_TRY(each_row(builder, OUT_DEGREES, take_degree, err));
  OG_TRY(each_row(builder, IN_DEGREES, take_degree, err));
  find_targets(builder);
  OG_TRY(each_row(builder, NAMES, take_name, err));
  OG_TRY(fill_roots(linker, err));
  return settle(builder, err);
}

OgStatus og_linker_new(OgStore *store, const OgLinkOptions *options, OgLinker **linker,
                       OgError *err) {
  Builder builder = {.store = store, .linker = OG_NEW(OgLinker)};
  if (!builder.linker) {
    return og_error_no_memory(err);
  }
  if (options) {
    builder.options = *options;
  }
  const OgStatus status = build(&builder, err);
  og_free(builder.entities);
  og_free(builder.claims);
  if (status == OG_OK) {
    *linker = builder.linker;
  } else {
    og_linker_free(builder.linker);
  }
  return status;
}

void og_linker_free(OgLinker *linker) {
  if (linker) {
    og_intern_free(linker->words);
    og_free(linker->steps);
    og_free(linker->roots);
    og_free(linker->ends);
    og_free(linker->senses);
    og_free(linker);
  }
}

size_t og_linker_memory(const OgLinker *linker) {
  return sizeof *linker + og_intern_memory(linker->words) + linker->step_slots * sizeof(Step) +
         og_intern_count(linker->words) * sizeof(uint32_t) +
         linker->node_capacity * sizeof(uint32_t) + linker->sense_count * sizeof(Sense);
}

/* ---- Texts --------------------------------------------------------------------------------- */

/* A word of the text. */
typedef struct Seen {
  size_t start, end;
  uint32_t word;    /* OG_INTERN_NONE: in no name */
  uint32_t acronym; /* the word as written in capitals; OG_INTERN_NONE likewise */
  bool capitals;    /* two or more */
  bool common, breaks;
} Seen;

/* Words of the text by number, as far as they have been looked at; the last RING are kept. */
typedef struct Reader {
  const OgLinker *linker;
  OgWords words;
  size_t read;
  bool ended;
  Seen ring[RING];
} Reader;

/* Word n of the text, at most RING - 2 behind the furthest read; NULL past the end. */
static const Seen *look(Reader *reader, size_t n) {
  while (reader->read <= n && !reader->ended) {
    OgWord word;
    if (!og_words_next(&reader->words, &word)) {
      reader->ended = true;
      break;
    }
    Seen *seen = &reader->ring[reader->read++ % RING];
    *seen = (Seen){.start = word.start, .end = word.end, .breaks = word.breaks};
    seen->word = og_intern_find(reader->linker->words, word.text, word.size);
    seen->acronym = OG_INTERN_NONE;
    seen->capitals = word.capitals && word.letters > 1;
    if (seen->capitals) {
      seen->acronym = og_intern_find(reader->linker->words, reader->words.text + word.start,
                                     acronym_size(reader->words.text, &word));
      seen->common = og_word_is_common(word.text, word.size);
    }
  }
  return n < reader->read ? &reader->ring[n % RING] : NULL;
}

/* The sense of the longest name that starts at word n; *length words of it. NULL when there is
 * none. */
static const Sense *longest_name(Reader *reader, size_t n, size_t *length) {
  const OgLinker *linker = reader->linker;
  const Sense *best = NULL;
  uint32_t node = 0;
  for (size_t k = 0; k < MOST_WORDS; k++) {
    const Seen *seen = look(reader, n + k);
    if (!seen || (k > 0 && seen->breaks)) {
      break;
    }
    node = walk(linker, node, seen->word);
    if (node == 0) {
      break;
    }
    if (linker->ends[node] != NO_SENSE) {
      best = &linker->senses[linker->ends[node]];
      *length = k + 1;
    }
  }
  return best;
}

/* The sense of word n as an acronym. "ALL" in a headline of capitals is the common word. */
static const Sense *acronym(Reader *reader, size_t n) {
  const Seen *seen = look(reader, n);
  const uint32_t node = walk(reader->linker, 0, seen->acronym);
  if (node == 0 || reader->linker->ends[node] == NO_SENSE) {
    return NULL;
  }
  if (seen->common) {
    const Seen *after = look(reader, n + 1);
    const Seen *before = n > 0 ? look(reader, n - 1) : NULL;
    if ((before || after) && (!before || before->capitals) && (!after || after->capitals)) {
      return NULL;
    }
  }
  return &reader->linker->senses[reader->linker->ends[node]];
}

static OgStatus add_mention(OgMentions *mentions, size_t start, size_t end, const Sense *sense,
                            OgError *err) {
  OgMention *items =
      make_room(mentions->items, mentions->count, &mentions->capacity, sizeof(OgMention));
  if (!items) {
    return og_error_no_memory(err);
  }
  mentions->items = items;
  items[mentions->count++] = (OgMention){start, end, sense->entity, sense->score, sense->senses};
  return OG_OK;
}

OgStatus og_linker_find(const OgLinker *linker, const char *text, size_t size, OgMentions *mentions,
                        OgError *err) {
  Reader reader;
  reader.linker = linker;
  reader.read = 0;
  reader.ended = false;
  og_words_init(&reader.words, text, size);
  mentions->count = 0;
  const Seen *first;
  for (size_t n = 0; (first = look(&reader, n));) {
    size_t length = 1;
    const size_t start = first->start;
    const Sense *sense = longest_name(&reader, n, &length);
    if (length == 1) {
      const Sense *written = acronym(&reader, n);
      sense = written ? written : sense;
    }
    if (sense) {
      OG_TRY(add_mention(mentions, start, look(&reader, n + length - 1)->end, sense, err));
    }
    n += length;
  }
  return OG_OK;
}

void og_mentions_clear(OgMentions *mentions) {
  og_free(mentions->items);
  *mentions = (OgMentions)OG_MENTIONS_INIT;
}
