#include "cli/graph_source.h"

#include "core/file.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether the file at path is a database: what no reader takes. What a pipe gives would be gone. */
static bool is_database(const char *path) {
  static const char magic[] = "SQLite format 3";
  char bytes[sizeof magic];
  struct stat about;
  FILE *file = stat(path, &about) == 0 && S_ISREG(about.st_mode) ? fopen(path, "rb") : NULL;
  const bool is = file && fread(bytes, 1, sizeof bytes, file) == sizeof bytes &&
                  memcmp(bytes, magic, sizeof magic) == 0;
  if (file) {
    fclose(file);
  }
  return is;
}

/* A folder in $TMPDIR that nobody else has; the caller's. */
static OgStatus make_directory(char **directory, OgError *err) {
  const char *place = getenv("TMPDIR");
  char *made = og_path_join(place && *place ? place : "/tmp", "ontograft-XXXXXX");
  if (!made) {
    return og_error_no_memory(err);
  }
  if (!mkdtemp(made)) {
    const OgStatus status = og_error_errno(err, "make a folder", made);
    og_free(made);
    return status;
  }
  *directory = made;
  return OG_OK;
}

static OgStatus load(GraphSource *source, const char *path, const char *graph_path,
                     const char *lang, OgError *err) {
  OgLoader *loader = NULL;
  OgStatus status;
  OG_GO(og_loader_open(graph_path, source->intake.context->progress, &loader, err));
  if (lang) {
    OG_GO(og_loader_prefer_languages(loader, lang, err));
  }
  source->intake.loader = loader;
  OG_GO(intake_read(&source->intake, &path, 1, err));
  OG_GO(intake_check(&source->intake, err));
  status = og_loader_commit(loader, NULL, err);
done:
  source->intake.loader = NULL;
  og_loader_close(loader);
  return status;
}

/* A graph of files; once it is open it needs no name any more. */
static OgStatus open_files(GraphSource *source, const char *path, const char *lang, OgError *err) {
  char *directory = NULL, *graph_path = NULL;
  OgStatus status;
  source->intake.library = og_library_new();
  if (!source->intake.library) {
    return og_error_no_memory(err);
  }
  OG_TRY(make_directory(&directory, err));
  graph_path = og_path_join(directory, "graph.db");
  status = graph_path ? load(source, path, graph_path, lang, err) : og_error_no_memory(err);
  if (status == OG_OK) {
    status = og_store_open(graph_path, OG_STORE_READ, &source->store, err);
  }
  if (graph_path) {
    unlink(graph_path); /* also one that was made and not told so */
  }
  rmdir(directory);
  og_free(graph_path);
  og_free(directory);
  return status;
}

OgStatus graph_source_open(const Context *context, const char *path,
                           const GraphSourceOptions *options, GraphSource *source, OgError *err) {
  *source = (GraphSource){
      .intake = {.context = context, .options = options->read, .purpose = options->purpose}};
  if (is_database(path)) {
    return og_store_open(path, OG_STORE_READ, &source->store, err);
  }
  if (options->warnings) {
    source->intake.warnings = *options->warnings;
  }
  return open_files(source, path, options->lang, err);
}

void graph_source_close(GraphSource *source) {
  og_store_close(source->store);
  og_library_free(source->intake.library);
  intake_clear(&source->intake);
  *source = (GraphSource){0};
}
