/* Everything that is said of a record is a row of `rules`: an element, where it stands, and what
 * its text becomes. */
#include "ingest/mesh.h"

#include "core/intern.h"
#include "core/memory.h"
#include "core/vocab.h"
#include "ingest/emit.h"

#include <stdio.h>
#include <string.h>

enum { MAX_TEXT = 16 << 20, UI_SIZE = 32, LANGUAGE_SIZE = 16, DATE_SIZE = 16 };

#define SKOS(name)  OG_NS_SKOS name
#define MESHV(name) OG_NS_MESHV name

typedef enum Id {
  OTHER,
  RECORD_SET,
  DESCRIPTOR,
  QUALIFIER,
  SUPPLEMENT,
  RECORD_UI,
  RECORD_NAME,
  STRING,
  TREE_NUMBER,
  CONCEPT,
  TERM,
  SCOPE_NOTE,
  ANNOTATION,
  PUBLIC_NOTE,
  HISTORY_NOTE,
  ONLINE_NOTE,
  CONSIDER_ALSO,
  PREVIOUS_INDEXING,
  NOTE,
  FREQUENCY,
  SOURCE,
  REGISTRY_NUMBER,
  RELATED_NUMBER,
  CAS_NAME,
  CLASSIFICATION,
  DATE_CREATED,
  DATE_REVISED,
  DATE_ESTABLISHED,
  YEAR,
  MONTH,
  DAY,
  REFERENCE, /* DescriptorReferredTo, QualifierReferredTo */
  CHEMICAL,  /* ChemicalReferredTo: a supplementary record */
  ALLOWABLE_QUALIFIER,
  ACTION,
  SEE_RELATED,
  MAPPED_TO,
  INDEXING,  /* IndexingInformation */
  ENTRY_IN,  /* ECIN */
  ENTRY_OUT, /* ECOUT */
  CONCEPT_UI,
  CONCEPT_NAME,
  RELATION, /* ConceptRelation */
  FIRST_UI,
  SECOND_UI,
  NUMBER_LIST,
  ANY_RECORD /* in rules: DESCRIPTOR, QUALIFIER or SUPPLEMENT */
} Id;

static const OgXmlKnown known[] = {
    {"", "DescriptorRecordSet", RECORD_SET},
    {"", "QualifierRecordSet", RECORD_SET},
    {"", "SupplementalRecordSet", RECORD_SET},
    {"", "DescriptorRecord", DESCRIPTOR},
    {"", "QualifierRecord", QUALIFIER},
    {"", "SupplementalRecord", SUPPLEMENT},
    {"", "DescriptorUI", RECORD_UI},
    {"", "QualifierUI", RECORD_UI},
    {"", "SupplementalRecordUI", RECORD_UI},
    {"", "DescriptorName", RECORD_NAME},
    {"", "QualifierName", RECORD_NAME},
    {"", "SupplementalRecordName", RECORD_NAME},
    {"", "String", STRING},
    {"", "TreeNumber", TREE_NUMBER},
    {"", "Concept", CONCEPT},
    {"", "Term", TERM},
    {"", "ScopeNote", SCOPE_NOTE},
    {"", "Annotation", ANNOTATION},
    {"", "PublicMeSHNote", PUBLIC_NOTE},
    {"", "HistoryNote", HISTORY_NOTE},
    {"", "OnlineNote", ONLINE_NOTE},
    {"", "ConsiderAlso", CONSIDER_ALSO},
    {"", "PreviousIndexing", PREVIOUS_INDEXING},
    {"", "Note", NOTE},
    {"", "Frequency", FREQUENCY},
    {"", "Source", SOURCE},
    {"", "RegistryNumber", REGISTRY_NUMBER},
    {"", "RelatedRegistryNumber", RELATED_NUMBER},
    {"", "CASN1Name", CAS_NAME},
    {"", "NLMClassificationNumber", CLASSIFICATION},
    {"", "DateCreated", DATE_CREATED},
    {"", "DateRevised", DATE_REVISED},
    {"", "DateEstablished", DATE_ESTABLISHED},
    {"", "Year", YEAR},
    {"", "Month", MONTH},
    {"", "Day", DAY},
    {"", "DescriptorReferredTo", REFERENCE},
    {"", "QualifierReferredTo", REFERENCE},
    {"", "ChemicalReferredTo", CHEMICAL},
    {"", "AllowableQualifier", ALLOWABLE_QUALIFIER},
    {"", "PharmacologicalAction", ACTION},
    {"", "SeeRelatedDescriptor", SEE_RELATED},
    {"", "HeadingMappedTo", MAPPED_TO},
    {"", "IndexingInformation", INDEXING},
    {"", "ECIN", ENTRY_IN},
    {"", "ECOUT", ENTRY_OUT},
    {"", "ConceptUI", CONCEPT_UI},
    {"", "ConceptName", CONCEPT_NAME},
    {"", "ConceptRelation", RELATION},
    {"", "Concept1UI", FIRST_UI},
    {"", "Concept2UI", SECOND_UI},
    {"", "RegistryNumberList", NUMBER_LIST},
};

