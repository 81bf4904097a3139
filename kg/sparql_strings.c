/* Strings [17.4.3] and hashes [17.4.6]. */
#include "kg/sparql_iri.h"
#include "kg/sparql_number.h"
#include "kg/sql_functions.h"

#include <math.h>
#include <nettle/nettle-meta.h>
#include <sqlite3.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

/* A string literal, with or without a language. */
static bool take_string(OgCall *call, int k, OgTypedTerm *term) {
  return og_call_term(call, k, term) &&
         (term->type == OG_TYPE_STRING || term->type == OG_TYPE_LANG_STRING);
}

/* A simple literal, which is an xsd:string. */
static bool take_simple(OgCall *call, int k, OgText *text) {
  OgTypedTerm term;
  const bool good = og_call_term(call, k, &term) && term.type == OG_TYPE_STRING;
  if (good) {
    *text = term.term.text;
  }
  return good;
}

/* Two strings that go together (17.4.3.1.2): the second has no language, or the first's. */
static bool take_pair(OgCall *call, OgTypedTerm *a, OgTypedTerm *b) {
  return take_string(call, 0, a) && take_string(call, 1, b) &&
         (b->type == OG_TYPE_STRING ||
          (a->type == OG_TYPE_LANG_STRING && a->term.language.size == b->term.language.size &&
           strncasecmp(a->term.language.data, b->term.language.data, a->term.language.size) == 0));
}

static void check(OgCall *call, OgStatus status) {
  if (status != OG_OK) {
    og_call_fail(call, status);
  }
}

/* Where b begins in a, or a.size + 1. */
static size_t find(OgText a, OgText b) {
  const char *at = b.size == 0 ? a.data : memmem(a.data, a.size, b.data, b.size);
  return b.size == 0 ? 0 : at ? (size_t)(at - a.data) : a.size + 1;
}

static void contains(OgCall *call) {
  OgTypedTerm a;
  OgTypedTerm b;
  if (take_pair(call, &a, &b)) {
    og_call_give_truth(call, find(a.term.text, b.term.text) <= a.term.text.size);
  }
}

static void strstarts(OgCall *call) {
  OgTypedTerm a;
  OgTypedTerm b;
  if (take_pair(call, &a, &b)) {
    og_call_give_truth(
        call, b.term.text.size <= a.term.text.size &&
                  og_text_equal((OgText){a.term.text.data, b.term.text.size}, b.term.text));
  }
}

static void strends(OgCall *call) {
  OgTypedTerm a;
  OgTypedTerm b;
  if (take_pair(call, &a, &b)) {
    const OgText text = a.term.text;
    const size_t size = b.term.text.size;
    og_call_give_truth(
        call, size <= text.size &&
                  og_text_equal((OgText){text.data + text.size - size, size}, b.term.text));
  }
}

static void strbefore(OgCall *call) {
  OgTypedTerm a;
  OgTypedTerm b;
  if (take_pair(call, &a, &b)) {
    const size_t at = find(a.term.text, b.term.text);
    if (at > a.term.text.size) {
      og_call_give_literal(call, OG_TEXT(""), OG_TYPE_STRING);
    } else {
      og_call_give_like(call, &a, (OgText){a.term.text.data, at});
    }
  }
}

static void strafter(OgCall *call) {
  OgTypedTerm a;
  OgTypedTerm b;
  if (take_pair(call, &a, &b)) {
    const OgText text = a.term.text;
    const size_t at = find(text, b.term.text);
    if (at > text.size) {
      og_call_give_literal(call, OG_TEXT(""), OG_TYPE_STRING);
    } else {
      const size_t end = at + b.term.text.size;
      og_call_give_like(call, &a, (OgText){text.data + end, text.size - end});
    }
  }
}

/* ---- Characters ---- */

static bool is_character_start(char c) {
  return ((unsigned char)c & 0xC0) != 0x80;
}

static size_t count_characters(OgText text) {
  size_t count = 0;
  for (size_t k = 0; k < text.size; k++) {
    count += is_character_start(text.data[k]);
  }
  return count;
}

static void strlen_of(OgCall *call) {
  OgTypedTerm term;
  if (take_string(call, 0, &term)) {
    char text[OG_NUMBER_TEXT];
    const OgNumber length = og_number_integer((int64_t)count_characters(term.term.text));
    const size_t size = og_number_text(length, text);
    og_call_give_literal(call, (OgText){text, size}, OG_TYPE_INTEGER);
  }
}

