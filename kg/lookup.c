#include "kg/lookup.h"

#include "core/buffer.h"
#include "core/intern.h"
#include "core/vocab.h"
#include "kg/cursor.h"
#include "kg/names.h"
#include "kg/prefixes.h"
#include "kg/property_card.h"
#include "kg/refs.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_QUERY_WORDS = 32, SUGGESTIONS = 3, MOST_EDITS = 3 };

typedef enum Sql {
  ENTITY,
  BY_NORMAL,
  BY_NOTATION,
  BY_ANY_CASE,
  SEARCH,
  NORMALS,
  TEXT_OF_NORMAL,
  STATEMENT_OF,
  SQL_COUNT
} Sql;

static const char *const sql[SQL_COUNT] = {
    [ENTITY] = "SELECT entity.label, term.text, entity.kind, entity.deprecated "
               "FROM entity JOIN term USING(id) WHERE entity.id = ?1",
    [BY_NORMAL] = "SELECT entity, text, name.kind, language, deprecated,"
                  " (SELECT count(*) FROM (SELECT DISTINCT relation, tail FROM edge"
                  " WHERE head = entity)) +"
                  " (SELECT count(*) FROM (SELECT DISTINCT relation, head FROM edge"
                  " WHERE tail = entity)) "
                  "FROM name JOIN entity ON entity.id = entity "
                  "WHERE normal = ?1 ORDER BY name.id LIMIT 1000",
    /* ?1 is ?2's og_term_hash */
    [BY_NOTATION] = "SELECT DISTINCT entity.id FROM term o CROSS JOIN quad ON object = o.id "
                    "JOIN term p ON p.id = predicate JOIN entity ON entity.id = subject "
                    "WHERE o.hash = ?1 AND o.text = ?2 AND o.kind = 3 AND p.text = '" OG_NS_SKOS
                    "notation' ORDER BY deprecated, entity.id LIMIT 1000",
    /* ?1 is an IRI, ?2 what stands in one behind the last "/", "#" or ":" */
    [BY_ANY_CASE] = "SELECT id FROM entity JOIN term USING(id) "
                    "WHERE lower(text) = lower(?1) OR lower(substr(text, -length(?2) - 1))"
                    " IN ('/' || lower(?2), '#' || lower(?2), ':' || lower(?2)) "
                    "ORDER BY deprecated, id LIMIT 1000",
    [SEARCH] = "SELECT name.entity, name.text, name.kind, name.language, length(name.normal) "
               "FROM name_fts JOIN name ON name.id = name_fts.rowid "
               "JOIN entity ON entity.id = name.entity WHERE name_fts MATCH ?1 "
               "ORDER BY name.normal = ?2 DESC, substr(name.normal, 1, length(?2)) = ?2 DESC,"
               " entity.deprecated, bm25(name_fts), length(name.text), name.id",
    [NORMALS] = "SELECT DISTINCT normal FROM name WHERE length(normal) BETWEEN ?1 AND ?2",
    [TEXT_OF_NORMAL] = "SELECT text FROM name WHERE normal = ?1 ORDER BY id LIMIT 1",
    [STATEMENT_OF] = "SELECT 1 FROM quad WHERE subject = ?1 OR object = ?1 LIMIT 1",
};

static const OgSqlTable table = {sql, SQL_COUNT};

/* One question, and what answering it needs. */
typedef struct Search {
  OgStore *store;
  OgFoundList *found;
  size_t capacity; /* of found->items */
  OgPrefixes *prefixes;
  OgBuffer normal;  /* of the question */
  size_t letters;   /* characters of normal */
  OgBuffer scratch; /* IRIs, CURIEs, FTS5 expressions */
} Search;

/* Replace the normal form that is searched for. */
static OgStatus set_normal(Search *search, const char *text, OgError *err) {
  OG_TRY(og_name_normalise(text, strlen(text), &search->normal, err));
  search->letters = 0;
  for (size_t k = 0; k < search->normal.size; k++) {
    search->letters += ((unsigned char)search->normal.data[k] & 0xc0) != 0x80;
  }
  return OG_OK;
}

static OgStatus search_open(OgStore *store, const char *text, OgFoundList *found, Search *search,
                            OgError *err) {
  *search = (Search){.store = store, .found = found};
  og_arena_reset(&found->arena);
  found->items = NULL;
  found->count = 0;
  OG_TRY(set_normal(search, text, err));
  return og_prefixes_load(store, &search->prefixes, err);
}

