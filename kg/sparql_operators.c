/* Operators [17.3], terms [17.4.2], numbers [17.4.4], dates [17.4.5], casts [17.5], order [15.1].
 */
#include "core/vocab.h"
#include "kg/sparql_iri.h"
#include "kg/sparql_time.h"
#include "kg/sql_functions.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* ---- Values ---- */

/* Of a literal whose value is known: two classes have no value in common. */
typedef enum Class {
  CLASS_UNKNOWN, /* another datatype, or an ill-formed lexical form */
  CLASS_NUMBER,
  CLASS_STRING,
  CLASS_LANG_STRING,
  CLASS_BOOLEAN,
  CLASS_DATE_TIME,
  CLASS_DATE
} Class;

typedef struct Value {
  Class class;
  OgText text;
  OgText language;
  OgNumber number;
  bool truth;
  OgTime time;
} Value;

static bool parse_boolean(OgText text, bool *truth) {
  *truth = og_text_equal(text, OG_TEXT("true")) || og_text_equal(text, OG_TEXT("1"));
  return *truth || og_text_equal(text, OG_TEXT("false")) || og_text_equal(text, OG_TEXT("0"));
}

static void read_value(const OgTypedTerm *typed, Value *value) {
  const OgText text = typed->term.text;
  *value = (Value){.class = CLASS_UNKNOWN, .text = text, .language = typed->term.language};
  switch (typed->type) {
  case OG_TYPE_NONE:
  case OG_TYPE_OTHER:
  case OG_TYPE_DURATION:
  case OG_TYPE_COUNT:
    return;
  case OG_TYPE_STRING:
    value->class = CLASS_STRING;
    return;
  case OG_TYPE_LANG_STRING:
    value->class = CLASS_LANG_STRING;
    return;
  case OG_TYPE_BOOLEAN:
    value->class = parse_boolean(text, &value->truth) ? CLASS_BOOLEAN : CLASS_UNKNOWN;
    return;
  case OG_TYPE_DATE_TIME:
    value->class = og_time_parse(text, typed->type, &value->time) ? CLASS_DATE_TIME : CLASS_UNKNOWN;
    return;
  case OG_TYPE_DATE:
    value->class = og_time_parse(text, typed->type, &value->time) ? CLASS_DATE : CLASS_UNKNOWN;
    return;
  default:
    value->class = og_number_of(typed, &value->number) ? CLASS_NUMBER : CLASS_UNKNOWN;
    return;
  }
}

static int compare_text(OgText a, OgText b) {
  const size_t common = a.size < b.size ? a.size : b.size;
  const int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
  return order ? order : (a.size > b.size) - (a.size < b.size);
}

static bool same_term(const OgTypedTerm *a, const OgTypedTerm *b) {
  return a->term.kind == b->term.kind && og_text_equal(a->term.text, b->term.text) &&
         og_text_equal(a->term.datatype, b->term.datatype) &&
         og_text_equal(a->term.language, b->term.language);
}

static bool same_language(OgText a, OgText b) {
  return a.size == b.size && (a.size == 0 || strncasecmp(a.data, b.data, a.size) == 0);
}

OgTruth og_terms_equal(const OgTypedTerm *a, const OgTypedTerm *b) {
  Value x;
  Value y;
  if (a->term.kind != OG_LITERAL || b->term.kind != OG_LITERAL) {
    return same_term(a, b) ? OG_TRUE : OG_FALSE;
  }
  read_value(a, &x);
  read_value(b, &y);
  if (x.class == CLASS_UNKNOWN || y.class == CLASS_UNKNOWN) {
    return same_term(a, b) ? OG_TRUE : OG_ERROR;
  }
  if (x.class != y.class) {
    return OG_FALSE;
  }
  OgOrdering order;
  switch (x.class) {
  case CLASS_NUMBER:
    return og_number_compare(x.number, y.number) == OG_EQUAL ? OG_TRUE : OG_FALSE;
  case CLASS_BOOLEAN:
    return x.truth == y.truth ? OG_TRUE : OG_FALSE;
  case CLASS_DATE_TIME:
  case CLASS_DATE:
    order = og_time_compare(&x.time, &y.time);
    return order == OG_UNORDERED ? OG_ERROR : order == OG_EQUAL ? OG_TRUE : OG_FALSE;
  default:
    return og_text_equal(x.text, y.text) && same_language(x.language, y.language) ? OG_TRUE
                                                                                  : OG_FALSE;
  }
}

