#include "ingest/library.h"

#include "core/arena.h"
#include "core/buffer.h"
#include "core/file.h"
#include "core/intern.h"
#include "core/iri.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/address.h"
#include "ingest/archive.h"
#include "ingest/catalog.h"
#include "ingest/emit.h"

#include <dirent.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FOLDERS = 64 /* inside one another */ };

/* Where catalogs are in a folder: Protégé's, and that of an XBRL taxonomy package (Taxonomy
 * Packages 1.0, section 3.3). */
static const char *const catalog_names[] = {"catalog-v001.xml", "META-INF/catalog.xml"};

/* An ontology that a file imports. */
typedef struct Import {
  const char *iri;
  const char *path;   /* of the file that says so first */
  const char *base;   /* of that file, when it was given one, else NULL */
  const char *called; /* its base, or the IRI by which another file imports it; else NULL */
  const char *folder; /* of that file */
  bool looked_for;
  bool found; /* as a file; whether the ontology itself is there, is in `ontologies` */
} Import;

struct OgLibrary {
  OgArena arena; /* paths, IRIs and tables */
  OgLibraryFile *files;
  size_t count, capacity;
  size_t next;          /* of files, to be given out */
  OgIntern *paths;      /* of files and folders that were added, as the system knows them */
  OgIntern *ontologies; /* IRIs, without "#" and "/" at their ends, that the files say they are */
  OgIntern *imported;   /* IRIs, likewise; their numbers are those of imports */
  Import *imports;
  size_t import_count, import_capacity;
  struct {
    uint32_t ontologies;
    size_t imports;
  } before; /* what the file given last says */
  OgCatalog *catalog;
  OgArchives *archives;
  OgLibraryFaults faults;
  const char *base; /* of what is being added; NULL: files keep their own addresses */
  size_t root;      /* bytes of its path when it is a folder or an archive, else 0 */
  const char **missing;
  size_t missing_count;
};

OgLibrary *og_library_new(void) {
  OgLibrary *library = OG_NEW(OgLibrary);
  if (!library) {
    return NULL;
  }
  library->paths = og_intern_new();
  library->ontologies = og_intern_new();
  library->imported = og_intern_new();
  library->catalog = og_catalog_new();
  library->archives = og_archives_new();
  if (!library->paths || !library->ontologies || !library->imported || !library->catalog ||
      !library->archives) {
    og_library_free(library);
    return NULL;
  }
  return library;
}

void og_library_free(OgLibrary *library) {
  if (library) {
    og_intern_free(library->paths);
    og_intern_free(library->ontologies);
    og_intern_free(library->imported);
    og_catalog_free(library->catalog);
    og_archives_free(library->archives);
    og_arena_clear(&library->arena);
    og_free(library);
  }
}

OgStatus og_library_add_catalog(OgLibrary *library, const char *path, OgError *err) {
  return og_catalog_add(library->catalog, path, err);
}

void og_library_hear_faults(OgLibrary *library, OgLibraryFaults faults) {
  library->faults = faults;
}

/* What becomes of a fault at path, which err tells. */
static OgStatus settle(const OgLibrary *library, const char *path, OgStatus status,
                       const OgError *err) {
  const OgLibraryFaults *faults = &library->faults;
  return status != OG_OK && err && faults->leave_out && faults->leave_out(faults->data, path, err)
             ? OG_OK
             : status;
}

static OgStatus add_catalog_found(OgLibrary *library, const char *path, OgError *err) {
  return settle(library, path, og_catalog_add(library->catalog, path, err), err);
}

/* ---- Files and folders ----------------------------------------------------------------------- */

/* *base = that of a file of what is being added: of one in a folder, that of the folder and the
 * path below it. */
static OgStatus base_of(OgLibrary *library, const char *path, const char **base, OgError *err) {
  OgBuffer iri = OG_BUFFER_INIT;
  OgStatus status;
  *base = library->base;
  if (!library->base || library->root == 0) {
    return OG_OK;
  }
  const char *below = path + library->root;
  below += strspn(below, "/");
  size_t size = strcspn(library->base, "#");
  size -= size > 0 && library->base[size - 1] == '/';
  OG_GO(og_buffer_append(&iri, library->base, size, err));
  OG_GO(og_buffer_text(&iri, "/", err));
  OG_GO(og_address_encode((OgText){below, strlen(below)}, &iri, err));
  *base = og_arena_copy(&library->arena, iri.data, iri.size);
  status = *base ? OG_OK : og_error_no_memory(err);
done:
  og_buffer_clear(&iri);
  return status;
}

