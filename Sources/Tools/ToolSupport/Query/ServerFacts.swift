// SPDX-License-Identifier: Apache-2.0

/// What the server says of itself (`httpd -V`), as far as a2query passes it on.
struct ServerFacts: Equatable {
    /// The release that modules and `<IfVersion>` go by: that of Apache httpd.
    var version = "2.4.71"
    /// The Module Magic Number without its minor part.
    var moduleMagicNumber = "20120211"
    var mpm: String?

    init() {}

    /// - Parameter text: the output of `httpd -V`; what it does not tell stays at its default.
    init(_ text: String) {
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let name = line[..<colon]
            if name.hasSuffix("Server version") {
                version = Self.release(in: value) ?? version
            } else if name.hasSuffix("Magic Number") {
                moduleMagicNumber = String(value.prefix { $0 != ":" })
            } else if name.hasSuffix("Server MPM"), !value.isEmpty {
                mpm = String(value)
            }
        }
    }

    /// The number after `Apache/`: `Apache/2.4.71 (Debian)`, `Apus/0.1.0 (Apache/2.4.71 compatible)`.
    private static func release(in text: Substring) -> String? {
        for part in text.split(whereSeparator: { $0 == " " || $0 == "(" || $0 == ")" })
        where part.hasPrefix("Apache/") {
            return String(part.dropFirst("Apache/".count))
        }
        return nil
    }
}
