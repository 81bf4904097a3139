#include "cli/probability.h"

#include <math.h>

void table_probability(Table *table, double probability) {
  if (isnan(probability)) {
    table_null(table);
  } else {
    table_real(table, probability, 3);
  }
}

void note_probability(const Context *context, double first) {
  if (isnan(first)) {
    terminal_note(context->terminal, "no probabilities: the set was not measured by held-out "
                                     "edges, by too few to fit any, or by another release");
  }
}
