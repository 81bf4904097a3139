/* Aggregates (11, 18.5.1) that SQL does not have. Expressions that are errors come in as NULL: they
 * make SUM, AVG, MIN and MAX errors, and the others leave them out. */
#include "core/memory.h"
#include "kg/sparql_number.h"
#include "kg/sql_functions.h"

#include <sqlite3.h>
#include <string.h>

/* What an aggregate has seen of its group. */
typedef struct State {
  bool failed;
  int64_t count;
  OgNumber sum;
  OgBuffer key, best; /* MIN, MAX: the order key of the best, MIN, MAX, SAMPLE: the value's blob */
  int64_t id;         /* the value when it is an id, else 0 */
  OgBuffer list;      /* GROUP_CONCAT: sizes and strings */
} State;

/* The group's state, made when first asked for; NULL out of memory. SQLite keeps a pointer only:
 * its memory is not aligned for what is in a state. */
static State *state_of(OgCall *call) {
  State **slot = sqlite3_aggregate_context(call->sql, sizeof *slot);
  if (slot && !*slot) {
    *slot = OG_NEW(State);
    if (*slot) {
      (*slot)->sum = og_number_integer(0);
    }
  }
  if (!slot || !*slot) {
    og_call_fail(call, OG_NO_MEMORY);
    return NULL;
  }
  return *slot;
}

static void free_state(OgCall *call) {
  State **slot = sqlite3_aggregate_context(call->sql, 0);
  if (slot && *slot) {
    og_buffer_clear(&(*slot)->key);
    og_buffer_clear(&(*slot)->best);
    og_buffer_clear(&(*slot)->list);
    og_free(*slot);
    *slot = NULL;
  }
}

/* ---- SUM, AVG ---- */

static void step_sum(OgCall *call) {
  State *state = state_of(call);
  OgTypedTerm term;
  OgNumber number;
  if (!state || state->failed) {
    return;
  }
  state->failed = !og_call_term(call, 0, &term) || !og_number_of(&term, &number) ||
                  !og_number_add(state->sum, number, &state->sum);
  state->count++;
}

static void give_number(OgCall *call, OgNumber number) {
  char text[OG_NUMBER_TEXT];
  const size_t size = og_number_text(number, text);
  og_call_give_literal(call, (OgText){text, size}, number.type);
}

static void finish_sum(OgCall *call) {
  const State *state = state_of(call);
  if (state && !state->failed) {
    give_number(call, state->sum);
  }
  free_state(call);
}

static void finish_avg(OgCall *call) {
  const State *state = state_of(call);
  OgNumber mean;
  if (state && !state->failed) {
    if (state->count == 0) {
      give_number(call, og_number_integer(0));
    } else if (og_number_divide(state->sum, og_number_integer(state->count), &mean)) {
      give_number(call, mean);
    }
  }
  free_state(call);
}

/* ---- MIN, MAX, SAMPLE ---- */

static OgStatus keep(OgCall *call, State *state) {
  sqlite3_value *value = call->values[0];
  state->id = 0;
  og_buffer_reset(&state->best);
  if (sqlite3_value_type(value) == SQLITE_INTEGER) {
    state->id = sqlite3_value_int64(value);
    return OG_OK;
  }
  OgTypedTerm term;
  return og_call_term(call, 0, &term) ? og_term_encode(&term, &state->best, &call->shared->fault)
                                      : OG_OK;
}

static int compare_keys(const OgBuffer *a, const OgBuffer *b) {
  const size_t common = a->size < b->size ? a->size : b->size;
  const int order = memcmp(a->data, b->data, common);
  return order ? order : (a->size > b->size) - (a->size < b->size);
}

