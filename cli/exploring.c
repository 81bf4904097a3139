#include "cli/exploring.h"

#include "cli/inferred.h"
#include "cli/languages.h"
#include "cli/print.h"
#include "kg/lookup.h"

OgStatus exploring_open(Exploring *exploring, const Context *context, const char *path,
                        bool inferred, const char *languages, OgError *err) {
  *exploring = (Exploring){NULL, NULL};
  OG_TRY(og_store_open(path, OG_STORE_READ, &exploring->store, err));
  OG_TRY(og_store_begin_read(exploring->store, err));
  OG_TRY(languages_check(context, exploring->store, languages, err));
  OG_TRY(inferred ? inferred_check(context, exploring->store, err) : OG_OK);
  OG_TRY(og_explore_open(exploring->store, inferred, &exploring->explorer, err));
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

/* "asthma [med:Asthma] has no children" */
static OgStatus tell_none(const Exploring *exploring, const Context *context, uint32_t node,
                          const char *what, OgError *err) {
  OgEntityRef ref;
  OG_TRY(og_explore_entity(exploring->explorer, node, &ref, err));
  terminal_note(context->terminal, "%s [%s] has no %s", ref.label, og_entity_ref_id(&ref), what);
  return OG_OK;
}

OgStatus exploring_table(const Exploring *exploring, const Context *context, int format,
                         const char *distance, const char *what, const OgVisits *visits,
                         OgError *err) {
  const char *const columns[] = {"label", "id", distance};
  Table *table;
  OgStatus status = OG_OK;
  OG_TRY(table_open(stdout, context->terminal, (TableFormat)format, columns, OG_COUNT(columns),
                    &table, err));
  for (size_t k = 1; k < visits->count && status == OG_OK; k++) {
    status = exploring_cells(exploring, visits->items[k].node, table, err);
    table_integer(table, visits->items[k].depth);
    table_row(table);
  }
  status = table_close(table, status, err);
  return status == OG_OK && visits->count == 1
             ? tell_none(exploring, context, visits->items[0].node, what, err)
             : status;
}

bool exploring_cut(OgVisits *visits, int64_t limit) {
  const size_t most = (size_t)limit + 1;
  const bool cut = visits->count > most;
  visits->count = cut ? most : visits->count;
  return cut;
}

void exploring_tell_cut(const Context *context, int64_t limit) {
  terminal_note(context->terminal, "the first %s; --limit shows more", text_count((double)limit));
}

OgStatus exploring_print(const Exploring *exploring, uint32_t node, OgError *err) {
  OgEntityRef ref;
  OG_TRY(og_explore_entity(exploring->explorer, node, &ref, err));
  print_safe(ref.label);
  fputs("  [", stdout);
  print_safe(og_entity_ref_id(&ref));
  fputs(ref.deprecated ? "] deprecated" : "]", stdout);
  return OG_OK;
}
