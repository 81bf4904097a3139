#include "kg/frames.h"

#include "kg/tuples.h"

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

/* The first of the rows (count, width) that is wanted in its first columns (columns); count when
 * none is. */
static size_t find(const void *rows, size_t count, size_t width, const uint32_t *wanted,
                   size_t columns) {
  const uint32_t *numbers = rows;
  const size_t row = og_tuples_find(numbers, count, width, wanted, columns);
  const bool found =
      row < count && memcmp(numbers + row * width, wanted, columns * sizeof *wanted) == 0;
  return found ? row : count;
}

size_t og_frame_statement(const OgDerivation *in, const OgStatement *like) {
  _Static_assert(sizeof *like == 4 * sizeof(uint32_t), "a statement is a tuple of four");
  const uint32_t wanted[] = {like->subject, like->predicate, like->object};
  return find(in->level0->statements, in->level0->count, 4, wanted, OG_COUNT(wanted));
}

size_t og_frame_edge(const OgDerivation *in, const OgEdgeTuple *like) {
  _Static_assert(sizeof *like == 5 * sizeof(uint32_t), "an edge is a tuple of five");
  const uint32_t wanted[] = {like->head, like->relation, like->tail, like->via};
  return find(in->edges, in->edge_count, 5, wanted, OG_COUNT(wanted));
}
