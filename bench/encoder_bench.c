/* encoder_bench: tokens a second of a fine-tuning step or a prediction, as one line of JSON.
 *
 *   encoder_bench SIZE MODE BATCH LENGTHS [FILE]
 *
 * SIZE tiny, mini or base; MODE train (forward, backward, clip, AdamW; dropout 0), infer (packed
 * weights) or int8 (packed in 8 bits); BATCH
 * texts at a time; LENGTHS real (log-normal with mean 28, as news sentences) or full (128). FILE
 * holds batches that
 * ../shared/peers/dump_batches.py wrote: then another program can be measured on the same.
 * ENCODER_BENCH_SECONDS (2) and ENCODER_BENCH_THREADS (one a processor) may be set;
 * ENCODER_BENCH_CLOCK=cpu counts the process's seconds of processor, for one thread on a busy
 * machine. Only real tokens are counted. */
#include "core/blas.h"
#include "core/memory.h"
#include "finetune/heads.h"
#include "finetune/optimizer.h"
#include "finetune/pooler.h"
#include "model/encoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { BATCHES = 4, LONGEST = 128, SHORTEST = 6, CLASSES = 3, ROUNDS = 4096 };

static const struct {
  const char *name;
  size_t layers, hidden, heads;
} sizes[] = {{"tiny", 2, 128, 2}, {"mini", 6, 384, 12}, {"base", 12, 768, 12}};

typedef struct Texts {
  OgBatch batch;
  uint32_t *ids, *offsets, *labels;
} Texts;

typedef struct Bench {
  const char *size, *mode, *lengths;
  bool train;
  size_t B, layers;
  OgParams params;
  OgTeam *team;
  OgPass *pass;
  OgPooler *pooler;
  OgHead *head;
  OgOptimizer *optimizer;
  float *gradients, *pooled, *dpooled, *dhidden;
  Texts texts[BATCHES];
} Bench;

static void stop(const OgError *err) {
  char text[800];
  fprintf(stderr, "encoder_bench: %s\n", og_error_text(err, text, sizeof text));
  exit(1);
}

