// SPDX-License-Identifier: Apache-2.0

// By which policy the kernel gives processors to threads that answer requests.
//
// A thread that is woken by SCHED_OTHER takes the processor from what runs there: the server,
// which has just handed it a request and has more of them. While requests are short, that is a
// change of process for each of them; SCHED_BATCH spares it. Where requests compute for long, or
// wait in between, threads also wake each other, for the interpreter's lock, and each wake-up by
// SCHED_BATCH may wait for milliseconds. So it is short requests that get it.

#define _GNU_SOURCE
#include "worker_platform.h"

#include <sched.h>
#include <stdatomic.h>
#include <time.h>

/// So many requests in so many nanoseconds, of all threads together, are short ones.
enum { sample = 64 };
static const int64_t short_time = sample * 100000;

static atomic_int adapts;
static atomic_int are_short;
static _Atomic(uint64_t) count;
static _Atomic(int64_t) sampled;

/// A hint, which some containers do not let a thread give.
static void set_policy(int policy) {
    (void)sched_setscheduler(0, policy, &(struct sched_param){ .sched_priority = 0 });
}

static int may_choose(void) { return sched_getscheduler(0) == SCHED_OTHER; }

void apus_schedule_batch(void) {
    if (may_choose()) set_policy(SCHED_BATCH);
}

void apus_adapt_scheduling(void) { atomic_store(&adapts, may_choose()); }

static void take_sample(void) {
    int64_t now = (int64_t)apus_clock(CLOCK_MONOTONIC);
    int64_t before = atomic_exchange_explicit(&sampled, now, memory_order_relaxed);
    atomic_store_explicit(&are_short, now - before < short_time, memory_order_relaxed);
}

void apus_note_request(int *is_batch) {
    if (!atomic_load_explicit(&adapts, memory_order_relaxed)) return;
    uint64_t number = atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
    if (number % sample == sample - 1) take_sample();
    int wanted = atomic_load_explicit(&are_short, memory_order_relaxed);
    if (wanted == *is_batch) return;
    *is_batch = wanted;
    set_policy(wanted ? SCHED_BATCH : SCHED_OTHER);
}
