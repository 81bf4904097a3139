/* describe: all that the graph says of one entity, and a summary of the graph, as plain structs to
 * print. */
#ifndef OG_KG_DESCRIBE_H
#define OG_KG_DESCRIBE_H

#include "core/arena.h"
#include "core/hash.h"
#include "kg/refs.h"
#include "kg/store.h"

/* ---- One entity ---------------------------------------------------------------------------- */

typedef struct OgEntityRefs {
  OgEntityRef *items; /* by label, those without a name last; at most the limit asked for */
  size_t count;
  size_t total; /* how many there are */
} OgEntityRefs;

typedef struct OgCardName {
  const char *text;
  const char *language; /* NULL when none */
  const char *kind;     /* "label", "exact", … */
} OgCardName;

typedef struct OgCardEdge {
  OgEntityRef entity; /* the other end */
  const char *via;    /* how the files said it: "asserted", "some", … */
} OgCardEdge;

/* Edges of one relation in one direction. */
typedef struct OgCardEdges {
  int64_t relation;
  const char *label; /* of the relation: "has symptom" */
  const char *iri;
  OgCardEdge *items; /* in the same order, at most the limit asked for */
  size_t count;
  size_t total;
} OgCardEdges;

/* What may stand for a deprecated entity. */
typedef struct OgCardSuccessor {
  OgEntityRef entity;
  const char *kind; /* "replaced by", "consider" */
} OgCardSuccessor;

/* What is said of an entity that is no name, edge or mark: texts, numbers, IRIs of other things. */
typedef struct OgCardValue {
  const char *text;     /* of a blank node "_:" and its label */
  const char *language; /* NULL when none */
  bool is_iri;
} OgCardValue;

/* The values of one predicate. */
typedef struct OgCardAttribute {
  int64_t predicate;
  const char *iri;
  const char *curie;  /* NULL when no prefix fits */
  OgCardValue *items; /* preferred languages first, then by text; at most the limit asked for */
  size_t count;
  size_t total;
} OgCardAttribute;

typedef struct OgCard {
  OgEntityRef entity;
  const char *kind;                /* "class", "individual", "concept" */
  const char *definition;          /* NULL when none */
  const char *definition_language; /* NULL when none */
  OgEntityRef replaced_by;         /* id 0 when none */
  OgCardSuccessor *successors;     /* all of them, those that replace it first */
  size_t successor_count;
  OgCardName *names; /* preferred languages first, then by weight of their kind */
  size_t name_count;
  OgEntityRefs parents;  /* over rdfs:subClassOf, skos:broader, rdf:type and their like */
  OgEntityRefs children; /* the same backwards */
  OgCardEdges *out; /* edges of all other relations from the entity, by label of the relation */
  size_t out_count;
  OgCardEdges *in; /* the same towards it */
  size_t in_count;
  OgCardAttribute *attributes; /* by predicate; the definition is none of them */
  size_t attribute_count;
  OgCardAttribute *mentions; /* og_describe_statements: what it is said of, by predicate */
  size_t mention_count;
  OgArena arena; /* owns all of the above */
} OgCard;

typedef struct OgDescribeOptions {
  const char *languages; /* preference, best first: "de,en" (kg/refs.h); NULL: the graph's own */
  size_t limit;          /* of parents, children, edges a relation and values a predicate; 0: 20 */
} OgDescribeOptions;

/* The card of an entity (entity.id). options may be NULL. On OG_OK the caller releases *card with
 * og_card_clear. No such entity is OG_NOT_FOUND. */
OG_API OG_MUST_CHECK OgStatus og_describe(OgStore *store, int64_t entity,
                                          const OgDescribeOptions *options, OgCard *card,
                                          OgError *err);

/* The card of what text means, an IRI, <IRI> or CURIE, that is no entity but stands in statements:
 * entity.id is 0, entity.label its identifier, kind "resource"; attributes are all that the files
 * say of it, mentions the subjects of the statements that say it of others. OG_NOT_FOUND when it
 * stands in none. */
OG_API OG_MUST_CHECK OgStatus og_describe_statements(OgStore *store, const char *text,
                                                     const OgDescribeOptions *options, OgCard *card,
                                                     OgError *err);
OG_API void og_card_clear(OgCard *card);

/* ---- The graph ----------------------------------------------------------------------------- */

typedef struct OgSourceSummary {
  const char *iri, *path, *format, *sha256, *imported_at;
  const char *title, *version, *licence, *date; /* NULL when the file does not say */
  int64_t bytes, statements;
} OgSourceSummary;

/* How many of what: entities by kind, names by language or kind. */
typedef struct OgTally {
  const char *name; /* NULL: without a language */
  int64_t count;
} OgTally;

typedef struct OgTallies {
  OgTally *items; /* most first */
  size_t count;
} OgTallies;

typedef struct OgRelationSummary {
  int64_t id;
  const char *label, *iri;
  const char *curie; /* NULL when no prefix fits */
  int64_t edges;     /* distinct */
} OgRelationSummary;

typedef struct OgEmbeddingSummary {
  const char *name, *model, *created_at;
  const char *parameters, *metrics; /* JSON objects */
  int64_t dim, entities;
  bool current; /* trained on the graph as it is now */
} OgEmbeddingSummary;

typedef struct OgRunSummary {
  const char *name, *base, *fusion, *created_at;
  const char *parameters, *metrics; /* JSON objects */
  const char *embedding_set;        /* NULL when none */
  int64_t predictions, mentions;
  bool current; /* made with the graph as it is now */
} OgRunSummary;

typedef struct OgGraphSummary {
  const char *path;
  int64_t bytes; /* of the file */
  char graph_hash[OG_SHA256_HEX_SIZE];
  OgSourceSummary *sources;
  size_t source_count;
  int64_t statements; /* distinct over all sources */
  int64_t iris, blanks, literals;
  int64_t entities, deprecated, names;
  int64_t edges;     /* distinct by head, relation and tail, however and wherever they are said */
  int64_t inferred;  /* edges of kg/infer.h, beside the others */
  int64_t unnamed;   /* entities without a name */
  int64_t mentioned; /* entities that others speak of, and nothing is said of */
  OgTallies entity_kinds;       /* "class", … */
  OgTallies name_languages;     /* "en", …, NULL */
  OgTallies name_kinds;         /* "label", … */
  OgTallies readings;           /* statements by what they became: "edge", …; the left ones as
                                   "statement" */
  OgTallies left;               /* the left ones by predicate, an IRI */
  OgRelationSummary *relations; /* most edges first */
  size_t relation_count;
  OgEmbeddingSummary *embeddings; /* oldest first */
  size_t embedding_count;
  OgRunSummary *runs; /* oldest first */
  size_t run_count;
  OgArena arena; /* owns all of the above */
} OgGraphSummary;

/* On OG_OK the caller releases *summary with og_graph_summary_clear. */
OG_API OG_MUST_CHECK OgStatus og_graph_summary(OgStore *store, OgGraphSummary *summary,
                                               OgError *err);
OG_API void og_graph_summary_clear(OgGraphSummary *summary);

#endif
