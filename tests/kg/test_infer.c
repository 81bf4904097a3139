#include "kg/infer.h"

#include "core/memory.h"
#include "core/random.h"
#include "kg/describe.h"
#include "kg/store.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EX "http://example.org/"

/* A graph of the text at path; what it had is gone. */
static void make(const char *path, const char *text) {
  OgError err = {0};
  remove(path);
  assert_ok(import_text(path, "urn:source", text, NULL, &err));
}

static OgInferReport infer_with(const char *path, const OgInferOptions *options) {
  OgError err = {0};
  OgStore *store;
  OgInferReport report;
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  assert_ok(og_infer(store, options, NULL, &report, &err));
  og_store_close(store);
  return report;
}

static OgInferReport infer(const char *path, bool owl) {
  OgInferOptions options = OG_INFER_OPTIONS_INIT;
  options.owl = owl;
  return infer_with(path, &options);
}

/* "a p b scm-sco;": all inferred edges, by their IRIs; those of class expressions with "some". */
static const char inferred[] =
    "SELECT replace(h.text, '" EX "', '') || ' ' || replace(replace(r.text, '" EX "', ''),"
    " rtrim(r.text, replace(replace(r.text, '#', ''), '/', '')), '') || ' ' ||"
    " replace(t.text, '" EX "', '') || iif(via = 'some', ' some', '') || ' ' || rule || ';'"
    " FROM inferred_edge JOIN term h ON h.id = head JOIN term r ON r.id = relation"
    " JOIN term t ON t.id = tail ORDER BY 1";

#define PROPERTY(p) p " a owl:ObjectProperty . "

typedef struct Case {
  const char *text, *edges;
  bool owl;
} Case;

/* The examples follow the rules of OWL 2 Profiles, section 4.3, in the order of its tables. */
static const Case cases[] = {
    {"ex:x owl:sameAs ex:y . ex:x a ex:A . ex:y a ex:A .", "y sameAs x eq-sym;\n", true},
    {"ex:x owl:sameAs ex:y . ex:y owl:sameAs ex:z . ex:x a ex:A . ex:y a ex:A . ex:z a ex:A .",
     "x sameAs z eq-trans;\ny sameAs x eq-sym;\nz sameAs x eq-trans;\nz sameAs y eq-sym;\n", true},
    {PROPERTY("ex:p") "ex:x owl:sameAs ex:y . ex:x ex:p ex:z . ex:x a ex:A . ex:y a ex:A ."
                      " ex:z a ex:A .",
     "y p z eq-rep-s;\ny sameAs x eq-sym;\n", true},
    {PROPERTY("ex:p") "ex:x owl:sameAs ex:y . ex:z ex:p ex:x . ex:x a ex:A . ex:y a ex:A ."
                      " ex:z a ex:A .",
     "y sameAs x eq-sym;\nz p y eq-rep-o;\n", true},
    {PROPERTY("ex:p") "ex:p rdfs:domain ex:C . ex:C a owl:Class . ex:x ex:p ex:y . ex:x a ex:A ."
                      " ex:y a ex:A .",
     "x type C prp-dom;\n", false},
    {PROPERTY("ex:p") "ex:p rdfs:range ex:C . ex:C a owl:Class . ex:x ex:p ex:y . ex:x a ex:A ."
                      " ex:y a ex:A .",
     "y type C prp-rng;\n", false},
    {PROPERTY("ex:p") PROPERTY("ex:q") "ex:p rdfs:subPropertyOf ex:q . ex:q rdfs:domain ex:C ."
                                       " ex:C a owl:Class . ex:x ex:p ex:x . ex:x a ex:A .",
     "x type C prp-dom;\n", false},
    {PROPERTY("ex:p") "ex:p a owl:SymmetricProperty . ex:x ex:p ex:y . ex:x a ex:A . ex:y a ex:A .",
     "y p x prp-symp;\n", true},
    {PROPERTY("ex:p") "ex:p a owl:TransitiveProperty . ex:x ex:p ex:y . ex:y ex:p ex:z ."
                      " ex:x a ex:A . ex:y a ex:A . ex:z a ex:A .",
     "x p z prp-trp;\n", true},
    {PROPERTY("ex:p") PROPERTY("ex:q") "ex:p rdfs:subPropertyOf ex:q . ex:x ex:p ex:y ."
                                       " ex:x a ex:A . ex:y a ex:A .",
     "x q y prp-spo1;\n", false},
    {PROPERTY("ex:p") PROPERTY("ex:q") "ex:p rdfs:subPropertyOf _:i . _:i owl:inverseOf ex:q ."
                                       " ex:x ex:p ex:y . ex:x a ex:A . ex:y a ex:A .",
     "y q x prp-spo1;\n", false},
    {PROPERTY("ex:p") PROPERTY("ex:q") PROPERTY(
         "ex:r") "ex:r owl:propertyChainAxiom _:l . _:l rdf:first ex:p . _:l rdf:rest _:m ."
                 " _:m rdf:first ex:q . _:m rdf:rest rdf:nil ."
                 " ex:x ex:p ex:y . ex:y ex:q ex:z . ex:x a ex:A . ex:y a ex:A ."
                 " ex:z a ex:A .",
     "x r z prp-spo2;\n", true},
    {PROPERTY("ex:p") PROPERTY("ex:q") "ex:p owl:equivalentProperty ex:q . ex:x ex:p ex:y ."
                                       " ex:y ex:q ex:x . ex:x a ex:A . ex:y a ex:A .",
     "x q y prp-eqp1;\ny p x prp-eqp2;\n", true},
    {PROPERTY("ex:p") PROPERTY("ex:q") "ex:p owl:inverseOf ex:q . ex:x ex:p ex:y . ex:x ex:q ex:z ."
                                       " ex:x a ex:A . ex:y a ex:A . ex:z a ex:A .",
     "y q x prp-inv1;\nz p x prp-inv2;\n", true},
    {"ex:A rdfs:subClassOf ex:B . ex:x a ex:A .", "x type B cax-sco;\n", false},
    {"ex:A rdfs:subClassOf ex:B . ex:B rdfs:subClassOf ex:C .", "A subClassOf C scm-sco;\n", false},
    {"ex:A owl:equivalentClass ex:B . ex:x a ex:A .",
     "A subClassOf B scm-eqc1;\nB equivalentClass A scm-eqc2;\nB subClassOf A scm-eqc1;\n"
     "x type B cax-sco;\n",
     true},
    {"ex:A rdfs:subClassOf ex:B . ex:B rdfs:subClassOf ex:A .",
     "A equivalentClass B scm-eqc2;\nB equivalentClass A scm-eqc2;\n", true},
};

