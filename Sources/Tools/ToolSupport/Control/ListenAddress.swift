// SPDX-License-Identifier: Apache-2.0

/// Where the server can be reached, as its configuration says.
struct ListenAddress {
    private let environment: Environment
    /// The variables of `Define`, as far as they are read.
    private var defined: [Substring: Substring] = [:]

    init(_ environment: Environment) { self.environment = environment }

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
        var reader = ListenAddress(environment)
        for file in files {
            guard let bytes = try? Files.contents(of: file) else { continue }
            if let address = reader.address(in: String(decoding: bytes, as: UTF8.self)) {
                return address
            }
        }
        return "localhost:80"
    }

    /// The address of the first `Listen` in a file that does not speak TLS.
    mutating func address(in text: String) -> String? {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count > 1 else { continue }
            switch words[0].lowercased() {
            case "define" where words.count > 2: defined[words[1]] = words[2]
            case "listen" where !words.dropFirst(2).contains("https"):
                if let address = address(of: expand(words[1])) { return address }
            default: break
            }
        }
        return nil
    }

    private func address(of given: String) -> String? {
        let colon = given.lastIndex(of: ":")
        let port = colon.map { given[given.index(after: $0)...] } ?? given[...]
        guard UInt16(port) != nil, port != "443" else { return nil }
        let host = colon.map { given[..<$0] } ?? ""
        let isAny = ["", "*", "0.0.0.0", "[::]"].contains(host)
        return "\(isAny ? "localhost" : host):\(port)"
    }

    /// Replaces `${NAME}`; what is not known stays, and is then no port.
    private func expand(_ word: Substring) -> String {
        guard let open = word.firstIndex(of: "$"), word[open...].hasPrefix("${"),
            let close = word[open...].firstIndex(of: "}")
        else { return String(word) }
        let name = word[open..<close].dropFirst(2)
        guard let value = defined[name].map(String.init) ?? environment[String(name)] else {
            return String(word)
        }
        return word[..<open] + value + word[word.index(after: close)...]
    }
}
