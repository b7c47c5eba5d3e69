// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration
import Testing

@Suite("An .htaccess file")
struct HtaccessTests {
    private func read(_ text: String, _ policy: OverridePolicy) -> TestServer {
        let server = TestServer()
        let reader = server.reader(overrides: policy)
        let nodes = reader.read(Array(text.utf8), file: "/srv/.htaccess")
        server.errors = reader.errors
        server.apply(
            nodes,
            in: .htaccess(directory: "/srv", serverRoot: "/etc/test", overrides: policy))
        return server
    }

    @Test(
        "may say what AllowOverride lets it",
        arguments: [
            ("AddDefaultCharset x", [.fileInfo], []),
            ("AddDefaultCharset x", [.options, .limit], ["AddDefaultCharset not allowed here"]),
            ("Options X", .options, []),
            ("KeepAlive On", .all, ["KeepAlive not allowed here"]),
            ("<Files a>\nAddDefaultCharset x\n</Files>", .fileInfo, []),
            (
                "<Files a>\nRequire all\n</Files>", .fileInfo,
                ["Require not allowed in <Files> context"]
            ),
            ("<Limit GET>\nRequire all\n</Limit>", .authConfig, []),
            (
                "<Limit GET>\nRequire all\n</Limit>", .limit,
                ["Require not allowed in <Limit> context"]
            ),
            ("<IfModule core.c>\nOptions X\n</IfModule>", .options, []),
            ("Include x", .all, ["Include not allowed here"]),
            ("Define x", .all, ["Define not allowed here"]),
            (
                "Bogus", .all,
                [
                    "Invalid command 'Bogus', perhaps misspelled or defined by a module not included in the server configuration"
                ]
            ),
        ] as [(String, OverrideClass, [String])])
    func classes(_ text: String, _ classes: OverrideClass, _ problems: [String]) {
        #expect(read(text, OverridePolicy(classes: classes)).problems == problems)
    }

    @Test("may say what AllowOverrideList names")
    func list() {
        let policy = OverridePolicy(directives: ["adddefaultcharset"])
        #expect(read("AddDefaultCharset x", policy).problems == [])
        #expect(read("Options X", policy).problems == ["Options not allowed here"])
    }

    @Test("is told of what is ignored by Nonfatal")
    func nonfatal() {
        let policy = OverridePolicy(ignoresForbidden: true, ignoresUnknown: true)
        let server = read("AddDefaultCharset x\nBogus y\n", policy)

        #expect(server.errors.isEmpty)
        #expect(server.directory.charset == "off")
        #expect(
            server.warnings.warnings.map { "\($0.code): \($0.message)" } == [
                "AH02295: AddDefaultCharset in .htaccess forbidden by AllowOverride",
                "AH02296: Unknown directive bogus perhaps misspelled or defined by a module not "
                    + "included in the server configuration",
            ])
    }

    @Test("has short lines")
    func limit() {
        let text = "Options " + String(repeating: "x", count: ConfigLines.htaccessLimit)
        #expect(
            read(text, OverridePolicy(classes: .all)).problems == [
                "Error reading /srv/.htaccess at line 1: Line too long"
            ])
    }
}
