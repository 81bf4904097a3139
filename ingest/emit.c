#include "ingest/emit.h"

#include "core/memory.h"
#include "core/utf8.h"
#include "core/vocab.h"
#include "ingest/datatypes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE = 400, SHOWN = 100, FIRST_ITEMS = 32 };

/* ---- text ------------------------------------------------------------------------------------ */

OgText og_text(const char *terminated) {
  return (OgText){terminated, strlen(terminated)};
}

OgText og_text_of(const OgBuffer *buffer) {
  return (OgText){buffer->data ? buffer->data : "", buffer->size};
}

bool og_text_is(OgText text, const char *word) {
  return text.size == strlen(word) && (text.size == 0 || memcmp(text.data, word, text.size) == 0);
}

bool og_text_same(OgText a, OgText b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

OgText og_text_trimmed(OgText text) {
  while (text.size > 0 && is_space(text.data[text.size - 1])) {
    text.size--;
  }
  while (text.size > 0 && is_space(text.data[0])) {
    text.data++;
    text.size--;
  }
  return text;
}

bool og_text_is_blank(OgText text) {
  return og_text_trimmed(text).size == 0;
}

bool og_text_word(OgText *rest, OgText *word) {
  *rest = og_text_trimmed(*rest);
  *word = (OgText){rest->data, 0};
  while (word->size < rest->size && !is_space(rest->data[word->size])) {
    word->size++;
  }
  rest->data += word->size;
  rest->size -= word->size;
  return word->size > 0;
}

int og_text_shown(OgText text) {
  return (int)og_utf8_whole(text.data, text.size < SHOWN ? text.size : SHOWN);
}

OgStatus og_buffer_words(OgBuffer *buffer, OgText text, OgError *err) {
  for (size_t at = 0; at < text.size;) {
    size_t end = at;
    while (end < text.size && !is_space(text.data[end])) {
      end++;
    }
    OG_TRY(og_buffer_append(buffer, text.data + at, end - at, err));
    at = end;
    while (at < text.size && is_space(text.data[at])) {
      at++;
    }
    if (at > end && buffer->size > 0 && buffer->data[buffer->size - 1] != ' ') {
      OG_TRY(og_buffer_append(buffer, " ", 1, err));
    }
  }
  return OG_OK;
}

OgStatus og_buffer_set(OgBuffer *buffer, OgText text, OgError *err) {
  og_buffer_reset(buffer);
  return og_buffer_append(buffer, text.data, text.size, err);
}

static bool may_stand(unsigned char c) {
  return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && strchr("-._~!$&'()*+,;=:@", c));
}

OgStatus og_buffer_segment(OgBuffer *buffer, OgText text, OgError *err) {
  for (size_t at = 0; at < text.size; at++) {
    const unsigned char c = (unsigned char)text.data[at];
    OG_TRY(may_stand(c) ? og_buffer_append(buffer, &c, 1, err)
                        : og_buffer_format(buffer, err, "%%%02X", c));
  }
  return OG_OK;
}

/* ---- stacks ---------------------------------------------------------------------------------- */

OgStatus og_span_push(OgBuffer *bytes, OgText text, OgSpan *span, OgError *err) {
  *span = (OgSpan){bytes->size, text.size};
  return og_buffer_append(bytes, text.data, text.size, err);
}

OgText og_span_text(const OgBuffer *bytes, OgSpan span) {
  return (OgText){span.size ? bytes->data + span.at : "", span.size};
}

void *og_stack_grow(void *items, size_t count, size_t *room, size_t size) {
  if (count < *room) {
    return items;
  }
  const size_t wanted = *room ? *room * 2 : FIRST_ITEMS;
  void *grown = og_realloc(items, wanted, size);
  if (grown) {
    *room = wanted;
  }
  return grown;
}

OgText og_interned(const OgIntern *table, uint32_t number) {
  OgText text;
  text.data = og_intern_text(table, number, &text.size);
  return text;
}

