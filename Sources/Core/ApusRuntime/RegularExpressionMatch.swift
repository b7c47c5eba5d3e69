// SPDX-License-Identifier: Apache-2.0

extension RegularExpression {
    /// Where a pattern matched, in bytes from the subject's beginning.
    public struct Match: Hashable, Sendable {
        /// The whole match, then each group; nil for a group that took no part.
        public let captures: [Range<Int>?]

        public init(captures: [Range<Int>?]) { self.captures = captures }

        /// The whole match.
        public var range: Range<Int> { captures[0]! }

        /// What a group captured of the subject; nil for a group that took no part or is not there.
        public func capture(_ group: Int, in subject: String) -> String? {
            guard captures.indices.contains(group), let range = captures[group] else { return nil }
            return subject.withBytes { String(bytes: $0.extracting(range)) }
        }

        /// Fills a template: `$0` to `$9` stand for captures, a backslash for the character after it.
        ///
        /// A group that captured nothing leaves nothing. The corresponding C function is
        /// `ap_pregsub`; `&` has no meaning, as in httpd 2.4.
        public func expand(_ template: String, subject: String) -> String {
            guard template.utf8.contains(where: { $0 == dollar || $0 == backslash }) else {
                return template
            }
            var result: [UInt8] = []
            subject.withBytes { expand(template.bytes, subject: $0, into: &result) }
            return String(bytes: result.span)
        }

        /// Appends the filled template.
        public func expand(
            _ template: [UInt8], subject: Span<UInt8>, into result: inout [UInt8]
        ) {
            var index = 0
            while index < template.count {
                let byte = template[index]
                let next = index + 1 < template.count ? template[index + 1] : nil
                if byte == dollar, let next, isDigit(next) {
                    append(Int(next - UInt8(ascii: "0")), of: subject, to: &result)
                    index += 2
                } else if byte == backslash, let next {
                    result.append(next)
                    index += 2
                } else {
                    result.append(byte)
                    index += 1
                }
            }
        }

        private func append(_ group: Int, of subject: Span<UInt8>, to result: inout [UInt8]) {
            guard captures.indices.contains(group), let range = captures[group] else { return }
            for place in range { result.append(subject[place]) }
        }
    }
}

private let dollar = UInt8(ascii: "$")
private let backslash = UInt8(ascii: "\\")

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
