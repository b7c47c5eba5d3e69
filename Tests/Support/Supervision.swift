// SPDX-License-Identifier: Apache-2.0

public import Glibc

extension RunningServer {
    public var errorLog: String { root.folder.read("logs/error_log") }

    /// The lines of a log in `logs`, without one that is not finished yet.
    public func accessLog(_ name: String = "access_log") -> [String] {
        finished(root.folder.read("logs/\(name)")).split(separator: "\n").map(String.init)
    }

    /// Waits until a log holds so many lines, since a request is logged after its response is sent.
    @discardableResult
    public func waitForAccessLog(
        _ name: String = "access_log", lines count: Int = 1, within bound: Duration = .seconds(45)
    ) throws -> [String] {
        try wait(for: "\(count) lines in \(name): \(accessLog(name))", within: bound) {
            accessLog(name).count >= count
        }
        return accessLog(name)
    }

    /// Waits until the error log holds a text, so many times; the lines with it.
    @discardableResult
    public func waitForErrorLog(
        _ text: String, count: Int = 1, within bound: Duration = .seconds(45)
    ) throws -> [String] {
        var found: [String] = []
        try wait(for: "'\(text)' in the error log", within: bound) {
            found = finished(errorLog).split(separator: "\n").filter { $0.contains(text) }
                .map(String.init)
            return found.count >= count
        }
        return found
    }

    private func finished(_ log: String) -> Substring {
        log[..<(log.lastIndex(of: "\n") ?? log.startIndex)]
    }

    /// Sends a signal to the parent, once it is past its start and has handlers for it.
    public func signal(_ signal: Int32) throws {
        try waitForErrorLog("resuming normal operations")
        guard kill(pid, signal) == 0 else { throw SupportError.call("kill \(pid)") }
    }

    /// Restarts the server, and waits until it says so.
    public func restart(graceful: Bool) throws {
        let before = try waitForErrorLog("resuming normal operations").count
        try signal(graceful ? SIGUSR1 : SIGHUP)
        try waitForErrorLog("resuming normal operations", count: before + 1)
    }

    /// Stops the server by TERM, and waits for its end.
    @discardableResult
    public func stop(within bound: Duration = .seconds(45)) throws -> WaitStatus {
        try signal(SIGTERM)
        return try waitForExit(within: bound)
    }

    @discardableResult
    public func waitForExit(within bound: Duration = .seconds(45)) throws -> WaitStatus {
        try process.waitForExit(within: bound)
    }

    /// The server's own processes below the parent: no piped loggers, no scripts.
    public var children: [pid_t] {
        let program = lastComponent(ProcessTable.program(of: pid))
        return ProcessTable.children(of: pid).filter {
            lastComponent(ProcessTable.program(of: $0)) == program
        }
    }
}
