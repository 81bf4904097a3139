#include "kg/sql_functions.h"

#include "core/memory.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/random.h>

/* A function as SQLite holds it. */
typedef struct Binding {
  const OgSqlFunction *function;
  const OgSqlAggregate *aggregate;
  struct Shared *shared;
} Binding;

/* Counted by SQLite's registrations: the last one to go releases it. */
typedef struct Shared {
  OgSqlFunctions functions; /* first */
  Binding *bindings;
  size_t registered;
} Shared;

typedef enum Sql { HELLO, SQL_COUNT } Sql;

/* Whether the functions are there, and what they share; and a look into the file, which tells
 * whether it has changed. */
static const char *const sql[SQL_COUNT] = {
    [HELLO] = "SELECT og_hello(?1), EXISTS (SELECT 1 FROM source)"};
static const OgSqlTable table = {sql, SQL_COUNT};
static const char pointer_type[] = "ontograft functions";

/* ---- Calls ---- */

void og_call_fail(OgCall *call, OgStatus status) {
  if (status == OG_NO_MEMORY) {
    sqlite3_result_error_nomem(call->sql);
    return;
  }
  sqlite3_result_error(call->sql, call->shared->fault.message, -1);
}

size_t og_call_room(OgCall *call) {
  return (size_t)sqlite3_limit(sqlite3_context_db_handle(call->sql), SQLITE_LIMIT_LENGTH, -1);
}

bool og_call_fits(OgCall *call, size_t size) {
  if (size > og_call_room(call)) {
    sqlite3_result_error_toobig(call->sql);
    return false;
  }
  return true;
}

static bool term_of_value(OgCall *call, sqlite3_value *value, OgTypedTerm *term) {
  OgSqlFunctions *shared = call->shared;
  const OgTypedTerm *known;
  OgStatus status;
  switch (sqlite3_value_type(value)) {
  case SQLITE_INTEGER:
    status = og_recall_term(&shared->recall, sqlite3_value_int64(value), &known, &shared->fault);
    if (status != OG_OK) {
      og_call_fail(call, status);
      return false;
    }
    *term = *known;
    return true;
  case SQLITE_TEXT: {
    const char *text = (const char *)sqlite3_value_text(value);
    *term = og_typed_literal((OgText){text, (size_t)sqlite3_value_bytes(value)}, OG_TYPE_STRING);
    return text != NULL;
  }
  case SQLITE_BLOB: {
    const void *blob = sqlite3_value_blob(value);
    return og_term_decode(blob, (size_t)sqlite3_value_bytes(value), term);
  }
  default:
    return false;
  }
}

bool og_call_term(OgCall *call, int k, OgTypedTerm *term) {
  return k < call->count && term_of_value(call, call->values[k], term);
}

void og_call_give(OgCall *call, const OgTypedTerm *term) {
  OgBuffer *blob = &call->shared->blob;
  const OgStatus status = og_term_encode(term, blob, &call->shared->fault);
  if (status != OG_OK) {
    og_call_fail(call, status);
    return;
  }
  sqlite3_result_blob64(call->sql, blob->data, blob->size, SQLITE_TRANSIENT);
}

void og_call_give_literal(OgCall *call, OgText lexical, OgDatatype type) {
  const OgTypedTerm term = og_typed_literal(lexical, type);
  og_call_give(call, &term);
}

void og_call_give_like(OgCall *call, const OgTypedTerm *first, OgText text) {
  OgTypedTerm term = *first;
  term.term.text = text;
  og_call_give(call, &term);
}

void og_call_give_truth(OgCall *call, bool truth) {
  sqlite3_result_int(call->sql, truth);
}

/* ---- Functions that are about SQL's values themselves ---- */

static void say_hello(OgCall *call) {
  OgSqlFunctions **asking = sqlite3_value_pointer(call->values[0], pointer_type);
  if (asking) {
    *asking = call->shared;
  }
}

/* The one form of a computed term: its id when the graph has it. */
static void intern_term(OgCall *call) {
  OgTypedTerm term;
  int64_t id = 0;
  if (sqlite3_value_type(call->values[0]) == SQLITE_INTEGER) {
    sqlite3_result_value(call->sql, call->values[0]);
    return;
  }
  if (!og_call_term(call, 0, &term)) {
    return;
  }
  const OgStatus status =
      og_term_find(&call->shared->reader, &term.term, &id, &call->shared->fault);
  if (status != OG_OK) {
    og_call_fail(call, status);
  } else if (id != 0) {
    sqlite3_result_int64(call->sql, id);
  } else {
    sqlite3_result_value(call->sql, call->values[0]);
  }
}