static void equal(OgCall *call) {
  OgTypedTerm a;
  OgTypedTerm b;
  if (og_call_term(call, 0, &a) && og_call_term(call, 1, &b)) {
    const OgTruth truth = og_terms_equal(&a, &b);
    if (truth != OG_ERROR) {
      og_call_give_truth(call, truth == OG_TRUE);
    }
  }
}

/* The order of two values for < and >; false when they have none. */
static bool compare(OgCall *call, OgOrdering *order) {
  OgTypedTerm a;
  OgTypedTerm b;
  Value x;
  Value y;
  if (!og_call_term(call, 0, &a) || !og_call_term(call, 1, &b)) {
    return false;
  }
  read_value(&a, &x);
  read_value(&b, &y);
  if (x.class != y.class) {
    return false;
  }
  int text;
  switch (x.class) {
  case CLASS_NUMBER:
    *order = og_number_compare(x.number, y.number);
    return true;
  case CLASS_STRING:
    text = compare_text(x.text, y.text);
    *order = text < 0 ? OG_LESS : text > 0 ? OG_GREATER : OG_EQUAL;
    return true;
  case CLASS_BOOLEAN:
    *order = (OgOrdering)((int)x.truth - (int)y.truth);
    return true;
  case CLASS_DATE_TIME:
  case CLASS_DATE:
    *order = og_time_compare(&x.time, &y.time);
    return *order != OG_UNORDERED;
  default:
    return false;
  }
}

static void less(OgCall *call) {
  OgOrdering order;
  if (compare(call, &order)) {
    og_call_give_truth(call, order == OG_LESS);
  }
}

static void not_greater(OgCall *call) {
  OgOrdering order;
  if (compare(call, &order)) {
    og_call_give_truth(call, order == OG_LESS || order == OG_EQUAL);
  }
}

/* Effective boolean value (17.2.2). */
static void truth(OgCall *call) {
  OgTypedTerm term;
  OgNumber number;
  bool value;
  if (!og_call_term(call, 0, &term)) {
    return;
  }
  if (term.type == OG_TYPE_BOOLEAN) {
    og_call_give_truth(call, parse_boolean(term.term.text, &value) && value);
  } else if (term.type == OG_TYPE_STRING || term.type == OG_TYPE_LANG_STRING) {
    og_call_give_truth(call, term.term.text.size > 0);
  } else if (term.type >= OG_TYPE_DECIMAL) {
    og_call_give_truth(call, og_number_of(&term, &number) && og_number_is_true(number));
  }
}

/* ---- ORDER BY ---- */

/* Bytes of a double that memcmp orders as numbers. */
static void order_real(double value, unsigned char bytes[8]) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
  for (int k = 0; k < 8; k++) {
    bytes[k] = (unsigned char)(bits >> (56 - 8 * k));
  }
}

static double order_time(const OgTime *time) {
  const OgNumber second = time->second;
  const OgNumber whole = og_number_floor(second);
  OgNumber fraction;
  const bool exact = og_number_subtract(second, whole, &fraction);
  return (double)og_time_seconds(time) + (exact ? og_number_real(fraction) : 0.0);
}

/* Unbound, blank nodes, IRIs, literals: numbers, strings, booleans, times, all others. */
OgStatus og_order_key(const OgTypedTerm *term, OgBuffer *key, OgError *err) {
  Value value;
  read_value(term, &value);
  const bool literal = term->term.kind == OG_LITERAL;
  const char first = term->term.kind == OG_BLANK ? 1 : term->term.kind == OG_IRI ? 2 : 3;
  const Class class = value.class == CLASS_LANG_STRING ? CLASS_STRING : value.class;
  const char second = class == CLASS_UNKNOWN ? 0x7f : (char)class;
  og_buffer_reset(key);
  OG_TRY(og_buffer_append(key, &first, 1, err));
  OG_TRY(literal ? og_buffer_append(key, &second, 1, err) : OG_OK);
  unsigned char bytes[8];
  switch (class) {
  case CLASS_NUMBER:
    order_real(og_number_real(value.number), bytes);
    return og_buffer_append(key, bytes, sizeof bytes, err);
  case CLASS_DATE_TIME:
  case CLASS_DATE:
    order_real(order_time(&value.time), bytes);
    return og_buffer_append(key, bytes, sizeof bytes, err);
  case CLASS_BOOLEAN:
    return og_buffer_append(key, value.truth ? "\1" : "\0", 1, err);
  default:
    OG_TRY(og_buffer_append(key, value.text.data, value.text.size, err));
    OG_TRY(literal ? og_buffer_append(key, "", 1, err) : OG_OK);
    OG_TRY(og_buffer_append(key, value.language.data, value.language.size, err));
    return class == CLASS_UNKNOWN && literal
               ? og_buffer_append(key, term->term.datatype.data, term->term.datatype.size, err)
               : OG_OK;
  }
}

