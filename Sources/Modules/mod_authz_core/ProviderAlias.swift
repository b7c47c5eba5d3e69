// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// `<AuthzProviderAlias>`: a name for lines of another provider, with settings of their own.
enum ProviderAlias {
    static func apply(
        _ config: inout AuthzCoreModule.DirectoryConfig,
        _ section: DirectiveSection<AuthzCoreModule.DirectoryConfig>
    ) throws(ArgumentError) {
        try section.checkOpening(takesArguments: true)
        let words = section.words
        guard words.count >= 2 else {
            throw ArgumentError("<AuthzProviderAlias> directive requires additional arguments")
        }
        let (base, alias) = (words[0], words[1])
        let text = words.count > 2 ? words[2] : ""
        if words.count > 3 {
            section.context.warn(
                "AH10142",
                "When several arguments (\(text) \(words[3])...) are passed to a "
                    + "<AuthzProviderAlias directive, they must be enclosed in quotation marks.  "
                    + "Otherwise, only the first one is taken into account")
        }
        let settings = section.applyContents(as: .directory, path: "")
        let provider = try AuthorizationProvider.named(base, section.context)
        let requirement = try read(text, base, provider, section.context)
        section.context.offer(
            alias,
            AuthorizationProvider { _, _ throws(ArgumentError) in
                settings.isEmpty ? requirement : requirement.with(settings)
            })
    }

    private static func read(
        _ text: String, _ base: String, _ provider: AuthorizationProvider,
        _ context: DirectiveContext
    ) throws(ArgumentError) -> AuthorizationProvider.Requirement {
        do throws(ArgumentError) {
            return try provider.read(text, context)
        } catch {
            throw ArgumentError(
                "Can't parse 'Require \(base) \(text)': \(error.problem)", remedy: error.remedy)
        }
    }
}

extension AuthorizationProvider.Requirement {
    /// The same line, answered as if the settings were those of the place that was asked for.
    fileprivate func with(_ settings: ConfigVector) -> Self {
        if case .always = self { return self }
        return .awaited { request in
            let outer = request.lay(settings)
            defer { request.restore(outer) }
            switch self {
            case .always(let answer): return answer
            case .computed(let compute): return compute(request)
            case .awaited(let wait): return await wait(&request)
            }
        }
    }
}
