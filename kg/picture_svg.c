/* A picture written as SVG 1.1: presentation attributes alone, which every program that shows or
 * imports SVG knows. */
#include "kg/escape.h"
#include "kg/layout.h"
#include "kg/picture.h"
#include "kg/svg.h"
#include "kg/wrap.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* ---- How it looks ---- */

enum {
  MARGIN = 24,
  PADDING_X = 10, /* between a box's border and its text */
  PADDING_Y = 8,
  LEAST_WIDTH = 92, /* of boxes */
  MOST_WIDTH = 180,
  WIDTH_STEP = 8,
  MOST_LABEL = 190, /* of a line's label */
  ARROW = 10,
  SAMPLE = 44, /* a line in the legend */
  LEGEND_GAP = 26,
  LEGEND_LINE = 22
};

/* How a kind of text looks; sizes in pixels. */
typedef struct Type {
  double size, line;
  double stretch; /* bold is wider than regular */
} Type;

static const Type type_node = {13, 16, 1}, type_start = {15, 19, 1.1}, type_label = {11, 16, 1},
                  type_legend = {12, LEGEND_LINE, 1};

typedef struct Stroke {
  const char *colour, *dashes;
} Stroke;

/* Okabe and Ito's colours but black and yellow, which is too light for lines on white. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73",
                                      "#cc79a7", "#e69f00", "#56b4e9"};
static const char *const dashes[] = {"none", "7 4", "2 4", "11 4 2 4", "15 5", "5 3 1 3"};
static const Stroke hierarchy_strokes[] = {
    {"#4a5568", "none"}, {"#111827", "9 4"}, {"#4a5568", "3 3"}, {"#111827", "12 3 3 3"}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* number: of the relation among those of its sort. */
static Stroke stroke_of(bool is_hierarchical, size_t number) {
  if (is_hierarchical) {
    return hierarchy_strokes[number % COUNT(hierarchy_strokes)];
  }
  return (Stroke){colours[number % COUNT(colours)],
                  dashes[(number + number / COUNT(colours)) % COUNT(dashes)]};
}

/* ---- What is drawn ---- */

typedef struct Card {
  const char *label, *id; /* clean */
  const Type *type;
  OgLines lines;
} Card;

typedef struct Drawing {
  const OgPicture *picture;
  OgArena *arena;
  OgBuffer *svg;
  OgError *err;
  OgStatus status; /* the first fault stays */
  OgLayout layout;
  Card *cards;        /* (node_count) */
  const char **names; /* (relation_count) clean */
  Stroke *strokes;    /* (relation_count) */
} Drawing;

/* ---- Writing ---- */

/* In format, % is a number, $ a text to escape and @ markup (kg/svg.h). */
static void put(Drawing *drawing, const char *format, ...) {
  OgSvg svg = {drawing->svg, drawing->err, drawing->status};
  va_list arguments;
  va_start(arguments, format);
  og_svg_vput(&svg, format, arguments);
  va_end(arguments);
  drawing->status = svg.status;
}

static void put_slice(Drawing *drawing, OgLine line) {
  if (drawing->status == OG_OK) {
    drawing->status = og_escape_xml((OgText){line.text, line.size}, drawing->svg, drawing->err);
  }
}

/* ---- Sizes ---- */

/* The least width of box in which a label has its lines, and no word is broken. */
static double width_for(const char *label, const Type *type) {
  OgLines lines;
  double width = LEAST_WIDTH;
  for (; width < MOST_WIDTH; width += WIDTH_STEP) {
    og_wrap(label, (width - 2 * PADDING_X) / (type->size * type->stretch), &lines);
    if (!lines.cut && !lines.broken) {
      break;
    }
  }
  return width;
}

static void size_box(Card *card, double width, OgLayoutBox *box) {
  og_wrap(card->label, (width - 2 * PADDING_X) / (card->type->size * card->type->stretch),
          &card->lines);
  box->width = width;
  box->height = 2 * PADDING_Y + (double)card->lines.count * card->type->line;
}

