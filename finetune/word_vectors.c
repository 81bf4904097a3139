#include "finetune/word_vectors.h"

#include "core/arena.h"
#include "core/intern.h"
#include "core/memory.h"
#include "core/utf8.h"
#include "core/vector_text.h"
#include "finetune/checkpoint.h"
#include "model/params.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a tokenizer may keep of a word, the least first. */
typedef enum Keeping { KEEP_LETTERS, KEEP_ACCENTS, KEEP_CASE, KEEPINGS } Keeping;

static const OgPretokenizerOptions keepings[KEEPINGS] = {
    [KEEP_LETTERS] = {true, true, .strip_accents = true, .lowercase = true},
    [KEEP_ACCENTS] = {true, true, .strip_accents = false, .lowercase = true},
    [KEEP_CASE] = {true, true, .strip_accents = false, .lowercase = false},
};

typedef struct Making {
  OgWordVectorsOptions options;
  OgWordVectorsReport *report;
  OgIntern *keys;
  float *values; /* (keys, D) */
  size_t capacity;
  Keeping keeping;
  OgWords scratch;
  OgArena arena;
  const char **words; /* (count) the special tokens, then those that text is cut into */
  uint32_t *rows;     /* (count) the key of each, or OG_INTERN_NONE */
  size_t count;
  OgTokenizer *tokenizer;
  OgParams params;
} Making;

/* ---- reading ---- */

static OgStatus make_room(Making *m, size_t count, size_t D, OgError *err) {
  if (count < m->capacity) {
    return OG_OK;
  }
  const size_t capacity = m->capacity ? 2 * m->capacity : 1024;
  float *values = og_realloc(m->values, capacity * D, sizeof *values);
  if (!values) {
    return og_error_no_memory(err);
  }
  m->values = values;
  m->capacity = capacity;
  return OG_OK;
}

static OgStatus take_row(Making *m, const OgVectorText *text, const char *key, OgError *err) {
  uint32_t id;
  int added;
  OG_TRY(make_room(m, og_intern_count(m->keys), text->D, err));
  OG_TRY(og_intern_add(m->keys, key, strlen(key), &id, &added, err));
  if (added) {
    memcpy(m->values + id * text->D, text->values, text->D * sizeof *m->values);
  } else {
    m->report->repeated++;
  }
  return OG_OK;
}

static OgStatus read_rows(Making *m, const char *path, const OgProgress *progress, OgError *err) {
  OgVectorText text;
  OG_TRY(og_vector_text_open(path, progress, &text, err));
  const char *key = "";
  OgStatus status = OG_OK;
  while (key && (m->options.most == 0 || og_intern_count(m->keys) < m->options.most)) {
    OG_GO(og_vector_text_next(&text, &key, err));
    if (key) {
      OG_GO(take_row(m, &text, key, err));
    }
  }
  m->report->rows = text.rows;
  m->report->D = text.D;
done:
  og_vector_text_close(&text);
  return status;
}

/* ---- words ---- */

/* Whether text is cut into such a word. */
static OgStatus is_reachable(Making *m, Keeping keeping, const char *key, size_t size,
                             bool *reachable, OgError *err) {
  OgWords *words = &m->scratch;
  og_words_reset(words);
  OG_TRY(og_pretokenize(&keepings[keeping], key, size, 0, words, err));
  *reachable = words->count == 1 && words->size == size && memcmp(words->text, key, size) == 0;
  return OG_OK;
}

/* The least that a tokenizer may keep and find as many words as any, but for one in a hundred. */
static OgStatus choose_keeping(Making *m, OgError *err) {
  size_t found[KEEPINGS] = {0}, most = 0;
  for (int k = 0; k < KEEPINGS; k++) {
    for (uint32_t id = 0; id < og_intern_count(m->keys); id++) {
      size_t size;
      bool reachable;
      const char *key = og_intern_text(m->keys, id, &size);
      OG_TRY(is_reachable(m, (Keeping)k, key, size, &reachable, err));
      found[k] += reachable;
    }
    most = found[k] > most ? found[k] : most;
  }
  m->keeping = m->options.cased ? KEEP_CASE : KEEP_LETTERS;
  while (m->keeping < KEEP_CASE && found[m->keeping] + most / 100 < most) {
    m->keeping++;
  }
  m->report->cased = m->keeping == KEEP_CASE;
  m->report->accented = m->keeping != KEEP_LETTERS;
  return OG_OK;
}

/* Special tokens have the vectors that the file has for them, or zeros. */
static void begin_words(Making *m) {
  static const char unknown[] = "<unk>";
  for (int k = 0; k < OG_SPECIAL_TOKENS; k++) {
    const char *name = og_special_token_names[k];
    uint32_t row = og_intern_find(m->keys, name, strlen(name));
    if (row == OG_INTERN_NONE && k == OG_TOKEN_UNKNOWN) {
      row = og_intern_find(m->keys, unknown, sizeof unknown - 1);
    }
    m->words[m->count] = name;
    m->rows[m->count++] = row;
  }
}