static OgStatus keep_file(OgLibrary *library, OgLibraryFile file, OgError *err) {
  OG_TRY(file.imported ? OG_OK : base_of(library, file.path, &file.base, err));
  OgLibraryFile *files = og_arena_grow(&library->arena, library->files, library->count,
                                       &library->capacity, sizeof *files);
  file.path = og_arena_copy(&library->arena, file.path, strlen(file.path));
  if (!files || !file.path) {
    return og_error_no_memory(err);
  }
  library->files = files;
  library->files[library->count++] = file;
  return OG_OK;
}

/* *fresh: the path was not there before, under this or another name. */
static OgStatus note_path(OgLibrary *library, const char *path, int *fresh, OgError *err) {
  char *real = og_archive_real_path(path);
  const char *known = real ? real : path; /* what is not there is told when it is opened */
  uint32_t number;
  const OgStatus status = og_intern_add(library->paths, known, strlen(known), &number, fresh, err);
  og_free(real);
  return status;
}

static bool is_file(const char *path) {
  return og_file_exists(path) && !og_directory_exists(path);
}

/* Read the catalogs in a folder, if there are any. */
static OgStatus add_catalogs_of(OgLibrary *library, const char *folder, OgError *err) {
  OgStatus status = OG_OK;
  for (size_t k = 0; k < OG_COUNT(catalog_names) && status == OG_OK; k++) {
    char *path = og_path_join(folder, catalog_names[k]);
    if (!path) {
      return og_error_no_memory(err);
    }
    status = is_file(path) ? add_catalog_found(library, path, err) : OG_OK;
    og_free(path);
  }
  return status;
}

static bool is_catalog(const char *member) {
  const size_t size = strlen(member);
  for (size_t k = 0; k < OG_COUNT(catalog_names); k++) {
    const size_t length = strlen(catalog_names[k]);
    if (size > length && member[size - length - 1] == '/' &&
        strcmp(member + size - length, catalog_names[k]) == 0) {
      return true;
    }
  }
  return false;
}

static int compare_entries(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* A document that is a zip archive inside is kept as one file: its reader says what it is. */
static bool is_archive(const char *path) {
  return og_archive_is(path) && !og_archive_document(path);
}

/* The files in a zip archive; archives inside it are passed over when they are opened. */
static OgStatus add_archive(OgLibrary *library, const char *path, OgError *err) {
  const char **members;
  size_t count;
  OG_TRY(og_archive_list(library->archives, path, &library->arena, &members, &count, err));
  for (size_t k = 0; k < count; k++) {
    OG_TRY(is_catalog(members[k]) ? add_catalog_found(library, members[k], err) : OG_OK);
  }
  for (size_t k = 0; k < count; k++) {
    int fresh;
    OG_TRY(note_path(library, members[k], &fresh, err));
    fresh = fresh && !is_catalog(members[k]);
    OG_TRY(fresh ? keep_file(library, (OgLibraryFile){.path = members[k]}, err) : OG_OK);
  }
  return OG_OK;
}

static OgStatus add_folder(OgLibrary *library, const char *folder, int depth, OgError *err);

/* Queries begin like Turtle. */
static bool is_query(const char *path) {
  static const char *const endings[] = {".rq", ".ru", ".sparql"};
  const size_t size = strlen(path);
  for (size_t k = 0; k < OG_COUNT(endings); k++) {
    const size_t length = strlen(endings[k]);
    if (size > length && strcmp(path + size - length, endings[k]) == 0) {
      return true;
    }
  }
  return false;
}

/* An entry of a folder: a file or a folder; anything else (a socket), queries, and catalogs that
 * have served already are passed over. */
static OgStatus add_entry(OgLibrary *library, const char *path, int depth, OgError *err) {
  struct stat about;
  int fresh;
  if (stat(path, &about) != 0 || (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)) ||
      (S_ISREG(about.st_mode) && (is_query(path) || og_catalog_has_read(library->catalog, path)))) {
    return OG_OK;
  }
  if (S_ISDIR(about.st_mode)) {
    return add_folder(library, path, depth + 1, err);
  }
  OG_TRY(note_path(library, path, &fresh, err));
  if (fresh && is_archive(path)) {
    return add_archive(library, path, err);
  }
  return fresh ? keep_file(library, (OgLibraryFile){.path = path}, err) : OG_OK;
}