static void every_rule_makes_what_the_recommendation_says(void **state) {
  (void)state;
  const char *path = scratch("rule.db");
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    make(path, cases[k].text);
    infer(path, cases[k].owl);
    assert_string_equal(query_text(path, inferred), cases[k].edges);
  }
}

static void rdfs_alone_leaves_out_the_rules_of_owl(void **state) {
  (void)state;
  const char *path = scratch("rdfs.db");
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    make(path, cases[k].text);
    infer(path, false);
    if (cases[k].owl) {
      assert_null(strstr(query_text(path, inferred), "eq"));
      assert_null(strstr(query_text(path, inferred), "inv"));
      assert_null(strstr(query_text(path, inferred), "trp"));
      assert_null(strstr(query_text(path, inferred), "spo2"));
    } else {
      assert_string_equal(query_text(path, inferred), cases[k].edges);
    }
  }
}

#define SOME(a, node, p, b)                                                                        \
  a " rdfs:subClassOf " node " . " node " owl:onProperty " p " . " node " owl:someValuesFrom " b   \
    " . "

/* "Every A has some B" goes up and along, and never back. */
static void class_expressions_follow_as_far_as_is_sound(void **state) {
  static const Case expressions[] = {
      {PROPERTY("ex:p") "ex:p a owl:TransitiveProperty . " SOME("ex:A", "_:a", "ex:p", "ex:B")
           SOME("ex:B", "_:b", "ex:p", "ex:C"),
       "A p C some prp-trp;\n", true},
      {PROPERTY("ex:p")
           PROPERTY("ex:q") "ex:p rdfs:subPropertyOf ex:q . " SOME("ex:A", "_:a", "ex:p", "ex:B"),
       "A q B some prp-spo1;\n", true},
      {PROPERTY("ex:p") "ex:D a owl:Class . ex:p rdfs:domain ex:D . ex:p rdfs:range ex:D . " SOME(
           "ex:A", "_:a", "ex:p", "ex:B"),
       "A subClassOf D prp-dom;\n", true},
      {PROPERTY("ex:p")
           PROPERTY("ex:q") "ex:p owl:inverseOf ex:q . ex:p a owl:SymmetricProperty . " SOME(
               "ex:A", "_:a", "ex:p", "ex:B"),
       "", true},
      /* a statement about classes and an expression do not join */
      {PROPERTY("ex:p") "ex:p a owl:TransitiveProperty . ex:B ex:p ex:C . ex:C a owl:Class . " SOME(
           "ex:A", "_:a", "ex:p", "ex:B"),
       "", true},
      /* of "only" nothing follows */
      {PROPERTY("ex:p") PROPERTY("ex:q") "ex:p rdfs:subPropertyOf ex:q . ex:A rdfs:subClassOf _:a ."
                                         " _:a owl:onProperty ex:p . _:a owl:allValuesFrom ex:B ."
                                         " ex:B a owl:Class .",
       "", true},
      /* an individual's type */
      {PROPERTY(
           "ex:p") "ex:D a owl:Class . ex:B a owl:Class . ex:p rdfs:domain ex:D . ex:x a ex:B ."
                   " ex:x a _:a . _:a owl:onProperty ex:p . _:a owl:someValuesFrom ex:B .",
       "x type D prp-dom;\n", true},
      /* hasValue of an individual is a statement */
      {PROPERTY("ex:p") "ex:p a owl:SymmetricProperty . ex:x a ex:B . ex:y a ex:B . ex:x a _:a ."
                        " _:a owl:onProperty ex:p . _:a owl:hasValue ex:y .",
       "y p x prp-symp;\n", true},
      /* "one or the other" is neither */
      {PROPERTY("ex:p") "ex:p rdfs:domain _:u . _:u owl:unionOf _:l . _:l rdf:first ex:A ."
                        " _:l rdf:rest _:m . _:m rdf:first ex:B . _:m rdf:rest rdf:nil ."
                        " ex:A a owl:Class . ex:B a owl:Class . ex:x ex:p ex:y . ex:x a ex:C ."
                        " ex:y a ex:C .",
       "", true},
  };
  (void)state;
  const char *path = scratch("some.db");
  for (size_t k = 0; k < OG_COUNT(expressions); k++) {
    make(path, expressions[k].text);
    infer(path, expressions[k].owl);
    assert_string_equal(query_text(path, inferred), expressions[k].edges);
  }
}

#define CONCEPTS "ex:a a skos:Concept . ex:b a skos:Concept . ex:c a skos:Concept . "

