/* infer: edges that follow from those of the graph, and why one does. */
#include "cli/command.h"
#include "cli/print.h"
#include "cli/table.h"
#include "kg/embed_predict.h"
#include "kg/infer.h"
#include "kg/lookup.h"

#include <string.h>

typedef struct InferOptions {
  bool rdfs, owl, skos, inherit, remove, explain;
  int64_t max_edges;
  int format;
} InferOptions;

static const InferOptions defaults = {.max_edges = 10000000};

#define AT(field) offsetof(InferOptions, field)

static const Option rows[] = {
    {"rdfs", 0, OPTION_FLAG, AT(rdfs), NULL,
     "subclasses, subproperties, domains and ranges (with nothing said: --rdfs --owl)", NULL, 0, 0},
    {"owl", 0, OPTION_FLAG, AT(owl), NULL,
     "these, and inverse, symmetric and transitive properties, chains, equivalence, sameAs", NULL,
     0, 0},
    {"skos", 0, OPTION_FLAG, AT(skos), NULL,
     "what SKOS states of broader, narrower, related and the matches, too", NULL, 0, 0},
    {"inherit", 0, OPTION_FLAG, AT(inherit), NULL,
     "a class has what its superclasses have by restrictions, too", NULL, 0, 0},
    {"max-edges", 0, OPTION_INTEGER, AT(max_edges), "N",
     "infer nothing when more follow (10,000,000)", NULL, 1, 2e9},
    {"remove", 0, OPTION_FLAG, AT(remove), NULL,
     "remove what was inferred, and infer no more after imports", NULL, 0, 0},
    {"explain", 0, OPTION_FLAG, AT(explain), NULL,
     "instead of inferring, show step by step how the edge HEAD RELATION TAIL follows", NULL, 0, 0},
    OPTION_ROWS_TABLE(InferOptions),
    OPTION_END,
};

/* ---- Inferring ----------------------------------------------------------------------------- */

static OgStatus print_json_report(const OgInferReport *report, OgError *err) {
  json_t *by_rule = json_object();
  for (int rule = 1; rule < OG_INFERENCE_RULES; rule++) {
    if (report->by_rule[rule] > 0) {
      json_put(&by_rule, og_inference_rule_name((OgInferenceRule)rule),
               json_integer((json_int_t)report->by_rule[rule]));
    }
  }
  return print_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "asserted",
                              (json_int_t)report->asserted, "axioms", (json_int_t)report->axioms,
                              "edges", (json_int_t)report->edges, "statements",
                              (json_int_t)report->statements, "memory", (json_int_t)report->memory,
                              "by_rule", by_rule),
                    err);
}

static void print_report(const OgInferReport *report, double seconds) {
  printf("%s and %s follow from %s and %s: %.1f s\n",
         text_counted((double)report->edges, "edge", "edges"),
         text_counted((double)report->statements, "statement", "statements"),
         text_counted((double)report->asserted, "edge", "edges"),
         text_counted((double)report->axioms, "axiom of properties", "axioms of properties"),
         seconds);
  for (int rule = 1; rule < OG_INFERENCE_RULES; rule++) {
    if (report->by_rule[rule] > 0) {
      printf("  %9s  %s\n", text_count((double)report->by_rule[rule]),
             og_inference_rule_name((OgInferenceRule)rule));
    }
  }
}

static OgStatus infer(const Context *context, OgStore *store, const InferOptions *options,
                      OgError *err) {
  const OgInferOptions infer = {.owl = options->owl || !options->rdfs,
                                .skos = options->skos,
                                .inherit = options->inherit,
                                .max_edges = (uint64_t)options->max_edges};
  OgInferReport report;
  const double started = seconds_now();
  const OgStatus status = og_infer(store, &infer, context->progress, &report, err);
  terminal_finish(context->terminal);
  OG_TRY(status);
  if (options->format == TABLE_JSON) {
    return print_json_report(&report, err);
  }
  print_report(&report, seconds_now() - started);
  if (report.edges == 0 && report.skos > 0 && !options->skos) {
    terminal_note(
        context->terminal,
        "note: the edges are SKOS's (broader, related), of which RDFS and OWL say nothing: "
        "--skos infers what SKOS says of them. parents --all walks broader without it");
  }
  if (report.edges > 0) {
    terminal_note(context->terminal,
                  "next: ontograft query %s --sql 'select * from inferred_edge_text limit 10'",
                  og_store_path(store));
  }
  return OG_OK;
}

static OgStatus remove_inferred(OgStore *store, const InferOptions *options, OgError *err) {
  uint64_t edges;
  OG_TRY(og_infer_remove(store, &edges, err));
  if (options->format == TABLE_JSON) {
    return print_json(json_pack("{s:I}", "removed", (json_int_t)edges), err);
  }
  printf("%s removed\n", text_counted((double)edges, "inferred edge", "inferred edges"));
  return OG_OK;
}

