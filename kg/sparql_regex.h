/* sparql_regex: REGEX and REPLACE: the regular expressions of XPath (F&O, 5.6) on PCRE2.
 *
 * Compiled expressions are kept for the query; matching is bounded, and what goes over the bound
 * has no result. */
#ifndef OG_KG_SPARQL_REGEX_H
#define OG_KG_SPARQL_REGEX_H

#include "core/buffer.h"
#include "core/quad.h"

#include <stdbool.h>

typedef struct OgRegexCache OgRegexCache;

OgRegexCache *og_regex_cache_new(void);
void og_regex_cache_free(OgRegexCache *cache);

typedef enum OgRegexResult {
  OG_REGEX_NO,
  OG_REGEX_YES,
  OG_REGEX_ERROR, /* a bad expression, flag or replacement, or too much work */
  OG_REGEX_LONG   /* the result would be longer than it may be */
} OgRegexResult;

/* Whether an expression or its flags are bad: then `why` gets the reason, and for an expression the
 * character that it is noticed at, counted from 1. */
OG_MUST_CHECK OgStatus og_regex_check(OgText pattern, OgText flags, bool *bad, OgBuffer *why,
                                      OgError *err);

OgRegexResult og_regex_match(OgRegexCache *cache, OgText text, OgText pattern, OgText flags);

/* Replace `result` with text, all matches replaced; of `most` bytes at most. An expression that
 * matches nothing at all is an error (FORX0003). */
OG_MUST_CHECK OgStatus og_regex_replace(OgRegexCache *cache, OgText text, OgText pattern,
                                        OgText replacement, OgText flags, size_t most,
                                        OgRegexResult *done, OgBuffer *result, OgError *err);

#endif
