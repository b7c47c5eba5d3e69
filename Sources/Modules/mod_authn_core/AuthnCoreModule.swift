// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_authn_core: how users are asked for (`AuthType`, `AuthName`), and other names for providers
/// that know them.
public struct AuthnCoreModule: Module {
    public static let name = "authn_core_module"

    public struct DirectoryConfig: ModuleConfig {
        /// Nil for `None`, too.
        @Setting var type: String?
        /// Ready to stand between quotation marks.
        @Setting var realm: String?
        public init() {}
    }

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "AuthType", in: [.sections, .htaccess], sets: \.$type, type,
            "an HTTP authorization type (e.g., \"Basic\")", override: .authConfig,
            syntax: "AuthType None|Basic|Digest|Form"),
        Directive(
            "AuthName", in: [.sections, .htaccess], sets: \.$realm, realm,
            "the authentication realm (e.g. \"Members Only\")", override: .authConfig),
        .section(
            "AuthnProviderAlias", in: .server, "baseProvider Alias",
            "container for grouping an authentication provider's directives under a provider "
                + "alias",
            applies: ProviderAlias.apply),
    ]

    private static let type = Argument<String?>.word("type") { word, _ throws(ArgumentError) in
        if word.contains("%{") { throw .expression(in: "AuthType") }
        return word.lowercased() == "none" ? nil : word
    }

    private static let realm = Argument<String?>.word("auth-domain") {
        word, _ throws(ArgumentError) in
        if word.contains("%{") { throw .expression(in: "AuthName") }
        return QuotedText.escape(word)
    }

    public static func register(in hooks: inout Hooks) {
        hooks.providers.register(
            AuthenticationSettings.providerName,
            AuthenticationSettings(
                type: { $0.config(of: AuthnCoreModule.self).type },
                name: { $0.config(of: AuthnCoreModule.self).realm }))
        hooks.checkUserID.add(Self.self, .last) { request throws(RequestError) in
            // Nobody else was to find out a user, or nobody else is there who could.
            guard let type = request.configuredAuthType else { return .done }
            request.log(
                .error, in: Self.self, "AH01796",
                "AuthType \(type) configured without corresponding module")
            throw RequestError(.internalServerError)
        }
    }
}

/// What stands between quotation marks (RFC 9110 section 5.6.4).
enum QuotedText {
    /// With a backslash before each mark that has none yet (`ap_escape_quotes`).
    static func escape(_ text: String) -> String {
        var result = ""
        var isEscaped = false
        for character in text.unicodeScalars {
            if character == "\"", !isEscaped { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(character)
            isEscaped = character == "\\" && !isEscaped
        }
        return result
    }
}

@c(authn_core_module)
public func authnCoreModule() -> UnsafeRawPointer {
    unsafe ModuleEntry(AuthnCoreModule.self).retained
}