static OgStatus add_folder(OgLibrary *library, const char *folder, int depth, OgError *err) {
  struct dirent **entries = NULL;
  int fresh;
  if (depth > MAX_FOLDERS) {
    return og_error_set(err, OG_IO, "%s lies in over %d folders", folder, MAX_FOLDERS);
  }
  OG_TRY(note_path(library, folder, &fresh, err));
  if (!fresh) {
    return OG_OK; /* a link that leads back */
  }
  OG_TRY(add_catalogs_of(library, folder, err));
  const int count = scandir(folder, &entries, is_shown, compare_entries);
  if (count < 0) {
    return og_error_errno(err, "look into", folder);
  }
  OgStatus status = OG_OK;
  for (int k = 0; k < count; k++) {
    char *path = status == OG_OK ? og_path_join(folder, entries[k]->d_name) : NULL;
    if (status == OG_OK) {
      status = path ? settle(library, path, add_entry(library, path, depth, err), err)
                    : og_error_no_memory(err);
    }
    og_free(path);
    free(entries[k]);
  }
  free(entries);
  return status;
}

/* The folder of a file, in the library's memory; NULL when out of memory. */
static const char *folder_of(OgLibrary *library, const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) {
    return og_arena_copy(&library->arena, ".", 1);
  }
  return og_arena_copy(&library->arena, path, slash == path ? 1 : (size_t)(slash - path));
}

static OgStatus add_named(OgLibrary *library, const char *path, OgError *err) {
  const OgLibraryFile file = {.path = path, .named = true};
  int fresh;
  if (strcmp(path, "-") == 0) {
    return keep_file(library, file, err);
  }
  const bool is_folder = og_directory_exists(path);
  library->root = is_folder || is_archive(path) ? strlen(path) : 0;
  if (is_folder) {
    return add_folder(library, path, 0, err);
  }
  const char *folder = folder_of(library, path);
  if (!folder) {
    return og_error_no_memory(err);
  }
  OG_TRY(note_path(library, path, &fresh, err));
  if (fresh && is_archive(path)) {
    return add_archive(library, path, err);
  }
  OG_TRY(add_catalogs_of(library, folder, err));
  return fresh ? keep_file(library, file, err) : OG_OK;
}

/* A pattern, where no shell has put names in its place. */
static OgStatus add_pattern(OgLibrary *library, const char *pattern, OgError *err) {
  glob_t found = {0};
  const int result = glob(pattern, GLOB_BRACE | GLOB_TILDE, NULL, &found);
  OgStatus status = OG_OK;
  if (result != 0) {
    status = result == GLOB_NOSPACE ? og_error_no_memory(err)
                                    : og_error_set(err, OG_IO, "no file matches \"%s\"", pattern);
  } else if (library->base && found.gl_pathc > 1) {
    status = og_error_set(err, OG_USAGE, "a base is for one file or folder; \"%s\" matches %zu",
                          pattern, found.gl_pathc);
  }
  for (size_t k = 0; status == OG_OK && k < found.gl_pathc; k++) {
    status = add_named(library, found.gl_pathv[k], err);
  }
  globfree(&found);
  return status;
}

OgStatus og_library_add(OgLibrary *library, const char *path, const char *base, OgError *err) {
  library->base = base ? og_arena_copy(&library->arena, base, strlen(base)) : NULL;
  library->root = 0;
  if (base && !library->base) {
    return og_error_no_memory(err);
  }
  const bool is_pattern = strpbrk(path, "*?[") && !strstr(path, "://") &&
                          !og_archive_has(library->archives, path) && !og_directory_exists(path);
  return is_pattern ? add_pattern(library, path, err) : add_named(library, path, err);
}

