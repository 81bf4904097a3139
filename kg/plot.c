#include "kg/plot.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/random.h"
#include "kg/pca.h"
#include "kg/tsne.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_TSNE = 5 };

/* An entity that may be drawn. */
typedef struct Chosen {
  uint64_t lot;
  uint32_t node;
  size_t row; /* of the vectors */
} Chosen;

typedef struct Plotter {
  OgStore *store;
  OgExplorer *explorer;
  const OgVectors *vectors;
  const OgPlotOptions *options;
  const OgProgress *progress;
  OgPlot *plot;
  Chosen *chosen;
  size_t count;
  float *X; /* (count, D) */
  float *Y; /* (count, 2) */
} Plotter;

static int by_lot(const void *a, const void *b) {
  const Chosen *x = a, *y = b;
  return x->lot != y->lot ? (x->lot > y->lot) - (x->lot < y->lot)
                          : (x->row > y->row) - (x->row < y->row);
}

static int by_row(const void *a, const void *b) {
  const Chosen *x = a, *y = b;
  return (x->row > y->row) - (x->row < y->row);
}

/* Entities of the graph that have a vector and are not deprecated; of too many, some by lot. */
static OgStatus choose(Plotter *plotter, OgError *err) {
  const OgVectors *vectors = plotter->vectors;
  plotter->chosen = og_arena_alloc(&plotter->plot->arena, vectors->N + 1, sizeof(Chosen));
  if (!plotter->chosen) {
    return og_error_no_memory(err);
  }
  for (size_t n = 0; n < vectors->N; n++) {
    OgEntityRef ref;
    const uint32_t node = og_explore_node(plotter->explorer, vectors->entities[n]);
    if (node != OG_EXPLORE_NONE) {
      OG_TRY(og_explore_entity(plotter->explorer, node, &ref, err));
      if (!ref.deprecated) {
        plotter->chosen[plotter->count++] =
            (Chosen){og_random_at(plotter->options->seed, n), node, n};
      }
    }
  }
  plotter->plot->entities = plotter->count;
  if (plotter->count > plotter->options->limit) {
    qsort(plotter->chosen, plotter->count, sizeof(Chosen), by_lot);
    plotter->count = plotter->options->limit;
    qsort(plotter->chosen, plotter->count, sizeof(Chosen), by_row);
  }
  return plotter->count > 0
             ? OG_OK
             : og_error_set(err, OG_NOT_FOUND,
                            "the set \"%s\" has no vector of an entity that the graph has now; "
                            "`ontograft embed` makes a new set",
                            vectors->name);
}

/* X = the vectors at length 1; one without a length stays 0. */
static OgStatus normalise(Plotter *plotter, OgError *err) {
  const size_t D = plotter->vectors->D;
  plotter->X = og_calloc_floats(plotter->count * D);
  plotter->Y = og_calloc_floats(plotter->count * 2);
  if (!plotter->X || !plotter->Y) {
    return og_error_no_memory(err);
  }
  for (size_t n = 0; n < plotter->count; n++) {
    const float *from = plotter->vectors->values + plotter->chosen[n].row * D;
    double square = 0;
    for (size_t d = 0; d < D; d++) {
      square += (double)from[d] * (double)from[d];
    }
    const double scale = square > 0 && isfinite(square) ? 1 / sqrt(square) : 0;
    for (size_t d = 0; d < D && scale > 0; d++) {
      plotter->X[n * D + d] = (float)((double)from[d] * scale);
    }
  }
  return OG_OK;
}

