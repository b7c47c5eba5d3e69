// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration

/// Knows which module brings a directive, for those who forgot to enable it.
enum ModuleRemedy {
    /// What to do about a name that no loaded module knows.
    static func forUnknown(_ name: String, root: String) -> String? {
        let name = name.lowercased()
        // All of that module's have its name in front, and no others do.
        guard let module = name.hasPrefix("wsgi") ? "wsgi" : owners[name] else { return nil }
        return "a2enmod \(module) enables it"
    }

    private static let owners: [String: String] = {
        var owners: [String: String] = [:]
        for (module, names) in directives {
            for name in names.split(separator: " ") { owners[name.lowercased()] = module }
        }
        return owners
    }()

    /// The directives of modules that can be switched off.
    private static let directives: [(module: String, names: String)] = [
        (
            "alias",
            "Alias AliasMatch Redirect RedirectMatch RedirectTemp RedirectPermanent ScriptAlias ScriptAliasMatch RedirectRelative AliasPreservePath"
        ),
        (
            "authz_core",
            "Require <RequireAll <RequireAny <RequireNone AuthMerging <AuthzProviderAlias AuthzSendForbiddenOnFailure"
        ),
        (
            "autoindex",
            "AddAlt AddAltByEncoding AddAltByType AddDescription AddIcon AddIconByEncoding AddIconByType DefaultIcon HeaderName IndexIgnore IndexIgnoreReset IndexOptions IndexOrderDefault IndexStyleSheet IndexHeadInsert ReadmeName"
        ),
        ("cgi", "CGIScriptTimeout ScriptLog ScriptLogLength ScriptLogBuffer"),
        ("cgid", "ScriptSock CGIDScriptTimeout"),
        (
            "dir",
            "DirectoryIndex DirectoryIndexRedirect DirectorySlash FallbackResource DirectoryCheckHandler"
        ),
        ("env", "PassEnv SetEnv UnsetEnv"),
        ("headers", "Header RequestHeader"),
        (
            "mime",
            "AddCharset AddEncoding AddHandler AddInputFilter AddLanguage AddOutputFilter AddType MultiviewsMatch DefaultLanguage ModMimeUsePathInfo RemoveCharset RemoveEncoding RemoveHandler RemoveInputFilter RemoveLanguage RemoveOutputFilter RemoveType TypesConfig"
        ),
        ("reqtimeout", "RequestReadTimeout"),
        ("setenvif", "BrowserMatch BrowserMatchNoCase SetEnvIf SetEnvIfExpr SetEnvIfNoCase"),
    ]
}
