/* A class without children takes the modifiers of its own and its ancestors, the nearest first:
 * each code that they make becomes a class. */
#include "ingest/claml.h"
#include "ingest/claml_reader.h"

enum { MAX_MODIFIERS = 8, MAX_ANCESTORS = 256 };

static bool has_row(const OgClamlReader *reader, OgClamlTable table, uint32_t owner, uint32_t a) {
  size_t count;
  const OgClamlRow *rows = og_claml_rows(reader, table, owner, &count);
  for (size_t i = 0; i < count; i++) {
    if (rows[i].a == a) {
      return true;
    }
  }
  return false;
}

/* The modifiers of a class, in the order in which their codes are appended. */
typedef struct Modifiers {
  const OgClamlRow *applied[MAX_MODIFIERS]; /* rows of OG_CLAML_MODIFIED */
  size_t count;
  uint32_t excluded[MAX_MODIFIERS];
  size_t excluded_count;
  const OgClamlRow *chosen[MAX_MODIFIERS]; /* rows of OG_CLAML_MEMBERS, while codes are made */
} Modifiers;

static bool is_excluded(const Modifiers *modifiers, uint32_t modifier) {
  for (size_t i = 0; i < modifiers->excluded_count; i++) {
    if (modifiers->excluded[i] == modifier) {
      return true;
    }
  }
  for (size_t i = 0; i < modifiers->count; i++) {
    if (modifiers->applied[i]->a == modifier) {
      return true; /* a nearer class has it already */
    }
  }
  return false;
}

/* Behind those that stand before it by their position. */
static void insert_modifier(Modifiers *modifiers, const OgClamlRow *row) {
  size_t at = modifiers->count++;
  while (at > 0 && row->b > 0 && modifiers->applied[at - 1]->b > row->b) {
    modifiers->applied[at] = modifiers->applied[at - 1];
    at--;
  }
  modifiers->applied[at] = row;
}

static void take_modifiers(const OgClamlReader *reader, uint32_t class, Modifiers *modifiers) {
  size_t count;
  const OgClamlRow *rows = og_claml_rows(reader, OG_CLAML_MODIFIED, class, &count);
  for (size_t i = 0; i < count && modifiers->count < MAX_MODIFIERS; i++) {
    size_t members;
    og_claml_rows(reader, OG_CLAML_MEMBERS, rows[i].a, &members);
    if (members > 0 && !is_excluded(modifiers, rows[i].a)) {
      insert_modifier(modifiers, &rows[i]);
    }
  }
  rows = og_claml_rows(reader, OG_CLAML_EXCLUDED, class, &count);
  for (size_t i = 0; i < count && modifiers->excluded_count < MAX_MODIFIERS; i++) {
    modifiers->excluded[modifiers->excluded_count++] = rows[i].a;
  }
}

/* Of the class and its ancestors, the nearest first. */
static void find_modifiers(const OgClamlReader *reader, uint32_t class, Modifiers *modifiers) {
  uint32_t queue[MAX_ANCESTORS] = {class};
  size_t queued = 1;
  for (size_t at = 0; at < queued; at++) {
    take_modifiers(reader, queue[at], modifiers);
    size_t count;
    const OgClamlRow *parents = og_claml_rows(reader, OG_CLAML_PARENTS, queue[at], &count);
    for (size_t i = 0; i < count; i++) {
      size_t seen = 0;
      while (seen < queued && queue[seen] != parents[i].a) {
        seen++;
      }
      if (seen == queued && queued < MAX_ANCESTORS) {
        queue[queued++] = parents[i].a;
      }
    }
  }
}

static bool may_follow(const OgClamlReader *reader, const Modifiers *modifiers, size_t level,
                       const OgClamlRow *member) {
  const uint32_t valid = modifiers->applied[level]->c;
  size_t count;
  og_claml_rows(reader, OG_CLAML_VALID, valid, &count);
  if (count > 0 && !has_row(reader, OG_CLAML_VALID, valid, member->a)) {
    return false;
  }
  const OgClamlRow *barred = og_claml_rows(reader, OG_CLAML_BARRED, member->b, &count);
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < level; k++) {
      if (barred[i].a == modifiers->applied[k]->a && barred[i].b == modifiers->chosen[k]->a) {
        return false;
      }
    }
  }
  return true;
}

