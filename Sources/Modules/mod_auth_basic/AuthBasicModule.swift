// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_auth_basic: users and passwords by Basic authentication (RFC 7617).
public struct AuthBasicModule: Module {
    public static let name = "auth_basic_module"

    public struct DirectoryConfig: ModuleConfig {
        /// In the order in which they are asked; empty for `file`.
        @Setting var providers: [AuthenticationProvider] = []
        @Setting var isAuthoritative = true
        /// Whether providers are asked for the hashes of Digest authentication.
        @Setting var usesDigestAlgorithm = false
        @Setting var fakeCredentials: BasicCredentials?
        public init() {}
    }

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "AuthBasicProvider", in: [.sections, .htaccess], provider,
            "specify the auth providers for a directory or location", default: "file",
            override: .authConfig, syntax: "AuthBasicProvider provider-name [provider-name] ...",
            merging: [.inherits(\.$providers)]
        ) { config, provider, _ in
            config.providers = (config.$providers.explicit ?? []) + [provider]
        },
        Directive(
            "AuthBasicAuthoritative", in: [.sections, .htaccess], sets: \.$isAuthoritative, .flag,
            "Set to 'Off' to allow access control to be passed along to lower modules if the "
                + "UserID is not known to this module",
            default: "On", override: .authConfig),
        Directive(
            "AuthBasicFake", in: [.sections, .htaccess], sets: \.$fakeCredentials, fake,
            "Fake basic authentication using the given expressions for username and password, "
                + "'off' to disable. Password defaults to 'password' if missing.",
            default: "none", override: .authConfig),
        Directive(
            "AuthBasicUseDigestAlgorithm", in: [.sections, .htaccess],
            sets: \.$usesDigestAlgorithm, digestAlgorithm,
            "Set to 'MD5' to use the auth provider's authentication check for digest auth, using "
                + "a hash of 'user:realm:pass'",
            default: "Off", override: .authConfig),
    ]

    public static func register(in hooks: inout Hooks) {
        hooks.providers.register("Basic", AuthenticationChallenge(BasicAuthentication.challenge))
        hooks.checkUserID.addAsync(
            Self.self, when: BasicAuthentication.isFor, BasicAuthentication.run)
        hooks.fixups.add(Self.self, .last) { request in FakeAuthentication.run(&request) }
    }
}

extension AuthBasicModule {
    private static let provider = Argument<AuthenticationProvider>(
        "provider-name", arity: .iterate
    ) { words, context throws(ArgumentError) in
        let name = words[0]
        guard let provider = context.providers.lookUp(name, AuthenticationProvider.self) else {
            let names = context.providers.names(of: AuthenticationProvider.self)
            throw ArgumentError(
                "Unknown Authn provider: \(name)",
                remedy: name == "file"
                    ? "a2enmod authn_file brings it"
                    : "there are: \(names.joined(separator: ", "))")
        }
        guard provider.checkPassword != nil else {
            throw ArgumentError(
                "The '\(name)' Authn provider doesn't support Basic Authentication")
        }
        return provider
    }

    private static let fake = Argument<BasicCredentials?>(
        "off|username [password]", arity: .oneOrTwo
    ) { words, _ throws(ArgumentError) in
        if words.contains(where: { $0.contains("%{") }) { throw .expression(in: "AuthBasicFake") }
        if words[0].lowercased() == "off" { return nil }
        return BasicCredentials(user: words[0], password: words.count > 1 ? words[1] : "password")
    }

    private static let digestAlgorithm = Argument<Bool>.word("MD5|Off") {
        word, _ throws(ArgumentError) in
        switch word.lowercased() {
        case "md5": true
        case "off": false
        default:
            throw ArgumentError("Invalid algorithm in AuthBasicUseDigestAlgorithm: \(word)")
        }
    }
}

@c(auth_basic_module)
public func authBasicModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(AuthBasicModule.self).retained
}
