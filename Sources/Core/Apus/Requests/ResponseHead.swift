// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

extension Request {
    /// Puts into the head what the response says of its content elsewhere: type, encoding,
    /// languages (the work of httpd's HTTP_HEADER filter).
    func finishHead(_ head: inout ResponseHead) {
        if head.status.forbidsContent && head.status != .notModified {
            head.fields.remove(.contentType)
            return
        }
        if head.status == .notModified {
            for name in Self.notOfNotModified { head.fields.remove(name) }
            return
        }
        if let type = response.contentType ?? defaultType {
            head.fields.set(.contentType, withCharset(type))
        }
        if let encoding = response.contentEncoding { head.fields.set(.contentEncoding, encoding) }
        if !response.contentLanguages.isEmpty {
            head.fields.set(.contentLanguage, response.contentLanguages.joined(separator: ","))
        }
        if response.isUncacheable, !head.fields.contains(.expires) {
            head.fields.set(.expires, HTTPDate.text(Int(received.seconds)))
        }
    }

    private static let notOfNotModified: [FieldName] = [
        .contentEncoding, .contentLanguage, .contentLength, .contentType,
    ]

    private var defaultType: String? { directoryConfig.core.defaultType }

    /// `AddDefaultCharset` is for text/html and text/plain that say nothing of a charset.
    private func withCharset(_ type: String) -> String {
        let setting = directoryConfig.core.addDefaultCharset
        guard case .on(let charset) = setting, !type.utf8.contains(UInt8(ascii: ";")),
            type == "text/html" || type == "text/plain"
        else { return type }
        return type + "; charset=" + charset
    }

    /// The line at the foot of pages that the server makes (`ServerSignature`).
    public func signature(prefix: String) -> String {
        let setting = directoryConfig.core.serverSignature
        guard setting != .off else { return "" }
        let name = serverName.htmlEscaped
        let server =
            setting == .email
            ? "<a href=\"mailto:\(host.core.serverAdmin.htmlEscaped)\">\(name)</a>" : name
        return
            "\(prefix)<address>\(connection.server.banner) Server at \(server) Port \(serverPort)</address>\n"
    }

    /// The name to use for this server: as asked for, or as configured (`UseCanonicalName`).
    public var serverName: String {
        let canonical = directoryConfig.core.useCanonicalName
        return canonical == .on ? host.name : hostname ?? host.name
    }

    /// The port to use for this server in a URL to itself.
    public var serverPort: UInt16 {
        let canonical = directoryConfig.core.useCanonicalName
        let physical: UInt16? =
            host.core.useCanonicalPhysicalPort ? connection.localAddress.port : nil
        switch canonical {
        case .off: return hostPort ?? physical ?? host.port ?? 80
        default: return host.port ?? physical ?? 80
        }
    }

    /// The methods that a handler takes here, for the Allow field.
    public mutating func allow(_ methods: HTTPMethod...) {
        allowedMethods = (allowedMethods ?? []).union(methods)
    }

    var allowField: String {
        var names = allowedMethods ?? []
        if names.contains(.get) { names.insert(.head) }
        if host.core.traceEnable != .off { names.insert(.trace) }
        // httpd lists them by their numbers, GET before HEAD.
        let order: [HTTPMethod] = [
            .get, .head, .put, .post, .delete, .connect, .options, .trace, .patch,
        ]
        return order.filter(names.contains).map(\.name).joined(separator: ",")
    }
}