/* The preferred label of a member in a language; size 0 when it has none. */
static OgText member_name(const OgClamlReader *reader, const OgClamlRow *member, uint32_t language,
                          bool any) {
  size_t count;
  const OgClamlRow *rows = og_claml_rows(reader, OG_CLAML_RUBRICS, member->b, &count);
  for (size_t i = 0; i < count; i++) {
    if (og_claml_is_preferred(og_claml_text(reader, rows[i].a)) && (any || rows[i].b == language)) {
      return og_claml_text(reader, rows[i].c);
    }
  }
  return (OgText){NULL, 0};
}

/* "Diabetes: With coma" in the label; *complete when every part has a name in the language. */
static OgStatus join_names(OgClamlReader *reader, const OgClamlRow *name,
                           const Modifiers *modifiers, size_t levels, bool any, bool *complete,
                           OgError *err) {
  *complete = true;
  OG_TRY(og_buffer_set(&reader->label, og_claml_text(reader, name->b), err));
  for (size_t level = 0; level < levels; level++) {
    const OgText part = member_name(reader, modifiers->chosen[level], name->a, any);
    *complete = *complete && part.size > 0;
    OG_TRY(og_buffer_text(&reader->label, part.size > 0 ? ": " : "", err));
    OG_TRY(og_buffer_append(&reader->label, part.data, part.size, err));
  }
  return OG_OK;
}

/* In each language that all parts have a name in; if there is none, the first of each. */
static OgStatus emit_names(OgClamlReader *reader, uint32_t class, const Modifiers *modifiers,
                           size_t levels, OgError *err) {
  size_t count;
  const OgClamlRow *names = og_claml_rows(reader, OG_CLAML_NAMES, class, &count);
  bool named = false;
  for (size_t i = 0; i < 2 * count && (i < count || !named); i++) {
    const bool any = i >= count;
    const OgClamlRow *name = &names[i % count];
    bool complete;
    OG_TRY(join_names(reader, name, modifiers, levels, any, &complete, err));
    if (complete || any) {
      named = true;
      OG_TRY(og_claml_emit(
          reader, SKOS("prefLabel"),
          og_words_term(og_text_of(&reader->label), og_claml_text(reader, name->a)), err));
    }
  }
  return OG_OK;
}

/* A code is used as its modifier class says, else as what it extends. */
static OgStatus emit_usage(OgClamlReader *reader, uint32_t class, const Modifiers *modifiers,
                           size_t level, OgError *err) {
  size_t count = 0;
  const OgClamlRow *usage = NULL;
  for (size_t k = level + 1; k > 0 && count == 0; k--) {
    usage = og_claml_rows(reader, OG_CLAML_USAGES, modifiers->chosen[k - 1]->b, &count);
  }
  if (count == 0) {
    usage = og_claml_rows(reader, OG_CLAML_USAGES, class, &count);
  }
  return count == 0 ? OG_OK
                    : og_claml_emit(reader, CLAML("usage"),
                                    og_literal_term(og_claml_text(reader, usage->a)), err);
}

/* What else is said of the last modifier class is said of the code that it makes. */
static OgStatus emit_metas(OgClamlReader *reader, const OgClamlRow *member, OgError *err) {
  size_t count;
  const OgClamlRow *rows = og_claml_rows(reader, OG_CLAML_METAS, member->b, &count);
  for (size_t i = 0; i < count; i++) {
    OG_TRY(og_buffer_set(&reader->object, og_claml_text(reader, rows[i].a), err));
    OG_TRY(og_claml_emit(reader, reader->object.data,
                         og_literal_term(og_claml_text(reader, rows[i].b)), err));
  }
  return OG_OK;
}

static OgStatus emit_rubrics(OgClamlReader *reader, const OgClamlRow *member, OgError *err) {
  size_t count;
  const OgClamlRow *rows = og_claml_rows(reader, OG_CLAML_RUBRICS, member->b, &count);
  for (size_t i = 0; i < count; i++) {
    const OgText kind = og_claml_text(reader, rows[i].a);
    if (!og_claml_is_preferred(kind)) {
      const OgTerm text =
          og_words_term(og_claml_text(reader, rows[i].c), og_claml_text(reader, rows[i].b));
      OG_TRY(og_claml_emit_rubric(reader, kind, text, err));
    }
  }
  return OG_OK;
}

/* reader->object = the class above the code in reader->code, whose first `size` bytes name the
 * class that the modifier extends: the code of the modifier class above the chosen one, or that
 * class. */
