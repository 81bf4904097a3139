#include "tests/kg/naive.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_TERMS = 4000, MOST_SOLUTIONS = 3000 };

/* ---- Terms ---- */

static Term *terms;
static int term_count;

static void *need(void *block) {
  if (!block) {
    abort();
  }
  return block;
}

void terms_clear(void) {
  free(terms);
  terms = NULL;
  term_count = 0;
}

int term_number(Kind kind, const char *text) {
  for (int k = 0; k < term_count; k++) {
    if (terms[k].kind == kind && strcmp(terms[k].text, text) == 0) {
      return k;
    }
  }
  if (!terms) {
    terms = need(calloc(MOST_TERMS, sizeof *terms));
  }
  if (term_count == MOST_TERMS) {
    abort();
  }
  Term *term = &terms[term_count];
  term->kind = kind;
  snprintf(term->text, sizeof term->text, "%s", text);
  term->value = strtod(text, NULL);
  return term_count++;
}

const Term *term_of(int number) {
  return &terms[number];
}

void term_print(int number, FILE *out) {
  static const char *const start[] = {"ex:", "_:", "", "", "'", "'", ""};
  static const char *const end[] = {"", "", "", "", "'", "'@en", ""};
  const Term *term = term_of(number);
  fprintf(out, "%s%s%s", start[term->kind], term->text, end[term->kind]);
}

static int boolean(bool truth) {
  return term_number(BOOLEAN, truth ? "true" : "false");
}

static int number(double value, bool decimal) {
  char text[48];
  snprintf(text, sizeof text, decimal ? "%.1f" : "%.0f", value);
  return term_number(decimal ? DECIMAL : INTEGER, text);
}

static bool is_number(const Term *term) {
  return term->kind == INTEGER || term->kind == DECIMAL;
}

/* ---- Solutions ---- */

/* Set when a multiset grows too large; the case is then left. */
static bool overflow;

static int *solutions_add(Solutions *to, const int *row) {
  if (to->count == MOST_SOLUTIONS) {
    overflow = true;
    to->count--;
  }
  if (to->count == to->capacity) {
    to->capacity = to->capacity ? 2 * to->capacity : 16;
    to->rows = need(realloc(to->rows, to->capacity * sizeof *to->rows));
  }
  int *added = to->rows[to->count++];
  for (int k = 0; k < SLOTS; k++) {
    added[k] = row ? row[k] : UNBOUND;
  }
  return added;
}

void solutions_clear(Solutions *solutions) {
  free(solutions->rows);
  *solutions = (Solutions){NULL, 0, 0};
}

/* The one empty solution. */
static Solutions unit(void) {
  Solutions one = {NULL, 0, 0};
  solutions_add(&one, NULL);
  return one;
}

static bool compatible(const int *a, const int *b) {
  for (int k = 0; k < SLOTS; k++) {
    if (a[k] != UNBOUND && b[k] != UNBOUND && a[k] != b[k]) {
      return false;
    }
  }
  return true;
}

static void merge(const int *a, const int *b, int *both) {
  for (int k = 0; k < SLOTS; k++) {
    both[k] = a[k] != UNBOUND ? a[k] : b[k];
  }
}

static bool same_row(const int *a, const int *b) {
  return memcmp(a, b, SLOTS * sizeof *a) == 0;
}

/* *a = a ⋈ b; b is released. */
static void join(Solutions *a, Solutions b) {
  Solutions joined = {NULL, 0, 0};
  int both[SLOTS];
  for (size_t i = 0; i < a->count && !overflow; i++) {
    for (size_t j = 0; j < b.count; j++) {
      if (compatible(a->rows[i], b.rows[j])) {
        merge(a->rows[i], b.rows[j], both);
        solutions_add(&joined, both);
      }
    }
  }
  solutions_clear(a);
  solutions_clear(&b);
  *a = joined;
}

static void append(Solutions *a, Solutions b) {
  for (size_t k = 0; k < b.count; k++) {
    solutions_add(a, b.rows[k]);
  }
  solutions_clear(&b);
}

/* ---- Where a pattern is evaluated ---- */

typedef struct Scene {
  const Data *data;
  int (*triples)[3]; /* of the active graph, each once */
  size_t count;
  const int *outer; /* values that an EXISTS puts in place of variables; NULL: none */
} Scene;

static void add_triple(Scene *scene, const int triple[3]) {
  for (size_t k = 0; k < scene->count; k++) {
    if (memcmp(scene->triples[k], triple, sizeof scene->triples[k]) == 0) {
      return;
    }
  }
  memcpy(scene->triples[scene->count++], triple, sizeof scene->triples[0]);
}

/* The graph of that number, or with GRAPHS the union of all. */
static Scene open_scene(const Data *data, int graph, const int *outer) {
  Scene scene = {data, need(calloc(GRAPHS * MOST_TRIPLES, sizeof *scene.triples)), 0, outer};
  for (int g = 0; g < GRAPHS; g++) {
    for (size_t k = 0; (g == graph || graph == GRAPHS) && k < data->counts[g]; k++) {
      add_triple(&scene, data->triples[g][k]);
    }
  }
  return scene;
}

