#include "kg/sparql_parser.h"

#include "core/memory.h"
#include "core/vocab.h"
#include "kg/sparql_iri.h"

#include <string.h>
#include <strings.h>

/* ---- Tokens ---- */

OgStatus og_parser_advance(OgParser *p) {
  return og_lexer_next(&p->lexer, &p->token, p->err);
}

static bool is_text(OgText text, const char *word) {
  return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

bool og_parser_is_sign(const OgParser *p, const char *sign) {
  return p->token.kind == OG_TOKEN_SIGN && is_text(p->token.text, sign);
}

bool og_parser_is_word(const OgParser *p, const char *word) {
  return p->token.kind == OG_TOKEN_WORD && is_text(p->token.text, word);
}

OgStatus og_parser_accept_sign(OgParser *p, const char *sign, bool *accepted) {
  *accepted = og_parser_is_sign(p, sign);
  return *accepted ? og_parser_advance(p) : OG_OK;
}

OgStatus og_parser_accept_word(OgParser *p, const char *word, bool *accepted) {
  *accepted = og_parser_is_word(p, word);
  return *accepted ? og_parser_advance(p) : OG_OK;
}

OgStatus og_parser_expected(OgParser *p, const char *what) {
  enum { SHOWN = 40 };
  const OgToken *token = &p->token;
  if (token->kind == OG_TOKEN_END) {
    return og_lexer_fault(&p->lexer, token->start, p->err, "expected %s, and the query ends here",
                          what);
  }
  const size_t size = token->end - token->start;
  return og_lexer_fault(&p->lexer, token->start, p->err, "expected %s, found %.*s%s", what,
                        (int)(size < SHOWN ? size : SHOWN), p->lexer.text + token->start,
                        size < SHOWN ? "" : "…");
}

OgStatus og_parser_expect_sign(OgParser *p, const char *sign) {
  return og_parser_is_sign(p, sign) ? og_parser_advance(p) : og_parser_expected(p, sign);
}

OgStatus og_parser_expect_word(OgParser *p, const char *word) {
  return og_parser_is_word(p, word) ? og_parser_advance(p) : og_parser_expected(p, word);
}

OgStatus og_parser_enter(OgParser *p) {
  if (p->depth >= OG_SPARQL_DEPTH) {
    return og_lexer_fault(&p->lexer, p->token.start, p->err,
                          "brackets nest deeper than %d: give parts names with BIND or sub-SELECT",
                          OG_SPARQL_DEPTH);
  }
  p->depth++;
  return OG_OK;
}

void og_parser_leave(OgParser *p) {
  p->depth--;
}

/* Levenshtein's distance without regard to case; `most` when it is at least that. */
static size_t distance(OgText a, const char *b, size_t most) {
  enum { LONGEST = 32 };
  const size_t size = strlen(b);
  if (a.size >= LONGEST || size >= LONGEST) {
    return most;
  }
  size_t row[LONGEST + 1];
  for (size_t j = 0; j <= size; j++) {
    row[j] = j;
  }
  for (size_t i = 1; i <= a.size; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= size; j++) {
      const size_t change = diagonal + (strncasecmp(&a.data[i - 1], &b[j - 1], 1) != 0);
      const size_t other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
      diagonal = row[j];
      row[j] = change < other ? change : other;
    }
  }
  return row[size] < most ? row[size] : most;
}

const char *og_parser_suggest(OgText written, OgNames names, void *data) {
  enum { SHORT = 3 };
  /* of three letters, two others make another word */
  size_t best = written.size <= SHORT ? 2 : written.size / 3 + 2;
  const char *closest = NULL;
  const char *name;
  for (size_t k = 0; (name = names(data, k)) != NULL; k++) {
    const size_t far = distance(written, name, best);
    if (far < best) {
      best = far;
      closest = name;
    }
  }
  for (size_t k = 0; !closest && written.size > 1 && (name = names(data, k)) != NULL; k++) {
    closest = strncasecmp(name, written.data, written.size) == 0 ? name : NULL; /* its beginning */
  }
  return closest;
}

/* ---- Variables ---- */

void *og_parser_alloc(OgParser *p, size_t count, size_t size) {
  void *block = og_arena_alloc(p->arena, count ? count : 1, size);
  if (!block) {
    (void)og_error_no_memory(p->err);
  }
  return block;
}

