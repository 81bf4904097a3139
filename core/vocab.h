/* vocab: the namespaces and terms that ontograft gives a meaning to. */
#ifndef OG_CORE_VOCAB_H
#define OG_CORE_VOCAB_H

#include "core/api.h"

#define OG_NS_RDF     "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define OG_NS_RDFS    "http://www.w3.org/2000/01/rdf-schema#"
#define OG_NS_OWL     "http://www.w3.org/2002/07/owl#"
#define OG_NS_XSD     "http://www.w3.org/2001/XMLSchema#"
#define OG_NS_XML     "http://www.w3.org/XML/1998/namespace"
#define OG_NS_SKOS    "http://www.w3.org/2004/02/skos/core#"
#define OG_NS_SKOSXL  "http://www.w3.org/2008/05/skos-xl#"
#define OG_NS_DC      "http://purl.org/dc/elements/1.1/"
#define OG_NS_DCTERMS "http://purl.org/dc/terms/"
#define OG_NS_FOAF    "http://xmlns.com/foaf/0.1/"
#define OG_NS_SCHEMA  "http://schema.org/"
#define OG_NS_OBO     "http://purl.obolibrary.org/obo/"
#define OG_NS_OIO     "http://www.geneontology.org/formats/oboInOwl#"
#define OG_NS_MESH    "http://id.nlm.nih.gov/mesh/"
#define OG_NS_MESHV   "http://id.nlm.nih.gov/mesh/vocab#"

#define OG_XBRL_ARCROLE "http://www.xbrl.org/2003/arcrole/"
#define OG_XBRL_DIM     "http://xbrl.org/int/dim/arcrole/"

/* Relations that make a hierarchy: of the first the tail is the parent, of those from
 * OG_HIERARCHY_UP on the head. Interpretation turns skos:narrower around. */
enum { OG_HIERARCHY_UP = 5, OG_HIERARCHY = 10 };
extern OG_API const char *const og_hierarchy_relations[OG_HIERARCHY];

/* Where a relation leads in a hierarchy. */
typedef enum OgSlope {
  OG_LEVEL,    /* nowhere: it is outside of it */
  OG_UPWARD,   /* to a parent */
  OG_DOWNWARD, /* to a child */
} OgSlope;

typedef struct OgPrefix {
  const char *prefix; /* without the colon */
  const char *iri;
} OgPrefix;

/* Prefixes known without being declared; the last row has prefix NULL. */
extern OG_API const OgPrefix og_known_prefixes[];

#endif
