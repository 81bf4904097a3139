/* Graph patterns [53]-[106]: groups, triples, collections, property paths. */
#include "core/vocab.h"
#include "kg/sparql_parser.h"

#include <string.h>

/* How many OPTIONAL, MINUS and BIND one query may chain: each nests all before it. */
enum { LONGEST_CHAIN = 500, LONGEST_PATH = 200 };

static OgSlot variable_slot(int variable) {
  return (OgSlot){.variable = variable};
}

static OgSlot iri_slot(OgText iri) {
  return (OgSlot){OG_NO_VARIABLE, {.kind = OG_IRI, .text = iri}};
}

static OgStatus fresh_slot(OgParser *p, OgSlot *slot) {
  *slot = variable_slot(OG_NO_VARIABLE);
  return og_parser_fresh(p, &slot->variable);
}

/* ---- Paths ---- */

static OgStatus emit_triple(OgParser *p, OgSlot subject, OgSlot predicate, OgSlot object) {
  OgAlgebra *triple = og_parser_algebra(p, OG_ALGEBRA_TRIPLE, 0);
  if (!triple) {
    return OG_NO_MEMORY;
  }
  triple->subject = subject;
  triple->predicate = predicate;
  triple->object = object;
  return og_parser_add(p, p->target, triple);
}

static OgStatus emit_path(OgParser *p, OgSlot subject, const OgPath *path, OgSlot object);

static OgStatus emit_alternative(OgParser *p, OgSlot subject, const OgPath *path, OgSlot object) {
  OgPatterns *const target = p->target;
  OgAlgebra *choice = og_parser_algebra(p, OG_ALGEBRA_UNION, 2);
  if (!choice) {
    return OG_NO_MEMORY;
  }
  for (size_t k = 0; k < 2; k++) {
    OgPatterns part = {0};
    p->target = &part;
    OG_TRY(emit_path(p, subject, k == 0 ? path->a : path->b, object));
    OG_TRY(og_parser_join(p, &part, &choice->children[k]));
  }
  p->target = target;
  return og_parser_add(p, p->target, choice);
}

/* 18.2.2.4: what does not repeat becomes triples, joins and unions. */
static OgStatus emit_path(OgParser *p, OgSlot subject, const OgPath *path, OgSlot object) {
  OgSlot joint;
  switch (path->kind) {
  case OG_PATH_LINK:
    return emit_triple(p, subject, (OgSlot){OG_NO_VARIABLE, path->iri}, object);
  case OG_PATH_INVERSE:
    return emit_path(p, object, path->a, subject);
  case OG_PATH_SEQUENCE:
    OG_TRY(fresh_slot(p, &joint));
    OG_TRY(emit_path(p, subject, path->a, joint));
    return emit_path(p, joint, path->b, object);
  case OG_PATH_ALTERNATIVE:
    return emit_alternative(p, subject, path, object);
  case OG_PATH_ZERO_OR_ONE:
  case OG_PATH_ZERO_OR_MORE:
  case OG_PATH_ONE_OR_MORE:
  case OG_PATH_NEGATED:
    break;
  }
  OgAlgebra *repeat = og_parser_algebra(p, OG_ALGEBRA_PATH, 0);
  if (!repeat) {
    return OG_NO_MEMORY;
  }
  repeat->subject = subject;
  repeat->path = path;
  repeat->object = object;
  return og_parser_add(p, p->target, repeat);
}

static OgPath *new_path(OgParser *p, OgPathKind kind, const OgPath *a, const OgPath *b) {
  OgPath *path = og_parser_alloc(p, 1, sizeof *path);
  if (path) {
    *path = (OgPath){.kind = kind, .a = a, .b = b};
  }
  return path;
}

static OgStatus parse_path(OgParser *p, const OgPath **path);

static OgStatus parse_predicate(OgParser *p, OgTerm *iri) {
  bool type =
      p->token.kind == OG_TOKEN_WORD && p->token.text.size == 1 && p->token.text.data[0] == 'a';
  if (type) {
    *iri = (OgTerm){.kind = OG_IRI, .text = OG_TEXT(OG_NS_RDF "type")};
    return og_parser_advance(p);
  }
  return og_parser_at_iri(p) ? og_parser_iri(p, iri)
                             : og_parser_expected(p, "a property: an IRI, a, or a path of them");
}

