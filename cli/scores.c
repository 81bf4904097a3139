#include "cli/scores.h"

#include "cli/terminal.h"

#include <string.h>

const char *train_stop_text(OgTrainStop stop) {
  static const char *const texts[] = {
      [OG_TRAIN_DONE] = "done",
      [OG_TRAIN_TIME] = "ended when the time was up",
      [OG_TRAIN_PATIENCE] = "ended when it got no better",
      [OG_TRAIN_CANCELLED] = "stopped",
      [OG_TRAIN_DIVERGED] = "ended when the gradient was no number",
  };
  return texts[stop];
}

void print_scores(const char *name, const OgMetrics *metrics) {
  printf("%-11s accuracy %.3f   macro-F1 %.3f   (%s)\n", name, metrics->accuracy, metrics->macro_f1,
         text_counted((double)metrics->count, "text", "texts"));
}

/* The label that texts of `label` are most often taken for; labels when none is. */
static size_t worst_confusion(const OgMetrics *metrics, size_t label) {
  size_t worst = metrics->labels;
  size_t most = 0;
  for (size_t k = 0; k < metrics->labels; k++) {
    const size_t count = metrics->confusion[label * metrics->labels + k];
    if (k != label && count > most) {
      most = count;
      worst = k;
    }
  }
  return worst;
}

void print_label_scores(FILE *out, const OgMetrics *metrics, const OgLabels *labels) {
  enum { LEAST_WIDTH = 5, MOST_WIDTH = 40 };
  size_t width = LEAST_WIDTH;
  for (size_t k = 0; k < labels->count; k++) {
    const size_t own = text_width(labels->names[k], strlen(labels->names[k]));
    width = own > width ? own : width;
  }
  width = width < MOST_WIDTH ? width : MOST_WIDTH;
  fprintf(out, "%-*s  precision  recall     F1  texts  mostly mistaken for\n", (int)width, "label");
  for (size_t k = 0; k < labels->count; k++) {
    const char *name = labels->names[k];
    const OgLabelScore *score = &metrics->scores[k];
    if (score->support == 0 && score->predicted == 0) {
      continue; /* it occurs nowhere, and has no scores */
    }
    const size_t own = text_width(name, strlen(name));
    text_print(out, name, strlen(name), width);
    fprintf(out, "%*s  %9.3f  %6.3f  %5.3f  %5zu", (int)(own < width ? width - own : 0), "",
            score->precision, score->recall, score->f1, score->support);
    const size_t worst = worst_confusion(metrics, k);
    if (worst < metrics->labels) {
      fprintf(out, "  %zu as ", metrics->confusion[k * metrics->labels + worst]);
      text_print(out, labels->names[worst], strlen(labels->names[worst]), MOST_WIDTH);
    }
    fputc('\n', out);
  }
}

void print_footprint(const OgFootprint *footprint, bool recomputed) {
  char text[16];
  for (int k = 0; k < OG_FOOTPRINT_ITEMS; k++) {
    if (footprint->bytes[k] > 0) {
      printf("%-12s %8s\n", og_footprint_name((OgFootprintItem)k),
             og_bytes_text(footprint->bytes[k], text));
    }
  }
  printf("%-12s %8s%s\n", "in all", og_bytes_text(og_footprint_total(footprint), text),
         recomputed ? ", layers being computed again on the way back" : "");
}
