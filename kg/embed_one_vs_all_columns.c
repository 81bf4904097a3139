#include "kg/embed_one_vs_all_columns.h"

#include "core/memory.h"
#include "kg/embed_train.h"

#include <string.h>

enum { WORD = 64 }; /* bits of a word of marks */

static size_t words_of(const OgColumns *columns) {
  return columns->model->N / WORD + 1;
}

bool og_columns_init(OgColumns *columns, const OgEmbedModel *model, size_t sample,
                     size_t most_own) {
  const bool drawn = sample > 0 && sample < model->N;
  const size_t most = drawn && sample + most_own < model->N ? sample + most_own : model->N;
  *columns = (OgColumns){.model = model, .most = most, .count = most};
  columns->weights = og_calloc_floats(most);
  for (size_t n = 0; columns->weights && n < most; n++) {
    columns->weights[n] = 1;
  }
  if (!drawn) {
    return columns->weights != NULL;
  }
  columns->n = sample;
  columns->entities = OG_NEW_ARRAY(uint32_t, most);
  columns->draws = OG_NEW_ARRAY(uint32_t, sample);
  columns->marks = OG_NEW_ARRAY(uint64_t, words_of(columns));
  return columns->weights && columns->entities && columns->draws && columns->marks;
}

void og_columns_clear(OgColumns *columns) {
  og_free_floats(columns->weights);
  og_free(columns->entities);
  og_free(columns->draws);
  og_free(columns->marks);
  *columns = (OgColumns){0};
}

void og_columns_start(OgColumns *columns) {
  if (columns->marks) {
    memset(columns->marks, 0, words_of(columns) * sizeof *columns->marks);
  }
}

void og_columns_own(OgColumns *columns, uint32_t entity) {
  if (columns->marks) {
    columns->marks[entity / WORD] |= UINT64_C(1) << (entity % WORD);
  }
}

static void add_column(OgColumns *columns, uint32_t entity, float weight) {
  columns->entities[columns->count] = entity;
  columns->weights[columns->count++] = weight;
}

/* Where parts of the entities are not whole, one can be drawn for two: it counts twice then. */
static void add_drawn(OgColumns *columns, uint32_t entity, float weight) {
  if (columns->count > 0 && columns->entities[columns->count - 1] == entity) {
    columns->weights[columns->count - 1] += weight;
  } else {
    add_column(columns, entity, weight);
  }
}

/* The marked entities and the draws, two ascending lists, become one without repetitions. */
void og_columns_draw(OgColumns *columns, uint64_t seed, uint64_t step) {
  if (!columns->marks) {
    return;
  }
  const float weight = (float)columns->model->N / (float)columns->n;
  size_t draw = 0;
  og_embed_draw(columns->draws, columns->n, columns->model->N, seed, step * columns->n);
  columns->count = 0;
  for (size_t word = 0; word < words_of(columns); word++) {
    const size_t end = (word + 1) * WORD;
    for (uint64_t bits = columns->marks[word]; bits; bits &= bits - 1) {
      const uint32_t own = (uint32_t)(word * WORD) + (uint32_t)__builtin_ctzll(bits);
      for (; draw < columns->n && columns->draws[draw] < own; draw++) {
        add_drawn(columns, columns->draws[draw], weight);
      }
      while (draw < columns->n && columns->draws[draw] == own) {
        draw++;
      }
      add_column(columns, own, 1);
    }
    for (; draw < columns->n && columns->draws[draw] < end; draw++) {
      add_drawn(columns, columns->draws[draw], weight);
    }
  }
}

const float *og_columns_vectors(const OgColumns *columns, size_t first, size_t width, float *room) {
  const size_t D = columns->model->D;
  if (!columns->entities) {
    return columns->model->entities + first * D;
  }
  for (size_t n = 0; n < width; n++) {
    memcpy(room + n * D, columns->model->entities + columns->entities[first + n] * D,
           D * sizeof *room);
  }
  return room;
}

uint32_t og_columns_entity(const OgColumns *columns, size_t n) {
  return columns->entities ? columns->entities[n] : (uint32_t)n;
}

uint32_t og_columns_find(const OgColumns *columns, uint32_t entity) {
  return columns->entities ? (uint32_t)og_lower_bound(columns->entities, columns->count, entity)
                           : entity;
}
