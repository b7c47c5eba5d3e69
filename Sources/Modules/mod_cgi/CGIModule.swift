// SPDX-License-Identifier: Apache-2.0

public import Apus
public import CGIScripts

/// mod_cgi: runs scripts (RFC 3875).
public struct CGIModule: Module {
    public static let name = "cgi_module"
    public typealias ServerConfig = ScriptServerConfig
    public typealias DirectoryConfig = ScriptDirectoryConfig

    public static let serverDirectives = ScriptServerConfig.logDirectives

    public static let directoryDirectives = [
        ScriptDirectoryConfig.timeoutDirective("CGIScriptTimeout")
    ]

    private static let messages = ScriptMessages(
        execCGI: "AH02809", included: "AH02810", missing: "AH02811", directory: "AH02812",
        pathInfo: "AH02813", spawning: "AH01223", reading: "AH01225")

    public static func register(in hooks: inout Hooks) {
        hooks.handler.addAsync(Self.self, when: ScriptHandler.isFor) {
            request async throws(RequestError) in
            try await ScriptHandler.run(&request, for: Self.self, messages)
        }
    }
}

/// The entry of the loadable module.
@c(cgi_module)
public func cgiModule() -> UnsafeRawPointer { unsafe ModuleEntry(CGIModule.self).retained }
