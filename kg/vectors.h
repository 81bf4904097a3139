/* vectors: embedding sets in the graph file (level 2): store, load, list, export. */
#ifndef OG_KG_VECTORS_H
#define OG_KG_VECTORS_H

#include "core/hash.h"
#include "core/progress.h"
#include "kg/store.h"

/* N entity vectors of D floats, entities ascending. */
typedef struct OgVectors {
  int64_t set;      /* embedding_set.id; 0 before it is stored */
  char *name;       /* unique in the graph, e.g. "complex-128" */
  char *model;      /* "complex" */
  char *parameters; /* JSON object: what it was trained with, seed included */
  char *metrics;    /* JSON object: filtered ranking on held-out edges; "{}" when none */
  char graph_hash[OG_SHA256_HEX_SIZE]; /* the level-1 hash it was trained on */
  size_t N, D;
  int64_t *entities;      /* (N) entity.id, ascending */
  float *values;          /* (N, D) */
  size_t R, RD;           /* relations and floats a relation; 0 when the set has none */
  int64_t *relations;     /* (R) relation.id, ascending */
  float *relation_values; /* (R, RD) */
} OgVectors;

/* name NULL loads the set made last. None there is OG_NOT_FOUND, with the command that makes one.
 * The caller releases what it got with og_vectors_clear. */
OG_API OG_MUST_CHECK OgStatus og_vectors_load(OgStore *store, const char *name, OgVectors *vectors,
                                              OgError *err);

/* The same for ranking edges: name NULL loads the last set that has vectors of relations, and that
 * made last when none has. */
OG_API OG_MUST_CHECK OgStatus og_vectors_load_ranking(OgStore *store, const char *name,
                                                      OgVectors *vectors, OgError *err);

/* Warn when the graph is no longer what the set was made of, with the commands that help. A set
 * none of whose entities is left is OG_NOT_FOUND. progress may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_vectors_check_age(OgStore *store, const OgVectors *vectors,
                                                   const OgProgress *progress, OgError *err);

/* OG_USAGE when the graph has a set of this name that was made of its present state: another would
 * take the place of vectors that trained models depend on. One of an older state may be replaced,
 * with a warning. progress may be NULL. */
OG_API OG_MUST_CHECK OgStatus og_vectors_check_place(OgStore *store, const char *name,
                                                     const OgProgress *progress, OgError *err);

/* Store a set in one transaction, replacing the one of the same name; fills vectors->set. */
OG_API OG_MUST_CHECK OgStatus og_vectors_save(OgStore *store, OgVectors *vectors, OgError *err);

/* The same for a set that was loaded: its rows of entities, parameters and graph_hash become these,
 * and what refers to the set keeps doing so. */
OG_API OG_MUST_CHECK OgStatus og_vectors_renew(OgStore *store, const OgVectors *vectors,
                                               OgError *err);

OG_API void og_vectors_clear(OgVectors *vectors);

/* The row of an entity; N when the set has none for it. */
OG_API size_t og_vectors_row(const OgVectors *vectors, int64_t entity);

/* The vector of an entity (D floats), or NULL when the set has none for it. */
OG_API const float *og_vectors_find(const OgVectors *vectors, int64_t entity);

/* The same of a relation (RD floats). */
OG_API const float *og_vectors_find_relation(const OgVectors *vectors, int64_t relation);

/* What stands for an entity in word2vec text. */
typedef enum OgWordKey { OG_WORDS_IRI, OG_WORDS_LABEL } OgWordKey;

/* npy_path: a NumPy array float32 (N, D), C order, little-endian. tsv_path: a header line, then one
 * line a row: IRI, label; tabs, newlines and other control characters of labels become spaces. Each
 * file is replaced in one step. */
OG_API OG_MUST_CHECK OgStatus og_vectors_export_npy(OgStore *store, const OgVectors *vectors,
                                                    const char *npy_path, const char *tsv_path,
                                                    OgError *err);

/* word2vec text: "N D", then a word and D numbers a line. White space within a word becomes "_"; a
 * label that an earlier row bears gives way to the IRI, so that every word is unique. */
OG_API OG_MUST_CHECK OgStatus og_vectors_export_word2vec(OgStore *store, const OgVectors *vectors,
                                                         OgWordKey key, const char *path,
                                                         OgError *err);

#endif