static void order(OgCall *call) {
  OgTypedTerm term;
  OgBuffer *key = &call->shared->blob;
  if (og_call_term(call, 0, &term)) {
    const OgStatus status = og_order_key(&term, key, &call->shared->fault);
    if (status != OG_OK) {
      og_call_fail(call, status);
      return;
    }
    sqlite3_result_blob64(call->sql, key->data, key->size, SQLITE_TRANSIENT);
  }
}

/* ---- Arithmetic ---- */

static bool take_number(OgCall *call, int k, OgNumber *number) {
  OgTypedTerm term;
  return og_call_term(call, k, &term) && og_number_of(&term, number);
}

static void give_number(OgCall *call, OgNumber number) {
  char text[OG_NUMBER_TEXT];
  const size_t size = og_number_text(number, text);
  og_call_give_literal(call, (OgText){text, size}, number.type);
}

typedef bool (*Operation)(OgNumber a, OgNumber b, OgNumber *result);

/* a + b + c … from the left. */
static void fold(OgCall *call, Operation operation) {
  OgNumber sum;
  OgNumber next;
  if (!take_number(call, 0, &sum)) {
    return;
  }
  for (int k = 1; k < call->count; k++) {
    if (!take_number(call, k, &next) || !operation(sum, next, &sum)) {
      return;
    }
  }
  give_number(call, sum);
}

static void add(OgCall *call) {
  fold(call, og_number_add);
}

static void subtract(OgCall *call) {
  fold(call, og_number_subtract);
}

static void multiply(OgCall *call) {
  fold(call, og_number_multiply);
}

static void divide(OgCall *call) {
  fold(call, og_number_divide);
}

static void map_number(OgCall *call, OgNumber (*map)(OgNumber a)) {
  OgNumber number;
  if (take_number(call, 0, &number)) {
    give_number(call, map(number));
  }
}

static OgNumber same_number(OgNumber a) {
  return a;
}

static void plus(OgCall *call) {
  map_number(call, same_number);
}

static void negate(OgCall *call) {
  map_number(call, og_number_negate);
}

static void absolute(OgCall *call) {
  map_number(call, og_number_absolute);
}

static void round_half_up(OgCall *call) {
  map_number(call, og_number_round);
}

static void ceiling(OgCall *call) {
  map_number(call, og_number_ceiling);
}

static void floor_of(OgCall *call) {
  map_number(call, og_number_floor);
}

static void random_number(OgCall *call) {
  give_number(call, og_number_double(og_random_uniform(&call->shared->random)));
}

/* ---- Terms ---- */

static void is_kind(OgCall *call, OgTermKind kind) {
  OgTypedTerm term;
  if (og_call_term(call, 0, &term)) {
    og_call_give_truth(call, term.term.kind == kind);
  }
}

static void is_iri(OgCall *call) {
  is_kind(call, OG_IRI);
}

static void is_blank(OgCall *call) {
  is_kind(call, OG_BLANK);
}

static void is_literal(OgCall *call) {
  is_kind(call, OG_LITERAL);
}

static void is_numeric(OgCall *call) {
  OgTypedTerm term;
  OgNumber number;
  if (og_call_term(call, 0, &term)) {
    og_call_give_truth(call, og_number_of(&term, &number));
  }
}

static void give_iri(OgCall *call, OgText iri) {
  const OgTypedTerm term = {{.kind = OG_IRI, .text = iri}, OG_TYPE_NONE};
  og_call_give(call, &term);
}

static void str(OgCall *call) {
  OgTypedTerm term;
  if (og_call_term(call, 0, &term) && term.term.kind != OG_BLANK) {
    og_call_give_literal(call, term.term.text, OG_TYPE_STRING);
  }
}

