#include "tests/test.h"

#include "model/array.h"

#include <math.h>
#include <string.h>

static void floats_of_every_width_convert(void **state) {
  (void)state;
  OgError err = {0};
  static const float expected[] = {0.0F, -0.0F, 1.0F, -2.5F, 65504.0F, 0x1p-24F};
  static const uint16_t half[] = {0x0000, 0x8000, 0x3c00, 0xc100, 0x7bff, 0x0001};
  static const uint16_t brain[] = {0x0000, 0x8000, 0x3f80, 0xc020, 0x477f, 0x3380};
  static const double wide[] = {0, -0.0, 1, -2.5, 65504, 0x1p-24};
  const OgArray arrays[] = {
      {.name = "h", .dtype = OG_F16, .rank = 1, .shape = {6}, .bytes = half},
      {.name = "f", .dtype = OG_F32, .rank = 1, .shape = {6}, .bytes = expected},
      {.name = "d", .dtype = OG_F64, .rank = 1, .shape = {6}, .bytes = wide},
      {.name = "b", .dtype = OG_BF16, .rank = 1, .shape = {6}, .bytes = brain},
  };
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    float values[6];
    assert_ok(og_array_floats(&arrays[k], values, &err));
    for (size_t n = 0; n < 6; n++) {
      const float wanted = arrays[k].dtype == OG_BF16 && n == 4 ? 65280.0F : expected[n];
      assert_memory_equal(&values[n], &wanted, sizeof wanted);
    }
  }
}

static void every_half_converts_as_its_definition_says(void **state) {
  (void)state;
  OgError err = {0};
  for (unsigned bits = 0; bits < 0x7c00; bits++) {
    const uint16_t half = (uint16_t)bits;
    const OgArray array = {.name = "h", .dtype = OG_F16, .rank = 0, .bytes = &half};
    const int exponent = (int)(bits >> 10);
    const double fraction = bits & 0x3ff;
    const double wanted =
        exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    float value;
    assert_ok(og_array_floats(&array, &value, &err));
    assert_true(!((double)value < wanted) && !((double)value > wanted));
  }
}

/* Halves turned into floats and back are the same, floats between two of them the nearest. */
static void floats_round_to_the_nearest_half(void **state) {
  (void)state;
  OgError err = {0};
  static const OgDtype dtypes[] = {OG_F16, OG_BF16};
  for (size_t d = 0; d < OG_COUNT(dtypes); d++) {
    const unsigned infinity = dtypes[d] == OG_F16 ? 0x7c00 : 0x7f80;
    float values[2] = {0, 0};
    for (unsigned bits = 0; bits + 1 < infinity; bits++) {
      const uint16_t pair[] = {(uint16_t)bits, (uint16_t)(bits + 1)};
      const OgArray array = {
          .name = "h", .dtype = dtypes[d], .rank = 1, .shape = {2}, .bytes = pair};
      assert_ok(og_array_floats(&array, values, &err));
      const float middle = values[0] / 2 + values[1] / 2;
      const float wanted[] = {values[0], -values[0], middle, nextafterf(middle, 0),
                              nextafterf(middle, INFINITY)};
      const unsigned rounded[] = {bits, bits | 0x8000, bits + bits % 2, bits, bits + 1};
      uint16_t halves[5];
      if (dtypes[d] == OG_BF16 && bits == 0) {
        continue; /* floats have no room between its subnormals of this size */
      }
      assert_int_equal(og_floats_to_half(dtypes[d], wanted, 5, halves), 5);
      for (size_t k = 0; k < 5; k++) {
        assert_int_equal(halves[k], rounded[k]);
      }
    }
    const float large[] = {1, dtypes[d] == OG_F16 ? 65520.0F : 3.4e38F};
    uint16_t halves[2];
    assert_int_equal(og_floats_to_half(dtypes[d], large, 2, halves), 1);
  }
}

static void nan_and_infinity_are_refused_with_their_place(void **state) {
  (void)state;
  OgError err = {0};
  float values[40] = {0};
  float out[40];
  const OgArray array = {.name = "w", .dtype = OG_F32, .rank = 1, .shape = {40}, .bytes = values};
  values[37] = NAN;
  assert_status(og_array_floats(&array, out, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "tensor w: element 37 is not a number"));
  values[5] = -INFINITY;
  assert_status(og_array_floats(&array, out, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "element 5 is infinite"));
  const uint16_t half[] = {0x3c00, 0x7c00};
  const OgArray halves = {.name = "h", .dtype = OG_F16, .rank = 1, .shape = {2}, .bytes = half};
  assert_status(og_array_floats(&halves, out, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "element 1 is infinite"));
}

static void integers_of_every_width_convert(void **state) {
  (void)state;
  OgError err = {0};
  int64_t values[2];
  const int8_t small[] = {-1, 127};
  const uint16_t medium[] = {65535, 1};
  const int64_t large[] = {INT64_MIN, INT64_MAX};
  const uint64_t over[] = {1, UINT64_MAX};
  const OgArray a = {.name = "a", .dtype = OG_I8, .rank = 1, .shape = {2}, .bytes = small};
  assert_ok(og_array_integers(&a, values, &err));
  assert_true(values[0] == -1 && values[1] == 127);
  const OgArray b = {.name = "b", .dtype = OG_U16, .rank = 1, .shape = {2}, .bytes = medium};
  assert_ok(og_array_integers(&b, values, &err));
  assert_true(values[0] == 65535 && values[1] == 1);
  const OgArray c = {.name = "c", .dtype = OG_I64, .rank = 1, .shape = {2}, .bytes = large};
  assert_ok(og_array_integers(&c, values, &err));
  assert_true(values[0] == INT64_MIN && values[1] == INT64_MAX);
  const OgArray d = {.name = "d", .dtype = OG_U64, .rank = 1, .shape = {2}, .bytes = over};
  assert_status(og_array_integers(&d, values, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "element 1 is over"));
}

static void floats_and_integers_are_not_confused(void **state) {
  (void)state;
  OgError err = {0};
  const int32_t number = 1;
  const float real = 1;
  float value;
  int64_t integer;
  const OgArray a = {.name = "a", .dtype = OG_I32, .rank = 0, .bytes = &number};
  assert_status(og_array_floats(&a, &value, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "tensor a"));
  const OgArray b = {.name = "b", .dtype = OG_F32, .rank = 0, .bytes = &real};
  assert_status(og_array_integers(&b, &integer, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "tensor b"));
}

static void dtypes_are_found_by_their_names(void **state) {
  (void)state;
  for (OgDtype dtype = OG_BOOL; dtype < OG_DTYPE_COUNT; dtype++) {
    assert_int_equal(og_dtype_find(og_dtype_name(dtype)), dtype);
  }
  assert_int_equal(og_dtype_find("F8_E4M3"), OG_DTYPE_COUNT);
  assert_int_equal(og_dtype_size(OG_BF16), 2);
  assert_int_equal(og_dtype_size(OG_U64), 8);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(floats_of_every_width_convert),
      cmocka_unit_test(every_half_converts_as_its_definition_says),
      cmocka_unit_test(floats_round_to_the_nearest_half),
      cmocka_unit_test(nan_and_infinity_are_refused_with_their_place),
      cmocka_unit_test(integers_of_every_width_convert),
      cmocka_unit_test(floats_and_integers_are_not_confused),
      cmocka_unit_test(dtypes_are_found_by_their_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
