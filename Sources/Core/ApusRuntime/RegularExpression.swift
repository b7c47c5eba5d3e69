// SPDX-License-Identifier: Apache-2.0

// PCRE2 is called from here alone. Patterns and subjects are bytes, as in httpd, which compiles
// without UTF: `.` is one byte, and offsets are byte offsets.

internal import CPCRE2
internal import Glibc
internal import Synchronization

/// A compiled pattern, shared by all threads.
@safe public final class RegularExpression: Sendable {
    /// How a pattern is compiled; the C names are httpd's.
    public struct Options: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Letters match in either case: `AP_REG_ICASE`.
        public static let ignoreCase = Options(rawValue: PCRE2_CASELESS)
        /// `^` and `$` match at each line: `AP_REG_NEWLINE`.
        public static let multiline = Options(rawValue: PCRE2_MULTILINE)
        /// `.` matches a newline too: `AP_REG_DOTALL`.
        public static let dotAll = Options(rawValue: PCRE2_DOTALL)
        /// `$` does not match before a final newline: `AP_REG_DOLLAR_ENDONLY`.
        public static let dollarEndOnly = Options(rawValue: PCRE2_DOLLAR_ENDONLY)
        /// Space in the pattern is layout.
        public static let extended = Options(rawValue: PCRE2_EXTENDED)

        // Changed while the configuration is read, and read by whoever compiles a pattern.
        private static let defaults = Atomic<UInt32>(PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY)

