/* Colour refinement: a blank node's colour is a hash of the colours around it, computed until the
 * classes of equal colour stop splitting. Classes of more than one node are then split by trying:
 * one node of a against each node of the same class of b. A mapping counts only when every
 * statement of a, mapped, is one of b. */
#include "tests/isomorphism.h"

#include "core/buffer.h"
#include "core/hash.h"
#include "core/intern.h"
#include "core/memory.h"
#include "core/vocab.h"

#include <serd/serd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Statement {
  uint32_t terms[3]; /* subject, predicate, object */
} Statement;

struct Graph {
  OgIntern *terms;      /* kind, text, NUL, datatype, NUL, language */
  OgIntern *statements; /* Statement */
  OgBuffer scratch;
};

static void must(bool good) {
  if (!good) {
    fprintf(stderr, "isomorphism: out of memory\n");
    abort();
  }
}

Graph *graph_new(void) {
  Graph *graph = OG_NEW(Graph);
  must(graph != NULL);
  graph->terms = og_intern_new();
  graph->statements = og_intern_new();
  must(graph->terms && graph->statements);
  return graph;
}

void graph_free(Graph *graph) {
  if (graph) {
    og_intern_free(graph->terms);
    og_intern_free(graph->statements);
    og_buffer_clear(&graph->scratch);
    og_free(graph);
  }
}

size_t graph_size(const Graph *graph) {
  return og_intern_count(graph->statements);
}

/* ---- statements in --------------------------------------------------------------------------- */

