// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// mod_authn_core, mod_auth_basic, mod_authn_file, mod_authz_user.
@Suite("Authentication")
struct AuthenticationTests {
    private static let sha = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="

    /// Documents, and users whose password is "secret" in every case.
    private static let users = [
        "page.txt": "page", "private/page.txt": "private", "private/index.html": "index",
        "private/open/page.txt": "open", "second/page.txt": "second",
        "/conf/users": """
        # The password of each is secret.

        bcrypt:$2y$05$xHcl5N2n2qcwIxh51tMv5OZ4mPvftrlmN6Ni6NjTVBaQR3ve8nO3C
        apr1:$apr1$dtYAj6j6$A97lj5H1b4IK7oCJNgwon/
        sha1:\(sha)
        sha512:$6$5uhbGdNdU8zl48Pp$kDPLziitxImPH/KZTTDm4qXUJbieMwxaxZvXdW47kMqxEiH5hfro2Y89KAsEoMCAqwfYh6ZVRX99d7U8mV4tI0
        plain:secret
        sha1:{SHA}0LnN8MSGxaP4iTXHA5a4zSPzoT4=

        """,
        "/conf/more": "second:\(sha)\n",
        // MD5 of sha1:The Realm:secret.
        "/conf/digest": "sha1:The Realm:ec36fe31882927a5b9a85861f4441377\n",
    ]

    private func credentials(_ text: String) -> [(String, String)] {
        text.isEmpty ? [] : [("Authorization", "Basic \(base64(text))")]
    }

