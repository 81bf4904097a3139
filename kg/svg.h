/* svg: how pictures are written: markup out of a format, numbers and texts.
 *
 * The first fault is kept in status and nothing is written after it, so that callers look once, at
 * the end. */
#ifndef OG_KG_SVG_H
#define OG_KG_SVG_H

#include "core/buffer.h"

#include <stdarg.h>

typedef struct OgSvg {
  OgBuffer *to;
  OgError *err;
  OgStatus status;
} OgSvg;

/* In format, % is a number (double), rounded to tenths whatever the locale, $ a text to escape and
 * @ one that is markup already. */
void og_svg_put(OgSvg *svg, const char *format, ...);
void og_svg_vput(OgSvg *svg, const char *format, va_list arguments);

#endif
