/* plot-embeddings: a picture of the vectors of a set. */
#include "cli/languages.h"
#include "cli/options.h"
#include "core/file.h"
#include "kg/plot.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct PlotOptions {
  const char *out, *set, *title, *languages;
  int64_t limit, seed, threads;
  double perplexity;
  int method, colour_by;
} PlotOptions;

static const char *const methods[] = {"tsne", "pca", NULL};                   /* OgPlotMethod */
static const char *const colourings[] = {"branch", "kind", "relation", NULL}; /* OgBranching */

static const PlotOptions defaults = {.limit = 10000, .seed = 1, .perplexity = 30};

#define AT(field) offsetof(PlotOptions, field)

static const Option rows[] = {
    {"out", 'o', OPTION_TEXT, AT(out), "FILE", "write to FILE, which ends with .svg or .html", NULL,
     0, 0},
    {"set", 0, OPTION_TEXT, AT(set), "NAME", "embedding set (default: the one made last)", NULL, 0,
     0},
    {"method", 'm', OPTION_CHOICE, AT(method), "METHOD",
     "tsne: neighbours beside neighbours (default); pca: a projection", methods, 0, 0},
    {"colour-by", 0, OPTION_CHOICE, AT(colour_by), "WHAT",
     "branch of the hierarchy (default), kind, or the relation of most edges", colourings, 0, 0},
    {"limit", 'n', OPTION_INTEGER, AT(limit), "N",
     "draw so many entities, by lot, of more (default 10,000)", NULL, 1, 50000},
    {"title", 0, OPTION_TEXT, AT(title), "TEXT", "what stands above (default: names the graph)",
     NULL, 0, 0},
    {"perplexity", 0, OPTION_REAL, AT(perplexity), "X",
     "of t-SNE: neighbours that count (default 30)", NULL, 1, 1000},
    OPTION_ROW_SEED(PlotOptions),
    OPTION_ROW_THREADS(PlotOptions),
    OPTION_ROW_LANG(PlotOptions),
    OPTION_END,
};

/* "medicine: 480 entities", of the file's name without folder and extension. */
static void make_title(const char *path, const OgPlot *plot, char *title, size_t size) {
  const char *name = og_path_last(path);
  const char *dot = strrchr(name, '.');
  const int length = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
  if (plot->scatter.count < plot->entities) {
    snprintf(title, size, "%.*s: %s of %s entities", length, name,
             text_count((double)plot->scatter.count), text_count((double)plot->entities));
  } else {
    snprintf(title, size, "%.*s: %s", length, name,
             text_counted((double)plot->entities, "entity", "entities"));
  }
}

static OgStatus write_plot(const PlotOptions *options, OgPlot *plot, const char *path,
                           OgError *err) {
  char title[200];
  OgBuffer text = OG_BUFFER_INIT;
  make_title(path, plot, title, sizeof title);
  plot->scatter.title = options->title ? options->title : title;
  OgStatus status = name_ends_in(options->out, ".svg")
                        ? og_scatter_svg(&plot->scatter, &text, err)
                        : og_scatter_html(&plot->scatter, &text, err);
  if (status == OG_OK) {
    status = og_file_write(options->out, text.data, text.size, err);
  }
  og_buffer_clear(&text);
  return status;
}

static OgStatus draw(const Context *context, OgStore *store, OgExplorer *explorer,
                     const OgVectors *vectors, const PlotOptions *options, OgError *err) {
  const OgPlotOptions library = {.method = (OgPlotMethod)options->method,
                                 .branching = (OgBranching)options->colour_by,
                                 .limit = (size_t)options->limit,
                                 .perplexity = options->perplexity,
                                 .seed = (uint64_t)options->seed,
                                 .threads = (int)options->threads};
  OgPlot plot;
  OgStatus status = og_plot(store, explorer, vectors, &library, context->progress, &plot, err);
  terminal_finish(context->terminal);
  OG_TRY(status);
  status = write_plot(options, &plot, og_store_path(store), err);
  if (status == OG_OK) {
    terminal_note(context->terminal, "%s drawn in %s",
                  text_counted((double)plot.scatter.count, "entity", "entities"), options->out);
  }
  og_plot_clear(&plot);
  return status;
}

static OgStatus check(const PlotOptions *options, OgError *err) {
  if (options->out && (name_ends_in(options->out, ".svg") || name_ends_in(options->out, ".html"))) {
    return OG_OK;
  }
  return og_error_set(err, OG_USAGE,
                      "plot-embeddings takes --out FILE, whose end says what it will be: .svg or "
                      ".html");
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const PlotOptions *options = values;
  OgStore *store = NULL;
  OgExplorer *explorer = NULL;
  OgVectors vectors = {0};
  OgStatus status;
  OG_TRY(check(options, err));
  OG_TRY(option_output("plot-embeddings", arguments->items[0], options->out, err));
  OG_TRY(og_replacement_try(options->out, err));
  OG_GO(og_store_open(arguments->items[0], OG_STORE_READ, &store, err));
  OG_GO(languages_check(context, store, options->languages, err));
  OG_GO(og_store_begin_read(store, err)); /* ends with the store */
  OG_GO(og_vectors_load(store, options->set, &vectors, err));
  OG_GO(og_vectors_check_age(store, &vectors, context->progress, err));
  OG_GO(og_explore_open(store, false, &explorer, err));
  og_explore_prefer(explorer, options->languages);
  status = draw(context, store, explorer, &vectors, options, err);
done:
  og_explore_close(explorer);
  og_vectors_clear(&vectors);
  og_store_close(store);
  return status;
}

const Command cmd_plot_embeddings = {
    .name = "plot-embeddings",
    .group = "Vectors",
    .synopsis = "GRAPH --out FILE",
    .summary = "draw the vectors: a picture for slides and pages",
    .examples =
        "  ontograft plot-embeddings medicine.db --out medicine.svg\n"
        "  ontograft plot-embeddings doid.db --method pca --colour-by kind --out doid.html\n",
    .details =
        "One point an entity that has a vector and is not deprecated, its name under the mouse.\n"
        "Colours are the nine largest branches: roots, and in the place of one that covers a\n"
        "quarter its children, two steps down at most; below, its largest children stand beside\n"
        "it. The file stands alone. The same seed gives the same picture. Vectors are compared by\n"
        "their directions, as similar does.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(PlotOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
