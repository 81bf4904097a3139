/* adapter: what a training with low-rank adapters learned, in the layout of Hugging Face's PEFT: a
 * folder with adapter_config.json and adapter_model.safetensors, beside the merged model. */
#ifndef OG_FINETUNE_ADAPTER_H
#define OG_FINETUNE_ADAPTER_H

#include "model/lora.h"

typedef struct OgAdapterInfo {
  const char *base; /* directory of the base network */
  OgLoraShape shape;
  bool classifier; /* the model is a plain classifier, whose own tensors are saved, too; otherwise
                      it is the encoder alone */
} OgAdapterInfo;

/* Write directory/adapter/. params->lora has the adapters. */
OG_API OG_MUST_CHECK OgStatus og_adapter_save(const OgParams *params, const OgAdapterInfo *info,
                                              const char *directory, OgError *err);

#endif
