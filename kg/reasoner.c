#include "kg/reasoner.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*   facts   the queue: below `done` are those whose consequences have been drawn
 *   slots   (head, relation, tail) -> fact      open addressing, at most 3/4 full
 *   by_head (relation, head) -> the newest fact that is done; chains lead to older ones
 *   by_tail (relation, tail) -> likewise
 *
 * Facts that a closure made (r, r -> r), or that turn one of these around in the same relation,
 * have chains of their own. Facts of relations that `replace` speaks of also have chains by node
 * alone.
 */

enum { FIRST_SLOTS = 1024, FIRST_ITEMS = 256, REPORT_EVERY = 1 << 16 };

/* What a new fact of a relation does. */
typedef enum Form {
  STEP,
  TURN,
  HEAD_IS,
  TAIL_IS,
  MUTUAL,
  JOIN_LEFT,    /* it is the first premise, and `other` the relation of the second */
  JOIN_RIGHT,   /* the other way round */
  REPLACE_HEAD, /* by what `other` says to be the same */
  REPLACE_TAIL,
  REPLACE_HEADS, /* it says what is the same: in the facts of all relations that are replaced */
  REPLACE_TAILS
} Form;

typedef struct Trigger {
  uint32_t relation;
  uint32_t number; /* in the order of their making */
  Form form;
  uint32_t rule;
  uint32_t other; /* a relation, or a node */
  uint32_t to;
  bool absorbs; /* a join whose second premise need be no fact of a closure */
} Trigger;

/* What a fact has beside the caller's view of it. */
typedef struct Links {
  uint32_t same_head, same_tail; /* the next of the chain; OG_NO_FACT at its end */
} Links;

/* Chains by key: open addressing, at most 3/4 full. */
typedef struct Chains {
  uint64_t *keys;  /* (slots) 0: free */
  uint32_t *first; /* (slots) */
  size_t slots, count;
} Chains;

struct OgReasoner {
  OgFact *facts;
  Links *links;
  bool *closure;    /* the fact was made by a closure */
  Links *any_links; /* of replaced relations, by node alone; NULL: nothing is replaced */
  uint32_t count, capacity, done, given;
  uint32_t *slots; /* fact + 1; 0: free */
  size_t slot_count;
  Chains by_head, by_tail, any_by_head, any_by_tail;
  Trigger *triggers; /* (trigger_count) by relation once it runs */
  size_t trigger_count, trigger_capacity;
  const OgProgress *progress;
  uint64_t looks; /* at facts, rules and pairs of premises */
  size_t *starts; /* (relations + 1) triggers of relation r: [starts[r], starts[r + 1]) */
  bool *closed;   /* (relations) r, r -> r */
  bool *replaced; /* (relations) */
  uint32_t relations;
};

OgReasoner *og_reasoner_new(void) {
  return OG_NEW(OgReasoner);
}

static void free_chains(Chains *chains) {
  og_free(chains->keys);
  og_free(chains->first);
}

void og_reasoner_free(OgReasoner *reasoner) {
  if (reasoner) {
    og_free(reasoner->facts);
    og_free(reasoner->links);
    og_free(reasoner->closure);
    og_free(reasoner->slots);
    og_free(reasoner->any_links);
    free_chains(&reasoner->by_head);
    free_chains(&reasoner->by_tail);
    free_chains(&reasoner->any_by_head);
    free_chains(&reasoner->any_by_tail);
    og_free(reasoner->triggers);
    og_free(reasoner->starts);
    og_free(reasoner->closed);
    og_free(reasoner->replaced);
    og_free(reasoner);
  }
}

const OgFact *og_reasoner_facts(const OgReasoner *reasoner, uint32_t *count) {
  *count = reasoner->count;
  return reasoner->facts;
}

size_t og_reasoner_memory(const OgReasoner *reasoner) {
  const size_t chain = sizeof(uint64_t) + sizeof(uint32_t);
  const size_t links = sizeof(Links) * (reasoner->any_links ? 2 : 1);
  return sizeof *reasoner + reasoner->capacity * (sizeof(OgFact) + links + sizeof(bool)) +
         reasoner->slot_count * sizeof(uint32_t) +
         (reasoner->by_head.slots + reasoner->by_tail.slots + reasoner->any_by_head.slots +
          reasoner->any_by_tail.slots) *
             chain +
         reasoner->trigger_capacity * sizeof(Trigger) +
         ((size_t)reasoner->relations + 1) * (sizeof(size_t) + 2 * sizeof(bool));
}

