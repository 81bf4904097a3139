#include "kg/derive.h"

#include "core/memory.h"
#include "core/spill.h"
#include "core/vocab.h"
#include "kg/tuples.h"

#include <string.h>

/* Class expressions are trees of blank nodes. They are walked once for each axiom that holds them:
 *
 *   A subClassOf B                                    A -subClassOf-> B    asserted
 *   A subClassOf [onProperty P; someValuesFrom B]     A -P-> B             some
 *   A equivalentClass [intersectionOf (G
 *        [onProperty P; someValuesFrom B])]           A -subClassOf-> G, A -P-> B    equivalent
 *
 * Depth is limited, no axiom passes a node twice, and the steps of all axioms together are limited,
 * so that a file whose expressions share or loop costs no more than one that does not. */

enum { MAX_DEPTH = 64, STEPS_PER_STATEMENT = 16, FIRST_EDGES = 1024, REPORT_EVERY = 1 << 14 };

/* Further bits of OgDerivation.things. */
enum {
  THING_VOCABULARY = 1 << 9,  /* a word of the language (og_iri_is_vocabulary) */
  THING_LOOKED_AT = 1 << 10,  /* whether it is one is known */
  THING_USED = 1 << 11,       /* as the relation of an edge */
  THING_NO_CONCEPT = 1 << 12, /* a scheme, collection or property, by what is said with it */
  THING_RECORD = 1 << 13, /* declared a skos:Concept: other types tell what kind of record it is */
  THING_ENTITY = OG_THING_CLASS | OG_THING_CONCEPT | OG_THING_INDIVIDUAL,
  THING_OTHER = OG_THING_RELATION | OG_THING_PROPERTY | OG_THING_ANNOTATION | OG_THING_HEADER
};

const char *const og_via_words[OG_VIAS] = {
    [OG_VIA_ASSERTED] = "asserted", [OG_VIA_EQUIVALENT] = "equivalent",
    [OG_VIA_EXACTLY] = "exactly",   [OG_VIA_INVERSE] = "inverse",
    [OG_VIA_MAX] = "max",           [OG_VIA_MIN] = "min",
    [OG_VIA_ONLY] = "only",         [OG_VIA_OPTIONAL] = "optional",
    [OG_VIA_SOME] = "some",         [OG_VIA_UNION] = "union",
    [OG_VIA_VALUE] = "value",
};

/* What is being walked: the axiom, and what its edges have in common. */
typedef struct Axiom {
  uint32_t head;
  uint32_t source;
  uint32_t is_a; /* relation to named classes: subClassOf, or type for individuals */
  OgVia via;     /* OG_VIA_ASSERTED or OG_VIA_EQUIVALENT */
} Axiom;

/* ---- Set-up ---- */

static OgStatus find_term(OgStore *store, const char *iri, uint32_t limit, uint32_t *term,
                          OgError *err) {
  int64_t id;
  OG_TRY(og_store_find_iri(store, iri, strlen(iri), &id, err));
  *term = id < (int64_t)limit ? (uint32_t)id : 0;
  return OG_OK;
}

static OgStatus find_rules(OgDerivation *in, OgStore *store, OgError *err) {
  uint32_t term;
  for (size_t k = 0; k < OG_PREDICATE_RULES; k++) {
    OG_TRY(find_term(store, og_predicate_rules[k].iri, in->level0->limit, &term, err));
    in->predicate_rule[term] = (uint8_t)(k + 1);
  }
  for (size_t k = 0; k < OG_TYPE_RULES; k++) {
    OG_TRY(find_term(store, og_type_rules[k].iri, in->level0->limit, &term, err));
    in->type_rule[term] = (uint8_t)(k + 1);
  }
  in->predicate_rule[0] = 0; /* what the graph does not speak of */
  in->type_rule[0] = 0;
  for (size_t k = 0; k < OG_MADE_RELATIONS; k++) {
    OG_TRY(find_term(store, og_made_relations[k], in->level0->limit, &in->made[k], err));
  }
  return OG_OK;
}

