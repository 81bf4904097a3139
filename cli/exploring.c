#include "cli/exploring.h"

#include "kg/lookup.h"

#include <string.h>

OgStatus exploring_open(Exploring *exploring, const char *path, const char *languages,
                        OgError *err) {
  *exploring = (Exploring){NULL, NULL};
  OG_TRY(og_store_open(path, OG_STORE_READ, &exploring->store, err));
  OG_TRY(og_explore_open(exploring->store, &exploring->explorer, err));
  og_explore_prefer(exploring->explorer, languages);
  return OG_OK;
}

void exploring_close(Exploring *exploring) {
  og_explore_close(exploring->explorer);
  og_store_close(exploring->store);
}

OgStatus exploring_find(const Exploring *exploring, const char *text, uint32_t *node,
                        OgError *err) {
  int64_t entity;
  OG_TRY(og_lookup_entity(exploring->store, text, &entity, err));
  *node = og_explore_node(exploring->explorer, entity);
  return *node != OG_EXPLORE_NONE
             ? OG_OK
             : og_error_set(err, OG_BAD_STORE, "%s has no entity #%lld any more",
                            og_store_path(exploring->store), (long long)entity);
}

OgStatus exploring_cells(const Exploring *exploring, uint32_t node, Table *table, OgError *err) {
  OgEntityRef ref;
  OG_TRY(og_explore_entity(exploring->explorer, node, &ref, err));
  table_string(table, ref.label);
  table_string(table, og_entity_ref_id(&ref));
  return OG_OK;
}

OgStatus exploring_print(const Exploring *exploring, uint32_t node, OgError *err) {
  OgEntityRef ref;
  OG_TRY(og_explore_entity(exploring->explorer, node, &ref, err));
  text_print(stdout, ref.label, strlen(ref.label), 0);
  fputs("  [", stdout);
  text_print(stdout, og_entity_ref_id(&ref), strlen(og_entity_ref_id(&ref)), 0);
  fputs(ref.deprecated ? "] deprecated" : "]", stdout);
  return OG_OK;
}
