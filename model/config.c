#include "model/config.h"

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "model/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 16 << 20, LABEL_LIMIT = 1 << 20 };

/* Sets of architectures. */
enum {
  ALL = (1 << OG_ARCHITECTURE_COUNT) - 1,
  ROBERTAS = 1 << OG_ROBERTA | 1 << OG_XLM_ROBERTA | 1 << OG_CAMEMBERT,
  DISTILBERT = 1 << OG_DISTILBERT,
  PROJECTED = 1 << OG_ELECTRA | 1 << OG_ALBERT,
  MPNET = 1 << OG_MPNET,
  MODERNBERT = 1 << OG_MODERNBERT,
  DEBERTA = 1 << OG_DEBERTA_V2,
  UNTYPED = DISTILBERT | MPNET | MODERNBERT | DEBERTA | 1 << OG_STATIC,
  STATIC = 1 << OG_STATIC,
  LAYERED = ALL & ~STATIC,
  NAMED_LIKE_BERT = LAYERED & ~DISTILBERT,
};

/* A number of the file: whose it is, where it goes, and what it may be. */
typedef struct SizeRow {
  unsigned of; /* a set of architectures */
  const char *key;
  size_t offset;
  size_t least, most;
  bool required; /* else the default, which is Hugging Face's, stands */
} SizeRow;

typedef struct RealRow {
  unsigned of;
  const char *key;
  size_t offset;
  double least, most;
} RealRow;

#define AT(field) offsetof(OgConfig, field)

static const SizeRow size_rows[] = {
    {ALL, "vocab_size", AT(vocab_size), 1, 1 << 26, true},
    {PROJECTED, "embedding_size", AT(embedding_size), 1, 1 << 16, false},
    {NAMED_LIKE_BERT, "hidden_size", AT(hidden_size), 1, 1 << 16, true},
    {STATIC, "hidden_size", AT(hidden_size), 1, 1 << 16, true},
    {DISTILBERT, "dim", AT(hidden_size), 1, 1 << 16, true},
    {NAMED_LIKE_BERT, "num_hidden_layers", AT(layers), 1, 1 << 10, true},
    {DISTILBERT, "n_layers", AT(layers), 1, 1 << 10, true},
    {NAMED_LIKE_BERT, "num_attention_heads", AT(heads), 1, 1 << 10, true},
    {DISTILBERT, "n_heads", AT(heads), 1, 1 << 10, true},
    {NAMED_LIKE_BERT, "intermediate_size", AT(intermediate_size), 1, 1 << 18, true},
    {DISTILBERT, "hidden_dim", AT(intermediate_size), 1, 1 << 18, true},
    {ALL, "max_position_embeddings", AT(max_positions), 2, 1 << 20, false},
    {ALL & ~UNTYPED, "type_vocab_size", AT(type_vocab_size), 1, 1 << 10, false},
    {ALL, "pad_token_id", AT(pad_token_id), 0, 1 << 26, false},
    {MPNET, "relative_attention_num_buckets", AT(distance_buckets), 4, 508, false},
    {DEBERTA, "position_buckets", AT(distance_buckets), 2, 1 << 16, false},
    {MODERNBERT, "global_attn_every_n_layers", AT(global_every), 1, 1 << 10, false},
    {MODERNBERT, "local_attention", AT(local_window), 2, 1 << 20, false},
};

