#include "kg/sparql_term.h"

#include "core/memory.h"
#include "core/vocab.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <string.h>

/* A text in a constant. */
#define TEXT(x)                                                                                    \
  { "" x, sizeof(x) - 1 }
#define LITERAL(x, type)                                                                           \
  { .kind = OG_LITERAL, .text = TEXT(x), .datatype = TEXT(type) }

static const OgTerm samples[] = {
    {.kind = OG_IRI, .text = TEXT("http://example.org/a")},
    {.kind = OG_IRI, .text = TEXT("")},
    {.kind = OG_BLANK, .text = TEXT("b7")},
    LITERAL("text", ""),
    LITERAL("", ""),
    LITERAL("5", OG_NS_XSD "integer"),
    LITERAL("a\0b", OG_NS_XSD "boolean"),
    LITERAL("x", "http://example.org/type"),
    {.kind = OG_LITERAL, .text = TEXT("chat"), .language = TEXT("fr")},
};

static void assert_same(const OgTerm *a, const OgTerm *b) {
  assert_int_equal(a->kind, b->kind);
  assert_true(og_text_equal(a->text, b->text));
  assert_true(og_text_equal(a->datatype, b->datatype));
  assert_true(og_text_equal(a->language, b->language));
}

static void blobs_are_the_terms(void **state) {
  (void)state;
  OgBuffer blob = OG_BUFFER_INIT;
  for (size_t k = 0; k < OG_COUNT(samples); k++) {
    OgError err = {0};
    OgTypedTerm read;
    const OgTypedTerm term = og_term_with_type(&samples[k]);
    assert_ok(og_term_encode(&term, &blob, &err));
    assert_true(og_term_decode(blob.data, blob.size, &read));
    assert_same(&read.term, &samples[k]);
    assert_int_equal(read.type, term.type);
  }
  og_buffer_clear(&blob);
}

static void other_blobs_are_none(void **state) {
  (void)state;
  static const OgText blobs[] = {TEXT(""), TEXT("x"), TEXT("Labc"), TEXT("Tabc"),
                                 TEXT("\xff"
                                      "1")};
  OgTypedTerm term;
  for (size_t k = 0; k < OG_COUNT(blobs); k++) {
    assert_false(og_term_decode(blobs[k].data, blobs[k].size, &term));
  }
}

static void datatypes_have_their_rows(void **state) {
  (void)state;
  assert_int_equal(og_datatype_find(OG_TEXT(OG_NS_XSD "unsignedByte")), OG_TYPE_UNSIGNED_BYTE);
  assert_int_equal(og_datatype_find(OG_TEXT(OG_NS_XSD "string")), OG_TYPE_STRING);
  assert_int_equal(og_datatype_find(OG_TEXT("http://example.org/type")), OG_TYPE_OTHER);
  for (int k = OG_TYPE_STRING; k < OG_TYPE_COUNT; k++) {
    assert_int_equal(og_datatype_find(og_datatypes[k]), k);
  }
}

static void terms_of_the_graph_are_found_and_read(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store = NULL;
  OgTermReader reader;
  OgArena arena = OG_ARENA_INIT;
  const char *path = scratch("terms.db");
  assert_ok(import_text(path, "http://example.org/g",
                        "ex:a ex:p '5'^^xsd:integer . ex:a ex:p 'chat'@fr . ex:a ex:p '5' .", NULL,
                        &err));
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  og_term_reader_init(&reader, store);
  static const OgTerm there[] = {
      {.kind = OG_IRI, .text = TEXT("http://example.org/a")},
      LITERAL("5", OG_NS_XSD "integer"),
      LITERAL("5", ""),
      {.kind = OG_LITERAL, .text = TEXT("chat"), .language = TEXT("fr")},
  };
  static const OgTerm absent[] = {
      {.kind = OG_IRI, .text = TEXT("http://example.org/zz")},
      LITERAL("5", OG_NS_XSD "decimal"),
      {.kind = OG_LITERAL, .text = TEXT("chat"), .language = TEXT("de")},
  };
  for (size_t k = 0; k < OG_COUNT(there); k++) {
    int64_t id = 0;
    OgTypedTerm term;
    assert_ok(og_term_find(&reader, &there[k], &id, &err));
    assert_true(id > 0);
    assert_ok(og_term_read(&reader, id, &arena, &term, &err));
    assert_same(&term.term, &there[k]);
  }
  for (size_t k = 0; k < OG_COUNT(absent); k++) {
    int64_t id = 7;
    assert_ok(og_term_find(&reader, &absent[k], &id, &err));
    assert_int_equal(id, 0);
  }
  OgTypedTerm term;
  assert_status(og_term_read(&reader, 1 << 30, &arena, &term, &err), OG_BAD_STORE);
  og_arena_clear(&arena);
  og_term_reader_clear(&reader);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blobs_are_the_terms),
      cmocka_unit_test(other_blobs_are_none),
      cmocka_unit_test(datatypes_have_their_rows),
      cmocka_unit_test(terms_of_the_graph_are_found_and_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
