#include "kg/scatter.h"

#include "core/memory.h"
#include "kg/svg.h"
#include "kg/wrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  PLOT = 860, /* width and height of the points' square */
  MARGIN = 28,
  HEAD = 56,    /* height of the title */
  LEGEND = 300, /* width */
  LINE = 18,    /* of the legend */
  ENTRY_GAP = 12,
  FOOT = 30,
  MOST_NAMES = 24,
  NAME_SIZE = 13,
  NAME_LINE = 17,
  NAME_GAP = 26 /* between two names, so that they are spread */
};

/* Tol 2021, "Colour schemes", SRON/EPS/TN/09-002, figure 6; the grey is for the others. */
static const char *const colours[OG_SCATTER_GROUPS] = {"#332288", "#cc6677", "#117733",
                                                       "#ddaa33", "#88ccee", "#882255",
                                                       "#44aa99", "#999933", "#aa4499"};
static const char grey[] = "#b6bcc6";

typedef struct Box {
  double left, top, right, bottom;
} Box;

typedef struct Drawing {
  const OgScatter *scatter;
  OgSvg svg;
  OgArena *arena;
  double centre_x, centre_y, scale; /* from the points' unit to pixels */
  double radius;
  Box *names; /* (MOST_NAMES) taken */
  size_t name_count;
} Drawing;

/* ---- where things are ---- */

/* Both axes have one scale: distances mean the same along each. */
static void fit(Drawing *drawing) {
  const OgScatter *scatter = drawing->scatter;
  double low[2] = {HUGE_VAL, HUGE_VAL}, high[2] = {-HUGE_VAL, -HUGE_VAL};
  for (size_t n = 0; n < scatter->count; n++) {
    const double at[2] = {scatter->points[n].x, scatter->points[n].y};
    for (int k = 0; k < 2; k++) {
      low[k] = fmin(low[k], at[k]);
      high[k] = fmax(high[k], at[k]);
    }
  }
  const double width = fmax(high[0] - low[0], high[1] - low[1]);
  const double radius = 120 / sqrt((double)scatter->count + 1);
  drawing->radius = fmin(fmax(radius, 2), 7);
  drawing->centre_x = (low[0] + high[0]) / 2;
  drawing->centre_y = (low[1] + high[1]) / 2;
  drawing->scale = width > 0 ? (PLOT - 4 * drawing->radius) / width : 0;
}

static double plot_x(const Drawing *drawing, double x) {
  return PLOT / 2.0 + (drawing->scale > 0 ? (x - drawing->centre_x) * drawing->scale : 0);
}

static double plot_y(const Drawing *drawing, double y) {
  return PLOT / 2.0 - (drawing->scale > 0 ? (y - drawing->centre_y) * drawing->scale : 0);
}

/* ---- points ---- */

static const char *clean(Drawing *drawing, const char *text) {
  const char *copy = og_wrap_clean(text, drawing->arena);
  if (!copy && drawing->svg.status == OG_OK) {
    drawing->svg.status = og_error_no_memory(drawing->svg.err);
  }
  return copy ? copy : "";
}

static void put_points(Drawing *drawing, uint32_t group, const char *colour) {
  const OgScatter *scatter = drawing->scatter;
  og_svg_put(&drawing->svg, "<g fill=\"@\">\n", colour);
  for (size_t n = 0; n < scatter->count; n++) {
    const OgScatterPoint *point = &scatter->points[n];
    const bool belongs = group == scatter->group_count ? point->group >= scatter->group_count
                                                       : point->group == group;
    if (belongs) {
      og_svg_put(&drawing->svg, "<circle cx=\"%\" cy=\"%\" r=\"%\"><title>$ [$]</title></circle>\n",
                 plot_x(drawing, point->x), plot_y(drawing, point->y), drawing->radius,
                 clean(drawing, point->label), clean(drawing, point->id));
    }
  }
  og_svg_put(&drawing->svg, "</g>\n");
}

/* The others lie below. */
static void put_all_points(Drawing *drawing) {
  const OgScatter *scatter = drawing->scatter;
  og_svg_put(&drawing->svg, "<g fill-opacity=\"0.8\">\n");
  put_points(drawing, (uint32_t)scatter->group_count, grey);
  for (size_t k = 0; k < scatter->group_count; k++) {
    put_points(drawing, (uint32_t)k, colours[k]);
  }
  og_svg_put(&drawing->svg, "</g>\n");
}

/* ---- names ---- */

