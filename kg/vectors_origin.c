#include "kg/vectors_origin.h"

#include "core/hash.h"
#include "core/memory.h"

#include <math.h>
#include <string.h>

static const char member[] = "origin";

static void hash_vectors(const OgVectors *vectors, char hex[OG_SHA256_HEX_SIZE]) {
  OgSha256 sha;
  og_sha256_init(&sha);
  og_sha256_add(&sha, &vectors->D, sizeof vectors->D);
  og_sha256_add(&sha, vectors->entities, vectors->N * sizeof *vectors->entities);
  og_sha256_add(&sha, vectors->values, vectors->N * vectors->D * sizeof *vectors->values);
  og_sha256_hex(&sha, hex);
}

/* Mean and deviation of one column. */
static void measure_column(const OgVectors *vectors, size_t d, double *mean, double *deviation) {
  const double N = (double)vectors->N;
  double sum = 0, square = 0;
  for (size_t n = 0; n < vectors->N; n++) {
    sum += (double)vectors->values[n * vectors->D + d];
  }
  *mean = sum / N;
  for (size_t n = 0; n < vectors->N; n++) {
    const double x = (double)vectors->values[n * vectors->D + d] - *mean;
    square += x * x;
  }
  *deviation = sqrt(square / N);
}

/* numbers (count) = those of a JSON array; false when it has others. */
static bool read_numbers(const json_t *array, double *numbers, size_t count) {
  bool good = json_array_size(array) == count;
  for (size_t k = 0; k < count && good; k++) {
    const json_t *number = json_array_get(array, k);
    numbers[k] = json_number_value(number);
    good = json_is_number(number) && isfinite(numbers[k]);
  }
  return good;
}

static bool read_origin(const json_t *json, size_t D, OgOrigin *origin) {
  const char *hash = json_string_value(json_object_get(json, "hash"));
  if (!hash || strlen(hash) != OG_SHA256_HEX_SIZE - 1) {
    return false;
  }
  memcpy(origin->hash, hash, OG_SHA256_HEX_SIZE);
  origin->renewed = true;
  return read_numbers(json_object_get(json, "mean"), origin->mean, D) &&
         read_numbers(json_object_get(json, "deviation"), origin->deviation, D);
}

OgStatus og_origin_of(const OgVectors *vectors, OgOrigin *origin, OgError *err) {
  *origin = (OgOrigin){.mean = OG_NEW_ARRAY(double, vectors->D),
                       .deviation = OG_NEW_ARRAY(double, vectors->D)};
  json_t *parameters = NULL;
  OgStatus status = og_json_parse(vectors->parameters, strlen(vectors->parameters), vectors->name,
                                  OG_BAD_STORE, &parameters, err);
  const json_t *kept = json_object_get(parameters, member);
  if (status == OG_OK && (!origin->mean || !origin->deviation)) {
    status = og_error_no_memory(err);
  } else if (status == OG_OK && !kept) {
    hash_vectors(vectors, origin->hash);
    for (size_t d = 0; d < vectors->D; d++) {
      measure_column(vectors, d, &origin->mean[d], &origin->deviation[d]);
    }
  } else if (status == OG_OK && !read_origin(kept, vectors->D, origin)) {
    status =
        og_error_set(err, OG_BAD_STORE,
                     "the parameters of the set \"%s\" should say what it was before it was "
                     "updated: expected a hash, and %zu means and deviations; `ontograft embed` "
                     "makes a new set",
                     vectors->name, vectors->D);
  }
  json_decref(parameters);
  if (status != OG_OK) {
    og_origin_clear(origin);
  }
  return status;
}

void og_origin_clear(OgOrigin *origin) {
  og_free(origin->mean);
  og_free(origin->deviation);
  *origin = (OgOrigin){0};
}

/* NULL when out of memory. */
static json_t *numbers_json(const double *numbers, size_t count) {
  json_t *array = json_array();
  for (size_t k = 0; k < count && array; k++) {
    if (json_array_append_new(array, json_real(numbers[k])) != 0) {
      json_decref(array);
      array = NULL;
    }
  }
  return array;
}

OgStatus og_origin_keep(const OgOrigin *origin, size_t D, json_t *parameters, OgError *err) {
  json_t *json =
      json_pack("{s:s, s:o, s:o}", "hash", origin->hash, "mean", numbers_json(origin->mean, D),
                "deviation", numbers_json(origin->deviation, D));
  return json && json_object_set_new(parameters, member, json) == 0 ? OG_OK
                                                                    : og_error_no_memory(err);
}
