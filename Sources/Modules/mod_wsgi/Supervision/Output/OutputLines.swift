// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// What a worker writes to its standard output and error, as lines for the error log.
///
/// There are bounds for a line and for what is written in a second; what is beyond is counted and
/// left out, for an application must neither fill the disk in a moment nor wait for the log.
struct OutputLines {
    struct Line: Equatable {
        /// What logs call the request that it was written for.
        var request: String?
        var text: String
    }

    /// A longer line is cut into several.
    static let lineLimit = 8192
    /// Bytes in a second.
    static let rateLimit = 1 << 20

    private var rest: [UInt8] = []
    private var secondBegan: Int64 = 0
    private var writtenInSecond = 0
    private var leftOut = 0

    /// Takes bytes as they come.
    ///
    /// - Parameter now: by the monotonic clock, in nanoseconds.
    /// - Returns: the lines that are whole.
    mutating func take(_ bytes: Span<UInt8>, now: Int64) -> [Line] {
        var lines = beginSecond(now)
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n") {
                finish(&lines)
            } else {
                rest.append(byte)
                if rest.count == Self.lineLimit { finish(&lines) }
            }
        }
        return lines
    }

    /// What is left, when there is nothing more to come.
    mutating func end(now: Int64) -> [Line] {
        var lines = beginSecond(now)
        if !rest.isEmpty { finish(&lines) }
        if leftOut > 0 { lines.append(notice) }
        leftOut = 0
        return lines
    }

    /// Whether lines were left out that have not been told of.
    var owesNotice: Bool { leftOut > 0 }

    private mutating func beginSecond(_ now: Int64) -> [Line] {
        guard now - secondBegan >= 1_000_000_000 else { return [] }
        secondBegan = now
        writtenInSecond = 0
        guard leftOut > 0 else { return [] }
        defer { leftOut = 0 }
        return [notice]
    }

    private var notice: Line {
        Line(request: nil, text: "\(leftOut) lines have been left out, for there were too many.")
    }

    private mutating func finish(_ lines: inout [Line]) {
        defer { rest.removeAll(keepingCapacity: true) }
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        // An empty line says nothing in a log.
        if rest.isEmpty { return }
        guard writtenInSecond + rest.count <= Self.rateLimit else {
            leftOut += 1
            return
        }
        writtenInSecond += rest.count
        lines.append(Self.line(rest[...]))
    }

    /// A line that was written within a request begins with its name, between two control
    /// characters.
    private static func line(_ bytes: ArraySlice<UInt8>) -> Line {
        var text = bytes
        var request: String?
        if text.first == 0x1E,
            let end = text.prefix(8 * Int(APUS_NAME_WORDS) + 1).firstIndex(of: 0x1F)
        {
            let name = text[text.startIndex + 1..<end]
            if !name.isEmpty, name.allSatisfy(isOfName) {
                request = String(decoding: name, as: UTF8.self)
                text = text[(end + 1)...]
            }
        }
        return Line(request: request, text: String(bytes: Array(text).span))
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
