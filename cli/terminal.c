#include "cli/terminal.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <utf8proc.h>

enum { BAR_WIDTH = 24, EXIT_IO = 5 /* main.c's code of OG_IO */ };

/* Seconds between drawings: of a bar that moves, and of lines in a log. */
static const double bar_interval = 0.1;
static const double line_interval = 5.0;

static volatile sig_atomic_t caught;

static void on_signal(int number) {
  if (caught) {
    _exit(128 + number);
  }
  caught = number;
}

/* A page of a mapped file is gone. What asked for it cannot go on, and nothing can be undone here:
 * files that are being written stand beside their places, and SQLite rolls back when it opens the
 * graph, as after kill -9. */
static void on_lost_page(int number) {
  static const char text[] =
      "ontograft: a file was cut short while it was read through a map, or its disk is full or "
      "failed; put a whole one in its place (write it beside, then mv)\n";
  (void)number;
  (void)!write(STDERR_FILENO, text, sizeof text - 1);
  _exit(EXIT_IO);
}

void terminal_catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  action.sa_handler = on_lost_page;
  sigaction(SIGBUS, &action, NULL);
}

int terminal_signal(void) {
  return caught;
}

double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool can_draw(int descriptor) {
  const char *kind = getenv("TERM");
  return isatty(descriptor) && kind && strcmp(kind, "dumb") != 0;
}

static int columns_of(int descriptor) {
  struct winsize size;
  const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

void terminal_init(Terminal *terminal) {
  *terminal = (Terminal){0};
  terminal->error_live = can_draw(STDERR_FILENO);
  terminal->output_live = isatty(STDOUT_FILENO);
  const char *no_colour = getenv("NO_COLOR");
  terminal->colour = can_draw(STDOUT_FILENO) && !(no_colour && no_colour[0]);
  terminal->width = terminal->output_live ? columns_of(STDOUT_FILENO) : 0;
  terminal->error_width = terminal->error_live ? columns_of(STDERR_FILENO) : 0;
}

const char *text_count(double count) {
  enum { BUFFERS = 8, SIZE = 40 };
  static char buffers[BUFFERS][SIZE];
  static int next;
  char digits[SIZE];
  snprintf(digits, sizeof digits, "%.0f", count);
  char *out = buffers[next++ % BUFFERS];
  char *to = out;
  const size_t length = strlen(digits);
  for (size_t k = 0; k < length; k++) {
    if (k > 0 && (length - k) % 3 == 0 && digits[k - 1] != '-') {
      *to++ = ',';
    }
    *to++ = digits[k];
  }
  *to = '\0';
  return out;
}

const char *text_counted(double count, const char *one, const char *many) {
  enum { BUFFERS = 8, SIZE = 80 };
  static char buffers[BUFFERS][SIZE];
  static int next;
  char *out = buffers[next++ % BUFFERS];
  snprintf(out, SIZE, "%s %s", text_count(count), count == 1 ? one : many);
  return out;
}

void text_place(long line, long column, char *text, size_t size) {
  if (line <= 0) {
    snprintf(text, size, "%s", "");
  } else if (column <= 0) {
    snprintf(text, size, ":%ld", line);
  } else {
    snprintf(text, size, ":%ld:%ld", line, column);
  }
}

static void format_time(double seconds, char *text, size_t size) {
  if (seconds < 60) {
    snprintf(text, size, "%.0f s", ceil(seconds));
  } else if (seconds < 3600) {
    snprintf(text, size, "%d min %02d s", (int)seconds / 60, (int)seconds % 60);
  } else {
    snprintf(text, size, "%d h %02d min", (int)(seconds / 3600), (int)(seconds / 60) % 60);
  }
}

/* "reading  42 %  12 s left  loss 0.31": what matters most is cut last. */
static void progress_text(const Terminal *terminal, double done, double total, const char *detail,
                          double now, char *text, size_t size) {
  const double spent = now - terminal->stage_start;
  char left[48] = "";
  char share[16] = "";
  if (total > 0) {
    const double part = done < total ? done / total : 1;
    snprintf(share, sizeof share, " %3.0f %%", floor(100 * part));
    const double gone = part - terminal->stage_part;
    if (gone > 0.02 && part < 1 && spent > 1) {
      char time_left[40];
      format_time(spent * (1 - part) / gone, time_left, sizeof time_left);
      snprintf(left, sizeof left, "  %s left", time_left);
    }
  } else if (done > 0) {
    snprintf(share, sizeof share, " %s", text_count(done));
  }
  snprintf(text, size, "%s%s%s%s%s", terminal->stage, share, left, detail[0] ? "  " : "", detail);
}

static void draw(Terminal *terminal, double done, double total, const char *detail, double now) {
  char text[256];
  progress_text(terminal, done, total, detail, now, text, sizeof text);
  if (!terminal->error_live) {
    fprintf(stderr, "%s\n", text);
    return;
  }
  fputs("\r\033[K", stderr);
  int room = terminal->error_width - 1; /* a line that wraps cannot be redrawn */
  if (total > 0 && room > 2 * BAR_WIDTH) {
    room -= BAR_WIDTH + 1;
    const int filled = (int)(BAR_WIDTH * (done < total ? done / total : 1));
    for (int k = 0; k < BAR_WIDTH; k++) {
      fputs(k < filled ? "█" : "░", stderr);
    }
    fputc(' ', stderr);
  }
  text_print(stderr, text, strlen(text), room > 1 ? (size_t)room : 1);
  fflush(stderr);
  terminal->line_open = true;
}

static bool on_report(void *data, const char *stage, double done, double total,
                      const char *detail) {
  Terminal *terminal = data;
  if (caught) {
    return false;
  }
  if (terminal->quiet) {
    return true;
  }
  const double now = seconds_now();
  const bool fresh = strncmp(stage, terminal->stage, sizeof terminal->stage - 1) != 0;
  if (fresh) {
    snprintf(terminal->stage, sizeof terminal->stage, "%s", stage);
    terminal->stage_start = now;
    terminal->stage_part = total > 0 ? done / total : 0;
  }
  if (!terminal->error_live && terminal->last_drawn <= 0) {
    terminal->last_drawn = now; /* a log gets its first line after an interval */
  }
  const double interval = terminal->error_live ? bar_interval : line_interval;
  if ((fresh && terminal->error_live) || now - terminal->last_drawn >= interval) {
    terminal->last_drawn = now;
    draw(terminal, done, total, detail, now);
  }
  return true;
}

static void on_warning(void *data, const char *message) {
  Terminal *terminal = data;
  terminal_note(terminal, "warning: %s", message);
}

void terminal_progress(Terminal *terminal, OgProgress *progress) {
  *progress = (OgProgress){on_report, on_warning, terminal};
}

void terminal_finish(Terminal *terminal) {
  if (terminal->line_open) {
    fputs("\r\033[K", stderr);
    terminal->line_open = false;
  }
  terminal->stage[0] = '\0';
}

void terminal_note(Terminal *terminal, const char *format, ...) {
  if (terminal->quiet) {
    return;
  }
  terminal_finish(terminal);
  fflush(stdout);
  char message[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  text_print(stderr, message, strlen(message), 0);
  fputc('\n', stderr);
}

/* One character of UTF-8: its bytes and code point; a bad byte is one byte and U+FFFD. */
static size_t next_character(const char *text, size_t length, utf8proc_int32_t *point) {
  const utf8proc_ssize_t size =
      utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, point);
  if (size <= 0) {
    *point = 0xfffd;
    return 1;
  }
  return (size_t)size;
}

static bool is_control(utf8proc_int32_t point) {
  /* C0, DEL, C1, and the marks that reorder text on the screen */
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x202a && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069);
}

