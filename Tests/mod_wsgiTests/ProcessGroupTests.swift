// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_wsgi

@Suite("WSGIDaemonProcess")
struct ProcessGroupTests {
    private func group(_ text: String, isRoot: Bool = true) throws(ArgumentError) -> ProcessGroup {
        try ProcessGroup(arguments: text, isRoot: isRoot)
    }

    @Test("has mod_wsgi's defaults")
    func defaults() throws {
        let group = try group("site")

        #expect(group.name == "site")
        #expect(group.processes == 1)
        #expect(!group.processesAreWritten)
        #expect(group.threads == 15)
        #expect(group.shutdownTimeout == .seconds(5))
        #expect(group.deadlockTimeout == .seconds(300))
        #expect(group.requestTimeout == nil)
        #expect(group.listenBacklog == 100)
    }

    @Test("reads options, whose values may be quoted")
    func options() throws {
        let group = try group(
            #"a.example processes=1 threads=3 home=/srv python-path=/srv/a:/srv/b "#
                + #"display-name="%{GROUP} x" request-timeout=30 umask=0022 lang=None "#
                + #"memory-limit=10m interface=asgi preload=On"#)

        #expect(group.processesAreWritten)
        #expect(group.threads == 3)
        #expect(group.home == "/srv")
        #expect(group.pythonPath == ["/srv/a", "/srv/b"])
        #expect(group.displayName == "%{GROUP} x")
        #expect(group.requestTimeout == .seconds(30))
        #expect(group.umask == 0o022)
        #expect(group.lang == nil)
        #expect(group.memoryLimit == 10 << 20)
        #expect(group.interface == .asgi)
        #expect(group.preload)
    }

    @Test("a time of 0 is none")
    func noTime() throws {
        #expect(try group("site deadlock-timeout=0").deadlockTimeout == nil)
    }

    @Test(
        "refuses what is wrong in mod_wsgi's words",
        arguments: [
            ("", "Name of WSGI daemon process not supplied."),
            ("site threads", "Invalid option to WSGI daemon process definition."),
            ("site colour=red", "Invalid option to WSGI daemon process definition."),
            ("site processes=0", "Invalid process count for WSGI daemon process."),
            ("site threads=-1", "Invalid thread count for WSGI daemon process."),
            ("site stack-size=4096", "Invalid stack size for WSGI daemon process."),
            ("site umask=9", "Invalid umask for WSGI daemon process."),
            ("site home=relative", "Invalid home directory for WSGI daemon process."),
            ("site user=root", "WSGI process blocked from running as root."),
            ("site user=", "Invalid user for WSGI daemon process."),
            ("site request-timeout=soon", "Invalid request timeout for WSGI daemon process."),
            (
                "site send-buffer-size=100",
                "Send buffer size must be >= 512 bytes, or 0 for system default."
            ),
            (
                "site response-buffer-size=1",
                "Response buffer size must be >= 65536 bytes, or 0 for default."
            ),
            (
                "site script-user=daemon script-group=daemon",
                "Only one of script-user and script-group allowed."
            ),
        ])
    func refusals(_ text: String, _ message: String) {
        #expect { try group(text) } throws: { ($0 as? ArgumentError)?.problem == message }
    }

    @Test("chroot is for root")
    func chroot() {
        #expect { try group("site chroot=/srv", isRoot: false) } throws: {
            ($0 as? ArgumentError)?.problem
                == "Cannot chroot WSGI daemon process when not root."
        }
    }
}
