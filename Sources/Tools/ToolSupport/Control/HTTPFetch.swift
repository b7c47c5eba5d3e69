// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// One GET over HTTP/1.0: enough to read a status page, and no browser.
struct HTTPFetch {
    /// A page that is longer is cut off; mod_status writes some kilobytes.
    private static let maximumBytes = 4 << 20
    private static let timeoutSeconds = 10

    let url: String
    private let host: String
    private let port: String
    private let target: String

    /// - Throws: `ToolFailure` for what is no `http://` URL.
    init(_ url: String) throws(ToolFailure) {
        self.url = url
        let scheme = "http://"
        guard url.lowercased().hasPrefix(scheme) else {
            throw ToolFailure(
                "'\(url)' is no http:// URL; set APACHE_LYNX to a browser that reads it")
        }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest.dropFirst(authority.count)
        target = path.hasPrefix("/") ? String(path) : "/\(path)"
        let bracket = authority.lastIndex(of: "]")
        let colon = authority.lastIndex(of: ":").flatMap { index in
            bracket.map { $0 < index } ?? true ? index : nil
        }
        host = String(authority[..<(colon ?? authority.endIndex)].filter { !"[]".contains($0) })
        port = colon.map { String(authority[authority.index(after: $0)...]) } ?? "80"
    }

    /// The body of a 200 response.
    ///
    /// - Throws: `ToolFailure` that says what came instead.
    func text() throws(ToolFailure) -> String {
        let descriptor = try connect()
        defer { close(descriptor) }
        let name = host.contains(":") ? "[\(host)]" : host
        let request =
            "GET \(target) HTTP/1.0\r\nHost: \(name):\(port)\r\nUser-Agent: apachectl\r\n\r\n"
        let response: [UInt8]
        do {
            try writeAll(Array(request.utf8).span, to: descriptor)
            response = try readAll(from: descriptor, limit: Self.maximumBytes)
        } catch {
            throw ToolFailure("\(url): \(error)")
        }
        return try body(of: response)
    }

    private func body(of response: [UInt8]) throws(ToolFailure) -> String {
        let end: [UInt8] = [13, 10, 13, 10]
        let statusLine = String(decoding: response.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
        let words = statusLine.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].hasPrefix("HTTP/"),
            let start = response.indices.first(where: { response[$0...].starts(with: end) })
        else { throw ToolFailure("\(url): the answer is not HTTP") }
        guard words[1].hasPrefix("200") else {
            throw ToolFailure("\(url): \(words[1]); is mod_status enabled, and open to localhost?")
        }
        return String(decoding: response[(start + end.count)...], as: UTF8.self)
    }

    /// Connects to the first of the host's addresses that answers.
    private func connect() throws(ToolFailure) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, port, &hints, &list)
        guard code == 0 else {
            throw ToolFailure("\(url): \(unsafe String(cString: gai_strerror(code)))")
        }
        defer { unsafe freeaddrinfo(list) }
        var failure = SystemError(ECONNREFUSED)
        var next = unsafe list
        while let address = unsafe next?.pointee {
            unsafe next = address.ai_next
            let descriptor = unsafe socket(
                address.ai_family, Int32(SOCK_STREAM.rawValue), address.ai_protocol)
            if descriptor < 0 { continue }
            var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
            let size = socklen_t(MemoryLayout<timeval>.size)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                _ = unsafe setsockopt(descriptor, SOL_SOCKET, option, &timeout, size)
            }
            if unsafe Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 {
                return descriptor
            }
            failure = SystemError()
            close(descriptor)
        }
        throw ToolFailure("\(url): \(failure)")
    }
}
