#include "kg/interpret.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "core/spill.h"
#include "core/vocab.h"
#include "kg/annotations.h"
#include "kg/denials.h"
#include "kg/derive.h"
#include "kg/names.h"
#include "kg/properties.h"
#include "kg/schema.h"

#include <ctype.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef enum Sql {
  MAX_TERM,
  READ_KINDS,
  READ_QUADS,
  READ_TERM,
  FIND_PREFIX,
  ADD_ENTITY,
  ADD_RELATION,
  ADD_EDGE,
  ADD_NAME,
  ADD_READING,
  ADD_SUCCESSOR,
  SET_HEADER,
  GET_LANGUAGES,
  SET_LANGUAGES,
  SQL_COUNT
} Sql;

static const char *const sql[SQL_COUNT] = {
    [MAX_TERM] = "SELECT ifnull(max(id), 0) FROM term",
    [READ_KINDS] = "SELECT id, kind FROM term",
    [READ_QUADS] = "SELECT subject, predicate, object, source FROM quad ORDER BY 1, 2, 3, 4",
    [READ_TERM] = "SELECT text, language FROM term WHERE id = ?1",
    [FIND_PREFIX] = "SELECT iri FROM prefix WHERE prefix = ?1 ORDER BY source",
    [ADD_ENTITY] = "INSERT INTO entity(id, kind, label, definition, deprecated, replaced_by) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [ADD_RELATION] = "INSERT INTO relation(id, label) VALUES(?1, ?2)",
    [ADD_EDGE] = "INSERT INTO edge(head, relation, tail, via, source) VALUES(?1, ?2, ?3, ?4, ?5)",
    [ADD_NAME] = "INSERT INTO name(id, entity, text, normal, language, kind) "
                 "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [ADD_SUCCESSOR] = "INSERT OR IGNORE INTO successor(entity, kind, successor) VALUES(?1, ?2, ?3)",
    [ADD_READING] = "INSERT INTO reading(predicate, became, statements) VALUES(?1, ?2, ?3)",
    [GET_LANGUAGES] = "SELECT value FROM setting WHERE name = 'languages'",
    [SET_LANGUAGES] = "INSERT OR REPLACE INTO setting(name, value) VALUES('languages', ?1)",
    [SET_HEADER] =
        "UPDATE source SET title = ?2, version = ?3, licence = ?4, date = ?5 WHERE id = ?1",
};

static const OgSqlTable table = {sql, SQL_COUNT};

static const char writing[] = "write to";

enum {
  REPORT_EVERY = 1 << 14,
  NO_RANK = INT_MAX,
  RANKS = 16,
  LANGUAGES = OG_MAX_LANGUAGES + 2, /* none, and any other */
  FIRST_STATEMENTS = 1024,
  GATHERED_WORDS = 16 << 20
};

static const char *const reading_names[OG_READINGS] = {
    [OG_READ_LEFT] = "statement",
    [OG_READ_ATTRIBUTE] = "attribute",
    [OG_READ_TYPE] = "type",
    [OG_READ_EDGE] = "edge",
    [OG_READ_STRUCTURE] = "structure",
    [OG_READ_NAME] = "name",
    [OG_READ_DEFINITION] = "definition",
    [OG_READ_MARK] = "mark",
    [OG_READ_SCHEMA] = "schema",
    [OG_READ_ANNOTATION] = "annotation",
    [OG_READ_DENIED] = "denied",
    [OG_READ_HEADER] = "header",
};

const char *og_reading_name(OgReading reading) {
  return (size_t)reading < OG_READINGS ? reading_names[reading] : "unknown";
}

typedef struct Interpreter {
  OgStore *store;
  const OgLevel0 *level0;
  const OgProgress *progress;
  OgDerivation derivation;
  uint32_t *names;                    /* (count of level 0) name.id that a statement became, or 0 */
  OgBuffer languages;                 /* the preferred ones, as kept */
  OgText preferred[OG_MAX_LANGUAGES]; /* pieces of it */
  int preferred_count;
  bool has_definitions;
  OgInterpretation result;
  OgBuffer label, normal, iri;
} Interpreter;

/* ---- Statements of one thing ---- */

/* The best statement of a kind so far. */
typedef struct Choice {
  int rank;         /* NO_RANK before the first */
  uint32_t literal; /* its object, or the literal of its node */
  size_t statement;
} Choice;

/* What is said of an entity or relation. */
typedef struct Card {
  Choice label, definition;
  bool deprecated;
  uint32_t replaced_by;
  uint32_t names;
} Card;

/* Step a statement that gives no row. */
static OgStatus step(Interpreter *in, sqlite3_stmt *row, OgError *err) {
  const int code = sqlite3_step(row);
  sqlite3_reset(row);
  return code == SQLITE_DONE ? OG_OK : og_store_fault(in->store, writing, err);
}

static OgStatus get_term(const Interpreter *in, uint32_t term, OgTermView *view, OgError *err) {
  return in->level0->term(in->level0->data, term, view, err);
}

