// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE 1
#include "CPlatform.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int cplatform_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

int cplatform_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC);
}

int cplatform_sealed_memory_file(const char *name, int64_t size) {
    int file = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0)
        return -1;
    if (ftruncate(file, size) == 0 &&
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return file;
    int saved = errno;
    close(file);
    errno = saved;
    return -1;
}

pid_t cplatform_fork(void) {
    return fork();
}

static atomic_int signal_pipe = -1;
static atomic_int stop_requested;

// Only async-signal-safe calls: one write, to a pipe that never blocks.
static void tell(int signum) {
    int saved = errno;
    char byte = (char)signum;
    ssize_t ignored = write(atomic_load(&signal_pipe), &byte, 1);
    (void)ignored;
    errno = saved;
}

// The parent repeats SIGTERM after some seconds: whatever keeps this child is stuck by then.
static void tell_stop(int signum) {
    if (atomic_exchange(&stop_requested, 1))
        _exit(0);
    tell(signum);
}

int cplatform_stop_requested(void) {
    return atomic_load_explicit(&stop_requested, memory_order_relaxed);
}

void cplatform_set_signal_pipe(int write_end) {
    atomic_store(&signal_pipe, write_end);
    atomic_store(&stop_requested, 0);
}

int cplatform_handle_signal(int signum, enum cplatform_signal_action action) {
    struct sigaction handling;
    memset(&handling, 0, sizeof handling);
    sigemptyset(&handling.sa_mask);
    handling.sa_flags = SA_RESTART | (signum == SIGCHLD ? SA_NOCLDSTOP : 0);
    switch (action) {
    case CPLATFORM_SIGNAL_DEFAULT:
        handling.sa_handler = SIG_DFL;
        break;
    case CPLATFORM_SIGNAL_IGNORE:
        handling.sa_handler = SIG_IGN;
        break;
    case CPLATFORM_SIGNAL_TELL:
        handling.sa_handler = tell;
        break;
    case CPLATFORM_SIGNAL_TELL_STOP:
        handling.sa_handler = tell_stop;
        break;
    }
    return sigaction(signum, &handling, NULL);
}

void cplatform_block_signals(int blocks) {
    sigset_t all;
    if (blocks)
        sigfillset(&all);
    else
        sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

int cplatform_wait_exited(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int cplatform_wait_signal(int status) {
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int cplatform_wait_dumped_core(int status) {
    return WIFSIGNALED(status) && WCOREDUMP(status);
}

int cplatform_allow_core_dump(void) {
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

extern char **environ;

pid_t cplatform_spawn(const char *file, char *const arguments[], int standard_input) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    pid_t pid = -1;
    sigfillset(&all);
    sigemptyset(&none);
    int error = posix_spawn_file_actions_init(&actions);
    if (error) {
        errno = error;
        return -1;
    }
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, standard_input, 0);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    error = posix_spawnp(&pid, file, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error) {
        errno = error;
        return -1;
    }
    return pid;
}
