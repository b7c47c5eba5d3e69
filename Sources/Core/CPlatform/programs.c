// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE 1
#include "CPlatform.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Starting a program costs what the kernel takes for exec, whatever the size of the server: the
// child borrows the parent's memory, and the calling thread waits, until the program is in place
// (what vfork does, and posix_spawn, which knows neither limits nor pidfds). So the child may do
// nothing but system calls, on a stack of its own, which is a piece of the parent's.
//
// A child that takes the identity of another user gets a copy of the memory instead: until exec,
// processes of that user could otherwise reach into the memory of a parent that is root. Nothing
// else differs.

struct failure {
    int error;
    const char *call;
};

struct start {
    struct cplatform_program *program;
    sigset_t signals;
    /// Memory that the child and its parent share.
    struct failure *failure;
};

static const int resources[] = {RLIMIT_CPU,    RLIMIT_AS,   RLIMIT_NPROC, RLIMIT_DATA,
                                RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_STACK};

struct cplatform_limit cplatform_current_limit(enum cplatform_resource resource) {
    struct rlimit value = {RLIM_INFINITY, RLIM_INFINITY};
    getrlimit(resources[resource], &value);
    return (struct cplatform_limit){resource, value.rlim_cur, value.rlim_max};
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

// Each of these returns the name of the call that failed, or NULL.

static const char *lead(const struct cplatform_program *program) {
    switch (program->leadership) {
    case CPLATFORM_LEADS_NOTHING:
        return NULL;
    case CPLATFORM_LEADS_GROUP:
        return setpgid(0, 0) == 0 ? NULL : "setpgid";
    case CPLATFORM_LEADS_SESSION:
        return setsid() >= 0 ? NULL : "setsid";
    }
    return NULL;
}

static const char *place_descriptors(struct cplatform_program *program) {
    int largest = -1;
    for (size_t index = 0; index < program->descriptor_count; index++)
        if (program->descriptors[index].target > largest)
            largest = program->descriptors[index].target;
    for (size_t index = 0; index < program->descriptor_count; index++) {
        // One that is a target itself would be replaced before its turn.
        struct cplatform_descriptor *descriptor = &program->descriptors[index];
        if (descriptor->source <= largest)
            descriptor->source = fcntl(descriptor->source, F_DUPFD_CLOEXEC, largest + 1);
        if (descriptor->source < 0)
            return "fcntl";
    }
    for (size_t index = 0; index < program->descriptor_count; index++)
        if (dup2(program->descriptors[index].source, program->descriptors[index].target) < 0)
            return "dup2";
    // What this process was started with and does not know of is nothing for a program either.
    // Kernels before 5.11 cannot; then it stays as it was.
    unsigned first = largest < 2 ? 3 : (unsigned)largest + 1;
    syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);
    return NULL;
}

static const char *limit_resources(const struct cplatform_program *program) {
    for (size_t index = 0; index < program->limit_count; index++) {
        const struct cplatform_limit *limit = &program->limits[index];
        struct rlimit value = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
        if (setrlimit(resources[limit->resource], &value) != 0)
            return "setrlimit";
    }
    return NULL;
}

// The kernel's calls, since those of the library would change all threads of the parent.
static const char *take_identity(const struct cplatform_program *program) {
    if (program->has_groups &&
        syscall(SYS_setgroups, program->group_count, program->groups) != 0)
        return "setgroups";
    if (program->has_group &&
        syscall(SYS_setresgid, program->group, program->group, program->group) != 0)
        return "setgid";
    if (program->root && (chroot(program->root) != 0 || chdir("/") != 0))
        return "chroot";
    if (program->has_user &&
        syscall(SYS_setresuid, program->user, program->user, program->user) != 0)
        return "setuid";
    return NULL;
}

static const char *prepare(struct cplatform_program *program) {
    const char *failed = lead(program);
    if (!failed && program->has_niceness &&
        setpriority(PRIO_PROCESS, 0, program->niceness) != 0)
        failed = "setpriority";
    if (!failed)
        failed = place_descriptors(program);
    if (!failed)
        failed = limit_resources(program);
    if (!failed)
        failed = take_identity(program);
    if (!failed && program->directory && chdir(program->directory) != 0)
        failed = "chdir";
    if (!failed && program->has_umask)
        umask(program->umask);
    return failed;
}

static int run(void *argument) {
    struct start *start = argument;
    struct cplatform_program *program = start->program;
    restore_signals();
    const char *failed = prepare(program);
    if (!failed) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(program->path, program->arguments, program->environment);
        failed = "execve";
    }
    *start->failure = (struct failure){errno, failed};
    _exit(127);
}

static pid_t start_child(struct start *start, int flags, int *pidfd) {
    _Alignas(16) char stack[16384];
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &start->signals);
    pid_t pid = clone(
        run, stack + sizeof stack, flags | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, start, pidfd);
    if (pid < 0)
        *start->failure = (struct failure){errno, "clone"};
    pthread_sigmask(SIG_SETMASK, &start->signals, NULL);
    return pid;
}

pid_t cplatform_start_program(
    struct cplatform_program *program, int *pidfd, const char **failed_call) {
    int changes_identity = program->has_user || program->has_group || program->has_groups;
    struct failure here = {0, NULL};
    struct failure *failure = &here;
    if (changes_identity) {
        failure = mmap(
            NULL, sizeof here, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (failure == MAP_FAILED) {
            *failed_call = "mmap";
            return -1;
        }
    }
    struct start start = {.program = program, .failure = failure};
    pid_t pid = start_child(&start, changes_identity ? 0 : CLONE_VM, pidfd);
    here = *failure;
    if (changes_identity)
        munmap(failure, sizeof here);
    if (!here.call)
        return pid;
    if (pid > 0) {
        waitpid(pid, NULL, 0);
        close(*pidfd);
    }
    *failed_call = here.call;
    errno = here.error;
    return -1;
}
