#include "kg/edge_stream.h"

#include "core/memory.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

enum { MANY = 600001 }; /* of three windows, the last block not full */

/* Edges that tell their own places: head k, and the number 3k. */
static OgEdgeStream *make_stream(size_t count, uint64_t seed) {
  OgError err;
  OgEdgeStream *stream;
  OgTriples triples = {0};
  uint32_t *answers[] = {OG_NEW_ARRAY(uint32_t, count), OG_NEW_ARRAY(uint32_t, count)};
  assert_ok(og_triples_reserve(&triples, count, &err));
  for (size_t k = 0; k < count; k++) {
    const uint32_t n = (uint32_t)k;
    assert_ok(og_triples_add(&triples, (OgTriple){n, n % 7, n / 2}, &err));
    answers[0][k] = n;
    answers[1][k] = 2 * n;
  }
  const uint32_t *const numbers[] = {answers[0], answers[1]};
  assert_ok(og_edge_stream_new(&triples, numbers, "/tmp", seed, NULL, &stream, &err));
  og_free(triples.items);
  og_free(answers[0]);
  og_free(answers[1]);
  return stream;
}

/* The heads of an epoch in the order they come in; each window is checked. */
static uint32_t *read_epoch(OgEdgeStream *stream, uint64_t seed) {
  OgError err;
  uint32_t *heads = OG_NEW_ARRAY(uint32_t, og_edge_stream_count(stream));
  const OgTriples *window = og_edge_stream_triples(stream);
  size_t count = 0;
  for (size_t k = 0; k < og_edge_stream_windows(stream); k++) {
    assert_ok(og_edge_stream_read(stream, seed, k, &err));
    assert_in_range(window->count, 1, og_edge_stream_most(stream));
    for (size_t edge = 0; edge < window->count; edge++) {
      const OgTriple *triple = &window->items[edge];
      assert_true(triple->relation == triple->head % 7 && triple->tail == triple->head / 2);
      assert_true(og_edge_stream_answers(stream)[edge] == 3 * triple->head);
      heads[count++] = triple->head;
    }
  }
  assert_int_equal(count, og_edge_stream_count(stream));
  return heads;
}

static void check_all_are_there(const uint32_t *heads, size_t count) {
  bool *seen = OG_NEW_ARRAY(bool, count);
  for (size_t k = 0; k < count; k++) {
    assert_true(heads[k] < count && !seen[heads[k]]);
    seen[heads[k]] = true;
  }
  og_free(seen);
}

static void every_epoch_reads_every_edge_once_in_an_order_of_its_own(void **state) {
  (void)state;
  static const size_t counts[] = {1, 1023, 1024, 5000, MANY};
  for (size_t c = 0; c < OG_COUNT(counts); c++) {
    const size_t count = counts[c];
    OgEdgeStream *stream = make_stream(count, 9), *other = make_stream(count, 9);
    uint32_t *heads[] = {read_epoch(stream, 1), read_epoch(stream, 2), read_epoch(other, 1)};
    check_all_are_there(heads[0], count);
    check_all_are_there(heads[1], count);
    assert_memory_equal(heads[0], heads[2], count * sizeof *heads[0]);
    if (count > 4000) {
      assert_memory_not_equal(heads[0], heads[1], count * sizeof *heads[0]);
    }
    for (size_t k = 0; k < OG_COUNT(heads); k++) {
      og_free(heads[k]);
    }
    og_edge_stream_free(stream);
    og_edge_stream_free(other);
  }
}

/* The first hundredth of an epoch comes from everywhere in the list. */
static void the_edges_are_mixed(void **state) {
  (void)state;
  enum { PART = MANY / 100 };
  OgEdgeStream *stream = make_stream(MANY, 3);
  uint32_t *heads = read_epoch(stream, 5);
  double sum = 0;
  size_t runs = 0;
  for (size_t k = 0; k < PART; k++) {
    sum += heads[k];
    runs += k > 0 && heads[k] == heads[k - 1] + 1;
  }
  assert_true(sum / PART > 0.47 * MANY && sum / PART < 0.53 * MANY);
  assert_true(runs < 5);
  og_free(heads);
  og_edge_stream_free(stream);
}

static void a_directory_that_is_not_there_is_reported(void **state) {
  (void)state;
  OgError err;
  OgEdgeStream *stream = NULL;
  OgTriple edge = {0, 0, 1};
  const OgTriples triples = {&edge, 1, 1};
  const uint32_t one = 1;
  const uint32_t *const answers[] = {&one, &one};
  assert_status(og_edge_stream_new(&triples, answers, "/nowhere/at/all", 1, NULL, &stream, &err),
                OG_IO);
  assert_non_null(strstr(err.message, "temporary file"));
  assert_null(stream);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_epoch_reads_every_edge_once_in_an_order_of_its_own),
      cmocka_unit_test(the_edges_are_mixed),
      cmocka_unit_test(a_directory_that_is_not_there_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
