// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The value of a line: text, with what `%` stands for filled in for each request.
struct HeaderValue: Sendable {
    enum Part: Sendable {
        case text(String)
        /// `%t`, `%D`: when the request came, and how long ago that is, in microseconds.
        case received, elapsed
        /// `%l`, `%i`, `%b`: how busy the machine and the server are.
        case loadAverages, idlePercentage, busyPercentage
        /// `%{NAME}e`, `%{NAME}s`: a variable of the request, or of its TLS connection.
        case variable(String)
        case tlsVariable(String)
    }

    let parts: [Part]

    func text(for request: borrowing Request) -> String {
        // Most values are nothing but text.
        if parts.count == 1, case .text(let text) = parts[0] { return text }
        var text = ""
        for part in parts { text += part.text(for: request) }
        return text
    }
}

extension HeaderValue.Part {
    fileprivate func text(for request: borrowing Request) -> String {
        switch self {
        case .text(let text): text
        case .received: "t=\(request.received.microseconds)"
        case .elapsed: "D=\((MonotonicClock.now - request.started) / 1000)"
        case .loadAverages: "l=\(SystemLoad.current)"
        case .idlePercentage: "i=\(request.connection.context.serverLoad.idlePercentage)"
        case .busyPercentage: "b=\(request.connection.context.serverLoad.busyPercentage)"
        case .variable(let name): request.environment[name] ?? "(null)"
        case .tlsVariable(let name): request.tlsVariable(name) ?? "(null)"
        }
    }
}

extension HeaderValue {
    /// Reads a value.
    init(_ text: String) throws(ArgumentError) {
        var parts: [Part] = []
        var rest = text[...]
        while let percent = rest.firstIndex(of: "%") {
            if percent > rest.startIndex { parts.append(.text(Self.unescaped(rest[..<percent]))) }
            rest = rest[percent...].dropFirst()
            parts.append(try Self.takeSpecifier(from: &rest))
        }
        if !rest.isEmpty || parts.isEmpty { parts.append(.text(Self.unescaped(rest))) }
        self.parts = parts
    }

    /// The text with `\t`, `\n`, `\r` and `\\` read; any other backslash stands for itself.
    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var rest = text
        while let backslash = rest.firstIndex(of: "\\") {
            result += rest[..<backslash]
            rest = rest[backslash...].dropFirst()
            switch rest.first {
            case "t": result.append("\t")
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "\\": result.append("\\")
            default:
                result.append("\\")
                continue
            }
            rest = rest.dropFirst()
        }
        return result + rest
    }

    /// Reads what follows a `%`: a letter, or `{argument}` and a letter.
    private static func takeSpecifier(from rest: inout Substring) throws(ArgumentError) -> Part {
        guard let first = rest.first, first != "%" else {
            rest = rest.dropFirst()
            return .text("%")
        }
        var argument = ""
        if first == "{" {
            let end = rest.firstIndex(of: "}") ?? rest.endIndex
            argument = String(rest[..<end].dropFirst())
            rest = rest[end...].dropFirst()
        }
        switch rest.popFirst() {
        case "t": return .received
        case "D": return .elapsed
        case "l": return .loadAverages
        case "i": return .idlePercentage
        case "b": return .busyPercentage
        case "e": return .variable(argument)
        case "s": return .tlsVariable(argument)
        case let letter:
            throw ArgumentError(
                "Unrecognized header format %\(letter.map(String.init) ?? "")",
                remedy: "there are %t %D %l %i %b %{NAME}e %{NAME}s and %% for a percent sign")
        }
    }
}
