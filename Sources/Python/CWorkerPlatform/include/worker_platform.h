// SPDX-License-Identifier: Apache-2.0

// What Embedded Swift cannot say to the system itself: control messages, errno, atomic flags,
// signals; and the Python part of the worker.

#ifndef APUS_WORKER_PLATFORM_H
#define APUS_WORKER_PLATFORM_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "worker_protocol.h"

#pragma clang assume_nonnull begin

enum { APUS_RECEIVED_LIMIT = 4 };

/// Descriptors that came along with a message.
struct apus_received {
    int count;
    int descriptors[APUS_RECEIVED_LIMIT];
};

int apus_errno(void);

/// - Returns: the length; 0 at the end; -1 with errno. Descriptors are close-on-exec. A message that
///   was longer than the buffer is -1 with EMSGSIZE.
intptr_t apus_receive(
    int socket, void *buffer, uint64_t capacity, int flags, struct apus_received *received);

struct apus_taker;

/// Makes the calling thread one of those that take packets; for as long as the process lives.
///
/// - Parameter line: says when it is within a request.
struct apus_taker *apus_add_taker(const struct apus_slot_line *line);

/// Waits for a packet, as one of several threads that share the queue. What was taken before has
/// been answered.
///
/// - Parameter bell: the scoreboard's.
/// - Returns: as `apus_receive`; -1 with EAGAIN when the process leaves and there is none.
intptr_t apus_take(
    struct apus_taker *taker, int queue, struct apus_bell *bell, void *buffer, uint64_t capacity,
    struct apus_received *received);

/// Has all who wait in `apus_take` look whether the process leaves, the one in the system call
/// apart.
void apus_wake_sleeping(void);

/// Around the wait for the interpreter's lock at the begin of a request, so that threads get it in
/// turn: one that has just released it, and wants it back for its next request, would otherwise have
/// it again before another one that waits has woken up, a thousand times in a row.
void apus_wait_in_turn(void);
void apus_end_turn(void);

/// Sends everything, with one call if it fits. Never raises SIGPIPE.
///
/// - Parameter descriptor: goes along with the first byte; -1 for none.
/// - Returns: 0, or -1 with errno.
int apus_send(
    int socket, const void *first, uint64_t first_length, const void *_Nullable second,
    uint64_t second_length, int descriptor);

/// - Returns: 1 if there is something to read or the end, 0 after the time, -1 with errno.
int apus_wait_readable(int descriptor, int milliseconds);

void apus_close(int descriptor);
/// Makes it blocking and close-on-exec.
void apus_adopt(int descriptor);
/// - Returns: the length, -1 if it is not a regular file.
int64_t apus_regular_file_size(int descriptor);
void *_Nullable apus_map(int descriptor, uint64_t length, int writable);
/// Puts a private copy of the file in the place of what has been mapped there.
void apus_map_copy(int descriptor, void *memory, uint64_t length);
void apus_unmap(void *memory, uint64_t length);
uint64_t apus_descriptor_limit(void);

/// Nanoseconds of a clock of clock_gettime(2).
uint64_t apus_clock(int clock);
/// Microseconds since 1970.
uint64_t apus_now(void);
/// The same, cheap and some milliseconds coarse.
uint64_t apus_coarse_now(void);
/// Milliseconds of a clock that only goes on, cheap and coarse.
uint64_t apus_ticks(void);

uint32_t apus_thread(void);
uint32_t apus_pid(void);

/// Lets APUS_WAKE_SIGNAL interrupt a call that waits, and do nothing else.
void apus_handle_wake_signal(void);
void apus_wake_thread(uint32_t thread);

// Where the process has another policy than the usual one, somebody has chosen it, and it stays.

/// Schedules the thread, and those that it makes, as ones with short requests.
void apus_schedule_batch(void);
/// Has `apus_note_request` choose the threads' policy of scheduling.
void apus_adapt_scheduling(void);
/// The calling thread is about to answer a request.
///
/// - Parameter is_batch: the thread's own, 0 at first.
void apus_note_request(int *is_batch);

/// Whether this process leaves: its threads take what is queued already, then end.
void apus_set_leaving(void);
int apus_is_leaving(void);

/// For what the threads of the process leave for each other.
void apus_lock_desk(void);
void apus_unlock_desk(void);

/// A pointer of each thread's own.
void apus_make_thread_key(void);
void apus_set_thread_value(void *_Nullable value);
void *_Nullable apus_thread_value(void);

/// Gives the process another command line, as `ps` shows it.
void apus_set_title(const char *title);

/// The Python source of a part of the worker.
///
/// - Returns: null for a name that there is not.
const char *_Nullable apus_source(const char *name, uint64_t *length);

#pragma clang assume_nonnull end

#endif
