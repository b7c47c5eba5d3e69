// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_wsgi: runs Python applications, by WSGI (PEP 3333) or ASGI, in processes of their own.
public struct WSGIModule: Module {
    public static let name = "wsgi_module"

    public struct ServerConfig: ModuleConfig {
        /// Those of this host; the names are unique over all hosts.
        var daemonProcesses: [ProcessGroup] = []
        public init() {}
    }

    public static let serverDirectives: [Directive<ServerConfig>] = [
        Directive(
            "WSGIDaemonProcess", in: .servers,
            Argument<String>("name [option=value] ...", arity: .raw) { $0[0] },
            "Specify details of daemon processes to start.", merging: []
        ) { config, text, context throws(ArgumentError) in
            var group = try ProcessGroup(arguments: text)
            group.location = context.location
            config.daemonProcesses.append(group)
        }
    ]
}

/// The entry of the loadable module.
@c(wsgi_module)
public func wsgiModule() -> UnsafeRawPointer { unsafe ModuleEntry(WSGIModule.self).retained }