static void search_close(Search *search) {
  og_prefixes_free(search->prefixes);
  og_buffer_clear(&search->normal);
  og_buffer_clear(&search->scratch);
}

/* Add an item for an entity; *item is NULL when the number is no entity's. */
static OgStatus add_entity(Search *search, int64_t entity, OgFound **item, OgError *err) {
  OgArena *arena = &search->found->arena;
  OgFound found = {.entity = entity, .score = 1};
  OgCursor cursor;
  OgStatus status = OG_OK;
  *item = NULL;
  OG_TRY(og_cursor_open(search->store, &table, ENTITY, &cursor, err));
  og_cursor_bind(&cursor, 1, entity);
  if (!og_cursor_next(&cursor, &status, err)) {
    goto done;
  }
  OG_GO(og_cursor_copy(&cursor, 0, arena, &found.label, err));
  OG_GO(og_cursor_copy(&cursor, 1, arena, &found.iri, err));
  OG_GO(og_cursor_copy(&cursor, 2, arena, &found.kind, err));
  found.deprecated = og_cursor_integer(&cursor, 3) != 0;
  OG_GO(og_prefixes_copy(search->prefixes, found.iri, arena, &search->scratch, &found.curie, err));
  OgFound *items = og_arena_grow(arena, search->found->items, search->found->count,
                                 &search->capacity, sizeof(OgFound));
  if (!items) {
    status = og_error_no_memory(err);
    goto done;
  }
  search->found->items = items;
  *item = &items[search->found->count++];
  **item = found;
done:
  og_cursor_close(&cursor);
  return status;
}

/* ---- IRIs, CURIEs, numbers ----------------------------------------------------------------- */

/* Add the entity of the IRI that these two pieces make, if there is one. */
static OgStatus try_pieces(Search *search, const char *space, const char *local, OgError *err) {
  int64_t id;
  OgFound *item;
  og_buffer_reset(&search->scratch);
  OG_TRY(og_buffer_format(&search->scratch, err, "%s%s", space, local));
  OG_TRY(og_store_find_iri(search->store, search->scratch.data, search->scratch.size, &id, err));
  return id != 0 ? add_entity(search, id, &item, err) : OG_OK;
}

static bool is_number(const char *text) {
  const size_t digits = text[0] == '#' ? strspn(text + 1, "0123456789") : 0;
  return digits > 0 && text[1 + digits] == '\0';
}

static OgStatus by_number(Search *search, const char *text, OgError *err) {
  OgFound *item;
  return is_number(text) ? add_entity(search, strtoll(text + 1, NULL, 10), &item, err) : OG_OK;
}

/* "<IRI>", "IRI", "prefix:local" */
static OgStatus by_term(Search *search, const char *text, OgError *err) {
  OgTermReadings terms;
  OgFound *item;
  OG_TRY(og_prefixes_terms(search->prefixes, search->store, text, &search->scratch, &terms, err));
  for (size_t k = 0; k < terms.count && search->found->count == 0; k++) {
    OG_TRY(add_entity(search, terms.ids[k], &item, err));
  }
  return OG_OK;
}

static OgStatus by_local_name(Search *search, const char *text, OgError *err) {
  if (strpbrk(text, " \t\n")) {
    return OG_OK;
  }
  const char *space;
  for (size_t k = 0;
       search->found->count == 0 && (space = og_prefixes_namespace(search->prefixes, k)) != NULL;
       k++) {
    OG_TRY(try_pieces(search, space, text, err));
  }
  return OG_OK;
}

/* Add the entities that a statement finds, and close it. */
static OgStatus add_found(Search *search, OgCursor *cursor, OgError *err) {
  OgStatus status = OG_OK;
  while (status == OG_OK && og_cursor_next(cursor, &status, err)) {
    OgFound *item;
    status = add_entity(search, og_cursor_integer(cursor, 0), &item, err);
  }
  og_cursor_close(cursor);
  return status;
}

/* What a system of codes calls it: a tree number of MeSH, the element of an XBRL concept. */
static OgStatus by_notation(Search *search, const char *text, OgError *err) {
  OgCursor cursor;
  const size_t size = strlen(text);
  OG_TRY(og_cursor_open(search->store, &table, BY_NOTATION, &cursor, err));
  og_cursor_bind(&cursor, 1, og_term_hash(text, size));
  og_cursor_bind_text(&cursor, 2, text, size);
  return add_found(search, &cursor, err);
}

