// SPDX-License-Identifier: Apache-2.0

// A pipelining client that accounts for every request:
//   pipeline PORT PATH CONNECTIONS DEPTH SECONDS
// Each connection always has DEPTH requests on the wire. Prints, on one line each:
//   answered N   responses with status 200, whole
//   failed N     requests on a connection that ended unannounced, or with another status
//   resent N     requests that followed a response with `Connection: close`: the client learnt
//                that they were not served, and sends them again elsewhere (RFC 9112 section 9.6)

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { maxConnections = 256, bufferSize = 65536 };

struct connection {
    int fd;
    int outstanding;  // requests sent and not answered
    size_t unsent;    // bytes of the last request that the socket would not take yet
    size_t have;
    char buffer[bufferSize];
};

static struct connection connections[maxConnections];
static struct sockaddr_in server = {.sin_family = AF_INET};
static char request[512];
static size_t requestLength;
static int depth;
static long answered, failed, resent;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void finish(struct connection *c) {
    close(c->fd);
    c->fd = -1;
    c->outstanding = 0;
    c->unsent = 0;
    c->have = 0;
}

/// The connection ended, and nothing had said that it would.
static void lose(struct connection *c) {
    failed += c->outstanding > 0 ? c->outstanding : 0;
    finish(c);
}

static void start(struct connection *c) {
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&server, sizeof server) < 0) {
        failed++;
        finish(c);
        return;
    }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
}

/// Puts requests on the wire until `depth` of them are out, or the socket is full.
static void fill(struct connection *c) {
    while (c->unsent > 0 || c->outstanding < depth) {
        if (c->unsent == 0) {
            c->unsent = requestLength;
            c->outstanding++;
        }
        ssize_t count =
            send(c->fd, request + requestLength - c->unsent, c->unsent, MSG_NOSIGNAL);
        // Responses may still lie unread when the server has closed: reading finds that out.
        if (count < 0) return;
        c->unsent -= (size_t)count;
    }
}

/// Takes one whole response from the buffer. 1: taken; 0: not yet whole; -1: the connection is
/// done with.
static int take(struct connection *c) {
    c->buffer[c->have] = 0;
    char *end = memmem(c->buffer, c->have, "\r\n\r\n", 4);
    if (!end) return 0;
    end[2] = 0;
    char *length = strcasestr(c->buffer, "\r\nContent-Length:");
    int closes = strcasestr(c->buffer, "\r\nConnection: close") != NULL;
    int succeeded = strncmp(c->buffer, "HTTP/1.1 200", 12) == 0;
    end[2] = '\r';
    size_t whole = (size_t)(end + 4 - c->buffer) + (length ? strtoul(length + 17, NULL, 10) : 0);
    if (!length || whole >= bufferSize) {
        lose(c);
        return -1;
    }
    if (c->have < whole) return 0;
    memmove(c->buffer, c->buffer + whole, c->have - whole);
    c->have -= whole;
    c->outstanding--;
    if (succeeded) answered++; else failed++;
    if (!closes) return 1;
    resent += c->outstanding;
    finish(c);
    return -1;
}

static void receive(struct connection *c) {
    ssize_t count = recv(c->fd, c->buffer + c->have, bufferSize - 1 - c->have, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        lose(c);
        return;
    }
    c->have += (size_t)count;
    while (c->fd >= 0 && take(c) > 0) {}
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    server.sin_port = htons((unsigned short)atoi(argv[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    requestLength = (size_t)snprintf(
        request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
    int count = atoi(argv[3]);
    depth = atoi(argv[4]);
    double end = now() + atof(argv[5]);
    if (count < 1 || count > maxConnections || depth < 1) return 2;
    if (requestLength >= sizeof request) return 2;

    struct pollfd watched[maxConnections];
    for (int i = 0; i < count; i++) connections[i].fd = -1;
    while (now() < end) {
        for (int i = 0; i < count; i++) {
            struct connection *c = &connections[i];
            if (c->fd < 0) start(c);
            if (c->fd >= 0) fill(c);
            watched[i] = (struct pollfd){c->fd, POLLIN | (c->unsent ? POLLOUT : 0), 0};
        }
        if (poll(watched, (nfds_t)count, 100) < 0) break;
        for (int i = 0; i < count; i++) {
            if (connections[i].fd >= 0 && watched[i].revents & ~POLLOUT) receive(&connections[i]);
        }
    }
    // What is on the wire at the end is neither answered nor failed.
    printf("answered %ld\nfailed %ld\nresent %ld\n", answered, failed, resent);
    return 0;
}