/* The preferred languages in their order (RFC 4647 section 3.3.1: "en" is "en-GB" too), then what
 * has no language, then any other. */
static int language_rank(const Interpreter *in, OgText language) {
  for (int k = 0; k < in->preferred_count; k++) {
    const OgText wanted = in->preferred[k];
    if (language.size >= wanted.size && strncasecmp(language.data, wanted.data, wanted.size) == 0 &&
        (language.size == wanted.size || language.data[wanted.size] == '-')) {
      return k;
    }
  }
  return language.size == 0 ? OG_MAX_LANGUAGES : OG_MAX_LANGUAGES + 1;
}

/* Take a literal when it is better than the choice before: of an earlier tier, then in a better
 * language, then of a lesser rank. */
static void choose(const Interpreter *in, Choice *choice, int tier, int rank, OgText language,
                   uint32_t literal, size_t statement) {
  const int full = (tier * LANGUAGES + language_rank(in, language)) * RANKS + rank;
  if (full < choice->rank) {
    *choice = (Choice){full, literal, statement};
  }
}

/* The literal of a name: the object, or the literal form of the node that it is; 0 when there is
 * none. */
static uint32_t find_name(Interpreter *in, const OgStatement *statement, OgMeaning meaning) {
  if (meaning == OG_MEANS_NAME) {
    return in->level0->kinds[statement->object] == OG_LITERAL ? statement->object : 0;
  }
  const size_t *start = in->derivation.start;
  for (size_t k = start[statement->object]; k < start[statement->object + 1]; k++) {
    const OgStatement *of = &in->level0->statements[k];
    if (og_rule_of(&in->derivation, of->predicate)->meaning == OG_MEANS_NAME_FORM &&
        in->level0->kinds[of->object] == OG_LITERAL) {
      in->derivation.readings[k] = OG_READ_NAME;
      return of->object;
    }
  }
  return 0;
}

/* The entity of an IRI that is put together from two texts; 0 when there is none. */
static OgStatus find_joined(Interpreter *in, OgText head, OgText tail, uint32_t *entity,
                            OgError *err) {
  int64_t id;
  og_buffer_reset(&in->iri);
  OG_TRY(og_buffer_append(&in->iri, head.data, head.size, err));
  OG_TRY(og_buffer_append(&in->iri, tail.data, tail.size, err));
  OG_TRY(og_store_find_iri(in->store, in->iri.data, in->iri.size, &id, err));
  const bool found =
      id > 0 && id < (int64_t)in->level0->limit && og_is_entity(&in->derivation, (uint32_t)id);
  *entity = found ? (uint32_t)id : 0;
  return OG_OK;
}

/* PREFIX:LOCAL by what the sources declare. */
static OgStatus find_declared(Interpreter *in, OgText prefix, OgText local, uint32_t *entity,
                              OgError *err) {
  sqlite3_stmt *row;
  OgStatus status = OG_OK;
  int code = SQLITE_DONE;
  OG_TRY(og_store_statement(in->store, &table, FIND_PREFIX, &row, err));
  sqlite3_bind_text64(row, 1, prefix.data, prefix.size, SQLITE_STATIC, SQLITE_UTF8);
  while (status == OG_OK && *entity == 0 && (code = sqlite3_step(row)) == SQLITE_ROW) {
    const OgText iri = {(const char *)sqlite3_column_text(row, 0),
                        (size_t)sqlite3_column_bytes(row, 0)};
    status = iri.data ? find_joined(in, iri, local, entity, err) : og_error_no_memory(err);
  }
  if (status == OG_OK && *entity == 0 && code != SQLITE_DONE) {
    status = og_store_fault(in->store, "read", err);
  }
  sqlite3_reset(row);
  return status;
}

/* The entity that a literal names: an IRI, "DOID:123", "DOID_123" or PREFIX:LOCAL; 0 when there is
 * none. */
static OgStatus find_written(Interpreter *in, OgText text, uint32_t *entity, OgError *err) {
  static const OgText obo = {OG_NS_OBO, sizeof OG_NS_OBO - 1};
  *entity = 0;
  OG_TRY(find_joined(in, text, (OgText){"", 0}, entity, err));
  const char *colon = memchr(text.data, ':', text.size);
  if (*entity || !colon) {
    return *entity ? OG_OK : find_joined(in, obo, text, entity, err);
  }
  const OgText prefix = {text.data, (size_t)(colon - text.data)};
  const OgText local = {colon + 1, text.size - prefix.size - 1};
  char id[256];
  if (text.size < sizeof id) {
    memcpy(id, text.data, text.size);
    id[prefix.size] = '_';
    OG_TRY(find_joined(in, obo, (OgText){id, text.size}, entity, err));
  }
  return *entity ? OG_OK : find_declared(in, prefix, local, entity, err);
}