/* ---- XML ------------------------------------------------------------------------------------- */

OgText og_xml_attribute_in(const OgXmlElement *element, const char *uri, const char *local) {
  for (size_t i = 0; i < element->attribute_count; i++) {
    const OgXmlName *name = element->attributes[i].name;
    if (og_text_is(name->local, local) && og_text_is(name->uri, uri)) {
      return element->attributes[i].value;
    }
  }
  return (OgText){NULL, 0};
}

OgText og_xml_attribute(const OgXmlElement *element, const char *local) {
  return og_xml_attribute_in(element, "", local);
}

OgStatus og_xml_broken(OgXml *xml, bool strict, OgError *err, const char *kind, const char *format,
                       ...) {
  char message[MESSAGE];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return strict ? og_xml_fault(xml, err, "%s: %s", kind, message)
                : og_xml_warn(xml, err, kind, "%s", message);
}

OgStatus og_xml_check_literal(OgXml *xml, bool strict, OgText text, OgText datatype, OgError *err) {
  return datatype.size == 0 || og_is_well_typed(text, datatype)
             ? OG_OK
             : og_xml_broken(xml, strict, err, "ill-typed literal",
                             "\"%.*s\" is no value of <%.*s>", og_text_shown(text), text.data,
                             og_text_shown(datatype), datatype.data);
}

/* ---- statements ------------------------------------------------------------------------------ */

OgTerm og_iri_term(OgText iri) {
  return (OgTerm){.kind = OG_IRI, .text = iri};
}

OgTerm og_blank_term(OgText label) {
  return (OgTerm){.kind = OG_BLANK, .text = label};
}

OgTerm og_literal_term(OgText text) {
  return (OgTerm){.kind = OG_LITERAL, .text = text};
}

OgTerm og_words_term(OgText text, OgText language) {
  return (OgTerm){.kind = OG_LITERAL, .text = text, .language = language};
}

OgTerm og_typed_term(OgText text, const char *datatype) {
  return (OgTerm){.kind = OG_LITERAL, .text = text, .datatype = og_text(datatype)};
}

OgStatus og_emit(const OgSink *sink, OgTerm subject, const char *predicate, OgTerm object,
                 OgError *err) {
  const OgTerm relation = og_iri_term(og_text(predicate));
  return sink->statement(sink->data, &subject, &relation, &object, err);
}

OgStatus og_emit_type(const OgSink *sink, OgTerm subject, const char *type, OgError *err) {
  return og_emit(sink, subject, OG_NS_RDF "type", og_iri_term(og_text(type)), err);
}

OgStatus og_emit_space(const char *base, OgBuffer *space, OgError *err) {
  const size_t size = strcspn(base, "#");
  OG_TRY(og_buffer_set(space, (OgText){base, size}, err));
  return size > 0 && base[size - 1] == '/' ? OG_OK : og_buffer_append(space, "#", 1, err);
}

OgStatus og_emit_prefixes(const OgSink *sink, const char *const *prefixes, size_t count,
                          OgError *err) {
  for (size_t i = 0; i < count && sink->prefix; i++) {
    for (const OgPrefix *row = og_known_prefixes; row->prefix; row++) {
      if (strcmp(row->prefix, prefixes[i]) == 0) {
        OG_TRY(sink->prefix(sink->data, og_text(row->prefix), og_text(row->iri), err));
      }
    }
  }
  return OG_OK;
}

OgStatus og_emit_warning(const OgSink *sink, OgError *err, const char *kind, const char *format,
                         ...) {
  if (!sink->warning) {
    return OG_OK;
  }
  char message[MESSAGE];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return sink->warning(sink->data, kind, 0, 0, message, err);
}

OgStatus og_emit_nothing(const OgSink *sink, const char *content, OgError *err) {
  return og_emit_warning(sink, err, "nothing in it", "the file is well-formed, and holds no %s",
                         content);
}
