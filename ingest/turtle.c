#include "ingest/turtle.h"

#include "core/intern.h"
#include "core/memory.h"
#include "core/utf8.h"
#include "ingest/opening.h"

#include <ctype.h>
#include <serd/serd.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 1 << 16, MESSAGE = 400, PREFIX = 256 /* bytes of one that are looked at */ };

/* Where the bytes stand, as far as brackets go: those in strings, IRIs and comments do not count.
 */
typedef enum Lexical {
  PLAIN,
  ESCAPE, /* after a backslash in PLAIN */
  COMMENT,
  IRI,
  OPENED,       /* after one quote */
  OPENED_TWICE, /* after two: an empty string, or the beginning of a long one */
  STRING,
  STRING_ESCAPE /* after a backslash in STRING */
} Lexical;

typedef struct Brackets {
  Lexical state;
  char quote;       /* which one ends the string */
  unsigned closing; /* how many end it, 1 or 3 */
  unsigned run;     /* how many came in a row */
  size_t depth;     /* open ( and [ */
} Brackets;

typedef struct Place {
  long line, column; /* from 1, the column in bytes */
} Place;

/* Where each prefix comes first. serd does not tell where the terms of a statement stand; but a
 * prefix that is not declared stops the reading at its first use. */
typedef struct Prefixes {
  OgIntern *names; /* cut off at PREFIX bytes */
  Place *first;    /* by number of the name */
  size_t capacity;
  Place here;        /* the byte to come */
  Place begin;       /* of the word that is being read */
  char word[PREFIX]; /* its first bytes */
  size_t length;
  bool local; /* the word's colon has passed */
} Prefixes;

typedef struct Turtle {
  OgInput *input;
  const OgSink *sink;
  const OgProgress *progress;
  SerdSyntax syntax;
  SerdEnv *env;
  SerdReader *reader;
  Brackets brackets;
  Prefixes prefixes;
  OgBuffer labels[2]; /* of a blank subject and object */
  bool told_graph;
  OgError *err;
  OgStatus status; /* the first fault */
} Turtle;

static void fail(Turtle *turtle, OgStatus status) {
  if (turtle->status == OG_OK) {
    turtle->status = status;
  }
}

/* ---- bytes in -------------------------------------------------------------------------------- */

static void pass_plain(Brackets *at, char c) {
  switch (c) {
  case '#':
    at->state = COMMENT;
    break;
  case '<':
    at->state = IRI;
    break;
  case '\\':
    at->state = ESCAPE;
    break;
  case '"':
  case '\'':
    at->state = OPENED;
    at->quote = c;
    break;
  case '(':
  case '[':
    at->depth++;
    break;
  case ')':
  case ']':
    at->depth -= at->depth > 0;
    break;
  default:
    break;
  }
}

static void pass_string(Brackets *at, char c) {
  at->state = c == '\\' ? STRING_ESCAPE : STRING;
  at->run = c == at->quote ? at->run + 1 : 0;
  if (at->run == at->closing) {
    at->state = PLAIN;
  }
}

static void open_string(Brackets *at, unsigned closing) {
  at->state = STRING;
  at->closing = closing;
  at->run = 0;
}

static void pass(Brackets *at, char c) {
  switch (at->state) {
  case PLAIN:
    pass_plain(at, c);
    break;
  case COMMENT:
    at->state = c == '\n' ? PLAIN : COMMENT;
    break;
  case IRI:
    at->state = c == '>' ? PLAIN : IRI;
    break;
  case OPENED:
    if (c == at->quote) {
      at->state = OPENED_TWICE;
    } else {
      open_string(at, 1);
      pass_string(at, c);
    }
    break;
  case OPENED_TWICE:
    if (c == at->quote) {
      open_string(at, 3);
    } else {
      at->state = PLAIN;
      pass_plain(at, c);
    }
    break;
  case STRING:
    pass_string(at, c);
    break;
  case STRING_ESCAPE:
    at->state = STRING;
    at->run = 0;
    break;
  case ESCAPE:
    at->state = PLAIN;
    break;
  }
}

static OgStatus note_prefix(Prefixes *prefixes, OgError *err) {
  uint32_t id;
  int added;
  OG_TRY(og_intern_add(prefixes->names, prefixes->word, prefixes->length, &id, &added, err));
  if (added) {
    Place *grown = og_grow(prefixes->first, id, &prefixes->capacity, sizeof *grown);
    if (!grown) {
      return og_error_no_memory(err);
    }
    prefixes->first = grown;
    grown[id] = prefixes->begin;
  }
  return OG_OK;
}

/* May the byte stand in a CURIE, beside its colon? */
static bool is_in_word(char c) {
  return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || (c > ' ' && strchr("_-.%\\", c));
}

