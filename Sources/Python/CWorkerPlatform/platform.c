// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "worker_platform.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "worker_protocol.h"

int apus_errno(void) { return errno; }

void apus_close(int descriptor) { close(descriptor); }

void apus_adopt(int descriptor) {
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0 && flags & O_NONBLOCK) fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
}

int64_t apus_regular_file_size(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return -1;
    return status.st_size;
}

void *apus_map(int descriptor, uint64_t length, int writable) {
    void *memory = mmap(
        NULL, length, writable ? PROT_READ | PROT_WRITE : PROT_READ,
        writable ? MAP_SHARED : MAP_PRIVATE, descriptor, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void apus_map_copy(int descriptor, void *memory, uint64_t length) {
    mmap(memory, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, descriptor, 0);
}

void apus_unmap(void *memory, uint64_t length) { munmap(memory, length); }

uint64_t apus_descriptor_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
}

// MARK: Time

uint64_t apus_clock(int clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t apus_now(void) { return apus_clock(CLOCK_REALTIME) / 1000; }
uint64_t apus_coarse_now(void) { return apus_clock(CLOCK_REALTIME_COARSE) / 1000; }
uint64_t apus_ticks(void) { return apus_clock(CLOCK_MONOTONIC_COARSE) / 1000000; }

// MARK: Threads and signals

uint32_t apus_thread(void) { return (uint32_t)syscall(SYS_gettid); }
uint32_t apus_pid(void) { return (uint32_t)getpid(); }

static void ignoreSignal(int signal) { (void)signal; }

void apus_handle_wake_signal(void) {
    // Without SA_RESTART, or the call would go on waiting.
    struct sigaction action = { .sa_handler = ignoreSignal };
    sigemptyset(&action.sa_mask);
    sigaction(APUS_WAKE_SIGNAL, &action, NULL);
}

void apus_wake_thread(uint32_t thread) {
    syscall(SYS_tgkill, getpid(), thread, APUS_WAKE_SIGNAL);
}

static atomic_int leaving;

void apus_set_leaving(void) { atomic_store(&leaving, 1); }
int apus_is_leaving(void) { return atomic_load_explicit(&leaving, memory_order_acquire); }

static pthread_mutex_t desk = PTHREAD_MUTEX_INITIALIZER;

void apus_lock_desk(void) { pthread_mutex_lock(&desk); }
void apus_unlock_desk(void) { pthread_mutex_unlock(&desk); }

static pthread_key_t key;

void apus_make_thread_key(void) { pthread_key_create(&key, NULL); }
void apus_set_thread_value(void *value) { pthread_setspecific(key, value); }
void *apus_thread_value(void) { return pthread_getspecific(key); }

// MARK: The title

/// Where the kernel keeps the command line: fields 48 and 49 of /proc/self/stat, proc(5).
static int findCommandLine(char **start, char **end) {
    char text[1024];
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return 0;
    text[length] = 0;
    // The second field is in parentheses and may hold anything.
    char *place = strrchr(text, ')');
    for (int field = 2; place && field < 48; field++) {
        place = strchr(place + 1, ' ');
    }
    if (!place) return 0;
    unsigned long first, last;
    if (sscanf(place, "%lu %lu", &first, &last) != 2 || first == 0 || last <= first + 1) return 0;
    *start = (char *)first;
    *end = (char *)last;
    return 1;
}

void apus_set_title(const char *title) {
    char *start, *end;
    prctl(PR_SET_NAME, title);
    if (!findCommandLine(&start, &end)) return;
    size_t room = (size_t)(end - start), length = strlen(title);
    if (length > room - 1) length = room - 1;
    memcpy(start, title, length);
    memset(start + length, 0, room - length);
}
