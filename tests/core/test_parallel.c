#include "core/memory.h"
#include "core/parallel.h"
#include "tests/test.h"

#include <stdatomic.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 2000 };

typedef struct Work {
  OgTeam *team;
  atomic_int calls[THREADS];
  int stage[THREADS];
  atomic_int out_of_step;
} Work;

static void count_call(void *data, int thread) {
  Work *work = data;
  atomic_fetch_add(&work->calls[thread], 1);
}

static void every_thread_runs_every_task_once(void **state) {
  (void)state;
  Work work = {0};
  OgError err;
  assert_ok(og_team_new(THREADS, &work.team, &err));
  assert_int_equal(og_team_size(work.team), THREADS);
  for (int k = 0; k < ROUNDS; k++) {
    og_team_run(work.team, count_call, &work);
    if (k == ROUNDS / 2) {
      usleep(20000); /* let the workers fall asleep */
    }
  }
  for (int k = 0; k < THREADS; k++) {
    assert_int_equal(atomic_load(&work.calls[k]), ROUNDS);
  }
  og_team_free(work.team);
}

static void step_together(void *data, int thread) {
  Work *work = data;
  for (int round = 1; round <= 50; round++) {
    work->stage[thread] = round;
    og_team_barrier(work->team);
    for (int k = 0; k < THREADS; k++) {
      if (work->stage[k] != round) {
        atomic_fetch_add(&work->out_of_step, 1);
      }
    }
    og_team_barrier(work->team);
  }
}

static void nobody_passes_a_barrier_before_the_last_has_come(void **state) {
  (void)state;
  Work work = {0};
  OgError err;
  assert_ok(og_team_new(THREADS, &work.team, &err));
  og_team_run(work.team, step_together, &work);
  assert_int_equal(atomic_load(&work.out_of_step), 0);
  og_team_free(work.team);
}

static void shares_cover_everything_once(void **state) {
  (void)state;
  for (size_t count = 0; count < 70; count++) {
    for (size_t grain = 1; grain < 20; grain += 6) {
      size_t next = 0;
      for (int thread = 0; thread < 3; thread++) {
        size_t begin, end;
        og_share(count, grain, thread, 3, &begin, &end);
        assert_int_equal(begin, next);
        assert_true(end >= begin);
        next = end;
      }
      assert_int_equal(next, count);
    }
  }
}

static void a_team_that_finds_no_memory_says_so(void **state) {
  (void)state;
  OgTeam *team = NULL;
  OgError err;
  long countdown = 0;
  for (OgStatus status = OG_NO_MEMORY; status != OG_OK; countdown++) {
    og_memory_fail_after(countdown);
    status = og_team_new(2, &team, &err);
    og_memory_fail_after(-1);
    assert_true(status == OG_OK || status == OG_NO_MEMORY);
  }
  assert_true(countdown > 2);
  og_team_free(team);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_thread_runs_every_task_once),
      cmocka_unit_test(nobody_passes_a_barrier_before_the_last_has_come),
      cmocka_unit_test(shares_cover_everything_once),
      cmocka_unit_test(a_team_that_finds_no_memory_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
