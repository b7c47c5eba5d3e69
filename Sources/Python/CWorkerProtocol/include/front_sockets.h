// SPDX-License-Identifier: Apache-2.0

// What a front does with the sockets to workers and Swift cannot say: messages with descriptors.
// None of these waits.

#ifndef APUS_FRONT_SOCKETS_H
#define APUS_FRONT_SOCKETS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "worker_protocol.h"

enum { APUS_FRONT_DESCRIPTORS = 8 };

struct apus_front_received {
    int32_t descriptors[APUS_FRONT_DESCRIPTORS];
    int32_t count;
};

/// Sends one message, or what a stream takes of it.
///
/// \returns the number of bytes, -1 with errno.
ssize_t apus_front_send(
    int socket, const void *_Nonnull bytes, size_t length, const int *_Nullable descriptors,
    int count);

/// Sends messages without descriptors that lie one behind the other, as many as there is room for.
///
/// \returns how many were sent, -1 with errno if none was.
int apus_front_send_many(
    int socket, const void *_Nonnull bytes, const uint32_t *_Nonnull lengths, int count);

/// Wakes threads of workers that wait for the queue, after packets have been put into it.
///
/// - packets: how many there are; no more threads are woken.
void apus_front_ring(struct apus_bell *_Nonnull bell, int packets);

/// Receives what is there.
///
/// \returns the number of bytes, 0 at the end, -1 with errno. Descriptors are close-on-exec.
ssize_t apus_front_receive(
    int socket, void *_Nonnull buffer, size_t capacity, struct apus_front_received *_Nonnull with);

/// Makes a pair of stream sockets: ours does not block, theirs does.
///
/// \returns 0, or -1 with errno.
int apus_front_stream(int *_Nonnull ours, int *_Nonnull theirs);

/// Makes a file in memory with that content, to be mapped by a worker.
///
/// \returns a descriptor, -1 with errno.
int apus_front_file(const void *_Nonnull bytes, size_t length);

#endif
