// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE 1
#include "CPlatform.h"
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

int cplatform_accept(int listener, void *address, unsigned *length) {
    return accept4(listener, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

pid_t cplatform_thread_id(void) { return gettid(); }

void cplatform_syslog(int priority, const char *text) { syslog(priority, "%s", text); }

const char *cplatform_build_time(void) { return __DATE__ " " __TIME__; }
