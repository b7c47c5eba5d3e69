// SPDX-License-Identifier: Apache-2.0

public import Apus
public import CGIScripts

/// mod_cgid: what a threaded httpd has in place of mod_cgi, since forking a process with threads is
/// slow.
///
/// Starting a script is as cheap here whatever the MPM, so this is mod_cgi with other directives,
/// and there is no daemon behind `ScriptSock`.
public struct CGIDModule: Module {
    public static let name = "cgid_module"
    public typealias ServerConfig = ScriptServerConfig
    public typealias DirectoryConfig = ScriptDirectoryConfig

    public static let serverDirectives =
        ScriptServerConfig.logDirectives + [
            Directive<ScriptServerConfig>(
                "ScriptSock", in: .server, sets: \.$socket, .path,
                "the name of the socket to use for communication with the cgi daemon.",
                default: "cgisock")
        ]

    public static let directoryDirectives = [
        ScriptDirectoryConfig.timeoutDirective("CGIDScriptTimeout")
    ]

    private static let messages = ScriptMessages(
        execCGI: "AH01262", included: "AH01263", missing: "AH01264", directory: "AH01265",
        pathInfo: "AH01266", spawning: "AH01241", reading: "AH01270")

    public static func register(in hooks: inout Hooks) {
        hooks.handler.addAsync(Self.self, when: ScriptHandler.isFor) {
            request async throws(RequestError) in
            try await ScriptHandler.run(&request, for: Self.self, messages)
        }
    }
}

/// The entry of the loadable module.
@c(cgid_module)
public func cgidModule() -> UnsafeRawPointer { unsafe ModuleEntry(CGIDModule.self).retained }
