#include "model/architecture.h"

#include <assert.h>

/* Names of tensors: as the checkpoints of each model type have them that Hugging Face's
 * transformers 4.x writes. */

#define ROW(role, name, kind, rows, columns, joined, head, last)                                   \
  { OG_ROLE_##role, name, OG_TENSOR_##kind, OG_SIZE_##rows, OG_SIZE_##columns, joined, head, last }
#define WEIGHT(role, name, rows, columns) ROW(role, name, WEIGHT, rows, columns, false, false, NULL)
#define BIAS(role, name, rows)            ROW(role, name, BIAS, rows, 1, false, false, NULL)
#define NORM(role, name, rows)            ROW(role, name, NORM, rows, 1, false, false, NULL)
#define TABLE(role, name, rows, columns)                                                           \
  ROW(role, name, EMBEDDING, rows, columns, false, false, NULL)
/* The same, behind the one before without a gap; and of a head. */
#define JOINED_WEIGHT(role, name) ROW(role, name, WEIGHT, H, H, true, false, NULL)
#define JOINED_BIAS(role, name)   ROW(role, name, BIAS, H, 1, true, false, NULL)
#define HEAD_WEIGHT(role, name)   ROW(role, name, WEIGHT, H, H, false, true, NULL)
#define HEAD_BIAS(role, name)     ROW(role, name, BIAS, H, 1, false, true, NULL)
#define HEAD_NORM(role, name)     ROW(role, name, NORM, H, 1, false, true, NULL)
/* A tensor of a task: its shape is the head's affair, save the width of what is decoded. */
#define TASK_WEIGHT(role, name) ROW(role, name, WEIGHT, E, H, false, true, NULL)
#define TASK_BIAS(role, name)   ROW(role, name, BIAS, E, 1, false, true, NULL)
#define TASK_NORM(role, name)   ROW(role, name, NORM, E, 1, false, true, NULL)
#define DECODER_BIAS(name)      ROW(DECODER_BIAS, name, BIAS, V, 1, false, true, NULL)

static const OgTensorRow bert_embeddings[] = {
    TABLE(WORDS, "embeddings.word_embeddings.weight", V, E),
    TABLE(POSITIONS, "embeddings.position_embeddings.weight", POSITIONS, E),
    TABLE(TYPES, "embeddings.token_type_embeddings.weight", TYPES, E),
    NORM(EMBEDDING_GAIN, "embeddings.LayerNorm.weight", E),
    NORM(EMBEDDING_SHIFT, "embeddings.LayerNorm.bias", E),
};

static const OgTensorRow bert_layer[] = {
    WEIGHT(QUERY_WEIGHT, "attention.self.query.weight", H, H),
    JOINED_WEIGHT(KEY_WEIGHT, "attention.self.key.weight"),
    JOINED_WEIGHT(VALUE_WEIGHT, "attention.self.value.weight"),
    BIAS(QUERY_BIAS, "attention.self.query.bias", H),
    JOINED_BIAS(KEY_BIAS, "attention.self.key.bias"),
    JOINED_BIAS(VALUE_BIAS, "attention.self.value.bias"),
    WEIGHT(MIX_WEIGHT, "attention.output.dense.weight", H, H),
    BIAS(MIX_BIAS, "attention.output.dense.bias", H),
    NORM(GAIN_1, "attention.output.LayerNorm.weight", H),
    NORM(SHIFT_1, "attention.output.LayerNorm.bias", H),
    WEIGHT(UP_WEIGHT, "intermediate.dense.weight", F, H),
    BIAS(UP_BIAS, "intermediate.dense.bias", F),
    WEIGHT(DOWN_WEIGHT, "output.dense.weight", H, F),
    BIAS(DOWN_BIAS, "output.dense.bias", H),
    NORM(GAIN_2, "output.LayerNorm.weight", H),
    NORM(SHIFT_2, "output.LayerNorm.bias", H),
};

static const OgTensorRow bert_pooler[] = {
    WEIGHT(POOLER_WEIGHT, "pooler.dense.weight", H, H),
    BIAS(POOLER_BIAS, "pooler.dense.bias", H),
};

static const OgTensorRow bert_tasks[] = {
    TASK_WEIGHT(CLASSIFIER_WEIGHT, "classifier.weight"),
    TASK_BIAS(CLASSIFIER_BIAS, "classifier.bias"),
    TASK_WEIGHT(MLM_WEIGHT, "cls.predictions.transform.dense.weight"),
    TASK_BIAS(MLM_BIAS, "cls.predictions.transform.dense.bias"),
    TASK_NORM(MLM_GAIN, "cls.predictions.transform.LayerNorm.weight"),
    TASK_NORM(MLM_SHIFT, "cls.predictions.transform.LayerNorm.bias"),
    DECODER_BIAS("cls.predictions.bias"),
};

/* RoBERTa, ELECTRA and MPNet: the dense layer before the classifier belongs to the task. */
static const OgTensorRow dense_pooler[] = {
    HEAD_WEIGHT(POOLER_WEIGHT, "classifier.dense.weight"),
    HEAD_BIAS(POOLER_BIAS, "classifier.dense.bias"),
};

static const OgTensorRow roberta_tasks[] = {
    TASK_WEIGHT(CLASSIFIER_WEIGHT, "classifier.out_proj.weight"),
    TASK_BIAS(CLASSIFIER_BIAS, "classifier.out_proj.bias"),
    TASK_WEIGHT(MLM_WEIGHT, "lm_head.dense.weight"),
    TASK_BIAS(MLM_BIAS, "lm_head.dense.bias"),
    TASK_NORM(MLM_GAIN, "lm_head.layer_norm.weight"),
    TASK_NORM(MLM_SHIFT, "lm_head.layer_norm.bias"),
    DECODER_BIAS("lm_head.bias"),
};

static const OgTensorRow distilbert_embeddings[] = {
    TABLE(WORDS, "embeddings.word_embeddings.weight", V, E),
    TABLE(POSITIONS, "embeddings.position_embeddings.weight", POSITIONS, E),
    NORM(EMBEDDING_GAIN, "embeddings.LayerNorm.weight", E),
    NORM(EMBEDDING_SHIFT, "embeddings.LayerNorm.bias", E),
};

static const OgTensorRow distilbert_layer[] = {
    WEIGHT(QUERY_WEIGHT, "attention.q_lin.weight", H, H),
    JOINED_WEIGHT(KEY_WEIGHT, "attention.k_lin.weight"),
    JOINED_WEIGHT(VALUE_WEIGHT, "attention.v_lin.weight"),
    BIAS(QUERY_BIAS, "attention.q_lin.bias", H),
    JOINED_BIAS(KEY_BIAS, "attention.k_lin.bias"),
    JOINED_BIAS(VALUE_BIAS, "attention.v_lin.bias"),
    WEIGHT(MIX_WEIGHT, "attention.out_lin.weight", H, H),
    BIAS(MIX_BIAS, "attention.out_lin.bias", H),
    NORM(GAIN_1, "sa_layer_norm.weight", H),
    NORM(SHIFT_1, "sa_layer_norm.bias", H),
    WEIGHT(UP_WEIGHT, "ffn.lin1.weight", F, H),
    BIAS(UP_BIAS, "ffn.lin1.bias", F),
    WEIGHT(DOWN_WEIGHT, "ffn.lin2.weight", H, F),
    BIAS(DOWN_BIAS, "ffn.lin2.bias", H),
    NORM(GAIN_2, "output_layer_norm.weight", H),
    NORM(SHIFT_2, "output_layer_norm.bias", H),
};

static const OgTensorRow distilbert_pooler[] = {
    HEAD_WEIGHT(POOLER_WEIGHT, "pre_classifier.weight"),
    HEAD_BIAS(POOLER_BIAS, "pre_classifier.bias"),
};

static const OgTensorRow distilbert_tasks[] = {
    TASK_WEIGHT(CLASSIFIER_WEIGHT, "classifier.weight"),
    TASK_BIAS(CLASSIFIER_BIAS, "classifier.bias"),
    TASK_WEIGHT(MLM_WEIGHT, "vocab_transform.weight"),
    TASK_BIAS(MLM_BIAS, "vocab_transform.bias"),
    TASK_NORM(MLM_GAIN, "vocab_layer_norm.weight"),
    TASK_NORM(MLM_SHIFT, "vocab_layer_norm.bias"),
    DECODER_BIAS("vocab_projector.bias"),
};

static const OgTensorRow electra_embeddings[] = {
    TABLE(WORDS, "embeddings.word_embeddings.weight", V, E),
    TABLE(POSITIONS, "embeddings.position_embeddings.weight", POSITIONS, E),
    TABLE(TYPES, "embeddings.token_type_embeddings.weight", TYPES, E),
    NORM(EMBEDDING_GAIN, "embeddings.LayerNorm.weight", E),
    NORM(EMBEDDING_SHIFT, "embeddings.LayerNorm.bias", E),
    WEIGHT(PROJECTION_WEIGHT, "embeddings_project.weight", H, E),
    BIAS(PROJECTION_BIAS, "embeddings_project.bias", H),
};

static const OgTensorRow electra_tasks[] = {
    TASK_WEIGHT(CLASSIFIER_WEIGHT, "classifier.out_proj.weight"),
    TASK_BIAS(CLASSIFIER_BIAS, "classifier.out_proj.bias"),
    TASK_WEIGHT(MLM_WEIGHT, "generator_predictions.dense.weight"),
    TASK_BIAS(MLM_BIAS, "generator_predictions.dense.bias"),
    TASK_NORM(MLM_GAIN, "generator_predictions.LayerNorm.weight"),
    TASK_NORM(MLM_SHIFT, "generator_predictions.LayerNorm.bias"),
    DECODER_BIAS("generator_lm_head.bias"),
};

static const OgTensorRow albert_embeddings[] = {
    TABLE(WORDS, "embeddings.word_embeddings.weight", V, E),
    TABLE(POSITIONS, "embeddings.position_embeddings.weight", POSITIONS, E),
    TABLE(TYPES, "embeddings.token_type_embeddings.weight", TYPES, E),
    NORM(EMBEDDING_GAIN, "embeddings.LayerNorm.weight", E),
    NORM(EMBEDDING_SHIFT, "embeddings.LayerNorm.bias", E),
    WEIGHT(PROJECTION_WEIGHT, "encoder.embedding_hidden_mapping_in.weight", H, E),
    BIAS(PROJECTION_BIAS, "encoder.embedding_hidden_mapping_in.bias", H),
};

static const OgTensorRow albert_layer[] = {
    WEIGHT(QUERY_WEIGHT, "attention.query.weight", H, H),
    JOINED_WEIGHT(KEY_WEIGHT, "attention.key.weight"),
    JOINED_WEIGHT(VALUE_WEIGHT, "attention.value.weight"),
    BIAS(QUERY_BIAS, "attention.query.bias", H),
    JOINED_BIAS(KEY_BIAS, "attention.key.bias"),
    JOINED_BIAS(VALUE_BIAS, "attention.value.bias"),
    WEIGHT(MIX_WEIGHT, "attention.dense.weight", H, H),
    BIAS(MIX_BIAS, "attention.dense.bias", H),
    NORM(GAIN_1, "attention.LayerNorm.weight", H),
    NORM(SHIFT_1, "attention.LayerNorm.bias", H),
    WEIGHT(UP_WEIGHT, "ffn.weight", F, H),
    BIAS(UP_BIAS, "ffn.bias", F),
    WEIGHT(DOWN_WEIGHT, "ffn_output.weight", H, F),
    BIAS(DOWN_BIAS, "ffn_output.bias", H),
    NORM(GAIN_2, "full_layer_layer_norm.weight", H),
    NORM(SHIFT_2, "full_layer_layer_norm.bias", H),
};

static const OgTensorRow albert_pooler[] = {
    WEIGHT(POOLER_WEIGHT, "pooler.weight", H, H),
    BIAS(POOLER_BIAS, "pooler.bias", H),
};

static const OgTensorRow albert_tasks[] = {
    TASK_WEIGHT(CLASSIFIER_WEIGHT, "classifier.weight"),
    TASK_BIAS(CLASSIFIER_BIAS, "classifier.bias"),
    TASK_WEIGHT(MLM_WEIGHT, "predictions.dense.weight"),
    TASK_BIAS(MLM_BIAS, "predictions.dense.bias"),
    TASK_NORM(MLM_GAIN, "predictions.LayerNorm.weight"),
    TASK_NORM(MLM_SHIFT, "predictions.LayerNorm.bias"),
    DECODER_BIAS("predictions.bias"),
};

static const OgTensorRow mpnet_embeddings[] = {
    TABLE(WORDS, "embeddings.word_embeddings.weight", V, E),
    TABLE(POSITIONS, "embeddings.position_embeddings.weight", POSITIONS, E),
    NORM(EMBEDDING_GAIN, "embeddings.LayerNorm.weight", E),
    NORM(EMBEDDING_SHIFT, "embeddings.LayerNorm.bias", E),
    TABLE(DISTANCES, "encoder.relative_attention_bias.weight", BUCKETS, HEADS),
};

static const OgTensorRow mpnet_layer[] = {
    WEIGHT(QUERY_WEIGHT, "attention.attn.q.weight", H, H),
    JOINED_WEIGHT(KEY_WEIGHT, "attention.attn.k.weight"),
    JOINED_WEIGHT(VALUE_WEIGHT, "attention.attn.v.weight"),
    BIAS(QUERY_BIAS, "attention.attn.q.bias", H),
    JOINED_BIAS(KEY_BIAS, "attention.attn.k.bias"),
    JOINED_BIAS(VALUE_BIAS, "attention.attn.v.bias"),
    WEIGHT(MIX_WEIGHT, "attention.attn.o.weight", H, H),
    BIAS(MIX_BIAS, "attention.attn.o.bias", H),
    NORM(GAIN_1, "attention.LayerNorm.weight", H),
    NORM(SHIFT_1, "attention.LayerNorm.bias", H),
    WEIGHT(UP_WEIGHT, "intermediate.dense.weight", F, H),
    BIAS(UP_BIAS, "intermediate.dense.bias", F),
    WEIGHT(DOWN_WEIGHT, "output.dense.weight", H, F),
    BIAS(DOWN_BIAS, "output.dense.bias", H),
    NORM(GAIN_2, "output.LayerNorm.weight", H),
    NORM(SHIFT_2, "output.LayerNorm.bias", H),
};

static const OgTensorRow modernbert_embeddings[] = {
    TABLE(WORDS, "embeddings.tok_embeddings.weight", V, E),
    NORM(EMBEDDING_GAIN, "embeddings.norm.weight", E),
};

static const OgTensorRow modernbert_layer[] = {
    WEIGHT(QUERY_WEIGHT, "attn.Wqkv.weight", 3H, H),
    WEIGHT(MIX_WEIGHT, "attn.Wo.weight", H, H),
    NORM(GAIN_1, "mlp_norm.weight", H),
    WEIGHT(UP_WEIGHT, "mlp.Wi.weight", 2F, H),
    WEIGHT(DOWN_WEIGHT, "mlp.Wo.weight", H, F),
    ROW(GAIN_2, "attn_norm.weight", NORM, H, 1, false, false, "final_norm.weight"),
};

static const OgTensorRow modernbert_pooler[] = {
    HEAD_WEIGHT(POOLER_WEIGHT, "head.dense.weight"),
    HEAD_NORM(POOLER_GAIN, "head.norm.weight"),
};

/* The masked-language head has the pooler's tensors: it does the same for every masked token. */
static const OgTensorRow modernbert_tasks[] = {
    TASK_WEIGHT(CLASSIFIER_WEIGHT, "classifier.weight"),
    TASK_BIAS(CLASSIFIER_BIAS, "classifier.bias"),
    TASK_WEIGHT(MLM_WEIGHT, "head.dense.weight"),
    TASK_NORM(MLM_GAIN, "head.norm.weight"),
    DECODER_BIAS("decoder.bias"),
};

static const OgTensorRow deberta_embeddings[] = {
    TABLE(WORDS, "embeddings.word_embeddings.weight", V, E),
    NORM(EMBEDDING_GAIN, "embeddings.LayerNorm.weight", E),
    NORM(EMBEDDING_SHIFT, "embeddings.LayerNorm.bias", E),
    TABLE(RELATIVES, "encoder.rel_embeddings.weight", 2BUCKETS, H),
    NORM(RELATIVES_GAIN, "encoder.LayerNorm.weight", H),
    NORM(RELATIVES_SHIFT, "encoder.LayerNorm.bias", H),
};

static const OgTensorRow deberta_layer[] = {
    WEIGHT(QUERY_WEIGHT, "attention.self.query_proj.weight", H, H),
    JOINED_WEIGHT(KEY_WEIGHT, "attention.self.key_proj.weight"),
    JOINED_WEIGHT(VALUE_WEIGHT, "attention.self.value_proj.weight"),
    BIAS(QUERY_BIAS, "attention.self.query_proj.bias", H),
    JOINED_BIAS(KEY_BIAS, "attention.self.key_proj.bias"),
    JOINED_BIAS(VALUE_BIAS, "attention.self.value_proj.bias"),
    WEIGHT(MIX_WEIGHT, "attention.output.dense.weight", H, H),
    BIAS(MIX_BIAS, "attention.output.dense.bias", H),
    NORM(GAIN_1, "attention.output.LayerNorm.weight", H),
    NORM(SHIFT_1, "attention.output.LayerNorm.bias", H),
    WEIGHT(UP_WEIGHT, "intermediate.dense.weight", F, H),
    BIAS(UP_BIAS, "intermediate.dense.bias", F),
    WEIGHT(DOWN_WEIGHT, "output.dense.weight", H, F),
    BIAS(DOWN_BIAS, "output.dense.bias", H),
    NORM(GAIN_2, "output.LayerNorm.weight", H),
    NORM(SHIFT_2, "output.LayerNorm.bias", H),
};

static const OgTensorRow deberta_pooler[] = {
    HEAD_WEIGHT(POOLER_WEIGHT, "pooler.dense.weight"),
    HEAD_BIAS(POOLER_BIAS, "pooler.dense.bias"),
};

/* No LayerNorm either: word vectors mean what they do by their lengths, too. */
static const OgTensorRow static_embeddings[] = {
    TABLE(WORDS, "embeddings.word_embeddings.weight", V, E),
};

static const OgTensorRow static_tasks[] = {
    TASK_WEIGHT(CLASSIFIER_WEIGHT, "classifier.weight"),
    TASK_BIAS(CLASSIFIER_BIAS, "classifier.bias"),
};

#define ROWS(table)                                                                                \
  { table, OG_COUNT(table) }

/* ROBERTA's relatives have its tensors, and differ in their tokenizers. */
#define ROBERTA(type, class)                                                                       \
  {                                                                                                \
    .model_type = type, .class_name = class, .prefix = "roberta.",                                 \
    .layer_prefix = "encoder.layer.", .embeddings = ROWS(bert_embeddings),                         \
    .layer = ROWS(bert_layer), .pooler = ROWS(dense_pooler), .tasks = ROWS(roberta_tasks),         \
    .pooler_activation = OG_TANH                                                                   \
  }

static const OgArchitectureRow architectures[] = {
    [OG_BERT] = {.model_type = "bert",
                 .class_name = "Bert",
                 .prefix = "bert.",
                 .layer_prefix = "encoder.layer.",
                 .embeddings = ROWS(bert_embeddings),
                 .layer = ROWS(bert_layer),
                 .pooler = ROWS(bert_pooler),
                 .tasks = ROWS(bert_tasks),
                 .pooler_activation = OG_TANH},
    [OG_ROBERTA] = ROBERTA("roberta", "Roberta"),
    [OG_XLM_ROBERTA] = ROBERTA("xlm-roberta", "XLMRoberta"),
    [OG_CAMEMBERT] = ROBERTA("camembert", "Camembert"),
    [OG_DISTILBERT] = {.model_type = "distilbert",
                       .class_name = "DistilBert",
                       .prefix = "distilbert.",
                       .layer_prefix = "transformer.layer.",
                       .embeddings = ROWS(distilbert_embeddings),
                       .layer = ROWS(distilbert_layer),
                       .pooler = ROWS(distilbert_pooler),
                       .tasks = ROWS(distilbert_tasks),
                       .pooler_activation = OG_RELU},
    [OG_ELECTRA] = {.model_type = "electra",
                    .class_name = "Electra",
                    .prefix = "electra.",
                    .layer_prefix = "encoder.layer.",
                    .embeddings = ROWS(electra_embeddings),
                    .layer = ROWS(bert_layer),
                    .pooler = ROWS(dense_pooler),
                    .tasks = ROWS(electra_tasks),
                    .pooler_activation = OG_GELU},
    [OG_ALBERT] = {.model_type = "albert",
                   .class_name = "Albert",
                   .prefix = "albert.",
                   .layer_prefix = "encoder.albert_layer_groups.0.albert_layers.",
                   .embeddings = ROWS(albert_embeddings),
                   .layer = ROWS(albert_layer),
                   .pooler = ROWS(albert_pooler),
                   .tasks = ROWS(albert_tasks),
                   .pooler_activation = OG_TANH,
                   .projects_equal = true,
                   .shared = true},
    [OG_MPNET] = {.model_type = "mpnet",
                  .class_name = "MPNet",
                  .prefix = "mpnet.",
                  .layer_prefix = "encoder.layer.",
                  .embeddings = ROWS(mpnet_embeddings),
                  .layer = ROWS(mpnet_layer),
                  .pooler = ROWS(dense_pooler),
                  .tasks = ROWS(roberta_tasks),
                  .pooler_activation = OG_TANH},
    [OG_MODERNBERT] = {.model_type = "modernbert",
                       .class_name = "ModernBert",
                       .prefix = "model.",
                       .layer_prefix = "layers.",
                       .embeddings = ROWS(modernbert_embeddings),
                       .layer = ROWS(modernbert_layer),
                       .pooler = ROWS(modernbert_pooler),
                       .tasks = ROWS(modernbert_tasks),
                       .pooler_activation = OG_GELU,
                       .pre_norm = true,
                       .gated = true,
                       .rotary = true},
    [OG_DEBERTA_V2] = {.model_type = "deberta-v2",
                       .class_name = "DebertaV2",
                       .prefix = "deberta.",
                       .layer_prefix = "encoder.layer.",
                       .embeddings = ROWS(deberta_embeddings),
                       .layer = ROWS(deberta_layer),
                       .pooler = ROWS(deberta_pooler),
                       .tasks = ROWS(bert_tasks),
                       .pooler_activation = OG_GELU,
                       .disentangled = true},
    [OG_STATIC] = {.model_type = "static",
                   .class_name = "Static",
                   .prefix = "static.",
                   .layer_prefix = "layers.",
                   .embeddings = ROWS(static_embeddings),
                   .tasks = ROWS(static_tasks)},
};

_Static_assert(OG_COUNT(architectures) == OG_ARCHITECTURE_COUNT, "every architecture has a row");

const OgArchitectureRow *og_architecture(OgArchitecture architecture) {
  assert(architecture < OG_ARCHITECTURE_COUNT);
  return &architectures[architecture];
}

const char *og_architecture_names(void) {
  return "bert, roberta, xlm-roberta, camembert, distilbert, electra, albert, mpnet, modernbert, "
         "deberta-v2, static";
}

const OgTensorRow *og_architecture_tensor(OgArchitecture architecture, OgRole role) {
  const OgArchitectureRow *row = og_architecture(architecture);
  const OgTensorRows *const tables[] = {&row->embeddings, &row->layer, &row->pooler, &row->tasks};
  for (size_t k = 0; k < OG_COUNT(tables); k++) {
    for (size_t j = 0; j < tables[k]->count; j++) {
      if (tables[k]->rows[j].role == role) {
        return &tables[k]->rows[j];
      }
    }
  }
  return NULL;
}
