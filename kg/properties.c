#include "kg/properties.h"

#include "core/spill.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

/*   P a owl:TransitiveProperty             P, transitive, 1, 1, NULL
 *   P subPropertyOf [inverseOf Q]          P, sub-property of, 1, 1, Q inverse
 *   P domain A                             P, domain, 1, 1, A
 *   P domain [unionOf (A B)]               P, domain, 1, 1, A    P, domain, 1, 2, B
 *   P domain [intersectionOf (A B)]        P, domain, 1, 1, A    P, domain, 2, 1, B
 *   P propertyChainAxiom (Q R)             P, chain, 1, 1, Q     P, chain, 1, 2, R
 *
 * `number` counts the axioms of a property and kind; rows of one number belong together. */

typedef enum Sql { ADD_AXIOM, SQL_COUNT } Sql;

static const char *const sql[SQL_COUNT] = {
    [ADD_AXIOM] = "INSERT INTO property_axiom(property, kind, number, position, argument, inverse, "
                  "source) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
};

static const OgSqlTable table = {sql, SQL_COUNT};

typedef struct Properties {
  OgStore *store;
  OgDerivation *in;
  /* Of the statement at hand: */
  const OgStatement *statement;
  const char *kind;
  int64_t number;   /* of the last axiom of this property and kind */
  int64_t position; /* of its last row */
  uint64_t axioms;
} Properties;

static OgStatus add_row(Properties *properties, uint32_t argument, bool inverse, OgError *err) {
  sqlite3_stmt *row;
  OG_TRY(og_store_statement(properties->store, &table, ADD_AXIOM, &row, err));
  sqlite3_bind_int64(row, 1, properties->statement->subject);
  sqlite3_bind_text(row, 2, properties->kind, -1, SQLITE_STATIC);
  sqlite3_bind_int64(row, 3, properties->number);
  sqlite3_bind_int64(row, 4, ++properties->position);
  if (argument) {
    sqlite3_bind_int64(row, 5, argument);
  }
  sqlite3_bind_int(row, 6, inverse);
  sqlite3_bind_int64(row, 7, properties->statement->source);
  const int code = sqlite3_step(row);
  sqlite3_reset(row);
  return code == SQLITE_DONE ? OG_OK : og_store_fault(properties->store, "write to", err);
}

static void begin_axiom(Properties *properties) {
  properties->number++;
  properties->position = 0;
  properties->axioms++;
}

/* A union or a chain says something of all its members together: one that has no name leaves
 * nothing that could be said of the others. */
static bool are_named(OgDerivation *in, uint32_t list) {
  uint32_t cell = list;
  uint32_t member;
  bool inverse;
  og_walk_begin(in);
  while (og_walk_next(in, &cell, &member)) {
    if (og_property_of(in, member, &inverse) == 0) {
      return false;
    }
  }
  return true;
}

/* One row a named member; each of an intersection is an axiom of its own. */
static OgStatus add_members(Properties *properties, uint32_t list, bool together, OgError *err) {
  OgDerivation *in = properties->in;
  const uint64_t before = properties->axioms;
  uint32_t cell = list;
  uint32_t member;
  if (together && !are_named(in, list)) {
    return OG_OK;
  }
  og_walk_begin(in);
  while (og_walk_next(in, &cell, &member)) {
    bool inverse;
    const uint32_t named = og_property_of(in, member, &inverse);
    if (named == 0) {
      continue;
    }
    if (!together || properties->axioms == before) {
      begin_axiom(properties);
    }
    OG_TRY(add_row(properties, named, inverse, err));
  }
  if (properties->axioms > before) {
    og_walk_mark(in, list, OG_READ_SCHEMA);
  }
  return OG_OK;
}

