#include "kg/layout.h"

#include "core/memory.h"
#include "core/random.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>
#include <time.h>

static const double near = 0.01;

/* ---- Random graphs ---- */

/* Connected, nearest first; `hierarchical` in ten edges are of the hierarchy. */
static void make_random(OgRandom *random, size_t boxes, size_t edges, unsigned hierarchical,
                        OgArena *arena, OgLayout *layout) {
  *layout = (OgLayout){.boxes = og_arena_alloc(arena, boxes, sizeof *layout->boxes),
                       .box_count = boxes,
                       .edges = og_arena_alloc(arena, edges + boxes, sizeof *layout->edges),
                       .label_height = 16};
  for (size_t n = 0; n < boxes; n++) {
    layout->boxes[n].width = 80 + (double)og_random_below(random, 100);
    layout->boxes[n].height = 30 + (double)og_random_below(random, 40);
  }
  for (size_t e = 0; e < edges + boxes - 1; e++) {
    OgLayoutEdge *edge = &layout->edges[layout->edge_count++];
    const bool joins = e + 1 < boxes; /* a box to an earlier one */
    uint32_t a = joins ? (uint32_t)e + 1 : (uint32_t)og_random_below(random, boxes);
    uint32_t b = (uint32_t)og_random_below(random, joins ? e + 1 : boxes);
    const bool turned = og_random_below(random, 2) == 0;
    edge->head = turned ? b : a;
    edge->tail = turned ? a : b;
    edge->is_hierarchical = og_random_below(random, 10) < hierarchical;
    edge->relation = (uint32_t)og_random_below(random, 3) + (edge->is_hierarchical ? 3 : 0);
    edge->label_width = edge->is_hierarchical ? 0 : 30 + 20.0 * edge->relation;
  }
}

/* ---- What has to hold ---- */

static bool overlap(double x, double y, double width, double height, const OgLayoutBox *box) {
  return x + width > box->x + near && x + near < box->x + box->width &&
         y + height > box->y + near && y + near < box->y + box->height;
}

static bool on_border(OgPoint point, const OgLayoutBox *box) {
  const double right = box->x + box->width, bottom = box->y + box->height;
  const bool upright = fabs(point.x - box->x) < near || fabs(point.x - right) < near;
  const bool level = fabs(point.y - box->y) < near || fabs(point.y - bottom) < near;
  const bool within_x = point.x > box->x - near && point.x < right + near;
  const bool within_y = point.y > box->y - near && point.y < bottom + near;
  return (upright && within_y) || (level && within_x);
}

static void check_boxes(const OgLayout *layout) {
  for (size_t a = 0; a < layout->box_count; a++) {
    const OgLayoutBox *box = &layout->boxes[a];
    assert_true(box->x > -near && box->x + box->width < layout->width + near);
    assert_true(box->y > -near && box->y + box->height < layout->height + near);
    for (size_t b = 0; b < a; b++) {
      assert_false(overlap(box->x, box->y, box->width, box->height, &layout->boxes[b]));
    }
  }
}

static void check_label(const OgLayout *layout, size_t e) {
  const OgLayoutEdge *edge = &layout->edges[e];
  const OgLayoutBox label = {edge->label_width, layout->label_height,
                             edge->label.x - edge->label_width / 2,
                             edge->label.y - layout->label_height / 2};
  for (size_t n = 0; n < layout->box_count; n++) {
    assert_false(overlap(label.x, label.y, label.width, label.height, &layout->boxes[n]));
  }
  for (size_t k = 0; k < e; k++) {
    const OgLayoutEdge *other = &layout->edges[k];
    assert_false(other->has_label && overlap(other->label.x - other->label_width / 2,
                                             other->label.y - layout->label_height / 2,
                                             other->label_width, layout->label_height, &label));
  }
}

static void check_edges(const OgLayout *layout) {
  for (size_t e = 0; e < layout->edge_count; e++) {
    const OgLayoutEdge *edge = &layout->edges[e];
    const OgLayoutBox *head = &layout->boxes[edge->head], *tail = &layout->boxes[edge->tail];
    assert_true(edge->count >= 4 && edge->count % 3 == 1);
    assert_true(on_border(edge->points[0], edge->from_tail ? tail : head));
    assert_true(on_border(edge->points[edge->count - 1], edge->from_tail ? head : tail));
    if (edge->has_label) {
      assert_true(edge->label_width > 0);
      check_label(layout, e);
    }
  }
}

