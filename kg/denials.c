#include "kg/denials.h"

#include "core/arcs.h"
#include "core/buffer.h"
#include "core/intern.h"
#include "core/memory.h"
#include "core/spill.h"
#include "kg/frames.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*   _:n a owl:NegativePropertyAssertion; sourceIndividual A; assertionProperty P; targetIndividual
 * B
 *
 * takes away the edges of A P B, whoever says that. The arcs of XBRL are finer than edges: several
 * may lie between the same ends, each told by a node of its own (owl:Axiom) with its role, order
 * and so on. A denial that has such, too, takes away those that say the same with no higher
 * priority (XBRL 2.1, section 3.5.3.9.7.5), and the edge when none is left. */

/* A node that tells of an arc. Those of one statement follow one another, among them those that
 * tell the same, by priority: what denials take away of these is their beginning. */
typedef struct Arc {
  uint32_t subject, predicate, object;
  uint32_t told; /* number in Denials.told */
  long priority;
  uint32_t node;
  uint32_t denied; /* of the first that tells this: how many of them are taken away */
  uint32_t left;   /* of the first of the statement: how many of its arcs are not */
} Arc;

typedef struct Denials {
  OgDerivation *in;
  OgIntern *values; /* of properties of arcs, as they are compared */
  OgIntern *told;   /* what nodes tell of their arcs: predicate, value, predicate, … */
  OgBuffer key, value;
  Arc *arcs; /* (arc_count) of all nodes that speak of a statement, in order */
  size_t arc_count, arc_capacity;
  bool *dropped; /* (edges of in) */
} Denials;

static OgMeaning meaning_of(const OgDerivation *in, size_t statement) {
  return og_rule_of(in, in->level0->statements[statement].predicate)->meaning;
}

/* Whether a statement is the first of its node that has this meaning. Statements are in order of
 * subject and predicate. */
static bool is_first(const OgDerivation *in, size_t statement, OgMeaning meaning, uint32_t *last) {
  const uint32_t node = in->level0->statements[statement].subject;
  const bool first = meaning_of(in, statement) == meaning && node != *last;
  *last = first ? node : *last;
  return first;
}

static void mark(OgDerivation *in, uint32_t node) {
  memset(in->readings + in->start[node], OG_READ_DENIED, in->start[node + 1] - in->start[node]);
}

/* ---- Arcs ---- */

/* The first statement from this one on, of the node whose statements end at `end`, that tells which
 * arc it is. */
static size_t next_of_arc(const OgDerivation *in, size_t from, size_t end) {
  while (from < end && meaning_of(in, from) != OG_MEANS_ARC) {
    from++;
  }
  return from;
}

static bool tells_arc(const OgDerivation *in, uint32_t node) {
  const size_t end = in->start[node + 1];
  return next_of_arc(in, in->start[node], end) < end;
}

/* Append to denials->key what a statement tells of an arc; nothing when it would be so anyway. */
static OgStatus append_told(Denials *denials, const OgStatement *said, OgError *err) {
  const OgLevel0 *level0 = denials->in->level0;
  OgTermView view;
  uint32_t pair[2] = {said->predicate, 0};
  og_buffer_reset(&denials->value);
  OG_TRY(level0->term(level0->data, said->object, &view, err));
  OG_TRY(
      og_arc_value(og_rule_of(denials->in, said->predicate)->iri, view.text, &denials->value, err));
  if (denials->value.size == 0) {
    return OG_OK;
  }
  OG_TRY(og_intern_add(denials->values, denials->value.data, denials->value.size, &pair[1], NULL,
                       err));
  return og_buffer_append(&denials->key, pair, sizeof pair, err);
}

/* denials->key = what a node tells of its arc. Statements of a node are in order of predicates. */
static OgStatus read_told(Denials *denials, uint32_t node, OgError *err) {
  const OgDerivation *in = denials->in;
  const size_t end = in->start[node + 1];
  og_buffer_reset(&denials->key);
  for (size_t k = next_of_arc(in, in->start[node], end); k < end; k = next_of_arc(in, k + 1, end)) {
    OG_TRY(append_told(denials, &in->level0->statements[k], err));
  }
  return OG_OK;
}

