#include "ingest/xml.h"

#include "core/arena.h"
#include "core/hash.h"
#include "core/memory.h"
#include "ingest/opening.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
  BLOCK =
      1
      << 18, /* bytes given to the parser at a time; it looks at unfinished markup anew for each */
  LONG_MARKUP = 1 << 15, /* unfinished markup from this length on is looked at */
  MAX_UTF8 = 4,          /* bytes of the longest UTF-8 sequence */
  FIRST_NAMES = 1 << 8,  /* slots of the table of names */
  LIBXML_ATTRIBUTE = 5,  /* pointers per attribute in a SAX2 callback */
  MESSAGE = 512
};

/* A name under the pointers that libxml2's dictionary gives it. */
typedef struct Name {
  OgXmlName name; /* first: what readers hold is a pointer to this */
  const xmlChar *uri;
  const xmlChar *local;
} Name;

/* An open element that declares namespaces. */
typedef struct Scope {
  size_t depth;
  size_t count;
} Scope;

struct OgXml {
  xmlParserCtxtPtr parser;
  const OgXmlHandler *handler;
  void *data;
  const OgSink *sink;
  const char *source;
  OgError *err;
  OgStatus status; /* the first fault; nothing is handed on after it */

  size_t depth;
  size_t max_depth;
  uint64_t fed;      /* bytes given to the parser */
  bool ended;        /* all of them */
  uint64_t expanded; /* bytes that entities and default attributes became */
  uint64_t expansions;
  size_t look_at; /* unfinished markup of this length is looked at next */

  Scope *scopes;
  size_t scope_count, scope_room;
  size_t namespaces; /* in scope */

  OgArena arena; /* document: names */
  Name **names;  /* open addressing, a power of two, at most half full */
  size_t name_count, name_room;

  OgXmlAttribute *attributes; /* of the current element */
  size_t attribute_room;
  OgXmlNamespace *declared;
  size_t declared_room;

  bool told_dtd, told_entity;
};

/* ---- faults ---------------------------------------------------------------------------------- */

void og_xml_place(const OgXml *xml, long *line, long *column) {
  /* The outermost input: inside an entity, the place of its reference. */
  const xmlParserInput *input = xml->parser->inputNr > 0 ? xml->parser->inputTab[0] : NULL;
  *line = input ? input->line : 0;
  *column = input ? input->col : 0;
}

OgStatus og_xml_fault(const OgXml *xml, OgError *err, const char *format, ...) {
  char message[MESSAGE];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  long line, column;
  og_xml_place(xml, &line, &column);
  return og_error_at(err, OG_BAD_DATA, xml->source, line, column, "%s", message);
}

OgStatus og_xml_warn(OgXml *xml, OgError *err, const char *kind, const char *format, ...) {
  if (!xml->sink || !xml->sink->warning) {
    return OG_OK;
  }
  char message[MESSAGE];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  long line, column;
  og_xml_place(xml, &line, &column);
  return xml->sink->warning(xml->sink->data, kind, line, column, message, err);
}

/* Keep the first fault. */
static void fail(OgXml *xml, OgStatus status) {
  if (xml->status == OG_OK) {
    xml->status = status;
  }
}

/* What to do about a document that is no XML. */
static const char *advice(const OgXml *xml, int code) {
  static const struct {
    int code;
    const char *text;
  } rows[] = {
      {XML_ERR_INVALID_ENCODING, "say its encoding in its first line, or convert it to UTF-8"},
      {XML_ERR_INVALID_CHAR, "say its encoding in its first line, or take the character out"},
      {XML_ERR_UNSUPPORTED_ENCODING, "convert it to UTF-8 (iconv)"},
      {XML_ERR_UNKNOWN_ENCODING, "convert it to UTF-8 (iconv)"},
      {XML_ERR_UNDECLARED_ENTITY, "declare it in the document"},
      {XML_NS_ERR_UNDEFINED_NAMESPACE, "declare the prefix (xmlns)"},
  };
  for (size_t k = 0; k < OG_COUNT(rows); k++) {
    if (rows[k].code == code) {
      return rows[k].text;
    }
  }
  return xml->ended ? "the file ends too early: get it again" : "mend it there, or get it again";
}

