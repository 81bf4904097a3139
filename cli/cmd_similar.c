/* similar: the entities nearest to one in an embedding set. */
#include "cli/command.h"
#include "cli/languages.h"
#include "cli/table.h"
#include "core/memory.h"
#include "kg/describe.h"
#include "kg/lookup.h"
#include "kg/similar.h"

typedef struct SimilarOptions {
  const char *set, *languages;
  int64_t limit;
  int format;
} SimilarOptions;

static const SimilarOptions defaults = {.limit = 10};

#define AT(field) offsetof(SimilarOptions, field)

static const Option rows[] = {
    OPTION_ROW_LIMIT(SimilarOptions, "entities to show (default 10)"),
    {"set", 0, OPTION_TEXT, AT(set), "NAME", "embedding set (default: the one made last)", NULL, 0,
     0},
    OPTION_ROW_LANG(SimilarOptions),
    OPTION_ROWS_TABLE(SimilarOptions),
    OPTION_END,
};

static OgStatus print_neighbour(OgStore *store, const SimilarOptions *options,
                                const OgNeighbour *neighbour, Table *table, OgError *err) {
  const OgDescribeOptions describe = {.languages = options->languages, .limit = 1};
  OgCard card;
  OG_TRY(og_describe(store, neighbour->entity, &describe, &card, err));
  table_real(table, (double)neighbour->cosine, 3);
  table_string(table, card.entity.label);
  table_string(table, og_entity_ref_id(&card.entity));
  table_string(table, card.parents.count > 0 ? card.parents.items[0].label : NULL);
  table_row(table);
  og_card_clear(&card);
  return OG_OK;
}

static OgStatus print_neighbours(const Context *context, OgStore *store,
                                 const SimilarOptions *options, const OgNeighbour *neighbours,
                                 size_t count, OgError *err) {
  static const char *const columns[] = {"cosine", "entity", "id", "parent"};
  Table *table;
  OG_TRY(table_open(stdout, context->terminal, (TableFormat)options->format, columns,
                    OG_COUNT(columns), &table, err));
  OgStatus status = OG_OK;
  for (size_t k = 0; k < count && status == OG_OK; k++) {
    status = print_neighbour(store, options, &neighbours[k], table, err);
  }
  return table_close(table, status, err);
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const SimilarOptions *options = values;
  OgStore *store = NULL;
  OgVectors vectors = {0};
  OgNeighbour *neighbours = NULL;
  int64_t entity;
  size_t count = 0;
  OgStatus status;
  OG_GO(og_store_open(arguments->items[0], OG_STORE_READ, &store, err));
  OG_GO(languages_check(context, store, options->languages, err));
  OG_GO(og_lookup_entity(store, arguments->items[1], &entity, err));
  OG_GO(og_vectors_load(store, options->set, &vectors, err));
  OG_GO(og_vectors_check_age(store, &vectors, context->progress, err));
  const size_t limit = (size_t)options->limit < vectors.N ? (size_t)options->limit : vectors.N;
  neighbours = OG_NEW_ARRAY(OgNeighbour, limit);
  if (!neighbours) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_similar(&vectors, entity, limit, neighbours, &count, err));
  status = print_neighbours(context, store, options, neighbours, count, err);
done:
  og_free(neighbours);
  og_vectors_clear(&vectors);
  og_store_close(store);
  return status;
}

const Command cmd_similar = {
    .name = "similar",
    .group = "Vectors",
    .synopsis = "GRAPH ENTITY",
    .summary = "list the entities whose vectors are nearest",
    .examples = "  ontograft similar medicine.db asthma\n"
                "  ontograft similar doid.db DOID:2841 --limit 5 --format json\n",
    .details = ENTITY_HELP,
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(SimilarOptions),
    .least_arguments = 2,
    .most_arguments = 2,
    .run = run,
};
