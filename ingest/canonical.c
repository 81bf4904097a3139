#include "ingest/canonical.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* A namespace declaration that an open element has written. */
typedef struct Rendered {
  const char *prefix; /* "" is the default namespace */
  const char *uri;
} Rendered;

/* An open element: where its name stands in the output, and what is taken back at its end. */
typedef struct Open {
  size_t name;
  size_t name_size;
  size_t rendered;
} Open;

struct OgCanonical {
  OgBuffer out;
  OgBuffer open;     /* of Open, outermost first */
  OgBuffer rendered; /* of Rendered, outermost first */
  OgBuffer sorted;   /* of const OgXmlAttribute *: the attributes of one element */
};

OgCanonical *og_canonical_new(void) {
  return OG_NEW(OgCanonical);
}

void og_canonical_free(OgCanonical *canonical) {
  if (canonical) {
    og_buffer_clear(&canonical->out);
    og_buffer_clear(&canonical->open);
    og_buffer_clear(&canonical->rendered);
    og_buffer_clear(&canonical->sorted);
    og_free(canonical);
  }
}

void og_canonical_reset(OgCanonical *canonical) {
  og_buffer_reset(&canonical->out);
  og_buffer_reset(&canonical->open);
  og_buffer_reset(&canonical->rendered);
}

size_t og_canonical_depth(const OgCanonical *canonical) {
  return canonical->open.size / sizeof(Open);
}

OgText og_canonical_content(const OgCanonical *canonical) {
  return (OgText){canonical->out.data ? canonical->out.data : "", canonical->out.size};
}

/* What stands for a character, by place (Canonical XML 1.1 section 2.3); NULL: itself. */
static const char *const text_escapes[256] = {
    ['&'] = "&amp;",
    ['<'] = "&lt;",
    ['>'] = "&gt;",
    ['\r'] = "&#xD;",
};
static const char *const value_escapes[256] = {
    ['&'] = "&amp;",  ['<'] = "&lt;",   ['"'] = "&quot;",
    ['\t'] = "&#x9;", ['\n'] = "&#xA;", ['\r'] = "&#xD;",
};

static OgStatus escape(OgBuffer *out, OgText text, const char *const escapes[256], OgError *err) {
  size_t from = 0;
  for (size_t i = 0; i < text.size; i++) {
    const char *escaped = escapes[(unsigned char)text.data[i]];
    if (escaped) {
      OG_TRY(og_buffer_append(out, text.data + from, i - from, err));
      OG_TRY(og_buffer_text(out, escaped, err));
      from = i + 1;
    }
  }
  return og_buffer_append(out, text.data + from, text.size - from, err);
}

static OgStatus write_name(OgBuffer *out, const char *prefix, OgText local, OgError *err) {
  if (prefix) {
    OG_TRY(og_buffer_text(out, prefix, err));
    OG_TRY(og_buffer_append(out, ":", 1, err));
  }
  return og_buffer_append(out, local.data, local.size, err);
}

/* What the prefix stands for in the output so far; "" when nothing. */
static const char *rendered_uri(const OgCanonical *canonical, const char *prefix) {
  const Rendered *rows = (const Rendered *)(const void *)canonical->rendered.data;
  for (size_t i = canonical->rendered.size / sizeof *rows; i-- > 0;) {
    if (strcmp(rows[i].prefix, prefix) == 0) {
      return rows[i].uri;
    }
  }
  return "";
}

/* Note that this element must declare the prefix, unless the output says so already. */
static OgStatus need(OgCanonical *canonical, const char *prefix, const char *uri, OgError *err) {
  const Rendered row = {prefix ? prefix : "", uri};
  if (strcmp(rendered_uri(canonical, row.prefix), uri) == 0) {
    return OG_OK;
  }
  return og_buffer_append(&canonical->rendered, &row, sizeof row, err);
}

static int by_prefix(const void *a, const void *b) {
  return strcmp(((const Rendered *)a)->prefix, ((const Rendered *)b)->prefix);
}

