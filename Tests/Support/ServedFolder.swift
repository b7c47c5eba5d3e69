// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A folder that `apus-serve` runs in, with a free port; it is killed when the value goes.
public final class ServedFolder {
    private let folder: ScratchFolder
    public let port: UInt16
    private var process: Subprocess?

    public init(_ files: [String: String]) throws {
        folder = try ScratchFolder()
        port = try Ports.next()
        for (name, text) in files { try folder.write(name, text) }
    }

    public var path: String { folder.path }
    public var errors: String { process?.errors.text ?? "" }
    public var output: String { process?.output.text ?? "" }

    /// Starts it with arguments, besides those that say where it is.
    public func serve(_ arguments: [String], environment: [String: String] = [:]) throws {
        process = try Subprocess(
            ServerProgram.sibling("apus-serve"),
            [
                "--chdir", folder.path, "--python", "/usr/bin/python3", "--port", "\(port)",
            ] + arguments, environment: environment)
    }

    public func connect() throws -> ClientConnection { try ClientConnection(port: port) }

    public func get(_ path: String) throws -> RawResponse {
        try ClientConnection(port: port).request(
            "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    }

    /// Waits until a path is answered with a text.
    public func wait(for text: String, at path: String) throws {
        try Support.wait(for: "'\(text)' at \(path); \(errors)", within: .seconds(60)) {
            if let status = process?.exit() {
                throw SupportError("it ended (\(status)): \(errors)")
            }
            return (try? get(path).text) == text
        }
    }

    /// Stops it as Ctrl-C does.
    public func stop() throws -> Int32? {
        kill(process!.pid, SIGINT)
        return try waitForExit()
    }

    /// The exit status, once it has ended.
    public func waitForExit() throws -> Int32? {
        try process!.waitForExit(within: .seconds(30)).exitStatus
    }

    public func write(_ name: String, _ text: String) throws { try folder.write(name, text) }
}
