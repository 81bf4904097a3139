/* find: entities by words of their names. */
#include "cli/command.h"
#include "cli/languages.h"
#include "cli/table.h"
#include "core/buffer.h"
#include "kg/lookup.h"

#include <string.h>

typedef struct FindOptions {
  int format;
  int64_t limit;
  const char *languages;
} FindOptions;

static const FindOptions defaults = {.limit = 20};

static const Option rows[] = {
    OPTION_ROW_LIMIT(FindOptions, "entities to show (default 20)"),
    OPTION_ROW_LANG(FindOptions),
    OPTION_ROWS_TABLE(FindOptions),
    OPTION_END,
};

static OgStatus print_found(const Context *context, const FindOptions *options,
                            const OgFoundList *found, OgError *err) {
  static const char *const columns[] = {"label", "id", "kind", "matched_name", "as", "language"};
  Table *table;
  OG_TRY(table_open(stdout, context->terminal, (TableFormat)options->format, columns,
                    OG_COUNT(columns), &table, err));
  for (size_t k = 0; k < found->count; k++) {
    const OgFound *row = &found->items[k];
    table_string(table, row->label);
    table_string(table, row->curie ? row->curie : row->iri);
    table_string(table, row->deprecated ? "deprecated" : row->kind);
    table_string(table, row->name);
    table_string(table, row->name_kind);
    table_string(table, row->language);
    table_row(table);
  }
  return table_close(table, OG_OK, err);
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const FindOptions *options = values;
  OgStore *store = NULL;
  OgFoundList found = OG_FOUND_LIST_INIT;
  OgBuffer query = OG_BUFFER_INIT;
  OgStatus status;
  for (size_t k = 1; k < arguments->count; k++) {
    OG_GO(og_buffer_format(&query, err, "%s%s", k > 1 ? " " : "", arguments->items[k]));
  }
  OG_GO(og_store_open(arguments->items[0], OG_STORE_READ, &store, err));
  OG_GO(languages_check(context, store, options->languages, err));
  OG_GO(og_find_names(store, query.data, (size_t)options->limit, &found, err));
  if (found.count == 0) { /* a CURIE, an IRI; or else what was possibly meant */
    OG_GO(og_lookup(store, query.data, &found, err));
    found.count = found.count < (size_t)options->limit ? found.count : (size_t)options->limit;
  }
  if (options->languages) {
    OG_GO(og_found_prefer(store, options->languages, &found, err));
  }
  status = print_found(context, options, &found, err);
done:
  og_found_clear(&found);
  og_buffer_clear(&query);
  og_store_close(store);
  return status;
}

const Command cmd_find = {
    .name = "find",
    .group = "Graph",
    .synopsis = "GRAPH WORD…",
    .summary = "search the names of entities, best first",
    .examples = "  ontograft find doid.db breast canc\n"
                "  ontograft find medicine.db herz --format csv\n",
    .details = "Each word matches the beginning of a word of the name. Where no name has them all, "
               "a CURIE or\nan IRI is looked up.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(FindOptions),
    .least_arguments = 2,
    .most_arguments = SIZE_MAX,
    .run = run,
};
