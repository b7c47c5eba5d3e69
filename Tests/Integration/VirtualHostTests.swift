// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Compatibility lines 41–43 and 45; manual: vhosts/details.
@Suite("Virtual hosts")
struct VirtualHostTests {
    @Test(
        "are chosen by name among those of an address, and the first is the default",
        arguments: [
            Case("first.example", "first"), Case("second.example", "second"),
            Case("SECOND.example", "second"),
            Case("second.example:1234", "second"), Case("second.example.", "second"),
            Case("alias.example", "second"), Case("a.wild.example", "third"),
            Case("a.b.wild.example", "third"), Case("wild.example", "first"),
            Case("x1.example", "third"),
            Case("x12.example", "first"), Case("unknown.example", "first"),
            Case("127.0.0.1", "first"),
        ])
    func names(host: Case) throws {
        let configuration = """
            <VirtualHost *:${PORT}>
                ServerName first.example
                Header set X first
            </VirtualHost>
            <VirtualHost *:${PORT}>
                ServerName second.example
                ServerAlias alias.example other.example
                Header set X second
            </VirtualHost>
            <VirtualHost *:${PORT}>
                ServerName third.example
                ServerAlias *.wild.example x?.example second.example
                Header set X third
            </VirtualHost>
            """
        #expect(try hosts(configuration, [host.given]) == [host.expected])
    }

    @Test("are chosen by their address first, the exact one before the wildcard")
    func addresses() throws {
        let configuration = """
            Header set X main
            Listen 127.0.0.1:${PORT2}
            <VirtualHost *:${PORT}>
                ServerName name.example
                Header set X wildcard
            </VirtualHost>
            <VirtualHost 127.0.0.1:${PORT}>
                ServerName other.example
                Header set X exact
            </VirtualHost>
            """
        #expect(try hosts(configuration, ["name.example", "other.example"]) == ["exact", "exact"])
        let second = try withServer(configuration, files: ["page.txt": ""]) { server in
            try server.connect(port: server.secondPort)
                .request(
                    "GET /page.txt HTTP/1.1\r\nHost: name.example\r\nConnection: close\r\n\r\n")
        }
        #expect(second["X"] == ["main"])
    }

    @Test("on another port are other hosts")
    func ports() throws {
        let configuration = """
            Listen 127.0.0.1:${PORT2}
            <VirtualHost *:${PORT}>
                DocumentRoot "${ROOT}/htdocs/one"
            </VirtualHost>
            <VirtualHost *:${PORT2}>
                DocumentRoot "${ROOT}/htdocs/two"
            </VirtualHost>
            """
        try withServer(configuration, files: ["one/page.txt": "one", "two/page.txt": "two"]) {
            server in
            let texts = try [server.port, server.secondPort].map {
                try server.connect(port: $0)
                    .request("GET /page.txt HTTP/1.1\r\nHost: localhost:\(server.port)\r\n\r\n")
                    .text
            }
            #expect(texts == ["one", "two"])
        }
    }

    @Test("with several addresses serve each")
    func severalAddresses() throws {
        let configuration = """
            Listen 127.0.0.1:${PORT2}
            <VirtualHost 127.0.0.1:${PORT} 127.0.0.1:${PORT2}>
                DocumentRoot "${ROOT}/htdocs/both"
            </VirtualHost>
            """
        try withServer(configuration, files: ["both/page.txt": "both"]) { server in
            let texts = try [server.port, server.secondPort].map {
                try server.connect(port: $0).request("GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n")
                    .text
            }
            #expect(texts == ["both", "both"])
        }
    }

    @Test("inherit from the server, and override it")
    func inheritance() throws {
        let configuration = """
            ErrorDocument 404 server
            <VirtualHost *:${PORT}>
                ServerName a.example
            </VirtualHost>
            <VirtualHost *:${PORT}>
                ServerName b.example
                ErrorDocument 404 host
            </VirtualHost>
            """
        try withServer(configuration) { server in
            let texts = try ["a.example", "b.example"].map {
                try server.get("/none", host: $0).text
            }
            #expect(texts == ["server", "host"])
        }
    }

    @Test("have paths of their own through ServerPath")
    func serverPath() throws {
        let configuration = """
            <VirtualHost *:${PORT}>
                ServerName a.example
            </VirtualHost>
            <VirtualHost *:${PORT}>
                ServerName b.example
                ServerPath /b/
                DocumentRoot "${ROOT}/htdocs/b"
                Alias /b ${ROOT}/htdocs/b
            </VirtualHost>
            """
        let responses = try withServer(configuration, files: ["b/page.txt": "b"]) {
            try $0.send("GET /b/page.txt HTTP/1.0\r\n\r\n")
        }
        #expect(responses.first?.text == "b")
    }

    @Test("that nobody listens for are warned of or left, and do not stop the start")
    func unresolvable() throws {
        let configuration = """
            <VirtualHost nosuchhost.invalid:80>
                ServerName a.example
            </VirtualHost>
            """
        let response = try withServer(configuration, files: ["page.txt": "main"]) {
            try $0.get("/page.txt")
        }
        #expect(response.text == "main")
    }

    @Test("refuse a name that nobody has under StrictHostCheck")
    func strictHostCheck() throws {
        let configuration = """
            StrictHostCheck On
            <VirtualHost *:${PORT}>
                ServerName a.example
            </VirtualHost>
            """
        try withServer(configuration, files: ["page.txt": ""]) { server in
            let statuses = try ["a.example", "b.example"].map {
                try server.get("/page.txt", host: $0).status
            }
            #expect(statuses == [200, 400])
        }
    }
}

private func hosts(_ configuration: String, _ names: [String]) throws -> [String] {
    try withServer(configuration, files: ["page.txt": ""]) { server in
        try names.map { try server.get("/page.txt", host: $0)["X"].joined() }
    }
}
