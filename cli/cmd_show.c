/* show: what the graph knows of one entity, property, or other thing. */
#include "cli/command.h"
#include "cli/languages.h"
#include "cli/print.h"
#include "cli/show_property.h"
#include "kg/describe.h"
#include "kg/lookup.h"

#include <stdarg.h>
#include <string.h>

typedef struct ShowOptions {
  const char *languages;
  int64_t limit;
  int format;
} ShowOptions;

static const ShowOptions defaults = {.limit = 20};

static const Option rows[] = {
    OPTION_ROW_LANG(ShowOptions),
    OPTION_ROW_LIMIT(
        ShowOptions,
        "children, edges of a relation and values of an attribute to show (default 20)"),
    OPTION_ROWS_CARD(ShowOptions),
    OPTION_END,
};

/* ---- For people --------------------------------------------------------------------------- */

static void heading(const Terminal *terminal, const char *text) {
  printf("\n%s", terminal->colour ? "\033[1m" : "");
  print_safe(text);
  fputs(terminal->colour ? "\033[0m" : "", stdout);
}

static void print_ref(const OgEntityRef *ref) {
  fputs("  ", stdout);
  print_safe(ref->label);
  fputs("  [", stdout);
  print_safe(og_entity_ref_id(ref));
  fputs(ref->deprecated ? "] deprecated" : "]", stdout);
}

static void print_rest(size_t shown, size_t total) {
  if (total > shown) {
    printf("  … and %s more (--limit)\n", text_count((double)(total - shown)));
  }
}

static void print_refs(const Terminal *terminal, const char *title, const OgEntityRefs *refs) {
  if (refs->total == 0) {
    return;
  }
  heading(terminal, title);
  printf(" (%s)\n", text_count((double)refs->total));
  for (size_t k = 0; k < refs->count; k++) {
    print_ref(&refs->items[k]);
    putchar('\n');
  }
  print_rest(refs->count, refs->total);
}

static void print_edges(const Terminal *terminal, const char *arrow, const OgCardEdges *edges) {
  char title[256];
  snprintf(title, sizeof title, "%s %s", arrow, edges->label);
  heading(terminal, title);
  printf(" (%s)\n", text_count((double)edges->total));
  for (size_t k = 0; k < edges->count; k++) {
    print_ref(&edges->items[k].entity);
    if (strcmp(edges->items[k].via, "asserted") != 0) {
      fputs("  ", stdout);
      print_safe(edges->items[k].via);
    }
    putchar('\n');
  }
  print_rest(edges->count, edges->total);
}

static void print_names(const Terminal *terminal, const OgCard *card) {
  if (card->name_count == 0) {
    return;
  }
  heading(terminal, "names");
  putchar('\n');
  for (size_t k = 0; k < card->name_count; k++) {
    const OgCardName *name = &card->names[k];
    fputs("  ", stdout);
    print_safe(name->text);
    fputs("  (", stdout);
    print_safe(name->kind);
    fputs(name->language ? ", " : "", stdout);
    print_safe(name->language ? name->language : "");
    puts(")");
  }
}

/* "database cross-reference: MESH:D001943", a line a value. */
static void print_attributes(const Terminal *terminal, const char *title,
                             const OgCardAttribute *attributes, size_t count) {
  if (count == 0) {
    return;
  }
  heading(terminal, title);
  putchar('\n');
  for (size_t k = 0; k < count; k++) {
    const OgCardAttribute *attribute = &attributes[k];
    for (size_t i = 0; i < attribute->count; i++) {
      fputs("  ", stdout);
      print_safe(attribute->curie ? attribute->curie : attribute->iri);
      fputs(": ", stdout);
      print_safe(attribute->items[i].text);
      fputs(attribute->items[i].language ? "  @" : "", stdout);
      print_safe(attribute->items[i].language ? attribute->items[i].language : "");
      putchar('\n');
    }
    print_rest(attribute->count, attribute->total);
  }
}

/* What is no entity. */
static void print_statements(const Terminal *terminal, const OgCard *card) {
  fputs(terminal->colour ? "\033[1m" : "", stdout);
  print_safe(card->entity.label);
  fputs(terminal->colour ? "\033[0m" : "", stdout);
  printf("  %s, in statements only\n", card->kind);
  print_full(card->entity.curie, card->entity.iri);
  print_attributes(terminal, "said of it", card->attributes, card->attribute_count);
  print_attributes(terminal, "it is said of", card->mentions, card->mention_count);
}

