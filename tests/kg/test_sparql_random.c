/* Random graphs and queries: the engine's answers are those of an evaluator that follows the
 * specification's definitions (tests/kg/naive.h). OG_RANDOM_CASES asks for more of them,
 * OG_RANDOM_FIRST starts elsewhere. */
#include "core/arena.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/vocab.h"
#include "kg/sparql.h"
#include "tests/kg/naive.h"
#include "tests/kg/statements.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CASES = 600, QUERIES_A_GRAPH = 20, DEEPEST = 2, ANSWER_ROWS = 4000 };

static const uint64_t seed = 20110112;

/* ---- Making ---- */

static OgRandom dice;
static OgArena arena;

static void *make(size_t size) {
  void *block = og_arena_alloc(&arena, 1, size);
  assert_non_null(block);
  return block;
}

static int below(int bound) {
  return (int)og_random_below(&dice, (uint64_t)bound);
}

static bool chance(int percent) {
  return below(100) < percent;
}

static int make_node(void) {
  static const char *const iris[] = {"a", "b", "c", "d", "e"};
  static const char *const labels[] = {"x", "y"};
  return chance(85) ? term_number(IRI, iris[below(5)]) : term_number(BLANK, labels[below(2)]);
}

static int make_literal(void) {
  static const struct {
    Kind kind;
    const char *text;
  } literals[] = {{INTEGER, "1"}, {INTEGER, "2"}, {DECIMAL, "1.0"},  {DECIMAL, "1.5"},
                  {STRING, "x"},  {STRING, "1"},  {TAGGED, "x"},     {BOOLEAN, "true"},
                  {STRING, ""},   {INTEGER, "0"}, {BOOLEAN, "false"}};
  const int k = below((int)OG_COUNT(literals));
  return term_number(literals[k].kind, literals[k].text);
}

static int make_predicate(void) {
  static const char *const names[] = {"p", "q", "r"};
  return term_number(IRI, names[below(3)]);
}

static Data make_data(void) {
  Data data = {.counts = {0}};
  for (int g = 0; g < GRAPHS; g++) {
    data.names[g] = term_number(IRI, g ? "g2" : "g1");
    const int count = below(9);
    for (int k = 0; k < count; k++) {
      int *triple = data.triples[g][data.counts[g]++];
      if (g > 0 && k < (int)data.counts[0] && chance(30)) {
        memcpy(triple, data.triples[0][k], sizeof data.triples[0][k]);
        if (term_of(triple[0])->kind != BLANK && term_of(triple[2])->kind != BLANK) {
          continue; /* blank nodes of two sources are two */
        }
      }
      triple[0] = make_node();
      triple[1] = make_predicate();
      triple[2] = chance(70) ? make_node() : make_literal();
      for (int place = 0; place < 3; place += 2) {
        if (term_of(triple[place])->kind == BLANK && g > 0) {
          triple[place] = term_number(BLANK, "z");
        }
      }
    }
  }
  return data;
}

/* A term that a query can write. */
static int make_constant(void) {
  if (chance(20)) {
    return make_literal();
  }
  int node = make_node();
  while (term_of(node)->kind == BLANK) {
    node = make_node();
  }
  return chance(5) ? term_number(IRI, "nowhere") : node;
}

static int make_variable(void) {
  return below(chance(80) ? 4 : VARIABLES);
}

static Slot make_slot(bool label) {
  if (chance(65)) {
    return (Slot){label && chance(10) ? LABEL : make_variable(), 0};
  }
  return (Slot){UNBOUND, make_constant()};
}

/* No literal as a subject: what SPARQL allows, and no graph has. */
static Slot make_subject(void) {
  Slot slot = make_slot(true);
  while (slot.variable == UNBOUND && term_of(slot.term)->kind != IRI) {
    slot = make_slot(true);
  }
  return slot;
}

static Path *make_path(int depth) {
  Path *path = make(sizeof *path);
  path->kind = depth == 0 || chance(30) ? PATH_LINK : (PathKind)below(PATH_NOT + 1);
  if (path->kind == PATH_LINK || path->kind == PATH_NOT) {
    path->term = make_predicate();
    return path;
  }
  path->a = make_path(depth - 1);
  if (path->kind == PATH_SEQUENCE || path->kind == PATH_CHOICE) {
    path->b = make_path(depth - 1);
  }
  return path;
}

static Triple make_triple(void) {
  Triple triple = {.subject = make_subject(), .object = make_slot(true)};
  if (chance(30)) {
    triple.path = make_path(2);
  } else {
    triple.predicate = chance(20) ? (Slot){make_variable(), 0} : (Slot){UNBOUND, make_predicate()};
  }
  return triple;
}

static Group *make_group(int depth, bool in_exists);

