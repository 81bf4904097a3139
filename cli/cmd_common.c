/* common: what two entities have in common. */
#include "cli/exploring.h"
#include "cli/print.h"

typedef struct SharedOptions {
  bool inferred;
  int format;
  const char *languages;
} SharedOptions;

static const SharedOptions defaults = {.format = CARD_TEXT};

static const Option rows[] = {
    OPTION_ROW_INFERRED(SharedOptions),
    OPTION_ROW_LANG(SharedOptions),
    OPTION_ROWS_CARD(SharedOptions),
    OPTION_END,
};

static OgStatus print_text(const Exploring *exploring, const uint32_t ends[2],
                           const OgCommon *common, OgError *err) {
  for (int k = 0; k < 2; k++) {
    OG_TRY(exploring_print(exploring, ends[k], err));
    printf("  IC %.3f\n", common->information[k]);
  }
  puts(common->count ? "\nlowest common ancestors" : "\nno common ancestor");
  for (size_t k = 0; k < common->count; k++) {
    fputs("  ", stdout);
    OG_TRY(exploring_print(exploring, common->lowest[k].node, err));
    printf("  IC %.3f\n", common->lowest[k].information);
  }
  printf("\nsimilarity  Resnik %.3f, Lin %.3f\n", common->resnik, common->lin);
  return OG_OK;
}

static OgStatus node_json(const Exploring *exploring, uint32_t node, double information,
                          json_t **json, OgError *err) {
  OgEntityRef ref;
  OG_TRY(og_explore_entity(exploring->explorer, node, &ref, err));
  *json = json_pack("{s:s, s:s, s:s?, s:b, s:f}", "label", ref.label, "iri", ref.iri, "curie",
                    ref.curie, "deprecated", ref.deprecated, "information", information);
  return *json ? OG_OK : og_error_no_memory(err);
}

static OgStatus print_as_json(const Exploring *exploring, const uint32_t ends[2],
                              const OgCommon *common, OgError *err) {
  json_t *entities = json_array();
  json_t *lowest = json_array();
  OgStatus status = OG_OK;
  for (size_t k = 0; k < 2 + common->count && status == OG_OK; k++) {
    json_t *json = NULL;
    status = k < 2 ? node_json(exploring, ends[k], common->information[k], &json, err)
                   : node_json(exploring, common->lowest[k - 2].node,
                               common->lowest[k - 2].information, &json, err);
    json_add(k < 2 ? &entities : &lowest, json);
  }
  if (status != OG_OK) {
    json_decref(entities);
    json_decref(lowest);
    return status;
  }
  return print_json(json_pack("{s:o, s:o, s:f, s:f}", "entities", entities, "lowest", lowest,
                              "resnik", common->resnik, "lin", common->lin),
                    err);
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const SharedOptions *options = values;
  Exploring exploring;
  OgCommon common;
  uint32_t ends[2];
  OgStatus status;
  OG_GO(exploring_open(&exploring, context, arguments->items[0], options->inferred,
                       options->languages, err));
  OG_GO(exploring_find(&exploring, arguments->items[1], &ends[0], err));
  OG_GO(exploring_find(&exploring, arguments->items[2], &ends[1], err));
  OG_GO(og_explore_common(exploring.explorer, ends[0], ends[1], &common, err));
  status = options->format == CARD_JSON ? print_as_json(&exploring, ends, &common, err)
                                        : print_text(&exploring, ends, &common, err);
done:
  exploring_close(&exploring);
  return status;
}

const Command cmd_common = {
    .name = "common",
    .group = "Graph",
    .synopsis = "GRAPH ENTITY ENTITY",
    .summary = "show the lowest common ancestors of two entities, and how similar they are",
    .examples = "  ontograft common doid.db \"breast cancer\" \"lung cancer\"\n"
                "  ontograft common doid.db DOID:1612 DOID:1324 --json\n",
    .details = ENTITY_HELP
    "IC is the information content of an entity (Resnik 1995): -ln of the share of the hierarchy\n"
    "that it and what is below it are. The hierarchy are the entities that have a parent or a\n"
    "child; deprecated ones do not count. A single root has IC 0. Resnik's similarity is the IC\n"
    "of the most informative common ancestor; Lin's (1998) is twice that over the sum of the two\n"
    "entities' IC, from 0 to 1. Entities that are all above one another (a cycle) count as one.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(SharedOptions),
    .least_arguments = 3,
    .most_arguments = 3,
    .run = run,
};
