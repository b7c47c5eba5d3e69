// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// An open file, pipe or socket, closed when the value goes out of scope.
public struct FileDescriptor: ~Copyable, Sendable {
    public let rawValue: CInt

    /// Takes over a descriptor that nobody else closes.
    public init(owning rawValue: CInt) {
        self.rawValue = rawValue
    }

    /// Opens a file, close-on-exec.
    ///
    /// The corresponding C function is `open`.
    public init(
        opening path: String, _ flags: CInt, permissions: UInt32 = 0o666
    ) throws(SystemError) {
        rawValue = try retrying("open") { unsafe open(path, flags | O_CLOEXEC, permissions) }
    }

    deinit { _ = close(rawValue) }

    /// Hands the descriptor to somebody who closes it.
    public consuming func release() -> CInt {
        let value = rawValue
        discard self
        return value
    }

    /// A second descriptor for the same open file, close-on-exec.
    public borrowing func duplicate() throws(SystemError) -> FileDescriptor {
        FileDescriptor(
            owning: try retrying("fcntl") { [rawValue] in fcntl(rawValue, F_DUPFD_CLOEXEC, 0) })
    }

    /// Whether the descriptor is closed when the process replaces its image.
    public borrowing func setCloseOnExec(_ closes: Bool) throws(SystemError) {
        _ = try retrying("fcntl") { [rawValue] in
            fcntl(rawValue, F_SETFD, closes ? FD_CLOEXEC : 0)
        }
    }

    /// Whether calls that would wait fail with `EAGAIN` instead.
    public borrowing func setNonBlocking(_ isNonBlocking: Bool) throws(SystemError) {
        let flags = try retrying("fcntl") { [rawValue] in fcntl(rawValue, F_GETFL) }
        let changed = isNonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        _ = try retrying("fcntl") { [rawValue] in fcntl(rawValue, F_SETFL, changed) }
    }

    /// Reads what is there, at most `limit` bytes; empty at the end of the file.
    public borrowing func read(upTo limit: Int) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            do throws(SystemError) {
                count = try retrying("read") { [rawValue] in
                    unsafe Glibc.read(rawValue, buffer.baseAddress, limit)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads to the end of the file, at most `limit` bytes.
    public borrowing func readAll(upTo limit: Int = .max) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let more = try read(upTo: min(limit - bytes.count, 65536))
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    /// Writes all the bytes, waiting where the descriptor makes it wait.
    public borrowing func write(_ bytes: Span<UInt8>) throws(SystemError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = try unsafe rest.withUnsafeBufferPointer { buffer throws(SystemError) in
                try retrying("write") { [rawValue] in
                    unsafe Glibc.write(rawValue, buffer.baseAddress, buffer.count)
                }
            }
            rest = rest.extracting(droppingFirst: count)
        }
    }
}

/// The two ends of a pipe, both close-on-exec.
public struct Pipe: ~Copyable, Sendable {
    public let readEnd: FileDescriptor
    public let writeEnd: FileDescriptor

    public init() throws(SystemError) {
        var ends: (CInt, CInt) = (-1, -1)
        guard unsafe cplatform_pipe(&ends.0, &ends.1) == 0 else { throw .last("pipe2") }
        readEnd = FileDescriptor(owning: ends.0)
        writeEnd = FileDescriptor(owning: ends.1)
    }

    /// Keeps an end and closes the other.
    public consuming func takeReadEnd() -> FileDescriptor { readEnd }
    public consuming func takeWriteEnd() -> FileDescriptor { writeEnd }
}
