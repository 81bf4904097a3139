#include "cli/missing.h"

#include "core/buffer.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 10, MOST_EXAMPLES = 3 };

/* IRIs that differ in their last part only. */
typedef struct Family {
  const char **iris; /* (count) in order */
  size_t count;
  size_t stem; /* bytes that they share */
} Family;

/* The bytes of an IRI before its last part, which a '/' or '#' may follow. */
static size_t stem_size(const char *iri) {
  size_t size = strlen(iri);
  while (size > 0 && strchr("/#", iri[size - 1])) {
    size--;
  }
  while (size > 0 && !strchr("/#:", iri[size - 1])) {
    size--;
  }
  return size;
}

static int compare_stems(const char *a, const char *b) {
  const size_t sizes[] = {stem_size(a), stem_size(b)};
  const int order = memcmp(a, b, sizes[0] < sizes[1] ? sizes[0] : sizes[1]);
  return order != 0 ? order : (sizes[0] > sizes[1]) - (sizes[0] < sizes[1]);
}

static int compare_iris(const void *left, const void *right) {
  const char *a = *(const char *const *)left, *b = *(const char *const *)right;
  const int order = compare_stems(a, b);
  return order != 0 ? order : strcmp(a, b);
}

static int compare_families(const void *left, const void *right) {
  const Family *a = left, *b = right;
  return a->count != b->count ? (a->count < b->count) - (a->count > b->count)
                              : strcmp(a->iris[0], b->iris[0]);
}

/* families (count at most): the IRIs, sorted, cut where the stem changes; returns how many. */
static size_t cut_families(const char **iris, size_t count, Family *families) {
  size_t made = 0;
  qsort(iris, count, sizeof *iris, compare_iris);
  for (size_t k = 0; k < count; k++) {
    if (k == 0 || compare_stems(iris[k - 1], iris[k]) != 0) {
      families[made++] = (Family){iris + k, 0, stem_size(iris[k])};
    }
    families[made - 1].count++;
  }
  qsort(families, made, sizeof *families, compare_families);
  return made;
}

static OgStatus tell_family(Terminal *terminal, const Family *family, OgBuffer *line,
                            OgError *err) {
  if (family->count == 1) {
    terminal_note(terminal, "  %s", family->iris[0]);
    return OG_OK;
  }
  og_buffer_reset(line);
  OG_TRY(og_buffer_format(line, err, "  %s of %.*s:", text_count((double)family->count),
                          (int)family->stem, family->iris[0]));
  for (size_t k = 0; k < family->count && k < MOST_EXAMPLES; k++) {
    OG_TRY(og_buffer_format(line, err, "%s %s", k > 0 ? "," : "", family->iris[k] + family->stem));
  }
  terminal_note(terminal, "%s%s", line->data, family->count > MOST_EXAMPLES ? ", …" : "");
  return OG_OK;
}

OgStatus missing_tell(Terminal *terminal, const char **iris, size_t count, OgError *err) {
  Family *families = OG_NEW_ARRAY(Family, count);
  OgBuffer line = OG_BUFFER_INIT;
  OgStatus status = families ? OG_OK : og_error_no_memory(err);
  if (status != OG_OK || count == 0) {
    goto done;
  }
  terminal_note(terminal, "imported, but not among the files (name them, or give a --catalog):");
  const size_t lines = cut_families(iris, count, families);
  size_t told = 0;
  for (size_t k = 0; k < lines && k < MOST_LINES; k++) {
    OG_GO(tell_family(terminal, &families[k], &line, err));
    told += families[k].count;
  }
  if (told < count) {
    terminal_note(terminal, "  … and %s more (--json lists all)",
                  text_count((double)(count - told)));
  }
done:
  og_buffer_clear(&line);
  og_free(families);
  return status;
}
