/* sparql_term: RDF terms as values of SQL.
 *
 * A term that the graph has is its id, an INTEGER. Any other is a BLOB whose first byte says what
 * the rest is:
 *
 *   'I' iri   'B' blank node's label   'S' string   'L' tag 0 string   'T' datatype 0 lexical
 *   0x80 + OgDatatype, lexical: a literal of a datatype with a row in og_datatypes
 *
 * Each term has one form only, and a BLOB stands for no term of the graph once og_term_store_value
 * has looked: so SQL's = between two values is sameTerm, and DISTINCT, GROUP BY and joins work as
 * they do on ids. */
#ifndef OG_KG_SPARQL_TERM_H
#define OG_KG_SPARQL_TERM_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/quad.h"
#include "kg/sparql_kept.h"
#include "kg/store.h"

#include <stdbool.h>

/* Datatypes that functions know; the numeric ones from OG_TYPE_INTEGER on. */
typedef enum OgDatatype {
  OG_TYPE_NONE,  /* no literal */
  OG_TYPE_OTHER, /* a datatype that is not here */
  OG_TYPE_STRING,
  OG_TYPE_LANG_STRING,
  OG_TYPE_BOOLEAN,
  OG_TYPE_DATE_TIME,
  OG_TYPE_DATE,
  OG_TYPE_DURATION, /* xsd:dayTimeDuration */
  OG_TYPE_DECIMAL,
  OG_TYPE_FLOAT,
  OG_TYPE_DOUBLE,
  OG_TYPE_INTEGER,
  OG_TYPE_LONG,
  OG_TYPE_INT,
  OG_TYPE_SHORT,
  OG_TYPE_BYTE,
  OG_TYPE_NON_NEGATIVE_INTEGER,
  OG_TYPE_POSITIVE_INTEGER,
  OG_TYPE_NON_POSITIVE_INTEGER,
  OG_TYPE_NEGATIVE_INTEGER,
  OG_TYPE_UNSIGNED_LONG,
  OG_TYPE_UNSIGNED_INT,
  OG_TYPE_UNSIGNED_SHORT,
  OG_TYPE_UNSIGNED_BYTE,
  OG_TYPE_COUNT
} OgDatatype;

/* The IRIs; empty for NONE and OTHER. */
extern const OgText og_datatypes[OG_TYPE_COUNT];

/* A term and what its datatype is. Simple strings have an empty datatype, as in OgTerm. */
typedef struct OgTypedTerm {
  OgTerm term;
  OgDatatype type;
} OgTypedTerm;

/* OG_TYPE_OTHER when it is none of the table. */
OgDatatype og_datatype_find(OgText iri);

OgTypedTerm og_term_with_type(const OgTerm *term);
OgTypedTerm og_typed_literal(OgText lexical, OgDatatype type);

bool og_text_equal(OgText a, OgText b);

/* Replace blob with the encoded term. */
OG_MUST_CHECK OgStatus og_term_encode(const OgTypedTerm *term, OgBuffer *blob, OgError *err);

/* The term of a blob, whose bytes it borrows; false when it is not one of ours. */
bool og_term_decode(const void *blob, size_t size, OgTypedTerm *term);

/* The sources of a graph, in the order of their ids. */
typedef struct OgSourceList {
  int64_t *ids;
  OgText *iris;
  size_t count, id_capacity, iri_capacity;
} OgSourceList;

/* Reads terms of one graph: each id's datatype is looked up once. */
typedef struct OgTermReader {
  OgStore *store;
  OgArena arena; /* datatypes and sources */
  struct OgKnownDatatype *known;
  size_t known_count, known_capacity;
  OgKept iris;                 /* ids of constants */
  const OgSourceList *sources; /* NULL: not read yet */
} OgTermReader;

void og_term_reader_init(OgTermReader *reader, OgStore *store);
/* Forget all but constants: another program has changed the graph. */
void og_term_reader_reset(OgTermReader *reader);
void og_term_reader_clear(OgTermReader *reader);

/* The sources; they live until the reader is reset. */
OG_MUST_CHECK OgStatus og_term_sources(OgTermReader *reader, const OgSourceList **sources,
                                       OgError *err);

/* The term with this id; its texts are copied into the arena, but the datatype, which lives as long
 * as the reader's. OG_BAD_STORE when there is none. */
OG_MUST_CHECK OgStatus og_term_read(OgTermReader *reader, int64_t id, OgArena *arena,
                                    OgTypedTerm *term, OgError *err);

/* Say that there is no term with this id. */
OG_MUST_CHECK OgStatus og_term_missing(const OgTermReader *reader, int64_t id, OgError *err);

/* Call a blank node "b" and its id: labels in files are not unique in the graph. */
OG_MUST_CHECK OgStatus og_term_name_blank(int64_t id, OgArena *arena, OgTerm *term, OgError *err);

/* SQL of a term's class, given the alias of its row: its language, the id of its datatype, or its
 * kind - 4 × its id. Rows of answers are many, and each operation counts. */
#define OG_TERM_CLASS(t) "coalesce(" t ".language, " t ".datatype, " t ".kind - 4 * " t ".id)"
/* The same of what is no literal. */
#define OG_RESOURCE_CLASS(t) t ".kind - 4 * " t ".id"

/* The same from two columns of a statement's row, text and class, from `column` on: texts live
 * until it is stepped. *id is that of a blank node, whose text is its label in the file, else 0.
 * kind is 0 when the columns are NULL. */
OG_MUST_CHECK OgStatus og_term_column(OgTermReader *reader, struct sqlite3_stmt *row, int column,
                                      OgTypedTerm *term, int64_t *id, OgError *err);

/* The id that an IRI or literal has in the graph; *id is 0 when it has none. */
OG_MUST_CHECK OgStatus og_term_find(OgTermReader *reader, const OgTerm *term, int64_t *id,
                                    OgError *err);
/* The same of what a query names, and the next may name again. */
OG_MUST_CHECK OgStatus og_term_find_constant(OgTermReader *reader, const OgTerm *term, int64_t *id,
                                             OgError *err);

#endif
