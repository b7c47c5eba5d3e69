// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE 1
#include "CPlatform.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// Starting a program costs what the kernel takes for exec, whatever the size of the server: the
// child borrows the parent's memory, and the calling thread waits, until the program is in place
// (what vfork does, and posix_spawn, which knows neither limits nor pidfds). So the child may do
// nothing but system calls, on a stack of its own, which is a piece of the parent's.

struct start {
    const struct cplatform_program *program;
    int descriptors[3];
    sigset_t signals;
    int error;
};

static const int resources[3] = {RLIMIT_CPU, RLIMIT_AS, RLIMIT_NPROC};

struct cplatform_limit cplatform_current_limit(enum cplatform_resource resource) {
    struct rlimit value = {RLIM_INFINITY, RLIM_INFINITY};
    int result = getrlimit(resources[resource], &value);
    return (struct cplatform_limit){result == 0, value.rlim_cur, value.rlim_max};
}

static void restore_signals(void) {
    // A handler of the parent's would act on the parent's memory. What is handled returns to its
    // default with exec, what is ignored does not.
    static const int changed[] = {
        SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD, SIGPIPE, SIGXCPU, SIGXFSZ};
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (size_t index = 0; index < sizeof changed / sizeof *changed; index++)
        sigaction(changed[index], &standard, NULL);
}

static int limit_resources(const struct cplatform_program *program) {
    for (int index = 0; index < 3; index++) {
        const struct cplatform_limit *limit = &program->limits[index];
        if (!limit->is_set)
            continue;
        struct rlimit value = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
        if (setrlimit(resources[index], &value) != 0)
            return -1;
    }
    return 0;
}

static int run(void *argument) {
    struct start *start = argument;
    const struct cplatform_program *program = start->program;
    restore_signals();
    if (setpgid(0, 0) == 0 && dup2(start->descriptors[0], 0) >= 0 &&
        dup2(start->descriptors[1], 1) >= 0 && dup2(start->descriptors[2], 2) >= 0 &&
        (!program->directory || chdir(program->directory) == 0) && limit_resources(program) == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(program->path, program->arguments, program->environment);
    }
    start->error = errno;
    _exit(127);
}

pid_t cplatform_start_program(const struct cplatform_program *program, int *pidfd) {
    struct start start = {.program = program};
    int copies[3] = {-1, -1, -1};
    pid_t pid = -1;
    int error = 0;
    for (int index = 0; index < 3; index++) {
        // One that is 0, 1 or 2 itself would be replaced before its turn.
        int descriptor = program->descriptors[index];
        if (descriptor < 3)
            descriptor = copies[index] = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
        if (descriptor < 0)
            error = errno;
        start.descriptors[index] = descriptor;
    }
    if (!error) {
        _Alignas(16) char stack[16384];
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &start.signals);
        pid = clone(
            run, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &start,
            pidfd);
        error = pid < 0 ? errno : start.error;
        pthread_sigmask(SIG_SETMASK, &start.signals, NULL);
    }
    for (int index = 0; index < 3; index++)
        if (copies[index] >= 0)
            close(copies[index]);
    if (pid > 0 && error) {
        waitpid(pid, NULL, 0);
        close(*pidfd);
    }
    if (!error)
        return pid;
    errno = error;
    return -1;
}
