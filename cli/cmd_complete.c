/* complete: the most likely missing edges of a whole relation. */
#include "cli/command.h"
#include "cli/languages.h"
#include "cli/options.h"
#include "cli/probability.h"
#include "kg/embed_complete.h"
#include "kg/refs.h"

#include <math.h>
#include <stdio.h>

typedef struct CompleteOptions {
  const char *relation, *set, *languages;
  int64_t top, per_entity, threads;
  double min_probability;
  bool all_entities;
  int format, types;
} CompleteOptions;

static const CompleteOptions defaults = {.top = 100};

#define AT(field) offsetof(CompleteOptions, field)

static const Option rows[] = {
    {"relation", 'r', OPTION_TEXT, AT(relation), "RELATION", "its label, CURIE, IRI or local name",
     NULL, 0, 0},
    {"top", 'n', OPTION_INTEGER, AT(top), "N", "edges to list (default 100)", NULL, 1, 1e6},
    {"min-probability", 0, OPTION_REAL, AT(min_probability), "P",
     "only edges of at least this probability", NULL, 0, 1},
    {"per-entity", 0, OPTION_INTEGER, AT(per_entity), "K", "at most so many edges a head", NULL, 1,
     1e6},
    {"all-entities", 0, OPTION_FLAG, AT(all_entities), NULL,
     "any entity may be a head, also where none of its kin is one", NULL, 0, 0},
    OPTION_ROW_TYPES(CompleteOptions),
    {"set", 0, OPTION_TEXT, AT(set), "NAME", "embedding set (default: the last that ranks edges)",
     NULL, 0, 0},
    OPTION_ROW_LANG(CompleteOptions),
    OPTION_ROW_THREADS(CompleteOptions),
    OPTION_ROWS_TABLE(CompleteOptions),
    OPTION_END,
};

/* "head → tail" of the known edge most like a predicted one, into text; "" without one. */
static OgStatus tell_reason(OgRefs *refs, const OgLink *link, char *text, size_t size,
                            OgError *err) {
  const OgEntityRef *head, *tail;
  text[0] = '\0';
  if (link->likeness > 0) {
    OG_TRY(og_refs_find(refs, link->like_head, &head, err));
    OG_TRY(og_refs_find(refs, link->like_tail, &tail, err));
    snprintf(text, size, "%s → %s", head->label, tail->label);
  }
  return OG_OK;
}

static OgStatus print_completion(OgRefs *refs, const char *relation, const OgCompletion *item,
                                 Table *table, OgError *err) {
  const OgEntityRef *head, *tail;
  char reason[400];
  OG_TRY(og_refs_find(refs, item->head, &head, err));
  OG_TRY(og_refs_find(refs, item->link.entity, &tail, err));
  OG_TRY(tell_reason(refs, &item->link, reason, sizeof reason, err));
  table_probability(table, item->link.probability);
  table_real(table, item->log_softmax, 3);
  table_string(table, head->label);
  table_string(table, og_entity_ref_id(head));
  table_string(table, relation);
  table_string(table, tail->label);
  table_string(table, og_entity_ref_id(tail));
  table_string(table, reason[0] ? reason : NULL);
  table_row(table);
  return OG_OK;
}

static OgStatus print_completions(const Context *context, OgStore *store,
                                  const CompleteOptions *options, const OgCompletions *made,
                                  OgError *err) {
  static const char *const columns[] = {"probability", "log_softmax", "head",    "head_id",
                                        "relation",    "tail",        "tail_id", "like_edge"};
  OgRefs *refs;
  Table *table;
  OG_TRY(og_refs_new(store, options->languages, &refs, err));
  OgStatus status = table_open(stdout, context->terminal, (TableFormat)options->format, columns,
                               OG_COUNT(columns), &table, err);
  if (status == OG_OK) {
    for (size_t k = 0; k < made->count && status == OG_OK; k++) {
      status = print_completion(refs, made->relation, &made->items[k], table, err);
    }
    status = table_close(table, status, err);
  }
  og_refs_free(refs);
  return status;
}

/* What the probabilities suppose, where most heads are not such. */
static void note_condition(const Context *context, const OgCompletions *made) {
  if (made->count > 0 && !isnan(made->items[0].link.probability) &&
      2 * made->linked > made->heads) {
    terminal_note(context->terminal,
                  "a probability supposes that the head lacks an edge of the relation; of these "
                  "heads %s %s one already",
                  text_count((double)made->linked), made->linked == 1 ? "has" : "have");
  }
}

static OgStatus complete(const Context *context, OgStore *store, const CompleteOptions *options,
                         const OgVectors *vectors, OgError *err) {
  OgCompleteOptions library = {.top = (size_t)options->top,
                               .per_head = (size_t)options->per_entity,
                               .min_probability = options->min_probability,
                               .all_heads = options->all_entities,
                               .types = (OgTypeRule)options->types,
                               .threads = (int)options->threads};
  OgCompletions made;
  OG_TRY(og_lookup_relation(store, options->relation, &library.relation, err));
  OgStatus status = og_complete(store, vectors, &library, context->progress, &made, err);
  terminal_finish(context->terminal);
  OG_TRY(status);
  status = print_completions(context, store, options, &made, err);
  if (status == OG_OK) {
    terminal_note(context->terminal, "%s, the best of %s and %s",
                  text_counted((double)made.count, "edge", "edges"),
                  text_counted((double)made.heads, "head", "heads"),
                  text_counted((double)made.tails, "tail", "tails"));
    note_condition(context, &made);
    note_probability(context, made.count > 0 ? made.items[0].link.probability : 0);
  }
  og_completions_clear(&made);
  return status;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const CompleteOptions *options = values;
  OgStore *store = NULL;
  OgVectors vectors = {0};
  OgStatus status;
  if (!options->relation) {
    return og_error_set(err, OG_USAGE, "complete takes --relation: which edges to look for");
  }
  OG_GO(og_store_open(arguments->items[0], OG_STORE_READ, &store, err));
  OG_GO(languages_check(context, store, options->languages, err));
  OG_GO(og_store_begin_read(store, err)); /* ends with the store */
  OG_GO(og_vectors_load_ranking(store, options->set, &vectors, err));
  OG_GO(og_vectors_check_age(store, &vectors, context->progress, err));
  og_store_watch(store, context->progress, "reading the graph");
  status = complete(context, store, options, &vectors, err);
done:
  og_vectors_clear(&vectors);
  og_store_close(store);
  return status;
}

const Command cmd_complete = {
    .name = "complete",
    .group = "Vectors",
    .synopsis = "GRAPH --relation RELATION",
    .summary = "list the most likely missing edges of a whole relation",
    .examples =
        "  ontograft complete medicine.db --relation \"has symptom\" --top 50 --format csv\n"
        "  ontograft complete doid.db -r subClassOf --per-entity 1 --min-probability 0.02\n",
    .details =
        "For a curator to look through: best first over all heads, each with the known edge that\n"
        "is most like it. Heads are the entities that are heads of the relation, and those that\n"
        "share a parent with one; tails are all that --types allows. Left out are known and\n"
        "inferred edges, those of inverse properties, deprecated entities, and, where the "
        "relation\n"
        "is transitive or makes the hierarchy, what follows from it or would close a cycle.\n"
        "Probabilities are those of predict-links: they suppose that the head lacks an edge of "
        "the\n"
        "relation. log_softmax is the score less logΣexp of all scores of that head.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(CompleteOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