/* One byte outside of strings, IRIs and comments: words are prefix:local or have no colon. */
static OgStatus pass_word(Prefixes *prefixes, char c, OgError *err) {
  if (c == ':' && !prefixes->local) {
    prefixes->begin = prefixes->length ? prefixes->begin : prefixes->here;
    prefixes->local = true;
    return note_prefix(prefixes, err);
  }
  if (c != ':' && !is_in_word(c)) {
    prefixes->length = 0;
    prefixes->local = false;
  } else if (!prefixes->local && prefixes->length < PREFIX) {
    prefixes->begin = prefixes->length ? prefixes->begin : prefixes->here;
    prefixes->word[prefixes->length++] = c;
  }
  return OG_OK;
}

/* The first place of a CURIE's prefix. */
static Place place_of(const Prefixes *prefixes, const char *curie) {
  const size_t length = strcspn(curie, ":");
  const uint32_t id = og_intern_find(prefixes->names, curie, length < PREFIX ? length : PREFIX);
  return id == OG_INTERN_NONE ? (Place){0, 0} : prefixes->first[id];
}

static OgStatus pass_byte(Turtle *turtle, char c) {
  Place *here = &turtle->prefixes.here;
  if (turtle->brackets.state == PLAIN) {
    OG_TRY(pass_word(&turtle->prefixes, c, turtle->err));
  }
  pass(&turtle->brackets, c);
  here->column++;
  if (c == '\n') {
    *here = (Place){here->line + 1, 1};
  }
  return turtle->brackets.depth <= OG_TURTLE_MAX_DEPTH
             ? OG_OK
             : og_error_at(turtle->err, OG_BAD_DATA, og_input_name(turtle->input), here->line,
                           here->column - 1, "brackets nest deeper than %d, the limit",
                           OG_TURTLE_MAX_DEPTH);
}

/* SerdSource. */
static size_t read_bytes(void *buffer, size_t size, size_t count, void *stream) {
  Turtle *turtle = stream;
  size_t got = 0;
  if (turtle->status != OG_OK) {
    return 0;
  }
  fail(turtle, og_input_read(turtle->input, buffer, size * count, &got, turtle->err));
  if (turtle->status == OG_OK) {
    fail(turtle,
         og_progress_report(turtle->progress, "reading", (double)og_input_position(turtle->input),
                            (double)og_input_size(turtle->input), "", turtle->err));
  }
  for (size_t i = 0; i < got && turtle->status == OG_OK; i++) {
    fail(turtle, pass_byte(turtle, ((const char *)buffer)[i]));
  }
  return turtle->status == OG_OK ? got : 0;
}

/* SerdStreamErrorFunc. */
static int has_failed(void *stream) {
  return ((const Turtle *)stream)->status != OG_OK;
}

/* What to do about a fault that serd tells. */
static const char *advice(const char *message) {
  return strncmp(message, "invalid UTF-8", 13) == 0 ? "; " OG_ENCODING_ADVICE : "";
}

static SerdStatus on_error(void *handle, const SerdError *error) {
  Turtle *turtle = handle;
  if (turtle->status == OG_OK) {
    char message[MESSAGE];
    va_list args;
    va_copy(args, *error->args);
    vsnprintf(message, sizeof message, error->fmt, args);
    va_end(args);
    message[strcspn(message, "\n")] = '\0';
    fail(turtle,
         og_error_at(turtle->err, OG_BAD_DATA, og_input_name(turtle->input), (long)error->line,
                     (long)error->col, "malformed Turtle: %s%s", message, advice(message)));
  }
  return SERD_SUCCESS;
}

/* ---- statements ------------------------------------------------------------------------------ */

/* serd calls the blank nodes of Turtle that have no label b1, b2, …, and puts B for b where the
 * file has such labels. */
static bool is_minted(const Turtle *turtle, const SerdNode *node) {
  const char *label = (const char *)node->buf;
  return (turtle->syntax == SERD_TURTLE || turtle->syntax == SERD_TRIG) && label[0] == 'b' &&
         label[1] != '\0' && strspn(label + 1, "0123456789") == node->n_bytes - 1;
}

static OgStatus blank_term(const Turtle *turtle, const SerdNode *node, OgBuffer *label,
                           OgTerm *term, OgError *err) {
  const bool minted = is_minted(turtle, node);
  og_buffer_reset(label);
  OG_TRY(og_buffer_append(label, minted ? "g" : "n", 1, err));
  OG_TRY(og_buffer_append(label, node->buf + minted, node->n_bytes - minted, err));
  *term = (OgTerm){.kind = OG_BLANK, .text = {label->data, label->size}};
  return OG_OK;
}

static OgText node_text(const SerdNode *node) {
  return (OgText){(const char *)node->buf, node->n_bytes};
}

