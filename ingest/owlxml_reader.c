#include "ingest/owlxml_reader.h"

#include "core/iri.h"
#include "core/memory.h"

#include <stdio.h>
#include <string.h>

/* ---- the stacks ------------------------------------------------------------------------------ */

OgOwlxmlFrame *og_owlxml_top(const OgOwlxmlReader *reader) {
  return &reader->frames[reader->frame_count - 1];
}

OgText og_owlxml_text_at(const OgOwlxmlReader *reader, OgSpan span) {
  return og_span_text(&reader->bytes, span);
}

OgStatus og_owlxml_keep(OgOwlxmlReader *reader, OgText text, OgSpan *span, OgError *err) {
  return og_span_push(&reader->bytes, text, span, err);
}

OgStatus og_owlxml_push_frame(OgOwlxmlReader *reader, const OgOwlxmlConstruct *construct,
                              OgError *err) {
  OgOwlxmlFrame *frames =
      og_stack_grow(reader->frames, reader->frame_count, &reader->frame_room, sizeof *frames);
  if (!frames) {
    return og_error_no_memory(err);
  }
  reader->frames = frames;
  OgOwlxmlFrame *frame = &reader->frames[reader->frame_count++];
  *frame = (OgOwlxmlFrame){
      .construct = construct,
      .item = {.is = construct->is, .construct = construct, .count = 1},
      .items = reader->item_count,
      .bytes = reader->bytes.size,
  };
  if (reader->frame_count > 1) {
    frame->base = frame[-1].base;
    frame->language = frame[-1].language;
  }
  return OG_OK;
}

OgStatus og_owlxml_push_item(OgOwlxmlReader *reader, OgOwlxmlItem item, OgError *err) {
  OgOwlxmlItem *items =
      og_stack_grow(reader->items, reader->item_count, &reader->item_room, sizeof *items);
  if (!items) {
    return og_error_no_memory(err);
  }
  reader->items = items;
  reader->items[reader->item_count++] = item;
  return OG_OK;
}

OgStatus og_owlxml_mint(OgOwlxmlReader *reader, OgOwlxmlItem *item, OgError *err) {
  const size_t at = reader->bytes.size;
  OG_TRY(og_buffer_format(&reader->bytes, err, "g%lu", ++reader->minted));
  item->kind = OG_BLANK;
  item->text = (OgSpan){at, reader->bytes.size - at};
  return OG_OK;
}

OgTerm og_owlxml_term_of(const OgOwlxmlReader *reader, const OgOwlxmlItem *item) {
  return (OgTerm){.kind = item->kind,
                  .text = og_owlxml_text_at(reader, item->text),
                  .datatype = og_owlxml_text_at(reader, item->datatype),
                  .language = og_owlxml_text_at(reader, item->language)};
}

/* ---- IRIs ------------------------------------------------------------------------------------ */

OgStatus og_owlxml_resolve(OgOwlxmlReader *reader, OgText reference, OgSpan *iri, OgError *err) {
  if (!og_iri_is_clean(reference)) {
    OG_TRY(BROKEN(reader, err, "ill-formed IRI",
                  "<%.*s> has a character that no IRI may have; it is kept as it is",
                  og_text_shown(reference), reference.data));
  }
  if (og_iri_is_absolute(reference)) {
    return og_owlxml_keep(reader, reference, iri, err);
  }
  og_buffer_reset(&reader->scratch);
  OG_TRY(og_iri_resolve_into(og_owlxml_text_at(reader, og_owlxml_top(reader)->base), reference,
                             &reader->scratch, err));
  return og_owlxml_keep(reader, og_text_of(&reader->scratch), iri, err);
}

/* The OWL API, which wrote most of these files, cuts the base off an IRI that begins with it; what
 * is left is no relative reference to that IRI when the base ends in # or the rest begins with /.
 */
static bool continues_base(OgText base, OgText reference) {
  const char last = base.size > 0 ? base.data[base.size - 1] : '\0';
  return reference.size > 0 && reference.data[0] != '#' && !og_iri_is_absolute(reference) &&
         (last == '#' || (reference.data[0] == '/' && last != '/'));
}

OgStatus og_owlxml_name_iri(OgOwlxmlReader *reader, OgText reference, OgSpan *iri, OgError *err) {
  const OgText base = og_owlxml_text_at(reader, og_owlxml_top(reader)->base);
  if (!continues_base(base, reference)) {
    return og_owlxml_resolve(reader, reference, iri, err);
  }
  OG_TRY(BROKEN(reader, err, "IRI that continues the base",
                "\"%.*s\" is read as the OWL API writes it: as what follows the base",
                og_text_shown(reference), reference.data));
  OG_TRY(og_buffer_set(&reader->scratch, base, err)); /* base lies in bytes, which may move */
  OG_TRY(og_buffer_append(&reader->scratch, reference.data, reference.size, err));
  return og_owlxml_keep(reader, og_text_of(&reader->scratch), iri, err);
}

