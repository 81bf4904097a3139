/* graph_hash: what a graph is, in 64 digits: two files whose level 1 is the same have the same.
 *
 * Entities and edges are a set: each has 128 bits of XXH3 of its texts, and these are summed, so
 * that no order has to be made. SHA-256 of the sums and counts is the hash. It tells states of a
 * graph apart; it is no defence against someone who composes a graph to have a given hash. */
#ifndef OG_KG_GRAPH_HASH_H
#define OG_KG_GRAPH_HASH_H

#include "core/hash.h"
#include "kg/store.h"

/* Hash of level 1: the entities with their kinds and the distinct edges with what they come from
 * (via), by their IRIs. Embeddings and runs keep that of the graph they were made from. Takes 24
 * bytes of memory an entity. An edge of what is no entity is OG_BAD_STORE. */
OG_API OG_MUST_CHECK OgStatus og_store_graph_hash(OgStore *store, char hex[OG_SHA256_HEX_SIZE],
                                                  OgError *err);

#endif
