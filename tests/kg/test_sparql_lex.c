#include "kg/sparql_lex.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* The tokens of a text as "kind text|…", or the place of its fault. */
static const char *tokens_of(const char *text) {
  static const char *const kinds[] = {"end",      "iri",    "name",     "blank",
                                      "variable", "string", "language", "integer",
                                      "decimal",  "double", "word",     "sign"};
  static char list[1000];
  OgArena arena = OG_ARENA_INIT;
  OgLexer lexer = {.arena = NULL};
  OgToken token = {.kind = OG_TOKEN_WORD};
  OgError err = {0};
  size_t used = 0;
  list[0] = '\0';
  OgStatus status = og_lexer_init(&lexer, &arena, text, &err);
  while (status == OG_OK && token.kind != OG_TOKEN_END) {
    status = og_lexer_next(&lexer, &token, &err);
    if (status == OG_OK && token.kind != OG_TOKEN_END) {
      used += (size_t)snprintf(list + used, sizeof list - used, "%s%s %.*s%s%.*s", used ? "|" : "",
                               kinds[token.kind], (int)token.prefix.size,
                               token.prefix.size ? token.prefix.data : "",
                               token.kind == OG_TOKEN_PREFIXED ? ":" : "", (int)token.text.size,
                               token.text.size ? token.text.data : "");
    }
  }
  if (status != OG_OK) {
    snprintf(list, sizeof list, "%ld:%ld %s", err.line, err.column, err.message);
  }
  og_arena_clear(&arena);
  return list;
}

static void tokens_are_those_of_the_grammar(void **state) {
  (void)state;
  static const struct {
    const char *text, *tokens;
  } rows[] = {
      {"", ""},
      {" # nothing\n", ""},
      {"?x $y", "variable x|variable y"},
      {"<http://x/y>", "iri http://x/y"},
      {"?x<?y", "variable x|sign <|variable y"},
      {"?x <= 1", "variable x|sign <=|integer 1"},
      {"ex:a :b c: :", "name ex:a|name :b|name c:|name :"},
      {"ex:a.b ex:a.", "name ex:a.b|name ex:a|sign ."},
      {"ex:a\\,b ex:%41", "name ex:a,b|name ex:%41"},
      {"ex:1a:b", "name ex:1a:b"},
      {"_:a.b _:1", "blank a.b|blank 1"},
      {"'a' \"b\" '''c'd\n''' \"\"\"e\"\"f\"\"\"", "string a|string b|string c'd\n|string e\"\"f"},
      {"'a\\tb\\'\\\\'", "string a\tb'\\"},
      {"'a'@en-GB", "string a|language en-GB"},
      {"'a'^^xsd:int", "string a|sign ^^|name xsd:int"},
      {"1 1.5 .5 1e3 1.e3 1.5E-3 -1", "integer 1|decimal 1.5|decimal .5|double 1e3|double 1.e3|"
                                      "double 1.5E-3|sign -|integer 1"},
      {"1.", "integer 1|sign ."},
      {"a&&b||!c", "word a|sign &&|word b|sign |||sign !|word c"},
      {"p*/^q|r+", "word p|sign *|sign /|sign ^|word q|sign ||word r|sign +"},
      {"SELECT*{}", "word SELECT|sign *|sign {|sign }"},
      {"\\u003Fx", "variable x"}, /* escapes come before tokens (19.2) */
      {"'\\u00e9\\U0001F431'", "string é🐱"},
      {"?été", "variable été"},
      {"?x # C:\\users", "variable x"},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    assert_string_equal(tokens_of(rows[k].text), rows[k].tokens);
  }
}

static void faults_have_their_place(void **state) {
  (void)state;
  static const struct {
    const char *text, *begins;
  } rows[] = {
      {"?x\n  'abc", "2:3 this string has no closing '"},
      {"'''abc", "1:1 "},
      {"'a\\qb'", "1:3 "},
      {"$", "1:1 "},
      {"\\u0041 %", "1:8 "}, /* of the text as it was written */
      {"'\\uD800'", "1:2 "},
      {"'\\u00'", "1:2 "},
      {"?x \xff", "1:4 the query is not UTF-8"},
      {"'a'@", "1:4 expected a language tag"},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    const char *got = tokens_of(rows[k].text);
    if (strncmp(got, rows[k].begins, strlen(rows[k].begins)) != 0) {
      print_message("%s: %s, not %s\n", rows[k].text, got, rows[k].begins);
      fail();
    }
  }
}

static void what_is_no_escape_is_none_in_comments_alone(void **state) {
  (void)state;
  assert_string_equal(tokens_of("#\\u\n1 # \\Uz\n#\\u#\\u\r2"), "integer 1|integer 2");
  assert_int_equal(strncmp(tokens_of("# a\n'\\u'"), "2:2 ", 4), 0);
  assert_int_equal(strncmp(tokens_of("<a#\\u>"), "1:4 ", 4), 0);
}

/* In a time that grows with the text, not with its square: that would be hours. */
static void a_long_comment_of_no_escapes_is_read_at_once(void **state) {
  (void)state;
  enum { COUNT = 1 << 21 };
  char *text = og_calloc(1, 2 * COUNT + 2);
  assert_non_null(text);
  text[0] = '#';
  for (size_t k = 0; k < COUNT; k++) {
    memcpy(text + 1 + 2 * k, "\\u", 2);
  }
  assert_string_equal(tokens_of(text), "");
  og_free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens_are_those_of_the_grammar),
      cmocka_unit_test(faults_have_their_place),
      cmocka_unit_test(what_is_no_escape_is_none_in_comments_alone),
      cmocka_unit_test(a_long_comment_of_no_escapes_is_read_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
