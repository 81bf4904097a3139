#include "kg/tsne.h"

#include "core/blas.h"
#include "core/memory.h"
#include "core/random.h"
#include "kg/pca.h"

#include <math.h>
#include <stdbool.h>

enum {
  DEEPEST = 40,      /* levels of the tree; below, points share a leaf */
  EXAGGERATED = 250, /* iterations with p enlarged (van der Maaten 2014, section 4.2) */
  REPORT_EVERY = 10
};

static const double exaggeration = 12, least_gain = 0.01;

/* ---- the tree: a square of the plane is a leaf, or has up to four squares ---- */

typedef struct Cell {
  double x, y, half;       /* centre and half width */
  double sum_x, sum_y;     /* of its points */
  double mass;             /* how many they are */
  double first_x, first_y; /* the first of them */
  uint32_t children[4];    /* 0: none */
  bool is_leaf;
} Cell;

/* A cell as points feel it. Those below it follow, up to `behind`. */
typedef struct Body {
  double x, y; /* where it is taken to be: the mean of its points; of a leaf, the first */
  double mass;
  double square; /* of its width; -1 of a leaf, which is always far enough to be one */
  size_t behind;
} Body;

typedef struct Tree {
  Cell *cells; /* the root first */
  size_t count, capacity;
  Body *bodies; /* depth first */
  size_t body_count, body_capacity;
} Tree;

static OgStatus reserve_cells(Tree *tree, size_t more, OgError *err) {
  if (tree->count + more > tree->capacity) {
    const size_t capacity = 2 * (tree->count + more);
    Cell *cells = og_realloc(tree->cells, capacity, sizeof *cells);
    if (!cells) {
      return og_error_no_memory(err);
    }
    tree->cells = cells;
    tree->capacity = capacity;
  }
  return OG_OK;
}

/* The child of a cell where a place is; made when there is none. The tree has room for it. */
static uint32_t child_at(Tree *tree, uint32_t at, double x, double y) {
  Cell *cell = &tree->cells[at];
  const bool right = x >= cell->x, upper = y >= cell->y;
  uint32_t *child = &cell->children[right + 2 * upper];
  if (*child == 0) {
    const double half = cell->half / 2;
    *child = (uint32_t)tree->count;
    tree->cells[tree->count++] = (Cell){.x = cell->x + (right ? half : -half),
                                        .y = cell->y + (upper ? half : -half),
                                        .half = half,
                                        .is_leaf = true};
  }
  return *child;
}

static void add_mass(Cell *cell, double x, double y, double mass) {
  if (cell->mass == 0) {
    cell->first_x = x;
    cell->first_y = y;
  }
  cell->sum_x += mass * x;
  cell->sum_y += mass * y;
  cell->mass += mass;
}

static OgStatus add_point(Tree *tree, double x, double y, OgError *err) {
  uint32_t at = 0;
  OG_TRY(reserve_cells(tree, 2 * DEEPEST + 2, err));
  for (int depth = 0;; depth++) {
    Cell *cell = &tree->cells[at];
    const Cell before = *cell;
    add_mass(cell, x, y, 1);
    const bool is_here = before.first_x == x && before.first_y == y;
    if (before.is_leaf && (before.mass == 0 || is_here || depth == DEEPEST)) {
      return OG_OK;
    }
    if (before.is_leaf) {
      cell->is_leaf = false;
      const uint32_t below = child_at(tree, at, before.first_x, before.first_y);
      add_mass(&tree->cells[below], before.first_x, before.first_y, before.mass);
    }
    at = child_at(tree, at, x, y);
  }
}

/* Append the body of a cell and of all below. */
static void flatten(Tree *tree, uint32_t at) {
  const Cell *cell = &tree->cells[at];
  Body *body = &tree->bodies[tree->body_count++];
  *body = (Body){.x = cell->is_leaf ? cell->first_x : cell->sum_x / cell->mass,
                 .y = cell->is_leaf ? cell->first_y : cell->sum_y / cell->mass,
                 .mass = cell->mass,
                 .square = cell->is_leaf ? -1 : 4 * cell->half * cell->half};
  for (size_t k = 0; k < OG_COUNT(cell->children); k++) {
    if (cell->children[k] != 0) {
      flatten(tree, cell->children[k]);
    }
  }
  body->behind = tree->body_count;
}

