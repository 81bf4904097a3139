#include "kg/picture.h"

#include "core/memory.h"
#include "tests/kg/graph.h"
#include "tests/test.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

static const Row rows[] = {
    {"ex:cancer", "rdf:type", "owl:Class", NULL},
    {"ex:lung-cancer", "rdf:type", "owl:Class", NULL},
    {"ex:old", "rdf:type", "owl:Class", NULL},
    {"ex:old", "owl:deprecated", "true", ""},
    {"ex:old", "rdfs:subClassOf", "ex:lung-cancer", NULL},
    {"ex:lung-cancer", "rdfs:subClassOf", "ex:cancer", NULL},
    {"ex:lung-cancer", "rdfs:label", "a < b & \"c\" ]]> <script>", "en"},
    {"ex:treats", "rdf:type", "owl:ObjectProperty", NULL},
    {"ex:drug", "rdf:type", "owl:NamedIndividual", NULL},
    {"ex:drug", "ex:treats", "ex:lung-cancer", NULL},
    {"ex:drug", "rdfs:label", "喘息の薬", "en"},
};

/* The SVG of a picture, parsed: fails when it is not well-formed. */
static OgBuffer write_well_formed(const OgPicture *picture) {
  OgError err = {0};
  OgBuffer svg = OG_BUFFER_INIT;
  assert_ok(og_picture_write(picture, &svg, &err));
  xmlDoc *document = xmlReadMemory(svg.data, (int)svg.size, "picture.svg", NULL, XML_PARSE_NONET);
  assert_non_null(document);
  assert_string_equal((const char *)xmlDocGetRootElement(document)->name, "svg");
  xmlFreeDoc(document);
  return svg;
}

static size_t count_of(const char *text, const char *part) {
  size_t count = 0;
  for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) {
    count++;
  }
  return count;
}

static OgPicture picture_around(OgExplorer *explorer, const char *name, OgStore *store, size_t most,
                                OgArena *arena) {
  OgError err = {0};
  OgVisits visits;
  OgPicture picture;
  const uint32_t node = og_explore_node(explorer, graph_id(store, name));
  assert_ok(og_explore_around(explorer, node, 3, most, &visits, &err));
  visits.count = visits.count < most ? visits.count : most;
  assert_ok(og_picture_of(explorer, &visits, arena, &picture, &err));
  return picture;
}

static void a_neighbourhood_is_drawn(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgExplorer *explorer;
  assert_ok(og_explore_open(store, false, &explorer, &err));
  const OgPicture picture = picture_around(explorer, "ex:lung-cancer", store, 100, &arena);
  assert_int_equal(picture.node_count, 4);
  assert_int_equal(picture.edge_count, 3);
  assert_int_equal(picture.relation_count, 2);
  assert_true(picture.relations[0].slope == OG_UPWARD && picture.relations[1].slope == OG_LEVEL);
  OgBuffer svg = write_well_formed(&picture);
  assert_non_null(strstr(svg.data, "<title>a &lt; b &amp; &quot;c&quot; ]]&gt; &lt;script&gt;"));
  assert_null(strstr(svg.data, "<script"));
  assert_non_null(strstr(svg.data, "喘息の薬"));
  assert_int_equal(count_of(svg.data, "[ex:"), 4); /* a title a box */
  assert_int_equal(count_of(svg.data, " \xE2\x86\x92 "), 3);
  assert_non_null(strstr(svg.data, "[ex:old] deprecated</title>"));
  assert_non_null(strstr(svg.data, ">deprecated</text>"));   /* in the legend */
  assert_int_equal(count_of(svg.data, ">treats</text>"), 2); /* at the line, and in the legend */
  assert_int_equal(count_of(svg.data, "http"), 1); /* the namespace: nothing is from elsewhere */
  og_buffer_clear(&svg);
  og_arena_clear(&arena);
  og_explore_close(explorer);
}

