#include "kg/embed_state.h"

#include "core/file.h"

#include <stdint.h>
#include <string.h>

static const char magic[8] = {'O', 'G', 'E', 'M', 'B', 'E', 'D', '3'};

enum { HEADER = sizeof magic + OG_SHA256_HEX_SIZE };

/* Of a part and of what comes before it, whose checksum is `before`. */
static uint64_t checksum(uint64_t before, OgStatePart part) {
  const uint64_t sums[] = {before, og_hash(part.bytes, part.size)};
  return og_hash(sums, sizeof sums);
}

static OgStatus write_bytes(OgReplacement *file, const void *bytes, size_t size, const char *path,
                            OgError *err) {
  if (size > 0 && fwrite(bytes, 1, size, file->file) != size) {
    return og_error_errno(err, "write", path);
  }
  return OG_OK;
}

OgStatus og_embed_state_save(const char *path, const char run[OG_SHA256_HEX_SIZE],
                             const OgStatePart *parts, size_t count, OgError *err) {
  OgReplacement file;
  OG_TRY(og_replacement_open(path, &file, err));
  uint64_t sum = 0;
  OgStatus status;
  OG_GO(write_bytes(&file, magic, sizeof magic, path, err));
  OG_GO(write_bytes(&file, run, OG_SHA256_HEX_SIZE, path, err));
  for (size_t k = 0; k < count; k++) {
    sum = checksum(sum, parts[k]);
    OG_GO(write_bytes(&file, parts[k].bytes, parts[k].size, path, err));
    OG_GO(write_bytes(&file, &sum, sizeof sum, path, err));
  }
  status = og_replacement_commit(&file, err);
done:
  og_replacement_close(&file);
  return status;
}

static OgStatus damaged(const char *path, OgError *err) {
  return og_error_set(err, OG_BAD_STORE,
                      "%s is not a saved training, or a damaged one; delete it to train anew",
                      path);
}

OgStatus og_embed_state_foreign(const char *path, OgError *err) {
  return og_error_set(err, OG_BAD_STORE,
                      "%s was saved by a training with other options or of another graph; give the "
                      "same ones, or delete it to train anew",
                      path);
}

static OgStatus check_header(const char *path, const OgFileMap *map, const char *run,
                             OgError *err) {
  if (map->size < HEADER || memcmp(map->bytes, magic, sizeof magic) != 0) {
    return damaged(path, err);
  }
  if (memcmp(map->bytes + sizeof magic, run, OG_SHA256_HEX_SIZE) != 0) {
    return og_embed_state_foreign(path, err);
  }
  return OG_OK;
}

OgStatus og_embed_state_load(const char *path, const char run[OG_SHA256_HEX_SIZE],
                             const OgStatePart *parts, size_t count, OgError *err) {
  OgFileMap map;
  OG_TRY(og_file_map(path, &map, err));
  OgStatus status;
  OG_GO(check_header(path, &map, run, err));
  size_t at = HEADER;
  uint64_t sum = 0;
  for (size_t k = 0; k < count; k++) {
    const size_t size = parts[k].size;
    if (map.size - at < size + sizeof sum) {
      status = damaged(path, err);
      goto done;
    }
    if (size > 0) {
      memcpy(parts[k].bytes, map.bytes + at, size);
    }
    sum = checksum(sum, parts[k]);
    if (memcmp(&sum, map.bytes + at + size, sizeof sum) != 0) {
      status = damaged(path, err);
      goto done;
    }
    at += size + sizeof sum;
  }
done:
  og_file_unmap(&map);
  return status;
}