static bool is(OgText text, const char *word) {
  return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

static uint32_t add_term(Graph *graph, const OgTerm *term) {
  const bool implied =
      is(term->datatype, OG_NS_XSD "string") || is(term->datatype, OG_NS_RDF "langString");
  OgBuffer *key = &graph->scratch;
  og_buffer_reset(key);
  must(og_buffer_append(key, &"?ibl"[term->kind], 1, NULL) == OG_OK);
  must(og_buffer_append(key, term->text.data, term->text.size, NULL) == OG_OK);
  must(og_buffer_append(key, "", 1, NULL) == OG_OK);
  must(og_buffer_append(key, term->datatype.data, implied ? 0 : term->datatype.size, NULL) ==
       OG_OK);
  must(og_buffer_append(key, "", 1, NULL) == OG_OK);
  must(og_buffer_append(key, term->language.data, term->language.size, NULL) == OG_OK);
  uint32_t id = 0;
  must(og_intern_add(graph->terms, key->data, key->size, &id, NULL, NULL) == OG_OK);
  return id;
}

static OgStatus on_statement(void *data, const OgTerm *subject, const OgTerm *predicate,
                             const OgTerm *object, OgError *err) {
  (void)err;
  Graph *graph = data;
  const Statement statement = {
      {add_term(graph, subject), add_term(graph, predicate), add_term(graph, object)}};
  uint32_t id;
  must(og_intern_add(graph->statements, &statement, sizeof statement, &id, NULL, NULL) == OG_OK);
  return OG_OK;
}

OgSink graph_sink(Graph *graph) {
  return (OgSink){.statement = on_statement, .data = graph};
}

/* ---- colours --------------------------------------------------------------------------------- */

typedef struct Side {
  const Graph *graph;
  size_t term_count;
  size_t statement_count;
  uint32_t *blanks; /* terms that are blank nodes */
  size_t blank_count;
} Side;

static const Statement *statement_at(const Graph *graph, size_t n) {
  size_t size;
  return (const Statement *)(const void *)og_intern_text(graph->statements, (uint32_t)n, &size);
}

static bool is_blank(const Graph *graph, uint32_t term) {
  size_t size;
  return og_intern_text(graph->terms, term, &size)[0] == 'b';
}

static void side_init(Side *side, const Graph *graph) {
  *side = (Side){.graph = graph,
                 .term_count = og_intern_count(graph->terms),
                 .statement_count = og_intern_count(graph->statements)};
  side->blanks = OG_NEW_ARRAY(uint32_t, side->term_count);
  must(side->blanks != NULL);
  for (uint32_t t = 0; t < side->term_count; t++) {
    if (is_blank(graph, t)) {
      side->blanks[side->blank_count++] = t;
    }
  }
}

static uint64_t *new_colours(const Side *side) {
  uint64_t *colours = OG_NEW_ARRAY(uint64_t, side->term_count);
  must(colours != NULL);
  return colours;
}

static uint64_t *first_colours(const Side *side) {
  uint64_t *colours = new_colours(side);
  for (uint32_t t = 0; t < side->term_count; t++) {
    size_t size;
    const char *text = og_intern_text(side->graph->terms, t, &size);
    colours[t] = text[0] == 'b' ? 1 : og_hash(text, size);
  }
  return colours;
}

static int by_value(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a;
  const uint64_t y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* The colours of the blank nodes, sorted. */
static uint64_t *sorted_colours(const Side *side, const uint64_t *colours) {
  uint64_t *sorted = OG_NEW_ARRAY(uint64_t, side->blank_count);
  must(sorted != NULL);
  for (size_t i = 0; i < side->blank_count; i++) {
    sorted[i] = colours[side->blanks[i]];
  }
  qsort(sorted, side->blank_count, sizeof *sorted, by_value);
  return sorted;
}

static size_t class_count(const Side *side, const uint64_t *colours) {
  uint64_t *sorted = sorted_colours(side, colours);
  size_t count = 0;
  for (size_t i = 0; i < side->blank_count; i++) {
    count += i == 0 || sorted[i] != sorted[i - 1];
  }
  og_free(sorted);
  return count;
}

/* One round: each blank node's colour takes in those of the statements that it is in. */
static void recolour(const Side *side, uint64_t *colours) {
  uint64_t *sums = new_colours(side);
  for (size_t n = 0; n < side->statement_count; n++) {
    const Statement *statement = statement_at(side->graph, n);
    uint64_t around[4];
    for (size_t k = 0; k < 3; k++) {
      around[k] = colours[statement->terms[k]];
    }
    for (size_t k = 0; k < 3; k++) {
      around[3] = k;
      sums[statement->terms[k]] += og_hash(around, sizeof around);
    }
  }
  for (size_t i = 0; i < side->blank_count; i++) {
    const uint32_t t = side->blanks[i];
    const uint64_t pair[2] = {colours[t], sums[t]};
    colours[t] = og_hash(pair, sizeof pair);
  }
  og_free(sums);
}

/* Both sides the same number of rounds, until a's classes stop splitting; returns their number. */
static size_t refine(const Side *a, const Side *b, uint64_t *of_a, uint64_t *of_b) {
  size_t classes = class_count(a, of_a);
  for (;;) {
    recolour(a, of_a);
    recolour(b, of_b);
    const size_t now = class_count(a, of_a);
    if (now <= classes) {
      return now;
    }
    classes = now;
  }
}

/* ---- the mapping ----------------------------------------------------------------------------- */

static bool same_colours(const Side *a, const Side *b, const uint64_t *of_a, const uint64_t *of_b) {
  uint64_t *x = sorted_colours(a, of_a);
  uint64_t *y = sorted_colours(b, of_b);
  const bool same =
      a->blank_count == b->blank_count && memcmp(x, y, a->blank_count * sizeof *x) == 0;
  og_free(x);
  og_free(y);
  return same;
}

/* The term of b with this colour among its blank nodes; every colour is there once. */
static uint32_t blank_of_colour(const Side *b, const uint64_t *of_b, const uint32_t *order,
                                uint64_t colour) {
  size_t low = 0;
  size_t high = b->blank_count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (of_b[order[middle]] < colour) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return order[low];
}

static const uint64_t *ordering; /* colours that by_colour goes by */

static int by_colour(const void *x, const void *y) {
  const uint64_t a = ordering[*(const uint32_t *)x];
  const uint64_t b = ordering[*(const uint32_t *)y];
  return (a > b) - (a < b);
}

/* Every statement of a, mapped by colour, is one of b. */
static bool maps(const Side *a, const Side *b, const uint64_t *of_a, const uint64_t *of_b) {
  uint32_t *order = OG_NEW_ARRAY(uint32_t, b->blank_count);
  must(order != NULL);
  memcpy(order, b->blanks, b->blank_count * sizeof *order);
  ordering = of_b;
  qsort(order, b->blank_count, sizeof *order, by_colour);
  bool good = true;
  for (size_t n = 0; n < a->statement_count && good; n++) {
    Statement mapped = *statement_at(a->graph, n);
    for (size_t k = 0; k < 3 && good; k++) {
      size_t size;
      const char *text = og_intern_text(a->graph->terms, mapped.terms[k], &size);
      mapped.terms[k] = text[0] == 'b' ? blank_of_colour(b, of_b, order, of_a[mapped.terms[k]])
                                       : og_intern_find(b->graph->terms, text, size);
      good = mapped.terms[k] != OG_INTERN_NONE;
    }
    good = good && og_intern_find(b->graph->statements, &mapped, sizeof mapped) != OG_INTERN_NONE;
  }
  og_free(order);
  return good;
}

/* A blank node of a whose colour another one has too. */
static uint32_t shared_colour(const Side *a, const uint64_t *of_a) {
  uint64_t *sorted = sorted_colours(a, of_a);
  uint64_t shared = 0;
  for (size_t i = 1; i < a->blank_count && !shared; i++) {
    shared = sorted[i] == sorted[i - 1] ? sorted[i] : 0;
  }
  og_free(sorted);
  uint32_t term = OG_INTERN_NONE;
  for (size_t i = 0; i < a->blank_count && term == OG_INTERN_NONE; i++) {
    term = of_a[a->blanks[i]] == shared ? a->blanks[i] : OG_INTERN_NONE;
  }
  return term;
}

static uint64_t *copy_colours(const Side *side, const uint64_t *colours) {
  uint64_t *copy = new_colours(side);
  memcpy(copy, colours, side->term_count * sizeof *copy);
  return copy;
}

static bool solve(const Side *a, const Side *b, uint64_t *of_a, uint64_t *of_b, uint64_t depth) {
  const size_t classes = refine(a, b, of_a, of_b);
  if (!same_colours(a, b, of_a, of_b)) {
    return false;
  }
  if (classes == a->blank_count) {
    return maps(a, b, of_a, of_b);
  }
  const uint32_t chosen = shared_colour(a, of_a);
  bool solved = false;
  for (size_t i = 0; i < b->blank_count && !solved; i++) {
    if (of_b[b->blanks[i]] == of_a[chosen]) {
      uint64_t *try_a = copy_colours(a, of_a);
      uint64_t *try_b = copy_colours(b, of_b);
      try_a[chosen] = try_b[b->blanks[i]] = depth + 2; /* 1 is the first colour of all */
      solved = solve(a, b, try_a, try_b, depth + 1);
      og_free(try_a);
      og_free(try_b);
    }
  }
  return solved;
}

bool graph_isomorphic(Graph *a, Graph *b) {
  if (graph_size(a) != graph_size(b)) {
    return false;
  }
  Side x, y;
  side_init(&x, a);
  side_init(&y, b);
  uint64_t *of_a = first_colours(&x);
  uint64_t *of_b = first_colours(&y);
  const bool same = solve(&x, &y, of_a, of_b, 0);
  og_free(of_a);
  og_free(of_b);
  og_free(x.blanks);
  og_free(y.blanks);
  return same;
}

void graph_statement(const Graph *graph, size_t n, OgTerm terms[3]) {
  for (size_t k = 0; k < 3; k++) {
    size_t size;
    const char *text = og_intern_text(graph->terms, statement_at(graph, n)->terms[k], &size);
    const char *datatype = text + strlen(text) + 1;
    const char *language = datatype + strlen(datatype) + 1;
    terms[k] = (OgTerm){
        .kind = text[0] == 'i'   ? OG_IRI
                : text[0] == 'b' ? OG_BLANK
                                 : OG_LITERAL,
        .text = {text + 1, strlen(text + 1)},
        .datatype = {datatype, strlen(datatype)},
        .language = {language, (size_t)(text + size - language)},
    };
  }
}

void graph_print(const Graph *graph, const char *title) {
  static const char *const open[] = {[OG_IRI] = "<", [OG_BLANK] = "_:", [OG_LITERAL] = "\""};
  static const char *const close[] = {[OG_IRI] = "> ", [OG_BLANK] = " ", [OG_LITERAL] = "\" "};
  printf("%s: %zu statements\n", title, graph_size(graph));
  for (size_t n = 0; n < graph_size(graph); n++) {
    OgTerm terms[3];
    graph_statement(graph, n, terms);
    for (size_t k = 0; k < 3; k++) {
      printf("%s%.*s%s", open[terms[k].kind], (int)terms[k].text.size, terms[k].text.data,
             close[terms[k].kind]);
    }
    printf("^^<%.*s> @%.*s\n", (int)terms[2].datatype.size, terms[2].datatype.data,
           (int)terms[2].language.size, terms[2].language.data);
  }
}

/* ---- files ----------------------------------------------------------------------------------- */

typedef struct FileReader {
  Graph *graph;
  SerdEnv *env;
} FileReader;

static SerdStatus on_base(void *handle, const SerdNode *uri) {
  return serd_env_set_base_uri(((FileReader *)handle)->env, uri);
}

static SerdStatus on_prefix(void *handle, const SerdNode *name, const SerdNode *uri) {
  return serd_env_set_prefix(((FileReader *)handle)->env, name, uri);
}

/* owned is released after the term is used. */
static OgTerm term_of(const FileReader *reader, const SerdNode *node, SerdNode *owned) {
  *owned = SERD_NODE_NULL;
  if (node->type == SERD_URI || node->type == SERD_CURIE) {
    *owned = serd_env_expand_node(reader->env, node);
    return (OgTerm){.kind = OG_IRI, .text = {(const char *)owned->buf, owned->n_bytes}};
  }
  return (OgTerm){.kind = node->type == SERD_BLANK ? OG_BLANK : OG_LITERAL,
                  .text = {(const char *)node->buf, node->n_bytes}};
}

static SerdStatus on_quad(void *handle, SerdStatementFlags flags, const SerdNode *name,
                          const SerdNode *subject, const SerdNode *predicate,
                          const SerdNode *object, const SerdNode *datatype,
                          const SerdNode *language) {
  (void)flags;
  (void)name;
  FileReader *reader = handle;
  SerdNode owned[4];
  const OgTerm s = term_of(reader, subject, &owned[0]);
  const OgTerm p = term_of(reader, predicate, &owned[1]);
  OgTerm o = term_of(reader, object, &owned[2]);
  owned[3] = SERD_NODE_NULL;
  if (datatype && datatype->buf) {
    o.datatype = term_of(reader, datatype, &owned[3]).text;
  }
  if (language && language->buf) {
    o.language = (OgText){(const char *)language->buf, language->n_bytes};
  }
  on_statement(reader->graph, &s, &p, &o, NULL);
  for (size_t i = 0; i < OG_COUNT(owned); i++) {
    serd_node_free(&owned[i]);
  }
  return SERD_SUCCESS;
}

bool graph_read(Graph *graph, const char *path, const char *base) {
  SerdURI uri;
  SerdNode node = serd_node_new_uri_from_string((const uint8_t *)base, NULL, &uri);
  FileReader reader = {graph, serd_env_new(&node)};
  SerdReader *serd = serd_reader_new(SERD_TURTLE, &reader, NULL, on_base, on_prefix, on_quad, NULL);
  must(reader.env && serd);
  FILE *file = fopen(path, "rb");
  const SerdStatus status =
      file ? serd_reader_read_file_handle(serd, file, (const uint8_t *)path) : SERD_ERR_NOT_FOUND;
  if (file) {
    fclose(file);
  }
  serd_reader_free(serd);
  serd_env_free(reader.env);
  serd_node_free(&node);
  return status <= SERD_FAILURE; /* what an empty file gives */
}
