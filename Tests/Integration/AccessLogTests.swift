// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_log_config and mod_logio; Compatibility lines 56–60.
@Suite("Access log")
struct AccessLogTests {
    @Test(
        "has what its format asks for",
        arguments: [
            Case("%%", "%"), Case("%a", "127.0.0.1"), Case("%{c}a", "127.0.0.1"),
            Case("%A", "127.0.0.1"),
            Case("%B", "5"), Case("%b", "5"), Case("%f", "ROOT/htdocs/page.txt"),
            Case("%h", "127.0.0.1"),
            Case("%H", "HTTP/1.1"), Case("%m", "GET"), Case("%q", "?a=b"),
            Case("%r", "GET /page.txt?a=b HTTP/1.1"),
            Case("%s", "200"), Case("%>s", "200"), Case("%U", "/page.txt"), Case("%u", "-"),
            Case("%l", "-"),
            Case("%L", "-"), Case("%v", "localhost"), Case("%V", "host.example"),
            Case("%p", "PORT"),
            Case("%{local}p", "PORT"), Case("%{canonical}p", "PORT"), Case("%k", "0"),
            Case("%X", "-"),
            Case("%R", "-"), Case("%{User-Agent}i", "agent"), Case("%{None}i", "-"),
            Case("%{Content-Type}o", "text/plain"), Case("%{V}e", "value"), Case("%{NONE}e", "-"),
            Case("%{none}n", "-"), Case("%{a}C", "one"), Case("%{b}C", "two"),
            Case("\\\"%m\\\"", "\"GET\""), Case("a\\tb", "a\tb"), Case("%I", "REQUEST"),
            Case("%{c}h", "127.0.0.1"),
            Case("%200s", "200"), Case("%404s", "-"), Case("%!404s", "200"), Case("%!200s", "-"),
            Case("%200,304{User-Agent}i", "agent"), Case("%!200,304{User-Agent}i", "-"),
        ])
    func formats(format: Case) throws {
        let configuration =
            "SetEnvIf Request_URI . V=value\nCustomLog logs/access_log \"\(format.given)\""
        try withServer(configuration, modules: ["mime"], files: ["page.txt": "hello"]) { server in
            let request = """
                GET /page.txt?a=b HTTP/1.1\r\nHost: host.example:99\r\nUser-Agent: agent\r
                Cookie: a=one; b=two\r\nConnection: close\r\n\r\n
                """
            _ = try server.connect().request(request)
            let line = try server.waitForAccessLog().first ?? ""
            let expected = format.expected.replacing("ROOT", with: server.path)
                .replacing(
                    "PORT",
                    with: format.given == "%p" || format.given == "%{canonical}p"
                        ? line : "\(server.port)"
                )
                .replacing("REQUEST", with: "\(request.utf8.count)")
            #expect(line == expected)
        }
    }

    @Test("counts all bytes, head and body")
    func bytes() throws {
        try withServer("CustomLog logs/access_log \"%I %O %S %B\"", files: ["page.txt": "hello"]) {
            server in
            let request = "GET /page.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let response = try server.connect().request(request)
            let (input, output) = (request.utf8.count, response.raw.count)
            #expect(try server.waitForAccessLog() == ["\(input) \(output) \(input + output) 5"])
        }
    }