/* SKOS Reference, S22 to S26 and S41 to S45, as far as edges have not said so yet. */
static void skos_says_what_its_words_mean(void **state) {
  (void)state;
  static const struct {
    const char *text, *edges;
  } skos_cases[] = {
      {"ex:a skos:related ex:b .", "b related a prp-symp;\n"},
      {"ex:a skos:broader ex:b . ex:b skos:broader ex:c .",
       "a broaderTransitive b prp-spo1;\na broaderTransitive c prp-trp;\n"
       "b broaderTransitive c prp-spo1;\nb narrower a prp-inv2;\n"
       "b narrowerTransitive a prp-inv2;\nc narrower b prp-inv2;\n"
       "c narrowerTransitive a prp-trp;\nc narrowerTransitive b prp-inv2;\n"},
      {"ex:a skos:broader ex:b . ex:b skos:broader ex:a .", /* a cycle ends */
       "a broaderTransitive b prp-spo1;\na narrower b prp-inv2;\n"
       "a narrowerTransitive b prp-inv2;\nb broaderTransitive a prp-spo1;\n"
       "b narrower a prp-inv2;\nb narrowerTransitive a prp-inv2;\n"},
      {"ex:a skos:exactMatch ex:b . ex:b skos:exactMatch ex:c .",
       "a closeMatch b prp-spo1;\na closeMatch c prp-spo1;\na exactMatch c prp-trp;\n"
       "b closeMatch a prp-symp;\nb closeMatch c prp-spo1;\nb exactMatch a prp-symp;\n"
       "c closeMatch a prp-spo1;\nc closeMatch b prp-symp;\nc exactMatch a prp-trp;\n"
       "c exactMatch b prp-symp;\n"},
      {"ex:a skos:relatedMatch ex:b .",
       "a related b prp-spo1;\nb related a prp-symp;\nb relatedMatch a prp-symp;\n"},
  };
  const char *path = scratch("infer-skos.db");
  OgInferOptions options = OG_INFER_OPTIONS_INIT;
  for (size_t k = 0; k < OG_COUNT(skos_cases); k++) {
    char text[512];
    snprintf(text, sizeof text, CONCEPTS "%s", skos_cases[k].text);
    options.skos = true;
    make(path, text);
    infer_with(path, &options);
    assert_string_equal(query_text(path, inferred), skos_cases[k].edges);
    options.skos = false; /* not unless asked for */
    infer_with(path, &options);
    assert_string_equal(query_text(path, inferred), "");
  }
}

/* An edge that is said in two ways is one. */
static void edges_by_words_of_skos_count_once(void **state) {
  (void)state;
  const char *path = scratch("infer-skos-once.db");
  const OgInferOptions options = OG_INFER_OPTIONS_INIT;
  make(path, CONCEPTS "skos:broader a owl:ObjectProperty . ex:a skos:broader ex:b . ex:a a _:r . "
                      "_:r a owl:Restriction . _:r owl:onProperty skos:broader . "
                      "_:r owl:hasValue ex:b . ex:b skos:related ex:c .");
  assert_string_equal(query_text(path, "SELECT count(*) FROM edge JOIN term ON term.id = relation "
                                       "WHERE text LIKE '%broader'"),
                      "2\n");
  assert_int_equal(infer_with(path, &options).skos, 2);
}

static void what_a_class_has_its_subclasses_have(void **state) {
  (void)state;
  static const char text[] =
      PROPERTY("ex:p") "ex:A a owl:Class . ex:B a owl:Class . ex:C a owl:Class . ex:D a owl:Class ."
                       " ex:A rdfs:subClassOf ex:B . ex:B rdfs:subClassOf ex:A ."
                       " ex:B rdfs:subClassOf ex:C . ex:C rdfs:subClassOf _:r ."
                       " _:r a owl:Restriction . _:r owl:onProperty ex:p ."
                       " _:r owl:someValuesFrom ex:D . ex:x a ex:A .";
  const char *path = scratch("infer-inherit.db");
  OgInferOptions options = OG_INFER_OPTIONS_INIT;
  options.owl = false;
  make(path, text);
  infer_with(path, &options);
  assert_string_equal(query_text(path, inferred),
                      "A subClassOf C scm-sco;\nx type B cax-sco;\nx type C cax-sco;\n");
  options.inherit = true;
  infer_with(path, &options);
  assert_string_equal(query_text(path, inferred),
                      "A p D some scm-sco;\nA subClassOf C scm-sco;\nB p D some scm-sco;\n"
                      "x p D some cax-sco;\nx type B cax-sco;\nx type C cax-sco;\n");
}

static void cycles_end(void **state) {
  (void)state;
  const char *path = scratch("cycle.db");
  make(path,
       "ex:A rdfs:subClassOf ex:B . ex:B rdfs:subClassOf ex:C . ex:C rdfs:subClassOf ex:A ."
       " ex:x a ex:A . " PROPERTY(
           "ex:p") "ex:p a owl:TransitiveProperty ."
                   " ex:p owl:inverseOf ex:p . ex:x ex:p ex:y . ex:y ex:p ex:x . ex:y a ex:A .");
  const OgInferReport report = infer(path, true);
  /* A < C, B < A, C < B; 6 equivalences; x and y are B and C. No edge from a thing to itself. */
  assert_int_equal(report.by_rule[OG_INFER_SCM_SCO], 3);
  assert_int_equal(report.by_rule[OG_INFER_SCM_EQC2], 6);
  assert_int_equal(report.by_rule[OG_INFER_CAX_SCO], 4);
  assert_int_equal(report.edges, 13);
  assert_int_equal(query_number(path, "SELECT count(*) FROM inferred_edge WHERE head = tail"), 0);
}

/* ---- Against brute force ------------------------------------------------------------------- */

/* Small graphs of CLASSES classes, THINGS individuals and PROPERTIES properties, as arrays of truth
 * values; the closure is found by trying every rule on everything until nothing changes. */
enum { CLASSES = 5, THINGS = 5, NODES = CLASSES + THINGS, PROPERTIES = 4 };
enum { TYPE = PROPERTIES, SUB, EQUIVALENT, SAME, RELATIONS };
enum { NONE = -1, CHAINS = 2, LONGEST = 3 };

