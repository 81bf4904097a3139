/* sparql_lex: the text of a query as tokens (SPARQL 1.1 Query Language, 19.8).
 *
 * Escapes \uXXXX stand for their character anywhere (19.2); places in errors are those of the text
 * as it was written. */
#ifndef OG_KG_SPARQL_LEX_H
#define OG_KG_SPARQL_LEX_H

#include "core/arena.h"
#include "core/quad.h"

#include <stdbool.h>

typedef enum OgTokenKind {
  OG_TOKEN_END,
  OG_TOKEN_IRI,      /* text: between < and > */
  OG_TOKEN_PREFIXED, /* prefix, text: the local name with its escapes undone */
  OG_TOKEN_BLANK,    /* text: the label */
  OG_TOKEN_VARIABLE, /* text: the name */
  OG_TOKEN_STRING,   /* text: what it says */
  OG_TOKEN_LANGUAGE, /* text: the tag */
  OG_TOKEN_INTEGER,
  OG_TOKEN_DECIMAL,
  OG_TOKEN_DOUBLE,
  OG_TOKEN_WORD, /* a keyword or the name of a function, or the beginning of neither */
  OG_TOKEN_SIGN  /* an operator or a bracket: text */
} OgTokenKind;

typedef struct OgToken {
  OgTokenKind kind;
  OgText text;
  OgText prefix;
  size_t start, end; /* in the text that is read */
} OgToken;

typedef struct OgLexer {
  OgArena *arena;
  const char *text; /* with escapes undone, terminated */
  size_t size;
  size_t at;
  const char *written;
  const struct OgEscape *escapes; /* where \u was, in order */
  size_t escape_count;
} OgLexer;

/* Check that text is UTF-8 and undo its escapes. text and the arena outlive the lexer. */
OG_MUST_CHECK OgStatus og_lexer_init(OgLexer *lexer, OgArena *arena, const char *text,
                                     OgError *err);

OG_MUST_CHECK OgStatus og_lexer_next(OgLexer *lexer, OgToken *token, OgError *err);

/* Report a fault at an offset of lexer->text. */
OgStatus og_lexer_fault(const OgLexer *lexer, size_t at, OgError *err, const char *format, ...)
    OG_PRINTF(4, 5);

#endif