static void lang(OgCall *call) {
  OgTypedTerm term;
  if (og_call_term(call, 0, &term) && term.term.kind == OG_LITERAL) {
    og_call_give_literal(call, term.term.language, OG_TYPE_STRING);
  }
}

static void datatype(OgCall *call) {
  OgTypedTerm term;
  if (og_call_term(call, 0, &term) && term.term.kind == OG_LITERAL) {
    give_iri(call, term.type == OG_TYPE_OTHER ? term.term.datatype : og_datatypes[term.type]);
  }
}

static void iri(OgCall *call) {
  OgTypedTerm term;
  OgText resolved;
  if (!og_call_term(call, 0, &term) || (term.term.kind != OG_IRI && term.type != OG_TYPE_STRING)) {
    return;
  }
  const OgStatus status = og_iri_resolve(call->shared->base, term.term.text, &call->shared->arena,
                                         &resolved, &call->shared->fault);
  if (status != OG_OK) {
    og_call_fail(call, status);
    return;
  }
  give_iri(call, resolved);
}

static void give_blank(OgCall *call, OgText label) {
  const OgTypedTerm term = {{.kind = OG_BLANK, .text = label}, OG_TYPE_NONE};
  og_call_give(call, &term);
}

/* A new node at each call. */
static void bnode(OgCall *call) {
  char label[32];
  const int size = snprintf(label, sizeof label, "new%" PRIu64, ++call->shared->blanks);
  give_blank(call, (OgText){label, (size_t)size});
}

/* (label, table, row): the node of a label within one solution, which is a row of a table. */
static void bnode_of(OgCall *call) {
  OgTypedTerm name;
  OgBuffer *label = &call->shared->text;
  if (!og_call_term(call, 0, &name) || name.type != OG_TYPE_STRING) {
    return;
  }
  og_buffer_reset(label);
  OgError *err = &call->shared->fault;
  OgStatus status =
      og_buffer_format(label, err, "row%d_%" PRId64 "_", sqlite3_value_int(call->values[1]),
                       (int64_t)sqlite3_value_int64(call->values[2]));
  if (status == OG_OK) {
    status = og_buffer_append(label, name.term.text.data, name.term.text.size, err);
  }
  if (status != OG_OK) {
    og_call_fail(call, status);
    return;
  }
  give_blank(call, (OgText){label->data, label->size});
}

static void strdt(OgCall *call) {
  OgTypedTerm lexical;
  OgTypedTerm type;
  if (og_call_term(call, 0, &lexical) && og_call_term(call, 1, &type) &&
      lexical.type == OG_TYPE_STRING && type.term.kind == OG_IRI) {
    const OgTerm term = {.kind = OG_LITERAL, .text = lexical.term.text, .datatype = type.term.text};
    const OgTypedTerm typed = og_term_with_type(&term);
    og_call_give(call, &typed);
  }
}

static void strlang(OgCall *call) {
  OgTypedTerm lexical;
  OgTypedTerm tag;
  if (og_call_term(call, 0, &lexical) && og_call_term(call, 1, &tag) &&
      lexical.type == OG_TYPE_STRING && tag.type == OG_TYPE_STRING && tag.term.text.size > 0) {
    const OgTerm term = {.kind = OG_LITERAL, .text = lexical.term.text, .language = tag.term.text};
    const OgTypedTerm typed = og_term_with_type(&term);
    og_call_give(call, &typed);
  }
}

