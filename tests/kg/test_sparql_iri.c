#include "kg/sparql_iri.h"

#include "core/memory.h"
#include "tests/test.h"

#include <string.h>

/* The cases of resolving are those of core/iri; here is what a query's base adds. */
static void references_follow_the_base(void **state) {
  (void)state;
  static const struct {
    const char *base, *reference, *resolved;
  } rows[] = {
      {"http://a/b/c", "d", "http://a/b/d"},
      {"http://a/b/c", "#d", "http://a/b/c#d"},
      {"http://a/b/c", "../e", "http://a/e"},
      {"http://a/b/c", "x/../d/./e", "http://a/b/d/e"},
      {"http://a/b/c", "urn:x:y", "urn:x:y"},
      {NULL, "d", "d"},
      {"relative", "d", "d"},
  };
  OgArena arena = OG_ARENA_INIT;
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    OgError err = {0};
    OgText resolved;
    const OgText reference = {rows[k].reference, strlen(rows[k].reference)};
    assert_ok(og_iri_resolve(rows[k].base, reference, &arena, &resolved, &err));
    assert_int_equal(resolved.size, strlen(rows[k].resolved));
    assert_memory_equal(resolved.data, rows[k].resolved, resolved.size);
  }
  og_arena_clear(&arena);
}

static void all_but_unreserved_bytes_are_encoded(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer encoded = OG_BUFFER_INIT;
  assert_ok(og_iri_encode(OG_TEXT("aZ0-_.~ /?ä"), &encoded, &err));
  assert_string_equal(encoded.data, "aZ0-_.~%20%2F%3F%C3%A4");
  og_buffer_clear(&encoded);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(references_follow_the_base),
      cmocka_unit_test(all_but_unreserved_bytes_are_encoded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
