#include "tests/kg/asking.h"

#include "core/vocab.h"
#include "kg/sparql_results.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define BOOLEAN "^^<" OG_NS_XSD "boolean>"

static OgStatus append(void *data, const char *bytes, size_t size, OgError *err) {
  return og_buffer_append(data, bytes, size, err);
}

static OgStatus ask(OgStore *store, const char *query, OgSparqlFormat format,
                    const OgSparqlOptions *options, OgBuffer *text, OgError *err) {
  OgSparqlWriter *writer = NULL;
  OgStatus status;
  og_buffer_reset(text);
  OG_GO(og_sparql_writer_new(format, (OgSparqlOutput){append, text}, &writer, err));
  const OgSolutions to = og_sparql_writer_solutions(writer);
  OG_GO(og_query_sparql(store, query, options, NULL, &to, NULL, err));
  OG_GO(og_sparql_writer_finish(writer, err));
done:
  og_sparql_writer_free(writer);
  return status;
}

const char *answer_of(OgStore *store, const char *query, const OgSparqlOptions *options) {
  static char answer[20000];
  OgBuffer text = OG_BUFFER_INIT;
  OgError err = {0};
  OgStatus status = ask(store, query, OG_SPARQL_TSV, options, &text, &err);
  if (status == OG_USAGE && strstr(err.message, "the answer is a graph")) {
    status = ask(store, query, OG_SPARQL_NTRIPLES, options, &text, &err);
  }
  if (status == OG_OK) {
    snprintf(answer, sizeof answer, "%s", text.data ? text.data : "");
  } else {
    snprintf(answer, sizeof answer, "%s %ld:%ld: %s", og_status_name(status), err.line, err.column,
             err.message);
  }
  og_buffer_clear(&text);
  return answer;
}

const char *value_of(OgStore *store, const char *expression) {
  char query[2000];
  snprintf(query, sizeof query, "SELECT (%s AS ?v) { }", expression);
  char *answer = (char *)(uintptr_t)answer_of(store, query, NULL);
  const char *head = "?v\n";
  if (strncmp(answer, head, strlen(head)) != 0) {
    return answer; /* a fault */
  }
  answer += strlen(head);
  answer[strcspn(answer, "\n")] = '\0';
  return strcmp(answer, "\"true\"" BOOLEAN) == 0    ? "true"
         : strcmp(answer, "\"false\"" BOOLEAN) == 0 ? "false"
                                                    : answer;
}

void check_values(OgStore *store, const Value *rows, size_t count) {
  size_t wrong = 0;
  for (size_t k = 0; k < count; k++) {
    const char *value = value_of(store, rows[k].expression);
    if (strcmp(value, rows[k].value) != 0) {
      print_message("%s is %s, not %s\n", rows[k].expression, value, rows[k].value);
      wrong++;
    }
  }
  assert_int_equal(wrong, 0);
}