static Expression *make_expression(int depth, bool patterns) {
  Expression *e = make(sizeof *e);
  e->op = depth == 0 ? (Operator)below(2) : (Operator)below(OPERATORS);
  switch (e->op) {
  case OP_VARIABLE:
    e->variable = make_variable();
    return e;
  case OP_EXISTS:
  case OP_NOT_EXISTS:
    if (patterns) {
      e->group = make_group(1, true);
      return e;
    }
    e->op = OP_TERM;
    e->term = make_constant();
    return e;
  case OP_TERM:
    e->term = make_constant();
    return e;
  case OP_BOUND:
    e->parts[0] = make(sizeof *e);
    e->parts[0]->op = OP_VARIABLE;
    e->parts[0]->variable = make_variable();
    e->count = 1;
    return e;
  case OP_NOT:
  case OP_IS_IRI:
  case OP_IS_LITERAL:
  case OP_IS_NUMERIC:
  case OP_STR:
  case OP_LANG:
    e->count = 1;
    break;
  case OP_IF:
  case OP_IN:
  case OP_NOT_IN:
    e->count = 3;
    break;
  default:
    e->count = 2;
  }
  for (size_t k = 0; k < e->count; k++) {
    e->parts[k] = make_expression(depth - 1, patterns);
  }
  return e;
}

static Select *make_select(int depth);

static void make_values(Part *part) {
  part->count = (size_t)below(MOST_ROWS);
  part->variable_count = (size_t)(1 + below(2));
  part->variables[0] = make_variable();
  do {
    part->variables[1] = make_variable();
  } while (part->variables[1] == part->variables[0]);
  for (size_t row = 0; row < part->count; row++) {
    for (size_t k = 0; k < part->variable_count; k++) {
      part->rows[row][k] = chance(20) ? UNBOUND : make_constant();
    }
  }
}

/* A variable that is not in the scope; UNBOUND when there is none. */
static int make_new_variable(unsigned scope) {
  const int first = below(VARIABLES);
  for (int k = 0; k < VARIABLES; k++) {
    const int variable = (first + k) % VARIABLES;
    if (!(scope >> variable & 1)) {
      return variable;
    }
  }
  return UNBOUND;
}

static void make_triples(Part *part) {
  part->kind = PART_TRIPLES;
  part->count = (size_t)(1 + below(3));
  for (size_t k = 0; k < part->count; k++) {
    part->triples[k] = make_triple();
  }
}

static Part *make_part(int depth, bool in_exists, const Group *before) {
  static const PartKind plain[] = {PART_TRIPLES, PART_FILTER, PART_UNION, PART_GROUP,
                                   PART_OPTIONAL};
  static const PartKind all[] = {PART_TRIPLES, PART_GROUP,  PART_OPTIONAL, PART_UNION,
                                 PART_MINUS,   PART_GRAPH,  PART_FILTER,   PART_BIND,
                                 PART_VALUES,  PART_SELECT, PART_TRIPLES,  PART_OPTIONAL};
  Part *part = make(sizeof *part);
  part->kind = in_exists ? plain[below(depth > 0 ? 5 : 2)] : all[below((int)OG_COUNT(all))];
  const bool nests = part->kind != PART_TRIPLES && part->kind != PART_FILTER &&
                     part->kind != PART_BIND && part->kind != PART_VALUES;
  if (nests && depth == 0) {
    part->kind = PART_TRIPLES;
  }
  switch (part->kind) {
  case PART_TRIPLES:
    make_triples(part);
    break;
  case PART_UNION:
    part->count = 2;
    part->groups[0] = make_group(depth - 1, in_exists);
    part->groups[1] = make_group(depth - 1, in_exists);
    break;
  case PART_GRAPH:
    part->graph = chance(60) ? (Slot){make_variable(), 0}
                             : (Slot){UNBOUND, term_number(IRI, chance(50) ? "g1" : "g2")};
    part->groups[0] = make_group(depth - 1, in_exists);
    break;
  case PART_FILTER:
    part->expression = make_expression(2, !in_exists);
    break;
  case PART_BIND:
    part->variable = make_new_variable(group_scope(before));
    part->expression = make_expression(2, true);
    if (part->variable == UNBOUND) {
      make_triples(part);
    }
    break;
  case PART_VALUES:
    make_values(part);
    break;
  case PART_SELECT:
    part->select = make_select(depth - 1);
    break;
  default:
    part->groups[0] = make_group(depth - 1, in_exists);
  }
  return part;
}

static Group *make_group(int depth, bool in_exists) {
  Group *group = make(sizeof *group);
  const int count = chance(5) ? 0 : 1 + below(depth > 0 ? 4 : 2);
  for (int k = 0; k < count; k++) {
    group->parts[group->count] = make_part(depth, in_exists, group);
    group->count++;
  }
  return group;
}

