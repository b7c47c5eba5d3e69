// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import ToolSupport

/// A configuration, and a2query on it.
///
/// Debian's a2query looks nowhere but into /etc/apache2; to compare with it, a copy is made that
/// looks into the scratch folder.
private final class QueryFixture {
    let tree: ScratchConfiguration
    private let program: String

    init(server: String = "exit 1") throws {
        tree = try ScratchConfiguration(
            modules: ["mime": "", "old": "", "gone": "", "manual": "", "mpm_event": ""],
            enabled: ["manual", "mpm_event"])
        try tree.folder.writeScript("bin/apache2ctl", server)
        tree.environment["APACHE_HTTPD"] = "\(tree.folder.path)/bin/apache2ctl"
        tree.environment["PATH"] = "\(tree.folder.path)/bin:/usr/bin:/bin"
        for (action, state, name) in [
            ("module", "enabled_by_admin", "mime"), ("module", "disabled_by_admin", "old"),
            ("module", "disabled_by_maint", "gone"), ("site", "enabled_by_maint", "main"),
        ] {
            try tree.folder.write("state/\(action)/\(state)/\(name)")
        }
        try tree.folder.link("mods-enabled/mime.load", to: "../mods-available/mime.load")
        try tree.folder.write("sites-enabled/main.conf")
        guard let reference = Programs.reference else {
            program = Programs.path("a2query")
            return
        }
        program = "\(tree.folder.path)/a2query"
        let script = try String(contentsOfFile: "\(reference)/a2query", encoding: .utf8)
        try tree.folder.writeProgram(
            "a2query",
            script.replacingOccurrences(of: "/etc/apache2", with: tree.folder.path)
                .replacingOccurrences(of: "/var/lib/apache2", with: "\(tree.folder.path)/state"))
    }

    func run(_ arguments: [String]) throws -> Programs.Outcome {
        var outcome = try Programs.run(program, arguments, environment: tree.environment)
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        outcome.output = lines.dropLast().sorted().map { "\($0)\n" }.joined()
        return outcome
    }
}

@Suite("a2query")
struct QueryTests {
    @Test(
        "says what is enabled, by whom, and why something is not",
        arguments: [
            ("-m mime", 0, "mime (enabled by site administrator)\n", ""),
            ("-mmime", 0, "mime (enabled by site administrator)\n", ""),
            ("-m mime.load", 0, "mime (enabled by site administrator)\n", ""),
            ("-m manual", 0, "manual (enabled by unknown)\n", ""),
            ("-s main", 0, "main (enabled by maintainer script)\n", ""),
            ("-s main.conf -q", 0, "", ""),
            ("-m nosuch", 1, "", "No module matches nosuch\n"),
            ("-s nosuch", 1, "", "No site matches nosuch\n"),
            ("-c nosuch", 1, "", "No conf matches nosuch\n"),
            ("-q -m nosuch", 1, "", ""),
            ("-m old", 32, "", "No module matches old (disabled by site administrator)\n"),
            ("-m gone", 33, "", "No module matches gone (disabled by maintainer script)\n"),
            ("-s", 0, "main (enabled by maintainer script)\n", ""),
            ("-q", 0, "", ""), ("-M", 0, "event\n", ""),
        ] as [(String, Int32, String, String)])
    func states(
        _ arguments: String, _ status: Int32, _ output: String, _ errors: String
    ) throws {
        let outcome = try QueryFixture().run(arguments.split(separator: " ").map(String.init))
        #expect(outcome == .init(status: status, output: output, errors: errors))
    }

    @Test("lists all")
    func all() throws {
        #expect(
            try QueryFixture().run(["-m"]).output == """
                manual (enabled by unknown)
                mime (enabled by site administrator)
                mpm_event (enabled by unknown)

                """)
    }

    @Test("passes on what the server says of itself")
    func server() throws {
        let fixture = try QueryFixture(
            server: """
                echo 'Server version: Apache/2.4.99 (Unix)'
                echo "Server's Module Magic Number: 20990101:7"
                echo 'Server MPM:     worker'
                """)
        #expect(try fixture.run(["-v"]).output == "2.4.99\n")
        #expect(try fixture.run(["-a"]).output == "20990101\n")
        #expect(try fixture.run(["-M"]).output == "worker\n")
    }

    @Test("refuses to speak of a server with two MPMs")
    func twoMPMs() throws {
        let fixture = try QueryFixture()
        try fixture.tree.folder.write("mods-enabled/mpm_prefork.load")
        #expect(
            try fixture.run(["-M"])
                == .init(
                    status: 1, output: "",
                    errors: "There is more than one MPM loaded. "
                        + "Do not proceed due to undefined results\n"))
    }

    @Test("tells its usage when nothing is asked", arguments: [[], ["-h"], ["-z"]])
    func usage(_ arguments: [String]) throws {
        let outcome = try QueryFixture().run(arguments)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("Usage: "))
        #expect(outcome.errors == (arguments == ["-z"] ? "Unknown option: z\n" : ""))
    }

    @Test("takes mod_mime for mime", .enabled(if: Programs.areOurs))
    func modulePrefix() throws {
        #expect(
            try QueryFixture().run(["-m", "mod_mime"]).output
                == "mime (enabled by site administrator)\n")
    }

    @Test("finds Apache's release in what Apus says")
    func release() {
        let facts = ServerFacts("Server version: Apus/0.1.0 (Apache/2.4.71 compatible)\n")
        #expect(facts.version == "2.4.71")
    }
}
