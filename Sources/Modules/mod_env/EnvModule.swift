// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_env: variables for scripts and other modules, whatever the request.
public struct EnvModule: Module {
    public static let name = "env_module"

    public struct DirectoryConfig: ModuleConfig {
        var variables = EnvironmentVariables()
        public init() {}
    }

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "PassEnv", in: .anywhere, merges: \.variables, EnvironmentVariables.passed,
            "a list of environment variables to pass to CGI.", override: .fileInfo,
            syntax: "PassEnv env-variable [env-variable] ..."),
        Directive(
            "SetEnv", in: .anywhere, merges: \.variables, EnvironmentVariables.set,
            "an environment variable name and optional value to pass to CGI.", override: .fileInfo),
        Directive(
            "UnsetEnv", in: .anywhere, merges: \.variables, EnvironmentVariables.unset,
            "a list of variables to remove from the CGI environment.", override: .fileInfo,
            syntax: "UnsetEnv env-variable [env-variable] ..."),
    ]

    public static func register(in hooks: inout Hooks) {
        hooks.fixups.add(Self.self) { request in
            for (name, value) in request[directory: Self.self].variables.values {
                request.environment[name] = value
            }
            return .declined
        }
    }
}

@c(env_module)
public func envModule() -> UnsafeRawPointer { unsafe ModuleEntry(EnvModule.self).retained }