/* All boxes but the first are of one width. */
static OgStatus size_boxes(Drawing *drawing) {
  const OgPicture *picture = drawing->picture;
  double width = LEAST_WIDTH;
  for (size_t n = 0; n < picture->node_count; n++) {
    Card *card = &drawing->cards[n];
    card->label = og_wrap_clean(picture->nodes[n].label, drawing->arena);
    card->id = og_wrap_clean(picture->nodes[n].id, drawing->arena);
    card->type = n == 0 ? &type_start : &type_node;
    if (!card->label || !card->id) {
      return og_error_no_memory(drawing->err);
    }
    width = n > 0 ? fmax(width, width_for(card->label, card->type)) : width;
  }
  for (size_t n = 0; n < picture->node_count; n++) {
    Card *card = &drawing->cards[n];
    const double own = n == 0 ? fmax(width, width_for(card->label, card->type)) : width;
    size_box(card, own, &drawing->layout.boxes[n]);
  }
  return OG_OK;
}

/* The first line of a relation's name, as labels of lines have it. */
static OgLines label_of(const char *name) {
  OgLines lines;
  og_wrap(name, MOST_LABEL / type_label.size, &lines);
  return lines;
}

static double label_width(const char *name) {
  const OgLines lines = label_of(name);
  const double ellipsis = lines.count > 1 ? 1 : 0;
  return lines.count > 0
             ? 8 + type_label.size *
                       (ellipsis + og_wrap_width(lines.items[0].text, lines.items[0].size))
             : 0;
}

static OgStatus style_relations(Drawing *drawing) {
  const OgPicture *picture = drawing->picture;
  size_t counts[2] = {0, 0};
  for (size_t r = 0; r < picture->relation_count; r++) {
    const bool is_hierarchical = picture->relations[r].slope != OG_LEVEL;
    drawing->names[r] = og_wrap_clean(picture->relations[r].label, drawing->arena);
    drawing->strokes[r] = stroke_of(is_hierarchical, counts[is_hierarchical]++);
    if (!drawing->names[r]) {
      return og_error_no_memory(drawing->err);
    }
  }
  return OG_OK;
}

static void describe_edges(Drawing *drawing) {
  const OgPicture *picture = drawing->picture;
  for (size_t e = 0; e < picture->edge_count; e++) {
    const OgPictureEdge *edge = &picture->edges[e];
    const OgSlope slope = picture->relations[edge->relation].slope;
    const bool is_hierarchical = slope != OG_LEVEL;
    drawing->layout.edges[e] = (OgLayoutEdge){
        .head = slope == OG_DOWNWARD ? edge->tail : edge->head,
        .tail = slope == OG_DOWNWARD ? edge->head : edge->tail,
        .relation = edge->relation,
        .is_hierarchical = is_hierarchical,
        .label_width = is_hierarchical ? 0 : label_width(drawing->names[edge->relation])};
  }
}

static OgStatus lay_out(Drawing *drawing) {
  const OgPicture *picture = drawing->picture;
  OgArena *arena = drawing->arena;
  OgLayout *layout = &drawing->layout;
  *layout =
      (OgLayout){.boxes = og_arena_alloc(arena, picture->node_count + 1, sizeof *layout->boxes),
                 .box_count = picture->node_count,
                 .edges = og_arena_alloc(arena, picture->edge_count + 1, sizeof *layout->edges),
                 .edge_count = picture->edge_count,
                 .label_height = type_label.line};
  drawing->cards = og_arena_alloc(arena, picture->node_count + 1, sizeof *drawing->cards);
  drawing->names = og_arena_alloc(arena, picture->relation_count + 1, sizeof *drawing->names);
  drawing->strokes = og_arena_alloc(arena, picture->relation_count + 1, sizeof *drawing->strokes);
  if (!layout->boxes || !layout->edges || !drawing->cards || !drawing->names || !drawing->strokes) {
    return og_error_no_memory(drawing->err);
  }
  OG_TRY(size_boxes(drawing));
  OG_TRY(style_relations(drawing));
  describe_edges(drawing);
  return og_layout(layout, arena, drawing->err);
}

/* ---- Lines ---- */

/* The point at the end of a line, `by` pixels back on it, so that the stroke's blunt end does not
 * show beside the arrow's tip. */
