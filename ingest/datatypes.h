/* datatypes: is a literal written as its datatype wants it (XML Schema 1.1 part 2: Datatypes,
 * sections 3.3 and 3.4)?
 *
 * Numbers, booleans, dates, times, durations and binary data of XSD are known. Of any other
 * datatype everything is right. White space around a value is not part of it (RDF 1.1 Concepts,
 * section 5). */
#ifndef OG_INGEST_DATATYPES_H
#define OG_INGEST_DATATYPES_H

#include "core/quad.h"

#include <stdbool.h>

bool og_is_well_typed(OgText text, OgText datatype);

#endif
