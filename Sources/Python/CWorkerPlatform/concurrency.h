// SPDX-License-Identifier: Apache-2.0

// How many threads of a process answer requests at once.

#ifndef APUS_CONCURRENCY_H
#define APUS_CONCURRENCY_H

#include "worker_platform.h"

#include <stdatomic.h>

#pragma clang assume_nonnull begin

/// A thread that takes packets from the queue.
struct apus_taker {
    struct apus_taker *_Nullable next;
    uint32_t thread;
    const struct apus_slot_line *line;
    /// An `enum activity`.
    atomic_int activity;
    _Atomic(uint32_t) taken;

    // The helper's own: as it was at the last look.
    uint32_t taken_before;
    int was_idle;
    uint64_t wanted;
    uint64_t spent;
    /// Nanoseconds for which it has had the same packet.
    int64_t age;
};

/// The thread is going to answer a packet, or has done so.
void apus_begin_packet(struct apus_taker *taker);
void apus_end_packet(struct apus_taker *taker);

/// Whether a thread that has answered a packet may answer the next one at once; it goes on counting
/// until it begins or ends, that no other one comes in its place. If not, its packet has ended.
int apus_may_go_on(struct apus_taker *taker);

/// Whether one more thread may begin to answer.
int apus_may_begin(void);

/// Looks what the threads have done since the last call, and chooses how many there shall be.
///
/// - Parameter waits: whether packets are in the queue.
/// - Returns: after how many nanoseconds to look again.
long apus_adjust_concurrency(int waits);

/// The same at the begin, when nobody has looked for a while.
long apus_restart_measurement(int waits);

#pragma clang assume_nonnull end

#endif