    private func base64(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bytes = Array(text.utf8)
        var result = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                result.append(
                    place > group.count ? "=" : alphabet[value >> (18 - 6 * place) & 63])
            }
        }
        return result
    }

    /// A server whose `/private` asks for users of conf/users.
    private func withUsers<Result>(
        _ inner: String = "Require valid-user", outer: String = "", modules: [String] = [],
        _ body: (RunningServer) throws -> Result
    ) throws -> Result {
        let configuration = """
            <Location "/private">
                AuthType Basic
                AuthName "The Realm"
                AuthUserFile conf/users
                \(inner)
            </Location>
            \(outer)
            """
        let all = ["auth_basic", "authn_core", "authn_file", "authz_user"] + modules
        return try withServer(
            configuration, modules: all, files: Self.users, body)
    }

    @Test(
        "knows passwords in the ways that htpasswd writes them",
        arguments: [
            Case("bcrypt:secret", "200"), Case("bcrypt:Secret", "401"),
            Case("apr1:secret", "200"), Case("apr1:", "401"), Case("sha1:secret", "200"),
            Case("sha1:password", "401"), Case("sha512:secret", "200"),
            Case("sha512:secret2", "401"), Case("plain:secret", "401"), Case("nobody:x", "401"),
            Case("", "401"), Case("sha1", "401"), Case(":", "401"),
            Case("# The password of each is secret.:", "401"),
        ])
    func passwords(given: Case) throws {
        try withUsers { server in
            let response = try server.get("/private/page.txt", credentials(given.given))
            #expect("\(response.status)" == given.expected)
        }
    }

    @Test(
        "decides who of the users may come in",
        arguments: [
            Case("Require user sha1", "200"), Case("Require user apr1 sha1", "200"),
            Case("Require user apr1", "401"), Case("Require user \"sha1\"", "200"),
            Case("Require user SHA1", "401"),
            Case("AuthzSendForbiddenOnFailure On\nRequire user apr1", "403"),
            Case(
                "<RequireAll>\nRequire valid-user\nRequire not user sha1\n</RequireAll>", "401"),
            Case("<RequireAll>\nRequire valid-user\nRequire ip 10.0.0.1\n</RequireAll>", "403"),
            Case("<RequireAny>\nRequire user apr1\nRequire ip 127.0.0.1\n</RequireAny>", "200"),
            Case("AuthBasicProvider file\nRequire valid-user", "200"),
            Case("AuthBasicUseDigestAlgorithm Off\nRequire valid-user", "200"),
            Case(
                "AuthBasicUseDigestAlgorithm MD5\nAuthUserFile conf/digest\nRequire valid-user",
                "200"),
            Case(
                """
                AuthName "Another"
                AuthBasicUseDigestAlgorithm MD5
                AuthUserFile conf/digest
                Require valid-user
                """, "401"),
            Case("AuthBasicAuthoritative Off\nRequire valid-user", "200"),
        ])
    func users(given: Case) throws {
        try withUsers(given.given) { server in
            let response = try server.get("/private/page.txt", credentials("sha1:secret"))
            #expect("\(response.status)" == given.expected)
            #expect(response["WWW-Authenticate"].isEmpty == (given.expected != "401"))
        }
    }

    @Test("asks in the words of AuthName")
    func challenge() throws {
        try withUsers("AuthName \"of \\\"x\\\"\"\nRequire valid-user") { server in
            let response = try server.get("/private/page.txt")
            #expect(response.status == 401)
            #expect(response["WWW-Authenticate"] == ["Basic realm=\"of \\\"x\\\"\""])
        }
    }

    @Test(
        "says what is wrong with the configuration",
        arguments: [
            Case("AuthType Digest\nRequire valid-user", "AH01796"),
            Case("AuthUserFile conf/none\nRequire valid-user", "AH01620"),
            Case("AuthType None\nRequire valid-user", "AH00027"),
            Case("AuthUserFile conf\nRequire valid-user", "AH01620"),
        ])
    func mistakes(given: Case) throws {
        try withUsers(given.given) { server in
            let response = try server.get("/private/page.txt", credentials("sha1:secret"))
            #expect(response.status == 500)
            try server.waitForErrorLog(given.expected)
        }
    }

    @Test("leaves users that it does not know to others, if it is to")
    func authority() throws {
        try withUsers("AuthBasicAuthoritative Off\nRequire valid-user") { server in
            let wrong = try server.get("/private/page.txt", credentials("sha1:wrong")).status
            #expect(wrong == 401)
            // There are no others.
            let unknown = try server.get("/private/page.txt", credentials("none:x")).status
            #expect(unknown == 500)
        }
    }

    @Test("needs a name and a file")
    func missing() throws {
        let configuration = """
            <Location /unnamed>
                AuthType Basic
                Require valid-user
            </Location>
            <Location /empty>
                AuthType Basic
                AuthName x
                Require valid-user
            </Location>
            """
        try withServer(configuration, modules: ["auth_basic", "authn_file"]) { server in
            let unnamed = try server.get("/unnamed").status
            #expect(unnamed == 500)
            try server.waitForErrorLog("AH01615: need AuthName: /unnamed")
            let empty = try server.get("/empty", credentials("sha1:secret")).status
            #expect(empty == 500)
            try server.waitForErrorLog("AH01619: AuthUserFile not specified in the configuration")
        }
    }

    @Test("asks one provider after another")
    func aliases() throws {
        let outer = """
            <AuthnProviderAlias file more>
                AuthUserFile conf/more
            </AuthnProviderAlias>
            """
        let inner = "AuthBasicProvider more file\nRequire valid-user"
        try withServer(
            """
            \(outer)
            <Location /private>
                AuthType basic
                AuthName x
                AuthUserFile conf/users
                \(inner)
            </Location>
            """, files: Self.users
        ) { server in
            for (user, status) in [
                ("second:secret", 200), ("second:x", 401), ("sha1:secret", 200), ("sha1:x", 401),
                ("nobody:secret", 401),
            ] {
                let response = try server.get("/private/page.txt", credentials(user))
                #expect(response.status == status)
            }
        }
    }

    @Test("is not asked for where AuthType is None")
    func none() throws {
        let outer = "<Location /private/open>\nAuthType None\nRequire all granted\n</Location>"
        try withUsers(outer: outer) { server in
            let open = try server.get("/private/open/page.txt").status
            #expect(open == 200)
            let closed = try server.get("/private/page.txt").status
            #expect(closed == 401)
        }
    }

    @Test("is for .htaccess files, too")
    func htaccess() throws {
        let configuration = """
            <AuthnProviderAlias file more>
                AuthUserFile conf/more
            </AuthnProviderAlias>
            <Directory ${ROOT}/htdocs/second>
                AllowOverride AuthConfig
            </Directory>
            """
        let access = """
            AuthType Basic
            AuthName x
            AuthBasicProvider more
            Require user second
            """
        let files = Self.users.merging(["second/.htaccess": access]) { _, new in new }
        try withServer(
            configuration, modules: ["auth_basic", "authn_file", "authz_user"], files: files
        ) { server in
            let unknown = try server.get("/second/page.txt").status
            #expect(unknown == 401)
            let known = try server.get("/second/page.txt", credentials("second:secret")).status
            #expect(known == 200)
        }
    }

    @Test("tells the user to the log and to scripts")
    func variables() throws {
        let script = "#!/bin/sh\necho\necho \"$REMOTE_USER $AUTH_TYPE $HTTP_AUTHORIZATION\"\n"
        let inner = "Require valid-user\nOptions +ExecCGI\nSetHandler cgi-script"
        let outer = """
            LogFormat "%u %>s" short
            CustomLog logs/short.log short
            """
        try withUsers(inner, outer: outer, modules: ["cgi"]) { server in
            try server.write("private/script", script, mode: 0o755)
            let response = try server.get("/private/script", credentials("sha1:secret"))
            #expect(response.text == "sha1 Basic \n")
            _ = try server.get("/private/script", credentials("sha1:wrong"))
            _ = try server.get("/private/script")
            _ = try server.get("/page.txt")
            try wait(for: "the access log") {
                let lines = server.root.folder.read("logs/short.log").split(separator: "\n")
                return lines.sorted() == ["- 200", "- 401", "sha1 200", "sha1 401"]
            }
        }
    }

    @Test("makes up credentials for what stands behind the server")
    func fake() throws {
        let outer = """
            LogFormat "%{Authorization}i" field
            CustomLog logs/field.log field
            <Location /second>
                AuthBasicFake demo demopass
            </Location>
            <Location /private/open>
                AuthType None
                Require all granted
                AuthBasicFake me
            </Location>
            """
        try withUsers(outer: outer) { server in
            _ = try server.get("/second/page.txt")
            _ = try server.get("/private/open/page.txt")
            try wait(for: "the access log") {
                let lines = server.root.folder.read("logs/field.log").split(separator: "\n")
                return lines.sorted() == ["Basic ZGVtbzpkZW1vcGFzcw==", "Basic bWU6cGFzc3dvcmQ="]
            }
        }
    }

    @Test("is done once for a directory and its index")
    func once() throws {
        let outer = "LogLevel authz_core:debug\nDirectoryIndex index.html"
        try withUsers(outer: outer) { server in
            let response = try server.get("/private/", credentials("sha1:secret"))
            #expect(response.text == "index")
            let lines = try server.waitForErrorLog("Require valid-user : granted")
            #expect(lines.count == 1)
        }
    }

    @Test("of one place does not hold for another")
    func elsewhere() throws {
        let outer = """
            <Location /second>
                AuthType Basic
                AuthName Second
                AuthUserFile conf/more
                Require valid-user
            </Location>
            ErrorDocument 404 /second/page.txt
            """
        try withUsers(outer: outer) { server in
            let response = try server.get("/private/missing", credentials("sha1:secret"))
            #expect(response.status == 404)
            #expect(response.text.contains("Additionally, a 404 Not Found"))
        }
    }

    @Test(
        "refuses what cannot be meant",
        arguments: [
            Case("AuthBasicProvider none", "Unknown Authn provider: none"),
            Case(
                "AuthBasicUseDigestAlgorithm SHA1",
                "Invalid algorithm in AuthBasicUseDigestAlgorithm: SHA1"),
            Case(
                "AuthType",
                "AuthType takes one argument, an HTTP authorization type (e.g., \"Basic\")"),
        ])
    func refused(given: Case) throws {
        let configuration = "<Location />\n\(given.given)\n</Location>"
        let root = try ServerRoot(
            configuration, modules: ["auth_basic", "authn_core", "authn_file"])
        let result = try runServer(on: root)
        #expect(result.status == 1)
        #expect(result.messages.contains(given.expected))
    }
}
