// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "parent_platform.h"

#include <dlfcn.h>
#include <sys/socket.h>

const char *apus_object_path(const void *address) {
    Dl_info information;
    return dladdr(address, &information) ? information.dli_fname : 0;
}

int64_t apus_peer_user(int socket) {
    struct ucred identity;
    socklen_t length = sizeof identity;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &identity, &length) != 0)
        return -1;
    return identity.uid;
}
