// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// What a program wrote, for questions that are asked before the server serves.
struct ProgramAnswer {
    /// Standard output and error, its first 64 KiB.
    var text: String
    /// nil when it was still running at the end of its time, and was killed.
    var exit: ChildExit?

    /// Runs a program to its end.
    init(
        of path: String, _ arguments: [String], as identity: ProgramIdentity = ProgramIdentity(),
        within limit: Duration
    ) throws(SystemError) {
        let pipe = try Pipe()
        let null = try FileDescriptor(opening: "/dev/null", O_RDONLY)
        var program = Program(
            path, arguments: CStringList([path] + arguments),
            environment: CStringList(["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"]),
            directory: "/")
        program.identity = identity
        program.descriptors = [
            0: null.rawValue, 1: pipe.writeEnd.rawValue, 2: pipe.writeEnd.rawValue,
        ]
        let pid = try program.start()
        let reading = pipe.takeReadEnd()
        let deadline = MonotonicClock.now + limit.nanoseconds
        text = String(decoding: Self.read(reading.rawValue, until: deadline), as: UTF8.self)
        exit = Self.wait(for: pid, until: deadline)
    }

    private static func read(_ descriptor: CInt, until deadline: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 65536 {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let pause = CInt(clamping: (deadline - MonotonicClock.now) / 1_000_000)
            guard pause > 0, unsafe poll(&waiting, 1, pause) == 1 else { break }
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    private static func wait(for pid: Int32, until deadline: Int64) -> ChildExit? {
        var status: CInt = 0
        while true {
            let result = unsafe waitpid(pid, &status, WNOHANG)
            if result == pid { return ChildExit(waitStatus: status) }
            if result < 0, errno != EINTR { return nil }
            if MonotonicClock.now >= deadline { break }
            _ = poll(nil, 0, 5)
        }
        // The group that it leads, for it may have started others.
        _ = kill(-pid, SIGKILL)
        _ = unsafe waitpid(pid, &status, 0)
        return nil
    }
}
