// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration

/// Functions that see the configuration once it has been read, before any child exists.
public struct ConfigurationPhase: Sendable {
    public typealias Function = @Sendable (ServerBuilder) throws(ConfigError) -> Void
    private var functions: [(order: HookOrder, run: Function)] = []

    public mutating func add(
        _ module: (some Module).Type, _ order: HookOrder = .middle, _ run: @escaping Function
    ) {
        let index = functions.firstIndex { $0.order > order } ?? functions.endIndex
        functions.insert((order, run), at: index)
    }

    func runAll(_ builder: ServerBuilder) throws(ConfigError) {
        for function in functions { try function.run(builder) }
    }
}

/// Functions that start services of the parent, when the server is about to serve.
///
/// Not for a server that only checks its configuration.
public struct ServicePhase: Sendable {
    public typealias Function = @Sendable (Server, ParentServices) throws(ConfigError) -> Void
    private var functions: [Function] = []

    public mutating func add(_ module: (some Module).Type, _ run: @escaping Function) {
        functions.append(run)
    }

    func runAll(_ server: Server, _ services: ParentServices) throws(ConfigError) {
        for run in functions { try run(server, services) }
    }
}

/// Functions that run in each child before it serves.
public struct ChildPhase: Sendable {
    public typealias Function = @Sendable (Server) -> Void
    private var functions: [Function] = []

    public mutating func add(_ module: (some Module).Type, _ run: @escaping Function) {
        functions.append(run)
    }

    func runAll(_ server: Server) {
        for run in functions { run(server) }
    }
}

/// Functions that see a connection when it has been accepted.
public struct ConnectionPhase: Sendable {
    public typealias Function = @Sendable (Connection) -> Void
    private var functions: [Function] = []

    public mutating func add(_ module: (some Module).Type, _ run: @escaping Function) {
        functions.append(run)
    }

    @inline(__always)
    func runAll(_ connection: Connection) {
        for run in functions { run(connection) }
    }
}