/* ---- Cases ---- */

static void boxes_are_apart_and_lines_end_at_their_borders(void **state) {
  (void)state;
  OgError err = {0};
  OgRandom random;
  og_random_init(&random, 7);
  for (int k = 0; k < 400; k++) {
    OgArena arena = OG_ARENA_INIT;
    OgLayout layout;
    make_random(&random, 1 + og_random_below(&random, 45), og_random_below(&random, 30),
                (unsigned)k % 11, &arena, &layout);
    assert_ok(og_layout(&layout, &arena, &err));
    check_boxes(&layout);
    check_edges(&layout);
    og_arena_clear(&arena);
  }
}

static void the_same_graph_has_the_same_picture(void **state) {
  (void)state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgLayout layouts[2];
  for (int k = 0; k < 2; k++) {
    OgRandom random;
    og_random_init(&random, 11);
    make_random(&random, 60, 40, 6, &arena, &layouts[k]);
    assert_ok(og_layout(&layouts[k], &arena, &err));
  }
  assert_memory_equal(layouts[0].boxes, layouts[1].boxes, 60 * sizeof *layouts[0].boxes);
  for (size_t e = 0; e < layouts[0].edge_count; e++) {
    const OgLayoutEdge *a = &layouts[0].edges[e], *b = &layouts[1].edges[e];
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->points, b->points, a->count * sizeof *a->points);
  }
  og_arena_clear(&arena);
}

/* A box of the usual size. */
#define BOX                                                                                        \
  { .width = 100, .height = 32 }

static void parents_stand_above_and_others_aside(void **state) {
  (void)state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgLayoutBox boxes[] = {BOX, BOX, BOX, BOX, BOX};
  OgLayoutEdge edges[] = {
      {.head = 0, .tail = 1, .is_hierarchical = true},
      {.head = 2, .tail = 0, .is_hierarchical = true},
      {.head = 0, .tail = 3, .relation = 1, .label_width = 50},
      {.head = 4, .tail = 0, .relation = 2, .label_width = 50},
  };
  OgLayout layout = {
      .boxes = boxes, .box_count = 5, .edges = edges, .edge_count = 4, .label_height = 16};
  assert_ok(og_layout(&layout, &arena, &err));
  assert_true(boxes[1].y + boxes[1].height < boxes[0].y);
  assert_true(boxes[2].y > boxes[0].y + boxes[0].height);
  assert_true(boxes[3].x > boxes[0].x + boxes[0].width + 50); /* what it leads to */
  assert_true(boxes[4].x + boxes[4].width + 50 < boxes[0].x); /* what leads to it */
  assert_true(edges[2].has_label && edges[3].has_label);
  og_arena_clear(&arena);
}

static void cycles_and_loops_are_drawn(void **state) {
  (void)state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgLayoutBox boxes[] = {BOX, BOX};
  OgLayoutEdge edges[] = {
      {.head = 0, .tail = 1, .is_hierarchical = true},
      {.head = 1, .tail = 0, .is_hierarchical = true},
      {.head = 0, .tail = 1, .relation = 1, .is_hierarchical = true},
      {.head = 0, .tail = 0, .relation = 2, .label_width = 30},
  };
  OgLayout layout = {
      .boxes = boxes, .box_count = 2, .edges = edges, .edge_count = 4, .label_height = 16};
  assert_ok(og_layout(&layout, &arena, &err));
  check_boxes(&layout);
  check_edges(&layout);
  og_arena_clear(&arena);
}

static void children_of_a_hub_stand_in_a_grid(void **state) {
  (void)state;
  enum { CHILDREN = 60 };
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgLayoutBox boxes[CHILDREN + 1];
  OgLayoutEdge edges[CHILDREN];
  for (uint32_t k = 0; k <= CHILDREN; k++) {
    boxes[k] = (OgLayoutBox)BOX;
  }
  for (uint32_t k = 0; k < CHILDREN; k++) {
    edges[k] = (OgLayoutEdge){.head = k + 1, .tail = 0, .is_hierarchical = true};
  }
  OgLayout layout = {.boxes = boxes,
                     .box_count = CHILDREN + 1,
                     .edges = edges,
                     .edge_count = CHILDREN,
                     .label_height = 16};
  assert_ok(og_layout(&layout, &arena, &err));
  check_boxes(&layout);
  check_edges(&layout);
  assert_true(layout.width < 3 * layout.height); /* in one row it would be 80 times as wide */
  og_arena_clear(&arena);
}

