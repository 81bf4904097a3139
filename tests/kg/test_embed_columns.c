#include "kg/embed_one_vs_all_columns.h"

#include "kg/score.h"
#include "tests/test.h"

/* Samples of nearly all entities, of whole and of broken parts of them; own entities among them. */
static const struct {
  size_t N, sample, own;
} cases[] = {{2001, 2000, 11}, {1000, 999, 1}, {1000, 500, 64}, {640, 100, 0}, {7001, 6000, 300}};

/* No column repeats, and in all they weigh as much as there are entities, more or less. */
static void columns_ascend_and_weigh_as_all_entities(void **state) {
  (void)state;
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    const OgEmbedModel model = {.model = og_score_model("complex"), .N = cases[k].N, .D = 2};
    OgColumns columns;
    assert_true(og_columns_init(&columns, &model, cases[k].sample, cases[k].own));
    for (uint64_t step = 0; step < 20; step++) {
      og_columns_start(&columns);
      for (size_t own = 0; own < cases[k].own; own++) {
        og_columns_own(&columns, (uint32_t)(own * (cases[k].N / cases[k].own)));
      }
      og_columns_draw(&columns, 5, step);
      assert_true(columns.count <= columns.most);
      double weight = 0;
      for (size_t n = 0; n < columns.count; n++) {
        assert_true(n == 0 || columns.entities[n - 1] < columns.entities[n]);
        weight += (double)columns.weights[n];
      }
      const double all = (double)cases[k].N;
      assert_true(weight > 0.8 * all && weight < 1.2 * all + (double)cases[k].own);
      for (size_t own = 0; own < cases[k].own; own++) {
        const uint32_t entity = (uint32_t)(own * (cases[k].N / cases[k].own));
        const uint32_t column = og_columns_find(&columns, entity);
        assert_int_equal(og_columns_entity(&columns, column), entity);
        assert_float_equal(columns.weights[column], 1, 0);
      }
    }
    og_columns_clear(&columns);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_ascend_and_weigh_as_all_entities),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