static OgStatus find_replacement(Interpreter *in, uint32_t object, uint32_t *entity, OgError *err) {
  if (in->level0->kinds[object] == OG_IRI) {
    *entity = og_is_entity(&in->derivation, object) ? object : 0;
    return OG_OK;
  }
  /* The view of a term lives until the next one is asked for; find_written asks for none. */
  OgTermView view;
  OG_TRY(get_term(in, object, &view, err));
  return find_written(in, view.text, entity, err);
}

static OgStatus add_name(Interpreter *in, uint32_t entity, OgText text, OgText language,
                         const char *kind, OgError *err) {
  sqlite3_stmt *row;
  OG_TRY(og_name_normalise(text.data, text.size, &in->normal, err));
  OG_TRY(og_store_statement(in->store, &table, ADD_NAME, &row, err));
  sqlite3_bind_int64(row, 1, (int64_t)++in->result.names);
  sqlite3_bind_int64(row, 2, entity);
  sqlite3_bind_text64(row, 3, text.data, text.size, SQLITE_STATIC, SQLITE_UTF8);
  sqlite3_bind_text64(row, 4, in->normal.data ? in->normal.data : "", in->normal.size,
                      SQLITE_STATIC, SQLITE_UTF8);
  if (language.size > 0) {
    sqlite3_bind_text64(row, 5, language.data, language.size, SQLITE_STATIC, SQLITE_UTF8);
  }
  sqlite3_bind_text(row, 6, kind, -1, SQLITE_STATIC);
  return step(in, row, err);
}

/* A text that may be the definition of a thing. Comments are notes of authors, unless
 * nothing else in the graph says what things are. */
static OgStatus take_definition(const Interpreter *in, size_t number, const OgPredicateRule *rule,
                                Card *card, OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  if (in->level0->kinds[statement->object] != OG_LITERAL ||
      (rule->meaning == OG_MEANS_COMMENT && in->has_definitions)) {
    return OG_OK;
  }
  OgTermView view;
  OG_TRY(get_term(in, statement->object, &view, err));
  if (view.text.size > 0) {
    choose(in, &card->definition, rule->rank, 0, view.language, statement->object, number);
  }
  return OG_OK;
}

/* A name of a thing; entities get it as a row. */
static OgStatus take_name(Interpreter *in, size_t number, const OgPredicateRule *rule,
                          bool is_entity, Card *card, OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  const uint32_t literal = find_name(in, statement, rule->meaning);
  if (literal == 0) {
    return OG_OK;
  }
  OgTermView view;
  OG_TRY(get_term(in, literal, &view, err));
  if (view.text.size == 0) {
    return OG_OK;
  }
  choose(in, &card->label, rule->rank > OG_LABEL_RANK, rule->rank, view.language, literal, number);
  in->derivation.readings[number] = OG_READ_NAME;
  /* Another source, or another node, may have said the same just before. */
  const bool repeated = number > in->derivation.start[statement->subject] &&
                        statement[-1].predicate == statement->predicate &&
                        statement[-1].object == statement->object;
  if (!is_entity || repeated) {
    return OG_OK;
  }
  card->names++;
  OG_TRY(add_name(in, statement->subject, view.text, view.language, rule->word, err));
  in->names[number] = (uint32_t)in->result.names;
  return OG_OK;
}

/* What may stand for a deprecated thing; the first that replaces it goes on its card. */
static OgStatus take_successor(Interpreter *in, size_t number, OgMeaning meaning, bool is_entity,
                               Card *card, OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  uint32_t successor;
  sqlite3_stmt *row;
  OG_TRY(find_replacement(in, statement->object, &successor, err));
  if (successor == 0 || !is_entity) {
    return OG_OK;
  }
  if (meaning == OG_MEANS_REPLACED && card->replaced_by == 0) {
    card->replaced_by = successor;
  }
  in->derivation.readings[number] = OG_READ_MARK;
  OG_TRY(og_store_statement(in->store, &table, ADD_SUCCESSOR, &row, err));
  sqlite3_bind_int64(row, 1, statement->subject);
  sqlite3_bind_text(row, 2, meaning == OG_MEANS_REPLACED ? "replaced by" : "consider", -1,
                    SQLITE_STATIC);
  sqlite3_bind_int64(row, 3, successor);
  return step(in, row, err);
}

static OgStatus take_statement(Interpreter *in, size_t number, bool is_entity, Card *card,
                               OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  const OgPredicateRule *rule = og_rule_of(&in->derivation, statement->predicate);
  const bool literal = in->level0->kinds[statement->object] == OG_LITERAL;
  OgTermView view;
  switch (rule->meaning) {
  case OG_MEANS_NAME:
  case OG_MEANS_NAME_NODE:
    return take_name(in, number, rule, is_entity, card, err);
  case OG_MEANS_DEFINITION:
  case OG_MEANS_COMMENT:
    return take_definition(in, number, rule, card, err);
  case OG_MEANS_DEPRECATED:
    if (literal) {
      OG_TRY(get_term(in, statement->object, &view, err));
      card->deprecated = card->deprecated || og_rule_is_true(view.text);
      in->derivation.readings[number] = OG_READ_MARK;
    }
    return OG_OK;
  case OG_MEANS_REPLACED:
  case OG_MEANS_CONSIDER:
    return take_successor(in, number, rule->meaning, is_entity, card, err);
  default:
    return OG_OK;
  }
}

