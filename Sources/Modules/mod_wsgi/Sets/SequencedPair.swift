// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// Two connected sockets that keep the bounds of messages, for one direction.
///
/// All who send share one socket, and all who read another: the kernel hands each message to one
/// reader. Sending never waits, reading does.
struct SequencedPair: Hashable, Sendable {
    let sending: CInt
    let reading: CInt

    /// - Parameter bufferSize: how many bytes may be under way, the kernel's own included; as
    ///   many as the system allows where it allows fewer.
    init(bufferSize: Int) throws(SystemError) {
        var ends: (CInt, CInt) = (-1, -1)
        let type = CInt(SOCK_SEQPACKET.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let result = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
            unsafe socketpair(
                AF_UNIX, type, 0, bytes.baseAddress!.assumingMemoryBound(to: CInt.self))
        }
        guard result == 0 else { throw .last("socketpair") }
        sending = ends.0
        reading = ends.1
        _ = fcntl(sending, F_SETFL, fcntl(sending, F_GETFL) | O_NONBLOCK)
        Self.setBuffer(of: sending, bufferSize)
    }

    init(sending: CInt, reading: CInt) {
        self.sending = sending
        self.reading = reading
    }

    /// What is under way counts against the buffer of the sender.
    private static func setBuffer(of descriptor: CInt, _ size: Int) {
        var value = CInt(clamping: size)
        let length = socklen_t(MemoryLayout<CInt>.size)
        // Only root may go beyond the limit of the system.
        if unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &value, length) != 0 {
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &value, length)
        }
    }

    func close() {
        _ = Glibc.close(sending)
        _ = Glibc.close(reading)
    }
}
