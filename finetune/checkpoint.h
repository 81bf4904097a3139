/* checkpoint: directories that models are written to, and what a run remembers beside its weights.
 *
 * A directory is written whole beside its place and then exchanged for what was there: whoever
 * looks sees the old model or the new one. */
#ifndef OG_FINETUNE_CHECKPOINT_H
#define OG_FINETUNE_CHECKPOINT_H

#include "core/hash.h"
#include "core/json.h"
#include "core/progress.h"
#include "finetune/fusion.h"
#include "finetune/windows.h"
#include "model/tokenizer.h"

#include <stdbool.h>

typedef struct OgDirectory {
  char *path;      /* where it will stand, without a slash at its end */
  char *temporary; /* where files are written until then */
  int lock;        /* descriptor of it, locked while this process lives; -1: none */
} OgDirectory;

/* Make the temporary directory beside path. OG_USAGE when a model stands there that is not to be
 * replaced, or a directory that holds anything else: that is never deleted. Temporary directories
 * for this path whose processes were killed are removed, with a warning to progress (may be NULL).
 * On OG_OK the caller releases *directory with og_directory_close. */
OG_API OG_MUST_CHECK OgStatus og_directory_open(const char *path, bool replace,
                                                const OgProgress *progress, OgDirectory *directory,
                                                OgError *err);

/* Take up the room that a model of so many bytes will need, so that a full disk is told before the
 * work; free it again, to write the model. */
OG_API OG_MUST_CHECK OgStatus og_directory_reserve(const OgDirectory *directory, size_t bytes,
                                                   OgError *err);
OG_API void og_directory_unreserve(const OgDirectory *directory);

/* Copy the model's files of another directory into it, but for its weights. Symbolic links are
 * followed where og_check_model_file lets them. */
OG_API OG_MUST_CHECK OgStatus og_directory_copy(const char *from, const OgDirectory *directory,
                                                OgError *err);

/* Put the directory into its place; the model that stood there is deleted. */
OG_API OG_MUST_CHECK OgStatus og_directory_commit(OgDirectory *directory, OgError *err);

/* Delete what was not committed, and release. */
OG_API void og_directory_close(OgDirectory *directory);

/* What ontograft.json says of a run: how its features are made, and of what graph. Labels are in
 * config.json. Texts are owned. */
typedef struct OgRunFile {
  OgFusionKind fusion;
  OgPooling pooling;
  size_t max_length;
  size_t window_step;             /* 0: longer texts are cut */
  OgWindowPooling window_pooling; /* not used then */
  float min_link_score;
  char *base;                            /* directory of the base network */
  char *graph;                           /* absolute path of the graph file; "" without one */
  char *embedding_set;                   /* its name; "" without a graph */
  char graph_hash[OG_SHA256_HEX_SIZE];   /* "" without a graph */
  char vectors_hash[OG_SHA256_HEX_SIZE]; /* of OgEntities; "" without a graph */
  uint64_t
      shuffle_seed; /* the vectors were shuffled with it (og_entities_shuffle); 0: they were not */
  json_t *options;  /* the options of the training */
} OgRunFile;

/* Write directory/ontograft.json; read it. A missing one is OG_IO; faults in it are OG_BAD_STORE
 * and name the key. On OG_OK the caller releases *run with og_run_file_clear. */
OG_API OG_MUST_CHECK OgStatus og_run_file_save(const OgRunFile *run, const char *directory,
                                               OgError *err);
OG_API OG_MUST_CHECK OgStatus og_run_file_load(const char *directory, OgRunFile *run, OgError *err);
OG_API void og_run_file_clear(OgRunFile *run);

/* What a base network is like and how it reads: config.json and the tokenizer of a directory, which
 * must fit each other. A directory that is not there is OG_IO and says how to get one. On OG_OK the
 * caller owns *tokenizer. */
OG_API OG_MUST_CHECK OgStatus og_base_load(const char *directory, OgConfig *config,
                                           OgTokenizer **tokenizer, OgError *err);

/* SHA-256 of directory/model.safetensors. */
OG_API OG_MUST_CHECK OgStatus og_model_sha256(const char *directory, char hex[OG_SHA256_HEX_SIZE],
                                              OgError *err);

#endif