static OgStatus take_statements(Interpreter *in, uint32_t term, bool is_entity, Card *card,
                                OgError *err) {
  *card = (Card){.label = {.rank = NO_RANK}, .definition = {.rank = NO_RANK}};
  const size_t *start = in->derivation.start;
  for (size_t k = start[term]; k < start[term + 1]; k++) {
    OG_TRY(take_statement(in, k, is_entity, card, err));
  }
  return OG_OK;
}

/* ---- Labels ---- */

/* A local part that is made of words, not an identifier: letters, '_', '-', '%', no digits. */
static bool is_wordy(OgText local) {
  for (size_t k = 0; k < local.size; k++) {
    if (isdigit((unsigned char)local.data[k])) {
      return false;
    }
  }
  return true;
}

/* Append "has symptom" for hasSymptom and has_symptom, "Thin Crust" for ThinCrust, "has DNA" for
 * hasDNA. */
static OgStatus append_words(OgBuffer *words, OgText local, OgError *err) {
  const bool camel = local.size > 0 && islower((unsigned char)local.data[0]);
  for (size_t k = 0; k < local.size; k++) {
    const char c = local.data[k];
    const char before = k > 0 ? local.data[k - 1] : ' ';
    const char after = k + 1 < local.size ? local.data[k + 1] : ' ';
    const bool capital = isupper((unsigned char)c) && k > 0;
    const bool starts_word = capital && islower((unsigned char)after);
    if (capital &&
        (islower((unsigned char)before) || (starts_word && isupper((unsigned char)before)))) {
      OG_TRY(og_buffer_append(words, " ", 1, err));
    }
    const char written = (char)(camel && starts_word ? tolower((unsigned char)c)
                                : c == '_'           ? ' '
                                                     : c);
    OG_TRY(og_buffer_append(words, &written, 1, err));
  }
  return OG_OK;
}

/* in->label = the label of a thing: the best that the files give, else the local part of its IRI,
 * readable where it is made of words. *derived when it comes from the IRI and is made of words. */
static OgStatus make_label(Interpreter *in, uint32_t term, const Card *card, bool *derived,
                           OgError *err) {
  OgTermView view;
  *derived = false;
  og_buffer_reset(&in->label);
  if (card->label.rank < NO_RANK) {
    OG_TRY(get_term(in, card->label.literal, &view, err));
    return og_buffer_append(&in->label, view.text.data, view.text.size, err);
  }
  OG_TRY(get_term(in, term, &view, err));
  const OgText local = og_iri_local(view.text);
  if (og_iri_is_vocabulary(view.text) || !is_wordy(local)) {
    return og_buffer_append(&in->label, local.data, local.size, err);
  }
  *derived = true;
  return append_words(&in->label, local, err);
}

/* ---- Writing level 1 ---- */

static void bind_id(sqlite3_stmt *row, int column, uint32_t id) {
  if (id) {
    sqlite3_bind_int64(row, column, id);
  } else {
    sqlite3_bind_null(row, column);
  }
}

static const char *entity_kind(const Interpreter *in, uint32_t term) {
  const unsigned things = in->derivation.things[term];
  return things & OG_THING_CLASS ? "class" : things & OG_THING_CONCEPT ? "concept" : "individual";
}

static OgStatus add_entity(Interpreter *in, uint32_t term, OgError *err) {
  static const OgText none = {NULL, 0};
  Card card;
  bool derived;
  sqlite3_stmt *row;
  OG_TRY(take_statements(in, term, true, &card, err));
  OG_TRY(make_label(in, term, &card, &derived, err));
  if (derived && card.names == 0) {
    OG_TRY(add_name(in, term, (OgText){in->label.data, in->label.size}, none, "local", err));
  }
  if (card.definition.rank < NO_RANK) {
    in->derivation.readings[card.definition.statement] = OG_READ_DEFINITION;
  }
  const bool deprecated =
      card.deprecated || (in->derivation.things[term] & OG_THING_DEPRECATED) != 0;
  OG_TRY(og_store_statement(in->store, &table, ADD_ENTITY, &row, err));
  sqlite3_bind_int64(row, 1, term);
  sqlite3_bind_text(row, 2, entity_kind(in, term), -1, SQLITE_STATIC);
  sqlite3_bind_text64(row, 3, in->label.data, in->label.size, SQLITE_STATIC, SQLITE_UTF8);
  bind_id(row, 4, card.definition.literal);
  sqlite3_bind_int(row, 5, deprecated);
  bind_id(row, 6, card.replaced_by);
  in->result.entities++;
  return step(in, row, err);
}