static void print_card(const Terminal *terminal, const OgCard *card) {
  fputs(terminal->colour ? "\033[1m" : "", stdout);
  print_safe(card->entity.label);
  fputs(terminal->colour ? "\033[0m" : "", stdout);
  printf("  [");
  print_safe(og_entity_ref_id(&card->entity));
  fputs("]  ", stdout);
  print_safe(card->kind);
  putchar('\n');
  print_full(card->entity.curie, card->entity.iri);
  if (card->entity.deprecated) {
    puts("deprecated");
  }
  for (size_t k = 0; k < card->successor_count; k++) {
    fputs(card->successors[k].kind, stdout);
    print_ref(&card->successors[k].entity);
    putchar('\n');
  }
  if (card->definition) {
    putchar('\n');
    print_safe(card->definition);
    putchar('\n');
  }
  print_names(terminal, card);
  print_refs(terminal, "parents", &card->parents);
  print_refs(terminal, "children", &card->children);
  for (size_t k = 0; k < card->out_count; k++) {
    print_edges(terminal, "->", &card->out[k]);
  }
  for (size_t k = 0; k < card->in_count; k++) {
    print_edges(terminal, "<-", &card->in[k]);
  }
  print_attributes(terminal, "attributes", card->attributes, card->attribute_count);
}

/* ---- For programs ------------------------------------------------------------------------- */

static json_t *ref_json(const OgEntityRef *ref) {
  return json_pack("{s:s, s:s, s:s?, s:b}", "label", ref->label, "iri", ref->iri, "curie",
                   ref->curie, "deprecated", ref->deprecated);
}

static json_t *refs_json(const OgEntityRefs *refs) {
  json_t *items = json_array();
  for (size_t k = 0; k < refs->count; k++) {
    json_add(&items, ref_json(&refs->items[k]));
  }
  return json_pack("{s:I, s:o}", "total", (json_int_t)refs->total, "items", items);
}

static json_t *edges_json(const OgCardEdges *edges, size_t count) {
  json_t *groups = json_array();
  for (size_t k = 0; k < count; k++) {
    json_t *items = json_array();
    for (size_t j = 0; j < edges[k].count; j++) {
      json_t *item = ref_json(&edges[k].items[j].entity);
      json_put(&item, "via", json_string(edges[k].items[j].via));
      json_add(&items, item);
    }
    json_add(&groups, json_pack("{s:s, s:s, s:I, s:o}", "relation", edges[k].label, "iri",
                                edges[k].iri, "total", (json_int_t)edges[k].total, "items", items));
  }
  return groups;
}

static json_t *successors_json(const OgCard *card) {
  json_t *list = json_array();
  for (size_t k = 0; k < card->successor_count; k++) {
    json_t *item = ref_json(&card->successors[k].entity);
    json_put(&item, "kind", json_string(card->successors[k].kind));
    json_add(&list, item);
  }
  return list;
}

static json_t *attributes_json(const OgCardAttribute *attributes, size_t count) {
  json_t *list = json_array();
  for (size_t k = 0; k < count; k++) {
    const OgCardAttribute *attribute = &attributes[k];
    json_t *items = json_array();
    for (size_t i = 0; i < attribute->count; i++) {
      const OgCardValue *value = &attribute->items[i];
      json_add(&items, json_pack("{s:s, s:s?, s:b}", "value", value->text, "language",
                                 value->language, "iri", value->is_iri));
    }
    json_add(&list,
             json_pack("{s:s, s:s?, s:I, s:o}", "iri", attribute->iri, "curie", attribute->curie,
                       "total", (json_int_t)attribute->total, "items", items));
  }
  return list;
}

static json_t *card_json(const OgCard *card) {
  json_t *names = json_array();
  for (size_t k = 0; k < card->name_count; k++) {
    json_add(&names, json_pack("{s:s, s:s?, s:s}", "text", card->names[k].text, "language",
                               card->names[k].language, "kind", card->names[k].kind));
  }
  json_t *json = ref_json(&card->entity);
  json_put(&json, "kind", json_string(card->kind));
  json_put(&json, "definition", card->definition ? json_string(card->definition) : json_null());
  json_put(&json, "replaced_by", card->replaced_by.id ? ref_json(&card->replaced_by) : json_null());
  json_put(&json, "successors", successors_json(card));
  json_put(&json, "names", names);
  json_put(&json, "parents", refs_json(&card->parents));
  json_put(&json, "children", refs_json(&card->children));
  json_put(&json, "out", edges_json(card->out, card->out_count));
  json_put(&json, "in", edges_json(card->in, card->in_count));
  json_put(&json, "attributes", attributes_json(card->attributes, card->attribute_count));
  return json;
}

