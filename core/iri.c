#include "core/iri.h"

#include <string.h>

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Size of "scheme:", or 0. scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), RFC 3986
 * section 3.1 */
static size_t scheme_size(OgText iri) {
  if (iri.size == 0 || !is_letter(iri.data[0])) {
    return 0;
  }
  for (size_t i = 1; i < iri.size; i++) {
    const char c = iri.data[i];
    if (c == ':') {
      return i + 1;
    }
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') {
      return 0;
    }
  }
  return 0;
}

bool og_iri_is_absolute(OgText iri) {
  return scheme_size(iri) > 0;
}

/* Bytes from `from` to the first of the three characters that end a part, or to the end. */
static size_t until(OgText iri, size_t from, char a, char b, char c) {
  size_t at = from;
  while (at < iri.size && iri.data[at] != a && iri.data[at] != b && iri.data[at] != c) {
    at++;
  }
  return at - from;
}

OgIriParts og_iri_parts(OgText iri) {
  OgIriParts parts = {.scheme = scheme_size(iri)};
  size_t at = parts.scheme;
  if (iri.size - at >= 2 && memcmp(iri.data + at, "//", 2) == 0) {
    parts.authority = 2 + until(iri, at + 2, '/', '?', '#');
    at += parts.authority;
  }
  parts.path = until(iri, at, '?', '#', '#');
  at += parts.path;
  parts.query = until(iri, at, '#', '#', '#');
  parts.fragment = iri.size - at - parts.query;
  return parts;
}

bool og_iri_is_clean(OgText iri) {
  static const char forbidden[256] = {
      ['<'] = 1, ['>'] = 1, ['"'] = 1, ['{'] = 1, ['}'] = 1, ['|'] = 1, ['\\'] = 1,
      ['^'] = 1, ['`'] = 1, [0] = 1,   [1] = 1,   [2] = 1,   [3] = 1,   [4] = 1,
      [5] = 1,   [6] = 1,   [7] = 1,   [8] = 1,   [9] = 1,   [10] = 1,  [11] = 1,
      [12] = 1,  [13] = 1,  [14] = 1,  [15] = 1,  [16] = 1,  [17] = 1,  [18] = 1,
      [19] = 1,  [20] = 1,  [21] = 1,  [22] = 1,  [23] = 1,  [24] = 1,  [25] = 1,
      [26] = 1,  [27] = 1,  [28] = 1,  [29] = 1,  [30] = 1,  [31] = 1,  [32] = 1,
  };
  char found = 0;
  for (size_t i = 0; i < iri.size; i++) {
    found |= forbidden[(unsigned char)iri.data[i]];
  }
  return !found;
}

static bool begins(const char *at, const char *end, const char *with) {
  const size_t size = strlen(with);
  return (size_t)(end - at) >= size && memcmp(at, with, size) == 0;
}

static bool equals(const char *at, const char *end, const char *text) {
  return (size_t)(end - at) == strlen(text) && begins(at, end, text);
}

/* The write position with the last segment and the slash before it taken back. */
static char *drop_segment(char *start, char *write) {
  while (write > start && *--write != '/') {
  }
  return write;
}

/* Remove dot segments in place (RFC 3986 section 5.2.4, steps A to E); returns the new size. */
static size_t remove_dot_segments(char *path, size_t size) {
  const char *read = path;
  const char *const end = path + size;
  char *write = path;
  while (read < end) {
    if (begins(read, end, "../")) { /* A */
      read += 3;
    } else if (begins(read, end, "./")) {
      read += 2;
    } else if (begins(read, end, "/./")) { /* B */
      read += 2;
    } else if (equals(read, end, "/.")) {
      *write++ = '/';
      read = end;
    } else if (begins(read, end, "/../")) { /* C */
      write = drop_segment(path, write);
      read += 3;
    } else if (equals(read, end, "/..")) {
      write = drop_segment(path, write);
      *write++ = '/';
      read = end;
    } else if (equals(read, end, ".") || equals(read, end, "..")) { /* D */
      read = end;
    } else { /* E */
      do {
        *write++ = *read++;
      } while (read < end && *read != '/');
    }
  }
  return (size_t)(write - path);
}

/* Append base's path up to its last slash, or a slash where an authority has no path
 * (section 5.2.3). */
static OgStatus merge(OgText base, const OgIriParts *parts, OgBuffer *out, OgError *err) {
  if (parts->authority > 0 && parts->path == 0) {
    return og_buffer_append(out, "/", 1, err);
  }
  const char *path = base.data + parts->scheme + parts->authority;
  const char *slash = parts->path > 0 ? memrchr(path, '/', parts->path) : NULL;
  return og_buffer_append(out, path, slash ? (size_t)(slash - path) + 1 : 0, err);
}

OgStatus og_iri_resolve_into(OgText base, OgText reference, OgBuffer *out, OgError *err) {
  const OgIriParts r = og_iri_parts(reference);
  if (r.scheme > 0) {
    return og_buffer_append(out, reference.data, reference.size, err);
  }
  const OgIriParts b = og_iri_parts(base);
  const size_t kept = r.authority > 0 ? b.scheme : b.scheme + b.authority;
  const char *r_path = reference.data + r.authority;
  if (r.authority == 0 && r.path == 0) {
    /* "", "?query" and "#fragment" keep the path as it is, and the first and last the query too. */
    const size_t same = kept + b.path + (r.query > 0 ? 0 : b.query);
    OG_TRY(og_buffer_append(out, base.data, same, err));
    return og_buffer_append(out, reference.data, reference.size, err);
  }
  OG_TRY(og_buffer_append(out, base.data, kept, err));
  OG_TRY(og_buffer_append(out, reference.data, r.authority, err));
  const size_t path = out->size;
  if (r.authority == 0 && r_path[0] != '/') {
    OG_TRY(merge(base, &b, out, err));
  }
  OG_TRY(og_buffer_append(out, r_path, r.path, err));
  out->size = path + remove_dot_segments(out->data + path, out->size - path);
  return og_buffer_append(out, r_path + r.path, r.query + r.fragment, err);
}
