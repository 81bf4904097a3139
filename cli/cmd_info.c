/* info: what is in a graph file, in a screenful. */
#include "cli/command.h"
#include "cli/print.h"
#include "kg/describe.h"

#include <math.h>
#include <string.h>

typedef struct InfoOptions {
  int format;
  int64_t limit;
} InfoOptions;

static const InfoOptions defaults = {.limit = 12};

static const Option rows[] = {
    OPTION_ROW_LIMIT(InfoOptions, "sources and relations to list (default 12)"),
    OPTION_ROWS_CARD(InfoOptions),
    OPTION_END,
};

/* ---- For people --------------------------------------------------------------------------- */

static void print_rest(size_t shown, size_t total) {
  if (total > shown) {
    printf("            … and %s more (--limit)\n", text_count((double)(total - shown)));
  }
}

static void print_pair(const char *word, const char *text) {
  if (text) {
    fputs(word, stdout);
    print_safe(text);
  }
}

static void print_source(const OgSourceSummary *source) {
  fputs("source      ", stdout);
  if (source->title) {
    print_safe(source->title);
    fputs("\n            ", stdout);
  }
  print_safe(source->path);
  printf("  %s, %s, %s\n", source->format, text_counted((double)source->bytes, "byte", "bytes"),
         text_counted((double)source->statements, "statement", "statements"));
  if (source->version || source->date) {
    fputs("            ", stdout);
    print_pair("version ", source->version);
    print_pair(source->version ? ", of " : "of ", source->date);
    putchar('\n');
  }
  if (source->licence) {
    fputs("            licence ", stdout);
    text_print(stdout, source->licence, strlen(source->licence), 100);
    putchar('\n');
  }
}

/* "names       20,123: en 19,000, de 1,123" */
static void print_tallies(const char *title, int64_t total, const OgTallies *tallies,
                          const char *unnamed) {
  printf("%-11s %s", title, text_count((double)total));
  for (size_t k = 0; k < tallies->count; k++) {
    printf("%s ", k == 0 ? ":" : ",");
    print_safe(tallies->items[k].name ? tallies->items[k].name : unnamed);
    printf(" %s", text_count((double)tallies->items[k].count));
  }
  putchar('\n');
}

/* Words for what statements became, in the order of their telling: they count statements, not the
 * edges or names of the graph, which several statements may make, or none. */
static const struct {
  const char *became, *words;
} readings[] = {
    {"edge", "read as edges"},
    {"structure", "read as parts of class expressions behind edges"},
    {"name", "read as names"},
    {"definition", "read as definitions"},
    {"annotation", "read as annotations of edges, names and definitions"},
    {"attribute", "read as attributes"},
    {"type", "say what kind a thing is"},
    {"schema", "read as axioms of properties"},
    {"mark", "mark things as deprecated"},
    {"denied", "deny edges, or are denied"},
    {"header", "describe their source"},
    {"statement", "left as statements:"},
};

/* What the statements became, and which were left. */
static void print_readings(const OgGraphSummary *summary, size_t limit) {
  const OgTallies *left = &summary->left;
  const size_t shown = left->count < limit ? left->count : limit;
  for (size_t k = 0; k < OG_COUNT(readings); k++) {
    for (size_t i = 0; i < summary->readings.count; i++) {
      const OgTally *tally = &summary->readings.items[i];
      if (tally->name && strcmp(tally->name, readings[k].became) == 0) {
        printf("  %9s  %s\n", text_count((double)tally->count), readings[k].words);
      }
    }
  }
  for (size_t k = 0; k < shown; k++) {
    printf("    %9s  ", text_count((double)left->items[k].count));
    print_safe(left->items[k].name);
    putchar('\n');
  }
  print_rest(shown, left->count);
}

/* The MRR of held-out edges, and where it differs that by the vectors alone. */
static void print_mrr(const char *metrics) {
  json_t *json = json_loads(metrics, 0, NULL);
  const json_t *test = json_object_get(json, "test");
  const json_t *mrr = json_object_get(test ? test : json, "mrr");
  const json_t *alone = json_object_get(test ? test : json, "vectors_mrr");
  if (json_is_number(mrr)) {
    printf(", held-out MRR %.3f", json_number_value(mrr));
  }
  if (json_is_number(mrr) && json_is_number(alone) &&
      fabs(json_number_value(alone) - json_number_value(mrr)) >= 5e-4) {
    printf(" (by the vectors alone %.3f)", json_number_value(alone));
  }
  json_decref(json);
}

static const char older[] = "  (of an older state of the graph)";

