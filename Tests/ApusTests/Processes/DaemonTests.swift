// SPDX-License-Identifier: Apache-2.0

import Apus
import ApusRuntime
import Foundation
import Support
import Testing

@Suite("A daemon")
struct DaemonTests {
    @Test("lets go of whoever started it, and runs in a session of its own")
    func detached() throws {
        let path = "\(NSTemporaryDirectory())/apus-daemon-\(UUID().uuidString)"
        let address = "127.0.0.1:\(try Ports.next())"
        let image = ProgramImage(
            file: RunningProbe.program,
            arguments: ["process-probe", "listen=\(address)", "detach=1", "pid=\(path)"])
        let input = try FileDescriptor(opening: "/dev/null", O_RDONLY)
        let starter = try image.spawn(standardInput: input.rawValue)
        var status: CInt = -1
        try waitUntil("the starter has ended") {
            unsafe waitpid(starter, &status, WNOHANG) == starter
        }
        #expect(ChildExit(waitStatus: status) == .exited(status: 0))

        var daemon: Int32 = 0
        try waitUntil("it is there") {
            guard case .pid(let pid) = PIDFile(path: path).read() else { return false }
            daemon = pid
            return true
        }
        #expect(getsid(daemon) == daemon)
        #expect(ServerControl.stop.perform(PIDFile(path: path)) == .exit(0, nil))
        try waitUntil("it has stopped") { !isRunning(daemon) }
    }
}
