// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP

extension Request {
    /// The scheme in URLs to this server: that of ServerName where it names one (`ap_http_scheme`).
    public var scheme: String { host.scheme ?? "http" }

    /// A URL of this server (`ap_construct_url`), named as `UseCanonicalName` says.
    ///
    /// - Parameter path: percent-encoded, with a slash in front; a query may follow.
    public func url(of path: String) -> String {
        let name = serverName
        let host = name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
        let port = serverPort
        return port == URI.defaultPort(scheme)
            ? "\(scheme)://\(host)\(path)" : "\(scheme)://\(host):\(port)\(path)"
    }
}
