#include "kg/entail.h"

#include "core/memory.h"
#include "core/vocab.h"
#include "kg/cursor.h"

#include <string.h>

enum { FIRST_RELATIONS = 64, MOST_CHAIN = 64 };

/* What a term is as an entity. */
enum { NO_ENTITY, CLASS, OTHER_ENTITY };

typedef enum Sql { LAST_TERM, ENTITIES, RELATIONS, EDGES, LOOPS, AXIOMS, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [LAST_TERM] = "SELECT ifnull(max(id), 0) FROM term",
    [ENTITIES] = "SELECT id, kind = 'class' FROM entity",
    [RELATIONS] = "SELECT id FROM relation ORDER BY id",
    [EDGES] = "SELECT DISTINCT head, relation, tail, via FROM edge ORDER BY 1, 2, 3, 4",
    /* what relates a thing to itself is no edge, but has a domain and superproperties like any */
    [LOOPS] = "SELECT DISTINCT subject, predicate, object, 'asserted' FROM quad "
              "JOIN relation ON relation.id = predicate JOIN entity ON entity.id = subject "
              "WHERE subject = object "
              "AND source NOT IN (SELECT id FROM source WHERE iri = '" OG_INFERRED_GRAPH "') "
              "ORDER BY 1, 2",
    [AXIOMS] = "SELECT property, kind, argument, inverse,"
               " count(*) OVER (PARTITION BY property, kind, number), number "
               "FROM property_axiom ORDER BY property, kind, number, position",
};

static const OgSqlTable table = {sql, SQL_COUNT};

const char *const og_word_iris[OG_WORDS] = {
    [OG_WORD_TYPE] = OG_NS_RDF "type",
    [OG_WORD_SUBCLASS] = OG_NS_RDFS "subClassOf",
    [OG_WORD_EQUIVALENT_CLASS] = OG_NS_OWL "equivalentClass",
    [OG_WORD_SUBPROPERTY] = OG_NS_RDFS "subPropertyOf",
    [OG_WORD_EQUIVALENT_PROPERTY] = OG_NS_OWL "equivalentProperty",
    [OG_WORD_SAME_AS] = OG_NS_OWL "sameAs",
    [OG_WORD_BROADER] = OG_NS_SKOS "broader",
    [OG_WORD_NARROWER] = OG_NS_SKOS "narrower",
    [OG_WORD_BROADER_TRANSITIVE] = OG_NS_SKOS "broaderTransitive",
    [OG_WORD_NARROWER_TRANSITIVE] = OG_NS_SKOS "narrowerTransitive",
    [OG_WORD_RELATED] = OG_NS_SKOS "related",
    [OG_WORD_BROAD_MATCH] = OG_NS_SKOS "broadMatch",
    [OG_WORD_NARROW_MATCH] = OG_NS_SKOS "narrowMatch",
    [OG_WORD_RELATED_MATCH] = OG_NS_SKOS "relatedMatch",
    [OG_WORD_CLOSE_MATCH] = OG_NS_SKOS "closeMatch",
    [OG_WORD_EXACT_MATCH] = OG_NS_SKOS "exactMatch",
};

/* The reasoner's relation. Words are the first of the graph's relations. */
static uint32_t in_sense(uint32_t relation, OgSense sense) {
  return OG_SENSES * relation + sense;
}

static uint32_t word(OgWord of) {
  return in_sense(of, OG_SENSE_STATEMENT);
}

/* ---- Relations ----------------------------------------------------------------------------- */

