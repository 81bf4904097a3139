#include "ingest/archive.h"

#include "core/file.h"
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

enum { BLOCK = 1 << 16, SIGNATURE = 4 };

static const uint64_t bomb_allowance = UINT64_C(64) << 20;

/* ---- paths ----------------------------------------------------------------------------------- */

bool og_archive_is(const char *path) {
  char bytes[SIGNATURE];
  struct stat about;
  if (stat(path, &about) != 0 || !S_ISREG(about.st_mode)) {
    return false;
  }
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  const bool read_all = descriptor >= 0 && read(descriptor, bytes, SIGNATURE) == SIGNATURE;
  if (descriptor >= 0) {
    close(descriptor);
  }
  return read_all && (memcmp(bytes, "PK\003\004", SIGNATURE) == 0 ||
                      memcmp(bytes, "PK\005\006", SIGNATURE) == 0 /* an empty one */);
}

/* The size of the part of the path that is an archive's own; 0 when it leads into none. */
static size_t archive_part(const char *path) {
  char own[PATH_MAX]; /* a longer one cannot be opened */
  const size_t root = path[0] == '/';
  for (const char *slash = strchr(path + root, '/'); slash; slash = strchr(slash + 1, '/')) {
    const size_t size = (size_t)(slash - path);
    if (size >= sizeof own) {
      return 0;
    }
    memcpy(own, path, size);
    own[size] = '\0';
    if (og_archive_is(own)) {
      return size;
    }
  }
  return 0;
}

/* It leads nowhere but down. */
static bool is_inside(const char *name) {
  if (name[0] == '/' || strchr(name, '\\')) {
    return false;
  }
  for (const char *part = name; *part; part += *part == '/') {
    const size_t size = strcspn(part, "/");
    if (size == 2 && memcmp(part, "..", 2) == 0) {
      return false;
    }
    part += size;
  }
  return true;
}

/* A folder, or what file managers leave behind. */
static bool is_passed_over(const char *name) {
  const size_t size = strlen(name);
  if (size == 0 || name[size - 1] == '/' || strncmp(name, "__MACOSX/", 9) == 0) {
    return true;
  }
  for (const char *part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
    if (part[0] == '.') {
      return true;
    }
  }
  return false;
}

/* ---- archives -------------------------------------------------------------------------------- */

/* What to do about an archive that libzip does not read. */
static const char *advice(int code) {
  static const int only_here[] = {ZIP_ER_NOPASSWD, ZIP_ER_WRONGPASSWD, ZIP_ER_COMPNOTSUPP,
                                  ZIP_ER_ENCRNOTSUPP};
  for (size_t k = 0; k < OG_COUNT(only_here); k++) {
    if (code == only_here[k]) {
      return "; unpack it, and import the folder";
    }
  }
  return "; get it again";
}

static OgStatus fault(OgError *err, const char *path, zip_error_t *error) {
  const int code = zip_error_code_zip(error);
  const OgStatus status = code == ZIP_ER_MEMORY                         ? OG_NO_MEMORY
                          : code == ZIP_ER_OPEN || code == ZIP_ER_NOENT ? OG_IO
                                                                        : OG_BAD_DATA;
  return og_error_at(err, status, path, 0, 0, "cannot read the zip archive: %s%s",
                     zip_error_strerror(error), status == OG_BAD_DATA ? advice(code) : "");
}

static bool is_bomb(uint64_t unpacked, uint64_t packed) {
  return unpacked > bomb_allowance && unpacked / OG_ARCHIVE_RATIO > packed;
}

static OgStatus refuse_bomb(const char *path, OgError *err) {
  return og_error_at(err, OG_BAD_DATA, path, 0, 0,
                     "it unpacks to over %d times its size; refusing a likely bomb; if it is none, "
                     "unpack it first (unzip)",
                     OG_ARCHIVE_RATIO);
}

/* Names and sizes, before anything is unpacked. */
static OgStatus check(zip_t *archive, const char *path, OgError *err) {
  struct stat about = {0};
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  uint64_t total = 0;
  if (count > OG_ARCHIVE_MAX_MEMBERS) {
    return og_error_at(
        err, OG_BAD_DATA, path, 0, 0,
        "the archive has over %d members, the limit; unpack it, and import the folder",
        OG_ARCHIVE_MAX_MEMBERS);
  }
  for (zip_int64_t n = 0; n < count; n++) {
    zip_stat_t member;
    if (zip_stat_index(archive, (zip_uint64_t)n, 0, &member) != 0) {
      return fault(err, path, zip_get_error(archive));
    }
    if (!is_inside(member.name)) {
      return og_error_at(err, OG_BAD_DATA, path, 0, 0,
                         "member \"%.100s\" of the archive names a place outside of it",
                         member.name);
    }
    total = member.size > UINT64_MAX - total ? UINT64_MAX : total + member.size;
  }
  return stat(path, &about) == 0 && is_bomb(total, (uint64_t)about.st_size) ? refuse_bomb(path, err)
                                                                            : OG_OK;
}

