// SPDX-License-Identifier: Apache-2.0

// Handles of processes that are no children of the caller.

#ifndef APUS_PROCESS_HANDLES_H
#define APUS_PROCESS_HANDLES_H

#include <sys/types.h>

/// Opens a process.
///
/// \returns a descriptor, close-on-exec, that is readable once the process has ended; -1 with
/// errno.
int apus_process_open(pid_t pid);

/// Sends a signal, 0 for none, to that process and never to another that has its number.
///
/// \returns 0, or -1 with errno.
int apus_process_signal(int handle, int number);

#endif
