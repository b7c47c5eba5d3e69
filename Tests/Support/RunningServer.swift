// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// Starts the server under test with a configuration, calls the body, and stops it, whatever
/// happens.
///
/// - Parameters:
///   - configuration: read after the base configuration (`ServerRoot`).
///   - modules: besides those that the directives in the configuration tell of.
///   - files: documents by name; a name that begins with `/` is below the ServerRoot instead.
///   - environment: of the server process, which inherits none.
///   - arguments: on the server's command line, besides `-f`.
/// - Throws: what the body throws, or `SupportError` with the server's words when it does not start.
public func withServer<Result>(
    _ configuration: String = "", mpm: MPM = .event, modules: [String] = [],
    files: [String: String] = [:], environment: [String: String] = [:], arguments: [String] = [],
    _ body: (RunningServer) throws -> Result
) throws -> Result {
    let root = try ServerRoot(configuration, mpm: mpm, modules: modules, files: files)
    return try withServer(root, environment: environment, arguments: arguments, body)
}

/// Starts the server under test on a ServerRoot that is already laid out.
public func withServer<Result>(
    _ root: ServerRoot, environment: [String: String] = [:], arguments: [String] = [],
    _ body: (RunningServer) throws -> Result
) throws -> Result {
    let server = try RunningServer(root, environment: environment, arguments: arguments)
    do {
        try server.waitUntilReady()
        return try body(server)
    } catch {
        print("\(error)\n--- error log of \(root.path) ---\n\(server.errorLog)\(server.output)---")
        throw error
    }
}

/// A server process with its ServerRoot; killed, children and all, when the value goes.
public final class RunningServer {
    public let root: ServerRoot
    let process: Subprocess

    public var pid: pid_t { process.pid }
    public var port: UInt16 { root.port }
    public var secondPort: UInt16 { root.secondPort }
    public var path: String { root.path }

    /// Whether this is Apache, for the few things that ours does otherwise on purpose.
    public var isApache: Bool { ServerProgram.underTest.isApache }

    init(_ root: ServerRoot, environment: [String: String], arguments: [String]) throws {
        self.root = root
        process = try Subprocess(
            ServerProgram.underTest.path,
            ["-f", root.configurationFile, "-DFOREGROUND"] + arguments, environment: environment)
    }

    /// Writes a document; a name that begins with `/` is below the ServerRoot instead.
    public func write(_ name: String, _ content: String, mode: mode_t = 0o644) throws {
        try root.write(name, content, mode: mode)
    }

    /// What the server wrote to its standard streams.
    public var output: String { process.output.text + process.errors.text }

    /// Before the folder goes, for a process that still runs would write to it.
    deinit { process.end() }

    /// Waits for the pid file, which is written when the configuration has passed.
    func waitUntilReady() throws {
        try wait(for: "pid file and open port of \(ServerProgram.underTest.path)") {
            if let status = process.exit() {
                throw SupportError("server ended (\(status)) instead of starting")
            }
            return !root.folder.read("logs/httpd.pid").isEmpty
                && (try? ClientConnection(port: port)) != nil
        }
    }
}
