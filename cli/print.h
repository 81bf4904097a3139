/* print: results as JSON, shared by the commands. */
#ifndef OG_CLI_PRINT_H
#define OG_CLI_PRINT_H

#include "core/json.h"

/* How to print a card: a summary that is no table. */
typedef enum CardFormat { CARD_TEXT, CARD_JSON } CardFormat;

/* Their names, NULL-terminated: choices of --format. */
extern const char *const card_formats[];

/* Print text to stdout, with what a terminal would obey made visible (text_print). */
void print_safe(const char *text);

/* Print the IRI that a CURIE stands for on a line of its own; NULL: it stood there itself. */
void print_full(const char *curie, const char *iri);

/* Print json to stdout, indented, and release it. NULL (it could not be made) is OG_NO_MEMORY. */
OgStatus print_json(json_t *json, OgError *err);

/* A JSON string of text that may not be UTF-8: bad bytes become U+FFFD. */
json_t *json_text(const char *text, size_t length);

/* The same of a path or another string, which may be NULL: null. */
json_t *json_mended(const char *text);

/* Append item to *list and release it. When there is no memory for either, *list is released and
 * NULL, which print_json tells: a list is whole or not printed. */
void json_add(json_t **list, json_t *item);

/* The same of an object: set a member. */
void json_put(json_t **object, const char *key, json_t *value);

#endif
