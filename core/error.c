#include "core/error.h"

#include "core/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FILE_SCHEME "file://"

static const char *const status_names[] = {
    [OG_OK] = "ok",
    [OG_FAILED] = "failed",
    [OG_USAGE] = "usage",
    [OG_BAD_DATA] = "bad input data",
    [OG_BAD_STORE] = "bad model or database",
    [OG_IO] = "input/output",
    [OG_NO_MEMORY] = "out of memory",
    [OG_NOT_FOUND] = "not found",
    [OG_GATE] = "check failed",
    [OG_CANCELLED] = "cancelled",
};

const char *og_status_name(OgStatus status) {
  return (size_t)status < OG_COUNT(status_names) ? status_names[status] : "unknown";
}

static void set_message(OgError *err, OgStatus status, const char *source, long line, long column,
                        const char *format, va_list args) {
  /* The arguments may point into err itself (a message that wraps another): format first, then
   * copy. */
  char message[sizeof err->message];
  char place[sizeof err->source];
  vsnprintf(message, sizeof message, format, args);
  message[og_utf8_whole(message, strlen(message))] = '\0'; /* a long one is cut off */
  snprintf(place, sizeof place, "%s", source ? source : "");
  err->status = status;
  err->line = line;
  err->column = column;
  memcpy(err->message, message, sizeof message);
  memcpy(err->source, place, sizeof place);
}

OgStatus og_error_set(OgError *err, OgStatus status, const char *format, ...) {
  if (err) {
    va_list args;
    va_start(args, format);
    set_message(err, status, NULL, 0, 0, format, args);
    va_end(args);
  }
  return status;
}

OgStatus og_error_at(OgError *err, OgStatus status, const char *source, long line, long column,
                     const char *format, ...) {
  if (err) {
    va_list args;
    va_start(args, format);
    set_message(err, status, source, line, column, format, args);
    va_end(args);
  }
  return status;
}

OgStatus og_error_byte(OgError *err, const char *source, long line, long column,
                       unsigned char byte) {
  return byte == '\0' ? og_error_at(err, OG_BAD_DATA, source, line, column,
                                    "a zero byte, which no text has; " OG_ZERO_BYTE_ADVICE)
                      : og_error_at(err, OG_BAD_DATA, source, line, column,
                                    "byte 0x%02x is not UTF-8 text; " OG_ENCODING_ADVICE, byte);
}

static const char out_of_memory[] = "out of memory";

OgStatus og_error_no_memory(OgError *err) {
  return og_error_set(err, OG_NO_MEMORY, out_of_memory);
}

OgStatus og_error_no_room(OgError *err, size_t bytes, const char *format, ...) {
  char what[256];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  const double megabytes = (double)bytes / 1e6;
  return og_error_set(err, OG_NO_MEMORY, "no memory for %s: %.*f MB", what, megabytes < 10,
                      megabytes);
}

OgStatus og_error_during(OgStatus status, const char *work, OgError *err) {
  return status == OG_NO_MEMORY && err && strcmp(err->message, out_of_memory) == 0
             ? og_error_set(err, status, "%s while %s", out_of_memory, work)
             : status;
}

OgStatus og_error_advise(OgStatus status, OgError *err, const char *format, ...) {
  if (status != OG_NO_MEMORY || !err || strstr(err->message, OG_MEMORY_ADVICE)) {
    return status;
  }
  char advice[256];
  va_list args;
  va_start(args, format);
  vsnprintf(advice, sizeof advice, format, args);
  va_end(args);
  return og_error_set(err, status, "%.220s; %s, or " OG_MEMORY_ADVICE, err->message, advice);
}

/* What to do, where that is always the same. */
static const char *advice(int number, const char *action, const char *path) {
  if (number == ENOSPC || number == EDQUOT) {
    return "; make room on the disk and try again";
  }
  const bool reads = strcmp(action, "open") == 0 || strcmp(action, "read") == 0;
  if (number != ENOENT || !reads || !strstr(path, "://")) {
    return "";
  }
  return strncasecmp(path, FILE_SCHEME, sizeof FILE_SCHEME - 1) == 0
             ? "; give the path without " FILE_SCHEME
             : "; nothing is fetched from an address: download it first, and name the file";
}

OgStatus og_error_errno(OgError *err, const char *action, const char *path) {
  return og_error_set(err, OG_IO, "cannot %s %s: %s%s", action, path, strerror(errno),
                      advice(errno, action, path));
}

const char *og_error_text(const OgError *err, char *text, size_t size) {
  if (err->source[0] == '\0') {
    snprintf(text, size, "%s", err->message);
  } else if (err->line <= 0) {
    snprintf(text, size, "%s: %s", err->source, err->message);
  } else if (err->column <= 0) {
    snprintf(text, size, "%s:%ld: %s", err->source, err->line, err->message);
  } else {
    snprintf(text, size, "%s:%ld:%ld: %s", err->source, err->line, err->column, err->message);
  }
  return text;
}