static void print_embedding(const OgEmbeddingSummary *set) {
  fputs("embeddings  ", stdout);
  print_safe(set->name);
  fputs("  ", stdout);
  print_safe(set->model);
  printf(", %s × %lld", text_counted((double)set->entities, "entity", "entities"),
         (long long)set->dim);
  print_mrr(set->metrics);
  fputs("  ", stdout);
  print_safe(set->created_at);
  puts(set->current ? "" : older);
}

static void print_run(const OgRunSummary *run) {
  fputs("run         ", stdout);
  print_safe(run->name);
  fputs("  fusion ", stdout);
  print_safe(run->fusion);
  printf(", %s, %s  ", text_counted((double)run->predictions, "prediction", "predictions"),
         text_counted((double)run->mentions, "mention", "mentions"));
  print_safe(run->created_at);
  puts(run->current ? "" : older);
}

/* Those with edges, which come first, and how many have none. */
static void print_relations(const OgGraphSummary *summary, size_t limit) {
  size_t used = 0;
  while (used < summary->relation_count && summary->relations[used].edges > 0) {
    used++;
  }
  const size_t shown = used < limit ? used : limit, unused = summary->relation_count - used;
  printf("%-11s %s over %s\n", "edges", text_count((double)summary->edges),
         text_counted((double)used, "relation", "relations"));
  for (size_t k = 0; k < shown; k++) {
    const OgRelationSummary *relation = &summary->relations[k];
    printf("  %9s  ", text_count((double)relation->edges));
    print_safe(relation->label);
    fputs("  [", stdout);
    print_safe(relation->curie ? relation->curie : relation->iri);
    fputs("]\n", stdout);
  }
  print_rest(shown, used);
  if (unused > 0) {
    printf("            and %s without edges\n",
           text_counted((double)unused, "relation", "relations"));
  }
  if (summary->inferred > 0) {
    printf("%-11s %s beside these\n", "inferred",
           text_counted((double)summary->inferred, "edge", "edges"));
  }
}

/* How many of the entities above are special in a way. */
static void print_part(int64_t count, const char *words) {
  if (count > 0) {
    printf("            %s %s\n", text_count((double)count), words);
  }
}

/* What the statements became is counted in each source that says them. */
static void print_repeated(const OgGraphSummary *summary) {
  int64_t said = 0;
  for (size_t k = 0; k < summary->readings.count; k++) {
    said += summary->readings.items[k].count;
  }
  if (said > summary->statements) {
    printf("            %s when each source is counted:\n", text_count((double)said));
  }
}

static void print_summary(const OgGraphSummary *summary, size_t limit) {
  const size_t sources = summary->source_count < limit ? summary->source_count : limit;
  print_safe(summary->path);
  printf("  %s bytes\n", text_count((double)summary->bytes));
  for (size_t k = 0; k < sources; k++) {
    print_source(&summary->sources[k]);
  }
  print_rest(sources, summary->source_count);
  printf("%-11s %s about %s, %s and %s\n", "statements", text_count((double)summary->statements),
         text_counted((double)summary->iris, "IRI", "IRIs"),
         text_counted((double)summary->blanks, "blank node", "blank nodes"),
         text_counted((double)summary->literals, "literal", "literals"));
  print_repeated(summary);
  print_readings(summary, limit);
  print_tallies("entities", summary->entities, &summary->entity_kinds, "?");
  print_part(summary->deprecated, "of them deprecated");
  print_part(summary->unnamed, "of them without a name");
  print_part(summary->mentioned, "of them only referred to by others");
  print_tallies("names", summary->names, &summary->name_languages, "no language");
  print_relations(summary, limit);
  for (size_t k = 0; k < summary->embedding_count; k++) {
    print_embedding(&summary->embeddings[k]);
  }
  for (size_t k = 0; k < summary->run_count; k++) {
    print_run(&summary->runs[k]);
  }
}

/* ---- For programs ------------------------------------------------------------------------- */

static json_t *parsed(const char *text) {
  json_t *json = json_loads(text, 0, NULL);
  return json ? json : json_null();
}

static json_t *tallies_json(const OgTallies *tallies) {
  json_t *json = json_object();
  for (size_t k = 0; k < tallies->count; k++) {
    const char *name = tallies->items[k].name;
    json_put(&json, name ? name : "", json_integer(tallies->items[k].count));
  }
  return json;
}

