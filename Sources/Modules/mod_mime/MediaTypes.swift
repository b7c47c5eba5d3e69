// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The media types of `TypesConfig`, shared by all hosts.
final class MediaTypes: Sendable {
    let table: ExtensionTable<String>

    convenience init(path: String) throws(SystemError) {
        let file = try OpenFile(path)
        let size = FileStatus(of: file.descriptor)?.size ?? 0
        let text = try file.read(at: 0, count: Int(size))
        self.init(text.span)
    }

    /// Reads lines of a type and the extensions that mean it; `#` begins a comment.
    init(_ text: Span<UInt8>) {
        var table = ExtensionTable<String>()
        var start = 0
        while start < text.count {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
            Self.read(text.extracting(start..<end), into: &table)
            start = end + 1
        }
        self.table = table
    }

    private static func read(_ line: Span<UInt8>, into table: inout ExtensionTable<String>) {
        if line.isEmpty || line[0] == UInt8(ascii: "#") { return }
        let words = String(bytes: line).split { " \t\r\u{0B}\u{0C}".contains($0) }
        guard let type = words.first.map(String.init) else { return }
        for word in words.dropFirst() { table[String(word)] = type }
    }
}