/* ---- What the files say ---------------------------------------------------------------------- */

static OgStatus hear_name(OgLibrary *library, OgText iri, OgError *err) {
  uint32_t number;
  const OgText name = og_catalog_name(iri);
  return og_intern_add(library->ontologies, name.data, name.size, &number, NULL, err);
}

static OgStatus hear_import(OgLibrary *library, OgText iri, OgError *err) {
  uint32_t number;
  const OgText name = og_catalog_name(iri);
  if (og_intern_find(library->imported, name.data, name.size) != OG_INTERN_NONE) {
    return OG_OK;
  }
  Import *imports = og_arena_grow(&library->arena, library->imports, library->import_count,
                                  &library->import_capacity, sizeof *imports);
  if (!imports) {
    return og_error_no_memory(err);
  }
  library->imports = imports;
  const OgLibraryFile file =
      library->next > 0 ? library->files[library->next - 1] : (OgLibraryFile){.path = "."};
  const Import import = {.iri = og_arena_copy(&library->arena, iri.data, iri.size),
                         .path = file.path,
                         .base = file.base,
                         .called = file.base ? file.base : file.address,
                         .folder = folder_of(library, file.path)};
  if (!import.iri || !import.folder) {
    return og_error_no_memory(err);
  }
  OG_TRY(og_intern_add(library->imported, name.data, name.size, &number, NULL, err));
  library->imports[library->import_count++] = import;
  return OG_OK;
}

OgStatus og_library_hear(OgLibrary *library, const OgTerm *subject, const OgTerm *predicate,
                         const OgTerm *object, OgError *err) {
  if (object->kind != OG_IRI) {
    return OG_OK;
  }
  if (og_text_is(predicate->text, OG_NS_OWL "imports")) {
    return hear_import(library, object->text, err);
  }
  if (og_text_is(predicate->text, OG_NS_RDF "type") &&
      og_text_is(object->text, OG_NS_OWL "Ontology") && subject->kind == OG_IRI) {
    return hear_name(library, subject->text, err);
  }
  return og_text_is(predicate->text, OG_NS_OWL "versionIRI") ? hear_name(library, object->text, err)
                                                             : OG_OK;
}

/* ---- Imports --------------------------------------------------------------------------------- */

static bool is_there(const OgLibrary *library, const Import *import) {
  const OgText name = og_catalog_name((OgText){import->iri, strlen(import->iri)});
  return import->found ||
         og_intern_find(library->ontologies, name.data, name.size) != OG_INTERN_NONE;
}

/* The last part of an IRI as a file in a folder, under one of the usual endings. path is then its
 * path, else empty. */
static OgStatus look_beside(const OgLibrary *library, const Import *import, OgBuffer *path,
                            OgError *err) {
  static const char *const endings[] = {"",    ".owl", ".rdf",    ".ttl",    ".owx",   ".xml",
                                        ".nt", ".gz",  ".owl.gz", ".rdf.gz", ".ttl.gz"};
  const OgText name = og_catalog_name((OgText){import->iri, strlen(import->iri)});
  size_t start = name.size;
  while (start > 0 && name.data[start - 1] != '/' && name.data[start - 1] != '#' &&
         name.data[start - 1] != ':') {
    start--;
  }
  const OgText last = {name.data + start, name.size - start};
  for (size_t k = 0; k < OG_COUNT(endings) && last.size > 0 && last.data[0] != '.'; k++) {
    og_buffer_reset(path);
    OG_TRY(og_buffer_format(path, err, "%s/%.*s%s", import->folder, (int)last.size, last.data,
                            endings[k]));
    if (og_archive_has(library->archives, path->data)) {
      return OG_OK;
    }
  }
  og_buffer_reset(path);
  return OG_OK;
}

/* Where an IRI leads, seen from the file that imports it, or as the address of a file; else empty.
 * From inside an archive no path leads out. */
