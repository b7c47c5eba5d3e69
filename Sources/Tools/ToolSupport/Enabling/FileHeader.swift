// SPDX-License-Identifier: Apache-2.0

/// The comments at the top of a `.load` or `.conf` file, which say what it needs.
///
///     # Depends: setenvif mime
///     # Conflicts: mpm_event
struct FileHeader {
    enum Field: String {
        case depends = "Depends"
        case conflicts = "Conflicts"
    }

    let text: String

    /// The names in the first line of a field.
    ///
    /// Only what stands before the first line that is neither empty nor a comment counts.
    subscript(field: Field) -> [String] {
        let prefix = "# \(field.rawValue):"
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            if let first = words.first, !first.hasPrefix("#") { return [] }
            let value = line.dropFirst(prefix.count)
            if line.hasPrefix(prefix), value.first?.isWhitespace == true {
                return value.split(whereSeparator: \.isWhitespace).map(String.init)
            }
        }
        return []
    }
}
