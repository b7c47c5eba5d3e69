// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_reqtimeout: how long a client may take to send a request.
///
/// The connection does the measuring.
public struct ReqTimeoutModule: Module {
    public static let name = "reqtimeout_module"

    public struct ServerConfig: ModuleConfig {
        var stages = RequestStages()
        public init() {}
    }

    public static let serverDirectives: [Directive<ServerConfig>] = [
        Directive(
            "RequestReadTimeout", in: .servers, merges: \.stages, RequestStages.argument,
            "Set various timeout parameters for TLS handshake and/or reading request headers and "
                + "body",
            default: "handshake=0 header=20-40,MinRate=500 body=20,MinRate=500")
    ]

    public static func register(in hooks: inout Hooks) {
        hooks.preConnection.add(Self.self) { connection in
            connection.readTimeouts =
                connection.defaultHost.config(of: Self.self).stages.timeouts
        }
    }
}

@c(reqtimeout_module)
public func reqTimeoutModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(ReqTimeoutModule.self).retained
}
