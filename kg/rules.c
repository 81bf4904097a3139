#include "kg/rules.h"

#include "core/vocab.h"

#include <string.h>

#define IAO(number) OG_NS_OBO "IAO_" number
#define XBRL(name)  "urn:xbrl:" name

const OgPredicateRule og_predicate_rules[] = {
    {OG_NS_RDF "type", OG_MEANS_TYPE, NULL, 0},
    /* hierarchy */
    {OG_NS_RDFS "subClassOf", OG_MEANS_SUBCLASS, NULL, 0},
    {OG_NS_OWL "equivalentClass", OG_MEANS_EQUIVALENT, NULL, 0},
    {OG_NS_SKOS "broader", OG_MEANS_BROADER, NULL, 0},
    {OG_NS_SKOS "narrower", OG_MEANS_NARROWER, NULL, 0},
    {OG_NS_SKOS "related", OG_MEANS_BROADER, NULL, 0},
    {OG_NS_SKOS "inScheme", OG_MEANS_IN_SCHEME, NULL, 0},
    {OG_NS_SKOS "topConceptOf", OG_MEANS_IN_SCHEME, NULL, 0},
    {OG_NS_SKOS "hasTopConcept", OG_MEANS_TOP, NULL, 0},
    {OG_NS_SKOS "member", OG_MEANS_MEMBER, NULL, 0},
    {OG_NS_SKOS "memberList", OG_MEANS_MEMBERS, NULL, 0},
    /* other edges whose predicate is a word of the language */
    {OG_NS_OWL "sameAs", OG_MEANS_EDGE, NULL, 0},
    {OG_NS_SKOS "exactMatch", OG_MEANS_EDGE, NULL, 0},
    {OG_NS_SKOS "closeMatch", OG_MEANS_EDGE, NULL, 0},
    {OG_NS_SKOS "broadMatch", OG_MEANS_EDGE, NULL, 0},
    {OG_NS_SKOS "narrowMatch", OG_MEANS_EDGE, NULL, 0},
    {OG_NS_SKOS "relatedMatch", OG_MEANS_EDGE, NULL, 0},
    /* names */
    {OG_NS_RDFS "label", OG_MEANS_NAME, "label", 0},
    {OG_NS_SKOS "prefLabel", OG_MEANS_NAME, "preferred", 1},
    {OG_NS_SKOSXL "prefLabel", OG_MEANS_NAME_NODE, "preferred", 1},
    {OG_NS_SCHEMA "name", OG_MEANS_NAME, "label", 2},
    {"https://schema.org/name", OG_MEANS_NAME, "label", 2},
    {OG_NS_FOAF "name", OG_MEANS_NAME, "label", 2},
    {OG_NS_DCTERMS "title", OG_MEANS_NAME, "label", 3},
    {OG_NS_DC "title", OG_MEANS_NAME, "label", 4},
    {OG_NS_OIO "hasExactSynonym", OG_MEANS_NAME, "exact", 5},
    {IAO("0000118"), OG_MEANS_NAME, "alternative", 6},
    {OG_NS_SKOS "altLabel", OG_MEANS_NAME, "alternative", 6},
    {OG_NS_SKOSXL "altLabel", OG_MEANS_NAME_NODE, "alternative", 6},
    {OG_NS_DCTERMS "alternative", OG_MEANS_NAME, "alternative", 6},
    {OG_NS_SCHEMA "alternateName", OG_MEANS_NAME, "alternative", 6},
    {"https://schema.org/alternateName", OG_MEANS_NAME, "alternative", 6},
    {IAO("0000589"), OG_MEANS_NAME, "alternative", 6}, /* OBO Foundry unique label */
    {OG_NS_OIO "hasSynonym", OG_MEANS_NAME, "related", 7},
    {OG_NS_OIO "hasNarrowSynonym", OG_MEANS_NAME, "narrow", 7},
    {OG_NS_OIO "hasBroadSynonym", OG_MEANS_NAME, "broad", 7},
    {OG_NS_OIO "hasRelatedSynonym", OG_MEANS_NAME, "related", 7},
    {OG_NS_SKOS "hiddenLabel", OG_MEANS_NAME, "hidden", 8},
    {OG_NS_SKOSXL "hiddenLabel", OG_MEANS_NAME_NODE, "hidden", 8},
    {OG_NS_SKOSXL "literalForm", OG_MEANS_NAME_FORM, NULL, 0},
    /* definitions */
    {IAO("0000115"), OG_MEANS_DEFINITION, NULL, 0},
    {OG_NS_OIO "hasDefinition", OG_MEANS_DEFINITION, NULL, 0},
    {OG_NS_SKOS "definition", OG_MEANS_DEFINITION, NULL, 1},
    {OG_NS_DCTERMS "description", OG_MEANS_DEFINITION, NULL, 2},
    {OG_NS_DC "description", OG_MEANS_DEFINITION, NULL, 3},
    {OG_NS_SCHEMA "description", OG_MEANS_DEFINITION, NULL, 3},
    {"https://schema.org/description", OG_MEANS_DEFINITION, NULL, 3},
    {OG_NS_SKOS "scopeNote", OG_MEANS_DEFINITION, NULL, 4},
    {OG_NS_RDFS "comment", OG_MEANS_COMMENT, NULL, 5},
    /* marks */
    {OG_NS_OWL "deprecated", OG_MEANS_DEPRECATED, NULL, 0},
    {IAO("0100001"), OG_MEANS_REPLACED, NULL, 0},
    {OG_NS_OIO "replacedBy", OG_MEANS_REPLACED, NULL, 0},
    {OG_NS_DCTERMS "isReplacedBy", OG_MEANS_REPLACED, NULL, 0},
    {OG_NS_OIO "consider", OG_MEANS_CONSIDER, NULL, 0},
    /* properties */
    {OG_NS_RDFS "subPropertyOf", OG_MEANS_SCHEMA, "sub-property of", 0},
    {OG_NS_OWL "equivalentProperty", OG_MEANS_SCHEMA, "equivalent to", 0},
    {OG_NS_OWL "propertyDisjointWith", OG_MEANS_SCHEMA, "disjoint with", 0},
    {OG_NS_RDFS "domain", OG_MEANS_SCHEMA, "domain", 0},
    {OG_NS_RDFS "range", OG_MEANS_SCHEMA, "range", 0},
    {OG_NS_OWL "propertyChainAxiom", OG_MEANS_CHAIN, "chain", 0},
    /* statements about statements */
    {OG_NS_OWL "annotatedSource", OG_MEANS_ABOUT_SUBJECT, NULL, 0},
    {OG_NS_OWL "annotatedProperty", OG_MEANS_ABOUT_PREDICATE, NULL, 0},
    {OG_NS_OWL "annotatedTarget", OG_MEANS_ABOUT_OBJECT, NULL, 0},
    {OG_NS_RDF "subject", OG_MEANS_ABOUT_SUBJECT, NULL, 0},
    {OG_NS_RDF "predicate", OG_MEANS_ABOUT_PREDICATE, NULL, 0},
    {OG_NS_RDF "object", OG_MEANS_ABOUT_OBJECT, NULL, 0},
    /* what does not hold */
    {OG_NS_OWL "sourceIndividual", OG_MEANS_DENIED_SUBJECT, NULL, 0},
    {OG_NS_OWL "assertionProperty", OG_MEANS_DENIED_PREDICATE, NULL, 0},
    {OG_NS_OWL "targetIndividual", OG_MEANS_DENIED_OBJECT, NULL, 0},
    {XBRL("role"), OG_MEANS_ARC, NULL, 0},
    {XBRL("order"), OG_MEANS_ARC, NULL, 0},
    {XBRL("weight"), OG_MEANS_ARC, NULL, 0},
    {XBRL("preferredLabel"), OG_MEANS_ARC, NULL, 0},
    {XBRL("targetRole"), OG_MEANS_ARC, NULL, 0},
    {XBRL("closed"), OG_MEANS_ARC, NULL, 0},
    {XBRL("usable"), OG_MEANS_ARC, NULL, 0},
    {XBRL("contextElement"), OG_MEANS_ARC, NULL, 0},
    {XBRL("priority"), OG_MEANS_PRIORITY, NULL, 0},
    /* class expressions */
    {OG_NS_OWL "intersectionOf", OG_MEANS_AND, NULL, 0},
    {OG_NS_OWL "unionOf", OG_MEANS_OR, NULL, 0},
    {OG_NS_OWL "disjointUnionOf", OG_MEANS_OR, NULL, 0},
    {OG_NS_OWL "oneOf", OG_MEANS_ONE_OF, NULL, 0},
    {OG_NS_OWL "onProperty", OG_MEANS_PROPERTY, NULL, 0},
    {OG_NS_OWL "inverseOf", OG_MEANS_INVERSE, "inverse of", 0},
    {OG_NS_OWL "someValuesFrom", OG_MEANS_FILLER, "some", 0},
    {OG_NS_OWL "allValuesFrom", OG_MEANS_FILLER, "only", 0},
    {OG_NS_OWL "hasValue", OG_MEANS_FILLER, "value", 0},
    {OG_NS_OWL "onClass", OG_MEANS_CLASS, NULL, 0},
    {OG_NS_OWL "minQualifiedCardinality", OG_MEANS_CARDINALITY, "min", 0},
    {OG_NS_OWL "maxQualifiedCardinality", OG_MEANS_CARDINALITY, "max", 0},
    {OG_NS_OWL "qualifiedCardinality", OG_MEANS_CARDINALITY, "exactly", 0},
    {OG_NS_RDF "first", OG_MEANS_FIRST, NULL, 0},
    {OG_NS_RDF "rest", OG_MEANS_REST, NULL, 0},
};

