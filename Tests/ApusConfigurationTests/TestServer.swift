// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration

/// A server as far as the configuration needs one: it knows two modules, and keeps what its
/// sections say.
final class TestServer: ConfigReaderDelegate {
    struct Section {
        let name: String
        let path: String
        let configs: ConfigVectors
    }

    var table = DirectiveTable()
    var warnings = WarningSink()
    var errors = ConfigErrors()
    var main = ConfigVectors()
    var sections: [Section] = []
    var files: [String] = []

    static let core = 0
    static let alias = 1

    init() {
        table.add(
            module: "core_module", sourceName: "core.c", serverDirectives: TestCore.server,
            directoryDirectives: TestCore.directory)
        loadAlias()
    }

    private func loadAlias() {
        table.add(
            module: "alias_module", sourceName: "mod_alias.c",
            serverDirectives: TestAlias.server, directoryDirectives: TestAlias.directory)
    }

    func loadModule(_ name: String, file: String, context: ReadTimeContext) throws(ArgumentError) {
        throw ArgumentError("Cannot load \(file) into server")
    }

    func loadFile(_ file: String, context: ReadTimeContext) throws(ArgumentError) {
        throw ArgumentError("Cannot load \(file) into server")
    }

    func willRead(file: String, includedOn line: Int?, depth: Int) {
        files.append("\(depth) \(line.map(String.init) ?? "*") \(file)")
    }

    func reader(
        root: String = "/etc/test", variables: Variables = Variables(),
        overrides: OverridePolicy? = nil
    ) -> ConfigReader {
        ConfigReader(
            delegate: self, serverRoot: root, variables: variables, overrides: overrides,
            warnings: warnings)
    }

    /// Carries a tree out in the main server.
    func apply(_ nodes: [ConfigNode], in section: SectionContext = .server(root: "/etc/test")) {
        let applier = DirectiveApplier(
            table: table, warnings: warnings,
            remedyForUnknown: { $0 == "Header" ? "a2enmod headers enables it" : nil },
            section: applySection)
        applier.apply(nodes, to: &main, in: section)
        for error in applier.errors.list { errors.append(error) }
    }

    private func applySection(
        _ node: ConfigNode, _ vectors: inout ConfigVectors, _ section: SectionContext,
        _ applier: DirectiveApplier
    ) throws(ArgumentError) {
        let isElse = node.name.lowercased() == "else"
        try node.checkOpening(takesArguments: !isElse, displayName: "<\(node.name)>")
        let path = node.words.first ?? ""
        let children = node.children ?? []
        if node.name == "VirtualHost" {
            var host = ConfigVectors()
            applier.apply(children, to: &host, in: section.entering(node, kind: .virtualHost))
            return keep(node, path, host)
        }
        let kind: Contexts =
            switch node.name {
            case "Directory": .directory
            case "Location": .location
            case "Files": .files
            default: .condition
            }
        let directory = vectors.inSection {
            applier.apply(children, to: &$0, in: section.entering(node, kind: kind, path: path))
        }
        keep(node, path, ConfigVectors(directory: directory))
    }

    private func keep(_ node: ConfigNode, _ path: String, _ configs: ConfigVectors) {
        sections.append(Section(name: node.name, path: path, configs: configs))
    }
}

extension TestServer {
    /// Reads and carries out a text.
    static func of(_ text: String) -> TestServer {
        let server = TestServer()
        let reader = server.reader()
        let nodes = reader.read(Array(text.utf8), file: "test.conf")
        server.errors = reader.errors
        server.apply(nodes)
        return server
    }

    var core: TestCore.ServerConfig { main.server.config(of: TestCore.ServerConfig.self, at: 0) }
    var directory: TestCore.DirectoryConfig {
        main.directory.config(of: TestCore.DirectoryConfig.self, at: 0)
    }
    var problems: [String] { errors.list.map(\.problem) }
}
