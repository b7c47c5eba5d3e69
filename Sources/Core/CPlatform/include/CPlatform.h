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

/// Sends two pieces as one with sendmsg(2), without SIGPIPE. Returns as send(2).
ssize_t cplatform_send2(
    int descriptor, const void *first, size_t first_count, const void *second, size_t second_count);
