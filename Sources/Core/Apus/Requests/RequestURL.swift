// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP

extension Request {
    /// The scheme in URLs to this server: that of ServerName where it names one (`ap_http_scheme`).
    public var scheme: String { host.scheme ?? "http" }

    /// The name to use for this server in a URL, and in SERVER_NAME (RFC 3875 section 4.1.14): an
    /// IPv6 address stands in brackets (`ap_get_server_name_for_url`).
    public var serverNameInURL: String {
        let name = serverName
        let isIPv6 = name.utf8.contains(UInt8(ascii: ":")) && !name.hasPrefix("[")
        return isIPv6 ? "[\(name)]" : name
    }

    /// A URL of this server (`ap_construct_url`), named as `UseCanonicalName` says.
    ///
    /// - Parameter path: percent-encoded, with a slash in front; a query may follow.
    public func url(of path: String) -> String {
        let host = serverNameInURL
        let port = serverPort
        return port == URI.defaultPort(scheme)
            ? "\(scheme)://\(host)\(path)" : "\(scheme)://\(host):\(port)\(path)"
    }
}