/* What an attribute of a record says that it is. */
typedef struct Class {
  Id record;
  const char *attribute; /* NULL: whatever the attributes */
  const char *value;
  const char *type;
} Class;

static const Class classes[] = {
    {DESCRIPTOR, "DescriptorClass", "1", MESHV("TopicalDescriptor")},
    {DESCRIPTOR, "DescriptorClass", "2", MESHV("PublicationType")},
    {DESCRIPTOR, "DescriptorClass", "3", MESHV("CheckTag")},
    {DESCRIPTOR, "DescriptorClass", "4", MESHV("GeographicalDescriptor")},
    {QUALIFIER, NULL, NULL, MESHV("Qualifier")},
    {SUPPLEMENT, "SCRClass", "1", MESHV("SCR_Chemical")},
    {SUPPLEMENT, "SCRClass", "2", MESHV("SCR_Protocol")},
    {SUPPLEMENT, "SCRClass", "3", MESHV("SCR_Disease")},
    {SUPPLEMENT, "SCRClass", "4", MESHV("SCR_Organism")},
    {SUPPLEMENT, "SCRClass", "5", MESHV("SCR_Population")},
    {SUPPLEMENT, "SCRClass", "6", MESHV("SCR_Anatomy")},
};

/* The language codes of ISO 639-2 that translations of MeSH use, as BCP 47 wants them. */
static const char *const languages[][2] = {
    {"chi", "zh"}, {"cze", "cs"}, {"dut", "nl"}, {"eng", "en"}, {"fin", "fi"},
    {"fre", "fr"}, {"ger", "de"}, {"gre", "el"}, {"ita", "it"}, {"jpn", "ja"},
    {"kor", "ko"}, {"lav", "lv"}, {"nor", "no"}, {"pol", "pl"}, {"por", "pt"},
    {"rus", "ru"}, {"scr", "hr"}, {"slv", "sl"}, {"spa", "es"}, {"swe", "sv"},
};

typedef struct Mesh {
  OgXml *xml;
  const OgSink *sink;
  OgBuffer path;    /* Ids of the open elements, one byte each */
  OgBuffer text;    /* of the innermost element */
  OgBuffer name;    /* the record's name */
  OgBuffer subject; /* the record's IRI; empty until its identifier is read */
  OgBuffer object;  /* an IRI in the making */
  OgBuffer concept; /* IRI of the concept that is open */
  OgBuffer pair;    /* identifiers of a descriptor and its qualifier, end to end */
  OgBuffer used;    /* the pair instead of which another is used */
  OgBuffer first;   /* identifier of the first of two related concepts */
  const char *type; /* of the record, NULL when its class is unknown */
  char language[LANGUAGE_SIZE];
  char year[DATE_SIZE], month[DATE_SIZE], day[DATE_SIZE];
  const char *relation; /* of two concepts; NULL when it is unknown */
  size_t descriptor;    /* size of the descriptor's identifier in pair */
  bool starred;         /* the pair is a main heading */
  bool preferred;       /* inside the concept that gives the record its meaning */
  bool permuted;        /* inside a term with its words turned round */
  uint32_t record;
  OgIntern *records; /* IRIs */
  OgIntern *trees;   /* tree numbers */
  OgBuffer owners;   /* uint32_t: the record of each tree number */
} Mesh;

