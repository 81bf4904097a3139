#include "kg/property_card.h"

#include "kg/cursor.h"
#include "kg/prefixes.h"
#include "kg/refs.h"
#include "kg/rules.h"

#include <string.h>

/* Relations, properties without edges that the files say something of, and predicates. */
#define PROPERTIES                                                                                 \
  "(SELECT id FROM relation UNION SELECT property AS id FROM property_axiom UNION "                \
  "SELECT predicate FROM reading)"

typedef enum Sql { BY_TERM, BY_NAME, CALLED, LITERALS, AXIOMS, EDGES, STATEMENTS, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [BY_TERM] = "SELECT id FROM " PROPERTIES " WHERE id = ?1",
    /* ?1 a label, or what stands behind the last '#', '/' or ':' of an IRI. */
    [BY_NAME] = "SELECT id FROM " PROPERTIES " JOIN term USING(id) LEFT JOIN relation USING(id) "
                "WHERE label = ?1 COLLATE NOCASE OR "
                "(substr(text, -length(?1)) = ?1 COLLATE NOCASE AND "
                " substr(text, -length(?1) - 1, 1) IN ('#', '/', ':')) "
                "ORDER BY label IS NOT ?1, id LIMIT 1",
    [CALLED] = "SELECT text, label FROM term LEFT JOIN relation USING(id) WHERE id = ?1",
    [LITERALS] = "SELECT o.text, o.language FROM quad JOIN term p ON p.id = predicate "
                 "JOIN term o ON o.id = object AND o.kind = 3 WHERE subject = ?1 AND p.text = ?2 "
                 "ORDER BY o.id",
    [AXIOMS] = "SELECT property_axiom.kind, number, argument, inverse, term.text,"
               " ifnull(entity.label, relation.label) FROM property_axiom "
               "LEFT JOIN term ON term.id = argument LEFT JOIN entity ON entity.id = argument "
               "LEFT JOIN relation ON relation.id = argument WHERE property = ?1 "
               "ORDER BY argument IS NOT NULL, property_axiom.kind, number, position",
    [EDGES] = "SELECT count(*) FROM (SELECT DISTINCT head, tail FROM edge WHERE relation = ?1)",
    [STATEMENTS] = "SELECT sum(statements) FROM reading WHERE predicate = ?1",
};

static const OgSqlTable table = {sql, SQL_COUNT};

typedef struct Reader {
  OgStore *store;
  OgPropertyCard *card;
  OgPrefixes *prefixes;
  OgBuffer scratch;
  const char *languages;
} Reader;

/* ---- Which property ---- */

/* The first number of a statement of one parameter; 0 when it has no row. */
static OgStatus read_number(OgCursor *cursor, int64_t *number, OgError *err) {
  OgStatus status = OG_OK;
  *number = og_cursor_next(cursor, &status, err) ? og_cursor_integer(cursor, 0) : 0;
  og_cursor_close(cursor);
  return status;
}

static OgStatus read_number_of(OgStore *store, Sql which, int64_t term, int64_t *number,
                               OgError *err) {
  OgCursor cursor;
  OG_TRY(og_cursor_open(store, &table, which, &cursor, err));
  og_cursor_bind(&cursor, 1, term);
  return read_number(&cursor, number, err);
}

OgStatus og_property_find(OgStore *store, const OgPrefixes *prefixes, const char *text,
                          int64_t *property, OgError *err) {
  OgBuffer scratch = OG_BUFFER_INIT;
  OgCursor cursor;
  OgTermReadings terms;
  const OgStatus status = og_prefixes_terms(prefixes, store, text, &scratch, &terms, err);
  og_buffer_clear(&scratch);
  OG_TRY(status);
  *property = 0;
  for (size_t k = 0; k < terms.count && *property == 0; k++) {
    OG_TRY(read_number_of(store, BY_TERM, terms.ids[k], property, err));
  }
  if (*property != 0 || !*text) {
    return OG_OK;
  }
  OG_TRY(og_cursor_open(store, &table, BY_NAME, &cursor, err));
  og_cursor_bind_text(&cursor, 1, text, strlen(text));
  return read_number(&cursor, property, err);
}

static OgStatus find_property(Reader *reader, const char *text, OgError *err) {
  OG_TRY(og_property_find(reader->store, reader->prefixes, text, &reader->card->id, err));
  return reader->card->id != 0
             ? OG_OK
             : og_error_set(err, OG_NOT_FOUND, "%s has no property called \"%.100s\"",
                            og_store_path(reader->store), text);
}

/* ---- What is said of it ---- */

/* *text: of the literals of one predicate, the one in the language that is liked best. */
static OgStatus read_literal(Reader *reader, const char *predicate, const char **text,
                             OgError *err) {
  OgCursor cursor;
  OG_TRY(og_cursor_open(reader->store, &table, LITERALS, &cursor, err));
  og_cursor_bind(&cursor, 1, reader->card->id);
  og_cursor_bind_text(&cursor, 2, predicate, strlen(predicate));
  return og_choose_text(&cursor, reader->languages, &reader->card->arena, text, err);
}

/* *text: by the first rule of this meaning, of those that make labels, that finds something. Rules
 * of one meaning are in order of their ranks. */
static OgStatus read_best(Reader *reader, OgMeaning meaning, const char **text, OgError *err) {
  for (size_t k = 0; k < OG_PREDICATE_RULES && !*text; k++) {
    const OgPredicateRule *rule = &og_predicate_rules[k];
    const bool labels = meaning != OG_MEANS_NAME || rule->rank <= OG_LABEL_RANK;
    if (rule->meaning == meaning && labels) {
      OG_TRY(read_literal(reader, rule->iri, text, err));
    }
  }
  return OG_OK;
}

