/* Any bytes as a safetensors file: what opens can be listed, found and read. */
#include "core/memory.h"
#include "model/safetensors.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Read an array both ways; its bytes are inside the file, so its elements are few. */
static void read_array(const OgArray *array) {
  const size_t count = og_array_count(array);
  float *reals = og_calloc_floats(count);
  int64_t *numbers = OG_NEW_ARRAY(int64_t, count);
  if (!reals || !numbers) {
    abort();
  }
  OgStatus status = og_array_floats(array, reals, NULL);
  status = og_array_integers(array, numbers, NULL);
  (void)status;
  og_free(numbers);
  og_free_floats(reals);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  OgError err = {0};
  OgSafetensors *file;
  if (og_safetensors_parse(data, size, "fuzz", &file, &err) != OG_OK) {
    return 0;
  }
  for (size_t k = 0; k < og_safetensors_count(file); k++) {
    const OgArray *array = og_safetensors_at(file, k);
    if (og_safetensors_find(file, array->name) != array) {
      abort();
    }
    read_array(array);
  }
  og_safetensors_metadata(file, "format");
  og_safetensors_close(file);
  return 0;
}
