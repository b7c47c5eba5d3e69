// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// A program that has ended: how, and what it wrote.
public struct Finished: Sendable {
    /// The exit status; nil when a signal ended it.
    public let status: Int32?
    public let output: String
    public let errors: String
}

/// Runs a program to its end.
///
/// - Throws: `SupportError` when it cannot be started, or runs longer than the bound.
public func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
    input: [UInt8] = [], within bound: Duration = .seconds(60)
) throws -> Finished {
    let child = try Subprocess(program, arguments, environment: environment, input: input)
    let status = try child.waitForExit(within: bound)
    return Finished(
        status: status.exitStatus, output: child.output.text, errors: child.errors.text)
}

/// What `waitpid` tells of an ended process.
public struct WaitStatus: Sendable {
    let raw: Int32

    public var exitStatus: Int32? { raw & 0x7F == 0 ? (raw >> 8) & 0xFF : nil }
    public var signal: Int32? { raw & 0x7F == 0 ? nil : raw & 0x7F }
}

/// A running program in a process group of its own, killed with the group when the value goes.
public final class Subprocess {
    public let pid: pid_t
    let output: AnonymousFile
    let errors: AnonymousFile
    private var status: WaitStatus?
    private var hasEnded = false

    public init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:],
        input: [UInt8] = []
    ) throws {
        output = try AnonymousFile()
        errors = try AnonymousFile()
        let standardInput = try AnonymousFile(input)
        var environment = environment
        environment["PATH"] = environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        pid = try spawn(
            [program] + arguments, environment.map { "\($0)=\($1)" },
            descriptors: [standardInput.descriptor, output.descriptor, errors.descriptor])
    }

    deinit { end() }

    /// Kills what still runs of the group, and reaps the program.
    func end() {
        // Once only: the number may by then belong to somebody else.
        guard !hasEnded else { return }
        hasEnded = true
        kill(-pid, SIGKILL)
        _ = try? waitForExit()
    }

    /// How the program ended; nil while it runs.
    public func exit() -> WaitStatus? {
        if let status { return status }
        var raw: Int32 = 0
        guard unsafe waitpid(pid, &raw, WNOHANG) == pid else { return nil }
        status = WaitStatus(raw: raw)
        return status
    }

    @discardableResult
    public func waitForExit(within bound: Duration = .seconds(45)) throws -> WaitStatus {
        try wait(for: "end of process \(pid)", within: bound) { exit() != nil }
        return status!
    }
}

/// A file without a name, that a child writes to and its parent reads.
final class AnonymousFile {
    let descriptor: Int32

    init(_ content: [UInt8] = []) throws {
        // Not mkstemp, whose descriptor a server started at the same moment would inherit.
        let path = "/tmp/httpd-test-stream.\(getpid()).\(UInt64.random(in: 0...(.max)))"
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SupportError.call("open \(path)") }
        unsafe unlink(path)
        unsafe pwrite(descriptor, content, content.count, 0)
    }

    deinit { close(descriptor) }

    var text: String {
        String(decoding: readFile("/proc/self/fd/\(descriptor)"), as: UTF8.self)
    }
}

/// Starts a program with just the descriptors given, as its 0, 1 and 2: all others are opened with
/// O_CLOEXEC, so that no server keeps a stranger's connection open.
private func spawn(
    _ arguments: [String], _ environment: [String], descriptors: [Int32]
) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (target, descriptor) in descriptors.enumerated() {
        unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
    }

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    unsafe posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)

    var pid: pid_t = 0
    let result = unsafe withCStrings(arguments) { argv in
        unsafe withCStrings(environment) { envp in
            unsafe posix_spawn(&pid, arguments[0], &actions, &attributes, argv, envp)
        }
    }
    guard result == 0 else {
        errno = result
        throw SupportError.call("posix_spawn \(arguments[0])")
    }
    return pid
}

private func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
    for string in strings { unsafe pointers.append(strdup(string)) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe body(&pointers)
}