/* The value of a declared prefix; data NULL when there is none. */
static OgText prefix_value(const OgOwlxmlReader *reader, OgText prefix) {
  const uint32_t id = og_intern_find(reader->prefixes, prefix.data, prefix.size);
  if (id == OG_INTERN_NONE) {
    return (OgText){NULL, 0};
  }
  const OgSpan span = ((const OgSpan *)(const void *)reader->value_spans.data)[id];
  return (OgText){reader->values.data + span.at, span.size};
}

OgStatus og_owlxml_set_prefix(OgOwlxmlReader *reader, OgText prefix, OgText value, OgError *err) {
  const OgSpan span = {reader->values.size, value.size};
  uint32_t id;
  int added;
  OG_TRY(og_buffer_append(&reader->values, value.data, value.size, err));
  OG_TRY(og_intern_add(reader->prefixes, prefix.data, prefix.size, &id, &added, err));
  if (added) {
    return og_buffer_append(&reader->value_spans, &span, sizeof span, err);
  }
  memcpy(reader->value_spans.data + id * sizeof span, &span, sizeof span);
  return OG_OK;
}

OgStatus og_owlxml_expand(OgOwlxmlReader *reader, OgText abbreviated, OgSpan *iri, OgError *err) {
  const char *colon = abbreviated.size > 0 ? memchr(abbreviated.data, ':', abbreviated.size) : NULL;
  const size_t size = colon ? (size_t)(colon - abbreviated.data) : 0;
  const OgText value =
      colon ? prefix_value(reader, (OgText){abbreviated.data, size}) : (OgText){NULL, 0};
  if (!value.data) {
    OG_TRY(BROKEN(reader, err, "undeclared prefix",
                  "\"%.*s\" has no prefix that is declared; it is kept as it is",
                  og_text_shown(abbreviated), abbreviated.data));
    return og_owlxml_resolve(reader, abbreviated, iri, err);
  }
  OG_TRY(og_owlxml_keep(reader, value, iri, err));
  OG_TRY(og_buffer_append(&reader->bytes, colon + 1, abbreviated.size - size - 1, err));
  iri->size += abbreviated.size - size - 1;
  return OG_OK;
}

/* ---- statements ------------------------------------------------------------------------------ */

OgStatus og_owlxml_emit(OgOwlxmlReader *reader, const OgOwlxmlItem *subject, OgText predicate,
                        OgTerm object, OgError *err) {
  const OgTerm s = og_owlxml_term_of(reader, subject);
  const OgTerm p = og_iri_term(predicate);
  return reader->sink->statement(reader->sink->data, &s, &p, &object, err);
}

OgStatus og_owlxml_emit_item(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                             const char *predicate, const OgOwlxmlItem *object, OgError *err) {
  return og_owlxml_emit(reader, subject, og_text(predicate), og_owlxml_term_of(reader, object),
                        err);
}

OgStatus og_owlxml_emit_type(OgOwlxmlReader *reader, const OgOwlxmlItem *subject, const char *type,
                             OgError *err) {
  return type ? og_owlxml_emit(reader, subject, OG_TEXT(RDF("type")), og_iri_term(og_text(type)),
                               err)
              : OG_OK;
}

/* The four statements with which an annotation begins that stands on a statement. */
static OgStatus emit_about(OgOwlxmlReader *reader, const OgOwlxmlItem *about, const char *type,
                           const OgOwlxmlItem *subject, const OgOwlxmlItem *predicate,
                           const OgOwlxmlItem *object, OgError *err) {
  OG_TRY(og_owlxml_emit_type(reader, about, type, err));
  OG_TRY(og_owlxml_emit_item(reader, about, OWL("annotatedSource"), subject, err));
  OG_TRY(og_owlxml_emit_item(reader, about, OWL("annotatedProperty"), predicate, err));
  return og_owlxml_emit_item(reader, about, OWL("annotatedTarget"), object, err);
}