static OgStatus lay_out(Plotter *plotter, OgError *err) {
  const OgPlotOptions *options = plotter->options;
  const size_t D = plotter->vectors->D;
  const size_t size = 160;
  char *note = og_arena_alloc(&plotter->plot->arena, size, 1);
  OG_TRY(note ? OG_OK : og_error_no_memory(err));
  plotter->plot->scatter.note = note;
  plotter->plot->method = plotter->count < LEAST_TSNE ? OG_PLOT_PCA : options->method;
  if (plotter->plot->method == OG_PLOT_PCA) {
    double share[2];
    OG_TRY(og_pca(plotter->X, plotter->count, D, 2, plotter->Y, share, err));
    snprintf(
        note, size,
        share[0] > 0
            ? "Vectors \"%.60s\", principal components: across %.0f %%, up %.0f %% of the variance"
            : "Vectors \"%.60s\": all point the same way",
        plotter->vectors->name, 100 * share[0], 100 * share[1]);
    return OG_OK;
  }
  OgTsneOptions tsne = OG_TSNE_OPTIONS_INIT;
  tsne.seed = options->seed;
  tsne.threads = options->threads;
  tsne.perplexity = options->perplexity;
  snprintf(note, size,
           "Vectors \"%.60s\", t-SNE: neighbours are alike; how far groups are apart says little",
           plotter->vectors->name);
  return og_tsne(plotter->X, plotter->count, D, &tsne, plotter->progress, plotter->Y, NULL, err);
}

static OgStatus describe(Plotter *plotter, OgError *err) {
  OgArena *arena = &plotter->plot->arena;
  OgBranches branches;
  OgScatter *scatter = &plotter->plot->scatter;
  OgScatterPoint *points = og_arena_alloc(arena, plotter->count + 1, sizeof *points);
  uint32_t *nodes = og_arena_alloc(arena, plotter->count + 1, sizeof *nodes);
  if (!points || !nodes) {
    return og_error_no_memory(err);
  }
  for (size_t n = 0; n < plotter->count; n++) {
    nodes[n] = plotter->chosen[n].node;
  }
  OG_TRY(og_branches_of(plotter->store, plotter->explorer, plotter->options->branching, nodes,
                        plotter->count, arena, &branches, err));
  for (size_t n = 0; n < plotter->count; n++) {
    OgEntityRef ref;
    size_t hops;
    OG_TRY(og_explore_entity(plotter->explorer, nodes[n], &ref, err));
    og_explore_hops(plotter->explorer, nodes[n], &hops);
    points[n] = (OgScatterPoint){.x = (double)plotter->Y[2 * n],
                                 .y = (double)plotter->Y[2 * n + 1],
                                 .label = ref.label,
                                 .id = ref.curie ? ref.curie : ref.iri,
                                 .group = branches.of[n],
                                 .prominence = (double)hops};
  }
  scatter->points = points;
  scatter->count = plotter->count;
  scatter->group_count = branches.count;
  scatter->others = branches.rest;
  scatter->others_label = "other";
  for (size_t k = 0; k < branches.count; k++) {
    scatter->groups[k] = (OgScatterGroup){branches.items[k].name, branches.items[k].count};
  }
  return OG_OK;
}

OgStatus og_plot(OgStore *store, OgExplorer *explorer, const OgVectors *vectors,
                 const OgPlotOptions *options, const OgProgress *progress, OgPlot *plot,
                 OgError *err) {
  Plotter plotter = {.store = store,
                     .explorer = explorer,
                     .vectors = vectors,
                     .options = options,
                     .progress = progress,
                     .plot = plot};
  OgStatus status;
  *plot = (OgPlot){.arena = OG_ARENA_INIT};
  OG_GO(og_blas_reserve(1, err));
  OG_GO(choose(&plotter, err));
  OG_GO(normalise(&plotter, err));
  OG_GO(lay_out(&plotter, err));
  status = describe(&plotter, err);
done:
  og_free_floats(plotter.X);
  og_free_floats(plotter.Y);
  if (status != OG_OK) {
    og_plot_clear(plot);
  }
  return status;
}

void og_plot_clear(OgPlot *plot) {
  og_arena_clear(&plot->arena);
  *plot = (OgPlot){.arena = OG_ARENA_INIT};
}
