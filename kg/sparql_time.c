#include "kg/sparql_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZONE_MOST = 14 * 60 };

/* Reads from the front of a text. */
typedef struct Reader {
  const char *at, *end;
} Reader;

static bool take(Reader *r, char c) {
  const bool there = r->at < r->end && *r->at == c;
  r->at += there;
  return there;
}

/* Exactly `count` digits. */
static bool take_digits(Reader *r, int count, int *value) {
  *value = 0;
  for (int k = 0; k < count; k++, r->at++) {
    if (r->at >= r->end || *r->at < '0' || *r->at > '9') {
      return false;
    }
    *value = *value * 10 + (*r->at - '0');
  }
  return true;
}

/* Four digits or more, the first of more not a zero. */
static bool take_year(Reader *r, int64_t *year) {
  enum { LONGEST = 12 };
  const bool negative = take(r, '-');
  const char *start = r->at;
  *year = 0;
  for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && r->at - start < LONGEST; r->at++) {
    *year = *year * 10 + (*r->at - '0');
  }
  const long size = r->at - start;
  *year = negative ? -*year : *year;
  return size == 4 || (size > 4 && *start != '0');
}

static bool take_second(Reader *r, OgNumber *second) {
  const char *start = r->at;
  while (r->at < r->end && ((*r->at >= '0' && *r->at <= '9') || *r->at == '.')) {
    r->at++;
  }
  const size_t size = (size_t)(r->at - start);
  const OgNumber sixty = og_number_integer(60);
  return size >= 2 && start[0] != '.' && start[1] != '.' && (size == 2 || start[2] == '.') &&
         size != 3 && og_number_parse((OgText){start, size}, OG_TYPE_DECIMAL, second) &&
         og_number_compare(*second, sixty) == OG_LESS;
}

static bool take_zone(Reader *r, OgTime *time) {
  int hours;
  int minutes;
  time->zone_text = (OgText){r->at, (size_t)(r->end - r->at)};
  if (r->at == r->end) {
    return true;
  }
  time->has_zone = true;
  if (take(r, 'Z')) {
    return r->at == r->end;
  }
  const bool west = take(r, '-');
  if (!west && !take(r, '+')) {
    return false;
  }
  if (!take_digits(r, 2, &hours) || !take(r, ':') || !take_digits(r, 2, &minutes)) {
    return false;
  }
  time->zone = (hours * 60 + minutes) * (west ? -1 : 1);
  return r->at == r->end && minutes < 60 && hours * 60 + minutes <= ZONE_MOST;
}

static int days_of_month(int64_t year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap);
}

static bool take_date(Reader *r, OgTime *time) {
  return take_year(r, &time->year) && take(r, '-') && take_digits(r, 2, &time->month) &&
         take(r, '-') && take_digits(r, 2, &time->day) && time->month >= 1 && time->month <= 12 &&
         time->day >= 1 && time->day <= days_of_month(time->year, time->month);
}

static bool take_clock(Reader *r, OgTime *time) {
  if (!take(r, 'T') || !take_digits(r, 2, &time->hour) || !take(r, ':') ||
      !take_digits(r, 2, &time->minute) || !take(r, ':') || !take_second(r, &time->second)) {
    return false;
  }
  const bool midnight = time->hour == 24 && time->minute == 0 && !og_number_is_true(time->second);
  return (time->hour < 24 || midnight) && time->minute < 60;
}

bool og_time_parse(OgText lexical, OgDatatype type, OgTime *time) {
  Reader r = {lexical.data, lexical.data + lexical.size};
  while (r.at < r.end && strchr(" \t\n\r", *r.at) && *r.at) {
    r.at++;
  }
  while (r.at < r.end && strchr(" \t\n\r", r.end[-1]) && r.end[-1]) {
    r.end--;
  }
  *time = (OgTime){.second = {.type = OG_TYPE_DECIMAL}};
  return take_date(&r, time) && (type == OG_TYPE_DATE || take_clock(&r, time)) &&
         take_zone(&r, time);
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant's days_from_civil). */
static int64_t days_since_epoch(int64_t year, int month, int day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

/* Without the seconds of the minute. */
static int64_t minutes_since_epoch(const OgTime *time) {
  return (days_since_epoch(time->year, time->month, time->day) * 24 + time->hour) * 60 +
         time->minute - time->zone;
}

int64_t og_time_seconds(const OgTime *time) {
  return minutes_since_epoch(time) * 60 + (int64_t)og_number_floor(time->second).digits;
}

OgOrdering og_time_compare(const OgTime *a, const OgTime *b) {
  const int64_t x = minutes_since_epoch(a);
  const int64_t y = minutes_since_epoch(b);
  const OgOrdering seconds = og_number_compare(a->second, b->second);
  const OgOrdering order = x < y ? OG_LESS : x > y ? OG_GREATER : seconds;
  if (a->has_zone == b->has_zone) {
    return order;
  }
  const int64_t apart = llabs(x - y);
  return apart > ZONE_MOST || (apart == ZONE_MOST && order == seconds) ? order : OG_UNORDERED;
}

size_t og_time_duration(int zone, char text[32]) {
  const int minutes = zone < 0 ? -zone : zone;
  int size = snprintf(text, 32, "%sPT", zone < 0 ? "-" : "");
  if (minutes == 0) {
    size += snprintf(text + size, 32 - (size_t)size, "0S");
  }
  if (minutes >= 60) {
    size += snprintf(text + size, 32 - (size_t)size, "%dH", minutes / 60);
  }
  if (minutes % 60) {
    size += snprintf(text + size, 32 - (size_t)size, "%dM", minutes % 60);
  }
  return (size_t)size;
}