static OgStatus add_relation(Interpreter *in, uint32_t term, OgError *err) {
  Card card;
  bool derived;
  sqlite3_stmt *row;
  OG_TRY(take_statements(in, term, false, &card, err));
  OG_TRY(make_label(in, term, &card, &derived, err));
  OG_TRY(og_store_statement(in->store, &table, ADD_RELATION, &row, err));
  sqlite3_bind_int64(row, 1, term);
  sqlite3_bind_text64(row, 2, in->label.data, in->label.size, SQLITE_STATIC, SQLITE_UTF8);
  in->result.relations++;
  return step(in, row, err);
}

/* Whether some entity has a definition by a predicate for that. It is asked of the whole graph, not
 * of each source: the same statements give the same level 1, in however many files they came. */
static bool has_definitions(const Interpreter *in) {
  const OgLevel0 *level0 = in->level0;
  for (size_t k = 0; k < level0->count; k++) {
    og_spill_step(k);
    const OgStatement *statement = &level0->statements[k];
    if (og_rule_of(&in->derivation, statement->predicate)->meaning == OG_MEANS_DEFINITION &&
        og_is_entity(&in->derivation, statement->subject)) {
      return true;
    }
  }
  return false;
}

static OgStatus add_things(Interpreter *in, OgError *err) {
  const uint32_t limit = in->level0->limit;
  for (uint32_t term = 1; term < limit; term++) {
    og_spill_step(term);
    if (term % REPORT_EVERY == 0) {
      OG_TRY(og_progress_report(in->progress, "naming entities", term, limit, "", err));
    }
    if (og_is_entity(&in->derivation, term)) {
      OG_TRY(add_entity(in, term, err));
    }
    if (og_is_relation(&in->derivation, term)) {
      OG_TRY(add_relation(in, term, err));
    }
  }
  return OG_OK;
}

/* One edge, said in another way or in another source. */
static bool same_triple(const OgEdgeTuple *a, const OgEdgeTuple *b) {
  return a->head == b->head && a->relation == b->relation && a->tail == b->tail;
}

static OgStatus add_edges(Interpreter *in, OgError *err) {
  sqlite3_stmt *row;
  const size_t count = in->derivation.edge_count;
  OG_TRY(og_store_statement(in->store, &table, ADD_EDGE, &row, err));
  for (size_t k = 0; k < count; k++) {
    const OgEdgeTuple *edge = &in->derivation.edges[k];
    if (k % REPORT_EVERY == 0) {
      OG_TRY(og_progress_report(in->progress, "storing edges", (double)k, (double)count, "", err));
    }
    sqlite3_bind_int64(row, 1, edge->head);
    sqlite3_bind_int64(row, 2, edge->relation);
    sqlite3_bind_int64(row, 3, edge->tail);
    sqlite3_bind_text(row, 4, og_via_words[edge->via], -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 5, edge->source);
    OG_TRY(step(in, row, err));
    in->result.edges += k == 0 || !same_triple(edge, edge - 1);
  }
  return OG_OK;
}

/* ---- Headers of sources ---- */

typedef struct Header {
  Choice fields[OG_HEADER_FIELDS]; /* literal is any term here */
} Header;

/* The header rule of each term, found by the few IRIs that have one. */
static OgStatus find_header_rules(Interpreter *in, uint32_t terms[OG_HEADER_RULES], OgError *err) {
  for (size_t k = 0; k < OG_HEADER_RULES; k++) {
    int64_t id;
    const char *iri = og_header_rules[k].iri;
    OG_TRY(og_store_find_iri(in->store, iri, strlen(iri), &id, err));
    terms[k] = (uint32_t)id;
  }
  return OG_OK;
}

static OgStatus take_header_statement(Interpreter *in, size_t number,
                                      const uint32_t terms[OG_HEADER_RULES], Header *headers,
                                      OgError *err) {
  const OgStatement *statement = &in->level0->statements[number];
  for (size_t k = 0; k < OG_HEADER_RULES; k++) {
    if (terms[k] == statement->predicate && in->level0->kinds[statement->object] != OG_BLANK) {
      OgTermView view;
      const OgHeaderRule *rule = &og_header_rules[k];
      OG_TRY(get_term(in, statement->object, &view, err));
      choose(in, &headers[statement->source].fields[rule->field], rule->rank, 0, view.language,
             statement->object, number);
    }
  }
  return OG_OK;
}

static OgStatus set_header(Interpreter *in, uint32_t source, const Header *header, OgError *err) {
  sqlite3_stmt *row;
  OG_TRY(og_store_statement(in->store, &table, SET_HEADER, &row, err));
  sqlite3_bind_int64(row, 1, source);
  for (int k = 0; k < OG_HEADER_FIELDS; k++) {
    const Choice *choice = &header->fields[k];
    if (choice->rank < NO_RANK) {
      OgTermView view;
      OG_TRY(get_term(in, choice->literal, &view, err));
      sqlite3_bind_text64(row, 2 + k, view.text.data, view.text.size, SQLITE_TRANSIENT,
                          SQLITE_UTF8);
      in->derivation.readings[choice->statement] = OG_READ_HEADER;
    }
  }
  return step(in, row, err);
}

