// SPDX-License-Identifier: Apache-2.0

/// A response as it came over the wire.
public struct RawResponse: Sendable {
    public struct Field: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    /// `HTTP/1.1`; empty for the answer to an HTTP/0.9 request, which is content alone.
    public internal(set) var version = ""
    public internal(set) var status = 0
    public internal(set) var reason = ""
    /// In the order and case in which they came.
    public internal(set) var fields: [Field] = []
    /// The content, without the chunked coding.
    public internal(set) var body: [UInt8] = []
    public internal(set) var trailers: [Field] = []
    /// All bytes of the response.
    public internal(set) var raw: [UInt8] = []
    /// Whether all came that the framing promised.
    public internal(set) var isComplete = true

    /// The values of all fields of a name, in whatever case.
    public subscript(name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The head as it came, without the empty line.
    public var head: String {
        let text = String(decoding: raw, as: UTF8.self)
        return String(text[..<(text.firstRange(of: "\r\n\r\n")?.lowerBound ?? text.endIndex)])
    }
}

extension RawResponse: CustomStringConvertible {
    public var description: String { String(decoding: raw.prefix(4000), as: UTF8.self) }
}
