/* rules: what the terms of RDFS, OWL, SKOS and their like mean for level 1. A rule is a row; the
 * tables are in docs/interpretation.md, with a test for each row. */
#ifndef OG_KG_RULES_H
#define OG_KG_RULES_H

#include "core/quad.h"

#include <stdbool.h>

/* What a statement with this predicate says. */
typedef enum OgMeaning {
  OG_MEANS_NOTHING,
  OG_MEANS_TYPE,       /* the subject is of a class */
  OG_MEANS_SUBCLASS,   /* subject and object are classes: an edge, or edges of an expression */
  OG_MEANS_EQUIVALENT, /* the same, both ways */
  OG_MEANS_BROADER,    /* subject and object are concepts: an edge */
  OG_MEANS_NARROWER,   /* the same, read backwards, as broader */
  OG_MEANS_EDGE,       /* an edge where both are entities */
  OG_MEANS_IN_SCHEME,  /* the subject, when it has no type, is a concept */
  OG_MEANS_TOP,        /* the same of the object */
  OG_MEANS_MEMBER,     /* the subject, when it has no type, is a collection; an edge */
  OG_MEANS_MEMBERS,    /* the same for each member of a list */
  OG_MEANS_NAME,       /* the object is a name of kind `word` */
  OG_MEANS_NAME_NODE,  /* the object is a node (SKOS-XL) that holds one */
  OG_MEANS_NAME_FORM,  /* of such a node: the name */
  OG_MEANS_DEFINITION,
  OG_MEANS_COMMENT,    /* a definition in a graph that has no other */
  OG_MEANS_DEPRECATED, /* where the object is "true" or "1" */
  OG_MEANS_REPLACED,
  OG_MEANS_CONSIDER, /* the object may serve where the subject, deprecated, did */
  /* of properties: a row of property_axiom, its kind `word` */
  OG_MEANS_SCHEMA,
  OG_MEANS_CHAIN, /* the object is a list of properties */
  /* of a node that speaks of a statement (owl:Axiom, rdf:Statement): which one */
  OG_MEANS_ABOUT_SUBJECT,
  OG_MEANS_ABOUT_PREDICATE,
  OG_MEANS_ABOUT_OBJECT,
  /* of a node that says that a statement does not hold (owl:NegativePropertyAssertion): which one
   */
  OG_MEANS_DENIED_SUBJECT,
  OG_MEANS_DENIED_PREDICATE,
  OG_MEANS_DENIED_OBJECT,
  /* of a node that speaks of an arc of XBRL: */
  OG_MEANS_ARC,      /* which arc between its ends it is */
  OG_MEANS_PRIORITY, /* what it gives way to when another denies it */
  /* parts of class expressions */
  OG_MEANS_AND,
  OG_MEANS_OR,
  OG_MEANS_ONE_OF,
  OG_MEANS_PROPERTY,    /* the property of a restriction */
  OG_MEANS_INVERSE,     /* of a property node: the property that is read backwards; of a named
                           property: as OG_MEANS_SCHEMA */
  OG_MEANS_FILLER,      /* its filler, with its `word` as via */
  OG_MEANS_CLASS,       /* the filler of a cardinality */
  OG_MEANS_CARDINALITY, /* the number, with its `word` as via */
  OG_MEANS_FIRST,
  OG_MEANS_REST
} OgMeaning;

typedef struct OgPredicateRule {
  const char *iri;
  OgMeaning meaning;
  const char *word; /* names: name.kind; fillers and cardinalities: edge.via; schema: its kind */
  int rank;         /* of names and definitions: the least is preferred */
} OgPredicateRule;

/* What an rdf:type makes of its subject: bits, as several types add up. */
typedef enum OgThing {
  OG_THING_CLASS = 1 << 0,
  OG_THING_CONCEPT = 1 << 1,
  OG_THING_INDIVIDUAL = 1 << 2,
  OG_THING_RELATION = 1 << 3,   /* an object property */
  OG_THING_PROPERTY = 1 << 4,   /* some property: no entity */
  OG_THING_ANNOTATION = 1 << 5, /* an annotation or data property: makes no edges either */
  OG_THING_DATATYPE = 1 << 6,   /* no entity, no filler of edges */
  OG_THING_HEADER = 1 << 7,     /* speaks of its source: title, version, licence, date */
  OG_THING_DEPRECATED = 1 << 8
} OgThing;

typedef struct OgTypeRule {
  const char *iri;
  unsigned things;            /* a sum of OG_THING_… */
  const char *characteristic; /* kind of a row of property_axiom, or NULL */
} OgTypeRule;

typedef enum OgHeaderField {
  OG_HEADER_TITLE,
  OG_HEADER_VERSION,
  OG_HEADER_LICENCE,
  OG_HEADER_DATE,
  OG_HEADER_FIELDS
} OgHeaderField;

typedef struct OgHeaderRule {
  const char *iri;
  OgHeaderField field;
  int rank; /* the least is preferred */
} OgHeaderRule;

enum { OG_PREDICATE_RULES = 93, OG_TYPE_RULES = 25, OG_HEADER_RULES = 18 };

extern const OgPredicateRule og_predicate_rules[]; /* (OG_PREDICATE_RULES) */
extern const OgTypeRule og_type_rules[];           /* (OG_TYPE_RULES) */
extern const OgHeaderRule og_header_rules[];       /* (OG_HEADER_RULES) */

/* Names of this rank or less serve as an entity's label; others only where it has none. */
enum { OG_LABEL_RANK = 4 };

/* Relations that level 1 makes from other words than their own: a graph always has these terms. */
typedef enum OgMadeRelation {
  OG_MADE_TYPE,
  OG_MADE_SUBCLASS,
  OG_MADE_BROADER,
  OG_MADE_MEMBER,
  OG_MADE_RELATIONS
} OgMadeRelation;

extern const char *const og_made_relations[OG_MADE_RELATIONS];

/* True for IRIs of RDF, RDFS, OWL, XSD, SKOS, SWRL: words of the language, never entities. */
bool og_iri_is_vocabulary(OgText iri);

/* Whether a literal says that a mark (owl:deprecated) holds: "true" or "1". */
bool og_rule_is_true(OgText text);

/* The part of an IRI after its last '#', '/' or ':'. */
OgText og_iri_local(OgText iri);

#endif
