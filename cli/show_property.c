#include "cli/show_property.h"

#include "cli/print.h"

#include <string.h>

/* "domain: person [ex:Person] or company [ex:Company]" */
static void print_axiom(const OgPropertyAxiom *axiom) {
  const char *between = strcmp(axiom->kind, "chain") == 0 ? " o " : " or ";
  printf("  %s%s", axiom->kind, axiom->count > 0 ? ": " : "");
  for (size_t k = 0; k < axiom->count; k++) {
    const OgPropertyArgument *argument = &axiom->arguments[k];
    fputs(k > 0 ? between : "", stdout);
    fputs(argument->inverse ? "inverse of " : "", stdout);
    print_safe(argument->label);
    fputs("  [", stdout);
    print_safe(argument->curie ? argument->curie : argument->iri);
    putchar(']');
  }
  putchar('\n');
}

static void print_card(const Terminal *terminal, const OgPropertyCard *card) {
  fputs(terminal->colour ? "\033[1m" : "", stdout);
  print_safe(card->label);
  fputs(terminal->colour ? "\033[0m" : "", stdout);
  fputs("  [", stdout);
  print_safe(card->curie ? card->curie : card->iri);
  fputs("]  property\n", stdout);
  print_full(card->curie, card->iri);
  if (card->definition) {
    putchar('\n');
    print_safe(card->definition);
    putchar('\n');
  }
  putchar('\n');
  for (size_t k = 0; k < card->axiom_count; k++) {
    print_axiom(&card->axioms[k]);
  }
  printf("  edges: %s\n", text_count((double)card->edges));
  printf("  statements: %s\n", text_count((double)card->statements));
}

static json_t *axioms_json(const OgPropertyCard *card) {
  json_t *list = json_array();
  for (size_t k = 0; k < card->axiom_count; k++) {
    const OgPropertyAxiom *axiom = &card->axioms[k];
    json_t *arguments = json_array();
    for (size_t i = 0; i < axiom->count; i++) {
      const OgPropertyArgument *argument = &axiom->arguments[i];
      json_add(&arguments,
               json_pack("{s:s, s:s, s:s?, s:b}", "label", argument->label, "iri", argument->iri,
                         "curie", argument->curie, "inverse", argument->inverse));
    }
    json_add(&list, json_pack("{s:s, s:o}", "kind", axiom->kind, "arguments", arguments));
  }
  return list;
}

static json_t *card_json(const OgPropertyCard *card) {
  return json_pack("{s:s, s:s, s:s?, s:s, s:s?, s:o, s:I, s:I}", "label", card->label, "iri",
                   card->iri, "curie", card->curie, "kind", "property", "definition",
                   card->definition, "axioms", axioms_json(card), "edges", (json_int_t)card->edges,
                   "statements", (json_int_t)card->statements);
}

OgStatus show_property(OgStore *store, const char *text, const char *languages,
                       const Terminal *terminal, bool json, OgError *err) {
  OgPropertyCard card;
  OgStatus status = OG_OK;
  OG_TRY(og_property_card(store, text, languages, &card, err));
  if (json) {
    status = print_json(card_json(&card), err);
  } else {
    print_card(terminal, &card);
  }
  og_property_card_clear(&card);
  return status;
}