static const RealRow real_rows[] = {
    {(NAMED_LIKE_BERT & ~MODERNBERT) | STATIC, "hidden_dropout_prob", AT(hidden_dropout), 0.0,
     0.99},
    {DISTILBERT, "dropout", AT(hidden_dropout), 0.0, 0.99},
    {MODERNBERT, "mlp_dropout", AT(hidden_dropout), 0.0, 0.99},
    {NAMED_LIKE_BERT & ~MODERNBERT, "attention_probs_dropout_prob", AT(attention_dropout), 0.0,
     0.99},
    {DISTILBERT | MODERNBERT, "attention_dropout", AT(attention_dropout), 0.0, 0.99},
    {NAMED_LIKE_BERT & ~MODERNBERT, "layer_norm_eps", AT(layer_norm_eps), 1e-30, 1.0},
    {MODERNBERT, "norm_eps", AT(layer_norm_eps), 1e-30, 1.0},
    {ALL, "initializer_range", AT(initializer_range), 0.0, 100.0},
    {MODERNBERT, "global_rope_theta", AT(global_theta), 1.0, 1e12},
    {MODERNBERT, "local_rope_theta", AT(local_theta), 1.0, 1e12},
};

static const struct {
  unsigned of;
  const char *key;
} activation_keys[] = {
    {NAMED_LIKE_BERT & ~MODERNBERT, "hidden_act"},
    {DISTILBERT, "activation"},
    {MODERNBERT, "hidden_activation"},
};

static const struct {
  const char *name; /* the first row of an activation is the one written */
  OgActivation activation;
} activations[] = {
    {"gelu", OG_GELU},           {"gelu_new", OG_GELU_TANH}, {"gelu_pytorch_tanh", OG_GELU_TANH},
    {"gelu_fast", OG_GELU_TANH}, {"relu", OG_RELU},
};

/* "both", in all its spellings. */
static const char *const both_positions[] = {"[\"c2p\",\"p2c\"]", "\"p2c|c2p\"", "\"c2p|p2c\"",
                                             NULL};

/* Keys that change what the model computes, with the only value that is supported, as JSON. It is
 * also written, as far as the key is the architecture's own. */
static const struct {
  unsigned of;
  const char *key;
  const char *value;
  const char *const *also; /* the same in other words, up to a NULL; NULL for none */
  bool required;           /* a file without the key means another value */
} fixed_rows[] = {
    {LAYERED, "is_decoder", "false", NULL, false},
    {LAYERED, "add_cross_attention", "false", NULL, false},
    {ALL & ~UNTYPED, "position_embedding_type", "\"absolute\"", NULL, false},
    {1 << OG_ALBERT, "num_hidden_groups", "1", NULL, false},
    {1 << OG_ALBERT, "inner_group_num", "1", NULL, false},
    {MODERNBERT, "attention_bias", "false", NULL, false},
    {MODERNBERT, "mlp_bias", "false", NULL, false},
    {MODERNBERT, "norm_bias", "false", NULL, false},
    {MODERNBERT, "classifier_bias", "false", NULL, false},
    {MODERNBERT, "classifier_activation", "\"gelu\"", NULL, false},
    {MODERNBERT, "decoder_bias", "true", NULL, false},
    {DEBERTA, "relative_attention", "true", NULL, true},
    {DEBERTA, "share_att_key", "true", NULL, true},
    {DEBERTA, "pos_att_type", "[\"p2c\",\"c2p\"]", both_positions, true},
    {DEBERTA, "norm_rel_ebd", "\"layer_norm\"", NULL, true},
    {DEBERTA, "max_relative_positions", "-1", NULL, false},
    {DEBERTA, "position_biased_input", "false", NULL, true},
    {DEBERTA, "type_vocab_size", "0", NULL, false},
    {DEBERTA, "conv_kernel_size", "0", NULL, false},
    {DEBERTA, "pooler_hidden_act", "\"gelu\"", NULL, false},
};

static bool is_of(unsigned set, const OgConfig *config) {
  return set >> config->architecture & 1;
}

OgConfig og_config_default(void) {
  return (OgConfig){
      .architecture = OG_BERT,
      .vocab_size = 30522,
      .hidden_size = 128,
      .layers = 2,
      .heads = 2,
      .intermediate_size = 512,
      .max_positions = 512,
      .type_vocab_size = 2,
      .pad_token_id = 0,
      .activation = OG_GELU,
      .hidden_dropout = 0.1F,
      .attention_dropout = 0.1F,
      .layer_norm_eps = 1e-12F,
      .initializer_range = 0.02F,
  };
}