    @Test("tells times in the forms asked for")
    func times() throws {
        let formats = [
            "%t", "%{%Y-%m-%d}t", "%{sec}t", "%{msec}t", "%{usec}t", "%{msec_frac}t",
            "%{usec_frac}t",
            "%{begin:sec}t", "%{end:usec}t", "%T", "%{s}T", "%{ms}T", "%{us}T", "%D", "%P",
            "%{pid}P", "%{tid}P",
        ]
        let patterns: [Regex<Substring>] = [
            /\[[0-9]{2}\/[A-Z][a-z]{2}\/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}\]/,
            /[0-9]{4}-[0-9]{2}-[0-9]{2}/, /[0-9]{10}/, /[0-9]{13}/, /[0-9]{16}/, /[0-9]{3}/,
            /[0-9]{6}/,
            /[0-9]{10}/, /[0-9]{16}/, /0/, /0/, /[0-9]+/, /[0-9]+/, /[0-9]+/, /[0-9]+/, /[0-9]+/,
            /[0-9]+/,
        ]
        try withServer("CustomLog logs/access_log \"\(formats.joined(separator: "|"))\"") {
            server in
            _ = try server.get("/")
            let seen = try server.waitForAccessLog().first?.split(separator: "|") ?? []
            #expect(seen.count == formats.count)
            for ((value, pattern), format) in zip(zip(seen, patterns), formats) {
                #expect(value.wholeMatch(of: pattern) != nil, "\(format) gave \(value)")
            }
            #expect(seen.count > 14 && server.children.map { "\($0)" }.contains(String(seen[14])))
        }
    }

    @Test("has the common formats by name, and the default")
    func names() throws {
        let configuration = """
            LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"" vhost_combined
            LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
            LogFormat "%m default"
            CustomLog logs/vhost vhost_combined
            CustomLog logs/common common
            TransferLog logs/transfer
            """
        try withServer(configuration, files: ["page.txt": "hello"]) { server in
            _ = try server.get("/page.txt", [("Referer", "r"), ("User-Agent", "u")])
            let vhost = try server.waitForAccessLog("vhost").first ?? ""
            let common = try server.waitForAccessLog("common").first ?? ""
            #expect(
                vhost.wholeMatch(
                    of:
                        /localhost:\d+ 127\.0\.0\.1 - - \[[^\]]*\] "GET \/page\.txt HTTP\/1\.1" 200 \d+ "r" "u"/
                ) != nil)
            #expect(
                common.wholeMatch(
                    of: /127\.0\.0\.1 - - \[[^\]]*\] "GET \/page\.txt HTTP\/1\.1" 200 5/) != nil)
            #expect(try server.waitForAccessLog("transfer") == ["GET default"])
        }
    }

    @Test(
        "escapes what came from the client",
        arguments: [
            Case("a\"b", "a\\\"b"), Case("a\\b", "a\\\\b"), Case("a\tb", "a\\tb"),
            Case("a\u{e9}b", "a\\xc3\\xa9b"), Case("a b", "a b"), Case("%41", "%41"),
        ])
    func escaping(value: Case) throws {
        try withServer("CustomLog logs/access_log %{User-Agent}i") { server in
            _ = try server.get("/", [("User-Agent", value.given)])
            #expect(try server.waitForAccessLog() == [value.expected])
        }
    }

    @Test("tells of the original or the final request after an internal redirect")
    func redirects() throws {
        let configuration = """
            ErrorDocument 404 /error.txt
            CustomLog logs/access_log "%s %>s %<s %U %>U %r"
            """
        try withServer(configuration, files: ["error.txt": "sorry"]) { server in
            _ = try server.get("/missing")
            #expect(
                try server.waitForAccessLog()
                    == ["404 404 404 /missing /error.txt GET /missing HTTP/1.1"])
        }
    }

    @Test(
        "is written on conditions",
        arguments: [
            Case("env=YES", "/yes"), Case("env=!YES", "/no"),
            Case("\"expr=%{REQUEST_URI} == '/no'\"", "/no"),
        ])
    func conditions(condition: Case) throws {
        let configuration = """
            SetEnvIf Request_URI yes YES
            CustomLog logs/access_log %U \(condition.given)
            CustomLog logs/all %U
            """
        try withServer(configuration) { server in
            _ = try (server.get("/yes"), server.get("/no"))
            try server.waitForAccessLog("all", lines: 2)
            #expect(try server.waitForAccessLog() == [condition.expected])
        }
    }

    @Test("of a virtual host replaces the server's, but for a GlobalLog")
    func virtualHosts() throws {
        let configuration = """
            CustomLog logs/server "server %U"
            GlobalLog logs/global "global %U"
            <VirtualHost *:${PORT}>
                ServerName a.example
                CustomLog logs/host "host %U"
            </VirtualHost>
            <VirtualHost *:${PORT}>
                ServerName b.example
            </VirtualHost>
            """
        try withServer(configuration) { server in
            _ = try server.get("/one", host: "a.example")
            _ = try server.get("/two", host: "b.example")
            let all = try server.waitForAccessLog("global", lines: 2)
            #expect(try server.waitForAccessLog("server") == ["server /two"])
            #expect(try server.waitForAccessLog("host") == ["host /one"])
            #expect(all.sorted() == ["global /one", "global /two"])
        }
    }

    @Test("has a line for a request that was none")
    func badRequest() throws {
        try withServer("CustomLog logs/access_log \"\\\"%r\\\" %>s\"") { server in
            _ = try server.send("nonsense\u{1}\r\n\r\n")
            #expect(try server.waitForAccessLog() == ["\"nonsense\\x01\" 400"])
        }
    }

    @Test("tells how a connection ends")
    func connectionStatus() throws {
        try withServer("CustomLog logs/access_log \"%X %k\"", files: ["page.txt": ""]) { server in
            let connection = try server.connect()
            let request = "GET /page.txt HTTP/1.1\r\nHost: a\r\n"
            for _ in 1...2 { _ = try connection.request(request + "\r\n") }
            _ = try connection.request(request + "Connection: close\r\n\r\n")
            let lines = try server.waitForAccessLog(lines: 3)
            #expect(lines.prefix(2) == ["+ 0", "+ 1"])
            #expect(lines.last?.hasPrefix("- ") == true)
        }
    }

    @Test("keeps its lines whole when many write", arguments: MPM.allCases)
    func concurrency(mpm: MPM) throws {
        let long = String(repeating: "x", count: 3000)
        try withServer("CustomLog logs/access_log \"<%U \(long)>\"", mpm: mpm) { server in
            let result = try server.curl(
                "/[1-200]", "--parallel", "--parallel-max", "20", "-o", "/dev/null")
            #expect(result.status == 0)
            let lines = try server.waitForAccessLog(lines: 200)
            #expect(lines.count == 200)
            #expect(
                lines.allSatisfy {
                    $0.hasPrefix("</") && $0.hasSuffix(" \(long)>") && $0.utf8.count < 3010
                })
        }
    }

    @Test("is held back and written whole where BufferedLogs is on")
    func buffered() throws {
        try withServer("BufferedLogs On\nCustomLog logs/access_log \"%U\"") { server in
            // Ours holds lines back for a second, Apache until there are 4096 bytes.
            let begin = ContinuousClock.now
            _ = try server.get("/0")
            if !underApache {
                try server.waitForAccessLog()
                #expect(ContinuousClock.now - begin >= .seconds(1))
            }
            _ = try server.curl("/[1-50]", "-o", "/dev/null")
            if underApache { #expect(server.accessLog() == []) }
            try server.stop()
            #expect(server.accessLog().sorted() == (0...50).map { "/\($0)" }.sorted())
        }
    }
}