OgStatus og_owlxml_annotate(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                            const OgOwlxmlItem *target, OgError *err) {
  for (size_t i = 0; i < count && items[i].is == ANNOTATION; i += items[i].count) {
    const size_t size = items[i].count;
    const OgOwlxmlItem *property = &items[i + size - 2];
    const OgOwlxmlItem *value = &items[i + size - 1];
    OG_TRY(og_owlxml_emit(reader, target, og_owlxml_text_at(reader, property->text),
                          og_owlxml_term_of(reader, value), err));
    if (size > 3) {
      OgOwlxmlItem about = {0};
      OG_TRY(og_owlxml_mint(reader, &about, err));
      OG_TRY(emit_about(reader, &about, OWL("Annotation"), target, property, value, err));
      OG_TRY(og_owlxml_annotate(reader, items + i + 1, size - 3, &about, err));
    }
  }
  return OG_OK;
}

/* The annotations on the element that is ending: its first items. */
static const OgOwlxmlItem *own_annotations(const OgOwlxmlReader *reader, size_t *count) {
  const OgOwlxmlFrame *frame = og_owlxml_top(reader);
  *count = reader->item_count - frame->items;
  return reader->items + frame->items;
}

OgStatus og_owlxml_annotate_with_own(OgOwlxmlReader *reader, const OgOwlxmlItem *target,
                                     OgError *err) {
  size_t count;
  const OgOwlxmlItem *items = own_annotations(reader, &count);
  return og_owlxml_annotate(reader, items, count, target, err);
}

OgStatus og_owlxml_emit_axiom(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                              const OgOwlxmlItem *predicate, const OgOwlxmlItem *object,
                              OgError *err) {
  OG_TRY(og_owlxml_emit(reader, subject, og_owlxml_text_at(reader, predicate->text),
                        og_owlxml_term_of(reader, object), err));
  size_t count;
  const OgOwlxmlItem *items = own_annotations(reader, &count);
  if (count == 0 || items[0].is != ANNOTATION) {
    return OG_OK;
  }
  OgOwlxmlItem axiom = {0};
  OG_TRY(og_owlxml_mint(reader, &axiom, err));
  OG_TRY(emit_about(reader, &axiom, OWL("Axiom"), subject, predicate, object, err));
  return og_owlxml_annotate(reader, items, count, &axiom, err);
}

/* A term of a vocabulary as an item. */
static OgStatus constant(OgOwlxmlReader *reader, const char *iri, OgOwlxmlItem *item,
                         OgError *err) {
  *item = (OgOwlxmlItem){.kind = OG_IRI};
  return og_owlxml_keep(reader, og_text(iri), &item->text, err);
}

OgStatus og_owlxml_emit_axiom_of(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                                 const char *property, const OgOwlxmlItem *object, OgError *err) {
  OgOwlxmlItem predicate;
  OG_TRY(constant(reader, property, &predicate, err));
  return og_owlxml_emit_axiom(reader, subject, &predicate, object, err);
}

OgStatus og_owlxml_emit_type_axiom(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                                   const char *type, OgError *err) {
  OgOwlxmlItem object;
  OG_TRY(constant(reader, type, &object, err));
  return og_owlxml_emit_axiom_of(reader, subject, RDF("type"), &object, err);
}

OgStatus og_owlxml_emit_list(OgOwlxmlReader *reader, const OgOwlxmlItem *items, size_t count,
                             const char *type, OgOwlxmlItem *head, OgError *err) {
  OgOwlxmlItem cell = *head;
  if (count == 0) {
    return constant(reader, RDF("nil"), head, err);
  }
  if (cell.kind == 0) {
    OG_TRY(og_owlxml_mint(reader, &cell, err));
    head->kind = cell.kind;
    head->text = cell.text;
  }
  for (size_t i = 0; i < count; i++) {
    OG_TRY(og_owlxml_emit_type(reader, &cell, type, err));
    OG_TRY(og_owlxml_emit_item(reader, &cell, RDF("first"), &items[i], err));
    OgOwlxmlItem next = {0};
    OG_TRY(i + 1 < count ? og_owlxml_mint(reader, &next, err)
                         : constant(reader, RDF("nil"), &next, err));
    OG_TRY(og_owlxml_emit_item(reader, &cell, RDF("rest"), &next, err));
    cell = next;
  }
  return OG_OK;
}

OgStatus og_owlxml_emit_members(OgOwlxmlReader *reader, const OgOwlxmlItem *subject,
                                const char *predicate, const OgOwlxmlItem *items, size_t count,
                                OgError *err) {
  OgOwlxmlItem list = {0};
  OG_TRY(og_owlxml_emit_list(reader, items, count, NULL, &list, err));
  return og_owlxml_emit_item(reader, subject, predicate, &list, err);
}
