#include "tests/test.h"

#include "core/file.h"
#include "core/memory.h"
#include "model/safetensors.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file's bytes: the header's length, the header, and data_size bytes 0, 1, 2, … */
static size_t make_file(const char *header, size_t data_size, unsigned char bytes[4096]) {
  const uint64_t length = strlen(header);
  assert_true(8 + length + data_size <= 4096);
  memcpy(bytes, &length, 8);
  memcpy(bytes + 8, header, length);
  for (size_t k = 0; k < data_size; k++) {
    bytes[8 + length + k] = (unsigned char)k;
  }
  return 8 + length + data_size;
}

static void write_text(const char *path, const char *text) {
  OgError err = {0};
  assert_ok(og_file_write(path, text, strlen(text), &err));
}

static void arrays_are_listed_by_name_and_found(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file;
  unsigned char bytes[4096];
  const size_t size =
      make_file("{\"b\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[4,28]},"
                "\"__metadata__\":{\"format\":\"pt\"},"
                "\"a\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]},"
                "\"empty\":{\"dtype\":\"F64\",\"shape\":[0,7],\"data_offsets\":[4,4]}}",
                28, bytes);
  assert_ok(og_safetensors_parse(bytes, size, "x", &file, &err));
  assert_int_equal(og_safetensors_count(file), 3);
  assert_string_equal(og_safetensors_at(file, 0)->name, "a");
  assert_string_equal(og_safetensors_at(file, 2)->name, "empty");
  const OgArray *b = og_safetensors_find(file, "b");
  assert_non_null(b);
  assert_int_equal(b->rank, 2);
  assert_int_equal(b->shape[0], 2);
  assert_int_equal(b->shape[1], 3);
  assert_int_equal(og_array_count(b), 6);
  assert_int_equal(*(const unsigned char *)b->bytes, 4);
  assert_int_equal(og_array_count(og_safetensors_find(file, "a")), 1);
  assert_int_equal(og_array_count(og_safetensors_find(file, "empty")), 0);
  assert_null(og_safetensors_find(file, "c"));
  assert_string_equal(og_safetensors_metadata(file, "format"), "pt");
  assert_null(og_safetensors_metadata(file, "missing"));
  og_safetensors_close(file);
}

#define F32(name, shape, begin, end)                                                               \
  "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

