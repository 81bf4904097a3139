#define PCRE2_CODE_UNIT_WIDTH 8

#include "kg/sparql_regex.h"

#include "core/memory.h"

#include <pcre2.h>
#include <string.h>

enum { KEPT = 8, MATCH_LIMIT = 2000000, HEAP_LIMIT_KIB = 20480 };

typedef struct Compiled {
  OgBuffer key; /* flags, a zero byte, the pattern */
  pcre2_code *code;
  pcre2_match_data *match;
  bool literal; /* flag q */
} Compiled;

struct OgRegexCache {
  Compiled rows[KEPT];
  size_t next; /* to be replaced */
  pcre2_match_context *context;
};

OgRegexCache *og_regex_cache_new(void) {
  OgRegexCache *cache = OG_NEW(OgRegexCache);
  if (cache) {
    cache->context = pcre2_match_context_create(NULL);
    if (!cache->context) {
      og_free(cache);
      return NULL;
    }
    pcre2_set_match_limit(cache->context, MATCH_LIMIT);
    pcre2_set_heap_limit(cache->context, HEAP_LIMIT_KIB);
  }
  return cache;
}

static void clear_row(Compiled *row) {
  pcre2_match_data_free(row->match);
  pcre2_code_free(row->code);
  row->match = NULL;
  row->code = NULL;
  og_buffer_reset(&row->key);
}

void og_regex_cache_free(OgRegexCache *cache) {
  if (cache) {
    for (size_t k = 0; k < KEPT; k++) {
      clear_row(&cache->rows[k]);
      og_buffer_clear(&cache->rows[k].key);
    }
    pcre2_match_context_free(cache->context);
    og_free(cache);
  }
}

/* The options of XPath's flags; false for a letter that is none. */
static bool read_flags(OgText flags, uint32_t *options, bool *spaced, bool *literal) {
  *options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
  *spaced = false;
  *literal = memchr(flags.size ? flags.data : "", 'q', flags.size) != NULL;
  for (size_t k = 0; k < flags.size; k++) {
    switch (flags.data[k]) {
    case 'i':
      *options |= PCRE2_CASELESS;
      break;
    case 's':
      *options |= *literal ? 0 : PCRE2_DOTALL;
      break;
    case 'm':
      *options |= *literal ? 0 : PCRE2_MULTILINE;
      break;
    case 'x':
      *spaced = !*literal;
      break;
    case 'q':
      break;
    default:
      return false;
    }
  }
  if (*literal) {
    *options = (*options & ~(uint32_t)PCRE2_DOLLAR_ENDONLY & ~(uint32_t)PCRE2_NEVER_BACKSLASH_C) |
               PCRE2_LITERAL;
  }
  return true;
}

/* Flag x: white space means nothing outside brackets. */
static OgStatus remove_spaces(OgText pattern, OgBuffer *without, OgError *err) {
  int brackets = 0;
  for (size_t k = 0; k < pattern.size; k++) {
    const char c = pattern.data[k];
    if (c == '\\' && k + 1 < pattern.size) {
      OG_TRY(og_buffer_append(without, &pattern.data[k++], 2, err));
      continue;
    }
    brackets += c == '[' ? 1 : c == ']' && brackets > 0 ? -1 : 0;
    if (brackets > 0 || c == '\0' || !strchr(" \t\n\r", c)) {
      OG_TRY(og_buffer_append(without, &c, 1, err));
    }
  }
  return OG_OK;
}

static pcre2_code *compile(OgText pattern, uint32_t options) {
  int code;
  PCRE2_SIZE offset;
  pcre2_code *compiled =
      pcre2_compile((PCRE2_SPTR)pattern.data, pattern.size, options, &code, &offset, NULL);
  if (compiled) {
    pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE); /* where there is none, it is interpreted */
  }
  return compiled;
}

