// SPDX-License-Identifier: Apache-2.0

internal import Apus

extension EncodedVariables {
    /// What is the same in all requests for a target.
    init(
        _ key: TargetKey, _ set: SetName, _ script: ScriptName, group: ProcessGroup,
        _ values: DirectorySettings.Values, handlerScript: String?, _ request: borrowing Request
    ) {
        var buffer = PacketBuffer()
        buffer.beginVariables()
        let core = request.host.core
        let variables: [(String, String)] = [
            ("GATEWAY_INTERFACE", "CGI/1.1"),
            ("SERVER_SOFTWARE", request.connection.server.banner),
            ("SERVER_ADMIN", core.serverAdmin),
            ("DOCUMENT_ROOT", core.documentRoot),
            ("CONTEXT_PREFIX", request.contextPrefix ?? ""),
            ("CONTEXT_DOCUMENT_ROOT", request.contextDocumentRoot ?? core.documentRoot),
            ("SCRIPT_FILENAME", key.filename),
            ("mod_wsgi.process_group", set.processGroup),
            ("mod_wsgi.application_group", set.applicationGroup),
            ("mod_wsgi.callable_object", script.callable),
            ("mod_wsgi.request_handler", key.handler),
            ("mod_wsgi.handler_script", handlerScript ?? ""),
            ("mod_wsgi.script_reloading", values.reloadsScripts ? "1" : "0"),
            ("mod_wsgi.enable_sendfile", values.sendsFiles ? "1" : "0"),
            ("mod_wsgi.ignore_activity", values.ignoresActivity ? "1" : "0"),
        ]
        for (name, value) in variables { buffer.append(named: name, value) }
        self.init(bytes: buffer.bytes, count: buffer.variableCount)
    }

    /// What tells a worker which script it is.
    ///
    /// - Parameter isUsual: with what there is of a scope in nearly every request besides: GET, by
    ///   HTTP/1.1, without TLS.
    init(_ script: ScriptName, handlerScript: String?, isUsual: Bool = false) {
        var buffer = PacketBuffer()
        buffer.beginVariables()
        buffer.append(named: "SCRIPT_FILENAME", script.path)
        buffer.append(named: "mod_wsgi.handler_script", handlerScript ?? "")
        buffer.append(named: "mod_wsgi.callable_object", script.callable)
        if isUsual {
            buffer.append(.type, constant: "http")
            buffer.append(.requestMethod, constant: "GET")
            buffer.append(.serverProtocol, constant: "HTTP/1.1")
            buffer.append(.urlScheme, constant: "http")
        }
        self.init(bytes: buffer.bytes, count: buffer.variableCount)
    }
}
