/* A zip archive whose members are inside it, and are read or refused. Random bytes hardly ever make
 * one, so the input is a recipe (when its first byte is even; otherwise it is the archive):
 * members, each with its name, how it is packed, the lies that its headers tell and its bytes; then
 * a few bytes of the archive that was made of them are overwritten. Checksums and sizes are right
 * where no lie is asked for. Without lies, what is read must be what was packed.
 *
 * recipe := 0 COUNT member* (OFFSET OFFSET BYTE)*
 * member := METHOD LIES NAME_SIZE name DATA_SIZE DATA_SIZE data */
#include "core/buffer.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/quad.h"
#include "ingest/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
  MOST_MEMBERS = 6,
  MOST_EDITS = 4,
  DEFLATED = 8,
  /* the lies of a header */
  LIE_CHECKSUM = 1,
  LIE_SIZE = 2,
  LIE_PACKED_SIZE = 4,
  LIE_LARGE = 8,       /* a size near 4 GiB */
  LIE_LOCAL_ONLY = 16, /* the directory tells the truth */
  LIE_ENCRYPTED = 32,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Recipe {
  const uint8_t *at, *end;
} Recipe;

typedef struct Member {
  uint8_t method, lies;
  OgText name, data;
  uint32_t offset, checksum, packed_size;
} Member;

typedef struct Archive {
  OgBuffer bytes;
  Member members[MOST_MEMBERS];
  size_t count;
  bool is_honest;
} Archive;

static uint8_t take_byte(Recipe *recipe) {
  return recipe->at < recipe->end ? *recipe->at++ : 0;
}

static uint16_t take_short(Recipe *recipe) {
  const uint8_t low = take_byte(recipe);
  return (uint16_t)(low | take_byte(recipe) << 8);
}

static OgText take_text(Recipe *recipe, size_t size) {
  const size_t left = (size_t)(recipe->end - recipe->at);
  const OgText text = {(const char *)recipe->at, size < left ? size : left};
  recipe->at += text.size;
  return text;
}

static void put(OgBuffer *bytes, const void *data, size_t size) {
  if (og_buffer_append(bytes, data, size, NULL) != OG_OK) {
    abort();
  }
}

static void put_number(OgBuffer *bytes, uint32_t number, size_t size) {
  for (size_t i = 0; i < size; i++) {
    put(bytes, &(uint8_t){(uint8_t)(number >> 8 * i)}, 1);
  }
}

/* What a local header and an entry of the directory both say (APPNOTE 4.3.7, 4.3.12), from the
 * version on. */
static void put_about(OgBuffer *bytes, const Member *member, bool is_local) {
  const uint8_t lies = member->lies & LIE_LOCAL_ONLY && !is_local ? 0 : member->lies;
  const uint32_t large = lies & LIE_LARGE ? UINT32_MAX - 7 : 1;
  put_number(bytes, 20, 2);
  put_number(bytes, lies & LIE_ENCRYPTED ? 1 : 0, 2);
  put_number(bytes, member->method, 2);
  put_number(bytes, 0, 4); /* when */
  put_number(bytes, member->checksum + (lies & LIE_CHECKSUM ? 1 : 0), 4);
  put_number(bytes, member->packed_size + (lies & LIE_PACKED_SIZE ? large : 0), 4);
  put_number(bytes, (uint32_t)member->data.size + (lies & LIE_SIZE ? large : 0), 4);
  put_number(bytes, (uint32_t)member->name.size, 2);
  put_number(bytes, 0, 2);
}

static void put_packed(OgBuffer *bytes, Member *member) {
  static uint8_t packed[1 << 17];
  z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)member->data.data,
                     .avail_in = (uInt)member->data.size,
                     .next_out = packed,
                     .avail_out = sizeof packed};
  if (deflateInit2(&stream, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
      deflate(&stream, Z_FINISH) != Z_STREAM_END) {
    abort();
  }
  deflateEnd(&stream);
  put(bytes, packed, stream.total_out);
}

static void add_member(Archive *archive, Recipe *recipe) {
  OgBuffer body = OG_BUFFER_INIT;
  Member *member = &archive->members[archive->count++];
  const uint8_t method = take_byte(recipe);
  *member = (Member){.method = method % 4 == 0   ? 0
                               : method % 4 == 1 ? DEFLATED
                                                 : method / 4,
                     .lies = take_byte(recipe),
                     .offset = (uint32_t)archive->bytes.size};
  member->name = take_text(recipe, take_byte(recipe));
  member->data = take_text(recipe, take_short(recipe));
  member->checksum = (uint32_t)crc32(0, (const Bytef *)member->data.data, (uInt)member->data.size);
  if (member->method == DEFLATED) {
    put_packed(&body, member);
  } else {
    put(&body, member->data.data, member->data.size);
  }
  /* libzip takes a zero byte in a name for a blank: another member may have that name. */
  archive->is_honest &= !memchr(member->name.data, '\0', member->name.size);
  archive->is_honest &= member->lies == 0 && (member->method == 0 || member->method == DEFLATED);
  member->packed_size = (uint32_t)body.size;
  put(&archive->bytes, "PK\3\4", 4);
  put_about(&archive->bytes, member, true);
  put(&archive->bytes, member->name.data, member->name.size);
  put(&archive->bytes, body.data, body.size);
  og_buffer_clear(&body);
}

