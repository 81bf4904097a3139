/* utf8: what is UTF-8, and where a piece of it may end. */
#ifndef OG_CORE_UTF8_H
#define OG_CORE_UTF8_H

#include "core/api.h"

#include <stdbool.h>
#include <stddef.h>

/* The size of text (size) without a character at its end that is not all there. What is no UTF-8
 * stays as it is. */
OG_API size_t og_utf8_whole(const char *text, size_t size);

/* The end of a text: at most so many bytes of it, from the start of a character on. */
OG_API const char *og_utf8_tail(const char *text, size_t most);

/* Whether text (size) is UTF-8: no character longer than need be, none beyond U+10FFFF, and no half
 * of a surrogate pair (RFC 3629, section 3). */
OG_API bool og_utf8_is_valid(const char *text, size_t size);

/* How many bytes of text (size) are, before the first that are not. */
OG_API size_t og_utf8_valid_size(const char *text, size_t size);

#endif
