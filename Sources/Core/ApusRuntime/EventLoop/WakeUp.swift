// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// An eventfd by which other threads end a loop's wait.
struct WakeUp: ~Copyable, Sendable {
    let descriptor: CInt

    init() throws(SystemError) {
        descriptor = try retrying("eventfd") {
            eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        }
    }

    deinit { _ = close(descriptor) }

    func signal() { _ = eventfd_write(descriptor, 1) }

    func clear() {
        var count: eventfd_t = 0
        _ = unsafe eventfd_read(descriptor, &count)
    }
}
