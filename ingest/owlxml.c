/* Everything that the language can say is a row of og_owlxml_constructs: an element, what it is to
 * the element around it, what must come inside it, and what it becomes. An element that ends leaves
 * one item to the element around it: an entity, a literal, or the blank node of an expression whose
 * statements are out already.
 *
 *   frames   one an open element
 *   items    what ended inside open elements; those of a frame begin at frame->items
 *   bytes    the texts of frames and items, a stack: a frame that ends takes its texts with it, but
 *            for that of the item it leaves, which lies at its beginning
 *
 * An annotation leaves its items in place: itself, those of the annotations on it, its property,
 * its value. Only when the axiom around it ends is it known what they annotate. */
#include "ingest/owlxml.h"

#include "core/memory.h"
#include "ingest/owlxml_reader.h"

#include <string.h>

enum { MAX_TEXT = 256 << 20, FIRST_ITEMS = 16 };

/* The letters of signatures. */
static const struct Letter {
  char letter;
  int is;
  const char *title;
} letters[] = {
    {'C', CLASS, "a class"},
    {'O', OBJECT, "an object property"},
    {'D', DATA, "a data property"},
    {'P', OBJECT | DATA, "a property"},
    {'A', NOTE_PROPERTY, "an annotation property"},
    {'I', INDIVIDUAL | ANONYMOUS, "an individual"},
    {'L', LITERAL, "a literal"},
    {'R', RANGE, "a data range"},
    {'T', DATATYPE, "a datatype"},
    {'E', ENTITY, "an entity"},
    {'N', NAME, "an IRI"},
    {'S', NAME | ANONYMOUS, "an IRI or anonymous individual"},
    {'V', NAME | ANONYMOUS | LITERAL, "an IRI, anonymous individual or literal"},
    {'F', FACET, "a facet"},
    {'H', CHAIN, "a property chain"},
    {'G', OBJECT | CHAIN, "an object property or chain"},
    {'i', INDIVIDUAL | ANONYMOUS | VARIABLE, "an individual or variable"},
    {'l', LITERAL | VARIABLE, "a literal or variable"},
    {'X', ATOM, "an atom"},
    {'b', BODY, "Body"},
    {'h', HEAD, "Head"},
};

/* ---- signatures ------------------------------------------------------------------------------ */

static const struct Letter *letter_of(char wanted) {
  size_t i = 0;
  while (letters[i].letter != wanted) {
    i++;
  }
  return &letters[i];
}

/* Items that are not what the signature asks for: how it goes on there, or NULL when all fit. */
static const char *mismatch(const char *signature, const OgOwlxmlItem *items, size_t count,
                            size_t *at) {
  *at = 0;
  while (*signature) {
    const int is = letter_of(*signature)->is;
    const char *here = signature++;
    const char repeat = *signature;
    size_t taken = 0;
    const size_t most = repeat == '+' || repeat == '*' ? count : 1;
    while (*at < count && taken < most && (items[*at].is & is)) {
      ++*at;
      taken++;
    }
    if (taken == 0 && repeat != '*' && repeat != '?') {
      return here;
    }
    signature += repeat == '+' || repeat == '*' || repeat == '?';
  }
  return *at < count ? signature : NULL;
}

/* Past the annotations with which the element begins. */
static size_t skip_annotations(const OgOwlxmlItem *items, size_t count) {
  size_t at = 0;
  while (at < count && items[at].is == ANNOTATION) {
    at += items[at].count;
  }
  return at;
}

static OgStatus not_understood(OgOwlxmlReader *reader, const char *wanted,
                               const OgOwlxmlItem *items, size_t count, size_t at, OgError *err) {
  for (size_t i = 0; i < count; i++) {
    if (items[i].is == UNKNOWN) {
      return OG_OK; /* that was told already */
    }
  }
  const char *found = at < count ? items[at].construct->name : "its end";
  const char *expected = *wanted ? letter_of(*wanted)->title : "its end";
  return BROKEN(reader, err, "axiom not understood",
                "%s: expected %s as part %zu, found %s; it is left out",
                og_owlxml_top(reader)->construct->name, expected, at + 1, found);
}

/* ---- the document ---------------------------------------------------------------------------- */

