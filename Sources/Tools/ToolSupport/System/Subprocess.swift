// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A program to run and wait for.
struct Subprocess {
    enum Stream { case inherited, captured, discarded }

    struct Result {
        /// As a shell's `$?`: the exit status, or 128 and the signal.
        var status: Int32
        /// What came on the captured streams, in the order it was written.
        var output: [UInt8]

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    let arguments: [String]
    let environment: Environment

    /// - Parameter arguments: the program first, looked for in PATH when it has no slash.
    init(_ arguments: [String], environment: Environment) {
        self.arguments = arguments
        self.environment = environment
    }

    /// Runs the program to its end.
    ///
    /// - Throws: `SystemError` when it could not be started.
    func run(
        output: Stream = .inherited, errors: Stream = .inherited
    ) throws(SystemError) -> Result {
        var ends: [Int32] = [-1, -1]
        if output == .captured || errors == .captured {
            guard unsafe pipe(&ends) == 0 else { throw SystemError() }
            _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
            _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        }
        defer { if ends[0] >= 0 { close(ends[0]) } }
        let child: pid_t
        do {
            defer { if ends[1] >= 0 { close(ends[1]) } }
            child = try spawn([(STDOUT_FILENO, output), (STDERR_FILENO, errors)], pipe: ends[1])
        }
        let captured = ends[0] >= 0 ? try readAll(from: ends[0]) : []
        return Result(status: wait(for: child), output: captured)
    }

    /// Starts the program and does not wait for it.
    ///
    /// - Parameter inOwnGroup: a Ctrl-C in the terminal does not reach it then.
    func start(inOwnGroup: Bool = false) throws(SystemError) -> pid_t {
        try spawn([], pipe: -1, inOwnGroup: inOwnGroup)
    }

    /// Becomes the program; returns only by the error that prevented it.
    func takePlace() throws(SystemError) {
        guard let path = program(named: arguments[0], environment) else {
            throw SystemError(ENOENT)
        }
        unsafe withPointers(arguments.map { Array($0.utf8) }) { argv in
            unsafe withPointers(environment.entries) { environ in
                _ = unsafe execve(path, argv, environ)
            }
        }
        throw SystemError()
    }

    private func spawn(
        _ streams: [(descriptor: Int32, Stream)], pipe: Int32, inOwnGroup: Bool = false
    ) throws(SystemError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, stream) in streams {
            switch stream {
            case .inherited: break
            case .captured:
                unsafe posix_spawn_file_actions_adddup2(&actions, pipe, descriptor)
            case .discarded:
                unsafe posix_spawn_file_actions_addopen(
                    &actions, descriptor, "/dev/null", O_WRONLY, 0)
            }
        }
        var attributes = Self.untouchedSignals()
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        if inOwnGroup {
            var flags: Int16 = 0
            unsafe posix_spawnattr_getflags(&attributes, &flags)
            unsafe posix_spawnattr_setflags(&attributes, flags | Int16(POSIX_SPAWN_SETPGROUP))
        }
        var child = pid_t()
        let code = unsafe withPointers(arguments.map { Array($0.utf8) }) { argv in
            unsafe withPointers(environment.entries) { environ in
                unsafe posix_spawnp(&child, argv[0]!, &actions, &attributes, argv, environ)
            }
        }
        guard code == 0 else { throw SystemError(code) }
        return child
    }

    /// Attributes that give the child every signal as it is by default, whatever we ignore.
    private static func untouchedSignals() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGTERM] {
            unsafe sigaddset(&signals, signal)
        }
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        return attributes
    }

    private func wait(for child: pid_t) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? status >> 8 & 0xff : 128 + signal
    }
}

/// Calls with a NULL-terminated array of C strings, as `execve` takes them.
private func withPointers<Result>(
    _ strings: [[UInt8]],
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { bytes in
        unsafe strdup((bytes + [0]).map { CChar(bitPattern: $0) })
    }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
}
