/* terminal: what the program says to a person: progress and notes on stderr, readable text on
 * stdout.
 *
 * Colours and a moving bar only where the stream is a terminal, NO_COLOR is unset and TERM is not
 * "dumb". */
#ifndef OG_CLI_TERMINAL_H
#define OG_CLI_TERMINAL_H

#include "core/progress.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct Terminal {
  bool quiet;
  bool error_live;  /* stderr can redraw a line */
  bool output_live; /* stdout is a terminal */
  bool colour;      /* stdout takes colours */
  int width;        /* columns of stdout; 0 when it is no terminal */
  int error_width;  /* the same of stderr */
  bool line_open;   /* a progress line stands unfinished on stderr */
  char stage[64];
  double stage_start; /* seconds */
  double stage_part;  /* of the stage that was done when it was first heard of */
  double last_drawn;
} Terminal;

void terminal_init(Terminal *terminal);

/* The progress callbacks (core/progress.h) of a terminal; returns them in *progress, valid as long
 * as terminal. */
void terminal_progress(Terminal *terminal, OgProgress *progress);

/* End the progress line, so that other text starts on a line of its own. */
void terminal_finish(Terminal *terminal);

/* A line for the person on stderr, unless --quiet. What was printed on stdout before comes first.
 */
void terminal_note(Terminal *terminal, const char *format, ...) OG_PRINTF(2, 3);

/* Stop on SIGINT and SIGTERM: the first asks, the second ends the program. On SIGBUS say what
 * happened, and end it. */
void terminal_catch_signals(void);

/* The signal that asked to stop; 0 when none. */
int terminal_signal(void);

/* Columns that length bytes of UTF-8 take on a terminal. */
size_t text_width(const char *text, size_t length);

/* Write text so that it cannot move the cursor or change colours: control characters become \xNN,
 * bad UTF-8 becomes U+FFFD; newlines become a space. At most `most` columns (0: any), the last an
 * ellipsis when it is cut. */
void text_print(FILE *out, const char *text, size_t length, size_t most);

/* The same, cut at its beginning: the end of an address says most. */
void text_print_end(FILE *out, const char *text, size_t length, size_t most);

/* "1,234,567" in a static buffer, eight of which rotate. */
const char *text_count(double count);

/* "1 edge", "1,234 edges": a count and what is counted. As text_count, for words up to 40 bytes. */
const char *text_counted(double count, const char *one, const char *many);

/* The place in a file, to stand behind its name: ":12:7", ":12", or "" where it is not known. */
void text_place(long line, long column, char *text, size_t size);

/* Seconds of a clock that only moves forward. */
double seconds_now(void);

#endif