/* The IRIs of a negated set, by direction. */
typedef struct Negated {
  OgTerm *iris[2];
  size_t count[2], capacity[2];
} Negated;

/* PathOneInPropertySet [96] */
static OgStatus parse_negated_iri(OgParser *p, Negated *set) {
  bool inverse;
  OG_TRY(og_parser_accept_sign(p, "^", &inverse));
  OgTerm *iris = og_arena_grow(p->arena, set->iris[inverse], set->count[inverse],
                               &set->capacity[inverse], sizeof *iris);
  if (!iris) {
    return og_error_no_memory(p->err);
  }
  set->iris[inverse] = iris;
  return parse_predicate(p, &iris[set->count[inverse]++]);
}

/* PathNegatedPropertySet [95] */
static OgStatus parse_negated(OgParser *p, const OgPath **path) {
  Negated set = {0};
  bool several;
  OG_TRY(og_parser_accept_sign(p, "(", &several));
  if (!several) {
    OG_TRY(parse_negated_iri(p, &set));
  } else {
    for (bool more = !og_parser_is_sign(p, ")"); more;) {
      OG_TRY(parse_negated_iri(p, &set));
      OG_TRY(og_parser_accept_sign(p, "|", &more));
    }
    OG_TRY(og_parser_expect_sign(p, ")"));
  }
  OgPath *ways[2] = {NULL, NULL};
  for (int k = 0; k < 2; k++) {
    if (set.count[k] > 0 || (k == 0 && set.count[1] == 0)) {
      ways[k] = new_path(p, OG_PATH_NEGATED, NULL, NULL);
      if (!ways[k]) {
        return OG_NO_MEMORY;
      }
      ways[k]->iris = set.iris[k];
      ways[k]->iri_count = set.count[k];
    }
  }
  if (ways[1]) {
    ways[1] = new_path(p, OG_PATH_INVERSE, ways[1], NULL);
  }
  *path = ways[0] && ways[1] ? new_path(p, OG_PATH_ALTERNATIVE, ways[0], ways[1])
          : ways[0]          ? ways[0]
                             : ways[1];
  return *path ? OG_OK : OG_NO_MEMORY;
}

/* PathPrimary [94] */
static OgStatus parse_path_primary(OgParser *p, const OgPath **path) {
  bool accepted;
  OG_TRY(og_parser_accept_sign(p, "!", &accepted));
  if (accepted) {
    return parse_negated(p, path);
  }
  OG_TRY(og_parser_accept_sign(p, "(", &accepted));
  if (accepted) {
    OG_TRY(og_parser_enter(p));
    OG_TRY(parse_path(p, path));
    og_parser_leave(p);
    return og_parser_expect_sign(p, ")");
  }
  OgPath *link = new_path(p, OG_PATH_LINK, NULL, NULL);
  if (!link) {
    return OG_NO_MEMORY;
  }
  *path = link;
  return parse_predicate(p, &link->iri);
}

/* PathElt [91], PathEltOrInverse [92] */
static OgStatus parse_path_element(OgParser *p, const OgPath **path) {
  static const struct {
    const char *sign;
    OgPathKind kind;
  } repeats[] = {
      {"?", OG_PATH_ZERO_OR_ONE}, {"*", OG_PATH_ZERO_OR_MORE}, {"+", OG_PATH_ONE_OR_MORE}};
  bool inverse;
  bool repeated = false;
  OG_TRY(og_parser_accept_sign(p, "^", &inverse));
  OG_TRY(parse_path_primary(p, path));
  for (size_t k = 0; k < OG_COUNT(repeats) && !repeated && !og_parser_at_signed_number(p); k++) {
    OG_TRY(og_parser_accept_sign(p, repeats[k].sign, &repeated));
    if (repeated) {
      *path = new_path(p, repeats[k].kind, *path, NULL);
    }
  }
  if (inverse && *path) {
    *path = new_path(p, OG_PATH_INVERSE, *path, NULL);
  }
  return *path ? OG_OK : OG_NO_MEMORY;
}

/* PathSequence [90] and PathAlternative [89]: a chain of parts between one sign. */
static OgStatus parse_path_chain(OgParser *p, const char *sign, OgPathKind kind,
                                 OgStatus (*part)(OgParser *p, const OgPath **path),
                                 const OgPath **path) {
  bool more;
  OG_TRY(part(p, path));
  OG_TRY(og_parser_accept_sign(p, sign, &more));
  for (int parts = 1; more; parts++) {
    const OgPath *next;
    if (parts >= LONGEST_PATH) {
      return og_parser_expected(p, "a path of fewer parts");
    }
    OG_TRY(part(p, &next));
    *path = new_path(p, kind, *path, next);
    if (!*path) {
      return OG_NO_MEMORY;
    }
    OG_TRY(og_parser_accept_sign(p, sign, &more));
  }
  return OG_OK;
}

