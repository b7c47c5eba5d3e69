// SPDX-License-Identifier: Apache-2.0

/// The answers of a2query for one layout.
struct Query {
    private let layout: Layout
    private let invocation: Invocation
    private let modules: EnabledNames
    private let markers: Markers

    /// - Throws: `ToolFailure` when modules cannot be listed, or two MPMs are enabled: nothing
    ///   that is said about such a server would be sure.
    init(_ given: Invocation) throws(ToolFailure) {
        var invocation = given
        let name = lastPart(given.program)
        let suffix = name.firstIndex(of: "-").map { String(name[$0...]) } ?? ""
        layout = try Layout.adding(to: &invocation, suffix: suffix)
        self.invocation = invocation
        modules = try EnabledNames(.module, layout, invocation.environment)
        markers = Markers(directory: layout.stateDirectory(invocation.environment))
        if modules.mpms.count > 1 {
            throw ToolFailure(
                "There is more than one MPM loaded. Do not proceed due to undefined results")
        }
    }

    /// Answers everything that was asked, in a fixed order.
    ///
    /// - Throws: `ToolFailure` at the first name that is not enabled; its status says why.
    func answer(_ options: QueryOptions, _ console: Console) throws(ToolFailure) {
        for kind in Kind.allCases {
            if let name = options.queries[kind] { try find(name, kind, console) }
        }
        let wanted = options.flags.intersection("avMd")
        if wanted.isEmpty { return }
        let server = ServerProgram.find(for: layout, invocation)
        let facts = wanted == ["d"] ? ServerFacts() : facts(of: server)
        if wanted.contains("a") { console.inform("\(facts.moduleMagicNumber)\n") }
        if wanted.contains("v") { console.inform("\(facts.version)\n") }
        if wanted.contains("M") {
            console.inform("\(facts.mpm ?? modules.mpms.first ?? "invalid")\n")
        }
        if wanted.contains("d") { console.inform("\(moduleFolder(server))/\n") }
    }

    private func find(_ given: String, _ kind: Kind, _ console: Console) throws(ToolFailure) {
        let enabled =
            kind == .module ? modules : try EnabledNames(kind, layout, invocation.environment)
        let readings = EnabledNames.readings(of: given)
        let found =
            given.isEmpty
            ? enabled.names : readings.first(where: enabled.names.contains).map { [$0] } ?? []
        for name in found {
            let author = markers.author(of: .enable, kind, name)
            console.inform("\(name) (enabled by \(Self.words(for: author)))\n")
        }
        if found.isEmpty { throw absence(of: readings, kind) }
    }

    private func absence(of readings: [String], _ kind: Kind) -> ToolFailure {
        for name in readings where !name.isEmpty {
            if let author = markers.author(of: .disable, kind, name) {
                return ToolFailure(
                    "No \(kind) matches \(name) (disabled by \(Self.words(for: author)))",
                    author == .admin ? 32 : 33)
            }
        }
        return ToolFailure("No \(kind) matches \(readings[0])")
    }

    private static func words(for author: Markers.Author?) -> String {
        switch author {
        case .admin: "site administrator"
        case .maint: "maintainer script"
        case nil: "unknown"
        }
    }

    private func facts(of server: ServerProgram?) -> ServerFacts {
        guard let result = try? server?.run(["-V"], output: .captured, errors: .discarded),
            result.status == 0
        else { return ServerFacts() }
        return ServerFacts(result.text)
    }

    /// Where the server looks for modules: `modules` beside its `bin`, or, where it was built and
    /// not installed, the folder of the server itself.
    private func moduleFolder(_ server: ServerProgram?) -> String {
        guard let program = server?.words.first.flatMap(resolved), lastPart(program) == "httpd"
        else { return "/usr/lib/apache2/modules" }
        let installed = "\(directoryPart(directoryPart(program)))/modules"
        return Files.isDirectory(installed) ? installed : directoryPart(program)
    }
}