static OgStatus add_variable(OgParser *p, const char *name, int *variable) {
  OgSparqlQuery *query = p->query;
  const char **names = og_arena_grow(p->arena, query->names, query->variable_count,
                                     &p->variable_capacity, sizeof *names);
  if (!names) {
    return og_error_no_memory(p->err);
  }
  query->names = names;
  *variable = (int)query->variable_count;
  names[query->variable_count++] = name;
  return OG_OK;
}

OgStatus og_parser_fresh(OgParser *p, int *variable) {
  return add_variable(p, NULL, variable);
}

OgStatus og_parser_variable(OgParser *p, OgText name, int *variable) {
  uint32_t id;
  int added;
  OG_TRY(og_intern_add(p->names, name.data, name.size, &id, &added, p->err));
  int *named = og_arena_grow(p->arena, p->named, id, &p->named_capacity, sizeof *named);
  if (!named) {
    return og_error_no_memory(p->err);
  }
  p->named = named;
  if (added) {
    const char *copy = og_arena_copy(p->arena, name.data, name.size);
    if (!copy) {
      return og_error_no_memory(p->err);
    }
    OG_TRY(add_variable(p, copy, &named[id]));
  }
  *variable = named[id];
  return OG_OK;
}

OgStatus og_parser_expect_variable(OgParser *p, int *variable) {
  if (p->token.kind != OG_TOKEN_VARIABLE) {
    return og_parser_expected(p, "a variable");
  }
  OG_TRY(og_parser_variable(p, p->token.text, variable));
  return og_parser_advance(p);
}

/* ---- IRIs ---- */

static const char *name_prefix(void *data, size_t k) {
  const OgParser *p = data;
  if (k < p->declared_count) {
    return p->declared[k].prefix.data;
  }
  return p->known && p->known->suggest ? p->known->suggest(p->known->data, k - p->declared_count)
                                       : NULL;
}

/* The namespace of the token. */
static OgStatus find_namespace(OgParser *p, OgText *iri) {
  const OgText prefix = p->token.prefix;
  for (size_t k = p->declared_count; k-- > 0;) {
    const OgDeclaration *row = &p->declared[k];
    if (row->prefix.size == prefix.size &&
        memcmp(row->prefix.data, prefix.data, prefix.size) == 0) {
      *iri = row->iri;
      return OG_OK;
    }
  }
  const char *found =
      p->known && p->known->find ? p->known->find(p->known->data, prefix, p->token.text) : NULL;
  if (found) {
    *iri = (OgText){found, strlen(found)};
    return OG_OK;
  }
  const char *close = og_parser_suggest(prefix, name_prefix, p);
  return og_lexer_fault(&p->lexer, p->token.start, p->err,
                        "the prefix %.*s: is not declared, and no source of the graph has it%s%s%s",
                        (int)prefix.size, prefix.data, close ? ": did you mean " : "",
                        close ? close : ": say PREFIX name: <iri> first", close ? ":?" : "");
}

OgStatus og_parser_set_base(OgParser *p, OgText iri) {
  OgText resolved;
  OG_TRY(og_iri_resolve(p->query->base, iri, p->arena, &resolved, p->err));
  p->query->base = og_arena_copy(p->arena, resolved.data, resolved.size);
  return p->query->base ? OG_OK : og_error_no_memory(p->err);
}

bool og_parser_at_iri(const OgParser *p) {
  return p->token.kind == OG_TOKEN_IRI || p->token.kind == OG_TOKEN_PREFIXED;
}

OgStatus og_parser_iri(OgParser *p, OgTerm *term) {
  *term = (OgTerm){.kind = OG_IRI};
  if (p->token.kind == OG_TOKEN_IRI) {
    OG_TRY(og_iri_resolve(p->query->base, p->token.text, p->arena, &term->text, p->err));
  } else if (p->token.kind == OG_TOKEN_PREFIXED) {
    OgText namespace = {NULL, 0};
    OG_TRY(find_namespace(p, &namespace));
    const size_t size = namespace.size + p->token.text.size;
    char *iri = og_parser_alloc(p, size + 1, 1);
    if (!iri) {
      return OG_NO_MEMORY;
    }
    memcpy(iri, namespace.data, namespace.size);
    memcpy(iri + namespace.size, p->token.text.data, p->token.text.size);
    term->text = (OgText){iri, size};
  } else {
    return og_parser_expected(p, "an IRI, such as <http://…> or prefix:name");
  }
  return og_parser_advance(p);
}

/* ---- Literals ---- */

static bool is_number(const OgToken *token) {
  return token->kind == OG_TOKEN_INTEGER || token->kind == OG_TOKEN_DECIMAL ||
         token->kind == OG_TOKEN_DOUBLE;
}

