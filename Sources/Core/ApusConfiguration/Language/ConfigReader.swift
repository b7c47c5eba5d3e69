// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// Reads configuration files into a tree of directives and sections.
///
/// Directives that decide what is read (`Include`, `Define`, `LoadModule`, `<IfModule>` ...) act
/// at once and are not in the tree; all others wait in it for `DirectiveApplier`. Mistakes are
/// collected; only a section that is not closed, or an endless inclusion, stops the reading.
public final class ConfigReader {
    /// How deep files may include each other.
    public static let maximumDepth = 128
    /// How deep sections may stand in each other.
    ///
    /// They are carried out one inside the other, and the author of an .htaccess file must not be
    /// able to exhaust the stack.
    public static let maximumNesting = 256

    public let delegate: any ConfigReaderDelegate
    public var variables: Variables
    /// What relative paths are under; `ServerRoot` changes it for the lines that follow.
    public var serverRoot: String
    public let warnings: WarningSink
    public private(set) var errors = ConfigErrors()

    /// What an `.htaccess` file may say; nil for the files of the server.
    private let overrides: OverridePolicy?
    private var sources: [LineSource] = []
    private var builders: [TreeBuilder] = []
    private var isStopped = false

    /// - Parameters:
    ///   - serverRoot: that of the command line or the build.
    ///   - overrides: given when the file is an `.htaccess` file.
    public init(
        delegate: any ConfigReaderDelegate, serverRoot: String, variables: Variables = Variables(),
        overrides: OverridePolicy? = nil, warnings: WarningSink = WarningSink()
    ) {
        self.delegate = delegate
        self.serverRoot = serverRoot
        self.variables = variables
        self.overrides = overrides
        self.warnings = warnings
    }

    /// Reads a file with all that it includes.
    public func read(file: String) -> [ConfigNode] {
        do throws(ArgumentError) {
            return try readFile(file)
        } catch {
            report(error, at: nil)
            return []
        }
    }

    /// Reads the contents of a file.
    public func read(_ bytes: [UInt8], file: String) -> [ConfigNode] {
        let limit = overrides == nil ? ConfigLines.serverLimit : ConfigLines.htaccessLimit
        return readAll(LineSource(ConfigLines(bytes, file: file, limit: limit)))
    }

    /// Reads directives of the command line, `-C` or `-c`.
    public func read(commandLine directives: [String]) -> [ConfigNode] {
        let lines = directives.enumerated().map { index, text in
            ConfigLine(
                ConfigLines.trimmed(text),
                at: SourceLocation(file: SourceLocation.commandLineFile, line: index + 1))
        }
        return readAll(LineSource(lines))
    }

    /// Reads further lines as if they stood in the place of the directive being run.
    ///
    /// Sections that begin in them must end in them.
    public func insert(_ lines: [ConfigLine]) throws(ArgumentError) {
        try checkDepth()
        builders[builders.count - 1].append(readAll(LineSource(lines)))
    }

    /// Reads a file as if its lines stood in the place of the directive being run.
    ///
    /// - Throws: `ArgumentError` when it can not be opened.
    public func insert(file: String) throws(ArgumentError) {
        try checkDepth()
        let nodes = try readFile(file)
        builders[builders.count - 1].append(nodes)
    }

    /// The file that a path means: itself if absolute, else under `ServerRoot`.
    public func resolve(_ path: String) -> String { FilePath.absolute(path, under: serverRoot) }

    private func readFile(_ file: String) throws(ArgumentError) -> [ConfigNode] {
        delegate.willRead(
            file: file, includedOn: sources.last?.location.line, depth: sources.count + 1)
        return read(try ConfigFile.contents(of: file), file: file)
    }

    private func checkDepth() throws(ArgumentError) {
        if sources.count > Self.maximumDepth {
            isStopped = true
            throw ArgumentError(
                "Exceeded maximum include depth of \(Self.maximumDepth), "
                    + "There appears to be a recursion.",
                remedy: "a file includes itself, perhaps by way of another")
        }
    }

    private func readAll(_ source: LineSource) -> [ConfigNode] {
        sources.append(source)
        builders.append(TreeBuilder())
        while let line = nextLine() { read(line) }
        do throws(ArgumentError) {
            try builders[builders.count - 1].closeAll()
        } catch {
            // The rest of what was to be read would all stand in the wrong section.
            if !isStopped { report(error, at: sources.last?.location) }
            isStopped = true
        }
        sources.removeLast()
        return builders.removeLast().nodes
    }

    private func nextLine() -> ConfigLine? {
        if isStopped { return nil }
        do throws(ArgumentError) {
            return try sources[sources.count - 1].next()
        } catch {
            isStopped = true
            errors.append(
                ConfigError(
                    .read, at: nil, includedFrom: sources.dropLast().map(\.location),
                    problem: error.problem, remedy: error.remedy))
            return nil
        }
    }