static OgStatus parse_path_sequence(OgParser *p, const OgPath **path) {
  return parse_path_chain(p, "/", OG_PATH_SEQUENCE, parse_path_element, path);
}

static OgStatus parse_path(OgParser *p, const OgPath **path) {
  return parse_path_chain(p, "|", OG_PATH_ALTERNATIVE, parse_path_sequence, path);
}

/* ---- Triples ---- */

static OgStatus parse_node(OgParser *p, OgSlot *slot);
static OgStatus parse_properties(OgParser *p, OgSlot subject, bool required);

/* The variable of a blank node's label. */
static OgStatus blank_variable(OgParser *p, OgText label, int *variable) {
  for (size_t k = p->label_count; k-- > 0;) {
    const OgBlankLabel *row = &p->labels[k];
    if (row->label.size == label.size && memcmp(row->label.data, label.data, label.size) == 0) {
      if (row->block != p->block) {
        return og_lexer_fault(&p->lexer, p->token.start, p->err,
                              "_:%.*s stands in two basic graph patterns: a blank node belongs to "
                              "one; use a variable",
                              (int)label.size, label.data);
      }
      *variable = row->variable;
      return OG_OK;
    }
  }
  OgBlankLabel *labels =
      og_arena_grow(p->arena, p->labels, p->label_count, &p->label_capacity, sizeof *labels);
  if (!labels) {
    return og_error_no_memory(p->err);
  }
  p->labels = labels;
  OG_TRY(og_parser_fresh(p, variable));
  labels[p->label_count++] = (OgBlankLabel){label, *variable, p->block};
  return OG_OK;
}

OgStatus og_parse_variable_or_iri(OgParser *p, OgSlot *slot) {
  *slot = variable_slot(OG_NO_VARIABLE);
  if (p->token.kind == OG_TOKEN_VARIABLE) {
    return og_parser_expect_variable(p, &slot->variable);
  }
  return og_parser_at_iri(p) ? og_parser_iri(p, &slot->term)
                             : og_parser_expected(p, "a variable or an IRI");
}

/* BlankNodePropertyList [99], or [] */
static OgStatus parse_brackets(OgParser *p, OgSlot *slot, bool *empty) {
  OG_TRY(og_parser_enter(p));
  OG_TRY(og_parser_advance(p));
  OG_TRY(fresh_slot(p, slot));
  *empty = og_parser_is_sign(p, "]");
  if (!*empty) {
    OG_TRY(parse_properties(p, *slot, true));
  }
  og_parser_leave(p);
  return og_parser_is_sign(p, "]") ? og_parser_advance(p)
                                   : og_parser_expected(p, "\";\", \",\" or \"]\"");
}

/* Collection [102], or () */
static OgStatus parse_collection(OgParser *p, OgSlot *slot, bool *empty) {
  const OgSlot nil = iri_slot(OG_TEXT(OG_NS_RDF "nil"));
  OG_TRY(og_parser_enter(p));
  OG_TRY(og_parser_advance(p));
  *slot = nil;
  *empty = true;
  for (OgSlot last = nil; !og_parser_is_sign(p, ")"); *empty = false) {
    OgSlot cell;
    OgSlot item;
    OG_TRY(fresh_slot(p, &cell));
    OG_TRY(parse_node(p, &item));
    OG_TRY(emit_triple(p, cell, iri_slot(OG_TEXT(OG_NS_RDF "first")), item));
    if (*empty) {
      *slot = cell;
    } else {
      OG_TRY(emit_triple(p, last, iri_slot(OG_TEXT(OG_NS_RDF "rest")), cell));
    }
    last = cell;
    if (og_parser_is_sign(p, ")")) {
      OG_TRY(emit_triple(p, last, iri_slot(OG_TEXT(OG_NS_RDF "rest")), nil));
    }
  }
  og_parser_leave(p);
  return og_parser_advance(p);
}

