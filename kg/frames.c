#include "kg/frames.h"

#include <string.h>

bool og_frame_read(const OgDerivation *in, uint32_t node, OgMeaning first, OgStatement *about) {
  *about = (OgStatement){0};
  for (size_t k = in->start[node]; k < in->start[node + 1]; k++) {
    const OgStatement *statement = &in->level0->statements[k];
    const OgMeaning meaning = og_rule_of(in, statement->predicate)->meaning;
    about->source = statement->source;
    if (meaning == first) {
      about->subject = statement->object;
    } else if (meaning == first + 1) {
      about->predicate = statement->object;
    } else if (meaning == first + 2) {
      about->object = statement->object;
    }
  }
  return about->subject && about->predicate && about->object;
}

size_t og_frame_statement(const OgDerivation *in, const OgStatement *like) {
  size_t low = in->start[like->subject];
  size_t high = in->start[like->subject + 1];
  const size_t end = high;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const OgStatement *at = &in->level0->statements[middle];
    const bool before = at->predicate != like->predicate ? at->predicate < like->predicate
                                                         : at->object < like->object;
    low = before ? middle + 1 : low;
    high = before ? high : middle;
  }
  const OgStatement *found = &in->level0->statements[low];
  return low < end && found->predicate == like->predicate && found->object == like->object
             ? low
             : in->level0->count;
}

size_t og_frame_edge(const OgDerivation *in, const OgEdgeTuple *like) {
  enum { KEY = 4 * sizeof(uint32_t) };
  const uint32_t wanted[] = {like->head, like->relation, like->tail, like->via};
  size_t low = 0;
  size_t high = in->edge_count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const OgEdgeTuple *at = &in->edges[middle];
    const uint32_t there[] = {at->head, at->relation, at->tail, at->via};
    size_t k = 0;
    while (k < OG_COUNT(there) && there[k] == wanted[k]) {
      k++;
    }
    const bool before = k < OG_COUNT(there) && there[k] < wanted[k];
    low = before ? middle + 1 : low;
    high = before ? high : middle;
  }
  const bool found = low < in->edge_count && memcmp(&in->edges[low], wanted, KEY) == 0;
  return found ? low : in->edge_count;
}
