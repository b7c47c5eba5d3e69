// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "front_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

union room {
    char bytes[CMSG_SPACE(sizeof(int) * APUS_FRONT_DESCRIPTORS)];
    struct cmsghdr alignment;
};

ssize_t apus_front_send(
    int socket, const void *bytes, size_t length, const int *descriptors, int count) {
    if (count == 0) {
        ssize_t sent;
        do {
            sent = send(socket, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        } while (sent < 0 && errno == EINTR);
        return sent;
    }
    struct iovec part = {(void *)bytes, length};
    union room room;
    memset(&room, 0, sizeof room);
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = room.bytes,
        .msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count),
    };
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(rights), descriptors, sizeof(int) * (size_t)count);
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

int apus_front_send_many(int socket, const void *bytes, const uint32_t *lengths, int count) {
    enum { most = 64 };
    struct mmsghdr messages[most];
    struct iovec parts[most];
    const char *place = bytes;
    int done = 0;
    while (done < count) {
        int length = count - done < most ? count - done : most;
        memset(messages, 0, sizeof messages[0] * (size_t)length);
        for (int i = 0; i < length; i++) {
            parts[i] = (struct iovec){(void *)place, lengths[done + i]};
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
            place += lengths[done + i];
        }
        int sent;
        do {
            sent = sendmmsg(socket, messages, (unsigned)length, MSG_NOSIGNAL | MSG_DONTWAIT);
        } while (sent < 0 && errno == EINTR);
        if (sent < 0) return done > 0 ? done : -1;
        done += sent;
        if (sent < length) break;
    }
    return done;
}

void apus_front_ring(struct apus_bell *bell, int packets) {
    __atomic_fetch_add(&bell->rung, 1, __ATOMIC_SEQ_CST);
    // Who counts itself after this sees that it has rung.
    if (__atomic_load_n(&bell->waiting, __ATOMIC_SEQ_CST) > 0)
        syscall(SYS_futex, &bell->rung, FUTEX_WAKE, packets, NULL, NULL, 0);
}

static void take(struct msghdr *message, struct apus_front_received *received) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
            if (received->count < APUS_FRONT_DESCRIPTORS) {
                received->descriptors[received->count++] = descriptor;
            } else {
                close(descriptor);
            }
        }
    }
}

ssize_t apus_front_receive(
    int socket, void *buffer, size_t capacity, struct apus_front_received *received) {
    struct iovec space = {buffer, capacity};
    union room room;
    struct msghdr message = {
        .msg_iov = &space,
        .msg_iovlen = 1,
        .msg_control = room.bytes,
        .msg_controllen = sizeof room.bytes,
    };
    received->count = 0;
    ssize_t length;
    do {
        length = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (length < 0 && errno == EINTR);
    if (length >= 0 && message.msg_controllen > 0) take(&message, received);
    return length;
}

int apus_front_stream(int *ours, int *theirs) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    *ours = ends[0];
    *theirs = ends[1];
    return fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK);
}

int apus_front_file(const void *bytes, size_t length) {
    int file = memfd_create("request", MFD_CLOEXEC);
    if (file < 0) return -1;
    const char *place = bytes;
    while (length > 0) {
        ssize_t written = write(file, place, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            close(file);
            return -1;
        }
        place += written;
        length -= (size_t)written;
    }
    return file;
}
