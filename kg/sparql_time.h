/* sparql_time: xsd:dateTime and xsd:date (XML Schema 1.1, 3.3.7 and 3.3.9). */
#ifndef OG_KG_SPARQL_TIME_H
#define OG_KG_SPARQL_TIME_H

#include "kg/sparql_number.h"

typedef struct OgTime {
  int64_t year;
  int month, day, hour, minute;
  OgNumber second; /* xsd:decimal */
  bool has_zone;
  int zone;         /* minutes east of UTC */
  OgText zone_text; /* as written; "" when none */
} OgTime;

/* The value of a lexical form of OG_TYPE_DATE_TIME or OG_TYPE_DATE; false when it is none. */
bool og_time_parse(OgText lexical, OgDatatype type, OgTime *time);

/* OG_UNORDERED when one has a time zone, the other has none, and 14 hours could turn their order
 * round. */
OgOrdering og_time_compare(const OgTime *a, const OgTime *b);

/* Seconds since 1970 in UTC; a time without a zone is taken to be UTC. Fractions are lost. */
int64_t og_time_seconds(const OgTime *time);

/* "-PT8H30M" for a zone in minutes; returns the length. */
size_t og_time_duration(int zone, char text[32]);

#endif