static Slot substitute(const Scene *scene, Slot slot) {
  if (slot.variable != UNBOUND && scene->outer && scene->outer[slot.variable] != UNBOUND) {
    return (Slot){UNBOUND, scene->outer[slot.variable]};
  }
  return slot;
}

/* Give a slot a value; false when it has another one. */
static bool match(Slot slot, int value, int *row) {
  if (slot.variable == UNBOUND) {
    return slot.term == value;
  }
  if (row[slot.variable] != UNBOUND) {
    return row[slot.variable] == value;
  }
  row[slot.variable] = value;
  return true;
}

/* ---- Paths (18.1.7, 18.4): pairs of ends ---- */

typedef struct Pairs {
  int (*items)[2];
  size_t count, capacity;
} Pairs;

enum { ANY = -2 };

static void pairs_add(Pairs *pairs, int x, int y) {
  if (pairs->count == MOST_SOLUTIONS) {
    overflow = true;
    return;
  }
  if (pairs->count == pairs->capacity) {
    pairs->capacity = pairs->capacity ? 2 * pairs->capacity : 16;
    pairs->items = need(realloc(pairs->items, pairs->capacity * sizeof *pairs->items));
  }
  pairs->items[pairs->count][0] = x;
  pairs->items[pairs->count++][1] = y;
}

static bool pairs_have(const Pairs *pairs, int x, int y) {
  for (size_t k = 0; k < pairs->count; k++) {
    if (pairs->items[k][0] == x && pairs->items[k][1] == y) {
      return true;
    }
  }
  return false;
}

static void pairs_add_once(Pairs *pairs, int x, int y) {
  if (!pairs_have(pairs, x, y)) {
    pairs_add(pairs, x, y);
  }
}

static Pairs walk(const Scene *scene, const Path *path, int x, int y);

/* Every node of the graph, as a pair with itself. */
static Pairs all_nodes(const Scene *scene) {
  Pairs nodes = {NULL, 0, 0};
  for (size_t k = 0; k < scene->count; k++) {
    pairs_add_once(&nodes, scene->triples[k][0], scene->triples[k][0]);
    pairs_add_once(&nodes, scene->triples[k][2], scene->triples[k][2]);
  }
  return nodes;
}

static Pairs walk_links(const Scene *scene, const Path *path, int x, int y) {
  Pairs found = {NULL, 0, 0};
  for (size_t k = 0; k < scene->count; k++) {
    const int *triple = scene->triples[k];
    if ((triple[1] == path->term) == (path->kind == PATH_LINK) && (x == ANY || x == triple[0]) &&
        (y == ANY || y == triple[2])) {
      pairs_add(&found, triple[0], triple[2]);
    }
  }
  return found;
}

static Pairs walk_inverse(const Scene *scene, const Path *path, int x, int y) {
  Pairs found = walk(scene, path->a, y, x);
  for (size_t k = 0; k < found.count; k++) {
    const int start = found.items[k][0];
    found.items[k][0] = found.items[k][1];
    found.items[k][1] = start;
  }
  return found;
}

/* Join on a variable that is in neither. */
static Pairs walk_sequence(const Scene *scene, const Path *path, int x, int y) {
  Pairs found = {NULL, 0, 0};
  const Pairs first = walk(scene, path->a, x, ANY);
  const Pairs second = walk(scene, path->b, ANY, y);
  for (size_t i = 0; i < first.count && !overflow; i++) {
    for (size_t j = 0; j < second.count; j++) {
      if (first.items[i][1] == second.items[j][0]) {
        pairs_add(&found, first.items[i][0], second.items[j][1]);
      }
    }
  }
  free(first.items);
  free(second.items);
  return found;
}

static Pairs walk_choice(const Scene *scene, const Path *path, int x, int y) {
  Pairs found = walk(scene, path->a, x, y);
  const Pairs other = walk(scene, path->b, x, y);
  for (size_t k = 0; k < other.count; k++) {
    pairs_add(&found, other.items[k][0], other.items[k][1]);
  }
  free(other.items);
  return found;
}

/* The empty path. */
static Pairs walk_nowhere(const Scene *scene, int x, int y) {
  Pairs found = {NULL, 0, 0};
  if (x == ANY && y == ANY) {
    return all_nodes(scene);
  }
  if (x == ANY || y == ANY || x == y) {
    pairs_add(&found, x == ANY ? y : x, x == ANY ? y : x);
  }
  return found;
}

static Pairs walk_optional(const Scene *scene, const Path *path, int x, int y) {
  Pairs found = walk_nowhere(scene, x, y);
  const Pairs steps = walk(scene, path->a, x, y);
  for (size_t k = 0; k < steps.count; k++) {
    pairs_add_once(&found, steps.items[k][0], steps.items[k][1]);
  }
  free(steps.items);
  return found;
}