static OgStatus set_headers(Interpreter *in, OgError *err) {
  uint32_t terms[OG_HEADER_RULES];
  uint32_t sources = 1;
  OG_TRY(find_header_rules(in, terms, err));
  for (size_t k = 0; k < in->level0->count; k++) {
    og_spill_step(k);
    const uint32_t source = in->level0->statements[k].source;
    sources = source >= sources ? source + 1 : sources;
  }
  Header *headers = OG_NEW_ARRAY(Header, sources);
  if (!headers) {
    return og_error_no_memory(err);
  }
  OgStatus status = OG_OK;
  for (uint32_t source = 0; source < sources; source++) {
    for (int k = 0; k < OG_HEADER_FIELDS; k++) {
      headers[source].fields[k].rank = NO_RANK;
    }
  }
  for (size_t k = 0; k < in->level0->count; k++) {
    og_spill_step(k);
    if (og_is_header(&in->derivation, in->level0->statements[k].subject)) {
      OG_GO(take_header_statement(in, k, terms, headers, err));
    }
  }
  for (uint32_t source = 1; source < sources; source++) {
    OG_GO(set_header(in, source, &headers[source], err));
  }
done:
  og_free(headers);
  return status;
}

/* ---- What became of the statements ---- */

/* Statements of things that became nothing else, and whose objects are no things themselves. */
static void find_attributes(Interpreter *in) {
  const OgDerivation *derivation = &in->derivation;
  for (size_t k = 0; k < in->level0->count; k++) {
    og_spill_step(k);
    const OgStatement *statement = &in->level0->statements[k];
    const uint32_t object = statement->object;
    if (derivation->readings[k] == OG_READ_LEFT && in->level0->kinds[object] != OG_BLANK &&
        !og_is_entity(derivation, object) &&
        (og_is_entity(derivation, statement->subject) ||
         og_is_relation(derivation, statement->subject))) {
      derivation->readings[k] = OG_READ_ATTRIBUTE;
    }
  }
}

/* Rows of `reading`; seen, free by now, numbers the predicates. */
static OgStatus add_readings(Interpreter *in, OgError *err) {
  uint32_t *numbers = in->derivation.seen;
  uint32_t predicates = 0;
  find_attributes(in);
  og_spill_fill(numbers, 0, in->level0->limit * sizeof *numbers);
  for (size_t k = 0; k < in->level0->count; k++) {
    og_spill_step(k);
    uint32_t *number = &numbers[in->level0->statements[k].predicate];
    *number = *number ? *number : ++predicates;
  }
  uint64_t(*tally)[OG_READINGS] = og_calloc((size_t)predicates + 1, sizeof *tally);
  if (!tally) {
    return og_error_no_memory(err);
  }
  OgStatus status = OG_OK;
  for (size_t k = 0; k < in->level0->count; k++) {
    og_spill_step(k);
    const OgReading reading = in->derivation.readings[k];
    tally[numbers[in->level0->statements[k].predicate]][reading]++;
    in->result.readings[reading]++;
  }
  sqlite3_stmt *row;
  OG_GO(og_store_statement(in->store, &table, ADD_READING, &row, err));
  for (uint32_t term = 1; term < in->level0->limit; term++) {
    og_spill_step(term);
    for (int reading = 0; numbers[term] && reading < OG_READINGS; reading++) {
      const uint64_t statements = tally[numbers[term]][reading];
      if (statements > 0) {
        sqlite3_bind_int64(row, 1, term);
        sqlite3_bind_text(row, 2, reading_names[reading], -1, SQLITE_STATIC);
        sqlite3_bind_int64(row, 3, (int64_t)statements);
        OG_GO(step(in, row, err));
      }
    }
  }
done:
  og_free(tally);
  return status;
}

/* ---- Languages ---- */

/* Cut a list into its tags; false when it is none, or too long. */
static bool cut_languages(const char *list, OgText tags[OG_MAX_LANGUAGES], int *count) {
  *count = 0;
  for (const char *at = list;; at++) {
    const char *start = at;
    while (isalnum((unsigned char)*at) || (*at == '-' && at > start)) {
      at++;
    }
    if (at == start || (*at != ',' && *at != '\0') || *count == OG_MAX_LANGUAGES) {
      return false;
    }
    tags[(*count)++] = (OgText){start, (size_t)(at - start)};
    if (*at == '\0') {
      return true;
    }
  }
}

OgStatus og_interpretation_prefer(OgStore *store, const char *languages, OgError *err) {
  OgText tags[OG_MAX_LANGUAGES];
  int count;
  sqlite3_stmt *row;
  if (!cut_languages(languages, tags, &count)) {
    return og_error_set(err, OG_USAGE,
                        "\"%.100s\" is no list of up to %d language tags such as \"de,en\"",
                        languages, OG_MAX_LANGUAGES);
  }
  OG_TRY(og_store_statement(store, &table, SET_LANGUAGES, &row, err));
  sqlite3_bind_text(row, 1, languages, -1, SQLITE_STATIC);
  const int code = sqlite3_step(row);
  sqlite3_reset(row);
  return code == SQLITE_DONE ? OG_OK : og_store_fault(store, writing, err);
}

