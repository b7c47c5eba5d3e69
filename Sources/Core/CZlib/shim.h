// SPDX-License-Identifier: Apache-2.0
//
// What Swift sees of zlib.
#pragma once
#include <zlib.h>

// Macros that hand on the size of z_stream. Negative window bits stand for raw DEFLATE, without
// the header and the checksum of zlib's own format.
static inline int czlib_inflate_init_raw(z_streamp stream, int window_bits) {
    return inflateInit2(stream, -window_bits);
}
static inline int czlib_deflate_init_raw(
    z_streamp stream, int level, int window_bits, int memory_level) {
    return deflateInit2(
        stream, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY);
}
