// SPDX-License-Identifier: Apache-2.0

// Streams that must not wait (ASGI).

#ifndef APUS_WORKER_STREAMS_H
#define APUS_WORKER_STREAMS_H

#include <stdint.h>

#pragma clang assume_nonnull begin

enum { APUS_WOULD_BLOCK = -2 };

/// Reads what is there.
///
/// - Returns: the length, 0 at the end, APUS_WOULD_BLOCK, or -1 with errno.
intptr_t apus_read_some(int socket, void *buffer, uint64_t capacity);

/// Sends as much as the socket takes now. Never raises SIGPIPE.
///
/// - Parameter descriptor: goes along with the first byte; -1 for none.
/// - Returns: the length, APUS_WOULD_BLOCK, or -1 with errno.
intptr_t apus_send_some(int socket, const void *bytes, uint64_t length, int descriptor);

/// Receives a message from a queue without waiting.
///
/// - Parameter descriptor: the first one that came along, close-on-exec; else -1. It is never 0.
/// - Returns: the length, 0 at the end, APUS_WOULD_BLOCK, or -1 with errno.
intptr_t apus_take_message(int socket, void *buffer, uint64_t capacity, int *descriptor);

/// Lets both directions end; the descriptor stays.
void apus_end_stream(int socket);

/// - Returns: a close-on-exec descriptor for reading, or -1 with errno.
int apus_open_file(const char *path);
/// - Returns: another descriptor of the same file, close-on-exec, or -1 with errno.
int apus_duplicate(int descriptor);
/// - Returns: where reading would go on, or -1 with errno.
int64_t apus_file_position(int descriptor);
void apus_set_file_position(int descriptor, int64_t position);

#pragma clang assume_nonnull end

#endif