/* libxml2 found a fault or wants to warn. */
static void on_error(void *context, xmlErrorPtr error) {
  OgXml *xml = context;
  if (xml->status != OG_OK) {
    return;
  }
  const char *text = error->message ? error->message : "unknown fault";
  const int length = (int)strcspn(text, "\n");
  if (error->level == XML_ERR_WARNING || error->code == XML_WAR_NS_URI) {
    fail(xml, og_xml_warn(xml, xml->err, "XML warning", "%.*s", length, text));
  } else if (error->code == XML_ERR_NO_MEMORY) {
    fail(xml, og_error_no_memory(xml->err));
  } else if (error->code == XML_WAR_UNDECLARED_ENTITY) {
    fail(xml, og_xml_fault(xml, xml->err,
                           "entity &%s; is not declared in the document, and external DTDs are not "
                           "read: declare it in the document",
                           error->str1 ? error->str1 : "?"));
  } else if (error->code == XML_ERR_DOCUMENT_END && xml->ended && xml->depth > 0) {
    /* libxml2 says that something is left over: what is open has no end */
    fail(xml,
         og_xml_fault(xml, xml->err,
                      "malformed XML: the file ends too early, inside %zu open %s: get it again",
                      xml->depth, xml->depth == 1 ? "element" : "elements"));
  } else {
    fail(xml, og_xml_fault(xml, xml->err, "malformed XML: %.*s; %s", length, text,
                           advice(xml, error->code)));
  }
}

/* ---- names ----------------------------------------------------------------------------------- */

static size_t name_slot(const OgXml *xml, const xmlChar *uri, const xmlChar *local) {
  const uint64_t mixed = ((uintptr_t)uri * UINT64_C(31) + (uintptr_t)local) *
                         UINT64_C(0x9E3779B97F4A7C15); /* 2^64 / golden ratio (Knuth 6.4) */
  size_t slot = (size_t)(mixed >> 32) & (xml->name_room - 1);
  while (xml->names[slot] && (xml->names[slot]->local != local || xml->names[slot]->uri != uri)) {
    slot = (slot + 1) & (xml->name_room - 1);
  }
  return slot;
}

static bool grow_names(OgXml *xml) {
  Name **old = xml->names;
  const size_t old_room = xml->name_room;
  const size_t room = old_room ? old_room * 2 : FIRST_NAMES;
  Name **table = OG_NEW_ARRAY(Name *, room);
  if (!table) {
    return false;
  }
  xml->names = table;
  xml->name_room = room;
  for (size_t i = 0; i < old_room; i++) {
    if (old[i]) {
      table[name_slot(xml, old[i]->uri, old[i]->local)] = old[i];
    }
  }
  og_free(old);
  return true;
}

static int known_id(const OgXmlHandler *handler, const OgXmlName *name) {
  for (size_t i = 0; i < handler->known_count; i++) {
    const OgXmlKnown *known = &handler->known[i];
    if (strcmp(known->local, name->local.data) == 0 && strcmp(known->uri, name->uri.data) == 0) {
      return known->id;
    }
  }
  return 0;
}

/* NULL when out of memory. */
static Name *add_name(OgXml *xml, const xmlChar *uri, const xmlChar *local) {
  const size_t uri_size = uri ? strlen((const char *)uri) : 0;
  const size_t local_size = strlen((const char *)local);
  Name *name = og_arena_alloc(&xml->arena, 1, sizeof *name);
  char *iri = og_arena_alloc(&xml->arena, uri_size + local_size + 1, 1);
  if (!name || !iri) {
    return NULL;
  }
  if (uri_size > 0) {
    memcpy(iri, uri, uri_size);
  }
  memcpy(iri + uri_size, local, local_size);
  name->uri = uri;
  name->local = local;
  name->name.uri = (OgText){uri ? (const char *)uri : "", uri_size};
  name->name.local = (OgText){iri + uri_size, local_size};
  name->name.iri = (OgText){iri, uri_size + local_size};
  name->name.id = known_id(xml->handler, &name->name);
  return name;
}