typedef struct Rule Rule;

struct Rule {
  Id element, parent, grandparent; /* OTHER: any */
  OgStatus (*apply)(Mesh *mesh, const Rule *rule, OgText text, OgError *err);
  const char *property;
};

/* ---- statements ------------------------------------------------------------------------------ */

static OgStatus emit(const Mesh *mesh, const char *property, OgTerm object, OgError *err) {
  if (mesh->subject.size == 0) {
    return og_xml_fault(mesh->xml, err, "a record says something before its identifier");
  }
  return og_emit(mesh->sink, og_iri_term(og_text_of(&mesh->subject)), property, object, err);
}

static bool is_identifier(OgText text) {
  for (size_t i = 0; i < text.size; i++) {
    const char c = text.data[i];
    if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') {
      return false;
    }
  }
  return text.size > 0 && text.size < UI_SIZE;
}

/* Write the IRI of an identifier such as D000001 into buffer. */
static OgStatus identify(const Mesh *mesh, OgText identifier, OgBuffer *buffer, OgError *err) {
  if (!is_identifier(identifier)) {
    return og_xml_fault(mesh->xml, err, "\"%.*s\" is no identifier of MeSH such as D000001",
                        (int)(identifier.size < UI_SIZE ? identifier.size : UI_SIZE),
                        identifier.data);
  }
  og_buffer_reset(buffer);
  OG_TRY(og_buffer_text(buffer, OG_NS_MESH, err));
  return og_buffer_append(buffer, identifier.data, identifier.size, err);
}

/* ---- rules ----------------------------------------------------------------------------------- */

static OgStatus apply_record(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)rule;
  int added;
  OG_TRY(identify(mesh, text, &mesh->subject, err));
  OG_TRY(og_intern_add(mesh->records, mesh->subject.data, mesh->subject.size, &mesh->record, &added,
                       err));
  OG_TRY(emit(mesh, OG_NS_RDF "type", og_iri_term(OG_TEXT(SKOS("Concept"))), err));
  return mesh->type ? emit(mesh, OG_NS_RDF "type", og_iri_term(og_text(mesh->type)), err) : OG_OK;
}

static OgStatus apply_literal(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  return emit(mesh, rule->property, (OgTerm){.kind = OG_LITERAL, .text = text}, err);
}

static OgStatus apply_words(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  const OgTerm words = {.kind = OG_LITERAL, .text = text, .language = og_text(mesh->language)};
  return emit(mesh, rule->property, words, err);
}

/* What is said of the concept that gives the record its meaning is said of the record, what is said
 * of another one of that concept. */
static OgStatus emit_of_concept(const Mesh *mesh, const char *property, OgTerm object,
                                OgError *err) {
  if (mesh->preferred) {
    return emit(mesh, property, object, err);
  }
  return mesh->concept.size == 0
             ? OG_OK
             : og_emit(mesh->sink, og_iri_term(og_text_of(&mesh->concept)), property, object, err);
}

/* "0" stands for no number. */
static OgStatus apply_number(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  return og_text_is(text, "0") ? OG_OK
                               : emit_of_concept(mesh, rule->property, og_literal_term(text), err);
}

static OgStatus apply_concept_words(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  return emit_of_concept(mesh, rule->property, og_words_term(text, og_text(mesh->language)), err);
}

/* The definition of the record, or a note on another concept. */
static OgStatus apply_scope(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)rule;
  return emit_of_concept(mesh, mesh->preferred ? SKOS("definition") : MESHV("scopeNote"),
                         og_words_term(text, og_text(mesh->language)), err);
}

static OgStatus apply_concept(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)rule;
  OG_TRY(identify(mesh, text, &mesh->concept, err));
  return emit(mesh, mesh->preferred ? MESHV("preferredConcept") : MESHV("concept"),
              og_iri_term(og_text_of(&mesh->concept)), err);
}

static OgStatus apply_concept_name(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  return mesh->preferred ? OG_OK : apply_concept_words(mesh, rule, text, err);
}

static OgStatus apply_first(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)rule;
  return og_buffer_set(&mesh->first, text, err);
}

