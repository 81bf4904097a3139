#include "tests/test.h"

#include "core/file.h"
#include "core/memory.h"
#include "finetune/dataset.h"

#include <stdio.h>
#include <string.h>

static const OgDatasetOptions plain = {.text_column = NULL};
static const OgDatasetOptions labelled = {.labels_required = true};

static const char *make(const char *name, const char *text) {
  OgError err = {0};
  const char *path = scratch(name);
  assert_ok(og_file_write(path, text, strlen(text), &err));
  return path;
}

static void labels_are_numbered_as_they_sort(void **state) {
  (void)state;
  OgError err = {0};
  OgDataset d;
  const char *path =
      make("a.csv", "id,text,label\nx,one,pos\ny,two,neg\nz,three,pos\nw,four,mid\n");
  assert_ok(og_dataset_load(path, &labelled, NULL, NULL, &d, &err));
  static const char *const names[] = {"mid", "neg", "pos"};
  static const uint32_t labels[] = {2, 1, 2, 0};
  assert_int_equal(d.labels.count, 3);
  assert_int_equal(d.count, 4);
  for (size_t k = 0; k < 3; k++) {
    assert_string_equal(d.labels.names[k], names[k]);
    assert_int_equal(og_labels_find(&d.labels, names[k], 3), k);
  }
  for (size_t k = 0; k < 4; k++) {
    assert_int_equal(d.examples[k].label, labels[k]);
  }
  assert_string_equal(d.examples[2].text, "three");
  assert_int_equal(d.examples[2].text_size, 5);
  assert_string_equal(d.examples[2].id, "z");
  assert_string_equal(d.examples[2].pair, "");
  assert_int_equal(d.examples[2].line, 4);
  assert_int_equal(og_labels_find(&d.labels, "positive", 8), OG_LABEL_NONE);
  assert_int_equal(og_labels_find(&d.labels, "po", 2), OG_LABEL_NONE);
  og_dataset_clear(&d);
}

static void known_labels_keep_their_numbers(void **state) {
  (void)state;
  OgError err = {0};
  OgDataset d;
  OgLabels known;
  static const char *const names[] = {"zz", "neg", "pos"};
  assert_ok(og_labels_init(&known, names, 3, &err));
  assert_ok(og_dataset_load(make("a.csv", "text,label\na,pos\nb,zz\n"), &labelled, &known, NULL, &d,
                            &err));
  assert_int_equal(d.examples[0].label, 2);
  assert_int_equal(d.examples[1].label, 0);
  assert_int_equal(d.labels.count, 3);
  og_dataset_clear(&d);
  const char *path = make("b.csv", "text,label\na,pos\nb,other\n");
  assert_status(og_dataset_load(path, &labelled, &known, NULL, &d, &err), OG_BAD_DATA);
  assert_int_equal(err.line, 3);
  assert_non_null(strstr(err.message, "label other is not one of the model's 3"));
  og_labels_clear(&known);
}

static void labels_may_be_missing_when_they_are_not_required(void **state) {
  (void)state;
  OgError err = {0};
  OgDataset d;
  assert_ok(og_dataset_load(make("a.csv", "text\na\n"), &plain, NULL, NULL, &d, &err));
  assert_int_equal(d.examples[0].label, OG_LABEL_NONE);
  assert_int_equal(d.labels.count, 0);
  og_dataset_clear(&d);
  assert_ok(og_dataset_load(make("a.csv", "text,label\na,\nb,x\n"), &plain, NULL, NULL, &d, &err));
  assert_int_equal(d.examples[0].label, OG_LABEL_NONE);
  assert_int_equal(d.examples[1].label, 0);
  og_dataset_clear(&d);
}

static void data_that_cannot_be_learned_from_is_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgDataset d;
  static const struct {
    const char *text, *message;
    long line;
  } bad[] = {
      {"text,label\n", "a header and no rows", 0},
      {"text,label\na,x\nb,x\n", "all 2 rows have one label", 0},
      {"text,label\na,x\nb,\n", "no label", 3},
      {"text\na\n", "looks like the label", 1},
  };
  for (size_t k = 0; k < OG_COUNT(bad); k++) {
    assert_status(og_dataset_load(make("a.csv", bad[k].text), &labelled, NULL, NULL, &d, &err),
                  OG_BAD_DATA);
    assert_non_null(strstr(err.message, bad[k].message));
    assert_int_equal(err.line, bad[k].line);
  }
}