/* Headers that must be refused, the bytes of data behind them, and what the message must tell. */
static const struct {
  const char *header;
  size_t data_size;
  const char *message;
} bad[] = {
    {"[]", 0, "not a JSON object"},
    {"{", 0, "not valid JSON"},
    {"{\"a\":1}", 0, "tensor a: its entry"},
    {"{" F32("", "[1]", 0, 4) "}", 4, "1 to 1000 bytes"},
    {"{" F32("a", "[1]", 0, 4) "," F32("a", "[1]", 0, 4) "}", 4, "duplicate"},
    {"{\"a\":{\"dtype\":\"F8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "dtype F8"},
    {"{\"a\":{\"dtype\":7,\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "dtype that is not a string"},
    {"{" F32("a", "1", 0, 4) "}", 4, "shape must be an array"},
    {"{" F32("a", "[1,1,1,1,1,1,1,1,1]", 0, 4) "}", 4, "at most 8"},
    {"{" F32("a", "[-1]", 0, 4) "}", 4, "not a whole number"},
    {"{" F32("a", "[1.0]", 0, 4) "}", 4, "not a whole number"},
    {"{" F32("a", "[4294967296,4294967296]", 0, 4) "}", 4, "wraps"},
    {"{" F32("a", "[4611686018427387905]", 0, 4) "}", 4, "wraps"},
    {"{" F32("a", "[2]", 0, 4) "}", 4, "needs 8 bytes"},
    {"{" F32("a", "[2]", 0, 8) "}", 4, "truncated"},
    {"{" F32("a", "[1]", 4, 0) "}", 4, "not inside"},
    {"{" F32("a", "[1]", -4, 0) "}", 4, "not inside"},
    {"{" F32("a", "[1]", 0, 18446744073709551615) "}", 4, "not valid JSON"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "two whole numbers"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "two whole numbers"},
    {"{" F32("a", "[1]", 0, 4) "," F32("b", "[1]", 2, 6) "}", 6, "a and b overlap"},
    {"{" F32("a", "[1]", 0, 4) "," F32("b", "[1]", 0, 4) "}", 4, "overlap"},
    {"{" F32("a", "[1]", 0, 4) "," F32("b", "[1]", 8, 12) "}", 12,
     "hole of 4 bytes before tensor b"},
    {"{" F32("a", "[1]", 0, 4) "}", 8, "4 bytes after the last tensor"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "__metadata__"},
    {"{\"__metadata__\":[]}", 0, "__metadata__"},
};

static void damaged_headers_are_refused_with_the_tensor_named(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(bad); k++) {
    OgError err = {0};
    OgSafetensors *file = NULL;
    unsigned char bytes[4096];
    const size_t size = make_file(bad[k].header, bad[k].data_size, bytes);
    assert_status(og_safetensors_parse(bytes, size, "model", &file, &err), OG_BAD_STORE);
    assert_null(file);
    if (!strstr(err.message, bad[k].message)) {
      fail_msg("%s: expected \"%s\" in: %s", bad[k].header, bad[k].message, err.message);
    }
    assert_string_equal(err.source, "model");
  }
}

static void every_truncation_is_refused(void **state) {
  (void)state;
  unsigned char bytes[4096];
  const size_t size = make_file("{" F32("a", "[2]", 0, 8) "}", 8, bytes);
  for (size_t cut = 0; cut < size; cut++) {
    OgError err = {0};
    OgSafetensors *file = NULL;
    assert_status(og_safetensors_parse(bytes, cut, "model", &file, &err), OG_BAD_STORE);
  }
}

static void a_header_longer_than_the_limit_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file = NULL;
  const uint64_t length = UINT64_MAX - 3;
  unsigned char bytes[64] = {0};
  memcpy(bytes, &length, 8);
  assert_status(og_safetensors_parse(bytes, sizeof bytes, "model", &file, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "18446744073709551612"));
}

static void deeply_nested_json_is_refused(void **state) {
  (void)state;
  enum { DEPTH = 100000 };
  OgError err = {0};
  OgSafetensors *file = NULL;
  unsigned char *bytes = og_calloc(8 + DEPTH, 1);
  const uint64_t length = DEPTH;
  memcpy(bytes, &length, 8);
  memset(bytes + 8, '[', DEPTH);
  assert_status(og_safetensors_parse(bytes, 8 + DEPTH, "model", &file, &err), OG_BAD_STORE);
  og_free(bytes);
}

static const float some_floats[] = {1, 2, 3, 4, 5, 6};
static const int64_t some_numbers[] = {7, 8};
static const uint8_t some_bytes[] = {9, 10, 11};
static const OgArray some_arrays[] = {
    {.name = "z", .dtype = OG_F32, .rank = 2, .shape = {2, 3}, .bytes = some_floats},
    {.name = "bytes", .dtype = OG_U8, .rank = 1, .shape = {3}, .bytes = some_bytes},
    {.name = "numbers", .dtype = OG_I64, .rank = 1, .shape = {2}, .bytes = some_numbers},
    {.name = "a \"quoted\" é", .dtype = OG_F32, .rank = 0, .bytes = some_floats},
    {.name = "none", .dtype = OG_F32, .rank = 1, .shape = {0}, .bytes = NULL},
};