static bool take_rounded(OgCall *call, int k, double *value) {
  OgTypedTerm term;
  OgNumber number;
  if (!og_call_term(call, k, &term) || !og_number_of(&term, &number)) {
    return false;
  }
  *value = og_number_real(og_number_round(number));
  return true;
}

/* fn:substring: the characters from round(start), counted from 1, up to round(start) +
 * round(length). */
static void substr(OgCall *call) {
  OgTypedTerm term;
  double start;
  double length = (double)INFINITY;
  if (!take_string(call, 0, &term) || !take_rounded(call, 1, &start) ||
      (call->count > 2 && !take_rounded(call, 2, &length))) {
    return;
  }
  const OgText text = term.term.text;
  size_t from = text.size;
  size_t to = text.size;
  double number = 0.0;
  for (size_t k = 0; k < text.size; k++) {
    if (is_character_start(text.data[k])) {
      number += 1.0;
      if (from == text.size && number >= start) {
        from = k;
      }
      if (!(number < start + length)) {
        to = k;
        break;
      }
    }
  }
  from = isnan(start) || isnan(start + length) || from > to ? to : from;
  og_call_give_like(call, &term, (OgText){text.data + from, to - from});
}

static void map_characters(OgCall *call, utf8proc_int32_t (*map)(utf8proc_int32_t c)) {
  OgTypedTerm term;
  OgBuffer *result = &call->shared->text;
  OgStatus status = OG_OK;
  if (!take_string(call, 0, &term)) {
    return;
  }
  const OgText text = term.term.text;
  og_buffer_reset(result);
  for (size_t at = 0; at < text.size && status == OG_OK;) {
    utf8proc_int32_t c;
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text.data + at,
                                                   (utf8proc_ssize_t)(text.size - at), &c);
    if (size <= 0) {
      return; /* no UTF-8 */
    }
    const utf8proc_ssize_t mapped = utf8proc_encode_char(map(c), bytes);
    status = og_buffer_append(result, bytes, (size_t)mapped, &call->shared->fault);
    at += (size_t)size;
  }
  check(call, status);
  if (status == OG_OK) {
    og_call_give_like(call, &term, (OgText){result->data, result->size});
  }
}

static void ucase(OgCall *call) {
  map_characters(call, utf8proc_toupper);
}

static void lcase(OgCall *call) {
  map_characters(call, utf8proc_tolower);
}

static void encode_for_uri(OgCall *call) {
  OgTypedTerm term;
  OgBuffer *result = &call->shared->text;
  if (take_string(call, 0, &term)) {
    og_buffer_reset(result);
    const OgStatus status = og_iri_encode(term.term.text, result, &call->shared->fault);
    check(call, status);
    if (status == OG_OK) {
      og_call_give_literal(call, (OgText){result->data, result->size}, OG_TYPE_STRING);
    }
  }
}

/* With the language that all arguments have, if they have one. */
static void concat(OgCall *call) {
  OgBuffer *result = &call->shared->text;
  OgTypedTerm common = og_typed_literal(OG_TEXT(""), OG_TYPE_STRING);
  OgTypedTerm term;
  OgStatus status = OG_OK;
  og_buffer_reset(result);
  for (int k = 0; k < call->count && status == OG_OK; k++) {
    if (!take_string(call, k, &term) || !og_call_fits(call, result->size + term.term.text.size)) {
      return;
    }
    status =
        og_buffer_append(result, term.term.text.data, term.term.text.size, &call->shared->fault);
    if (k == 0) {
      common = term;
    } else if (!og_text_equal(common.term.language, term.term.language)) {
      common = og_typed_literal(OG_TEXT(""), OG_TYPE_STRING);
    }
  }
  check(call, status);
  if (status == OG_OK) {
    og_call_give_like(call, &common, (OgText){result->data, result->size});
  }
}