static OgStatus fill_row(Compiled *row, OgText pattern, OgText flags, OgError *err) {
  uint32_t options;
  bool spaced;
  OgBuffer without = OG_BUFFER_INIT;
  OgStatus status = OG_OK;
  clear_row(row);
  if (!read_flags(flags, &options, &spaced, &row->literal)) {
    return OG_OK;
  }
  if (spaced) {
    OG_GO(remove_spaces(pattern, &without, err));
    pattern = (OgText){without.data ? without.data : "", without.size};
  }
  row->code = compile(pattern.size > 0 ? pattern : OG_TEXT(""), options);
  row->match = row->code ? pcre2_match_data_create_from_pattern(row->code, NULL) : NULL;
done:
  og_buffer_clear(&without);
  return status;
}

/* Characters in the first `size` bytes of UTF-8. */
static size_t count_characters(OgText text, size_t size) {
  size_t count = 0;
  for (size_t k = 0; k < size && k < text.size; k++) {
    count += ((unsigned char)text.data[k] & 0xC0) != 0x80;
  }
  return count;
}

OgStatus og_regex_check(OgText pattern, OgText flags, bool *bad, OgBuffer *why, OgError *err) {
  PCRE2_UCHAR reason[128];
  uint32_t options;
  bool spaced, literal;
  int code;
  PCRE2_SIZE offset;
  OgBuffer without = OG_BUFFER_INIT;
  OgStatus status = OG_OK;
  og_buffer_reset(why);
  *bad = !read_flags(flags, &options, &spaced, &literal);
  if (*bad) {
    return og_buffer_text(why, "flags are letters out of s, m, i, x and q", err);
  }
  if (spaced) {
    OG_GO(remove_spaces(pattern, &without, err));
    pattern = (OgText){without.data ? without.data : "", without.size};
  }
  pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)(pattern.size > 0 ? pattern.data : ""),
                                       pattern.size, options, &code, &offset, NULL);
  *bad = !compiled;
  pcre2_code_free(compiled);
  if (*bad && pcre2_get_error_message(code, reason, sizeof reason) > 0) {
    status = og_buffer_format(why, err, "%s, at character %zu%s", (const char *)reason,
                              count_characters(pattern, offset) + 1,
                              spaced ? " without white space" : "");
  }
done:
  og_buffer_clear(&without);
  return status;
}

/* The compiled expression, or one without code when it is bad. */
static OgStatus find(OgRegexCache *cache, OgText pattern, OgText flags, Compiled **found,
                     OgError *err) {
  for (size_t k = 0; k < KEPT; k++) {
    const OgBuffer *key = &cache->rows[k].key;
    if (key->size == flags.size + 1 + pattern.size && cache->rows[k].match &&
        memcmp(key->data, flags.size ? flags.data : "", flags.size) == 0 &&
        key->data[flags.size] == '\0' &&
        memcmp(key->data + flags.size + 1, pattern.size ? pattern.data : "", pattern.size) == 0) {
      *found = &cache->rows[k];
      return OG_OK;
    }
  }
  Compiled *row = &cache->rows[cache->next];
  cache->next = (cache->next + 1) % KEPT;
  OG_TRY(fill_row(row, pattern, flags, err));
  OG_TRY(og_buffer_append(&row->key, flags.data, flags.size, err));
  OG_TRY(og_buffer_append(&row->key, "", 1, err));
  OG_TRY(og_buffer_append(&row->key, pattern.data, pattern.size, err));
  *found = row;
  return OG_OK;
}