/* The same pair stands in both of its concepts: it is said in the first. */
static OgStatus apply_second(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)rule;
  if (!mesh->relation || mesh->first.size == 0) {
    return OG_OK;
  }
  OG_TRY(identify(mesh, og_text_of(&mesh->first), &mesh->object, err));
  const bool is_here = og_text_same(og_text_of(&mesh->object), og_text_of(&mesh->concept));
  OG_TRY(identify(mesh, text, &mesh->object, err));
  return is_here ? og_emit(mesh->sink, og_iri_term(og_text_of(&mesh->concept)), mesh->relation,
                           og_iri_term(og_text_of(&mesh->object)), err)
                 : OG_OK;
}

/* A name that begins with [OBSOLETE] is that of a record which is no longer used. */
static OgStatus apply_name(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  static const OgText obsolete = {"[OBSOLETE]", 10};
  if (text.size > obsolete.size && memcmp(text.data, obsolete.data, obsolete.size) == 0) {
    text = og_text_trimmed((OgText){text.data + obsolete.size, text.size - obsolete.size});
    OG_TRY(emit(mesh, OG_NS_OWL "deprecated", og_typed_term(OG_TEXT("true"), OG_NS_XSD "boolean"),
                err));
    OG_TRY(emit(mesh, MESHV("active"), og_typed_term(OG_TEXT("false"), OG_NS_XSD "boolean"), err));
  }
  og_buffer_reset(&mesh->name);
  OG_TRY(og_buffer_append(&mesh->name, text.data, text.size, err));
  return apply_words(mesh, rule, text, err);
}

static OgStatus apply_term(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  static const Rule hidden = {.property = SKOS("hiddenLabel")};
  if (text.size == mesh->name.size && memcmp(text.data, mesh->name.data, text.size) == 0) {
    return OG_OK;
  }
  return apply_words(mesh, mesh->permuted ? &hidden : rule, text, err);
}

static OgStatus apply_tree(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  uint32_t tree;
  int added;
  OG_TRY(apply_literal(mesh, rule, text, err));
  OG_TRY(og_intern_add(mesh->trees, text.data, text.size, &tree, &added, err));
  if (!added) {
    return og_xml_warn(mesh->xml, err, "duplicate tree number",
                       "tree number %.*s is that of an earlier record too", (int)text.size,
                       text.data);
  }
  return og_buffer_append(&mesh->owners, &mesh->record, sizeof mesh->record, err);
}

static OgStatus apply_reference(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  if (text.size > 0 && text.data[0] == '*') { /* a main heading, as in print */
    text = (OgText){text.data + 1, text.size - 1};
  }
  OG_TRY(identify(mesh, text, &mesh->object, err));
  return emit(mesh, rule->property, og_iri_term(og_text_of(&mesh->object)), err);
}

/* A descriptor, or the qualifier after it. */
static OgStatus apply_part(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)rule;
  const bool starred = text.data[0] == '*';
  text = (OgText){text.data + starred, text.size - starred};
  if (mesh->pair.size == 0) {
    mesh->descriptor = text.size;
    mesh->starred = starred;
  } else {
    mesh->starred = mesh->starred || starred;
  }
  return og_buffer_append(&mesh->pair, text.data, text.size, err);
}

/* A descriptor with a qualifier is a term of its own, and says what it is made of. */
static OgStatus emit_pair(Mesh *mesh, OgError *err) {
  static const char *const properties[] = {MESHV("hasDescriptor"), MESHV("hasQualifier")};
  const OgText pair = og_text_of(&mesh->pair);
  const OgText parts[] = {{pair.data, mesh->descriptor},
                          {pair.data + mesh->descriptor, pair.size - mesh->descriptor}};
  OgBuffer subject = OG_BUFFER_INIT;
  OgStatus status = identify(mesh, pair, &subject, err);
  for (size_t i = 0; i < OG_COUNT(parts) && parts[1].size > 0 && status == OG_OK; i++) {
    OG_GO(identify(mesh, parts[i], &mesh->object, err));
    status = og_emit(mesh->sink, og_iri_term(og_text_of(&subject)), properties[i],
                     og_iri_term(og_text_of(&mesh->object)), err);
  }
done:
  og_buffer_clear(&subject);
  return status;
}

