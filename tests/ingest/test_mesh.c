#include "core/vocab.h"
#include "ingest/mesh.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static void descriptors_become_concepts(void **state) {
  (void)state;
  Reading reading;
  expect_golden(&reading, og_mesh_read, "descriptors.xml");
  /* The DTD that is not opened; E09.1 and C02.500, whose parents are not in the file. */
  assert_int_equal(reading.warnings, 2);
  assert_string_equal(reading.kind, "tree number without its parent");
  assert_non_null(strstr(reading.message, "2 tree numbers"));
  assert_non_null(strstr(reading.message, "E09.1"));
  assert_string_equal(reading.prefixes, "skos=http://www.w3.org/2004/02/skos/core# "
                                        "mesh=http://id.nlm.nih.gov/mesh/ "
                                        "meshv=http://id.nlm.nih.gov/mesh/vocab# ");
  reading_clear(&reading);
}

static void supplements_are_mapped_to_descriptors(void **state) {
  (void)state;
  Reading reading;
  expect_golden(&reading, og_mesh_read, "supplements.xml");
  assert_int_equal(reading.warnings, 0);
  reading_clear(&reading);
}

static void qualifiers_are_records_too(void **state) {
  (void)state;
  Reading reading;
  expect_golden(&reading, og_mesh_read, "qualifiers.xml");
  assert_int_equal(reading.warnings, 0);
  reading_clear(&reading);
}

/* Samples of the Library: 43 descriptors and 19 supplements; relations of concepts, one each. */
static void real_records_are_read(void **state) {
  (void)state;
  static const struct {
    const char *path;
    size_t statements;
  } rows[] = {{"onto/mesh/desc-samples.xml", 1775}, {"onto/mesh/supp-samples.xml", 457}};
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    Reading reading = {.statements_left = -1};
    if (!read_shared(&reading, og_mesh_read, rows[i].path, false)) {
      skip_without_data(rows[i].path);
    }
    assert_int_equal(reading.statements, rows[i].statements);
  }
}

static void a_tree_number_belongs_to_one_record(void **state) {
  (void)state;
  Reading reading;
  reading_init(&reading);
  read_text(&reading, og_mesh_read,
            "<QualifierRecordSet><QualifierRecord><QualifierUI>Q1</QualifierUI><TreeNumberList>"
            "<TreeNumber>Y1</TreeNumber></TreeNumberList></QualifierRecord><QualifierRecord>"
            "<QualifierUI>Q2</QualifierUI><TreeNumberList><TreeNumber>Y1</TreeNumber>"
            "<TreeNumber>Y1.2</TreeNumber></TreeNumberList></QualifierRecord></QualifierRecordSet>",
            false);
  assert_status(reading.status, OG_OK);
  assert_string_equal(reading.kind, "duplicate tree number");
  assert_int_equal(reading.warnings, 1);
  /* Two types each, three notations, and Q2 below Q1. */
  assert_int_equal(reading.statements, 8);
  reading_clear(&reading);
}

static void what_is_no_mesh_is_refused_with_its_place(void **state) {
  (void)state;
  static const struct {
    const char *xml;
    long line;
    const char *says;
  } rows[] = {
      {"<html/>", 1, "expected DescriptorRecordSet"},
      {"<DescriptorRecordSet>\n<DescriptorRecord><DescriptorName><String>x</String>"
       "</DescriptorName></DescriptorRecord></DescriptorRecordSet>",
       2, "before its identifier"},
      {"<DescriptorRecordSet><DescriptorRecord>\n<DescriptorUI>D 1</DescriptorUI>"
       "</DescriptorRecord></DescriptorRecordSet>",
       2, "\"D 1\" is no identifier of MeSH"},
      {"<DescriptorRecordSet>\n<DescriptorRecord>", 2, "malformed XML"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    Reading reading;
    reading_init(&reading);
    read_text(&reading, og_mesh_read, rows[i].xml, false);
    assert_status(reading.status, OG_BAD_DATA);
    assert_int_equal(reading.err.line, rows[i].line);
    assert_non_null(strstr(reading.err.message, rows[i].says));
    reading_clear(&reading);
  }
}

/* Each class of supplementary record has a type of its own. */
static void supplements_are_of_six_classes(void **state) {
  (void)state;
  static const char *const types[] = {"SCR_Chemical", "SCR_Protocol",   "SCR_Disease",
                                      "SCR_Organism", "SCR_Population", "SCR_Anatomy"};
  for (size_t k = 0; k < OG_COUNT(types); k++) {
    char text[300], expected[600];
    Reading reading;
    reading_init(&reading);
    snprintf(text, sizeof text,
             "<SupplementalRecordSet><SupplementalRecord SCRClass='%zu'>"
             "<SupplementalRecordUI>C1</SupplementalRecordUI></SupplementalRecord>"
             "</SupplementalRecordSet>",
             k + 1);
    read_text(&reading, og_mesh_read, text, true);
    snprintf(expected, sizeof expected,
             "<http://id.nlm.nih.gov/mesh/C1> <" OG_NS_RDF "type> <" OG_NS_SKOS "Concept> .\n"
             "<http://id.nlm.nih.gov/mesh/C1> <" OG_NS_RDF
             "type> <http://id.nlm.nih.gov/mesh/vocab#%s> .\n",
             types[k]);
    assert_true(reading_is(&reading, expected));
    reading_clear(&reading);
  }
}

static void faults_come_back_and_damage_does_no_harm(void **state) {
  (void)state;
  static const char *const names[] = {"descriptors.xml", "supplements.xml", "qualifiers.xml"};
  for (size_t i = 0; i < OG_COUNT(names); i++) {
    OgBuffer xml = OG_BUFFER_INIT;
    read_with_faults(og_mesh_read, slurp(names[i], &xml));
    read_damaged(og_mesh_read, xml.data);
    og_buffer_clear(&xml);
  }
}

static void the_tree_of_2017_is_read_whole(void **state) {
  (void)state;
  Reading reading = {.statements_left = -1};
  if (!read_shared(&reading, og_mesh_read, "onto/mesh/desc2017-tree.xml.gz", true)) {
    skip_without_data("onto/mesh/desc2017-tree.xml.gz");
  }
  assert_int_equal(reading.warnings, 0);
  assert_int_equal(reading.statements, 253681);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(descriptors_become_concepts),
      cmocka_unit_test(supplements_are_mapped_to_descriptors),
      cmocka_unit_test(qualifiers_are_records_too),
      cmocka_unit_test(supplements_are_of_six_classes),
      cmocka_unit_test(real_records_are_read),
      cmocka_unit_test(a_tree_number_belongs_to_one_record),
      cmocka_unit_test(what_is_no_mesh_is_refused_with_its_place),
      cmocka_unit_test(faults_come_back_and_damage_does_no_harm),
      cmocka_unit_test(the_tree_of_2017_is_read_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
