/* Any bytes as labelled texts; the first byte chooses the format, the next the options. */
#include "finetune/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory that holds the bytes, under a path that can be opened. */
static int make_file(const uint8_t *data, size_t size, char *path, size_t path_size) {
  const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  if (descriptor < 0 || write(descriptor, data, size) != (ssize_t)size) {
    abort();
  }
  snprintf(path, path_size, "/proc/self/fd/%d", descriptor);
  return descriptor;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) {
    return 0;
  }
  OgError err = {0};
  OgDataset dataset;
  char path[64];
  const OgDatasetOptions options = {
      .format = (OgDataFormat)(data[0] % 4),
      .text_column = data[1] & 1 ? "1" : NULL,
      .label_column = data[1] & 2 ? "2" : NULL,
      .labels_required = data[1] & 4,
      .no_header = data[1] & 8,
  };
  const int descriptor = make_file(data + 2, size - 2, path, sizeof path);
  if (og_dataset_load(path, &options, NULL, NULL, &dataset, &err) == OG_OK) {
    for (size_t k = 0; k < dataset.count; k++) {
      if (strlen(dataset.examples[k].text) != dataset.examples[k].text_size) {
        abort();
      }
    }
    og_dataset_clear(&dataset);
  }
  close(descriptor);
  return 0;
}