static json_t *sources_json(const OgGraphSummary *summary) {
  json_t *list = json_array();
  for (size_t k = 0; k < summary->source_count; k++) {
    const OgSourceSummary *source = &summary->sources[k];
    json_add(&list,
             json_pack("{s:s, s:o, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:I, s:I}", "iri",
                       source->iri, "path", json_mended(source->path), "format", source->format,
                       "sha256", source->sha256, "imported_at", source->imported_at, "title",
                       source->title, "version", source->version, "licence", source->licence,
                       "date", source->date, "bytes", (json_int_t)source->bytes, "statements",
                       (json_int_t)source->statements));
  }
  return list;
}

static json_t *relations_json(const OgGraphSummary *summary) {
  json_t *list = json_array();
  for (size_t k = 0; k < summary->relation_count; k++) {
    const OgRelationSummary *relation = &summary->relations[k];
    json_add(&list,
             json_pack("{s:s, s:s, s:s?, s:I}", "label", relation->label, "iri", relation->iri,
                       "curie", relation->curie, "edges", (json_int_t)relation->edges));
  }
  return list;
}

static json_t *embeddings_json(const OgGraphSummary *summary) {
  json_t *list = json_array();
  for (size_t k = 0; k < summary->embedding_count; k++) {
    const OgEmbeddingSummary *set = &summary->embeddings[k];
    json_add(&list, json_pack("{s:s, s:s, s:I, s:I, s:s, s:b, s:o, s:o}", "name", set->name,
                              "model", set->model, "dim", (json_int_t)set->dim, "entities",
                              (json_int_t)set->entities, "created_at", set->created_at, "current",
                              set->current, "parameters", parsed(set->parameters), "metrics",
                              parsed(set->metrics)));
  }
  return list;
}

static json_t *runs_json(const OgGraphSummary *summary) {
  json_t *list = json_array();
  for (size_t k = 0; k < summary->run_count; k++) {
    const OgRunSummary *run = &summary->runs[k];
    json_add(&list, json_pack("{s:s, s:s, s:s, s:s?, s:s, s:b, s:I, s:I, s:o}", "name", run->name,
                              "base", run->base, "fusion", run->fusion, "embedding_set",
                              run->embedding_set, "created_at", run->created_at, "current",
                              run->current, "predictions", (json_int_t)run->predictions, "mentions",
                              (json_int_t)run->mentions, "metrics", parsed(run->metrics)));
  }
  return list;
}

static json_t *summary_json(const OgGraphSummary *summary) {
  return json_pack(
      "{s:o, s:I, s:s, s:o, s:I, s:{s:I, s:I, s:I}, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:I, s:o, "
      "s:o, s:I, s:I, s:o, s:o, s:o}",
      "graph", json_mended(summary->path), "bytes", (json_int_t)summary->bytes, "hash",
      summary->graph_hash, "sources", sources_json(summary), "statements",
      (json_int_t)summary->statements, "terms", "iris", (json_int_t)summary->iris, "blank_nodes",
      (json_int_t)summary->blanks, "literals", (json_int_t)summary->literals, "readings",
      tallies_json(&summary->readings), "left", tallies_json(&summary->left), "entities",
      (json_int_t)summary->entities, "deprecated", (json_int_t)summary->deprecated, "unnamed",
      (json_int_t)summary->unnamed, "only_referred_to", (json_int_t)summary->mentioned,
      "entity_kinds", tallies_json(&summary->entity_kinds), "names", (json_int_t)summary->names,
      "name_languages", tallies_json(&summary->name_languages), "name_kinds",
      tallies_json(&summary->name_kinds), "edges", (json_int_t)summary->edges, "inferred",
      (json_int_t)summary->inferred, "relations", relations_json(summary), "embeddings",
      embeddings_json(summary), "runs", runs_json(summary));
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  (void)context;
  const InfoOptions *options = values;
  OgStore *store = NULL;
  OgGraphSummary summary;
  OG_TRY(og_store_open(arguments->items[0], OG_STORE_READ, &store, err));
  OgStatus status = og_graph_summary(store, &summary, err);
  if (status == OG_OK) {
    if (options->format == CARD_JSON) {
      status = print_json(summary_json(&summary), err);
    } else {
      print_summary(&summary, (size_t)options->limit);
    }
    og_graph_summary_clear(&summary);
  }
  og_store_close(store);
  return status;
}

const Command cmd_info = {
    .name = "info",
    .group = "Graph",
    .synopsis = "GRAPH",
    .summary = "show what is in a graph file",
    .examples = "  ontograft info medicine.db\n"
                "  ontograft info medicine.db --json\n",
    .details = NULL,
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(InfoOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