static OgStatus add_relation(OgEntailment *e, OgEntailRelation relation, uint32_t *number,
                             OgError *err) {
  if (e->relation_count == e->relation_capacity) {
    const uint32_t capacity = e->relation_capacity ? 2 * e->relation_capacity : FIRST_RELATIONS;
    OgEntailRelation *grown = og_realloc(e->relations, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    e->relations = grown;
    e->relation_capacity = capacity;
  }
  *number = e->relation_count;
  e->relations[e->relation_count++] = relation;
  return OG_OK;
}

/* The number of a term as a relation, added when it has none. */
static OgStatus number_relation(OgEntailment *e, uint32_t term, uint32_t *number, OgError *err) {
  if (e->numbers[term] == 0) {
    OG_TRY(add_relation(e, (OgEntailRelation){.term = term}, number, err));
    e->numbers[term] = *number + 1;
  }
  *number = e->numbers[term] - 1;
  return OG_OK;
}

static OgStatus add_words(OgEntailment *e, OgError *err) {
  for (size_t k = 0; k < OG_WORDS; k++) {
    int64_t id;
    uint32_t number = 0;
    OG_TRY(og_store_find_iri(e->store, og_word_iris[k], strlen(og_word_iris[k]), &id, err));
    OG_TRY(add_relation(e, (OgEntailRelation){.term = (uint32_t)id}, &number, err));
    if (id > 0) {
      e->numbers[id] = number + 1;
    }
  }
  return OG_OK;
}

/* ---- Rules --------------------------------------------------------------------------------- */

/* r -> s, or turned: head r tail -> tail s head. "Every A has some B" cannot be turned. */
static OgStatus add_step(OgEntailment *e, uint32_t rule, uint32_t from, uint32_t to, bool turn,
                         OgError *err) {
  const int senses = turn ? OG_SENSE_STATEMENT + 1 : OG_SENSES;
  for (int sense = 0; sense < senses; sense++) {
    OG_TRY(og_reasoner_step(e->reasoner, rule, in_sense(from, (OgSense)sense),
                            in_sense(to, (OgSense)sense), turn, err));
  }
  return OG_OK;
}

/* r, s -> t. Statements join with statements; "every A has some B" with "every B has some C". */
static OgStatus add_join(OgEntailment *e, uint32_t rule, uint32_t left, uint32_t right, uint32_t to,
                         OgError *err) {
  OG_TRY(og_reasoner_join(e->reasoner, rule, in_sense(left, OG_SENSE_STATEMENT),
                          in_sense(right, OG_SENSE_STATEMENT), in_sense(to, OG_SENSE_STATEMENT),
                          err));
  for (int a = OG_SENSE_CLASS; a < OG_SENSES; a++) {
    for (int b = OG_SENSE_CLASS; b < OG_SENSES; b++) {
      OG_TRY(og_reasoner_join(e->reasoner, rule, in_sense(left, (OgSense)a),
                              in_sense(right, (OgSense)b), in_sense(to, (OgSense)a), err));
    }
  }
  return OG_OK;
}

/* The rules that no axiom of a property is needed for. */
static OgStatus add_rdfs_rules(OgEntailment *e, OgError *err) {
  OgReasoner *r = e->reasoner;
  const uint32_t type = word(OG_WORD_TYPE), sub = word(OG_WORD_SUBCLASS),
                 subproperty = word(OG_WORD_SUBPROPERTY);
  OG_TRY(og_reasoner_join(r, OG_INFER_SCM_SCO, sub, sub, sub, err));
  OG_TRY(og_reasoner_join(r, OG_INFER_CAX_SCO, type, sub, type, err));
  return og_reasoner_join(r, OG_INFER_SCM_SPO, subproperty, subproperty, subproperty, err);
}

static OgStatus add_owl_rules(OgEntailment *e, OgError *err) {
  OgReasoner *r = e->reasoner;
  const struct {
    OgInferenceRule both_ways, mutual;
    uint32_t equivalent, sub;
  } pairs[] = {
      {OG_INFER_SCM_EQC1, OG_INFER_SCM_EQC2, word(OG_WORD_EQUIVALENT_CLASS),
       word(OG_WORD_SUBCLASS)},
      {OG_INFER_SCM_EQP1, OG_INFER_SCM_EQP2, word(OG_WORD_EQUIVALENT_PROPERTY),
       word(OG_WORD_SUBPROPERTY)},
  };
  const uint32_t same = word(OG_WORD_SAME_AS);
  for (size_t k = 0; k < OG_COUNT(pairs); k++) {
    const uint32_t equivalent = pairs[k].equivalent, sub = pairs[k].sub;
    OG_TRY(og_reasoner_step(r, pairs[k].both_ways, equivalent, sub, false, err));
    OG_TRY(og_reasoner_step(r, pairs[k].both_ways, equivalent, sub, true, err));
    OG_TRY(og_reasoner_mutual(r, pairs[k].mutual, sub, equivalent, err));
  }
  OG_TRY(og_reasoner_step(r, OG_INFER_EQ_SYM, same, same, true, err));
  return og_reasoner_join(r, OG_INFER_EQ_TRANS, same, same, same, err);
}

/* A SKOS word and another: the first says the second, or with turn the second read backwards. */
typedef struct SkosAxiom {
  OgInferenceRule rule;
  OgWord from, to;
  bool turn;
} SkosAxiom;

/* SKOS Reference (W3C, 2009): S22 to S26, S41 to S45. */
static const SkosAxiom skos_axioms[] = {
    {OG_INFER_PRP_SPO1, OG_WORD_BROADER, OG_WORD_BROADER_TRANSITIVE, false},
    {OG_INFER_PRP_SPO1, OG_WORD_NARROWER, OG_WORD_NARROWER_TRANSITIVE, false},
    {OG_INFER_PRP_SYMP, OG_WORD_RELATED, OG_WORD_RELATED, true},
    {OG_INFER_PRP_INV1, OG_WORD_NARROWER, OG_WORD_BROADER, true},
    {OG_INFER_PRP_INV2, OG_WORD_BROADER, OG_WORD_NARROWER, true},
    {OG_INFER_PRP_INV1, OG_WORD_NARROWER_TRANSITIVE, OG_WORD_BROADER_TRANSITIVE, true},
    {OG_INFER_PRP_INV2, OG_WORD_BROADER_TRANSITIVE, OG_WORD_NARROWER_TRANSITIVE, true},
    {OG_INFER_PRP_SPO1, OG_WORD_BROAD_MATCH, OG_WORD_BROADER, false},
    {OG_INFER_PRP_SPO1, OG_WORD_NARROW_MATCH, OG_WORD_NARROWER, false},
    {OG_INFER_PRP_SPO1, OG_WORD_RELATED_MATCH, OG_WORD_RELATED, false},
    {OG_INFER_PRP_SPO1, OG_WORD_EXACT_MATCH, OG_WORD_CLOSE_MATCH, false},
    {OG_INFER_PRP_INV1, OG_WORD_NARROW_MATCH, OG_WORD_BROAD_MATCH, true},
    {OG_INFER_PRP_INV2, OG_WORD_BROAD_MATCH, OG_WORD_NARROW_MATCH, true},
    {OG_INFER_PRP_SYMP, OG_WORD_RELATED_MATCH, OG_WORD_RELATED_MATCH, true},
    {OG_INFER_PRP_SYMP, OG_WORD_CLOSE_MATCH, OG_WORD_CLOSE_MATCH, true},
    {OG_INFER_PRP_SYMP, OG_WORD_EXACT_MATCH, OG_WORD_EXACT_MATCH, true},
};
static const OgWord skos_transitive[] = {OG_WORD_BROADER_TRANSITIVE, OG_WORD_NARROWER_TRANSITIVE,
                                         OG_WORD_EXACT_MATCH};

static OgStatus add_skos_rules(OgEntailment *e, OgError *err) {
  for (size_t k = 0; k < OG_COUNT(skos_axioms); k++) {
    const SkosAxiom *axiom = &skos_axioms[k];
    OG_TRY(og_reasoner_step(e->reasoner, axiom->rule, word(axiom->from), word(axiom->to),
                            axiom->turn, err));
  }
  for (size_t k = 0; k < OG_COUNT(skos_transitive); k++) {
    const uint32_t p = word(skos_transitive[k]);
    OG_TRY(og_reasoner_join(e->reasoner, OG_INFER_PRP_TRP, p, p, p, err));
  }
  return OG_OK;
}

/* What every B has, every A that is a subclass or an individual of B has: the rules of subclasses,
 * where the superclass is an expression. */
static OgStatus add_inheritance(OgEntailment *e, OgError *err) {
  for (uint32_t k = 0; k < e->relation_count; k++) {
    const uint32_t has = in_sense(k, OG_SENSE_CLASS);
    OG_TRY(og_reasoner_join(e->reasoner, OG_INFER_SCM_SCO, word(OG_WORD_SUBCLASS), has, has, err));
    OG_TRY(og_reasoner_join(e->reasoner, OG_INFER_CAX_SCO, word(OG_WORD_TYPE), has,
                            in_sense(k, OG_SENSE_THING), err));
  }
  return OG_OK;
}

/* What is said of a thing is true of what is the same. */
static OgStatus add_replacements(OgEntailment *e, OgError *err) {
  if (!e->options->owl || e->relations[OG_WORD_SAME_AS].term == 0) {
    return OG_OK;
  }
  for (uint32_t k = 0; k < e->relation_count; k++) {
    if (k != OG_WORD_SAME_AS && !e->relations[k].is_part) {
      OG_TRY(og_reasoner_replace(e->reasoner, OG_INFER_EQ_REP_S, OG_INFER_EQ_REP_O,
                                 word(OG_WORD_SAME_AS), in_sense(k, OG_SENSE_STATEMENT), err));
    }
  }
  return OG_OK;
}

/* ---- Axioms -------------------------------------------------------------------------------- */

/* An axiom of a property: its rows together. */
typedef struct Axiom {
  uint32_t place;                 /* 1 + its place in the entailment's; 0: no room in a rule */
  uint32_t property;              /* number of the relation */
  uint32_t arguments[MOST_CHAIN]; /* terms */
  bool inverse[MOST_CHAIN];
  size_t count;
} Axiom;

/* The reasoner's number of a rule that holds by an axiom. */
static uint32_t by(const Axiom *axiom, OgInferenceRule rule) {
  return axiom->place << OG_RULE_BITS | rule;
}

static OgStatus add_transitive(OgEntailment *e, const Axiom *axiom, OgError *err) {
  const uint32_t p = axiom->property;
  return add_join(e, by(axiom, OG_INFER_PRP_TRP), p, p, p, err);
}

static OgStatus add_symmetric(OgEntailment *e, const Axiom *axiom, OgError *err) {
  return add_step(e, by(axiom, OG_INFER_PRP_SYMP), axiom->property, axiom->property, true, err);
}

/* The axiom as a fact of its own, where both properties have names. */
static OgStatus add_schema_fact(OgEntailment *e, OgWord relation, const Axiom *axiom,
                                OgError *err) {
  return axiom->inverse[0] ? OG_OK
                           : og_reasoner_add(e->reasoner, e->relations[axiom->property].term,
                                             word(relation), axiom->arguments[0], err);
}

static OgStatus add_subproperty(OgEntailment *e, const Axiom *axiom, OgError *err) {
  uint32_t other = 0;
  OG_TRY(number_relation(e, axiom->arguments[0], &other, err));
  OG_TRY(add_schema_fact(e, OG_WORD_SUBPROPERTY, axiom, err));
  return add_step(e, by(axiom, OG_INFER_PRP_SPO1), axiom->property, other, axiom->inverse[0], err);
}

static OgStatus add_equivalent(OgEntailment *e, const Axiom *axiom, OgError *err) {
  uint32_t other = 0;
  OG_TRY(number_relation(e, axiom->arguments[0], &other, err));
  OG_TRY(add_schema_fact(e, OG_WORD_EQUIVALENT_PROPERTY, axiom, err));
  OG_TRY(add_step(e, by(axiom, OG_INFER_PRP_EQP1), axiom->property, other, axiom->inverse[0], err));
  return add_step(e, by(axiom, OG_INFER_PRP_EQP2), other, axiom->property, axiom->inverse[0], err);
}

static OgStatus add_inverse(OgEntailment *e, const Axiom *axiom, OgError *err) {
  uint32_t other = 0;
  OG_TRY(number_relation(e, axiom->arguments[0], &other, err));
  OG_TRY(
      add_step(e, by(axiom, OG_INFER_PRP_INV1), axiom->property, other, !axiom->inverse[0], err));
  return add_step(e, by(axiom, OG_INFER_PRP_INV2), other, axiom->property, !axiom->inverse[0], err);
}

/* "One or the other" (count above 1) says nothing of either. */
static bool is_single_class(const OgEntailment *e, const Axiom *axiom) {
  return axiom->count == 1 && e->kinds[axiom->arguments[0]] != NO_ENTITY;
}

/* "Every A has some B" makes every A one of the domain. */
static OgStatus add_domain(OgEntailment *e, const Axiom *axiom, OgError *err) {
  static const OgWord words[OG_SENSES] = {[OG_SENSE_STATEMENT] = OG_WORD_TYPE,
                                          [OG_SENSE_CLASS] = OG_WORD_SUBCLASS,
                                          [OG_SENSE_THING] = OG_WORD_TYPE};
  for (int sense = 0; is_single_class(e, axiom) && sense < OG_SENSES; sense++) {
    OG_TRY(og_reasoner_is(e->reasoner, by(axiom, OG_INFER_PRP_DOM),
                          in_sense(axiom->property, (OgSense)sense), false, word(words[sense]),
                          axiom->arguments[0], err));
  }
  return OG_OK;
}

/* "Every A has some B" says nothing of all B. */
static OgStatus add_range(OgEntailment *e, const Axiom *axiom, OgError *err) {
  return is_single_class(e, axiom)
             ? og_reasoner_is(e->reasoner, by(axiom, OG_INFER_PRP_RNG),
                              in_sense(axiom->property, OG_SENSE_STATEMENT), true,
                              word(OG_WORD_TYPE), axiom->arguments[0], err)
             : OG_OK;
}

/* A property of a chain as a relation; one that is read backwards becomes a part of its own. */
static OgStatus chain_link(OgEntailment *e, const Axiom *axiom, size_t k, uint32_t *relation,
                           OgError *err) {
  uint32_t named = 0;
  OG_TRY(number_relation(e, axiom->arguments[k], &named, err));
  if (!axiom->inverse[k]) {
    *relation = named;
    return OG_OK;
  }
  OG_TRY(add_relation(e, (OgEntailRelation){.is_part = true}, relation, err));
  return add_step(e, by(axiom, OG_INFER_PRP_SPO2), named, *relation, true, err);
}

/* P o Q o R -> S as P, Q -> part; part, R -> S. */
static OgStatus add_chain(OgEntailment *e, const Axiom *axiom, OgError *err) {
  uint32_t left = 0, right = 0, to = 0;
  if (axiom->count < 2) {
    return OG_OK; /* no chain: a list that loops */
  }
  OG_TRY(chain_link(e, axiom, 0, &left, err));
  for (size_t k = 1; k < axiom->count; k++) {
    OG_TRY(chain_link(e, axiom, k, &right, err));
    if (k + 1 == axiom->count) {
      to = axiom->property;
    } else {
      OG_TRY(add_relation(e, (OgEntailRelation){.is_part = true}, &to, err));
    }
    OG_TRY(add_join(e, by(axiom, OG_INFER_PRP_SPO2), left, right, to, err));
    left = to;
  }
  return OG_OK;
}

static const struct {
  const char *kind; /* property_axiom.kind */
  bool owl;
  OgStatus (*add)(OgEntailment *e, const Axiom *axiom, OgError *err);
} axiom_kinds[] = {
    {"sub-property of", false, add_subproperty},
    {"domain", false, add_domain},
    {"range", false, add_range},
    {"transitive", true, add_transitive},
    {"symmetric", true, add_symmetric},
    {"equivalent to", true, add_equivalent},
    {"inverse of", true, add_inverse},
    {"chain", true, add_chain},
};

/* ---- Reading ------------------------------------------------------------------------------- */

static OgStatus damaged(const OgEntailment *e, OgError *err) {
  return og_error_set(err, OG_BAD_STORE,
                      "the edges of %s refer to terms that are not there: take a copy from before, "
                      "or import the sources into a new graph",
                      og_store_path(e->store));
}

/* A column as a term. */
static OgStatus read_term(const OgEntailment *e, const OgCursor *row, int column, uint32_t *term,
                          OgError *err) {
  const int64_t id = og_cursor_integer(row, column);
  if (id < 0 || id >= e->limit) {
    return damaged(e, err);
  }
  *term = (uint32_t)id;
  return OG_OK;
}

static OgStatus read_entity(OgEntailment *e, const OgCursor *row, OgError *err) {
  uint32_t term = 0;
  OG_TRY(read_term(e, row, 0, &term, err));
  e->kinds[term] = og_cursor_integer(row, 1) ? CLASS : OTHER_ENTITY;
  return OG_OK;
}

static OgStatus read_relation(OgEntailment *e, const OgCursor *row, OgError *err) {
  uint32_t term = 0, number = 0;
  OG_TRY(read_term(e, row, 0, &term, err));
  OG_TRY(number_relation(e, term, &number, err));
  e->relations[number].is_stored = true;
  return OG_OK;
}

OgSense og_sense_of_edge(const OgEntailment *e, uint32_t head, uint32_t relation, const char *via) {
  static const char *const some[] = {"some", "min", "exactly", "value", "equivalent"};
  const bool thing = e->kinds[head] != CLASS;
  const bool is_word = e->numbers[relation] > 0 && e->numbers[relation] <= OG_WORDS;
  if (is_word || strcmp(via, "asserted") == 0 ||
      (thing && strcmp(via, "value") == 0)) { /* cls-hv1 */
    return OG_SENSE_STATEMENT;
  }
  for (size_t k = 0; k < OG_COUNT(some); k++) {
    if (strcmp(via, some[k]) == 0) {
      return thing ? OG_SENSE_THING : OG_SENSE_CLASS;
    }
  }
  return OG_SENSES;
}

static OgStatus read_edge(OgEntailment *e, const OgCursor *row, OgError *err) {
  uint32_t ends[3] = {0}, number = 0, before, after;
  const char *via;
  size_t size;
  for (int k = 0; k < 3; k++) {
    OG_TRY(read_term(e, row, k, &ends[k], err));
  }
  OG_TRY(og_cursor_text(row, 3, &via, &size, err));
  OG_TRY(number_relation(e, ends[1], &number, err));
  const OgSense sense = og_sense_of_edge(e, ends[0], ends[1], via ? via : "");
  if (sense == OG_SENSES) {
    return OG_OK;
  }
  og_reasoner_facts(e->reasoner, &before);
  OG_TRY(og_reasoner_add(e->reasoner, ends[0], in_sense(number, sense), ends[2], err));
  og_reasoner_facts(e->reasoner, &after);
  e->skos_count += number >= OG_WORD_BROADER && number < OG_WORDS ? after - before : 0;
  return OG_OK;
}

static OgStatus read_loop(OgEntailment *e, const OgCursor *row, OgError *err) {
  uint32_t predicate = 0;
  OG_TRY(read_term(e, row, 1, &predicate, err));
  const bool is_word = e->numbers[predicate] > 0 && e->numbers[predicate] <= OG_WORDS;
  return is_word ? OG_OK
                 : read_edge(e, row, err); /* of each class, A subClassOf A is true anyway */
}

/* The next axiom from the row at hand on; *more is false past the last row. */
static OgStatus read_axiom(OgEntailment *e, OgCursor *row, Axiom *axiom, OgError *err) {
  const int64_t rows = og_cursor_integer(row, 4);
  OgStatus status = OG_OK;
  uint32_t term = 0;
  axiom->count = 0;
  OG_TRY(read_term(e, row, 0, &term, err));
  OG_TRY(number_relation(e, term, &axiom->property, err));
  for (int64_t k = 0; k < rows; k++) {
    if (k > 0 && !og_cursor_next(row, &status, err)) {
      return status == OG_OK ? damaged(e, err) : status;
    }
    if (k < MOST_CHAIN) {
      OG_TRY(read_term(e, row, 2, &axiom->arguments[k], err));
      axiom->inverse[k] = og_cursor_integer(row, 3) != 0;
    }
  }
  axiom->count = (size_t)rows;
  return OG_OK;
}

/* Remember where an axiom stands, for whoever asks why a rule holds. */
static OgStatus keep_axiom(OgEntailment *e, const char *kind, int64_t number, Axiom *axiom,
                           OgError *err) {
  enum { MOST_AXIOMS = (1 << (32 - OG_RULE_BITS)) - 1 };
  OgEntailAxiom *grown = og_grow(e->axioms, e->axiom_count, &e->axiom_capacity, sizeof *grown);
  if (!grown) {
    return og_error_no_memory(err);
  }
  e->axioms = grown;
  grown[e->axiom_count++] = (OgEntailAxiom){e->relations[axiom->property].term, kind, number};
  axiom->place = e->axiom_count <= MOST_AXIOMS ? (uint32_t)e->axiom_count : 0;
  return OG_OK;
}

static OgStatus read_axioms(OgEntailment *e, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(e->store, &table, AXIOMS, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    Axiom axiom;
    const char *text;
    size_t size, kind = 0;
    OG_GO(og_cursor_text(&cursor, 1, &text, &size, err));
    while (kind < OG_COUNT(axiom_kinds) && strcmp(axiom_kinds[kind].kind, text ? text : "") != 0) {
      kind++;
    }
    const int64_t number = og_cursor_integer(&cursor, 5);
    OG_GO(read_axiom(e, &cursor, &axiom, err));
    const bool wanted = kind < OG_COUNT(axiom_kinds) && (e->options->owl || !axiom_kinds[kind].owl);
    if (wanted && axiom.count <= MOST_CHAIN) {
      OG_GO(keep_axiom(e, axiom_kinds[kind].kind, number, &axiom, err));
      OG_GO(axiom_kinds[kind].add(e, &axiom, err));
    }
  }
done:
  og_cursor_close(&cursor);
  return status;
}

static OgStatus each_row(OgEntailment *e, Sql which,
                         OgStatus (*read)(OgEntailment *e, const OgCursor *row, OgError *err),
                         OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(e->store, &table, which, &cursor, err));
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    status = read(e, &cursor, err);
  }
  og_cursor_close(&cursor);
  return status;
}