static double now(void) {
  struct timespec time;
  const char *name = getenv("ENCODER_BENCH_CLOCK");
  clock_gettime(name && strcmp(name, "cpu") == 0 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC,
                &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double setting(const char *name, double otherwise) {
  const char *text = getenv(name);
  return text ? atof(text) : otherwise;
}

/* ---- Texts ---- */

static void make_room(Texts *texts, size_t B) {
  texts->ids = OG_NEW_ARRAY(uint32_t, B * LONGEST);
  texts->offsets = OG_NEW_ARRAY(uint32_t, B + 1);
  texts->labels = OG_NEW_ARRAY(uint32_t, B);
  if (!texts->ids || !texts->offsets || !texts->labels) {
    OgError err;
    og_error_no_memory(&err);
    stop(&err);
  }
}

static void describe(Texts *texts, size_t B) {
  texts->batch = (OgBatch){.B = B,
                           .T = texts->offsets[B],
                           .ids = texts->ids,
                           .offsets = texts->offsets,
                           .outputs = texts->offsets,
                           .M = B};
}

/* Lengths log-normal with mean 28 and deviation 0.45 of the logarithm; ids by Zipf's law. */
static void draw_texts(Texts *texts, size_t B, bool full, OgRandom *random) {
  const double deviation = 0.45, mean = log(28) - deviation * deviation / 2;
  make_room(texts, B);
  for (size_t b = 0; b < B; b++) {
    const double drawn = round(exp(mean + deviation * og_random_normal(random)));
    const double length = full ? LONGEST : fmin(fmax(drawn, SHORTEST), LONGEST);
    texts->offsets[b + 1] = texts->offsets[b] + (uint32_t)length;
    texts->labels[b] = (uint32_t)og_random_below(random, CLASSES);
    for (size_t t = texts->offsets[b]; t < texts->offsets[b + 1]; t++) {
      const double rank = pow(1 - og_random_uniform(random), -4); /* exponent 1.25 */
      texts->ids[t] = 1000 + (uint32_t)(og_random_at(1, (uint64_t)fmin(rank, 1e7)) % 29522);
    }
  }
}

static bool read_numbers(FILE *file, uint32_t *numbers, size_t count) {
  return fread(numbers, sizeof *numbers, count, file) == count;
}

/* The batches of dump_batches.py: their number; for each its size, lengths, labels and ids. */
static bool read_texts(FILE *file, Texts *texts, size_t B) {
  uint32_t count;
  make_room(texts, B);
  if (!read_numbers(file, &count, 1) || count != B || !read_numbers(file, texts->offsets + 1, B) ||
      !read_numbers(file, texts->labels, B)) {
    return false;
  }
  for (size_t b = 0; b < B; b++) {
    if (texts->offsets[b + 1] > LONGEST) {
      return false;
    }
    texts->offsets[b + 1] += texts->offsets[b];
  }
  return read_numbers(file, texts->ids, texts->offsets[B]);
}

static void open_texts(Bench *bench, const char *path) {
  OgRandom random;
  OgError err;
  og_random_init(&random, 7);
  FILE *file = path ? fopen(path, "rb") : NULL;
  uint32_t count = 0;
  if (path && (!file || !read_numbers(file, &count, 1) || count < BATCHES)) {
    og_error_set(&err, OG_IO, "%s does not hold %d batches", path, BATCHES);
    stop(&err);
  }
  for (size_t k = 0; k < BATCHES; k++) {
    if (!file) {
      draw_texts(&bench->texts[k], bench->B, strcmp(bench->lengths, "full") == 0, &random);
    } else if (!read_texts(file, &bench->texts[k], bench->B)) {
      og_error_set(&err, OG_BAD_DATA, "%s: expected batches of %zu texts", path, bench->B);
      stop(&err);
    }
    describe(&bench->texts[k], bench->B);
  }
  if (file) {
    fclose(file);
  }
}

/* ---- The model ---- */

static OgStatus open_model(Bench *bench, OgError *err) {
  OgConfig config = og_config_default();
  for (size_t k = 0; k < OG_COUNT(sizes); k++) {
    if (strcmp(sizes[k].name, bench->size) == 0) {
      config.layers = bench->layers = sizes[k].layers;
      config.hidden_size = sizes[k].hidden;
      config.heads = sizes[k].heads;
      config.intermediate_size = 4 * sizes[k].hidden;
    }
  }
  if (bench->layers == 0) {
    return og_error_set(err, OG_USAGE, "size %s; expected tiny, mini or base", bench->size);
  }
  config.vocab_size = 30522;
  config.hidden_dropout = config.attention_dropout = 0;
  const OgHeadKind *kind = og_head_kind("classify");
  OgTensorSpec specs[OG_HEAD_TENSORS_MAX];
  const size_t count = og_head_tensors(kind, &config, config.hidden_size, CLASSES, specs);
  OG_TRY(og_params_init(&bench->params, &config, specs, count, err));
  OgRandom random;
  og_random_init(&random, 1);
  og_params_randomize(&bench->params, &random, NULL);
  OG_TRY(og_team_new((int)setting("ENCODER_BENCH_THREADS", 0), &bench->team, err));
  OG_TRY(og_pass_new(&bench->params, bench->team, bench->train, &bench->pass, err));
  OG_TRY(og_pooler_new(&bench->params, bench->team, &bench->pooler, err));
  if (!bench->train) {
    const bool int8 = strcmp(bench->mode, "int8") == 0;
    OG_TRY(og_pass_pack(bench->pass, int8 ? OG_PRECISION_INT8 : OG_PRECISION_F32, err));
  }
  OG_TRY(og_head_new(kind, &bench->params, bench->team, &bench->head, err));
  const size_t pooled = bench->B * config.hidden_size;
  bench->pooled = og_calloc_floats(pooled);
  if (bench->train) {
    const OgOptimizerOptions options = og_optimizer_default();
    OG_TRY(og_optimizer_new(&bench->params, &options, bench->team, &bench->optimizer, err));
    bench->gradients = og_calloc_floats(bench->params.total);
    bench->dpooled = og_calloc_floats(pooled);
    bench->dhidden = og_calloc_floats(pooled);
  }
  return bench->pooled && (!bench->train || (bench->gradients && bench->dpooled && bench->dhidden))
             ? OG_OK
             : og_error_no_memory(err);
}

static OgStatus predict(Bench *bench, const Texts *texts, const float **hidden, float **scores,
                        OgError *err) {
  const OgBatch *batch = &texts->batch;
  OG_TRY(og_encoder_forward(bench->pass, batch, 0, hidden, err));
  OG_TRY(og_pooler_forward(bench->pooler, bench->pooled, *hidden, batch->B, err));
  return og_head_forward(bench->head, bench->pooled, batch->B, 0, scores, err);
}

static OgStatus train(Bench *bench, const Texts *texts, OgError *err) {
  const OgBatch *batch = &texts->batch;
  const OgTargets targets = {.labels = texts->labels};
  const float *hidden;
  float *scores;
  OG_TRY(og_optimizer_begin(bench->optimizer, batch->ids, batch->T, err));
  OG_TRY(predict(bench, texts, &hidden, &scores, err));
  og_loss(OG_LOSS_CROSS_ENTROPY, bench->team, scores, scores, &targets, batch->B, CLASSES);
  og_head_backward(bench->head, scores, bench->dpooled, bench->gradients);
  og_pooler_backward(bench->pooler, bench->dhidden, bench->gradients, bench->dpooled);
  OG_TRY(og_encoder_backward(bench->pass, bench->dhidden, bench->gradients, err));
  return og_optimizer_step(bench->optimizer, bench->gradients, 2e-5, NULL, err);
}

static OgStatus run_round(Bench *bench, OgError *err) {
  for (size_t k = 0; k < BATCHES; k++) {
    const float *hidden;
    float *scores;
    OG_TRY(bench->train ? train(bench, &bench->texts[k], err)
                        : predict(bench, &bench->texts[k], &hidden, &scores, err));
  }
  return OG_OK;
}

/* ---- Measuring ---- */

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Useful floating-point operations of a round: products of the encoder at all tokens, forward once,
 * backward twice. */
static double operations(const Bench *bench) {
  const OgConfig *c = &bench->params.config;
  const double H = (double)c->hidden_size, F = (double)c->intermediate_size;
  double sum = 0;
  for (size_t k = 0; k < BATCHES; k++) {
    const OgBatch *batch = &bench->texts[k].batch;
    sum += 2 * (4 * H * H + 2 * H * F) * (double)batch->T;
    for (size_t b = 0; b < batch->B; b++) {
      sum += 4 * H * pow((double)(batch->offsets[b + 1] - batch->offsets[b]), 2);
    }
  }
  return sum * (double)c->layers * (bench->train ? 3 : 1);
}

typedef struct Square {
  size_t N;
  float *A, *B, *C;
} Square;

static void multiply(void *data, int thread) {
  const Square *s = data;
  const size_t at = (size_t)thread * s->N * s->N;
  og_gemm(false, false, s->N, s->N, s->N, 1, s->A, s->N, s->B, s->N, 0, s->C + at, s->N);
}

/* GFLOP/s of a large product on every thread: the machine's limit. */
static double limit(OgTeam *team) {
  const size_t N = 768, threads = (size_t)og_team_size(team);
  Square s = {N, og_calloc_floats(N * N), og_calloc_floats(N * N),
              og_calloc_floats(threads * N * N)};
  double best = INFINITY;
  for (int k = 0; s.A && s.B && s.C && k < 8; k++) {
    const double start = now();
    og_team_run(team, multiply, &s);
    best = fmin(best, now() - start);
  }
  og_free_floats(s.A);
  og_free_floats(s.B);
  og_free_floats(s.C);
  return (double)threads * 2 * pow((double)N, 3) / best * 1e-9;
}

static void measure(Bench *bench) {
  static double seconds[ROUNDS];
  const double least = setting("ENCODER_BENCH_SECONDS", 2);
  OgError err;
  size_t count = 0;
  if (run_round(bench, &err) != OG_OK) {
    stop(&err);
  }
  for (const double start = now(); count < ROUNDS && (count < 3 || now() - start < least);) {
    const double begin = now();
    if (run_round(bench, &err) != OG_OK) {
      stop(&err);
    }
    seconds[count++] = now() - begin;
  }
  qsort(seconds, count, sizeof *seconds, ascending);
  double tokens = 0;
  for (size_t k = 0; k < BATCHES; k++) {
    tokens += (double)bench->texts[k].batch.T;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const double median = seconds[count / 2];
  printf(
      "{\"system\":\"ontograft\",\"size\":\"%s\",\"mode\":\"%s\",\"batch\":%zu,\"lengths\":\"%s\","
      "\"threads\":%d,\"kernels\":\"%s\",\"tokens\":%.1f,\"seconds\":%.6g,\"rounds\":%zu,"
      "\"tokens_per_second\":%.1f,\"gflops\":%.1f,\"sgemm_gflops\":%.1f,\"megabytes\":%ld}\n",
      bench->size, bench->mode, bench->B, bench->lengths, og_team_size(bench->team), og_blas_core(),
      tokens / BATCHES, median / BATCHES, count, tokens / median, operations(bench) / median * 1e-9,
      limit(bench->team), usage.ru_maxrss / 1024);
}

static void close_bench(Bench *bench) {
  float *const arrays[] = {bench->gradients, bench->pooled, bench->dpooled, bench->dhidden};
  for (size_t k = 0; k < OG_COUNT(arrays); k++) {
    og_free_floats(arrays[k]);
  }
  for (size_t k = 0; k < BATCHES; k++) {
    og_free(bench->texts[k].ids);
    og_free(bench->texts[k].offsets);
    og_free(bench->texts[k].labels);
  }
  og_optimizer_free(bench->optimizer);
  og_pooler_free(bench->pooler);
  og_head_free(bench->head);
  og_pass_free(bench->pass);
  og_team_free(bench->team);
  og_params_clear(&bench->params);
}

int main(int count, char **words) {
  if (count < 5 || atoi(words[3]) < 1) {
    fprintf(stderr,
            "usage: encoder_bench tiny|mini|base train|infer|int8 BATCH real|full [FILE]\n");
    return 2;
  }
  Bench bench = {.size = words[1],
                 .mode = words[2],
                 .train = strcmp(words[2], "train") == 0,
                 .B = (size_t)atoi(words[3]),
                 .lengths = words[4]};
  OgError err;
  if (open_model(&bench, &err) != OG_OK) {
    stop(&err);
  }
  open_texts(&bench, count > 5 ? words[5] : NULL);
  measure(&bench);
  close_bench(&bench);
  return 0;
}
