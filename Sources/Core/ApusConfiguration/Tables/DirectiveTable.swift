// SPDX-License-Identifier: Apache-2.0

/// All directives of the loaded modules, by name, and how the modules' settings merge.
public struct DirectiveTable: Sendable {
    /// The modules, in the order of their indices.
    public private(set) var modules: [ModuleEntry] = []
    private var entries: [String: [AnyDirective]] = [:]
    /// The source files under which directives are listed that another module declares.
    private(set) var listedUnder: [String: String] = [:]

    /// A module as far as the configuration is concerned.
    public struct ModuleEntry: Sendable {
        /// Such as `headers_module`.
        public let name: String
        /// Such as `mod_headers.c`, which `<IfModule>` and `httpd -L` use.
        public let sourceName: String
        /// In the order in which the module declares them.
        public let directives: [AnyDirective]
        /// Whether the module has settings of directories at all.
        public let hasDirectoryConfig: Bool

        let serverPlan: MergePlan
        let directoryPlan: MergePlan
    }

    public init() {}

    /// Takes in a module.
    ///
    /// - Returns: the index of its settings in a `ConfigVector`.
    @discardableResult
    public mutating func add<Server, Directory>(
        module name: String, sourceName: String, serverDirectives: [Directive<Server>],
        directoryDirectives: [Directive<Directory>]
    ) -> Int {
        let index = modules.count
        let directives =
            serverDirectives.map {
                AnyDirective($0, module: index, named: name, vector: \.server)
            }
            + directoryDirectives.map {
                AnyDirective($0, module: index, named: name, vector: \.directory)
            }
        modules.append(
            ModuleEntry(
                name: name, sourceName: sourceName, directives: directives,
                hasDirectoryConfig: Directory.self != NoConfig.self,
                serverPlan: MergePlan(Server.self, serverDirectives),
                directoryPlan: MergePlan(Directory.self, directoryDirectives)))
        for directive in directives {
            entries[directive.description.name.lowercased(), default: []].append(directive)
        }
        return index
    }

    /// Has `httpd -L` list directives, which another module declares, as those of a source file.
    public mutating func list(_ names: [String], under sourceName: String) {
        for name in names { listedUnder[name.lowercased()] = sourceName }
    }

    /// The directives of a name, in the order of their modules.
    ///
    /// - Parameter name: in any case; that of a section begins with `<`.
    public func directives(named name: String) -> [AnyDirective] {
        entries[name.lowercased()] ?? []
    }

    /// What `<IfModule>` asks: by identifier or by the name of httpd's source file.
    public func hasModule(_ name: String) -> Bool {
        modules.contains { $0.name == name || $0.sourceName == name }
    }

    public var allDirectives: [AnyDirective] { modules.flatMap(\.directives) }
}

// Defaults and merging

extension DirectiveTable {
    /// The settings of all modules as they are when the configuration says nothing.
    public func defaults() -> ConfigVectors {
        ConfigVectors(
            server: ConfigVector(modules.map { $0.serverPlan.makeDefault() }),
            directory: ConfigVector(modules.map { $0.directoryPlan.makeDefault() }))
    }

    /// The settings of a virtual host as they act: its own over those of the main server.
    public func mergeServers(_ inner: ConfigVector, over outer: ConfigVector) -> ConfigVector {
        merge(inner, over: outer, plan: \.serverPlan)
    }

    /// The settings of a section as they act: its own over those of the sections before it.
    public func mergeDirectories(_ inner: ConfigVector, over outer: ConfigVector) -> ConfigVector {
        merge(inner, over: outer, plan: \.directoryPlan)
    }

    private func merge(
        _ inner: ConfigVector, over outer: ConfigVector, plan: KeyPath<ModuleEntry, MergePlan>
    ) -> ConfigVector {
        var merged = outer.boxes
        for (index, box) in inner.boxes.enumerated() {
            guard let box else { continue }
            if index >= merged.count {
                merged.append(contentsOf: repeatElement(nil, count: index + 1 - merged.count))
            }
            if let below = merged[index] {
                merged[index] = modules[index][keyPath: plan].merge(box, below)
            } else {
                merged[index] = box
            }
        }
        return ConfigVector(merged)
    }
}