OgConfig og_config_default_of(OgArchitecture architecture) {
  OgConfig config = og_config_default();
  config.architecture = architecture;
  if (is_of(UNTYPED, &config)) {
    config.type_vocab_size = 0;
  }
  if (is_of(ROBERTAS | MPNET, &config)) {
    config.pad_token_id = 1;
  }
  if (is_of(PROJECTED, &config)) {
    config.embedding_size = 128;
  }
  if (is_of(MPNET, &config)) {
    config.distance_buckets = 32;
  }
  if (is_of(DEBERTA, &config)) {
    config.distance_buckets = 256;
    config.layer_norm_eps = 1e-7F;
  }
  if (is_of(MODERNBERT, &config)) {
    config.max_positions = 8192;
    config.hidden_dropout = config.attention_dropout = 0;
    config.layer_norm_eps = 1e-5F;
    config.global_every = 3;
    config.local_window = 128;
    config.global_theta = 160000;
    config.local_theta = 10000;
  }
  if (architecture == OG_STATIC) {
    config.layers = config.intermediate_size = 0;
    config.heads = 1;
  }
  if (architecture == OG_ALBERT) {
    config.hidden_dropout = config.attention_dropout = 0;
    config.activation = OG_GELU_TANH;
  }
  return config;
}

size_t og_config_first_position(const OgConfig *config) {
  return is_of(ROBERTAS, config) ? config->pad_token_id + 1 : is_of(MPNET, config) ? 2 : 0;
}

size_t og_config_size(const OgConfig *config, OgSize size) {
  const size_t H = config->hidden_size, F = config->intermediate_size;
  const size_t sizes[] = {
      [OG_SIZE_1] = 1,
      [OG_SIZE_V] = config->vocab_size,
      [OG_SIZE_E] = config->embedding_size ? config->embedding_size : H,
      [OG_SIZE_H] = H,
      [OG_SIZE_3H] = 3 * H,
      [OG_SIZE_F] = F,
      [OG_SIZE_2F] = 2 * F,
      [OG_SIZE_POSITIONS] = config->max_positions + og_config_first_position(config),
      [OG_SIZE_TYPES] = config->type_vocab_size,
      [OG_SIZE_BUCKETS] = config->distance_buckets,
      [OG_SIZE_2BUCKETS] = 2 * config->distance_buckets,
      [OG_SIZE_HEADS] = config->heads,
  };
  _Static_assert(OG_COUNT(sizes) == OG_SIZE_COUNT, "every size has a value");
  return sizes[size];
}

static size_t *size_field(OgConfig *config, const SizeRow *row) {
  return (size_t *)((char *)config + row->offset);
}

static size_t size_value(const OgConfig *config, const SizeRow *row) {
  return *(const size_t *)((const char *)config + row->offset);
}

static float *real_field(OgConfig *config, const RealRow *row) {
  return (float *)((char *)config + row->offset);
}

static float real_value(const OgConfig *config, const RealRow *row) {
  return *(const float *)((const char *)config + row->offset);
}

/* Each number by itself. */
static OgStatus check_ranges(const OgConfig *config, OgError *err) {
  for (size_t k = 0; k < OG_COUNT(size_rows); k++) {
    const SizeRow *row = &size_rows[k];
    const size_t value = size_value(config, row);
    if (is_of(row->of, config) && (value < row->least || value > row->most)) {
      return og_error_set(err, OG_USAGE, "%s is %zu, expected %zu to %zu", row->key, value,
                          row->least, row->most);
    }
  }
  for (size_t k = 0; k < OG_COUNT(real_rows); k++) {
    const RealRow *row = &real_rows[k];
    const double value = (double)real_value(config, row);
    if (is_of(row->of, config) &&
        !(value >= (double)(float)row->least && value <= (double)(float)row->most)) {
      return og_error_set(err, OG_USAGE, "%s is %g, expected %g to %g", row->key, value, row->least,
                          row->most);
    }
  }
  return OG_OK;
}

