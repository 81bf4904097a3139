#include "kg/sparql_path.h"

#include "kg/sparql_term.h"

#include <string.h>

enum { MOST_STATES = 128 };

/* Thompson's construction: empty moves and steps between states, then the empty moves are closed
 * over and states that behave alike are made one. */
typedef struct Builder {
  OgArena *arena;
  int states;
  OgStep *steps;
  size_t step_count, step_capacity;
  int (*moves)[2]; /* empty */
  size_t move_count, move_capacity;
  OgError *err;
} Builder;

static OgStatus new_state(Builder *b, int *state) {
  if (b->states >= MOST_STATES) {
    return og_error_set(b->err, OG_USAGE,
                        "a path of this query has over %d parts: ask in several patterns",
                        MOST_STATES);
  }
  *state = b->states++;
  return OG_OK;
}

static OgStatus add_move(Builder *b, int from, int to) {
  int(*moves)[2] =
      og_arena_grow(b->arena, b->moves, b->move_count, &b->move_capacity, sizeof *moves);
  if (!moves) {
    return og_error_no_memory(b->err);
  }
  b->moves = moves;
  moves[b->move_count][0] = from;
  moves[b->move_count++][1] = to;
  return OG_OK;
}

static OgStatus add_step(Builder *b, OgStep step, const OgTerm *iris, size_t count) {
  OgStep *steps =
      og_arena_grow(b->arena, b->steps, b->step_count, &b->step_capacity, sizeof *steps);
  step.iris = og_arena_alloc(b->arena, count ? count : 1, sizeof(OgTerm *));
  if (!steps || !step.iris) {
    return og_error_no_memory(b->err);
  }
  for (size_t k = 0; k < count; k++) {
    step.iris[k] = &iris[k];
  }
  step.iri_count = count;
  b->steps = steps;
  steps[b->step_count++] = step;
  return OG_OK;
}

static OgStatus build(Builder *b, const OgPath *path, bool backwards, int from, int to);

static OgStatus build_sequence(Builder *b, const OgPath *path, bool backwards, int from, int to) {
  int joint = 0;
  OG_TRY(new_state(b, &joint));
  OG_TRY(build(b, backwards ? path->b : path->a, backwards, from, joint));
  return build(b, backwards ? path->a : path->b, backwards, joint, to);
}

static OgStatus build_repeat(Builder *b, const OgPath *path, bool backwards, int from, int to) {
  int in = 0;
  int out = 0;
  OG_TRY(new_state(b, &in));
  OG_TRY(new_state(b, &out));
  OG_TRY(add_move(b, from, in));
  OG_TRY(add_move(b, out, to));
  OG_TRY(build(b, path->a, backwards, in, out));
  if (path->kind != OG_PATH_ONE_OR_MORE) {
    OG_TRY(add_move(b, from, to));
  }
  return path->kind == OG_PATH_ZERO_OR_ONE ? OG_OK : add_move(b, out, in);
}

static OgStatus build(Builder *b, const OgPath *path, bool backwards, int from, int to) {
  switch (path->kind) {
  case OG_PATH_LINK:
    return add_step(b, (OgStep){.from = from, .to = to, .inverse = backwards}, &path->iri, 1);
  case OG_PATH_NEGATED:
    return add_step(b, (OgStep){.from = from, .to = to, .inverse = backwards, .negated = true},
                    path->iris, path->iri_count);
  case OG_PATH_INVERSE:
    return build(b, path->a, !backwards, from, to);
  case OG_PATH_SEQUENCE:
    return build_sequence(b, path, backwards, from, to);
  case OG_PATH_ALTERNATIVE:
    OG_TRY(build(b, path->a, backwards, from, to));
    return build(b, path->b, backwards, from, to);
  case OG_PATH_ZERO_OR_ONE:
  case OG_PATH_ZERO_OR_MORE:
  case OG_PATH_ONE_OR_MORE:
    break;
  }
  return build_repeat(b, path, backwards, from, to);
}

/* ---- Empty moves ---- */

/* reach[i * states + j]: j is reached from i by empty moves. */
static unsigned char *close_moves(Builder *b) {
  const size_t n = (size_t)b->states;
  unsigned char *reach = og_arena_alloc(b->arena, n * n, 1);
  if (!reach) {
    return NULL;
  }
  for (size_t i = 0; i < n; i++) {
    reach[i * n + i] = 1;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t k = 0; k < b->move_count; k++) {
      const size_t from = (size_t)b->moves[k][0];
      const size_t to = (size_t)b->moves[k][1];
      for (size_t i = 0; i < n; i++) {
        if (reach[i * n + from] && !reach[i * n + to]) {
          reach[i * n + to] = 1;
          changed = true;
        }
      }
    }
  }
  return reach;
}

/* ---- States that behave alike ---- */

static bool same_label(const OgStep *a, const OgStep *b) {
  if (a->inverse != b->inverse || a->negated != b->negated || a->iri_count != b->iri_count) {
    return false;
  }
  for (size_t k = 0; k < a->iri_count; k++) {
    if (!og_text_equal(a->iris[k]->text, b->iris[k]->text)) {
      return false;
    }
  }
  return true;
}

/* What refining a partition works on: classes[i] is the class of state i; has[i * step_count + k]:
 * step k leaves state i after empty moves. */
typedef struct Partition {
  const Builder *b;
  const unsigned char *has;
  int *classes;
} Partition;

/* Whether each step of i has its like at j. */
static bool covers(const Partition *p, int i, int j) {
  const size_t count = p->b->step_count;
  for (size_t k = 0; k < count; k++) {
    bool found = !p->has[(size_t)i * count + k];
    for (size_t m = 0; m < count && !found; m++) {
      found = p->has[(size_t)j * count + m] &&
              p->classes[p->b->steps[k].to] == p->classes[p->b->steps[m].to] &&
              same_label(&p->b->steps[k], &p->b->steps[m]);
    }
    if (!found) {
      return false;
    }
  }
  return true;
}

