// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// Standard output and standard error.
enum Output {
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    static func printError(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Sends what would go to standard error to a file from here on (`-E`).
    ///
    /// - Throws: when the file cannot be opened for appending.
    static func redirectErrors(to path: String) throws(SystemError) {
        let file = try FileDescriptor(opening: path, O_WRONLY | O_APPEND | O_CREAT)
        _ = dup2(file.rawValue, STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: CInt) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