/* The last part of an IRI that stays as long as the card. */
static const char *local_of(const char *iri) {
  return og_iri_local((OgText){iri, strlen(iri)}).data;
}

static OgStatus shorten(Reader *reader, const char *iri, const char **curie, OgError *err) {
  return og_prefixes_copy(reader->prefixes, iri, &reader->card->arena, &reader->scratch, curie,
                          err);
}

/* Its IRI, and its label when it is a relation. */
static OgStatus read_called(Reader *reader, OgError *err) {
  OgPropertyCard *card = reader->card;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(reader->store, &table, CALLED, &cursor, err));
  og_cursor_bind(&cursor, 1, card->id);
  if (og_cursor_next(&cursor, &status, err)) {
    OG_GO(og_cursor_copy(&cursor, 0, &card->arena, &card->iri, err));
    OG_GO(og_cursor_copy(&cursor, 1, &card->arena, &card->label, err));
  }
done:
  og_cursor_close(&cursor);
  return status;
}

static OgStatus read_names(Reader *reader, OgError *err) {
  OgPropertyCard *card = reader->card;
  const char *label = NULL;
  OG_TRY(read_called(reader, err));
  OG_TRY(shorten(reader, card->iri, &card->curie, err));
  OG_TRY(read_best(reader, OG_MEANS_DEFINITION, &card->definition, err));
  OG_TRY(card->definition ? OG_OK : read_best(reader, OG_MEANS_COMMENT, &card->definition, err));
  OG_TRY(read_best(reader, OG_MEANS_NAME, &label, err));
  card->label = label ? label : card->label ? card->label : local_of(card->iri);
  return OG_OK;
}

/* ---- Axioms ---- */

/* The argument of a row, which has one. */
static OgStatus read_argument(Reader *reader, const OgCursor *row, OgPropertyArgument *argument,
                              OgError *err) {
  OgArena *arena = &reader->card->arena;
  *argument = (OgPropertyArgument){.inverse = og_cursor_integer(row, 3) != 0};
  OG_TRY(og_cursor_copy(row, 4, arena, &argument->iri, err));
  OG_TRY(og_cursor_copy(row, 5, arena, &argument->label, err));
  argument->label = argument->label ? argument->label : local_of(argument->iri);
  return shorten(reader, argument->iri, &argument->curie, err);
}

/* Rows of one kind and number are one axiom. */
static OgStatus read_axioms(Reader *reader, OgError *err) {
  OgPropertyCard *card = reader->card;
  size_t axioms = 0, arguments = 0; /* that there is room for */
  int64_t number = 0;
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(reader->store, &table, AXIOMS, &cursor, err));
  og_cursor_bind(&cursor, 1, card->id);
  while (status == OG_OK && og_cursor_next(&cursor, &status, err)) {
    const char *kind;
    OG_GO(og_cursor_copy(&cursor, 0, &card->arena, &kind, err));
    OgPropertyAxiom *axiom = card->axiom_count ? &card->axioms[card->axiom_count - 1] : NULL;
    if (!axiom || number != og_cursor_integer(&cursor, 1) || strcmp(axiom->kind, kind) != 0) {
      axiom = og_arena_grow(&card->arena, card->axioms, card->axiom_count, &axioms, sizeof *axiom);
      if (!axiom) {
        status = og_error_no_memory(err);
        break;
      }
      card->axioms = axiom;
      axiom += card->axiom_count++;
      *axiom = (OgPropertyAxiom){.kind = kind};
      number = og_cursor_integer(&cursor, 1);
      arguments = 0;
    }
    if (og_cursor_integer(&cursor, 2) != 0) {
      OgPropertyArgument *grown =
          og_arena_grow(&card->arena, axiom->arguments, axiom->count, &arguments, sizeof *grown);
      if (!grown) {
        status = og_error_no_memory(err);
        break;
      }
      axiom->arguments = grown;
      status = read_argument(reader, &cursor, &grown[axiom->count++], err);
    }
  }
done:
  og_cursor_close(&cursor);
  return status;
}

OgStatus og_property_card(OgStore *store, const char *text, const char *languages,
                          OgPropertyCard *card, OgError *err) {
  OgPropertyCard filled = {.arena = OG_ARENA_INIT};
  Reader reader = {
      .store = store, .card = &filled, .scratch = OG_BUFFER_INIT, .languages = languages};
  OgStatus status;
  if (!languages) {
    OG_GO(og_languages_of(store, &filled.arena, &reader.languages, err));
  }
  OG_GO(og_prefixes_load(store, &reader.prefixes, err));
  OG_GO(find_property(&reader, text, err));
  OG_GO(read_names(&reader, err));
  OG_GO(read_axioms(&reader, err));
  OG_GO(read_number_of(store, EDGES, filled.id, &filled.edges, err));
  OG_GO(read_number_of(store, STATEMENTS, filled.id, &filled.statements, err));
  *card = filled;
  filled = (OgPropertyCard){.arena = OG_ARENA_INIT};
done:
  og_property_card_clear(&filled);
  og_prefixes_free(reader.prefixes);
  og_buffer_clear(&reader.scratch);
  return status;
}

void og_property_card_clear(OgPropertyCard *card) {
  og_arena_clear(&card->arena);
  *card = (OgPropertyCard){.arena = OG_ARENA_INIT};
}
