#include "core/file.h"
#include "core/vocab.h"
#include "ingest/ingest.h"
#include "tests/ingest/reading.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* Content that is told, and by which reader it is read. */
static const struct {
  const char *content;
  const char *reader;
} told[] = {
    {"<rdf:RDF xmlns:rdf='" OG_NS_RDF "'/>", "rdfxml"},
    {"<r:Description xmlns:r='" OG_NS_RDF "'/>", "rdfxml"},
    {"\357\273\277<?xml version='1.0'?>\n<!-- c -->\n<r:RDF xmlns:r='" OG_NS_RDF "'/>", "rdfxml"},
    {"<!DOCTYPE rdf:RDF [<!ENTITY r '" OG_NS_RDF "'>]><rdf:RDF xmlns:rdf='&r;'/>", "rdfxml"},
    {"<DescriptorRecordSet/>", "mesh"},
    {"<QualifierRecordSet/>", "mesh"},
    {"<SupplementalRecordSet/>", "mesh"},
    {"<Ontology xmlns='" OG_NS_OWL "'/>", "owlxml"},
    {"<ClaML version='2.0.0'/>", "claml"},
    {"<ClaML xmlns='http://x/'/>", "claml"},
    {"<graphml xmlns='http://graphml.graphdrawing.org/xmlns'/>", "graphml"},
    {"<l:linkbase xmlns:l='http://www.xbrl.org/2003/linkbase'/>", "xbrl"},
    {"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>", "xbrl"},
    {"@prefix : <http://x/> .", "turtle"},
    {"# a comment\n\n@base <http://x/> .", "turtle"},
    {"PREFIX x: <http://x/>", "turtle"},
    {"<http://a/> <http://b/> <http://c/> .", "turtle"},
    {"<urn:a:b> <http://b/> _:c .", "turtle"},
    {"<mailto:a@b> <http://b/> 'c' . \r\n<a:b> <a:c> <a:d> .", "turtle"},
    {"<> <http://b/> 'c' .", "turtle"},
    {"<#a> <http://b/> 'c' .", "turtle"},
    {"_:a <http://b/> 'c' .", "turtle"},
    {"[] <http://b/> 'c' .", "turtle"},
    {"<http://a/> <http://b/> \"c\" <http://g/> .\n", "nquads"},
};

/* Content that is refused, and how it is called. */
static const struct {
  const char *content;
  const char *says;
} refused[] = {
    {"", "the file is empty"},
    {" \n", "the file is empty"},
    {"<Ontology xmlns='http://www.w3.org/2006/12/owl2-xml#'/>", "OWL/XML of a draft"},
    {"<mapping space='http://x/'/>", "mapping file"},
    {"<!DOCTYPE html><p>unclosed", "web page"},
    {"<html xmlns='http://www.w3.org/1999/xhtml'/>", "web page"},
    {"format-version: 1.2\nontology: x", "OBO"},
    {"! a comment\n[Term]\nid: X:1", "OBO"},
    {"Prefix(:=<http://x/>)\nOntology(", "functional syntax"},
    {"Prefix: x: <http://x/>\nOntology: ", "Manchester syntax"},
    {"{\"@context\": {}}", "JSON"},
    {"[{\"@id\": \"x\"}]", "JSON"},
    {"PK\003\004x", "zip archive"},
    {"BZh9", "bzip2"},
    {"\375"
     "7zXZ",
     "xz archive"},
    {"7z\274\257\047\034", "7z archive"},
    {"Rar!", "RAR"},
    {"\050\265\057\375", "zstd"},
    {"%PDF-1.7", "PDF"},
    {"{\\rtf1", "text document"},
    {"\320\317\021\340", "office document"},
    {"$HDT", "HDT"},
    {"data-version: 1\n", "OBO"},
    {"[Typedef]\nid: x", "OBO"},
    {"Namespace(a=<http://x/>)", "abstract syntax"},
    {"Ontology(<http://x/>", "functional syntax"},
    {"# a comment\nOntology: <http://x/>", "Manchester syntax"},
    {"<sparql xmlns='http://www.w3.org/2005/sparql-results#'/>", "SPARQL"},
    {"<xbrl xmlns='http://www.xbrl.org/2003/instance'/>", "XBRL report"},
    {"<catalog xmlns='urn:oasis:names:tc:entity:xmlns:xml:catalog'/>", "XML catalog"},
    {"SQLite format 3", "SQLite"},
    {"id,name\n1,a\n", "not a format known here"},
    {"<catalogue xmlns='http://x/'/>", "root element is catalogue in namespace http://x/"},
    {"<catalogue/>", "root element is catalogue in no namespace"},
    {"<!-- nothing -->", "without a root element"},
    {"<?xml version='1.0'?>\n<a b=>", "malformed XML"},
};