struct OgArchives {
  char *path;
  zip_t *archive; /* NULL when none is open */
};

OgArchives *og_archives_new(void) {
  return OG_NEW(OgArchives);
}

static void close_kept(OgArchives *archives) {
  if (archives->archive) {
    zip_discard(archives->archive);
  }
  og_free(archives->path);
  *archives = (OgArchives){0};
}

void og_archives_free(OgArchives *archives) {
  if (archives) {
    close_kept(archives);
    og_free(archives);
  }
}

/* An archive that passed the check. Release with close_archive. */
static OgStatus open_archive(OgArchives *archives, const char *path, zip_t **archive,
                             OgError *err) {
  int code = 0;
  if (archives && archives->archive && strcmp(archives->path, path) == 0) {
    *archive = archives->archive;
    return OG_OK;
  }
  *archive = zip_open(path, ZIP_RDONLY, &code);
  if (!*archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const OgStatus status = fault(err, path, &error);
    zip_error_fini(&error);
    return status;
  }
  const OgStatus status = check(*archive, path, err);
  if (status != OG_OK) {
    zip_discard(*archive);
    return status;
  }
  char *copy = archives ? og_strdup(path) : NULL;
  if (copy) {
    close_kept(archives);
    *archives = (OgArchives){copy, *archive};
  }
  return OG_OK;
}

static void close_archive(const OgArchives *archives, zip_t *archive) {
  if (!archives || archives->archive != archive) {
    zip_discard(archive);
  }
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *og_archive_document(const char *path) {
  /* What each kind must have (ECMA-376 part 2, OpenDocument 1.3 part 2, EPUB OCF 3). */
  static const struct {
    const char *member, *title;
  } kinds[] = {
      {"[Content_Types].xml", "an office document (Office Open XML: .xlsx, .docx, .pptx)"},
      {"META-INF/manifest.xml", "an office document (OpenDocument: .ods, .odt)"},
      {"META-INF/container.xml", "an EPUB book"},
  };
  const char *title = NULL;
  zip_t *archive = og_archive_is(path) ? zip_open(path, ZIP_RDONLY, NULL) : NULL;
  for (size_t k = 0; archive && !title && k < OG_COUNT(kinds); k++) {
    title = zip_name_locate(archive, kinds[k].member, 0) >= 0 ? kinds[k].title : NULL;
  }
  if (archive) {
    zip_discard(archive);
  }
  return title;
}

OgStatus og_archive_list(OgArchives *archives, const char *path, OgArena *arena,
                         const char ***members, size_t *count, OgError *err) {
  zip_t *archive = NULL;
  size_t room = 0;
  const char **list = NULL;
  *count = 0;
  OG_TRY(open_archive(archives, path, &archive, err));
  const zip_int64_t entries = zip_get_num_entries(archive, 0);
  OgStatus status = OG_OK;
  for (zip_int64_t n = 0; n < entries && status == OG_OK; n++) {
    const char *name = zip_get_name(archive, (zip_uint64_t)n, 0);
    if (!name || is_passed_over(name)) {
      continue;
    }
    char *joined = og_path_join(path, name);
    list = og_arena_grow(arena, list, *count, &room, sizeof *list);
    const char *copy = joined ? og_arena_copy(arena, joined, strlen(joined)) : NULL;
    og_free(joined);
    if (!list || !copy) {
      status = og_error_no_memory(err);
    } else {
      list[(*count)++] = copy;
    }
  }
  close_archive(archives, archive);
  OG_TRY(status);
  if (*count > 0) {
    qsort(list, *count, sizeof *list, by_name);
  }
  *members = list;
  return OG_OK;
}

bool og_archive_has(OgArchives *archives, const char *path) {
  struct stat about;
  if (stat(path, &about) == 0) {
    return S_ISREG(about.st_mode);
  }
  const size_t part = archive_part(path);
  char *own = part > 0 ? og_strndup(path, part) : NULL;
  zip_t *archive = NULL;
  bool has = false;
  if (own && open_archive(archives, own, &archive, NULL) == OG_OK) {
    has = zip_name_locate(archive, path + part + 1, 0) >= 0 && !is_passed_over(path + part + 1);
    close_archive(archives, archive);
  }
  og_free(own);
  return has;
}

bool og_archive_keeps(const char *folder, const char *path) {
  char *inside = og_path_join(folder, "x");
  const size_t part = inside ? archive_part(inside) : 0;
  bool keeps = inside != NULL;
  if (part > 0) {
    inside[part] = '\0';
    char *own = og_archive_real_path(inside);
    const size_t size = own ? strlen(own) : 0;
    keeps = own && strncmp(path, own, size) == 0 && path[size] == '/' && is_inside(path + size + 1);
    og_free(own);
  }
  og_free(inside);
  return keeps;
}

char *og_archive_real_path(const char *path) {
  const size_t part = access(path, F_OK) == 0 ? strlen(path) : archive_part(path);
  char *own = part > 0 ? og_strndup(path, part) : NULL;
  char *real = own ? realpath(own, NULL) : NULL;
  char *whole = !real ? NULL : !path[part] ? og_strdup(real) : og_path_join(real, path + part + 1);
  free(real); /* realpath's own */
  og_free(own);
  return whole;
}

/* ---- members --------------------------------------------------------------------------------- */

/* A file that has no name, or loses it at once. */
static int open_nameless(void) {
  const char *folder = getenv("TMPDIR");
  const int descriptor =
      open(folder && folder[0] ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    return descriptor;
  }
  FILE *file = tmpfile(); /* where the file system has no O_TMPFILE */
  const int copy = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 0) : -1;
  if (file) {
    fclose(file);
  }
  return copy;
}