static void put_directory(Archive *archive) {
  OgBuffer *bytes = &archive->bytes;
  const uint32_t start = (uint32_t)bytes->size;
  for (size_t i = 0; i < archive->count; i++) {
    const Member *member = &archive->members[i];
    put(bytes, "PK\1\2", 4);
    put_number(bytes, 20, 2);
    put_about(bytes, member, false);
    put_number(bytes, 0, 4); /* comment, disk */
    put_number(bytes, 0, 4); /* attributes */
    put_number(bytes, 0, 2);
    put_number(bytes, member->offset, 4);
    put(bytes, member->name.data, member->name.size);
  }
  const uint32_t size = (uint32_t)bytes->size - start;
  put(bytes, "PK\5\6\0\0\0\0", 8);
  put_number(bytes, (uint32_t)archive->count, 2);
  put_number(bytes, (uint32_t)archive->count, 2);
  put_number(bytes, size, 4);
  put_number(bytes, start, 4);
  put_number(bytes, 0, 2);
}

static void make(Archive *archive, Recipe *recipe) {
  archive->is_honest = true;
  const size_t count = take_byte(recipe) % (MOST_MEMBERS + 1);
  while (archive->count < count) {
    add_member(archive, recipe);
  }
  put_directory(archive);
  for (int k = 0; k < MOST_EDITS && recipe->at < recipe->end; k++) {
    const size_t offset = take_short(recipe) % archive->bytes.size;
    archive->bytes.data[archive->bytes.size - 1 - offset] = (char)take_byte(recipe);
    archive->is_honest = false;
  }
}

/* The only member of that name. */
static const Member *find(const Archive *archive, const char *name) {
  const Member *found = NULL;
  for (size_t i = 0; i < archive->count; i++) {
    const Member *member = &archive->members[i];
    if (member->name.size == strlen(name) && memcmp(member->name.data, name, strlen(name)) == 0) {
      if (found) {
        return NULL;
      }
      found = member;
    }
  }
  return found;
}

static void read_member(const Archive *archive, OgArchives *archives, const char *path,
                        const char *name) {
  OgError err = {0};
  OgInput *input = NULL;
  OgBuffer whole = OG_BUFFER_INIT;
  char bytes[4096];
  size_t got = 1;
  const Member *packed = archive->is_honest ? find(archive, name) : NULL;
  OgStatus status = og_archive_open(archives, path, &input, &err);
  while (status == OG_OK && got > 0) {
    status = og_input_read(input, bytes, sizeof bytes, &got, &err);
    if (status == OG_OK) {
      put(&whole, bytes, got);
    }
  }
  /* What begins as gzip does is unpacked once more. */
  const bool is_gzip =
      packed && packed->data.size >= 2 && memcmp(packed->data.data, "\x1f\x8b", 2) == 0;
  if (packed && !is_gzip &&
      (status != OG_OK || whole.size != packed->data.size ||
       (whole.size > 0 && memcmp(whole.data, packed->data.data, whole.size) != 0))) {
    abort();
  }
  if (status != OG_OK && err.message[0] == '\0') {
    abort();
  }
  og_buffer_clear(&whole);
  og_input_close(input);
}

static void read_archive(const Archive *archive, const char *path) {
  OgError err = {0};
  OgArena arena = OG_ARENA_INIT;
  OgArchives *archives = og_archives_new();
  const char **members;
  size_t count;
  (void)og_archive_document(path);
  if (og_archive_list(archives, path, &arena, &members, &count, &err) == OG_OK) {
    for (size_t i = 0; i < count; i++) {
      if (strncmp(members[i], path, strlen(path)) != 0 || strstr(members[i], "/../")) {
        abort();
      }
      char *real = og_archive_real_path(members[i]);
      if (real && !og_archive_keeps(path, real)) {
        abort();
      }
      og_free(real);
      (void)og_archive_has(archives, members[i]);
      read_member(archive, archives, members[i], members[i] + strlen(path) + 1);
    }
  } else if (err.message[0] == '\0') {
    abort();
  }
  og_archives_free(archives);
  og_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char path[64];
  Archive archive = {.bytes = OG_BUFFER_INIT};
  if (size == 0) {
    return 0;
  }
  if (data[0] & 1) {
    put(&archive.bytes, data + 1, size - 1);
  } else {
    make(&archive, &(Recipe){data + 1, data + size});
  }
  snprintf(path, sizeof path, "/tmp/fuzz-archive-%d.zip", (int)getpid());
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(archive.bytes.data, 1, archive.bytes.size, file) != archive.bytes.size ||
      fclose(file) != 0) {
    abort();
  }
  read_archive(&archive, path);
  og_buffer_clear(&archive.bytes);
  unlink(path);
  return 0;
}
