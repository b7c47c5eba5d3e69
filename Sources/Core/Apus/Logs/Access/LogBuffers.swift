// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

// A busy loop answers many requests in a turn. Their lines gather here and leave in one write at
// the end of the turn, before the loop waits again: so nothing is held back, and a write costs a
// fraction of what it would for each line. A line is never split over two writes, for other
// processes write to the same file.

/// The lines that one loop has for the logs.
///
/// Belongs to the loop's thread.
final class LogBuffers: TurnHandler {
    private let loop: EventLoop
    private var buffers: [LogBuffer?] = []
    private var clock = LogClock()
    private var isDue = false

    init(_ loop: EventLoop) { self.loop = loop }

    func append(_ request: borrowing Request, as format: LogFormat, to file: AccessLogFile) {
        let buffer = self.buffer(for: file)
        if buffer.waits {
            if buffer.isEmpty { flushInASecond(buffer) }
        } else if !isDue {
            isDue = true
            loop.atEndOfTurn(self)
        }
        buffer.append(request, format, &clock)
    }

    func turnEnded() {
        isDue = false
        flush { !$0.waits }
    }

    /// Writes whatever has gathered: the process is about to leave.
    func flush() { flush { _ in true } }

    private func flush(where isWanted: (LogBuffer) -> Bool) {
        for case let buffer? in buffers where isWanted(buffer) { buffer.flush() }
    }

    private func buffer(for file: AccessLogFile) -> LogBuffer {
        if file.index < buffers.count, let buffer = buffers[file.index] { return buffer }
        while buffers.count <= file.index { buffers.append(nil) }
        let buffer = LogBuffer(file)
        buffers[file.index] = buffer
        return buffer
    }

    private func flushInASecond(_ buffer: LogBuffer) {
        let waiting = LoopConfined(buffer)
        loop.schedule(after: .seconds(1)) { waiting.value.flush() }
    }
}

/// The lines for one file.
final class LogBuffer {
    private let file: AccessLogFile
    private var lines: [UInt8] = []

    init(_ file: AccessLogFile) { self.file = file }

    /// Whether lines stay beyond the turn (`BufferedLogs`).
    var waits: Bool { file.isBuffered }
    var isEmpty: Bool { lines.isEmpty }

    func append(_ request: borrowing Request, _ format: LogFormat, _ clock: inout LogClock) {
        let start = lines.count
        format.append(request, &clock, to: &lines)
        if lines.count > file.writeLimit { flush(upTo: start) }
    }

    /// Writes the lines before the last one, with which they would be too long for one write.
    private func flush(upTo start: Int) {
        if start > 0 { file.destination.write(lines.span.extracting(0..<start)) }
        lines.removeSubrange(..<start)
        if lines.count > file.writeLimit { flush() }
    }

    func flush() {
        if lines.isEmpty { return }
        file.destination.write(lines.span)
        // What one long line needed is not kept for ever.
        lines.removeAll(keepingCapacity: lines.capacity <= 2 * AccessLogFile.fileWriteLimit)
    }
}
