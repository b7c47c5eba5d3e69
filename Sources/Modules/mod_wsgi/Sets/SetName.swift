// SPDX-License-Identifier: Apache-2.0

/// What a set of workers runs: an application group of a process group.
///
/// Both names are what they are after expansion, `www.example.org:8080|/app` and not
/// `%{RESOURCE}`. The process group without a name is the one that stands for mod_wsgi's embedded
/// mode, the application group without a name is the main interpreter, `%{GLOBAL}`.
struct SetName: Hashable, Sendable, CustomStringConvertible {
    var processGroup: String
    var applicationGroup: String

    /// The most bytes of a name, process group and application group together.
    static let limit = 1024

    var description: String {
        "process group '\(processGroup)', application group '\(applicationGroup)'"
    }
}

/// A script, and the name in it that is the application.
struct ScriptName: Hashable, Sendable {
    var path: String
    var callable: String

    init(path: String, callable: String = "application") {
        self.path = path
        self.callable = callable
    }
}

/// A set that the configuration speaks of.
struct SetSpecification: Sendable {
    var name: SetName
    var group: ProcessGroup
    /// What is imported before the workers are ready; a request may bring further ones.
    var scripts: [ScriptName]
    /// The virtual host whose error log has what the workers say; its place in `Server.hosts`.
    var host: Int
    /// Whether the workers start with the server, and not with the first request.
    var startsAtOnce: Bool
}

extension ProcessGroup {
    /// Threads that have a line in the scoreboard, at least one.
    var slots: Int { max(1, threads) }
    /// Places for processes: one more than there are processes, so that a new one can be ready
    /// before an old one leaves.
    var places: Int { processes + 1 }
}