static void formats_are_told_from_their_content(void **state) {
  (void)state;
  for (size_t i = 0; i < OG_COUNT(told); i++) {
    OgError err = {0};
    const OgReader *reader = NULL;
    OgInput *input = input_of(told[i].content, strlen(told[i].content));
    assert_ok(og_ingest_detect(input, &reader, &err));
    assert_string_equal(reader->name, told[i].reader);
    char all[512];
    size_t got;
    assert_ok(og_input_read(input, all, sizeof all, &got, &err));
    assert_int_equal(got, strlen(told[i].content));
    og_input_close(input);
  }
}

/* UTF-16 is read of XML only, UTF-32 of nothing. */
static void encodings_that_are_not_read_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
    const char *says; /* NULL: it is read */
  } rows[] = {
      {"\377\376<\0g\0r\0a\0p\0h\0m\0l\0/\0>\0", 24 - 2, NULL},
      {"\376\377\0<\0g\0r\0a\0p\0h\0m\0l\0/\0>", 22, NULL},
      {"<\0?\0x\0m\0l\0 \0v\0e\0r\0s\0i\0o\0n\0=\0'\0001\0.\0000\0'\0?\0>\0"
       "<\0g\0r\0a\0p\0h\0m\0l\0/\0>\0",
       62, NULL},
      {"<\0g\0r\0a\0p\0h\0m\0l\0/\0>\0", 20, "in UTF-16, which is not read"},
      {"\377\376@\0p\0r\0e\0f\0i\0x\0 \0", 18,
       "in UTF-16, which is not read: convert it to UTF-8 (iconv -f UTF-16LE"},
      {"\376\377\0@\0p\0r\0e", 10, "iconv -f UTF-16BE"},
      {"@\0p\0r\0e\0f\0i\0x\0 \0", 16, "iconv -f UTF-16LE"},
      {"\377\376<\0h\0:\0/\0/\0x\0>\0 \0", 18, "iconv -f UTF-16LE"},
      {"\376\377\0<\0h\0:\0/\0/\0x\0> ", 17, "iconv -f UTF-16BE"},
      {"\377\376\0\0@\0\0\0", 8, "in UTF-32, which is not read"},
      {"\0\0\0@\0\0\0p", 8, "iconv -f UTF-32BE"},
      {"\0\0\0\040ftyp", 8, "not a format known here"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    OgError err = {0};
    const OgReader *reader = NULL;
    OgInput *input = input_of(rows[i].bytes, rows[i].size);
    const OgStatus status = og_ingest_detect(input, &reader, &err);
    if (status != (rows[i].says ? OG_BAD_DATA : OG_OK) ||
        (rows[i].says && !strstr(err.message, rows[i].says))) {
      fail_msg("row %zu: %s", i, err.message);
    }
    og_input_close(input);
  }
}

/* Empty documents of each format. */
static void a_document_without_content_is_warned_of(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {"<rdf:RDF xmlns:rdf='" OG_NS_RDF "'/>", "holds no statements"},
      {"<DescriptorRecordSet LanguageCode='eng'/>", "holds no records"},
      {"<QualifierRecordSet/>", "holds no records"},
      {"<SupplementalRecordSet/>", "holds no records"},
      {"<ClaML version='2.0.0'/>", "holds no classes"},
      {"<graphml><graph edgedefault='directed'/></graphml>", "holds no nodes"},
      {"@prefix x: <http://x/> .", "holds no statements"},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    OgError err = {0};
    Reading reading;
    reading_init(&reading);
    const OgSink sink = reading_sink(&reading);
    OgInput *input = input_of(rows[i][0], strlen(rows[i][0]));
    assert_ok(og_ingest(input, NULL, &sink, NULL, NULL, &err));
    if (reading.warnings != 1 || !strstr(reading.message, rows[i][1])) {
      fail_msg("row %zu: %zu, %s", i, reading.warnings, reading.message);
    }
    assert_string_equal(reading.kind, "nothing in it");
    og_input_close(input);
    reading_clear(&reading);
  }
}