static OgStatus build(Tree *tree, const double *Y, size_t N, OgError *err) {
  double most = 0;
  for (size_t k = 0; k < 2 * N; k++) {
    most = fabs(Y[k]) > most ? fabs(Y[k]) : most;
  }
  tree->count = 0;
  OG_TRY(reserve_cells(tree, 1, err));
  tree->cells[tree->count++] = (Cell){.half = most * 1.001 + 1e-300, .is_leaf = true};
  for (size_t n = 0; n < N; n++) {
    OG_TRY(add_point(tree, Y[2 * n], Y[2 * n + 1], err));
  }
  if (tree->count > tree->body_capacity) {
    Body *bodies = og_realloc(tree->bodies, tree->capacity, sizeof *bodies);
    if (!bodies) {
      return og_error_no_memory(err);
    }
    tree->bodies = bodies;
    tree->body_capacity = tree->capacity;
  }
  tree->body_count = 0;
  flatten(tree, 0);
  return OG_OK;
}

/* Σ q² (y - y_j) into force, Σ q over all other points: q = 1 / (1 + |y - y_j|²). */
static double repel(const Tree *tree, double x, double y, double theta, double force[2]) {
  double sum = 0, force_x = 0, force_y = 0;
  for (size_t k = 0; k < tree->body_count;) {
    const Body *body = &tree->bodies[k];
    const double dx = x - body->x, dy = y - body->y, distance = dx * dx + dy * dy;
    if (body->square >= theta * theta * distance) {
      k++;
      continue;
    }
    const double q = 1 / (1 + distance), strength = body->mass * q;
    sum += distance == 0 ? body->mass - 1 : strength; /* without itself */
    force_x += strength * q * dx;
    force_y += strength * q * dy;
    k = body->behind;
  }
  force[0] = force_x;
  force[1] = force_y;
  return sum;
}

/* ---- the gradient ---- */

typedef struct Forces {
  const OgAffinities *affinities;
  const double *Y;
  const Tree *tree;
  double theta, exaggeration;
  double *attraction;   /* (N, 2), times exaggeration: where the gradient will stand */
  double *repulsion;    /* (N, 2) not yet divided by Z */
  double *sums;         /* (N) parts of Z */
  double *divergence;   /* (N) Σ p ln(p / q), q not yet divided by Z */
  bool with_divergence; /* it costs a logarithm an affinity */
  OgTeam *team;
} Forces;

static void attract(const Forces *forces, size_t i) {
  const OgAffinities *affinities = forces->affinities;
  const double *Y = forces->Y;
  double x = 0, y = 0, divergence = 0;
  for (size_t k = affinities->start[i]; k < affinities->start[i + 1]; k++) {
    const size_t j = affinities->items[k];
    const double p = affinities->values[k];
    const double dx = Y[2 * i] - Y[2 * j], dy = Y[2 * i + 1] - Y[2 * j + 1];
    const double inverse = 1 + dx * dx + dy * dy;
    x += p / inverse * dx;
    y += p / inverse * dy;
    if (forces->with_divergence && p > 0) {
      divergence += p * log(p * inverse);
    }
  }
  forces->attraction[2 * i] = forces->exaggeration * x;
  forces->attraction[2 * i + 1] = forces->exaggeration * y;
  forces->divergence[i] = divergence;
}

static void sum_forces(void *data, int thread) {
  const Forces *forces = data;
  size_t begin, end;
  og_share(forces->affinities->N, 1, thread, og_team_size(forces->team), &begin, &end);
  for (size_t i = begin; i < end; i++) {
    attract(forces, i);
    forces->sums[i] = repel(forces->tree, forces->Y[2 * i], forces->Y[2 * i + 1], forces->theta,
                            forces->repulsion + 2 * i);
  }
}