static OgStatus look_at(const OgLibrary *library, const Import *import, OgBuffer *path,
                        OgError *err) {
  const OgText iri = {import->iri, strlen(import->iri)};
  og_buffer_reset(path);
  if (import->called) {
    char *own = og_archive_real_path(import->path);
    const OgStatus status =
        own ? og_address_follow(own, og_text(import->called), iri, path, err) : OG_OK;
    og_free(own);
    OG_TRY(status);
  }
  OG_TRY(path->size == 0 ? og_address_path(iri, path, err) : OG_OK);
  if (path->size > 0 && (!og_archive_has(library->archives, path->data) ||
                         !og_archive_keeps(import->folder, path->data))) {
    og_buffer_reset(path);
  }
  return OG_OK;
}

/* Look for the file of an ontology that is imported, and add it. */
static OgStatus look_for(OgLibrary *library, Import *import, OgBuffer *path, OgError *err) {
  const OgText iri = {import->iri, strlen(import->iri)};
  const char *listed;
  int fresh;
  OG_TRY(og_catalog_find(library->catalog, iri, &listed, err));
  og_buffer_reset(path);
  if (listed && og_archive_has(library->archives, listed)) {
    OG_TRY(og_buffer_text(path, listed, err));
  } else {
    OG_TRY(look_at(library, import, path, err));
    OG_TRY(path->size == 0 ? look_beside(library, import, path, err) : OG_OK);
  }
  if (path->size == 0) {
    return OG_OK;
  }
  import->found = true;
  OG_TRY(note_path(library, path->data, &fresh, err));
  const size_t size = iri.size - og_iri_parts(iri).fragment;
  const OgLibraryFile file = {.path = path->data,
                              .base = import->base ? og_arena_copy(&library->arena, iri.data, size)
                                                   : NULL,
                              .address = import->iri,
                              .imported = true};
  return !fresh                       ? OG_OK
         : import->base && !file.base ? og_error_no_memory(err)
                                      : keep_file(library, file, err);
}

static OgStatus look_for_imports(OgLibrary *library, OgError *err) {
  OgBuffer path = OG_BUFFER_INIT;
  OgStatus status = OG_OK;
  for (size_t k = 0; status == OG_OK && k < library->import_count; k++) {
    Import *import = &library->imports[k];
    if (!import->looked_for && !is_there(library, import)) {
      status = look_for(library, import, &path, err);
    }
    import->looked_for = true;
  }
  og_buffer_clear(&path);
  return status;
}

static OgStatus list_missing(OgLibrary *library, OgError *err) {
  library->missing =
      og_arena_alloc(&library->arena, library->import_count, sizeof *library->missing);
  if (!library->missing) {
    return og_error_no_memory(err);
  }
  library->missing_count = 0;
  for (size_t k = 0; k < library->import_count; k++) {
    if (!is_there(library, &library->imports[k])) {
      library->missing[library->missing_count++] = library->imports[k].iri;
    }
  }
  return OG_OK;
}

OgStatus og_library_next(OgLibrary *library, OgLibraryFile *file, OgError *err) {
  if (library->next == library->count) {
    OG_TRY(look_for_imports(library, err));
  }
  if (library->next == library->count) {
    *file = (OgLibraryFile){0};
    return list_missing(library, err);
  }
  *file = library->files[library->next++];
  library->before.ontologies = og_intern_count(library->ontologies);
  library->before.imports = library->import_count;
  return OG_OK;
}

size_t og_library_count(const OgLibrary *library) {
  return library->count;
}

void og_library_leave_out(OgLibrary *library) {
  og_intern_truncate(library->ontologies, library->before.ontologies);
  og_intern_truncate(library->imported, (uint32_t)library->before.imports);
  library->import_count = library->before.imports;
}

size_t og_library_missing_count(const OgLibrary *library) {
  return library->missing_count;
}

const char *og_library_missing(const OgLibrary *library, size_t number) {
  return library->missing[number];
}

OgStatus og_library_address(OgLibrary *library, const OgLibraryFile *file, OgBuffer *address,
                            OgError *err) {
  og_buffer_reset(address);
  if (file->address) {
    return og_buffer_text(address, file->address, err);
  }
  char *real = og_archive_real_path(file->path);
  const OgStatus status = real ? og_catalog_address(library->catalog, real, address, err) : OG_OK;
  og_free(real);
  return status;
}

OgStatus og_library_open(OgLibrary *library, const OgLibraryFile *file, OgInput **input,
                         OgError *err) {
  return og_archive_open(library->archives, file->path, input, err);
}
