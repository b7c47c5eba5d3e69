// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// Reads the fields after the last chunk, held to the limits of other fields.
///
/// Few requests have any, so their bytes are collected here.
struct TrailerParser: Sendable {
    private let limits: RequestLimits
    private var section: FieldSectionParser
    private var block: [UInt8] = []
    private var lineStart = 0

    init(limits: RequestLimits) {
        self.limits = limits
        section = FieldSectionParser(limits: limits, isStrict: true)
    }

    var fields: Fields { Fields(arena: block, entries: section.entries) }

    /// Reads on from `start`.
    ///
    /// - Returns: where it stopped, and whether the empty line was there.
    mutating func read(
        _ received: Span<UInt8>, from start: Int
    ) throws(RequestParseError) -> (end: Int, isComplete: Bool) {
        var index = start
        while index < received.count {
            let lineFeed = received.firstIndex(of: 0x0A, from: index)
            let end = lineFeed.map { $0 + 1 } ?? received.count
            guard block.count - lineStart + (end - index) <= limits.fieldSize + 2 else {
                throw RequestParseError(.fieldTooLong)
            }
            block.append(copying: received.extracting(index..<end))
            index = end
            guard lineFeed != nil else { break }
            guard try readLine() else { return (index, true) }
        }
        return (index, false)
    }

    /// - Returns: false for the empty line.
    private mutating func readLine() throws(RequestParseError) -> Bool {
        let end = block.count - 2
        guard end >= lineStart, block[end] == 0x0D else { throw RequestParseError(.invalidLineEnd) }
        let line = lineStart..<end
        lineStart = block.count
        guard !line.isEmpty else {
            try section.checkMergedSizes(block.span, end: block.count)
            return false
        }
        // A second name for the same array: one value cannot be read and changed at once.
        let bytes = block
        try section.readLine(bytes.span, line)
        return true
    }
}