/* ALP: what is reached from `from`, each once. */
static void reach(const Scene *scene, const Path *path, int from, int start, Pairs *found) {
  if (pairs_have(found, start, from)) {
    return;
  }
  pairs_add(found, start, from);
  const Pairs steps = walk(scene, path, from, ANY);
  for (size_t k = 0; k < steps.count && !overflow; k++) {
    reach(scene, path, steps.items[k][1], start, found);
  }
  free(steps.items);
}

static Pairs walk_from(const Scene *scene, const Path *path, int x) {
  Pairs found = {NULL, 0, 0};
  if (path->kind == PATH_ANY) {
    reach(scene, path->a, x, x, &found);
    return found;
  }
  const Pairs steps = walk(scene, path->a, x, ANY);
  for (size_t k = 0; k < steps.count; k++) {
    reach(scene, path->a, steps.items[k][1], x, &found);
  }
  free(steps.items);
  return found;
}

static Pairs walk_repeated(const Scene *scene, const Path *path, int x, int y) {
  Pairs found = {NULL, 0, 0};
  if (x == ANY && y != ANY) { /* backwards from the end */
    Path inverse = {.kind = PATH_INVERSE, .a = path->a};
    Path turned = {.kind = path->kind, .a = &inverse};
    Pairs back = walk_from(scene, &turned, y);
    for (size_t k = 0; k < back.count; k++) {
      pairs_add(&found, back.items[k][1], back.items[k][0]);
    }
    free(back.items);
    return found;
  }
  const Pairs starts = x == ANY ? all_nodes(scene) : (Pairs){NULL, 0, 0};
  for (size_t k = 0; k < (x == ANY ? starts.count : 1); k++) {
    const Pairs ends = walk_from(scene, path, x == ANY ? starts.items[k][0] : x);
    for (size_t j = 0; j < ends.count; j++) {
      if (y == ANY || ends.items[j][1] == y) {
        pairs_add(&found, ends.items[j][0], ends.items[j][1]);
      }
    }
    free(ends.items);
  }
  free(starts.items);
  return found;
}

static Pairs walk(const Scene *scene, const Path *path, int x, int y) {
  switch (path->kind) {
  case PATH_LINK:
  case PATH_NOT:
    return walk_links(scene, path, x, y);
  case PATH_INVERSE:
    return walk_inverse(scene, path, x, y);
  case PATH_SEQUENCE:
    return walk_sequence(scene, path, x, y);
  case PATH_CHOICE:
    return walk_choice(scene, path, x, y);
  case PATH_OPTIONAL:
    return walk_optional(scene, path, x, y);
  default:
    return walk_repeated(scene, path, x, y);
  }
}

/* ---- Triples ---- */

static Solutions match_path(const Scene *scene, Slot subject, const Path *path, Slot object) {
  Solutions found = {NULL, 0, 0};
  const Pairs pairs = walk(scene, path, subject.variable == UNBOUND ? subject.term : ANY,
                           object.variable == UNBOUND ? object.term : ANY);
  for (size_t k = 0; k < pairs.count; k++) {
    int *row = solutions_add(&found, NULL);
    if (!match(subject, pairs.items[k][0], row) || !match(object, pairs.items[k][1], row)) {
      found.count--;
    }
  }
  free(pairs.items);
  return found;
}

static Solutions match_triple(const Scene *scene, const Triple *triple) {
  Solutions found = {NULL, 0, 0};
  const Slot subject = substitute(scene, triple->subject);
  const Slot object = substitute(scene, triple->object);
  if (triple->path) {
    return match_path(scene, subject, triple->path, object);
  }
  const Slot predicate = substitute(scene, triple->predicate);
  for (size_t k = 0; k < scene->count; k++) {
    const int *statement = scene->triples[k];
    int *row = solutions_add(&found, NULL);
    if (!match(subject, statement[0], row) || !match(predicate, statement[1], row) ||
        !match(object, statement[2], row)) {
      found.count--;
    }
  }
  return found;
}

static Solutions match_triples(const Scene *scene, const Part *part) {
  Solutions found = unit();
  for (size_t k = 0; k < part->count; k++) {
    join(&found, match_triple(scene, &part->triples[k]));
  }
  for (size_t k = 0; k < found.count; k++) {
    found.rows[k][LABEL] = UNBOUND;
  }
  return found;
}

/* ---- Expressions (17) ---- */

static int value_of(const Scene *scene, const Expression *e, const int *row);
static Solutions eval_group(const Scene *scene, const Group *group);

/* 1, 0, or ERROR (17.2.2). */
static int truth_of(int term) {
  if (term == ERROR) {
    return ERROR;
  }
  const Term *t = term_of(term);
  switch (t->kind) {
  case BOOLEAN:
    return strcmp(t->text, "true") == 0;
  case INTEGER:
  case DECIMAL:
    return t->value != 0;
  case STRING:
  case TAGGED:
    return t->text[0] != '\0';
  default:
    return ERROR;
  }
}

