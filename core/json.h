/* json: JSON files (jansson) with our limits and our errors. */
#ifndef OG_CORE_JSON_H
#define OG_CORE_JSON_H

#include "core/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Parse text; name stands in messages. Duplicate keys are refused. On OG_OK the caller owns *json
 * (json_decref). Bad JSON, and such as is nested over 100 deep or has over 4 million values, is
 * `fault` (OG_BAD_STORE for model files, OG_BAD_DATA for the user's data) with line and column. */
OG_API OG_MUST_CHECK OgStatus og_json_parse(const char *text, size_t size, const char *name,
                                            OgStatus fault, json_t **json, OgError *err);

/* The same from a file of at most limit bytes. */
OG_API OG_MUST_CHECK OgStatus og_json_load(const char *path, size_t limit, OgStatus fault,
                                           json_t **json, OgError *err);

/* Replace the file at path with json, indented by two, in one step. */
OG_API OG_MUST_CHECK OgStatus og_json_save(const char *path, const json_t *json, OgError *err);

#endif
