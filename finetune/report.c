#include "finetune/report.h"

#include "core/file.h"
#include "core/memory.h"

json_t *og_finetune_options_json(const OgFinetuneOptions *o) {
  return json_pack(
      "{s:s, s:s?, s:f, s:b, s:I, s:I, s:f, s:f, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:b, "
      "s:I, s:i, s:I, s:b, s:I, s:s, s:I, s:f, s:s, s:b, s:s?, s:s?, s:s?}",
      "train", o->train, "dev", o->dev, "held_out", o->held_out, "shuffle_entities",
      o->shuffle_entities, "max_length", (json_int_t)o->max_length, "batch_size",
      (json_int_t)o->batch_size, "epochs", o->epochs, "minutes", o->minutes, "patience",
      (json_int_t)o->patience, "learning_rate", o->learning_rate, "head_rate", o->head_rate,
      "warmup", o->warmup, "weight_decay", o->weight_decay, "clip", o->clip, "dropout", o->dropout,
      "mention_mask", o->mention_mask, "entity_dropout", o->entity_dropout, "freeze_base",
      o->freeze_base, "seed", (json_int_t)o->seed, "threads", o->threads, "accumulate",
      (json_int_t)o->accumulate, "windows", o->windows, "stride", (json_int_t)o->stride,
      "window_pooling", og_window_pooling_name(o->window_pooling), "lora_rank",
      (json_int_t)o->lora.rank, "lora_alpha", (double)o->lora.alpha, "lora_targets",
      og_lora_targets_name(o->lora.targets), "recompute", o->recompute, "text_column",
      o->data.text_column, "label_column", o->data.label_column, "id_column", o->data.id_column);
}

/* NULL when out of memory; so for the others. */
static json_t *epochs_json(const OgFinetuneReport *report) {
  json_t *epochs = json_array();
  for (size_t k = 0; epochs && k < report->epoch_count; k++) {
    const OgEpoch *epoch = &report->epochs[k];
    json_t *json = json_pack("{s:f, s:f, s:f, s:f, s:f}", "train_loss", epoch->train_loss,
                             "dev_loss", epoch->dev_loss, "accuracy", epoch->accuracy, "macro_f1",
                             epoch->macro_f1, "seconds", epoch->seconds);
    if (json_array_append_new(epochs, json) != 0) {
      json_decref(epochs);
      return NULL;
    }
  }
  return epochs;
}

json_t *og_footprint_json(const OgFootprint *footprint) {
  json_t *json = json_pack("{s:I}", "total", (json_int_t)og_footprint_total(footprint));
  for (int k = 0; json && k < OG_FOOTPRINT_ITEMS; k++) {
    if (json_object_set_new(json, og_footprint_name((OgFootprintItem)k),
                            json_integer((json_int_t)footprint->bytes[k])) != 0) {
      json_decref(json);
      return NULL;
    }
  }
  return json;
}

static json_t *report_json(const OgFinetuneReport *r, const OgFinetuneOptions *o) {
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
                   "s:I, s:f, s:s, s:I, "
                   "s:f, s:I, s:I, s:b, s:o, s:o, s:o}",
                   "made_by", "ontograft " OG_VERSION, "base", o->base, "fusion",
                   og_fusion_name(o->fusion), "pooling", og_pooling_name(r->pooling),
                   "embedding_set", r->embedding_set, "graph_hash", r->graph_hash, "train_texts",
                   (json_int_t)r->train_texts, "dev_texts", (json_int_t)r->dev_texts, "test_texts",
                   (json_int_t)r->test_texts, "tokens", (json_int_t)r->tokens, "truncated",
                   (json_int_t)r->truncated, "mentions", (json_int_t)r->mentions, "linked_texts",
                   (json_int_t)r->linked_texts, "entities", (json_int_t)r->entities, "parameters",
                   (json_int_t)r->parameters, "trained", (json_int_t)r->trained, "seconds",
                   r->seconds, "stop", og_train_stop_name(r->stop), "best_epoch",
                   (json_int_t)r->best_epoch + 1, "dev_loss", r->dev_loss, "windowed",
                   (json_int_t)r->windowed, "windows", (json_int_t)r->windows, "recomputed",
                   r->recomputed, "memory", og_footprint_json(&r->footprint), "options",
                   og_finetune_options_json(o), "epochs", epochs_json(r));
}

/* Put metrics under a key of json. */
static OgStatus put_metrics(json_t *json, const char *key, const OgMetrics *metrics,
                            const OgLabels *labels, OgError *err) {
  json_t *value;
  OG_TRY(og_metrics_json(metrics, (const char *const *)labels->names, &value, err));
  return json_object_set_new(json, key, value) == 0 ? OG_OK : og_error_no_memory(err);
}

OgStatus og_finetune_report_save(const OgFinetuneReport *report, const OgFinetuneOptions *options,
                                 const char *directory, OgError *err) {
  json_t *json = report_json(report, options);
  char *path = og_path_join(directory, "metrics.json");
  OgStatus status = json && path ? OG_OK : og_error_no_memory(err);
  if (status == OG_OK && report->dev.count > 0) {
    status = put_metrics(json, "dev", &report->dev, &report->labels, err);
  }
  if (status == OG_OK && report->test.count > 0) {
    status = put_metrics(json, "test", &report->test, &report->labels, err);
  }
  if (status == OG_OK) {
    status = og_json_save(path, json, err);
  }
  og_free(path);
  json_decref(json);
  return status;
}

void og_finetune_report_clear(OgFinetuneReport *report) {
  og_labels_clear(&report->labels);
  og_free(report->epochs);
  og_metrics_clear(&report->dev);
  og_metrics_clear(&report->test);
  *report = (OgFinetuneReport){0};
}
