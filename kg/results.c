#include "kg/results.h"

#include "kg/cursor.h"

#include <string.h>

typedef enum Sql {
  RENEW_RUN,
  FORGET_MENTIONS,
  FORGET_PREDICTIONS,
  ADD_PREDICTION,
  ADD_MENTION,
  SQL_COUNT
} Sql;

static const char *const sql[SQL_COUNT] = {
    [RENEW_RUN] = "INSERT INTO run(name, model_sha256, base, fusion, graph_hash, parameters,"
                  " metrics, embedding_set, created_at) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif(?8, 0),"
                  " strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) "
                  "ON CONFLICT(name) DO UPDATE SET model_sha256 = excluded.model_sha256,"
                  " base = excluded.base, fusion = excluded.fusion,"
                  " graph_hash = excluded.graph_hash, parameters = excluded.parameters,"
                  " metrics = excluded.metrics, embedding_set = excluded.embedding_set,"
                  " created_at = excluded.created_at "
                  "RETURNING id",
    [FORGET_MENTIONS] = "DELETE FROM mention WHERE prediction IN"
                        " (SELECT id FROM prediction WHERE run = ?1)",
    [FORGET_PREDICTIONS] = "DELETE FROM prediction WHERE run = ?1",
    [ADD_PREDICTION] =
        "INSERT INTO prediction(run, text_id, text, label, score, probabilities,"
        " truth, group_name) VALUES (?1, ?2, ?3, ?4, round(?5, 6), ?6, ?7, ?8) RETURNING id",
    [ADD_MENTION] = "INSERT INTO mention(prediction, start, end, entity, text, score, weight) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, round(?7, 6))",
};

static const OgSqlTable table = {sql, SQL_COUNT};

static void bind_string(OgCursor *cursor, int parameter, const char *text) {
  og_cursor_bind_text(cursor, parameter, text, text ? strlen(text) : 0);
}

/* Run an INSERT … RETURNING id, and close the cursor. */
static OgStatus insert(OgCursor *cursor, int64_t *id, OgError *err) {
  OgStatus status = OG_OK;
  if (og_cursor_next(cursor, &status, err)) {
    *id = og_cursor_integer(cursor, 0);
    return og_cursor_run(cursor, err); /* to the end: only that completes the insertion */
  }
  og_cursor_close(cursor);
  return status;
}

static OgStatus forget(OgStore *store, Sql which, int64_t run, OgError *err) {
  OgCursor cursor;
  OG_TRY(og_cursor_open(store, &table, which, &cursor, err));
  og_cursor_bind(&cursor, 1, run);
  return og_cursor_run(&cursor, err);
}

OgStatus og_results_begin(OgStore *store, const OgRunInfo *info, int64_t *run, OgError *err) {
  const char *const texts[] = {info->name,       info->model_sha256, info->base,   info->fusion,
                               info->graph_hash, info->parameters,   info->metrics};
  OgCursor cursor;
  OG_TRY(og_cursor_open(store, &table, RENEW_RUN, &cursor, err));
  for (size_t k = 0; k < OG_COUNT(texts); k++) {
    bind_string(&cursor, (int)k + 1, texts[k]);
  }
  og_cursor_bind(&cursor, OG_COUNT(texts) + 1, info->embedding_set);
  OG_TRY(insert(&cursor, run, err));
  OG_TRY(forget(store, FORGET_MENTIONS, *run, err));
  return forget(store, FORGET_PREDICTIONS, *run, err);
}

static OgStatus add_mention(OgStore *store, int64_t id, const OgPrediction *prediction, size_t k,
                            OgError *err) {
  const OgMention *mention = &prediction->mentions[k];
  OgCursor cursor;
  OG_TRY(og_cursor_open(store, &table, ADD_MENTION, &cursor, err));
  og_cursor_bind(&cursor, 1, id);
  og_cursor_bind(&cursor, 2, (int64_t)mention->start);
  og_cursor_bind(&cursor, 3, (int64_t)mention->end);
  og_cursor_bind(&cursor, 4, mention->entity);
  og_cursor_bind_text(&cursor, 5, prediction->text + mention->start, mention->end - mention->start);
  og_cursor_bind_real(&cursor, 6, (double)mention->score);
  if (prediction->weights) {
    og_cursor_bind_real(&cursor, 7, (double)prediction->weights[k]);
  }
  return og_cursor_run(&cursor, err);
}

OgStatus og_results_add(OgStore *store, int64_t run, const OgPrediction *prediction, OgError *err) {
  int64_t id = 0;
  OgCursor cursor;
  OG_TRY(og_cursor_open(store, &table, ADD_PREDICTION, &cursor, err));
  og_cursor_bind(&cursor, 1, run);
  bind_string(&cursor, 2, prediction->text_id);
  bind_string(&cursor, 3, prediction->text);
  bind_string(&cursor, 4, prediction->label);
  og_cursor_bind_real(&cursor, 5, prediction->score);
  bind_string(&cursor, 6, prediction->probabilities);
  bind_string(&cursor, 7, prediction->truth);
  bind_string(&cursor, 8, prediction->group);
  OG_TRY(insert(&cursor, &id, err));
  for (size_t k = 0; k < prediction->mention_count; k++) {
    OG_TRY(add_mention(store, id, prediction, k, err));
  }
  return OG_OK;
}