/* "doid_2841", "doid:2841", "med:asthma": a local name or CURIE in another case. This reads every
 * entity, and so comes last. */
static OgStatus by_any_case(Search *search, const char *text, OgError *err) {
  OgCursor cursor;
  const size_t size = strlen(text);
  if (size == 0 || strpbrk(text, " \t\n")) {
    return OG_OK;
  }
  const char *colon = strchr(text, ':');
  const char *space =
      colon ? og_prefixes_find(search->prefixes, text, (size_t)(colon - text)) : NULL;
  char *local = og_arena_copy(&search->found->arena, text, size);
  if (!local) {
    return og_error_no_memory(err);
  }
  if (colon) {
    local[colon - text] = '_'; /* as the OBO Foundry does */
  }
  og_buffer_reset(&search->scratch);
  OG_TRY(og_buffer_format(&search->scratch, err, "%s%s", space ? space : "",
                          space ? colon + 1 : text));
  OG_TRY(og_cursor_open(search->store, &table, BY_ANY_CASE, &cursor, err));
  og_cursor_bind_text(&cursor, 1, search->scratch.data, search->scratch.size);
  og_cursor_bind_text(&cursor, 2, local, size);
  return add_found(search, &cursor, err);
}

/* ---- Names --------------------------------------------------------------------------------- */

/* A name equal to the question. */
typedef struct Bearer {
  int64_t entity;
  const char *text, *kind, *language;
  float weight;
  bool written_same, deprecated;
  int64_t degree;
} Bearer;

static int compare_bearers(const void *left, const void *right) {
  const Bearer *a = left, *b = right;
  if (a->deprecated != b->deprecated) {
    return a->deprecated - b->deprecated;
  }
  if (a->weight != b->weight) {
    return a->weight > b->weight ? -1 : 1;
  }
  if (a->written_same != b->written_same) {
    return b->written_same - a->written_same;
  }
  if (a->degree != b->degree) {
    return a->degree > b->degree ? -1 : 1;
  }
  return a->entity < b->entity ? -1 : a->entity > b->entity;
}

static OgStatus read_bearer(Search *search, const OgCursor *row, const char *text, Bearer *bearer,
                            OgError *err) {
  OgArena *arena = &search->found->arena;
  *bearer = (Bearer){.entity = og_cursor_integer(row, 0),
                     .deprecated = og_cursor_integer(row, 4) != 0,
                     .degree = og_cursor_integer(row, 5)};
  OG_TRY(og_cursor_copy(row, 1, arena, &bearer->text, err));
  OG_TRY(og_cursor_copy(row, 2, arena, &bearer->kind, err));
  OG_TRY(og_cursor_copy(row, 3, arena, &bearer->language, err));
  bearer->weight = og_name_weight(bearer->kind);
  bearer->written_same = strcmp(bearer->text, text) == 0;
  return OG_OK;
}

/* Gather the names equal to the question. */
static OgStatus read_bearers(Search *search, const char *text, Bearer **bearers, size_t *count,
                             OgError *err) {
  size_t capacity = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  *bearers = NULL;
  *count = 0;
  OG_TRY(og_cursor_open(search->store, &table, BY_NORMAL, &cursor, err));
  og_cursor_bind_text(&cursor, 1, search->normal.data, search->normal.size);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    Bearer *grown =
        og_arena_grow(&search->found->arena, *bearers, *count, &capacity, sizeof(Bearer));
    if (!grown) {
      status = og_error_no_memory(err);
      break;
    }
    *bearers = grown;
    status = read_bearer(search, &cursor, text, &grown[(*count)++], err);
  }
  og_cursor_close(&cursor);
  return status;
}

static bool is_listed(const OgFoundList *found, int64_t entity) {
  for (size_t k = 0; k < found->count; k++) {
    if (found->items[k].entity == entity) {
      return true;
    }
  }
  return false;
}

static OgStatus by_name(Search *search, const char *text, OgError *err) {
  Bearer *bearers;
  size_t count;
  if (search->normal.size == 0) {
    return OG_OK;
  }
  OG_TRY(read_bearers(search, text, &bearers, &count, err));
  if (count > 1) {
    qsort(bearers, count, sizeof(Bearer), compare_bearers);
  }
  for (size_t k = 0; k < count; k++) {
    OgFound *item = NULL;
    if (!is_listed(search->found, bearers[k].entity)) {
      OG_TRY(add_entity(search, bearers[k].entity, &item, err));
    }
    if (item) {
      item->name = bearers[k].text;
      item->name_kind = bearers[k].kind;
      item->language = bearers[k].language;
      item->score = (double)bearers[k].weight;
    }
  }
  return OG_OK;
}