/* Of a node's arc; 0 when it has none. */
static OgStatus read_priority(const OgDerivation *in, uint32_t node, long *priority, OgError *err) {
  *priority = 0;
  for (size_t k = in->start[node]; k < in->start[node + 1]; k++) {
    if (meaning_of(in, k) == OG_MEANS_PRIORITY) {
      OgTermView view;
      char number[32] = "";
      OG_TRY(in->level0->term(in->level0->data, in->level0->statements[k].object, &view, err));
      memcpy(number, view.text.data,
             view.text.size < sizeof number ? view.text.size : sizeof number - 1);
      *priority = strtol(number, NULL, 10);
    }
  }
  return OG_OK;
}

static OgStatus add_arc(Denials *denials, const OgStatement *about, uint32_t node, OgError *err) {
  if (denials->arc_count == denials->arc_capacity) {
    const size_t capacity = denials->arc_capacity ? denials->arc_capacity * 2 : 256;
    Arc *grown = og_realloc(denials->arcs, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    denials->arcs = grown;
    denials->arc_capacity = capacity;
  }
  Arc *arc = &denials->arcs[denials->arc_count++];
  *arc = (Arc){about->subject, about->predicate, about->object, .node = node};
  OG_TRY(read_told(denials, node, err));
  OG_TRY(og_intern_add(denials->told, denials->key.data, denials->key.size, &arc->told, NULL, err));
  return read_priority(denials->in, node, &arc->priority, err);
}

static int compare_numbers(uint32_t a, uint32_t b) {
  return (a > b) - (a < b);
}

/* By statement. */
static int compare_about(const Arc *a, const Arc *b) {
  int order = compare_numbers(a->subject, b->subject);
  order = order ? order : compare_numbers(a->predicate, b->predicate);
  return order ? order : compare_numbers(a->object, b->object);
}

/* By statement and what is told. */
static int compare_told(const Arc *a, const Arc *b) {
  const int order = compare_about(a, b);
  return order ? order : compare_numbers(a->told, b->told);
}

static int by_priority(const void *left, const void *right) {
  const Arc *a = left, *b = right;
  const int order = compare_told(a, b);
  return order ? order : (a->priority > b->priority) - (a->priority < b->priority);
}

static OgStatus find_arcs(Denials *denials, OgError *err) {
  const OgDerivation *in = denials->in;
  uint32_t last = 0;
  for (size_t k = 0; k < in->level0->count; k++) {
    og_spill_step(k);
    const uint32_t node = in->level0->statements[k].subject;
    OgStatement about;
    if (is_first(in, k, OG_MEANS_ABOUT_SUBJECT, &last) && tells_arc(in, node) &&
        og_frame_read(in, node, OG_MEANS_ABOUT_SUBJECT, &about)) {
      OG_TRY(add_arc(denials, &about, node, err));
    }
  }
  if (denials->arc_count > 1) {
    qsort(denials->arcs, denials->arc_count, sizeof(Arc), by_priority);
  }
  Arc *first = denials->arcs;
  for (size_t k = 0; k < denials->arc_count; k++) {
    first = compare_about(first, &denials->arcs[k]) == 0 ? first : &denials->arcs[k];
    first->left++;
  }
  return OG_OK;
}

/* The first arc that compares as equal to this one, NULL when there is none. */
static Arc *first_arc(const Denials *denials, const Arc *wanted,
                      int (*compare)(const Arc *, const Arc *)) {
  size_t low = 0, high = denials->arc_count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const bool before = compare(&denials->arcs[middle], wanted) < 0;
    low = before ? middle + 1 : low;
    high = before ? high : middle;
  }
  Arc *arc = low < denials->arc_count ? &denials->arcs[low] : NULL;
  return arc && compare(arc, wanted) == 0 ? arc : NULL;
}

/* ---- Taking away ---- */

