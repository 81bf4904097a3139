#include "cli/answer.h"

#include "core/vocab.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const answer_formats[] = {"table", "csv", "tsv", "json",   "jsonl",
                                      "md",    "xml", "nt",  "turtle", NULL};

/* What prints a format: a table where table is true. */
typedef struct Form {
  bool table;
  TableFormat of_table;
  OgSparqlFormat of_writer;
} Form;

static const Form forms[] = {
    [ANSWER_TABLE] = {true, TABLE_TEXT, OG_SPARQL_TSV},
    [ANSWER_CSV] = {false, TABLE_CSV, OG_SPARQL_CSV},
    [ANSWER_TSV] = {false, TABLE_TSV, OG_SPARQL_TSV},
    [ANSWER_JSON] = {false, TABLE_JSON, OG_SPARQL_JSON},
    [ANSWER_JSONL] = {true, TABLE_JSONL, OG_SPARQL_JSON},
    [ANSWER_MD] = {true, TABLE_MD, OG_SPARQL_TSV},
    [ANSWER_XML] = {false, TABLE_TEXT, OG_SPARQL_XML},
    [ANSWER_NTRIPLES] = {false, TABLE_TEXT, OG_SPARQL_NTRIPLES},
    [ANSWER_TURTLE] = {false, TABLE_TEXT, OG_SPARQL_TURTLE},
};

static OgStatus write_bytes(const char *bytes, size_t size, OgError *err) {
  return fwrite(bytes, 1, size, stdout) == size ? OG_OK
                                                : og_error_errno(err, "write", "standard output");
}

/* Bytes of the writer. The head of the document waits for a row, or for the end. */
static OgStatus take_bytes(void *data, const char *bytes, size_t size, OgError *err) {
  Answer *answer = data;
  return answer->has_rows ? write_bytes(bytes, size, err)
                          : og_buffer_append(&answer->head, bytes, size, err);
}

static OgStatus write_head(Answer *answer, OgError *err) {
  if (answer->has_rows) {
    return OG_OK;
  }
  answer->has_rows = true;
  return answer->head.size == 0 ? OG_OK : write_bytes(answer->head.data, answer->head.size, err);
}

/* ---- Tables ---- */

