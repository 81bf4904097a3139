#include "core/hash.h"
#include "tests/test.h"

/* FIPS 180-4 examples, in pieces and whole. */
static void sha256_gives_the_digests_of_the_standard(void **state) {
  (void)state;
  OgSha256 sha;
  char hex[OG_SHA256_HEX_SIZE];
  og_sha256_init(&sha);
  og_sha256_add(&sha, "ab", 2);
  og_sha256_add(&sha, "c", 1);
  og_sha256_hex(&sha, hex);
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  og_sha256_hex(&sha, hex); /* started anew: the empty message */
  assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void what_is_stored_never_changes(void **state) {
  (void)state;
  assert_true(og_hash("", 0) == UINT64_C(0x2d06800538d394c2)); /* XXH3's published test vector */
  const OgHash128 hash = og_hash128("", 0);                    /* the same of its 128 bits */
  assert_true(hash.high == UINT64_C(0x99aa06d3014798d8));
  assert_true(hash.low == UINT64_C(0x6001c324468d497f));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sha256_gives_the_digests_of_the_standard),
      cmocka_unit_test(what_is_stored_never_changes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
