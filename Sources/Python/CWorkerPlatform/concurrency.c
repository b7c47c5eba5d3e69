// SPDX-License-Identifier: Apache-2.0

// How many threads of a process answer requests at once.
//
// Threads of an interpreter compute one after another, by its lock. Where two have something to
// compute, each call that lets go of the lock for a moment (a query of SQLite, a read of a file)
// hands it to the other thread, which wakes on another processor, and the first one waits to get
// it back: measured with a Django page, that made a request cost 1.4 times as much. One thread
// that answers one request after another has none of that, and all requests are answered sooner.
//
// So a process begins with one thread, and has more answer when that is of use:
// - the threads wait for something else than a processor: a database, another server;
// - they compute without the lock, and really at once: tried now and then with one more thread;
// - a request takes long. It does not count any longer, that others need not wait for it.
// While the threads compute all the time, and one after another, it tries to do with one fewer.

#define _GNU_SOURCE
#include "concurrency.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum activity { idle, answers, answers_for_long };

/// After so many nanoseconds a request takes long.
static const int64_t long_time = 20000000;
/// Between two looks: the long one where threads compute, for a look costs something too.
static const long tick = 1000000, long_tick = 4000000;
/// So many packets taken in a tick make the next one long.
enum { many = 16 };
/// So many threads at work make a tick longer by itself, as each costs a look at a file.
enum { crowd = 8 };

// Of a processor, in thousandths: what the threads want of it in a tick.
enum {
    /// They wait for something else.
    little = 850,
    /// One thread has something to compute all the time.
    full = 950,
    /// What each further thread adds if they compute at once. Where they take turns, it is a tenth.
    gain = 350,
    /// A thread is within a request most of the time.
    most = 800,
};

/// Looks without need of a change, after which one is tried; doubled each time in vain.
enum { first_patience = 16, last_patience = 256 };
/// Looks that a trial takes, the first of which tells nothing yet.
enum { trial_looks = 3 };

static struct apus_taker *_Atomic takers;
static atomic_int count;
/// Threads that answer, but for those with a long request.
static atomic_int busy;
static atomic_int limit = 1;

struct apus_taker *apus_add_taker(const struct apus_slot_line *line) {
    struct apus_taker *taker = calloc(1, sizeof *taker);
    if (!taker) abort();
    taker->thread = apus_thread();
    taker->line = line;
    taker->next = atomic_load(&takers);
    while (!atomic_compare_exchange_weak(&takers, &taker->next, taker)) {}
    atomic_fetch_add(&count, 1);
    return taker;
}

int apus_may_begin(void) { return atomic_load(&busy) < atomic_load(&limit); }

void apus_begin_packet(struct apus_taker *taker) {
    uint32_t taken = atomic_load_explicit(&taker->taken, memory_order_relaxed);
    atomic_store_explicit(&taker->taken, taken + 1, memory_order_relaxed);
    if (atomic_exchange(&taker->activity, answers) != answers) atomic_fetch_add(&busy, 1);
}

int apus_may_go_on(struct apus_taker *taker) {
    if (atomic_load_explicit(&taker->activity, memory_order_relaxed) == answers
        && atomic_load(&busy) <= atomic_load(&limit))
        return 1;
    apus_end_packet(taker);
    return 0;
}

void apus_end_packet(struct apus_taker *taker) {
    if (atomic_exchange(&taker->activity, idle) == answers) atomic_fetch_sub(&busy, 1);
}

// MARK: What the threads do

/// What all threads have done since the last look.
struct doings {
    uint32_t packets;
    /// Nanoseconds of processors that the process has had.
    int64_t computed;
    /// Nanoseconds of processors that the threads have had, or have waited for. A thread that waits
    /// for the interpreter's lock is woken now and then and finds it taken again, so where there
    /// are few processors, the sum for several threads tells little.
    int64_t wanted;
    /// Nanoseconds within requests.
    int64_t spent;
};

/// What a thread has had of processors, and has waited for them: /proc/PID/task/TID/schedstat.
///
/// - Returns: nanoseconds; 0 where the kernel does not tell.
static uint64_t processor_wanted(uint32_t thread) {
    char name[64], text[96];
    snprintf(name, sizeof name, "/proc/self/task/%u/schedstat", thread);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    apus_close(file);
    if (length <= 0) return 0;
    text[length] = 0;
    char *rest;
    uint64_t had = strtoull(text, &rest, 10);
    return had + strtoull(rest, NULL, 10);
}

/// Nanoseconds that a thread has spent within requests, the one that it has included.
static uint64_t time_spent(const struct apus_slot_line *line, uint64_t now) {
    uint64_t spent = apus_load64(&line->busy);
    if (apus_load64(&line->request) != 0) {
        uint64_t started = apus_load64(&line->started);
        if (now > started) spent += now - started;
    }
    return spent * 1000;
}

/// A request that takes long no longer counts.
static void grow_older(struct apus_taker *taker, int64_t elapsed) {
    taker->age += elapsed;
    int is = answers;
    if (taker->age >= long_time
        && atomic_compare_exchange_strong(&taker->activity, &is, answers_for_long))
        atomic_fetch_sub(&busy, 1);
}