static int truth(const Scene *scene, const Expression *e, const int *row) {
  return truth_of(value_of(scene, e, row));
}

static bool equal(int a, int b) {
  const Term *x = term_of(a);
  const Term *y = term_of(b);
  return is_number(x) && is_number(y) ? x->value == y->value : a == b;
}

/* -1, 0, 1, or ERROR - 1 when the two have no order. */
static int order(int a, int b) {
  const Term *x = term_of(a);
  const Term *y = term_of(b);
  if (is_number(x) && is_number(y)) {
    return (x->value > y->value) - (x->value < y->value);
  }
  if (x->kind == STRING && y->kind == STRING) {
    const int sign = strcmp(x->text, y->text);
    return (sign > 0) - (sign < 0);
  }
  if (x->kind == BOOLEAN && y->kind == BOOLEAN) {
    return strcmp(x->text, y->text) > 0 ? 1 : a == b ? 0 : -1;
  }
  return ERROR - 1;
}

static int logical(const Scene *scene, const Expression *e, const int *row) {
  const int a = truth(scene, e->parts[0], row);
  const int b = truth(scene, e->parts[1], row);
  const int decides = e->op == OP_OR;
  if (a == decides || b == decides) {
    return boolean(decides);
  }
  return a == ERROR || b == ERROR ? ERROR : boolean(!decides);
}

static int membership(const Scene *scene, const Expression *e, const int *row) {
  const int value = value_of(scene, e->parts[0], row);
  bool failed = value == ERROR;
  for (size_t k = 1; k < e->count; k++) {
    const int item = value_of(scene, e->parts[k], row);
    if (value != ERROR && item != ERROR && equal(value, item)) {
      return boolean(e->op == OP_IN);
    }
    failed = failed || item == ERROR;
  }
  return failed ? ERROR : boolean(e->op == OP_NOT_IN);
}

static int exists(const Scene *scene, const Expression *e, const int *row) {
  int outer[SLOTS];
  for (int k = 0; k < SLOTS; k++) {
    outer[k] = row[k] != UNBOUND ? row[k] : scene->outer ? scene->outer[k] : UNBOUND;
  }
  Scene inside = *scene;
  inside.outer = outer;
  Solutions found = eval_group(&inside, e->group);
  const bool any = found.count > 0;
  solutions_clear(&found);
  return boolean(any == (e->op == OP_EXISTS));
}

static int binary(Operator op, int a, int b) {
  const Term *x = term_of(a);
  const Term *y = term_of(b);
  const int way = order(a, b);
  switch (op) {
  case OP_EQUAL:
    return boolean(equal(a, b));
  case OP_NOT_EQUAL:
    return boolean(!equal(a, b));
  case OP_SAME_TERM:
    return boolean(a == b);
  case OP_LESS:
    return way < ERROR ? ERROR : boolean(way < 0);
  case OP_NOT_LESS:
    return way < ERROR ? ERROR : boolean(way >= 0);
  default:
    if (!is_number(x) || !is_number(y)) {
      return ERROR;
    }
    return number(op == OP_ADD ? x->value + y->value : x->value - y->value,
                  x->kind == DECIMAL || y->kind == DECIMAL);
  }
}

static int unary(Operator op, int a) {
  const Term *x = term_of(a);
  switch (op) {
  case OP_IS_IRI:
    return boolean(x->kind == IRI);
  case OP_IS_LITERAL:
    return boolean(x->kind > BLANK);
  case OP_IS_NUMERIC:
    return boolean(is_number(x));
  case OP_LANG:
    return x->kind > BLANK ? term_number(STRING, x->kind == TAGGED ? "en" : "") : ERROR;
  default: { /* STR */
    char text[80];
    snprintf(text, sizeof text, x->kind == IRI ? "http://example.org/%s" : "%s", x->text);
    return x->kind == BLANK ? ERROR : term_number(STRING, text);
  }
  }
}

static int value_of(const Scene *scene, const Expression *e, const int *row) {
  int a, b;
  switch (e->op) {
  case OP_VARIABLE:
    a = row[e->variable];
    return a != UNBOUND ? a : scene->outer ? scene->outer[e->variable] : ERROR;
  case OP_TERM:
    return e->term;
  case OP_AND:
  case OP_OR:
    return logical(scene, e, row);
  case OP_NOT:
    a = truth(scene, e->parts[0], row);
    return a == ERROR ? ERROR : boolean(!a);
  case OP_BOUND:
    return boolean(value_of(scene, e->parts[0], row) != ERROR);
  case OP_IF:
    a = truth(scene, e->parts[0], row);
    return a == ERROR ? ERROR : value_of(scene, e->parts[a ? 1 : 2], row);
  case OP_COALESCE:
    a = value_of(scene, e->parts[0], row);
    return a != ERROR ? a : value_of(scene, e->parts[1], row);
  case OP_IN:
  case OP_NOT_IN:
    return membership(scene, e, row);
  case OP_EXISTS:
  case OP_NOT_EXISTS:
    return exists(scene, e, row);
  default:
    break;
  }
  a = value_of(scene, e->parts[0], row);
  b = e->count > 1 ? value_of(scene, e->parts[1], row) : 0;
  if (a == ERROR || b == ERROR) {
    return ERROR;
  }
  return e->count > 1 ? binary(e->op, a, b) : unary(e->op, a);
}