static void find_starts(OgDerivation *in) {
  const OgLevel0 *level0 = in->level0;
  size_t next = 0;
  for (uint32_t subject = 0; subject < level0->limit; subject++) {
    og_spill_step(subject);
    in->start[subject] = next;
    while (next < level0->count && level0->statements[next].subject == subject) {
      next++;
    }
  }
  in->start[level0->limit] = next;
}

const OgPredicateRule *og_rule_of(const OgDerivation *in, uint32_t predicate) {
  static const OgPredicateRule none = {NULL, OG_MEANS_NOTHING, NULL, 0};
  const uint8_t row = in->predicate_rule[predicate];
  return row ? &og_predicate_rules[row - 1] : &none;
}

/* ---- Things ---- */

/* Add to what is known of a term. */
static OgStatus add_things(OgDerivation *in, uint32_t term, unsigned things, OgError *err) {
  if (!(in->things[term] & THING_LOOKED_AT) && in->level0->kinds[term] == OG_IRI) {
    OgTermView view;
    OG_TRY(in->level0->term(in->level0->data, term, &view, err));
    in->things[term] |= THING_LOOKED_AT;
    if (og_iri_is_vocabulary(view.text)) {
      in->things[term] |= THING_VOCABULARY;
    }
  }
  in->things[term] |= (uint16_t)things;
  return OG_OK;
}

bool og_is_entity(const OgDerivation *in, uint32_t term) {
  const unsigned things = in->things[term];
  if (in->level0->kinds[term] != OG_IRI || (things & (THING_VOCABULARY | OG_THING_DATATYPE))) {
    return false;
  }
  /* An individual that is a property or an ontology is that; a class stays one (punning). */
  return (things & (OG_THING_CLASS | OG_THING_CONCEPT)) ||
         ((things & OG_THING_INDIVIDUAL) && !(things & THING_OTHER));
}

bool og_is_relation(const OgDerivation *in, uint32_t term) {
  const unsigned things = in->things[term];
  return (things & THING_USED) || ((things & OG_THING_RELATION) && !(things & THING_VOCABULARY) &&
                                   in->level0->kinds[term] == OG_IRI);
}

bool og_is_header(const OgDerivation *in, uint32_t term) {
  return in->things[term] & OG_THING_HEADER;
}

/* What a type that has a rule says. Before all else: what another type means depends on it. */
static OgStatus add_declared(OgDerivation *in, size_t number, OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  const uint8_t row = in->type_rule[statement->object];
  if (!row || og_rule_of(in, statement->predicate)->meaning != OG_MEANS_TYPE) {
    return OG_OK;
  }
  const unsigned things = og_type_rules[row - 1].things;
  return add_things(in, statement->subject,
                    things & OG_THING_CONCEPT ? things | THING_RECORD : things, err);
}

/* What a type without a rule says. */
static OgStatus add_type(OgDerivation *in, const OgStatement *statement, OgError *err) {
  if (in->type_rule[statement->object] || (in->things[statement->subject] & THING_RECORD)) {
    return OG_OK;
  }
  if (in->level0->kinds[statement->object] == OG_IRI) {
    OG_TRY(add_things(in, statement->object, 0, err));
    if (in->things[statement->object] & THING_VOCABULARY) {
      return OG_OK; /* owl:Restriction, owl:Axiom, rdf:Bag … */
    }
    OG_TRY(add_things(in, statement->object, OG_THING_CLASS, err));
  }
  return add_things(in, statement->subject, OG_THING_INDIVIDUAL, err);
}

static bool has_type(const OgDerivation *in, uint32_t term) {
  for (size_t k = in->start[term]; k < in->start[term + 1]; k++) {
    if (og_rule_of(in, in->level0->statements[k].predicate)->meaning == OG_MEANS_TYPE) {
      return true;
    }
  }
  return false;
}

static OgStatus add_untyped(OgDerivation *in, uint32_t term, unsigned things, OgError *err) {
  return in->level0->kinds[term] != OG_IRI || has_type(in, term)
             ? OG_OK
             : add_things(in, term, things, err);
}

static OgStatus add_untyped_concept(OgDerivation *in, uint32_t term, OgError *err) {
  return add_untyped(in, term, OG_THING_CONCEPT, err);
}