/* VarOrTerm [106] */
static OgStatus parse_simple_node(OgParser *p, OgSlot *slot) {
  *slot = variable_slot(OG_NO_VARIABLE);
  if (p->token.kind == OG_TOKEN_BLANK) {
    OG_TRY(blank_variable(p, p->token.text, &slot->variable));
    return og_parser_advance(p);
  }
  if (og_parser_at_literal(p)) {
    return og_parser_literal(p, &slot->term);
  }
  return p->token.kind == OG_TOKEN_VARIABLE || og_parser_at_iri(p)
             ? og_parse_variable_or_iri(p, slot)
             : og_parser_expected(p, "a variable, an IRI, a literal or a blank node");
}

/* GraphNode [104] */
static OgStatus parse_node(OgParser *p, OgSlot *slot) {
  bool empty;
  if (og_parser_is_sign(p, "[")) {
    return parse_brackets(p, slot, &empty);
  }
  if (og_parser_is_sign(p, "(")) {
    return parse_collection(p, slot, &empty);
  }
  return parse_simple_node(p, slot);
}

/* The verb of a property list: a variable, or a path. */
typedef struct Verb {
  OgSlot slot;
  const OgPath *path;
} Verb;

static OgStatus parse_verb(OgParser *p, Verb *verb) {
  *verb = (Verb){.slot = variable_slot(OG_NO_VARIABLE)};
  if (p->token.kind == OG_TOKEN_VARIABLE) {
    return og_parser_expect_variable(p, &verb->slot.variable);
  }
  return p->in_template ? parse_predicate(p, &verb->slot.term) : parse_path(p, &verb->path);
}

static OgStatus parse_objects(OgParser *p, OgSlot subject, const Verb *verb) {
  for (bool more = true; more;) {
    OgSlot object;
    OG_TRY(parse_node(p, &object));
    OG_TRY(verb->path ? emit_path(p, subject, verb->path, object)
                      : emit_triple(p, subject, verb->slot, object));
    OG_TRY(og_parser_accept_sign(p, ",", &more));
  }
  return OG_OK;
}

static bool at_verb(const OgParser *p) {
  return p->token.kind == OG_TOKEN_VARIABLE || og_parser_at_iri(p) || og_parser_is_word(p, "a") ||
         (!p->in_template &&
          (og_parser_is_sign(p, "^") || og_parser_is_sign(p, "!") || og_parser_is_sign(p, "(")));
}

/* PropertyListPathNotEmpty [83] */
static OgStatus parse_properties(OgParser *p, OgSlot subject, bool required) {
  if (!required && !at_verb(p)) {
    return OG_OK;
  }
  for (;;) {
    Verb verb;
    bool more;
    OG_TRY(parse_verb(p, &verb));
    OG_TRY(parse_objects(p, subject, &verb));
    OG_TRY(og_parser_accept_sign(p, ";", &more));
    if (!more) {
      return OG_OK;
    }
    while (more) {
      OG_TRY(og_parser_accept_sign(p, ";", &more));
    }
    if (!at_verb(p)) {
      return OG_OK;
    }
  }
}

/* TriplesSameSubjectPath [81] */
static OgStatus parse_subject(OgParser *p) {
  OgSlot subject;
  bool empty = true;
  if (og_parser_is_sign(p, "[")) {
    OG_TRY(parse_brackets(p, &subject, &empty));
  } else if (og_parser_is_sign(p, "(")) {
    OG_TRY(parse_collection(p, &subject, &empty));
  } else {
    OG_TRY(parse_simple_node(p, &subject));
  }
  return parse_properties(p, subject, empty);
}

static bool at_subject(const OgParser *p) {
  return p->token.kind == OG_TOKEN_VARIABLE || p->token.kind == OG_TOKEN_BLANK ||
         og_parser_at_iri(p) || og_parser_at_literal(p) || og_parser_is_sign(p, "[") ||
         og_parser_is_sign(p, "(");
}

/* TriplesBlock [55] */
static OgStatus parse_triples(OgParser *p) {
  for (bool more = true; more && at_subject(p);) {
    OG_TRY(parse_subject(p));
    OG_TRY(og_parser_accept_sign(p, ".", &more));
  }
  return OG_OK;
}

OgStatus og_parse_template(OgParser *p) {
  p->in_template = true;
  og_parser_new_block(p);
  OG_TRY(parse_triples(p));
  og_parser_new_block(p);
  p->in_template = false;
  return og_parser_is_sign(p, "}") ? og_parser_advance(p)
                                   : og_parser_expected(p, "a triple, or \"}\"");
}

