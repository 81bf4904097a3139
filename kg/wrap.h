/* wrap: labels in lines of a width, for pictures.
 *
 * Nobody knows the reader's font here, so widths are estimates on the safe side: of ASCII, those of
 * Helvetica and a seventh more; of other scripts, by the columns that characters take on a
 * terminal. The unit is the em, the font's size. */
#ifndef OG_KG_WRAP_H
#define OG_KG_WRAP_H

#include "core/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum { OG_WRAP_LINES = 3 };

typedef struct OgLine {
  const char *text;
  size_t size;
} OgLine;

typedef struct OgLines {
  OgLine items[OG_WRAP_LINES];
  size_t count;
  bool cut;    /* there was more: the last line wants an ellipsis, which has room */
  bool broken; /* somewhere inside of a word */
} OgLines;

/* A copy of a label in which all is printable: white space and controls are spaces, and what is no
 * UTF-8, or no character of XML, is U+FFFD. Marks that turn the direction of text are left out.
 * NULL when out of memory. */
char *og_wrap_clean(const char *label, OgArena *arena);

double og_wrap_width(const char *text, size_t size);

/* Break text (og_wrap_clean) into lines of at most this width. It is broken after spaces, hyphens
 * and the like, between ideographs, before the humps of camelCase, and anywhere in what is too long
 * otherwise, but never inside of a grapheme. One that is wider by itself stands on its own line. */
void og_wrap(const char *text, double width, OgLines *lines);

#endif