static bool is(OgText text, const char *word) {
  return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

/* A number as a number, so that it is aligned, and no string in JSON; false when it is none, or has
 * more digits than a number of JSON keeps everywhere: an integer past 64 bits, a decimal past those
 * of a double. */
static bool print_number(Table *table, const OgTerm *term) {
  static const char *const integers[] = {OG_NS_XSD "integer",
                                         OG_NS_XSD "int",
                                         OG_NS_XSD "long",
                                         OG_NS_XSD "short",
                                         OG_NS_XSD "byte",
                                         OG_NS_XSD "nonNegativeInteger",
                                         OG_NS_XSD "positiveInteger",
                                         OG_NS_XSD "nonPositiveInteger",
                                         OG_NS_XSD "negativeInteger",
                                         OG_NS_XSD "unsignedLong",
                                         OG_NS_XSD "unsignedInt",
                                         OG_NS_XSD "unsignedShort",
                                         OG_NS_XSD "unsignedByte"};
  static const char *const reals[] = {OG_NS_XSD "decimal", OG_NS_XSD "double", OG_NS_XSD "float"};
  char *end;
  errno = 0;
  for (size_t k = 0; k < OG_COUNT(integers); k++) {
    if (is(term->datatype, integers[k])) {
      const long long value = strtoll(term->text.data, &end, 10);
      const bool whole = errno == 0 && end == term->text.data + term->text.size;
      if (whole && end != term->text.data) {
        table_integer(table, value);
        return true;
      }
    }
  }
  for (size_t k = 0; k < OG_COUNT(reals); k++) {
    if (is(term->datatype, reals[k])) {
      const double value = strtod(term->text.data, &end);
      const bool whole = end == term->text.data + term->text.size && end != term->text.data;
      if (whole && isfinite(value) && (k > 0 || term->text.size <= DBL_DIG)) {
        table_real(table, value, -1);
        return true;
      }
    }
  }
  return false;
}

/* JSON has a word for the truth; people and spreadsheets see it as it was written. */
static bool print_boolean(Table *table, const OgTerm *term) {
  static const struct {
    const char *text, *json;
  } values[] = {{"true", "true"}, {"1", "true"}, {"false", "false"}, {"0", "false"}};
  if (!is(term->datatype, OG_NS_XSD "boolean")) {
    return false;
  }
  for (size_t k = 0; k < OG_COUNT(values); k++) {
    if (is(term->text, values[k].text)) {
      table_json(table, values[k].json);
      return true;
    }
  }
  return false;
}

static void print_literal(const Answer *answer, const OgTerm *term) {
  const bool json = answer->format == ANSWER_JSONL;
  if (!print_number(answer->table, term) && !(json && print_boolean(answer->table, term))) {
    table_text(answer->table, term->text.data, term->text.size);
  }
}

/* IRIs as CURIEs, literals as their text alone. */
static OgStatus print_term(Answer *answer, const OgTerm *term, OgError *err) {
  Table *table = answer->table;
  switch (term->kind) {
  case OG_IRI:
    if (answer->prefixes) {
      const OgStatus status =
          og_prefixes_shorten(answer->prefixes, term->text.data, &answer->text, err);
      if (status == OG_OK) {
        table_text(table, answer->text.data, answer->text.size);
      }
      if (status != OG_NOT_FOUND) {
        return status;
      }
    }
    table_text(table, term->text.data, term->text.size);
    return OG_OK;
  case OG_BLANK:
    og_buffer_reset(&answer->text);
    OG_TRY(og_buffer_format(&answer->text, err, "_:%.*s", (int)term->text.size, term->text.data));
    table_text(table, answer->text.data, answer->text.size);
    return OG_OK;
  case OG_LITERAL:
    print_literal(answer, term);
    return OG_OK;
  default:
    table_null(table);
    return OG_OK;
  }
}

static OgStatus begin(void *data, OgSparqlForm form, const char *const *names, size_t count,
                      OgError *err) {
  static const char *const truth[] = {"answer"};
  Answer *answer = data;
  answer->asks = form == OG_SPARQL_ASK;
  const bool is_graph = form == OG_SPARQL_CONSTRUCT || form == OG_SPARQL_DESCRIBE;
  if (answer->format == ANSWER_AUTO) {
    answer->format = is_graph ? ANSWER_TURTLE : ANSWER_TABLE;
  }
  const Form *to = &forms[answer->format];
  if (to->table) {
    return table_open(stdout, answer->terminal, to->of_table, answer->asks ? truth : names,
                      answer->asks ? OG_COUNT(truth) : count, &answer->table, err);
  }
  const OgSparqlOutput output = {take_bytes, answer};
  OG_TRY(og_sparql_writer_new(to->of_writer, output, &answer->writer, err));
  og_sparql_writer_prefixes(answer->writer, answer->prefixes);
  const OgSolutions solutions = og_sparql_writer_solutions(answer->writer);
  return solutions.begin(solutions.data, form, names, count, err);
}

/* ASK's false, or zeros: the count of nothing. */
static bool is_nothing(const Answer *answer, const OgTerm *terms, size_t count) {
  size_t zeros = 0;
  for (size_t k = 0; k < count; k++) {
    zeros += is(terms[k].text, answer->asks ? "false" : "0");
  }
  return count > 0 && zeros == count;
}

static OgStatus row(void *data, const OgTerm *terms, size_t count, OgError *err) {
  Answer *answer = data;
  answer->found = answer->found || !is_nothing(answer, terms, count);
  if (answer->writer) {
    OG_TRY(write_head(answer, err));
    const OgSolutions solutions = og_sparql_writer_solutions(answer->writer);
    return solutions.row(solutions.data, terms, count, err);
  }
  for (size_t k = 0; k < count; k++) {
    OG_TRY(print_term(answer, &terms[k], err));
  }
  table_row(answer->table);
  return ferror(stdout) ? og_error_errno(err, "write", "standard output") : OG_OK;
}

OgSolutions answer_solutions(Answer *answer) {
  return (OgSolutions){begin, row, answer};
}

OgStatus answer_finish(Answer *answer, OgStatus status, OgError *err) {
  if (answer->table) {
    status = table_close(answer->table, status, err);
  } else if (answer->writer && status == OG_OK) {
    status = write_head(answer, err);
    status = status == OG_OK ? og_sparql_writer_finish(answer->writer, err) : status;
  }
  og_sparql_writer_free(answer->writer);
  og_buffer_clear(&answer->head);
  og_buffer_clear(&answer->text);
  return status;
}
