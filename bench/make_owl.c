/* make_owl: an ontology of a chosen size, of the make of biomedical ones, in RDF/XML as the OWL API
 * writes it. The same size gives the same bytes.
 *
 *   make_owl MEGABYTES >FILE
 *
 * A class has a label, often in several languages, synonyms of four kinds, a definition, references
 * to other databases, named and defined superclasses; axioms say where definitions and synonyms
 * come from; some classes are deprecated. How often is in the table `share`. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OBO "http://purl.obolibrary.org/obo/"

/* Of a thousand classes, how many have it. */
static const struct {
  unsigned deprecated, second_parent, restriction, definition, defined, translated,
      definition_axiom, synonym_axiom, subset, comment;
} share = {50, 250, 450, 750, 150, 300, 650, 300, 400, 100};

static uint64_t state = 1;
static uint64_t written;

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t next(void) {
  uint64_t z = (state += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

static unsigned below(unsigned bound) {
  return (unsigned)(next() % bound);
}

static int chance(unsigned per_thousand) {
  return below(1000) < per_thousand;
}

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void put(const char *format, ...) {
  va_list args;
  va_start(args, format);
  const int size = vprintf(format, args);
  va_end(args);
  written += size > 0 ? (uint64_t)size : 0;
}

typedef const char *const Words[];

static Words heads = {"acute",     "chronic",   "familial",  "primary",    "secondary",
                      "juvenile",  "benign",    "malignant", "severe",     "mixed",
                      "diffuse",   "focal",     "atypical",  "hereditary", "partial",
                      "recurrent", "bilateral", "X-linked",  "distal",     "proximal"};
static Words stems = {"cardi", "neur",     "hepat", "nephr",  "gastr", "derm",   "oste",
                      "my",    "chondr",   "aden",  "angi",   "arthr", "bronch", "cephal",
                      "cyst",  "encephal", "enter", "erythr", "fibr",  "gloss",  "hist",
                      "kerat", "laryng",   "leuk",  "lip",    "lymph", "mening", "myel",
                      "ot",    "pancreat", "phleb", "pneum"};
static Words ends = {"itis", "oma",     "opathy", "osis",     "ectasia",    "algia",
                     "emia", "oplasia", "otomy",  "ocytosis", "odystrophy", "ogenesis"};
static Words nouns = {"disease", "syndrome", "disorder", "deficiency", "carcinoma", "infection",
                      "anomaly", "neoplasm", "process",  "complex",    "activity",  "structure"};
static Words fillers = {"that",       "is",           "characterized", "by",       "the",
                        "presence",   "of",           "abnormal",      "located",  "in",
                        "tissue",     "results",      "from",          "mutation", "on",
                        "chromosome", "with",         "onset",         "and",      "progressive",
                        "loss",       "function",     "cells",         "which",    "derives",
                        "caused",     "inflammation", "membrane",      "growth",   "a"};
static Words german = {"akute",  "chronische", "Erkrankung", "Störung", "Mangel",
                       "Gewebe", "erbliche",   "Entzündung", "Zell",    "Fehlbildung"};
static Words french = {"aiguë", "chronique",   "maladie",      "trouble", "carence",
                       "tissu", "héréditaire", "inflammation", "cellule", "malformation"};
static Words chinese = {"急性", "慢性",   "疾病", "障碍", "缺乏",
                        "组织", "遗传性", "炎症", "细胞", "畸形"};
static Words databases = {"UMLS_CUI:C", "MESH:D", "SNOMEDCT_US:", "NCI:C",
                          "ICD10CM:Q",  "ORDO:",  "GARD:",        "OMIM:"};
static Words synonym_kinds = {"hasExactSynonym", "hasExactSynonym", "hasRelatedSynonym",
                              "hasNarrowSynonym", "hasBroadSynonym"};
static Words properties = {"RO_0002200", "RO_0004026", "BFO_0000050", "RO_0002162", "IDO_0000664"};
static Words subsets = {"slim", "rare", "core", "cancer_slim", "zoonotic"};

#define PICK(words) (words)[below(sizeof(words) / sizeof *(words))]

/* A name of 2 to 5 words, as rare as names are. */
static void make_name(char *name, size_t size) {
  size_t used = 0;
  if (chance(500)) {
    used += (size_t)snprintf(name, size, "%s ", PICK(heads));
  }
  const unsigned count = 1 + below(2);
  for (unsigned k = 0; k < count; k++) {
    used += (size_t)snprintf(name + used, size - used, "%so%s%s ", PICK(stems), PICK(stems),
                             PICK(ends));
  }
  snprintf(name + used, size - used, "%s %u%c", PICK(nouns), below(400), (char)('A' + below(26)));
}

static void make_definition(char *text, size_t size) {
  size_t used = (size_t)snprintf(text, size, "A ");
  char name[256];
  make_name(name, sizeof name);
  used += (size_t)snprintf(text + used, size - used, "%s", name);
  for (unsigned left = 8 + below(30); left > 0 && used + 40 < size; left--) {
    used += (size_t)snprintf(text + used, size - used, left % 9 ? " %s" : ", %s &lt;i&gt;",
                             chance(150) ? PICK(stems) : PICK(fillers));
  }
  snprintf(text + used, size - used, ".");
}

static void put_reference(void) {
  put("        <oboInOwl:hasDbXref>%s%06u</oboInOwl:hasDbXref>\n", PICK(databases), below(1000000));
}

static void put_axiom(unsigned number, const char *property, const char *target) {
  put("    <owl:Axiom>\n"
      "        <owl:annotatedSource rdf:resource=\"" OBO "BENCH_%07u\"/>\n"
      "        <owl:annotatedProperty rdf:resource=\"%s\"/>\n"
      "        <owl:annotatedTarget>%s</owl:annotatedTarget>\n",
      number, property, target);
  for (unsigned count = 1 + below(2); count > 0; count--) {
    put_reference();
  }
  put("    </owl:Axiom>\n");
}

static void put_restriction(const char *indent, unsigned number) {
  put("%s<owl:Restriction>\n"
      "%s    <owl:onProperty rdf:resource=\"" OBO "%s\"/>\n"
      "%s    <owl:someValuesFrom rdf:resource=\"" OBO "BENCH_%07u\"/>\n"
      "%s</owl:Restriction>\n",
      indent, indent, PICK(properties), indent, number, indent);
}

static void put_parents(unsigned number) {
  const unsigned parents = number < 2 ? number : chance(share.second_parent) ? 2 : 1;
  for (unsigned k = 0; k < parents; k++) {
    put("        <rdfs:subClassOf rdf:resource=\"" OBO "BENCH_%07u\"/>\n", below(number));
  }
  if (number > 0 && chance(share.restriction)) {
    put("        <rdfs:subClassOf>\n");
    put_restriction("            ", below(number));
    put("        </rdfs:subClassOf>\n");
  }
  if (number > 0 && chance(share.defined)) {
    put("        <owl:equivalentClass>\n"
        "            <owl:Class>\n"
        "                <owl:intersectionOf rdf:parseType=\"Collection\">\n"
        "                    <rdf:Description rdf:about=\"" OBO "BENCH_%07u\"/>\n",
        below(number));
    put_restriction("                    ", below(number));
    put("                </owl:intersectionOf>\n"
        "            </owl:Class>\n"
        "        </owl:equivalentClass>\n");
  }
}

static void put_labels(const char *name) {
  const int translated = chance(share.translated);
  put("        <rdfs:label%s>%s</rdfs:label>\n", translated ? " xml:lang=\"en\"" : "", name);
  if (translated) {
    put("        <rdfs:label xml:lang=\"de\">%s %s%s %u</rdfs:label>\n", PICK(german), PICK(german),
        PICK(stems), below(100000));
    put("        <rdfs:label xml:lang=\"fr\">%s %s %s %u</rdfs:label>\n", PICK(french),
        PICK(french), PICK(stems), below(100000));
    put("        <rdfs:label xml:lang=\"zh\">%s%s%s%u</rdfs:label>\n", PICK(chinese), PICK(chinese),
        PICK(chinese), below(100000));
  }
}

static void put_deprecated(unsigned number) {
  put("        <obo:IAO_0100001 rdf:resource=\"" OBO "BENCH_%07u\"/>\n"
      "        <owl:deprecated rdf:datatype=\"http://www.w3.org/2001/XMLSchema#boolean\">true"
      "</owl:deprecated>\n",
      number ? below(number) : 1);
}

static void put_class(unsigned number) {
  static char definition[1024];
  char name[256];
  char synonym[256] = "";
  const char *kind = NULL;
  const int defined = chance(share.definition);
  make_name(name, sizeof name);
  put("    \n\n\n    <!-- " OBO "BENCH_%07u -->\n\n"
      "    <owl:Class rdf:about=\"" OBO "BENCH_%07u\">\n",
      number, number);
  put_parents(number);
  if (defined) {
    make_definition(definition, sizeof definition);
    put("        <obo:IAO_0000115>%s</obo:IAO_0000115>\n", definition);
  }
  for (unsigned count = below(5); count > 0; count--) {
    put_reference();
  }
  for (unsigned count = below(5); count > 0; count--) {
    make_name(synonym, sizeof synonym);
    kind = PICK(synonym_kinds);
    put("        <oboInOwl:%s>%s</oboInOwl:%s>\n", kind, synonym, kind);
  }
  put("        <oboInOwl:hasOBONamespace>bench_ontology</oboInOwl:hasOBONamespace>\n"
      "        <oboInOwl:id>BENCH:%07u</oboInOwl:id>\n",
      number);
  if (chance(share.subset)) {
    put("        <oboInOwl:inSubset rdf:resource=\"" OBO "bench#%s\"/>\n", PICK(subsets));
  }
  if (chance(share.comment)) {
    put("        <rdfs:comment>%s; see %u.</rdfs:comment>\n", name, below(1000000));
  }
  put_labels(name);
  if (chance(share.deprecated)) {
    put_deprecated(number);
  }
  put("    </owl:Class>\n");
  if (defined && chance(share.definition_axiom)) {
    put_axiom(number, OBO "IAO_0000115", definition);
  }
  if (kind && chance(share.synonym_axiom)) {
    char property[128];
    snprintf(property, sizeof property, "http://www.geneontology.org/formats/oboInOwl#%s", kind);
    put_axiom(number, property, synonym);
  }
}

static void put_header(void) {
  put("<?xml version=\"1.0\"?>\n"
      "<rdf:RDF xmlns=\"" OBO "bench.owl#\"\n"
      "     xml:base=\"" OBO "bench.owl\"\n"
      "     xmlns:obo=\"" OBO "\"\n"
      "     xmlns:owl=\"http://www.w3.org/2002/07/owl#\"\n"
      "     xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"\n"
      "     xmlns:rdfs=\"http://www.w3.org/2000/01/rdf-schema#\"\n"
      "     xmlns:oboInOwl=\"http://www.geneontology.org/formats/oboInOwl#\">\n"
      "    <owl:Ontology rdf:about=\"" OBO "bench.owl\">\n"
      "        <owl:versionInfo>1</owl:versionInfo>\n"
      "    </owl:Ontology>\n");
  for (size_t k = 0; k < sizeof properties / sizeof *properties; k++) {
    put("    <owl:ObjectProperty rdf:about=\"" OBO "%s\">\n"
        "        <rdfs:label>property %zu</rdfs:label>\n"
        "    </owl:ObjectProperty>\n",
        properties[k], k);
  }
}

int main(int count, char **arguments) {
  const long megabytes = count == 2 ? strtol(arguments[1], NULL, 10) : 0;
  if (megabytes < 1 || megabytes > 100000) {
    fprintf(stderr, "usage: make_owl MEGABYTES >FILE\n");
    return 2;
  }
  put_header();
  for (unsigned number = 0; written < (uint64_t)megabytes * 1000000; number++) {
    put_class(number);
  }
  put("</rdf:RDF>\n");
  return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
