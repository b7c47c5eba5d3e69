// SPDX-License-Identifier: Apache-2.0

internal import Apus

// A file's name is a base name and extensions, each of which may say something: page.html.de.gz
// is a page, in German, compressed. Of what there can be only one of, the last extension decides;
// languages and encodings add up (manual: mod_mime, "Files with Multiple Extensions").

/// What the extensions of a file's name say about it.
struct FileMetadata: ~Copyable {
    private(set) var type: String?
    private(set) var charset: String?
    private(set) var languages: [String] = []
    private(set) var encoding: String?
    private(set) var handler: String?
    private(set) var inputFilters: [String] = []
    private(set) var outputFilters: [String] = []
    /// The parts of the name that say nothing about what is negotiated, the base name first.
    ///
    /// Nil unless asked for, and when no part says anything.
    private(set) var exceptions: [String]?

    /// - Parameters:
    ///   - path: a file's name, or any path that ends with it.
    ///   - types: those of TypesConfig.
    ///   - matching: which extensions count as known for negotiation, nil where none is going on.
    init(
        of path: borrowing String, _ extensions: borrowing ExtensionMap, types: MediaTypes?,
        matching: MultiviewsMatch? = nil
    ) {
        let path = path.utf8Span.span
        let base = Self.baseName(of: path)
        var unknown: [String] = []
        var knowsAny = false
        var start = base.upperBound
        while start < path.count {
            let end = Self.firstDot(in: path, from: start)
            if end > start {
                let name = path.extracting(start..<end)
                let isKnown = take(name, extensions, types, matching)
                knowsAny = knowsAny || isKnown
                if !isKnown, matching != nil { unknown.append(String(bytes: name)) }
            }
            start = end + 1
        }
        if knowsAny, matching != nil {
            exceptions =
                [
                    String(
                        bytes: path.extracting(
                            base.lowerBound..<max(base.lowerBound, base.upperBound - 1)))
                ] + unknown
        }
    }

    /// From the last slash to behind the first dot that is not at the beginning: a name that
    /// begins with dots is a hidden file, not one with an extension alone.
    private static func baseName(of path: Span<UInt8>) -> Range<Int> {
        var start = path.count
        while start > 0, path[start - 1] != UInt8(ascii: "/") { start -= 1 }
        var end = start
        while end < path.count, path[end] == UInt8(ascii: ".") { end += 1 }
        return start..<firstDot(in: path, from: end) + 1
    }

    private static func firstDot(in path: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < path.count, path[end] != UInt8(ascii: ".") { end += 1 }
        return end
    }

    /// Takes in what an extension says; returns whether it says anything that is negotiated.
    private mutating func take(
        _ name: Span<UInt8>, _ extensions: borrowing ExtensionMap, _ types: MediaTypes?,
        _ matching: MultiviewsMatch?
    ) -> Bool {
        guard let index = extensions.index(of: name) else { return takeType(name, types) }
        let meaning = extensions[index]
        var isKnown = false
        switch meaning.type {
        case .unset: isKnown = takeType(name, types)
        case .removed: break
        case .value(let type):
            self.type = type
            isKnown = true
        }
        if case .value(let charset) = meaning.charset {
            self.charset = charset
            isKnown = true
        }
        if case .value(let language) = meaning.language {
            languages.append(language)
            isKnown = true
        }
        if case .value(let encoding) = meaning.encoding {
            self.encoding = self.encoding.map { "\($0), \(encoding)" } ?? encoding
            isKnown = true
        }
        return takeProcessing(meaning, matching) || isKnown
            || matching?.contains(.any) == true
    }

    private mutating func takeType(_ name: Span<UInt8>, _ types: MediaTypes?) -> Bool {
        guard let types, let index = types.table.index(of: name) else { return false }
        type = types.table.values[index]
        return true
    }

    /// Handler and filters are for requests that name the extension, unless MultiviewsMatch says
    /// that they count.
    private mutating func takeProcessing(
        _ meaning: ExtensionMeaning, _ matching: MultiviewsMatch?
    ) -> Bool {
        var isKnown = false
        if case .value(let handler) = meaning.handler {
            self.handler = handler
            isKnown = matching?.contains(.handlers) == true
        }
        if case .value(let filters) = meaning.inputFilters {
            inputFilters += filters
            isKnown = isKnown || matching?.contains(.filters) == true
        }
        if case .value(let filters) = meaning.outputFilters {
            outputFilters += filters
            isKnown = isKnown || matching?.contains(.filters) == true
        }
        return isKnown
    }
}