/* The tree and the arrays (N) and (N, 2) of Forces, kept from step to step. */
typedef struct Workspace {
  Tree tree;
  double *repulsion, *sums, *divergence;
} Workspace;

static OgStatus workspace_init(Workspace *work, size_t N, OgError *err) {
  *work = (Workspace){.repulsion = OG_NEW_ARRAY(double, 2 * N),
                      .sums = OG_NEW_ARRAY(double, N),
                      .divergence = OG_NEW_ARRAY(double, N)};
  return work->repulsion && work->sums && work->divergence ? OG_OK : og_error_no_memory(err);
}

static void workspace_clear(Workspace *work) {
  og_free(work->tree.cells);
  og_free(work->tree.bodies);
  og_free(work->repulsion);
  og_free(work->sums);
  og_free(work->divergence);
}

/* gradient = 4 (exaggeration Σ p q (y_i - y_j) - Σ q² (y_i - y_j) / Z), q not normalised; Z = Σ q
 * (van der Maaten 2014, equations 5 to 8). kl may be NULL. */
static OgStatus differentiate(Workspace *work, const OgAffinities *affinities, const double *Y,
                              double theta, double enlarged, OgTeam *team, double *gradient,
                              double *kl, OgError *err) {
  const size_t N = affinities->N;
  double Z = 0, divergence = 0;
  OG_TRY(build(&work->tree, Y, N, err));
  Forces forces = {.affinities = affinities,
                   .Y = Y,
                   .tree = &work->tree,
                   .theta = theta,
                   .exaggeration = enlarged,
                   .attraction = gradient,
                   .repulsion = work->repulsion,
                   .sums = work->sums,
                   .divergence = work->divergence,
                   .with_divergence = kl != NULL,
                   .team = team};
  og_team_run(team, sum_forces, &forces);
  for (size_t n = 0; n < N; n++) {
    Z += work->sums[n];
    divergence += work->divergence[n];
  }
  for (size_t k = 0; k < 2 * N; k++) {
    gradient[k] = 4 * (gradient[k] - work->repulsion[k] / Z);
  }
  if (kl) {
    *kl = divergence + log(Z);
  }
  return OG_OK;
}

OgStatus og_tsne_gradient(const OgAffinities *affinities, const double *Y, double theta,
                          double enlarged, OgTeam *team, double *gradient, double *kl,
                          OgError *err) {
  Workspace work;
  OgStatus status = workspace_init(&work, affinities->N, err);
  if (status == OG_OK) {
    status = differentiate(&work, affinities, Y, theta, enlarged, team, gradient, kl, err);
  }
  workspace_clear(&work);
  return status;
}

/* ---- the descent ---- */

typedef struct Descent {
  size_t N;
  double *Y, *gradient, *speed, *gains; /* (N, 2) */
} Descent;

static OgStatus descent_init(Descent *descent, size_t N, OgError *err) {
  *descent = (Descent){.N = N,
                       .Y = OG_NEW_ARRAY(double, 2 * N),
                       .gradient = OG_NEW_ARRAY(double, 2 * N),
                       .speed = OG_NEW_ARRAY(double, 2 * N),
                       .gains = OG_NEW_ARRAY(double, 2 * N)};
  return descent->Y && descent->gradient && descent->speed && descent->gains
             ? OG_OK
             : og_error_no_memory(err);
}

static void descent_clear(Descent *descent) {
  og_free(descent->Y);
  og_free(descent->gradient);
  og_free(descent->speed);
  og_free(descent->gains);
}

/* The first axis with deviation 1e-4, the second to its scale, and a little noise, so that equal
 * points part. */