/* ---- Rules --------------------------------------------------------------------------------- */

static OgStatus add_trigger(OgReasoner *reasoner, Trigger trigger, OgError *err) {
  if (reasoner->trigger_count == reasoner->trigger_capacity) {
    const size_t capacity =
        reasoner->trigger_capacity ? 2 * reasoner->trigger_capacity : FIRST_ITEMS;
    Trigger *grown = og_realloc(reasoner->triggers, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    reasoner->triggers = grown;
    reasoner->trigger_capacity = capacity;
  }
  trigger.number = (uint32_t)reasoner->trigger_count;
  reasoner->triggers[reasoner->trigger_count++] = trigger;
  return OG_OK;
}

OgStatus og_reasoner_step(OgReasoner *reasoner, uint32_t rule, uint32_t from, uint32_t to,
                          bool turn, OgError *err) {
  const Trigger trigger = {.relation = from, .form = turn ? TURN : STEP, .rule = rule, .to = to};
  return add_trigger(reasoner, trigger, err);
}

OgStatus og_reasoner_is(OgReasoner *reasoner, uint32_t rule, uint32_t from, bool of_tail,
                        uint32_t to, uint32_t node, OgError *err) {
  const Trigger trigger = {
      .relation = from, .form = of_tail ? TAIL_IS : HEAD_IS, .rule = rule, .other = node, .to = to};
  return add_trigger(reasoner, trigger, err);
}

OgStatus og_reasoner_mutual(OgReasoner *reasoner, uint32_t rule, uint32_t from, uint32_t to,
                            OgError *err) {
  const Trigger trigger = {.relation = from, .form = MUTUAL, .rule = rule, .to = to};
  return add_trigger(reasoner, trigger, err);
}

OgStatus og_reasoner_join(OgReasoner *reasoner, uint32_t rule, uint32_t left, uint32_t right,
                          uint32_t to, OgError *err) {
  const Trigger first = {
      .relation = left, .form = JOIN_LEFT, .rule = rule, .other = right, .to = to};
  const Trigger second = {
      .relation = right, .form = JOIN_RIGHT, .rule = rule, .other = left, .to = to};
  OG_TRY(add_trigger(reasoner, first, err));
  return add_trigger(reasoner, second, err);
}

OgStatus og_reasoner_replace(OgReasoner *reasoner, uint32_t heads, uint32_t tails, uint32_t same,
                             uint32_t relation, OgError *err) {
  const struct {
    Form one, all;
    uint32_t rule;
  } sides[] = {{REPLACE_HEAD, REPLACE_HEADS, heads}, {REPLACE_TAIL, REPLACE_TAILS, tails}};
  bool is_first = true;
  for (size_t k = 0; k < reasoner->trigger_count && is_first; k++) {
    is_first = reasoner->triggers[k].form != REPLACE_HEADS;
  }
  for (size_t k = 0; k < OG_COUNT(sides); k++) {
    const Trigger one = {.relation = relation,
                         .form = sides[k].one,
                         .rule = sides[k].rule,
                         .other = same,
                         .to = relation};
    const Trigger all = {
        .relation = same, .form = sides[k].all, .rule = sides[k].rule, .to = relation};
    OG_TRY(add_trigger(reasoner, one, err));
    OG_TRY(is_first ? add_trigger(reasoner, all, err) : OG_OK);
  }
  return OG_OK;
}

static int compare_triggers(const void *left, const void *right) {
  const Trigger *a = left, *b = right;
  if (a->relation != b->relation) {
    return a->relation < b->relation ? -1 : 1;
  }
  return a->number < b->number ? -1 : a->number > b->number;
}

/* True for r, r -> r. */
static bool is_closure(const Trigger *trigger) {
  return (trigger->form == JOIN_LEFT || trigger->form == JOIN_RIGHT) &&
         trigger->relation == trigger->other && trigger->to == trigger->other;
}

/* A join a s, s r -> s over a closed r takes its facts one by one, so that those which the closure
 * made lead to nothing new. */
static void mark_absorbing(OgReasoner *reasoner) {
  for (size_t k = 0; k < reasoner->trigger_count; k++) {
    Trigger *trigger = &reasoner->triggers[k];
    const uint32_t left = trigger->form == JOIN_LEFT ? trigger->relation : trigger->other;
    const uint32_t right = trigger->form == JOIN_LEFT ? trigger->other : trigger->relation;
    const bool joins = trigger->form == JOIN_LEFT || trigger->form == JOIN_RIGHT;
    trigger->absorbs = joins && trigger->to == left && reasoner->closed[right];
  }
}

/* Put the triggers in order of their relations. */
static OgStatus prepare(OgReasoner *reasoner, OgError *err) {
  uint32_t relations = 0;
  bool replaces = false;
  for (size_t k = 0; k < reasoner->trigger_count; k++) {
    const Trigger *trigger = &reasoner->triggers[k];
    relations = trigger->relation >= relations ? trigger->relation + 1 : relations;
    relations = trigger->to >= relations ? trigger->to + 1 : relations;
  }
  for (uint32_t k = 0; k < reasoner->count; k++) {
    const uint32_t relation = reasoner->facts[k].relation;
    relations = relation >= relations ? relation + 1 : relations;
  }
  reasoner->closed = OG_NEW_ARRAY(bool, relations);
  reasoner->replaced = OG_NEW_ARRAY(bool, relations);
  reasoner->starts = OG_NEW_ARRAY(size_t, (size_t)relations + 1);
  if (!reasoner->closed || !reasoner->replaced || !reasoner->starts) {
    return og_error_no_memory(err);
  }
  reasoner->relations = relations;
  if (reasoner->trigger_count > 0) {
    qsort(reasoner->triggers, reasoner->trigger_count, sizeof(Trigger), compare_triggers);
  }
  for (size_t k = 0; k < reasoner->trigger_count; k++) {
    const Trigger *trigger = &reasoner->triggers[k];
    reasoner->starts[trigger->relation + 1]++;
    reasoner->closed[trigger->relation] |= is_closure(trigger);
    reasoner->replaced[trigger->relation] |= trigger->form == REPLACE_HEAD;
    replaces = replaces || trigger->form == REPLACE_HEAD;
  }
  for (uint32_t k = 0; k < relations; k++) {
    reasoner->starts[k + 1] += reasoner->starts[k];
  }
  mark_absorbing(reasoner);
  if (replaces && reasoner->capacity > 0) {
    reasoner->any_links = OG_NEW_ARRAY(Links, reasoner->capacity);
    return reasoner->any_links ? OG_OK : og_error_no_memory(err);
  }
  return OG_OK;
}

/* ---- Facts --------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t key) {
  key *= UINT64_C(0x9e3779b97f4a7c15);
  return key ^ key >> 32;
}

static uint32_t *find_slot(const OgReasoner *reasoner, uint32_t *slots, size_t count, uint32_t head,
                           uint32_t relation, uint32_t tail) {
  const uint64_t hash = mix(mix((uint64_t)head << 32 | tail) + relation);
  for (size_t k = (size_t)hash & (count - 1);; k = (k + 1) & (count - 1)) {
    if (slots[k] == 0) {
      return &slots[k];
    }
    const OgFact *fact = &reasoner->facts[slots[k] - 1];
    if (fact->head == head && fact->relation == relation && fact->tail == tail) {
      return &slots[k];
    }
  }
}

uint32_t og_reasoner_find(const OgReasoner *reasoner, uint32_t head, uint32_t relation,
                          uint32_t tail) {
  if (reasoner->slot_count == 0) {
    return OG_NO_FACT;
  }
  const uint32_t slot =
      *find_slot(reasoner, reasoner->slots, reasoner->slot_count, head, relation, tail);
  return slot == 0 ? OG_NO_FACT : slot - 1;
}

static OgStatus grow_slots(OgReasoner *reasoner, OgError *err) {
  const size_t count = reasoner->slot_count ? 2 * reasoner->slot_count : FIRST_SLOTS;
  uint32_t *slots = OG_NEW_ARRAY(uint32_t, count);
  if (!slots) {
    return og_error_no_memory(err);
  }
  for (uint32_t k = 0; k < reasoner->count; k++) {
    const OgFact *fact = &reasoner->facts[k];
    *find_slot(reasoner, slots, count, fact->head, fact->relation, fact->tail) = k + 1;
  }
  og_free(reasoner->slots);
  reasoner->slots = slots;
  reasoner->slot_count = count;
  return OG_OK;
}

static OgStatus grow_facts(OgReasoner *reasoner, OgError *err) {
  if (reasoner->count >= OG_NO_FACT / 2) {
    return og_error_set(err, OG_FAILED, "more than %u facts follow", OG_NO_FACT / 2);
  }
  const uint32_t capacity = reasoner->capacity ? 2 * reasoner->capacity : FIRST_ITEMS;
  OgFact *facts = og_realloc(reasoner->facts, capacity, sizeof *facts);
  reasoner->facts = facts ? facts : reasoner->facts;
  Links *links = og_realloc(reasoner->links, capacity, sizeof *links);
  reasoner->links = links ? links : reasoner->links;
  bool *closure = og_realloc(reasoner->closure, capacity, sizeof *closure);
  reasoner->closure = closure ? closure : reasoner->closure;
  Links *any_links =
      reasoner->any_links ? og_realloc(reasoner->any_links, capacity, sizeof *any_links) : NULL;
  const bool any_failed = reasoner->any_links && !any_links;
  reasoner->any_links = any_links ? any_links : reasoner->any_links;
  if (!facts || !links || !closure || any_failed) {
    return og_error_no_memory(err);
  }
  reasoner->capacity = capacity;
  return OG_OK;
}

/* Append a fact unless it is known. */
static OgStatus add_fact(OgReasoner *reasoner, const OgFact *fact, bool closure, OgError *err) {
  if (((size_t)reasoner->count + 1) * 4 > reasoner->slot_count * 3) {
    OG_TRY(grow_slots(reasoner, err));
  }
  uint32_t *slot = find_slot(reasoner, reasoner->slots, reasoner->slot_count, fact->head,
                             fact->relation, fact->tail);
  if (*slot != 0) {
    return OG_OK;
  }
  if (reasoner->count == reasoner->capacity) {
    OG_TRY(grow_facts(reasoner, err));
  }
  const uint32_t number = reasoner->count++;
  reasoner->facts[number] = *fact;
  reasoner->links[number] = (Links){OG_NO_FACT, OG_NO_FACT};
  reasoner->closure[number] = closure;
  *slot = number + 1;
  return OG_OK;
}

OgStatus og_reasoner_add(OgReasoner *reasoner, uint32_t head, uint32_t relation, uint32_t tail,
                         OgError *err) {
  const OgFact fact = {head, relation, tail, 0, {OG_NO_FACT, OG_NO_FACT}};
  OG_TRY(add_fact(reasoner, &fact, false, err));
  reasoner->given = reasoner->count;
  return OG_OK;
}

/* ---- Chains -------------------------------------------------------------------------------- */

/* Never 0. */
static uint64_t chain_key(uint32_t relation, bool closure, uint32_t node) {
  return ((uint64_t)relation << 1 | closure) + 1 + ((uint64_t)node << 32);
}

/* Never 0. */
static uint64_t node_key(uint32_t node) {
  return (uint64_t)node + 1;
}

static size_t find_chain(const Chains *chains, uint64_t key) {
  size_t k = (size_t)mix(key) & (chains->slots - 1);
  while (chains->keys[k] != 0 && chains->keys[k] != key) {
    k = (k + 1) & (chains->slots - 1);
  }
  return k;
}

static OgStatus grow_chains(Chains *chains, OgError *err) {
  Chains grown = {.slots = chains->slots ? 2 * chains->slots : FIRST_SLOTS, .count = chains->count};
  grown.keys = OG_NEW_ARRAY(uint64_t, grown.slots);
  grown.first = OG_NEW_ARRAY(uint32_t, grown.slots);
  if (!grown.keys || !grown.first) {
    og_free(grown.keys);
    og_free(grown.first);
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < chains->slots; k++) {
    if (chains->keys[k] != 0) {
      const size_t at = find_chain(&grown, chains->keys[k]);
      grown.keys[at] = chains->keys[k];
      grown.first[at] = chains->first[k];
    }
  }
  og_free(chains->keys);
  og_free(chains->first);
  *chains = grown;
  return OG_OK;
}

/* Put a fact before the chain of key; *next gets what was first. */
static OgStatus link_fact(Chains *chains, uint64_t key, uint32_t number, uint32_t *next,
                          OgError *err) {
  if ((chains->count + 1) * 4 > chains->slots * 3) {
    OG_TRY(grow_chains(chains, err));
  }
  const size_t k = find_chain(chains, key);
  chains->count += chains->keys[k] == 0;
  *next = chains->keys[k] == 0 ? OG_NO_FACT : chains->first[k];
  chains->keys[k] = key;
  chains->first[k] = number;
  return OG_OK;
}

static uint32_t first_of(const Chains *chains, uint64_t key) {
  const size_t k = chains->slots > 0 ? find_chain(chains, key) : 0;
  return chains->slots > 0 && chains->keys[k] != 0 ? chains->first[k] : OG_NO_FACT;
}

/* ---- Consequences -------------------------------------------------------------------------- */

/* Once a fact, a rule and a pair of premises: one fact may meet many of them. */
static OgStatus report(OgReasoner *reasoner, OgError *err) {
  if (reasoner->looks++ % REPORT_EVERY != 0) {
    return OG_OK;
  }
  return og_progress_report(reasoner->progress, "inferring edges", reasoner->count, 0, "", err);
}

static OgStatus conclude(OgReasoner *reasoner, const Trigger *trigger, uint32_t head, uint32_t tail,
                         uint32_t first, uint32_t second, OgError *err) {
  const OgFact fact = {head, trigger->to, tail, trigger->rule, {first, second}};
  OG_TRY(report(reasoner, err));
  return add_fact(reasoner, &fact, is_closure(trigger), err);
}

/* A closure of what is symmetric is: turned, what it made is what it makes. */
static OgStatus turn(OgReasoner *reasoner, const Trigger *trigger, uint32_t number, OgError *err) {
  const OgFact *of = &reasoner->facts[number];
  const OgFact fact = {of->tail, trigger->to, of->head, trigger->rule, {number, OG_NO_FACT}};
  const bool closure =
      trigger->to == of->relation && reasoner->closed[of->relation] && reasoner->closure[number];
  OG_TRY(report(reasoner, err));
  return add_fact(reasoner, &fact, closure, err);
}

/* In a fact of a replaced relation, its head or tail by each thing that is the same. */
static OgStatus replace_one(OgReasoner *reasoner, const Trigger *trigger, uint32_t number,
                            OgError *err) {
  const OgFact fact = reasoner->facts[number];
  const bool head = trigger->form == REPLACE_HEAD;
  uint32_t same = first_of(head ? &reasoner->by_tail : &reasoner->by_head,
                           chain_key(trigger->other, false, head ? fact.head : fact.tail));
  while (same != OG_NO_FACT) {
    const OgFact *is = &reasoner->facts[same];
    OG_TRY(head ? conclude(reasoner, trigger, is->head, fact.tail, same, number, err)
                : conclude(reasoner, trigger, fact.head, is->tail, number, same, err));
    same = head ? reasoner->links[same].same_tail : reasoner->links[same].same_head;
  }
  return OG_OK;
}

/* What is said of the one thing, by any relation that is replaced, of the other. */
static OgStatus replace_all(OgReasoner *reasoner, const Trigger *trigger, uint32_t number,
                            OgError *err) {
  const OgFact same = reasoner->facts[number];
  const bool heads = trigger->form == REPLACE_HEADS;
  uint32_t other = reasoner->closure[number] ? OG_NO_FACT
                   : heads                   ? first_of(&reasoner->any_by_head, node_key(same.tail))
                           : first_of(&reasoner->any_by_tail, node_key(same.head));
  while (other != OG_NO_FACT) {
    const OgFact of = reasoner->facts[other];
    Trigger replace = *trigger;
    replace.to = of.relation;
    OG_TRY(heads ? conclude(reasoner, &replace, same.head, of.tail, number, other, err)
                 : conclude(reasoner, &replace, of.head, same.tail, other, number, err));
    other = heads ? reasoner->any_links[other].same_head : reasoner->any_links[other].same_tail;
  }
  return OG_OK;
}

/* Join fact `number`, as the premise that the trigger says, with those of one chain. */
static OgStatus join_chain(OgReasoner *reasoner, const Trigger *trigger, uint32_t number,
                           bool closure, OgError *err) {
  const OgFact fact = reasoner->facts[number];
  if (trigger->form == JOIN_LEFT) {
    uint32_t other = first_of(&reasoner->by_head, chain_key(trigger->other, closure, fact.tail));
    for (; other != OG_NO_FACT; other = reasoner->links[other].same_head) {
      OG_TRY(
          conclude(reasoner, trigger, fact.head, reasoner->facts[other].tail, number, other, err));
    }
    return OG_OK;
  }
  uint32_t other = first_of(&reasoner->by_tail, chain_key(trigger->other, closure, fact.head));
  for (; other != OG_NO_FACT; other = reasoner->links[other].same_tail) {
    if (other != number) { /* with itself it was joined as the first premise */
      OG_TRY(
          conclude(reasoner, trigger, reasoner->facts[other].head, fact.tail, other, number, err));
    }
  }
  return OG_OK;
}

static OgStatus join(OgReasoner *reasoner, const Trigger *trigger, uint32_t number, OgError *err) {
  if (trigger->form == JOIN_RIGHT && trigger->absorbs && reasoner->closure[number]) {
    return OG_OK;
  }
  OG_TRY(join_chain(reasoner, trigger, number, false, err));
  return trigger->form == JOIN_LEFT && trigger->absorbs
             ? OG_OK
             : join_chain(reasoner, trigger, number, true, err);
}

/* head r tail and tail r head: each of the two ways. */
static OgStatus pair(OgReasoner *reasoner, const Trigger *trigger, uint32_t number, OgError *err) {
  const OgFact fact = reasoner->facts[number];
  const uint32_t other = og_reasoner_find(reasoner, fact.tail, fact.relation, fact.head);
  if (other == OG_NO_FACT || other > number) {
    return OG_OK;
  }
  OG_TRY(conclude(reasoner, trigger, fact.head, fact.tail, number, other, err));
  return conclude(reasoner, trigger, fact.tail, fact.head, other, number, err);
}

static OgStatus pull(OgReasoner *reasoner, const Trigger *trigger, uint32_t number, OgError *err) {
  const OgFact fact = reasoner->facts[number];
  switch (trigger->form) {
  case STEP:
    return conclude(reasoner, trigger, fact.head, fact.tail, number, OG_NO_FACT, err);
  case TURN:
    return turn(reasoner, trigger, number, err);
  case HEAD_IS:
    return conclude(reasoner, trigger, fact.head, trigger->other, number, OG_NO_FACT, err);
  case TAIL_IS:
    return conclude(reasoner, trigger, fact.tail, trigger->other, number, OG_NO_FACT, err);
  case MUTUAL:
    return pair(reasoner, trigger, number, err);
  case REPLACE_HEAD:
  case REPLACE_TAIL:
    return replace_one(reasoner, trigger, number, err);
  case REPLACE_HEADS:
  case REPLACE_TAILS:
    return replace_all(reasoner, trigger, number, err);
  default:
    return join(reasoner, trigger, number, err);
  }
}

/* Draw the consequences of a fact from itself and those before it. */
static OgStatus draw(OgReasoner *reasoner, uint32_t number, OgError *err) {
  const OgFact fact = reasoner->facts[number];
  const bool closure = reasoner->closure[number];
  Links links;
  OG_TRY(link_fact(&reasoner->by_head, chain_key(fact.relation, closure, fact.head), number,
                   &links.same_head, err));
  OG_TRY(link_fact(&reasoner->by_tail, chain_key(fact.relation, closure, fact.tail), number,
                   &links.same_tail, err));
  reasoner->links[number] = links;
  if (reasoner->replaced[fact.relation]) {
    Links *any = &reasoner->any_links[number];
    OG_TRY(link_fact(&reasoner->any_by_head, node_key(fact.head), number, &any->same_head, err));
    OG_TRY(link_fact(&reasoner->any_by_tail, node_key(fact.tail), number, &any->same_tail, err));
  }
  for (size_t k = reasoner->starts[fact.relation]; k < reasoner->starts[fact.relation + 1]; k++) {
    OG_TRY(report(reasoner, err));
    OG_TRY(pull(reasoner, &reasoner->triggers[k], number, err));
  }
  return OG_OK;
}

OgStatus og_reasoner_run(OgReasoner *reasoner, const OgFact *goal, uint64_t most,
                         const OgProgress *progress, bool *complete, OgError *err) {
  *complete = true;
  reasoner->progress = progress;
  OG_TRY(prepare(reasoner, err));
  for (; reasoner->done < reasoner->count; reasoner->done++) {
    if (goal && og_reasoner_find(reasoner, goal->head, goal->relation, goal->tail) != OG_NO_FACT) {
      return OG_OK;
    }
    OG_TRY(report(reasoner, err));
    OG_TRY(draw(reasoner, reasoner->done, err));
    if (reasoner->count - reasoner->given > most) {
      *complete = false;
      return OG_OK;
    }
  }
  return OG_OK;
}