/* ---- VALUES ---- */

/* DataBlockValue [65] */
static OgStatus parse_value(OgParser *p, OgTerm *term) {
  bool undefined;
  *term = (OgTerm){.kind = OG_UNBOUND};
  OG_TRY(og_parser_accept_word(p, "UNDEF", &undefined));
  if (undefined) {
    return OG_OK;
  }
  if (og_parser_at_iri(p)) {
    return og_parser_iri(p, term);
  }
  return og_parser_at_literal(p) ? og_parser_literal(p, term)
                                 : og_parser_expected(p, "an IRI, a literal or UNDEF");
}

typedef struct Values {
  int *variables;
  size_t count, variable_capacity;
  OgTerm *terms;
  size_t term_count, term_capacity;
} Values;

static OgStatus add_value_variable(OgParser *p, Values *values) {
  int variable;
  const size_t start = p->token.start;
  OG_TRY(og_parser_expect_variable(p, &variable));
  for (size_t k = 0; k < values->count; k++) {
    if (values->variables[k] == variable) {
      return og_lexer_fault(&p->lexer, start, p->err, "?%s stands twice in VALUES",
                            p->query->names[variable]);
    }
  }
  int *variables = og_arena_grow(p->arena, values->variables, values->count,
                                 &values->variable_capacity, sizeof *variables);
  if (!variables) {
    return og_error_no_memory(p->err);
  }
  values->variables = variables;
  variables[values->count++] = variable;
  return OG_OK;
}

static OgStatus add_value(OgParser *p, Values *values) {
  OgTerm *terms = og_arena_grow(p->arena, values->terms, values->term_count, &values->term_capacity,
                                sizeof *terms);
  if (!terms) {
    return og_error_no_memory(p->err);
  }
  values->terms = terms;
  return parse_value(p, &terms[values->term_count++]);
}

/* `( value … )` of InlineDataFull [64] */
static OgStatus parse_row(OgParser *p, Values *values) {
  size_t found = 0;
  const size_t start = p->token.start;
  OG_TRY(og_parser_expect_sign(p, "("));
  for (; !og_parser_is_sign(p, ")"); found++) {
    OG_TRY(add_value(p, values));
  }
  if (found != values->count) {
    return og_lexer_fault(&p->lexer, start, p->err,
                          "expected %zu values, one for each variable, found %zu: UNDEF leaves one "
                          "open",
                          values->count, found);
  }
  return og_parser_advance(p);
}

OgStatus og_parse_values(OgParser *p, const OgAlgebra **pattern) {
  Values values = {0};
  bool full;
  size_t rows = 0;
  OG_TRY(og_parser_accept_sign(p, "(", &full));
  if (!full) {
    OG_TRY(add_value_variable(p, &values));
  } else {
    while (!og_parser_is_sign(p, ")")) {
      OG_TRY(add_value_variable(p, &values));
    }
    OG_TRY(og_parser_advance(p));
  }
  OG_TRY(og_parser_expect_sign(p, "{"));
  for (; !og_parser_is_sign(p, "}"); rows++) {
    OG_TRY(full ? parse_row(p, &values) : add_value(p, &values));
  }
  OG_TRY(og_parser_advance(p));
  OgAlgebra *made = og_parser_algebra(p, OG_ALGEBRA_VALUES, 0);
  if (!made) {
    return OG_NO_MEMORY;
  }
  made->variables = values.variables;
  made->variable_count = values.count;
  made->terms = values.terms;
  made->rows = rows;
  *pattern = made;
  return OG_OK;
}

/* ---- Groups ---- */

/* A group at work (18.2.2.6): G and FS of the specification. */
typedef struct Group {
  OgPatterns patterns;
  const OgExpression **filters;
  size_t filter_count, filter_capacity;
  size_t chain;
} Group;

/* A group's pattern, and the filters that hold for the whole of it. */
static OgStatus parse_group_parts(OgParser *p, const OgAlgebra **pattern,
                                  const OgExpression **condition);

/* Replace what was gathered by an operator over it. */
static OgStatus wrap(OgParser *p, Group *group, OgAlgebraKind kind, size_t children,
                     OgAlgebra **made) {
  if (++group->chain > LONGEST_CHAIN) {
    return og_parser_expected(p, "at most 500 OPTIONAL, MINUS and BIND in a group");
  }
  *made = og_parser_algebra(p, kind, children);
  if (!*made) {
    return OG_NO_MEMORY;
  }
  OG_TRY(og_parser_join(p, &group->patterns, &(*made)->children[0]));
  group->patterns = (OgPatterns){0};
  og_parser_new_block(p);
  return og_parser_add(p, &group->patterns, *made);
}

