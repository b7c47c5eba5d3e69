// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_alias: parts of the file system in other places of the URL space, and redirections.
public struct AliasModule: Module {
    public static let name = "alias_module"

    public struct DirectoryConfig: ModuleConfig {
        // The lists of the server are kept with the sections' settings, so that one directive may
        // stand in both; sections add nothing to them.

        /// Those of the server, which act before the path is mapped to a file.
        var aliases: [AliasRule] = []
        var serverRedirects: [RedirectRule] = []
        /// Those of sections, which act when access has been checked.
        var redirects: [RedirectRule] = []
        @Setting var sectionAlias: SectionAlias?
        @Setting var sectionRedirect: RedirectAnswer?
        @Setting var allowsRelative = false
        @Setting var preservesPath = false

        public init() {}
    }

    public static func register(in hooks: inout Hooks) {
        hooks.translateName.add(Self.self) { request throws(RequestError) in
            try translate(&request)
        }
        hooks.fixups.add(Self.self) { request throws(RequestError) in try redirect(&request) }
    }

    /// Redirections go first, whatever the order in the configuration.
    private static func translate(_ request: inout Request) throws(RequestError) -> Outcome {
        guard request.path.isEmpty || request.path.utf8.first == UInt8(ascii: "/") else {
            return .declined
        }
        let config = request.config(of: Self.self)
        if let answer = config.sectionRedirect { try request.redirect(answer.evaluated) }
        for rule in config.serverRedirects {
            if let answer = rule.answer(to: request.path) { try request.redirect(answer) }
        }
        guard let file = config.alias(for: request.path) else { return .declined }
        request.filename = FileName.absolute(file.filename, under: request.connection.server.root)
        request.contextPrefix = file.context?.prefix ?? request.contextPrefix
        request.contextDocumentRoot = file.context?.root ?? request.contextDocumentRoot
        if let handler = file.handler {
            request.handlerName = handler
            // mod_cgi takes it as leave to run the file, whatever Options say.
            request.notes["alias-forced-type"] = handler
        }
        return .done
    }

    /// The redirections of sections, which may be of directories that were not known before.
    private static func redirect(_ request: inout Request) throws(RequestError) -> Outcome {
        let config = request.config(of: Self.self)
        if let answer = config.sectionRedirect { try request.redirect(answer.evaluated) }
        for rule in config.redirects {
            if let answer = rule.answer(to: request.path) { try request.redirect(answer) }
        }
        return .declined
    }
}

extension RedirectAnswer {
    fileprivate var evaluated: RedirectAnswer {
        RedirectAnswer(status: status, target: target.map(Self.escape))
    }
}

@c(alias_module)
public func aliasModule() -> UnsafeRawPointer { unsafe ModuleEntry(AliasModule.self).retained }