static bool overlap(const Box *a, const Box *b, double gap) {
  return a->left < b->right + gap && b->left < a->right + gap && a->top < b->bottom + gap &&
         b->top < a->bottom + gap;
}

/* Whether a box is within the plot and apart from all names. */
static bool is_free(const Drawing *drawing, const Box *box) {
  bool is_free = box->left >= 0 && box->right <= PLOT && box->top >= 0 && box->bottom <= PLOT;
  for (size_t k = 0; k < drawing->name_count && is_free; k++) {
    is_free = !overlap(box, &drawing->names[k], NAME_GAP);
  }
  return is_free;
}

/* A name beside its point, right, left, above or below, where it is free; over a white rim, so that
 * it can be read on points. The rim is a text of its own: few programs know paint-order. */
static void put_name(Drawing *drawing, const OgScatterPoint *point) {
  const char *label = clean(drawing, point->label);
  const double width = NAME_SIZE * og_wrap_width(label, strlen(label));
  const double x = plot_x(drawing, point->x), y = plot_y(drawing, point->y);
  const double gap = drawing->radius + 3;
  const struct {
    const char *anchor;
    double x, left, top; /* where the text is put; its box */
  } places[] = {{"start", x + gap, x + gap, y - NAME_LINE / 2.0},
                {"end", x - gap, x - gap - width, y - NAME_LINE / 2.0},
                {"middle", x, x - width / 2, y - gap - NAME_LINE},
                {"middle", x, x - width / 2, y + gap}};
  for (size_t k = 0; k < OG_COUNT(places) && label[0]; k++) {
    const Box box = {places[k].left, places[k].top, places[k].left + width,
                     places[k].top + NAME_LINE};
    if (is_free(drawing, &box)) {
      const double base = box.top + NAME_SIZE;
      drawing->names[drawing->name_count++] = box;
      og_svg_put(&drawing->svg,
                 "<g text-anchor=\"@\"><text x=\"%\" y=\"%\" fill=\"none\" stroke=\"#ffffff\" "
                 "stroke-width=\"3.5\" stroke-linejoin=\"round\" stroke-opacity=\"0.85\">$</text>"
                 "<text x=\"%\" y=\"%\">$</text></g>\n",
                 places[k].anchor, places[k].x, base, label, places[k].x, base, label);
      return;
    }
  }
}

static int by_prominence(const void *a, const void *b) {
  const OgScatterPoint *const *x = a, *const *y = b;
  if ((*x)->prominence != (*y)->prominence) {
    return (*x)->prominence > (*y)->prominence ? -1 : 1;
  }
  return (*x > *y) - (*x < *y);
}

static void put_names(Drawing *drawing) {
  const OgScatter *scatter = drawing->scatter;
  const OgScatterPoint **order =
      og_arena_alloc(drawing->arena, scatter->count + 1, sizeof(OgScatterPoint *));
  drawing->names = og_arena_alloc(drawing->arena, MOST_NAMES, sizeof *drawing->names);
  if (!order || !drawing->names) {
    drawing->svg.status = og_error_no_memory(drawing->svg.err);
    return;
  }
  for (size_t n = 0; n < scatter->count; n++) {
    order[n] = &scatter->points[n];
  }
  qsort(order, scatter->count, sizeof *order, by_prominence);
  og_svg_put(&drawing->svg,
             "<g font-size=\"%\" fill=\"#111827\" "
             "pointer-events=\"none\">\n",
             (double)NAME_SIZE);
  for (size_t n = 0; n < scatter->count && drawing->name_count < MOST_NAMES; n++) {
    put_name(drawing, order[n]);
  }
  og_svg_put(&drawing->svg, "</g>\n");
}

/* ---- the legend ---- */

/* "12,345" of a count, into text. */
static const char *count_text(size_t count, char text[32]) {
  char *to = text + 31;
  *to = '\0';
  for (int digits = 0; count > 0 || digits == 0; count /= 10, digits++) {
    if (digits > 0 && digits % 3 == 0) {
      *--to = ',';
    }
    *--to = (char)('0' + count % 10);
  }
  return to;
}

