#include "ingest/catalog.h"

#include "core/arena.h"
#include "core/file.h"
#include "core/intern.h"
#include "core/iri.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/address.h"
#include "ingest/archive.h"
#include "ingest/ingest.h"
#include "ingest/xml.h"

#include <stdlib.h>
#include <string.h>

#define NS_CATALOG "urn:oasis:names:tc:entity:xmlns:xml:catalog"

enum { MAX_DEPTH = 100, MAX_CATALOGS = 1000 };

typedef struct Entry {
  OgText from; /* an IRI, or the start of some */
  OgText to;   /* absolute */
  bool rewrites;
  const char *folder; /* of the catalog */
} Entry;

struct OgCatalog {
  OgArena arena; /* texts and tables */
  Entry *entries;
  size_t count, capacity;
  OgText *next; /* catalogs to read: file IRIs */
  size_t next_count, next_capacity;
  OgIntern *read; /* the paths of those that were */
  OgBuffer found;
};

OgCatalog *og_catalog_new(void) {
  OgCatalog *catalog = OG_NEW(OgCatalog);
  if (!catalog) {
    return NULL;
  }
  catalog->read = og_intern_new();
  if (!catalog->read) {
    og_catalog_free(catalog);
    return NULL;
  }
  return catalog;
}

void og_catalog_free(OgCatalog *catalog) {
  if (catalog) {
    og_arena_clear(&catalog->arena);
    og_intern_free(catalog->read);
    og_buffer_clear(&catalog->found);
    og_free(catalog);
  }
}

/* ---- Reading --------------------------------------------------------------------------------- */

typedef enum Id {
  OTHER,
  CATALOG,
  GROUP,
  URI_ENTRY,
  REWRITE,
  NEXT_CATALOG,
  NAME,
  URI,
  START,
  PREFIX,
  NEXT,
  BASE,
  ID_COUNT
} Id;

static const OgXmlKnown known[] = {
    {NS_CATALOG, "catalog", CATALOG},
    {NS_CATALOG, "group", GROUP},
    {NS_CATALOG, "uri", URI_ENTRY},
    {NS_CATALOG, "rewriteURI", REWRITE},
    {NS_CATALOG, "nextCatalog", NEXT_CATALOG},
    {"", "name", NAME},
    {"", "uri", URI},
    {"", "uriStartString", START},
    {"", "rewritePrefix", PREFIX},
    {"", "catalog", NEXT},
    {OG_NS_XML, "base", BASE},
};

/* What an entry is made of. */
static const struct {
  Id from, to; /* OTHER: it has none */
} parts[ID_COUNT] = {
    [URI_ENTRY] = {NAME, URI},
    [REWRITE] = {START, PREFIX},
    [NEXT_CATALOG] = {OTHER, NEXT},
};

typedef struct Reader {
  OgCatalog *catalog;
  const char *folder;
  OgText bases[MAX_DEPTH]; /* one an open element */
  size_t depth;
  OgBuffer scratch;
} Reader;

static OgStatus copy(OgCatalog *catalog, OgText text, OgText *kept, OgError *err) {
  *kept = (OgText){og_arena_copy(&catalog->arena, text.data, text.size), text.size};
  return kept->data ? OG_OK : og_error_no_memory(err);
}

/* *kept = the reference against the base in force, in the catalog's memory. */
static OgStatus resolve(Reader *reader, OgText reference, OgText *kept, OgError *err) {
  og_buffer_reset(&reader->scratch);
  OG_TRY(og_iri_resolve_into(reader->bases[reader->depth - 1], reference, &reader->scratch, err));
  return copy(reader->catalog, (OgText){reader->scratch.data, reader->scratch.size}, kept, err);
}

