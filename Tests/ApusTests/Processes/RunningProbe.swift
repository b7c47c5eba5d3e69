// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Foundation
import Support
import Synchronization
import Testing

/// A process-probe that runs until the value is gone.
final class RunningProbe: Sendable {
    let pid: Int32
    let port: UInt16
    let directory: URL
    private let status = Mutex<Int32?>(nil)

    init(_ settings: [String: String] = [:]) throws {
        port = try Ports.next()
        directory = FileManager.default.temporaryDirectory.appending(
            path: "apus-probe-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var arguments = [
            "listen=127.0.0.1:\(port)", "pid=\(directory.path)/pid", "log=\(directory.path)/log",
            "broken=\(directory.path)/broken",
        ]
        for (name, value) in settings {
            arguments.append(
                "\(name)=\(value.replacingOccurrences(of: "DIR", with: directory.path))")
        }
        let image = ProgramImage(file: Self.program, arguments: ["process-probe"] + arguments)
        let input = try FileDescriptor(opening: "/dev/null", O_RDONLY)
        pid = try image.spawn(standardInput: input.rawValue)
        try waitUntil("it listens") {
            if hasEnded { throw NeverHappened(description: "the probe ended: \(log)") }
            return (try? connect()) != nil
        }
    }

    deinit {
        if !hasEnded {
            kill(pid, SIGTERM)
            if (try? exitStatus()) == nil { kill(pid, SIGKILL) }
        }
        try? FileManager.default.removeItem(at: directory)
    }

    /// Beside the tests' own executable.
    static let program =
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "process-probe").path

    func connect() throws -> ProbeClient { try ProbeClient(port: port) }

    /// Connects, asks, and closes.
    func ask(_ path: String = "/") throws -> ProbeAnswer { try connect().ask(path) }

    func signal(_ signal: CInt) { kill(pid, signal) }

    var log: String {
        (try? String(contentsOf: directory.appending(path: "log"), encoding: .utf8)) ?? ""
    }

    func file(_ name: String) -> String {
        (try? String(contentsOf: directory.appending(path: name), encoding: .utf8)) ?? ""
    }

    /// The processes that are children of the parent.
    var children: [Int32] {
        let list = try? String(
            contentsOf: URL(fileURLWithPath: "/proc/\(pid)/task/\(pid)/children"), encoding: .utf8)
        return (list ?? "").split(separator: " ").compactMap { Int32($0) }
    }

    var hasEnded: Bool {
        status.withLock { status in
            if status != nil { return true }
            var value: CInt = 0
            guard unsafe waitpid(pid, &value, WNOHANG) == pid else { return false }
            status = value
            return true
        }
    }

    /// Waits for the end.
    func exitStatus() throws -> ChildExit {
        try waitUntil("it has ended") { hasEnded }
        return ChildExit(waitStatus: status.withLock { $0! })
    }
}

/// A blocking connection to a probe.
final class ProbeClient {
    private let socket: FileDescriptor

    init(port: UInt16) throws {
        // A program that another test starts meanwhile would keep the connection open.
        let type = Int32(SOCK_STREAM.rawValue) | O_CLOEXEC
        socket = FileDescriptor(owning: Glibc.socket(AF_INET, type, 0))
        var limit = timeval(tv_sec: 45, tv_usec: 0)
        _ = unsafe setsockopt(
            socket.rawValue, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(
                    socket.rawValue, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw SystemError.last("connect") }
    }

    func send(_ text: String) throws { try socket.write(Array(text.utf8).span) }

    func ask(_ path: String) throws -> ProbeAnswer {
        try send("\(path)\n")
        return try answer()
    }

    func answer() throws -> ProbeAnswer {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            let byte = try socket.read(upTo: 1)
            if byte.isEmpty { throw ProbeClosed() }
            line += byte
        }
        return try #require(ProbeAnswer(String(decoding: line, as: UTF8.self)))
    }

    /// Whether something can be read now: an answer, or the end.
    var isReadable: Bool {
        var waiting = pollfd(fd: socket.rawValue, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&waiting, 1, 0) == 1
    }
}

/// The connection was closed before an answer came.
struct ProbeClosed: Error {}

struct ProbeAnswer: Hashable {
    let pid: Int32
    let generation: Int
    let slot: Int

    init?(_ line: String) {
        let numbers = line.split { $0 == " " || $0 == "\n" }.compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        pid = Int32(numbers[0])
        generation = numbers[1]
        slot = numbers[2]
    }
}

struct NeverHappened: Error, CustomStringConvertible {
    let description: String
}

/// Waits for a condition, but not for ever.
func waitUntil(
    _ what: String, within seconds: Double = 45, _ condition: () throws -> Bool
) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while true {
        if try condition() { return }
        if Date() > deadline { throw NeverHappened(description: "waited in vain until \(what)") }
        _ = poll(nil, 0, 5)
    }
}