/* ---- Groups (18.2.2, 18.5) ---- */

static void filter(const Scene *scene, const Group *group, Solutions *solutions) {
  size_t kept = 0;
  for (size_t k = 0; k < solutions->count; k++) {
    bool keep = true;
    for (size_t p = 0; p < group->count && keep; p++) {
      keep = group->parts[p]->kind != PART_FILTER ||
             truth(scene, group->parts[p]->expression, solutions->rows[k]) == 1;
    }
    if (keep) {
      memmove(solutions->rows[kept++], solutions->rows[k], sizeof solutions->rows[0]);
    }
  }
  solutions->count = kept;
}

static Solutions eval_parts(const Scene *scene, const Group *group);

/* The filters of the optional group are the condition of the left join. */
static void left_join(const Scene *scene, Solutions *a, const Group *group) {
  Solutions b = eval_parts(scene, group);
  Solutions joined = {NULL, 0, 0};
  for (size_t i = 0; i < a->count && !overflow; i++) {
    Solutions extended = {NULL, 0, 0};
    int both[SLOTS];
    for (size_t j = 0; j < b.count; j++) {
      if (compatible(a->rows[i], b.rows[j])) {
        merge(a->rows[i], b.rows[j], both);
        solutions_add(&extended, both);
      }
    }
    filter(scene, group, &extended);
    if (extended.count == 0) {
      solutions_add(&joined, a->rows[i]);
    }
    append(&joined, extended);
  }
  solutions_clear(a);
  solutions_clear(&b);
  *a = joined;
}

static void minus(const Scene *scene, Solutions *a, const Group *group) {
  Solutions b = eval_group(scene, group);
  size_t kept = 0;
  for (size_t i = 0; i < a->count; i++) {
    bool removed = false;
    for (size_t j = 0; j < b.count && !removed; j++) {
      bool shared = false;
      for (int k = 0; k < SLOTS; k++) {
        shared = shared || (a->rows[i][k] != UNBOUND && b.rows[j][k] != UNBOUND);
      }
      removed = shared && compatible(a->rows[i], b.rows[j]);
    }
    if (!removed) {
      memmove(a->rows[kept++], a->rows[i], sizeof a->rows[0]);
    }
  }
  a->count = kept;
  solutions_clear(&b);
}

static Solutions eval_graph(const Scene *scene, const Part *part) {
  Solutions all = {NULL, 0, 0};
  const Slot name = substitute(scene, part->graph);
  for (int g = 0; g < GRAPHS; g++) {
    const int iri = scene->data->names[g];
    if (name.variable == UNBOUND && name.term != iri) {
      continue;
    }
    Scene inside = open_scene(scene->data, g, scene->outer);
    Solutions found = eval_group(&inside, part->groups[0]);
    if (name.variable != UNBOUND) {
      Solutions named = {NULL, 0, 0};
      solutions_add(&named, NULL)[name.variable] = iri;
      join(&found, named);
    }
    append(&all, found);
    free(inside.triples);
  }
  return all;
}

static Solutions eval_values(const Scene *scene, const Part *part) {
  Solutions rows = {NULL, 0, 0};
  for (size_t k = 0; k < part->count; k++) {
    int *row = solutions_add(&rows, NULL);
    bool fits = true;
    for (size_t v = 0; v < part->variable_count; v++) {
      const int variable = part->variables[v];
      row[variable] = part->rows[k][v];
      fits = fits && (row[variable] == UNBOUND || !scene->outer ||
                      scene->outer[variable] == UNBOUND || scene->outer[variable] == row[variable]);
    }
    rows.count -= !fits;
  }
  return rows;
}

static Solutions eval_select(const Scene *scene, const Select *select);

static void bind(const Scene *scene, const Part *part, Solutions *solutions) {
  for (size_t k = 0; k < solutions->count; k++) {
    solutions->rows[k][part->variable] = value_of(scene, part->expression, solutions->rows[k]);
  }
}

static Solutions eval_union(const Scene *scene, const Part *part) {
  Solutions all = {NULL, 0, 0};
  for (size_t k = 0; k < part->count; k++) {
    append(&all, eval_group(scene, part->groups[k]));
  }
  return all;
}