static const OgXmlName *intern_name(OgXml *xml, const xmlChar *uri, const xmlChar *local) {
  size_t slot = name_slot(xml, uri, local);
  if (!xml->names[slot]) {
    if (xml->name_count * 2 >= xml->name_room) {
      if (!grow_names(xml)) {
        return NULL;
      }
      slot = name_slot(xml, uri, local);
    }
    Name *name = add_name(xml, uri, local);
    if (!name) {
      return NULL;
    }
    xml->names[slot] = name;
    xml->name_count++;
  }
  return &xml->names[slot]->name;
}

/* ---- attributes ------------------------------------------------------------------------------ */

/* Attributes of the tag that begins with the < at bytes and may be unfinished: its quoted strings.
 * *tag is its size. */
static size_t count_attributes(const char *bytes, size_t size, size_t *tag) {
  size_t count = 0;
  size_t at = 0;
  while (at < size && bytes[at] != '>') {
    if (bytes[at] == '"' || bytes[at] == '\'') {
      const char *close = memchr(bytes + at + 1, bytes[at], size - at - 1);
      at = close ? (size_t)(close - bytes) : size - 1;
      count++;
    }
    at++;
  }
  *tag = at;
  return count;
}

static bool begins_tag(const char *bytes, size_t size) {
  return size > 1 && bytes[0] == '<' && bytes[1] != '!' && bytes[1] != '?' && bytes[1] != '/';
}

/* The largest number of attributes of a tag in an entity's content. */
static size_t most_attributes(const char *content) {
  const char *const end = content + strlen(content);
  size_t most = 0;
  for (const char *at = content; (at = memchr(at, '<', (size_t)(end - at))) != NULL;) {
    size_t tag = 1;
    if (begins_tag(at, (size_t)(end - at))) {
      const size_t count = count_attributes(at, (size_t)(end - at), &tag);
      most = count > most ? count : most;
    }
    at += tag;
  }
  return most;
}

static OgStatus too_many_attributes(OgXml *xml) {
  return og_xml_fault(xml, xml->err,
                      "an element has over %d attributes, the limit; elements inside it "
                      "can say the same",
                      OG_XML_MAX_ATTRIBUTES);
}

/* ---- entities -------------------------------------------------------------------------------- */

/* Count bytes that the document did not spell out; over the limit, fail. */
static void count_expansion(OgXml *xml, uint64_t bytes) {
  xml->expanded += bytes;
  xml->expansions++;
  if (xml->status == OG_OK &&
      (xml->expanded > OG_XML_ENTITY_ALLOWANCE + xml->fed * OG_XML_ENTITY_FACTOR ||
       xml->expansions > OG_XML_MAX_EXPANSIONS + xml->fed)) {
    fail(xml, og_xml_fault(xml, xml->err,
                           "entities expand to over %d times the document: refusing a likely bomb; "
                           "if it is none, expand them first (xmllint --noent --huge)",
                           OG_XML_ENTITY_FACTOR));
  }
}

/* Every expansion of an entity passes here first: after a fault there are none. */
static xmlEntityPtr expand(OgXml *xml, xmlEntityPtr entity) {
  if (entity && xml->status == OG_OK) {
    count_expansion(xml, (uint64_t)entity->length + 1);
  }
  return xml->status == OG_OK ? entity : NULL;
}

static xmlEntityPtr on_get_entity(void *context, const xmlChar *name) {
  OgXml *xml = context;
  return expand(xml, xmlSAX2GetEntity(xml->parser, name));
}

static xmlEntityPtr on_get_parameter_entity(void *context, const xmlChar *name) {
  OgXml *xml = context;
  return expand(xml, xmlSAX2GetParameterEntity(xml->parser, name));
}

/* An external entity is declared as an internal one with no content: there is nothing to open then.
 */