static uint64_t processor_before;

static struct doings look(int64_t elapsed) {
    uint64_t processor = apus_clock(CLOCK_PROCESS_CPUTIME_ID), now = apus_now();
    struct doings doings = { .computed = (int64_t)(processor - processor_before) };
    processor_before = processor;
    for (struct apus_taker *taker = atomic_load(&takers); taker; taker = taker->next) {
        uint32_t taken = atomic_load_explicit(&taker->taken, memory_order_relaxed);
        int is_idle = atomic_load_explicit(&taker->activity, memory_order_relaxed) == idle;
        // A thread that has slept since the last look has not become older either.
        if (taken == taker->taken_before && is_idle && taker->was_idle) continue;
        uint64_t wanted = processor_wanted(taker->thread), spent = time_spent(taker->line, now);
        doings.packets += taken - taker->taken_before;
        // What is read while it changes may seem to go back.
        if (wanted > taker->wanted) doings.wanted += wanted - taker->wanted;
        if (spent > taker->spent) doings.spent += spent - taker->spent;
        if (taken != taker->taken_before) taker->age = 0;
        else grow_older(taker, elapsed);
        taker->taken_before = taken;
        taker->was_idle = is_idle;
        taker->wanted = wanted;
        taker->spent = spent;
    }
    // All that is known where the kernel does not tell of threads.
    if (doings.wanted < doings.computed) doings.wanted = doings.computed;
    return doings;
}

// MARK: How many there shall be

static int64_t looked;
/// Whether packets waited at the last look.
static int waited;
/// The doings, smoothed, in thousandths of the time.
static int64_t computed, wanted = 1000, within;
/// Looks since the number was chosen, and how many make it time to try another one.
static int steady, patience = first_patience;

static struct {
    /// By how many threads there are more, 0 while nothing is tried.
    int change;
    int looks;
    int64_t wanted_before;
    int64_t elapsed, computed, wanted;
} trial;

static void allow(int change) {
    int now = atomic_load(&limit) + change, all = atomic_load(&count);
    atomic_store(&limit, now > all ? all : now < 1 ? 1 : now);
    steady = 0;
}

static int are_at_once(int64_t share, int threads) { return share >= 1000 + gain * (threads - 1); }

static void try_another(int change) {
    allow(change);
    memset(&trial, 0, sizeof trial);
    trial.change = change;
    trial.wanted_before = wanted;
}

static void go_on_trying(struct doings doings, int64_t elapsed) {
    if (trial.looks++ == 0) return;
    trial.elapsed += elapsed;
    trial.computed += doings.computed;
    trial.wanted += doings.wanted;
    if (trial.looks < trial_looks) return;
    int64_t share = trial.computed * 1000 / trial.elapsed;
    int64_t wanted_now = trial.wanted * 1000 / trial.elapsed;
    // One more has to compute beside the others; with one less, as much has to be done as before.
    int is_good = trial.change > 0
        ? are_at_once(share, atomic_load(&limit))
        : wanted_now > full || wanted_now * 20 > trial.wanted_before * 19;
    if (is_good) {
        computed = share;
        wanted = wanted_now;
        patience = first_patience;
    } else {
        allow(-trial.change);
        if (patience < last_patience) patience *= 2;
    }
    trial.change = 0;
}

/// Chooses by a tick at whose begin and end packets waited.
static void choose(struct doings doings, int64_t elapsed) {
    if (trial.change) return go_on_trying(doings, elapsed);
    // Where all stand still, there is nothing to smooth.
    int weight = doings.packets == 0 ? 1 : 4;
    computed += (doings.computed * 1000 / elapsed - computed) / weight;
    wanted += (doings.wanted * 1000 / elapsed - wanted) / weight;
    within += (doings.spent * 1000 / elapsed - within) / weight;
    int have = atomic_load(&limit);
    if (wanted < little && within >= most * have) {
        allow(1);
        patience = first_patience;
    } else if (have > 1 && !are_at_once(computed, have)) {
        if (++steady >= patience) try_another(-1);
    } else if (wanted > full && have < atomic_load(&count)) {
        if (++steady >= patience) try_another(1);
    }
}

long apus_adjust_concurrency(int waits) {
    int64_t now = (int64_t)apus_clock(CLOCK_MONOTONIC), elapsed = now - looked;
    looked = now;
    struct doings doings = look(elapsed);
    if (waits && waited && elapsed > 0) choose(doings, elapsed);
    waited = waits;
    // Where nothing was taken, somebody may be needed soon.
    int is_busy = doings.packets >= many || (wanted >= little && doings.packets > 0);
    long pause = is_busy || trial.change ? long_tick : tick;
    return pause * (1 + atomic_load(&busy) / crowd);
}

long apus_restart_measurement(int waits) {
    looked = (int64_t)apus_clock(CLOCK_MONOTONIC);
    waited = waits;
    look(0);
    return tick;
}