/* All but the filters. */
static Solutions eval_parts(const Scene *scene, const Group *group) {
  Solutions solutions = unit();
  for (size_t k = 0; k < group->count && !overflow; k++) {
    const Part *part = group->parts[k];
    switch (part->kind) {
    case PART_TRIPLES:
      join(&solutions, match_triples(scene, part));
      break;
    case PART_GROUP:
      join(&solutions, eval_group(scene, part->groups[0]));
      break;
    case PART_OPTIONAL:
      left_join(scene, &solutions, part->groups[0]);
      break;
    case PART_UNION:
      join(&solutions, eval_union(scene, part));
      break;
    case PART_MINUS:
      minus(scene, &solutions, part->groups[0]);
      break;
    case PART_GRAPH:
      join(&solutions, eval_graph(scene, part));
      break;
    case PART_BIND:
      bind(scene, part, &solutions);
      break;
    case PART_VALUES:
      join(&solutions, eval_values(scene, part));
      break;
    case PART_SELECT:
      join(&solutions, eval_select(scene, part->select));
      break;
    case PART_FILTER:
      break;
    }
  }
  return solutions;
}

static Solutions eval_group(const Scene *scene, const Group *group) {
  Solutions solutions = eval_parts(scene, group);
  filter(scene, group, &solutions);
  return solutions;
}

/* ---- SELECT ---- */

/* The aggregate over the solutions from `at` on that are in the group of the one at `at`. */
static int aggregate(const Select *select, const Solutions *all, int key, bool any) {
  double sum = 0;
  int count = 0;
  bool decimal = false;
  bool failed = false;
  for (size_t k = 0; k < all->count; k++) {
    const int value = select->aggregate == COUNT_ROWS ? 0 : all->rows[k][select->argument];
    if (any && select->key != UNBOUND && all->rows[k][select->key] != key) {
      continue;
    }
    bool seen = false;
    for (size_t j = 0; j < k && select->aggregate == COUNT_DISTINCT && value != UNBOUND; j++) {
      seen = seen || (all->rows[j][select->argument] == value &&
                      (select->key == UNBOUND || all->rows[j][select->key] == key));
    }
    count += value != UNBOUND && !seen;
    if (select->aggregate == SUM) {
      failed = failed || value == UNBOUND || !is_number(term_of(value));
      sum += failed ? 0 : term_of(value)->value;
      decimal = decimal || (!failed && term_of(value)->kind == DECIMAL);
    }
  }
  if (select->aggregate == SUM) {
    return failed ? ERROR : number(sum, decimal);
  }
  return number(count, false);
}

static Solutions group_solutions(const Select *select, const Solutions *all) {
  Solutions groups = {NULL, 0, 0};
  if (all->count == 0 && select->key == UNBOUND) {
    int *row = solutions_add(&groups, NULL);
    row[select->as] = aggregate(select, all, UNBOUND, false);
  }
  for (size_t k = 0; k < all->count; k++) {
    const int key = select->key == UNBOUND ? UNBOUND : all->rows[k][select->key];
    bool known = false;
    for (size_t j = 0; j < groups.count; j++) {
      known = known || select->key == UNBOUND || groups.rows[j][select->key] == key;
    }
    if (!known) {
      int *row = solutions_add(&groups, NULL);
      if (select->key != UNBOUND) {
        row[select->key] = key;
      }
      row[select->as] = aggregate(select, all, key, true);
    }
  }
  if (select->having != UNBOUND) {
    size_t kept = 0;
    for (size_t k = 0; k < groups.count; k++) {
      const int value = groups.rows[k][select->as];
      if (value != ERROR && term_of(value)->value > select->having) {
        memmove(groups.rows[kept++], groups.rows[k], sizeof groups.rows[0]);
      }
    }
    groups.count = kept;
  }
  return groups;
}

static void project(const Select *select, Solutions *solutions) {
  const unsigned shown = select_scope(select);
  for (size_t k = 0; k < solutions->count; k++) {
    for (int v = 0; v < SLOTS; v++) {
      if (!(shown >> v & 1)) {
        solutions->rows[k][v] = UNBOUND;
      }
    }
  }
  size_t kept = 0;
  for (size_t k = 0; k < solutions->count; k++) {
    bool seen = false;
    for (size_t j = 0; j < kept && select->distinct; j++) {
      seen = seen || same_row(solutions->rows[j], solutions->rows[k]);
    }
    if (!seen) {
      memmove(solutions->rows[kept++], solutions->rows[k], sizeof solutions->rows[0]);
    }
  }
  solutions->count = kept;
}

static Solutions eval_select(const Scene *scene, const Select *select) {
  Solutions solutions = eval_group(scene, select->where);
  if (select->grouped) {
    const Solutions groups = group_solutions(select, &solutions);
    solutions_clear(&solutions);
    solutions = groups;
  }
  if (select->expression) {
    for (size_t k = 0; k < solutions.count; k++) {
      solutions.rows[k][select->as] = value_of(scene, select->expression, solutions.rows[k]);
    }
  }
  project(select, &solutions);
  return solutions;
}

bool evaluate(const Data *data, const Select *select, Solutions *solutions) {
  Scene scene = open_scene(data, GRAPHS, NULL);
  overflow = false;
  *solutions = eval_select(&scene, select);
  if (select->ask && solutions->count > 1) {
    solutions->count = 1;
  }
  free(scene.triples);
  return !overflow;
}