OgStatus og_config_check(const OgConfig *config, OgError *err) {
  OG_TRY(check_ranges(config, err));
  if (config->hidden_size % config->heads != 0) {
    return og_error_set(err, OG_USAGE,
                        "hidden_size %zu is not a multiple of num_attention_heads %zu",
                        config->hidden_size, config->heads);
  }
  if (og_architecture(config->architecture)->rotary &&
      config->hidden_size / config->heads % 2 != 0) {
    return og_error_set(err, OG_USAGE, "heads of %zu numbers cannot be turned in pairs",
                        config->hidden_size / config->heads);
  }
  if (is_of(STATIC, config) && config->layers > 0) {
    return og_error_set(err, OG_USAGE, "static word vectors have no layers, expected 0 of them");
  }
  if (config->pad_token_id >= config->vocab_size) {
    return og_error_set(err, OG_USAGE, "pad_token_id %zu is not below vocab_size %zu",
                        config->pad_token_id, config->vocab_size);
  }
  return OG_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* "a number", "null", …: what a JSON value is, for messages. */
static const char *kind_of(const json_t *value) {
  static const char *const kinds[] = {
      [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
      [JSON_INTEGER] = "a number", [JSON_REAL] = "a number",  [JSON_TRUE] = "true",
      [JSON_FALSE] = "false",      [JSON_NULL] = "null",
  };
  return value ? kinds[json_typeof(value)] : "nothing";
}

static OgStatus read_size(const json_t *json, const SizeRow *row, const char *name,
                          OgConfig *config, OgError *err) {
  const json_t *value = json_object_get(json, row->key);
  if (!row->required && (!value || json_is_null(value))) {
    return OG_OK;
  }
  if (!json_is_integer(value)) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                       "%s must be a whole number from %zu to %zu, found %s", row->key, row->least,
                       row->most, json_is_real(value) ? "a fraction" : kind_of(value));
  }
  const json_int_t number = json_integer_value(value);
  if (number < (json_int_t)row->least || number > (json_int_t)row->most) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                       "%s must be from %zu to %zu, found %" JSON_INTEGER_FORMAT, row->key,
                       row->least, row->most, number);
  }
  *size_field(config, row) = (size_t)number;
  return OG_OK;
}

static OgStatus read_real(const json_t *json, const RealRow *row, const char *name,
                          OgConfig *config, OgError *err) {
  const json_t *value = json_object_get(json, row->key);
  if (!value || json_is_null(value)) {
    return OG_OK;
  }
  if (!json_is_number(value)) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0, "%s must be a number, found %s", row->key,
                       kind_of(value));
  }
  const double number = json_number_value(value);
  if (!(number >= row->least && number <= row->most)) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0, "%s must be from %g to %g, found %g",
                       row->key, row->least, row->most, number);
  }
  *real_field(config, row) = (float)number;
  return OG_OK;
}

/* NULL where the architecture has none. */
static const char *activation_key(const OgConfig *config) {
  for (size_t k = 0; k < OG_COUNT(activation_keys); k++) {
    if (is_of(activation_keys[k].of, config)) {
      return activation_keys[k].key;
    }
  }
  return NULL;
}

static OgStatus read_activation(const json_t *json, const char *name, OgConfig *config,
                                OgError *err) {
  const char *key = activation_key(config);
  const json_t *value = key ? json_object_get(json, key) : NULL;
  if (!value) {
    return OG_OK;
  }
  const char *found = json_is_string(value) ? json_string_value(value) : kind_of(value);
  for (size_t k = 0; k < OG_COUNT(activations); k++) {
    if (strcmp(found, activations[k].name) == 0) {
      config->activation = activations[k].activation;
      return OG_OK;
    }
  }
  return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                     "%s %.40s is not supported; known: gelu, gelu_new, gelu_pytorch_tanh, "
                     "gelu_fast, relu",
                     key, found);
}

