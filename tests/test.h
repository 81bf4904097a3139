/* test: cmocka with the headers it needs before it, and what every test of ontograft uses. */
#ifndef OG_TESTS_TEST_H
#define OG_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/error.h"

/* Whether AddressSanitizer watches, whose own memory counts and whose time does; gcc and clang say
 * so in different words. */
#if defined(__SANITIZE_ADDRESS__)
#define WITH_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_SANITIZER 1
#endif
#endif
#ifndef WITH_SANITIZER
#define WITH_SANITIZER 0
#endif

/* Fails the test with the error's text when the call is not OG_OK. `err` is an OgError of the
 * caller. */
#define assert_ok(call)                                                                            \
  do {                                                                                             \
    const OgStatus status_ = (call);                                                               \
    if (status_ != OG_OK) {                                                                        \
      char text_[800];                                                                             \
      fail_msg("%s: %s", #call, og_error_text(&err, text_, sizeof text_));                         \
    }                                                                                              \
  } while (0)

#define assert_status(call, expected)                                                              \
  assert_string_equal(og_status_name(call), og_status_name(expected))

/* Path of a file under ../shared/data, or NULL when that folder is absent: then call
 * skip_without_data(). Static storage, four paths long. OG_SHARED_DATA overrides the folder. */
const char *shared_data(const char *relative);

/* Path of a file under tests/data. Same storage rules. */
const char *test_data(const char *relative);

/* Path of a fresh file or folder name inside a folder of this test program, removed when it exits.
 * Same storage. */
const char *scratch(const char *name);

/* Say that the data is absent, and skip. */
#define skip_without_data(path)                                                                    \
  do {                                                                                             \
    print_message("[  SKIP    ] needs %s, which is absent\n", path);                               \
    skip();                                                                                        \
  } while (0)

#endif
