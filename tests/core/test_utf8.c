#include "core/utf8.h"
#include "tests/test.h"

#include <string.h>

/* a, e acute, the euro sign, a treble clef: 1 to 4 bytes. */
static const char text[] = "a\303\251\342\202\254\360\235\204\236";

static void a_character_is_there_as_a_whole_or_not(void **state) {
  (void)state;
  static const size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
  assert_int_equal(OG_COUNT(whole), sizeof text);
  for (size_t size = 0; size < sizeof text; size++) {
    assert_int_equal(og_utf8_whole(text, size), whole[size]);
  }
}

static void what_is_no_utf8_stays(void **state) {
  (void)state;
  static const char *const texts[] = {"\251", "\251\251\251\251\251", "a\251\251\251\251", "a\251"};
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    assert_int_equal(og_utf8_whole(texts[k], strlen(texts[k])), strlen(texts[k]));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_character_is_there_as_a_whole_or_not),
      cmocka_unit_test(what_is_no_utf8_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
