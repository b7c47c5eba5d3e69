// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_dir: index files of directories, the slash at the end of their names, and the resource
/// that answers for what is not there.
public struct DirModule: Module {
    public static let name = "dir_module"

    public struct DirectoryConfig: ModuleConfig {
        @Setting var indexNames = ["index.html"]
        /// 0: the index is served where the directory was asked for.
        @Setting var indexRedirect: UInt16 = 0
        @Setting var redirectsToSlash = true
        @Setting var checksHandler = false
        /// nil: what is not there is not found.
        @Setting var fallback: String?

        public init() {}
    }

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "FallbackResource", in: .anywhere, sets: \.$fallback, fallback, "Set a default handler",
            default: "disabled", override: .indexes),
        Directive(
            "DirectoryIndex", in: .anywhere, Argument<[String]>("local-url", arity: .any) { $0 },
            "a list of file names", default: "index.html", override: .indexes,
            syntax: "DirectoryIndex disabled | local-url [local-url] ...",
            merging: [.inherits(\.$indexNames)]
        ) { config, names, _ in
            let earlier = config.$indexNames.explicit ?? []
            let clears = names.count == 1 && names[0].lowercased() == "disabled"
            config.indexNames = clears ? [] : earlier + names
        },
        Directive(
            "DirectorySlash", in: .anywhere, sets: \.$redirectsToSlash, .flag, "On or Off",
            default: "On", override: .indexes),
        Directive(
            "DirectoryCheckHandler", in: .anywhere, sets: \.$checksHandler, .flag, "On or Off",
            default: "Off", override: .indexes),
        Directive(
            "DirectoryIndexRedirect", in: .anywhere, sets: \.$indexRedirect, indexRedirect,
            "On, Off, or a 3xx status code.", default: "off", override: .indexes),
    ]

    public static func register(in hooks: inout Hooks) {
        hooks.fixups.addAsync(
            Self.self, .last, when: { $0.fileStatus?.isDirectory ?? ($0.handlerName == nil) }
        ) { request async throws(RequestError) in
            guard let status = request.fileStatus else {
                if request.handlerName != nil { return .declined }
                return try await Fallback.serve(&request)
            }
            guard status.isDirectory else { return .declined }
            return try await DirectoryRequest.serve(&request)
        }
    }

    private static let fallback = Argument<String?>.word("disabled|local-url") { word, _ in
        word.lowercased() == "disabled" ? nil : word
    }

    private static let indexRedirect = Argument<UInt16>.word(
        "on|off|permanent|temp|seeother|3xx-code"
    ) { word, _ throws(ArgumentError) in
        switch word.lowercased() {
        case "on", "temp": return 302
        case "off": return 0
        case "permanent": return 301
        case "seeother": return 303
        default:
            guard let code = UInt16(word), (300...399).contains(code) else {
                throw ArgumentError(
                    "DirectoryIndexRedirect only accepts values between 300 and 399",
                    remedy: "write on, off, permanent, temp, seeother or such a number")
            }
            return code
        }
    }
}

@c(dir_module)
public func dirModule() -> UnsafeRawPointer { unsafe ModuleEntry(DirModule.self).retained }
