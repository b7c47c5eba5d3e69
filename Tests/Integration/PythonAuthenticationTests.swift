// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// The scripts that know users: WSGIAuthUserScript and WSGIAuthGroupScript.
@Suite("Python: authentication")
struct PythonAuthenticationTests {
    private let script = """
        def check_password(environ, user, password):
            if user == 'environ':
                return password == environ['REQUEST_METHOD'] + environ['QUERY_STRING']
            if user == 'stranger':
                return None
            if user == 'renamed':
                return 'somebody' if password == 'secret' else False
            if user == 'wrong-type':
                return 1
            if user == 'failing':
                return 1 / 0
            return (user, password) in [('joe', 'secret'), ('j\\u00f6rg', 'gr\\u00fcn')]

        def get_realm_hash(environ, user, realm):
            if (user, realm) == ('joe', 'The Realm'):
                return 'a8027542eddd891de7512f06602c64c4'
            return None

        def groups_for_user(environ, user):
            return {'joe': ['Staff', 'x'], 'renamed': []}.get(user, ('users',))

        """

    private func withScript<Result>(
        _ inner: String = "Require valid-user", _ body: (RunningServer) throws -> Result
    ) throws -> Result {
        let configuration = """
            <Location /app>
                AuthType Basic
                AuthName "The Realm"
                AuthBasicProvider wsgi
                WSGIAuthUserScript ${ROOT}/users.py
                \(inner)
            </Location>
            """
        return try withPython(
            configuration, modules: ["auth_basic", "authn_core", "authz_user"],
            files: ["/users.py": script], body)
    }

    private func status(_ server: RunningServer, _ credentials: String) throws -> Int {
        try server.get("/app/hello?q", [("Authorization", "Basic \(credentials)")]).status
    }

    @Test("check_password says who comes in")
    func passwords() throws {
        try withScript { server in
            for (credentials, expected) in [
                ("am9lOnNlY3JldA==", 200),  // joe:secret
                ("am9lOndyb25n", 401),  // joe:wrong
                ("ZW52aXJvbjpHRVRx", 200),  // environ:GETq
                ("c3RyYW5nZXI6eA==", 401),  // stranger:x
                ("asO2cmc6Z3LDvG4=", 200),  // jörg:grün
                ("d3JvbmctdHlwZTp4", 500),  // wrong-type:x
                ("ZmFpbGluZzp4", 500),  // failing:x
            ] {
                let status = try status(server, credentials)
                #expect(status == expected, "\(credentials)")
            }
            try server.waitForErrorLog("ZeroDivisionError")
            try server.waitForErrorLog(
                "Basic auth provider must return True, False None or user name as string")
            let response = try server.get("/app/hello")
            #expect(response.status == 401)
            #expect(response["WWW-Authenticate"] == ["Basic realm=\"The Realm\""])
        }
    }

    @Test("the application knows the user, by the name that check_password gave")
    func user() throws {
        try withScript { server in
            // renamed:secret
            let response = try server.get(
                "/app/environ", [("Authorization", "Basic cmVuYW1lZDpzZWNyZXQ=")])
            let variables = environ(of: response)
            #expect(variables["REMOTE_USER"] == "somebody")
            #expect(variables["AUTH_TYPE"] == "Basic")
            #expect(variables["HTTP_AUTHORIZATION"] == nil)
        }
    }

    @Test("get_realm_hash is asked for Digest's hashes")
    func hashes() throws {
        try withScript("AuthBasicUseDigestAlgorithm MD5\nRequire valid-user") { server in
            let right = try status(server, "am9lOnNlY3JldA==")
            #expect(right == 200)
            let wrong = try status(server, "am9lOndyb25n")
            #expect(wrong == 401)
            let unknown = try status(server, "c3RyYW5nZXI6eA==")
            #expect(unknown == 401)
        }
    }

    @Test(
        "groups_for_user tells the groups",
        arguments: [
            Case("Require wsgi-group staff", "200"), Case("Require wsgi-group users", "401"),
            Case("Require wsgi-group users x", "200"),
        ])
    func groups(given: Case) throws {
        let script = "WSGIAuthGroupScript ${ROOT}/users.py\n"
        try withScript(script + given.given) { server in
            let status = try status(server, "am9lOnNlY3JldA==")
            #expect("\(status)" == given.expected)
        }
    }

    @Test("a script that is not there gives 500")
    func missing() throws {
        try withScript("WSGIAuthUserScript ${ROOT}/none.py\nRequire valid-user") { server in
            let status = try status(server, "am9lOnNlY3JldA==")
            #expect(status == 500)
        }
    }
}
