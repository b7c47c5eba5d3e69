// SPDX-License-Identifier: Apache-2.0

// Opens keep-alive connections, asks once on each, and holds them all open:
//   idle PORT COUNT PATH
// Prints "held N" when every connection has had its answer, and waits for the end of its input;
// then prints "open N", how many the server has kept. Connections come from the addresses
// 127.0.0.1, 127.0.0.2 ... so that no address runs out of ports.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { connectionsPerAddress = 5000 };

static int opened(int number, unsigned short port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return -1;
    // A server that does not answer within ten seconds has failed.
    struct timeval bound = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (unsigned)(number / connectionsPerAddress));
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) goto failed;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) goto failed;
    return fd;
failed:
    close(fd);
    return -1;
}

/// Reads one response with a Content-Length, whole; 0 if it was none.
static int answered(int fd) {
    static char buffer[65536];
    size_t have = 0;
    for (;;) {
        ssize_t count = recv(fd, buffer + have, sizeof buffer - 1 - have, 0);
        if (count <= 0) return 0;
        have += (size_t)count;
        buffer[have] = 0;
        char *end = strstr(buffer, "\r\n\r\n");
        if (!end) continue;
        char *length = strcasestr(buffer, "\r\nContent-Length:");
        if (!length || length > end) return 0;
        size_t whole = (size_t)(end + 4 - buffer) + strtoul(length + 17, NULL, 10);
        if (have >= whole) return strncmp(buffer, "HTTP/1.1 200", 12) == 0;
        if (whole >= sizeof buffer) return 0;
    }
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    unsigned short port = (unsigned short)atoi(argv[1]);
    int count = atoi(argv[2]), held = 0;
    int *fds = calloc((size_t)count, sizeof *fds);
    char request[512];
    int length = snprintf(
        request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[3]);
    if (!fds || length >= (int)sizeof request) return 2;

    for (int i = 0; i < count; i++) {
        int fd = opened(i, port);
        if (fd < 0 || send(fd, request, (size_t)length, MSG_NOSIGNAL) != length || !answered(fd)) {
            fprintf(stderr, "connection %d: %s\n", i, strerror(errno));
            break;
        }
        fds[held++] = fd;
    }
    printf("held %d\n", held);
    fflush(stdout);

    while (getchar() != EOF) {}
    int open = 0;
    for (int i = 0; i < held; i++) {
        struct pollfd watched = {.fd = fds[i], .events = POLLIN};
        open += poll(&watched, 1, 0) == 0;
    }
    printf("open %d\n", open);
    return 0;
}