/* 1 found, 0 not found, negative an error; text that is not UTF-8 is one. */
static int match_at(const OgRegexCache *cache, const Compiled *row, OgText text, size_t at) {
  const uint32_t checked = at > 0 ? PCRE2_NO_UTF_CHECK : 0;
  const int found = pcre2_match(row->code, (PCRE2_SPTR)(text.size ? text.data : ""), text.size, at,
                                checked, row->match, cache->context);
  return found > 0 ? 1 : found == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

OgRegexResult og_regex_match(OgRegexCache *cache, OgText text, OgText pattern, OgText flags) {
  Compiled *row;
  if (find(cache, pattern, flags, &row, NULL) != OG_OK || !row->match) {
    return OG_REGEX_ERROR;
  }
  const int found = match_at(cache, row, text, 0);
  return found > 0 ? OG_REGEX_YES : found == 0 ? OG_REGEX_NO : OG_REGEX_ERROR;
}

/* Append the bytes of a group; one that the expression does not have is empty. */
static OgStatus append_group(const Compiled *row, OgText text, uint32_t group, OgBuffer *result,
                             OgError *err) {
  const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(row->match);
  if (group >= pcre2_get_ovector_count(row->match) || ends[2 * group] == PCRE2_UNSET) {
    return OG_OK;
  }
  return og_buffer_append(result, text.data + ends[2 * group],
                          ends[2 * group + 1] - ends[2 * group], err);
}

/* fn:replace: $N is a group, \$ and \\ stand for themselves, anything else of the two is an error.
 * N takes as many digits as there are groups for. A few bytes may ask for the text again and again:
 * past `most` bytes it ends. */
static OgStatus append_replacement(const Compiled *row, OgText text, OgText replacement,
                                   size_t most, bool *good, OgBuffer *result, OgError *err) {
  const uint32_t groups = pcre2_get_ovector_count(row->match);
  *good = true;
  for (size_t k = 0; k < replacement.size && *good && result->size <= most; k++) {
    const char c = replacement.data[k];
    const char next = k + 1 < replacement.size ? replacement.data[k + 1] : '\0';
    if (row->literal || (c != '$' && c != '\\')) {
      OG_TRY(og_buffer_append(result, &c, 1, err));
    } else if (c == '\\' && (next == '$' || next == '\\')) {
      OG_TRY(og_buffer_append(result, &next, 1, err));
      k++;
    } else if (c == '$' && next >= '0' && next <= '9') {
      uint32_t group = (uint32_t)(next - '0');
      for (k++; k + 1 < replacement.size && replacement.data[k + 1] >= '0' &&
                replacement.data[k + 1] <= '9' &&
                group * 10 + (uint32_t)(replacement.data[k + 1] - '0') < groups;
           k++) {
        group = group * 10 + (uint32_t)(replacement.data[k + 1] - '0');
      }
      OG_TRY(append_group(row, text, group, result, err));
    } else {
      *good = false;
    }
  }
  return OG_OK;
}

OgStatus og_regex_replace(OgRegexCache *cache, OgText text, OgText pattern, OgText replacement,
                          OgText flags, size_t most, OgRegexResult *done, OgBuffer *result,
                          OgError *err) {
  Compiled *row;
  size_t at = 0;
  *done = OG_REGEX_ERROR;
  og_buffer_reset(result);
  OG_TRY(find(cache, pattern, flags, &row, err));
  if (!row->match || match_at(cache, row, (OgText){"", 0}, 0) != 0) {
    return OG_OK;
  }
  for (;;) {
    const int found = match_at(cache, row, text, at);
    if (found < 0) {
      return OG_OK;
    }
    if (found == 0) {
      break;
    }
    bool good;
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(row->match);
    const size_t start = ends[0];
    const size_t end = ends[1];
    if (end <= at && end == start) {
      return OG_OK; /* an empty match, of an expression such as (?=a) */
    }
    OG_TRY(og_buffer_append(result, text.data + at, start - at, err));
    OG_TRY(append_replacement(row, text, replacement, most, &good, result, err));
    if (!good || result->size > most) {
      *done = good ? OG_REGEX_LONG : OG_REGEX_ERROR;
      return OG_OK;
    }
    at = end;
  }
  OG_TRY(og_buffer_append(result, text.data + at, text.size - at, err));
  *done = result->size > most ? OG_REGEX_LONG : OG_REGEX_YES;
  return OG_OK;
}
