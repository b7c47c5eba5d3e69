// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import ToolSupport

/// A checkout in Apus's own layout.
private func makeCheckout() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write("httpd.conf", "Define PORT 8765\nListen ${PORT}\n")
    try folder.write("available/mods/a.load", "# Depends: b\n")
    try folder.write("available/mods/b.load")
    try folder.write("available/sites/s.conf")
    try folder.makeFolder("enabled")
    return folder
}

@Suite("In Apus's own layout, the commands", .enabled(if: Programs.areOurs))
struct OwnLayoutTests {
    @Test("work on the checkout around the current folder")
    func checkout() throws {
        let folder = try makeCheckout()
        let outcome = try Programs.run(
            Programs.path("a2enmod"), ["a"], environment: ["APACHE_HTTPD": "/bin/true"],
            folder: "\(folder.path)/available/mods")
        #expect(
            outcome.output == """
                Considering dependency b for a:
                Enabling module b.
                Enabling module a.
                To activate the new configuration, you need to run:
                  apachectl restart

                """)
        #expect(outcome.errors == "")
        #expect(folder.target(of: "enabled/mods/a.load") == "../../available/mods/a.load")
        #expect(folder.contains("logs/state/module/enabled_by_admin/a"))
    }

    @Test("work where APACHE_CONFDIR points")
    func given() throws {
        let folder = try makeCheckout()
        let outcome = try Programs.run(
            Programs.path("a2ensite"), ["s"],
            environment: ["APACHE_CONFDIR": folder.path, "APACHE_HTTPD": "/bin/true"])
        #expect(outcome.output.hasSuffix("  apachectl graceful\n"))
        #expect(folder.target(of: "enabled/sites/s.conf") == "../../available/sites/s.conf")
    }

    @Test("tell of a configuration that a change broke, and how to undo it")
    func broken() throws {
        let folder = try makeCheckout()
        try folder.writeScript("server", "echo \"Syntax error: $*\" >&2; exit 1")
        let outcome = try Programs.run(
            Programs.path("a2enmod"), ["a"],
            environment: [
                "APACHE_CONFDIR": folder.path, "APACHE_HTTPD": "\(folder.path)/server",
            ])
        #expect(outcome.status == 0)
        #expect(
            outcome.errors == """
                WARNING: The configuration is not valid now, and a restart would fail:
                Syntax error: -d \(folder.path) -f \(folder.path)/httpd.conf -t
                To undo this change, run:
                  a2dismod a b

                """)
        #expect(folder.names("enabled/mods") == ["a.load", "b.load"])
    }

    @Test("never leave the folder of what there is")
    func slashes() throws {
        let folder = try makeCheckout()
        try folder.write("available/x.load")
        let outcome = try Programs.run(
            Programs.path("a2enmod"), ["../x"], environment: ["APACHE_CONFDIR": folder.path])
        #expect(outcome.errors == "ERROR: Module ../x does not exist!\n")
        #expect(outcome.status == 1)
    }
}

@Suite("A layout")
struct LayoutTests {
    private func find(
        in folder: String = "/", _ environment: [String: String] = [:], suffix: String = "",
        programs: String? = nil
    ) -> Layout {
        let invocation = Invocation(
            program: "a2enmod", arguments: [], environment: Environment(environment),
            workingDirectory: folder, programDirectory: programs, console: Console())
        return LayoutSearch(invocation: invocation, suffix: suffix).find()
    }

    @Test("is Debian's where nothing else is found")
    func debian() {
        let layout = find()
        #expect(layout == Layout(style: .debian, root: "/etc/apache2", suffix: ""))
        #expect(layout.available(.module, Environment()) == "/etc/apache2/mods-available")
        #expect(layout.enabled(.site, Environment()) == "/etc/apache2/sites-enabled")
        #expect(layout.stateDirectory(Environment()) == "/var/lib/apache2")
    }

    @Test("is another instance's for a command with a suffix")
    func instance() throws {
        let checkout = try makeCheckout()
        #expect(find(in: checkout.path, suffix: "-test").root == "/etc/apache2-test")
    }

    @Test("is the installation's beside the command, with the server root above it")
    func installation() throws {
        let folder = try ScratchFolder()
        try folder.write("conf/httpd.conf")
        try folder.makeFolder("conf/available/mods")
        try folder.makeFolder("bin")
        let layout = find(programs: "\(folder.path)/bin")
        #expect(layout.root == "\(folder.path)/conf")
        #expect(layout.serverRoot == folder.path)
        #expect(layout.stateDirectory(Environment()) == "\(folder.path)/state")
        // What was installed from a checkout is tried out there first.
        let checkout = try makeCheckout()
        let tried = find(in: checkout.path, programs: "\(folder.path)/bin")
        #expect(tried.root == layout.root)
    }

    @Test("is not a folder that anybody may write to")
    func untrusted() throws {
        let checkout = try makeCheckout()
        #expect(find(in: checkout.path).root == checkout.path)
        #expect(unsafe chmod(checkout.path, 0o777) == 0)
        #expect(find(in: checkout.path).root == "/etc/apache2")
        #expect(find(["APACHE_CONFDIR": checkout.path]).root == checkout.path)
    }

    @Test(
        "has the port of the first plain Listen",
        arguments: [
            ("Listen 8080\n", "localhost:8080"), ("listen 10.0.0.1:81 http", "10.0.0.1:81"),
            ("# Listen 1\nListen 443\nListen 444 https\nListen *:82", "localhost:82"),
            ("Listen [::1]:83", "[::1]:83"), ("Define P 84\nListen ${P}", "localhost:84"),
            ("Listen ${UNKNOWN}", nil), ("Listening 5", nil),
        ])
    func listen(_ text: String, _ expected: String?) {
        var reader = ListenAddress(Environment())
        #expect(reader.address(in: text) == expected)
    }
}