        /// What holds unless a pattern says otherwise: `AP_REG_DEFAULT`, as changed by
        /// `RegexDefaultOptions`.
        public static var standard: Options {
            get { Options(rawValue: defaults.load(ordering: .relaxed)) }
            set { defaults.store(newValue.rawValue, ordering: .relaxed) }
        }
    }

    /// How a pattern is matched.
    public struct MatchingOptions: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The subject's first byte begins no line: `AP_REG_NOTBOL`.
        public static let notBeginning = MatchingOptions(rawValue: PCRE2_NOTBOL)
        /// The subject's last byte ends no line: `AP_REG_NOTEOL`.
        public static let notEnd = MatchingOptions(rawValue: PCRE2_NOTEOL)
        /// An empty match is none: `AP_REG_NOTEMPTY`.
        public static let notEmpty = MatchingOptions(rawValue: PCRE2_NOTEMPTY)
        /// An empty match is none where the search starts: `AP_REG_NOTEMPTY_ATSTART`.
        public static let notEmptyAtStart = MatchingOptions(rawValue: PCRE2_NOTEMPTY_ATSTART)
        /// The match begins where the search starts: `AP_REG_ANCHORED`.
        public static let anchored = MatchingOptions(rawValue: PCRE2_ANCHORED)
    }

    public let pattern: String
    public let options: Options
    /// The number of groups that capture, the whole match not counted.
    public let captureCount: Int
    /// The named groups and their numbers, in the order of names.
    public let groupNames: [(name: String, group: Int)]

    // PCRE2's code is not written to once it is compiled, so any thread may match with it.
    private nonisolated(unsafe) let code: OpaquePointer

    /// Compiles a pattern.
    ///
    /// - Throws: `RegularExpressionError`, with the place where the pattern is wrong.
    public init(
        _ pattern: String, _ options: Options = .standard
    ) throws(RegularExpressionError) {
        self.pattern = pattern
        self.options = options
        var error: CInt = 0
        var offset = 0
        let bytes = pattern.bytes
        let compiled = unsafe pcre2_compile_8(
            bytes, bytes.count, options.rawValue | UInt32(PCRE2_DUPNAMES), &error, &offset, nil)
        guard let compiled = unsafe compiled else {
            throw RegularExpressionError(code: error, offset: offset)
        }
        unsafe code = unsafe compiled
        // Where the system forbids generated code this fails, and matching interprets instead.
        _ = unsafe pcre2_jit_compile_8(compiled, PCRE2_JIT_COMPLETE)
        var count: UInt32 = 0
        _ = unsafe pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_CAPTURECOUNT), &count)
        captureCount = Int(count)
        groupNames = unsafe Self.groupNames(of: compiled)
    }

    deinit { unsafe pcre2_code_free_8(code) }

    /// Whether the pattern matches anywhere in the text.
    public func matches(_ text: String, _ options: MatchingOptions = []) -> Bool {
        text.withBytes { matches($0, options) }
    }

    /// Whether the pattern matches anywhere in the bytes; allocates nothing.
    public func matches(_ subject: Span<UInt8>, _ options: MatchingOptions = []) -> Bool {
        unsafe search(subject, 0, options) != nil
    }

    /// The first match in the text; its offsets count the text's bytes.
    public func firstMatch(in text: String, _ options: MatchingOptions = []) -> Match? {
        text.withBytes { firstMatch(in: $0, from: 0, options) }
    }

    /// The first match that begins at `start` or later.
    ///
    /// What lies before `start` is still seen by `^` and by what looks behind.
    public func firstMatch(
        in subject: Span<UInt8>, from start: Int = 0, _ options: MatchingOptions = []
    ) -> Match? {
        guard let data = unsafe search(subject, start, options) else { return nil }
        let offsets = unsafe pcre2_get_ovector_pointer_8(data)!
        return Match(
            captures: (0...captureCount).map { group in
                let start = unsafe offsets[2 * group]
                // A group that took no part has the largest size_t, which is -1 here. \K in a lookahead
                // can put the start behind the end; such a match is empty.
                return start < 0 ? nil : unsafe start..<max(start, offsets[2 * group + 1])
            })
    }

    private func search(
        _ subject: Span<UInt8>, _ start: Int, _ options: MatchingOptions
    ) -> OpaquePointer? {
        let data = unsafe MatchData.ofThisThread(pairs: captureCount + 1)
        let status = unsafe subject.withUnsafeBufferPointer { buffer in
            var empty: UInt8 = 0
            return unsafe withUnsafePointer(to: &empty) { nothing in
                let base = unsafe buffer.baseAddress ?? nothing
                let status = unsafe pcre2_match_8(
                    code, base, buffer.count, start, options.rawValue, data, nil)
                guard status == PCRE2_ERROR_JIT_STACKLIMIT else { return status }
                return unsafe pcre2_match_8(
                    code, base, buffer.count, start,
                    options.rawValue | UInt32(PCRE2_NO_JIT), data, nil)
            }
        }
        // An exceeded limit counts as no match, as it does in httpd.
        return status < 0 ? nil : unsafe data
    }

    private static func groupNames(of code: OpaquePointer) -> [(name: String, group: Int)] {
        var count: UInt32 = 0
        var size: UInt32 = 0
        var table: UnsafePointer<UInt8>?
        _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
        _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &size)
        _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
        return (0..<Int(count)).map { index in
            // An entry is the group's number in two bytes, and the name ended by zero.
            let entry = unsafe table! + index * Int(size)
            return unsafe (String(cString: entry + 2), Int(entry[0]) << 8 | Int(entry[1]))
        }
    }

    /// The version of the library, as `httpd -V` prints it.
    public static var libraryVersion: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            _ = unsafe pcre2_config_8(UInt32(PCRE2_CONFIG_VERSION), buffer.baseAddress)
            return unsafe String(cString: buffer.baseAddress!)
        }
    }
}

/// Why a pattern could not be compiled.
public struct RegularExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: CInt
    /// The byte of the pattern that the library had reached.
    public let offset: Int

    /// The library's explanation.
    public var description: String {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { buffer in
            _ = unsafe pcre2_get_error_message_8(code, buffer.baseAddress, buffer.count)
            return unsafe "\(String(cString: buffer.baseAddress!)) at offset \(offset)"
        }
    }
}

/// Where PCRE2 writes what it found: one block for each thread, which grows with the largest
/// pattern and is freed when the thread ends.
private enum MatchData {
    // Written once; the key itself is a number.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = unsafe pthread_key_create(&key) { block in
            unsafe pcre2_match_data_free_8(OpaquePointer(block))
        }
        precondition(status == 0, "pthread_key_create failed")
        return key
    }()

    static func ofThisThread(pairs: Int) -> OpaquePointer {
        if let block = unsafe pthread_getspecific(key) {
            let existing = OpaquePointer(block)
            if unsafe Int(pcre2_get_ovector_count_8(existing)) >= pairs { return unsafe existing }
            unsafe pcre2_match_data_free_8(existing)
        }
        let created = unsafe pcre2_match_data_create_8(UInt32(max(pairs, 10)), nil)!
        _ = unsafe pthread_setspecific(key, UnsafeRawPointer(created))
        return unsafe created
    }
}