const OgTypeRule og_type_rules[] = {
    {OG_NS_OWL "Class", OG_THING_CLASS, NULL},
    {OG_NS_RDFS "Class", OG_THING_CLASS, NULL},
    {OG_NS_OWL "DeprecatedClass", OG_THING_CLASS | OG_THING_DEPRECATED, NULL},
    {OG_NS_SKOS "Concept", OG_THING_CONCEPT, NULL},
    {OG_NS_SKOS "Collection", OG_THING_INDIVIDUAL, NULL},
    {OG_NS_SKOS "OrderedCollection", OG_THING_INDIVIDUAL, NULL},
    {OG_NS_OWL "NamedIndividual", OG_THING_INDIVIDUAL, NULL},
    {OG_NS_OWL "Thing", OG_THING_INDIVIDUAL, NULL},
    {OG_NS_OWL "ObjectProperty", OG_THING_RELATION, NULL},
    {OG_NS_OWL "TransitiveProperty", OG_THING_RELATION, "transitive"},
    {OG_NS_OWL "SymmetricProperty", OG_THING_RELATION, "symmetric"},
    {OG_NS_OWL "AsymmetricProperty", OG_THING_RELATION, "asymmetric"},
    {OG_NS_OWL "ReflexiveProperty", OG_THING_RELATION, "reflexive"},
    {OG_NS_OWL "IrreflexiveProperty", OG_THING_RELATION, "irreflexive"},
    {OG_NS_OWL "InverseFunctionalProperty", OG_THING_RELATION, "inverse functional"},
    {OG_NS_RDF "Property", OG_THING_PROPERTY, NULL},
    {OG_NS_OWL "FunctionalProperty", OG_THING_PROPERTY, "functional"},
    {OG_NS_OWL "DeprecatedProperty", OG_THING_PROPERTY | OG_THING_DEPRECATED, NULL},
    {OG_NS_OWL "AnnotationProperty", OG_THING_ANNOTATION, NULL},
    {OG_NS_OWL "DatatypeProperty", OG_THING_ANNOTATION, NULL},
    {OG_NS_OWL "OntologyProperty", OG_THING_ANNOTATION, NULL},
    {OG_NS_RDFS "Datatype", OG_THING_DATATYPE, NULL},
    {OG_NS_OWL "DataRange", OG_THING_DATATYPE, NULL},
    {OG_NS_OWL "Ontology", OG_THING_HEADER, NULL},
    {OG_NS_SKOS "ConceptScheme", OG_THING_HEADER, NULL},
};