static void what_is_saved_opens_again(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("saved.safetensors");
  const OgMetadata metadata[] = {{"step", "12"}};
  OgSafetensors *file;
  assert_ok(og_safetensors_save(path, some_arrays, OG_COUNT(some_arrays), metadata, 1, &err));
  assert_ok(og_safetensors_open(path, &file, &err));
  assert_int_equal(og_safetensors_count(file), OG_COUNT(some_arrays));
  for (size_t k = 0; k < OG_COUNT(some_arrays); k++) {
    const OgArray *array = og_safetensors_find(file, some_arrays[k].name);
    assert_non_null(array);
    assert_int_equal(array->dtype, some_arrays[k].dtype);
    assert_int_equal(array->rank, some_arrays[k].rank);
    if (og_array_count(array) > 0) {
      assert_memory_equal(array->bytes, some_arrays[k].bytes,
                          og_array_count(array) * og_dtype_size(array->dtype));
    }
    /* wide dtypes come first, so every array is aligned to its elements */
    assert_int_equal((uintptr_t)array->bytes % og_dtype_size(array->dtype), 0);
  }
  assert_string_equal(og_safetensors_metadata(file, "format"), "pt");
  assert_string_equal(og_safetensors_metadata(file, "step"), "12");
  og_safetensors_close(file);
}

static void saved_bytes_are_as_the_format_wants(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer content = OG_BUFFER_INIT;
  const char *path = scratch("bytes.safetensors");
  const OgArray arrays[] = {
      {.name = "b", .dtype = OG_U8, .rank = 1, .shape = {1}, .bytes = "B"},
      {.name = "a", .dtype = OG_U8, .rank = 1, .shape = {1}, .bytes = "A"},
      {.name = "c", .dtype = OG_U16, .rank = 1, .shape = {1}, .bytes = "CC"},
  };
  static const char header[] = "{\"__metadata__\":{\"format\":\"pt\"},"
                               "\"c\":{\"dtype\":\"U16\",\"shape\":[1],\"data_offsets\":[0,2]},"
                               "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]},"
                               "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[3,4]}}";
  uint64_t length;
  assert_ok(og_safetensors_save(path, arrays, OG_COUNT(arrays), NULL, 0, &err));
  assert_ok(og_file_read(path, 4096, &content, &err));
  memcpy(&length, content.data, 8);
  assert_int_equal(8 + length, (8 + strlen(header) + 63) / 64 * 64);
  assert_memory_equal(content.data + 8, header, strlen(header));
  for (size_t k = strlen(header); k < length; k++) {
    assert_int_equal(content.data[8 + k], ' ');
  }
  assert_int_equal(content.size, 8 + length + 4);
  assert_memory_equal(content.data + 8 + length, "CCBA", 4);
  og_buffer_clear(&content);
}

static void a_name_given_twice_is_not_saved(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("twice.safetensors");
  const OgArray arrays[] = {some_arrays[0], some_arrays[1], some_arrays[0]};
  assert_status(og_safetensors_save(path, arrays, 3, NULL, 0, &err), OG_USAGE);
  assert_false(og_file_exists(path));
}

/* A directory in scratch with two shards and an index that says map. */
static const char *make_shards(const char *name, const char *map) {
  OgError err = {0};
  char path[4200];
  const char *directory = scratch(name);
  assert_ok(og_directory_make(directory, &err));
  snprintf(path, sizeof path, "%s/one.safetensors", directory);
  assert_ok(og_safetensors_save(path, &some_arrays[0], 1, NULL, 0, &err));
  snprintf(path, sizeof path, "%s/two.safetensors", directory);
  assert_ok(og_safetensors_save(path, &some_arrays[1], 2, NULL, 0, &err));
  snprintf(path, sizeof path, "%s/model.safetensors.index.json", directory);
  write_text(path, map);
  return directory;
}

static void shards_are_one_model(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file;
  const char *directory =
      make_shards("shards", "{\"metadata\":{},\"weight_map\":{\"z\":\"one.safetensors\",\"bytes\":"
                            "\"two.safetensors\",\"numbers\":\"two.safetensors\"}}");
  assert_ok(og_safetensors_open_model(directory, &file, &err));
  assert_int_equal(og_safetensors_count(file), 3);
  assert_non_null(og_safetensors_find(file, "numbers"));
  og_safetensors_close(file);
}

