#include "kg/svg.h"

#include "kg/escape.h"

#include <math.h>
#include <string.h>

static OgStatus write_number(OgSvg *svg, double number) {
  const long tenths = lround(number * 10);
  const long size = tenths < 0 ? -tenths : tenths;
  const char *sign = tenths < 0 ? "-" : "";
  return size % 10 == 0
             ? og_buffer_format(svg->to, svg->err, "%s%ld", sign, size / 10)
             : og_buffer_format(svg->to, svg->err, "%s%ld.%ld", sign, size / 10, size % 10);
}

void og_svg_vput(OgSvg *svg, const char *format, va_list arguments) {
  for (const char *at = format; *at && svg->status == OG_OK; at++) {
    const size_t plain = strcspn(at, "%$@");
    if (plain > 0) {
      svg->status = og_buffer_append(svg->to, at, plain, svg->err);
      at += plain - 1;
    } else if (*at == '%') {
      svg->status = write_number(svg, va_arg(arguments, double));
    } else {
      const char *text = va_arg(arguments, const char *);
      svg->status = *at == '$' ? og_escape_xml((OgText){text, strlen(text)}, svg->to, svg->err)
                               : og_buffer_text(svg->to, text, svg->err);
    }
  }
}

void og_svg_put(OgSvg *svg, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  og_svg_vput(svg, format, arguments);
  va_end(arguments);
}
