#include "finetune/windows.h"

#include <string.h>

enum { ENDS = 2 /* tokens that every window has: the first and the last of the text */ };

size_t og_windows_count(OgWindows windows, size_t tokens) {
  if (windows.step == 0 || tokens <= windows.length) {
    return 1;
  }
  return 1 + (tokens - windows.length + windows.step - 1) / windows.step;
}

size_t og_windows_tokens(OgWindows windows, size_t tokens) {
  const size_t count = og_windows_count(windows, tokens);
  return tokens + (count - 1) * (windows.length - windows.step);
}

void og_windows_span(OgWindows windows, size_t tokens, size_t k, size_t *begin, size_t *end) {
  const size_t last = og_windows_count(windows, tokens) - 1;
  *begin = 1 + k * windows.step;
  *end = k == last ? tokens - 1 : *begin + windows.length - ENDS;
}

static const char *const names[OG_WINDOWS_COUNT] = {"mean", "max"};

const char *og_window_pooling_name(OgWindowPooling pooling) {
  return names[pooling];
}

OgWindowPooling og_window_pooling_find(const char *name) {
  OgWindowPooling pooling = OG_WINDOWS_MEAN;
  while (pooling < OG_WINDOWS_COUNT && strcmp(names[pooling], name) != 0) {
    pooling++;
  }
  return pooling;
}

/* ---- mean ---- */

static void mean_forward(float *y, const float *x, const uint32_t *starts, size_t B, size_t H) {
  for (size_t b = 0; b < B; b++) {
    float *row = y + b * H;
    const float scale = 1 / (float)(starts[b + 1] - starts[b]);
    memset(row, 0, H * sizeof *row);
    for (size_t s = starts[b]; s < starts[b + 1]; s++) {
      for (size_t k = 0; k < H; k++) {
        row[k] += scale * x[s * H + k];
      }
    }
  }
}

static void mean_backward(float *dx, const float *dy, const uint32_t *starts, size_t B, size_t H) {
  for (size_t b = 0; b < B; b++) {
    const float scale = 1 / (float)(starts[b + 1] - starts[b]);
    for (size_t s = starts[b]; s < starts[b + 1]; s++) {
      for (size_t k = 0; k < H; k++) {
        dx[s * H + k] = scale * dy[b * H + k];
      }
    }
  }
}

/* ---- maximum ---- */

static void max_forward(float *y, uint32_t *winners, const float *x, const uint32_t *starts,
                        size_t B, size_t H) {
  for (size_t b = 0; b < B; b++) {
    float *row = y + b * H;
    uint32_t *winner = winners + b * H;
    memcpy(row, x + starts[b] * H, H * sizeof *row);
    for (size_t k = 0; k < H; k++) {
      winner[k] = starts[b];
    }
    for (uint32_t s = starts[b] + 1; s < starts[b + 1]; s++) {
      for (size_t k = 0; k < H; k++) {
        if (x[s * H + k] > row[k]) {
          row[k] = x[s * H + k];
          winner[k] = s;
        }
      }
    }
  }
}

static void max_backward(float *dx, const float *dy, const uint32_t *winners,
                         const uint32_t *starts, size_t B, size_t H) {
  memset(dx, 0, starts[B] * H * sizeof *dx);
  for (size_t b = 0; b < B; b++) {
    for (size_t k = 0; k < H; k++) {
      dx[winners[b * H + k] * H + k] = dy[b * H + k];
    }
  }
}

void og_windows_forward(OgWindowPooling pooling, float *y, uint32_t *winners, const float *x,
                        const uint32_t *starts, size_t B, size_t H) {
  if (pooling == OG_WINDOWS_MEAN) {
    mean_forward(y, x, starts, B, H);
  } else {
    max_forward(y, winners, x, starts, B, H);
  }
}

void og_windows_backward(OgWindowPooling pooling, float *dx, const float *dy,
                         const uint32_t *winners, const uint32_t *starts, size_t B, size_t H) {
  if (pooling == OG_WINDOWS_MEAN) {
    mean_backward(dx, dy, starts, B, H);
  } else {
    max_backward(dx, dy, winners, starts, B, H);
  }
}
