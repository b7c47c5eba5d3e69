// SPDX-License-Identifier: Apache-2.0

// Sockets: messages, and descriptors that go along with them.

#define _GNU_SOURCE
#include "worker_platform.h"

#include <errno.h>
#include <poll.h>
#include <sys/uio.h>

union room {
    char bytes[CMSG_SPACE(sizeof(int) * APUS_RECEIVED_LIMIT)];
    struct cmsghdr alignment;
};

static void takeDescriptors(struct msghdr *message, struct apus_received *received) {
    received->count = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && received->count < APUS_RECEIVED_LIMIT; i++) {
            memcpy(&received->descriptors[received->count++],
                CMSG_DATA(part) + i * sizeof(int), sizeof(int));
        }
    }
}

intptr_t apus_receive(
    int socket, void *buffer, uint64_t capacity, int flags, struct apus_received *received) {
    struct iovec space = { buffer, capacity };
    union room room;
    struct msghdr message = {
        .msg_iov = &space, .msg_iovlen = 1,
        .msg_control = room.bytes, .msg_controllen = sizeof room.bytes,
    };
    received->count = 0;
    ssize_t length = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    if (length < 0) return -1;
    if (message.msg_controllen > 0) takeDescriptors(&message, received);
    if (message.msg_flags & MSG_TRUNC) {
        for (int i = 0; i < received->count; i++) close(received->descriptors[i]);
        received->count = 0;
        errno = EMSGSIZE;
        return -1;
    }
    return length;
}

int apus_send(
    int socket, const void *first, uint64_t first_length, const void *second,
    uint64_t second_length, int descriptor) {
    struct iovec parts[2] = {
        { (void *)first, first_length }, { (void *)second, second_length },
    };
    union room room;
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = second_length > 0 ? 2 : 1 };
    if (descriptor >= 0) {
        memset(&room, 0, sizeof room);
        message.msg_control = room.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int));
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(part), &descriptor, sizeof(int));
    }
    uint64_t left = first_length + second_length;
    while (left > 0) {
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        left -= (uint64_t)sent;
        message.msg_control = NULL;
        message.msg_controllen = 0;
        while (sent > 0 && (size_t)sent >= message.msg_iov->iov_len) {
            sent -= message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        if (sent > 0) {
            message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + sent;
            message.msg_iov->iov_len -= (size_t)sent;
        }
    }
    return 0;
}

int apus_wait_readable(int descriptor, int milliseconds) {
    struct pollfd entry = { .fd = descriptor, .events = POLLIN };
    int ready = poll(&entry, 1, milliseconds);
    return ready > 0 ? 1 : ready;
}