bool og_parser_at_signed_number(const OgParser *p) {
  const char *next = p->lexer.text + p->token.end;
  next += next[0] == '.';
  return (og_parser_is_sign(p, "+") || og_parser_is_sign(p, "-")) && *next >= '0' && *next <= '9';
}

bool og_parser_at_literal(const OgParser *p) {
  return p->token.kind == OG_TOKEN_STRING || is_number(&p->token) || og_parser_is_word(p, "true") ||
         og_parser_is_word(p, "false") || og_parser_is_sign(p, "+") || og_parser_is_sign(p, "-");
}

static OgStatus parse_string(OgParser *p, OgTerm *term) {
  term->text = p->token.text;
  OG_TRY(og_parser_advance(p));
  if (p->token.kind == OG_TOKEN_LANGUAGE) {
    term->language = p->token.text;
    return og_parser_advance(p);
  }
  bool typed;
  OG_TRY(og_parser_accept_sign(p, "^^", &typed));
  if (typed) {
    OgTerm datatype;
    OG_TRY(og_parser_iri(p, &datatype));
    const OgText string = OG_TEXT(OG_NS_XSD "string");
    if (datatype.text.size != string.size ||
        memcmp(datatype.text.data, string.data, string.size) != 0) {
      term->datatype = datatype.text;
    }
  }
  return OG_OK;
}

static OgStatus parse_number(OgParser *p, OgTerm *term) {
  const size_t start = p->token.start;
  if (p->token.kind == OG_TOKEN_SIGN) {
    const size_t end = p->token.end;
    OG_TRY(og_parser_advance(p));
    if (!is_number(&p->token) || p->token.start != end) {
      return og_parser_expected(p, "a number after the sign");
    }
  }
  term->datatype = p->token.kind == OG_TOKEN_INTEGER   ? OG_TEXT(OG_NS_XSD "integer")
                   : p->token.kind == OG_TOKEN_DECIMAL ? OG_TEXT(OG_NS_XSD "decimal")
                                                       : OG_TEXT(OG_NS_XSD "double");
  term->text = (OgText){p->lexer.text + start, p->token.end - start};
  return og_parser_advance(p);
}

OgStatus og_parser_literal(OgParser *p, OgTerm *term) {
  *term = (OgTerm){.kind = OG_LITERAL};
  if (p->token.kind == OG_TOKEN_STRING) {
    return parse_string(p, term);
  }
  if (p->token.kind == OG_TOKEN_WORD) {
    term->text = og_parser_is_word(p, "true") ? OG_TEXT("true") : OG_TEXT("false");
    term->datatype = OG_TEXT(OG_NS_XSD "boolean");
    return og_parser_advance(p);
  }
  return parse_number(p, term);
}

/* ---- Patterns ---- */

OgAlgebra *og_parser_algebra(OgParser *p, OgAlgebraKind kind, size_t children) {
  OgAlgebra *algebra = og_parser_alloc(p, 1, sizeof *algebra);
  const OgAlgebra **items = og_parser_alloc(p, children, sizeof *items);
  if (!algebra || !items) {
    return NULL;
  }
  *algebra = (OgAlgebra){.kind = kind,
                         .children = items,
                         .count = children,
                         .variable = OG_NO_VARIABLE,
                         .subject.variable = OG_NO_VARIABLE,
                         .predicate.variable = OG_NO_VARIABLE,
                         .object.variable = OG_NO_VARIABLE,
                         .graph.variable = OG_NO_VARIABLE};
  return algebra;
}

OgStatus og_parser_add(OgParser *p, OgPatterns *patterns, const OgAlgebra *pattern) {
  const OgAlgebra **items =
      og_arena_grow(p->arena, patterns->items, patterns->count, &patterns->capacity, sizeof *items);
  if (!items) {
    return og_error_no_memory(p->err);
  }
  patterns->items = items;
  items[patterns->count++] = pattern;
  return OG_OK;
}

OgStatus og_parser_join(OgParser *p, OgPatterns *patterns, const OgAlgebra **pattern) {
  if (patterns->count == 1) {
    *pattern = patterns->items[0];
    return OG_OK;
  }
  OgAlgebra *join = og_parser_algebra(p, OG_ALGEBRA_JOIN, 0);
  if (!join) {
    return OG_NO_MEMORY;
  }
  join->children = patterns->items;
  join->count = patterns->count;
  *pattern = join;
  return OG_OK;
}

void og_parser_new_block(OgParser *p) {
  p->block = ++p->blocks;
}