static OgStatus read_languages(Interpreter *in, OgError *err) {
  sqlite3_stmt *row;
  OG_TRY(og_store_statement(in->store, &table, GET_LANGUAGES, &row, err));
  const int code = sqlite3_step(row);
  const char *kept = code == SQLITE_ROW ? (const char *)sqlite3_column_text(row, 0) : "en";
  OgStatus status = code == SQLITE_ROW || code == SQLITE_DONE
                        ? og_buffer_text(&in->languages, kept ? kept : "", err)
                        : og_store_fault(in->store, "read", err);
  sqlite3_reset(row);
  if (status == OG_OK && !cut_languages(in->languages.data, in->preferred, &in->preferred_count)) {
    in->preferred_count = 0; /* another hand wrote it */
  }
  return status;
}

/* ---- The whole ---- */

static OgStatus clear_level1(OgStore *store, OgError *err) {
  OG_TRY(
      og_schema_drop_indexes(og_store_sqlite(store), OG_SCHEMA_INDEX_1, og_store_path(store), err));
  return og_store_exec(
      store,
      "DELETE FROM edge; DELETE FROM inferred_edge; DELETE FROM name; DELETE FROM relation;"
      "DELETE FROM entity; DELETE FROM reading; DELETE FROM successor;"
      "DELETE FROM property_axiom; DELETE FROM name_annotation;"
      "DELETE FROM definition_annotation; DELETE FROM edge_annotation;"
      "UPDATE source SET title = NULL, version = NULL, licence = NULL, date = NULL",
      writing, err);
}

static OgStatus index_level1(OgStore *store, OgError *err) {
  char text[160];
  OG_TRY(og_schema_create(og_store_sqlite(store), OG_SCHEMA_INDEX_1, og_store_path(store), err));
  /* Words are gathered in memory up to so many bytes: fewer pieces to merge. */
  snprintf(text, sizeof text,
           "INSERT INTO name_fts(name_fts, rank) VALUES('hashsize', %zu);"
           "INSERT INTO name_fts(name_fts) VALUES('rebuild')",
           og_spill_allowance(GATHERED_WORDS));
  return og_store_exec(store, text, writing, err);
}

OgStatus og_interpret_index(OgStore *store, const OgProgress *progress, OgError *err) {
  OG_TRY(og_progress_report(progress, "indexing names", 0, 0, "", err));
  return index_level1(store, err);
}

OgStatus og_interpretation_clear(OgStore *store, OgError *err) {
  OG_TRY(clear_level1(store, err));
  return index_level1(store, err);
}

OgStatus og_interpret_level0(OgStore *store, const OgLevel0 *level0, const OgProgress *progress,
                             OgInterpretation *result, OgError *err) {
  Interpreter in = {.store = store, .level0 = level0, .progress = progress};
  OgStatus status;
  OG_GO(read_languages(&in, err));
  OG_GO(og_derive(store, level0, progress, &in.derivation, err));
  OG_GO(og_denials_apply(&in.derivation, err));
  in.names = OG_NEW_ARRAY(uint32_t, level0->count);
  if (!in.names) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(clear_level1(store, err));
  in.has_definitions = has_definitions(&in);
  OG_GO(add_things(&in, err));
  OG_GO(add_edges(&in, err));
  OG_GO(og_progress_report(progress, "attaching annotations", 0, 0, "", err));
  OG_GO(og_annotations_add(store, &in.derivation, in.names, &in.result.annotations, err));
  OG_GO(og_properties_add(store, &in.derivation, &in.result.axioms, err));
  OG_GO(set_headers(&in, err));
  OG_GO(add_readings(&in, err));
  if (result) {
    *result = in.result;
  }
done:
  og_derivation_clear(&in.derivation);
  og_free(in.names);
  og_buffer_clear(&in.label);
  og_buffer_clear(&in.normal);
  og_buffer_clear(&in.iri);
  og_buffer_clear(&in.languages);
  return status;
}

/* ---- Level 0 from the file ---- */

static OgStatus get_number(OgStore *store, Sql which, int64_t *number, OgError *err) {
  sqlite3_stmt *row;
  OG_TRY(og_store_statement(store, &table, which, &row, err));
  const int code = sqlite3_step(row);
  *number = code == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
  const OgStatus status = code == SQLITE_ROW ? OG_OK : og_store_fault(store, "read", err);
  sqlite3_reset(row);
  return status;
}

static OgStatus damaged(OgStore *store, OgError *err) {
  return og_error_set(err, OG_BAD_STORE,
                      "the statements of %s refer to terms that are not there: take a copy from "
                      "before, or import the sources into a new graph",
                      og_store_path(store));
}

/* Terms read one by one. */
typedef struct Terms {
  OgStore *store;
  OgBuffer text, language; /* of the last one */
} Terms;

