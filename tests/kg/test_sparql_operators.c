#include "core/memory.h"
#include "tests/kg/asking.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

static const Row small[] = {{"ex:a", "ex:p", "ex:b", NULL}};

static void values_compare_by_what_they_are(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"1 = 1.0", "true"},
      {"1 = 1.0e0", "true"},
      {"'1'^^xsd:byte = '01'^^xsd:long", "true"},
      {"1 = '1'", "false"},
      {"1 != 2", "true"},
      {"'a' = 'a'^^xsd:string", "true"},
      {"'a'@en = 'a'@EN", "true"},
      {"'a'@en = 'a'@de", "false"},
      {"'a' = 'a'@en", "false"},
      {"true = '1'^^xsd:boolean", "true"},
      {"<http://x/a> = <http://x/a>", "true"},
      {"<http://x/a> = 'http://x/a'", "false"},
      {"'x'^^ex:type = 'x'^^ex:type", "true"},
      {"'x'^^ex:type = 'y'^^ex:type", ""}, /* what they are is not known */
      {"'x'^^xsd:integer = 1", ""},
      {"'2020-01-01T00:00:00Z'^^xsd:dateTime = '2020-01-01T01:00:00+01:00'^^xsd:dateTime", "true"},
      {"'2020-01-01T00:00:00'^^xsd:dateTime = '2020-01-01T00:00:00Z'^^xsd:dateTime", ""},
      {"'NaN'^^xsd:double = 'NaN'^^xsd:double", "false"},
      {"1 < 2", "true"},
      {"2 <= 2.0", "true"},
      {"'a' < 'b'", "true"},
      {"'a' > 'b'", "false"},
      {"'a'@en < 'b'@en", ""},
      {"'a' < 1", ""},
      {"false < true", "true"},
      {"<http://x/a> < <http://x/b>", ""},
      {"'2020-01-01'^^xsd:date < '2020-01-02'^^xsd:date", "true"},
      {"'2020-01-01T00:00:00'^^xsd:dateTime < '2020-01-05T00:00:00Z'^^xsd:dateTime", "true"},
      {"'2020-01-01T00:00:00'^^xsd:dateTime < '2020-01-01T00:00:00Z'^^xsd:dateTime", ""},
      {"2 IN (1, 2, 3)", "true"},
      {"2 IN ()", "false"},
      {"2 NOT IN (1, 1/0)", ""},
      {"2 IN (1/0, 2)", "true"},
      {"sameTerm(1, 1.0)", "false"},
      {"sameTerm(1, 1)", "true"},
      {"sameTerm(1 + 1, 2)", "true"},
  };
  check_values(store, rows, OG_COUNT(rows));
}

static void errors_have_three_valued_logic(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"true || 1/0", "true"},
      {"1/0 || true", "true"},
      {"false || 1/0", ""},
      {"false && 1/0", "false"},
      {"1/0 && false", "false"},
      {"true && 1/0", ""},
      {"!(1/0)", ""},
      {"!''", "true"},
      {"!'x'", "false"},
      {"!0", "true"},
      {"!0.0e0", "true"},
      {"!'NaN'^^xsd:double", "true"},
      {"!'x'^^xsd:integer", "true"}, /* ill-formed is false (17.2.2) */
      {"!<http://x/>", ""},
      {"!'x'^^ex:type", ""},
      {"IF(1/0, 1, 2)", ""},
      {"IF(1, 1, 1/0)", "1"},
      {"IF('', 1, 2)", "2"},
      {"COALESCE(1/0, ?x, 3)", "3"},
      {"COALESCE(1/0)", ""},
      {"COALESCE()", ""},
      {"BOUND(?x)", "false"},
      {"EXISTS { ex:a ex:p ?o }", "true"},
      {"NOT EXISTS { ex:a ex:p ?o }", "false"},
  };
  check_values(store, rows, OG_COUNT(rows));
}