static OgStatus parse_optional(OgParser *p, Group *group) {
  OgAlgebra *join = NULL;
  OG_TRY(wrap(p, group, OG_ALGEBRA_LEFT_JOIN, 2, &join));
  return parse_group_parts(p, &join->children[1], &join->condition);
}

static OgStatus parse_minus(OgParser *p, Group *group) {
  OgAlgebra *minus = NULL;
  OG_TRY(wrap(p, group, OG_ALGEBRA_MINUS, 2, &minus));
  return og_parse_group(p, &minus->children[1]);
}

static OgStatus check_new(OgParser *p, const OgAlgebra *pattern, int variable, size_t at) {
  OgVariableSet set = {og_parser_alloc(p, p->query->variable_count, 1), p->query->variable_count};
  if (!set.has) {
    return OG_NO_MEMORY;
  }
  og_algebra_scope(pattern, &set);
  return set.has[variable]
             ? og_lexer_fault(&p->lexer, at, p->err,
                              "?%s has a value already where BIND gives it one: use another name",
                              p->query->names[variable])
             : OG_OK;
}

static OgStatus parse_bind(OgParser *p, Group *group) {
  OgAlgebra *extend = NULL;
  const size_t start = p->token.start;
  OG_TRY(wrap(p, group, OG_ALGEBRA_EXTEND, 1, &extend));
  OG_TRY(og_parser_expect_sign(p, "("));
  OG_TRY(og_parse_as(p, &extend->condition, &extend->variable));
  return check_new(p, extend->children[0], extend->variable, start);
}

static OgStatus parse_graph(OgParser *p, Group *group) {
  OgAlgebra *graph = og_parser_algebra(p, OG_ALGEBRA_GRAPH, 1);
  if (!graph) {
    return OG_NO_MEMORY;
  }
  OG_TRY(og_parse_variable_or_iri(p, &graph->graph));
  OG_TRY(og_parse_group(p, &graph->children[0]));
  return og_parser_add(p, &group->patterns, graph);
}

static OgStatus parse_inline_values(OgParser *p, Group *group) {
  const OgAlgebra *values;
  OG_TRY(og_parse_values(p, &values));
  return og_parser_add(p, &group->patterns, values);
}

static OgStatus parse_filter(OgParser *p, Group *group) {
  const OgExpression **filters = og_arena_grow(p->arena, group->filters, group->filter_count,
                                               &group->filter_capacity, sizeof *filters);
  if (!filters) {
    return og_error_no_memory(p->err);
  }
  group->filters = filters;
  return og_parse_constraint(p, &filters[group->filter_count++]);
}

static OgStatus refuse_service(OgParser *p, Group *group) {
  (void)group;
  return og_lexer_fault(&p->lexer, p->token.start, p->err,
                        "SERVICE asks another machine, and ontograft does not talk to the network: "
                        "import that data instead");
}

/* GroupOrUnionGraphPattern [67] */
static OgStatus parse_union(OgParser *p, Group *group) {
  OgPatterns choices = {0};
  for (bool more = true; more;) {
    const OgAlgebra *choice;
    OG_TRY(og_parse_group(p, &choice));
    OG_TRY(og_parser_add(p, &choices, choice));
    OG_TRY(og_parser_accept_word(p, "UNION", &more));
  }
  if (choices.count == 1) {
    return og_parser_add(p, &group->patterns, choices.items[0]);
  }
  OgAlgebra *made = og_parser_algebra(p, OG_ALGEBRA_UNION, 0);
  if (!made) {
    return OG_NO_MEMORY;
  }
  made->children = choices.items;
  made->count = choices.count;
  return og_parser_add(p, &group->patterns, made);
}

/* GraphPatternNotTriples [56] and Filter [68]. */
typedef struct Part {
  const char *word;
  OgStatus (*parse)(OgParser *p, Group *group);
  bool within_block; /* triples before and after it are one basic graph pattern */
} Part;

