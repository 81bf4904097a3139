/* opening: faults that the first bytes of a file show, whatever reads it: it is empty, or in an
 * encoding that is not read. */
#ifndef OG_INGEST_OPENING_H
#define OG_INGEST_OPENING_H

#include "core/input.h"
#include "core/quad.h"

#include <stdbool.h>

/* How a text that begins with these bytes is encoded, by its byte order mark or its zero bytes:
 * "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"; NULL for UTF-8 and whatever else has a byte for
 * a letter. Eight bytes tell. */
const char *og_opening_encoding(OgText bytes);

/* Refuse an input in UTF-32 and, unless that is read, in UTF-16: OG_BAD_DATA, with how to convert
 * it. Nothing is consumed. */
OG_MUST_CHECK OgStatus og_opening_check(OgInput *input, bool utf16_is_read, OgError *err);

/* OG_BAD_DATA: there is nothing in it. */
OgStatus og_opening_empty(const OgInput *input, OgError *err);

#endif