const OgHeaderRule og_header_rules[] = {
    {OG_NS_DCTERMS "title", OG_HEADER_TITLE, 0},
    {OG_NS_DC "title", OG_HEADER_TITLE, 1},
    {OG_NS_RDFS "label", OG_HEADER_TITLE, 2},
    {OG_NS_SKOS "prefLabel", OG_HEADER_TITLE, 3},
    {OG_NS_OWL "versionInfo", OG_HEADER_VERSION, 0},
    {OG_NS_OWL "versionIRI", OG_HEADER_VERSION, 1},
    {OG_NS_DCTERMS "hasVersion", OG_HEADER_VERSION, 2},
    {OG_NS_DCTERMS "license", OG_HEADER_LICENCE, 0},
    {OG_NS_SCHEMA "license", OG_HEADER_LICENCE, 1},
    {"http://creativecommons.org/ns#license", OG_HEADER_LICENCE, 1},
    {OG_NS_DCTERMS "rights", OG_HEADER_LICENCE, 2},
    {OG_NS_DC "rights", OG_HEADER_LICENCE, 2},
    {OG_NS_DCTERMS "modified", OG_HEADER_DATE, 0},
    {OG_NS_DCTERMS "issued", OG_HEADER_DATE, 1},
    {OG_NS_DCTERMS "date", OG_HEADER_DATE, 2},
    {OG_NS_DC "date", OG_HEADER_DATE, 2},
    {OG_NS_OIO "date", OG_HEADER_DATE, 2},
    {OG_NS_DCTERMS "created", OG_HEADER_DATE, 3},
};

