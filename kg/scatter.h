/* scatter: points of the plane as a picture, for slides and pages.
 *
 * The text stands alone: no scripts, no fonts, nothing from elsewhere. Groups have colours that
 * colour-blind people can tell from one another (Tol 2021, scheme "muted"); each point tells its
 * name under the mouse, and a few prominent ones bear it. */
#ifndef OG_KG_SCATTER_H
#define OG_KG_SCATTER_H

#include "core/arena.h"
#include "core/buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum { OG_SCATTER_GROUPS = 9 };

typedef struct OgScatterPoint {
  double x, y; /* any unit; y grows upwards */
  const char *label, *id;
  uint32_t group;    /* others: groups of the picture */
  double prominence; /* the most prominent bear their names, where there is room */
} OgScatterPoint;

typedef struct OgScatterGroup {
  const char *name;
  size_t count;
} OgScatterGroup;

typedef struct OgScatter {
  const char *title, *note; /* note: a line below; may be NULL */
  const OgScatterPoint *points;
  size_t count;
  OgScatterGroup groups[OG_SCATTER_GROUPS];
  size_t group_count;
  size_t others;            /* points of no group */
  const char *others_label; /* "other" */
} OgScatter;

/* Append the picture as SVG 1.1, or the same within a page. Fails only with OG_NO_MEMORY. */
OG_API OG_MUST_CHECK OgStatus og_scatter_svg(const OgScatter *scatter, OgBuffer *to, OgError *err);
OG_API OG_MUST_CHECK OgStatus og_scatter_html(const OgScatter *scatter, OgBuffer *to, OgError *err);

#endif
