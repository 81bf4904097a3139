/* Subspace iteration with Rayleigh-Ritz projection (Saad 2011, Numerical methods for large
 * eigenvalue problems, section 5.2): the covariance is never formed, only multiplied with. */
#include "kg/pca.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/random.h"

#include <math.h>
#include <string.h>

enum { MOST = 8, SPARE = 6, AXES = MOST + SPARE, ITERATIONS = 500, SWEEPS = 30 };

/* S axes are iterated on, of which the first K are wanted. */
typedef struct Pca {
  size_t N, D, S, K;
  float *X;            /* (N, D) centred */
  float *V;            /* (S, D) orthonormal */
  float *W;            /* (S, D) = V Xᵀ X */
  float *Z;            /* (N, S) = X Vᵀ */
  float *turned;       /* (S, D) for the work */
  double values[AXES]; /* (S) of the projected covariance, descending */
  double total;        /* sum of squares of X */
} Pca;

static OgStatus pca_init(Pca *pca, const float *X, OgError *err) {
  const size_t N = pca->N, D = pca->D, S = pca->S;
  pca->X = og_calloc_floats(N * D);
  pca->V = og_calloc_floats(S * D);
  pca->W = og_calloc_floats(S * D);
  pca->Z = og_calloc_floats(N * S);
  pca->turned = og_calloc_floats(S * D);
  if (!pca->X || !pca->V || !pca->W || !pca->Z || !pca->turned) {
    return og_error_no_memory(err);
  }
  for (size_t d = 0; d < D; d++) {
    double mean = 0;
    for (size_t n = 0; n < N; n++) {
      mean += (double)X[n * D + d] / (double)N;
    }
    for (size_t n = 0; n < N; n++) {
      const double x = (double)X[n * D + d] - mean;
      pca->X[n * D + d] = (float)x;
      pca->total += x * x;
    }
  }
  return OG_OK;
}

static void pca_clear(Pca *pca) {
  float *arrays[] = {pca->X, pca->V, pca->W, pca->Z, pca->turned};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    og_free_floats(arrays[k]);
  }
}

static double dot(const float *a, const float *b, size_t D) {
  double sum = 0;
  for (size_t d = 0; d < D; d++) {
    sum += (double)a[d] * (double)b[d];
  }
  return sum;
}

/* Make the rows of V (S,D) orthonormal, twice, as once leaves rounding (Giraud et al. 2005). A row
 * that is nothing but a sum of those before becomes another. */
static void orthonormalise(float *V, size_t S, size_t D, OgRandom *random) {
  for (size_t s = 0; s < S; s++) {
    float *row = V + s * D;
    for (int attempt = 0; attempt < 3; attempt++) {
      const double before = sqrt(dot(row, row, D));
      for (size_t k = 0; k < 2 * s; k++) {
        const float *other = V + k % s * D;
        const double along = dot(row, other, D);
        for (size_t d = 0; d < D; d++) {
          row[d] = (float)((double)row[d] - along * (double)other[d]);
        }
      }
      const double length = sqrt(dot(row, row, D));
      if (length > 1e-5 * before && length > 1e-30) {
        for (size_t d = 0; d < D; d++) {
          row[d] = (float)((double)row[d] / length);
        }
        break;
      }
      for (size_t d = 0; d < D; d++) {
        row[d] = (float)og_random_normal(random);
      }
    }
  }
}

/* Eigenvectors (rows of U) and values of a symmetric B (S,S), by Jacobi's rotations. B is used up.
 */
static void diagonalise(double B[AXES][AXES], double U[AXES][AXES], size_t S) {
  for (size_t a = 0; a < S; a++) {
    for (size_t b = 0; b < S; b++) {
      U[a][b] = a == b;
    }
  }
  for (int sweep = 0; sweep < SWEEPS; sweep++) {
    for (size_t p = 0; p + 1 < S; p++) {
      for (size_t q = p + 1; q < S; q++) {
        const double angle = 0.5 * atan2(2 * B[p][q], B[p][p] - B[q][q]);
        const double c = cos(angle), s = sin(angle);
        for (size_t k = 0; k < S; k++) {
          const double bp = B[k][p], bq = B[k][q];
          B[k][p] = c * bp + s * bq;
          B[k][q] = c * bq - s * bp;
        }
        for (size_t k = 0; k < S; k++) {
          const double bp = B[p][k], bq = B[q][k], up = U[p][k], uq = U[q][k];
          B[p][k] = c * bp + s * bq;
          B[q][k] = c * bq - s * bp;
          U[p][k] = c * up + s * uq;
          U[q][k] = c * uq - s * up;
        }
      }
    }
  }
}