/* What a statement says of the kind of its ends. */
static OgStatus add_things_of(OgDerivation *in, size_t number, OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  unsigned things = 0;
  in->things[statement->predicate] |= THING_NO_CONCEPT;
  switch (og_rule_of(in, statement->predicate)->meaning) {
  case OG_MEANS_TYPE:
    return add_type(in, statement, err);
  case OG_MEANS_SUBCLASS:
  case OG_MEANS_EQUIVALENT:
    things = OG_THING_CLASS;
    break;
  case OG_MEANS_BROADER:
  case OG_MEANS_NARROWER:
    things = OG_THING_CONCEPT;
    break;
  case OG_MEANS_SCHEMA:
    in->things[statement->subject] |= THING_NO_CONCEPT;
    return OG_OK;
  case OG_MEANS_IN_SCHEME:
    in->things[statement->object] |= THING_NO_CONCEPT;
    return add_untyped_concept(in, statement->subject, err);
  case OG_MEANS_MEMBER:
  case OG_MEANS_MEMBERS:
    in->things[statement->subject] |= THING_NO_CONCEPT;
    return add_untyped(in, statement->subject, OG_THING_INDIVIDUAL, err);
  case OG_MEANS_TOP:
    in->things[statement->subject] |= THING_NO_CONCEPT;
    return add_untyped_concept(in, statement->object, err);
  default:
    return OG_OK;
  }
  OG_TRY(add_things(in, statement->subject, things, err));
  return in->level0->kinds[statement->object] == OG_LITERAL
             ? OG_OK
             : add_things(in, statement->object, things, err);
}

static bool is_of_skos(const char *iri) {
  static const char *const spaces[] = {OG_NS_SKOS, OG_NS_SKOSXL};
  return strncmp(iri, spaces[0], strlen(spaces[0])) == 0 ||
         strncmp(iri, spaces[1], strlen(spaces[1])) == 0;
}

/* What bears a label of SKOS (or SKOS-XL) and no type is a concept, unless other statements speak
 * of it as a scheme or a property: in a part of a thesaurus, the types are in another part. */
static OgStatus add_labelled(OgDerivation *in, size_t number, OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  const OgPredicateRule *rule = og_rule_of(in, statement->predicate);
  const bool names = rule->meaning == OG_MEANS_NAME || rule->meaning == OG_MEANS_NAME_NODE;
  return names && is_of_skos(rule->iri) && !(in->things[statement->subject] & THING_NO_CONCEPT)
             ? add_untyped_concept(in, statement->subject, err)
             : OG_OK;
}

/* What an entity replaces and has no type was of the same kind: thesauri keep no more of it. */
static OgStatus add_replaced(OgDerivation *in, size_t number, OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  const bool replaced = og_rule_of(in, statement->predicate)->meaning == OG_MEANS_REPLACED &&
                        in->level0->kinds[statement->subject] == OG_IRI &&
                        og_is_entity(in, statement->object) && !has_type(in, statement->subject);
  return replaced
             ? add_things(in, statement->subject, in->things[statement->object] & THING_ENTITY, err)
             : OG_OK;
}

/* What is deprecated and has no type was an entity before: the thesaurus keeps a mark, and perhaps
 * a label, where its record was. What became of it, and that it is no more, is asked by its name.
 */
static OgStatus add_deprecated(OgDerivation *in, size_t number, OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  OgTermView view;
  if (og_rule_of(in, statement->predicate)->meaning != OG_MEANS_DEPRECATED ||
      in->level0->kinds[statement->object] != OG_LITERAL ||
      (in->things[statement->subject] & (THING_NO_CONCEPT | THING_ENTITY | THING_OTHER))) {
    return OG_OK;
  }
  OG_TRY(in->level0->term(in->level0->data, statement->object, &view, err));
  return og_rule_is_true(view.text) ? add_untyped_concept(in, statement->subject, err) : OG_OK;
}

/* ---- Edges ---- */

