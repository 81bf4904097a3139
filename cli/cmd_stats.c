/* stats: the shape of a graph. */
#include "cli/exploring.h"
#include "cli/print.h"
#include "core/memory.h"

typedef struct StatsOptions {
  bool inferred;
  int format;
  int64_t limit;
  const char *languages;
} StatsOptions;

static const StatsOptions defaults = {.limit = 5};

static const Option rows[] = {
    OPTION_ROW_LIMIT(StatsOptions, "entities with most edges to list (default 5)"),
    OPTION_ROW_INFERRED(StatsOptions),
    OPTION_ROW_LANG(StatsOptions),
    OPTION_ROWS_CARD(StatsOptions),
    OPTION_END,
};

/* A figure: what it is called for people and in JSON, and where it stands. */
typedef struct Figure {
  const char *title, *name;
  size_t offset;
} Figure;

static const Figure figures[] = {
    {"entities", "entities", offsetof(OgShape, entities)},
    {"edges", "edges", offsetof(OgShape, edges)},
    {"hierarchy: roots", "roots", offsetof(OgShape, roots)},
    {"hierarchy: leaves", "leaves", offsetof(OgShape, leaves)},
    {"hierarchy: levels", "levels", offsetof(OgShape, levels)},
    {"with several parents", "several_parents", offsetof(OgShape, several_parents)},
    {"on cycles without a root", "unreached", offsetof(OgShape, unreached)},
    {"without edges", "isolated", offsetof(OgShape, isolated)},
    {"connected components", "components", offsetof(OgShape, components)},
    {"entities in the largest", "largest", offsetof(OgShape, largest)},
};

static size_t figure_of(const OgShape *shape, const Figure *figure) {
  return *(const size_t *)(const void *)((const char *)shape + figure->offset);
}

static OgStatus print_text(const Exploring *exploring, const OgShape *shape, OgError *err) {
  for (size_t k = 0; k < OG_COUNT(figures); k++) {
    printf("%-26s %12s\n", figures[k].title, text_count((double)figure_of(shape, &figures[k])));
  }
  puts("\nmost edges");
  for (size_t k = 0; k < shape->hub_count; k++) {
    printf("%9s  ", text_count((double)shape->hubs[k].depth));
    OG_TRY(exploring_print(exploring, shape->hubs[k].node, err));
    putchar('\n');
  }
  return OG_OK;
}

static OgStatus print_as_json(const Exploring *exploring, const OgShape *shape, OgError *err) {
  json_t *json = json_object();
  json_t *hubs = json_array();
  OgStatus status = OG_OK;
  for (size_t k = 0; k < OG_COUNT(figures); k++) {
    json_put(&json, figures[k].name, json_integer((json_int_t)figure_of(shape, &figures[k])));
  }
  for (size_t k = 0; k < shape->hub_count && status == OG_OK; k++) {
    OgEntityRef ref;
    status = og_explore_entity(exploring->explorer, shape->hubs[k].node, &ref, err);
    if (status == OG_OK) {
      json_add(&hubs, json_pack("{s:s, s:s, s:s?, s:I}", "label", ref.label, "iri", ref.iri,
                                "curie", ref.curie, "edges", (json_int_t)shape->hubs[k].depth));
    }
  }
  json_put(&json, "hubs", hubs);
  if (status != OG_OK) {
    json_decref(json);
    return status;
  }
  return print_json(json, err);
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const StatsOptions *options = values;
  Exploring exploring;
  OgShape shape;
  OgStatus status;
  OG_GO(exploring_open(&exploring, context, arguments->items[0], options->inferred,
                       options->languages, err));
  OG_GO(og_explore_shape(exploring.explorer, (size_t)options->limit, &shape, err));
  status = options->format == CARD_JSON ? print_as_json(&exploring, &shape, err)
                                        : print_text(&exploring, &shape, err);
done:
  exploring_close(&exploring);
  return status;
}

const Command cmd_stats = {
    .name = "stats",
    .group = "Graph",
    .synopsis = "GRAPH",
    .summary = "show the shape of a graph: its hierarchy, components and hubs",
    .examples = "  ontograft stats medicine.db\n"
                "  ontograft stats medicine.db --limit 20 --json\n",
    .details = "Edges of one relation between the same two entities count once. A level is a step "
               "from the\n"
               "nearest root. Connected components follow edges in both directions.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(StatsOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
