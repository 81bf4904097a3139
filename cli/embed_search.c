#include "cli/embed_search.h"

#include "cli/table.h"

#include <stdio.h>

static OgStatus print_trials(const Context *context, const OgSearch *search, OgError *err) {
  static const char *const columns[] = {"setting", "epochs", "valid_mrr", "model",  "objective",
                                        "dim",     "lr",     "n3",        "seconds"};
  Table *table;
  OG_TRY(
      table_open(stdout, context->terminal, TABLE_TEXT, columns, OG_COUNT(columns), &table, err));
  for (size_t k = 0; k < search->count; k++) {
    const OgTrial *trial = &search->trials[k];
    table_integer(table, trial->setting + 1);
    table_integer(table, trial->epochs);
    table_real(table, trial->mrr, 4);
    table_string(table, trial->used.model);
    table_string(table, og_objective_name(trial->used.objective));
    table_integer(table, (int64_t)trial->used.dim);
    table_real(table, trial->used.learning_rate, -1);
    table_real(table, trial->used.n3, -1);
    table_real(table, trial->seconds, 1);
    table_row(table);
  }
  return table_close(table, OG_OK, err);
}

/* "learning rate  .031 apart: 0.3 .412 (4), 0.1 .381 (3)": means of valid MRR and trials. */
static void print_worth(const OgSearch *search) {
  printf("\nWhat mattered: mean valid MRR of the first trials that had a value, and how many\n");
  for (size_t k = 0; k < search->worths; k++) {
    const OgWorth *worth = &search->worth[k];
    printf("%-13s  %.4f apart: ", og_setting_name(worth->setting), worth->spread);
    for (size_t v = 0; v < worth->count; v++) {
      const OgSettingValue *value = &worth->values[v];
      printf("%s%s %.4f (%d)", v > 0 ? ", " : "", value->text, value->mrr, value->trials);
    }
    putchar('\n');
  }
  putchar('\n');
}

static OgStatus show_trials(const Context *context, const OgSearch *found, OgError *err) {
  OG_TRY(print_trials(context, found, err));
  print_worth(found);
  return OG_OK;
}

/* What the best setting gains, and what is trained now: a trial may have been of fewer epochs. */
static void tell_best(const Context *context, const OgSearch *found) {
  const OgTrial *best = &found->trials[found->best], *beside;
  const OgTrial *usual = og_search_defaults(found, &beside);
  const OgEmbedOptions *used = &best->used;
  terminal_note(
      context->terminal,
      "best: setting %d, --model %s --objective %s --dim %zu --lr %g --n3 %g, valid MRR %.4f "
      "after %s",
      best->setting + 1, used->model, og_objective_name(used->objective), used->dim,
      used->learning_rate, used->n3, best->mrr, text_counted(best->epochs, "epoch", "epochs"));
  if (best->setting == 0) {
    terminal_note(context->terminal, "these are the defaults");
  } else if (usual) {
    terminal_note(
        context->terminal, "the defaults, setting 1: valid MRR %.4f after %s, beside %.4f after %d",
        usual->mrr, text_counted(usual->epochs, "epoch", "epochs"), beside->mrr, beside->epochs);
  }
  terminal_note(context->terminal, "training with setting %d for up to %s, however long it takes",
                best->setting + 1, text_counted(used->epochs, "epoch", "epochs"));
}

/* What was found is what is going to be trained with. */
static void take_best(const Context *context, const OgSearch *found, OgEmbedOptions *options) {
  const OgEmbedOptions *used = &found->trials[found->best].used;
  tell_best(context, found);
  options->model = used->model;
  options->objective = used->objective;
  options->dim = used->dim;
  options->learning_rate = used->learning_rate;
  options->n3 = used->n3;
}

OgStatus embed_try_settings(const Context *context, const OgTripleGraph *graph,
                            const OgSearchOptions *search, bool quiet, OgEmbedOptions *options,
                            OgError *err) {
  OgSearch found;
  OgStatus status = og_embed_search(graph, search, context->progress, &found, err);
  terminal_finish(context->terminal);
  if (!quiet && found.count > 0) { /* of a search that was stopped, too */
    const OgStatus shown = show_trials(context, &found, status == OG_OK ? err : NULL);
    status = status == OG_OK ? shown : status;
  }
  if (status == OG_OK && found.cut) {
    terminal_note(context->terminal, "time was up after %s; --minutes gives more",
                  text_counted((double)found.count, "trial", "trials"));
  }
  if (status == OG_OK) {
    take_best(context, &found, options);
  }
  og_search_clear(&found);
  return status;
}