/* An edge to the descriptor, and one to its pair with a qualifier if it has one. */
static OgStatus apply_pair(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)text;
  if (mesh->pair.size == 0) {
    return OG_OK;
  }
  const bool preferred = rule->element == MAPPED_TO && mesh->starred;
  const char *property = preferred ? MESHV("preferredMappedTo") : rule->property;
  const OgText pair = og_text_of(&mesh->pair);
  OG_TRY(identify(mesh, (OgText){pair.data, mesh->descriptor}, &mesh->object, err));
  OG_TRY(emit(mesh, property, og_iri_term(og_text_of(&mesh->object)), err));
  if (pair.size > mesh->descriptor) {
    OG_TRY(emit_pair(mesh, err));
    OG_TRY(identify(mesh, pair, &mesh->object, err));
    OG_TRY(emit(mesh, property, og_iri_term(og_text_of(&mesh->object)), err));
  }
  og_buffer_reset(&mesh->pair);
  return OG_OK;
}

/* A combination that is not used … */
static OgStatus apply_entry_in(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)rule;
  (void)text;
  og_buffer_reset(&mesh->used);
  if (mesh->pair.size > 0) {
    OG_TRY(emit_pair(mesh, err));
    OG_TRY(identify(mesh, og_text_of(&mesh->pair), &mesh->used, err));
  }
  og_buffer_reset(&mesh->pair);
  return OG_OK;
}

/* … and what is used instead. */
static OgStatus apply_entry_out(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)text;
  if (mesh->pair.size > 0 && mesh->used.size > 0) {
    OG_TRY(emit_pair(mesh, err));
    OG_TRY(identify(mesh, og_text_of(&mesh->pair), &mesh->object, err));
    OG_TRY(og_emit(mesh->sink, og_iri_term(og_text_of(&mesh->used)), rule->property,
                   og_iri_term(og_text_of(&mesh->object)), err));
  }
  og_buffer_reset(&mesh->pair);
  return OG_OK;
}

static void copy_part(char part[DATE_SIZE], OgText text) {
  snprintf(part, DATE_SIZE, "%.*s", (int)(text.size < DATE_SIZE ? text.size : DATE_SIZE),
           text.data);
}

static OgStatus apply_year(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)rule;
  (void)err;
  copy_part(mesh->year, text);
  copy_part(mesh->month, OG_TEXT("1"));
  copy_part(mesh->day, OG_TEXT("1"));
  return OG_OK;
}

static OgStatus apply_month(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)rule;
  (void)err;
  copy_part(mesh->month, text);
  return OG_OK;
}

static OgStatus apply_day(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)rule;
  (void)err;
  copy_part(mesh->day, text);
  return OG_OK;
}

static OgStatus apply_date(Mesh *mesh, const Rule *rule, OgText text, OgError *err) {
  (void)text;
  char date[4 * DATE_SIZE];
  const int size =
      snprintf(date, sizeof date, "%s-%s%s-%s%s", mesh->year, mesh->month[1] ? "" : "0",
               mesh->month, mesh->day[1] ? "" : "0", mesh->day);
  const OgTerm term = {
      .kind = OG_LITERAL, .text = {date, (size_t)size}, .datatype = OG_TEXT(OG_NS_XSD "date")};
  return emit(mesh, rule->property, term, err);
}

/* A text that is empty has no effect, but for dates, pairs and combinations: those are complete
 * when their last part was read. */
