// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_authz_core, mod_authz_host, mod_auth_basic (manual: howto/auth, howto/access).
@Suite("Authorization")
struct AuthorizationTests {
    @Test(
        "grants and denies as the requirements say",
        arguments: [
            Case("Require all granted", "200"), Case("Require all denied", "403"),
            Case("Require ip 127.0.0.1", "200"), Case("Require ip 127", "200"),
            Case("Require ip 127.0.0.0/8", "200"), Case("Require ip 127.0.0.0/255.0.0.0", "200"),
            Case("Require ip 10.0.0.0/8", "403"), Case("Require ip 10.0.0.1 127.0.0.1", "200"),
            Case("Require ip ::1", "403"),
            Case("Require local", "200"), Case("Require host localhost", "200"),
            Case("Require host example.org", "403"), Case("Require forward-dns localhost", "200"),
            Case("Require method GET", "200"), Case("Require method POST PUT", "403"),
            Case("Require env YES", "200"), Case("Require env NO", "403"),
            Case("Require env NO YES", "200"),
            Case("Require all denied\nRequire ip 127.0.0.1", "200"),
            Case("<RequireAll>\nRequire ip 127.0.0.1\nRequire all denied\n</RequireAll>", "403"),
            Case("<RequireAll>\nRequire ip 127.0.0.1\nRequire method GET\n</RequireAll>", "200"),
            Case("<RequireAny>\nRequire ip 10\nRequire method GET\n</RequireAny>", "200"),
            Case(
                "<RequireAll>\nRequire all granted\nRequire not ip 127.0.0.1\n</RequireAll>", "403"),
            Case("<RequireAll>\nRequire all granted\nRequire not ip 10\n</RequireAll>", "200"),
            Case(
                "<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 127.0.0.1\n</RequireNone>\n</RequireAll>",
                "403"),
            Case(
                "<RequireAny>\nRequire all denied\n<RequireAll>\nRequire all granted\n</RequireAll>\n</RequireAny>",
                "200"),
            Case("<Limit POST>\nRequire all denied\n</Limit>", "200"),
            Case("<Limit GET>\nRequire all denied\n</Limit>", "403"),
            Case("<LimitExcept POST>\nRequire all denied\n</LimitExcept>", "403"),
            Case(
                "<RequireAll>\n<Limit POST>\nRequire all denied\n</Limit>\nRequire all granted\n</RequireAll>",
                "200"),
            Case("Require expr \"%{REQUEST_METHOD} == 'GET'\"", "200"),
            Case("Require expr \"%{REQUEST_METHOD} == 'POST'\"", "403"),
        ])
    func require(requirement: Case) throws {
        let configuration = """
            SetEnvIf Request_URI . YES
            <Location "/">
                \(requirement.given)
            </Location>
            """
        let response = try withServer(configuration, files: ["page.txt": ""]) {
            try $0.get("/page.txt")
        }
        #expect("\(response.status)" == requirement.expected)
    }

    @Test(
        "refuses configurations that cannot be meant",
        arguments: [
            Case(
                "<RequireAny>\nRequire not ip 10\n</RequireAny>",
                "negative Require directive has no effect in <RequireAny> directive"),
            Case("Require all maybe", "Argument for 'Require all' must be 'granted' or 'denied'"),
            Case("Require ip nonsense", "ip address 'nonsense' appears to be invalid"),
        ])
    func mistakes(mistake: Case) throws {
        let result = try runServer(
            on: ServerRoot("<Location />\n\(mistake.given)\n</Location>", modules: ["authz_host"]))
        #expect(result.status == 1)
        #expect(result.messages.count == 2)
        #expect(result.messages.last == mistake.expected)
    }

    @Test("says in the error log who was denied")
    func log() throws {
        let configuration = "<Location />\nRequire all denied\n</Location>"
        try withServer(configuration, files: ["page.txt": ""]) { server in
            let response = try server.get("/page.txt")
            #expect(response.status == 403)
            let lines = try server.waitForErrorLog(
                "AH01630: client denied by server configuration: ")
            #expect(lines.first?.hasSuffix("\(server.path)/htdocs/page.txt") == true)
        }
    }

    @Test(
        "asks for a password",
        arguments: [
            Case("", "401"), Case("Basic bWU6c2VjcmV0", "200"), Case("basic bWU6c2VjcmV0", "200"),
            Case("Basic bWU6d3Jvbmc=", "401"), Case("Basic bm9ib2R5OnNlY3JldA==", "401"),
            Case("Basic !!!", "401"), Case("Bearer bWU6c2VjcmV0", "401"),
        ])
    func basic(credentials: Case) throws {
        let configuration = """
            <Location "/">
                AuthType Basic
                AuthName "The Realm"
                AuthBasicProvider file
                AuthUserFile conf/users
                Require valid-user
            </Location>
            """
        // The password is "secret", in SHA-1 as htpasswd -s writes it.
        let files = ["page.txt": "", "/conf/users": "me:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"]
        let response = try withServer(configuration, files: files) {
            try $0.get(
                "/page.txt", credentials.given.isEmpty ? [] : [("Authorization", credentials.given)]
            )
        }
        #expect("\(response.status)" == credentials.expected)
        #expect(
            response["WWW-Authenticate"]
                == (response.status == 401 ? ["Basic realm=\"The Realm\""] : []))
    }

    @Test(
        "keeps the old directives",
        arguments: [
            Case("Order deny,allow\nDeny from all", "403"),
            Case("Order allow,deny\nAllow from all", "200"),
            Case("Order deny,allow\nDeny from all\nAllow from 127.0.0.1", "200"),
            Case("Order allow,deny\nAllow from all\nDeny from 127", "403"),
            Case("Order allow,deny", "403"),
            Case("Order deny,allow", "200"), Case("Order allow,deny\nAllow from env=YES", "200"),
        ])
    func compatible(setting: Case) throws {
        let configuration =
            "SetEnvIf Request_URI . YES\n<Location />\n\(setting.given)\n</Location>"
        let response = try withServer(configuration, files: ["page.txt": ""]) {
            try $0.get("/page.txt")
        }
        #expect("\(response.status)" == setting.expected)
    }
}