/* ---- Explaining ---------------------------------------------------------------------------- */

/* "1, 4", steps counted from 1. */
static OgStatus list_premises(const OgProofStep *step, OgBuffer *text, OgError *err) {
  og_buffer_reset(text);
  OG_TRY(og_buffer_text(text, "", err));
  for (size_t k = 0; k < step->premise_count; k++) {
    OG_TRY(og_buffer_format(text, err, "%s%zu", k ? ", " : "", step->premises[k] + 1));
  }
  return OG_OK;
}

static OgStatus print_proof(const Context *context, const OgProof *proof, TableFormat format,
                            OgError *err) {
  static const char *const columns[] = {"step", "head", "relation", "tail",   "says",
                                        "by",   "from", "head_id",  "tail_id"};
  OgBuffer premises = OG_BUFFER_INIT;
  Table *table;
  OG_TRY(table_open(stdout, context->terminal, format, columns, OG_COUNT(columns), &table, err));
  OgStatus status = OG_OK;
  for (size_t k = 0; k < proof->count && status == OG_OK; k++) {
    const OgProofStep *step = &proof->steps[k];
    status = list_premises(step, &premises, err);
    table_integer(table, (int64_t)k + 1);
    table_string(table, step->head.label);
    table_string(table, step->relation);
    table_string(table, step->tail.label);
    table_string(table, step->axiom ? "axiom" : step->some ? "some" : "statement");
    table_string(table, og_inference_rule_name(step->rule));
    table_string(table, premises.data);
    table_string(table, og_entity_ref_id(&step->head));
    table_string(table, og_entity_ref_id(&step->tail));
    table_row(table);
  }
  og_buffer_clear(&premises);
  return table_close(table, status, err);
}

static OgStatus explain(const Context *context, OgStore *store, const Arguments *arguments,
                        const InferOptions *options, OgError *err) {
  int64_t head, relation, tail;
  OgProof proof;
  OG_TRY(og_store_begin_read(store, err)); /* ends with the store */
  OG_TRY(og_lookup_entity(store, arguments->items[1], &head, err));
  OG_TRY(og_lookup_relation(store, arguments->items[2], &relation, err));
  OG_TRY(og_lookup_entity(store, arguments->items[3], &tail, err));
  OgStatus status = og_infer_explain(store, head, relation, tail, context->progress, &proof, err);
  terminal_finish(context->terminal);
  OG_TRY(status);
  status = print_proof(context, &proof, (TableFormat)options->format, err);
  og_proof_clear(&proof);
  return status;
}

/* ---- The command --------------------------------------------------------------------------- */

static OgStatus check(const InferOptions *o, size_t arguments, OgError *err) {
  const bool rules = o->rdfs || o->owl;
  const struct {
    bool wrong;
    const char *why;
  } faults[] = {
      {o->explain && arguments != 4, "--explain takes an edge: GRAPH HEAD RELATION TAIL"},
      {!o->explain && o->format != TABLE_TEXT && o->format != TABLE_JSON,
       "a report is text or JSON; the other formats are for --explain"},
      {!o->explain && arguments > 1, "an edge is named to explain it: add --explain"},
      {o->explain && o->remove, "--explain removes nothing: leave out --remove"},
      {rules && (o->explain || o->remove),
       "--rdfs and --owl say what to infer: leave them out with --explain and --remove"},
  };
  for (size_t k = 0; k < OG_COUNT(faults); k++) {
    if (faults[k].wrong) {
      return og_error_set(err, OG_USAGE, "infer: %s", faults[k].why);
    }
  }
  return OG_OK;
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  const InferOptions *options = values;
  OgStore *store;
  OG_TRY(check(options, arguments->count, err));
  OG_TRY(og_store_open(arguments->items[0], options->explain ? OG_STORE_READ : OG_STORE_WRITE,
                       &store, err));
  const OgStatus status = options->explain  ? explain(context, store, arguments, options, err)
                          : options->remove ? remove_inferred(store, options, err)
                                            : infer(context, store, options, err);
  og_store_close(store);
  return status;
}

const Command cmd_infer = {
    .name = "infer",
    .group = "Graph",
    .synopsis = "GRAPH [--explain HEAD RELATION TAIL]",
    .summary = "add the edges that follow by rules of RDFS and OWL, and say why",
    .examples =
        "  ontograft infer medicine.db --rdfs --owl\n"
        "  ontograft infer medicine.db --explain asthma subClassOf \"respiratory disease\"\n"
        "  ontograft infer medicine.db --remove\n",
    .details =
        "What follows is kept apart: in the table inferred_edge, each edge with the rule that made "
        "it, and\n"
        "as the named graph <urn:ontograft:inferred> of query (its --inferred asks it too). All "
        "else goes by\n"
        "what was asserted. Every import infers anew, until --remove. Rules: docs/inference.md.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(InferOptions),
    .least_arguments = 1,
    .most_arguments = 4,
    .run = run,
};
