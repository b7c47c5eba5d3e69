// SPDX-License-Identifier: Apache-2.0

internal import Apus

extension Argument where Value == Bool {
    /// On or Off, in mod_wsgi's words.
    static var onOrOff: Self {
        .word("On|Off") { word, context throws(ArgumentError) in
            guard let value = isOn(word) else {
                throw ArgumentError(
                    "\(context.directive) must be one of: Off | On",
                    remedy: "'\(word)' is neither")
            }
            return value
        }
    }
}

/// Reads On or Off.
func isOn(_ word: String) -> Bool? {
    switch word.lowercased() {
    case "on": true
    case "off": false
    default: nil
    }
}

extension Argument where Value == HeadMapping {
    static var headMapping: Self {
        .word("On|Off|Auto") { word, context throws(ArgumentError) in
            switch word.lowercased() {
            case "on": return .on
            case "off": return .off
            case "auto": return .auto
            default:
                throw ArgumentError(
                    "\(context.directive) must be one of: Off | On | Auto",
                    remedy: "'\(word)' is none of them")
            }
        }
    }
}

extension Argument where Value == [String] {
    /// `X-Forwarded-For` as the variable it becomes.
    static var fieldVariables: Self {
        Self("field-name [field-name] ...") { words, _ in words.map(FieldVariable.name) }
    }
}

/// The names of variables that fields of a request become.
enum FieldVariable {
    /// `HTTP_X_FORWARDED_FOR` of `X-Forwarded-For`.
    static func name(_ field: String) -> String {
        "HTTP_" + String(field.uppercased().map { $0 == "-" ? "_" : $0 })
    }
}

extension Argument where Value == [Subnet] {
    static var trustedProxies: Self {
        Self("address|subnet ...") { words, _ throws(ArgumentError) in
            var subnets: [Subnet] = []
            for word in words {
                do throws(ArgumentError) {
                    subnets.append(try Subnet(word))
                } catch {
                    throw ArgumentError(
                        "Unable to parse trusted proxy IP address/subnet of \"\(word)\".",
                        remedy: error.remedy)
                }
            }
            return subnets
        }
    }
}

/// The words of a line that names a script, and its options.
struct ScriptArguments {
    let path: String
    private(set) var processGroup: String?
    private(set) var applicationGroup: String?
    private(set) var callableObject: String?
    private(set) var passesAuthorization: Bool?

    /// - Parameters:
    ///   - allowed: the options that the directive knows.
    ///   - purpose: what mod_wsgi's message calls the line, such as `script alias`.
    init(
        path: String, options reader: inout OptionReader, allowed: Set<String>, purpose: String
    ) throws(ArgumentError) {
        self.path = path
        let invalid = "Invalid option to WSGI \(purpose) definition."
        while true {
            switch reader.option() {
            case .end: return
            case .other(let word):
                throw ArgumentError(invalid, remedy: "'\(word)' has no value; write \(word)=value")
            case .option(let name, let value):
                guard allowed.contains(name) else {
                    throw ArgumentError(invalid, remedy: "there is no option '\(name)' here")
                }
                try set(name, value)
            }
        }
    }

    private mutating func set(_ name: String, _ value: String) throws(ArgumentError) {
        // Written out, the global group wins over one of a section around.
        let group = value == "%{GLOBAL}" ? "" : value
        switch name {
        case "process-group":
            if value.isEmpty { throw ArgumentError("Invalid name for WSGI process group.") }
            processGroup = group
        case "application-group":
            if value.isEmpty { throw ArgumentError("Invalid name for WSGI application group.") }
            applicationGroup = group
        case "callable-object":
            if value.isEmpty { throw ArgumentError("Invalid name for WSGI callable object.") }
            callableObject = value
        default:
            guard let flag = isOn(value) else {
                throw ArgumentError("Invalid value for authorization flag.")
            }
            passesAuthorization = flag
        }
    }

    /// A script that the server asks questions.
    var auxiliary: AuxiliaryScript {
        AuxiliaryScript(path: path, applicationGroup: applicationGroup)
    }
}

extension Argument where Value == AuxiliaryScript {
    static func auxiliaryScript(_ purpose: String) -> Argument<AuxiliaryScript> {
        Argument("file-path [application-group=name]", arity: .raw) {
            words, context throws(ArgumentError) in
            var reader = OptionReader(words[0])
            guard let path = reader.word(), !path.isEmpty else {
                throw ArgumentError("Location of \(purpose) not supplied.")
            }
            return try ScriptArguments(
                path: context.resolve(path), options: &reader, allowed: ["application-group"],
                purpose: purpose
            ).auxiliary
        }
    }
}
