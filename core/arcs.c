#include "core/arcs.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

typedef enum Kind { DECIMAL, BOOLEAN } Kind;

/* Other properties are texts and IRIs without a default. */
static const struct {
  const char *property;
  Kind kind;
  const char *usual; /* NULL: it has no default */
} rows[] = {
    {"urn:xbrl:order", DECIMAL, "1"},
    {"urn:xbrl:weight", DECIMAL, NULL},
    {"urn:xbrl:closed", BOOLEAN, "false"}, /* Dimensions 1.0, section 2.3.3 */
    {"urn:xbrl:usable", BOOLEAN, "true"},  /* section 2.5.3.3 */
};

static bool is(OgText text, const char *word) {
  return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

static size_t count_digits(const char *at, const char *end) {
  size_t count = 0;
  while (at + count < end && isdigit((unsigned char)at[count])) {
    count++;
  }
  return count;
}

/* -12.5 of -012.50, as XSD's canonical form has it but for the ".0" of integers. */
static OgStatus append_decimal(OgText value, OgBuffer *out, OgError *err) {
  const char *at = value.data, *const end = value.data + value.size;
  const bool negative = at < end && *at == '-';
  at += at < end && (*at == '-' || *at == '+');
  const size_t whole = count_digits(at, end);
  const char *point = at + whole;
  const bool has_point = point < end && *point == '.';
  size_t part = has_point ? count_digits(point + 1, end) : 0;
  if (whole + part == 0 || point + has_point + part != end) {
    return og_buffer_append(out, value.data, value.size, err);
  }
  while (part > 0 && point[part] == '0') {
    part--;
  }
  while (at < point && *at == '0') {
    at++;
  }
  OG_TRY(og_buffer_text(out, negative && (at < point || part > 0) ? "-" : "", err));
  OG_TRY(at < point ? og_buffer_append(out, at, (size_t)(point - at), err)
                    : og_buffer_text(out, "0", err));
  return part > 0 ? og_buffer_append(out, point, part + 1, err) : OG_OK;
}

static OgStatus append_boolean(OgText value, OgBuffer *out, OgError *err) {
  if (is(value, "1") || is(value, "0")) {
    return og_buffer_text(out, value.data[0] == '1' ? "true" : "false", err);
  }
  return og_buffer_append(out, value.data, value.size, err);
}

OgStatus og_arc_value(const char *property, OgText value, OgBuffer *out, OgError *err) {
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    if (strcmp(property, rows[k].property) == 0) {
      const size_t before = out->size;
      OG_TRY(rows[k].kind == DECIMAL ? append_decimal(value, out, err)
                                     : append_boolean(value, out, err));
      if (rows[k].usual && out->size > before && strcmp(out->data + before, rows[k].usual) == 0) {
        out->size = before;
        out->data[before] = '\0';
      }
      return OG_OK;
    }
  }
  return og_buffer_append(out, value.data, value.size, err);
}
