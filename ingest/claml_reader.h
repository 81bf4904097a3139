/* claml_reader: what the parts of the ClaML reader share: what is gathered until all of the file is
 * known, and how statements are made of it. For ingest/claml*.c alone. */
#ifndef OG_INGEST_CLAML_READER_H
#define OG_INGEST_CLAML_READER_H

#include "core/intern.h"
#include "core/vocab.h"
#include "ingest/emit.h"
#include "ingest/ingest.h"

#define SKOS(name)  OG_NS_SKOS name
#define CLAML(name) "urn:claml:" name

enum { OG_CLAML_LANGUAGE = 36 };

/* What the open rubrics and links are about. */
typedef enum OgClamlHolder {
  OG_CLAML_NOTHING,
  OG_CLAML_CLASS,
  OG_CLAML_MODIFIER,
  OG_CLAML_MODIFIER_CLASS
} OgClamlHolder;

typedef enum OgClamlRelation {
  OG_CLAML_EXCLUDES,
  OG_CLAML_INCLUDES,
  OG_CLAML_MANIFESTATION,
  OG_CLAML_ETIOLOGY,
  OG_CLAML_REFERS,
  OG_CLAML_RELATIONS
} OgClamlRelation;

/* What the rubrics of a kind become. A name is without the codes that its text refers to. */
typedef struct OgClamlKind {
  const char *name;
  const char *property;
  bool is_name;
  OgClamlRelation relation; /* of the codes in its text */
} OgClamlKind;

/* owner, a, b, c: numbers of texts, unless said otherwise. */
typedef enum OgClamlTable {
  OG_CLAML_CLASSES,    /* class */
  OG_CLAML_PARENTS,    /* class, parent */
  OG_CLAML_CHILDREN,   /* class, child */
  OG_CLAML_NAMES,      /* class, language, preferred label */
  OG_CLAML_REFERENCES, /* class or member, OgClamlRelation, code as written */
  OG_CLAML_USAGES,     /* class or member, usage */
  OG_CLAML_MODIFIED,   /* class, modifier, position, number of the first row of OG_CLAML_VALID */
  OG_CLAML_VALID,      /* number of ModifiedBy, code of a modifier class */
  OG_CLAML_EXCLUDED,   /* class, modifier */
  OG_CLAML_MEMBERS,    /* modifier, code of a modifier class, member */
  OG_CLAML_UPPER,      /* member, code of the modifier class above it, or the modifier's */
  OG_CLAML_RUBRICS,    /* member, kind of rubric, language, text */
  OG_CLAML_METAS,      /* member, property, value */
  OG_CLAML_BARRED,     /* member, modifier, code: not after this modifier class */
  OG_CLAML_MADE,       /* code that modifiers make, the last member */
  OG_CLAML_TABLES
} OgClamlTable;

typedef struct OgClamlRow {
  uint32_t owner, a, b, c;
  uint32_t order; /* in the file */
} OgClamlRow;

typedef struct OgClamlReader {
  OgXml *xml;
  const OgReadOptions *options;
  const OgSink *sink;
  bool has_classes; /* or modifier classes, even broken ones */
  OgBuffer tables[OG_CLAML_TABLES]; /* OgClamlRow */
  OgIntern *texts;
  OgIntern *told; /* names of elements that were reported */
  OgBuffer path;  /* uint8_t: the rows of `elements` that are open */
  OgBuffer space; /* the IRI that codes are appended to */
  OgBuffer iri, object;
  OgBuffer label; /* the text of the label, title, … that is open */
  OgBuffer cited; /* the text of the reference that is open */
  OgBuffer code;  /* of the reference that is open */
  OgBuffer kind;  /* of the rubric that is open */
  bool declared[OG_CLAML_RELATIONS];
  OgClamlHolder holder;
  uint32_t owner;    /* the class, the modifier, or the member */
  uint32_t modified; /* number of ModifiedBy */
  bool in_text, in_reference;
  OgClamlRelation cites; /* what the open reference is */
  bool cites_abroad;     /* … to another classification */
  char language[OG_CLAML_LANGUAGE];
  char default_language[OG_CLAML_LANGUAGE];
  size_t skipping;
  size_t unknown; /* codes without a class */
  char first_unknown[64];
  size_t expanded;
} OgClamlReader;

/* ---- Texts and tables ---- */

OG_MUST_CHECK OgStatus og_claml_number(OgClamlReader *reader, OgText text, uint32_t *number,
                                       OgError *err);

/* Valid until the next text is added. */
OgText og_claml_text(const OgClamlReader *reader, uint32_t number);

OG_MUST_CHECK OgStatus og_claml_add(OgClamlReader *reader, OgClamlTable table, OgClamlRow row,
                                    OgError *err);

/* All rows of a table. */
const OgClamlRow *og_claml_table(const OgClamlReader *reader, OgClamlTable table, size_t *count);

/* Order the tables by owner and place in the file, parents by owner and parent. */
void og_claml_sort(OgClamlReader *reader);

/* The rows of an owner, once the tables are in order. */
const OgClamlRow *og_claml_rows(const OgClamlReader *reader, OgClamlTable table, uint32_t owner,
                                size_t *count);

bool og_claml_is_class(const OgClamlReader *reader, uint32_t code);

/* It is a class or, once those are in order, a code that modifiers make. */
bool og_claml_is_code(const OgClamlReader *reader, uint32_t code);

/* ---- Statements ---- */

/* The IRI of a code, into buffer. */
OG_MUST_CHECK OgStatus og_claml_iri(const OgClamlReader *reader, OgText code, OgBuffer *buffer,
                                    OgError *err);

/* What reader->iri names. */
OgTerm og_claml_subject(const OgClamlReader *reader);

OgTerm og_claml_scheme(const OgClamlReader *reader);

/* A statement about the subject. */
OG_MUST_CHECK OgStatus og_claml_emit(const OgClamlReader *reader, const char *property,
                                     OgTerm object, OgError *err);

/* A class, which becomes the subject. */
OG_MUST_CHECK OgStatus og_claml_emit_class(OgClamlReader *reader, OgText code, OgError *err);

/* A rubric of the subject that is not kept for later. */
OG_MUST_CHECK OgStatus og_claml_emit_rubric(OgClamlReader *reader, OgText name, OgTerm object,
                                            OgError *err);

/* What rubrics of this name become; NULL: a property of their own. */
const OgClamlKind *og_claml_kind(OgText name);

/* It is the kind of rubric that names a class. */
bool og_claml_is_preferred(OgText kind);

/* ---- Modifiers (claml_modifiers.c) ---- */

/* Once all tables are in order: a class for each code that the modifiers of a class without
 * children make, and a row of OG_CLAML_MADE. */
OG_MUST_CHECK OgStatus og_claml_expand(OgClamlReader *reader, OgError *err);

#endif
