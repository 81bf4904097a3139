#include "kg/property_card.h"

#include "kg/cursor.h"
#include "kg/prefixes.h"
#include "kg/refs.h"
#include "kg/rules.h"

#include <string.h>

/* Relations, and properties without edges that the files say something of. */
#define PROPERTIES "(SELECT id FROM relation UNION SELECT property AS id FROM property_axiom)"

typedef enum Sql { BY_IRI, BY_NAME, CALLED, LITERALS, AXIOMS, EDGES, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [BY_IRI] = "SELECT id FROM " PROPERTIES " JOIN term USING(id) WHERE text = ?1",
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

static OgStatus find(Reader *reader, Sql which, const char *text, size_t size, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  if (reader->card->id != 0) {
    return OG_OK;
  }
  OG_TRY(og_cursor_open(reader->store, &table, which, &cursor, err));
  og_cursor_bind_text(&cursor, 1, text, size);
  if (og_cursor_next(&cursor, &status, err)) {
    reader->card->id = og_cursor_integer(&cursor, 0);
  }
  og_cursor_close(&cursor);
  return status;
}

static OgStatus find_property(Reader *reader, const char *text, OgError *err) {
  const size_t size = strlen(text);
  const bool bracketed = size > 2 && text[0] == '<' && text[size - 1] == '>';
  const char *colon = strchr(text, ':');
  const char *space =
      colon ? og_prefixes_find(reader->prefixes, text, (size_t)(colon - text)) : NULL;
  OG_TRY(find(reader, BY_IRI, text + bracketed, size - 2 * bracketed, err));
  if (space) {
    og_buffer_reset(&reader->scratch);
    OG_TRY(og_buffer_format(&reader->scratch, err, "%s%s", space, colon + 1));
    OG_TRY(find(reader, BY_IRI, reader->scratch.data, reader->scratch.size, err));
  }
  OG_TRY(size > 0 ? find(reader, BY_NAME, text, size, err) : OG_OK);
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

static OgStatus count_edges(Reader *reader, OgError *err) {
  OgCursor cursor;
  OgStatus status = OG_OK;
  OG_TRY(og_cursor_open(reader->store, &table, EDGES, &cursor, err));
  og_cursor_bind(&cursor, 1, reader->card->id);
  if (og_cursor_next(&cursor, &status, err)) {
    reader->card->edges = og_cursor_integer(&cursor, 0);
  }
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
  OG_GO(count_edges(&reader, err));
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
