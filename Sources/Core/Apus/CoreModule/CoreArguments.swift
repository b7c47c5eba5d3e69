// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

/// The arguments of the core's directives that are like no others.
enum CoreArguments {
    static let directory = Argument<String>.word("directory-path") {
        word, context throws(ArgumentError) in
        let path = context.resolve(word)
        if context.section.checksDocumentRoots, FileStatus(of: path)?.isDirectory != true {
            guard context.isInVirtualHost else {
                throw ArgumentError(
                    "DocumentRoot '\(word)' is not a directory, or is not readable")
            }
            context.warn(
                "AH00112", "Warning: DocumentRoot [\(word)] does not exist", kind: .startup)
        }
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Files are opened later, when it is sure that the configuration is right.
    static let errorLog = Argument<String>.word("file-path|syslog") {
        word, context throws(ArgumentError) in
        word.hasPrefix("|") || word == "syslog" || word.hasPrefix("syslog:")
            ? word : context.resolve(word)
    }

    /// What an `ErrorLogFormat` is about: each message, or a line told once.
    enum LogSubject: String { case message, request, connection }

    static let errorLogFormat = Argument<(subject: LogSubject, format: ErrorLogFormat)>(
        "[connection|request] format", arity: .oneOrTwo
    ) { words throws(ArgumentError) in
        var subject = LogSubject.message
        if words.count == 2 {
            guard let named = LogSubject(rawValue: words[0].lowercased()), named != .message else {
                throw ArgumentError(
                    "ErrorLogFormat type must be one of request, connection",
                    remedy: "write ErrorLogFormat \"format\", with the format in quotes")
            }
            subject = named
        }
        do throws(LogFormatError) {
            return (subject, try ErrorLogFormat(words.last!))
        } catch {
            throw ArgumentError(error.problem)
        }
    }

    static let protocolOptions = Argument<ProtocolChoices>("option", arity: .iterate) {
        words throws(ArgumentError) in
        var choices = ProtocolChoices()
        switch words[0].lowercased() {
        case "strict": choices.isStrict = true
        case "unsafe": choices.isStrict = false
        case "registeredmethods": choices.requiresRegisteredMethod = true
        case "lenientmethods": choices.requiresRegisteredMethod = false
        case "allow0.9": choices.allowsHTTP09 = true
        case "require1.0": choices.allowsHTTP09 = false
        default:
            throw ArgumentError(
                "HttpProtocolOptions accepts 'Unsafe' or 'Strict' (default), 'RegisteredMethods' "
                    + "or 'LenientMethods' (default), and 'Require1.0' or 'Allow0.9' (default)")
        }
        return choices
    }

    static let serverTokens = Argument<ServerTokens>.word("Major|Minor|Min|Prod|OS|Full") {
        word, _ throws(ArgumentError) in
        switch word.lowercased() {
        case "os": .os
        case "min", "minimal": .minimal
        case "major": .major
        case "minor": .minor
        case "prod", "productonly": .productOnly
        case "full": .full
        default:
            throw ArgumentError(
                "ServerTokens takes 1 argument: 'Prod(uctOnly)', 'Major', 'Minor', 'Min(imal)', 'OS', or 'Full'"
            )
        }
    }

    static let serverSignature = Argument<ServerSignature>.word("On|Off|EMail") {
        word, _ throws(ArgumentError) in
        guard let setting = ServerSignature(rawValue: word.lowercased()) else {
            throw ArgumentError("ServerSignature: use one of: off | on | email")
        }
        return setting
    }

    static let recursion = Argument<Int>("number [number]", arity: .oneOrTwo) {
        words throws(ArgumentError) in
        guard let limit = Int(words[0]), limit > 0 else {
            throw ArgumentError(
                "The recursion limit must be greater than zero.", remedy: "write a number")
        }
        return limit
    }

    static let options = Argument<DirectoryOptions>("[+|-]option", arity: .any) {
        words, context throws(ArgumentError) in
        if context.isHtaccess, let allowed = context.section.overrides.options {
            for word in words {
                let name = word.trimmingSign.lowercased()
                guard allowed.contains(name) || name == "none" else {
                    throw ArgumentError("Option \(word.trimmingSign) not allowed here")
                }
            }
        }
        return try DirectoryOptions(words)
    }

    static let allowOverride = Argument<OverrideLines>("All|None|directive-type", arity: .oneOrMore)
    {
        words, context throws(ArgumentError) in
        if isUseless(context) {
            context.warn(
                "AH00114",
                "Useless use of AllowOverride in line \(context.location.line) of \(context.location.file)."
            )
        }
        return try OverrideLines(classes: words)
    }

    static let allowOverrideList = Argument<OverrideLines>("None|directive", arity: .oneOrMore) {
        words, context in
        if isUseless(context) {
            context.warn("AH00115", "Useless use of AllowOverrideList at \(context.location)")
        }
        return OverrideLines(directives: words)
    }

    /// .htaccess files are looked for in directories, whatever is said of URLs and file names.
    private static func isUseless(_ context: DirectiveContext) -> Bool {
        !context.section.kind.isDisjoint(with: [.location, .files])
    }

    static let errorDocument = Argument<ErrorDocuments>("error-code document", arity: .raw) {
        words, context throws(ArgumentError) in
        var scanner = ConfigWords(words[0])
        guard let code = scanner.next(), !scanner.rest.isEmpty else {
            throw ArgumentError(
                "ErrorDocument takes two arguments, Change responses for HTTP errors")
        }
        guard let number = UInt16(code), number >= 400, !HTTPStatus(number).reason.isEmpty else {
            throw ArgumentError("Unsupported HTTP response code \(code)")
        }
        let document = document(scanner.rest)
        // The client would be sent away without the challenge that 401 is about.
        if number == 401, case .redirect = document {
            context.warn(
                "AH00113",
                "\(context.location) cannot use a full URL in a 401 ErrorDocument directive "
                    + "--- ignoring!")
            return [:]
        }
        return [number: document]
    }

    /// httpd's rule: a path, a URL, `default`, or else text, of which an opening quote is dropped.
    private static func document(_ text: String) -> ErrorDocument {
        let isQuoted = text.hasPrefix("\"")
        let word = ConfigWords.split(text).first ?? ""
        if !isQuoted || word.hasPrefix("/") || word.contains("://") && !word.contains(" ") {
            if word.lowercased() == "default" { return .standard }
            if word.hasPrefix("/") { return .path(word) }
            if word.contains("://") { return .redirect(word) }
        }
        return .text(isQuoted ? word : text)
    }

    static let defaultCharset = Argument<DefaultCharset>.word("On|Off|charset") {
        word, _ throws(ArgumentError) in
        switch word.lowercased() {
        case "off": .off
        case "on": .on("iso-8859-1")
        default: .on(word)
        }
    }

    static let handler = Argument<String?>.word("handler-name|none") {
        word, _ throws(ArgumentError) in word.lowercased() == "none" ? nil : word.lowercased()
    }

    static let mediaType = Argument<String?>.word("media-type|None") {
        word, _ throws(ArgumentError) in word.lowercased() == "none" ? nil : word.lowercased()
    }

    static let defaultType = Argument<String>.string.named("media-type|none")

    static func warnOfDefaultType(
        _ config: inout CoreModule.DirectoryConfig, _ type: String, _ context: DirectiveContext
    ) {
        if type.lowercased() != "none" {
            context.warn(
                "AH00117",
                "Ignoring deprecated use of DefaultType in line \(context.location.line) of \(context.location.file)."
            )
        }
    }

    static let fileETag = Argument<FileETag>("component", arity: .oneOrMore) {
        words throws(ArgumentError) in
        var setting = FileETag()
        for word in words {
            let sign = word.first.flatMap { "+-".contains($0) ? $0 : nil }
            let part: FileETag.Parts
            switch word.trimmingSign.lowercased() {
            case "inode": part = .inode
            case "mtime": part = .modified
            case "size": part = .size
            case "digest": part = .digest
            case "all": part = .all
            case "none" where sign == nil:
                setting.isNone = true
                continue
            default:
                throw ArgumentError("Unknown keyword '\(word)' for FileETag directive")
            }
            switch sign {
            case "+": setting.added.formUnion(part)
            case "-": setting.removed.formUnion(part)
            default: setting.base = (setting.base ?? []).union(part)
            }
        }
        return setting
    }

    /// The limits on the head of a request.
    static let headLimit = Argument<Int>.word("number") { word, context throws(ArgumentError) in
        guard let number = Int(word), number >= 0 else {
            throw ArgumentError(
                "\(context.directive) \"\(word)\" must be a non-negative integer")
        }
        return number
    }

    static let byteLimit = Argument<Int64>.word("bytes") { word, _ throws(ArgumentError) in
        guard let bytes = Int64(word), bytes >= 0 else {
            throw ArgumentError(
                "LimitRequestBody argument is not parsable.", remedy: "write a number of bytes")
        }
        return bytes
    }

    static let encodedSlashes = Argument<EncodedSlashes>.word("On|Off|NoDecode") {
        word, _ throws(ArgumentError) in
        switch word.lowercased() {
        case "on": .on
        case "off": .off
        case "nodecode": .noDecode
        default:
            throw ArgumentError("AllowEncodedSlashes must be On, Off, or NoDecode")
        }
    }

    static func rangeLimit(_ name: String, _ standard: Int) -> Argument<RangeLimit> {
        .word("default|unlimited|none|number") { word, _ throws(ArgumentError) in
            switch word.lowercased() {
            case "none": return .none
            case "default": return .limited(standard)
            case "unlimited": return .unlimited
            default:
                guard let count = Int(word), count > 0 else {
                    throw ArgumentError(
                        "\(name) requires 'none', 'default', 'unlimited' or a positive integer")
                }
                return .limited(count)
            }
        }
    }

    static let cgiVariable = Argument<CGIVariables>("variable rule", arity: .two) {
        words throws(ArgumentError) in
        guard words[0] == "REQUEST_URI" else {
            throw ArgumentError("Unrecognized CGI variable: \"\(words[0])\"")
        }
        guard ["current-uri", "original-uri"].contains(words[1]) else {
            throw ArgumentError(
                "Valid rules for REQUEST_URI are 'current-uri' and 'original-uri'")
        }
        return [words[0]: words[1]]
    }

    static let logLevels = Argument<LogLevels>("[module:]level", arity: .oneOrMore) {
        words throws(ArgumentError) in
        var levels = LogLevels()
        for word in words {
            guard let colon = word.firstIndex(of: ":") else {
                levels.standard = try logLevel(word)
                continue
            }
            let level = String(word[word.index(after: colon)...])
            let module = String(word[..<colon])
            do throws(ArgumentError) {
                let name = moduleName(module)
                guard LogRegistry.hasModule(name) else {
                    throw ArgumentError("Cannot find module \(module)")
                }
                levels.modules[name] = try logLevel(level)
            } catch {
                guard error.remedy != nil else { throw error }
                throw ArgumentError("\(word): \(error.problem)", remedy: error.remedy)
            }
        }
        return levels
    }

    private static func logLevel(_ word: String) throws(ArgumentError) -> LogLevel {
        guard let level = LogLevel(name: word) else {
            throw ArgumentError(
                "Log level keyword must be one of emerg/alert/crit/error/warn/notice/info/debug/trace1/.../trace8",
                remedy: "'\(word)' is none of them")
        }
        return level
    }

    /// `ssl` for `ssl`, `ssl_module` and `mod_ssl.c`.
    private static func moduleName(_ name: String) -> String {
        var short = name
        if short.hasSuffix(".c") { short = String(short.dropLast(2)) }
        if short.hasPrefix("mod_") { short = String(short.dropFirst(4)) }
        if short.hasSuffix("_module") { short = String(short.dropLast("_module".count)) }
        return short
    }

    static let filters = Argument<[String]>.word("filter[;filter...]|none") {
        word, _ throws(ArgumentError) in
        word.lowercased() == "none" ? [] : word.split(separator: ";").map(String.init)
    }
}

extension String {
    /// Without a plus or minus in front.
    var trimmingSign: String {
        hasPrefix("+") || hasPrefix("-") ? String(dropFirst()) : self
    }
}
