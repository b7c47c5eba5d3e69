// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ToolSupport

/// A configuration with a server that only says how it was called.
private final class ControlFixture {
    let tree: ScratchConfiguration

    init(server: String) throws {
        tree = try ScratchConfiguration()
        try tree.folder.writeScript("server", server)
        // apache2ctl knows it is not to leave the start to systemd.
        tree.environment["APACHE_STARTED_BY_SYSTEMD"] = "1"
        try tree.folder.write(
            "envvars",
            """
            export APACHE_HTTPD=\(tree.folder.path)/server
            export APACHE_RUN_USER=root APACHE_RUN_DIR=\(tree.folder.path)/run
            export APACHE_LOCK_DIR=\(tree.folder.path)/lock
            export GREETING=hello
            APACHE_ARGUMENTS='-D Extra'

            """)
    }

    func run(_ arguments: String...) throws -> Programs.Outcome {
        var outcome = try Programs.run(
            Programs.path("apachectl"), arguments, environment: tree.environment)
        outcome.output = outcome.output.replacing(tree.folder.path, with: "DIR")
        outcome.errors = outcome.errors.replacing(tree.folder.path, with: "DIR")
        return outcome
    }
}

@Suite("apachectl")
struct ControlTests {
    @Test(
        "calls the server",
        arguments: [
            (["start"], "-k start"), (["stop"], "-k stop"),
            (["graceful-stop"], "-k graceful-stop"), (["configtest"], "-t"),
            (["-V"], "-V"), (["-t", "-D", "DUMP_MODULES"], "-t -D DUMP_MODULES"),
            (["-D", "FOREGROUND"], "-D FOREGROUND"),
        ])
    func calls(_ arguments: [String], _ expected: String) throws {
        let fixture = try ControlFixture(server: "echo \"$GREETING: $*\"")
        var outcome = try Programs.run(
            Programs.path("apachectl"), arguments, environment: fixture.tree.environment)
        outcome.output = outcome.output.replacing(fixture.tree.folder.path, with: "DIR")
        #expect(
            outcome
                == .init(status: 0, output: "hello: -d DIR -D Extra \(expected)\n", errors: ""))
    }

    @Test("checks the configuration before a restart", arguments: ["restart", "graceful"])
    func restart(_ verb: String) throws {
        let fixture = try ControlFixture(server: "[ \"$5\" = -t ] || echo \"$5 $6\"")
        #expect(
            try fixture.run(verb) == .init(status: 0, output: "-k \(verb)\n", errors: ""))
    }

    @Test("restarts no server whose configuration is broken", arguments: ["restart", "graceful"])
    func brokenRestart(_ verb: String) throws {
        let fixture = try ControlFixture(
            server: "[ \"$5\" = -t ] && { echo 'no good' >&2; exit 1; }; echo restarted")
        #expect(
            try fixture.run(verb)
                == .init(
                    status: 1,
                    output: """
                        Action '\(verb)' failed.
                        The Apache error log may have more information.

                        """, errors: "no good\n"))
    }

    @Test("hands on the server's exit status")
    func status() throws {
        let fixture = try ControlFixture(server: "exit 7")
        #expect(
            try fixture.run("-t", "-X-no")
                == .init(
                    status: 7,
                    output: """
                        Action '-t -X-no' failed.
                        The Apache error log may have more information.

                        """, errors: ""))
    }

    @Test("makes the folders that the server runs in")
    func folders() throws {
        let fixture = try ControlFixture(server: "")
        _ = try fixture.run("-v")
        #expect(fixture.tree.folder.contains("run/socks"))
        #expect(fixture.tree.folder.contains("lock"))
    }

    @Test("tells its usage", arguments: [[], ["help"], ["--help"]])
    func usage(_ arguments: [String]) throws {
        let outcome = try Programs.run(Programs.path("apachectl"), arguments)
        #expect(outcome.status == 1)
        #expect(outcome.output == "")
        #expect(
            outcome.errors.hasPrefix(
                "Usage: \(Programs.path("apachectl")) start|stop|restart|graceful|graceful-stop|"
                    + "configtest|status|fullstatus|help\n"))
    }

    @Test("knows startssl no more", arguments: ["startssl", "sslstart", "start-SSL"])
    func startSSL(_ verb: String) throws {
        let outcome = try ControlFixture(server: "").run(verb)
        #expect(outcome.status == 2)
        #expect(outcome.output.hasPrefix("The startssl option is no longer supported.\n"))
    }

    @Test("shows the status in a browser of the administrator's")
    func browser() throws {
        let fixture = try ControlFixture(server: "")
        try fixture.tree.folder.writeScript(
            "browser", "echo \"$*\"; echo '   1 requests, 2 idle process'; echo rest")
        fixture.tree.environment["APACHE_LYNX"] = "\(fixture.tree.folder.path)/browser -dump"
        fixture.tree.environment["APACHE_STATUSURL"] = "http://localhost:1/s"
        let first = "-dump http://localhost:1/s\n   1 requests, 2 idle process\n"
        #expect(try fixture.run("status").output == first)
        #expect(try fixture.run("fullstatus").output == first + "rest\n")
    }
}

@Suite("A page fetched without a browser")
struct StatusPageTests {
    @Test("is shown without its markup")
    func plainText() {
        let page = """
            <html><head><title>Status</title></head><body>
            <h1>Server &amp; more</h1><dl><dt>Uptime:  1
            hour</dt></dl><table><tr><th>Srv</th><th>PID</th></tr><tr><td>0</td><td>7</td></tr>
            </table>a &lt; b &unknown</body></html>
            """
        #expect(
            PlainText(html: page).text == """
                Status
                Server & more
                Uptime: 1
                hour
                Srv\tPID
                0\t7
                a < b &unknown

                """)
    }

    @Test("comes from an http:// URL", arguments: ["https://x/", "localhost", "ftp://x"])
    func scheme(_ url: String) {
        #expect(throws: ToolFailure.self) { try HTTPFetch(url) }
    }

    @Test("is asked for on loopback", .enabled(if: Programs.areOurs))
    func fetch() throws {
        let server = try OneAnswer("HTTP/1.1 200 OK\r\nX: y\r\n\r\nTotal Accesses: 3\n")
        let outcome = try Programs.run(
            Programs.path("apachectl"), ["status"],
            environment: [
                "APACHE_CONFDIR": "/nonexistent", "PATH": "/nonexistent",
                "APACHE_STATUSURL": "http://127.0.0.1:\(server.port)/server-status",
            ])
        #expect(outcome == .init(status: 0, output: "Total Accesses: 3\n", errors: ""))
        #expect(
            server.request()
                == "GET /server-status?auto HTTP/1.0\r\nHost: 127.0.0.1:\(server.port)\r\n"
                + "User-Agent: apachectl\r\n\r\n")
    }

    @Test("is missed with its reason", .enabled(if: Programs.areOurs))
    func refused() throws {
        let server = try OneAnswer("HTTP/1.1 403 Forbidden\r\n\r\n")
        let url = "http://127.0.0.1:\(server.port)/server-status"
        let outcome = try Programs.run(
            Programs.path("apachectl"), ["status"],
            environment: [
                "APACHE_CONFDIR": "/nonexistent", "PATH": "/nonexistent", "APACHE_STATUSURL": url,
            ])
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("\(url)?auto: 403 Forbidden"))
    }
}