/* ---- Scope ---- */

static unsigned slot_scope(Slot slot) {
  return slot.variable >= 0 && slot.variable < VARIABLES ? 1U << slot.variable : 0;
}

static unsigned part_scope(const Part *part) {
  unsigned scope = 0;
  switch (part->kind) {
  case PART_TRIPLES:
    for (size_t k = 0; k < part->count; k++) {
      const Triple *triple = &part->triples[k];
      scope |= slot_scope(triple->subject) | slot_scope(triple->object) |
               (triple->path ? 0 : slot_scope(triple->predicate));
    }
    return scope;
  case PART_GROUP:
  case PART_OPTIONAL:
    return group_scope(part->groups[0]);
  case PART_UNION:
    for (size_t k = 0; k < part->count; k++) {
      scope |= group_scope(part->groups[k]);
    }
    return scope;
  case PART_GRAPH:
    return group_scope(part->groups[0]) | slot_scope(part->graph);
  case PART_BIND:
    return 1U << part->variable;
  case PART_VALUES:
    for (size_t k = 0; k < part->variable_count; k++) {
      scope |= 1U << part->variables[k];
    }
    return scope;
  case PART_SELECT:
    return select_scope(part->select);
  default:
    return 0;
  }
}

unsigned group_scope(const Group *group) {
  unsigned scope = 0;
  for (size_t k = 0; k < group->count; k++) {
    scope |= part_scope(group->parts[k]);
  }
  return scope;
}

unsigned select_scope(const Select *select) {
  unsigned scope = 0;
  if (select->grouped) {
    return (select->key == UNBOUND ? 0 : 1U << select->key) | 1U << select->as;
  }
  for (size_t k = 0; k < select->variable_count; k++) {
    scope |= 1U << select->variables[k];
  }
  if (select->expression) {
    scope |= 1U << select->as;
  }
  return select->star ? group_scope(select->where) : scope;
}

/* ---- Text ---- */

static void print_variable(int variable, FILE *out) {
  fprintf(out, "?%c", 'a' + variable);
}

/* Labels are of one block: blocks are numbered as they are printed. */
static int block;

static void print_slot(Slot slot, FILE *out) {
  if (slot.variable == LABEL) {
    fprintf(out, "_:l%d", block);
  } else if (slot.variable != UNBOUND) {
    print_variable(slot.variable, out);
  } else {
    term_print(slot.term, out);
  }
}

static void print_path(const Path *path, FILE *out) {
  static const char *const before[] = {"", "^(", "(", "(", "(", "(", "(", "!"};
  static const char *const between[] = {"", "", "/", "|", "", "", "", ""};
  static const char *const after[] = {"", ")", ")", ")", ")?", ")*", ")+", ""};
  fputs(before[path->kind], out);
  if (path->a) {
    print_path(path->a, out);
    fputs(between[path->kind], out);
    if (path->b) {
      print_path(path->b, out);
    }
  } else {
    term_print(path->term, out);
  }
  fputs(after[path->kind], out);
}

static void print_group(const Group *group, FILE *out);

static void print_expression(const Expression *e, FILE *out) {
  static const struct {
    const char *before, *between, *after;
  } forms[OPERATORS] = {
      [OP_EQUAL] = {"(", " = ", ")"},
      [OP_NOT_EQUAL] = {"(", " != ", ")"},
      [OP_LESS] = {"(", " < ", ")"},
      [OP_NOT_LESS] = {"(", " >= ", ")"},
      [OP_AND] = {"(", " && ", ")"},
      [OP_OR] = {"(", " || ", ")"},
      [OP_NOT] = {"(! ", "", ")"},
      [OP_ADD] = {"(", " + ", ")"},
      [OP_SUBTRACT] = {"(", " - ", ")"},
      [OP_BOUND] = {"BOUND(", "", ")"},
      [OP_IF] = {"IF(", ", ", ")"},
      [OP_COALESCE] = {"COALESCE(", ", ", ")"},
      [OP_SAME_TERM] = {"sameTerm(", ", ", ")"},
      [OP_IS_IRI] = {"isIRI(", "", ")"},
      [OP_IS_LITERAL] = {"isLiteral(", "", ")"},
      [OP_IS_NUMERIC] = {"isNumeric(", "", ")"},
      [OP_STR] = {"STR(", "", ")"},
      [OP_LANG] = {"LANG(", "", ")"},
  };
  if (e->op == OP_VARIABLE) {
    print_variable(e->variable, out);
  } else if (e->op == OP_TERM) {
    term_print(e->term, out);
  } else if (e->group) {
    fputs(e->op == OP_EXISTS ? "(EXISTS " : "(NOT EXISTS ", out);
    print_group(e->group, out);
    fputs(")", out);
  } else if (e->op == OP_IN || e->op == OP_NOT_IN) {
    fputs("(", out);
    print_expression(e->parts[0], out);
    fputs(e->op == OP_IN ? " IN (" : " NOT IN (", out);
    for (size_t k = 1; k < e->count; k++) {
      fputs(k > 1 ? ", " : "", out);
      print_expression(e->parts[k], out);
    }
    fputs("))", out);
  } else {
    fputs(forms[e->op].before, out);
    for (size_t k = 0; k < e->count; k++) {
      fputs(k ? forms[e->op].between : "", out);
      print_expression(e->parts[k], out);
    }
    fputs(forms[e->op].after, out);
  }
}

