/* Any bytes as an XML catalog, then looked into. */
#include "ingest/catalog.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const iris[] = {"http://example.org/a", "http://example.org/a/b#", "",
                                     "urn:x"};
  char path[64];
  OgError err = {0};
  OgCatalog *catalog = og_catalog_new();
  const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  if (!catalog || descriptor < 0 || write(descriptor, data, size) != (ssize_t)size) {
    abort();
  }
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  /* Whatever was read before a fault can be asked for. */
  if (og_catalog_add(catalog, path, &err) != OG_OK && err.message[0] == '\0') {
    abort();
  }
  for (size_t k = 0; k < sizeof iris / sizeof *iris; k++) {
    const char *found;
    if (og_catalog_find(catalog, (OgText){iris[k], strlen(iris[k])}, &found, &err) != OG_OK ||
        (found && found[0] != '/')) {
      abort();
    }
  }
  og_catalog_free(catalog);
  close(descriptor);
  return 0;
}