static void on_entity_declaration(void *context, const xmlChar *name, int type,
                                  const xmlChar *public_id, const xmlChar *system_id,
                                  xmlChar *content) {
  OgXml *xml = context;
  xmlChar nothing[] = "";
  if (type == XML_EXTERNAL_GENERAL_PARSED_ENTITY || type == XML_EXTERNAL_PARAMETER_ENTITY) {
    if (!xml->told_entity && xml->status == OG_OK) {
      xml->told_entity = true;
      fail(xml,
           og_xml_warn(xml, xml->err, "external entity not read",
                       "entity %s is external (%s): external entities are never opened; "
                       "references to it are left out",
                       (const char *)name, system_id ? (const char *)system_id : "no address"));
    }
    type = type == XML_EXTERNAL_PARAMETER_ENTITY ? XML_INTERNAL_PARAMETER_ENTITY
                                                 : XML_INTERNAL_GENERAL_ENTITY;
    public_id = system_id = NULL;
    content = nothing;
  }
  if (content && xml->status == OG_OK &&
      most_attributes((const char *)content) > OG_XML_MAX_ATTRIBUTES) {
    fail(xml, too_many_attributes(xml));
  }
  xmlSAX2EntityDecl(xml->parser, name, type, public_id, system_id, content);
}

static void on_external_subset(void *context, const xmlChar *name, const xmlChar *public_id,
                               const xmlChar *system_id) {
  (void)name;
  OgXml *xml = context;
  if ((public_id || system_id) && !xml->told_dtd && xml->status == OG_OK) {
    xml->told_dtd = true;
    fail(xml, og_xml_warn(xml, xml->err, "external DTD not read",
                          "the document names an external DTD (%s): external DTDs are never opened",
                          (const char *)(system_id ? system_id : public_id)));
  }
}

/* libxml2 keeps the declarations in a document of its own. */
static void on_start_document(void *context) {
  xmlSAX2StartDocument(((OgXml *)context)->parser);
}

static void on_internal_subset(void *context, const xmlChar *name, const xmlChar *public_id,
                               const xmlChar *system_id) {
  xmlSAX2InternalSubset(((OgXml *)context)->parser, name, public_id, system_id);
}

/* ---- elements and text ----------------------------------------------------------------------- */

/* array with room for count elements of size bytes; *room counts elements. NULL when out of memory:
 * array is then as it was. */
static void *with_room(void *array, size_t *room, size_t count, size_t size) {
  if (count <= *room) {
    return array;
  }
  const size_t wanted = count > *room * 2 ? count : *room * 2;
  void *grown = og_realloc(array, wanted, size);
  if (grown) {
    *room = wanted;
  }
  return grown;
}

static OgStatus enter_scope(OgXml *xml, size_t declared) {
  if (declared == 0) {
    return OG_OK;
  }
  xml->namespaces += declared;
  if (xml->namespaces > OG_XML_MAX_NAMESPACES) {
    return og_xml_fault(xml, xml->err,
                        "over %d namespace declarations are in scope, the limit; declare "
                        "each once, on the root element",
                        OG_XML_MAX_NAMESPACES);
  }
  Scope *scopes = with_room(xml->scopes, &xml->scope_room, xml->scope_count + 1, sizeof *scopes);
  if (!scopes) {
    return og_error_no_memory(xml->err);
  }
  xml->scopes = scopes;
  xml->scopes[xml->scope_count++] = (Scope){xml->depth, declared};
  return OG_OK;
}

static void leave_scope(OgXml *xml) {
  if (xml->scope_count > 0 && xml->scopes[xml->scope_count - 1].depth == xml->depth) {
    xml->namespaces -= xml->scopes[--xml->scope_count].count;
  }
}

static OgStatus enter(OgXml *xml, size_t declared, size_t attributes) {
  if (++xml->depth > xml->max_depth) {
    return og_xml_fault(xml, xml->err, "elements nest deeper than %zu, the limit (--max-depth)",
                        xml->max_depth);
  }
  if (declared + attributes > OG_XML_MAX_ATTRIBUTES) {
    return too_many_attributes(xml);
  }
  return enter_scope(xml, declared);
}

/* declarations: (prefix, namespace) pairs. */
static OgStatus copy_namespaces(OgXml *xml, size_t count, const xmlChar **declarations) {
  if (count == 0) {
    return OG_OK;
  }
  OgXmlNamespace *declared = with_room(xml->declared, &xml->declared_room, count, sizeof *declared);
  if (!declared) {
    return og_error_no_memory(xml->err);
  }
  xml->declared = declared;
  for (size_t i = 0; i < count; i++) {
    const xmlChar *uri = declarations[2 * i + 1];
    xml->declared[i].prefix = (const char *)declarations[2 * i];
    xml->declared[i].uri = uri ? (const char *)uri : "";
  }
  return OG_OK;
}

