// SPDX-License-Identifier: Apache-2.0

internal import CAPR

/// A file name pattern with `*`, `?` and, except in the simple form, `[...]` and backslashes.
public struct Glob: Hashable, Sendable {
    public struct Options: OptionSet, Hashable, Sendable {
        public let rawValue: CInt
        public init(rawValue: CInt) { self.rawValue = rawValue }

        /// A backslash is an ordinary character.
        public static let noEscape = Options(rawValue: APR_FNM_NOESCAPE)
        /// A slash is matched by a slash alone, never by a wildcard.
        public static let pathname = Options(rawValue: APR_FNM_PATHNAME)
        /// A dot that leads a name is matched by a dot alone.
        public static let period = Options(rawValue: APR_FNM_PERIOD)
        /// Letters match in either case.
        public static let ignoreCase = Options(rawValue: APR_FNM_CASE_BLIND)
    }

    public let pattern: String
    public let options: Options

    public init(_ pattern: String, _ options: Options = []) {
        self.pattern = pattern
        self.options = options
    }

    /// Whether the whole text matches.
    ///
    /// The corresponding C function is `apr_fnmatch`.
    public func matches(_ text: String) -> Bool {
        unsafe apr_fnmatch(pattern.cStringBytes, text.cStringBytes, options.rawValue) == APR_SUCCESS
    }

    /// Whether the text has a wildcard at all.
    ///
    /// The corresponding C function is `apr_fnmatch_test`.
    public static func isPattern(_ text: String) -> Bool {
        unsafe apr_fnmatch_test(text.cStringBytes) != 0
    }

    /// Matches `*` and `?` alone, slashes and dots like any other character.
    ///
    /// The corresponding C functions are `ap_strcmp_match` and `ap_strcasecmp_match`; server
    /// names, directories and file sections are matched with it.
    public static func matchesSimple(
        _ text: String, _ pattern: String, ignoreCase: Bool = false
    ) -> Bool {
        let text = text.bytes
        let pattern = pattern.bytes
        var place = 0
        var wanted = 0
        // Where to take up again when the last star has to cover one byte more: only the last
        // matters, so the time is bounded by the product of the lengths.
        var retry: (place: Int, wanted: Int)?
        while place < text.count {
            if wanted < pattern.count, pattern[wanted] == UInt8(ascii: "*") {
                wanted += 1
                retry = (place, wanted)
            } else if wanted < pattern.count,
                pattern[wanted] == UInt8(ascii: "?")
                    || isSame(pattern[wanted], text[place], ignoreCase)
            {
                wanted += 1
                place += 1
            } else if let last = retry {
                retry = (last.place + 1, last.wanted)
                (place, wanted) = (last.place + 1, last.wanted)
            } else {
                return false
            }
        }
        return pattern[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    private static func isSame(_ one: UInt8, _ other: UInt8, _ ignoreCase: Bool) -> Bool {
        one == other || ignoreCase && lowercased(one) == lowercased(other)
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

extension String {
    /// The bytes this text stands for, ended by the zero that C wants.
    fileprivate var cStringBytes: [CChar] {
        bytes.map { CChar(bitPattern: $0) } + [0]
    }
}