typedef struct World {
  bool holds[RELATIONS][NODES][NODES]; /* statements */
  bool some[PROPERTIES][NODES][NODES]; /* every head, or the head, has some such tail */
  bool transitive[PROPERTIES], symmetric[PROPERTIES];
  bool sub[PROPERTIES][PROPERTIES], sub_of_inverse[PROPERTIES][PROPERTIES];
  bool equivalent[PROPERTIES][PROPERTIES], inverse[PROPERTIES][PROPERTIES];
  int domain[PROPERTIES], range[PROPERTIES]; /* a class, or NONE */
  struct {
    int count, of, links[LONGEST];
    bool backwards[LONGEST];
  } chains[CHAINS];
} World;

static bool is_class(int node) {
  return node < CLASSES;
}

static bool changed;

static void set(bool *fact, bool value) {
  changed = changed || (value && !*fact);
  *fact = *fact || value;
}

/* Whether a chain leads from a to b, link k on. */
static bool leads(const World *w, int chain, int k, int a, int b, bool some) {
  if (k == w->chains[chain].count || k == LONGEST) {
    return a == b;
  }
  const int p = w->chains[chain].links[k];
  const bool back = w->chains[chain].backwards[k];
  for (int c = 0; c < NODES; c++) {
    const bool step = some   ? !back && w->some[p][a][c]
                      : back ? w->holds[p][c][a]
                             : w->holds[p][a][c];
    if (step && leads(w, chain, k + 1, c, b, some)) {
      return true;
    }
  }
  return false;
}

/* One property and one pair of nodes: the rules of tables 4 and 5. */
static void apply_property(World *w, int p, int a, int b) {
  const bool holds = w->holds[p][a][b], some = w->some[p][a][b];
  for (int q = 0; q < PROPERTIES; q++) {
    set(&w->holds[q][a][b], holds && (w->sub[p][q] || w->equivalent[p][q] || w->equivalent[q][p]));
    set(&w->some[q][a][b], some && (w->sub[p][q] || w->equivalent[p][q] || w->equivalent[q][p]));
    set(&w->holds[q][b][a],
        holds && (w->sub_of_inverse[p][q] || w->inverse[p][q] || w->inverse[q][p]));
  }
  set(&w->holds[p][b][a], holds && w->symmetric[p]);
  for (int c = 0; c < NODES && w->transitive[p]; c++) {
    set(&w->holds[p][a][c], holds && w->holds[p][b][c]);
    set(&w->some[p][a][c], some && w->some[p][b][c]);
  }
  if (w->domain[p] != NONE) {
    set(&w->holds[TYPE][a][w->domain[p]], holds || (some && !is_class(a)));
    set(&w->holds[SUB][a][w->domain[p]], some && is_class(a));
  }
  if (w->range[p] != NONE) {
    set(&w->holds[TYPE][b][w->range[p]], holds);
  }
}

static void apply_all(World *w) {
  for (int a = 0; a < NODES; a++) {
    for (int b = 0; b < NODES; b++) {
      for (int p = 0; p < PROPERTIES; p++) {
        apply_property(w, p, a, b);
      }
      for (int k = 0; k < CHAINS; k++) {
        if (w->chains[k].count > 0) {
          set(&w->holds[w->chains[k].of][a][b], leads(w, k, 0, a, b, false));
          set(&w->some[w->chains[k].of][a][b], leads(w, k, 0, a, b, true));
        }
      }
      for (int c = 0; c < NODES; c++) {
        set(&w->holds[SUB][a][c], w->holds[SUB][a][b] && w->holds[SUB][b][c]);
        set(&w->holds[TYPE][a][c], w->holds[TYPE][a][b] && w->holds[SUB][b][c]);
        set(&w->holds[SAME][a][c], w->holds[SAME][a][b] && w->holds[SAME][b][c]);
        for (int r = 0; r < RELATIONS; r++) {
          set(&w->holds[r][b][c], w->holds[SAME][a][b] && w->holds[r][a][c]);
          set(&w->holds[r][c][b], w->holds[SAME][a][b] && w->holds[r][c][a]);
        }
      }
      set(&w->holds[SAME][b][a], w->holds[SAME][a][b]);
      set(&w->holds[SUB][a][b], w->holds[EQUIVALENT][a][b] || w->holds[EQUIVALENT][b][a]);
      set(&w->holds[EQUIVALENT][a][b], w->holds[SUB][a][b] && w->holds[SUB][b][a]);
    }
  }
}

static int below(OgRandom *random, int limit) {
  return (int)og_random_below(random, (uint64_t)limit);
}

static bool chance(OgRandom *random, int in) {
  return below(random, in) == 0;
}

static void draw_world(World *w, OgRandom *random) {
  memset(w, 0, sizeof *w);
  for (int p = 0; p < PROPERTIES; p++) {
    const int q = below(random, PROPERTIES);
    w->transitive[p] = chance(random, 4);
    w->symmetric[p] = chance(random, 6);
    w->sub[p][q] = chance(random, 4) && q != p;
    w->sub_of_inverse[p][q] = chance(random, 8);
    w->equivalent[p][q] = chance(random, 10) && q != p;
    w->inverse[p][q] = chance(random, 6);
    w->domain[p] = chance(random, 4) ? below(random, CLASSES) : NONE;
    w->range[p] = chance(random, 4) ? below(random, CLASSES) : NONE;
    for (int k = 0; k < 4; k++) {
      const int a = below(random, NODES), b = below(random, NODES);
      w->holds[p][a][b] = chance(random, 2) && !(is_class(a) && chance(random, 2));
    }
    for (int k = 0; k < 2; k++) {
      const int a = below(random, NODES), b = below(random, CLASSES);
      w->some[p][a][b] = a != b && chance(random, 2);
    }
  }
  for (int k = 0; k < CHAINS; k++) {
    w->chains[k].count = chance(random, 2) ? 2 + below(random, LONGEST - 1) : 0;
    w->chains[k].of = below(random, PROPERTIES);
    for (int j = 0; j < LONGEST; j++) {
      w->chains[k].links[j] = below(random, PROPERTIES);
      w->chains[k].backwards[j] = chance(random, 5);
    }
  }
  for (int k = 0; k < 5; k++) {
    const int a = below(random, CLASSES), b = below(random, CLASSES);
    w->holds[SUB][a][b] = w->holds[SUB][a][b] || a != b;
    w->holds[TYPE][CLASSES + below(random, THINGS)][b] = true;
    w->holds[EQUIVALENT][a][b] = w->holds[EQUIVALENT][a][b] || (a != b && chance(random, 8));
    const int x = CLASSES + below(random, THINGS), y = CLASSES + below(random, THINGS);
    w->holds[SAME][x][y] = w->holds[SAME][x][y] || (x != y && chance(random, 8));
  }
}

