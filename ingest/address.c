#include "ingest/address.h"

#include "core/iri.h"
#include "core/memory.h"
#include "ingest/archive.h"

#include <ctype.h>
#include <string.h>

/* Bytes of a path that stand for themselves in an IRI (RFC 3986 sections 2.3 and 3.3). */
static bool is_plain(unsigned char c) {
  return isalnum(c) || (c != '\0' && strchr("/-._~!$&'()*+,;=:@", c));
}

OgStatus og_address_encode(OgText path, OgBuffer *iri, OgError *err) {
  for (size_t at = 0; at < path.size; at++) {
    const unsigned char c = (unsigned char)path.data[at];
    OG_TRY(is_plain(c) ? og_buffer_append(iri, &c, 1, err)
                       : og_buffer_format(iri, err, "%%%02X", c));
  }
  return OG_OK;
}

OgStatus og_address_of(const char *path, OgBuffer *iri, OgError *err) {
  char *real = og_archive_real_path(path);
  if (!real) {
    return og_buffer_text(iri, "about:stdin", err);
  }
  OgStatus status;
  OG_GO(og_buffer_text(iri, "file://", err));
  status = og_address_encode((OgText){real, strlen(real)}, iri, err);
done:
  og_free(real);
  return status;
}

static int hex_digit(char c) {
  return c >= '0' && c <= '9'                 ? c - '0'
         : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                              : -1;
}

/* Append an encoded path. A zero byte empties all: no file has such a name. */
static OgStatus decode(OgText encoded, OgBuffer *path, OgError *err) {
  for (size_t at = 0; at < encoded.size; at++) {
    char c = encoded.data[at];
    if (c == '%' && at + 2 < encoded.size && hex_digit(encoded.data[at + 1]) >= 0 &&
        hex_digit(encoded.data[at + 2]) >= 0) {
      c = (char)(hex_digit(encoded.data[at + 1]) * 16 + hex_digit(encoded.data[at + 2]));
      at += 2;
    }
    if (c == '\0') {
      og_buffer_reset(path);
      return OG_OK;
    }
    OG_TRY(og_buffer_append(path, &c, 1, err));
  }
  return OG_OK;
}

static OgText without_fragment(OgText iri) {
  return (OgText){iri.data, iri.size - og_iri_parts(iri).fragment};
}

OgStatus og_address_path(OgText iri, OgBuffer *path, OgError *err) {
  static const char *const starts[] = {"file:///", "file://localhost/", "file:/"};
  og_buffer_reset(path);
  iri = without_fragment(iri);
  for (size_t k = 0; k < OG_COUNT(starts); k++) {
    const size_t size = strlen(starts[k]);
    const bool begins = iri.size > size && memcmp(iri.data, starts[k], size) == 0;
    if (begins && (k + 1 < OG_COUNT(starts) || iri.data[size] != '/')) {
      return decode((OgText){iri.data + size - 1, iri.size - size + 1}, path, err);
    }
  }
  return OG_OK;
}

/* The last folder that both IRIs are in: the size of their common start up to a slash. */
static size_t common_folder(OgText a, OgText b) {
  size_t size = 0;
  for (size_t k = 0; k < a.size && k < b.size && a.data[k] == b.data[k]; k++) {
    size = a.data[k] == '/' ? k + 1 : size;
  }
  return size;
}

/* Cut the last part off a path; false when there is none. */
static bool leave_folder(OgBuffer *path) {
  const char *slash = path->size > 0 ? strrchr(path->data, '/') : NULL;
  if (!slash) {
    return false;
  }
  path->size = (size_t)(slash - path->data);
  path->data[path->size] = '\0';
  return true;
}

OgStatus og_address_follow(const char *own, OgText base, OgText iri, OgBuffer *path, OgError *err) {
  const OgIriParts from = og_iri_parts(base), to = og_iri_parts(iri);
  const OgText start = {base.data, from.scheme + from.authority + from.path};
  const OgText end = {iri.data, to.scheme + to.authority + to.path};
  const size_t common = common_folder(start, end);
  og_buffer_reset(path);
  if (from.path == 0 || common <= from.scheme + from.authority) {
    return OG_OK;
  }
  OG_TRY(og_buffer_text(path, own, err));
  bool inside = leave_folder(path);
  for (size_t k = common; k < start.size && inside; k++) {
    inside = start.data[k] != '/' || leave_folder(path);
  }
  if (!inside) {
    og_buffer_reset(path);
    return OG_OK;
  }
  OG_TRY(og_buffer_text(path, "/", err));
  return decode((OgText){end.data + common, end.size - common}, path, err);
}