/* A class is a type's when what follows the type's name starts a task: "Bert" + "ForMaskedLM". */
static bool class_belongs(const char *class, const char *class_name) {
  const size_t size = strlen(class_name);
  return strncmp(class, class_name, size) == 0 &&
         (strncmp(class + size, "For", 3) == 0 || strcmp(class + size, "Model") == 0);
}

static OgStatus read_architecture(const json_t *json, const char *name,
                                  OgArchitecture *architecture, OgError *err) {
  const json_t *type = json_object_get(json, "model_type");
  const json_t *class = json_array_get(json_object_get(json, "architectures"), 0);
  *architecture = OG_BERT;
  if (!type && !class) {
    return OG_OK; /* the first BERT checkpoints name neither; their sizes and tensors decide */
  }
  const char *found = json_string_value(type ? type : class);
  for (int k = 0; found && k < OG_ARCHITECTURE_COUNT; k++) {
    const OgArchitectureRow *row = og_architecture((OgArchitecture)k);
    if (type ? strcmp(found, row->model_type) == 0 : class_belongs(found, row->class_name)) {
      *architecture = (OgArchitecture)k;
      return OG_OK;
    }
  }
  return og_error_at(err, OG_BAD_STORE, name, 0, 0, "%s %.60s cannot be run; supported: %s",
                     type ? "model_type" : "architecture", found ? found : "that is not a string",
                     og_architecture_names());
}

static OgStatus check_fixed(const json_t *json, const char *name, const OgConfig *config,
                            OgError *err) {
  for (size_t k = 0; k < OG_COUNT(fixed_rows); k++) {
    const json_t *value = json_object_get(json, fixed_rows[k].key);
    const bool missing = !value || json_is_null(value);
    if (!is_of(fixed_rows[k].of, config) || (missing && !fixed_rows[k].required)) {
      continue;
    }
    if (missing) {
      return og_error_at(err, OG_BAD_STORE, name, 0, 0, "%s must be %s, found nothing",
                         fixed_rows[k].key, fixed_rows[k].value);
    }
    char *found = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (!found) {
      return og_error_no_memory(err);
    }
    bool fine = strcmp(found, fixed_rows[k].value) == 0;
    for (const char *const *also = fixed_rows[k].also; !fine && also && *also; also++) {
      fine = strcmp(found, *also) == 0;
    }
    free(found);
    if (!fine) {
      return og_error_at(err, OG_BAD_STORE, name, 0, 0, "%s must be %s, found %.60s",
                         fixed_rows[k].key, fixed_rows[k].value,
                         json_is_string(value) ? json_string_value(value) : kind_of(value));
    }
  }
  return OG_OK;
}

/* The file's max_position_embeddings counts rows of the table, some of which no token takes. */
static OgStatus subtract_first_position(OgConfig *config, const char *name, OgError *err) {
  const size_t first = og_config_first_position(config);
  if (config->max_positions < first + 2) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                       "max_position_embeddings is %zu, but the first %zu are no token's",
                       config->max_positions, first);
  }
  config->max_positions -= first;
  return OG_OK;
}