static void print_values(const Part *part, FILE *out) {
  fputs("VALUES (", out);
  for (size_t k = 0; k < part->variable_count; k++) {
    fputs(" ", out);
    print_variable(part->variables[k], out);
  }
  fputs(" ) {", out);
  for (size_t row = 0; row < part->count; row++) {
    fputs(" (", out);
    for (size_t k = 0; k < part->variable_count; k++) {
      fputs(" ", out);
      if (part->rows[row][k] == UNBOUND) {
        fputs("UNDEF", out);
      } else {
        term_print(part->rows[row][k], out);
      }
    }
    fputs(" )", out);
  }
  fputs(" }", out);
}

static void print_triples(const Part *part, FILE *out) {
  block++;
  for (size_t k = 0; k < part->count; k++) {
    const Triple *triple = &part->triples[k];
    print_slot(triple->subject, out);
    fputs(" ", out);
    if (triple->path) {
      print_path(triple->path, out);
    } else {
      print_slot(triple->predicate, out);
    }
    fputs(" ", out);
    print_slot(triple->object, out);
    fputs(" . ", out);
  }
}

static void print_part(const Part *part, FILE *out) {
  static const char *const words[] = {
      [PART_GROUP] = "", [PART_OPTIONAL] = "OPTIONAL ", [PART_MINUS] = "MINUS "};
  switch (part->kind) {
  case PART_TRIPLES:
    print_triples(part, out);
    break;
  case PART_UNION:
    for (size_t k = 0; k < part->count; k++) {
      fputs(k ? " UNION " : "", out);
      print_group(part->groups[k], out);
    }
    break;
  case PART_GRAPH:
    fputs("GRAPH ", out);
    print_slot(part->graph, out);
    fputs(" ", out);
    print_group(part->groups[0], out);
    break;
  case PART_FILTER:
    fputs("FILTER (", out);
    print_expression(part->expression, out);
    fputs(")", out);
    break;
  case PART_BIND:
    fputs("BIND (", out);
    print_expression(part->expression, out);
    fputs(" AS ", out);
    print_variable(part->variable, out);
    fputs(")", out);
    break;
  case PART_VALUES:
    print_values(part, out);
    break;
  case PART_SELECT:
    fputs("{ ", out);
    select_print(part->select, out);
    fputs(" }", out);
    break;
  default:
    fputs(words[part->kind], out);
    print_group(part->groups[0], out);
    break;
  }
}

static void print_group(const Group *group, FILE *out) {
  fputs("{ ", out);
  for (size_t k = 0; k < group->count; k++) {
    print_part(group->parts[k], out);
    fputs(" ", out);
  }
  fputs("}", out);
}

static void print_aggregate(const Select *select, FILE *out) {
  static const char *const names[] = {"COUNT(*)", "COUNT(", "COUNT(DISTINCT ", "SUM("};
  fputs(names[select->aggregate], out);
  if (select->aggregate != COUNT_ROWS) {
    print_variable(select->argument, out);
    fputs(")", out);
  }
}

static void print_head(const Select *select, FILE *out) {
  fputs(select->distinct ? "SELECT DISTINCT" : "SELECT", out);
  if (select->star) {
    fputs(" *", out);
    return;
  }
  if (select->grouped) {
    if (select->key != UNBOUND) {
      fputs(" ", out);
      print_variable(select->key, out);
    }
    fputs(" (", out);
    print_aggregate(select, out);
    fputs(" AS ", out);
    print_variable(select->as, out);
    fputs(")", out);
    return;
  }
  for (size_t k = 0; k < select->variable_count; k++) {
    fputs(" ", out);
    print_variable(select->variables[k], out);
  }
  if (select->expression) {
    fputs(" (", out);
    print_expression(select->expression, out);
    fputs(" AS ", out);
    print_variable(select->as, out);
    fputs(")", out);
  }
}

void select_print(const Select *select, FILE *out) {
  if (select->ask) {
    fputs("ASK", out);
  } else {
    print_head(select, out);
  }
  fputs(" ", out);
  print_group(select->where, out);
  if (select->grouped && select->key != UNBOUND) {
    fputs(" GROUP BY ", out);
    print_variable(select->key, out);
  }
  if (select->grouped && select->having != UNBOUND) {
    fputs(" HAVING (", out);
    print_aggregate(select, out);
    fprintf(out, " > %d)", select->having);
  }
}
