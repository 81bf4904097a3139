/* neighbours, subgraph: what is around an entity. */
#include "cli/exploring.h"
#include "cli/options.h"
#include "core/file.h"
#include "kg/picture.h"

#include <string.h>

typedef struct AroundOptions {
  bool inferred;
  int64_t hops;
  int64_t limit;
  bool dot, svg;
  int format;
  const char *out;
  const char *languages;
} AroundOptions;

static const AroundOptions neighbours_defaults = {.hops = 1, .limit = 100};
static const AroundOptions subgraph_defaults = {.hops = 1, .limit = 40};

#define ROW_HOPS                                                                                   \
  {                                                                                                \
    "hops", 0, OPTION_INTEGER, offsetof(AroundOptions, hops), "N", "edges to go (default 1)",      \
        NULL, 1, 1e6                                                                               \
  }

static const Option neighbours_rows[] = {
    ROW_HOPS,
    OPTION_ROW_LIMIT(AroundOptions, "entities to show, nearest first (default 100)"),
    OPTION_ROW_INFERRED(AroundOptions),
    OPTION_ROW_LANG(AroundOptions),
    OPTION_ROWS_TABLE(AroundOptions),
    OPTION_END,
};

static const Option subgraph_rows[] = {
    {"dot", 0, OPTION_FLAG, offsetof(AroundOptions, dot), NULL,
     "print Graphviz's language rather than a table of edges", NULL, 0, 0},
    {"svg", 0, OPTION_FLAG, offsetof(AroundOptions, svg), NULL,
     "draw a picture rather than print a table of edges", NULL, 0, 0},
    {"out", 'o', OPTION_TEXT, offsetof(AroundOptions, out), "FILE",
     "write the picture of --svg to FILE, which ends with .svg (default: standard output)", NULL, 0,
     0},
    ROW_HOPS,
    OPTION_ROW_LIMIT(AroundOptions, "entities to show, nearest first (default 40)"),
    OPTION_ROW_INFERRED(AroundOptions),
    OPTION_ROW_LANG(AroundOptions),
    OPTION_ROWS_TABLE(AroundOptions),
    OPTION_END,
};

/* cut: there is more than was visited. */
typedef OgStatus (*Print)(const Context *context, const Exploring *exploring,
                          const OgVisits *visits, const AroundOptions *options, bool cut,
                          OgError *err);

static OgStatus print_entities(const Context *context, const Exploring *exploring,
                               const OgVisits *visits, const AroundOptions *options, bool cut,
                               OgError *err) {
  (void)cut;
  return exploring_table(exploring, context, options->format, "hops", "edges to others", visits,
                         err);
}

/* ---- Edges between them ---- */

static bool is_there(const OgVisits *visits, uint32_t node) {
  for (size_t k = 0; k < visits->count; k++) {
    if (visits->items[k].node == node) {
      return true;
    }
  }
  return false;
}

/* Who takes an edge from head to tail. */
typedef OgStatus (*TakeEdge)(const Exploring *exploring, void *to, uint32_t head, uint32_t relation,
                             uint32_t tail, OgError *err);

static OgStatus each_edge(const Exploring *exploring, const OgVisits *visits, TakeEdge take,
                          void *to, OgError *err) {
  for (size_t k = 0; k < visits->count; k++) {
    const uint32_t head = visits->items[k].node;
    size_t count;
    const OgHop *hops = og_explore_hops(exploring->explorer, head, &count);
    for (size_t j = 0; j < count; j++) {
      if (!hops[j].backwards && is_there(visits, hops[j].node)) {
        OG_TRY(take(exploring, to, head, hops[j].relation, hops[j].node, err));
      }
    }
  }
  return ferror(stdout) ? og_error_errno(err, "write", "standard output") : OG_OK;
}

static OgStatus take_row(const Exploring *exploring, void *to, uint32_t head, uint32_t relation,
                         uint32_t tail, OgError *err) {
  Table *table = to;
  OG_TRY(exploring_cells(exploring, head, table, err));
  table_string(table, og_explore_relation(exploring->explorer, relation));
  OG_TRY(exploring_cells(exploring, tail, table, err));
  table_row(table);
  return OG_OK;
}

/* A string of Graphviz's language: quotes and backslashes escaped, controls as spaces. */
static void print_quoted(const char *text) {
  putchar('"');
  for (; *text; text++) {
    const bool control = (unsigned char)*text < ' ' || *text == 0x7f;
    if (*text == '"' || *text == '\\') {
      putchar('\\');
    }
    putchar(control ? ' ' : *text);
  }
  putchar('"');
}

static OgStatus take_arrow(const Exploring *exploring, void *to, uint32_t head, uint32_t relation,
                           uint32_t tail, OgError *err) {
  (void)to;
  (void)err;
  printf("  n%u -> n%u [label=", head, tail);
  print_quoted(og_explore_relation(exploring->explorer, relation));
  puts("];");
  return OG_OK;
}

static OgStatus print_dot(const Exploring *exploring, const OgVisits *visits, OgError *err) {
  puts("digraph neighbourhood {\n  rankdir=BT;\n  node [shape=box, style=rounded, "
       "fontname=\"Helvetica\"];\n  edge [fontname=\"Helvetica\", fontsize=10];");
  for (size_t k = 0; k < visits->count; k++) {
    OgEntityRef ref;
    OG_TRY(og_explore_entity(exploring->explorer, visits->items[k].node, &ref, err));
    printf("  n%u [label=", visits->items[k].node);
    print_quoted(ref.label);
    fputs(", tooltip=", stdout);
    print_quoted(og_entity_ref_id(&ref));
    puts(k == 0 ? ", penwidth=2];" : "];");
  }
  OG_TRY(each_edge(exploring, visits, take_arrow, NULL, err));
  puts("}");
  return OG_OK;
}