static OgStatus inherit(OgOwlxmlReader *reader, const OgXmlElement *element, OgError *err) {
  const OgText base = og_xml_attribute_in(element, OG_NS_XML, "base");
  const OgText language = og_xml_attribute_in(element, OG_NS_XML, "lang");
  OgSpan span;
  if (base.data) {
    OG_TRY(og_owlxml_resolve(reader, base, &span, err));
    og_owlxml_top(reader)->base = span;
  }
  if (language.data) {
    OG_TRY(og_owlxml_keep(reader, language, &span, err));
    og_owlxml_top(reader)->language = span;
  }
  return OG_OK;
}

static OgStatus skip(OgOwlxmlReader *reader, const OgXmlElement *element, OgError *err) {
  reader->skipping = 1;
  return BROKEN(reader, err, "element not understood", "%.*s is not read here; it is left out",
                og_text_shown(element->name->iri), element->name->iri.data);
}

static OgStatus on_start(void *data, OgXml *xml, const OgXmlElement *element, OgError *err) {
  OgOwlxmlReader *reader = data;
  reader->xml = xml;
  const size_t row = (size_t)element->name->id - 1; /* beyond the table when it is not there */
  if (reader->skipping > 0) {
    reader->skipping++;
    return OG_OK;
  }
  const bool is_root = reader->frame_count == 1;
  if (is_root && row != OG_OWLXML_ONTOLOGY) {
    return og_xml_fault(xml, err, "expected Ontology in namespace " OG_NS_OWL ", found %.*s",
                        og_text_shown(element->name->iri), element->name->iri.data);
  }
  if (row >= OG_OWLXML_CONSTRUCTS || (row == OG_OWLXML_ONTOLOGY && !is_root)) {
    return skip(reader, element, err);
  }
  og_buffer_reset(&reader->text);
  OG_TRY(og_owlxml_push_frame(reader, &og_owlxml_constructs[row], err));
  OG_TRY(inherit(reader, element, err));
  return og_owlxml_constructs[row].start ? og_owlxml_constructs[row].start(reader, element, err)
                                         : OG_OK;
}

/* Leave the frame: its item, if it has one, goes to the frame around it. */
static OgStatus pop(OgOwlxmlReader *reader, OgError *err) {
  const OgOwlxmlFrame frame = *og_owlxml_top(reader);
  OgOwlxmlItem item = frame.item;
  reader->frame_count--;
  if (item.is == ANNOTATION) {
    return OG_OK; /* what is inside it stays */
  }
  reader->item_count = frame.items;
  if (item.is & AXIOM) {
    reader->bytes.size = frame.bytes;
    return OG_OK;
  }
  const size_t ends[] = {item.text.at + item.text.size, item.datatype.at + item.datatype.size,
                         item.language.at + item.language.size};
  reader->bytes.size = frame.bytes;
  for (size_t i = 0; i < OG_COUNT(ends); i++) {
    reader->bytes.size = ends[i] > reader->bytes.size ? ends[i] : reader->bytes.size;
  }
  return og_owlxml_push_item(reader, item, err);
}

/* What ended right below Ontology: an annotation on it, or something that may not stand there. */
static OgStatus take_into_ontology(OgOwlxmlReader *reader, OgError *err) {
  const OgOwlxmlFrame *ontology = og_owlxml_top(reader);
  const OgOwlxmlItem *items = reader->items + ontology->items;
  const size_t count = reader->item_count - ontology->items;
  OgStatus status = OG_OK;
  if (count > 0 && items[0].is == ANNOTATION) {
    status = og_owlxml_annotate(reader, items, count, &reader->ontology, err);
  } else if (count > 0 && items[0].is != UNKNOWN) {
    status = BROKEN(reader, err, "axiom not understood", "%s is no axiom; it is left out",
                    items[0].construct->name);
  }
  reader->item_count = ontology->items;
  return status;
}

static OgStatus end_construct(OgOwlxmlReader *reader, OgError *err) {
  const OgOwlxmlFrame *frame = og_owlxml_top(reader);
  const OgOwlxmlConstruct *construct = frame->construct;
  const OgOwlxmlItem *items = reader->items + frame->items;
  size_t count = reader->item_count - frame->items;
  const size_t annotations = skip_annotations(items, count);
  size_t at;
  const char *wanted =
      mismatch(construct->signature, items + annotations, count - annotations, &at);
  if (wanted) {
    OG_TRY(not_understood(reader, wanted, items + annotations, count - annotations, at, err));
    const bool is_annotation = construct->is == ANNOTATION;
    og_owlxml_top(reader)->items -= is_annotation; /* its own item goes too */
    og_owlxml_top(reader)->item.is = is_annotation || (construct->is & AXIOM) ? AXIOM : UNKNOWN;
    return OG_OK;
  }
  if (frame->item.is == UNKNOWN) {
    return OG_OK;
  }
  return construct->end(reader, items + annotations, count - annotations, err);
}