static void numbers_are_promoted(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"1 + 2", "3"},
      {"1 + 2.5", "3.5"},
      {"1.5 + 1.5", "3.0"},
      {"1 + 1.0e0", "2.0E0"},
      {"1 + '1'^^xsd:float", "\"2.0E0\"^^<http://www.w3.org/2001/XMLSchema#float>"},
      {"'1'^^xsd:float + 1.0e0", "2.0E0"},
      {"'1'^^xsd:byte + '1'^^xsd:byte", "2"},
      {"1 / 2", "0.5"},
      {"2 / 2", "1.0"},
      {"1 / 0", ""},
      {"1 / 0.0e0", "\"INF\"^^<http://www.w3.org/2001/XMLSchema#double>"},
      {"1 / 3", "0.333333333333333333"},
      {"3 * 1.5", "4.5"},
      {"1 - 2 - 3", "-4"},
      {"2 + 3 * 4", "14"},
      {"-(1)", "-1"},
      {"+'x'", ""},
      {"'a' + 1", ""},
      {"9223372036854775807 + 1", "9223372036854775808"},
      {"0.1 + 0.2 = 0.3", "true"},
      {"ABS(-1.5)", "1.5"},
      {"ROUND(2.5)", "3.0"},
      {"ROUND(-2.5)", "-2.0"},
      {"ROUND(2.4e0)", "2.0E0"},
      {"CEIL(1.1)", "2.0"},
      {"FLOOR(-1.1)", "-2.0"},
      {"FLOOR(3)", "3"},
      {"RAND() < 1", "true"},
  };
  check_values(store, rows, OG_COUNT(rows));
}

static void terms_are_taken_apart_and_made(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"isIRI(ex:a)", "true"},
      {"isURI('a')", "false"},
      {"isBlank(BNODE())", "true"},
      {"isLiteral('a'@en)", "true"},
      {"isNumeric('x'^^xsd:integer)", "false"},
      {"isNumeric('1'^^xsd:short)", "true"},
      {"STR('a'@en)", "\"a\""},
      {"STR(ex:a)", "\"http://example.org/a\""},
      {"STR(BNODE())", ""},
      {"LANG('a'@en-GB)", "\"en-GB\""},
      {"LANG('a')", "\"\""},
      {"LANG(ex:a)", ""},
      {"DATATYPE('a')", "<http://www.w3.org/2001/XMLSchema#string>"},
      {"DATATYPE('a'@en)", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>"},
      {"DATATYPE(1.5)", "<http://www.w3.org/2001/XMLSchema#decimal>"},
      {"DATATYPE('x'^^ex:type)", "<http://example.org/type>"},
      {"IRI('http://x/y')", "<http://x/y>"},
      {"IRI(1)", ""},
      {"STRDT('5', xsd:integer)", "5"},
      {"STRDT('5'@en, xsd:integer)", ""},
      {"STRLANG('chat', 'fr')", "\"chat\"@fr"},
      {"STRLANG('chat', '')", ""},
      {"BNODE(1)", ""},
      {"isBlank(BNODE('x'))", "true"},
      {"STRLEN(STRUUID())", "36"},
      {"REGEX(STR(UUID()), '^urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$')", "true"},
      {"UUID() = UUID()", "false"},
      {"BNODE() = BNODE()", "false"},
  };
  check_values(store, rows, OG_COUNT(rows));
}

/* One node within a solution, also over several expressions; another in the next solution. */
static void labels_of_blank_nodes_belong_to_a_solution(void **state) {
  OgStore *store = *state;
  assert_string_equal(
      answer_of(store,
                "SELECT (COUNT(DISTINCT ?x) AS ?xs) (COUNT(?same) AS ?pairs) (COUNT(?other) AS "
                "?others) { VALUES ?n { 1 2 2 } BIND (BNODE('l') AS ?x) BIND (BNODE('l') AS ?y) "
                "BIND (BNODE('m') AS ?z) BIND (IF(?x = ?y, 1, 1/0) AS ?same) "
                "BIND (IF(?x = ?z, 1, 1/0) AS ?other) }",
                NULL),
      "?xs\t?pairs\t?others\n3\t3\t0\n");
}

