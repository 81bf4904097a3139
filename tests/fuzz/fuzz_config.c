/* Any bytes as a config.json: what is accepted fits together, and its parameters can be laid out.
 */
#include "model/params.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small enough to allocate at every round. */
static bool is_small(const OgConfig *c) {
  return c->vocab_size < 1000 && c->hidden_size < 100 && c->layers < 10 &&
         c->intermediate_size < 1000 && c->max_positions < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  OgError err = {0};
  OgConfig config;
  OgParams params;
  if (og_config_parse((const char *)data, size, "fuzz", &config, &err) != OG_OK) {
    return 0;
  }
  if (og_config_check(&config, &err) != OG_OK) {
    abort();
  }
  if (is_small(&config)) {
    if (og_params_init(&params, &config, NULL, 0, &err) != OG_OK) {
      abort();
    }
    og_params_clear(&params);
  }
  return 0;
}
