/* predict-links: edges that the graph lacks and that a set of vectors thinks likely. */
#include "cli/command.h"
#include "cli/languages.h"
#include "cli/options.h"
#include "cli/probability.h"
#include "core/memory.h"
#include "kg/describe.h"
#include "kg/embed_explain.h"
#include "kg/lookup.h"
#include "kg/refs.h"

#include <math.h>
#include <stdio.h>

typedef struct LinkOptions {
  const char *head, *tail, *relation, *set, *languages;
  int64_t limit, explain;
  int format, types;
} LinkOptions;

static const LinkOptions defaults = {.limit = 10};

#define AT(field) offsetof(LinkOptions, field)

static const Option rows[] = {
    {"head", 0, OPTION_TEXT, AT(head), "ENTITY", "what the edges start from; asks for tails", NULL,
     0, 0},
    {"tail", 0, OPTION_TEXT, AT(tail), "ENTITY", "what the edges lead to; asks for heads", NULL, 0,
     0},
    {"relation", 'r', OPTION_TEXT, AT(relation), "RELATION",
     "its label, CURIE, IRI or local name (default subClassOf)", NULL, 0, 0},
    {"limit", 'n', OPTION_INTEGER, AT(limit), "N", "edges to show (default 10)", NULL, 1, 10000},
    {"top", 0, OPTION_INTEGER, AT(limit), "N", "the same as --limit", NULL, 1, 10000},
    {"explain", 0, OPTION_INTEGER, AT(explain), "K",
     "instead of one row, show what an answer rests on: the K known edges that support it most",
     NULL, 1, 1000},
    OPTION_ROW_TYPES(LinkOptions),
    {"set", 0, OPTION_TEXT, AT(set), "NAME", "embedding set (default: the last that ranks edges)",
     NULL, 0, 0},
    OPTION_ROW_LANG(LinkOptions),
    OPTION_ROWS_TABLE(LinkOptions),
    OPTION_END,
};

/* The label of an entity; card owns it. */
static OgStatus describe(OgStore *store, const LinkOptions *options, int64_t entity, OgCard *card,
                         OgError *err) {
  const OgDescribeOptions describe = {.languages = options->languages, .limit = 1};
  return og_describe(store, entity, &describe, card, err);
}

/* "head → tail" of the known edge most like a predicted one, into text; "" without one. */
static OgStatus tell_reason(OgStore *store, const LinkOptions *options, const OgLink *link,
                            char *text, size_t size, OgError *err) {
  OgCard head, tail;
  text[0] = '\0';
  if (!(link->likeness > 0)) {
    return OG_OK;
  }
  OG_TRY(describe(store, options, link->like_head, &head, err));
  const OgStatus status = describe(store, options, link->like_tail, &tail, err);
  if (status == OG_OK) {
    snprintf(text, size, "%s → %s", head.entity.label, tail.entity.label);
    og_card_clear(&tail);
  }
  og_card_clear(&head);
  return status;
}

static OgStatus print_link(OgStore *store, const LinkOptions *options, const OgLink *link,
                           Table *table, OgError *err) {
  OgCard card;
  char reason[400];
  OG_TRY(tell_reason(store, options, link, reason, sizeof reason, err));
  OG_TRY(describe(store, options, link->entity, &card, err));
  table_probability(table, link->probability);
  table_real(table, (double)link->score, 3);
  table_string(table, card.entity.label);
  table_string(table, og_entity_ref_id(&card.entity));
  table_string(table, reason[0] ? reason : NULL);
  table_row(table);
  og_card_clear(&card);
  return OG_OK;
}

static OgStatus print_links(const Context *context, OgStore *store, const LinkOptions *options,
                            const OgLink *links, size_t count, OgError *err) {
  static const char *const columns[] = {"probability", "score", "entity", "id", "like_edge"};
  Table *table;
  OG_TRY(table_open(stdout, context->terminal, (TableFormat)options->format, columns,
                    OG_COUNT(columns), &table, err));
  OgStatus status = OG_OK;
  for (size_t k = 0; k < count && status == OG_OK; k++) {
    status = print_link(store, options, &links[k], table, err);
  }
  return table_close(table, status, err);
}

static OgStatus print_support(OgRefs *refs, const OgLink *link, const OgSupport *support,
                              const char *relation, Table *table, OgError *err) {
  const OgEntityRef *entity, *head, *tail;
  OG_TRY(og_refs_find(refs, link->entity, &entity, err));
  OG_TRY(og_refs_find(refs, support->head, &head, err));
  OG_TRY(og_refs_find(refs, support->tail, &tail, err));
  table_probability(table, link->probability);
  table_string(table, entity->label);
  table_string(table, og_entity_ref_id(entity));
  table_real(table, (double)support->support, 3);
  table_string(table, head->label);
  table_string(table, relation);
  table_string(table, tail->label);
  table_row(table);
  return OG_OK;
}

/* What supports the answers, in a table that is not begun before the first is known: an error
 * leaves no header behind. */
typedef struct Supports {
  const Context *context;
  OgStore *store;
  const OgVectors *vectors;
  const LinkOptions *options;
  const OgLinkQuery *query;
  OgRefs *refs;
  OgSupport *items; /* (options->explain) of one answer */
  OgBuffer relation;
  Table *table;
} Supports;

