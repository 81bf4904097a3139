#include "core/memory.h"
#include "tests/kg/asking.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

static const Row small[] = {{"ex:a", "ex:p", "ex:b", NULL}};

static void strings_are_counted_in_characters(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"STRLEN('chat')", "4"},
      {"STRLEN('食べ物')", "3"},
      {"STRLEN('\\U0001F431'@ja)", "1"},
      {"STRLEN(1)", ""},
      {"SUBSTR('foobar', 4)", "\"bar\""},
      {"SUBSTR('foobar'@en, 4, 1)", "\"b\"@en"},
      {"SUBSTR('食べ物', 2, 1)", "\"べ\""},
      {"SUBSTR('foobar', 0, 3)", "\"fo\""}, /* F&O 5.4.3: places below 1 count and have nothing */
      {"SUBSTR('foobar', 1.5, 2.6)", "\"oob\""},
      {"SUBSTR('foobar', 10)", "\"\""},
      {"SUBSTR('foobar', -42, 'INF'^^xsd:double)", "\"foobar\""},
      {"SUBSTR('foobar', 'NaN'^^xsd:double)", "\"\""},
      {"SUBSTR(1, 1)", ""},
  };
  check_values(store, rows, OG_COUNT(rows));
}

static void case_follows_unicode(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"UCASE('élan'@fr)", "\"ÉLAN\"@fr"},
      {"LCASE('ÀÉ')", "\"àé\""},
      {"UCASE(1)", ""},
  };
  check_values(store, rows, OG_COUNT(rows));
}

static void arguments_must_be_compatible(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"STRSTARTS('foobar', 'foo')", "true"},
      {"STRSTARTS('foobar'@en, 'foo')", "true"},
      {"STRSTARTS('foobar'@en, 'foo'@en)", "true"},
      {"STRSTARTS('foobar'@en, 'foo'@fr)", ""},
      {"STRSTARTS('foobar', 'foo'@en)", ""},
      {"STRENDS('foobar', 'bar')", "true"},
      {"STRENDS('bar', 'foobar')", "false"},
      {"CONTAINS('foobar', 'ob')", "true"},
      {"CONTAINS('foobar', '')", "true"},
      {"STRBEFORE('abc', 'b')", "\"a\""},
      {"STRBEFORE('abc'@en, 'bc'@en)", "\"a\"@en"},
      {"STRBEFORE('abc'@en, 'z')", "\"\""},
      {"STRBEFORE('abc'@en, '')", "\"\"@en"},
      {"STRAFTER('abc'@en, 'b')", "\"c\"@en"},
      {"STRAFTER('abc', '')", "\"abc\""},
      {"STRAFTER('abc', 'z')", "\"\""},
      {"STRAFTER('abc', 'b'@en)", ""},
  };
  check_values(store, rows, OG_COUNT(rows));
}

static void strings_are_joined_and_encoded(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"CONCAT('a', 'b')", "\"ab\""},
      {"CONCAT('a'@en, 'b'@en)", "\"ab\"@en"},
      {"CONCAT('a'@en, 'b')", "\"ab\""},
      {"CONCAT('a'@en, 'b'@fr)", "\"ab\""},
      {"CONCAT()", "\"\""},
      {"CONCAT('a', 1)", ""},
      {"ENCODE_FOR_URI('Los Angeles/ä')", "\"Los%20Angeles%2F%C3%A4\""},
      {"LANGMATCHES('en-GB', 'en')", "true"},
      {"LANGMATCHES('en-GB', 'EN-gb')", "true"},
      {"LANGMATCHES('en', 'en-GB')", "false"},
      {"LANGMATCHES('', '*')", "false"},
      {"LANGMATCHES('fr', '*')", "true"},
  };
  check_values(store, rows, OG_COUNT(rows));
}

/* Of "abc": RFC 1321 and FIPS 180-2 give the values. */
static void hashes_are_those_of_the_standards(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"MD5('abc')", "\"900150983cd24fb0d6963f7d28e17f72\""},
      {"SHA1('abc')", "\"a9993e364706816aba3e25717850c26c9cd0d89d\""},
      {"SHA256('abc')", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""},
      {"SHA384('abc')", "\"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                        "8086072ba1e7cc2358baeca134c825a7\""},
      {"SHA512('abc')", "\"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f\""},
      {"SHA1('abc'@en)", ""},
      {"SHA1(1)", ""},
  };
  check_values(store, rows, OG_COUNT(rows));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strings_are_counted_in_characters),
      cmocka_unit_test(case_follows_unicode),
      cmocka_unit_test(arguments_must_be_compatible),
      cmocka_unit_test(strings_are_joined_and_encoded),
      cmocka_unit_test(hashes_are_those_of_the_standards),
  };
  return run_on_graph(tests, OG_STORE_READ, small);
}