_Static_assert(OG_COUNT(og_predicate_rules) == OG_PREDICATE_RULES, "count of the header");
_Static_assert(OG_COUNT(og_type_rules) == OG_TYPE_RULES, "count of the header");
_Static_assert(OG_COUNT(og_header_rules) == OG_HEADER_RULES, "count of the header");

const char *const og_made_relations[OG_MADE_RELATIONS] = {
    [OG_MADE_TYPE] = OG_NS_RDF "type",
    [OG_MADE_SUBCLASS] = OG_NS_RDFS "subClassOf",
    [OG_MADE_BROADER] = OG_NS_SKOS "broader",
    [OG_MADE_MEMBER] = OG_NS_SKOS "member",
};

/* Rules (SWRL) are about classes and properties; their atoms and variables are no things. */
#define NS_SWRL  "http://www.w3.org/2003/11/swrl#"
#define NS_SWRLB "http://www.w3.org/2003/11/swrlb#"

bool og_iri_is_vocabulary(OgText iri) {
  static const OgText namespaces[] = {
      {OG_NS_RDF, sizeof OG_NS_RDF - 1},   {OG_NS_RDFS, sizeof OG_NS_RDFS - 1},
      {OG_NS_OWL, sizeof OG_NS_OWL - 1},   {OG_NS_XSD, sizeof OG_NS_XSD - 1},
      {OG_NS_SKOS, sizeof OG_NS_SKOS - 1}, {OG_NS_SKOSXL, sizeof OG_NS_SKOSXL - 1},
      {OG_NS_XML, sizeof OG_NS_XML - 1},   {NS_SWRL, sizeof NS_SWRL - 1},
      {NS_SWRLB, sizeof NS_SWRLB - 1},
  };
  for (size_t k = 0; k < OG_COUNT(namespaces); k++) {
    if (iri.size >= namespaces[k].size &&
        memcmp(iri.data, namespaces[k].data, namespaces[k].size) == 0) {
      return true;
    }
  }
  return false;
}

bool og_rule_is_true(OgText text) {
  return (text.size == 4 && memcmp(text.data, "true", 4) == 0) ||
         (text.size == 1 && text.data[0] == '1');
}

OgText og_iri_local(OgText iri) {
  size_t start = iri.size;
  while (start > 0 && iri.data[start - 1] != '#' && iri.data[start - 1] != '/' &&
         iri.data[start - 1] != ':') {
    start--;
  }
  /* "http://example.org/" has no local part: the whole is more than nothing. */
  return start == iri.size ? iri : (OgText){iri.data + start, iri.size - start};
}
