#include "kg/similar.h"

#include "core/memory.h"

#include <math.h>

/* a·b and b·b, in one pass over b. */
OG_KERNEL static void dot_and_square(const float *a, const float *b, size_t D, float *dot,
                                     float *square) {
  float product = 0, own = 0;
#pragma omp simd reduction(+ : product, own)
  for (size_t d = 0; d < D; d++) {
    product += a[d] * b[d];
    own += b[d] * b[d];
  }
  *dot = product;
  *square = own;
}

/* Whether a is a worse neighbour than b: farther, or as far with a higher number. */
static bool worse(const OgNeighbour *a, const OgNeighbour *b) {
  return a->cosine != b->cosine ? a->cosine < b->cosine : a->entity > b->entity;
}

/* heap[0] is the worst of count neighbours; put the one at `at` where it belongs below. */
static void sift_down(OgNeighbour *heap, size_t count, size_t at) {
  const OgNeighbour moved = heap[at];
  for (size_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && worse(&heap[child + 1], &heap[child])) {
      child++;
    }
    if (!worse(&heap[child], &moved)) {
      break;
    }
    heap[at] = heap[child];
  }
  heap[at] = moved;
}

static void offer(OgNeighbour *heap, size_t k, size_t *count, OgNeighbour candidate) {
  if (*count < k) {
    heap[(*count)++] = candidate;
    if (*count == k) {
      for (size_t at = k / 2; at-- > 0;) {
        sift_down(heap, k, at);
      }
    }
  } else if (worse(&heap[0], &candidate)) {
    heap[0] = candidate;
    sift_down(heap, k, 0);
  }
}

/* Best first: the worst of the heap goes to its end, over and over. */
static void sort_heap(OgNeighbour *heap, size_t count) {
  for (size_t at = count / 2; at-- > 0;) {
    sift_down(heap, count, at);
  }
  for (size_t left = count; left > 1; left--) {
    const OgNeighbour worst = heap[0];
    heap[0] = heap[left - 1];
    heap[left - 1] = worst;
    sift_down(heap, left - 1, 0);
  }
}

OgStatus og_similar_to(const OgVectors *vectors, const float *vector, int64_t exclude, size_t k,
                       OgNeighbour *neighbours, size_t *count, OgError *err) {
  float dot, square;
  *count = 0;
  dot_and_square(vector, vector, vectors->D, &dot, &square);
  const float norm = sqrtf(square);
  if (!(norm > 0) || !isfinite(norm)) {
    return og_error_set(err, OG_USAGE, "expected a vector with a direction, found one of length %g",
                        (double)norm);
  }
  for (size_t n = 0; n < vectors->N && k > 0; n++) {
    dot_and_square(vector, vectors->values + n * vectors->D, vectors->D, &dot, &square);
    if (vectors->entities[n] != exclude && square > 0) {
      const float cosine = dot / (norm * sqrtf(square));
      offer(neighbours, k, count, (OgNeighbour){vectors->entities[n], fminf(cosine, 1)});
    }
  }
  sort_heap(neighbours, *count);
  return OG_OK;
}

OgStatus og_similar(const OgVectors *vectors, int64_t entity, size_t k, OgNeighbour *neighbours,
                    size_t *count, OgError *err) {
  const float *vector = og_vectors_find(vectors, entity);
  if (!vector) {
    *count = 0;
    return og_error_set(err, OG_NOT_FOUND,
                        "the set \"%s\" has no vector for this entity: it had no edges, or came "
                        "into the graph after the set was made; `ontograft embed` makes a new set",
                        vectors->name ? vectors->name : "");
  }
  return og_similar_to(vectors, vector, entity, k, neighbours, count, err);
}
