/* parallel: a team of threads that runs one function together and can wait for one another inside
 * it.
 *
 * The team lives as long as its work (a training run); starting a task on it costs about a
 * microsecond, because waiting threads spin for a while before they sleep. Determinism: work is
 * divided by og_share, which depends on nothing but the counts. */
#ifndef OG_CORE_PARALLEL_H
#define OG_CORE_PARALLEL_H

#include "core/error.h"

typedef struct OgTeam OgTeam;

/* Processors this process may run on; at least 1. */
OG_API int og_processor_count(void);

/* threads ≤ 0 means one a processor. On OG_OK the caller owns *team. The thread that calls
 * og_team_run is number 0. */
OG_API OG_MUST_CHECK OgStatus og_team_new(int threads, OgTeam **team, OgError *err);
OG_API void og_team_free(OgTeam *team);

OG_API int og_team_size(const OgTeam *team);

/* Run task(data, thread) on every thread of the team, and return when all have finished. Not
 * reentrant. */
OG_API void og_team_run(OgTeam *team, void (*task)(void *data, int thread), void *data);

/* Inside a task: wait until every thread of the team has come here. */
OG_API void og_team_barrier(OgTeam *team);

/* Part `thread` of `threads` of [0, count), in multiples of grain: [*begin, *end). */
OG_API void og_share(size_t count, size_t grain, int thread, int threads, size_t *begin,
                     size_t *end);

#endif
