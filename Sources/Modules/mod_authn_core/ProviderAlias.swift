// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// `<AuthnProviderAlias>`: a name for another provider, with settings of its own.
enum ProviderAlias {
    static func apply(
        _ config: inout AuthnCoreModule.DirectoryConfig,
        _ section: DirectiveSection<AuthnCoreModule.DirectoryConfig>
    ) throws(ArgumentError) {
        try section.checkOpening(takesArguments: true)
        let words = section.words
        guard words.count >= 2, !words[0].isEmpty, !words[1].isEmpty else {
            throw ArgumentError(
                "<AuthnProviderAlias> directive requires additional arguments",
                remedy: "write <AuthnProviderAlias provider alias>")
        }
        let (base, alias) = (words[0], words[1])
        guard base.lowercased() != alias.lowercased() else {
            throw ArgumentError(
                "The alias provider name must be different from the base provider name.")
        }
        let providers = section.context.providers
        guard providers.lookUp(alias, AuthenticationProvider.self) == nil else {
            throw ArgumentError(
                "The alias provider \(alias) has already be registered previously as either a "
                    + "base provider or an alias provider.")
        }
        guard let provider = providers.lookUp(base, AuthenticationProvider.self) else {
            throw ArgumentError("Unknown Authn provider: \(base)")
        }
        let settings = section.applyContents(as: .directory, path: "")
        section.context.offer(alias, provider.with(settings))
    }
}

extension AuthenticationProvider {
    /// The same provider, asked as if the settings were those of the place that was asked for.
    fileprivate func with(_ settings: ConfigVector) -> AuthenticationProvider {
        if settings.isEmpty { return self }
        var check: PasswordCheck?
        if let checkPassword {
            check = { request, user, password in
                let outer = request.lay(settings)
                defer { request.restore(outer) }
                return await checkPassword(&request, user, password)
            }
        }
        var lookup: RealmHashLookup?
        if let realmHash {
            lookup = { request, user, realm in
                let outer = request.lay(settings)
                defer { request.restore(outer) }
                return await realmHash(&request, user, realm)
            }
        }
        return AuthenticationProvider(checkPassword: check, realmHash: lookup)
    }
}