/* Arrays over all terms. */
static OgStatus read_size(OgEntailment *e, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  int64_t last = 0;
  OG_TRY(og_cursor_open(e->store, &table, LAST_TERM, &cursor, err));
  if (og_cursor_next(&cursor, &status, err)) {
    last = og_cursor_integer(&cursor, 0);
  }
  og_cursor_close(&cursor);
  OG_TRY(status);
  if (last < 0 || last >= UINT32_MAX) {
    return damaged(e, err);
  }
  e->limit = (uint32_t)last + 1;
  e->kinds = OG_NEW_ARRAY(uint8_t, e->limit);
  e->numbers = OG_NEW_ARRAY(uint32_t, e->limit);
  e->reasoner = og_reasoner_new();
  return e->kinds && e->numbers && e->reasoner ? OG_OK : og_error_no_memory(err);
}

OgStatus og_entailment_load(OgStore *store, const OgInferOptions *options, OgEntailment *entailment,
                            OgError *err) {
  *entailment = (OgEntailment){.store = store, .options = options};
  OG_TRY(read_size(entailment, err));
  OG_TRY(add_words(entailment, err));
  OG_TRY(each_row(entailment, ENTITIES, read_entity, err));
  OG_TRY(each_row(entailment, RELATIONS, read_relation, err));
  OG_TRY(add_rdfs_rules(entailment, err));
  OG_TRY(options->owl ? add_owl_rules(entailment, err) : OG_OK);
  OG_TRY(options->skos ? add_skos_rules(entailment, err) : OG_OK);
  OG_TRY(each_row(entailment, EDGES, read_edge, err));
  og_reasoner_facts(entailment->reasoner, &entailment->edge_count);
  OG_TRY(each_row(entailment, LOOPS, read_loop, err));
  OG_TRY(read_axioms(entailment, err));
  OG_TRY(options->inherit ? add_inheritance(entailment, err) : OG_OK);
  return add_replacements(entailment, err);
}

void og_entailment_clear(OgEntailment *entailment) {
  og_reasoner_free(entailment->reasoner);
  og_free(entailment->kinds);
  og_free(entailment->numbers);
  og_free(entailment->relations);
  og_free(entailment->axioms);
  *entailment = (OgEntailment){0};
}
