/* config: config.json of a Hugging Face directory, checked. The keys of each architecture are
 * columns of the tables in config.c. */
#ifndef OG_MODEL_CONFIG_H
#define OG_MODEL_CONFIG_H

#include "core/error.h"
#include "model/architecture.h"

typedef struct OgConfig {
  OgArchitecture architecture;
  size_t vocab_size;        /* V */
  size_t embedding_size;    /* E; 0 where the architecture has no projection: H */
  size_t hidden_size;       /* H, a multiple of heads */
  size_t layers;            /* L */
  size_t heads;             /* A */
  size_t intermediate_size; /* F */
  size_t max_positions;     /* P: longest sequence in tokens */
  size_t type_vocab_size;   /* 0 where the architecture has no token types */
  size_t pad_token_id;
  size_t distance_buckets; /* 0, or those of relative distances */
  size_t global_every;     /* 0, or: layers whose number is no multiple of it attend locally */
  size_t local_window;     /* to tokens at most half of this away */
  OgActivation activation;
  float hidden_dropout; /* probability */
  float attention_dropout;
  float layer_norm_eps;
  float initializer_range;
  float global_theta, local_theta; /* bases of the rotary angles, by what a layer attends to */
} OgConfig;

/* Values of BERT-tiny: 2 layers, 128 wide, 2 heads, 512 positions. */
OG_API OgConfig og_config_default(void);

/* The same sizes in another architecture, whose own values are its published ones. */
OG_API OgConfig og_config_default_of(OgArchitecture architecture);

/* Number of the row of the position table that a sequence's first token takes: 0, but behind the
 * padding's own in RoBERTa and its relatives. */
OG_API size_t og_config_first_position(const OgConfig *config);

/* The value of a size that shapes are made of. */
OG_API size_t og_config_size(const OgConfig *config, OgSize size);

/* Read directory/config.json. Faults are OG_BAD_STORE and name the key, what was expected and what
 * was found. */
OG_API OG_MUST_CHECK OgStatus og_config_load(const char *directory, OgConfig *config, OgError *err);

/* The same from size bytes of JSON; name stands in messages. */
OG_API OG_MUST_CHECK OgStatus og_config_parse(const char *text, size_t size, const char *name,
                                              OgConfig *config, OgError *err);

/* Every size is within its limits, and they fit together (OG_USAGE); no product of two sizes wraps
 * then. */
OG_API OG_MUST_CHECK OgStatus og_config_check(const OgConfig *config, OgError *err);

/* Write directory/config.json for a model of the class "Bert" + `task` ("Model", "ForMaskedLM",
 * "ForSequenceClassification"), or what the architecture has instead of "Bert". labels (label_count
 * of them, NULL for none) become id2label and label2id. */
OG_API OG_MUST_CHECK OgStatus og_config_save(const char *directory, const OgConfig *config,
                                             const char *task, const char *const *labels,
                                             size_t label_count, OgError *err);

/* Read id2label of directory/config.json: *labels in order of number, *count 0 and *labels NULL
 * when there is none. The caller releases them with og_config_labels_free. */
OG_API OG_MUST_CHECK OgStatus og_config_labels(const char *directory, char ***labels, size_t *count,
                                               OgError *err);
OG_API void og_config_labels_free(char **labels, size_t count);

#endif
