/* report: what a training was and came to, as JSON: metrics.json. */
#ifndef OG_FINETUNE_REPORT_H
#define OG_FINETUNE_REPORT_H

#include "core/json.h"
#include "finetune/trainer.h"

/* The options that make a difference to the model, by name; NULL when out of memory. The caller
 * owns it. */
OG_API json_t *og_finetune_options_json(const OgFinetuneOptions *options);

/* Bytes of each item, and "total"; likewise. */
OG_API json_t *og_footprint_json(const OgFootprint *footprint);

/* Write directory/metrics.json. */
OG_API OG_MUST_CHECK OgStatus og_finetune_report_save(const OgFinetuneReport *report,
                                                      const OgFinetuneOptions *options,
                                                      const char *directory, OgError *err);

#endif