/* The members of a class that is a union or an intersection. */
static OgStatus add_expression(Properties *properties, uint32_t node, OgError *err) {
  const OgDerivation *in = properties->in;
  for (size_t k = in->start[node]; k < in->start[node + 1]; k++) {
    const OgStatement *statement = &in->level0->statements[k];
    const OgMeaning meaning = og_rule_of(in, statement->predicate)->meaning;
    if (meaning == OG_MEANS_OR || meaning == OG_MEANS_AND) {
      const uint64_t before = properties->axioms;
      OG_TRY(add_members(properties, statement->object, meaning == OG_MEANS_OR, err));
      if (properties->axioms > before) {
        memset(in->readings + in->start[node], OG_READ_SCHEMA,
               in->start[node + 1] - in->start[node]);
      }
    }
  }
  return OG_OK;
}

static OgStatus add_argument(Properties *properties, OgError *err) {
  const OgDerivation *in = properties->in;
  const uint32_t object = properties->statement->object;
  bool inverse;
  const uint32_t named = og_property_of(in, object, &inverse);
  if (named) {
    begin_axiom(properties);
    return add_row(properties, named, inverse, err);
  }
  return in->level0->kinds[object] == OG_BLANK ? add_expression(properties, object, err) : OG_OK;
}

/* The kind of axiom that a statement is, or NULL. */
static const char *kind_of(const OgDerivation *in, const OgStatement *statement,
                           const OgPredicateRule *rule) {
  if (rule->meaning == OG_MEANS_TYPE) {
    const uint8_t row = in->type_rule[statement->object];
    return row ? og_type_rules[row - 1].characteristic : NULL;
  }
  const bool schema = rule->meaning == OG_MEANS_SCHEMA || rule->meaning == OG_MEANS_INVERSE ||
                      rule->meaning == OG_MEANS_CHAIN;
  return schema ? rule->word : NULL;
}

/* Words of the language are described in every file that imports their own: that is left. */
static OgStatus is_described(const OgDerivation *in, uint32_t property, bool *described,
                             OgError *err) {
  OgTermView view;
  *described = false;
  if (in->level0->kinds[property] != OG_IRI) {
    return OG_OK;
  }
  OG_TRY(in->level0->term(in->level0->data, property, &view, err));
  *described = !og_iri_is_vocabulary(view.text);
  return OG_OK;
}

static OgStatus add_axiom(Properties *properties, const OgStatement *statement,
                          const OgPredicateRule *rule, OgError *err) {
  const char *kind = kind_of(properties->in, statement, rule);
  bool described;
  if (!kind) {
    return OG_OK;
  }
  OG_TRY(is_described(properties->in, statement->subject, &described, err));
  if (!described) {
    return OG_OK;
  }
  /* Statements come by subject and predicate; each kind of axiom with an argument has a predicate
   * of its own. */
  const OgStatement *last = properties->statement;
  if (!last || last->subject != statement->subject || strcmp(properties->kind, kind) != 0) {
    properties->number = 0;
  }
  properties->statement = statement;
  properties->kind = kind;
  const uint64_t before = properties->axioms;
  if (rule->meaning == OG_MEANS_TYPE) {
    begin_axiom(properties);
    OG_TRY(add_row(properties, 0, false, err));
  } else if (rule->meaning == OG_MEANS_CHAIN) {
    OG_TRY(add_members(properties, statement->object, true, err));
  } else {
    OG_TRY(add_argument(properties, err));
  }
  if (properties->axioms > before) {
    properties->in->readings[statement - properties->in->level0->statements] = OG_READ_SCHEMA;
  }
  return OG_OK;
}

OgStatus og_properties_add(OgStore *store, OgDerivation *in, uint64_t *axioms, OgError *err) {
  Properties properties = {.store = store, .in = in};
  for (size_t k = 0; k < in->level0->count; k++) {
    og_spill_step(k);
    const OgStatement *statement = &in->level0->statements[k];
    /* Another source may have said the same just before. */
    const bool repeated = k > 0 && statement[-1].subject == statement->subject &&
                          statement[-1].predicate == statement->predicate &&
                          statement[-1].object == statement->object;
    if (!repeated) {
      OG_TRY(add_axiom(&properties, statement, og_rule_of(in, statement->predicate), err));
    } else if (in->readings[k - 1] == OG_READ_SCHEMA) {
      in->readings[k] = OG_READ_SCHEMA;
    }
  }
  *axioms = properties.axioms;
  return OG_OK;
}