static const Rule rules[] = {
    {RECORD_UI, ANY_RECORD, OTHER, apply_record, NULL},
    {STRING, RECORD_NAME, ANY_RECORD, apply_name, SKOS("prefLabel")},
    {STRING, TERM, OTHER, apply_term, SKOS("altLabel")},
    {TREE_NUMBER, OTHER, ANY_RECORD, apply_tree, SKOS("notation")},
    {SCOPE_NOTE, CONCEPT, OTHER, apply_scope, NULL},
    {CONCEPT_UI, CONCEPT, OTHER, apply_concept, NULL},
    {STRING, CONCEPT_NAME, CONCEPT, apply_concept_name, MESHV("prefLabel")},
    {FIRST_UI, RELATION, OTHER, apply_first, NULL},
    {SECOND_UI, RELATION, OTHER, apply_second, NULL},
    {NOTE, ANY_RECORD, OTHER, apply_words, SKOS("note")},
    {ANNOTATION, ANY_RECORD, OTHER, apply_words, MESHV("annotation")},
    {PUBLIC_NOTE, ANY_RECORD, OTHER, apply_words, MESHV("publicMeSHNote")},
    {HISTORY_NOTE, ANY_RECORD, OTHER, apply_words, SKOS("historyNote")},
    {ONLINE_NOTE, ANY_RECORD, OTHER, apply_words, MESHV("onlineNote")},
    {CONSIDER_ALSO, ANY_RECORD, OTHER, apply_words, MESHV("considerAlso")},
    {PREVIOUS_INDEXING, OTHER, ANY_RECORD, apply_words, MESHV("previousIndexing")},
    {CAS_NAME, CONCEPT, OTHER, apply_concept_words, MESHV("casn1_label")},
    {REGISTRY_NUMBER, CONCEPT, OTHER, apply_number, MESHV("registryNumber")},
    {REGISTRY_NUMBER, NUMBER_LIST, CONCEPT, apply_number, MESHV("registryNumber")},
    {RELATED_NUMBER, OTHER, CONCEPT, apply_number, MESHV("relatedRegistryNumber")},
    {CLASSIFICATION, ANY_RECORD, OTHER, apply_literal, MESHV("nlmClassificationNumber")},
    {FREQUENCY, ANY_RECORD, OTHER, apply_literal, MESHV("frequency")},
    {SOURCE, OTHER, ANY_RECORD, apply_literal, MESHV("source")},
    {RECORD_UI, REFERENCE, ALLOWABLE_QUALIFIER, apply_reference, MESHV("allowableQualifier")},
    {RECORD_UI, REFERENCE, ACTION, apply_reference, MESHV("pharmacologicalAction")},
    {RECORD_UI, REFERENCE, SEE_RELATED, apply_reference, MESHV("seeAlso")},
    {RECORD_UI, REFERENCE, MAPPED_TO, apply_part, NULL},
    {RECORD_UI, REFERENCE, INDEXING, apply_part, NULL},
    {RECORD_UI, CHEMICAL, INDEXING, apply_reference, MESHV("indexerConsiderAlso")},
    {RECORD_UI, REFERENCE, ENTRY_IN, apply_part, NULL},
    {RECORD_UI, REFERENCE, ENTRY_OUT, apply_part, NULL},
    {MAPPED_TO, OTHER, OTHER, apply_pair, MESHV("mappedTo")},
    {INDEXING, OTHER, OTHER, apply_pair, MESHV("indexerConsiderAlso")},
    {ENTRY_IN, OTHER, OTHER, apply_entry_in, NULL},
    {ENTRY_OUT, OTHER, OTHER, apply_entry_out, MESHV("useInstead")},
    {YEAR, OTHER, OTHER, apply_year, NULL},
    {MONTH, OTHER, OTHER, apply_month, NULL},
    {DAY, OTHER, OTHER, apply_day, NULL},
    {DATE_CREATED, ANY_RECORD, OTHER, apply_date, MESHV("dateCreated")},
    {DATE_REVISED, ANY_RECORD, OTHER, apply_date, MESHV("dateRevised")},
    {DATE_ESTABLISHED, ANY_RECORD, OTHER, apply_date, MESHV("dateEstablished")},
};

/* ---- the document ---------------------------------------------------------------------------- */

static bool is_record(Id id) {
  return id == DESCRIPTOR || id == QUALIFIER || id == SUPPLEMENT;
}

static bool stands(Id wanted, Id found) {
  return wanted == OTHER || wanted == found || (wanted == ANY_RECORD && is_record(found));
}

/* The element `up` levels above the innermost one. */
static Id ancestor(const Mesh *mesh, size_t up) {
  return mesh->path.size > up ? (Id)mesh->path.data[mesh->path.size - 1 - up] : OTHER;
}

static const Rule *find_rule(const Mesh *mesh) {
  const Id element = ancestor(mesh, 0);
  for (size_t i = 0; i < OG_COUNT(rules) && element != OTHER; i++) {
    const Rule *rule = &rules[i];
    if (rule->element == element && stands(rule->parent, ancestor(mesh, 1)) &&
        stands(rule->grandparent, ancestor(mesh, 2))) {
      return rule;
    }
  }
  return NULL;
}