static json_t *statements_json(const OgCard *card) {
  json_t *json = ref_json(&card->entity);
  json_put(&json, "kind", json_string(card->kind));
  json_put(&json, "statements", attributes_json(card->attributes, card->attribute_count));
  json_put(&json, "mentions", attributes_json(card->mentions, card->mention_count));
  return json;
}

/* Other entities that the words may mean. */
static void tell_others(const Context *context, const OgFoundList *found) {
  for (size_t k = 1; k < found->count && k <= 5; k++) {
    const OgFound *other = &found->items[k];
    terminal_note(context->terminal, "%s %s [%s]",
                  k == 1 ? "the same name is borne by" : "                     and by",
                  other->label, other->curie ? other->curie : other->iri);
  }
}

static OgDescribeOptions describe_options(const ShowOptions *options) {
  return (OgDescribeOptions){.languages = options->languages, .limit = (size_t)options->limit};
}

/* Print a card in the one way or the other, and clear it. */
static OgStatus put_card(const Context *context, const ShowOptions *options, OgCard *card,
                         void (*print)(const Terminal *, const OgCard *),
                         json_t *(*make_json)(const OgCard *), OgError *err) {
  OgStatus status = OG_OK;
  if (options->format == CARD_JSON) {
    status = print_json(make_json(card), err);
  } else {
    print(context->terminal, card);
  }
  og_card_clear(card);
  return status;
}

static OgStatus show_entity(const Context *context, OgStore *store, const OgFoundList *found,
                            const ShowOptions *options, OgError *err) {
  const OgDescribeOptions describe = describe_options(options);
  OgCard card;
  OG_TRY(og_describe(store, found->items[0].entity, &describe, &card, err));
  OG_TRY(put_card(context, options, &card, print_card, card_json, err));
  if (options->format != CARD_JSON) {
    tell_others(context, found);
  }
  return OG_OK;
}

static OgStatus show_statements(const Context *context, OgStore *store, const char *text,
                                const ShowOptions *options, OgError *err) {
  const OgDescribeOptions describe = describe_options(options);
  OgCard card;
  OG_TRY(og_describe_statements(store, text, &describe, &card, err));
  return put_card(context, options, &card, print_statements, statements_json, err);
}

/* What is no entity: a property, or a thing in statements only. OG_NOT_FOUND when neither. */
static OgStatus show_other(const Context *context, OgStore *store, const char *text,
                           const ShowOptions *options, OgError *err) {
  const OgStatus status = show_property(store, text, options->languages, context->terminal,
                                        options->format == CARD_JSON, err);
  return status == OG_NOT_FOUND ? show_statements(context, store, text, options, err) : status;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const ShowOptions *options = values;
  const char *text = arguments->items[1];
  OgStore *store = NULL;
  OgFoundList found = OG_FOUND_LIST_INIT;
  OgStatus status;
  OG_GO(og_store_open(arguments->items[0], OG_STORE_READ, &store, err));
  OG_GO(languages_check(context, store, options->languages, err));
  status = og_lookup(store, text, &found, err);
  if (status == OG_OK && options->languages) {
    status = og_found_prefer(store, options->languages, &found, err);
  }
  if (status == OG_OK) {
    status = show_entity(context, store, &found, options, err);
  } else if (status == OG_NOT_FOUND) {
    OgError no_other; /* the lookup has better advice */
    const OgStatus shown = show_other(context, store, text, options, &no_other);
    status = shown == OG_NOT_FOUND ? status : shown;
    *err = shown == OG_NOT_FOUND ? *err : no_other;
  }
done:
  og_found_clear(&found);
  og_store_close(store);
  return status;
}

const Command cmd_show = {
    .name = "show",
    .group = "Graph",
    .synopsis = "GRAPH ENTITY",
    .summary = "show an entity (names, edges, attributes) or a property (domain, range, …)",
    .examples = "  ontograft show doid.db \"breast cancer\"\n"
                "  ontograft show doid.db DOID:1612 --lang de,en\n"
                "  ontograft show finance.db \"is provided by\"\n",
    .details = ENTITY_HELP
    "A property is named in the same ways, where no entity is. Of an IRI or CURIE that is\n"
    "neither, as an ontology's, the statements are shown.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(ShowOptions),
    .least_arguments = 2,
    .most_arguments = 2,
    .run = run,
};
