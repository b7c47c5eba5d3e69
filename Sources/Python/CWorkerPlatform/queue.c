// SPDX-License-Identifier: Apache-2.0

// Who of a process waits for the queue.
//
// If all idle threads waited in recvmsg, each packet of a burst would wake a thread of its own:
// of the time of a short request, most would go into falling asleep and waking up. So one thread
// of a process watches the queue, and the others sleep apart. Whoever has ended a request takes
// the next packet if there is one, and else becomes the watcher if there is none.
//
// The watcher waits for the generation's bell, that a front rings when all packets of a turn of
// its loop are in the queue. Woken by the first of them, it would have the processor before the
// front can send the second, find nothing more, and fall asleep again.
//
// While the watcher is busy with a packet nobody watches. A helper thread looks each millisecond
// whether packets wait and another thread may answer one (concurrency.c). It sleeps while there is
// a watcher.

#include "concurrency.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/// Sleeping threads wait for their turn to look at the queue.
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
/// The helper waits for a watcher to leave.
static pthread_cond_t left = PTHREAD_COND_INITIALIZER;
static int is_watched;
static int sleeping;
static int helper_is_awake;
static int helper_exists;
static int queue_descriptor = -1;

/// Looks at a watched queue after which the helper sleeps.
enum { patience = 10 };

static int has_packets(void) {
    struct pollfd queue = { .fd = queue_descriptor, .events = POLLIN };
    return poll(&queue, 1, 0) > 0;
}

static void *help(void *unused) {
    (void)unused;
    int quiet = 0;
    long pause = 0;
    pthread_mutex_lock(&lock);
    while (1) {
        while (!helper_is_awake) {
            quiet = 0;
            pause = 0;
            pthread_cond_wait(&left, &lock);
        }
        pthread_mutex_unlock(&lock);
        if (pause == 0) pause = apus_restart_measurement(has_packets());
        nanosleep(&(struct timespec){ .tv_nsec = pause }, NULL);
        int waits = has_packets();
        pause = apus_adjust_concurrency(waits);
        pthread_mutex_lock(&lock);
        if (is_watched) {
            if (++quiet >= patience) helper_is_awake = 0;
        } else {
            quiet = 0;
            if (waits && sleeping > 0 && apus_may_begin()) pthread_cond_signal(&turn);
        }
    }
    return NULL;
}

/// With the lock held.
static void start_helper(void) {
    if (helper_exists) return;
    // Signals are for the threads of Python.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 262144);
    helper_exists = pthread_create(&thread, &attributes, help, NULL) == 0;
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/// Waits for a packet. Whoever puts one into the queue rings afterwards, so none is overslept.
static intptr_t wait_for_packet(
    int queue, struct apus_bell *bell, void *buffer, uint64_t capacity,
    struct apus_received *received) {
    while (1) {
        uint32_t rung = __atomic_load_n(&bell->rung, __ATOMIC_SEQ_CST);
        intptr_t length = apus_receive(queue, buffer, capacity, MSG_DONTWAIT, received);
        if (length >= 0 || errno != EAGAIN || apus_is_leaving()) return length;
        __atomic_fetch_add(&bell->waiting, 1, __ATOMIC_SEQ_CST);
        long result = syscall(SYS_futex, &bell->rung, FUTEX_WAIT, rung, NULL, NULL, 0);
        int error = errno;
        __atomic_fetch_sub(&bell->waiting, 1, __ATOMIC_SEQ_CST);
        errno = error;
        if (result != 0 && error != EAGAIN) return -1;
    }
}

/// With the lock held: nobody watches, and a thread sleeps that may be needed.
static void wake_helper(void) {
    if (helper_is_awake) return;
    helper_is_awake = 1;
    pthread_cond_signal(&left);
}

/// Waits alone of its process.
static intptr_t watch(
    int queue, struct apus_bell *bell, void *buffer, uint64_t capacity,
    struct apus_received *received) {
    intptr_t length = wait_for_packet(queue, bell, buffer, capacity, received);
    int error = errno;
    pthread_mutex_lock(&lock);
    is_watched = 0;
    if (length > 0 && sleeping > 0) wake_helper();
    // It may be leaving; somebody else is to watch.
    if (length <= 0) pthread_cond_signal(&turn);
    pthread_mutex_unlock(&lock);
    errno = error;
    return length;
}

/// Waits for the turn, or as the watcher for a packet.
///
/// - Returns: 0 when it is the thread's turn; else as `apus_take`.
static intptr_t wait_for_turn(
    int queue, struct apus_bell *bell, void *buffer, uint64_t capacity,
    struct apus_received *received) {
    pthread_mutex_lock(&lock);
    queue_descriptor = queue;
    if (is_watched) start_helper();
    // Without the helper every thread watches for itself.
    int watches = !helper_exists || (!is_watched && apus_may_begin());
    if (watches) is_watched = 1;
    if (!watches && !apus_is_leaving()) {
        if (!is_watched) wake_helper();
        sleeping++;
        pthread_cond_wait(&turn, &lock);
        sleeping--;
    }
    pthread_mutex_unlock(&lock);
    return watches ? watch(queue, bell, buffer, capacity, received) : 0;
}

/// Lets a sleeping thread look for the next packet, if there may be one more at work.
static void pass_on(void) {
    if (!apus_may_begin()) return;
    pthread_mutex_lock(&lock);
    if (!is_watched && sleeping > 0) pthread_cond_signal(&turn);
    pthread_mutex_unlock(&lock);
}

intptr_t apus_take(
    struct apus_taker *taker, int queue, struct apus_bell *bell, void *buffer, uint64_t capacity,
    struct apus_received *received) {
    int goes_on = apus_may_go_on(taker);
    while (1) {
        intptr_t length = -1;
        errno = EAGAIN;
        if (goes_on || apus_may_begin() || apus_is_leaving())
            length = apus_receive(queue, buffer, capacity, MSG_DONTWAIT, received);
        if (length <= 0) apus_end_packet(taker);
        goes_on = 0;
        if (length < 0 && errno == EAGAIN && !apus_is_leaving()) {
            length = wait_for_turn(queue, bell, buffer, capacity, received);
            if (length == 0) continue;
        }
        if (length > 0) {
            apus_begin_packet(taker);
            pass_on();
        }
        return length;
    }
}

static pthread_mutex_t in_turn = PTHREAD_MUTEX_INITIALIZER;

void apus_wait_in_turn(void) { pthread_mutex_lock(&in_turn); }
void apus_end_turn(void) { pthread_mutex_unlock(&in_turn); }

void apus_wake_sleeping(void) {
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&turn);
    pthread_mutex_unlock(&lock);
}