static size_t point_width(utf8proc_int32_t point) {
  if (point == '\n' || point == '\t' || point == '\r') {
    return 1;
  }
  if (is_control(point)) {
    return point < 0x100 ? 4 : 6;
  }
  const int width = utf8proc_charwidth(point);
  return width > 0 ? (size_t)width : 0;
}

size_t text_width(const char *text, size_t length) {
  size_t width = 0;
  for (size_t k = 0; k < length;) {
    utf8proc_int32_t point;
    k += next_character(text + k, length - k, &point);
    width += point_width(point);
  }
  return width;
}

static void print_point(FILE *out, utf8proc_int32_t point) {
  if (point == '\n' || point == '\t' || point == '\r') {
    fputc(' ', out);
  } else if (is_control(point)) {
    fprintf(out, point < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)point);
  } else {
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t size = utf8proc_encode_char(point, bytes);
    fwrite(bytes, 1, (size_t)size, out);
  }
}

void text_print(FILE *out, const char *text, size_t length, size_t most) {
  const bool cut = most > 0 && text_width(text, length) > most;
  size_t width = 0;
  for (size_t k = 0; k < length;) {
    utf8proc_int32_t point;
    k += next_character(text + k, length - k, &point);
    width += point_width(point);
    if (cut && width + 1 > most) {
      fputs("…", out);
      return;
    }
    print_point(out, point);
  }
}

void text_print_end(FILE *out, const char *text, size_t length, size_t most) {
  size_t width = text_width(text, length);
  size_t start = 0;
  if (most > 0 && width > most) {
    fputs("…", out);
    while (width + 1 > most && start < length) {
      utf8proc_int32_t point;
      start += next_character(text + start, length - start, &point);
      width -= point_width(point);
    }
  }
  text_print(out, text + start, length - start, 0);
}