/* ---- Search -------------------------------------------------------------------------------- */

/* Append "word"* to an FTS5 expression. Words are letters, digits and marks, never quotes. */
static OgStatus add_prefix(OgBuffer *expression, const char *text, size_t size, OgError *err) {
  OG_TRY(og_buffer_append(expression, "\"", 1, err));
  OG_TRY(og_buffer_append(expression, text, size, err));
  return og_buffer_append(expression, "\"*", 2, err);
}

/* The same for the plural of a word in y, which does not begin with it: "arteries" for artery. */
static OgStatus add_plural(OgBuffer *expression, const OgWord *word, OgError *err) {
  char plural[OG_WORD_SIZE + 2];
  if (word->size < 3 || word->text[word->size - 1] != 'y') {
    return OG_OK;
  }
  memcpy(plural, word->text, word->size - 1);
  memcpy(plural + word->size - 1, "ies", 3);
  OG_TRY(add_prefix(expression, plural, word->size + 2, err));
  return og_buffer_text(expression, " OR ", err);
}

/* Replace expression with an FTS5 query for names with all the words of text (between " AND ") or
 * with any (" OR "), as the beginnings of words, in the singular or as written. "" when text has no
 * words. */
static OgStatus write_expression(const char *text, const char *between, OgBuffer *expression,
                                 OgError *err) {
  OgWords words;
  OgWord word;
  og_buffer_reset(expression);
  og_words_init(&words, text, strlen(text));
  bool more = og_words_next(&words, &word);
  for (int k = 0; k < MOST_QUERY_WORDS && more; k++) {
    size_t start = word.start, end = word.end;
    OG_TRY(og_buffer_text(expression, k > 0 ? between : "", err));
    OG_TRY(og_buffer_text(expression, "(", err));
    if (!word.solitary) {
      OG_TRY(add_prefix(expression, word.text, word.size, err));
      OG_TRY(og_buffer_text(expression, " OR ", err));
      OG_TRY(add_plural(expression, &word, err));
    }
    /* FTS5 knows no words in scripts without spaces: what stands together is one. */
    while ((more = og_words_next(&words, &word)) && word.start == end) {
      end = word.end;
    }
    OG_TRY(add_prefix(expression, text + start, end - start, err));
    OG_TRY(og_buffer_text(expression, ")", err));
  }
  return OG_OK;
}

/* Add up to limit entities with a name that fits the expression. */
static OgStatus run_search(Search *search, const OgBuffer *expression, size_t limit, OgIntern *seen,
                           OgError *err) {
  OgArena *arena = &search->found->arena;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(search->store, &table, SEARCH, &cursor, err));
  og_cursor_bind_text(&cursor, 1, expression->data, expression->size);
  og_cursor_bind_text(&cursor, 2, search->normal.data, search->normal.size);
  while (status == OG_OK && search->found->count < limit && og_cursor_next(&cursor, &status, err)) {
    const int64_t entity = og_cursor_integer(&cursor, 0);
    uint32_t number;
    int fresh;
    OgFound *item = NULL;
    OG_GO(og_intern_add(seen, &entity, sizeof entity, &number, &fresh, err));
    if (!fresh) {
      continue;
    }
    OG_GO(add_entity(search, entity, &item, err));
    if (item) {
      const double letters = (double)og_cursor_integer(&cursor, 4);
      const double covered = (double)search->letters / (letters > 0 ? letters : 1);
      item->score = covered < 1 ? covered : 1;
      OG_GO(og_cursor_copy(&cursor, 1, arena, &item->name, err));
      OG_GO(og_cursor_copy(&cursor, 2, arena, &item->name_kind, err));
      OG_GO(og_cursor_copy(&cursor, 3, arena, &item->language, err));
    }
  }
done:
  og_cursor_close(&cursor);
  return status;
}

static OgStatus find(Search *search, const char *query, const char *between, size_t limit,
                     OgError *err) {
  OgBuffer expression = OG_BUFFER_INIT;
  OgIntern *seen = og_intern_new();
  OgStatus status = seen ? OG_OK : og_error_no_memory(err);
  if (status == OG_OK) {
    OG_GO(write_expression(query, between, &expression, err));
    if (expression.size > 0) {
      status = run_search(search, &expression, limit, seen, err);
    }
  }
done:
  og_buffer_clear(&expression);
  og_intern_free(seen);
  return status;
}

