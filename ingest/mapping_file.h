/* mapping_file: what a mapping file says: which elements of any XML are entities, and what their
 * parts say of them (docs/formats.md describes the file).
 *
 * A path is read once into steps; a mapping is read-only from then on. */
#ifndef OG_INGEST_MAPPING_FILE_H
#define OG_INGEST_MAPPING_FILE_H

#include "core/arena.h"
#include "core/quad.h"
#include "core/vocab.h"
#include "ingest/xml.h"

#include <stdbool.h>
#include <stdint.h>

enum { OG_MAPPING_MAX_STEPS = 16, OG_MAPPING_MAX_CONDITIONS = 64 };

/* [@name] or [@name=value] on a step. */
typedef struct OgCondition {
  OgText element;   /* of the step: "*" for any */
  OgText attribute; /* local name */
  OgText value;     /* data NULL: the attribute is there */
} OgCondition;

typedef struct OgStep {
  OgText name;         /* local name; "*" for any */
  uint64_t conditions; /* bits of those that must hold */
} OgStep;

typedef enum OgPathEnd {
  OG_PATH_TEXT,      /* the text of the element that the steps lead to */
  OG_PATH_ATTRIBUTE, /* one of its attributes */
  OG_PATH_AROUND     /* "..": the entity around */
} OgPathEnd;

/* steps from the entity's element, or from the document's root; floating: from anywhere below it.
 */
typedef struct OgPath {
  OgStep steps[OG_MAPPING_MAX_STEPS];
  size_t count;
  bool floating;
  OgPathEnd end;
  OgText attribute;
} OgPath;

/* A constant, or an attribute of the element that a path leads to. */
typedef struct OgSource {
  OgText constant;
  OgText attribute; /* data NULL: the constant */
} OgSource;

typedef enum OgSaying { OG_SAYS_ID, OG_SAYS_WORDS, OG_SAYS_ATTRIBUTE, OG_SAYS_RELATION } OgSaying;

/* One thing that is said of an entity. */
typedef struct OgMappingRule {
  OgSaying saying;
  OgPath path;
  OgSource property; /* constant: an IRI; attribute: a word of the vocabulary */
  OgSource language; /* OG_SAYS_WORDS */
  OgText datatype;   /* an IRI; empty: none */
  OgText split;      /* between values in one text; empty: there is one value */
  OgText to;         /* OG_SAYS_RELATION: the space of its objects; data NULL: they are IRIs */
  bool inverse;
  bool own_property; /* it is declared where it is first used */
  long line;
  OgText target; /* as written: name of an entity, "iri", or empty */
} OgMappingRule;

typedef struct OgMappingEntity {
  OgText name; /* for `to`; empty: none */
  OgPath match;
  OgText space;
  OgText as;            /* IRI of a class of SKOS or OWL; empty: none */
  OgSource type;        /* empty: none */
  OgMappingRule *rules; /* the first says the identifier */
  size_t rule_count, rule_room;
} OgMappingEntity;

typedef struct OgMapping {
  OgText space, vocabulary, language;
  OgMappingEntity *entities;
  size_t entity_count, entity_room;
  OgCondition conditions[OG_MAPPING_MAX_CONDITIONS];
  size_t condition_count;
  OgPrefix *prefixes;
  size_t prefix_count, prefix_room;
  OgArena arena; /* all texts */
} OgMapping;

/* Read the file at path. A fault is OG_BAD_DATA with its line. On OG_OK the caller clears mapping.
 */
OG_MUST_CHECK OgStatus og_mapping_load(const char *path, OgMapping *mapping, OgError *err);
void og_mapping_clear(OgMapping *mapping);

#endif