/* serd lets through half of a surrogate pair and bytes that look like UTF-8. */
static OgStatus check_text(const Turtle *turtle, OgText text, OgError *err) {
  return og_utf8_is_valid(text.data, text.size)
             ? OG_OK
             : og_error_at(err, OG_BAD_DATA, og_input_name(turtle->input), 0, 0,
                           "malformed Turtle: no UTF-8, or half of a surrogate pair as \\uD800: "
                           "%.100s",
                           text.data);
}

static OgStatus undeclared(const Turtle *turtle, const char *curie, OgError *err) {
  const Place place = place_of(&turtle->prefixes, curie);
  const int length = (int)strcspn(curie, ":");
  return og_error_at(err, OG_BAD_DATA, og_input_name(turtle->input), place.line, place.column,
                     "the prefix %.*s: of %.100s is not declared; add '@prefix %.*s: <…> .' before",
                     length < 100 ? length : 100, curie, curie, length < 100 ? length : 100, curie);
}

/* The IRI of a node, in full. owned is released when the text is no longer needed. */
static OgStatus expand(const Turtle *turtle, const SerdNode *node, SerdNode *owned, OgText *text,
                       OgError *err) {
  if (node->type == SERD_URI && serd_uri_string_has_scheme(node->buf)) {
    *text = node_text(node);
    return check_text(turtle, *text, err);
  }
  *owned = serd_env_expand_node(turtle->env, node);
  if (!owned->buf && node->type == SERD_CURIE) {
    return undeclared(turtle, (const char *)node->buf, err);
  }
  if (!owned->buf) {
    return og_error_no_memory(err);
  }
  *text = node_text(owned);
  return check_text(turtle, *text, err);
}

static OgStatus make_term(Turtle *turtle, const SerdNode *node, OgBuffer *label, SerdNode *owned,
                          OgTerm *term, OgError *err) {
  if (node->type == SERD_BLANK) {
    return blank_term(turtle, node, label, term, err);
  }
  *term = (OgTerm){.kind = node->type == SERD_LITERAL ? OG_LITERAL : OG_IRI};
  if (node->type == SERD_LITERAL) {
    term->text = node_text(node);
    return check_text(turtle, term->text, err);
  }
  return expand(turtle, node, owned, &term->text, err);
}

enum { SUBJECT, PREDICATE, OBJECT, DATATYPE, NODES };

static OgStatus emit(Turtle *turtle, const SerdNode *const nodes[NODES], const SerdNode *language,
                     SerdNode owned[NODES], OgError *err) {
  OgTerm terms[3];
  OG_TRY(make_term(turtle, nodes[SUBJECT], &turtle->labels[0], &owned[SUBJECT], &terms[0], err));
  OG_TRY(make_term(turtle, nodes[PREDICATE], NULL, &owned[PREDICATE], &terms[1], err));
  OG_TRY(make_term(turtle, nodes[OBJECT], &turtle->labels[1], &owned[OBJECT], &terms[2], err));
  if (nodes[DATATYPE] && nodes[DATATYPE]->buf) {
    OG_TRY(expand(turtle, nodes[DATATYPE], &owned[DATATYPE], &terms[2].datatype, err));
  }
  if (language && language->buf) {
    terms[2].language = node_text(language);
  }
  return turtle->sink->statement(turtle->sink->data, &terms[0], &terms[1], &terms[2], err);
}

static OgStatus warn_graph(Turtle *turtle, OgError *err) {
  if (turtle->told_graph || !turtle->sink->warning) {
    return OG_OK;
  }
  turtle->told_graph = true;
  return turtle->sink->warning(turtle->sink->data, "graph names dropped", 0, 0,
                               "the file names graphs; its statements are kept as one graph", err);
}

static SerdStatus on_statement(void *handle, SerdStatementFlags flags, const SerdNode *graph,
                               const SerdNode *subject, const SerdNode *predicate,
                               const SerdNode *object, const SerdNode *datatype,
                               const SerdNode *language) {
  (void)flags;
  Turtle *turtle = handle;
  const SerdNode *const nodes[NODES] = {subject, predicate, object, datatype};
  SerdNode owned[NODES] = {SERD_NODE_NULL, SERD_NODE_NULL, SERD_NODE_NULL, SERD_NODE_NULL};
  if (turtle->status == OG_OK && graph && graph->buf) {
    fail(turtle, warn_graph(turtle, turtle->err));
  }
  if (turtle->status == OG_OK) {
    fail(turtle, emit(turtle, nodes, language, owned, turtle->err));
  }
  for (size_t i = 0; i < NODES; i++) {
    serd_node_free(&owned[i]);
  }
  return turtle->status == OG_OK ? SERD_SUCCESS : SERD_ERR_INTERNAL;
}

