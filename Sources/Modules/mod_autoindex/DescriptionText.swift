// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// Descriptions are HTML: tags take no room, and an entity as much as a letter.
enum DescriptionText {
    /// Cuts a description to a number of letters; what was cut ends with `>`.
    static func cut(_ text: [UInt8], to width: Int) -> [UInt8] {
        var room = width
        var index = 0
        while index < text.count, room > 0 || text[index] == UInt8(ascii: "<") {
            switch text[index] {
            case UInt8(ascii: "<"):
                guard skip(to: UInt8(ascii: ">"), in: text, &index) else { return text }
            case UInt8(ascii: "&"):
                room -= 1
                guard skip(to: UInt8(ascii: ";"), in: text, &index) else { return text }
            default: room -= 1
            }
            index += 1
        }
        guard room == 0, index < text.count, index > 0 else { return text }
        return text[..<(index - 1)] + [UInt8(ascii: ">")]
    }

    private static func skip(to byte: UInt8, in text: [UInt8], _ index: inout Int) -> Bool {
        while index < text.count, text[index] != byte { index += 1 }
        return index < text.count
    }

    /// The title of an HTML file, looked for in its first bytes.
    static func title(of path: String) -> [UInt8]? {
        guard let text = try? OpenFile(path).read(at: 0, count: 8191) else { return nil }
        let tag = Array("<title>".utf8)
        var matched = 0
        for (index, byte) in text.enumerated() {
            let letter = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            matched = letter == tag[matched] ? matched + 1 : 0
            guard matched == tag.count else { continue }
            return text[(index + 1)...].prefix { $0 != UInt8(ascii: "<") }.map {
                $0 == 0x0A || $0 == 0x0D ? 0x20 : $0
            }
        }
        return nil
    }
}
