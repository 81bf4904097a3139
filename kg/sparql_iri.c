#include "kg/sparql_iri.h"

#include "core/iri.h"

#include <ctype.h>
#include <string.h>

OgStatus og_iri_resolve(const char *base, OgText reference, OgArena *arena, OgText *resolved,
                        OgError *err) {
  const OgText from = {base, base ? strlen(base) : 0};
  OgBuffer text = OG_BUFFER_INIT;
  *resolved = reference;
  if (!og_iri_is_absolute(from) || og_iri_is_absolute(reference)) {
    return OG_OK;
  }
  OgStatus status = og_iri_resolve_into(from, reference, &text, err);
  if (status == OG_OK) {
    const char *kept = og_arena_copy(arena, text.data ? text.data : "", text.size);
    *resolved = (OgText){kept, text.size};
    status = kept ? OG_OK : og_error_no_memory(err);
  }
  og_buffer_clear(&text);
  return status;
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
