// SPDX-License-Identifier: Apache-2.0

/// Enables or disables modules, sites or snippets, one after another.
struct Enabler {
    let action: EnablingName.Action
    let kind: Kind
    let options: EnablingOptions
    let layout: Layout
    let environment: Environment
    let console: Console
    /// The server to ask about its MPM, if there is one.
    let server: ServerProgram?

    let availableFolder: String
    let enabledFolder: String
    let markers: Markers

    /// The names whose links changed, in order.
    var changed: [String] = []
    /// Whether the service that cleans mod_cache_disk's folders starts or stops with it.
    var concernsCacheCleaner = false
    /// The names that are being dealt with; a dependency among them is not followed in a circle.
    private var current: [String] = []

    init(
        _ name: EnablingName, _ options: EnablingOptions, _ layout: Layout,
        _ invocation: Invocation, server: ServerProgram?
    ) {
        action = name.action
        kind = name.kind
        self.options = options
        self.layout = layout
        self.server = server
        environment = invocation.environment
        console = invocation.console
        availableFolder = layout.available(name.kind, environment)
        enabledFolder = layout.enabled(name.kind, environment)
        markers = Markers(directory: layout.stateDirectory(environment))
    }

    /// The names there are to choose from, in a dictionary's order.
    var choices: [String] {
        let folder = action == .enable ? availableFolder : enabledFolder
        let names = (try? Files.names(in: folder)) ?? []
        return names.filter { $0.hasSuffix(kind.suffix) && !$0.hasPrefix(".") }
            .map { String($0.dropLast(kind.suffix.count)) }
            .sorted { ($0.lowercased(), $0) < ($1.lowercased(), $1) }
    }

    /// Enables or disables one name, and what goes with it.
    ///
    /// - Returns: whether it now is as asked.
    /// - Throws: `ToolFailure` when nothing further can be done either.
    mutating func act(on given: String) throws(ToolFailure) -> Bool {
        var name = given
        if kind == .module, action == .enable, name == "cgi", selectsCgid() { name = "cgid" }
        if current.contains(name) { return true }
        current.append(name)
        defer { current.removeLast() }

        let item = Item(name, self)
        // A slash would lead out of the folder, and to a link that the server does not read.
        guard !name.contains("/"), Files.exists(item.target) else { return try actOnMissing(item) }
        return switch action {
        case .enable: try enable(item)
        case .disable: try disable(item)
        }
    }

    /// Deals with a name for which there is no available file.
    private mutating func actOnMissing(_ item: Item) throws(ToolFailure) -> Bool {
        if !item.name.contains("/"), Files.isDangling(item.link) {
            if action == .disable {
                for link in [item.link, "\(enabledFolder)/\(item.name).conf"]
                where Files.isDangling(link) {
                    console.inform("removing dangling symlink \(link)\n")
                    try remove(link)
                }
                return true
            }
            console.error("\(item.link) is a dangling symlink!")
        }
        if options.purges {
            _ = mark(item)
            return true
        }
        console.error("\(kind.title) \(item.name) does not exist!")
        return false
    }

    /// Deals with the names that have to be dealt with first.
    mutating func actFirst(on names: [String], for name: String) throws(ToolFailure) -> Bool {
        for other in names {
            console.inform("Considering dependency \(other) for \(name):\n")
            guard try act(on: other) else {
                console.error(
                    "Could not \(action.rawValue) dependency \(other) for \(name), aborting")
                return false
            }
        }
        return true
    }

    func header(of file: String) -> FileHeader {
        do {
            return FileHeader(text: String(decoding: try Files.contents(of: file), as: UTF8.self))
        } catch {
            console.error("Can't open \(file): \(error)")
            return FileHeader(text: "")
        }
    }

    func link(_ link: String, to target: String) throws(ToolFailure) {
        let folder = directoryPart(link)
        do {
            // git keeps no empty folder, so that a fresh checkout may lack it.
            try Files.makeDirectories(folder)
            try Files.makeLink(link, to: relative(absolute(target), from: absolute(folder)))
        } catch {
            throw ToolFailure("Could not create \(link): \(error)")
        }
    }

    func remove(_ link: String) throws(ToolFailure) {
        do {
            try Files.remove(link)
        } catch {
            throw ToolFailure("Could not remove \(link): \(error)")
        }
    }

    /// Notes who did this, or forgets it when purging; a failure is told.
    func mark(_ item: Item) -> Bool {
        do {
            if options.purges {
                try markers.forget(kind, item.name)
            } else {
                try markers.record(
                    action, kind, item.name, by: options.isMaintenance ? .maint : .admin)
            }
            return true
        } catch {
            console.error(error.message ?? "")
            return false
        }
    }
}

/// The files of one name.
struct Item {
    let name: String
    let target: String
    let link: String
    /// A module's settings, when it has such a file, and the link to them.
    let settings: (target: String, link: String)?

    init(_ name: String, _ enabler: Enabler) {
        self.name = name
        target = "\(enabler.availableFolder)/\(name)\(enabler.kind.suffix)"
        link = "\(enabler.enabledFolder)/\(name)\(enabler.kind.suffix)"
        let settings = "\(enabler.availableFolder)/\(name).conf"
        let hasSettings = enabler.kind == .module && Files.exists(settings)
        self.settings = hasSettings ? (settings, "\(enabler.enabledFolder)/\(name).conf") : nil
    }
}
