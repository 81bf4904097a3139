/* plot: the vectors of a set as points of the plane, grouped and named. */
#ifndef OG_KG_PLOT_H
#define OG_KG_PLOT_H

#include "core/progress.h"
#include "kg/branches.h"
#include "kg/scatter.h"
#include "kg/vectors.h"

typedef enum OgPlotMethod { OG_PLOT_TSNE, OG_PLOT_PCA } OgPlotMethod;

typedef struct OgPlotOptions {
  OgPlotMethod method; /* fewer than five points are always laid out by PCA */
  OgBranching branching;
  size_t limit; /* entities; of more, so many are drawn by lot */
  double perplexity;
  uint64_t seed;
  int threads; /* 0: one a processor */
} OgPlotOptions;

typedef struct OgPlot {
  OgScatter scatter; /* title is for the caller to set */
  size_t entities;   /* with a vector, not deprecated */
  OgPlotMethod method;
  OgArena arena;
} OgPlot;

/* Vectors are brought to length 1 first, as similar compares them. The same seed gives the same
 * picture for any number of threads. On OG_OK the caller releases *plot with og_plot_clear, before
 * the explorer, whose names it shows. */
OG_API OG_MUST_CHECK OgStatus og_plot(OgStore *store, OgExplorer *explorer,
                                      const OgVectors *vectors, const OgPlotOptions *options,
                                      const OgProgress *progress, OgPlot *plot, OgError *err);
OG_API void og_plot_clear(OgPlot *plot);

#endif
