#include "model/config.h"

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 16 << 20, LABEL_LIMIT = 1 << 20 };

/* A number of the file: where it goes, and what it may be. */
typedef struct SizeRow {
  const char *key;
  size_t offset;
  size_t least, most;
  bool required; /* else og_config_default's value, which is Hugging Face's, stands */
} SizeRow;

typedef struct RealRow {
  const char *key;
  size_t offset;
  double least, most;
} RealRow;

static const SizeRow size_rows[] = {
    {"vocab_size", offsetof(OgConfig, vocab_size), 1, 1 << 26, true},
    {"hidden_size", offsetof(OgConfig, hidden_size), 1, 1 << 16, true},
    {"num_hidden_layers", offsetof(OgConfig, layers), 1, 1 << 10, true},
    {"num_attention_heads", offsetof(OgConfig, heads), 1, 1 << 10, true},
    {"intermediate_size", offsetof(OgConfig, intermediate_size), 1, 1 << 18, true},
    {"max_position_embeddings", offsetof(OgConfig, max_positions), 2, 1 << 20, false},
    {"type_vocab_size", offsetof(OgConfig, type_vocab_size), 1, 1 << 10, false},
    {"pad_token_id", offsetof(OgConfig, pad_token_id), 0, 1 << 26, false},
};

static const RealRow real_rows[] = {
    {"hidden_dropout_prob", offsetof(OgConfig, hidden_dropout), 0.0, 0.99},
    {"attention_probs_dropout_prob", offsetof(OgConfig, attention_dropout), 0.0, 0.99},
    {"layer_norm_eps", offsetof(OgConfig, layer_norm_eps), 1e-30, 1.0},
    {"initializer_range", offsetof(OgConfig, initializer_range), 0.0, 100.0},
};

static const struct {
  const char *name; /* the first row of an activation is the one written */
  OgActivation activation;
} activations[] = {
    {"gelu", OG_GELU},           {"gelu_new", OG_GELU_TANH}, {"gelu_pytorch_tanh", OG_GELU_TANH},
    {"gelu_fast", OG_GELU_TANH}, {"relu", OG_RELU},
};

/* What the encoder can run: model_type, and how the classes in `architectures` begin where
 * model_type is missing. */
static const struct {
  const char *model_type;
  const char *class_prefix;
} supported[] = {{"bert", "Bert"}};

static const char supported_text[] = "supported: bert";

/* Keys that change what the model computes, with the only value that is supported. */
static const struct {
  const char *key;
  const char *text; /* a string of this text, or NULL: false */
} fixed_rows[] = {
    {"position_embedding_type", "absolute"},
    {"is_decoder", NULL},
    {"add_cross_attention", NULL},
};

