// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "process_handles.h"

#include <sys/syscall.h>
#include <unistd.h>

int apus_process_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int apus_process_signal(int handle, int number) {
    return (int)syscall(SYS_pidfd_send_signal, handle, number, NULL, 0);
}