/* values: (local name, prefix, namespace, first byte, byte past the last) each. */
static OgStatus copy_attributes(OgXml *xml, size_t count, const xmlChar **values) {
  if (count == 0) {
    return OG_OK;
  }
  OgXmlAttribute *attributes =
      with_room(xml->attributes, &xml->attribute_room, count, sizeof *attributes);
  if (!attributes) {
    return og_error_no_memory(xml->err);
  }
  xml->attributes = attributes;
  for (size_t i = 0; i < count; i++, values += LIBXML_ATTRIBUTE) {
    const OgXmlName *name = intern_name(xml, values[2], values[0]);
    if (!name) {
      return og_error_no_memory(xml->err);
    }
    xml->attributes[i].name = name;
    xml->attributes[i].prefix = (const char *)values[1];
    xml->attributes[i].value = (OgText){(const char *)values[3], (size_t)(values[4] - values[3])};
  }
  return OG_OK;
}

/* Bytes of attributes that the DTD filled in. */
static uint64_t defaulted_bytes(int attributes, int defaulted, const xmlChar **values) {
  uint64_t bytes = 0;
  for (int i = attributes - defaulted; i < attributes; i++) {
    bytes += (uint64_t)(values[LIBXML_ATTRIBUTE * i + 4] - values[LIBXML_ATTRIBUTE * i + 3]);
  }
  return bytes;
}

static void on_start(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri,
                     int declared, const xmlChar **declarations, int attributes, int defaulted,
                     const xmlChar **values) {
  OgXml *xml = context;
  if (defaulted > 0) {
    count_expansion(xml, defaulted_bytes(attributes, defaulted, values));
  }
  if (xml->status != OG_OK) {
    return;
  }
  OgStatus status;
  OG_GO(enter(xml, (size_t)declared, (size_t)attributes));
  OG_GO(copy_namespaces(xml, (size_t)declared, declarations));
  OG_GO(copy_attributes(xml, (size_t)attributes, values));
  const OgXmlElement element = {
      .name = intern_name(xml, uri, local),
      .prefix = (const char *)prefix,
      .attributes = xml->attributes,
      .attribute_count = (size_t)attributes,
      .namespaces = xml->declared,
      .namespace_count = (size_t)declared,
  };
  status = element.name ? xml->handler->start(xml->data, xml, &element, xml->err)
                        : og_error_no_memory(xml->err);
done:
  fail(xml, status);
}

static void on_end(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri) {
  (void)local;
  (void)prefix;
  (void)uri;
  OgXml *xml = context;
  if (xml->status == OG_OK) {
    fail(xml, xml->handler->end(xml->data, xml, xml->err));
    leave_scope(xml);
    xml->depth--;
  }
}

static void on_text(void *context, const xmlChar *text, int size) {
  OgXml *xml = context;
  if (xml->status == OG_OK) {
    fail(xml,
         xml->handler->text(xml->data, xml, (OgText){(const char *)text, (size_t)size}, xml->err));
  }
}

static OgText text_of(const xmlChar *text) {
  return text ? (OgText){(const char *)text, strlen((const char *)text)} : OG_TEXT("");
}

static void on_comment(void *context, const xmlChar *text) {
  OgXml *xml = context;
  if (xml->status == OG_OK && xml->handler->comment) {
    fail(xml, xml->handler->comment(xml->data, xml, text_of(text), xml->err));
  }
}

static void on_instruction(void *context, const xmlChar *target, const xmlChar *text) {
  OgXml *xml = context;
  if (xml->status == OG_OK && xml->handler->instruction) {
    fail(xml, xml->handler->instruction(xml->data, xml, text_of(target), text_of(text), xml->err));
  }
}

/* ---- the parser ------------------------------------------------------------------------------ */