/* Each of its children leads to a box of its own by another relation. */
static void children_of_a_hub_that_lead_on_do_too(void **state) {
  (void)state;
  enum { CHILDREN = 12, ALL = 1 + 2 * CHILDREN };
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgLayoutBox boxes[ALL];
  OgLayoutEdge edges[2 * CHILDREN];
  for (uint32_t k = 0; k < ALL; k++) {
    boxes[k] = (OgLayoutBox)BOX;
  }
  for (uint32_t k = 0; k < CHILDREN; k++) {
    edges[k] = (OgLayoutEdge){.head = 1 + k, .is_hierarchical = true};
    edges[CHILDREN + k] =
        (OgLayoutEdge){.head = 1 + k, .tail = 1 + CHILDREN + k, .relation = 1, .label_width = 50};
  }
  OgLayout layout = {.boxes = boxes,
                     .box_count = ALL,
                     .edges = edges,
                     .edge_count = 2 * CHILDREN,
                     .label_height = 16};
  assert_ok(og_layout(&layout, &arena, &err));
  check_boxes(&layout);
  check_edges(&layout);
  assert_true(layout.width < 3 * layout.height);
  for (uint32_t k = 0; k < CHILDREN; k++) {
    const OgLayoutBox *child = &boxes[1 + k], *aside = &boxes[1 + CHILDREN + k];
    assert_true(child->y > boxes[0].y + boxes[0].height);
    assert_true(aside->x > child->x + child->width + 50);
    assert_true(aside->y < child->y + child->height && child->y < aside->y + aside->height);
    assert_true(edges[CHILDREN + k].has_label);
  }
  og_arena_clear(&arena);
}

static void nothing_is_a_picture_too(void **state) {
  (void)state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgLayoutBox box = BOX;
  OgLayout layout = {.boxes = &box};
  assert_ok(og_layout(&layout, &arena, &err));
  assert_true(layout.width == 0);
  layout.box_count = 1;
  assert_ok(og_layout(&layout, &arena, &err));
  assert_true(layout.width == 100 && layout.height == 32);
  og_arena_clear(&arena);
}

static void two_thousand_boxes_take_seconds_at_most(void **state) {
  (void)state;
  OgError err = {0};
  for (unsigned hierarchical = 0; hierarchical <= 10; hierarchical += 5) {
    OgArena arena = OG_ARENA_INIT;
    OgLayout layout;
    OgRandom random;
    og_random_init(&random, 3);
    make_random(&random, 2000, 2000, hierarchical, &arena, &layout);
    const clock_t start = clock();
    assert_ok(og_layout(&layout, &arena, &err));
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    print_message("2,000 boxes, %u in 10 edges hierarchical: %.2f s\n", hierarchical, seconds);
    assert_true(seconds < 60);
    check_boxes(&layout);
    og_arena_clear(&arena);
  }
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status == OG_NO_MEMORY; k++) {
    OgError err = {0};
    OgArena arena = OG_ARENA_INIT;
    OgLayout layout;
    OgRandom random;
    og_random_init(&random, 5);
    make_random(&random, 200, 200, 5, &arena, &layout);
    og_memory_fail_after(k);
    status = og_layout(&layout, &arena, &err);
    og_memory_fail_after(-1);
    og_arena_clear(&arena);
    assert_true(k < 1000);
  }
  assert_status(status, OG_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(boxes_are_apart_and_lines_end_at_their_borders),
      cmocka_unit_test(the_same_graph_has_the_same_picture),
      cmocka_unit_test(parents_stand_above_and_others_aside),
      cmocka_unit_test(cycles_and_loops_are_drawn),
      cmocka_unit_test(children_of_a_hub_stand_in_a_grid),
      cmocka_unit_test(children_of_a_hub_that_lead_on_do_too),
      cmocka_unit_test(nothing_is_a_picture_too),
      cmocka_unit_test(two_thousand_boxes_take_seconds_at_most),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