static bool attribute_is(const OgXmlElement *element, const char *name, const char *value) {
  return og_text_is(og_xml_attribute(element, name), value);
}

static void start_set(Mesh *mesh, const OgXmlElement *element) {
  const OgText code = og_xml_attribute(element, "LanguageCode");
  snprintf(mesh->language, sizeof mesh->language, "%.*s",
           (int)(code.size < LANGUAGE_SIZE ? code.size : LANGUAGE_SIZE),
           code.size > 0 ? code.data : "en");
  for (size_t i = 0; i < OG_COUNT(languages); i++) {
    if (strcmp(mesh->language, languages[i][0]) == 0) {
      snprintf(mesh->language, sizeof mesh->language, "%s", languages[i][1]);
    }
  }
}

static void start_record(Mesh *mesh, const OgXmlElement *element) {
  og_buffer_reset(&mesh->subject);
  og_buffer_reset(&mesh->name);
  og_buffer_reset(&mesh->pair);
  mesh->type = NULL;
  for (size_t i = 0; i < OG_COUNT(classes); i++) {
    const Class *class = &classes[i];
    if ((int)class->record == element->name->id &&
        (!class->attribute || attribute_is(element, class->attribute, class->value))) {
      mesh->type = class->type;
    }
  }
}

static void start_relation(Mesh *mesh, const OgXmlElement *element) {
  static const char *const names[][2] = {{"NRW", MESHV("narrowerConcept")},
                                         {"BRD", MESHV("broaderConcept")},
                                         {"REL", MESHV("relatedConcept")}};
  mesh->relation = NULL;
  og_buffer_reset(&mesh->first);
  for (size_t i = 0; i < OG_COUNT(names); i++) {
    if (attribute_is(element, "RelationName", names[i][0])) {
      mesh->relation = names[i][1];
    }
  }
}

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  Mesh *mesh = data;
  const Id id = (Id)element->name->id;
  mesh->xml = xml;
  if (mesh->path.size == 0 && id != RECORD_SET) {
    return og_xml_fault(xml, err,
                        "expected DescriptorRecordSet, QualifierRecordSet or "
                        "SupplementalRecordSet, found %.64s",
                        element->name->local.data);
  }
  const char byte = (char)id;
  OG_TRY(og_buffer_append(&mesh->path, &byte, 1, err));
  og_buffer_reset(&mesh->text);
  if (id == RECORD_SET) {
    start_set(mesh, element);
  } else if (is_record(id)) {
    start_record(mesh, element);
  } else if (id == CONCEPT) {
    mesh->preferred = attribute_is(element, "PreferredConceptYN", "Y");
    og_buffer_reset(&mesh->concept);
  } else if (id == RELATION) {
    start_relation(mesh, element);
  } else if (id == TERM) {
    mesh->permuted = attribute_is(element, "IsPermutedTermYN", "Y");
  }
  return OG_OK;
}

/* It is made of parts, and has no text of its own. */
static bool is_whole(Id id) {
  return id == DATE_CREATED || id == DATE_REVISED || id == DATE_ESTABLISHED || id == MAPPED_TO ||
         id == INDEXING || id == ENTRY_IN || id == ENTRY_OUT;
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  Mesh *mesh = data;
  const Rule *rule = find_rule(mesh);
  const OgText text = og_text_trimmed(og_text_of(&mesh->text));
  if (rule && (text.size > 0 || is_whole(rule->element))) {
    OG_TRY(rule->apply(mesh, rule, text, err));
  }
  og_buffer_reset(&mesh->text);
  mesh->path.size--;
  return OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  Mesh *mesh = data;
  if (mesh->text.size + text.size > MAX_TEXT) {
    return og_xml_fault(xml, err,
                        "a text is longer than %d bytes, the limit; shorten it, or take it out",
                        MAX_TEXT);
  }
  return og_buffer_append(&mesh->text, text.data, text.size, err);
}

/* ---- the hierarchy --------------------------------------------------------------------------- */