static OgPoint pull(OgPoint end, OgPoint towards, double by) {
  const double length = hypot(towards.x - end.x, towards.y - end.y);
  return length > 2 * by ? (OgPoint){end.x + (towards.x - end.x) * by / length,
                                     end.y + (towards.y - end.y) * by / length}
                         : end;
}

static void put_path(Drawing *drawing, const OgLayoutEdge *edge) {
  const size_t last = edge->count - 1;
  for (size_t k = 0; k < edge->count; k++) {
    OgPoint point = edge->points[k];
    if (k == 0 && edge->from_tail) {
      point = pull(point, edge->points[1], ARROW / 2.0);
    } else if (k == last && !edge->from_tail) {
      point = pull(point, edge->points[last - 1], ARROW / 2.0);
    }
    put(drawing, k == 0 ? "M% %" : k % 3 == 1 ? "C% %" : " % %", point.x, point.y);
  }
}

/* A triangle with its tip at a point, away from another: hollow for the hierarchy, as UML draws
 * generalisation. */
static void put_arrow(Drawing *drawing, OgPoint tip, OgPoint from, Stroke stroke, bool hollow) {
  const double length = fmax(hypot(tip.x - from.x, tip.y - from.y), 1e-9);
  const double dx = (tip.x - from.x) / length, dy = (tip.y - from.y) / length;
  const double half = hollow ? 5.5 : 4;
  const OgPoint base = {tip.x - dx * ARROW, tip.y - dy * ARROW};
  put(drawing,
      "<path d=\"M% %L% %L% %Z\" fill=\"@\" stroke=\"@\" stroke-width=\"1.3\" "
      "stroke-linejoin=\"round\" stroke-dasharray=\"none\"/>",
      tip.x, tip.y, base.x - dy * half, base.y + dx * half, base.x + dy * half, base.y - dx * half,
      hollow ? "#ffffff" : stroke.colour, stroke.colour);
}

static void put_edge(Drawing *drawing, size_t e) {
  const OgLayoutEdge *edge = &drawing->layout.edges[e];
  const Stroke stroke = drawing->strokes[edge->relation];
  const size_t last = edge->count - 1;
  const OgPoint tip = edge->points[edge->from_tail ? 0 : last];
  const OgPoint from = edge->points[edge->from_tail ? 1 : last - 1];
  put(drawing, "<g><title>$ \xE2\x80\x94 $ \xE2\x86\x92 $</title><path d=\"",
      drawing->cards[edge->head].label, drawing->names[edge->relation],
      drawing->cards[edge->tail].label);
  put_path(drawing, edge);
  put(drawing, "\" stroke=\"@\" stroke-dasharray=\"@\"/>", stroke.colour, stroke.dashes);
  put_arrow(drawing, tip, from, stroke, edge->is_hierarchical);
  put(drawing, "</g>\n");
}

static void put_label(Drawing *drawing, const OgLayoutEdge *edge) {
  const OgLines lines = label_of(drawing->names[edge->relation]);
  put(drawing,
      "<rect x=\"%\" y=\"%\" width=\"%\" height=\"%\" rx=\"3\" fill=\"#ffffff\" "
      "fill-opacity=\"0.9\"/><text x=\"%\" y=\"%\">",
      edge->label.x - edge->label_width / 2 + 1, edge->label.y - type_label.line / 2,
      edge->label_width - 2, type_label.line, edge->label.x,
      edge->label.y + type_label.size * 0.35);
  put_slice(drawing, lines.items[0]);
  put(drawing, lines.count > 1 ? "\xE2\x80\xA6</text>\n" : "</text>\n");
}

static void put_lines(Drawing *drawing) {
  const OgLayout *layout = &drawing->layout;
  put(drawing, "<g fill=\"none\" stroke-width=\"1.6\">\n");
  for (size_t e = 0; e < layout->edge_count; e++) {
    put_edge(drawing, e);
  }
  put(drawing, "</g>\n<g font-size=\"%\" fill=\"#374151\" text-anchor=\"middle\">\n",
      type_label.size);
  for (size_t e = 0; e < layout->edge_count; e++) {
    if (layout->edges[e].has_label) {
      put_label(drawing, &layout->edges[e]);
    }
  }
  put(drawing, "</g>\n");
}

