// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Standard input, output and error.
///
/// Text is written at once and never buffered, so that messages on both streams, and those of
/// programs run in between, stand in the order in which they came about.
public struct Console {
    /// Whether messages that only inform are left out (`-q`).
    var isQuiet = false

    public init() {}

    func say(_ text: String) {
        write(Array(text.utf8), to: STDOUT_FILENO)
    }

    /// Says something that `-q` suppresses.
    func inform(_ text: String) {
        if !isQuiet { say(text) }
    }

    func complain(_ text: String) {
        write(Array(text.utf8), to: STDERR_FILENO)
    }

    func error(_ text: String) { complain("ERROR: \(text)\n") }

    func warning(_ text: String) { complain("WARNING: \(text)\n") }

    func write(_ bytes: [UInt8], to descriptor: Int32) {
        // A closed terminal is no reason to leave half of the work undone.
        _ = try? writeAll(bytes.span, to: descriptor)
    }

    /// Reads one line of standard input, without its newline; nil at its end.
    func readLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        // Byte by byte: what follows the line belongs to the next question, or to a child.
        while unsafe read(STDIN_FILENO, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }
}

/// Writes everything, however many calls it takes.
///
/// - Throws: `SystemError` with what could not be written lost.
func writeAll(_ bytes: Span<UInt8>, to descriptor: Int32) throws(SystemError) {
    if let fault = writeWhatFits(bytes, to: descriptor).fault { throw fault }
}

/// Writes as much as there is room for, however many calls it takes.
///
/// - Returns: the number of bytes written, and why it is not all.
func writeWhatFits(
    _ bytes: Span<UInt8>, to descriptor: Int32
) -> (count: Int, fault: SystemError?) {
    var offset = 0
    while offset < bytes.count {
        let written = unsafe bytes.extracting(offset...).withUnsafeBytes {
            unsafe write(descriptor, $0.baseAddress, $0.count)
        }
        if written >= 0 {
            offset += written
        } else if errno != EINTR {
            return (offset, SystemError())
        }
    }
    return (offset, nil)
}
