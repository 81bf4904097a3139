/* encoder_bench: tokens a second of a fine-tuning step or a prediction, as one line of JSON.
 *
 *   encoder_bench SIZE MODE BATCH LENGTHS [FILE]
 *
 * SIZE tiny, mini or base; MODE one of the table below; BATCH texts at a time; LENGTHS real
 * (log-normal with mean 28, as news sentences) or full (128). FILE holds batches that
 * ../shared/peers/dump_batches.py wrote: then another program can be measured on the same.
 * ENCODER_BENCH_SECONDS (2), ENCODER_BENCH_THREADS (one a processor) and ENCODER_BENCH_VOCAB
 * (30522) may be set; ENCODER_BENCH_CLOCK=cpu counts the process's seconds of processor, for one
 * thread on a busy machine. Only real tokens are counted. */
#include "core/blas.h"
#include "core/memory.h"
#include "finetune/heads.h"
#include "finetune/optimizer.h"
#include "finetune/pooler.h"
#include "model/encoder.h"
#include "model/lora.h"

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

/* A step is forward, loss, backward, clip and AdamW, with dropout 0. */
typedef struct Mode {
  const char *name;
  double passes; /* over the encoder's products, in units of a forward */
  OgKeep keep;
  bool learns;
  bool frozen;      /* the encoder; pooler and classifier learn */
  bool kept;        /* its vectors are made before the first step */
  bool accumulated; /* a step is all batches */
  size_t rank;      /* of adapters of queries and values */
  bool mlm;         /* the masked-language head, at 15 % of the tokens */
  bool packed;      /* weights laid out for prediction, in this precision */
  OgPrecision precision;
} Mode;

static const Mode modes[] = {
    {.name = "train", .passes = 3, .keep = OG_KEEP_ALL, .learns = true},
    {.name = "recompute", .passes = 3, .keep = OG_KEEP_INPUTS, .learns = true},
    {.name = "accumulate", .passes = 3, .keep = OG_KEEP_ALL, .learns = true, .accumulated = true},
    {.name = "lora", .passes = 2, .keep = OG_KEEP_ALL, .learns = true, .frozen = true, .rank = 8},
    {.name = "frozen", .passes = 1, .learns = true, .frozen = true},
    {.name = "kept", .passes = 0, .learns = true, .frozen = true, .kept = true},
    {.name = "mlm", .passes = 3, .keep = OG_KEEP_ALL, .learns = true, .mlm = true},
    {.name = "infer", .passes = 1, .packed = true, .precision = OG_PRECISION_F32},
    {.name = "int8", .passes = 1, .packed = true, .precision = OG_PRECISION_INT8},
};

typedef struct Texts {
  OgBatch batch;
  uint32_t *ids, *offsets, *labels;
  uint32_t *masked, *targets; /* (batch.M) mlm: the tokens, and their words */
  float *vectors;             /* (B,H) kept: the first tokens' hidden states */
} Texts;

