/* parents, children: up and down the hierarchy. */
#include "cli/exploring.h"
#include "core/memory.h"

#include <string.h>

typedef struct KinOptions {
  bool inferred;
  bool all;
  bool tree;
  int64_t depth;
  int64_t limit;
  int format;
  const char *languages;
} KinOptions;

enum { NO_LIMIT = 1000000000 };

static const KinOptions defaults = {.limit = NO_LIMIT};

static const Option rows[] = {
    {"all", 'a', OPTION_FLAG, offsetof(KinOptions, all), NULL, "all the way: the closure", NULL, 0,
     0},
    {"tree", 't', OPTION_FLAG, offsetof(KinOptions, tree), NULL,
     "draw them as a tree; what has several places is opened at the first", NULL, 0, 0},
    {"depth", 0, OPTION_INTEGER, offsetof(KinOptions, depth), "N",
     "so many steps, where more than one implies --all", NULL, 1, 1e6},
    OPTION_ROW_LIMIT(KinOptions,
                     "entities to show, nearest first; of a tree, lines (default: all)"),
    OPTION_ROW_INFERRED(KinOptions),
    OPTION_ROW_LANG(KinOptions),
    OPTION_ROWS_TABLE(KinOptions),
    OPTION_END,
};

/* ---- As a tree ---- */

/* A tree being drawn. open[k]: the branch at depth k goes on below. */
typedef struct Drawing {
  const Exploring *exploring;
  OgDirection direction;
  uint32_t depth;
  int64_t left;         /* nodes that may be drawn yet */
  bool cut;             /* there were more */
  unsigned char *drawn; /* by node */
  unsigned char *open;
} Drawing;

/* A node whose neighbours are being drawn. */
typedef struct Branch {
  const uint32_t *next;
  size_t count, at;
} Branch;

static OgStatus draw_node(const Drawing *drawing, uint32_t node, size_t depth, bool again,
                          OgError *err) {
  for (size_t k = 1; k < depth; k++) {
    fputs(drawing->open[k] ? "│  " : "   ", stdout);
  }
  if (depth > 0) {
    fputs(drawing->open[depth] ? "├─ " : "└─ ", stdout);
  }
  OG_TRY(exploring_print(drawing->exploring, node, err));
  puts(again ? " …" : "");
  return ferror(stdout) ? og_error_errno(err, "write", "standard output") : OG_OK;
}

static Branch branch_of(const Drawing *drawing, uint32_t node) {
  Branch branch = {.at = 0};
  branch.next =
      og_explore_next(drawing->exploring->explorer, node, drawing->direction, &branch.count);
  return branch;
}

/* Depth first, without recursion: a hierarchy may be as deep as its author likes. */
static OgStatus draw(Drawing *drawing, Branch *stack, uint32_t start, OgError *err) {
  size_t depth = 1;
  OG_TRY(draw_node(drawing, start, 0, false, err));
  drawing->drawn[start] = 1;
  stack[0] = branch_of(drawing, start);
  while (depth > 0) {
    Branch *branch = &stack[depth - 1];
    if (branch->at == branch->count) {
      depth--;
      continue;
    }
    if (drawing->left-- == 0) {
      drawing->cut = true;
      return OG_OK;
    }
    const uint32_t node = branch->next[branch->at++];
    const Branch below = branch_of(drawing, node);
    const bool again = drawing->drawn[node] && below.count > 0;
    drawing->open[depth] = branch->at < branch->count;
    OG_TRY(draw_node(drawing, node, depth, again, err));
    if (!drawing->drawn[node] && depth < drawing->depth) {
      drawing->drawn[node] = 1;
      stack[depth++] = below;
    }
  }
  return OG_OK;
}

static OgStatus print_tree(const Exploring *exploring, const OgVisits *visits,
                           OgDirection direction, uint32_t depth, int64_t limit, bool *cut,
                           OgError *err) {
  uint32_t last = 0;
  for (size_t k = 0; k < visits->count; k++) {
    last = visits->items[k].node > last ? visits->items[k].node : last;
  }
  /* each node is opened once, so no branch is deeper than there are nodes */
  Drawing drawing = {.exploring = exploring,
                     .direction = direction,
                     .depth = depth,
                     .left = limit,
                     .drawn = OG_NEW_ARRAY(unsigned char, (size_t)last + 1),
                     .open = OG_NEW_ARRAY(unsigned char, visits->count + 2)};
  Branch *stack = OG_NEW_ARRAY(Branch, visits->count + 2);
  const OgStatus status = drawing.drawn && drawing.open && stack
                              ? draw(&drawing, stack, visits->items[0].node, err)
                              : og_error_no_memory(err);
  *cut = drawing.cut;
  og_free(drawing.drawn);
  og_free(drawing.open);
  og_free(stack);
  return status;
}

static OgStatus run(const Context *context, const Arguments *arguments, const KinOptions *options,
                    OgDirection direction, OgError *err) {
  Exploring exploring;
  OgVisits visits;
  uint32_t node;
  OgStatus status;
  bool cut = false;
  if (options->tree && options->format != TABLE_TEXT) {
    return og_error_set(err, OG_USAGE, "--tree draws for people: leave it out, or --format");
  }
  const bool far = options->all || options->tree || options->depth > 0;
  const uint32_t depth = !far ? 1 : options->depth ? (uint32_t)options->depth : UINT32_MAX - 1;
  OG_GO(exploring_open(&exploring, context, arguments->items[0], options->inferred,
                       options->languages, err));
  OG_GO(exploring_find(&exploring, arguments->items[1], &node, err));
  OG_GO(og_explore_hierarchy(exploring.explorer, node, direction, depth, &visits, err));
  if (options->tree) {
    status = print_tree(&exploring, &visits, direction, depth, options->limit, &cut, err);
  } else {
    cut = exploring_cut(&visits, options->limit);
    status = exploring_table(&exploring, context, options->format, "steps",
                             direction == OG_UP ? "parents" : "children", &visits, err);
  }
  if (status == OG_OK && cut) {
    exploring_tell_cut(context, options->limit);
  }
done:
  exploring_close(&exploring);
  return status;
}

static OgStatus run_parents(const Context *context, const Arguments *arguments, const void *values,
                            OgError *err) {
  return run(context, arguments, values, OG_UP, err);
}

static OgStatus run_children(const Context *context, const Arguments *arguments, const void *values,
                             OgError *err) {
  return run(context, arguments, values, OG_DOWN, err);
}

#define DETAILS                                                                                    \
  ENTITY_HELP                                                                                      \
      "The hierarchy is rdfs:subClassOf, rdf:type, skos:broader and their like; of XBRL,\n"        \
      "parent-child, general-special, dimension-domain and domain-member.\n"

const Command cmd_parents = {
    .name = "parents",
    .group = "Graph",
    .synopsis = "GRAPH ENTITY",
    .summary = "show what is above an entity in the hierarchy",
    .examples = "  ontograft parents doid.db \"breast cancer\" --tree\n"
                "  ontograft parents doid.db DOID:1612 --all --format csv\n",
    .details = DETAILS,
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(KinOptions),
    .least_arguments = 2,
    .most_arguments = 2,
    .run = run_parents,
};

const Command cmd_children = {
    .name = "children",
    .group = "Graph",
    .synopsis = "GRAPH ENTITY",
    .summary = "show what is below an entity in the hierarchy",
    .examples = "  ontograft children doid.db \"breast cancer\" --tree\n"
                "  ontograft children doid.db DOID:4 --all --format csv\n",
    .details = DETAILS,
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(KinOptions),
    .least_arguments = 2,
    .most_arguments = 2,
    .run = run_children,
};
