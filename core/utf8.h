/* utf8: where a piece of UTF-8 may end. */
#ifndef OG_CORE_UTF8_H
#define OG_CORE_UTF8_H

#include "core/api.h"

#include <stddef.h>

/* The size of text (size) without a character at its end that is not all there. What is no UTF-8
 * stays as it is. */
OG_API size_t og_utf8_whole(const char *text, size_t size);

#endif
