#include "kg/denials.h"

#include "core/memory.h"
#include "kg/frames.h"
#include "kg/tuples.h"

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

/* A node that tells of an arc. */
typedef struct Arc {
  uint32_t subject, predicate, object, node;
} Arc;

typedef struct Denials {
  OgDerivation *in;
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

/* Two nodes tell the same of their arcs. Statements of a node are in order. */
static bool tell_the_same(const OgDerivation *in, uint32_t a, uint32_t b) {
  const size_t ends[] = {in->start[a + 1], in->start[b + 1]};
  size_t at[] = {in->start[a], in->start[b]};
  for (;; at[0]++, at[1]++) {
    at[0] = next_of_arc(in, at[0], ends[0]);
    at[1] = next_of_arc(in, at[1], ends[1]);
    if (at[0] == ends[0] || at[1] == ends[1]) {
      return at[0] == ends[0] && at[1] == ends[1];
    }
    const OgStatement *said[] = {&in->level0->statements[at[0]], &in->level0->statements[at[1]]};
    if (said[0]->predicate != said[1]->predicate || said[0]->object != said[1]->object) {
      return false;
    }
  }
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

static OgStatus add_arc(Denials *denials, const Arc *arc, OgError *err) {
  if (denials->arc_count == denials->arc_capacity) {
    const size_t capacity = denials->arc_capacity ? denials->arc_capacity * 2 : 256;
    Arc *grown = og_realloc(denials->arcs, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    denials->arcs = grown;
    denials->arc_capacity = capacity;
  }
  denials->arcs[denials->arc_count++] = *arc;
  return OG_OK;
}

static OgStatus find_arcs(Denials *denials, OgError *err) {
  const OgDerivation *in = denials->in;
  uint32_t last = 0;
  _Static_assert(sizeof(Arc) == 4 * sizeof(uint32_t), "an arc is a tuple of four");
  for (size_t k = 0; k < in->level0->count; k++) {
    const uint32_t node = in->level0->statements[k].subject;
    OgStatement about;
    if (is_first(in, k, OG_MEANS_ABOUT_SUBJECT, &last) && tells_arc(in, node) &&
        og_frame_read(in, node, OG_MEANS_ABOUT_SUBJECT, &about)) {
      OG_TRY(add_arc(denials, &(Arc){about.subject, about.predicate, about.object, node}, err));
    }
  }
  OG_TRY(og_tuples_sort((uint32_t *)denials->arcs, denials->arc_count, 4, err));
  denials->arc_count = og_tuples_unique((uint32_t *)denials->arcs, denials->arc_count, 4);
  return OG_OK;
}

/* The first of the arcs of a statement; they follow one another. */
static size_t first_arc(const Denials *denials, const OgStatement *about) {
  const uint32_t wanted[] = {about->subject, about->predicate, about->object};
  return og_tuples_find((const uint32_t *)denials->arcs, denials->arc_count, 4, wanted,
                        OG_COUNT(wanted));
}

/* ---- Taking away ---- */

/* Take away the arcs that a node denies; *all: there are some, and none is left. */
static OgStatus deny_arcs(Denials *denials, uint32_t node, const OgStatement *about, bool *all,
                          OgError *err) {
  OgDerivation *in = denials->in;
  size_t denied = 0, left = 0;
  long priority;
  OG_TRY(read_priority(in, node, &priority, err));
  for (size_t k = first_arc(denials, about); k < denials->arc_count; k++) {
    const Arc *arc = &denials->arcs[k];
    if (arc->subject != about->subject || arc->predicate != about->predicate ||
        arc->object != about->object) {
      break;
    }
    if (in->readings[in->start[arc->node]] == OG_READ_DENIED) {
      continue;
    }
    long other = 0;
    const bool same = tell_the_same(in, node, arc->node);
    OG_TRY(same ? read_priority(in, arc->node, &other, err) : OG_OK);
    if (same && other <= priority) {
      mark(in, arc->node);
      mark(in, node);
      denied++;
    } else {
      left++;
    }
  }
  *all = denied > 0 && left == 0;
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
    if (is_first(in, k, OG_MEANS_DENIED_SUBJECT, &last)) {
      OG_TRY(apply(denials, in->level0->statements[k].subject, err));
    }
  }
  size_t kept = 0;
  for (size_t k = 0; k < in->edge_count; k++) {
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
    any = meaning_of(in, k) == OG_MEANS_DENIED_SUBJECT;
  }
  const OgStatus status = any ? apply_all(&denials, err) : OG_OK;
  og_free(denials.arcs);
  og_free(denials.dropped);
  return status;
}
