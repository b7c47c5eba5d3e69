// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A text to be found in others, by the algorithm of Horspool: the byte under the end of the
/// pattern says how far it can be moved on, most often by the pattern's whole length.
struct TextPattern: Sendable {
    private let text: [UInt8]
    private let ignoresCase: Bool
    /// How far to move on for each byte, at most 255.
    private let steps: [UInt8]

    init(_ text: [UInt8], ignoringCase: Bool) {
        let text = ignoringCase ? text.map(Self.lowercased) : text
        var steps = [UInt8](repeating: UInt8(clamping: text.count), count: 256)
        for (index, byte) in text.dropLast().enumerated() {
            let step = UInt8(clamping: text.count - 1 - index)
            steps[Int(byte)] = step
            if ignoringCase { steps[Int(Self.uppercased(byte))] = step }
        }
        self.text = text
        self.steps = steps
        ignoresCase = ignoringCase
    }

    func isFound(in value: Span<UInt8>) -> Bool {
        let count = text.count
        if count == 0 { return true }
        var end = count - 1
        while end < value.count {
            if matches(value, endingAt: end) { return true }
            end += Int(steps[Int(value[end])])
        }
        return false
    }

    private func matches(_ value: Span<UInt8>, endingAt end: Int) -> Bool {
        var index = text.count - 1
        while index >= 0 {
            let byte = value[end - (text.count - 1 - index)]
            guard (ignoresCase ? Self.lowercased(byte) : byte) == text[index] else { return false }
            index -= 1
        }
        return true
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    private static func uppercased(_ byte: UInt8) -> UInt8 {
        (0x61...0x7A).contains(byte) ? byte & 0xDF : byte
    }
}
