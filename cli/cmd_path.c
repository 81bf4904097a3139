/* path: how two entities hang together. */
#include "cli/exploring.h"

typedef struct PathOptions {
  bool inferred;
  int64_t limit;
  int format;
  const char *languages;
} PathOptions;

static const PathOptions defaults = {.limit = 3};

static const Option rows[] = {
    {"limit", 'n', OPTION_INTEGER, offsetof(PathOptions, limit), "N",
     "of the shortest ways, how many to show (default 3)", NULL, 1, 1e4},
    OPTION_ROW_INFERRED(PathOptions),
    OPTION_ROW_LANG(PathOptions),
    OPTION_ROWS_TABLE(PathOptions),
    OPTION_END,
};

/* A row a hop: the way's number, its two ends, and the relation between them: for people with an
 * arrow, for programs with the direction of the edge beside it. */
static OgStatus print_hop(const Exploring *exploring, size_t way, uint32_t from, const OgHop *hop,
                          bool readable, Table *table, OgError *err) {
  const char *relation = og_explore_relation(exploring->explorer, hop->relation);
  table_integer(table, (int64_t)way);
  OG_TRY(exploring_cells(exploring, from, table, err));
  if (readable) {
    char text[300];
    snprintf(text, sizeof text, hop->backwards ? "<- %.280s" : "%.280s ->", relation);
    table_string(table, text);
  } else {
    table_string(table, relation);
    table_string(table, hop->backwards ? "backward" : "forward");
  }
  OG_TRY(exploring_cells(exploring, hop->node, table, err));
  table_row(table);
  return OG_OK;
}

static OgStatus print_routes(const Context *context, const Exploring *exploring, uint32_t start,
                             const OgRoutes *routes, int format, OgError *err) {
  static const char *const columns[] = {"way",       "from", "from_id", "relation",
                                        "direction", "to",   "to_id"};
  static const char *const readable[] = {"way", "from", "from_id", "relation", "to", "to_id"};
  const bool for_people = format == TABLE_TEXT || format == TABLE_MD;
  Table *table;
  OgStatus status = OG_OK;
  OG_TRY(table_open(stdout, context->terminal, (TableFormat)format, for_people ? readable : columns,
                    for_people ? OG_COUNT(readable) : OG_COUNT(columns), &table, err));
  for (size_t k = 0; k < routes->count; k++) {
    uint32_t from = start;
    for (size_t j = 0; j < routes->items[k].count && status == OG_OK; j++) {
      const OgHop *hop = &routes->items[k].hops[j];
      status = print_hop(exploring, k + 1, from, hop, for_people, table, err);
      from = hop->node;
    }
  }
  return table_close(table, status, err);
}

/* No way has to be found from an entity to itself: another was meant. */
static OgStatus refuse_one(const Exploring *exploring, uint32_t node, OgError *err) {
  OgEntityRef ref;
  OG_TRY(og_explore_entity(exploring->explorer, node, &ref, err));
  return og_error_set(err, OG_USAGE,
                      "path: both names mean %.100s [%.200s]; say which other entity to go to",
                      ref.label, og_entity_ref_id(&ref));
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const PathOptions *options = values;
  Exploring exploring;
  OgRoutes routes;
  uint32_t ends[2];
  OgStatus status;
  OG_GO(exploring_open(&exploring, context, arguments->items[0], options->inferred,
                       options->languages, err));
  OG_GO(exploring_find(&exploring, arguments->items[1], &ends[0], err));
  OG_GO(exploring_find(&exploring, arguments->items[2], &ends[1], err));
  if (ends[0] == ends[1]) {
    status = refuse_one(&exploring, ends[0], err);
    goto done;
  }
  OG_GO(og_explore_routes(exploring.explorer, ends[0], ends[1], (size_t)options->limit, &routes,
                          err));
  if (routes.count == 0) {
    status = og_error_set(err, OG_NOT_FOUND, "no edges lead from %.100s to %.100s",
                          arguments->items[1], arguments->items[2]);
    goto done;
  }
  status = print_routes(context, &exploring, ends[0], &routes, options->format, err);
done:
  exploring_close(&exploring);
  return status;
}

const Command cmd_path = {
    .name = "path",
    .group = "Graph",
    .synopsis = "GRAPH ENTITY ENTITY",
    .summary = "show the shortest ways from one entity to another, and by which relations",
    .examples = "  ontograft path doid.db \"breast cancer\" \"lung cancer\"\n"
                "  ontograft path doid.db DOID:1612 DOID:1324 --limit 10 --format json\n",
    .details = ENTITY_HELP
    "Edges are followed in both directions; \"<-\" is one that points back. Of several "
    "ways all\n"
    "have the same, least number of edges.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(PathOptions),
    .least_arguments = 3,
    .most_arguments = 3,
    .run = run,
};