/* Take away the arcs that a node denies; *all: there are some, and none is left. */
static OgStatus deny_arcs(Denials *denials, uint32_t node, const OgStatement *about, bool *all,
                          OgError *err) {
  OgDerivation *in = denials->in;
  Arc wanted = {about->subject, about->predicate, about->object, .node = node};
  *all = false;
  OG_TRY(read_told(denials, node, err));
  OG_TRY(read_priority(in, node, &wanted.priority, err));
  wanted.told = og_intern_find(denials->told, denials->key.data, denials->key.size);
  Arc *same = first_arc(denials, &wanted, compare_told);
  if (!same) {
    return OG_OK;
  }
  Arc *first = first_arc(denials, &wanted, compare_about);
  const Arc *end = denials->arcs + denials->arc_count;
  for (const Arc *arc = same + same->denied;
       arc < end && compare_told(arc, same) == 0 && arc->priority <= wanted.priority; arc++) {
    mark(in, arc->node);
    mark(in, node);
    same->denied++;
    first->left--;
    *all = first->left == 0;
  }
  return OG_OK;
}

static OgStatus drop_edges(Denials *denials, uint32_t node, const OgStatement *about,
                           OgError *err) {
  OgDerivation *in = denials->in;
  const OgEdgeTuple *edges;
  size_t count;
  OG_TRY(og_derive_edges(in, about, &edges, &count, err));
  for (size_t k = 0; k < count; k++) {
    for (size_t edge = og_frame_edge(in, &edges[k]);
         edge < in->edge_count && memcmp(&in->edges[edge], &edges[k], 4 * sizeof(uint32_t)) == 0;
         edge++) {
      denials->dropped[edge] = true;
      mark(in, node);
    }
  }
  for (size_t k = og_frame_statement(in, about); k < in->start[about->subject + 1]; k++) {
    const OgStatement *statement = &in->level0->statements[k];
    if (statement->predicate != about->predicate || statement->object != about->object) {
      break; /* behind those of all sources */
    }
    in->readings[k] = in->readings[k] == OG_READ_EDGE ? OG_READ_DENIED : in->readings[k];
  }
  return OG_OK;
}

static OgStatus apply(Denials *denials, uint32_t node, OgError *err) {
  OgDerivation *in = denials->in;
  OgStatement about;
  bool inverse, all = true;
  if (!og_frame_read(in, node, OG_MEANS_DENIED_SUBJECT, &about)) {
    return OG_OK;
  }
  about.predicate = og_property_of(in, about.predicate, &inverse);
  if (inverse) {
    const uint32_t subject = about.subject;
    about.subject = about.object;
    about.object = subject;
  }
  if (about.predicate && tells_arc(in, node)) {
    OG_TRY(deny_arcs(denials, node, &about, &all, err));
  }
  return about.predicate && all ? drop_edges(denials, node, &about, err) : OG_OK;
}

static OgStatus apply_all(Denials *denials, OgError *err) {
  OgDerivation *in = denials->in;
  denials->dropped = OG_NEW_ARRAY(bool, in->edge_count);
  if (!denials->dropped) {
    return og_error_no_memory(err);
  }
  OG_TRY(find_arcs(denials, err));
  uint32_t last = 0;
  for (size_t k = 0; k < in->level0->count; k++) {
    og_spill_step(k);
    if (is_first(in, k, OG_MEANS_DENIED_SUBJECT, &last)) {
      OG_TRY(apply(denials, in->level0->statements[k].subject, err));
    }
  }
  size_t kept = 0;
  for (size_t k = 0; k < in->edge_count; k++) {
    og_spill_step(k);
    if (!denials->dropped[k]) {
      in->edges[kept++] = in->edges[k];
    }
  }
  in->edge_count = kept;
  return OG_OK;
}

OgStatus og_denials_apply(OgDerivation *in, OgError *err) {
  Denials denials = {.in = in};
  bool any = false;
  for (size_t k = 0; k < in->level0->count && !any; k++) {
    og_spill_step(k);
    any = meaning_of(in, k) == OG_MEANS_DENIED_SUBJECT;
  }
  if (!any) {
    return OG_OK;
  }
  denials.told = og_intern_new();
  denials.values = og_intern_new();
  const OgStatus status =
      denials.told && denials.values ? apply_all(&denials, err) : og_error_no_memory(err);
  og_intern_free(denials.told);
  og_intern_free(denials.values);
  og_buffer_clear(&denials.value);
  og_buffer_clear(&denials.key);
  og_free(denials.arcs);
  og_free(denials.dropped);
  return status;
}
