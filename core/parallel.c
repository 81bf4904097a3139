#include "core/parallel.h"

#include "core/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

/* A waiting thread spins this often before it sleeps: 50 to 300 µs, longer than the gaps between
 * the steps of a training loop, shorter than anybody would notice on a laptop's battery. On a
 * machine with more work than processors the one waited for is not running: then sleeping gives it
 * time. */
enum { SPINS = 20000 };

typedef struct Worker {
  OgTeam *team;
  int number;
  pthread_t thread;
} Worker;

struct OgTeam {
  int size;
  int started; /* workers with a live thread */
  Worker *workers;

  void (*task)(void *data, int thread);
  void *data;
  bool closing;
  atomic_uint generation; /* grows with every task */
  atomic_int running;     /* workers that have not finished the task */
  atomic_uint finished;   /* grows when the last of them has */

  atomic_int arrived; /* at the barrier */
  atomic_uint barrier_generation;

  atomic_int sleepers; /* threads that wait for one of the counters that grow */
  pthread_mutex_t mutex;
  pthread_cond_t wake;
};

static void pause_processor(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

int og_processor_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    const int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
  }
  return 1;
}

/* Wait until a counter differs from seen: spin first, then sleep. */
static void await(OgTeam *team, atomic_uint *counter, unsigned seen) {
  for (int k = 0; k < SPINS; k++) {
    if (atomic_load_explicit(counter, memory_order_acquire) != seen) {
      return;
    }
    pause_processor();
  }
  pthread_mutex_lock(&team->mutex);
  atomic_fetch_add(&team->sleepers, 1);
  while (atomic_load(counter) == seen) {
    pthread_cond_wait(&team->wake, &team->mutex);
  }
  atomic_fetch_sub(&team->sleepers, 1);
  pthread_mutex_unlock(&team->mutex);
}

/* Let a counter grow, and wake who sleeps on it. */
static void advance(OgTeam *team, atomic_uint *counter) {
  atomic_fetch_add(counter, 1);
  if (atomic_load(&team->sleepers) > 0) {
    pthread_mutex_lock(&team->mutex);
    pthread_cond_broadcast(&team->wake);
    pthread_mutex_unlock(&team->mutex);
  }
}

static void *work(void *argument) {
  const Worker *worker = argument;
  OgTeam *team = worker->team;
  for (unsigned seen = 0;; seen++) {
    await(team, &team->generation, seen);
    if (team->closing) {
      return NULL;
    }
    team->task(team->data, worker->number);
    if (atomic_fetch_sub(&team->running, 1) == 1) {
      advance(team, &team->finished);
    }
  }
}

OgStatus og_team_new(int threads, OgTeam **team, OgError *err) {
  if (threads <= 0) {
    threads = og_processor_count();
  }
  OgTeam *made = OG_NEW(OgTeam);
  if (!made) {
    return og_error_no_memory(err);
  }
  made->size = threads;
  pthread_mutex_init(&made->mutex, NULL);
  pthread_cond_init(&made->wake, NULL);
  made->workers = OG_NEW_ARRAY(Worker, (size_t)threads);
  if (!made->workers) {
    og_team_free(made);
    return og_error_no_memory(err);
  }
  for (int k = 1; k < threads; k++) {
    Worker *worker = &made->workers[k];
    *worker = (Worker){.team = made, .number = k};
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
      og_team_free(made);
      return og_error_set(err, OG_FAILED, "cannot start thread %d of %d; try fewer with --threads",
                          k + 1, threads);
    }
    made->started = k;
  }
  *team = made;
  return OG_OK;
}

void og_team_free(OgTeam *team) {
  if (!team) {
    return;
  }
  team->closing = true;
  advance(team, &team->generation);
  for (int k = 1; k <= team->started; k++) {
    pthread_join(team->workers[k].thread, NULL);
  }
  pthread_cond_destroy(&team->wake);
  pthread_mutex_destroy(&team->mutex);
  og_free(team->workers);
  og_free(team);
}

int og_team_size(const OgTeam *team) {
  return team->size;
}

void og_team_run(OgTeam *team, void (*task)(void *data, int thread), void *data) {
  const unsigned seen = atomic_load(&team->finished);
  team->task = task;
  team->data = data;
  atomic_store(&team->running, team->size - 1);
  advance(team, &team->generation);
  task(data, 0);
  if (team->size > 1) {
    await(team, &team->finished, seen);
  }
}

void og_team_barrier(OgTeam *team) {
  const unsigned seen = atomic_load_explicit(&team->barrier_generation, memory_order_acquire);
  if (atomic_fetch_add(&team->arrived, 1) == team->size - 1) {
    atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
    advance(team, &team->barrier_generation);
    return;
  }
  await(team, &team->barrier_generation, seen);
}

void og_share(size_t count, size_t grain, int thread, int threads, size_t *begin, size_t *end) {
  const size_t grains = (count + grain - 1) / grain;
  const size_t first = grains * (size_t)thread / (size_t)threads * grain;
  const size_t last = grains * ((size_t)thread + 1) / (size_t)threads * grain;
  *begin = first < count ? first : count;
  *end = last < count ? last : count;
}