static void other_formats_are_refused_by_their_name(void **state) {
  (void)state;
  for (size_t i = 0; i < OG_COUNT(refused); i++) {
    OgError err = {0};
    const OgReader *reader = NULL;
    OgInput *input = input_of(refused[i].content, strlen(refused[i].content));
    assert_status(og_ingest_detect(input, &reader, &err), OG_BAD_DATA);
    if (!strstr(err.message, refused[i].says) || !strstr(err.source, "/input")) {
      fail_msg("row %zu: %s: %s", i, err.source, err.message);
    }
    og_input_close(input);
  }
}

/* A document without statements is a graph, when its name says of which format. */
static void an_empty_document_is_what_its_name_says(void **state) {
  (void)state;
  static const struct {
    const char *name, *content, *reader;
  } rows[] = {{"empty.nt", "", "turtle"},
              {"empty.ttl", "# nothing\n", "turtle"},
              {"empty.ttl.gz", "", "turtle"},
              {"empty.nq", "\n", "nquads"},
              {"empty.trig", "", "trig"}};
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    OgError err = {0};
    const OgReader *used = NULL;
    OgInput *input = NULL;
    const char *path = scratch(rows[i].name);
    FILE *file = fopen(path, "wb");
    fwrite(rows[i].content, 1, strlen(rows[i].content), file);
    fclose(file);
    Reading reading = {.statements_left = -1};
    const OgSink sink = reading_sink(&reading);
    assert_ok(og_input_open(path, &input, &err));
    assert_ok(og_ingest(input, NULL, &sink, NULL, &used, &err));
    assert_string_equal(used->name, rows[i].reader);
    assert_int_equal(reading.statements, 0);
    og_input_close(input);
    reading_clear(&reading);
  }
}

/* <e:C rdf:about="a"/> as rdf:RDF, behind a prolog of that many bytes. */
static void write_document(OgBuffer *xml, size_t prolog) {
  OgError err = {0};
  assert_ok(og_buffer_text(xml, "<!--", &err));
  while (xml->size < prolog) {
    assert_ok(og_buffer_text(xml, "xxxxxxxxxxxxxxxx", &err));
  }
  assert_ok(og_buffer_text(xml,
                           "--><rdf:RDF xmlns:rdf='" OG_NS_RDF "' xmlns:e='http://example.org/'>"
                           "<e:C rdf:about='a'/></rdf:RDF>",
                           &err));
}

static void a_long_prolog_is_looked_through(void **state) {
  (void)state;
  OgBuffer xml = OG_BUFFER_INIT;
  write_document(&xml, 300000);
  Reading reading;
  reading_init(&reading);
  OgInput *input = input_of(xml.data, xml.size);
  const OgReader *used = NULL;
  const OgReadOptions options = {.base = TEST_BASE};
  const OgSink sink = reading_sink(&reading);
  reading.status = og_ingest(input, &options, &sink, NULL, &used, &reading.err);
  assert_true(
      reading_is(&reading, "<http://example.org/a> <" OG_NS_RDF "type> <http://example.org/C> ."));
  assert_string_equal(used->name, "rdfxml");
  og_input_close(input);
  reading_clear(&reading);
  og_buffer_clear(&xml);
}

static void gzip_is_read_as_it_is(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer xml = OG_BUFFER_INIT;
  write_document(&xml, 0);
  const char *path = scratch("packed");
  gzFile file = gzopen(path, "wb");
  assert_int_equal(gzwrite(file, xml.data, (unsigned)xml.size), (int)xml.size);
  assert_int_equal(gzclose(file), Z_OK);
  OgInput *input = NULL;
  assert_ok(og_input_open(path, &input, &err));
  Reading reading = {.statements_left = -1};
  const OgSink sink = reading_sink(&reading);
  assert_ok(og_ingest(input, NULL, &sink, NULL, NULL, &err));
  assert_int_equal(reading.statements, 1);
  og_input_close(input);
  og_buffer_clear(&xml);
}