/* Declare the namespaces that the element and its attributes visibly use, sorted by prefix. */
static OgStatus write_namespaces(OgCanonical *canonical, const OgXmlElement *element,
                                 OgError *err) {
  const size_t before = canonical->rendered.size;
  OG_TRY(need(canonical, element->prefix, element->name->uri.data, err));
  for (size_t i = 0; i < element->attribute_count; i++) {
    const OgXmlAttribute *attribute = &element->attributes[i];
    if (attribute->prefix && strcmp(attribute->prefix, "xml") != 0) {
      OG_TRY(need(canonical, attribute->prefix, attribute->name->uri.data, err));
    }
  }
  if (canonical->rendered.size == before) {
    return OG_OK;
  }
  Rendered *rows = (Rendered *)(void *)(canonical->rendered.data + before);
  const size_t count = (canonical->rendered.size - before) / sizeof *rows;
  qsort(rows, count, sizeof *rows, by_prefix);
  for (size_t i = 0; i < count; i++) {
    OG_TRY(og_buffer_text(&canonical->out, rows[i].prefix[0] ? " xmlns:" : " xmlns", err));
    OG_TRY(og_buffer_text(&canonical->out, rows[i].prefix, err));
    OG_TRY(og_buffer_text(&canonical->out, "=\"", err));
    OG_TRY(escape(&canonical->out, (OgText){rows[i].uri, strlen(rows[i].uri)}, value_escapes, err));
    OG_TRY(og_buffer_append(&canonical->out, "\"", 1, err));
  }
  return OG_OK;
}

/* Attributes sort by namespace, then by local name. */
static int by_name(const void *a, const void *b) {
  const OgXmlName *x = (*(const OgXmlAttribute *const *)a)->name;
  const OgXmlName *y = (*(const OgXmlAttribute *const *)b)->name;
  const int order = strcmp(x->uri.data, y->uri.data);
  return order ? order : strcmp(x->local.data, y->local.data);
}

static OgStatus write_attributes(OgCanonical *canonical, const OgXmlElement *element,
                                 OgError *err) {
  og_buffer_reset(&canonical->sorted);
  for (size_t i = 0; i < element->attribute_count; i++) {
    const OgXmlAttribute *attribute = &element->attributes[i];
    OG_TRY(og_buffer_append(&canonical->sorted, &attribute, sizeof attribute, err));
  }
  if (element->attribute_count == 0) {
    return OG_OK;
  }
  const OgXmlAttribute **rows = (const OgXmlAttribute **)(void *)canonical->sorted.data;
  qsort(rows, element->attribute_count, sizeof *rows, by_name);
  for (size_t i = 0; i < element->attribute_count; i++) {
    OG_TRY(og_buffer_append(&canonical->out, " ", 1, err));
    OG_TRY(write_name(&canonical->out, rows[i]->prefix, rows[i]->name->local, err));
    OG_TRY(og_buffer_text(&canonical->out, "=\"", err));
    OG_TRY(escape(&canonical->out, rows[i]->value, value_escapes, err));
    OG_TRY(og_buffer_append(&canonical->out, "\"", 1, err));
  }
  return OG_OK;
}

OgStatus og_canonical_start(OgCanonical *canonical, const OgXmlElement *element, OgError *err) {
  OgBuffer *out = &canonical->out;
  OG_TRY(og_buffer_append(out, "<", 1, err));
  Open open = {.name = out->size, .rendered = canonical->rendered.size};
  OG_TRY(write_name(out, element->prefix, element->name->local, err));
  open.name_size = out->size - open.name;
  OG_TRY(og_buffer_append(&canonical->open, &open, sizeof open, err));
  OG_TRY(write_namespaces(canonical, element, err));
  OG_TRY(write_attributes(canonical, element, err));
  return og_buffer_append(out, ">", 1, err);
}

OgStatus og_canonical_end(OgCanonical *canonical, OgError *err) {
  OgBuffer *out = &canonical->out;
  Open open;
  canonical->open.size -= sizeof open;
  memcpy(&open, canonical->open.data + canonical->open.size, sizeof open);
  canonical->rendered.size = open.rendered;
  OG_TRY(og_buffer_reserve(out, open.name_size + 3, err));
  OG_TRY(og_buffer_append(out, "</", 2, err));
  OG_TRY(og_buffer_append(out, out->data + open.name, open.name_size, err));
  return og_buffer_append(out, ">", 1, err);
}

OgStatus og_canonical_text(OgCanonical *canonical, OgText text, OgError *err) {
  return escape(&canonical->out, text, text_escapes, err);
}

OgStatus og_canonical_comment(OgCanonical *canonical, OgText text, OgError *err) {
  OG_TRY(og_buffer_text(&canonical->out, "<!--", err));
  OG_TRY(og_buffer_append(&canonical->out, text.data, text.size, err));
  return og_buffer_text(&canonical->out, "-->", err);
}

OgStatus og_canonical_instruction(OgCanonical *canonical, OgText target, OgText text,
                                  OgError *err) {
  OG_TRY(og_buffer_text(&canonical->out, "<?", err));
  OG_TRY(og_buffer_append(&canonical->out, target.data, target.size, err));
  if (text.size > 0) {
    OG_TRY(og_buffer_append(&canonical->out, " ", 1, err));
    OG_TRY(og_buffer_append(&canonical->out, text.data, text.size, err));
  }
  return og_buffer_text(&canonical->out, "?>", err);
}