/* Whether a special token has the vector of a key. */
static bool is_special(const Making *m, uint32_t id) {
  for (size_t k = 0; k < OG_SPECIAL_TOKENS; k++) {
    if (m->rows[k] == id) {
      return true;
    }
  }
  return false;
}

static OgStatus add_word(Making *m, uint32_t id, OgError *err) {
  size_t size;
  bool reachable;
  const char *key = og_intern_text(m->keys, id, &size);
  if (is_special(m, id)) {
    return OG_OK;
  }
  OG_TRY(is_reachable(m, m->keeping, key, size, &reachable, err));
  if (!reachable) {
    char *example = m->report->example;
    if (m->report->unreachable++ == 0) {
      snprintf(example, sizeof m->report->example, "%.*s", (int)size, key);
      example[og_utf8_whole(example, strlen(example))] = '\0';
    }
    return OG_OK;
  }
  m->words[m->count] = og_arena_copy(&m->arena, key, size);
  m->rows[m->count] = id;
  return m->words[m->count++] ? OG_OK : og_error_no_memory(err);
}

static OgStatus list_words(Making *m, OgError *err) {
  const size_t most = og_intern_count(m->keys) + OG_SPECIAL_TOKENS;
  m->words = OG_NEW_ARRAY(const char *, most);
  m->rows = OG_NEW_ARRAY(uint32_t, most);
  if (!m->words || !m->rows) {
    return og_error_no_memory(err);
  }
  begin_words(m);
  for (uint32_t id = 0; id < og_intern_count(m->keys); id++) {
    OG_TRY(add_word(m, id, err));
  }
  m->report->words = m->count - OG_SPECIAL_TOKENS;
  return OG_OK;
}

/* ---- the model ---- */

static OgStatus make_tokenizer(Making *m, OgError *err) {
  OgTokenizerSpec spec = og_tokenizer_spec_default(m->words, m->count, false);
  spec.pretokenizer = keepings[m->keeping];
  return og_tokenizer_create(&spec, &m->tokenizer, err);
}

/* A classifier on vectors begins with weights that suit their width (LeCun et al. 1998). */
static OgStatus make_params(Making *m, OgError *err) {
  const size_t D = m->report->D;
  OgConfig config = og_config_default_of(OG_STATIC);
  config.vocab_size = m->count;
  config.hidden_size = D;
  config.initializer_range = 1 / sqrtf((float)D);
  OG_TRY(og_params_init(&m->params, &config, NULL, 0, err));
  float *table = og_tensor_at(m->params.weights, &m->params.tensors[0]);
  for (size_t k = 0; k < m->count; k++) {
    if (m->rows[k] != OG_INTERN_NONE) {
      memcpy(table + k * D, m->values + m->rows[k] * D, D * sizeof *table);
    }
  }
  return OG_OK;
}

static OgStatus write_model(const Making *m, OgDirectory *directory, OgError *err) {
  OG_TRY(og_config_save(directory->temporary, &m->params.config, "Model", NULL, 0, err));
  OG_TRY(og_tokenizer_save(m->tokenizer, directory->temporary, err));
  OG_TRY(og_params_save(&m->params, directory->temporary, err));
  return og_directory_commit(directory, err);
}

static OgStatus make(Making *m, const char *path, const OgProgress *progress, OgError *err) {
  OG_TRY(read_rows(m, path, progress, err));
  OG_TRY(choose_keeping(m, err));
  OG_TRY(list_words(m, err));
  if (m->report->words == 0) {
    return og_error_set(err, OG_NOT_FOUND, "%s holds no vector of a word%s%s%s", path,
                        m->report->example[0] ? ", only such as \"" : "", m->report->example,
                        m->report->example[0] ? "\"" : "");
  }
  OG_TRY(make_tokenizer(m, err));
  return make_params(m, err);
}

OgStatus og_word_vectors_base(const char *path, const char *out,
                              const OgWordVectorsOptions *options, const OgProgress *progress,
                              OgWordVectorsReport *report, OgError *err) {
  OgDirectory directory;
  *report = (OgWordVectorsReport){0};
  Making m = {.report = report, .keys = og_intern_new()};
  if (options) {
    m.options = *options;
  }
  OgStatus status = og_directory_open(out, m.options.force, progress, &directory, err);
  if (status == OG_OK && !m.keys) {
    status = og_error_no_memory(err);
  }
  if (status == OG_OK) {
    status = make(&m, path, progress, err);
  }
  if (status == OG_OK) {
    status = write_model(&m, &directory, err);
  }
  og_params_clear(&m.params);
  og_tokenizer_free(m.tokenizer);
  og_free(m.rows);
  og_free(m.words);
  og_arena_clear(&m.arena);
  og_words_clear(&m.scratch);
  og_free(m.values);
  og_intern_free(m.keys);
  og_directory_close(&directory);
  return status;
}
