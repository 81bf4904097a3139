/* pca: the principal axes of a cloud of points. */
#ifndef OG_KG_PCA_H
#define OG_KG_PCA_H

#include "core/error.h"

/* Y (N,K) = the points X (N,D), less their mean, along their K axes of most variance; share (K) =
 * each axis' part of all variance. K is at most 8. Axes beyond D, or of points that are all the
 * same, are 0. The sign of an axis is such that its largest component is positive. og_blas_load
 * must have succeeded. */
OG_API OG_MUST_CHECK OgStatus og_pca(const float *X, size_t N, size_t D, size_t K, float *Y,
                                     double *share, OgError *err);

#endif
