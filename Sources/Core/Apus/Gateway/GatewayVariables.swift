// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime
internal import Glibc

// What a program behind the server is told of a request: the variables of RFC 3875 section 4.1
// and those that httpd adds. They become part of the request's environment, as in httpd, so that
// logs find them there, and a redirect within the server hands them on as `REDIRECT_...`. CGI,
// FastCGI, SCGI, uwsgi and WSGI all begin here.

extension Request {
    /// Adds the variables that any program wants: httpd's `ap_add_common_vars`.
    public mutating func addCommonVariables() async {
        _ = await remoteHost()
        var variables = Table()
        addFields(to: &variables)
        addServer(to: &variables)
        addClient(to: &variables)
        environment = variables.completed(by: environment)
    }

    /// Adds the variables of CGI: httpd's `ap_add_cgi_vars`.
    ///
    /// The common ones come first.
    public mutating func addCGIVariables() async {
        var variables = Table()
        variables.append("GATEWAY_INTERFACE", "CGI/1.1")
        variables.append("SERVER_PROTOCOL", isSubrequest ? "INCLUDED" : head.version.description)
        variables.append("REQUEST_METHOD", method.name)
        variables.append("QUERY_STRING", query ?? "")
        variables.append("REQUEST_URI", requestURI)
        let scriptName = path.utf8.prefix(scriptNameLength)
        variables.append("SCRIPT_NAME", String(Substring(scriptName)))
        if let pathInfo, !pathInfo.isEmpty {
            variables.append("PATH_INFO", pathInfo)
            if let translated = await translated(pathInfo) {
                variables.append("PATH_TRANSLATED", translated)
            }
        }
        environment = variables.completed(by: environment)
    }

    // MARK: Fields

    private func addFields(to variables: inout Table) {
        let fields = head.fields
        let passesCredentials = config(of: CoreModule.self).cgiPassAuth
        for index in fields.indices {
            guard let name = GatewayName.variable(for: fields.name(at: index)) else { continue }
            switch name {
            // Whoever reads HTTP_PROXY takes it for a setting of the administrator's (httpoxy).
            case "HTTP_PROXY": continue
            case "HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION":
                if passesCredentials { variables.append(name, fields.valueText(at: index)) }
            case "HTTP_CONTENT_TYPE": variables.append("CONTENT_TYPE", fields.valueText(at: index))
            case "HTTP_CONTENT_LENGTH":
                variables.append("CONTENT_LENGTH", fields.valueText(at: index))
            default: variables.appendJoining(name, fields.valueText(at: index))
            }
        }
    }

    // MARK: The server

    private func addServer(to variables: inout Table) {
        variables.append("PATH", environment["PATH"] ?? ProcessEnvironment.path)
        if let libraries = ProcessEnvironment.libraryPath {
            variables.append("LD_LIBRARY_PATH", libraries)
        }
        variables.append("SERVER_SIGNATURE", signature(prefix: ""))
        variables.append("SERVER_SOFTWARE", connection.server.banner)
        variables.append("SERVER_NAME", serverNameInURL.htmlEscaped)
        variables.append("SERVER_ADDR", connection.localAddress.host)
        variables.append("SERVER_PORT", String(serverPort))
        if let name = knownRemoteHost { variables.append("REMOTE_HOST", name) }
        variables.append("REMOTE_ADDR", clientAddress.host)
        variables.append("DOCUMENT_ROOT", host.core.documentRoot)
        variables.append("REQUEST_SCHEME", connection.scheme)
        variables.append("CONTEXT_PREFIX", contextPrefix ?? "")
        variables.append("CONTEXT_DOCUMENT_ROOT", contextDocumentRoot ?? host.core.documentRoot)
        variables.append("SERVER_ADMIN", host.core.serverAdmin)
        if let filename { variables.append("SCRIPT_FILENAME", filename) }
    }

    // MARK: The client

    private func addClient(to variables: inout Table) {
        variables.append("REMOTE_PORT", String(clientAddress.port))
        if let user = user ?? original?.user { variables.append("REMOTE_USER", user) }
        if let authType { variables.append("AUTH_TYPE", authType) }
        guard let original else { return }
        variables.append("REDIRECT_URL", redirectURL(original))
        if let query = original.query { variables.append("REDIRECT_QUERY_STRING", query) }
    }

    /// `QualifyRedirectURL`.
    private func redirectURL(_ original: OriginalRequest) -> String {
        guard host.core.qualifiesRedirects else { return original.path }
        let standard: UInt16 = connection.scheme == "https" ? 443 : 80
        let port = serverPort == standard ? "" : ":\(serverPort)"
        return "\(connection.scheme)://\(serverNameInURL)\(port)\(original.path)"
    }

    // MARK: CGI

    /// `CGIVar REQUEST_URI`: what the client asked for, or what is answered now.
    private var requestURI: String {
        let rule = config(of: CoreModule.self).cgiVariables["REQUEST_URI"]
        return rule == "current-uri" ? path : head.target
    }

    /// The part of the path that names the script, in bytes: httpd's `ap_find_path_info`, which
    /// takes any number of slashes for one.
    public var scriptNameLength: Int {
        guard let pathInfo, !pathInfo.isEmpty else { return path.utf8.count }
        return GatewayName.length(of: path.bytes, before: pathInfo.bytes)
    }

    /// The file that PATH_INFO would be, taken as a path of its own.
    private func translated(_ pathInfo: String) async -> String? {
        let found = await subrequest(to: Escaping.path(pathInfo))
        guard let filename = found.filename else { return nil }
        return filename + (found.pathInfo ?? "")
    }
}

/// The rules for names.
enum GatewayName {
    /// The variable for a field, such as `HTTP_ACCEPT_ENCODING`.
    ///
    /// - Returns: nil for a name with other bytes than letters, digits and `-`: two different
    ///   fields would become one variable, and a client could pass one off as the other.
    static func variable(for field: Span<UInt8>) -> String? {
        var bytes = Array("HTTP_".utf8)
        bytes.reserveCapacity(field.count + 5)
        for index in field.indices {
            switch field[index] {
            case 0x61...0x7A: bytes.append(field[index] - 0x20)
            case 0x41...0x5A, 0x30...0x39: bytes.append(field[index])
            case 0x2D: bytes.append(0x5F)
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many bytes of `path` stand before its end `info`.
    static func length(of path: [UInt8], before info: [UInt8]) -> Int {
        var position = path.count
        var remaining = info.count
        while position > 0, remaining > 0, path[position - 1] == info[remaining - 1] {
            position -= 1
            remaining -= 1
            if path[position] == 0x2F {
                while position > 0, path[position - 1] == 0x2F { position -= 1 }
            }
        }
        // Where they part in the middle of a name, the script's name goes on to its end.
        while position < path.count, path[position] != 0x2F { position += 1 }
        return position
    }
}

/// What the server itself was started with, and hands on.
private enum ProcessEnvironment {
    static let path = variable("PATH") ?? "/bin:/usr/bin:/usr/ucb:/usr/bsd:/usr/local/bin"
    static let libraryPath = variable("LD_LIBRARY_PATH")

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}

extension Table {
    /// This table with those entries of `other` behind it whose names it has not.
    fileprivate func completed(by other: Table) -> Table {
        var result = self
        for (name, value) in other.entries where self[name] == nil { result.append(name, value) }
        return result
    }

    /// Appends an entry, or adds to the list that an entry of that name is.
    fileprivate mutating func appendJoining(_ name: String, _ value: String) {
        if let known = self[name] {
            self[name] = known + ", " + value
        } else {
            append(name, value)
        }
    }
}