/* Split classes until none has states that can be told apart; returns how many there are. */
static int refine(const Partition *p, int *next) {
  int count = 0;
  for (int before = -1; before != count;) {
    before = count;
    count = 0;
    for (int i = 0; i < p->b->states; i++) {
      int j = 0;
      while (j < i && !(p->classes[i] == p->classes[j] && covers(p, i, j) && covers(p, j, i))) {
        j++;
      }
      next[i] = j < i ? next[j] : count++;
    }
    memcpy(p->classes, next, (size_t)p->b->states * sizeof *next);
  }
  return count;
}

/* ---- The automaton ---- */

static void mark_reachable(const OgAutomaton *automaton, unsigned char *live) {
  live[0] = 1;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t k = 0; k < automaton->step_count; k++) {
      const OgStep *step = &automaton->steps[k];
      if (live[step->from] && !live[step->to]) {
        live[step->to] = 1;
        changed = true;
      }
    }
  }
}

static bool has_iri(const OgStep *step, const OgTerm *iri) {
  for (size_t k = 0; k < step->iri_count; k++) {
    if (og_text_equal(step->iris[k]->text, iri->text)) {
      return true;
    }
  }
  return false;
}

/* Add a step, once. Those along single predicates between the same states become one. */
static OgStatus keep_step(OgAutomaton *automaton, size_t *capacity, OgStep step, OgArena *arena,
                          OgError *err) {
  for (size_t k = 0; k < automaton->step_count; k++) {
    OgStep *other = &automaton->steps[k];
    if (other->from != step.from || other->to != step.to || other->inverse != step.inverse ||
        other->negated != step.negated) {
      continue;
    }
    if (step.negated ? same_label(other, &step) : has_iri(other, step.iris[0])) {
      return OG_OK;
    }
    if (!step.negated) {
      const OgTerm **iris = og_arena_alloc(arena, other->iri_count + 1, sizeof *iris);
      if (!iris) {
        return og_error_no_memory(err);
      }
      memcpy(iris, other->iris, other->iri_count * sizeof *iris);
      iris[other->iri_count++] = step.iris[0];
      other->iris = iris;
      return OG_OK;
    }
  }
  OgStep *steps =
      og_arena_grow(arena, automaton->steps, automaton->step_count, capacity, sizeof *steps);
  if (!steps) {
    return og_error_no_memory(err);
  }
  automaton->steps = steps;
  steps[automaton->step_count++] = step;
  return OG_OK;
}

/* Leave out what the start does not reach, and number the rest from 0. */
static OgStatus drop_unreachable(OgAutomaton *automaton, OgArena *arena, OgError *err) {
  unsigned char *live = og_arena_alloc(arena, (size_t)automaton->states, 1);
  int *number = og_arena_alloc(arena, (size_t)automaton->states, sizeof *number);
  if (!live || !number) {
    return og_error_no_memory(err);
  }
  mark_reachable(automaton, live);
  int states = 0;
  for (int k = 0; k < automaton->states; k++) {
    if (live[k]) {
      automaton->accepts[states] = automaton->accepts[k];
      number[k] = states++;
    }
  }
  size_t steps = 0;
  for (size_t k = 0; k < automaton->step_count; k++) {
    OgStep step = automaton->steps[k];
    if (live[step.from]) {
      step.from = number[step.from];
      step.to = number[step.to];
      automaton->steps[steps++] = step;
    }
  }
  automaton->states = states;
  automaton->step_count = steps;
  return OG_OK;
}

/* The steps of each class, once. The start, state 0, is in class 0. */
static OgStatus collect(const Partition *p, OgArena *arena, OgAutomaton *automaton, OgError *err) {
  size_t capacity = 0;
  for (int i = 0; i < p->b->states; i++) {
    for (size_t k = 0; k < p->b->step_count; k++) {
      OgStep step = p->b->steps[k];
      step.from = p->classes[i];
      step.to = p->classes[step.to];
      if (p->has[(size_t)i * p->b->step_count + k]) {
        OG_TRY(keep_step(automaton, &capacity, step, arena, err));
      }
    }
  }
  return drop_unreachable(automaton, arena, err);
}

OgStatus og_path_automaton(const OgPath *path, bool backwards, OgArena *arena,
                           OgAutomaton *automaton, OgError *err) {
  enum { START = 0, END = 1 };
  Builder b = {.arena = arena, .states = 2, .err = err};
  OG_TRY(build(&b, path, backwards, START, END));
  const size_t n = (size_t)b.states;
  const unsigned char *reach = close_moves(&b);
  unsigned char *has = og_arena_alloc(arena, n * b.step_count + 1, 1);
  int *classes = og_arena_alloc(arena, n, sizeof *classes);
  int *next = og_arena_alloc(arena, n, sizeof *next);
  bool *accepts = og_arena_alloc(arena, n, sizeof *accepts);
  if (!reach || !has || !classes || !next || !accepts) {
    return og_error_no_memory(err);
  }
  for (size_t i = 0; i < n; i++) {
    classes[i] = reach[i * n + END];
    for (size_t k = 0; k < b.step_count; k++) {
      has[i * b.step_count + k] = reach[i * n + (size_t)b.steps[k].from];
    }
  }
  const Partition partition = {&b, has, classes};
  *automaton = (OgAutomaton){.accepts = accepts};
  automaton->states = refine(&partition, next);
  for (size_t i = 0; i < n; i++) {
    accepts[classes[i]] = accepts[classes[i]] || reach[i * n + END];
  }
  return collect(&partition, arena, automaton, err);
}