static void casts_are_those_of_the_table(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"xsd:integer('12')", "12"},
      {"xsd:integer(' 12 ')", "12"},
      {"xsd:integer('1.5')", ""},
      {"xsd:integer(1.9)", "1"},
      {"xsd:integer(-1.9e0)", "-1"},
      {"xsd:integer(true)", "1"},
      {"xsd:integer('INF'^^xsd:double)", ""},
      {"xsd:decimal('1.50')", "1.5"},
      {"xsd:decimal(1.5e0)", "1.5"},
      {"xsd:double('1')", "1.0E0"},
      {"xsd:double('x')", ""},
      {"xsd:float(1.1)", "\"1.1E0\"^^<http://www.w3.org/2001/XMLSchema#float>"},
      {"xsd:boolean('1')", "true"},
      {"xsd:boolean('yes')", ""},
      {"xsd:boolean(0.0)", "false"},
      {"xsd:string(1.0)", "\"1\""},
      {"xsd:string(1.5e0)", "\"1.5\""},
      {"xsd:string(1e9)", "\"1.0E9\""},
      {"xsd:string('1.1'^^xsd:float)", "\"1.1\""},
      {"xsd:string('-0'^^xsd:double)", "\"-0\""},
      {"xsd:string('1'^^xsd:boolean)", "\"true\""},
      {"xsd:string('x'^^xsd:integer)", ""},
      {"xsd:string(ex:a)", "\"http://example.org/a\""},
      {"xsd:dateTime('2020-01-02T03:04:05Z') = '2020-01-02T03:04:05Z'^^xsd:dateTime", "true"},
      {"xsd:dateTime('2020-01-02')", ""},
      {"xsd:date('2020-01-02T03:04:05Z'^^xsd:dateTime)",
       "\"2020-01-02Z\"^^<http://www.w3.org/2001/XMLSchema#date>"},
      {"xsd:dateTime('2020-01-02'^^xsd:date)",
       "\"2020-01-02T00:00:00\"^^<http://www.w3.org/2001/XMLSchema#dateTime>"},
      {"xsd:integer(ex:a)", ""},
  };
  check_values(store, rows, OG_COUNT(rows));
}

static void dates_are_taken_apart(void **state) {
  OgStore *store = *state;
  static const Value rows[] = {
      {"YEAR('2020-03-04T05:06:07.5-08:30'^^xsd:dateTime)", "2020"},
      {"MONTH('2020-03-04T05:06:07.5-08:30'^^xsd:dateTime)", "3"},
      {"DAY('2020-03-04T05:06:07.5-08:30'^^xsd:dateTime)", "4"},
      {"HOURS('2020-03-04T05:06:07.5-08:30'^^xsd:dateTime)", "5"},
      {"MINUTES('2020-03-04T05:06:07.5-08:30'^^xsd:dateTime)", "6"},
      {"SECONDS('2020-03-04T05:06:07.5-08:30'^^xsd:dateTime)", "7.5"},
      {"TIMEZONE('2020-03-04T05:06:07.5-08:30'^^xsd:dateTime)",
       "\"-PT8H30M\"^^<http://www.w3.org/2001/XMLSchema#dayTimeDuration>"},
      {"TIMEZONE('2020-03-04T05:06:07Z'^^xsd:dateTime)",
       "\"PT0S\"^^<http://www.w3.org/2001/XMLSchema#dayTimeDuration>"},
      {"TIMEZONE('2020-03-04T05:06:07'^^xsd:dateTime)", ""},
      {"TZ('2020-03-04T05:06:07Z'^^xsd:dateTime)", "\"Z\""},
      {"TZ('2020-03-04T05:06:07'^^xsd:dateTime)", "\"\""},
      {"YEAR('2020-03-04'^^xsd:date)", "2020"},
      {"HOURS('2020-03-04'^^xsd:date)", ""},
      {"YEAR('2020-13-04'^^xsd:date)", ""},
      {"YEAR('2020')", ""},
      {"DATATYPE(NOW())", "<http://www.w3.org/2001/XMLSchema#dateTime>"},
      {"NOW() = NOW()", "true"},
  };
  check_values(store, rows, OG_COUNT(rows));
}

#define TRUTH(word) "\"" word "\"^^<http://www.w3.org/2001/XMLSchema#boolean>\n"

static void order_is_total(void **state) {
  OgStore *store = *state;
  assert_string_equal(
      answer_of(store,
                "SELECT ?x { VALUES ?x { 'b' UNDEF ex:b 10 9.5 'a'@en true '2020-01-01'^^xsd:date "
                "'z'^^ex:type ex:a -1e0 'a' false } } ORDER BY ?x",
                NULL),
      "?x\n\n<http://example.org/a>\n<http://example.org/b>\n-1e0\n9.5\n10\n\"a\"\n\"a\"@en\n"
      "\"b\"\n" TRUTH("false")
          TRUTH("true") "\"2020-01-01\"^^<http://www.w3.org/2001/XMLSchema#date>\n"
                        "\"z\"^^<http://example.org/type>\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_compare_by_what_they_are),
      cmocka_unit_test(errors_have_three_valued_logic),
      cmocka_unit_test(numbers_are_promoted),
      cmocka_unit_test(terms_are_taken_apart_and_made),
      cmocka_unit_test(labels_of_blank_nodes_belong_to_a_solution),
      cmocka_unit_test(casts_are_those_of_the_table),
      cmocka_unit_test(dates_are_taken_apart),
      cmocka_unit_test(order_is_total),
  };
  return run_on_graph(tests, OG_STORE_READ, small);
}