static void bad_indexes_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *map;
    const char *message;
  } indexes[] = {
      {"[]", "weight_map"},
      {"{\"weight_map\":{}}", "1 to 1000 parts"},
      {"{\"weight_map\":{\"z\":\"../one.safetensors\"}}", "tensor z"},
      {"{\"weight_map\":{\"z\":\"/etc/one.safetensors\"}}", "tensor z"},
      {"{\"weight_map\":{\"z\":\"..safetensors\"}}", "tensor z"},
      {"{\"weight_map\":{\"z\":\"one.bin\"}}", "one.bin"},
      {"{\"weight_map\":{\"z\":7}}", "not a string"},
      {"{\"weight_map\":{\"z\":\"two.safetensors\"}}", "tensor z is not in two.safetensors"},
      {"{\"weight_map\":{\"z\":\"one.safetensors\",\"y\":\"three.safetensors\"}}",
       "tensor y is in three.safetensors, which is not there"},
      {"{\"weight_map\":{\"z\":\"one.safetensors\",\"y\":\"one.safetensors\"}}", "tensor y"},
  };
  for (size_t k = 0; k < OG_COUNT(indexes); k++) {
    OgError err = {0};
    OgSafetensors *file = NULL;
    const char *directory = make_shards("bad", indexes[k].map);
    assert_status(og_safetensors_open_model(directory, &file, &err), OG_BAD_STORE);
    if (!strstr(err.message, indexes[k].message)) {
      fail_msg("%s: expected \"%s\" in: %s", indexes[k].map, indexes[k].message, err.message);
    }
  }
}

static void a_tensor_in_two_shards_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  char path[4200];
  OgSafetensors *file = NULL;
  const char *directory =
      make_shards("both", "{\"weight_map\":{\"z\":\"one.safetensors\",\"bytes\":"
                          "\"two.safetensors\"}}");
  snprintf(path, sizeof path, "%s/two.safetensors", directory);
  assert_ok(og_safetensors_save(path, some_arrays, 2, NULL, 0, &err));
  assert_status(og_safetensors_open_model(directory, &file, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "tensor z is also in"));
}

static void a_link_out_of_the_directory_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file = NULL;
  char link[4200];
  const char *outside = scratch("outside.safetensors");
  const char *directory = scratch("linked");
  assert_ok(og_safetensors_save(outside, some_arrays, 2, NULL, 0, &err));
  assert_ok(og_directory_make(directory, &err));
  snprintf(link, sizeof link, "%s/model.safetensors", directory);
  assert_int_equal(symlink(outside, link), 0);
  assert_status(og_safetensors_open_model(directory, &file, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "symbolic link out of its directory"));
  assert_ok(og_safetensors_open(outside, &file, &err));
  og_safetensors_close(file);
}

static void a_link_to_nothing_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file = NULL;
  char link[4200];
  const char *directory = scratch("loop");
  assert_ok(og_directory_make(directory, &err));
  snprintf(link, sizeof link, "%s/model.safetensors", directory);
  assert_int_equal(symlink("model.safetensors", link), 0);
  assert_status(og_safetensors_open_model(directory, &file, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "leads to no file"));
}