OgStatus og_find_names(OgStore *store, const char *query, size_t limit, OgFoundList *found,
                       OgError *err) {
  Search search;
  OgStatus status = search_open(store, query, found, &search, err);
  if (status == OG_OK) {
    status = find(&search, query, " AND ", limit, err);
  }
  search_close(&search);
  if (status != OG_OK) {
    og_found_clear(found);
  }
  return status;
}

/* ---- Not found ----------------------------------------------------------------------------- */

/* Names that were possibly meant, nearest first. */
typedef struct Suggestions {
  const char *texts[SUGGESTIONS]; /* names, or their normal form */
  unsigned edits[SUGGESTIONS];
  size_t count;
} Suggestions;

/* Characters of a normal form within which a slip of the pen stays. */
static unsigned edits_allowed(size_t letters) {
  const size_t allowed = 1 + letters / 6;
  return allowed < MOST_EDITS ? (unsigned)allowed : MOST_EDITS;
}

static OgStatus keep_suggestion(Search *search, Suggestions *suggestions, const char *text,
                                size_t size, unsigned edits, OgError *err) {
  size_t place = suggestions->count;
  while (place > 0 && suggestions->edits[place - 1] > edits) {
    place--;
  }
  if (place == SUGGESTIONS) {
    return OG_OK;
  }
  const char *copy = og_arena_copy(&search->found->arena, text, size);
  if (!copy) {
    return og_error_no_memory(err);
  }
  suggestions->count += suggestions->count < SUGGESTIONS;
  for (size_t k = suggestions->count - 1; k > place; k--) {
    suggestions->texts[k] = suggestions->texts[k - 1];
    suggestions->edits[k] = suggestions->edits[k - 1];
  }
  suggestions->texts[place] = copy;
  suggestions->edits[place] = edits;
  return OG_OK;
}

/* Normal forms within a few edits of the question's. */
static OgStatus suggest_near(Search *search, Suggestions *suggestions, OgError *err) {
  const unsigned allowed = edits_allowed(search->letters);
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(search->store, &table, NORMALS, &cursor, err));
  og_cursor_bind(&cursor, 1, (int64_t)search->letters - allowed);
  og_cursor_bind(&cursor, 2, (int64_t)search->letters + allowed);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const char *normal;
    size_t size;
    OG_GO(og_cursor_text(&cursor, 0, &normal, &size, err));
    const unsigned edits =
        og_edit_distance(search->normal.data, search->normal.size, normal, size, allowed);
    if (edits <= allowed) {
      status = keep_suggestion(search, suggestions, normal, size, edits, err);
    }
  }
done:
  og_cursor_close(&cursor);
  return status;
}

/* Show the names as they are written. */
static OgStatus write_as_named(Search *search, Suggestions *suggestions, OgError *err) {
  for (size_t k = 0; k < suggestions->count; k++) {
    OgCursor cursor;
    OgStatus status = OG_OK;
    OG_TRY(og_cursor_open(search->store, &table, TEXT_OF_NORMAL, &cursor, err));
    og_cursor_bind_text(&cursor, 1, suggestions->texts[k], strlen(suggestions->texts[k]));
    if (og_cursor_next(&cursor, &status, err)) {
      status = og_cursor_copy(&cursor, 0, &search->found->arena, &suggestions->texts[k], err);
    }
    og_cursor_close(&cursor);
    OG_TRY(status);
  }
  return OG_OK;
}

/* Names with the most telling of the question's words. */
static OgStatus suggest_words(Search *search, const char *text, Suggestions *suggestions,
                              OgError *err) {
  OG_TRY(find(search, text, " OR ", SUGGESTIONS, err));
  for (size_t k = 0; k < search->found->count && suggestions->count < SUGGESTIONS; k++) {
    suggestions->texts[suggestions->count++] = search->found->items[k].name;
  }
  return OG_OK;
}

/* Names like text; of a CURIE, names like its local part. */
static OgStatus suggest(Search *search, const char *text, Suggestions *suggestions, OgError *err) {
  const char *colon = strchr(text, ':');
  const char *name = colon && !strpbrk(text, " \t\n") ? colon + 1 : text;
  OG_TRY(set_normal(search, name, err));
  if (search->normal.size == 0) {
    return OG_OK;
  }
  OG_TRY(suggest_near(search, suggestions, err));
  OG_TRY(write_as_named(search, suggestions, err));
  return suggestions->count == 0 ? suggest_words(search, name, suggestions, err) : OG_OK;
}

