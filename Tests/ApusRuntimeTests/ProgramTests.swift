// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Foundation
import Testing

@Suite("A program that is started")
struct ProgramTests {
    @Test("gets its arguments, and no more of the environment than it is given")
    func environment() throws {
        var environment = CStringList()
        environment.appendVariable("ONE", "1")
        let program = Program(
            "/usr/bin/env", arguments: CStringList(["env"]), environment: environment)
        #expect(try output(of: program) == "ONE=1\n")
    }

    @Test("gets descriptors under the numbers it is to have, even if they are crossed")
    func descriptors() throws {
        let first = try ApusRuntime.Pipe()
        let second = try ApusRuntime.Pipe()
        try first.writeEnd.write(Array("first".utf8).span)
        try second.writeEnd.write(Array("second".utf8).span)
        let place = "/proc/self/fd"
        let next = second.writeEnd.rawValue + 1
        var program = shell(
            "head -c 5 \(place)/\(second.readEnd.rawValue); head -c 6 \(place)/\(next)")
        program.descriptors = [
            second.readEnd.rawValue: first.readEnd.rawValue, next: second.readEnd.rawValue,
        ]
        #expect(try output(of: program) == "firstsecond")
    }

    @Test("gets nothing that is close-on-exec")
    func closed() throws {
        let other = try ApusRuntime.Pipe()
        let number = other.readEnd.rawValue
        #expect(try output(of: shell("test -e /proc/self/fd/\(number) || echo no")) == "no\n")
    }

    @Test(
        "has the umask, the niceness, the limits and the directory it is told to",
        arguments: [("umask", "0027\n"), ("nice", "5\n"), ("ulimit -n", "64\n"), ("pwd", "/usr\n")])
    func surroundings(command: String, expected: String) throws {
        var program = shell(command)
        program.umask = 0o027
        program.niceness = 5
        program.directory = "/usr"
        program.limits[.openFiles] = ResourceLimit(soft: 64, hard: 64)
        #expect(try output(of: program) == expected)
    }

    @Test(
        "leads what it is to lead",
        arguments: [
            (Program.Leadership.none, false, false), (.processGroup, true, false),
            (.session, true, true),
        ])
    func leadership(
        leadership: Program.Leadership, leadsGroup: Bool, leadsSession: Bool
    ) throws {
        var program = shell("cut -d ' ' -f 1,5,6 /proc/$$/stat")
        program.leadership = leadership
        let numbers = try output(of: program).split { $0 == " " || $0 == "\n" }
        try #require(numbers.count == 3)
        #expect((numbers[0] == numbers[1]) == leadsGroup)
        #expect((numbers[0] == numbers[2]) == leadsSession)
    }

    @Test("takes another identity", .enabled(if: geteuid() == 0))
    func identity() throws {
        var program = shell("id -u; id -g; id -G")
        program.identity = ProgramIdentity(
            user: 65534, group: 65533, supplementaryGroups: [65533, 1000])
        #expect(try output(of: program) == "65534\n65533\n65533 1000\n")
        #expect(geteuid() == 0)
    }

    @Test("sees another root", .enabled(if: geteuid() == 0))
    func root() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "root-\(UUID())")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        var program = shell("true")
        program.identity = ProgramIdentity(rootDirectory: root.path)
        // There is no shell in it.
        #expect(try failure(of: program) == SystemError(code: ENOENT, call: "execve"))
    }

    @Test("that cannot be started says which call failed, and why")
    func failures() throws {
        let missing = Program(
            "/nowhere/at/all", arguments: CStringList(["x"]), environment: CStringList())
        #expect(try failure(of: missing) == SystemError(code: ENOENT, call: "execve"))

        var program = shell("true")
        program.directory = "/nowhere/at/all"
        #expect(try failure(of: program) == SystemError(code: ENOENT, call: "chdir"))

        program = shell("true")
        program.descriptors = [3: 1_000_000]
        #expect(try failure(of: program)?.code == EBADF)

        program = shell("true")
        program.limits[.openFiles] = ResourceLimit(soft: 2, hard: 1)
        #expect(try failure(of: program) == SystemError(code: EINVAL, call: "setrlimit"))
    }

    @Test("that cannot take an identity is not started", .enabled(if: geteuid() == 0))
    func refusedIdentity() throws {
        var program = shell("true")
        program.identity = ProgramIdentity(user: 65534, rootDirectory: "/nowhere/at/all")
        #expect(try failure(of: program) == SystemError(code: ENOENT, call: "chroot"))
    }
}

private func shell(_ command: String) -> Program {
    var environment = CStringList()
    environment.appendVariable("PATH", "/usr/bin:/bin")
    return Program(
        "/bin/sh", arguments: CStringList(["sh", "-c", command]), environment: environment)
}

/// What a program writes to its standard output; its errors go nowhere.
private func output(of program: Program) throws -> String {
    let pipe = try ApusRuntime.Pipe()
    let null = try FileDescriptor(opening: "/dev/null", O_RDWR)
    var program = program
    let standard = [
        0: null.rawValue, 1: pipe.writeEnd.rawValue, 2: null.rawValue,
    ].map { (CInt($0.key), $0.value) }
    program.descriptors.merge(standard) { own, _ in own }
    let pid = try program.start()
    let reading = pipe.takeReadEnd()
    let bytes = try reading.readAll()
    _ = waitpid(pid, nil, 0)
    return String(decoding: bytes, as: UTF8.self)
}

/// Why a program could not be started; nil if it could.
private func failure(of program: Program) throws -> SystemError? {
    do throws(SystemError) {
        let pid = try program.start()
        _ = waitpid(pid, nil, 0)
        return nil
    } catch {
        return error
    }
}