    /// Notes a mistake in the file that is being read.
    private func report(
        _ error: ArgumentError, at location: SourceLocation?, in name: String = ""
    ) {
        errors.append(
            ConfigError(
                .read, at: error.location ?? location,
                includedFrom: sources.dropLast().map(\.location), directive: name,
                problem: error.problem, remedy: error.remedy))
    }
}

// A line

extension ConfigReader {
    private func read(_ line: ConfigLine) {
        if line.text.isEmpty || line.text.utf8.first == UInt8(ascii: "#") { return }
        let text = variables.expand(line.text) { name in
            warnings.add(
                ConfigWarning(
                    code: "AH00111", "Config variable ${\(name)} is not defined",
                    at: line.location))
        }
        guard let opening = OpeningLine(text) else { return }
        do throws(ArgumentError) {
            if opening.name.hasPrefix("</") {
                try builders[builders.count - 1].closeSection(opening.name)
            } else {
                try read(opening.node(at: line.location))
            }
        } catch {
            report(error, at: line.location, in: opening.name)
        }
    }

    private func read(_ node: ConfigNode) throws(ArgumentError) {
        if node.isSection { try checkNesting() }
        for directive in delegate.table.directives(named: node.key) {
            if case .readTime(let action) = directive.kind {
                return try run(action, of: directive.description, node)
            }
        }
        if node.isSection {
            builders[builders.count - 1].openSection(node)
        } else {
            builders[builders.count - 1].append(node)
        }
    }

    private func checkNesting() throws(ArgumentError) {
        let depth = builders.reduce(builders.count) { $0 + $1.depth }
        if depth > Self.maximumNesting {
            isStopped = true
            throw ArgumentError("Sections are nested more than \(Self.maximumNesting) deep")
        }
    }

    private func run(
        _ action: ReadTimeAction, of description: DirectiveDescription, _ node: ConfigNode
    ) throws(ArgumentError) {
        let context = ReadTimeContext(
            directive: description.displayName, location: node.location,
            sections: builders.flatMap(\.openNames), reader: self)
        switch action {
        case .directive(let apply):
            try checkOverride(description)
            for words in try description.arity.arguments(
                in: node, directive: description.name, help: description.help)
            {
                try apply(words, context)
            }
        case .condition(let isRead):
            let isWanted: Bool
            do throws(ArgumentError) {
                try checkOverride(description)
                isWanted = try isRead(node, context)
            } catch {
                report(error, at: node.location, in: description.displayName)
                // That its end may be missing too is no news to anybody.
                _ = try? takeLines(of: node.name)
                return
            }
            if isWanted {
                readContents(of: node)
            } else {
                _ = try takeLines(of: node.name)
            }
        case .lines(let take):
            let lines = try takeLines(of: node.name)
            try checkOverride(description)
            try take(node, lines, context)
        }
    }

    private func checkOverride(_ description: DirectiveDescription) throws(ArgumentError) {
        guard let overrides else { return }
        let place = SectionContext.htaccess(
            directory: "", serverRoot: serverRoot, overrides: overrides)
        let admission = Admission(description)
        if !admission.admits(in: place) { throw admission.refusal(in: place) }
    }

    /// Reads the lines of a conditional section into the section around it.
    private func readContents(of node: ConfigNode) {
        let end = "</\(node.name)>".lowercased()
        builders.append(TreeBuilder())
        var isClosed = false
        while !isClosed, let line = nextLine() {
            if builders[builders.count - 1].isAtTop, line.text.lowercased() == end {
                isClosed = true
            } else {
                read(line)
            }
        }
        if !isClosed && !isStopped { warnOfMissingEnd(node) }
        let nodes = builders.removeLast().nodes
        builders[builders.count - 1].append(nodes)
    }

    /// httpd takes the end of the file for the end of a section whose condition holds.
    private func warnOfMissingEnd(_ node: ConfigNode) {
        var open = ["<\(node.name)>"]
        open += builders[builders.count - 1].openNames.map { "<\($0)>" }
        try? builders[builders.count - 1].closeAll()
        warnings.add(
            ConfigWarning(
                code: "",
                "\(open.joined(separator: ", ")) was not closed before the end of the file",
                at: node.location))
    }

    /// Takes the lines up to the end of a section, without reading them.
    ///
    /// - Throws: `ArgumentError` when the end does not come; the reading stops.
    private func takeLines(of name: String) throws(ArgumentError) -> [ConfigLine] {
        var open = [name]
        var lines: [ConfigLine] = []
        while let line = nextLine() {
            if let problem = SkippedLine(line.text).update(&open) {
                isStopped = true
                throw ArgumentError(problem)
            }
            if open.isEmpty { return lines }
            lines.append(line)
        }
        if isStopped { return lines }
        isStopped = true
        throw ArgumentError("Expected </\(open.last!)> before end of configuration")
    }
}
