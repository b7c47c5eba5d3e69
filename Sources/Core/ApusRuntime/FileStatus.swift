// SPDX-License-Identifier: Apache-2.0

internal import CPlatform
internal import Glibc

/// What the file system says about a name.
public struct FileStatus: Hashable, Sendable {
    public enum Kind: Sendable { case regular, directory, symbolicLink, other }

    public let kind: Kind
    public let size: Int64
    /// Seconds since 1970, and the nanoseconds of that second.
    public let modified: Int64
    public let modifiedNanoseconds: Int64
    public let inode: UInt64
    public let device: UInt64
    public let owner: UInt32
    public let group: UInt32
    /// The permission bits, such as 0o644.
    public let permissions: UInt32

    /// - Returns: nil when there is nothing of that name; `errno` says why.
    public init?(of path: String, followingLinks: Bool = true) {
        var status = stat()
        let result = unsafe path.withFileSystemPath { path in
            unsafe followingLinks ? stat(path, &status) : lstat(path, &status)
        }
        guard result == 0 else { return nil }
        self.init(status)
    }

    public init?(of descriptor: CInt) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            default: .other
            }
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec)
        modifiedNanoseconds = Int64(status.st_mtim.tv_nsec)
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
        owner = status.st_uid
        group = status.st_gid
        permissions = UInt32(status.st_mode & 0o7777)
    }

    public var isDirectory: Bool { kind == .directory }
    public var isRegular: Bool { kind == .regular }
}

/// Why the last look at the file system failed.
public enum FileSystemProblem: Sendable {
    case missing, denied, nameTooLong, other(CInt)

    /// Reads `errno`, so it must be asked right after the failed call.
    public static var last: FileSystemProblem {
        switch errno {
        case ENOENT, ENOTDIR: .missing
        case EACCES: .denied
        case ENAMETOOLONG: .nameTooLong
        case let code: .other(code)
        }
    }
}

extension String {
    /// Calls `body` with the bytes this path stands for, NUL-terminated.
    public func withFileSystemPath<Result>(
        _ body: (UnsafePointer<CChar>) throws -> Result
    ) rethrows -> Result {
        guard hasEscapedBytes else { return try unsafe withCString(body) }
        var path = bytes
        path.append(0)
        return try unsafe path.withUnsafeBufferPointer { buffer in
            try unsafe buffer.withMemoryRebound(to: CChar.self) { try unsafe body($0.baseAddress!) }
        }
    }
}

/// A file that is open for reading, closed when nobody refers to it any more.
public final class OpenFile: Sendable {
    public let descriptor: CInt

    /// - Throws: `SystemError`, with `call` "open".
    public init(_ path: String) throws(SystemError) {
        let opened = unsafe path.withFileSystemPath {
            unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        }
        guard opened >= 0 else { throw .last("open") }
        descriptor = opened
    }

    /// Takes over a descriptor, such as one that another process has sent.
    public init(owning descriptor: CInt) { self.descriptor = descriptor }

    deinit { _ = close(descriptor) }

    /// Reads at a place of the file.
    ///
    /// Fewer bytes than asked for mean that the file ends there.
    public func read(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var failure: SystemError?
        bytes.append(addingCapacity: count) { span in
            unsafe span.withUnsafeMutableBufferPointer { buffer, initialized in
                while initialized < count {
                    let result = unsafe pread(
                        descriptor, buffer.baseAddress! + initialized, count - initialized,
                        off_t(offset) + initialized)
                    if result == -1 && errno == EINTR { continue }
                    if result == -1 { failure = .last("pread") }
                    if result <= 0 { return }
                    initialized += result
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