static void without_a_base_the_file_names_itself(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer base = OG_BUFFER_INIT;
  OgInput *input = NULL;
  const char *path = scratch("a b\303\251.owl");
  assert_ok(og_file_write(path, "x", 1, &err));
  assert_ok(og_input_open(path, &input, &err));
  assert_ok(og_ingest_base(input, &base, &err));
  assert_memory_equal(base.data, "file:///", 8);
  assert_non_null(strstr(base.data, "/a%20b%C3%A9.owl"));
  og_input_close(input);
  og_buffer_clear(&base);
}

static void a_named_format_is_believed(void **state) {
  (void)state;
  OgError err = {0};
  OgInput *input = input_of("<e:C xmlns:e='http://e/'/>", 26);
  Reading reading = {.statements_left = -1};
  const OgSink sink = reading_sink(&reading);
  const OgReadOptions options = {.format = "rdfxml", .base = TEST_BASE};
  assert_ok(og_ingest(input, &options, &sink, NULL, NULL, &err));
  assert_int_equal(reading.statements, 1);
  og_input_close(input);
  input = input_of("x", 1);
  const OgReadOptions wrong = {.format = "word"};
  assert_status(og_ingest(input, &wrong, &sink, NULL, NULL, &err), OG_USAGE);
  assert_string_equal(err.message, "no format is called \"word\"; there are rdfxml, owlxml, mesh, "
                                   "claml, graphml, xbrl, mapping, "
                                   "turtle, nquads, trig");
  og_input_close(input);
}

static void every_reader_has_a_name_and_a_title(void **state) {
  (void)state;
  OgError err = {0};
  for (const OgReader *row = og_readers; row->name; row++) {
    const OgReader *found = NULL;
    assert_ok(og_reader_find(row->name, &found, &err));
    assert_ptr_equal(found, row);
    assert_true(row->title[0] != '\0');
    assert_non_null(row->read);
  }
}

static void real_files_are_told_whatever_their_name(void **state) {
  (void)state;
  static const struct {
    const char *path;
    const char *reader; /* NULL: refused */
    const char *says;
  } rows[] = {
      {"onto/doid.owl.gz", "rdfxml", ""},
      {"onto/stw-skos.rdf", "rdfxml", ""},
      {"onto/mesh/desc-samples.xml", "mesh", ""},
      {"onto/apto-owlxml.owl", "owlxml", ""},
      {"onto/fibo/catalog-v001.xml", NULL, "XML catalog"},
      {"onto/graphml/tinkerpop-modern.xml", "graphml", ""},
      {"onto/claml/thehyve-test.xml", "claml", ""},
  };
  for (size_t i = 0; i < OG_COUNT(rows); i++) {
    OgError err = {0};
    OgInput *input = NULL;
    const OgReader *reader = NULL;
    const char *path = shared_data(rows[i].path);
    if (!path) {
      skip_without_data(rows[i].path);
    }
    assert_ok(og_input_open(path, &input, &err));
    const OgStatus status = og_ingest_detect(input, &reader, &err);
    og_input_close(input);
    if (rows[i].reader) {
      assert_status(status, OG_OK);
      assert_string_equal(reader->name, rows[i].reader);
    } else {
      assert_status(status, OG_BAD_DATA);
      assert_non_null(strstr(err.message, rows[i].says));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(formats_are_told_from_their_content),
      cmocka_unit_test(encodings_that_are_not_read_are_refused),
      cmocka_unit_test(a_document_without_content_is_warned_of),
      cmocka_unit_test(other_formats_are_refused_by_their_name),
      cmocka_unit_test(an_empty_document_is_what_its_name_says),
      cmocka_unit_test(a_long_prolog_is_looked_through),
      cmocka_unit_test(gzip_is_read_as_it_is),
      cmocka_unit_test(without_a_base_the_file_names_itself),
      cmocka_unit_test(a_named_format_is_believed),
      cmocka_unit_test(every_reader_has_a_name_and_a_title),
      cmocka_unit_test(real_files_are_told_whatever_their_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
