#include "kg/sparql_iri.h"

#include <ctype.h>
#include <serd/serd.h>
#include <string.h>

static size_t append(const void *bytes, size_t size, void *buffer) {
  return og_buffer_append(buffer, bytes, size, NULL) == OG_OK ? size : 0;
}

OgStatus og_iri_resolve(const char *base, OgText reference, OgArena *arena, OgText *resolved,
                        OgError *err) {
  SerdURI base_uri;
  SerdURI uri;
  SerdURI whole;
  *resolved = reference;
  if (!base || serd_uri_parse((const uint8_t *)base, &base_uri) != SERD_SUCCESS ||
      base_uri.scheme.len == 0) {
    return OG_OK;
  }
  const char *copy = og_arena_copy(arena, reference.data, reference.size);
  if (!copy) {
    return og_error_no_memory(err);
  }
  if (serd_uri_parse((const uint8_t *)copy, &uri) != SERD_SUCCESS || uri.scheme.len > 0) {
    return OG_OK;
  }
  OgBuffer text = OG_BUFFER_INIT;
  serd_uri_resolve(&uri, &base_uri, &whole);
  serd_uri_serialise(&whole, append, &text);
  const char *kept = og_arena_copy(arena, text.data ? text.data : "", text.size);
  *resolved = (OgText){kept, text.size};
  og_buffer_clear(&text);
  return kept ? OG_OK : og_error_no_memory(err);
}

OgStatus og_iri_encode(OgText text, OgBuffer *encoded, OgError *err) {
  for (size_t k = 0; k < text.size; k++) {
    const unsigned char c = (unsigned char)text.data[k];
    if (c < 128 && (isalnum(c) || strchr("-_.~", c)) && c != '\0') {
      OG_TRY(og_buffer_append(encoded, &text.data[k], 1, err));
    } else {
      OG_TRY(og_buffer_format(encoded, err, "%%%02X", c));
    }
  }
  return OG_OK;
}