static SerdStatus on_base(void *handle, const SerdNode *uri) {
  return serd_env_set_base_uri(((Turtle *)handle)->env, uri);
}

static SerdStatus on_prefix(void *handle, const SerdNode *name, const SerdNode *uri) {
  Turtle *turtle = handle;
  const SerdStatus set = serd_env_set_prefix(turtle->env, name, uri);
  if (set == SERD_SUCCESS && turtle->sink->prefix && turtle->status == OG_OK) {
    SerdNode owned = SERD_NODE_NULL;
    OgText text;
    OgStatus status = expand(turtle, uri, &owned, &text, turtle->err);
    if (status == OG_OK) {
      status = turtle->sink->prefix(turtle->sink->data, node_text(name), text, turtle->err);
    }
    fail(turtle, status);
    serd_node_free(&owned);
  }
  return turtle->status == OG_OK ? set : SERD_ERR_INTERNAL;
}

/* ---- the document ---------------------------------------------------------------------------- */

static OgStatus read_all(Turtle *turtle, OgError *err) {
  const SerdStatus serd =
      serd_reader_read_source(turtle->reader, read_bytes, has_failed, turtle,
                              (const uint8_t *)og_input_name(turtle->input), PAGE);
  if (turtle->status == OG_OK && serd > SERD_FAILURE) { /* a failure is the end of an empty file */
    return og_error_at(err, OG_BAD_DATA, og_input_name(turtle->input), 0, 0, "malformed Turtle: %s",
                       (const char *)serd_strerror(serd));
  }
  return turtle->status;
}

static OgStatus read_syntax(SerdSyntax syntax, OgInput *input, const OgReadOptions *options,
                            const OgSink *sink, const OgProgress *progress, OgError *err) {
  Turtle turtle = {
      .input = input, .sink = sink, .progress = progress, .syntax = syntax, .err = err};
  turtle.prefixes.here = (Place){1, 1};
  turtle.prefixes.names = og_intern_new();
  SerdURI uri;
  SerdNode base = serd_node_new_uri_from_string((const uint8_t *)options->base, NULL, &uri);
  turtle.env = serd_env_new(&base);
  turtle.reader = serd_reader_new(syntax, &turtle, NULL, on_base, on_prefix, on_statement, NULL);
  OgStatus status = og_opening_check(input, false, err);
  if (status == OG_OK && turtle.env && turtle.reader && turtle.prefixes.names) {
    /* every fault ends the reading; without strict, serd goes on, in a broken IRI without end */
    serd_reader_set_strict(turtle.reader, true);
    serd_reader_set_error_sink(turtle.reader, on_error, &turtle);
    status = read_all(&turtle, err);
  } else if (status == OG_OK) {
    status = og_error_no_memory(err);
  }
  serd_reader_free(turtle.reader);
  serd_env_free(turtle.env);
  serd_node_free(&base);
  og_intern_free(turtle.prefixes.names);
  og_free(turtle.prefixes.first);
  og_buffer_clear(&turtle.labels[0]);
  og_buffer_clear(&turtle.labels[1]);
  return status;
}

OgStatus og_turtle_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                        const OgProgress *progress, OgError *err) {
  return read_syntax(SERD_TURTLE, input, options, sink, progress, err);
}

OgStatus og_nquads_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                        const OgProgress *progress, OgError *err) {
  return read_syntax(SERD_NQUADS, input, options, sink, progress, err);
}

OgStatus og_trig_read(OgInput *input, const OgReadOptions *options, const OgSink *sink,
                      const OgProgress *progress, OgError *err) {
  return read_syntax(SERD_TRIG, input, options, sink, progress, err);
}

static SerdStatus note_graph(void *handle, SerdStatementFlags flags, const SerdNode *graph,
                             const SerdNode *subject, const SerdNode *predicate,
                             const SerdNode *object, const SerdNode *datatype,
                             const SerdNode *language) {
  (void)flags;
  (void)subject;
  (void)predicate;
  (void)object;
  (void)datatype;
  (void)language;
  *(bool *)handle = graph && graph->buf;
  return SERD_SUCCESS;
}

static SerdStatus ignore_error(void *handle, const SerdError *error) {
  (void)handle;
  (void)error;
  return SERD_SUCCESS;
}

bool og_nquads_names_graph(const char *line, size_t size) {
  bool named = false;
  char *copy = og_strndup(line, size);
  SerdReader *reader = serd_reader_new(SERD_NQUADS, &named, NULL, NULL, NULL, note_graph, NULL);
  if (copy && reader) {
    serd_reader_set_error_sink(reader, ignore_error, NULL);
    serd_reader_read_string(reader, (const uint8_t *)copy);
  }
  serd_reader_free(reader);
  og_free(copy);
  return named;
}