static OgStatus start(Descent *descent, const float *X, size_t D, uint64_t seed, float *Y,
                      OgError *err) {
  const size_t N = descent->N;
  OgRandom random;
  double share[2], square = 0;
  OG_TRY(og_pca(X, N, D, 2, Y, share, err));
  og_random_init(&random, seed);
  for (size_t n = 0; n < N; n++) {
    square += (double)Y[2 * n] * (double)Y[2 * n];
  }
  const double scale = square > 0 ? 1e-4 / sqrt(square / (double)N) : 0;
  for (size_t k = 0; k < 2 * N; k++) {
    descent->Y[k] = scale * (double)Y[k] + 1e-6 * og_random_normal(&random);
    descent->gains[k] = 1;
  }
  return OG_OK;
}

/* Momentum, and a gain for each coordinate that grows while its gradient keeps its sign (Jacobs
 * 1988). */
static void step(Descent *descent, double rate, double momentum) {
  const size_t N = descent->N;
  double mean[2] = {0, 0};
  for (size_t k = 0; k < 2 * N; k++) {
    const bool same = (descent->gradient[k] > 0) == (descent->speed[k] > 0);
    const double gain = same ? descent->gains[k] * 0.8 : descent->gains[k] + 0.2;
    descent->gains[k] = gain > least_gain ? gain : least_gain;
    descent->speed[k] =
        momentum * descent->speed[k] - rate * descent->gains[k] * descent->gradient[k];
    descent->Y[k] += descent->speed[k];
    mean[k % 2] += descent->Y[k] / (double)N;
  }
  for (size_t k = 0; k < 2 * N; k++) {
    descent->Y[k] -= mean[k % 2];
  }
}

/* The rate is N / exaggeration (Belkina et al. 2019). */
static OgStatus descend(Descent *descent, const OgAffinities *affinities,
                        const OgTsneOptions *options, OgTeam *team, const OgProgress *progress,
                        double *kl, OgError *err) {
  Workspace work;
  const double ideal = (double)descent->N / exaggeration, rate = ideal > 50 ? ideal : 50;
  const int exaggerated =
      EXAGGERATED < options->iterations / 3 ? EXAGGERATED : options->iterations / 3;
  OgStatus status = workspace_init(&work, descent->N, err);
  for (int t = 0; t < options->iterations && status == OG_OK; t++) {
    const bool early = t < exaggerated;
    status = differentiate(&work, affinities, descent->Y, options->theta, early ? exaggeration : 1,
                           team, descent->gradient, NULL, err);
    if (status == OG_OK) {
      step(descent, rate, early ? 0.5 : 0.8);
    }
    if (status == OG_OK && t % REPORT_EVERY == 0) {
      status = og_progress_report(progress, "t-SNE", t, options->iterations, "", err);
    }
  }
  if (status == OG_OK) {
    status = differentiate(&work, affinities, descent->Y, options->theta, 1, team,
                           descent->gradient, kl, err);
  }
  workspace_clear(&work);
  return status;
}

OgStatus og_tsne(const float *X, size_t N, size_t D, const OgTsneOptions *options,
                 const OgProgress *progress, float *Y, double *kl, OgError *err) {
  OgTeam *team = NULL;
  OgAffinities affinities = {0};
  Descent descent = {0};
  double left = 0;
  OgStatus status;
  if (N < 4) {
    return og_error_set(err, OG_USAGE, "t-SNE takes four points or more, found %zu", N);
  }
  OG_GO(og_team_new(options->threads, &team, err));
  OG_GO(og_blas_reserve(og_team_size(team), err));
  OG_GO(descent_init(&descent, N, err));
  OG_GO(start(&descent, X, D, options->seed, Y, err));
  OG_GO(og_progress_report(progress, "finding neighbours", 0, 0, "", err));
  OG_GO(og_affinities_new(X, N, D, options->perplexity, team, &affinities, err));
  OG_GO(descend(&descent, &affinities, options, team, progress, &left, err));
  for (size_t k = 0; k < 2 * N; k++) {
    Y[k] = (float)descent.Y[k];
  }
  if (kl) {
    *kl = left;
  }
done:
  og_team_free(team);
  og_affinities_clear(&affinities);
  descent_clear(&descent);
  return status;
}
