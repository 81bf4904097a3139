/* sparql_path: a property path that repeats, as a finite automaton over the statements.
 *
 * A path under *, + or ? finds each pair of ends once (18.4), so it is a regular language of steps:
 * whatever is nested within it becomes one automaton, which a single recursive query walks from
 * bound ends. */
#ifndef OG_KG_SPARQL_PATH_H
#define OG_KG_SPARQL_PATH_H

#include "kg/sparql_algebra.h"

/* From state `from` to `to` along one statement. */
typedef struct OgStep {
  int from, to;
  bool inverse;        /* from object to subject */
  bool negated;        /* any predicate but these */
  const OgTerm **iris; /* the predicates: any of these */
  size_t iri_count;
} OgStep;

typedef struct OgAutomaton {
  int states; /* 0 is the start */
  bool *accepts;
  OgStep *steps;
  size_t step_count;
} OgAutomaton;

/* The automaton of a path, or of the path walked backwards, in the arena. No two of its states can
 * be told apart by where they lead. OG_USAGE when the path is too large. */
OG_MUST_CHECK OgStatus og_path_automaton(const OgPath *path, bool backwards, OgArena *arena,
                                         OgAutomaton *automaton, OgError *err);

#endif
