// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// What the configured names of groups mean for a request: `%{GLOBAL}`, `%{RESOURCE}`,
/// `%{SERVER}`, `%{HOST}` and `%{ENV:name}`.
struct GroupNames {
    /// The path that the application is mounted at.
    let scriptName: String
    /// Whether the names that were asked for would be the same for any request to this host, port
    /// and mount.
    private(set) var areConstant = true

    init(scriptName: String) { self.scriptName = scriptName }

    mutating func processGroup(_ name: String?, _ request: borrowing Request) -> String {
        guard let name else { return "" }
        return expand(name, request)
    }

    mutating func applicationGroup(_ name: String?, _ request: borrowing Request) -> String {
        guard let name else { return expand("%{RESOURCE}", request) }
        return expand(name, request)
    }

    mutating func callableObject(_ name: String?, _ request: borrowing Request) -> String {
        guard let name else { return "application" }
        guard name.utf8.first == UInt8(ascii: "%") else { return name }
        guard let variable = Self.variable(in: name) else { return "application" }
        areConstant = false
        return Self.value(of: variable, request) ?? "application"
    }

    private mutating func expand(_ name: String, _ request: borrowing Request) -> String {
        guard name.utf8.first == UInt8(ascii: "%") else { return name }
        switch name {
        case "%{GLOBAL}": return ""
        case "%{RESOURCE}": return "\(request.host.applicationName)|\(scriptName)"
        case "%{SERVER}": return request.host.applicationName
        case "%{HOST}":
            areConstant = false
            return request.hostname ?? request.host.name
        default:
            guard let variable = Self.variable(in: name) else { return name }
            areConstant = false
            guard let value = Self.value(of: variable, request) else { return name }
            return value.hasPrefix("%{ENV:") ? value : expand(value, request)
        }
    }

    /// What stands in `%{ENV:...}`.
    private static func variable(in name: String) -> String? {
        guard name.hasPrefix("%{ENV:"), name.hasSuffix("}"), name.utf8.count > 7 else { return nil }
        return String(name.dropFirst(6).dropLast())
    }

    private static func value(of variable: String, _ request: borrowing Request) -> String? {
        request.notes[variable] ?? request.environment[variable]
            ?? (unsafe getenv(variable).map { unsafe String(cString: $0) })
    }
}