static OgStatus read_config(const json_t *json, const char *name, OgConfig *config, OgError *err) {
  if (!json_is_object(json)) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0, "expected a JSON object, found %s",
                       kind_of(json));
  }
  OgArchitecture architecture;
  OG_TRY(read_architecture(json, name, &architecture, err));
  OgConfig made = og_config_default_of(architecture);
  OG_TRY(check_fixed(json, name, &made, err));
  for (size_t k = 0; k < OG_COUNT(size_rows); k++) {
    if (is_of(size_rows[k].of, &made)) {
      OG_TRY(read_size(json, &size_rows[k], name, &made, err));
    }
  }
  for (size_t k = 0; k < OG_COUNT(real_rows); k++) {
    if (is_of(real_rows[k].of, &made)) {
      OG_TRY(read_real(json, &real_rows[k], name, &made, err));
    }
  }
  OG_TRY(read_activation(json, name, &made, err));
  OG_TRY(subtract_first_position(&made, name, err));
  OgError fault = {0};
  if (og_config_check(&made, &fault) != OG_OK) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0, "%s", fault.message);
  }
  *config = made;
  return OG_OK;
}

OgStatus og_config_parse(const char *text, size_t size, const char *name, OgConfig *config,
                         OgError *err) {
  json_t *json = NULL;
  OG_TRY(og_json_parse(text, size, name, OG_BAD_STORE, &json, err));
  const OgStatus status = read_config(json, name, config, err);
  json_decref(json);
  return status;
}

/* Load directory/config.json; *path and *json are the caller's in any case. */
static OgStatus load_json(const char *directory, char **path, json_t **json, OgError *err) {
  *path = og_path_join(directory, "config.json");
  if (!*path) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_check_model_file(directory, *path, err));
  return og_json_load(*path, FILE_LIMIT, OG_BAD_STORE, json, err);
}

OgStatus og_config_load(const char *directory, OgConfig *config, OgError *err) {
  char *path = NULL;
  json_t *json = NULL;
  OgStatus status = load_json(directory, &path, &json, err);
  if (status == OG_OK) {
    status = read_config(json, path, config, err);
  }
  json_decref(json);
  og_free(path);
  return status;
}

/* --- labels ----------------------------------------------------------------------------------- */

static OgStatus copy_labels(const json_t *id2label, const char *name, char **labels, size_t count,
                            OgError *err) {
  for (size_t k = 0; k < count; k++) {
    char key[24];
    snprintf(key, sizeof key, "%zu", k);
    const json_t *value = json_object_get(id2label, key);
    if (!json_is_string(value)) {
      return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                         "id2label has %zu labels; number %zu must be a string, found %s", count, k,
                         kind_of(value));
    }
    labels[k] = og_strdup(json_string_value(value));
    if (!labels[k]) {
      return og_error_no_memory(err);
    }
  }
  return OG_OK;
}

static OgStatus read_labels(const json_t *json, const char *name, char ***labels, size_t *count,
                            OgError *err) {
  const json_t *id2label = json_object_get(json, "id2label");
  if (!id2label || json_is_null(id2label)) {
    return OG_OK;
  }
  const size_t found = json_object_size(id2label);
  if (!json_is_object(id2label) || found > LABEL_LIMIT) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0,
                       "id2label must be an object of at most %d labels, found %s of %zu",
                       LABEL_LIMIT, kind_of(id2label), found);
  }
  char **made = OG_NEW_ARRAY(char *, found);
  if (!made) {
    return og_error_no_memory(err);
  }
  const OgStatus status = copy_labels(id2label, name, made, found, err);
  if (status != OG_OK || found == 0) {
    og_config_labels_free(made, found);
    return status;
  }
  *labels = made;
  *count = found;
  return OG_OK;
}

OgStatus og_config_labels(const char *directory, char ***labels, size_t *count, OgError *err) {
  *labels = NULL;
  *count = 0;
  char *path = NULL;
  json_t *json = NULL;
  OgStatus status = load_json(directory, &path, &json, err);
  if (status == OG_OK) {
    status = read_labels(json, path, labels, count, err);
  }
  json_decref(json);
  og_free(path);
  return status;
}

void og_config_labels_free(char **labels, size_t count) {
  for (size_t k = 0; labels && k < count; k++) {
    og_free(labels[k]);
  }
  og_free(labels);
}

/* --- writing ---------------------------------------------------------------------------------- */