/* What is not here is NULL: attributeDecl, for one, is not needed for the attributes that a DTD
 * fills in, and resolveEntity would open files. With a context that is not the parser itself,
 * libxml2 never looks an entity up behind the back of getEntity. */
static const xmlSAXHandler callbacks = {
    .initialized = XML_SAX2_MAGIC,
    .startDocument = on_start_document,
    .internalSubset = on_internal_subset,
    .externalSubset = on_external_subset,
    .entityDecl = on_entity_declaration,
    .getEntity = on_get_entity,
    .getParameterEntity = on_get_parameter_entity,
    .startElementNs = on_start,
    .endElementNs = on_end,
    .characters = on_text,
    .ignorableWhitespace = on_text, /* the same function: libxml2 then does not look for blanks */
    .cdataBlock = on_text,
    .comment = on_comment,
    .processingInstruction = on_instruction,
    .serror = on_error,
};

/* xml is zeroed but for what the caller gave it. */
static OgStatus open_parser(OgXml *xml, OgError *err) {
  xmlSAXHandler sax = callbacks;
  xmlInitParser();
  xml->err = err;
  xml->look_at = LONG_MARKUP;
  if (!grow_names(xml)) {
    return og_error_no_memory(err);
  }
  xml->parser = xmlCreatePushParserCtxt(&sax, xml, NULL, 0, NULL);
  if (!xml->parser) {
    return og_error_no_memory(err);
  }
  /* HUGE lifts libxml2's own limits; ours are in xml.h. */
  xmlCtxtUseOptions(xml->parser, XML_PARSE_NOENT | XML_PARSE_NONET | XML_PARSE_HUGE);
  xmlDictSetLimit(xml->parser->dict, OG_XML_MAX_NAMES);
  return OG_OK;
}

static void close_parser(OgXml *xml) {
  if (xml->parser) {
    xmlDocPtr declarations = xml->parser->myDoc;
    xmlFreeParserCtxt(xml->parser);
    xmlFreeDoc(declarations);
  }
  og_free(xml->names);
  og_free(xml->scopes);
  og_free(xml->attributes);
  og_free(xml->declared);
  og_arena_clear(&xml->arena);
}

/* What the parser holds back is markup that is not complete yet. libxml2 compares every attribute
 * of a tag with every other one, so a tag with too many is refused before it is complete. */
static OgStatus check_unfinished(OgXml *xml) {
  const xmlParserInput *input = xml->parser->input;
  const size_t held = input ? (size_t)(input->end - input->cur) : 0;
  if (held < LONG_MARKUP) {
    xml->look_at = LONG_MARKUP;
    return OG_OK;
  }
  if (held > OG_XML_MAX_MARKUP) {
    return og_xml_fault(xml, xml->err,
                        "a tag, comment or instruction is longer than %d bytes, the limit; "
                        "mend the file if something is not closed there",
                        OG_XML_MAX_MARKUP);
  }
  const char *bytes = (const char *)input->cur;
  if (held >= xml->look_at && begins_tag(bytes, held)) {
    xml->look_at = held * 2; /* looking at all of it each time would be quadratic too */
    size_t tag;
    if (count_attributes(bytes, held, &tag) > OG_XML_MAX_ATTRIBUTES) {
      return too_many_attributes(xml);
    }
  }
  return OG_OK;
}

static OgStatus feed(OgXml *xml, const char *bytes, size_t size, bool last) {
  xml->fed += size;
  xml->ended = last;
  if (size > 0 || last) {
    xmlParseChunk(xml->parser, bytes, (int)size, last);
  }
  if (xml->status == OG_OK && (!xml->parser->wellFormed || xml->parser->disableSAX)) {
    fail(xml, og_xml_fault(xml, xml->err, "malformed XML (libxml2 code %d); %s", xml->parser->errNo,
                           advice(xml, xml->parser->errNo)));
  }
  if (xml->status == OG_OK && !last) {
    fail(xml, check_unfinished(xml));
  }
  return xml->status;
}

/* Bytes at the end of a block that begin a UTF-8 sequence and do not end it: libxml2 2.9 wants
 * sequences whole. In another encoding holding back a few bytes does no harm. */