/* The picture to --out, which is replaced in one step, or to standard output. */
static OgStatus write_picture(const OgBuffer *svg, const char *out, OgError *err) {
  if (out && strcmp(out, "-") != 0) {
    return og_file_write(out, svg->data, svg->size, err);
  }
  return fwrite(svg->data, 1, svg->size, stdout) == svg->size
             ? OG_OK
             : og_error_errno(err, "write", "standard output");
}

static OgStatus print_svg(const Exploring *exploring, const OgVisits *visits,
                          const AroundOptions *options, bool cut, OgError *err) {
  OgArena arena = OG_ARENA_INIT;
  OgBuffer svg = OG_BUFFER_INIT;
  OgPicture picture;
  OgStatus status;
  char note[80];
  OG_GO(og_picture_of(exploring->explorer, visits, &arena, &picture, err));
  if (cut) {
    snprintf(note, sizeof note, "The nearest %s; there are more.",
             text_count((double)options->limit));
    picture.note = note;
  }
  OG_GO(og_picture_write(&picture, &svg, err));
  status = write_picture(&svg, options->out, err);
done:
  og_buffer_clear(&svg);
  og_arena_clear(&arena);
  return status;
}

static OgStatus print_edges(const Context *context, const Exploring *exploring,
                            const OgVisits *visits, const AroundOptions *options, bool cut,
                            OgError *err) {
  static const char *const columns[] = {"head", "head_id", "relation", "tail", "tail_id"};
  Table *table;
  if (options->dot) {
    return print_dot(exploring, visits, err);
  }
  if (options->svg) {
    return print_svg(exploring, visits, options, cut, err);
  }
  OG_TRY(table_open(stdout, context->terminal, (TableFormat)options->format, columns,
                    OG_COUNT(columns), &table, err));
  const OgStatus status = each_edge(exploring, visits, take_row, table, err);
  return table_close(table, status, err);
}

/* ---- The commands ---- */

static OgStatus run(const Context *context, const Arguments *arguments,
                    const AroundOptions *options, Print print, OgError *err) {
  Exploring exploring;
  OgVisits visits;
  uint32_t node;
  OgStatus status;
  OG_GO(exploring_open(&exploring, context, arguments->items[0], options->inferred,
                       options->languages, err));
  OG_GO(exploring_find(&exploring, arguments->items[1], &node, err));
  OG_GO(og_explore_around(exploring.explorer, node, (uint32_t)options->hops,
                          (size_t)options->limit + 2, &visits, err));
  const bool cut = exploring_cut(&visits, options->limit);
  OG_GO(print(context, &exploring, &visits, options, cut, err));
  if (cut) {
    exploring_tell_cut(context, options->limit);
  }
done:
  exploring_close(&exploring);
  return status;
}

static OgStatus run_neighbours(const Context *context, const Arguments *arguments,
                               const void *values, OgError *err) {
  return run(context, arguments, values, print_entities, err);
}

static OgStatus run_subgraph(const Context *context, const Arguments *arguments, const void *values,
                             OgError *err) {
  const AroundOptions *options = values;
  if ((options->dot || options->svg) && options->format != TABLE_TEXT) {
    return og_error_set(err, OG_USAGE, "subgraph: --%s is a format of its own: leave out --format",
                        options->dot ? "dot" : "svg");
  }
  if (options->dot && options->svg) {
    return og_error_set(err, OG_USAGE, "subgraph: --dot and --svg are two formats: take one");
  }
  if (options->out && !options->svg) {
    return og_error_set(err, OG_USAGE, "subgraph: --out is for the picture of --svg");
  }
  if (options->out && !name_ends_in(options->out, ".svg")) {
    return og_error_set(
        err, OG_USAGE,
        "subgraph: --out takes a FILE that ends with .svg; without --out the picture "
        "goes to standard output");
  }
  OG_TRY(option_output("subgraph", arguments->items[0], options->out, err));
  return run(context, arguments, options, print_edges, err);
}

const Command cmd_neighbours = {
    .name = "neighbours",
    .group = "Graph",
    .synopsis = "GRAPH ENTITY",
    .summary = "show the entities around one, nearest first",
    .examples = "  ontograft neighbours doid.db \"breast cancer\"\n"
                "  ontograft neighbours doid.db DOID:1612 --hops 2 --format csv\n",
    .details = ENTITY_HELP "Edges of all relations are followed, in both directions.\n",
    .options = neighbours_rows,
    .defaults = &neighbours_defaults,
    .options_size = sizeof(AroundOptions),
    .least_arguments = 2,
    .most_arguments = 2,
    .run = run_neighbours,
};

const Command cmd_subgraph = {
    .name = "subgraph",
    .group = "Graph",
    .synopsis = "GRAPH ENTITY",
    .summary = "show the edges around an entity, as a table or a picture",
    .examples = "  ontograft subgraph doid.db \"breast cancer\" --svg --out cancer.svg\n"
                "  ontograft subgraph doid.db DOID:1612 --hops 2 --limit 20\n",
    .details = ENTITY_HELP
    "The entities within --hops, and all edges between them. --svg draws them, broader ones above\n"
    "narrower ones, in a file that slides and pages take as it is. --dot is for Graphviz, which\n"
    "draws PDF and PNG.\n",
    .options = subgraph_rows,
    .defaults = &subgraph_defaults,
    .options_size = sizeof(AroundOptions),
    .least_arguments = 2,
    .most_arguments = 2,
    .run = run_subgraph,
};