/* ---- Boxes ---- */

typedef struct Look {
  const char *fill, *border, *dashes, *text, *decoration, *weight;
} Look;

static const Look look_node = {"#f3f6fa", "#8794a6", "none", "#1f2937", "none", "normal"};
static const Look look_start = {"#1e3a5f", "#1e3a5f", "none", "#ffffff", "none", "bold"};

static Look look_of(const Drawing *drawing, size_t node) {
  Look look = node == 0 ? look_start : look_node;
  if (drawing->picture->nodes[node].deprecated) {
    look.decoration = "line-through";
    look.dashes = "4 3";
    look.fill = node == 0 ? look.fill : "#ffffff";
    look.border = node == 0 ? "#f0e442" : look.border;
    look.text = node == 0 ? look.text : "#6b7280";
  }
  return look;
}

static void put_box(Drawing *drawing, size_t node) {
  const OgPictureNode *about = &drawing->picture->nodes[node];
  const OgLayoutBox *box = &drawing->layout.boxes[node];
  const Card *card = &drawing->cards[node];
  const Look look = look_of(drawing, node);
  const double middle = box->y + box->height / 2, size = card->type->size;
  double y = middle - ((double)card->lines.count - 1) * card->type->line / 2 + size * 0.35;
  put(drawing, "<g><title>$ [$]@</title><rect x=\"%\" y=\"%\" width=\"%\" height=\"%\" rx=\"6\" ",
      card->label, card->id, about->deprecated ? " deprecated" : "", box->x, box->y, box->width,
      box->height);
  put(drawing, "fill=\"@\" stroke=\"@\" stroke-dasharray=\"@\"/><text fill=\"@\" ", look.fill,
      look.border, look.dashes, look.text);
  put(drawing, "font-size=\"%\" font-weight=\"@\" text-decoration=\"@\">", size, look.weight,
      look.decoration);
  for (size_t k = 0; k < card->lines.count; k++, y += card->type->line) {
    put(drawing, "<tspan x=\"%\" y=\"%\">", box->x + box->width / 2, y);
    put_slice(drawing, card->lines.items[k]);
    put(drawing,
        k + 1 == card->lines.count && card->lines.cut ? "\xE2\x80\xA6</tspan>" : "</tspan>");
  }
  put(drawing, "</text></g>\n");
}

static void put_boxes(Drawing *drawing) {
  put(drawing, "<g text-anchor=\"middle\" stroke-width=\"1.2\">\n");
  for (size_t n = 0; n < drawing->picture->node_count; n++) {
    put_box(drawing, n);
  }
  put(drawing, "</g>\n");
}

/* ---- The legend ---- */

/* Where the next thing of the legend goes. */
typedef struct Cursor {
  double x, y, width; /* width: of the legend */
  bool dry;           /* measure, do not write */
} Cursor;

/* Room for a sample and a text of this width; a new line when there is none on this one. */
static OgPoint advance(Cursor *cursor, double text_width) {
  const double width = SAMPLE + 8 + text_width;
  if (cursor->x > 0 && cursor->x + width > cursor->width) {
    cursor->x = 0;
    cursor->y += LEGEND_LINE;
  }
  cursor->width = fmax(cursor->width, width);
  const OgPoint at = {cursor->x, cursor->y};
  cursor->x += width + LEGEND_GAP;
  return at;
}

static double legend_text_width(const char *text) {
  return type_legend.size * og_wrap_width(text, strlen(text));
}

static void put_relation(Drawing *drawing, size_t r, Cursor *cursor) {
  const OgPoint at = advance(cursor, legend_text_width(drawing->names[r]));
  const double y = at.y + LEGEND_LINE / 2.0;
  const Stroke stroke = drawing->strokes[r];
  if (cursor->dry) {
    return;
  }
  put(drawing,
      "<path d=\"M% %L% %\" fill=\"none\" stroke=\"@\" stroke-dasharray=\"@\" "
      "stroke-width=\"1.6\"/>",
      at.x, y, at.x + SAMPLE - ARROW / 2.0, y, stroke.colour, stroke.dashes);
  put_arrow(drawing, (OgPoint){at.x + SAMPLE, y}, (OgPoint){at.x, y}, stroke,
            drawing->picture->relations[r].slope != OG_LEVEL);
  put(drawing, "<text x=\"%\" y=\"%\">$</text>\n", at.x + SAMPLE + 8, y + type_legend.size * 0.35,
      drawing->names[r]);
}