static Select *make_select(int depth) {
  Select *select = make(sizeof *select);
  select->where = make_group(depth, false);
  select->distinct = chance(20);
  select->as = make_new_variable(group_scope(select->where));
  select->key = select->having = UNBOUND;
  if (chance(20)) {
    select->star = true;
  } else if (chance(30) && select->as != UNBOUND) {
    select->grouped = true;
    select->key = chance(70) ? make_variable() : UNBOUND;
    while (select->key == select->as) {
      select->key = make_variable();
    }
    select->aggregate = (Aggregate)below(SUM + 1);
    select->argument = make_variable();
    select->having = chance(20) ? below(3) : UNBOUND;
  } else {
    for (int k = 1 + below(3); k > 0; k--) {
      const int variable = make_variable();
      if (variable != select->as) {
        select->variables[select->variable_count++] = variable;
      }
    }
    if (select->as != UNBOUND && (chance(30) || select->variable_count == 0)) {
      select->expression = make_expression(2, true);
    } else if (select->variable_count == 0) {
      select->star = true;
    }
  }
  return select;
}

/* ---- Loading ---- */

static void print_object(int term, FILE *out) {
  static const char *const datatypes[] = {
      [INTEGER] = "integer", [DECIMAL] = "decimal", [BOOLEAN] = "boolean"};
  const Term *t = term_of(term);
  if (t->kind == INTEGER || t->kind == DECIMAL || t->kind == BOOLEAN) {
    fprintf(out, "'%s'^^xsd:%s", t->text, datatypes[t->kind]);
  } else {
    term_print(term, out);
  }
}

static char *data_text(const Data *data, int graph) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  for (size_t k = 0; k < data->counts[graph]; k++) {
    const int *triple = data->triples[graph][k];
    term_print(triple[0], out);
    fputs(" ", out);
    term_print(triple[1], out);
    fputs(" ", out);
    print_object(triple[2], out);
    fputs(" .\n", out);
  }
  fclose(out);
  return text;
}

static void load(const Data *data, const char *path) {
  OgError err = {0};
  unlink(path);
  for (int g = 0; g < GRAPHS; g++) {
    char iri[80];
    char *text = data_text(data, g);
    snprintf(iri, sizeof iri, "http://example.org/%s", term_of(data->names[g])->text);
    assert_ok(import_text(path, iri, text, NULL, &err));
    free(text);
  }
}

/* ---- Comparing ---- */

typedef struct Got {
  Solutions solutions;
  int variables[SLOTS];
  const char *path;
  bool ask, yes;
} Got;

static OgStatus begin(void *data, OgSparqlForm form, const char *const *names, size_t count,
                      OgError *err) {
  Got *got = data;
  (void)err;
  got->ask = form == OG_SPARQL_ASK;
  for (size_t k = 0; k < count; k++) {
    got->variables[k] = names[k][0] - 'a';
  }
  return OG_OK;
}

/* The label in the file of a blank node that the engine calls b and its number. */
static int blank_number(const Got *got, OgText label) {
  char sql[100], text[48];
  snprintf(sql, sizeof sql, "SELECT text FROM term WHERE id = %ld",
           strtol(label.data + 1, NULL, 10));
  snprintf(text, sizeof text, "%s", query_text(got->path, sql));
  text[strcspn(text, "\n")] = '\0';
  return term_number(BLANK, text);
}

static int number_of(const Got *got, const OgTerm *term) {
  static const struct {
    const char *datatype;
    Kind kind;
  } kinds[] = {{"", STRING},
               {OG_NS_XSD "integer", INTEGER},
               {OG_NS_XSD "decimal", DECIMAL},
               {OG_NS_XSD "boolean", BOOLEAN}};
  char text[80];
  snprintf(text, sizeof text, "%.*s", (int)term->text.size, term->text.data);
  if (term->kind == OG_BLANK) {
    return blank_number(got, term->text);
  }
  if (term->kind == OG_IRI) {
    return term_number(IRI, text + strlen("http://example.org/"));
  }
  if (term->language.size > 0) {
    return term_number(TAGGED, text);
  }
  for (size_t k = 0; k < OG_COUNT(kinds); k++) {
    const size_t size = strlen(kinds[k].datatype);
    if (term->datatype.size == size &&
        (size == 0 || memcmp(term->datatype.data, kinds[k].datatype, size) == 0)) {
      return term_number(kinds[k].kind, text);
    }
  }
  fail_msg("an unexpected datatype: %.*s", (int)term->datatype.size, term->datatype.data);
  return UNBOUND;
}