static void two_labels_of_one_name_are_refused(void **state) {
  (void)state;
  OgError err = {0};
  OgLabels labels;
  static const char *const names[] = {"a", "b", "a"};
  assert_status(og_labels_init(&labels, names, 3, &err), OG_BAD_STORE);
}

/* counts[l] examples of label l, and with none_count some without. */
static OgDataset make_labelled(const size_t counts[], size_t labels) {
  OgError err = {0};
  OgDataset d;
  OgBuffer text = OG_BUFFER_INIT;
  assert_ok(og_buffer_text(&text, "text,label\n", &err));
  for (size_t l = 0; l < labels; l++) {
    for (size_t k = 0; k < counts[l]; k++) {
      assert_ok(og_buffer_format(&text, &err, "t,l%zu\n", l));
    }
  }
  assert_ok(og_dataset_load(make("split.csv", text.data), &plain, NULL, NULL, &d, &err));
  og_buffer_clear(&text);
  return d;
}

static void every_label_is_parted_alike(void **state) {
  (void)state;
  OgError err = {0};
  uint32_t order[200];
  size_t train;
  size_t held[4] = {0};
  bool seen[200] = {false};
  static const size_t counts[] = {100, 10, 4, 1};
  OgDataset d = make_labelled(counts, 4);
  assert_ok(og_dataset_split(&d, 0.2, 7, order, &train, &err));
  for (size_t k = 0; k < d.count; k++) {
    assert_false(seen[order[k]]);
    seen[order[k]] = true;
    held[d.examples[order[k]].label] += k >= train;
    if (k > 0 && k != train) {
      assert_true(order[k] > order[k - 1]);
    }
  }
  assert_int_equal(held[0], 20);
  assert_int_equal(held[1], 2);
  assert_int_equal(held[2], 1); /* 0.8 of one */
  assert_int_equal(held[3], 0);
  og_dataset_clear(&d);
}

static void a_split_depends_on_its_seed_only(void **state) {
  (void)state;
  OgError err = {0};
  uint32_t first[100];
  uint32_t again[100];
  uint32_t other[100];
  size_t train;
  static const size_t counts[] = {60, 40};
  OgDataset d = make_labelled(counts, 2);
  assert_ok(og_dataset_split(&d, 0.1, 1, first, &train, &err));
  assert_ok(og_dataset_split(&d, 0.1, 1, again, &train, &err));
  assert_ok(og_dataset_split(&d, 0.1, 2, other, &train, &err));
  assert_memory_equal(first, again, sizeof first);
  assert_memory_not_equal(first, other, sizeof first);
  og_dataset_clear(&d);
}

static void one_example_of_a_label_stays_for_training(void **state) {
  (void)state;
  OgError err = {0};
  uint32_t order[8];
  size_t train;
  static const size_t counts[] = {3, 2, 1};
  OgDataset d = make_labelled(counts, 3);
  assert_ok(og_dataset_split(&d, 0.99, 1, order, &train, &err));
  assert_int_equal(train, 3);
  assert_ok(og_dataset_split(&d, 0, 1, order, &train, &err));
  assert_int_equal(train, 6);
  assert_status(og_dataset_split(&d, 1, 1, order, &train, &err), OG_USAGE);
  og_dataset_clear(&d);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  const char *path = make("memory.csv", "id,text,label\n1,a,x\n2,b,y\n3,c,x\n");
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgError err = {0};
    OgDataset d = {.count = 0};
    uint32_t order[3];
    size_t train;
    og_memory_fail_after(n);
    status = og_dataset_load(path, &labelled, NULL, NULL, &d, &err);
    if (status == OG_OK) {
      status = og_dataset_split(&d, 0.3, 1, order, &train, &err);
    }
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    og_dataset_clear(&d);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(labels_are_numbered_as_they_sort),
      cmocka_unit_test(known_labels_keep_their_numbers),
      cmocka_unit_test(labels_may_be_missing_when_they_are_not_required),
      cmocka_unit_test(data_that_cannot_be_learned_from_is_refused),
      cmocka_unit_test(two_labels_of_one_name_are_refused),
      cmocka_unit_test(every_label_is_parted_alike),
      cmocka_unit_test(a_split_depends_on_its_seed_only),
      cmocka_unit_test(one_example_of_a_label_stays_for_training),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