static void step_extreme(OgCall *call, int sign) {
  State *state = state_of(call);
  OgTypedTerm term;
  OgBuffer *key = &call->shared->text;
  if (!state || state->failed) {
    return;
  }
  if (!og_call_term(call, 0, &term)) {
    state->failed = true;
    return;
  }
  OgStatus status = og_order_key(&term, key, &call->shared->fault);
  if (status == OG_OK && (state->count == 0 || sign * compare_keys(key, &state->key) > 0)) {
    const OgBuffer old = state->key;
    state->key = *key;
    *key = old;
    status = keep(call, state);
  }
  state->count++;
  if (status != OG_OK) {
    og_call_fail(call, status);
  }
}

static void step_min(OgCall *call) {
  step_extreme(call, -1);
}

static void step_max(OgCall *call) {
  step_extreme(call, 1);
}

static void step_sample(OgCall *call) {
  State *state = state_of(call);
  if (state && state->count == 0 && sqlite3_value_type(call->values[0]) != SQLITE_NULL) {
    const OgStatus status = keep(call, state);
    state->count = 1;
    if (status != OG_OK) {
      og_call_fail(call, status);
    }
  }
}

static void finish_best(OgCall *call) {
  const State *state = state_of(call);
  if (state && !state->failed && state->count > 0) {
    if (state->id != 0) {
      sqlite3_result_int64(call->sql, state->id);
    } else {
      sqlite3_result_blob64(call->sql, state->best.data, state->best.size, SQLITE_TRANSIENT);
    }
  }
  free_state(call);
}

/* ---- GROUP_CONCAT: a list first, so that SQL's DISTINCT, which takes one argument, works ---- */

static void step_list(OgCall *call) {
  State *state = state_of(call);
  OgTypedTerm term;
  if (!state || !og_call_term(call, 0, &term) || term.term.kind == OG_BLANK) {
    return;
  }
  const uint64_t size = term.term.text.size;
  if (!og_call_fits(call, state->list.size + sizeof size + size)) {
    return;
  }
  OgStatus status = og_buffer_append(&state->list, &size, sizeof size, &call->shared->fault);
  if (status == OG_OK) {
    status = og_buffer_append(&state->list, term.term.text.data, size, &call->shared->fault);
  }
  if (status != OG_OK) {
    og_call_fail(call, status);
  }
}

static void finish_list(OgCall *call) {
  const State *state = state_of(call);
  if (state) {
    sqlite3_result_blob64(call->sql, state->list.data ? state->list.data : "", state->list.size,
                          SQLITE_TRANSIENT);
  }
  free_state(call);
}

const OgSqlAggregate og_sql_aggregates[] = {
    {"og_sum", step_sum, finish_sum},
    {"og_avg", step_sum, finish_avg},
    {"og_min", step_min, finish_best},
    {"og_max", step_max, finish_best},
    {"og_sample", step_sample, finish_best},
    {"og_list", step_list, finish_list},
    {NULL, NULL, NULL},
};

/* og_join(list, separator): the list's strings with the separator between them. */
static void join(OgCall *call) {
  OgBuffer *result = &call->shared->text;
  const char *list = sqlite3_value_blob(call->values[0]);
  const size_t size = (size_t)sqlite3_value_bytes(call->values[0]);
  OgTypedTerm separator;
  OgStatus status = OG_OK;
  if (!og_call_term(call, 1, &separator)) {
    return;
  }
  og_buffer_reset(result);
  for (size_t at = 0; at < size && status == OG_OK;) {
    uint64_t length;
    if (at > 0) {
      status = og_buffer_append(result, separator.term.text.data, separator.term.text.size,
                                &call->shared->fault);
    }
    memcpy(&length, list + at, sizeof length);
    at += sizeof length;
    if (!og_call_fits(call, result->size + length)) {
      return;
    }
    if (status == OG_OK) {
      status = og_buffer_append(result, list + at, length, &call->shared->fault);
    }
    at += length;
  }
  if (status != OG_OK) {
    og_call_fail(call, status);
    return;
  }
  og_call_give_literal(call, (OgText){result->data ? result->data : "", result->size},
                       OG_TYPE_STRING);
}

const OgSqlFunction og_sql_lists[] = {
    {"og_join", 2, false, join},
    {NULL, 0, false, NULL},
};