static const char *const relation_names[] = {
    "ex:p0",     "ex:p1", "ex:p2", "ex:p3", "rdf:type", "rdfs:subClassOf", "owl:equivalentClass",
    "owl:sameAs"};

static void write_chain(const World *w, int k, OgBuffer *text) {
  OgError err = {0};
  assert_ok(
      og_buffer_format(text, &err, "ex:p%d owl:propertyChainAxiom _:c%d_0 . ", w->chains[k].of, k));
  for (int j = 0; j < w->chains[k].count; j++) {
    const char *back = w->chains[k].backwards[j] ? "_:b" : "ex:p";
    assert_ok(og_buffer_format(text, &err, "_:c%d_%d rdf:first %s%d . _:c%d_%d rdf:rest ", k, j,
                               back, w->chains[k].links[j], k, j));
    assert_ok(j + 1 == w->chains[k].count ? og_buffer_text(text, "rdf:nil . ", &err)
                                          : og_buffer_format(text, &err, "_:c%d_%d . ", k, j + 1));
  }
}

static void write_property(const World *w, int p, OgBuffer *text) {
  OgError err = {0};
  assert_ok(og_buffer_format(
      text, &err, "ex:p%d a owl:ObjectProperty . _:b%d owl:inverseOf ex:p%d . ", p, p, p));
  if (w->transitive[p]) {
    assert_ok(og_buffer_format(text, &err, "ex:p%d a owl:TransitiveProperty . ", p));
  }
  if (w->symmetric[p]) {
    assert_ok(og_buffer_format(text, &err, "ex:p%d a owl:SymmetricProperty . ", p));
  }
  if (w->domain[p] != NONE) {
    assert_ok(og_buffer_format(text, &err, "ex:p%d rdfs:domain ex:n%d . ", p, w->domain[p]));
  }
  if (w->range[p] != NONE) {
    assert_ok(og_buffer_format(text, &err, "ex:p%d rdfs:range ex:n%d . ", p, w->range[p]));
  }
  for (int q = 0; q < PROPERTIES; q++) {
    const struct {
      bool said;
      const char *format;
    } axioms[] = {{w->sub[p][q], "ex:p%d rdfs:subPropertyOf ex:p%d . "},
                  {w->sub_of_inverse[p][q], "ex:p%d rdfs:subPropertyOf _:b%d . "},
                  {w->equivalent[p][q], "ex:p%d owl:equivalentProperty ex:p%d . "},
                  {w->inverse[p][q], "ex:p%d owl:inverseOf ex:p%d . "}};
    for (size_t k = 0; k < OG_COUNT(axioms); k++) {
      assert_ok(axioms[k].said ? og_buffer_format(text, &err, axioms[k].format, p, q) : OG_OK);
    }
  }
}

static void write_world(const World *w, OgBuffer *text) {
  OgError err = {0};
  og_buffer_reset(text);
  for (int n = 0; n < NODES; n++) {
    assert_ok(og_buffer_format(text, &err, "ex:n%d a %s . ", n,
                               is_class(n) ? "owl:Class" : "owl:NamedIndividual"));
  }
  for (int p = 0; p < PROPERTIES; p++) {
    write_property(w, p, text);
  }
  for (int k = 0; k < CHAINS; k++) {
    if (w->chains[k].count > 0) {
      write_chain(w, k, text);
    }
  }
  for (int a = 0; a < NODES; a++) {
    for (int b = 0; b < NODES; b++) {
      for (int r = 0; r < RELATIONS; r++) {
        assert_ok(w->holds[r][a][b]
                      ? og_buffer_format(text, &err, "ex:n%d %s ex:n%d . ", a, relation_names[r], b)
                      : OG_OK);
      }
      for (int p = 0; p < PROPERTIES; p++) {
        assert_ok(w->some[p][a][b]
                      ? og_buffer_format(text, &err,
                                         "ex:n%d %s _:s%d_%d_%d . _:s%d_%d_%d owl:onProperty ex:p%d"
                                         " . _:s%d_%d_%d owl:someValuesFrom ex:n%d . ",
                                         a, relation_names[is_class(a) ? SUB : TYPE], p, a, b, p, a,
                                         b, p, p, a, b, b)
                      : OG_OK);
      }
    }
  }
}

/* "r a b sense", in order, of what follows by brute force. */
static void list_expected(const World *before, const World *after, OgBuffer *text) {
  OgError err = {0};
  og_buffer_reset(text);
  assert_ok(og_buffer_text(text, "", &err));
  for (int a = 0; a < NODES; a++) {
    for (int r = 0; r < RELATIONS; r++) {
      for (int b = 0; b < NODES; b++) {
        if (a != b && r < PROPERTIES && after->some[r][a][b] && !before->some[r][a][b]) {
          assert_ok(og_buffer_format(text, &err, "%d %s %d some\n", a, relation_names[r], b));
        }
        if (a != b && after->holds[r][a][b] && !before->holds[r][a][b]) {
          assert_ok(og_buffer_format(text, &err, "%d %s %d statement\n", a, relation_names[r], b));
        }
      }
    }
  }
}

