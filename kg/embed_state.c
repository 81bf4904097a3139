#include "kg/embed_state.h"

#include "core/file.h"

#include <stdint.h>
#include <string.h>

static const char magic[8] = {'O', 'G', 'E', 'M', 'B', 'E', 'D', '1'};

enum { HEADER = sizeof magic + OG_SHA256_HEX_SIZE };

/* Of the bytes of all parts. */
static uint64_t checksum(const OgStatePart *parts, size_t count) {
  uint64_t sums[2] = {0, 0};
  for (size_t k = 0; k < count; k++) {
    sums[1] = og_hash(parts[k].bytes, parts[k].size);
    sums[0] = og_hash(sums, sizeof sums);
  }
  return sums[0];
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
  const uint64_t sum = checksum(parts, count);
  OgStatus status;
  OG_GO(write_bytes(&file, magic, sizeof magic, path, err));
  OG_GO(write_bytes(&file, run, OG_SHA256_HEX_SIZE, path, err));
  for (size_t k = 0; k < count; k++) {
    OG_GO(write_bytes(&file, parts[k].bytes, parts[k].size, path, err));
  }
  OG_GO(write_bytes(&file, &sum, sizeof sum, path, err));
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

static OgStatus check_header(const char *path, const OgFileMap *map, const char *run,
                             OgError *err) {
  if (map->size < HEADER || memcmp(map->bytes, magic, sizeof magic) != 0) {
    return damaged(path, err);
  }
  if (memcmp(map->bytes + sizeof magic, run, OG_SHA256_HEX_SIZE) != 0) {
    return og_error_set(err, OG_BAD_STORE,
                        "%s was saved by a training with other options or of another graph; give "
                        "the same ones, or delete it to train anew",
                        path);
  }
  return OG_OK;
}

OgStatus og_embed_state_load(const char *path, const char run[OG_SHA256_HEX_SIZE],
                             const OgStatePart *parts, size_t count, OgError *err) {
  OgFileMap map;
  OG_TRY(og_file_map(path, &map, err));
  OgStatus status;
  OG_GO(check_header(path, &map, run, err));
  size_t expected = HEADER + sizeof(uint64_t), at = HEADER;
  for (size_t k = 0; k < count; k++) {
    expected += parts[k].size;
  }
  if (map.size != expected) {
    status = damaged(path, err);
    goto done;
  }
  for (size_t k = 0; k < count; at += parts[k++].size) {
    if (parts[k].size > 0) {
      memcpy(parts[k].bytes, map.bytes + at, parts[k].size);
    }
  }
  const uint64_t sum = checksum(parts, count);
  status = memcmp(&sum, map.bytes + at, sizeof sum) == 0 ? OG_OK : damaged(path, err);
done:
  og_file_unmap(&map);
  return status;
}