static OgStatus find_parent(OgClamlReader *reader, const Modifiers *modifiers, size_t level,
                            size_t size, OgError *err) {
  size_t count, members;
  const OgClamlRow *upper =
      og_claml_rows(reader, OG_CLAML_UPPER, modifiers->chosen[level]->b, &count);
  const OgClamlRow *all =
      og_claml_rows(reader, OG_CLAML_MEMBERS, modifiers->applied[level]->a, &members);
  OgText suffix = {NULL, 0};
  for (size_t i = 0; i < members && count > 0; i++) {
    if (all[i].a == upper[0].a && all[i].a != modifiers->chosen[level]->a &&
        may_follow(reader, modifiers, level, &all[i])) {
      suffix = og_claml_text(reader, all[i].a);
    }
  }
  OG_TRY(og_buffer_set(&reader->label, (OgText){reader->code.data, size}, err));
  OG_TRY(og_buffer_append(&reader->label, suffix.data, suffix.size, err));
  return og_claml_iri(reader, og_text_of(&reader->label), &reader->object, err);
}

/* The class that the code in reader->code names, below the one that its first `parent` bytes name,
 * or another that the same modifier makes. */
static OgStatus emit_expanded(OgClamlReader *reader, uint32_t class, const Modifiers *modifiers,
                              size_t level, size_t parent, OgError *err) {
  const OgClamlRow *member = modifiers->chosen[level];
  const OgText code = og_text_of(&reader->code);
  OgClamlRow made = {.a = member->b};
  if (++reader->expanded > OG_CLAML_MAX_EXPANDED) {
    return og_xml_fault(reader->xml, err, "modifiers make over %d codes, the limit",
                        OG_CLAML_MAX_EXPANDED);
  }
  OG_TRY(og_claml_number(reader, code, &made.owner, err));
  OG_TRY(og_claml_add(reader, OG_CLAML_MADE, made, err));
  OG_TRY(og_claml_emit_class(reader, code, err));
  OG_TRY(find_parent(reader, modifiers, level, parent, err));
  OG_TRY(og_claml_emit(reader, SKOS("broader"), og_iri_term(og_text_of(&reader->object)), err));
  OG_TRY(og_claml_emit(reader, CLAML("kind"), og_literal_term(OG_TEXT("modified")), err));
  OG_TRY(emit_usage(reader, class, modifiers, level, err));
  OG_TRY(emit_metas(reader, member, err));
  OG_TRY(emit_names(reader, class, modifiers, level + 1, err));
  return emit_rubrics(reader, member, err);
}

/* All codes that begin with the one in reader->code, from this modifier on. At most MAX_MODIFIERS
 * deep. */
static OgStatus expand(OgClamlReader *reader, uint32_t class, Modifiers *modifiers, size_t level,
                       OgError *err) {
  if (level == modifiers->count) {
    return OG_OK;
  }
  size_t count;
  const OgClamlRow *members =
      og_claml_rows(reader, OG_CLAML_MEMBERS, modifiers->applied[level]->a, &count);
  const size_t size = reader->code.size;
  for (size_t i = 0; i < count; i++) {
    if (!may_follow(reader, modifiers, level, &members[i])) {
      continue;
    }
    const OgText suffix = og_claml_text(reader, members[i].a);
    reader->code.size = size;
    OG_TRY(og_buffer_append(&reader->code, suffix.data, suffix.size, err));
    const uint32_t known = og_intern_find(reader->texts, reader->code.data, reader->code.size);
    if (known != OG_INTERN_NONE && og_claml_is_class(reader, known)) {
      continue; /* it is spelt out */
    }
    modifiers->chosen[level] = &members[i];
    OG_TRY(emit_expanded(reader, class, modifiers, level, size, err));
    OG_TRY(expand(reader, class, modifiers, level + 1, err));
  }
  reader->code.size = size;
  return OG_OK;
}

OgStatus og_claml_expand(OgClamlReader *reader, OgError *err) {
  size_t count;
  const OgClamlRow *rows = og_claml_table(reader, OG_CLAML_CLASSES, &count);
  for (size_t i = 0; i < count; i++) {
    size_t children;
    og_claml_rows(reader, OG_CLAML_CHILDREN, rows[i].owner, &children);
    if (children > 0 || (i > 0 && rows[i - 1].owner == rows[i].owner)) {
      continue;
    }
    Modifiers modifiers = {0};
    find_modifiers(reader, rows[i].owner, &modifiers);
    OG_TRY(og_buffer_set(&reader->code, og_claml_text(reader, rows[i].owner), err));
    OG_TRY(expand(reader, rows[i].owner, &modifiers, 0, err));
  }
  return OG_OK;
}