/* The same of the graph file; relations by their numbers above. */
static const char found_edges[] =
    "SELECT substr(h.text, 21) || ' ' || CASE r.text"
    " WHEN 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type' THEN 'rdf:type'"
    " WHEN 'http://www.w3.org/2000/01/rdf-schema#subClassOf' THEN 'rdfs:subClassOf'"
    " WHEN 'http://www.w3.org/2002/07/owl#equivalentClass' THEN 'owl:equivalentClass'"
    " WHEN 'http://www.w3.org/2002/07/owl#sameAs' THEN 'owl:sameAs'"
    " ELSE replace(r.text, '" EX "', 'ex:') END || ' ' || substr(t.text, 21) || ' ' || via "
    "FROM inferred_edge JOIN term h ON h.id = head JOIN term r ON r.id = relation "
    "JOIN term t ON t.id = tail ORDER BY h.text, instr('ex:p0 ex:p1 ex:p2 ex:p3 '"
    " || 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type '"
    " || 'http://www.w3.org/2000/01/rdf-schema#subClassOf '"
    " || 'http://www.w3.org/2002/07/owl#equivalentClass http://www.w3.org/2002/07/owl#sameAs',"
    " replace(r.text, '" EX "', 'ex:')), t.text, via";

/* As many statements in the named graph as edges that are statements; of properties, what follows
 * of their order. */
static void check_statements(const char *path) {
  static const char words[] = "('http://www.w3.org/2000/01/rdf-schema#subPropertyOf', "
                              "'http://www.w3.org/2002/07/owl#equivalentProperty')";
  char sql[600];
  snprintf(sql, sizeof sql,
           "SELECT count(*) FROM statement WHERE source = '" OG_INFERRED_GRAPH
           "' AND predicate NOT IN %s",
           words);
  const long statements = query_number(path, sql);
  assert_int_equal(
      statements, query_number(path, "SELECT count(*) FROM inferred_edge WHERE via = 'statement'"));
}

static void random_graphs_give_what_brute_force_gives(void **state) {
  (void)state;
  OgRandom random;
  OgBuffer text = OG_BUFFER_INIT, expected = OG_BUFFER_INIT;
  const char *path = scratch("random.db");
  const char *wanted = getenv("OG_RANDOM_CASES");
  const int count = wanted ? atoi(wanted) : 150;
  size_t rows = 0;
  og_random_init(&random, 7);
  for (int k = 0; k < count; k++) {
    static World before, after;
    draw_world(&before, &random);
    after = before;
    do {
      changed = false;
      apply_all(&after);
    } while (changed);
    write_world(&before, &text);
    list_expected(&before, &after, &expected);
    make(path, text.data);
    const OgInferReport report = infer(path, true);
    rows += report.edges;
    const char *found = query_text(path, found_edges);
    if (strcmp(found, expected.data) != 0) {
      fail_msg("case %d: %s\nexpected\n%s\nfound\n%s", k, text.data, expected.data, found);
    }
    check_statements(path);
  }
  assert_true(rows > (size_t)count * 10); /* there was something to find */
  og_buffer_clear(&text);
  og_buffer_clear(&expected);
}

/* ---- What becomes of it -------------------------------------------------------------------- */

static const char family[] =
    "ex:Person a owl:Class . ex:Man rdfs:subClassOf ex:Person . ex:King rdfs:subClassOf ex:Man ."
    " ex:Sun a ex:King . " PROPERTY("ex:p") "ex:q a owl:ObjectProperty ."
                                            " ex:p rdfs:subPropertyOf ex:q . ex:q "
                                            "rdfs:subPropertyOf ex:r . ex:r a owl:ObjectProperty .";

static void what_files_only_refer_to_stays_so(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("mentioned.db");
  OgStore *store;
  OgGraphSummary summary;
  make(path,
       "ex:A rdfs:subClassOf ex:B . ex:B rdfs:subClassOf ex:A . ex:A owl:equivalentClass ex:C .");
  infer(path, true); /* C equivalentClass A */
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  assert_ok(og_graph_summary(store, &summary, &err));
  assert_int_equal(summary.mentioned, 1);
  assert_int_equal(summary.statements, 3);
  assert_int_equal(summary.source_count, 1);
  assert_int_equal(summary.inferred, query_number(path, "SELECT count(*) FROM inferred_edge"));
  og_graph_summary_clear(&summary);
  og_store_close(store);
}

static void what_was_asserted_stays_as_it_was(void **state) {
  (void)state;
  const char *path = scratch("apart.db");
  make(path, family);
  char *before = graph_dump(path);
  const OgInferReport report = infer(path, true);
  assert_int_equal(report.edges, 3);
  assert_int_equal(report.statements, 4); /* and p subPropertyOf r */
  assert_int_equal(query_number(path, "SELECT count(*) FROM every_edge WHERE inferred IS NULL"),
                   query_number(path, "SELECT count(*) FROM edge"));
  assert_int_equal(query_number(path, "SELECT count(*) FROM every_edge WHERE inferred = 'scm-sco'"),
                   1);
  infer(path, true); /* again: no more than once */
  assert_int_equal(query_number(path, "SELECT count(*) FROM inferred_edge"), 3);
  OgError err = {0};
  OgStore *store;
  uint64_t edges = 0;
  bool done = false;
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  assert_ok(og_infer_is_done(store, &done, &err));
  assert_true(done);
  assert_ok(og_infer_remove(store, &edges, &err));
  assert_ok(og_infer_is_done(store, &done, &err));
  assert_false(done);
  og_store_close(store);
  assert_int_equal(edges, 3);
  char *after = graph_dump(path);
  assert_string_equal(before, after);
  assert_int_equal(query_number(path, "SELECT count(*) FROM source"), 1);
  assert_int_equal(query_number(path, "SELECT count(*) FROM setting"), 0);
  free(before);
  free(after);
}

