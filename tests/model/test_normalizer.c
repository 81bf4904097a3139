#include "tests/test.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "core/random.h"
#include "model/normalizer.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* The text, and behind it where each character came from, "start-end" and blanks between them. */
static void check(const OgNormalizerStep *steps, size_t count, const char *text,
                  const char *expected, const char *offsets) {
  OgError err = {0};
  OgWords words = OG_WORDS_INIT, other = OG_WORDS_INIT;
  OgBuffer out = OG_BUFFER_INIT;
  assert_ok(og_words_add(&words, text, strlen(text), 0, &err));
  assert_ok(og_normalize(steps, count, &words, &other, &err));
  assert_int_equal(words.size, strlen(expected));
  assert_memory_equal(words.text, expected, words.size);
  for (size_t k = 0; k < words.size; k++) {
    if (((unsigned char)words.text[k] & 0xc0) != 0x80) {
      assert_ok(
          og_buffer_format(&out, &err, "%s%u-%u", k ? " " : "", words.starts[k], words.ends[k]));
    }
  }
  assert_string_equal(out.data ? out.data : "", offsets);
  og_buffer_clear(&out);
  og_words_clear(&words);
  og_words_clear(&other);
}

static void check_one(OgNormalizerStep step, const char *text, const char *expected,
                      const char *offsets) {
  check(&step, 1, text, expected, offsets);
}

/* Random letters and marks in all four forms, as utf8proc's own functions normalise them. */
static void normal_forms_are_unicodes(void **state) {
  (void)state;
  static const int32_t alphabet[] = {'a',    'e',    'q',    0xe9,   0x1e69, 0x300,  0x301,
                                     0x307,  0x323,  0x345,  0x327,  0xac00, 0x1100, 0x1161,
                                     0x11a8, 0xfb01, 0x2126, 0x9c7,  0x9be,  0x212b, 0xf73,
                                     0x3099, 0x304b, 0xff21, 0x1f82, 0x1d15e};
  static utf8proc_uint8_t *(*const forms[])(const utf8proc_uint8_t *) = {
      utf8proc_NFC, utf8proc_NFD, utf8proc_NFKC, utf8proc_NFKD};
  OgError err = {0};
  OgWords words = OG_WORDS_INIT, other = OG_WORDS_INIT;
  for (uint64_t seed = 0; seed < 4000; seed++) {
    char text[100] = {0};
    size_t size = 0;
    for (size_t k = 0; k < 1 + og_random_at(seed, 0) % 12; k++) {
      const int32_t c = alphabet[og_random_at(seed, k + 1) % OG_COUNT(alphabet)];
      size += (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)text + size);
    }
    for (size_t form = 0; form < OG_COUNT(forms); form++) {
      const OgNormalizerStep step = {.kind = (OgNormalization)(OG_NORMALIZE_NFC + form)};
      char *expected = (char *)forms[form]((const utf8proc_uint8_t *)text);
      og_words_reset(&words);
      assert_ok(og_words_add(&words, text, size, 0, &err));
      assert_ok(og_normalize(&step, 1, &words, &other, &err));
      assert_int_equal(words.size, strlen(expected));
      assert_memory_equal(words.text, expected, words.size);
      free(expected);
    }
  }
  og_words_clear(&words);
  og_words_clear(&other);
}