/* Basic filtering (RFC 4647, 3.3.1). */
static void langmatches(OgCall *call) {
  OgText tag;
  OgText range;
  if (take_simple(call, 0, &tag) && take_simple(call, 1, &range)) {
    const bool all = og_text_equal(range, OG_TEXT("*"));
    const bool prefix = range.size <= tag.size && range.size > 0 &&
                        strncasecmp(tag.data, range.data, range.size) == 0 &&
                        (tag.size == range.size || tag.data[range.size] == '-');
    og_call_give_truth(call, all ? tag.size > 0 : prefix);
  }
}

/* ---- Regular expressions ---- */

static bool take_flags(OgCall *call, int k, OgText *flags) {
  *flags = OG_TEXT("");
  return call->count <= k || take_simple(call, k, flags);
}

static void regex(OgCall *call) {
  OgTypedTerm term;
  OgText pattern;
  OgText flags;
  if (take_string(call, 0, &term) && take_simple(call, 1, &pattern) &&
      take_flags(call, 2, &flags)) {
    const OgRegexResult result =
        og_regex_match(call->shared->regexes, term.term.text, pattern, flags);
    if (result != OG_REGEX_ERROR) {
      og_call_give_truth(call, result == OG_REGEX_YES);
    }
  }
}

static void replace(OgCall *call) {
  OgTypedTerm term;
  OgText pattern;
  OgText replacement;
  OgText flags;
  OgRegexResult done;
  OgBuffer *result = &call->shared->text;
  if (take_string(call, 0, &term) && take_simple(call, 1, &pattern) &&
      take_simple(call, 2, &replacement) && take_flags(call, 3, &flags)) {
    const OgStatus status =
        og_regex_replace(call->shared->regexes, term.term.text, pattern, replacement, flags,
                         og_call_room(call), &done, result, &call->shared->fault);
    check(call, status);
    if (status == OG_OK && done == OG_REGEX_LONG) {
      (void)og_call_fits(call, result->size);
    } else if (status == OG_OK && done == OG_REGEX_YES) {
      og_call_give_like(call, &term, (OgText){result->data, result->size});
    }
  }
}

/* ---- Hashes ---- */

enum { LONGEST_DIGEST = 64 };

static void hash(OgCall *call, const struct nettle_hash *function) {
  OgText text;
  unsigned char digest[LONGEST_DIGEST];
  char hex[2 * LONGEST_DIGEST + 1];
  if (!take_simple(call, 0, &text)) {
    return;
  }
  void *state = og_arena_alloc(&call->shared->arena, function->context_size, 1);
  if (!state) {
    og_call_fail(call, OG_NO_MEMORY);
    return;
  }
  function->init(state);
  function->update(state, text.size, (const uint8_t *)text.data);
  function->digest(state, function->digest_size, digest);
  for (size_t k = 0; k < function->digest_size; k++) {
    static const char digits[] = "0123456789abcdef";
    hex[2 * k] = digits[digest[k] >> 4];
    hex[2 * k + 1] = digits[digest[k] & 15];
  }
  og_call_give_literal(call, (OgText){hex, (size_t)function->digest_size * 2}, OG_TYPE_STRING);
}

static void md5(OgCall *call) {
  hash(call, &nettle_md5);
}

static void sha1(OgCall *call) {
  hash(call, &nettle_sha1);
}

static void sha256(OgCall *call) {
  hash(call, &nettle_sha256);
}

static void sha384(OgCall *call) {
  hash(call, &nettle_sha384);
}

static void sha512(OgCall *call) {
  hash(call, &nettle_sha512);
}

const OgSqlFunction og_sql_strings[] = {
    {"og_contains", 2, false, contains}, {"og_strstarts", 2, false, strstarts},
    {"og_strends", 2, false, strends},   {"og_strbefore", 2, false, strbefore},
    {"og_strafter", 2, false, strafter}, {"og_strlen", 1, false, strlen_of},
    {"og_substr", -1, false, substr},    {"og_ucase", 1, false, ucase},
    {"og_lcase", 1, false, lcase},       {"og_encode_for_uri", 1, false, encode_for_uri},
    {"og_concat", -1, false, concat},    {"og_langmatches", 2, false, langmatches},
    {"og_regex", -1, false, regex},      {"og_replace", -1, false, replace},
    {"og_md5", 1, false, md5},           {"og_sha1", 1, false, sha1},
    {"og_sha256", 1, false, sha256},     {"og_sha384", 1, false, sha384},
    {"og_sha512", 1, false, sha512},     {NULL, 0, false, NULL},
};