static void from_truth(OgCall *call) {
  if (sqlite3_value_type(call->values[0]) != SQLITE_NULL) {
    og_call_give_literal(call,
                         sqlite3_value_int(call->values[0]) ? OG_TEXT("true") : OG_TEXT("false"),
                         OG_TYPE_BOOLEAN);
  }
}

static void from_integer(OgCall *call) {
  if (sqlite3_value_type(call->values[0]) != SQLITE_NULL) {
    const char *text = (const char *)sqlite3_value_text(call->values[0]);
    if (text) {
      og_call_give_literal(call, (OgText){text, strlen(text)}, OG_TYPE_INTEGER);
    }
  }
}

/* All values of a solution as one, for COUNT(DISTINCT *). */
static void make_tuple(OgCall *call) {
  OgBuffer *blob = &call->shared->blob;
  OgStatus status = OG_OK;
  og_buffer_reset(blob);
  for (int k = 0; k < call->count && status == OG_OK; k++) {
    const int type = sqlite3_value_type(call->values[k]);
    const int64_t id = type == SQLITE_INTEGER ? sqlite3_value_int64(call->values[k]) : 0;
    const void *bytes = type == SQLITE_BLOB ? sqlite3_value_blob(call->values[k]) : &id;
    const size_t size =
        type == SQLITE_BLOB ? (size_t)sqlite3_value_bytes(call->values[k]) : sizeof id;
    status = og_buffer_format(blob, &call->shared->fault, "%d:%zu:", type, size);
    if (status == OG_OK) {
      status = og_buffer_append(blob, bytes, size, &call->shared->fault);
    }
  }
  if (status != OG_OK) {
    og_call_fail(call, status);
    return;
  }
  sqlite3_result_blob64(call->sql, blob->data ? blob->data : "", blob->size, SQLITE_TRANSIENT);
}

static void call_unknown(OgCall *call) {
  (void)call; /* an error of the expression: NULL */
}

static const OgSqlFunction basics[] = {
    {"og_hello", 1, true, say_hello},
    {"og_intern", 1, false, intern_term},
    {"og_from_truth", 1, false, from_truth},
    {"og_from_integer", 1, false, from_integer},
    {"og_tuple", -1, false, make_tuple},
    {"og_unknown", -1, false, call_unknown},
    {NULL, 0, false, NULL},
};

/* ---- Registration ---- */

/* What an earlier call or row has read is no longer in use. */
static void begin_call(OgCall *call) {
  og_arena_reset(&call->shared->arena);
  og_recall_trim(&call->shared->recall);
}

static void run_function(sqlite3_context *context, int count, sqlite3_value **values) {
  const Binding *binding = sqlite3_user_data(context);
  OgCall call = {&binding->shared->functions, context, values, count};
  begin_call(&call);
  binding->function->run(&call);
}

static void run_step(sqlite3_context *context, int count, sqlite3_value **values) {
  const Binding *binding = sqlite3_user_data(context);
  OgCall call = {&binding->shared->functions, context, values, count};
  begin_call(&call);
  binding->aggregate->step(&call);
}

static void run_finish(sqlite3_context *context) {
  const Binding *binding = sqlite3_user_data(context);
  OgCall call = {&binding->shared->functions, context, NULL, 0};
  binding->aggregate->finish(&call);
}

static void release(void *data) {
  Shared *shared = ((Binding *)data)->shared;
  if (--shared->registered > 0) {
    return;
  }
  og_recall_clear(&shared->functions.recall);
  og_term_reader_clear(&shared->functions.reader);
  og_kept_clear(&shared->functions.prefixes);
  og_arena_clear(&shared->functions.arena);
  og_buffer_clear(&shared->functions.text);
  og_buffer_clear(&shared->functions.blob);
  og_regex_cache_free(shared->functions.regexes);
  og_free(shared->bindings);
  og_free(shared);
}

static size_t count_functions(const OgSqlFunction *rows) {
  size_t count = 0;
  while (rows[count].name) {
    count++;
  }
  return count;
}