static void what_is_cut_off_has_no_edges(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgExplorer *explorer;
  assert_ok(og_explore_open(store, false, &explorer, &err));
  OgPicture picture = picture_around(explorer, "ex:lung-cancer", store, 2, &arena);
  assert_int_equal(picture.node_count, 2);
  assert_int_equal(picture.edge_count, 1);
  picture.note = "The nearest 1 & no more.";
  OgBuffer svg = write_well_formed(&picture);
  assert_non_null(strstr(svg.data, "The nearest 1 &amp; no more."));
  og_buffer_clear(&svg);
  og_arena_clear(&arena);
  og_explore_close(explorer);
}

static void odd_texts_are_well_formed(void **state) {
  (void)state;
  OgPictureNode nodes[] = {
      {"", "", false}, {"\xff\x01\xEF\xBF\xBF", "a\xff", true}, {"الربو", "<&>", false}};
  OgPictureRelation relations[] = {{"a\"b<", false}, {"", true}};
  OgPictureEdge edges[] = {{0, 1, 0}, {2, 0, 1}, {1, 1, 0}};
  const OgPicture picture = {.nodes = nodes,
                             .node_count = 3,
                             .relations = relations,
                             .relation_count = 2,
                             .edges = edges,
                             .edge_count = 3};
  OgBuffer svg = write_well_formed(&picture);
  og_buffer_clear(&svg);
}

static void relations_differ_in_colour_or_dashes(void **state) {
  (void)state;
  enum { MANY = 30 };
  OgPictureNode nodes[MANY + 1];
  OgPictureRelation relations[MANY];
  OgPictureEdge edges[MANY];
  char names[MANY][16], styles[MANY][64];
  for (uint32_t k = 0; k < MANY; k++) {
    snprintf(names[k], sizeof names[k], "r%u.", k);
    nodes[k] = (OgPictureNode){"x", "x", false};
    relations[k] = (OgPictureRelation){names[k], false};
    edges[k] = (OgPictureEdge){0, k + 1, k};
  }
  nodes[MANY] = nodes[0];
  const OgPicture picture = {.nodes = nodes,
                             .node_count = MANY + 1,
                             .relations = relations,
                             .relation_count = MANY,
                             .edges = edges,
                             .edge_count = MANY};
  OgBuffer svg = write_well_formed(&picture);
  for (uint32_t k = 0; k < MANY; k++) {
    char title[512];
    snprintf(title, sizeof title, "<title>x \xE2\x80\x94 %s", names[k]);
    const char *edge = strstr(svg.data, title);
    assert_non_null(edge);
    const char *stroke = strstr(edge, "stroke=");
    snprintf(styles[k], sizeof styles[k], "%.*s", (int)strcspn(stroke, "/"), stroke);
    for (uint32_t j = 0; j < k; j++) {
      assert_string_not_equal(styles[j], styles[k]);
    }
  }
  og_buffer_clear(&svg);
}

static void every_allocation_may_fail(void **state) {
  OgStore *store = *state;
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgExplorer *explorer;
  assert_ok(og_explore_open(store, false, &explorer, &err));
  const OgPicture picture = picture_around(explorer, "ex:lung-cancer", store, 100, &arena);
  OgStatus status = OG_NO_MEMORY;
  for (long k = 0; status == OG_NO_MEMORY; k++) {
    OgBuffer svg = OG_BUFFER_INIT;
    og_memory_fail_after(k);
    status = og_picture_write(&picture, &svg, &err);
    og_memory_fail_after(-1);
    og_buffer_clear(&svg);
    assert_true(k < 1000);
  }
  assert_status(status, OG_OK);
  og_arena_clear(&arena);
  og_explore_close(explorer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_neighbourhood_is_drawn),
      cmocka_unit_test(what_is_cut_off_has_no_edges),
      cmocka_unit_test(odd_texts_are_well_formed),
      cmocka_unit_test(relations_differ_in_colour_or_dashes),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return run_on_graph(tests, OG_STORE_READ, rows);
}
