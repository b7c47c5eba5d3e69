// SPDX-License-Identifier: Apache-2.0
//
// What Swift cannot say itself: GNU-only calls, variadic functions and macros.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>

/// accept4(2): the accepted socket is close-on-exec and non-blocking. The address may be NULL.
int cplatform_accept(int listener, void *address, unsigned *length);

/// pipe2(2): both ends are close-on-exec.
int cplatform_pipe(int *read_end, int *write_end);

/// memfd_create(2): a file that only its descriptors name, close-on-exec.
int cplatform_memory_file(const char *name);

/// The same with a size that nobody can change any more, to be shared with who is not trusted.
int cplatform_sealed_memory_file(const char *name, int64_t size);

/// fork(2), which Swift hides. Only a process with one thread may go on in the child.
pid_t cplatform_fork(void);

enum cplatform_signal_action {
    CPLATFORM_SIGNAL_DEFAULT,
    CPLATFORM_SIGNAL_IGNORE,
    /// Writes the signal's number, a byte, to the signal pipe.
    CPLATFORM_SIGNAL_TELL,
    /// The same, and notes that the process is to stop; the second time ends it at once.
    CPLATFORM_SIGNAL_TELL_STOP,
};

/// The pipe that signal handlers write to, which must not block; forgets an earlier stop.
void cplatform_set_signal_pipe(int write_end);
int cplatform_handle_signal(int signum, enum cplatform_signal_action action);
int cplatform_stop_requested(void);

/// Holds all signals back, or lets them through again. The mask is inherited over execve.
void cplatform_block_signals(int blocks);

/// What waitpid's status says: the exit status or -1; the signal that ended it or 0.
int cplatform_wait_exited(int status);
int cplatform_wait_signal(int status);
int cplatform_wait_dumped_core(int status);

/// A process that gave up root writes no core unless it says so. Returns 0, or -1 and errno.
int cplatform_allow_core_dump(void);

/// Starts a program in a new process with the signals a program expects, the descriptor as its
/// standard input, and everything that is not close-on-exec. Returns its pid, or -1 and errno.
pid_t cplatform_spawn(const char *file, char *const arguments[], int standard_input);

/// What can be limited: processor seconds, bytes of address space, processes of a user, bytes of
/// data, descriptors, bytes of a core file, bytes of stack.
enum cplatform_resource {
    CPLATFORM_PROCESSOR_TIME,
    CPLATFORM_MEMORY,
    CPLATFORM_PROCESSES,
    CPLATFORM_DATA,
    CPLATFORM_OPEN_FILES,
    CPLATFORM_CORE_FILE,
    CPLATFORM_STACK,
};

struct cplatform_limit {
    enum cplatform_resource resource;
    uint64_t soft, hard;
};

/// getrlimit(2).
struct cplatform_limit cplatform_current_limit(enum cplatform_resource resource);

/// A descriptor of this process, and the number it gets in a program.
struct cplatform_descriptor {
    int source, target;
};

/// What a program is the leader of: what setpgid(2) or setsid(2) make.
enum cplatform_leadership {
    CPLATFORM_LEADS_NOTHING,
    CPLATFORM_LEADS_GROUP,
    CPLATFORM_LEADS_SESSION,
};

/// A program to be started: what execve(2) takes, and what holds for the new process.
struct cplatform_program {
    const char *path;
    char *const *arguments;
    char *const *environment;
    /// Where it starts; NULL for where this process is.
    const char *directory;
    /// What it sees as `/`; NULL for what this process does.
    const char *root;
    enum cplatform_leadership leadership;
    /// Used up by starting it.
    struct cplatform_descriptor *descriptors;
    size_t descriptor_count;
    const struct cplatform_limit *limits;
    size_t limit_count;
    const gid_t *groups;
    size_t group_count;
    int has_groups, has_group, has_user, has_umask, has_niceness;
    gid_t group;
    uid_t user;
    mode_t umask;
    int niceness;
};

/// Starts a program with the signals a program expects. Returns its pid and a pidfd,
/// close-on-exec, or -1, errno and the name of the call that failed, execve among them.
pid_t cplatform_start_program(
    struct cplatform_program *program, int *pidfd, const char **failed_call);

/// syslog(3) of a text that is no format.
void cplatform_syslog(int priority, const char *text);

/// gettid(2): the number of the calling thread in the whole system.
pid_t cplatform_thread_id(void);

/// When the core was compiled, such as `Nov 21 2026 12:00:00`.
const char *cplatform_build_time(void);
