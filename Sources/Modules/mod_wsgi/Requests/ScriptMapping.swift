// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// From paths to scripts: httpd's translate_name for `WSGIScriptAlias`.
enum ScriptMapping {
    /// The handler of scripts.
    static var handler: String { "wsgi-script" }

    static func translate(_ request: inout Request) -> Outcome {
        guard !request[host: WSGIModule.self].scriptAliases.isEmpty,
            request.path.isEmpty || request.path.utf8.first == UInt8(ascii: "/")
        else { return .declined }
        let aliases = request[host: WSGIModule.self].scriptAliases
        for alias in aliases where alias.leads(&request) {
            request.handlerName = handler
            // The handler takes it as leave to run the file, whatever Options say.
            request.mapping = alias
            return .done
        }
        return .declined
    }
}