static OgStatus row(void *data, const OgTerm *terms, size_t count, OgError *err) {
  Got *got = data;
  Solutions *to = &got->solutions;
  (void)err;
  if (got->ask) {
    got->yes = terms[0].text.data[0] == 't';
    return OG_OK;
  }
  if (to->count == to->capacity) {
    to->capacity = to->capacity ? 2 * to->capacity : 64;
    to->rows = realloc(to->rows, to->capacity * sizeof *to->rows);
    assert_non_null(to->rows);
  }
  int *added = to->rows[to->count++];
  for (int k = 0; k < SLOTS; k++) {
    added[k] = UNBOUND;
  }
  for (size_t k = 0; k < count; k++) {
    added[got->variables[k]] = terms[k].kind == OG_UNBOUND ? UNBOUND : number_of(got, &terms[k]);
  }
  return OG_OK;
}

static int compare_rows(const void *a, const void *b) {
  const int *x = a;
  const int *y = b;
  for (int k = 0; k < SLOTS; k++) {
    if (x[k] != y[k]) {
      return x[k] < y[k] ? -1 : 1;
    }
  }
  return 0;
}

static void sort(Solutions *solutions) {
  if (solutions->count > 0) {
    qsort(solutions->rows, solutions->count, sizeof *solutions->rows, compare_rows);
  }
}

static bool same(const Solutions *a, const Solutions *b) {
  return a->count == b->count &&
         (a->count == 0 || memcmp(a->rows, b->rows, a->count * sizeof *a->rows) == 0);
}

static void print_solutions(const char *title, const Solutions *solutions) {
  enum { SHOWN = 20 };
  printf("%s: %zu solutions\n", title, solutions->count);
  for (size_t k = 0; k < solutions->count && k < SHOWN; k++) {
    for (int v = 0; v < VARIABLES; v++) {
      if (solutions->rows[k][v] != UNBOUND) {
        printf(" ?%c=", 'a' + v);
        print_object(solutions->rows[k][v], stdout);
      }
    }
    putchar('\n');
  }
}

static char *query_of(const Select *select) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  fputs("PREFIX ex: <http://example.org/> ", out);
  select_print(select, out);
  fclose(out);
  return text;
}

/* Whether the engine and the evaluator agree; *left: there were too many solutions, or the query
 * nests deeper than SQLite's parser goes. */
static bool agree(OgStore *store, const char *path, const Data *data, const Select *select,
                  bool *left) {
  OgError err = {0};
  Got got = {.path = path};
  const OgSolutions to = {begin, row, &got};
  Solutions expected;
  char *query = query_of(select);
  *left = !evaluate(data, select, &expected);
  bool good = true;
  if (!*left) {
    const OgSparqlOptions options = {.limits = {.seconds = 60}};
    const OgStatus status = og_query_sparql(store, query, &options, NULL, &to, NULL, &err);
    sort(&got.solutions);
    sort(&expected);
    *left = status == OG_USAGE && strstr(err.message, "parser stack overflow");
    good = status == OG_OK &&
           (select->ask ? got.yes == (expected.count > 0) : same(&got.solutions, &expected));
    if (!good && !*left) {
      printf("%s\n", query);
      for (int g = 0; g < GRAPHS; g++) {
        char *text = data_text(data, g);
        printf("graph %d:\n%s", g + 1, text);
        free(text);
      }
      printf("status: %s %s\n", og_status_name(status), err.message);
      print_solutions("expected", &expected);
      print_solutions("got", &got.solutions);
    }
  }
  solutions_clear(&expected);
  solutions_clear(&got.solutions);
  free(query);
  return good || *left;
}

static long setting(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? strtol(text, NULL, 10) : otherwise;
}

static void random_queries_have_the_answers_of_the_specification(void **state) {
  (void)state;
  const char *path = scratch("random.db");
  const long first = setting("OG_RANDOM_FIRST", 0);
  const long cases = setting("OG_RANDOM_CASES", CASES);
  long compared = 0, wrong = 0;
  for (long graph = first / QUERIES_A_GRAPH; graph * QUERIES_A_GRAPH < first + cases; graph++) {
    OgError err = {0};
    OgStore *store = NULL;
    og_random_init(&dice, og_random_at(seed, (uint64_t)graph));
    const Data data = make_data();
    load(&data, path);
    assert_ok(og_store_open(path, OG_STORE_READ, &store, &err));
    for (int k = 0; k < QUERIES_A_GRAPH; k++) {
      bool left;
      Select *select = make_select(DEEPEST);
      select->ask = !select->grouped && !select->expression && chance(10);
      if (!agree(store, path, &data, select, &left)) {
        printf("case %ld\n\n", graph * QUERIES_A_GRAPH + k);
        wrong++;
      }
      compared += !left;
    }
    og_store_close(store);
    og_arena_clear(&arena);
    terms_clear();
  }
  print_message("%ld queries compared, %ld differ\n", compared, wrong);
  assert_int_equal(wrong, 0);
  assert_true(compared >= cases - 1 - cases / 200);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_queries_have_the_answers_of_the_specification),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
