// SPDX-License-Identifier: Apache-2.0

/// A mistake in the configuration, told so that its author can mend it.
///
/// It prints as Apache prints it, since other programs parse that; the remedy is ours and stands
/// on an indented last line.
public struct ConfigError: Error, Hashable, Sendable, CustomStringConvertible {
    /// When a mistake was found, which decides its form.
    public enum Phase: Hashable, Sendable {
        /// While files were read into a tree, or a directive that acts at once was run.
        case read
        /// While the directives of the tree were carried out.
        case apply
    }

    public var phase: Phase
    /// Nil when the mistake is of no line, such as a main file that can not be opened.
    public var location: SourceLocation?
    /// The directives that included the file, outermost first.
    public var includedFrom: [SourceLocation]
    /// The name as the author knows it: `KeepAlive`, `<Directory>`; empty when there is none.
    public var directive: String
    /// In Apache's words where Apache has them.
    public var problem: String
    public var remedy: String?
    /// What does not happen because of it, in Apache's words, on a line of its own:
    /// `AH00015: Unable to open logs`.
    public var consequence: String?

    public init(
        _ phase: Phase, at location: SourceLocation?, includedFrom: [SourceLocation] = [],
        directive: String = "", problem: String, remedy: String? = nil, consequence: String? = nil
    ) {
        self.phase = phase
        self.location = location
        self.includedFrom = includedFrom
        self.directive = directive
        self.problem = problem
        self.remedy = remedy
        self.consequence = consequence
    }

    public var description: String { message(program: "httpd") }

    /// The lines for standard error, without a newline at the end.
    ///
    /// - Parameter program: the name the server was started by; it begins a mistake of reading.
    public func message(program: String) -> String {
        var stated =
            switch phase {
            case .read: "\(program): \(ErrorLogText.escape(placed))"
            case .apply: appliedMessage
            }
        if let consequence { stated += "\n\(consequence)" }
        guard let remedy else { return stated }
        return stated + "\n  " + ErrorLogText.escape(remedy)
    }

    private var appliedMessage: String {
        let problem = ErrorLogText.escape(problem)
        guard let location else { return problem }
        let file = ErrorLogText.escape(location.file)
        return "AH00526: Syntax error on line \(location.line) of \(file):\n\(problem)"
    }

    /// The problem behind the chain of places that lead to it.
    private var placed: String {
        var places = includedFrom
        if let location { places.append(location) }
        var text = ""
        for place in places {
            if place.file != SourceLocation.commandLineFile {
                text += "Syntax error on line \(place.line) of \(place.file): "
            } else if text.isEmpty {
                text += "Syntax error in -C/-c directive: "
            }
        }
        return text + problem
    }
}

/// The mistakes of a configuration, in the order they were found.
public struct ConfigErrors: Error, Hashable, Sendable, CustomStringConvertible {
    public private(set) var list: [ConfigError] = []

    public init(_ list: [ConfigError] = []) { self.list = list }

    public var isEmpty: Bool { list.isEmpty }

    public mutating func append(_ error: ConfigError) { list.append(error) }

    public func message(program: String) -> String {
        list.map { $0.message(program: program) }.joined(separator: "\n")
    }

    public var description: String { message(program: "httpd") }
}
