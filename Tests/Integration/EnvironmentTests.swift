// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_env, mod_setenvif, seen by a script; manual: env.
@Suite("Environment variables")
struct EnvironmentTests {
    @Test(
        "are set, passed and unset",
        arguments: [
            Case("SetEnv V one", "one"), Case("SetEnv V", ""),
            Case("SetEnv V \"two words\"", "two words"),
            Case("SetEnv V one\nUnsetEnv V", "unset"), Case("PassEnv V", "from server"),
            Case("SetEnv V a\n<Location /cgi>\nSetEnv V b\n</Location>", "b"),
            Case("SetEnv V a\n<Location /cgi>\nUnsetEnv V\n</Location>", "unset"),
            Case("SetEnvIf Request_URI /cgi V=yes", "yes"),
            Case("SetEnvIf Request_URI /cgi V", "1"),
            Case("SetEnvIf Request_URI ^/other V=yes", "unset"),
            Case("SetEnvIf Request_Method GET V=get", "get"),
            Case("SetEnvIf Request_Protocol 1.1 V=p", "p"),
            Case("SetEnvIf Remote_Addr ^127 V=local", "local"),
            Case("SetEnvIf Server_Addr ^127 V=here", "here"),
            Case("SetEnvIf Remote_Host . V=h", "h"),
            Case("SetEnvIf X-Field ^(.)(.) V=$2$1", "AF"),
            Case("SetEnvIf x-field FA V=name", "name"),
            Case("SetEnvIf X-Field fa V=case", "unset"),
            Case("SetEnvIfNoCase X-Field fa V=case", "case"),
            Case("SetEnvIf Missing ^$ V=empty", "empty"),
            Case("SetEnvIf Request_URI . V=1\nSetEnvIf X-Field . !V", "unset"),
            Case("SetEnvIf Request_URI . A=1\nSetEnvIf A 1 V=chained", "chained"),
            Case("SetEnvIf ^X-F FAB V=regex", "regex"), Case("BrowserMatch Lynx V=text", "text"),
            Case("BrowserMatchNoCase LYNX V=text", "text"),
            Case("BrowserMatch Firefox V=no", "unset"),
            Case("SetEnvIf Request_URI . V=1 A=2\nSetEnvIf A 2 V=both", "both"),
            Case("SetEnvIfExpr \"%{REQUEST_METHOD} == 'GET'\" V=expr", "expr"),
            Case("SetEnvIf Request_URI . V=first\nSetEnv V second", "second"),
        ])
    func variables(setting: Case) throws {
        let configuration = "ScriptAlias /cgi ${ROOT}/cgi-bin\n\(setting.given)"
        let response = try withServer(
            configuration, modules: ["cgi"], environment: ["V": "from server"]
        ) { server in
            try server.write(
                "/cgi-bin/show", "#!/bin/sh\necho; echo -n \"${V-unset}\"", mode: 0o755)
            return try server.get("/cgi/show", [("X-Field", "FAB"), ("User-Agent", "Lynx/2.8")])
        }
        #expect(response.text == setting.expected)
    }

    @Test("that the server itself has do not reach a script unless passed")
    func serverEnvironment() throws {
        let response = try withServer(
            "ScriptAlias /cgi ${ROOT}/cgi-bin", modules: ["cgi"], environment: ["SECRET": "x"]
        ) { server in
            try server.write(
                "/cgi-bin/show", "#!/bin/sh\necho; echo -n \"${SECRET-unset}\"", mode: 0o755)
            return try server.get("/cgi/show")
        }
        #expect(response.text == "unset")
    }

    @Test(
        "change how the server answers",
        arguments: [
            Case("nokeepalive", "close"), Case("none", "-"),
            Case("downgrade-1.0", "close"),
        ])
    func special(variable: Case) throws {
        try withServer("SetEnvIf Request_URI . \(variable.given)", files: ["page.txt": ""]) {
            server in
            let response = try server.connect().request("GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            let seen = [response.version] + response["Connection"] + ["-"]
            #expect(seen.contains(variable.expected))
            #expect(variable.given != "none" || response["Connection"] == [])
        }
    }

    @Test("answer HTTP/1.0 with its own version for clients that choke on another")
    func forceResponse() throws {
        let responses = try withServer("SetEnvIf Request_URI . force-response-1.0") {
            try $0.send("GET / HTTP/1.0\r\n\r\n")
        }
        #expect(responses.map(\.version) == ["HTTP/1.0"])
    }
}
