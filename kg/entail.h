/* entail: a graph's edges and the axioms of its properties as facts and rules of a reasoner. For
 * kg/infer.c.
 *
 * An edge is one of three senses, and each relation is a relation of the reasoner in each:
 *
 *   statement  the triple itself: subClassOf, type, and what a file says of two things
 *   class      A subClassOf (P some B): every A has some B. Edges via some, min, exactly, value,
 *              equivalent
 *   thing      the same of an individual's type
 *
 * Edges via only, max, optional, union and inverse say nothing of the kind, and are left out. */
#ifndef OG_KG_ENTAIL_H
#define OG_KG_ENTAIL_H

#include "kg/infer.h"
#include "kg/reasoner.h"

typedef enum OgSense { OG_SENSE_STATEMENT, OG_SENSE_CLASS, OG_SENSE_THING, OG_SENSES } OgSense;

/* Words of the languages that rules speak of. */
typedef enum OgWord {
  OG_WORD_TYPE,
  OG_WORD_SUBCLASS,
  OG_WORD_EQUIVALENT_CLASS,
  OG_WORD_SUBPROPERTY,
  OG_WORD_EQUIVALENT_PROPERTY,
  OG_WORD_SAME_AS,
  OG_WORD_BROADER,
  OG_WORD_NARROWER,
  OG_WORD_BROADER_TRANSITIVE,
  OG_WORD_NARROWER_TRANSITIVE,
  OG_WORD_RELATED,
  OG_WORD_BROAD_MATCH,
  OG_WORD_NARROW_MATCH,
  OG_WORD_RELATED_MATCH,
  OG_WORD_CLOSE_MATCH,
  OG_WORD_EXACT_MATCH,
  OG_WORDS
} OgWord;

extern const char *const og_word_iris[OG_WORDS];

/* A relation: relation n of the graph is relation OG_SENSES n + sense of the reasoner. */
typedef struct OgEntailRelation {
  uint32_t term;  /* 0: a word that the graph lacks, or a part of a chain */
  bool is_part;   /* of a chain: no relation of the graph */
  bool is_stored; /* it has a row of `relation` */
} OgEntailRelation;

/* An axiom of a property that rules hold by: rows of property_axiom. */
typedef struct OgEntailAxiom {
  uint32_t property; /* a term */
  const char *kind;
  int64_t number;
} OgEntailAxiom;

typedef struct OgEntailment {
  OgStore *store;
  OgReasoner *reasoner;
  const OgInferOptions *options;
  uint32_t limit;              /* above every term.id */
  uint8_t *kinds;              /* (limit) 0: no entity; 1: a class; 2: another */
  uint32_t *numbers;           /* (limit) 1 + number of the relation that a term is; 0: none */
  OgEntailRelation *relations; /* (relation_count) the words first */
  uint32_t relation_count, relation_capacity;
  OgEntailAxiom *axioms; /* (axiom_count) */
  size_t axiom_count, axiom_capacity;
  uint32_t edge_count; /* distinct ones that rules can use; they are the first facts */
  uint32_t skos_count; /* of these, those by words of SKOS */
} OgEntailment;

/* The reasoner's number of a rule is that of the inference rule and, above it, of the axiom. */
enum { OG_RULE_BITS = 8 };
_Static_assert(OG_INFERENCE_RULES <= 1 << OG_RULE_BITS, "a rule has its bits");

static inline OgInferenceRule og_rule_of_fact(const OgFact *fact) {
  return (OgInferenceRule)(fact->rule & ((1U << OG_RULE_BITS) - 1));
}

/* 1 + the axiom's place in the entailment's; 0: the rule needs none. */
static inline uint32_t og_axiom_of_fact(const OgFact *fact) {
  return fact->rule >> OG_RULE_BITS;
}

/* Read the graph. The options outlive the entailment. The caller releases *entailment with
 * og_entailment_clear in any case. */
OG_MUST_CHECK OgStatus og_entailment_load(OgStore *store, const OgInferOptions *options,
                                          OgEntailment *entailment, OgError *err);
void og_entailment_clear(OgEntailment *entailment);

/* What an edge says by its edge.via; OG_SENSES: nothing that rules could use. */
OgSense og_sense_of_edge(const OgEntailment *entailment, uint32_t head, uint32_t relation,
                         const char *via);

#endif