OgConfig og_config_default(void) {
  return (OgConfig){
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

OgStatus og_config_check(const OgConfig *config, OgError *err) {
  for (size_t k = 0; k < OG_COUNT(size_rows); k++) {
    const SizeRow *row = &size_rows[k];
    const size_t value = size_value(config, row);
    if (value < row->least || value > row->most) {
      return og_error_set(err, OG_USAGE, "%s is %zu, expected %zu to %zu", row->key, value,
                          row->least, row->most);
    }
  }
  for (size_t k = 0; k < OG_COUNT(real_rows); k++) {
    const RealRow *row = &real_rows[k];
    const double value = (double)real_value(config, row);
    if (!(value >= (double)(float)row->least && value <= (double)(float)row->most)) {
      return og_error_set(err, OG_USAGE, "%s is %g, expected %g to %g", row->key, value, row->least,
                          row->most);
    }
  }
  if (config->hidden_size % config->heads != 0) {
    return og_error_set(err, OG_USAGE,
                        "hidden_size %zu is not a multiple of num_attention_heads %zu",
                        config->hidden_size, config->heads);
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

static OgStatus read_activation(const json_t *json, const char *name, OgConfig *config,
                                OgError *err) {
  const json_t *value = json_object_get(json, "hidden_act");
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
                     "hidden_act %.40s is not supported; known: gelu, gelu_new, gelu_pytorch_tanh, "
                     "gelu_fast, relu",
                     found);
}

static OgStatus check_architecture(const json_t *json, const char *name, OgError *err) {
  const json_t *type = json_object_get(json, "model_type");
  const json_t *class = json_array_get(json_object_get(json, "architectures"), 0);
  if (!type && !class) {
    return OG_OK; /* the first BERT checkpoints name neither; their sizes and tensors decide */
  }
  const char *found = json_string_value(type ? type : class);
  for (size_t k = 0; found && k < OG_COUNT(supported); k++) {
    const char *prefix = supported[k].class_prefix;
    if (type ? strcmp(found, supported[k].model_type) == 0
             : strncmp(found, prefix, strlen(prefix)) == 0) {
      return OG_OK;
    }
  }
  return og_error_at(err, OG_BAD_STORE, name, 0, 0, "%s %.60s cannot be run; %s",
                     type ? "model_type" : "architecture", found ? found : "that is not a string",
                     supported_text);
}

static OgStatus check_fixed(const json_t *json, const char *name, OgError *err) {
  for (size_t k = 0; k < OG_COUNT(fixed_rows); k++) {
    const json_t *value = json_object_get(json, fixed_rows[k].key);
    const char *text = fixed_rows[k].text;
    const bool fine = !value || json_is_null(value) ||
                      (text ? json_is_string(value) && strcmp(json_string_value(value), text) == 0
                            : json_is_false(value));
    if (!fine) {
      return og_error_at(err, OG_BAD_STORE, name, 0, 0, "%s must be %s, found %.60s",
                         fixed_rows[k].key, text ? text : "false",
                         json_is_string(value) ? json_string_value(value) : kind_of(value));
    }
  }
  return OG_OK;
}

static OgStatus read_config(const json_t *json, const char *name, OgConfig *config, OgError *err) {
  if (!json_is_object(json)) {
    return og_error_at(err, OG_BAD_STORE, name, 0, 0, "expected a JSON object, found %s",
                       kind_of(json));
  }
  OG_TRY(check_architecture(json, name, err));
  OG_TRY(check_fixed(json, name, err));
  OgConfig made = og_config_default();
  for (size_t k = 0; k < OG_COUNT(size_rows); k++) {
    OG_TRY(read_size(json, &size_rows[k], name, &made, err));
  }
  for (size_t k = 0; k < OG_COUNT(real_rows); k++) {
    OG_TRY(read_real(json, &real_rows[k], name, &made, err));
  }
  OG_TRY(read_activation(json, name, &made, err));
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
  return *path ? og_json_load(*path, FILE_LIMIT, OG_BAD_STORE, json, err) : og_error_no_memory(err);
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

/* The whole file as JSON; NULL when out of memory. */
static json_t *make_json(const OgConfig *config, const char *architecture,
                         const char *const *labels, size_t label_count) {
  json_t *json = json_pack("{s:[s], s:s, s:s, s:s}", "architectures", architecture, "model_type",
                           supported[0].model_type, "position_embedding_type", "absolute",
                           "hidden_act", activation_name(config->activation));
  bool fine = json != NULL;
  for (size_t k = 0; fine && k < OG_COUNT(size_rows); k++) {
    fine = json_object_set_new(json, size_rows[k].key,
                               json_integer((json_int_t)size_value(config, &size_rows[k]))) == 0;
  }
  for (size_t k = 0; fine && k < OG_COUNT(real_rows); k++) {
    fine = json_object_set_new(json, real_rows[k].key,
                               json_real(shortest(real_value(config, &real_rows[k])))) == 0;
  }
  if (fine && label_count > 0) {
    fine = add_labels(json, labels, label_count);
  }
  if (!fine) {
    json_decref(json);
    json = NULL;
  }
  return json;
}

OgStatus og_config_save(const char *directory, const OgConfig *config, const char *architecture,
                        const char *const *labels, size_t label_count, OgError *err) {
  OG_TRY(og_config_check(config, err));
  json_t *json = make_json(config, architecture, labels, label_count);
  char *path = og_path_join(directory, "config.json");
  const OgStatus status = json && path ? og_json_save(path, json, err) : og_error_no_memory(err);
  og_free(path);
  json_decref(json);
  return status;
}