/* The name in two lines at most, the count behind the last. Returns where the next entry goes. */
static double put_entry(Drawing *drawing, double y, const char *colour, const char *name,
                        size_t count) {
  OgLines lines;
  char number[32];
  const char *label = clean(drawing, name);
  og_wrap(label, (LEGEND - 90.0) / 14, &lines);
  const size_t shown = lines.count < 2 ? lines.count : 2;
  og_svg_put(&drawing->svg, "<circle cx=\"8\" cy=\"%\" r=\"7\" fill=\"@\"/><text y=\"%\">", y - 5,
             colour, y);
  for (size_t k = 0; k < shown; k++) {
    char *line = og_arena_alloc(drawing->arena, lines.items[k].size + 1, 1);
    if (!line) {
      drawing->svg.status = og_error_no_memory(drawing->svg.err);
      return y;
    }
    memcpy(line, lines.items[k].text, lines.items[k].size);
    og_svg_put(&drawing->svg, "<tspan x=\"26\" y=\"%\">$@</tspan>", y + LINE * (double)k, line,
               k + 1 == shown && (lines.cut || lines.count > shown) ? "…" : "");
  }
  og_svg_put(&drawing->svg, "<tspan dx=\"8\" fill=\"#6b7280\">@</tspan></text>\n",
             count_text(count, number));
  return y + LINE * (double)(shown > 1 ? shown : 1) + ENTRY_GAP;
}

static void put_legend(Drawing *drawing) {
  const OgScatter *scatter = drawing->scatter;
  double y = 14;
  og_svg_put(&drawing->svg, "<g transform=\"translate(% %)\" font-size=\"14\" fill=\"#1f2937\">\n",
             2.0 * MARGIN + PLOT, (double)HEAD + MARGIN);
  for (size_t k = 0; k < scatter->group_count; k++) {
    y = put_entry(drawing, y, colours[k], scatter->groups[k].name, scatter->groups[k].count);
  }
  if (scatter->others > 0) {
    put_entry(drawing, y, grey, scatter->others_label, scatter->others);
  }
  og_svg_put(&drawing->svg, "</g>\n");
}

/* ---- all ---- */

static void put_picture(Drawing *drawing) {
  const OgScatter *scatter = drawing->scatter;
  OgSvg *svg = &drawing->svg;
  const double width = PLOT + LEGEND + 3.0 * MARGIN, height = PLOT + HEAD + FOOT + 2.0 * MARGIN;
  og_svg_put(svg,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%\" height=\"%\" viewBox=\"0 0 % "
             "%\" font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', "
             "sans-serif\">\n<title>$</title>\n<rect width=\"%\" height=\"%\" fill=\"#ffffff\"/>\n",
             width, height, width, height, scatter->title, width, height);
  og_svg_put(svg, "<text x=\"%\" y=\"44\" font-size=\"22\" fill=\"#111827\">$</text>\n",
             (double)MARGIN, scatter->title);
  og_svg_put(svg, "<g transform=\"translate(% %)\">\n", (double)MARGIN, (double)HEAD + MARGIN);
  put_all_points(drawing);
  put_names(drawing);
  og_svg_put(svg, "</g>\n");
  put_legend(drawing);
  if (scatter->note) {
    og_svg_put(svg, "<text x=\"%\" y=\"%\" font-size=\"13\" fill=\"#6b7280\">$</text>\n",
               (double)MARGIN, height - MARGIN + 4, scatter->note);
  }
  og_svg_put(svg, "</svg>\n");
}

static OgStatus draw(const OgScatter *scatter, const char *before, const char *after, OgBuffer *to,
                     OgError *err) {
  OgArena arena = OG_ARENA_INIT;
  Drawing drawing = {.scatter = scatter, .svg = {.to = to, .err = err}, .arena = &arena};
  OgScatter shown = *scatter;
  shown.title = clean(&drawing, scatter->title);
  shown.note = scatter->note ? clean(&drawing, scatter->note) : NULL;
  drawing.scatter = &shown;
  fit(&drawing);
  og_svg_put(&drawing.svg, before, shown.title);
  put_picture(&drawing);
  og_svg_put(&drawing.svg, after);
  og_arena_clear(&arena);
  return drawing.svg.status;
}

OgStatus og_scatter_svg(const OgScatter *scatter, OgBuffer *to, OgError *err) {
  return draw(scatter, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "", to, err);
}

OgStatus og_scatter_html(const OgScatter *scatter, OgBuffer *to, OgError *err) {
  static const char before[] =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>$</title>\n"
      "<style>body { margin: 0; text-align: center }\n"
      "svg { max-width: 100vw; max-height: 100vh; height: auto }\n"
      "circle:hover { stroke: #000; stroke-width: 2; fill-opacity: 1 }</style>\n"
      "</head>\n<body>\n";
  return draw(scatter, before, "</body>\n</html>\n", to, err);
}
