// SPDX-License-Identifier: Apache-2.0

/// A kind of output filter that `SetOutputFilter`, `AddOutputFilter` and other modules name.
///
/// A module offers it with `hooks.providers.register("DEFLATE", OutputFilterKind { ... })`.
public struct OutputFilterKind: Sendable {
    /// Makes a filter for a request, or nil where it has nothing to do.
    public let make: @Sendable (inout Request) -> (any OutputFilter)?

    public init(_ make: @escaping @Sendable (inout Request) -> (any OutputFilter)?) {
        self.make = make
    }
}

/// The same for the content of requests (`SetInputFilter`, `AddInputFilter`).
public struct InputFilterKind: Sendable {
    /// Makes what puts a source around another, or nil where there is nothing to do.
    public let make: @Sendable (inout Request) -> ((any BodySource) -> any BodySource)?

    public init(
        _ make: @escaping @Sendable (inout Request) -> ((any BodySource) -> any BodySource)?
    ) {
        self.make = make
    }
}

extension Request {
    /// Puts the filter of that name into the response's way; a name nobody offers is logged.
    public mutating func addOutputFilter(named name: String) {
        guard let kind = connection.server.hooks.providers.lookUp(name, OutputFilterKind.self)
        else {
            log(.error, "AH01084", "an unknown filter was not added: \(name)")
            return
        }
        if let filter = kind.make(&self) { addOutputFilter(filter) }
    }

    /// Puts the filter of that name between the request's content and its readers.
    public mutating func addInputFilter(named name: String) {
        guard let kind = connection.server.hooks.providers.lookUp(name, InputFilterKind.self) else {
            log(.error, "AH01084", "an unknown filter was not added: \(name)")
            return
        }
        if let wrap = kind.make(&self) { body.filter(wrap) }
    }
}

extension Request {
    /// Whether a filter must see the content, which may change what the head says.
    public var hasContentFilters: Bool { filters.contains { $0.seesContent } }
}
