/* Any bytes as a zip archive: its members are inside it, and are read or refused. */
#include "ingest/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_READ = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_member(const char *path) {
  OgError err = {0};
  OgInput *input = NULL;
  char bytes[4096];
  size_t got = 1;
  if (og_archive_open(NULL, path, &input, &err) != OG_OK) {
    return;
  }
  while (got > 0 && og_input_read(input, bytes, sizeof bytes, &got, &err) == OG_OK) {
  }
  og_input_close(input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char path[64];
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  const char **members;
  size_t count;
  snprintf(path, sizeof path, "/tmp/fuzz-archive-%d.zip", (int)getpid());
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
    abort();
  }
  if (og_archive_list(NULL, path, &arena, &members, &count, &err) == OG_OK) {
    for (size_t i = 0; i < count; i++) {
      if (strncmp(members[i], path, strlen(path)) != 0 || strstr(members[i], "/../")) {
        abort();
      }
      if (i < MOST_READ) {
        read_member(members[i]);
      }
    }
  }
  og_arena_clear(&arena);
  unlink(path);
  return 0;
}