/* The tree number without its last part; OG_INTERN_NONE at the top, and *missing then says whether
 * it should be there. */
static uint32_t parent_of(const Mesh *mesh, uint32_t tree, bool *missing) {
  const OgText number = og_interned(mesh->trees, tree);
  const char *dot = memrchr(number.data, '.', number.size);
  const uint32_t parent =
      dot ? og_intern_find(mesh->trees, number.data, (size_t)(dot - number.data)) : OG_INTERN_NONE;
  *missing = dot && parent == OG_INTERN_NONE;
  return parent;
}

static OgStatus emit_broader(const Mesh *mesh, uint32_t narrow, uint32_t broad, OgError *err) {
  const OgTerm subject = og_iri_term(og_interned(mesh->records, narrow));
  const OgTerm predicate = og_iri_term(OG_TEXT(SKOS("broader")));
  const OgTerm object = og_iri_term(og_interned(mesh->records, broad));
  return mesh->sink->statement(mesh->sink->data, &subject, &predicate, &object, err);
}

static OgStatus warn_missing(const Mesh *mesh, size_t count, uint32_t first, OgError *err) {
  if (count == 0 || !mesh->sink->warning) {
    return OG_OK;
  }
  char message[128];
  const OgText number = og_interned(mesh->trees, first);
  snprintf(message, sizeof message,
           "%zu tree numbers have no parent in the file; the first is %.*s", count,
           (int)(number.size < UI_SIZE ? number.size : UI_SIZE), number.data);
  return mesh->sink->warning(mesh->sink->data, "tree number without its parent", 0, 0, message,
                             err);
}

static OgStatus emit_hierarchy(const Mesh *mesh, OgError *err) {
  const uint32_t *owners = (const uint32_t *)(const void *)mesh->owners.data;
  OgIntern *said = og_intern_new();
  if (!said) {
    return og_error_no_memory(err);
  }
  OgStatus status = OG_OK;
  size_t missing_count = 0;
  uint32_t first_missing = 0;
  for (uint32_t tree = 0; tree < og_intern_count(mesh->trees); tree++) {
    bool missing;
    const uint32_t parent = parent_of(mesh, tree, &missing);
    if (missing && missing_count++ == 0) {
      first_missing = tree;
    }
    if (parent == OG_INTERN_NONE || owners[parent] == owners[tree]) {
      continue;
    }
    const uint32_t pair[2] = {owners[tree], owners[parent]};
    uint32_t id;
    int added;
    OG_GO(og_intern_add(said, pair, sizeof pair, &id, &added, err));
    if (added) {
      OG_GO(emit_broader(mesh, pair[0], pair[1], err));
    }
  }
  status = warn_missing(mesh, missing_count, first_missing, err);
done:
  og_intern_free(said);
  return status;
}

static void clear(Mesh *mesh) {
  og_buffer_clear(&mesh->path);
  og_buffer_clear(&mesh->text);
  og_buffer_clear(&mesh->name);
  og_buffer_clear(&mesh->subject);
  og_buffer_clear(&mesh->object);
  og_buffer_clear(&mesh->concept);
  og_buffer_clear(&mesh->pair);
  og_buffer_clear(&mesh->used);
  og_buffer_clear(&mesh->first);
  og_buffer_clear(&mesh->owners);
  og_intern_free(mesh->records);
  og_intern_free(mesh->trees);
}

OgStatus og_mesh_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                      const OgProgress *progress, OgError *err) {
  static const OgXmlHandler handler = {
      .start = on_start,
      .end = on_end,
      .text = on_text,
      .known = known,
      .known_count = OG_COUNT(known),
  };
  OgStatus status;
  Mesh mesh = {.sink = sink, .records = og_intern_new(), .trees = og_intern_new()};
  if (!mesh.records || !mesh.trees) {
    status = og_error_no_memory(err);
    goto done;
  }
  static const char *const prefixes[] = {"skos", "mesh", "meshv"};
  OG_GO(og_emit_prefixes(sink, prefixes, OG_COUNT(prefixes), err));
  OG_GO(og_xml_read(input, &handler, &mesh, options->max_depth, sink, progress, err));
  status = emit_hierarchy(&mesh, err);
done:
  clear(&mesh);
  return status;
}