static size_t unfinished_utf8(const char *bytes, size_t size) {
  for (size_t back = 1; back < MAX_UTF8 && back <= size; back++) {
    const unsigned char byte = (unsigned char)bytes[size - back];
    if (byte >= 0xC0) {
      const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
      return length > back ? back : 0;
    }
    if (byte < 0x80) {
      break;
    }
  }
  return 0;
}

/* Fill block up to size bytes; fewer only at the end. */
static OgStatus fill(OgInput *input, OgBuffer *block, size_t size, OgError *err) {
  size_t got = 1;
  OG_TRY(og_buffer_reserve(block, size > block->size ? size - block->size : 0, err));
  while (block->size < size && got > 0) {
    OG_TRY(og_input_read(input, block->data + block->size, size - block->size, &got, err));
    block->size += got;
  }
  return OG_OK;
}

static OgStatus feed_all(OgXml *xml, OgInput *input, OgBuffer *block, const OgProgress *progress) {
  for (bool last = false; !last;) {
    OG_TRY(fill(input, block, BLOCK, xml->err));
    last = block->size < BLOCK;
    const size_t rest = last ? 0 : unfinished_utf8(block->data, block->size);
    OG_TRY(feed(xml, block->data, block->size - rest, false));
    memmove(block->data, block->data + block->size - rest, rest);
    block->size = rest;
    OG_TRY(og_progress_report(progress, "reading", (double)og_input_position(input),
                              (double)og_input_size(input), "", xml->err));
  }
  return feed(xml, NULL, 0, true);
}

OgStatus og_xml_read(OgInput *input, const OgXmlHandler *handler, void *data, size_t max_depth,
                     const OgSink *sink, const OgProgress *progress, OgError *err) {
  OgXml xml = {
      .handler = handler,
      .data = data,
      .sink = sink,
      .source = og_input_name(input),
      .max_depth = max_depth ? max_depth : OG_XML_MAX_DEPTH,
  };
  OgBuffer block = OG_BUFFER_INIT;
  const char *bytes;
  size_t size;
  OgStatus status;
  OG_GO(og_input_peek(input, 1, &bytes, &size, err));
  OG_GO(size > 0 ? og_opening_check(input, true, err) : og_opening_empty(input, err));
  OG_GO(open_parser(&xml, err));
  status = feed_all(&xml, input, &block, progress);
done:
  close_parser(&xml);
  og_buffer_clear(&block);
  return status;
}

bool og_xml_is_name(const char *text) {
  return xmlValidateNCName((const xmlChar *)text, 0) == 0;
}

/* ---- the root -------------------------------------------------------------------------------- */

static OgStatus root_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  (void)xml;
  OgXmlRoot *root = data;
  snprintf(root->uri, sizeof root->uri, "%s", element->name->uri.data);
  snprintf(root->local, sizeof root->local, "%s", element->name->local.data);
  return og_error_set(err, OG_CANCELLED, "the root element is found");
}

static OgStatus root_end(void *data, OgXml *xml, OgError *err) {
  (void)data;
  (void)xml;
  (void)err;
  return OG_OK;
}

static OgStatus root_text(void *data, OgXml *xml, OgText text, OgError *err) {
  (void)data;
  (void)xml;
  (void)text;
  (void)err;
  return OG_OK;
}

OgStatus og_xml_root(const char *name, const void *bytes, size_t size, OgXmlRoot *root,
                     OgError *err) {
  static const OgXmlHandler handler = {.start = root_start, .end = root_end, .text = root_text};
  OgXml xml = {.handler = &handler, .data = root, .source = name, .max_depth = OG_XML_MAX_DEPTH};
  OgStatus status = open_parser(&xml, err);
  for (size_t at = 0; status == OG_OK && at < size; at += BLOCK) {
    status = feed(&xml, (const char *)bytes + at, size - at < BLOCK ? size - at : BLOCK, false);
  }
  close_parser(&xml);
  if (status == OG_OK) {
    return og_error_at(err, OG_NOT_FOUND, name, 0, 0, "no root element in the first %zu bytes",
                       size);
  }
  return status == OG_CANCELLED ? OG_OK : status;
}
