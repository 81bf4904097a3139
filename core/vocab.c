#include "core/vocab.h"

#include <stddef.h>

const OgPrefix og_known_prefixes[] = {
    {"rdf", OG_NS_RDF},   {"rdfs", OG_NS_RDFS},     {"owl", OG_NS_OWL}, {"xsd", OG_NS_XSD},
    {"skos", OG_NS_SKOS}, {"skosxl", OG_NS_SKOSXL}, {"dc", OG_NS_DC},   {"dcterms", OG_NS_DCTERMS},
    {"foaf", OG_NS_FOAF}, {"schema", OG_NS_SCHEMA}, {"obo", OG_NS_OBO}, {"oboInOwl", OG_NS_OIO},
    {"mesh", OG_NS_MESH}, {"meshv", OG_NS_MESHV},   {NULL, NULL},
};

const char *const og_hierarchy_relations[OG_HIERARCHY] = {
    OG_NS_RDFS "subClassOf",
    OG_NS_RDF "type",
    OG_NS_SKOS "broader",
    OG_NS_SKOS "broaderTransitive",
    OG_NS_MESHV "broaderDescriptor",
    /* downwards */
    OG_XBRL_ARCROLE "parent-child",
    OG_XBRL_ARCROLE "general-special",
    OG_XBRL_DIM "dimension-domain",
    OG_XBRL_DIM "domain-member",
    "http://www.esma.europa.eu/xbrl/esef/arcrole/wider-narrower",
};