static OgStatus add_entry(Reader *reader, Id element, const OgText values[ID_COUNT], OgError *err) {
  OgCatalog *catalog = reader->catalog;
  const OgText from = values[parts[element].from];
  const OgText to = values[parts[element].to];
  OgText target;
  OG_TRY(resolve(reader, to, &target, err));
  if (element == NEXT_CATALOG) {
    OgText *next = og_arena_grow(&catalog->arena, catalog->next, catalog->next_count,
                                 &catalog->next_capacity, sizeof *next);
    if (!next) {
      return og_error_no_memory(err);
    }
    catalog->next = next;
    catalog->next[catalog->next_count++] = target;
    return OG_OK;
  }
  Entry *entries = og_arena_grow(&catalog->arena, catalog->entries, catalog->count,
                                 &catalog->capacity, sizeof *entries);
  if (!entries) {
    return og_error_no_memory(err);
  }
  catalog->entries = entries;
  Entry *entry = &catalog->entries[catalog->count];
  *entry = (Entry){.to = target, .rewrites = element == REWRITE, .folder = reader->folder};
  OG_TRY(copy(catalog, from, &entry->from, err));
  catalog->count++;
  return OG_OK;
}

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  Reader *reader = data;
  OgText values[ID_COUNT] = {{NULL, 0}};
  if (reader->depth == MAX_DEPTH) {
    return og_xml_fault(xml, err, "elements nest deeper than %d, the limit of a catalog",
                        MAX_DEPTH);
  }
  if (reader->depth == 1 && element->name->id != CATALOG) {
    return og_xml_fault(xml, err, "the root element of a catalog is catalog in namespace %s",
                        NS_CATALOG);
  }
  for (size_t k = 0; k < element->attribute_count; k++) {
    values[element->attributes[k].name->id] = element->attributes[k].value;
  }
  reader->bases[reader->depth] = reader->bases[reader->depth - 1];
  reader->depth++;
  if (values[BASE].data) {
    OgText base;
    OG_TRY(resolve(reader, values[BASE], &base, err));
    reader->bases[reader->depth - 1] = base;
  }
  const Id id = (Id)element->name->id;
  const bool wants_from = parts[id].from != OTHER;
  if (parts[id].to == OTHER) {
    return OG_OK;
  }
  if (!values[parts[id].to].data || (wants_from && !values[parts[id].from].data)) {
    return og_xml_fault(xml, err, "an entry %s lacks an attribute", element->name->local.data);
  }
  return add_entry(reader, id, values, err);
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  (void)err;
  ((Reader *)data)->depth--;
  return OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  (void)data;
  (void)xml;
  (void)text;
  (void)err;
  return OG_OK;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* *added: the path was not there before, under this or another name. */
static OgStatus note_read(OgCatalog *catalog, const char *path, int *added, OgError *err) {
  char *real = og_archive_real_path(path);
  const char *name = real ? real : path;
  uint32_t number;
  const OgStatus status = og_intern_add(catalog->read, name, strlen(name), &number, added, err);
  og_free(real);
  return status;
}

bool og_catalog_has_read(const OgCatalog *catalog, const char *path) {
  char *real = og_archive_real_path(path);
  const bool read = real && og_intern_find(catalog->read, real, strlen(real)) != OG_INTERN_NONE;
  og_free(real);
  return read;
}

/* Read one catalog, unless it was read before. */
static OgStatus read_one(OgCatalog *catalog, const char *path, OgError *err) {
  static const OgXmlHandler handler = {.start = on_start,
                                       .end = on_end,
                                       .text = on_text,
                                       .known = known,
                                       .known_count = OG_COUNT(known)};
  Reader reader = {.catalog = catalog};
  OgBuffer base = OG_BUFFER_INIT;
  OgInput *input = NULL;
  OgStatus status;
  OG_GO(og_archive_open(NULL, path, &input, err));
  OG_GO(og_address_of(path, &base, err));
  char *folder = og_path_directory(path);
  int added;
  reader.folder = folder ? og_arena_copy(&catalog->arena, folder, strlen(folder)) : NULL;
  og_free(folder);
  status = reader.folder ? note_read(catalog, path, &added, err) : og_error_no_memory(err);
  if (status != OG_OK) {
    goto done;
  }
  if (added && og_intern_count(catalog->read) > MAX_CATALOGS) {
    status = og_error_at(err, OG_BAD_DATA, path, 0, 0, "over %d catalogs name one another",
                         MAX_CATALOGS);
    goto done;
  }
  if (added) {
    reader.bases[reader.depth++] = (OgText){base.data, base.size};
    status = og_xml_read(input, &handler, &reader, MAX_DEPTH, NULL, NULL, err);
  }
done:
  og_input_close(input);
  og_buffer_clear(&base);
  og_buffer_clear(&reader.scratch);
  return status;
}

