#include "kg/sparql_lex.h"

#include "core/memory.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

/* An escape \uXXXX or \UXXXXXXXX: from offset `at` of the text on, what was written is `extra`
 * bytes longer. */
typedef struct OgEscape {
  size_t at;
  size_t extra; /* of all escapes so far */
} OgEscape;

typedef struct Range {
  int32_t first, last;
} Range;

/* PN_CHARS_BASE [164] beyond ASCII. */
static const Range base_ranges[] = {
    {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
    {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
    {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
};

/* What PN_CHARS [167] has beside PN_CHARS_U, digits and "-". */
static const Range more_ranges[] = {{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};

static bool in_ranges(int32_t c, const Range *ranges, size_t count) {
  for (size_t k = 0; k < count; k++) {
    if (c >= ranges[k].first && c <= ranges[k].last) {
      return true;
    }
  }
  return false;
}

static bool is_letter(int32_t c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(int32_t c) {
  return c >= '0' && c <= '9';
}

static bool is_base(int32_t c) {
  return is_letter(c) || (c > 127 && in_ranges(c, base_ranges, OG_COUNT(base_ranges)));
}

/* PN_CHARS_U */
static bool is_name_start(int32_t c) {
  return is_base(c) || c == '_';
}

/* VARNAME after its first character */
static bool is_variable_part(int32_t c) {
  return is_name_start(c) || is_digit(c) || in_ranges(c, more_ranges, OG_COUNT(more_ranges));
}

/* PN_CHARS */
static bool is_name_part(int32_t c) {
  return is_variable_part(c) || c == '-';
}

static int hex_value(int32_t c) {
  return is_digit(c)              ? c - '0'
         : (c >= 'a' && c <= 'f') ? c - 'a' + 10
         : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                  : -1;
}

/* ---- Places ---- */

/* The line and column of a byte of the text as written, from 1. */
static void find_place(const char *text, size_t at, long *line, long *column) {
  *line = 1;
  *column = 1;
  for (size_t k = 0; k < at && text[k]; k++) {
    if (text[k] == '\n') {
      (*line)++;
      *column = 1;
    } else {
      (*column)++;
    }
  }
}

OgStatus og_lexer_fault(const OgLexer *lexer, size_t at, OgError *err, const char *format, ...) {
  char message[400];
  long line;
  long column;
  size_t extra = 0;
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  for (size_t k = 0; k < lexer->escape_count && lexer->escapes[k].at <= at; k++) {
    extra = lexer->escapes[k].extra;
  }
  find_place(lexer->written, at + extra, &line, &column);
  return og_error_at(err, OG_USAGE, "query", line, column, "%s", message);
}

/* ---- The whole text ---- */

static OgStatus check_utf8(const OgLexer *lexer, const char *text, size_t size, OgError *err) {
  for (size_t at = 0; at < size;) {
    utf8proc_int32_t c;
    const utf8proc_ssize_t length =
        utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(size - at), &c);
    if (length <= 0) {
      return og_lexer_fault(lexer, at, err, "the query is not UTF-8 here: byte 0x%02x",
                            (unsigned char)text[at]);
    }
    at += (size_t)length;
  }
  return OG_OK;
}

/* Whether what follows the character at `at` is in a comment, as far as one line shows: behind a
 * '#' that begins it, or that a space comes before. Nothing is wrong with any text there.
 * `comment`: that character is. */
static bool is_comment_behind(const char *text, size_t at, bool comment) {
  const bool begins = text[at] == '#' && (at == 0 || isspace((unsigned char)text[at - 1]));
  return (comment || begins) && text[at] != '\n' && text[at] != '\r';
}

/* The character of an escape at `at` of text, or -1; *length is its size. */
static int32_t read_escape(const char *text, size_t at, size_t *length) {
  const size_t digits = text[at + 1] == 'u' ? 4 : text[at + 1] == 'U' ? 8 : 0;
  int64_t value = 0;
  for (size_t k = 0; k < digits; k++) {
    const int digit = hex_value((unsigned char)text[at + 2 + k]);
    if (digit < 0) {
      return -1;
    }
    value = value * 16 + digit;
  }
  *length = 2 + digits;
  const bool fits = digits > 0 && value > 0 && value <= 0x10FFFF && (value & ~0x7FF) != 0xD800;
  return fits ? (int32_t)value : -1;
}

static size_t count_escapes(const char *text) {
  size_t count = 0;
  for (const char *at = strchr(text, '\\'); at; at = strchr(at + 1, '\\')) {
    count += at[1] == 'u' || at[1] == 'U';
  }
  return count;
}

static OgStatus undo_escapes(OgLexer *lexer, const char *text, size_t size, OgError *err) {
  const size_t most = count_escapes(text);
  char *undone = og_arena_alloc(lexer->arena, size + 1, 1);
  OgEscape *escapes = og_arena_alloc(lexer->arena, most ? most : 1, sizeof *escapes);
  if (!undone || !escapes) {
    return og_error_no_memory(err);
  }
  size_t used = 0;
  size_t extra = 0;
  bool comment = false;
  lexer->escapes = escapes;
  for (size_t at = 0; at < size;) {
    const bool is_escape = text[at] == '\\' && (text[at + 1] == 'u' || text[at + 1] == 'U');
    size_t length = 0;
    const int32_t c = is_escape ? read_escape(text, at, &length) : -1;
    if (!is_escape || (c < 0 && comment)) {
      /* "\\u" is a backslash and a letter */
      const size_t plain = text[at] == '\\' && text[at + 1] ? 2 : 1;
      memcpy(undone + used, text + at, plain);
      used += plain;
      for (const size_t end = at + plain; at < end; at++) {
        comment = is_comment_behind(text, at, comment);
      }
      continue;
    }
    if (c < 0) {
      return og_lexer_fault(lexer, used, err,
                            "expected \\u and 4, or \\U and 8, hexadecimal digits of a character");
    }
    const size_t bytes = (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)undone + used);
    used += bytes;
    at += length;
    extra += length - bytes;
    escapes[lexer->escape_count++] = (OgEscape){used, extra};
  }
  lexer->text = undone;
  lexer->size = used;
  return OG_OK;
}

OgStatus og_lexer_init(OgLexer *lexer, OgArena *arena, const char *text, OgError *err) {
  const size_t size = strlen(text);
  *lexer = (OgLexer){.arena = arena, .text = text, .size = size, .written = text};
  OG_TRY(check_utf8(lexer, text, size, err));
  if (strstr(text, "\\u") || strstr(text, "\\U")) {
    OG_TRY(undo_escapes(lexer, text, size, err));
  }
  return OG_OK;
}

/* ---- Tokens ---- */

/* The character at `at` and its length; 0 at the end. */
static int32_t character(const OgLexer *lexer, size_t at, size_t *length) {
  utf8proc_int32_t c = 0;
  *length = 0;
  if (at < lexer->size) {
    const utf8proc_ssize_t read = utf8proc_iterate((const utf8proc_uint8_t *)lexer->text + at,
                                                   (utf8proc_ssize_t)(lexer->size - at), &c);
    *length = read > 0 ? (size_t)read : 1;
  }
  return c;
}

static void skip_space(OgLexer *lexer) {
  const char *text = lexer->text;
  while (lexer->at < lexer->size) {
    const char c = text[lexer->at];
    if (c == '#') {
      while (lexer->at < lexer->size && text[lexer->at] != '\n' && text[lexer->at] != '\r') {
        lexer->at++;
      }
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      lexer->at++;
    } else {
      return;
    }
  }
}

/* How far characters of a class reach from `at`; "." belongs to a name only inside it. */
static size_t span(const OgLexer *lexer, size_t at, bool (*belongs)(int32_t c), bool dots) {
  size_t end = at;
  for (size_t length;; at += length) {
    const int32_t c = character(lexer, at, &length);
    if (length > 0 && belongs(c)) {
      end = at + length;
    } else if (!(dots && c == '.')) {
      return end;
    }
  }
}

static bool starts(const OgLexer *lexer, size_t at, bool (*belongs)(int32_t c)) {
  size_t length;
  const int32_t c = character(lexer, at, &length);
  return length > 0 && belongs(c);
}

static bool is_variable_start(int32_t c) {
  return is_name_start(c) || is_digit(c);
}

static OgText piece(const OgLexer *lexer, size_t start, size_t end) {
  return (OgText){lexer->text + start, end - start};
}

/* IRIREF [139]; false when it is none, and then "<" is an operator. */
static bool read_iri(OgLexer *lexer, OgToken *token) {
  size_t at = lexer->at + 1;
  while (at < lexer->size && (unsigned char)lexer->text[at] > ' ' &&
         !strchr("<>\"{}|^`\\", lexer->text[at])) {
    at++;
  }
  if (at >= lexer->size || lexer->text[at] != '>') {
    return false;
  }
  token->kind = OG_TOKEN_IRI;
  token->text = piece(lexer, lexer->at + 1, at);
  lexer->at = at + 1;
  return true;
}

static bool is_local_escape(char c) {
  return c && strchr("_~.-!$&'()*+,;=/?#@%", c);
}

/* The end of PN_LOCAL [169] that begins at `at`. */
static size_t span_local(const OgLexer *lexer, size_t at, bool *escaped) {
  const char *text = lexer->text;
  size_t end = at;
  bool first = true;
  for (;;) {
    size_t length;
    const int32_t c = character(lexer, at, &length);
    if (c == '%' && at + 2 < lexer->size && hex_value((unsigned char)text[at + 1]) >= 0 &&
        hex_value((unsigned char)text[at + 2]) >= 0) {
      at += 3;
    } else if (c == '\\' && is_local_escape(text[at + 1])) {
      *escaped = true;
      at += 2;
    } else if (c == ':' || (length > 0 && (first ? is_variable_start(c) : is_name_part(c)))) {
      at += length;
    } else if (c == '.' && !first) {
      at++;
      continue; /* belongs when something follows */
    } else {
      return end;
    }
    first = false;
    end = at;
  }
}

static OgStatus read_local(OgLexer *lexer, size_t colon, OgToken *token, OgError *err) {
  bool escaped = false;
  const size_t end = span_local(lexer, colon + 1, &escaped);
  token->kind = OG_TOKEN_PREFIXED;
  token->prefix = piece(lexer, lexer->at, colon);
  token->text = piece(lexer, colon + 1, end);
  lexer->at = end;
  if (!escaped) {
    return OG_OK;
  }
  char *undone = og_arena_alloc(lexer->arena, token->text.size + 1, 1);
  if (!undone) {
    return og_error_no_memory(err);
  }
  size_t used = 0;
  for (size_t k = 0; k < token->text.size; k++) {
    k += token->text.data[k] == '\\';
    undone[used++] = token->text.data[k];
  }
  token->text = (OgText){undone, used};
  return OG_OK;
}

static OgStatus read_blank(OgLexer *lexer, OgToken *token, OgError *err) {
  const size_t start = lexer->at + 2;
  const size_t end =
      starts(lexer, start, is_variable_start) ? span(lexer, start, is_name_part, true) : start;
  if (end == start) {
    return og_lexer_fault(lexer, lexer->at, err, "expected a label after \"_:\", as in _:b1");
  }
  token->kind = OG_TOKEN_BLANK;
  token->text = piece(lexer, start, end);
  lexer->at = end;
  return OG_OK;
}

/* A keyword, or a name with a prefix. */
static OgStatus read_word(OgLexer *lexer, OgToken *token, OgError *err) {
  const size_t prefix_end = span(lexer, lexer->at, is_name_part, true);
  if (prefix_end < lexer->size && lexer->text[prefix_end] == ':') {
    return read_local(lexer, prefix_end, token, err);
  }
  size_t end = lexer->at;
  while (is_letter(lexer->text[end]) || is_digit(lexer->text[end]) || lexer->text[end] == '_') {
    end++;
  }
  if (end == lexer->at) {
    return og_lexer_fault(lexer, lexer->at, err,
                          "\"%.*s\" is a name without a prefix: write :name, prefix:name, ?name or "
                          "\"name\"",
                          (int)(prefix_end - lexer->at), lexer->text + lexer->at);
  }
  token->kind = OG_TOKEN_WORD;
  token->text = piece(lexer, lexer->at, end);
  lexer->at = end;
  return OG_OK;
}

static size_t span_digits(const OgLexer *lexer, size_t at) {
  while (is_digit(lexer->text[at])) {
    at++;
  }
  return at;
}

/* INTEGER, DECIMAL, DOUBLE [146]-[148], without their signs. */
static void read_number(OgLexer *lexer, OgToken *token) {
  const char *text = lexer->text;
  size_t end = span_digits(lexer, lexer->at);
  token->kind = OG_TOKEN_INTEGER;
  size_t exponent = end;
  if (text[end] == '.') {
    const size_t fraction = span_digits(lexer, end + 1);
    exponent = fraction;
    if (fraction > end + 1) {
      token->kind = OG_TOKEN_DECIMAL;
      end = fraction;
    }
  }
  if (text[exponent] == 'e' || text[exponent] == 'E') {
    const size_t sign = exponent + 1 + (text[exponent + 1] == '+' || text[exponent + 1] == '-');
    if (is_digit(text[sign])) {
      token->kind = OG_TOKEN_DOUBLE;
      end = span_digits(lexer, sign);
    }
  }
  token->text = piece(lexer, lexer->at, end);
  lexer->at = end;
}

/* The end of a string's content, or the size of the text when it has none. */
static size_t find_quote(const OgLexer *lexer, size_t at, char quote, size_t quotes) {
  const char *text = lexer->text;
  while (at < lexer->size) {
    if (text[at] == '\\') {
      at += 2;
    } else if (text[at] == quote &&
               (quotes == 1 || (text[at + 1] == quote && text[at + 2] == quote))) {
      return at;
    } else if (quotes == 1 && (text[at] == '\n' || text[at] == '\r')) {
      return lexer->size;
    } else {
      at++;
    }
  }
  return lexer->size;
}

/* Undo ECHAR [160]. */
static OgStatus undo_string(OgLexer *lexer, size_t start, size_t end, OgText *text, OgError *err) {
  static const char escaped[] = "tbnrf\\\"'";
  static const char meant[] = "\t\b\n\r\f\\\"'";
  char *undone = og_arena_alloc(lexer->arena, end - start + 1, 1);
  if (!undone) {
    return og_error_no_memory(err);
  }
  size_t used = 0;
  for (size_t at = start; at < end; at++) {
    char c = lexer->text[at];
    if (c == '\\') {
      const char *which = strchr(escaped, lexer->text[++at]);
      if (!which || !*which) {
        return og_lexer_fault(lexer, at - 1, err,
                              "a backslash in a string takes one of t b n r f \\ \" ' after it; "
                              "write \\\\ for a backslash");
      }
      c = meant[which - escaped];
    }
    undone[used++] = c;
  }
  *text = (OgText){undone, used};
  return OG_OK;
}

static OgStatus read_string(OgLexer *lexer, OgToken *token, OgError *err) {
  const char *text = lexer->text;
  const char quote = text[lexer->at];
  const size_t quotes = text[lexer->at + 1] == quote && text[lexer->at + 2] == quote ? 3 : 1;
  const size_t start = lexer->at + quotes;
  const size_t end = find_quote(lexer, start, quote, quotes);
  if (end >= lexer->size) {
    return og_lexer_fault(lexer, lexer->at, err, "this string has no closing %.*s%s", (int)quotes,
                          quote == '"' ? "\"\"\"" : "'''",
                          quotes == 1 ? " on its line; \"\"\" may span lines" : "");
  }
  token->kind = OG_TOKEN_STRING;
  lexer->at = end + quotes;
  return undo_string(lexer, start, end, &token->text, err);
}

/* LANGTAG [145] */
static OgStatus read_language(OgLexer *lexer, OgToken *token, OgError *err) {
  const char *text = lexer->text;
  const size_t start = lexer->at + 1;
  size_t end = start;
  while (is_letter(text[end])) {
    end++;
  }
  if (end == start) {
    return og_lexer_fault(lexer, lexer->at, err, "expected a language tag after @, as in @en");
  }
  while (text[end] == '-' && (is_letter(text[end + 1]) || is_digit(text[end + 1]))) {
    end++;
    while (is_letter(text[end]) || is_digit(text[end])) {
      end++;
    }
  }
  token->kind = OG_TOKEN_LANGUAGE;
  token->text = piece(lexer, start, end);
  lexer->at = end;
  return OG_OK;
}

static OgStatus read_sign(OgLexer *lexer, OgToken *token, OgError *err) {
  /* longer ones first */
  static const char *const signs[] = {"||", "&&", "!=", "<=", ">=", "^^", "(", ")", "{",
                                      "}",  "[",  "]",  ";",  ",",  ".",  "=", "<", ">",
                                      "!",  "+",  "-",  "*",  "/",  "^",  "|", "?"};
  for (size_t k = 0; k < OG_COUNT(signs); k++) {
    const size_t length = strlen(signs[k]);
    if (strncmp(lexer->text + lexer->at, signs[k], length) == 0) {
      token->kind = OG_TOKEN_SIGN;
      token->text = piece(lexer, lexer->at, lexer->at + length);
      lexer->at += length;
      return OG_OK;
    }
  }
  size_t length;
  character(lexer, lexer->at, &length);
  return og_lexer_fault(lexer, lexer->at, err, "\"%.*s\" has no meaning here", (int)length,
                        lexer->text + lexer->at);
}

static OgStatus read_token(OgLexer *lexer, OgToken *token, OgError *err) {
  const char *text = lexer->text;
  const char c = text[lexer->at];
  const char next = c ? text[lexer->at + 1] : '\0';
  if (c == '<' && read_iri(lexer, token)) {
    return OG_OK;
  }
  if ((c == '?' || c == '$') && starts(lexer, lexer->at + 1, is_variable_start)) {
    const size_t end = span(lexer, lexer->at + 1, is_variable_part, false);
    token->kind = OG_TOKEN_VARIABLE;
    token->text = piece(lexer, lexer->at + 1, end);
    lexer->at = end;
    return OG_OK;
  }
  if (c == '"' || c == '\'') {
    return read_string(lexer, token, err);
  }
  if (c == '@') {
    return read_language(lexer, token, err);
  }
  if (c == '_' && next == ':') {
    return read_blank(lexer, token, err);
  }
  if (c == ':') {
    return read_local(lexer, lexer->at, token, err);
  }
  if (is_digit(c) || (c == '.' && is_digit(next))) {
    read_number(lexer, token);
    return OG_OK;
  }
  return starts(lexer, lexer->at, is_base) ? read_word(lexer, token, err)
                                           : read_sign(lexer, token, err);
}

OgStatus og_lexer_next(OgLexer *lexer, OgToken *token, OgError *err) {
  skip_space(lexer);
  *token = (OgToken){.kind = OG_TOKEN_END, .start = lexer->at};
  if (lexer->at < lexer->size) {
    OG_TRY(read_token(lexer, token, err));
  }
  token->end = lexer->at;
  return OG_OK;
}
