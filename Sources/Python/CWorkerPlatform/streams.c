// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "worker_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static intptr_t outcome(ssize_t result) {
    if (result >= 0) return result;
    return errno == EAGAIN || errno == EWOULDBLOCK ? APUS_WOULD_BLOCK : -1;
}

intptr_t apus_read_some(int socket, void *buffer, uint64_t capacity) {
    ssize_t length;
    do length = recv(socket, buffer, capacity, MSG_DONTWAIT);
    while (length < 0 && errno == EINTR);
    return outcome(length);
}

intptr_t apus_send_some(int socket, const void *bytes, uint64_t length, int descriptor) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(rights), &descriptor, sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return outcome(sent);
}

intptr_t apus_take_message(int socket, void *buffer, uint64_t capacity, int *descriptor) {
    struct iovec part = {.iov_base = buffer, .iov_len = capacity};
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    *descriptor = -1;
    ssize_t length;
    do length = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length < 0) return outcome(length);
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head != NULL;
         head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        int count = (int)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (int i = 0; i < count; i++) {
            int received;
            memcpy(&received, CMSG_DATA(head) + i * sizeof(int), sizeof received);
            if (*descriptor < 0) *descriptor = received;
            else close(received);
        }
    }
    return length;
}

int apus_open_file(const char *path) {
    // A fifo or a terminal must not keep the loop waiting, nor become ours.
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int apus_duplicate(int descriptor) {
    return fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

int64_t apus_file_position(int descriptor) {
    return lseek(descriptor, 0, SEEK_CUR);
}

void apus_set_file_position(int descriptor, int64_t position) {
    lseek(descriptor, position, SEEK_SET);
}

void apus_end_stream(int socket) {
    shutdown(socket, SHUT_RDWR);
}
