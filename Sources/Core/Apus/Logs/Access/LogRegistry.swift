// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

// A directive about logs names modules (LogLevel ssl:info) and items that modules add
// (%{protocol}x), and is told that there is no such thing where it stands. A directive's
// arguments are read without the builder at hand, so what the loaded modules bring is kept here.

/// What the loaded modules bring to the logs.
enum LogRegistry {
    private struct Contents {
        var modules: Set<String> = []
        var items: [String: LogItemDefinition] = [:]
    }

    private static let contents = Mutex(Contents())

    static func add(_ module: any Module.Type) {
        contents.withLock { contents in
            contents.modules.insert(module.shortName)
            guard let source = module as? any LogItemSource.Type else { return }
            for item in source.logItems { contents.items[item.name] = item }
        }
    }

    static func item(_ name: String) -> LogItemDefinition? {
        contents.withLock { $0.items[name] }
    }

    /// Whether a module of that short name, such as `ssl`, is loaded.
    static func hasModule(_ name: String) -> Bool {
        contents.withLock { $0.modules.contains(name) }
    }
}
