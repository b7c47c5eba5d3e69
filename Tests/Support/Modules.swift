// SPDX-License-Identifier: Apache-2.0

/// The modules that a configuration needs, found by the directives in it, so that a test's
/// configuration reads as the manual does and loads nothing that it does not speak of.
enum Modules {
    static func needed(by configuration: String) -> Set<String> {
        var needed: Set<String> = []
        for line in configuration.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" || $0 == ">" }
            guard let first = words.first else { continue }
            let directive = first.drop { $0 == "<" }.lowercased()
            for (module, directives) in table where directives.contains(directive) {
                needed.insert(module)
            }
            if directive.hasPrefix("wsgi") { needed.insert("wsgi") }
            for word in words.dropFirst() {
                if let module = byArgument[word.lowercased()] { needed.insert(module) }
            }
        }
        return needed
    }

    private static let byArgument = [
        "cgi-script": "cgi", "server-status": "status", "server-info": "info",
        "user": "authz_user", "valid-user": "authz_user", "ip": "authz_host", "host": "authz_host",
        "local": "authz_host", "forward-dns": "authz_host", "group": "authz_groupfile",
        "+indexes": "autoindex", "indexes": "autoindex", "send-as-is": "asis",
        "wsgi-script": "wsgi",
    ]

    private static let table: [String: Set<String>] = [
        "access_compat": ["allow", "deny", "order", "satisfy"],
        "actions": ["action", "script"],
        "alias": [
            "alias", "aliasmatch", "redirect", "redirectmatch", "redirecttemp",
            "redirectpermanent", "scriptalias", "scriptaliasmatch", "redirectrelative",
            "aliaspreservepath",
        ],
        "allowmethods": ["allowmethods"],
        "auth_basic": [
            "authbasicprovider", "authbasicauthoritative", "authbasicfake",
            "authbasicusedigestalgorithm",
        ],
        "authn_core": ["authname", "authtype", "authnprovideralias"],
        "authn_file": ["authuserfile"],
        "authz_core": [
            "require", "requireall", "requireany", "requirenone", "authmerging",
            "authzprovideralias", "authzsendforbiddenonfailure",
        ],
        "authz_groupfile": ["authgroupfile"],
        "autoindex": [
            "addalt", "addaltbyencoding", "addaltbytype", "adddescription", "addicon",
            "addiconbyencoding", "addiconbytype", "defaulticon", "headername", "indexignore",
            "indexignorereset", "indexoptions", "indexorderdefault", "indexstylesheet",
            "indexheadinsert", "readmename",
        ],
        "cgi": ["cgiscripttimeout", "scriptlog", "scriptloglength", "scriptlogbuffer"],
        "deflate": [
            "deflatebuffersize", "deflatecompressionlevel", "deflatefilternote",
            "deflatewindowsize", "deflatememlevel", "deflatealteretag",
        ],
        "dir": [
            "directoryindex", "directoryindexredirect", "directoryslash", "fallbackresource",
            "directorycheckhandler",
        ],
        "env": ["passenv", "setenv", "unsetenv"],
        "expires": ["expiresactive", "expiresbytype", "expiresdefault"],
        "filter": [
            "addoutputfilterbytype", "filterdeclare", "filterprovider", "filterchain",
            "filterprotocol", "filtertrace",
        ],
        "headers": ["header", "requestheader"],
        "include": [
            "ssiendtag", "ssiundefinedecho", "ssierrormsg", "ssistarttag", "ssitimeformat",
            "ssietag", "ssilastmodified", "xbithack",
        ],
        "info": ["addmoduleinfo"],
        "mime": [
            "addcharset", "addencoding", "addhandler", "addinputfilter", "addlanguage",
            "addoutputfilter", "addtype", "multiviewsmatch", "defaultlanguage",
            "modmimeusepathinfo", "removecharset", "removeencoding", "removehandler",
            "removeinputfilter", "removelanguage", "removeoutputfilter", "removetype",
            "typesconfig",
        ],
        "negotiation": ["cachenegotiateddocs", "forcelanguagepriority", "languagepriority"],
        "proxy": [
            "proxypass", "proxypassmatch", "proxypassreverse", "proxy", "proxymatch",
            "balancermember", "proxyset", "proxyrequests", "proxypreservehost", "proxytimeout",
        ],
        "remoteip": [
            "remoteipheader", "remoteipinternalproxy", "remoteiptrustedproxy",
            "remoteipproxiesheader",
        ],
        "reqtimeout": ["requestreadtimeout"],
        "rewrite": [
            "rewriteengine", "rewriteoptions", "rewritemap", "rewritebase", "rewritecond",
            "rewriterule",
        ],
        "setenvif": [
            "browsermatch", "browsermatchnocase", "setenvif", "setenvifexpr", "setenvifnocase",
        ],
        "userdir": ["userdir"],
        "vhost_alias": ["virtualdocumentroot", "virtualdocumentrootip", "virtualscriptalias"],
    ]
}
