// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration
import Testing

@Suite("Directives")
struct DirectiveTests {
    @Test("set what they name, and leave the rest at its default")
    func settings() {
        let server = TestServer.of("keepalive OFF\nServerAdmin \"a b\"\n")

        #expect(server.errors.isEmpty)
        #expect(!server.core.keepAlive)
        #expect(server.core.$keepAlive.isSet)
        #expect(server.core.serverAdmin == "a b")
        #expect(server.core.startServers == 5)
        #expect(!server.core.$startServers.isSet)
    }

    @Test("resolve paths against ServerRoot")
    func paths() {
        #expect(TestServer.of("DocumentRoot a/../b//c").core.documentRoot == "/etc/test/b/c")
        #expect(TestServer.of("DocumentRoot /srv/").core.documentRoot == "/srv/")
    }

    @Test("merge by the value's rule within a section")
    func mergingLines() {
        let server = TestServer.of(
            "Options A B\nOptions +C -A\nErrorDocument 404 /x\nErrorDocument 500 /y")
        #expect(
            server.directory.options == TestOptions(set: ["A", "B"], added: ["C"], removed: ["A"]))
        #expect(server.directory.errorDocuments == ["404": "/x", "500": "/y"])
    }

    @Test("of one name act where each is allowed")
    func sharedName() {
        let server = TestServer.of(
            "RewriteEngine On\n<Location /a>\nRewriteEngine Off\n</Location>")
        let location = server.sections[0].configs.directory

        #expect(server.errors.isEmpty)
        #expect(
            server.main.server.config(of: TestAlias.ServerConfig.self, at: TestServer.alias).engine)
        #expect(!server.main.directory.hasConfig(at: TestServer.alias))
        #expect(
            location.config(of: TestAlias.DirectoryConfig.self, at: TestServer.alias).engine
                == false)
    }

    @Test("of a module's section act on fresh settings, those of others on the section around")
    func moduleSection() {
        let server = TestServer.of(
            """
            <Location /a>
            Require first
            <RequireAny>
            Require one
            <RequireAny>
            Require two
            </RequireAny>
            AddDefaultCharset utf-8
            </RequireAny>
            </Location>
            """)
        let config = server.sections[0].configs.directory.config(
            of: TestCore.DirectoryConfig.self, at: TestServer.core)

        #expect(server.problems == [])
        #expect(
            config.requirements == [
                .line("first", methods: nil),
                .any([.line("one", methods: nil), .any([.line("two", methods: nil)])]),
            ])
    }

    @Test("hold for some methods inside <Limit> and <LimitExcept>")
    func methods() {
        let server = TestServer.of(
            """
            <Location /a>
            Require all
            <Limit GET POST>
            Require some
            </Limit>
            <LimitExcept GET>
            <LimitExcept POST>
            Require others
            </LimitExcept>
            </LimitExcept>
            </Location>
            """)
        let config = server.sections[0].configs.directory.config(
            of: TestCore.DirectoryConfig.self, at: TestServer.core)

        #expect(server.problems == [])
        #expect(
            config.requirements == [
                .line("all", methods: nil),
                .line("some", methods: MethodSet(names: ["GET", "POST"], isExcept: false)),
                .line("others", methods: MethodSet(names: ["GET", "POST"], isExcept: true)),
            ])
    }

    @Test(
        "limit HEAD with GET",
        arguments: [("HEAD", true), ("GET", true), ("get", false), ("PUT", false)])
    func head(_ method: String, _ isLimited: Bool) {
        #expect(MethodSet(names: ["GET"], isExcept: false).contains(method) == isLimited)
        #expect(MethodSet(names: ["GET"], isExcept: true).contains(method) != isLimited)
    }

    @Test("are all told of when they are wrong")
    func manyMistakes() {
        let server = TestServer.of("KeepAlive x\nKeepAlive Off\nHeader a\nStartServers 0\n")

        #expect(server.errors.list.map(\.location?.line) == [1, 3, 4])
        #expect(!server.core.keepAlive)
    }
}

@Suite("Durations")
struct DurationTests {
    @Test(
        "are read as ap_timeout_parameter_parse does",
        arguments: [
            ("5", Duration.seconds(5)), ("300ms", .milliseconds(300)), ("2s", .seconds(2)),
            ("2S", .seconds(2)), ("3min", .seconds(180)), ("1h", .seconds(3600)),
            ("3mi", .seconds(180)), ("0", .zero), ("5m", nil), ("-1", nil), ("5x", nil), ("x", nil),
            ("99999999999999999999", nil), ("9223372036854775807h", nil), ("5 s", nil),
        ] as [(String, Duration?)])
    func reading(_ text: String, _ expected: Duration?) {
        #expect(Duration(configured: text) == expected)
    }

    @Test("without a unit are in that of the directive")
    func unit() {
        #expect(Duration(configured: "5", in: .milliseconds) == .milliseconds(5))
        #expect(Duration(configured: "5s", in: .milliseconds) == .seconds(5))
    }
}