static void characters_keep_where_they_came_from(void **state) {
  (void)state;
  const OgNormalizerStep nfkd = {.kind = OG_NORMALIZE_NFKD};
  const OgNormalizerStep nfc = {.kind = OG_NORMALIZE_NFC};
  const OgNormalizerStep lowercase = {.kind = OG_NORMALIZE_LOWERCASE};
  check_one(nfkd, "x\xef\xac\x81y", "xfiy", "0-1 1-4 1-4 4-5");
  check_one(nfc, "e\xcc\x81x", "\xc3\xa9x", "0-1 3-4");
  check_one(lowercase, "A\xc4\xb0", "ai\xcc\x87", "0-1 1-3 1-3");
  check_one((OgNormalizerStep){.kind = OG_NORMALIZE_STRIP_ACCENTS}, "e\xcc\x81x", "ex", "0-1 3-4");
  check_one((OgNormalizerStep){.kind = OG_NORMALIZE_STRIP, .left = true}, " \ta ", "a ", "2-3 3-4");
  check_one((OgNormalizerStep){.kind = OG_NORMALIZE_STRIP, .right = true}, " a\xe3\x80\x80", " a",
            "0-1 1-2");
  check_one((OgNormalizerStep){.kind = OG_NORMALIZE_REPLACE, .pattern = "``", .content = "\""},
            "a```", "a\"`", "0-1 2-3 3-4");
  check_one((OgNormalizerStep){.kind = OG_NORMALIZE_REPLACE_RUNS, .content = " "}, "a   b c",
            "a b c", "0-1 3-4 4-5 5-6 6-7");
  check_one((OgNormalizerStep){.kind = OG_NORMALIZE_PREPEND, .content = "_"}, "ab", "_ab",
            "0-1 0-1 1-2");
  check_one((OgNormalizerStep){.kind = OG_NORMALIZE_PREPEND, .content = "_"}, "", "", "");
}

/* --- SentencePiece's map ---------------------------------------------------------------------- */

/* A map of "a" to "xy" and of U+00E9 to nothing. */
typedef struct Map {
  unsigned char bytes[4 + 4 * 1024 + 16];
  OgCharsmap map;
} Map;

static void put_unit(Map *map, uint32_t position, uint32_t unit) {
  for (unsigned k = 0; k < 4; k++) {
    map->bytes[4 + 4 * position + k] = (unsigned char)(unit >> (8 * k));
  }
}

static void make_map(Map *map) {
  OgError err = {0};
  static const char texts[] = "xy\0"; /* and an empty one behind it */
  memset(map, 0, sizeof *map);
  map->bytes[1] = 16; /* 4096 bytes of units */
  put_unit(map, 0, 256U << 10);
  put_unit(map, 256 ^ 'a', 'a' | 1U << 8 | ((256 ^ 'a') ^ 520U) << 10);
  put_unit(map, 520, 0x80000000U | 0);
  put_unit(map, 256 ^ 0xc3, 0xc3 | ((256 ^ 0xc3) ^ 768U) << 10);
  put_unit(map, 768 ^ 0xa9, 0xa9 | 1U << 8 | ((768 ^ 0xa9) ^ 521U) << 10);
  put_unit(map, 521, 0x80000000U | 3);
  memcpy(map->bytes + 4 + 4096, texts, sizeof texts);
  assert_ok(og_charsmap_init(&map->map, map->bytes, 4 + 4096 + sizeof texts, "map", &err));
}

static void a_map_rewrites_characters(void **state) {
  (void)state;
  static Map map;
  make_map(&map);
  const OgNormalizerStep step = {.kind = OG_NORMALIZE_CHARSMAP, .charsmap = map.map};
  check_one(step, "bcab", "bcxyb", "0-1 1-2 2-3 2-3 3-4");
  check_one(step, "b\xc3\xa9z", "bz", "0-1 3-4");
  check_one(step, "\xc3\xaa!", "\xc3\xaa!", "0-2 2-3");
  check_one(step, "", "", "");
}

static void damaged_maps_are_refused_or_match_nothing(void **state) {
  (void)state;
  static Map map;
  OgError err = {0};
  OgCharsmap view;
  make_map(&map);
  assert_status(og_charsmap_init(&view, map.bytes, 3, "map", &err), OG_BAD_STORE);
  assert_status(og_charsmap_init(&view, map.bytes, 4 + 4096, "map", &err), OG_BAD_STORE);
  assert_status(og_charsmap_init(&view, map.bytes, 4 + 4096 + 2, "map", &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "zero byte"));
  assert_string_equal(og_charsmap_find(&map.map, "ab", 2), "xy");
  put_unit(&map, 520, 0x80000000U | 77); /* behind the texts */
  assert_null(og_charsmap_find(&map.map, "ab", 2));
  put_unit(&map, 0, 0xffffffffU); /* far outside */
  assert_null(og_charsmap_find(&map.map, "ab", 2));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(normal_forms_are_unicodes),
      cmocka_unit_test(characters_keep_where_they_came_from),
      cmocka_unit_test(a_map_rewrites_characters),
      cmocka_unit_test(damaged_maps_are_refused_or_match_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
