#include "finetune/adapter.h"

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "model/safetensors.h"

#include <stdio.h>
#include <string.h>

/* What PEFT puts in front of the names of the model that it wraps. */
static const char wrapper[] = "base_model.model.";

enum { NAME_SIZE = OG_TENSOR_NAME_SIZE + 64 };

static const char *prefix_of(const OgParams *params, const OgAdapterInfo *info) {
  return info->classifier ? og_architecture(params->config.architecture)->prefix : "";
}

static bool is_adapter(const OgTensor *tensor) {
  return strstr(tensor->name, ".lora_A.") || strstr(tensor->name, ".lora_B.");
}

/* A tensor that learned beside the adapters: the classifier's, and a pooler that the base lacked.
 */
static bool is_saved_whole(const OgParams *params, const OgAdapterInfo *info,
                           const OgTensor *tensor) {
  return info->classifier && og_is_trained(params, tensor->offset) && !is_adapter(tensor);
}

/* ---- the tensors ---- */

static OgStatus save_tensors(const OgParams *params, const OgAdapterInfo *info,
                             const char *directory, OgError *err) {
  typedef char Name[NAME_SIZE];
  OgStatus status;
  OgArray *arrays = OG_NEW_ARRAY(OgArray, params->count);
  Name *names = OG_NEW_ARRAY(Name, params->count);
  char *path = og_path_join(directory, "adapter_model.safetensors");
  size_t count = 0;
  if (!arrays || !names || !path) {
    status = og_error_no_memory(err);
    goto done;
  }
  for (size_t k = 0; k < params->count; k++) {
    const OgTensor *tensor = &params->tensors[k];
    if (is_adapter(tensor) || is_saved_whole(params, info, tensor)) {
      const bool encoder = is_adapter(tensor) || !tensor->head;
      snprintf(names[count], NAME_SIZE, "%s%s%s", wrapper, encoder ? prefix_of(params, info) : "",
               tensor->name);
      arrays[count] = (OgArray){.name = names[count],
                                .dtype = OG_F32,
                                .rank = tensor->rank,
                                .shape = {tensor->rows, tensor->columns},
                                .bytes = og_tensor_at(params->weights, tensor)};
      count++;
    }
  }
  status = og_safetensors_save(path, arrays, count, NULL, 0, err);
done:
  og_free(path);
  og_free(names);
  og_free(arrays);
  return status;
}

/* ---- the configuration ---- */

/* False when out of memory. */
static bool add_once(json_t *array, const char *text) {
  size_t k;
  const json_t *item;
  json_array_foreach(array, k, item) {
    if (strcmp(json_string_value(item), text) == 0) {
      return true;
    }
  }
  return json_array_append_new(array, json_string(text)) == 0;
}

/* The modules with adapters, as their names end in every layer: "attention.self.query". */
static json_t *target_modules(const OgParams *params) {
  json_t *modules = json_array();
  size_t count;
  const OgAdapter *adapters = og_lora_adapters(params->lora, &count);
  for (size_t k = 0; k < count; k++) {
    const OgTensor *weight = &params->tensors[adapters[k].weight];
    const OgTensorRow *row = og_architecture_tensor(params->config.architecture, weight->role);
    char module[OG_TENSOR_NAME_SIZE];
    snprintf(module, sizeof module, "%.*s", (int)(strlen(row->name) - strlen(".weight")),
             row->name);
    if (!add_once(modules, module)) {
      json_decref(modules);
      return NULL;
    }
  }
  return modules;
}

/* The modules that are saved whole, by the first part of their name: "classifier". */
static json_t *saved_modules(const OgParams *params, const OgAdapterInfo *info) {
  json_t *modules = json_array();
  for (size_t k = 0; k < params->count; k++) {
    const OgTensor *tensor = &params->tensors[k];
    if (is_saved_whole(params, info, tensor)) {
      char module[OG_TENSOR_NAME_SIZE];
      snprintf(module, sizeof module, "%.*s", (int)strcspn(tensor->name, "."), tensor->name);
      if (!add_once(modules, module)) {
        json_decref(modules);
        return NULL;
      }
    }
  }
  return modules;
}

static OgStatus save_config(const OgParams *params, const OgAdapterInfo *info,
                            const char *directory, OgError *err) {
  json_t *json = json_pack(
      "{s:s, s:s, s:s, s:b, s:I, s:f, s:f, s:s, s:b, s:b, s:o, s:o}", "peft_type", "LORA",
      "task_type", info->classifier ? "SEQ_CLS" : "FEATURE_EXTRACTION", "base_model_name_or_path",
      info->base, "inference_mode", 1, "r", (json_int_t)info->shape.rank, "lora_alpha",
      (double)info->shape.alpha, "lora_dropout", 0.0, "bias", "none", "fan_in_fan_out", 0,
      "init_lora_weights", 1, "target_modules", target_modules(params), "modules_to_save",
      saved_modules(params, info));
  char *path = og_path_join(directory, "adapter_config.json");
  const OgStatus status = json && path ? og_json_save(path, json, err) : og_error_no_memory(err);
  og_free(path);
  json_decref(json);
  return status;
}

OgStatus og_adapter_save(const OgParams *params, const OgAdapterInfo *info, const char *directory,
                         OgError *err) {
  char *folder = og_path_join(directory, "adapter");
  if (!folder) {
    return og_error_no_memory(err);
  }
  OgStatus status;
  OG_GO(og_directory_make(folder, err));
  OG_GO(save_config(params, info, folder, err));
  OG_GO(save_tensors(params, info, folder, err));
done:
  og_free(folder);
  return status;
}