static const Part parts[] = {
    {"OPTIONAL", parse_optional, false}, {"MINUS", parse_minus, false},
    {"FILTER", parse_filter, true},      {"BIND", parse_bind, false},
    {"GRAPH", parse_graph, false},       {"VALUES", parse_inline_values, false},
    {"SERVICE", refuse_service, false},
};

static const char *name_part(void *data, size_t k) {
  (void)data;
  return k < OG_COUNT(parts) ? parts[k].word : NULL;
}

static OgStatus unknown_part(OgParser *p) {
  if (p->token.kind == OG_TOKEN_WORD) {
    const char *close = og_parser_suggest(p->token.text, name_part, NULL);
    if (close) {
      return og_lexer_fault(&p->lexer, p->token.start, p->err,
                            "expected a triple, OPTIONAL, FILTER, … or \"}\", found %.*s: did you "
                            "mean %s?",
                            (int)p->token.text.size, p->token.text.data, close);
    }
  }
  return og_parser_expected(p, "a triple, OPTIONAL, FILTER, … or \"}\"");
}

static OgStatus parse_part(OgParser *p, Group *group) {
  if (og_parser_is_sign(p, "{")) {
    og_parser_new_block(p);
    OG_TRY(parse_union(p, group));
    og_parser_new_block(p);
    return OG_OK;
  }
  for (size_t k = 0; k < OG_COUNT(parts); k++) {
    if (og_parser_is_word(p, parts[k].word)) {
      const long block = p->block;
      OG_TRY(og_parser_advance(p));
      OG_TRY(parts[k].parse(p, group));
      if (parts[k].within_block) {
        p->block = block;
      } else {
        og_parser_new_block(p);
      }
      return OG_OK;
    }
  }
  return unknown_part(p);
}

static OgStatus join_filters(OgParser *p, const Group *group, const OgExpression **condition) {
  *condition = group->filter_count > 0 ? group->filters[0] : NULL;
  if (group->filter_count < 2) {
    return OG_OK;
  }
  OgExpression *all = og_parser_alloc(p, 1, sizeof *all);
  if (!all) {
    return OG_NO_MEMORY;
  }
  *all = (OgExpression){.kind = OG_EXPRESSION_CALL,
                        .builtin = og_sparql_operator(OG_CALL_AND),
                        .arguments = group->filters,
                        .count = group->filter_count};
  *condition = all;
  return OG_OK;
}

static OgStatus parse_triples_into(OgParser *p, Group *group) {
  p->target = &group->patterns;
  return parse_triples(p);
}

/* GroupGraphPatternSub [54] */
static OgStatus parse_group_body(OgParser *p, Group *group) {
  OgPatterns *const target = p->target;
  OG_TRY(parse_triples_into(p, group));
  while (!og_parser_is_sign(p, "}")) {
    bool dot;
    OG_TRY(parse_part(p, group));
    OG_TRY(og_parser_accept_sign(p, ".", &dot));
    OG_TRY(parse_triples_into(p, group));
  }
  p->target = target;
  return OG_OK;
}

static OgStatus parse_group_parts(OgParser *p, const OgAlgebra **pattern,
                                  const OgExpression **condition) {
  Group group = {0};
  OgAggregates *const aggregates = p->aggregates;
  *condition = NULL;
  OG_TRY(og_parser_enter(p));
  OG_TRY(og_parser_expect_sign(p, "{"));
  og_parser_new_block(p);
  p->aggregates = NULL;
  if (og_parser_is_word(p, "SELECT")) {
    OgPatterns *const target = p->target;
    OG_TRY(og_parse_select(p, pattern));
    p->target = target;
  } else {
    OG_TRY(parse_group_body(p, &group));
    OG_TRY(og_parser_join(p, &group.patterns, pattern));
    OG_TRY(join_filters(p, &group, condition));
  }
  p->aggregates = aggregates;
  og_parser_new_block(p);
  og_parser_leave(p);
  return og_parser_expect_sign(p, "}");
}

OgStatus og_parse_group(OgParser *p, const OgAlgebra **pattern) {
  const OgAlgebra *inner;
  const OgExpression *condition;
  OG_TRY(parse_group_parts(p, &inner, &condition));
  *pattern = inner;
  if (condition) {
    OgAlgebra *filter = og_parser_algebra(p, OG_ALGEBRA_FILTER, 1);
    if (!filter) {
      return OG_NO_MEMORY;
    }
    filter->children[0] = inner;
    filter->condition = condition;
    *pattern = filter;
  }
  return OG_OK;
}
