/* emit: what the readers of XML share: pieces of text, attributes, terms and statements. */
#ifndef OG_INGEST_EMIT_H
#define OG_INGEST_EMIT_H

#include "core/buffer.h"
#include "core/intern.h"
#include "ingest/xml.h"

#include <stdbool.h>

/* ---- text ------------------------------------------------------------------------------------ */

OgText og_text(const char *terminated);
OgText og_text_of(const OgBuffer *buffer);
bool og_text_is(OgText text, const char *word);
bool og_text_same(OgText a, OgText b);

/* White space as XML has it: none inside a word. */
bool og_text_is_blank(OgText text);
OgText og_text_trimmed(OgText text);

/* Split the first word off *rest; false when none is left. */
bool og_text_word(OgText *rest, OgText *word);

/* For "%.*s": a piece of text that leaves room for the rest of a message. */
int og_text_shown(OgText text);

/* Append text, with every run of white space as one space and none at either end of the buffer's
 * line: what is appended next begins a word when the text ended with white space. */
OG_MUST_CHECK OgStatus og_buffer_words(OgBuffer *buffer, OgText text, OgError *err);

/* Replace the buffer's content by text. */
OG_MUST_CHECK OgStatus og_buffer_set(OgBuffer *buffer, OgText text, OgError *err);

/* Append text as one segment of an IRI: bytes that may not stand there as %XX (RFC 3987
 * section 2.2, isegment). */
OG_MUST_CHECK OgStatus og_buffer_segment(OgBuffer *buffer, OgText text, OgError *err);

/* ---- stacks ---------------------------------------------------------------------------------- */

/* A text on a stack of bytes: it lies there until the stack is cut below it. size 0 when absent. */
typedef struct OgSpan {
  size_t at;
  size_t size;
} OgSpan;

OG_MUST_CHECK OgStatus og_span_push(OgBuffer *bytes, OgText text, OgSpan *span, OgError *err);

/* Valid until the next push. */
OgText og_span_text(const OgBuffer *bytes, OgSpan span);

/* items with room for one more than count: itself, or moved to a larger place; *room counts items.
 * NULL when out of memory: items is then as it was. The caller releases it with og_free. */
void *og_stack_grow(void *items, size_t count, size_t *room, size_t size);

/* The text of a number; valid until the next one is added. */
OgText og_interned(const OgIntern *table, uint32_t number);

/* ---- XML ------------------------------------------------------------------------------------- */

/* The value of an attribute of that namespace ("": none); data is NULL when it is not there. */
OgText og_xml_attribute_in(const OgXmlElement *element, const char *uri, const char *local);
OgText og_xml_attribute(const OgXmlElement *element, const char *local);

/* A rule is broken that need not stop the reading: a fault when strict, else a warning of that
 * kind. */
OG_MUST_CHECK OgStatus og_xml_broken(OgXml *xml, bool strict, OgError *err, const char *kind,
                                     const char *format, ...) OG_PRINTF(5, 6);

/* Whether a literal is as its datatype wants it; if not, it is broken ("ill-typed literal"), and
 * kept as it is. */
OG_MUST_CHECK OgStatus og_xml_check_literal(OgXml *xml, bool strict, OgText text, OgText datatype,
                                            OgError *err);

/* ---- statements ------------------------------------------------------------------------------ */

OgTerm og_iri_term(OgText iri);
OgTerm og_blank_term(OgText label);
OgTerm og_literal_term(OgText text);
OgTerm og_words_term(OgText text, OgText language);
OgTerm og_typed_term(OgText text, const char *datatype);

OG_MUST_CHECK OgStatus og_emit(const OgSink *sink, OgTerm subject, const char *predicate,
                               OgTerm object, OgError *err);

/* rdf:type, of a class by its IRI. */
OG_MUST_CHECK OgStatus og_emit_type(const OgSink *sink, OgTerm subject, const char *type,
                                    OgError *err);

/* The namespace of what a file names by codes: the base without its fragment, and # unless it ends
 * with /. */
OG_MUST_CHECK OgStatus og_emit_space(const char *base, OgBuffer *space, OgError *err);

/* Tell the sink of prefixes that core/vocab.h knows. */
OG_MUST_CHECK OgStatus og_emit_prefixes(const OgSink *sink, const char *const *prefixes,
                                        size_t count, OgError *err);

/* Tell the sink of a rule that is broken nowhere in particular. */
OG_MUST_CHECK OgStatus og_emit_warning(const OgSink *sink, OgError *err, const char *kind,
                                       const char *format, ...) OG_PRINTF(4, 5);

/* Warn that a file is well-formed and holds none of what it is for: "records". */
OG_MUST_CHECK OgStatus og_emit_nothing(const OgSink *sink, const char *content, OgError *err);

#endif