typedef struct Bench {
  const char *size, *lengths;
  const Mode *mode;
  size_t B, layers;
  OgParams params;
  OgTeam *team;
  OgPass *pass;
  OgLora *lora;
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

/* Mask 15 % of the tokens, and ask the encoder for them. */
static void mask_texts(Texts *texts, size_t T) {
  texts->masked = OG_NEW_ARRAY(uint32_t, T);
  texts->targets = OG_NEW_ARRAY(uint32_t, T);
  texts->batch.outputs = texts->masked;
  texts->batch.M = 0;
  for (uint32_t t = 0; texts->masked && texts->targets && t < T; t++) {
    if (og_random_at(3, t) % 100 < 15) {
      texts->masked[texts->batch.M] = t;
      texts->targets[texts->batch.M++] = texts->ids[t];
      texts->ids[t] = 103; /* [MASK] in BERT's vocabulary */
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
    if (bench->mode->mlm) {
      mask_texts(&bench->texts[k], bench->texts[k].batch.T);
    }
  }
  if (file) {
    fclose(file);
  }
}

/* ---- The model ---- */

static const OgHeadKind *head_kind(const Bench *bench) {
  return og_head_kind(bench->mode->mlm ? "mlm" : "classify");
}

static OgStatus make_params(Bench *bench, const OgConfig *config, OgError *err) {
  enum { MOST = 128 };
  const OgLoraShape shape = {bench->mode->rank, 2 * (float)bench->mode->rank, OG_LORA_ATTENTION};
  const size_t C = bench->mode->mlm ? config->vocab_size : CLASSES;
  OgTensorSpec specs[MOST];
  OgLoraTensors adapters;
  size_t count = og_head_tensors(head_kind(bench), config, config->hidden_size, C, specs);
  OG_TRY(og_lora_tensors(&shape, config, &adapters, err));
  for (size_t k = 0; k < adapters.count && count < MOST; k++) {
    specs[count++] = adapters.specs[k];
  }
  const OgStatus status = og_params_init(&bench->params, config, specs, count, err);
  og_lora_tensors_clear(&adapters);
  OG_TRY(status);
  OgRandom random;
  og_random_init(&random, 1);
  og_params_randomize(&bench->params, &random, NULL);
  bench->params.frozen = bench->mode->frozen ? og_params_encoder(&bench->params) : 0;
  if (shape.rank > 0) {
    OG_TRY(og_lora_new(&bench->params, &shape, bench->team, &bench->lora, err));
    bench->params.lora = bench->lora;
  }
  return OG_OK;
}

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
  config.vocab_size = (size_t)setting("ENCODER_BENCH_VOCAB", 30522);
  config.hidden_dropout = config.attention_dropout = 0;
  OG_TRY(og_team_new((int)setting("ENCODER_BENCH_THREADS", 0), &bench->team, err));
  OG_TRY(make_params(bench, &config, err));
  OG_TRY(og_pass_new(&bench->params, bench->team, bench->mode->keep, &bench->pass, err));
  OG_TRY(og_pooler_new(&bench->params, bench->team, &bench->pooler, err));
  if (bench->mode->packed) {
    OG_TRY(og_pass_pack(bench->pass, bench->mode->precision, err));
  }
  return og_head_new(head_kind(bench), &bench->params, bench->team, &bench->head, err);
}

/* What learning takes beside. rows: of the features. */
static OgStatus open_learning(Bench *bench, size_t rows, OgError *err) {
  const OgOptimizerOptions options = og_optimizer_default();
  const size_t size = rows * bench->params.config.hidden_size;
  if (bench->mode->learns) {
    OG_TRY(og_optimizer_new(&bench->params, &options, bench->team, &bench->optimizer, err));
    bench->gradients = og_calloc_floats(og_params_trained(&bench->params));
    bench->dpooled = og_calloc_floats(size);
    bench->dhidden = og_calloc_floats(size);
  }
  bench->pooled = og_calloc_floats(size);
  const bool made = !bench->mode->learns || (bench->gradients && bench->dpooled && bench->dhidden);
  return bench->pooled && made ? OG_OK : og_error_no_memory(err);
}

/* The scores of the pooled hidden states, or for mlm of the hidden states themselves. */
static OgStatus score(Bench *bench, const float *hidden, size_t rows, float **scores,
                      OgError *err) {
  if (bench->mode->mlm) {
    return og_head_forward(bench->head, hidden, rows, 0, scores, err);
  }
  OG_TRY(og_pooler_forward(bench->pooler, bench->pooled, hidden, rows, err));
  return og_head_forward(bench->head, bench->pooled, rows, 0, scores, err);
}

static OgStatus predict(Bench *bench, const Texts *texts, float **scores, OgError *err) {
  const float *hidden = texts->vectors;
  if (!hidden) {
    OG_TRY(og_encoder_forward(bench->pass, &texts->batch, 0, &hidden, err));
  }
  return score(bench, hidden, texts->batch.M, scores, err);
}

static OgStatus train(Bench *bench, const Texts *texts, OgError *err) {
  const OgBatch *batch = &texts->batch;
  const Mode *mode = bench->mode;
  const OgTargets targets = {.labels = mode->mlm ? texts->targets : texts->labels};
  float *scores, *dhidden = bench->dpooled;
  OG_TRY(og_optimizer_begin(bench->optimizer, mode->mlm ? NULL : batch->ids, batch->T, err));
  OG_TRY(predict(bench, texts, &scores, err));
  og_loss(OG_LOSS_CROSS_ENTROPY, bench->team, scores, scores, &targets, batch->M,
          og_head_classes(bench->head));
  og_head_backward(bench->head, scores, bench->dpooled, bench->gradients);
  if (!mode->mlm) {
    dhidden = bench->dhidden;
    og_pooler_backward(bench->pooler, dhidden, bench->gradients, bench->dpooled);
  }
  if (!mode->frozen || mode->rank > 0) {
    OG_TRY(og_encoder_backward(bench->pass, dhidden, bench->gradients, err));
  }
  if (mode->accumulated && texts != &bench->texts[BATCHES - 1]) {
    return OG_OK;
  }
  OG_TRY(og_optimizer_step(bench->optimizer, bench->gradients, 2e-5, NULL, err));
  if (bench->lora) {
    og_lora_merge(bench->lora);
  }
  return OG_OK;
}

/* The vectors of a batch, to be used from now on. */
static OgStatus keep_vectors(Bench *bench, Texts *texts, OgError *err) {
  const size_t size = texts->batch.M * bench->params.config.hidden_size;
  const float *hidden;
  OG_TRY(og_encoder_forward(bench->pass, &texts->batch, 0, &hidden, err));
  texts->vectors = og_calloc_floats(size);
  if (!texts->vectors) {
    return og_error_no_memory(err);
  }
  memcpy(texts->vectors, hidden, size * sizeof *hidden);
  return OG_OK;
}

static OgStatus run_round(Bench *bench, OgError *err) {
  for (size_t k = 0; k < BATCHES; k++) {
    float *scores;
    OG_TRY(bench->mode->learns ? train(bench, &bench->texts[k], err)
                               : predict(bench, &bench->texts[k], &scores, err));
  }
  return OG_OK;
}

/* ---- Measuring ---- */

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Useful floating-point operations of a round: products of the encoder at all tokens. */
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
  return sum * (double)c->layers * bench->mode->passes;
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
  double best = HUGE_VAL;
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
      "\"threads\":%d,\"kernels\":\"%s\",\"tokens\":%.1f,\"seconds\":%.6g,\"best_seconds\":%.6g,"
      "\"rounds\":%zu,"
      "\"tokens_per_second\":%.1f,\"gflops\":%.1f,\"sgemm_gflops\":%.1f,\"megabytes\":%ld}\n",
      bench->size, bench->mode->name, bench->B, bench->lengths, og_team_size(bench->team),
      og_blas_core(), tokens / BATCHES, median / BATCHES, seconds[0] / BATCHES, count,
      tokens / median, operations(bench) / median * 1e-9, limit(bench->team),
      usage.ru_maxrss / 1024);
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
    og_free(bench->texts[k].masked);
    og_free(bench->texts[k].targets);
    og_free_floats(bench->texts[k].vectors);
  }
  og_optimizer_free(bench->optimizer);
  og_lora_free(bench->lora);
  og_pooler_free(bench->pooler);
  og_head_free(bench->head);
  og_pass_free(bench->pass);
  og_team_free(bench->team);
  og_params_clear(&bench->params);
}