static OgStatus on_end(void *data, OgXml *xml, OgError *err) {
  (void)xml;
  OgOwlxmlReader *reader = data;
  if (reader->skipping > 0) {
    reader->skipping--;
    return OG_OK;
  }
  const OgOwlxmlConstruct *construct = og_owlxml_top(reader)->construct;
  if (construct == &og_owlxml_constructs[OG_OWLXML_ONTOLOGY]) {
    reader->frame_count--;
    return OG_OK;
  }
  OG_TRY(end_construct(reader, err));
  reader->annotation_depth -= construct->is == ANNOTATION;
  OG_TRY(pop(reader, err));
  og_buffer_reset(&reader->text);
  return og_owlxml_top(reader)->construct == &og_owlxml_constructs[OG_OWLXML_ONTOLOGY]
             ? take_into_ontology(reader, err)
             : OG_OK;
}

static OgStatus on_text(void *data, OgXml *xml, OgText text, OgError *err) {
  OgOwlxmlReader *reader = data;
  if (reader->skipping > 0) {
    return OG_OK;
  }
  if (reader->text.size + text.size > MAX_TEXT) {
    return og_xml_fault(xml, err,
                        "a literal is longer than %d bytes, the limit; shorten it, or take it out",
                        MAX_TEXT);
  }
  const bool holds = (og_owlxml_top(reader)->item.is & (LITERAL | NAME)) != 0;
  if (!holds && !og_text_is_blank(text)) {
    return BROKEN(reader, err, "text out of place", "text \"%.*s\" in %s is left out",
                  og_text_shown(text), text.data, og_owlxml_top(reader)->construct->name);
  }
  return holds ? og_buffer_append(&reader->text, text.data, text.size, err) : OG_OK;
}

static void clear(OgOwlxmlReader *reader) {
  og_free(reader->frames);
  og_free(reader->items);
  og_buffer_clear(&reader->bytes);
  og_buffer_clear(&reader->text);
  og_buffer_clear(&reader->scratch);
  og_buffer_clear(&reader->values);
  og_buffer_clear(&reader->value_spans);
  og_intern_free(reader->prefixes);
}

/* The prefixes that need no declaration, and a frame around the document. */
static OgStatus prepare(OgOwlxmlReader *reader, const OgReadOptions *options, OgError *err) {
  static const OgOwlxmlConstruct document = {.name = "the document", .is = AXIOM, .signature = ""};
  static const char *const predeclared[] = {"rdf", "rdfs", "xsd", "owl"};
  for (size_t i = 0; i < OG_COUNT(predeclared); i++) {
    for (const OgPrefix *row = og_known_prefixes; row->prefix; row++) {
      if (strcmp(row->prefix, predeclared[i]) == 0) {
        OG_TRY(og_owlxml_set_prefix(reader, og_text(row->prefix), og_text(row->iri), err));
      }
    }
  }
  OG_TRY(og_owlxml_push_frame(reader, &document, err));
  return og_owlxml_keep(reader, og_text(options->base), &og_owlxml_top(reader)->base, err);
}

OgStatus og_owlxml_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                        const OgProgress *progress, OgError *err) {
  OgXmlKnown known[OG_OWLXML_CONSTRUCTS];
  for (size_t i = 0; i < OG_OWLXML_CONSTRUCTS; i++) {
    known[i] = (OgXmlKnown){OG_NS_OWL, og_owlxml_constructs[i].name, (int)i + 1};
  }
  const OgXmlHandler handler = {.start = on_start,
                                .end = on_end,
                                .text = on_text,
                                .known = known,
                                .known_count = OG_COUNT(known)};
  OgStatus status;
  OgOwlxmlReader reader = {.options = options,
                           .sink = sink,
                           .prefixes = og_intern_new(),
                           .items = OG_NEW_ARRAY(OgOwlxmlItem, FIRST_ITEMS), /* never NULL */
                           .item_room = FIRST_ITEMS};
  if (!reader.prefixes || !reader.items) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(prepare(&reader, options, err));
  status = og_xml_read(input, &handler, &reader, options->max_depth, sink, progress, err);
done:
  clear(&reader);
  return status;
}