static void make_uuid(OgCall *call, const char *prefix, char text[64]) {
  /* RFC 4122, version 4 */
  const uint64_t a = og_random_next(&call->shared->random);
  const uint64_t b = og_random_next(&call->shared->random);
  snprintf(text, 64, "%s%08x-%04x-4%03x-%04x-%012" PRIx64, prefix, (unsigned)(a >> 32),
           (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
           (unsigned)(0x8000 | (b >> 48 & 0x3fff)), b & UINT64_C(0xffffffffffff));
}

static void uuid(OgCall *call) {
  char text[64];
  make_uuid(call, "urn:uuid:", text);
  give_iri(call, (OgText){text, strlen(text)});
}

static void struuid(OgCall *call) {
  char text[64];
  make_uuid(call, "", text);
  og_call_give_literal(call, (OgText){text, strlen(text)}, OG_TYPE_STRING);
}

/* ---- Dates ---- */

static void now(OgCall *call) {
  char *text = call->shared->now;
  if (!text[0]) {
    struct timespec at;
    struct tm utc;
    char seconds[24];
    clock_gettime(CLOCK_REALTIME, &at);
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", gmtime_r(&at.tv_sec, &utc));
    snprintf(text, sizeof call->shared->now, "%.20s.%03dZ", seconds, (int)(at.tv_nsec / 1000000));
  }
  og_call_give_literal(call, (OgText){text, strlen(text)}, OG_TYPE_DATE_TIME);
}

static bool take_time(OgCall *call, bool dates, OgTime *time) {
  OgTypedTerm term;
  return og_call_term(call, 0, &term) &&
         (term.type == OG_TYPE_DATE_TIME || (dates && term.type == OG_TYPE_DATE)) &&
         og_time_parse(term.term.text, term.type, time);
}

static void year(OgCall *call) {
  OgTime time;
  if (take_time(call, true, &time)) {
    give_number(call, og_number_integer(time.year));
  }
}

static void month(OgCall *call) {
  OgTime time;
  if (take_time(call, true, &time)) {
    give_number(call, og_number_integer(time.month));
  }
}

static void day(OgCall *call) {
  OgTime time;
  if (take_time(call, true, &time)) {
    give_number(call, og_number_integer(time.day));
  }
}

static void hours(OgCall *call) {
  OgTime time;
  if (take_time(call, false, &time)) {
    give_number(call, og_number_integer(time.hour));
  }
}

static void minutes(OgCall *call) {
  OgTime time;
  if (take_time(call, false, &time)) {
    give_number(call, og_number_integer(time.minute));
  }
}

/* 11 rather than 11.0 when there is no fraction: both are decimals. */
static void seconds(OgCall *call) {
  OgTime time;
  if (take_time(call, false, &time)) {
    OgNumber second = time.second;
    char text[OG_NUMBER_TEXT];
    second.type = second.scale == 0 ? OG_TYPE_INTEGER : OG_TYPE_DECIMAL;
    const size_t size = og_number_text(second, text);
    og_call_give_literal(call, (OgText){text, size}, OG_TYPE_DECIMAL);
  }
}

static void timezone_of(OgCall *call) {
  OgTime time;
  if (take_time(call, true, &time) && time.has_zone) {
    char text[32];
    const size_t size = og_time_duration(time.zone, text);
    og_call_give_literal(call, (OgText){text, size}, OG_TYPE_DURATION);
  }
}

static void tz(OgCall *call) {
  OgTime time;
  if (take_time(call, true, &time)) {
    og_call_give_literal(call, time.zone_text, OG_TYPE_STRING);
  }
}

/* ---- Casts ---- */

/* The string of a value, not of its lexical form: true of "1"^^xsd:boolean. What has no value known
 * here keeps its form. */
static void cast_string(OgCall *call) {
  OgTypedTerm term;
  OgNumber number;
  char text[OG_NUMBER_TEXT];
  bool value;
  if (!og_call_term(call, 0, &term)) {
    return;
  }
  if (term.type == OG_TYPE_BOOLEAN) {
    if (parse_boolean(term.term.text, &value)) {
      og_call_give_literal(call, value ? OG_TEXT("true") : OG_TEXT("false"), OG_TYPE_STRING);
    }
  } else if (term.type >= OG_TYPE_DECIMAL) {
    if (og_number_of(&term, &number)) {
      const size_t size = og_number_string(number, text);
      og_call_give_literal(call, (OgText){text, size}, OG_TYPE_STRING);
    }
  } else {
    str(call);
  }
}

static void cast_boolean(OgCall *call) {
  OgTypedTerm term;
  OgNumber number;
  bool value;
  if (!og_call_term(call, 0, &term)) {
    return;
  }
  if (og_number_of(&term, &number)) {
    value = og_number_is_true(number);
  } else if ((term.type != OG_TYPE_STRING && term.type != OG_TYPE_BOOLEAN) ||
             !parse_boolean(term.term.text, &value)) {
    return;
  }
  og_call_give_literal(call, value ? OG_TEXT("true") : OG_TEXT("false"), OG_TYPE_BOOLEAN);
}

static void cast_number(OgCall *call, OgDatatype type) {
  OgTypedTerm term;
  OgNumber number;
  bool value;
  if (!og_call_term(call, 0, &term)) {
    return;
  }
  if (term.type == OG_TYPE_STRING) {
    if (!og_number_parse(term.term.text, type, &number)) {
      return;
    }
  } else if (term.type == OG_TYPE_BOOLEAN && parse_boolean(term.term.text, &value)) {
    number = og_number_integer(value);
  } else if (!og_number_of(&term, &number)) {
    return;
  }
  if (og_number_convert(number, type, &number)) {
    give_number(call, number);
  }
}

static void cast_integer(OgCall *call) {
  cast_number(call, OG_TYPE_INTEGER);
}

static void cast_decimal(OgCall *call) {
  cast_number(call, OG_TYPE_DECIMAL);
}

static void cast_float(OgCall *call) {
  cast_number(call, OG_TYPE_FLOAT);
}

static void cast_double(OgCall *call) {
  cast_number(call, OG_TYPE_DOUBLE);
}

/* A date has the time 00:00:00, a time its date; both keep their zone. */
static void cast_time(OgCall *call, OgDatatype type) {
  OgTypedTerm term;
  OgTime time;
  if (!og_call_term(call, 0, &term)) {
    return;
  }
  if (term.type == OG_TYPE_STRING || term.type == type) {
    if (og_time_parse(term.term.text, type, &time)) {
      og_call_give_literal(call, term.term.text, type);
    }
    return;
  }
  if ((term.type == OG_TYPE_DATE || term.type == OG_TYPE_DATE_TIME) &&
      og_time_parse(term.term.text, term.type, &time)) {
    char text[80];
    snprintf(text, sizeof text, "%s%04" PRId64 "-%02d-%02d%s%.*s", time.year < 0 ? "-" : "",
             time.year < 0 ? -time.year : time.year, time.month, time.day,
             type == OG_TYPE_DATE ? "" : "T00:00:00", (int)time.zone_text.size,
             time.zone_text.data);
    og_call_give_literal(call, (OgText){text, strlen(text)}, type);
  }
}

static void cast_datetime(OgCall *call) {
  cast_time(call, OG_TYPE_DATE_TIME);
}

static void cast_date(OgCall *call) {
  cast_time(call, OG_TYPE_DATE);
}

const OgSqlFunction og_sql_operators[] = {
    {"og_equal", 2, false, equal},
    {"og_less", 2, false, less},
    {"og_not_greater", 2, false, not_greater},
    {"og_truth", 1, false, truth},
    {"og_order", 1, false, order},
    {"og_add", -1, false, add},
    {"og_subtract", -1, false, subtract},
    {"og_multiply", -1, false, multiply},
    {"og_divide", -1, false, divide},
    {"og_plus", 1, false, plus},
    {"og_negate", 1, false, negate},
    {"og_abs", 1, false, absolute},
    {"og_round", 1, false, round_half_up},
    {"og_ceil", 1, false, ceiling},
    {"og_floor", 1, false, floor_of},
    {"og_rand", 0, true, random_number},
    {"og_is_iri", 1, false, is_iri},
    {"og_is_blank", 1, false, is_blank},
    {"og_is_literal", 1, false, is_literal},
    {"og_is_numeric", 1, false, is_numeric},
    {"og_str", 1, false, str},
    {"og_lang", 1, false, lang},
    {"og_datatype", 1, false, datatype},
    {"og_iri", 1, false, iri},
    {"og_bnode", 0, true, bnode},
    {"og_bnode", 3, false, bnode_of},
    {"og_strdt", 2, false, strdt},
    {"og_strlang", 2, false, strlang},
    {"og_uuid", 0, true, uuid},
    {"og_struuid", 0, true, struuid},
    {"og_now", 0, false, now},
    {"og_year", 1, false, year},
    {"og_month", 1, false, month},
    {"og_day", 1, false, day},
    {"og_hours", 1, false, hours},
    {"og_minutes", 1, false, minutes},
    {"og_seconds", 1, false, seconds},
    {"og_timezone", 1, false, timezone_of},
    {"og_tz", 1, false, tz},
    {"og_cast_string", 1, false, cast_string},
    {"og_cast_boolean", 1, false, cast_boolean},
    {"og_cast_integer", 1, false, cast_integer},
    {"og_cast_decimal", 1, false, cast_decimal},
    {"og_cast_float", 1, false, cast_float},
    {"og_cast_double", 1, false, cast_double},
    {"og_cast_datetime", 1, false, cast_datetime},
    {"og_cast_date", 1, false, cast_date},
    {NULL, 0, false, NULL},
};