static void an_import_infers_anew(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("anew.db");
  make(path, family);
  infer(path, false);
  assert_ok(import_text(path, "urn:second", "ex:Person rdfs:subClassOf ex:Animal .", NULL, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM inferred_edge"), 6);
  assert_int_equal(query_number(path, "SELECT count(*) FROM edge"), 4);
  /* What a source does not say any more follows no more. */
  assert_ok(import_text(path, "urn:source", "ex:Man rdfs:subClassOf ex:Person .", NULL, &err));
  assert_string_equal(query_text(path, inferred), "Man subClassOf Animal scm-sco;\n");
  OgStore *store;
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  assert_ok(og_infer_remove(store, NULL, &err));
  og_store_close(store);
  assert_ok(import_text(path, "urn:third", "ex:Animal rdfs:subClassOf ex:Thing .", NULL, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM inferred_edge"), 0);
}

static void more_than_was_allowed_is_refused_as_a_whole(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("many.db");
  OgStore *store;
  OgInferOptions options = OG_INFER_OPTIONS_INIT;
  make(path, family);
  infer(path, true);
  options.max_edges = 3;
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  assert_status(og_infer(store, &options, NULL, NULL, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "more than 3 edges follow"));
  assert_non_null(strstr(err.message, "--max-edges"));
  assert_null(strstr(err.message, "--rdfs")); /* no rule of OWL made any */
  assert_int_equal(query_number(path, "SELECT count(*) FROM inferred_edge"), 3);
  options.max_edges = 4;
  assert_ok(og_infer(store, &options, NULL, NULL, &err));
  og_store_close(store);
  /* An import goes on without them. */
  assert_ok(import_text(path, "urn:second", "ex:Person rdfs:subClassOf ex:Animal .", NULL, &err));
  assert_int_equal(query_number(path, "SELECT count(*) FROM inferred_edge"), 0);
  assert_int_equal(query_number(path, "SELECT count(*) FROM edge"), 4);
}

static void rdfs_alone_is_an_advice_where_owl_made_edges(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("chain.db");
  OgStore *store;
  OgInferOptions options = OG_INFER_OPTIONS_INIT;
  make(path,
       PROPERTY("ex:p") "ex:p a owl:TransitiveProperty . ex:a ex:p ex:b . ex:b ex:p ex:c . "
                        "ex:c ex:p ex:d . ex:a a ex:A . ex:b a ex:A . ex:c a ex:A . ex:d a ex:A .");
  options.max_edges = 2;
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  assert_status(og_infer(store, &options, NULL, NULL, &err), OG_FAILED);
  assert_non_null(strstr(err.message, "--rdfs alone (rules of OWL made 100 % of them so far)"));
  og_store_close(store);
}

static bool lose_patience(void *data, const char *stage, double done, double total,
                          const char *detail) {
  (void)stage, (void)done, (void)total, (void)detail;
  return --*(int *)data >= 0;
}

static void interrupted_anywhere_it_leaves_what_there_was(void **state) {
  (void)state;
  OgError err = {0};
  const char *path = scratch("interrupted.db");
  OgStore *store;
  const OgInferOptions options = OG_INFER_OPTIONS_INIT;
  make(path, family);
  infer(path, true);
  assert_ok(import_text(path, "urn:second", "ex:Person rdfs:subClassOf ex:Animal .", NULL, &err));
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  OgStatus status = OG_CANCELLED;
  int reports = 0;
  for (; status == OG_CANCELLED; reports++) {
    int patience = reports;
    const OgProgress progress = {lose_patience, NULL, &patience};
    status = og_infer(store, &options, &progress, NULL, &err);
    assert_int_equal(query_number(path, "SELECT count(*) FROM inferred_edge"), 6);
    assert_int_equal(query_number(path, "SELECT count(*) FROM source"), 3);
  }
  assert_ok(status);
  assert_true(reports > 3); /* it was in the midst of reading, inferring and storing */
  og_store_close(store);
}

/* ---- Explaining ---------------------------------------------------------------------------- */

static int64_t id_of(OgStore *store, const char *iri) {
  OgError err = {0};
  int64_t id;
  assert_ok(og_store_find_iri(store, iri, strlen(iri), &id, &err));
  assert_true(id > 0);
  return id;
}

/* "head relation tail rule 1 2;" a step. */
static const char *explain(const char *path, const char *head, const char *relation,
                           const char *tail) {
  static char told[2000];
  OgError err = {0};
  OgStore *store;
  OgProof proof;
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  assert_ok(og_infer_explain(store, id_of(store, head), id_of(store, relation), id_of(store, tail),
                             NULL, &proof, &err));
  told[0] = '\0';
  for (size_t k = 0; k < proof.count; k++) {
    const OgProofStep *step = &proof.steps[k];
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s%s %s %s%s %s", k ? "; " : "", step->head.label,
             step->relation, step->tail.label,
             step->axiom  ? " axiom"
             : step->some ? " some"
                          : "",
             og_inference_rule_name(step->rule));
    for (size_t j = 0; j < step->premise_count; j++) {
      assert_true(step->premises[j] < k);
      used = strlen(told);
      snprintf(told + used, sizeof told - used, " %zu", step->premises[j]);
    }
  }
  og_proof_clear(&proof);
  og_store_close(store);
  return told;
}

static void an_edge_is_explained_by_what_it_follows_from(void **state) {
  (void)state;
  const char *path = scratch("why.db");
  make(path, PROPERTY("ex:p") PROPERTY("ex:q") PROPERTY("ex:r") PROPERTY(
                 "ex:s") "ex:s owl:propertyChainAxiom _:a . _:a rdf:first ex:p . _:a rdf:rest _:b ."
                         " _:b rdf:first _:i . _:b rdf:rest _:c . _:c rdf:first ex:r ."
                         " _:c rdf:rest rdf:nil . _:i owl:inverseOf ex:q ."
                         " ex:w a owl:NamedIndividual . ex:x a owl:NamedIndividual ."
                         " ex:y a owl:NamedIndividual . ex:z a owl:NamedIndividual ."
                         " ex:w ex:p ex:x . ex:y ex:q ex:x . ex:y ex:r ex:z ."
                         " ex:A rdfs:subClassOf ex:B . ex:B rdfs:subClassOf ex:C . ex:w a ex:A .");
  infer(path, true);
  assert_string_equal(explain(path, EX "w", EX "s", EX "z"),
                      "w p x asserted; y q x asserted; y r z asserted; "
                      "s chain p, inverse of q, r axiom asserted; w s z prp-spo2 0 1 2 3");
  assert_string_equal(
      explain(path, EX "w", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", EX "C"),
      "w type A asserted; A subClassOf B asserted; B subClassOf C asserted; "
      "w type B cax-sco 0 1; w type C cax-sco 3 2");
  assert_string_equal(explain(path, EX "y", EX "q", EX "x"), "y q x asserted");
}

static void a_proof_shows_the_axioms_of_properties(void **state) {
  (void)state;
  const char *path = scratch("axioms.db");
  make(path, PROPERTY("ex:p")
                 PROPERTY("ex:q") "ex:p a owl:TransitiveProperty . ex:p rdfs:domain ex:D ."
                                  " ex:q owl:inverseOf ex:p . ex:D rdfs:subClassOf ex:E ."
                                  " ex:x a owl:NamedIndividual . ex:y a owl:NamedIndividual ."
                                  " ex:z a owl:NamedIndividual . ex:x ex:p ex:y ."
                                  " ex:y ex:p ex:z . ex:A rdfs:subClassOf _:r ."
                                  " _:r owl:onProperty ex:p . _:r owl:someValuesFrom ex:B .");
  infer(path, true);
  assert_string_equal(explain(path, EX "z", EX "q", EX "x"),
                      "x p y asserted; y p z asserted; p transitive  axiom asserted; "
                      "x p z prp-trp 0 1 2; q inverse of p axiom asserted; z q x prp-inv2 3 4");
  assert_string_equal(
      explain(path, EX "A", "http://www.w3.org/2000/01/rdf-schema#subClassOf", EX "E"),
      "D subClassOf E asserted; A p B some asserted; p domain D axiom asserted; "
      "A subClassOf D prp-dom 1 2; A subClassOf E scm-sco 3 0");
}

static void what_does_not_follow_is_told(void **state) {
  (void)state;
  OgError err;
  OgStore *store;
  OgProof proof;
  const char *path = scratch("not.db");
  const char *sub = "http://www.w3.org/2000/01/rdf-schema#subClassOf";
  make(path, family);
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  const int64_t king = id_of(store, EX "King"), person = id_of(store, EX "Person");
  assert_status(og_infer_explain(store, king, id_of(store, sub), person, NULL, &proof, &err),
                OG_NOT_FOUND); /* nothing is inferred yet */
  assert_non_null(strstr(err.message, "ontograft infer"));
  assert_status(og_infer_explain(store, king, 1 << 30, person, NULL, &proof, &err), OG_NOT_FOUND);
  og_store_close(store);
  infer(path, true);
  assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
  assert_status(og_infer_explain(store, person, id_of(store, sub), king, NULL, &proof, &err),
                OG_NOT_FOUND);
  og_store_close(store);
}

static void every_failed_allocation_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  OgStore *store;
  const char *path = scratch("memory.db");
  const OgInferOptions options = OG_INFER_OPTIONS_INIT;
  make(path, family);
  infer(path, true);
  assert_ok(og_store_open(path, OG_STORE_WRITE, &store, &err));
  const int64_t king = id_of(store, EX "King"), person = id_of(store, EX "Person"),
                sub = id_of(store, "http://www.w3.org/2000/01/rdf-schema#subClassOf");
  OgStatus status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    og_memory_fail_after(failures);
    status = og_infer(store, &options, NULL, NULL, &err);
    og_memory_fail_after(-1);
  }
  assert_ok(status);
  assert_int_equal(query_number(path, "SELECT count(*) FROM inferred_edge"), 3);
  status = OG_NO_MEMORY;
  for (long failures = 0; status == OG_NO_MEMORY; failures++) {
    OgProof proof;
    og_memory_fail_after(failures);
    status = og_infer_explain(store, king, sub, person, NULL, &proof, &err);
    og_memory_fail_after(-1);
    if (status == OG_OK) {
      og_proof_clear(&proof);
    }
  }
  assert_ok(status);
  og_store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_rule_makes_what_the_recommendation_says),
      cmocka_unit_test(rdfs_alone_leaves_out_the_rules_of_owl),
      cmocka_unit_test(class_expressions_follow_as_far_as_is_sound),
      cmocka_unit_test(skos_says_what_its_words_mean),
      cmocka_unit_test(edges_by_words_of_skos_count_once),
      cmocka_unit_test(what_a_class_has_its_subclasses_have),
      cmocka_unit_test(cycles_end),
      cmocka_unit_test(random_graphs_give_what_brute_force_gives),
      cmocka_unit_test(what_files_only_refer_to_stays_so),
      cmocka_unit_test(what_was_asserted_stays_as_it_was),
      cmocka_unit_test(an_import_infers_anew),
      cmocka_unit_test(more_than_was_allowed_is_refused_as_a_whole),
      cmocka_unit_test(rdfs_alone_is_an_advice_where_owl_made_edges),
      cmocka_unit_test(interrupted_anywhere_it_leaves_what_there_was),
      cmocka_unit_test(an_edge_is_explained_by_what_it_follows_from),
      cmocka_unit_test(a_proof_shows_the_axioms_of_properties),
      cmocka_unit_test(what_does_not_follow_is_told),
      cmocka_unit_test(every_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