OgStatus og_catalog_add(OgCatalog *catalog, const char *path, OgError *err) {
  OgBuffer next = OG_BUFFER_INIT;
  const size_t before = catalog->count;
  const uint32_t read_before = og_intern_count(catalog->read);
  OgStatus status = read_one(catalog, path, err);
  for (size_t k = 0; status == OG_OK && k < catalog->next_count; k++) {
    status = og_address_path(catalog->next[k], &next, err);
    if (status == OG_OK && next.size > 0 && og_archive_keeps(path, next.data)) {
      status = read_one(catalog, next.data, err);
    }
  }
  if (status != OG_OK) {
    /* Half a catalog leads astray. It is known as one from now on; those that it names may come by
     * themselves. */
    int added;
    catalog->count = before;
    og_intern_truncate(catalog->read, read_before);
    if (note_read(catalog, path, &added, NULL) != OG_OK) {
      status = og_error_no_memory(err);
    }
  }
  catalog->next_count = 0;
  og_buffer_clear(&next);
  return status;
}

/* ---- Finding --------------------------------------------------------------------------------- */

OgText og_catalog_name(OgText iri) {
  while (iri.size > 0 && (iri.data[iri.size - 1] == '#' || iri.data[iri.size - 1] == '/')) {
    iri.size--;
  }
  return iri;
}

static bool same(OgText a, OgText b) {
  a = og_catalog_name(a);
  b = og_catalog_name(b);
  return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* The entry that decides on an IRI, or NULL. */
static const Entry *find_entry(const OgCatalog *catalog, OgText iri) {
  const Entry *best = NULL;
  for (size_t k = 0; k < catalog->count; k++) {
    const Entry *entry = &catalog->entries[k];
    if (!entry->rewrites && same(entry->from, iri)) {
      return entry;
    }
    if (entry->rewrites && iri.size >= entry->from.size &&
        memcmp(entry->from.data, iri.data, entry->from.size) == 0 &&
        (!best || entry->from.size > best->from.size)) {
      best = entry;
    }
  }
  return best;
}

OgStatus og_catalog_find(OgCatalog *catalog, OgText iri, const char **path, OgError *err) {
  OgBuffer target = OG_BUFFER_INIT;
  const Entry *entry = find_entry(catalog, iri);
  OgStatus status;
  *path = NULL;
  if (!entry) {
    return OG_OK;
  }
  OG_GO(og_buffer_append(&target, entry->to.data, entry->to.size, err));
  if (entry->rewrites) {
    const OgText rest = {iri.data + entry->from.size, iri.size - entry->from.size};
    OG_GO(og_buffer_append(&target, rest.data, rest.size, err));
  }
  OG_GO(og_address_path((OgText){target.data, target.size}, &catalog->found, err));
  if (catalog->found.size > 0 && og_archive_keeps(entry->folder, catalog->found.data)) {
    *path = catalog->found.data;
  }
done:
  og_buffer_clear(&target);
  return status;
}

OgStatus og_catalog_address(OgCatalog *catalog, const char *path, OgBuffer *iri, OgError *err) {
  const size_t size = strlen(path);
  size_t longest = 0; /* of the starts of the path that entries stand for */
  og_buffer_reset(iri);
  for (size_t k = 0; k < catalog->count; k++) {
    const Entry *entry = &catalog->entries[k];
    OG_TRY(og_address_path(entry->to, &catalog->found, err));
    const size_t start = catalog->found.size;
    if (start <= longest || start > size || (start < size && !entry->rewrites) ||
        memcmp(path, catalog->found.data, start) != 0) {
      continue;
    }
    longest = start;
    og_buffer_reset(iri);
    OG_TRY(og_buffer_append(iri, entry->from.data, entry->from.size, err));
    OG_TRY(og_address_encode((OgText){path + start, size - start}, iri, err));
  }
  return OG_OK;
}