/* What stands in the place of a file, and what is said of it. */
static void what_is_no_file_is_refused(void **state) {
  (void)state;
  const char *const names[] = {"model.safetensors", "model.safetensors.index.json"};
  for (size_t k = 0; k < OG_COUNT(names); k++) {
    OgError err = {0};
    OgSafetensors *file = NULL;
    char path[4200];
    const char *directory = scratch(k == 0 ? "odd" : "odd-index");
    assert_ok(og_directory_make(directory, &err));
    snprintf(path, sizeof path, "%s/%s", directory, names[k]);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_status(og_safetensors_open_model(directory, &file, &err), OG_BAD_STORE);
    assert_non_null(strstr(err.message, "is a pipe"));
    assert_int_equal(remove(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_status(og_safetensors_open_model(directory, &file, &err), OG_BAD_STORE);
    assert_non_null(strstr(err.message, "is a directory"));
  }
}

static void links_of_the_hugging_face_cache_are_followed(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file = NULL;
  char path[4200];
  const char *cache = scratch("cache");
  snprintf(path, sizeof path, "%s/blobs", cache);
  assert_ok(og_directory_make(path, &err));
  snprintf(path, sizeof path, "%s/blobs/0123", cache);
  assert_ok(og_safetensors_save(path, some_arrays, 2, NULL, 0, &err));
  snprintf(path, sizeof path, "%s/snapshots/main", cache);
  assert_ok(og_directory_make(path, &err));
  snprintf(path, sizeof path, "%s/snapshots/main/model.safetensors", cache);
  assert_int_equal(symlink("../../blobs/0123", path), 0);
  snprintf(path, sizeof path, "%s/snapshots/main", cache);
  assert_ok(og_safetensors_open_model(path, &file, &err));
  og_safetensors_close(file);
}

static void a_pickle_is_refused_with_the_way_to_convert_it(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file = NULL;
  char path[4200];
  const char *directory = scratch("pickle");
  assert_ok(og_directory_make(directory, &err));
  snprintf(path, sizeof path, "%s/pytorch_model.bin", directory);
  write_text(path, "\x80\x02");
  assert_status(og_safetensors_open_model(directory, &file, &err), OG_BAD_STORE);
  assert_non_null(strstr(err.message, "save_file("));
  assert_non_null(strstr(err.message, "\"format\": \"pt\"})"));
}

static void an_empty_directory_says_what_is_missing(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file = NULL;
  const char *directory = scratch("nothing");
  assert_ok(og_directory_make(directory, &err));
  assert_status(og_safetensors_open_model(directory, &file, &err), OG_IO);
  assert_non_null(strstr(err.message, "model.safetensors"));
}

static void the_recorded_reference_opens(void **state) {
  (void)state;
  OgError err = {0};
  OgSafetensors *file;
  const char *path = shared_data("base/reference/reference.safetensors");
  if (!path) {
    skip_without_data("base/reference/reference.safetensors");
  }
  assert_ok(og_safetensors_open(path, &file, &err));
  const OgArray *array = og_safetensors_find(file, "adamw.after3.classifier.weight");
  assert_non_null(array);
  assert_int_equal(array->shape[0], 5);
  assert_int_equal(array->shape[1], 48);
  float values[5 * 48];
  assert_ok(og_array_floats(array, values, &err));
  og_safetensors_close(file);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("memory.safetensors");
  const char *directory =
      make_shards("memory", "{\"weight_map\":{\"z\":\"one.safetensors\",\"bytes\":"
                            "\"two.safetensors\"}}");
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgSafetensors *file = NULL;
    og_memory_fail_after(n);
    status = og_safetensors_open_model(directory, &file, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || (status == OG_NO_MEMORY && !file));
    og_safetensors_close(file);
  }
  status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    og_memory_fail_after(n);
    status = og_safetensors_save(path, some_arrays, OG_COUNT(some_arrays), NULL, 0, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || (status == OG_NO_MEMORY && !og_file_exists(path)));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arrays_are_listed_by_name_and_found),
      cmocka_unit_test(damaged_headers_are_refused_with_the_tensor_named),
      cmocka_unit_test(every_truncation_is_refused),
      cmocka_unit_test(a_header_longer_than_the_limit_is_refused),
      cmocka_unit_test(deeply_nested_json_is_refused),
      cmocka_unit_test(what_is_saved_opens_again),
      cmocka_unit_test(saved_bytes_are_as_the_format_wants),
      cmocka_unit_test(a_name_given_twice_is_not_saved),
      cmocka_unit_test(shards_are_one_model),
      cmocka_unit_test(bad_indexes_are_refused),
      cmocka_unit_test(a_tensor_in_two_shards_is_refused),
      cmocka_unit_test(a_link_out_of_the_directory_is_refused),
      cmocka_unit_test(a_link_to_nothing_is_refused),
      cmocka_unit_test(what_is_no_file_is_refused),
      cmocka_unit_test(links_of_the_hugging_face_cache_are_followed),
      cmocka_unit_test(a_pickle_is_refused_with_the_way_to_convert_it),
      cmocka_unit_test(an_empty_directory_says_what_is_missing),
      cmocka_unit_test(the_recorded_reference_opens),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