static OgStatus keep_column(sqlite3_stmt *row, int column, OgBuffer *buffer, OgText *text,
                            OgError *err) {
  og_buffer_reset(buffer);
  const void *bytes = sqlite3_column_blob(row, column);
  const size_t size = (size_t)sqlite3_column_bytes(row, column);
  OG_TRY(og_buffer_append(buffer, bytes ? bytes : "", bytes ? size : 0, err));
  *text = (OgText){buffer->data, buffer->size};
  return OG_OK;
}

/* The texts are copied, so that no read stays open while tables change. */
static OgStatus view_term(void *data, uint32_t id, OgTermView *view, OgError *err) {
  Terms *terms = data;
  sqlite3_stmt *row;
  OG_TRY(og_store_statement(terms->store, &table, READ_TERM, &row, err));
  sqlite3_bind_int64(row, 1, id);
  const int code = sqlite3_step(row);
  OgStatus status = OG_OK;
  if (code == SQLITE_DONE) {
    status = damaged(terms->store, err);
  } else if (code != SQLITE_ROW) {
    status = og_store_fault(terms->store, "read", err);
  } else {
    OG_GO(keep_column(row, 0, &terms->text, &view->text, err));
    OG_GO(keep_column(row, 1, &terms->language, &view->language, err));
  }
done:
  sqlite3_reset(row);
  return status;
}

/* kinds (limit): OgTermKind by term.id. */
static OgStatus read_kinds(OgStore *store, uint8_t *kinds, uint32_t limit, OgError *err) {
  sqlite3_stmt *row;
  int code;
  OG_TRY(og_store_statement(store, &table, READ_KINDS, &row, err));
  while ((code = sqlite3_step(row)) == SQLITE_ROW) {
    const int64_t id = sqlite3_column_int64(row, 0);
    if (id > 0 && id < limit) {
      kinds[id] = (uint8_t)sqlite3_column_int(row, 1);
    }
  }
  const OgStatus status = code == SQLITE_DONE ? OG_OK : og_store_fault(store, "read", err);
  sqlite3_reset(row);
  return status;
}

/* The statement of a row; false when it refers to what is not there. */
static bool read_statement(sqlite3_stmt *row, const uint8_t *kinds, uint32_t limit,
                           OgStatement *statement) {
  int64_t numbers[4];
  for (int k = 0; k < 4; k++) {
    numbers[k] = sqlite3_column_int64(row, k);
    if (numbers[k] <= 0 || numbers[k] >= UINT32_MAX ||
        (k < 3 && (numbers[k] >= limit || kinds[numbers[k]] == 0))) {
      return false;
    }
  }
  *statement = (OgStatement){(uint32_t)numbers[0], (uint32_t)numbers[1], (uint32_t)numbers[2],
                             (uint32_t)numbers[3]};
  return true;
}

static OgStatus read_statements(OgStore *store, const uint8_t *kinds, uint32_t limit,
                                OgStatement **statements, size_t *count, OgError *err) {
  sqlite3_stmt *row;
  OgStatus status = OG_OK;
  size_t capacity = 0;
  int code = SQLITE_DONE;
  OG_TRY(og_store_statement(store, &table, READ_QUADS, &row, err));
  while (status == OG_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
    if (*count == capacity) {
      capacity = capacity ? capacity * 2 : FIRST_STATEMENTS;
      OgStatement *grown = og_realloc(*statements, capacity, sizeof *grown);
      if (!grown) {
        status = og_error_no_memory(err);
        break;
      }
      *statements = grown;
    }
    if (!read_statement(row, kinds, limit, *statements + *count)) {
      status = damaged(store, err);
    }
    ++*count;
  }
  if (status == OG_OK && code != SQLITE_DONE) {
    status = og_store_fault(store, "read", err);
  }
  sqlite3_reset(row);
  return status;
}

OgStatus og_interpret(OgStore *store, const OgProgress *progress, OgInterpretation *result,
                      OgError *err) {
  int64_t last;
  OgStatement *statements = NULL;
  size_t count = 0;
  Terms terms = {.store = store};
  OG_TRY(og_progress_report(progress, "reading statements", 0, 0, "", err));
  OG_TRY(get_number(store, MAX_TERM, &last, err));
  if (last < 0 || last >= UINT32_MAX) {
    return damaged(store, err);
  }
  const uint32_t limit = (uint32_t)last + 1;
  uint8_t *kinds = OG_NEW_ARRAY(uint8_t, limit);
  if (!kinds) {
    return og_error_no_memory(err);
  }
  OgStatus status;
  OG_GO(read_kinds(store, kinds, limit, err));
  OG_GO(read_statements(store, kinds, limit, &statements, &count, err));
  const OgLevel0 level0 = {statements, count, kinds, limit, view_term, &terms};
  status = og_interpret_level0(store, &level0, progress, result, err);
done:
  og_buffer_clear(&terms.text);
  og_buffer_clear(&terms.language);
  og_free(statements);
  og_free(kinds);
  OG_TRY(status);
  return og_interpret_index(store, progress, err);
}