static int create(sqlite3 *db, Binding *binding) {
  const OgSqlFunction *function = binding->function;
  binding->shared->registered++; /* SQLite calls release also when this fails */
  if (!function) {
    return sqlite3_create_function_v2(db, binding->aggregate->name, 1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                      binding, NULL, run_step, run_finish, release);
  }
  const int flags =
      SQLITE_UTF8 | SQLITE_DIRECTONLY | (function->is_volatile ? 0 : SQLITE_DETERMINISTIC);
  return sqlite3_create_function_v2(db, function->name, function->arguments, flags, binding,
                                    run_function, NULL, NULL, release);
}

static OgStatus seed(OgSqlFunctions *functions, OgError *err) {
  uint64_t start;
  if (getrandom(&start, sizeof start, 0) != (ssize_t)sizeof start) {
    return og_error_errno(err, "read", "random numbers");
  }
  og_random_init(&functions->random, start);
  functions->regexes = og_regex_cache_new();
  return functions->regexes ? OG_OK : og_error_no_memory(err);
}

static const OgSqlFunction *const groups[] = {basics, og_sql_operators, og_sql_strings,
                                              og_sql_lists};

/* A binding for each function and each aggregate. */
static OgStatus bind_all(Shared *shared, size_t *count, OgError *err) {
  *count = 0;
  for (size_t k = 0; k < OG_COUNT(groups); k++) {
    *count += count_functions(groups[k]);
  }
  for (const OgSqlAggregate *row = og_sql_aggregates; row->name; row++) {
    ++*count;
  }
  Binding *next = shared->bindings = OG_NEW_ARRAY(Binding, *count);
  if (!next) {
    return og_error_no_memory(err);
  }
  for (size_t k = 0; k < OG_COUNT(groups); k++) {
    for (const OgSqlFunction *row = groups[k]; row->name; row++) {
      *next++ = (Binding){row, NULL, shared};
    }
  }
  for (const OgSqlAggregate *row = og_sql_aggregates; row->name; row++) {
    *next++ = (Binding){NULL, row, shared};
  }
  return OG_OK;
}

static OgStatus install(OgStore *store, OgError *err) {
  size_t count;
  Shared *shared = OG_NEW(Shared);
  if (!shared) {
    return og_error_no_memory(err);
  }
  Binding hold = {.shared = shared};
  OgStatus status;
  shared->registered = 1; /* ours, until all are there */
  og_term_reader_init(&shared->functions.reader, store);
  og_recall_init(&shared->functions.recall, &shared->functions.reader);
  OG_GO(bind_all(shared, &count, err));
  OG_GO(seed(&shared->functions, err));
  /* the module goes with the handle, as the functions do, and they hold what it points at */
  int code = sqlite3_create_module_v2(og_store_sqlite(store), "og_wanted", &og_wanted_module,
                                      &shared->functions.recall, NULL);
  for (size_t k = 0; k < count && code == SQLITE_OK; k++) {
    code = create(og_store_sqlite(store), &shared->bindings[k]);
  }
  if (code != SQLITE_OK) {
    status = og_store_fault(store, "prepare SPARQL on", err);
  }
done:
  release(&hold);
  return status;
}

/* What the functions share; `hello` asks them for it. */
static OgStatus greet(OgStore *store, sqlite3_stmt *hello, OgSqlFunctions **functions,
                      OgError *err) {
  sqlite3_bind_pointer(hello, 1, functions, pointer_type, NULL);
  const OgStatus status =
      sqlite3_step(hello) == SQLITE_ROW ? OG_OK : og_store_fault(store, "read", err);
  sqlite3_reset(hello);
  sqlite3_clear_bindings(hello);
  return status;
}

/* What was kept of an earlier query holds as long as the graph is the same. */
static void renew(OgStore *store, OgSqlFunctions *shared) {
  sqlite3 *db = og_store_sqlite(store);
  og_kept_renew(&shared->prefixes, db);
  if (!og_kept_renew(&shared->reader.iris, db)) {
    og_term_reader_reset(&shared->reader);
  }
}

OgStatus og_sql_functions(OgStore *store, OgSqlFunctions **functions, OgError *err) {
  OgSqlFunctions *shared = NULL;
  sqlite3_stmt *hello;
  if (og_store_statement(store, &table, HELLO, &hello, NULL) != OG_OK) { /* nobody is there */
    OG_TRY(install(store, err));
    OG_TRY(og_store_statement(store, &table, HELLO, &hello, err));
  }
  OG_TRY(greet(store, hello, &shared, err));
  renew(store, shared);
  shared->base = NULL;
  shared->now[0] = '\0';
  shared->fault = (OgError){.status = OG_OK};
  *functions = shared;
  return OG_OK;
}
