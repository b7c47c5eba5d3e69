// SPDX-License-Identifier: Apache-2.0

/// Lines that could not be written yet, since the disk is full or fails.
///
/// They wait for room, and so does nobody else: were they not read, the pipe would fill and the
/// server's requests would stop with it. So they are bounded, and what is beyond that is counted.
struct LogBacklog {
    static let maximumBytes = 1 << 20

    private(set) var bytes: [UInt8] = []
    private(set) var lostLines = 0

    var isEmpty: Bool { bytes.isEmpty && lostLines == 0 }

    mutating func add(_ more: Span<UInt8>) {
        var start = 0
        for index in more.indices where more[index] == UInt8(ascii: "\n") {
            addLine(more.extracting(start..<index + 1))
            start = index + 1
        }
        if start < more.count { addLine(more.extracting(start...)) }
    }

    private mutating func addLine(_ line: Span<UInt8>) {
        // Once a line is lost, those after it are, too: a gap in one place is told as such.
        if lostLines > 0 || bytes.count + line.count > Self.maximumBytes {
            if line.count > 0, line[line.count - 1] == UInt8(ascii: "\n") { lostLines += 1 }
            return
        }
        for index in line.indices { bytes.append(line[index]) }
    }

    /// Writes what waits, and then how many lines are missing.
    ///
    /// - Returns: what is in the way; nil when nothing waits any more.
    mutating func write(to file: borrowing LogFile) -> SystemError? {
        let result = file.append(bytes.span)
        bytes.removeFirst(result.count)
        if let fault = result.fault { return fault }
        guard lostLines > 0 else { return nil }
        let note = Array("rotatelogs: \(lostLines) log lines lost: no room on the disk\n".utf8)
        let noted = file.append(note.span)
        if noted.fault == nil { lostLines = 0 }
        return noted.fault
    }
}
