// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// The names that `Define`, `-D` and the environment give to the configuration.
public struct Variables: Sendable {
    /// In the order in which they were defined.
    public private(set) var definedNames: [String] = []
    /// By lower-case name: a value is found in any case, though `<IfDefine>` tells them apart.
    private var values: [String: String] = [:]
    private let environment: [String: String]

    /// - Parameter environment: that of the server at its start.
    public init(defined names: [String] = [], environment: [String: String] = [:]) {
        self.environment = environment
        for name in names { define(name) }
    }

    public func isDefined(_ name: String) -> Bool { definedNames.contains(name) }

    /// What `Define` set the name to.
    public func value(of name: String) -> String? { values[name.lowercased()] }

    public mutating func define(_ name: String, as value: String? = nil) {
        if !isDefined(name) { definedNames.append(name) }
        if let value { values[name.lowercased()] = value }
    }

    public mutating func undefine(_ name: String) {
        definedNames.removeAll { $0 == name }
        values[name.lowercased()] = nil
    }

    /// Puts values in the place of `${NAME}`: a defined one, else that of the environment.
    ///
    /// A name that is neither stays as it is, and is handed to `missing` unless it has a colon:
    /// that is the form of a map of mod_rewrite. What is put in is not looked at again.
    public func expand(_ line: String, missing: (String) -> Void) -> String {
        guard line.utf8.contains(dollar) else { return line }
        let bytes = line.bytes
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == dollar, index + 1 < bytes.count, bytes[index + 1] == openBrace,
                let end = bytes[(index + 2)...].firstIndex(of: closeBrace)
            else {
                result.append(bytes[index])
                index += 1
                continue
            }
            let written = bytes[(index + 2)..<end]
            let name = String(bytes: written.span)
            if let value = value(of: name) ?? environment[name] {
                result.append(bytesOf: value)
            } else {
                if !name.contains(":") { missing(name) }
                result.append(contentsOf: bytes[index...end])
            }
            index = end + 1
        }
        return String(bytes: result.span)
    }
}

private let dollar = UInt8(ascii: "$")
private let openBrace = UInt8(ascii: "{")
private let closeBrace = UInt8(ascii: "}")
