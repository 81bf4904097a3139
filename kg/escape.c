#include "kg/escape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 8 };

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* What is written for a byte, in room where it has to be made; NULL: the byte itself. */
typedef const char *Instead(unsigned char c, char room[ROOM]);

static OgStatus append(OgText text, Instead *instead, OgBuffer *to, OgError *err) {
  char room[ROOM];
  size_t start = 0;
  for (size_t k = 0; k < text.size; k++) {
    const char *other = instead((unsigned char)text.data[k], room);
    if (other) {
      OG_TRY(og_buffer_append(to, text.data + start, k - start, err));
      OG_TRY(og_buffer_text(to, other, err));
      start = k + 1;
    }
  }
  return og_buffer_append(to, text.data + start, text.size - start, err);
}

static OgStatus append_quoted(OgText text, Instead *instead, OgBuffer *to, OgError *err) {
  OG_TRY(og_buffer_append(to, "\"", 1, err));
  OG_TRY(append(text, instead, to, err));
  return og_buffer_append(to, "\"", 1, err);
}

static bool is_control(unsigned char c) {
  return c < ' ' || c == 0x7f;
}

static const char *code(unsigned char c, char room[ROOM]) {
  snprintf(room, ROOM, "\\u%04X", c);
  return room;
}

static const char *json_code(unsigned char c, char room[ROOM]) {
  snprintf(room, ROOM, "\\u%04x", c);
  return room;
}

static const char *in_string(unsigned char c, char room[ROOM]) {
  switch (c) {
  case '"':
    return "\\\"";
  case '\\':
    return "\\\\";
  case '\b':
    return "\\b";
  case '\t':
    return "\\t";
  case '\n':
    return "\\n";
  case '\f':
    return "\\f";
  case '\r':
    return "\\r";
  default:
    return is_control(c) ? code(c, room) : NULL;
  }
}

static const char *in_iri(unsigned char c, char room[ROOM]) {
  switch (c) {
  case '<':
  case '>':
  case '"':
  case '{':
  case '}':
  case '|':
  case '^':
  case '`':
  case '\\':
    return code(c, room);
  default:
    return c <= ' ' ? code(c, room) : NULL;
  }
}

static const char *in_json(unsigned char c, char room[ROOM]) {
  return c == '"' ? "\\\"" : c == '\\' ? "\\\\" : is_control(c) ? json_code(c, room) : NULL;
}

static const char *in_xml(unsigned char c, char room[ROOM]) {
  (void)room;
  switch (c) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  case '\t':
    return "&#9;";
  case '\n':
    return "&#10;";
  case '\r':
    return "&#13;";
  default:
    return c < ' ' ? REPLACEMENT : NULL;
  }
}

static const char *in_csv(unsigned char c, char room[ROOM]) {
  (void)room;
  return c == '"' ? "\"\"" : NULL;
}

OgStatus og_escape_string(OgText text, OgBuffer *to, OgError *err) {
  return append_quoted(text, in_string, to, err);
}

OgStatus og_escape_iri(OgText iri, OgBuffer *to, OgError *err) {
  OG_TRY(og_buffer_append(to, "<", 1, err));
  OG_TRY(append(iri, in_iri, to, err));
  return og_buffer_append(to, ">", 1, err);
}

OgStatus og_escape_json(OgText text, OgBuffer *to, OgError *err) {
  return append_quoted(text, in_json, to, err);
}

/* XML 1.0 (5th edition), production 2: U+FFFE and U+FFFF, too, are no characters of XML. */
OgStatus og_escape_xml(OgText text, OgBuffer *to, OgError *err) {
  size_t start = 0;
  for (size_t k = 0; k + 3 <= text.size; k++) {
    const char *at = text.data + k;
    if (memcmp(at, "\xEF\xBF\xBE", 3) == 0 || memcmp(at, "\xEF\xBF\xBF", 3) == 0) {
      OG_TRY(append((OgText){text.data + start, k - start}, in_xml, to, err));
      OG_TRY(og_buffer_text(to, REPLACEMENT, err));
      start = k + 3;
    }
  }
  return append((OgText){text.data + start, text.size - start}, in_xml, to, err);
}

OgStatus og_escape_csv(OgText text, OgBuffer *to, OgError *err) {
  for (size_t k = 0; k < text.size; k++) {
    if (text.data[k] != '\0' && strchr("\",\r\n", text.data[k])) {
      return append_quoted(text, in_csv, to, err);
    }
  }
  return og_buffer_append(to, text.data, text.size, err);
}
