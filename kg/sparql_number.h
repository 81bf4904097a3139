/* sparql_number: numbers as XML Schema has them, with the arithmetic of XPath (F&O, section 6).
 *
 * Integers and decimals are exact to 38 digits; what has more is no number here (an error of the
 * expression, as F&O allows). */
#ifndef OG_KG_SPARQL_NUMBER_H
#define OG_KG_SPARQL_NUMBER_H

#include "kg/sparql_term.h"

__extension__ typedef __int128 OgWide;

typedef struct OgNumber {
  OgDatatype type; /* OG_TYPE_INTEGER, DECIMAL, FLOAT or DOUBLE: derived integers are integers */
  OgWide digits;   /* INTEGER, DECIMAL: digits / 10^scale */
  int scale;
  double real; /* FLOAT, DOUBLE */
} OgNumber;

typedef enum OgOrdering { OG_LESS = -1, OG_EQUAL = 0, OG_GREATER = 1, OG_UNORDERED = 2 } OgOrdering;

/* The value of a lexical form; false when it is none of the datatype's. */
bool og_number_parse(OgText lexical, OgDatatype type, OgNumber *number);

/* The value of a literal; false when it is no number. */
bool og_number_of(const OgTypedTerm *term, OgNumber *number);

OgNumber og_number_integer(int64_t value);
OgNumber og_number_double(double value);

/* False for what has no result: overflow, and division of exact numbers by zero. */
bool og_number_add(OgNumber a, OgNumber b, OgNumber *sum);
bool og_number_subtract(OgNumber a, OgNumber b, OgNumber *difference);
bool og_number_multiply(OgNumber a, OgNumber b, OgNumber *product);
bool og_number_divide(OgNumber a, OgNumber b, OgNumber *quotient);

OgOrdering og_number_compare(OgNumber a, OgNumber b);
bool og_number_is_true(OgNumber a); /* neither zero nor NaN */
double og_number_real(OgNumber a);

OgNumber og_number_absolute(OgNumber a);
OgNumber og_number_negate(OgNumber a);
OgNumber og_number_floor(OgNumber a);
OgNumber og_number_ceiling(OgNumber a);
OgNumber og_number_round(OgNumber a); /* halves up */

/* As another type (17.5); false when the value has no place there. */
bool og_number_convert(OgNumber a, OgDatatype type, OgNumber *converted);

enum { OG_NUMBER_TEXT = 64 };
/* The canonical lexical form; returns its length. */
size_t og_number_text(OgNumber a, char text[OG_NUMBER_TEXT]);
/* What a cast to xsd:string makes of it (F&O 17.1.2): 1 rather than 1.0 or 1.0E0. */
size_t og_number_string(OgNumber a, char text[OG_NUMBER_TEXT]);

#endif