static void put_deprecated(Drawing *drawing, Cursor *cursor) {
  static const char text[] = "deprecated";
  const OgPoint at = advance(cursor, legend_text_width(text));
  if (cursor->dry) {
    return;
  }
  put(drawing,
      "<rect x=\"%\" y=\"%\" width=\"%\" height=\"14\" rx=\"4\" fill=\"#ffffff\" stroke=\"@\" "
      "stroke-dasharray=\"4 3\"/><text x=\"%\" y=\"%\" text-decoration=\"line-through\">@</text>\n",
      at.x + 8, at.y + 4, SAMPLE - 8.0, look_node.border, at.x + SAMPLE + 8,
      at.y + LEGEND_LINE / 2.0 + type_legend.size * 0.35, text);
}

static void put_note(Drawing *drawing, Cursor *cursor) {
  const char *note = drawing->picture->note;
  cursor->y += cursor->x > 0 ? LEGEND_LINE : 0;
  cursor->x = 0;
  cursor->width = fmax(cursor->width, legend_text_width(note));
  if (!cursor->dry) {
    put(drawing, "<text x=\"0\" y=\"%\" fill=\"#6b7280\">$</text>\n",
        cursor->y + LEGEND_LINE / 2.0 + type_legend.size * 0.35, note);
  }
  cursor->y += LEGEND_LINE;
}

/* Its relations in lines as wide as the picture, then what else there is to tell. */
static Cursor put_legend(Drawing *drawing, double width, bool dry) {
  const OgPicture *picture = drawing->picture;
  Cursor cursor = {.width = width, .dry = dry};
  bool deprecated = false;
  for (size_t r = 0; r < picture->relation_count; r++) {
    put_relation(drawing, r, &cursor);
  }
  for (size_t n = 0; n < picture->node_count; n++) {
    deprecated = deprecated || picture->nodes[n].deprecated;
  }
  if (deprecated) {
    put_deprecated(drawing, &cursor);
  }
  if (picture->note) {
    put_note(drawing, &cursor);
  } else {
    cursor.y += cursor.x > 0 ? LEGEND_LINE : 0;
  }
  return cursor;
}

/* ---- All ---- */

static void put_picture(Drawing *drawing) {
  const OgLayout *layout = &drawing->layout;
  const Cursor legend = put_legend(drawing, layout->width, true);
  const double gap = legend.y > 0 ? MARGIN : 0;
  const double width = legend.width + 2 * MARGIN;
  const double height = layout->height + gap + legend.y + 2 * MARGIN;
  put(drawing,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%\" height=\"%\" viewBox=\"0 0 % %\" "
      "font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\">\n",
      width, height, width, height);
  if (drawing->picture->node_count > 0) {
    put(drawing, "<title>$</title>\n", drawing->cards[0].label);
  }
  put(drawing,
      "<rect width=\"%\" height=\"%\" fill=\"#ffffff\"/>\n<g transform=\"translate(% %)\">\n",
      width, height, MARGIN + (legend.width - layout->width) / 2, (double)MARGIN);
  put_lines(drawing);
  put_boxes(drawing);
  put(drawing, "</g>\n<g transform=\"translate(% %)\" font-size=\"%\" fill=\"#374151\">\n",
      (double)MARGIN, MARGIN + layout->height + gap, type_legend.size);
  put_legend(drawing, layout->width, false);
  put(drawing, "</g>\n</svg>\n");
}

OgStatus og_picture_write(const OgPicture *picture, OgBuffer *svg, OgError *err) {
  OgArena arena = OG_ARENA_INIT;
  Drawing drawing = {.picture = picture, .arena = &arena, .svg = svg, .err = err};
  drawing.status = lay_out(&drawing);
  if (drawing.status == OG_OK) {
    put_picture(&drawing);
  }
  og_arena_clear(&arena);
  return drawing.status;
}
