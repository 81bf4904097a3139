#include "tests/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATHS = 4, PATH_SIZE = 4096 };

static char scratch_folder[64];

static const char *keep(const char *folder, const char *relative) {
  static char paths[PATHS][PATH_SIZE];
  static int next;
  char *path = paths[next++ % PATHS];
  snprintf(path, PATH_SIZE, "%s/%s", folder, relative);
  return path;
}

const char *shared_data(const char *relative) {
  const char *folder = getenv("OG_SHARED_DATA");
  const char *path = keep(folder ? folder : OG_SOURCE_ROOT "/../shared/data", relative);
  return access(path, R_OK) == 0 ? path : NULL;
}

const char *test_data(const char *relative) {
  return keep(OG_SOURCE_ROOT "/tests/data", relative);
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *walk) {
  (void)about;
  (void)type;
  (void)walk;
  return remove(path);
}

static void remove_scratch(void) {
  nftw(scratch_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch(const char *name) {
  if (scratch_folder[0] == '\0') {
    snprintf(scratch_folder, sizeof scratch_folder, "/tmp/ontograft-test-XXXXXX");
    if (!mkdtemp(scratch_folder)) {
      perror("mkdtemp");
      abort();
    }
    atexit(remove_scratch);
  }
  return keep(scratch_folder, name);
}
