/* error: how every function of ontograft says that it failed, and why.
 *
 * A function that can fail returns an OgStatus and takes an OgError * last, which may be NULL.
 * OgError is a value of the caller with fixed room: reporting an error allocates nothing, so
 * out-of-memory can be reported too. */
#ifndef OG_CORE_ERROR_H
#define OG_CORE_ERROR_H

#include "core/api.h"

#include <stddef.h>

typedef enum OgStatus {
  OG_OK = 0,
  OG_FAILED,    /* a fault of no other kind, ours included */
  OG_USAGE,     /* an argument or option makes no sense */
  OG_BAD_DATA,  /* input data breaks its format; source, line and column say where */
  OG_BAD_STORE, /* a graph file or a model directory is damaged, foreign, or of another version */
  OG_IO,        /* the operating system refused: missing file, full disk, permission */
  OG_NO_MEMORY, /* an allocation failed */
  OG_NOT_FOUND, /* what was asked for by name is not there */
  OG_GATE,      /* a check that the user asked for did not hold */
  OG_CANCELLED  /* the progress callback asked to stop */
} OgStatus;

typedef struct OgError {
  OgStatus status;
  long line;         /* 1-based; 0 when the fault has no line */
  long column;       /* 1-based, in bytes; 0 when unknown */
  char source[256];  /* file or other input that holds the fault; "" when none */
  char message[512]; /* what was expected, what was found, what to do next */
} OgError;

/* Record a fault and return its status, so that a caller writes `return og_error_set(err, …)`. err
 * may be NULL. */
OG_API OgStatus og_error_set(OgError *err, OgStatus status, const char *format, ...)
    OG_PRINTF(3, 4);

/* The same, with the place of the fault. source may be NULL. */
OG_API OgStatus og_error_at(OgError *err, OgStatus status, const char *source, long line,
                            long column, const char *format, ...) OG_PRINTF(6, 7);

/* What to do, for the end of a message: about a file with a zero byte, about one with another byte
 * that is not UTF-8, and about a limit of memory. */
#define OG_ZERO_BYTE_ADVICE                                                                        \
  "take such bytes out (tr -d '\\000'), or convert UTF-16 (iconv -f UTF-16LE -t UTF-8)"
#define OG_ENCODING_ADVICE "convert the text, for example with iconv -f WINDOWS-1252 -t UTF-8"
#define OG_MEMORY_ADVICE   "raise the limit (ulimit -v)"

/* OG_BAD_DATA: a byte of a text is zero, or not UTF-8 where it stands; with what to do. */
OG_API OgStatus og_error_byte(OgError *err, const char *source, long line, long column,
                              unsigned char byte);

/* Record that memory ran out. */
OG_API OgStatus og_error_no_memory(OgError *err);

/* Record that there is no memory for something of so many bytes: "no memory for the gradients: 417
 * MB". */
OG_API OgStatus og_error_no_room(OgError *err, size_t bytes, const char *format, ...)
    OG_PRINTF(3, 4);

/* A fault that says no more than og_error_no_memory learns what was being done: "out of memory
 * while reading the texts". Any other stays. Returns status. */
OG_API OgStatus og_error_during(OgStatus status, const char *work, OgError *err);

/* Want of memory learns what to do: "no memory for the gradients: 417 MB; take a smaller batch, or
 * raise the limit (ulimit -v)". A message that names the limit already stays, and any other fault.
 * Returns status. */
OG_API OgStatus og_error_advise(OgStatus status, OgError *err, const char *format, ...)
    OG_PRINTF(3, 4);

/* Record errno's text: "cannot ACTION PATH: reason", and what to do about a full disk, or about an
 * address in the place of a path to open or read. */
OG_API OgStatus og_error_errno(OgError *err, const char *action, const char *path);

/* One word for a status: "usage", "bad input data", … Static. */
OG_API const char *og_status_name(OgStatus status);

/* Write "source:line:column: message" into text (size bytes, always terminated); returns text. */
OG_API const char *og_error_text(const OgError *err, char *text, size_t size);

/* Return from the calling function when the expression fails. Only where nothing is held. */
#define OG_TRY(expression)                                                                         \
  do {                                                                                             \
    const OgStatus og_try_status_ = (expression);                                                  \
    if (og_try_status_ != OG_OK) {                                                                 \
      return og_try_status_;                                                                       \
    }                                                                                              \
  } while (0)

/* Jump to `done` when the expression fails; `status` is the function's result variable. */
#define OG_GO(expression)                                                                          \
  do {                                                                                             \
    status = (expression);                                                                         \
    if (status != OG_OK) {                                                                         \
      goto done;                                                                                   \
    }                                                                                              \
  } while (0)

#endif
