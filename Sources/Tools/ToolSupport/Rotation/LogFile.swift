// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A file that a log is appended to.
struct LogFile: ~Copyable {
    let name: String
    private let descriptor: Int32

    init(_ name: String, truncating: Bool) throws(SystemError) {
        self.name = name
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (truncating ? O_TRUNC : 0)
        descriptor = unsafe open(name, flags, 0o666)
        guard descriptor >= 0 else { throw SystemError() }
    }

    deinit { close(descriptor) }

    /// How long it is now, whoever wrote to it or emptied it.
    var size: Int {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Writes as much as there is room for.
    ///
    /// - Returns: the number of bytes written, and why it is not all.
    func append(_ bytes: Span<UInt8>) -> (count: Int, fault: SystemError?) {
        writeWhatFits(bytes, to: descriptor)
    }
}