static OgStatus add_edge(OgDerivation *in, const OgEdgeTuple *edge, OgError *err) {
  if (in->edge_count == in->edge_capacity) {
    const size_t capacity = in->edge_capacity ? in->edge_capacity * 2 : FIRST_EDGES;
    OgEdgeTuple *grown = og_realloc(in->edges, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    in->edges = grown;
    in->edge_capacity = capacity;
  }
  in->edges[in->edge_count++] = *edge;
  return OG_OK;
}

/* An edge of an axiom whose tail thereby is a thing; none from a thing to itself. */
static OgStatus add_axiom_edge(OgDerivation *in, const OgEdgeTuple *edge, unsigned things,
                               OgError *err) {
  OG_TRY(add_things(in, edge->head, 0, err));
  if (edge->relation == 0 || in->level0->kinds[edge->tail] != OG_IRI) {
    return OG_OK;
  }
  OG_TRY(add_things(in, edge->tail, 0, err));
  if (!(in->things[edge->tail] & THING_ENTITY)) {
    OG_TRY(add_things(in, edge->tail, things, err));
  }
  if (edge->head == edge->tail || !og_is_entity(in, edge->head) || !og_is_entity(in, edge->tail)) {
    return OG_OK;
  }
  return add_edge(in, edge, err);
}

/* False when the node was passed in this axiom already, or there have been too many steps. */
static bool enter(OgDerivation *in, uint32_t node) {
  if (in->seen[node] == in->axiom || in->steps_left == 0) {
    return false;
  }
  in->seen[node] = in->axiom;
  in->steps_left--;
  return true;
}

static void mark_node(OgDerivation *in, uint32_t node, OgReading reading) {
  memset(in->readings + in->start[node], (int)reading, in->start[node + 1] - in->start[node]);
}

void og_walk_begin(OgDerivation *in) {
  in->axiom++;
}

bool og_walk_next(OgDerivation *in, uint32_t *cell, uint32_t *member) {
  const uint32_t here = *cell;
  if (in->level0->kinds[here] != OG_BLANK || !enter(in, here)) {
    return false;
  }
  *member = 0;
  *cell = 0;
  for (size_t k = in->start[here]; k < in->start[here + 1]; k++) {
    const OgStatement *statement = &in->level0->statements[k];
    const OgMeaning meaning = og_rule_of(in, statement->predicate)->meaning;
    if (meaning == OG_MEANS_FIRST) {
      *member = statement->object;
    } else if (meaning == OG_MEANS_REST) {
      *cell = statement->object;
    }
  }
  return *member != 0;
}

void og_walk_mark(OgDerivation *in, uint32_t cell, OgReading reading) {
  const uint32_t nil = 0;
  while (cell != nil && in->level0->kinds[cell] == OG_BLANK && in->seen[cell] == in->axiom &&
         in->start[cell] < in->start[cell + 1] && in->readings[in->start[cell]] != reading) {
    mark_node(in, cell, reading);
    uint32_t next = nil;
    for (size_t k = in->start[cell]; k < in->start[cell + 1]; k++) {
      if (og_rule_of(in, in->level0->statements[k].predicate)->meaning == OG_MEANS_REST) {
        next = in->level0->statements[k].object;
      }
    }
    cell = next;
  }
}

/* A restriction, read from its statements. */
typedef struct Restriction {
  uint32_t property; /* 0 when it has none that is named */
  bool inverse;      /* the property is read backwards */
  uint32_t filler;
  OgVia via;
  bool none; /* it says that there is no filler */
} Restriction;

static OgVia find_via(const char *word) {
  OgVia via = OG_VIA_ASSERTED;
  while (via + 1 < OG_VIAS && strcmp(og_via_words[via], word) != 0) {
    via++;
  }
  return via;
}

uint32_t og_property_of(const OgDerivation *in, uint32_t node, bool *inverse) {
  *inverse = false;
  if (in->level0->kinds[node] == OG_IRI) {
    return node;
  }
  for (size_t k = in->start[node]; k < in->start[node + 1]; k++) {
    const OgStatement *statement = &in->level0->statements[k];
    if (og_rule_of(in, statement->predicate)->meaning == OG_MEANS_INVERSE &&
        in->level0->kinds[statement->object] == OG_IRI) {
      *inverse = true;
      return statement->object;
    }
  }
  return 0;
}

/* "At least 0" denies nothing, and tells what may be linked: models of data are full of it. "At
 * most 0" and "exactly 0" tell what is not. */
static void read_cardinality(Restriction *restriction, OgText number) {
  const bool zero = number.size == 1 && number.data[0] == '0';
  if (zero && restriction->via == OG_VIA_MIN) {
    restriction->via = OG_VIA_OPTIONAL;
  } else {
    restriction->none = zero;
  }
}

static OgStatus read_restriction(OgDerivation *in, uint32_t node, Restriction *restriction,
                                 OgError *err) {
  *restriction = (Restriction){0};
  for (size_t k = in->start[node]; k < in->start[node + 1]; k++) {
    const OgStatement *statement = &in->level0->statements[k];
    const OgPredicateRule *rule = og_rule_of(in, statement->predicate);
    switch (rule->meaning) {
    case OG_MEANS_PROPERTY:
      restriction->property = og_property_of(in, statement->object, &restriction->inverse);
      break;
    case OG_MEANS_FILLER:
      restriction->via = find_via(rule->word);
      restriction->filler = statement->object;
      break;
    case OG_MEANS_CLASS:
      restriction->filler = statement->object;
      break;
    case OG_MEANS_CARDINALITY: {
      OgTermView number;
      OG_TRY(in->level0->term(in->level0->data, statement->object, &number, err));
      restriction->via = find_via(rule->word);
      read_cardinality(restriction, number.text);
      break;
    }
    default:
      break;
    }
  }
  return OG_OK;
}

/* Edges from a restriction to its filler; a filler of several classes gives one to each. */
static OgStatus walk_filler(OgDerivation *in, const Axiom *axiom, const Restriction *restriction,
                            uint32_t filler, OgVia via, int depth, OgError *err) {
  const unsigned things = restriction->via == OG_VIA_VALUE ? OG_THING_INDIVIDUAL : OG_THING_CLASS;
  if (in->level0->kinds[filler] == OG_IRI) {
    if (restriction->inverse) {
      /* A [inverse of P] B is B P A, which the restriction says of A alone: hence its own word. */
      OG_TRY(add_things(in, filler, in->things[filler] & THING_ENTITY ? 0 : things, err));
      return add_axiom_edge(
          in,
          &(OgEdgeTuple){filler, restriction->property, axiom->head, OG_VIA_INVERSE, axiom->source},
          things, err);
    }
    return add_axiom_edge(
        in, &(OgEdgeTuple){axiom->head, restriction->property, filler, via, axiom->source}, things,
        err);
  }
  if (in->level0->kinds[filler] != OG_BLANK || depth > MAX_DEPTH || !enter(in, filler)) {
    return OG_OK;
  }
  const size_t edges = in->edge_count;
  for (size_t k = in->start[filler]; k < in->start[filler + 1]; k++) {
    const OgStatement *statement = &in->level0->statements[k];
    const OgMeaning meaning = og_rule_of(in, statement->predicate)->meaning;
    if (meaning != OG_MEANS_AND && meaning != OG_MEANS_OR && meaning != OG_MEANS_ONE_OF) {
      continue;
    }
    /* Only some member of a union is meant; all of them where the restriction says "only". */
    const OgVia member_via =
        meaning == OG_MEANS_AND || via == OG_VIA_ONLY || via == OG_VIA_MAX || via == OG_VIA_OPTIONAL
            ? via
            : OG_VIA_UNION;
    uint32_t cell = statement->object;
    uint32_t member;
    while (og_walk_next(in, &cell, &member)) {
      OG_TRY(walk_filler(in, axiom, restriction, member, member_via, depth + 1, err));
    }
    if (in->edge_count > edges) {
      og_walk_mark(in, statement->object, OG_READ_STRUCTURE);
    }
  }
  if (in->edge_count > edges) {
    mark_node(in, filler, OG_READ_STRUCTURE);
  }
  return OG_OK;
}

static OgStatus walk_restriction(OgDerivation *in, const Axiom *axiom, uint32_t node, int depth,
                                 OgError *err) {
  Restriction restriction;
  OG_TRY(read_restriction(in, node, &restriction, err));
  if (restriction.property == 0 || restriction.filler == 0 || restriction.none) {
    return OG_OK;
  }
  /* Equivalence does not make "only", "at most" or "perhaps" into a link. */
  const bool links = restriction.via != OG_VIA_ONLY && restriction.via != OG_VIA_MAX &&
                     restriction.via != OG_VIA_OPTIONAL;
  const OgVia via = axiom->via == OG_VIA_EQUIVALENT && links ? OG_VIA_EQUIVALENT : restriction.via;
  return walk_filler(in, axiom, &restriction, restriction.filler, via, depth + 1, err);
}

static OgStatus walk_class(OgDerivation *in, const Axiom *axiom, uint32_t node, int depth,
                           OgError *err);

/* A statement that says AND, OR or ONE OF: of a blank node, or straight of a named class. */
static OgStatus walk_members(OgDerivation *in, const Axiom *axiom, OgMeaning meaning, uint32_t cell,
                             int depth, OgError *err) {
  const uint32_t list = cell;
  const size_t edges = in->edge_count;
  uint32_t member;
  while (og_walk_next(in, &cell, &member)) {
    if (meaning == OG_MEANS_AND) {
      OG_TRY(walk_class(in, axiom, member, depth + 1, err));
    } else if (axiom->via == OG_VIA_EQUIVALENT && in->level0->kinds[member] == OG_IRI) {
      /* A is B or C: B and C are A. A is one of b, c: b and c are of type A. */
      const bool one_of = meaning == OG_MEANS_ONE_OF;
      const uint32_t relation = in->made[one_of ? OG_MADE_TYPE : OG_MADE_SUBCLASS];
      const unsigned things = one_of ? OG_THING_INDIVIDUAL : OG_THING_CLASS;
      OG_TRY(add_things(in, member, in->things[member] & THING_ENTITY ? 0 : things, err));
      OG_TRY(add_axiom_edge(
          in, &(OgEdgeTuple){member, relation, axiom->head, axiom->via, axiom->source},
          OG_THING_CLASS, err));
    }
  }
  if (in->edge_count > edges) {
    og_walk_mark(in, list, OG_READ_STRUCTURE);
  }
  return OG_OK;
}

/* Edges from the axiom's head to a class, named or an expression. */
static OgStatus walk_class(OgDerivation *in, const Axiom *axiom, uint32_t node, int depth,
                           OgError *err) {
  if (in->level0->kinds[node] == OG_IRI) {
    return add_axiom_edge(in,
                          &(OgEdgeTuple){axiom->head, axiom->is_a, node, axiom->via, axiom->source},
                          OG_THING_CLASS, err);
  }
  if (in->level0->kinds[node] != OG_BLANK || depth > MAX_DEPTH || !enter(in, node)) {
    return OG_OK;
  }
  const size_t edges = in->edge_count;
  for (size_t k = in->start[node]; k < in->start[node + 1]; k++) {
    const OgStatement *statement = &in->level0->statements[k];
    const OgMeaning meaning = og_rule_of(in, statement->predicate)->meaning;
    if (meaning == OG_MEANS_AND || meaning == OG_MEANS_OR || meaning == OG_MEANS_ONE_OF) {
      OG_TRY(walk_members(in, axiom, meaning, statement->object, depth, err));
    } else if (meaning == OG_MEANS_PROPERTY) {
      OG_TRY(walk_restriction(in, axiom, node, depth, err));
    }
  }
  if (in->edge_count > edges) {
    mark_node(in, node, OG_READ_STRUCTURE);
  }
  return OG_OK;
}

/* Add the edges of one axiom of a class, or type of an individual. */
static OgStatus walk_axiom(OgDerivation *in, const OgStatement *statement, OgMeaning meaning,
                           OgError *err) {
  if (in->level0->kinds[statement->subject] != OG_IRI) {
    return OG_OK; /* of an expression: it stays a statement, or is part of another's structure */
  }
  const bool named = in->level0->kinds[statement->object] == OG_IRI;
  Axiom axiom = {statement->subject, statement->source, in->made[OG_MADE_SUBCLASS],
                 OG_VIA_ASSERTED};
  og_walk_begin(in);
  if (meaning == OG_MEANS_AND || meaning == OG_MEANS_OR || meaning == OG_MEANS_ONE_OF) {
    axiom.via = OG_VIA_EQUIVALENT;
    OG_TRY(add_things(in, statement->subject, OG_THING_CLASS, err));
    return walk_members(in, &axiom, meaning, statement->object, 0, err);
  }
  if (meaning == OG_MEANS_TYPE) {
    if (named && (in->things[statement->subject] & THING_RECORD)) {
      return OG_OK;
    }
    axiom.is_a = in->made[OG_MADE_TYPE];
  } else if (meaning == OG_MEANS_EQUIVALENT && named) {
    axiom.is_a = statement->predicate;
  } else if (meaning == OG_MEANS_EQUIVALENT) {
    axiom.via = OG_VIA_EQUIVALENT;
  }
  return walk_class(in, &axiom, statement->object, 0, err);
}

static bool is_axiom(OgMeaning meaning) {
  return meaning == OG_MEANS_TYPE || meaning == OG_MEANS_SUBCLASS ||
         meaning == OG_MEANS_EQUIVALENT || meaning == OG_MEANS_AND || meaning == OG_MEANS_OR ||
         meaning == OG_MEANS_ONE_OF;
}

static OgStatus derive_axiom(OgDerivation *in, size_t number, OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  const OgMeaning meaning = og_rule_of(in, statement->predicate)->meaning;
  const size_t edges = in->edge_count;
  if (!is_axiom(meaning)) {
    return OG_OK;
  }
  OG_TRY(walk_axiom(in, statement, meaning, err));
  if (in->edge_count > edges) {
    in->readings[number] = OG_READ_EDGE;
  } else if (in->level0->kinds[statement->subject] == OG_IRI &&
             in->level0->kinds[statement->object] == OG_IRI &&
             (meaning == OG_MEANS_TYPE || (in->things[statement->object] & THING_VOCABULARY))) {
    in->readings[number] = OG_READ_TYPE; /* a owl:Class, subClassOf owl:Thing */
  }
  return OG_OK;
}

/* True when a predicate without a rule may link entities: no word of the language, no annotation.
 */
static OgStatus may_link(OgDerivation *in, uint32_t predicate, bool *may, OgError *err) {
  OG_TRY(add_things(in, predicate, 0, err));
  const unsigned things = in->things[predicate];
  *may = !(things & THING_VOCABULARY) &&
         (!(things & OG_THING_ANNOTATION) || (things & OG_THING_RELATION));
  return OG_OK;
}

/* Add the edge of a statement between two entities. */
static OgStatus add_assertion(OgDerivation *in, const OgStatement *statement, OgMeaning meaning,
                              OgError *err) {
  if (statement->subject == statement->object || !og_is_entity(in, statement->subject) ||
      !og_is_entity(in, statement->object)) {
    return OG_OK;
  }
  OgEdgeTuple edge = {statement->subject, statement->predicate, statement->object, OG_VIA_ASSERTED,
                      statement->source};
  bool links = meaning == OG_MEANS_BROADER || meaning == OG_MEANS_NARROWER ||
               meaning == OG_MEANS_MEMBER || meaning == OG_MEANS_EDGE;
  if (meaning == OG_MEANS_NARROWER) {
    edge = (OgEdgeTuple){edge.tail, in->made[OG_MADE_BROADER], edge.head, edge.via, edge.source};
  } else if (meaning == OG_MEANS_NOTHING) {
    OG_TRY(may_link(in, statement->predicate, &links, err));
  }
  return links && edge.relation != 0 ? add_edge(in, &edge, err) : OG_OK;
}

/* Add an edge to each entity of a list. */
static OgStatus add_members(OgDerivation *in, const OgStatement *statement, OgError *err) {
  const size_t edges = in->edge_count;
  uint32_t cell = statement->object;
  uint32_t member;
  og_walk_begin(in);
  while (og_walk_next(in, &cell, &member)) {
    const OgStatement one = {statement->subject, in->made[OG_MADE_MEMBER], member,
                             statement->source};
    OG_TRY(add_assertion(in, &one, OG_MEANS_MEMBER, err));
  }
  if (in->edge_count > edges) {
    og_walk_mark(in, statement->object, OG_READ_STRUCTURE);
  }
  return OG_OK;
}

/* Add the edges that a statement gives, once the kinds of things are known. */
static OgStatus add_edges(OgDerivation *in, const OgStatement *statement, OgMeaning meaning,
                          OgError *err) {
  return is_axiom(meaning)             ? walk_axiom(in, statement, meaning, err)
         : meaning == OG_MEANS_MEMBERS ? add_members(in, statement, err)
                                       : add_assertion(in, statement, meaning, err);
}

OgStatus og_derive_edges(OgDerivation *in, const OgStatement *statement, const OgEdgeTuple **edges,
                         size_t *count, OgError *err) {
  const size_t before = in->edge_count;
  const OgMeaning meaning = og_rule_of(in, statement->predicate)->meaning;
  const OgStatus status = add_edges(in, statement, meaning, err);
  *edges = in->edges + before;
  *count = in->edge_count - before;
  in->edge_count = before;
  return status;
}

static OgStatus derive_assertion(OgDerivation *in, size_t number, OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  const OgMeaning meaning = og_rule_of(in, statement->predicate)->meaning;
  const size_t edges = in->edge_count;
  if (!is_axiom(meaning)) {
    OG_TRY(add_edges(in, statement, meaning, err));
    in->readings[number] = in->edge_count > edges ? OG_READ_EDGE : in->readings[number];
  }
  return OG_OK;
}

/* Statements are passed several times: what things are is known before how they are linked, and
 * the fillers of axioms are things before plain statements link them. */
static OgStatus derive_all(OgDerivation *in, const OgProgress *progress, OgError *err) {
  static OgStatus (*const passes[])(OgDerivation * in, size_t number, OgError * err) = {
      add_declared,   add_things_of, add_labelled,    add_replaced,
      add_deprecated, derive_axiom,  derive_assertion};
  const size_t count = in->level0->count;
  for (size_t pass = 0; pass < OG_COUNT(passes); pass++) {
    for (size_t k = 0; k < count; k++) {
      og_spill_step(k);
      if (k % REPORT_EVERY == 0) {
        OG_TRY(og_progress_report(progress, "deriving edges", (double)(pass * count + k),
                                  (double)(OG_COUNT(passes) * count), "", err));
      }
      OG_TRY(passes[pass](in, k, err));
    }
  }
  if (in->steps_left == 0) {
    og_progress_warn(progress, "class expressions share too many parts: some gave no edges");
  }
  _Static_assert(sizeof(OgEdgeTuple) == 5 * sizeof(uint32_t), "an edge is a tuple of five");
  OG_TRY(og_tuples_sort((uint32_t *)in->edges, in->edge_count, 5, err));
  in->edge_count = og_tuples_unique((uint32_t *)in->edges, in->edge_count, 5);
  for (size_t k = 0; k < in->edge_count; k++) {
    og_spill_step(k);
    in->things[in->edges[k].relation] |= THING_USED;
  }
  return OG_OK;
}

OgStatus og_derive(OgStore *store, const OgLevel0 *level0, const OgProgress *progress,
                   OgDerivation *in, OgError *err) {
  const size_t limit = level0->limit;
  *in = (OgDerivation){
      .level0 = level0,
      .start = og_realloc(NULL, limit + 1, sizeof(size_t)),
      .predicate_rule = OG_NEW_ARRAY(uint8_t, limit),
      .type_rule = OG_NEW_ARRAY(uint8_t, limit),
      .things = OG_NEW_ARRAY(uint16_t, limit),
      .readings = OG_NEW_ARRAY(uint8_t, level0->count),
      .seen = OG_NEW_ARRAY(uint32_t, limit),
      .steps_left = (level0->count + 1) * STEPS_PER_STATEMENT,
  };
  if (!in->start || !in->predicate_rule || !in->type_rule || !in->things || !in->readings ||
      !in->seen) {
    return og_error_no_memory(err);
  }
  find_starts(in);
  OG_TRY(find_rules(in, store, err));
  return derive_all(in, progress, err);
}

void og_derivation_clear(OgDerivation *in) {
  og_free(in->start);
  og_free(in->predicate_rule);
  og_free(in->type_rule);
  og_free(in->things);
  og_free(in->readings);
  og_free(in->seen);
  og_free(in->edges);
  *in = (OgDerivation){0};
}
