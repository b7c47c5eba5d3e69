// SPDX-License-Identifier: Apache-2.0

/// Where the server can be reached, as its configuration says.
enum ListenAddress {
    /// The first plain `Listen` of the configuration as `HOST:PORT`, `localhost` standing for all
    /// addresses.
    ///
    /// Only the files that hold it by custom are read, and without their conditions: what differs
    /// is said with `APACHE_STATUSURL`.
    static func first(in layout: Layout, _ environment: Environment) -> String {
        var files = [layout.mainFile, "\(layout.root)/ports.conf"]
        for kind in [Kind.conf, .site] {
            let folder = layout.enabled(kind, environment)
            files += ((try? Files.names(in: folder)) ?? []).map { "\(folder)/\($0)" }
        }
        for file in files {
            guard let bytes = try? Files.contents(of: file) else { continue }
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                if let address = address(in: line) { return address }
            }
        }
        return "localhost:80"
    }

    /// The address in a `Listen` line; nil for another line, and for TLS.
    static func address(in line: Substring) -> String? {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count > 1, words[0].lowercased() == "listen",
            !words.dropFirst(2).contains("https")
        else { return nil }
        let given = words[1]
        let colon = given.lastIndex(of: ":")
        let port = colon.map { given[given.index(after: $0)...] } ?? given
        guard UInt16(port) != nil, port != "443" else { return nil }
        let host = colon.map { given[..<$0] } ?? ""
        let isAny = ["", "*", "0.0.0.0", "[::]"].contains(host)
        return "\(isAny ? "localhost" : host):\(port)"
    }
}