/* The double of fewest digits that is this float: 0.1f is written 0.1. */
static double shortest(float value) {
  char text[32];
  double number = (double)value;
  for (int digits = 1; digits <= 9; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, (double)value);
    number = strtod(text, NULL);
    if (!((float)number < value || (float)number > value)) {
      break;
    }
  }
  return number;
}

static const char *activation_name(OgActivation activation) {
  size_t k = 0;
  while (activations[k].activation != activation) {
    k++;
  }
  return activations[k].name;
}

/* Put id2label and label2id into json; false when out of memory. */
static bool add_labels(json_t *json, const char *const *labels, size_t count) {
  json_t *names = json_object();
  json_t *numbers = json_object();
  bool fine = json_object_set_new(json, "id2label", names) == 0;
  fine = json_object_set_new(json, "label2id", numbers) == 0 && fine;
  for (size_t k = 0; fine && k < count; k++) {
    char key[24];
    snprintf(key, sizeof key, "%zu", k);
    fine = json_object_set_new(names, key, json_string(labels[k])) == 0 &&
           json_object_set_new(numbers, labels[k], json_integer((json_int_t)k)) == 0;
  }
  return fine;
}

static bool add_activation(json_t *json, const OgConfig *config) {
  const char *key = activation_key(config);
  return !key ||
         json_object_set_new(json, key, json_string(activation_name(config->activation))) == 0;
}

static bool add_fixed(json_t *json, const OgConfig *config) {
  bool fine = true;
  for (size_t k = 0; fine && k < OG_COUNT(fixed_rows); k++) {
    if (fixed_rows[k].of != ALL && is_of(fixed_rows[k].of, config)) {
      fine = json_object_set_new(json, fixed_rows[k].key,
                                 json_loads(fixed_rows[k].value, JSON_DECODE_ANY, NULL)) == 0;
    }
  }
  return fine;
}

static bool add_sizes(json_t *json, const OgConfig *config) {
  OgConfig written = *config;
  written.max_positions += og_config_first_position(config);
  bool fine = true;
  for (size_t k = 0; fine && k < OG_COUNT(size_rows); k++) {
    if (is_of(size_rows[k].of, config)) {
      const size_t value = size_value(&written, &size_rows[k]);
      fine = json_object_set_new(json, size_rows[k].key, json_integer((json_int_t)value)) == 0;
    }
  }
  return fine;
}

static bool add_reals(json_t *json, const OgConfig *config) {
  bool fine = true;
  for (size_t k = 0; fine && k < OG_COUNT(real_rows); k++) {
    if (is_of(real_rows[k].of, config)) {
      const double value = shortest(real_value(config, &real_rows[k]));
      fine = json_object_set_new(json, real_rows[k].key, json_real(value)) == 0;
    }
  }
  return fine;
}

/* The whole file as JSON; NULL when out of memory. */
static json_t *make_json(const OgConfig *config, const char *task, const char *const *labels,
                         size_t label_count) {
  const OgArchitectureRow *row = og_architecture(config->architecture);
  json_t *json = json_pack("{s:[s+], s:s}", "architectures", row->class_name, task, "model_type",
                           row->model_type);
  const bool fine = json && add_activation(json, config) && add_fixed(json, config) &&
                    add_sizes(json, config) && add_reals(json, config) &&
                    (label_count == 0 || add_labels(json, labels, label_count));
  if (!fine) {
    json_decref(json);
    json = NULL;
  }
  return json;
}

OgStatus og_config_save(const char *directory, const OgConfig *config, const char *task,
                        const char *const *labels, size_t label_count, OgError *err) {
  OG_TRY(og_config_check(config, err));
  json_t *json = make_json(config, task, labels, label_count);
  char *path = og_path_join(directory, "config.json");
  const OgStatus status = json && path ? og_json_save(path, json, err) : og_error_no_memory(err);
  og_free(path);
  json_decref(json);
  return status;
}
