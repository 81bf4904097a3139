/* infer: edges that follow from the graph's edges and the axioms of its properties, by rules of
 * RDFS and of the profile OWL 2 RL.
 *
 * What follows is kept apart from what was asserted: rows of inferred_edge, each with the rule that
 * made it, and statements of a named graph of their own (OG_INFERRED_GRAPH). The graph remembers
 * that it was asked for, so that an import infers anew. docs/inference.md shows the rules. */
#ifndef OG_KG_INFER_H
#define OG_KG_INFER_H

#include "core/progress.h"
#include "kg/refs.h"

#include <stdbool.h>

#define OG_INFERRED_GRAPH "urn:ontograft:inferred"

/* SQL: a statement's source is a file. */
#define OG_SQL_IS_ASSERTED(source)                                                                 \
  source " IS NOT (SELECT id FROM source WHERE iri = '" OG_INFERRED_GRAPH "')"

/* Named as in OWL 2 Web Ontology Language Profiles (W3C, 2012), section 4.3, tables 4 to 9. */
typedef enum OgInferenceRule {
  OG_INFER_ASSERTED, /* no rule: a file says so */
  /* RDFS */
  OG_INFER_SCM_SCO,
  OG_INFER_CAX_SCO,
  OG_INFER_SCM_SPO,
  OG_INFER_PRP_SPO1,
  OG_INFER_PRP_DOM,
  OG_INFER_PRP_RNG,
  /* OWL */
  OG_INFER_SCM_EQC1,
  OG_INFER_SCM_EQC2,
  OG_INFER_SCM_EQP1,
  OG_INFER_SCM_EQP2,
  OG_INFER_PRP_EQP1,
  OG_INFER_PRP_EQP2,
  OG_INFER_PRP_INV1,
  OG_INFER_PRP_INV2,
  OG_INFER_PRP_SYMP,
  OG_INFER_PRP_TRP,
  OG_INFER_PRP_SPO2,
  OG_INFER_EQ_SYM,
  OG_INFER_EQ_TRANS,
  OG_INFER_EQ_REP_S,
  OG_INFER_EQ_REP_O,
  OG_INFERENCE_RULES
} OgInferenceRule;

/* "scm-sco"; "asserted". */
OG_API const char *og_inference_rule_name(OgInferenceRule rule);

typedef struct OgInferOptions {
  bool owl;           /* the rules of OWL beside those of RDFS */
  bool skos;          /* what SKOS states of its own words */
  bool inherit;       /* what every B has, every A that is a B has */
  uint64_t max_edges; /* that may follow; more is OG_FAILED */
} OgInferOptions;

#define OG_INFER_OPTIONS_INIT                                                                      \
  { true, false, false, 10000000 }

typedef struct OgInferReport {
  uint64_t asserted;                    /* distinct edges that the rules can use */
  uint64_t skos;                        /* of these, those by words of SKOS */
  uint64_t axioms;                      /* of properties */
  uint64_t edges;                       /* inferred, between entities */
  uint64_t statements;                  /* inferred, in the named graph */
  uint64_t by_rule[OG_INFERENCE_RULES]; /* edges */
  uint64_t memory;                      /* bytes held at most */
} OgInferReport;

/* Infer everything anew, in one transaction. progress and report may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_infer(OgStore *store, const OgInferOptions *options,
                                       const OgProgress *progress, OgInferReport *report,
                                       OgError *err);

/* Remove what was inferred, in one transaction, and infer no more after imports. *edges (may be
 * NULL) is how many there were. */
OG_API OG_MUST_CHECK OgStatus og_infer_remove(OgStore *store, uint64_t *edges, OgError *err);

/* Whether the graph has the named graph of what was inferred, be it empty. */
OG_API OG_MUST_CHECK OgStatus og_infer_is_done(OgStore *store, bool *done, OgError *err);

/* ---- Why ----------------------------------------------------------------------------------- */

typedef struct OgProofStep {
  OgEntityRef head, tail;
  const char *relation; /* its label; of an axiom its property_axiom.kind */
  bool some;            /* of a class expression: each head has some such tail */
  bool axiom;           /* of the property that is the head; tail.label is "p, inverse of q" of a
                           chain, then without an identifier, and "" where the kind says it all */
  OgInferenceRule rule;
  size_t *premises; /* numbers of earlier steps, from 0 */
  size_t premise_count;
} OgProofStep;

typedef struct OgProof {
  OgProofStep *steps; /* the edge itself comes last */
  size_t count;
  OgArena arena; /* owns all of the above */
} OgProof;

/* How an edge (entity.id, relation.id, entity.id) follows: one of the shortest derivations. One
 * that is asserted has a proof of one step; one that does not follow is OG_NOT_FOUND. On OG_OK the
 * caller releases *proof with og_proof_clear. */
OG_API OG_MUST_CHECK OgStatus og_infer_explain(OgStore *store, int64_t head, int64_t relation,
                                               int64_t tail, const OgProgress *progress,
                                               OgProof *proof, OgError *err);
OG_API void og_proof_clear(OgProof *proof);

/* ---- For the loader ------------------------------------------------------------------------ */

/* Remove what was inferred, inside the caller's transaction: level 0 is what the files say again.
 */
OG_MUST_CHECK OgStatus og_infer_clear(OgStore *store, OgError *err);

/* Infer as the graph was told to, if it was, inside the caller's transaction. When more edges
 * follow than were allowed, nothing is inferred, and progress (may be NULL) is warned. */
OG_MUST_CHECK OgStatus og_infer_again(OgStore *store, const OgProgress *progress, OgError *err);

#endif
