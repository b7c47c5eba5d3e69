// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_authn_file: users and passwords in a text file, as htpasswd and htdigest write it.
public struct AuthnFileModule: Module {
    public static let name = "authn_file_module"

    public struct DirectoryConfig: ModuleConfig {
        @Setting var userFile: String?
        public init() {}
    }

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "AuthUserFile", in: [.sections, .htaccess], sets: \.$userFile, .path,
            "text file containing user IDs and passwords", override: .authConfig)
    ]

    public static func register(in hooks: inout Hooks) {
        hooks.providers.register("file", FileProvider.provider)
    }
}

@c(authn_file_module)
public func authnFileModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(AuthnFileModule.self).retained
}