static const Mode *find_mode(const char *name) {
  for (size_t k = 0; k < OG_COUNT(modes); k++) {
    if (strcmp(modes[k].name, name) == 0) {
      return &modes[k];
    }
  }
  return NULL;
}

/* Everything before the first round. */
static OgStatus open_bench(Bench *bench, const char *batches, OgError *err) {
  size_t rows = 0;
  OG_TRY(open_model(bench, err));
  open_texts(bench, batches);
  for (size_t k = 0; k < BATCHES; k++) {
    const size_t M = bench->texts[k].batch.M;
    rows = M > rows ? M : rows;
    if (bench->mode->kept) {
      OG_TRY(keep_vectors(bench, &bench->texts[k], err));
    }
  }
  return open_learning(bench, rows, err);
}

int main(int count, char **words) {
  Bench bench = {.mode = count > 2 ? find_mode(words[2]) : NULL};
  if (count < 5 || !bench.mode || atoi(words[3]) < 1) {
    fprintf(stderr,
            "usage: encoder_bench tiny|mini|base "
            "train|recompute|accumulate|lora|frozen|kept|mlm|infer|int8 BATCH real|full [FILE]\n");
    return 2;
  }
  bench.size = words[1];
  bench.B = (size_t)atoi(words[3]);
  bench.lengths = words[4];
  OgError err;
  if (open_bench(&bench, count > 5 ? words[5] : NULL, &err) != OG_OK) {
    stop(&err);
  }
  measure(&bench);
  close_bench(&bench);
  return 0;
}