static OgStatus write_all(int descriptor, const char *bytes, size_t size, OgError *err) {
  while (size > 0) {
    const ssize_t written = write(descriptor, bytes, size);
    if (written < 0 && errno != EINTR) {
      return og_error_errno(err, "unpack into", "a temporary file");
    }
    bytes += written > 0 ? written : 0;
    size -= written > 0 ? (size_t)written : 0;
  }
  return OG_OK;
}

/* The directory has promised how large the member is; libzip compares its checksum at the end. */
static OgStatus unpack(zip_file_t *member, const char *path, uint64_t promised, int descriptor,
                       OgError *err) {
  char *block = OG_NEW_ARRAY(char, BLOCK);
  OgStatus status = block ? OG_OK : og_error_no_memory(err);
  uint64_t total = 0;
  zip_int64_t got = 1;
  while (status == OG_OK && got > 0) {
    got = zip_fread(member, block, BLOCK);
    if (got < 0) {
      status = fault(err, path, zip_file_get_error(member));
    } else if ((total += (uint64_t)got) > promised) {
      status =
          og_error_at(err, OG_BAD_DATA, path, 0, 0, "the member is larger than its archive says");
    } else {
      status = write_all(descriptor, block, (size_t)got, err);
    }
  }
  og_free(block);
  return status;
}

static OgStatus open_member(zip_t *archive, const char *path, const char *name, OgInput **input,
                            OgError *err) {
  zip_stat_t about;
  zip_file_t *member = NULL;
  if (zip_stat(archive, name, 0, &about) == 0) {
    member = zip_fopen(archive, name, 0);
  }
  if (!member) {
    return fault(err, path, zip_get_error(archive));
  }
  if (is_bomb(about.size, about.comp_size)) {
    zip_fclose(member);
    return refuse_bomb(path, err);
  }
  const int descriptor = open_nameless();
  OgStatus status = descriptor >= 0 ? unpack(member, path, about.size, descriptor, err)
                                    : og_error_errno(err, "open", "a temporary file");
  zip_fclose(member);
  if (status == OG_OK && lseek(descriptor, 0, SEEK_SET) != 0) {
    status = og_error_errno(err, "read", "a temporary file");
  }
  if (status == OG_OK) {
    return og_input_adopt(descriptor, path, input, err);
  }
  if (descriptor >= 0) {
    close(descriptor);
  }
  return status;
}

OgStatus og_archive_open(OgArchives *archives, const char *path, OgInput **input, OgError *err) {
  const size_t part = access(path, F_OK) == 0 ? 0 : archive_part(path);
  if (part == 0) {
    return og_input_open(path, input, err);
  }
  char *own = og_strndup(path, part);
  zip_t *archive = NULL;
  OgStatus status = own ? open_archive(archives, own, &archive, err) : og_error_no_memory(err);
  if (status == OG_OK) {
    status = open_member(archive, path, path + part + 1, input, err);
    close_archive(archives, archive);
  }
  og_free(own);
  return status;
}