static OgStatus has_statements(Search *search, int64_t term, bool *has, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(search->store, &table, STATEMENT_OF, &cursor, err));
  og_cursor_bind(&cursor, 1, term);
  *has = og_cursor_next(&cursor, &status, err);
  og_cursor_close(&cursor);
  return status;
}

/* *kind: what a thing is that is no entity; NULL when the graph does not know it. */
static OgStatus find_kind(Search *search, const char *text, const char **kind, OgError *err) {
  int64_t property;
  OgTermReadings terms;
  OG_TRY(og_property_find(search->store, search->prefixes, text, &property, err));
  *kind = property != 0 ? "a property" : NULL;
  OG_TRY(og_prefixes_terms(search->prefixes, search->store, text, &search->scratch, &terms, err));
  for (size_t k = 0; k < terms.count && !*kind; k++) {
    bool has;
    OG_TRY(has_statements(search, terms.ids[k], &has, err));
    *kind = has ? "in statements only" : NULL;
  }
  return OG_OK;
}

static OgStatus not_found(Search *search, const char *text, OgError *err) {
  Suggestions suggestions = {.count = 0};
  if (is_number(text)) {
    return og_error_set(err, OG_NOT_FOUND,
                        "%s has no entity %.30s; the numbers are those of entity.id, as SQL sees "
                        "them: another graph has others",
                        og_store_path(search->store), text);
  }
  const char *kind = NULL;
  OG_TRY(find_kind(search, text, &kind, err));
  if (kind) {
    return og_error_set(err, OG_NOT_FOUND,
                        "%s has no entity called \"%.100s\": it is %s; `ontograft show %s "
                        "'%.100s'` tells what is said of it",
                        og_store_path(search->store), text, kind, og_store_path(search->store),
                        text);
  }
  OG_TRY(suggest(search, text, &suggestions, err));
  og_buffer_reset(&search->scratch);
  for (size_t k = 0; k < suggestions.count; k++) {
    static const char *const between[] = {": did you mean \"", "\", \"", "\" or \""};
    const size_t which = k == 0 ? 0 : k + 1 < suggestions.count ? 1 : 2;
    OG_TRY(
        og_buffer_format(&search->scratch, err, "%s%.80s", between[which], suggestions.texts[k]));
  }
  return og_error_set(err, OG_NOT_FOUND, "%s has no entity called \"%.100s\"%s%s",
                      og_store_path(search->store), text,
                      suggestions.count > 0 ? search->scratch.data : "",
                      suggestions.count > 0 ? "\"?" : ", nor anything like it");
}

/* ---- Lookup -------------------------------------------------------------------------------- */

OgStatus og_lookup(OgStore *store, const char *text, OgFoundList *found, OgError *err) {
  static OgStatus (*const readings[])(Search *, const char *, OgError *) = {
      by_number, by_term, by_name, by_local_name, by_notation, by_any_case,
  };
  Search search;
  OgStatus status = search_open(store, text, found, &search, err);
  for (size_t k = 0; k < OG_COUNT(readings) && status == OG_OK && found->count == 0; k++) {
    status = readings[k](&search, text, err);
  }
  if (status == OG_OK && found->count == 0) {
    status = not_found(&search, text, err);
  }
  search_close(&search);
  if (status != OG_OK) {
    og_found_clear(found);
  }
  return status;
}

OgStatus og_lookup_entity(OgStore *store, const char *text, int64_t *entity, OgError *err) {
  OgFoundList found = OG_FOUND_LIST_INIT;
  OG_TRY(og_lookup(store, text, &found, err));
  *entity = found.items[0].entity;
  og_found_clear(&found);
  return OG_OK;
}

OgStatus og_found_prefer(OgStore *store, const char *languages, OgFoundList *found, OgError *err) {
  OgRefReader reader;
  OgStatus status = og_ref_reader_init(store, languages, &reader, err);
  for (size_t k = 0; k < found->count && status == OG_OK; k++) {
    OgEntityRef ref;
    status = og_ref_read(&reader, found->items[k].entity, &found->arena, &ref, err);
    found->items[k].label = status == OG_OK ? ref.label : found->items[k].label;
  }
  og_ref_reader_clear(&reader);
  return status;
}

void og_found_clear(OgFoundList *found) {
  og_arena_clear(&found->arena);
  found->items = NULL;
  found->count = 0;
}
