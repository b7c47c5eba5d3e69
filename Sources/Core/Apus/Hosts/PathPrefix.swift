// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

/// The URL-path of an Alias, Redirect or WSGIScriptAlias: matches whole segments at the beginning of a path.
public struct PathPrefix: Sendable {
    public let text: String
    private let bytes: [UInt8]

    public init(_ text: String) {
        self.text = text
        bytes = text.bytes
    }

    /// How many bytes of `path` are matched, nil where it does not begin with this.
    ///
    /// Any number of slashes matches any number of them, so the count may be greater or less than
    /// the length of the prefix.
    public func matchedCount(in path: Span<UInt8>) -> Int? {
        var wanted = 0
        var place = 0
        while wanted < bytes.count {
            guard place < path.count, path[place] == bytes[wanted] else { return nil }
            wanted += 1
            place += 1
            guard bytes[wanted - 1] == slash else { continue }
            while wanted < bytes.count, bytes[wanted] == slash { wanted += 1 }
            while place < path.count, path[place] == slash { place += 1 }
        }
        let endsSegment = bytes.last == slash || place == path.count || path[place] == slash
        return place > 0 && endsSegment ? place : nil
    }
}

private let slash = UInt8(ascii: "/")
