/* link: the entities that a text names. */
#include "cli/command.h"
#include "cli/languages.h"
#include "cli/table.h"
#include "core/file.h"
#include "core/input.h"
#include "core/utf8.h"
#include "kg/link.h"
#include "kg/refs.h"

#include <string.h>
#include <unistd.h>

typedef struct LinkOptions {
  int format;
  double min_score;
  const char *languages;
} LinkOptions;

static const LinkOptions defaults = {0};

static const Option rows[] = {
    {"min-score", 0, OPTION_REAL, offsetof(LinkOptions, min_score), "X",
     "leave weaker mentions out", NULL, 0, 1},
    OPTION_ROW_LANG(LinkOptions),
    OPTION_ROWS_TABLE(LinkOptions),
    OPTION_END,
};

enum { LONGEST_LINE = 64 << 20 };

typedef struct Job {
  const OgLinker *linker;
  OgRefs *refs;
  OgMentions mentions;
  Table *table;
  const char *source; /* of the texts, for messages */
  size_t count;       /* of mentions */
} Job;

static OgStatus print_mention(Job *job, int64_t line, const char *text, const OgMention *mention,
                              OgError *err) {
  const OgEntityRef *entity;
  OG_TRY(og_refs_find(job->refs, mention->entity, &entity, err));
  table_integer(job->table, line);
  table_integer(job->table, (int64_t)mention->start);
  table_integer(job->table, (int64_t)mention->end);
  table_text(job->table, text + mention->start, mention->end - mention->start);
  table_string(job->table, entity->label);
  table_string(job->table, og_entity_ref_id(entity));
  table_real(job->table, (double)mention->score, 2);
  table_integer(job->table, mention->senses);
  table_row(job->table);
  job->count++;
  return ferror(stdout) ? og_error_errno(err, "write", "standard output") : OG_OK;
}

static OgStatus link_text(Job *job, int64_t line, const char *text, size_t size, OgError *err) {
  const size_t valid = strnlen(text, og_utf8_valid_size(text, size));
  if (valid < size) {
    return og_error_byte(err, job->source, (long)line, (long)valid + 1, (unsigned char)text[valid]);
  }
  OG_TRY(og_linker_find(job->linker, text, size, &job->mentions, err));
  for (size_t k = 0; k < job->mentions.count; k++) {
    OG_TRY(print_mention(job, line, text, &job->mentions.items[k], err));
  }
  return OG_OK;
}

static OgStatus link_lines(Job *job, const Context *context, OgError *err) {
  OgInput *input;
  OgBuffer text = OG_BUFFER_INIT;
  if (isatty(STDIN_FILENO)) {
    terminal_note(context->terminal, "type texts, one a line; Ctrl-D ends");
  }
  OG_TRY(og_input_open("-", &input, err));
  job->source = og_input_name(input);
  OgStatus status;
  int more = 1;
  for (int64_t line = 1;; line++) {
    OG_GO(og_input_line(input, LONGEST_LINE, &text, &more, err));
    if (!more) {
      break;
    }
    OG_GO(link_text(job, line, text.data ? text.data : "", text.size, err));
    OG_GO(og_progress_report(context->progress, "linking", (double)line, 0, "", err));
  }
done:
  og_buffer_clear(&text);
  og_input_close(input);
  return status;
}

/* The text given as an argument. */
static OgStatus link_argument(Job *job, const Context *context, const char *graph, const char *text,
                              OgError *err) {
  if (og_file_exists(text) && !og_directory_exists(text)) {
    terminal_note(context->terminal,
                  "the name of the file is taken for the text; to read the file: "
                  "ontograft link '%s' < '%s'",
                  graph, text);
  }
  job->source = "TEXT";
  return link_text(job, 1, text, strlen(text), err);
}

static OgStatus run(const Context *context, const Arguments *arguments, const void *values,
                    OgError *err) {
  static const char *const columns[] = {"line",   "start", "end",   "mention",
                                        "entity", "id",    "score", "senses"};
  const LinkOptions *options = values;
  const OgLinkOptions link = {.min_score = (float)options->min_score};
  OgStore *store = NULL;
  OgLinker *linker = NULL;
  Job job = {0};
  OgStatus status;
  OG_GO(og_store_open(arguments->items[0], OG_STORE_READ, &store, err));
  OG_GO(languages_check(context, store, options->languages, err));
  OG_GO(og_linker_new(store, &link, &linker, err));
  OG_GO(og_refs_new(store, options->languages, &job.refs, err));
  OG_GO(table_open(stdout, context->terminal, (TableFormat)options->format, columns,
                   OG_COUNT(columns), &job.table, err));
  job.linker = linker;
  if (arguments->count > 1 && strcmp(arguments->items[1], "-") != 0) {
    status = link_argument(&job, context, arguments->items[0], arguments->items[1], err);
  } else {
    status = link_lines(&job, context, err);
  }
  status = table_close(job.table, status, err);
  if (status == OG_OK && job.count == 0) {
    terminal_note(context->terminal, "the text has no name of the graph");
  }
done:
  og_mentions_clear(&job.mentions);
  og_refs_free(job.refs);
  og_linker_free(linker);
  og_store_close(store);
  return status;
}

const Command cmd_link = {
    .name = "link",
    .group = "Graph",
    .synopsis = "GRAPH [TEXT]",
    .summary = "find the entities that a text names",
    .examples = "  ontograft link medicine.db \"MI in 2019, asthma since then; on metformin\"\n"
                "  ontograft link medicine.db --format jsonl < notes.txt\n",
    .details =
        "Without TEXT, standard input is read line by line, in UTF-8. start and end count bytes of "
        "the line;\n"
        "senses says how many entities bear the name, score how surely this one is meant.\n",
    .options = rows,
    .defaults = &defaults,
    .options_size = sizeof(LinkOptions),
    .least_arguments = 1,
    .most_arguments = 2,
    .run = run,
};
