#include "kg/scatter.h"

#include "core/memory.h"
#include "core/random.h"

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 300 };

static size_t occurrences(const char *text, const char *part) {
  size_t count = 0;
  for (; (text = strstr(text, part)); text += strlen(part)) {
    count++;
  }
  return count;
}

static const OgScatterPoint three[] = {
    {0, 0, "a <b>&\"c\"</b>", "ex:a", 0, 3},
    {1, 2, "مرض القلب", "ex:b", 0, 2},
    {2, 1, "bad \xff\x01 bytes\nline", "ex:c", 7, 1},
};

static OgScatter make_scatter(void) {
  return (OgScatter){.title = "Title <&>",
                     .note = "a note",
                     .points = three,
                     .count = OG_COUNT(three),
                     .groups = {{"first & only", 2}},
                     .group_count = 1,
                     .others = 1,
                     .others_label = "other"};
}

static void a_picture_is_escaped_and_stands_alone(void **state) {
  (void)state;
  OgError err;
  OgBuffer svg = OG_BUFFER_INIT;
  const OgScatter scatter = make_scatter();
  assert_ok(og_scatter_svg(&scatter, &svg, &err));
  assert_non_null(strstr(svg.data, "<title>a &lt;b&gt;&amp;"));
  assert_non_null(strstr(svg.data, "[ex:a]</title></circle>"));
  assert_non_null(strstr(svg.data, "first &amp; only"));
  assert_non_null(strstr(svg.data, "Title &lt;&amp;&gt;"));
  assert_non_null(strstr(svg.data, "مرض القلب"));
  assert_non_null(strstr(svg.data, "bad \xEF\xBF\xBD"));
  assert_null(strchr(svg.data, '\x01'));
  assert_null(strstr(svg.data, "<b>"));
  assert_null(strstr(svg.data, "<script"));
  assert_null(strstr(svg.data, "href"));
  assert_int_equal(occurrences(svg.data, "http"), 1); /* the namespace */
  assert_int_equal(occurrences(svg.data, "<circle"), 3 + 2);
  og_buffer_clear(&svg);
}

static void a_page_holds_the_same_picture(void **state) {
  (void)state;
  OgError err;
  OgBuffer svg = OG_BUFFER_INIT, html = OG_BUFFER_INIT;
  const OgScatter scatter = make_scatter();
  assert_ok(og_scatter_svg(&scatter, &svg, &err));
  assert_ok(og_scatter_html(&scatter, &html, &err));
  assert_int_equal(strncmp(html.data, "<!DOCTYPE html>", 15), 0);
  const char *picture = strstr(svg.data, "<svg");
  assert_non_null(strstr(html.data, picture));
  assert_null(strstr(html.data, "<?xml"));
  og_buffer_clear(&svg);
  og_buffer_clear(&html);
}

/* The number behind a key, from *at on, which moves behind it; false when there is none. */
static bool read_number(const char **at, const char *key, double *number) {
  const char *found = strstr(*at, key);
  if (found) {
    *at = found + strlen(key);
    *number = strtod(*at, NULL);
  }
  return found != NULL;
}

static void names_are_prominent_and_apart(void **state) {
  (void)state;
  OgError err;
  static OgScatterPoint points[MANY];
  static char labels[MANY][24];
  OgRandom random;
  OgBuffer svg = OG_BUFFER_INIT;
  og_random_init(&random, 4);
  for (size_t n = 0; n < MANY; n++) {
    snprintf(labels[n], sizeof labels[n], "entity %zu", n);
    points[n] = (OgScatterPoint){.x = og_random_normal(&random),
                                 .y = og_random_normal(&random),
                                 .label = labels[n],
                                 .id = labels[n],
                                 .prominence = n == 77 ? 9 : 1};
  }
  const OgScatter scatter = {.title = "many",
                             .points = points,
                             .count = MANY,
                             .groups = {{"all", MANY}},
                             .group_count = 1};
  assert_ok(og_scatter_svg(&scatter, &svg, &err));
  const char *at = strstr(svg.data, "pointer-events");
  double x[100], y[100];
  size_t count = 0;
  assert_non_null(at);
  const char *end = strstr(at, "font-size=\"14\""); /* the legend */
  assert_non_null(end);
  while (count < 100 && read_number(&at, "<g text-anchor=\"", &x[count]) && at < end &&
         read_number(&at, "<text x=\"", &x[count]) && read_number(&at, "y=\"", &y[count])) {
    count++;
  }
  assert_in_range(count, 12, 24);
  assert_non_null(strstr(strstr(svg.data, "pointer-events"), ">entity 77</text>"));
  for (size_t a = 0; a < count; a++) {
    for (size_t b = 0; b < a; b++) {
      assert_true(fabs(y[a] - y[b]) > 17 || fabs(x[a] - x[b]) > 26);
    }
  }
  og_buffer_clear(&svg);
}

static void points_at_one_place_and_none_are_drawn(void **state) {
  (void)state;
  OgError err;
  OgScatterPoint same[3];
  OgScatter scatter = make_scatter();
  for (size_t k = 0; k < 3; k++) {
    same[k] = three[k];
    same[k].x = same[k].y = 5;
  }
  scatter.points = same;
  for (scatter.count = 0; scatter.count <= 3; scatter.count++) {
    OgBuffer svg = OG_BUFFER_INIT;
    assert_ok(og_scatter_svg(&scatter, &svg, &err));
    assert_null(strstr(svg.data, "nan"));
    assert_null(strstr(svg.data, "inf"));
    assert_int_equal(occurrences(svg.data, "cx=\"430\" cy=\"430\""), scatter.count);
    og_buffer_clear(&svg);
  }
}

static void running_out_of_memory_is_an_error(void **state) {
  (void)state;
  OgError err;
  const OgScatter scatter = make_scatter();
  OgStatus status = OG_NO_MEMORY;
  for (long n = 0; status != OG_OK; n++) {
    OgBuffer svg = OG_BUFFER_INIT;
    og_memory_fail_after(n);
    status = og_scatter_svg(&scatter, &svg, &err);
    og_memory_fail_after(-1);
    og_buffer_clear(&svg);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
    assert_true(n < 1000);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_picture_is_escaped_and_stands_alone),
      cmocka_unit_test(a_page_holds_the_same_picture),
      cmocka_unit_test(names_are_prominent_and_apart),
      cmocka_unit_test(points_at_one_place_and_none_are_drawn),
      cmocka_unit_test(running_out_of_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
