#include "kg/terms.h"

#include "core/buffer.h"
#include "core/intern.h"
#include "core/memory.h"
#include "core/vocab.h"

#include <stdbool.h>
#include <string.h>

/* What terms of one class have in common. */
typedef struct TermClass {
  OgTermKind kind;
  uint32_t datatype; /* a term, or OG_TERM_NONE */
  uint32_t language; /* number in OgTerms.tags, or OG_TERM_NONE */
} TermClass;

struct OgTerms {
  OgIntern *texts; /* class as 4 bytes, then the text -> number */
  OgIntern *tags;  /* "@tag" or "^datatype IRI" -> number, an index of tag_classes */
  uint32_t *tag_classes;
  size_t tag_capacity;
  TermClass *classes;
  size_t class_count, class_capacity;
  uint32_t blank_class; /* of the present scope */
  OgBuffer key;
};

enum { LANGUAGE = '@', DATATYPE = '^' };
enum { IRI_CLASS, PLAIN_CLASS, FIRST_CLASSES = 8, PREFIX = sizeof(uint32_t) };

static const char xsd_string[] = OG_NS_XSD "string";

static OgStatus add_class(OgTerms *terms, TermClass class, uint32_t *number, OgError *err) {
  if (terms->class_count == terms->class_capacity) {
    const size_t capacity = terms->class_capacity ? terms->class_capacity * 2 : FIRST_CLASSES;
    TermClass *grown = og_realloc(terms->classes, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    terms->classes = grown;
    terms->class_capacity = capacity;
  }
  *number = (uint32_t)terms->class_count;
  terms->classes[terms->class_count++] = class;
  return OG_OK;
}

OgTerms *og_terms_new(void) {
  OgTerms *terms = OG_NEW(OgTerms);
  if (!terms) {
    return NULL;
  }
  uint32_t number;
  terms->texts = og_intern_new();
  terms->tags = og_intern_new();
  if (!terms->texts || !terms->tags ||
      add_class(terms, (TermClass){OG_IRI, OG_TERM_NONE, OG_TERM_NONE}, &number, NULL) != OG_OK ||
      add_class(terms, (TermClass){OG_LITERAL, OG_TERM_NONE, OG_TERM_NONE}, &number, NULL) !=
          OG_OK ||
      og_terms_new_scope(terms, NULL) != OG_OK) {
    og_terms_free(terms);
    return NULL;
  }
  return terms;
}

void og_terms_free(OgTerms *terms) {
  if (terms) {
    og_intern_free(terms->texts);
    og_intern_free(terms->tags);
    og_free(terms->tag_classes);
    og_free(terms->classes);
    og_buffer_clear(&terms->key);
    og_free(terms);
  }
}

OgStatus og_terms_new_scope(OgTerms *terms, OgError *err) {
  return add_class(terms, (TermClass){OG_BLANK, OG_TERM_NONE, OG_TERM_NONE}, &terms->blank_class,
                   err);
}

static OgStatus add_text(OgTerms *terms, uint32_t class, OgText text, uint32_t *number,
                         OgError *err) {
  og_buffer_reset(&terms->key);
  OG_TRY(og_buffer_append(&terms->key, &class, PREFIX, err));
  OG_TRY(og_buffer_append(&terms->key, text.data, text.size, err));
  return og_intern_add(terms->texts, terms->key.data, terms->key.size, number, NULL, err);
}

static OgStatus make_tag_key(OgTerms *terms, char mark, OgText tag, OgError *err) {
  og_buffer_reset(&terms->key);
  OG_TRY(og_buffer_append(&terms->key, &mark, 1, err));
  return og_buffer_append(&terms->key, tag.data, tag.size, err);
}

/* Number of a new tag, whose class is added first: what can fail does so before the tag is known.
 */
static OgStatus add_tag(OgTerms *terms, char mark, OgText tag, uint32_t *class, OgError *err) {
  const uint32_t count = og_intern_count(terms->tags);
  if (count == terms->tag_capacity) {
    const size_t capacity = count ? (size_t)count * 2 : FIRST_CLASSES;
    uint32_t *grown = og_realloc(terms->tag_classes, capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    terms->tag_classes = grown;
    terms->tag_capacity = capacity;
  }
  TermClass added = {OG_LITERAL, OG_TERM_NONE, OG_TERM_NONE};
  if (mark == LANGUAGE) {
    added.language = count;
  } else {
    OG_TRY(add_text(terms, IRI_CLASS, tag, &added.datatype, err));
  }
  OG_TRY(add_class(terms, added, class, err));
  OG_TRY(make_tag_key(terms, mark, tag, err));
  uint32_t number;
  OG_TRY(og_intern_add(terms->tags, terms->key.data, terms->key.size, &number, NULL, err));
  terms->tag_classes[number] = *class;
  return OG_OK;
}

/* The class of literals with a language or a datatype. */
static OgStatus find_tag_class(OgTerms *terms, char mark, OgText tag, uint32_t *class,
                               OgError *err) {
  OG_TRY(make_tag_key(terms, mark, tag, err));
  const uint32_t known = og_intern_find(terms->tags, terms->key.data, terms->key.size);
  if (known != OG_INTERN_NONE) {
    *class = terms->tag_classes[known];
    return OG_OK;
  }
  return add_tag(terms, mark, tag, class, err);
}

static bool text_is(OgText text, const char *other, size_t size) {
  return text.size == size && memcmp(text.data, other, size) == 0;
}

OgStatus og_terms_add(OgTerms *terms, const OgTerm *term, uint32_t *number, OgError *err) {
  uint32_t class = PLAIN_CLASS;
  if (term->kind == OG_IRI) {
    class = IRI_CLASS;
  } else if (term->kind == OG_BLANK) {
    class = terms->blank_class;
  } else if (term->language.size > 0) {
    OG_TRY(find_tag_class(terms, LANGUAGE, term->language, &class, err));
  } else if (term->datatype.size > 0 &&
             !text_is(term->datatype, xsd_string, sizeof xsd_string - 1)) {
    OG_TRY(find_tag_class(terms, DATATYPE, term->datatype, &class, err));
  }
  return add_text(terms, class, term->text, number, err);
}

OgTermsMark og_terms_mark(const OgTerms *terms) {
  return (OgTermsMark){og_intern_count(terms->texts), og_intern_count(terms->tags),
                       terms->class_count};
}

void og_terms_forget(OgTerms *terms, OgTermsMark mark) {
  og_intern_truncate(terms->texts, mark.texts);
  og_intern_truncate(terms->tags, mark.tags);
  terms->class_count = mark.classes;
}

uint32_t og_terms_count(const OgTerms *terms) {
  return og_intern_count(terms->texts);
}

void og_terms_get(const OgTerms *terms, uint32_t number, OgTermRecord *record) {
  size_t size;
  uint32_t class;
  const char *key = og_intern_text(terms->texts, number, &size);
  memcpy(&class, key, PREFIX);
  const TermClass *about = &terms->classes[class];
  *record = (OgTermRecord){about->kind, about->datatype, {key + PREFIX, size - PREFIX}, {NULL, 0}};
  if (about->language != OG_TERM_NONE) {
    const char *tag = og_intern_text(terms->tags, about->language, &size);
    record->language = (OgText){tag + 1, size - 1};
  }
}