/* M (S,D) = the rows of U, in this order, times M. */
static void turn(Pca *pca, double U[AXES][AXES], const size_t *order, float *M) {
  const size_t S = pca->S, D = pca->D;
  for (size_t s = 0; s < S; s++) {
    for (size_t d = 0; d < D; d++) {
      double sum = 0;
      for (size_t k = 0; k < S; k++) {
        sum += U[order[s]][k] * (double)M[k * D + d];
      }
      pca->turned[s * D + d] = (float)sum;
    }
  }
  memcpy(M, pca->turned, S * D * sizeof *M);
}

/* Turn V and W so that V W ᵀ is diagonal, its largest values first. */
static void project(Pca *pca) {
  const size_t S = pca->S, D = pca->D;
  double B[AXES][AXES], U[AXES][AXES];
  size_t order[AXES];
  for (size_t a = 0; a < S; a++) {
    for (size_t b = 0; b < S; b++) {
      B[a][b] =
          (dot(pca->V + a * D, pca->W + b * D, D) + dot(pca->V + b * D, pca->W + a * D, D)) / 2;
    }
  }
  diagonalise(B, U, S);
  for (size_t s = 0; s < S; s++) {
    size_t at = s;
    for (; at > 0 && B[order[at - 1]][order[at - 1]] < B[s][s]; at--) {
      order[at] = order[at - 1];
    }
    order[at] = s;
  }
  for (size_t s = 0; s < S; s++) {
    pca->values[s] = B[order[s]][order[s]];
  }
  turn(pca, U, order, pca->V);
  turn(pca, U, order, pca->W);
}

/* Whether the wanted rows of V are eigenvectors, but for rounding. */
static bool has_converged(const Pca *pca) {
  const size_t D = pca->D;
  for (size_t s = 0; s < pca->K; s++) {
    double residual = 0;
    for (size_t d = 0; d < D; d++) {
      const double r = (double)pca->W[s * D + d] - pca->values[s] * (double)pca->V[s * D + d];
      residual += r * r;
    }
    if (!(sqrt(residual) <= 1e-5 * pca->values[0])) {
      return false;
    }
  }
  return true;
}

static void multiply(Pca *pca) {
  const size_t N = pca->N, D = pca->D, S = pca->S;
  og_gemm(false, true, N, S, D, 1, pca->X, D, pca->V, D, 0, pca->Z, S);
  og_gemm(true, false, S, D, N, 1, pca->Z, S, pca->X, D, 0, pca->W, D);
}

static void iterate(Pca *pca) {
  OgRandom random;
  og_random_init(&random, 1);
  for (size_t k = 0; k < pca->S * pca->D; k++) {
    pca->V[k] = (float)og_random_normal(&random);
  }
  orthonormalise(pca->V, pca->S, pca->D, &random);
  for (int step = 0; step < ITERATIONS; step++) {
    multiply(pca);
    project(pca);
    if (has_converged(pca)) {
      break;
    }
    memcpy(pca->V, pca->W, pca->S * pca->D * sizeof *pca->V);
    orthonormalise(pca->V, pca->S, pca->D, &random);
  }
}

/* Y and share, out of the axes. */
static void give(const Pca *pca, size_t K, float *Y, double *share) {
  const size_t N = pca->N, D = pca->D;
  for (size_t k = 0; k < pca->K; k++) {
    const float *axis = pca->V + k * D;
    size_t largest = 0;
    for (size_t d = 1; d < D; d++) {
      largest = fabsf(axis[d]) > fabsf(axis[largest]) ? d : largest;
    }
    const double sign = axis[largest] < 0 ? -1 : 1;
    for (size_t n = 0; n < N; n++) {
      Y[n * K + k] = (float)(sign * dot(pca->X + n * D, axis, D));
    }
    share[k] = pca->values[k] > 0 ? pca->values[k] / pca->total : 0;
  }
}

OgStatus og_pca(const float *X, size_t N, size_t D, size_t K, float *Y, double *share,
                OgError *err) {
  Pca pca = {.N = N, .D = D, .S = K + SPARE < D ? K + SPARE : D, .K = K < D ? K : D};
  if (K > MOST) {
    return og_error_set(err, OG_USAGE, "expected at most %d axes, found %zu", MOST, K);
  }
  memset(Y, 0, N * K * sizeof *Y);
  memset(share, 0, K * sizeof *share);
  const OgStatus status = pca_init(&pca, X, err);
  if (status == OG_OK && pca.total > 1e-12) {
    iterate(&pca);
    give(&pca, K, Y, share);
  }
  pca_clear(&pca);
  return status;
}
