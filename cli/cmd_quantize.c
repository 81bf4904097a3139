/* quantize: a model in fewer bits. */
#include "cli/command.h"
#include "cli/print.h"
#include "finetune/quantize.h"

#include <stdio.h>

typedef struct QuantizeOptions {
  const char *out;
  int weights;
  bool force, json;
} QuantizeOptions;

static const QuantizeOptions defaults = {.weights = 0};

#define AT(field) offsetof(QuantizeOptions, field)

static const char *const weight_names[] = {"int8", "bf16", "f16", NULL};
static const OgDtype weight_dtypes[] = {OG_I8, OG_BF16, OG_F16};

static const Option rows[] = {
    {"out", 'o', OPTION_TEXT, AT(out), "DIR", "where to write the model (required)", NULL, 0, 0},
    {"weights", 'w', OPTION_CHOICE, AT(weights), "TYPE", "int8 (default), bf16 or f16",
     weight_names, 0, 0},
    {"force", 0, OPTION_FLAG, AT(force), NULL, "replace the model that is there", NULL, 0, 0},
    OPTION_ROW_JSON(QuantizeOptions),
    OPTION_END,
};

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const QuantizeOptions *options = values;
  if (!options->out) {
    return og_error_set(err, OG_USAGE, "quantize: say where to write the model, with --out DIR");
  }
  OgQuantizeReport report;
  OG_TRY(og_quantize(arguments->items[0], options->out, weight_dtypes[options->weights],
                     options->force, context->progress, &report, err));
  terminal_finish(context->terminal);
  if (options->json) {
    return print_json(json_pack("{s:o, s:s, s:I, s:I, s:I, s:I}", "out", json_mended(options->out),
                                "weights", weight_names[options->weights], "matrices",
                                (json_int_t)report.matrices, "parameters",
                                (json_int_t)report.parameters, "bytes_before",
                                (json_int_t)report.bytes_in, "bytes", (json_int_t)report.bytes),
                      err);
  }
  if (report.matrices == 0) {
    terminal_note(context->terminal, "there is nothing to quantize: 8 bits are for the matrices of "
                                     "layers, and this model has none; --weights bf16 or f16 "
                                     "stores all its numbers in 16 bits");
  }
  printf("weights     %s of %s parameters as %s\n",
         text_counted((double)report.matrices, "matrix", "matrices"),
         text_count((double)report.parameters), weight_names[options->weights]);
  printf("size        %.1f MB -> %.1f MB\n", 1e-6 * (double)report.bytes_in,
         1e-6 * (double)report.bytes);
  printf("written     %s\n", options->out);
  return OG_OK;
}

const Command cmd_quantize = {
    .name = "quantize",
    .group = "Models",
    .synopsis = "MODEL --out DIR",
    .summary = "write a model with its weights in 8 or 16 bits",
    .examples = "  ontograft quantize run/ --out run-int8/\n"
                "  ontograft quantize bert/ --weights bf16 --out bert-bf16/\n",
    .details =
        "MODEL is a run or a base network; what is beside its weights comes along. int8 quantises "
        "the\n"
        "matrices of the layers, one scale an output channel, and predict then multiplies in 8 "
        "bits;\n"
        "embeddings, LayerNorm and heads stay. bf16 and f16 store all matrices in 16 bits; "
        "predict\n"
        "multiplies in 32.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(QuantizeOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