static OgStatus open_supports(Supports *supports, OgError *err) {
  static const char *const columns[] = {"probability", "entity",   "id",  "support",
                                        "head",        "relation", "tail"};
  return supports->table ? OG_OK
                         : table_open(stdout, supports->context->terminal,
                                      (TableFormat)supports->options->format, columns,
                                      OG_COUNT(columns), &supports->table, err);
}

/* An answer once for each of the edges that support it. */
static OgStatus print_answer(Supports *supports, const OgLink *link, OgError *err) {
  size_t found;
  OG_TRY(og_explain_link(supports->store, supports->vectors, supports->query, link->entity,
                         (size_t)supports->options->explain, supports->items, &found, err));
  OG_TRY(open_supports(supports, err));
  for (size_t s = 0; s < found; s++) {
    OG_TRY(
        og_relation_label(supports->store, supports->items[s].relation, &supports->relation, err));
    OG_TRY(print_support(supports->refs, link, &supports->items[s], supports->relation.data,
                         supports->table, err));
  }
  return OG_OK;
}

static OgStatus print_supports(Supports *supports, const OgLink *links, size_t count,
                               OgError *err) {
  OgStatus status;
  supports->items = OG_NEW_ARRAY(OgSupport, (size_t)supports->options->explain);
  OG_GO(supports->items
            ? og_refs_new(supports->store, supports->options->languages, &supports->refs, err)
            : og_error_no_memory(err));
  for (size_t k = 0; k < count; k++) {
    OG_GO(print_answer(supports, &links[k], err));
  }
  status = open_supports(supports, err); /* a header alone when there are no answers */
done:
  if (supports->table) {
    status = table_close(supports->table, status, err);
  }
  og_buffer_clear(&supports->relation);
  og_free(supports->items);
  og_refs_free(supports->refs);
  return status;
}

static OgStatus find_query(const Context *context, OgStore *store, const LinkOptions *options,
                           OgLinkQuery *query, OgError *err) {
  if (!options->relation) {
    terminal_note(context->terminal, "edges of subClassOf; --relation asks for those of another");
  }
  query->heads = options->tail != NULL;
  OG_TRY(
      og_lookup_entity(store, options->tail ? options->tail : options->head, &query->entity, err));
  return og_lookup_relation(store, options->relation ? options->relation : "subClassOf",
                            &query->relation, err);
}

/* Why the probabilities are what they are, or why there are none. */
static OgStatus note_probabilities(const Context *context, OgStore *store, const OgLinkQuery *query,
                                   const OgLink *links, size_t count, OgError *err) {
  const double first = count > 0 ? links[0].probability : 0;
  bool answered;
  note_probability(context, first);
  OG_TRY(og_link_is_answered(store, query, &answered, err));
  if (answered && count > 0 && !isnan(first)) {
    terminal_note(context->terminal, "a probability supposes that an edge is missing here: but "
                                     "there is one, and most that have one have no other");
  }
  return OG_OK;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const LinkOptions *options = values;
  OgStore *store = NULL;
  OgVectors vectors = {0};
  OgLink *links = NULL;
  OgLinkQuery query;
  size_t count;
  OgStatus status;
  if ((options->head != NULL) == (options->tail != NULL)) {
    return og_error_set(err, OG_USAGE, "predict-links takes either --head or --tail");
  }
  OG_GO(og_store_open(arguments->items[0], OG_STORE_READ, &store, err));
  OG_GO(languages_check(context, store, options->languages, err));
  OG_GO(find_query(context, store, options, &query, err));
  OG_GO(og_vectors_load_ranking(store, options->set, &vectors, err));
  OG_GO(og_vectors_check_age(store, &vectors, context->progress, err));
  og_store_watch(store, context->progress, "reading the graph");
  links = OG_NEW_ARRAY(OgLink, (size_t)options->limit);
  if (!links) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(og_predict_links(store, &vectors, &query, (OgTypeRule)options->types,
                         (size_t)options->limit, links, &count, err));
  OG_GO(note_probabilities(context, store, &query, links, count, err));
  Supports supports = {context, store, &vectors, options, &query, .relation = OG_BUFFER_INIT};
  status = options->explain > 0 ? print_supports(&supports, links, count, err)
                                : print_links(context, store, options, links, count, err);
done:
  og_free(links);
  og_vectors_clear(&vectors);
  og_store_close(store);
  return status;
}

const Command cmd_predict_links = {
    .name = "predict-links",
    .group = "Vectors",
    .synopsis = "GRAPH --head ENTITY | --tail ENTITY",
    .summary = "list edges that the graph lacks and that are likely",
    .examples = "  ontograft predict-links medicine.db --head asthma --relation \"has symptom\"\n"
                "  ontograft predict-links medicine.db --tail cough --limit 20 --explain 3\n",
    .details =
        "What the graph has, implies or denies is left out, and what is of another type than the\n"
        "relation's domain or range (--types). A probability was fitted to held-out edges: how "
        "often\n"
        "such a candidate was an edge, where an edge was missing. It is empty when too few could "
        "be\n"
        "held out. The last column is the known edge whose two ends are most alike; --explain "
        "lists\n"
        "those on which the answer rests most (docs/embeddings.md).\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(LinkOptions),
    .least_arguments = 1,
    .most_arguments = 1,
    .run = run,
};
