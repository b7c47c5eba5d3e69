// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE 1
#include "CPlatform.h"
#include <sys/socket.h>

int cplatform_accept(int listener, void *address, unsigned *length) {
    return accept4(listener, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
