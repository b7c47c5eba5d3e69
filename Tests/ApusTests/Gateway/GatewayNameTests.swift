// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Apus

@Suite("The names of gateway variables")
struct GatewayNameTests {
    @Test(
        "are made of field names that no other field could be mistaken for",
        arguments: [
            ("Accept-Encoding", "HTTP_ACCEPT_ENCODING"), ("x1", "HTTP_X1"), ("Under_Score", nil),
            ("Do.t", nil), ("a!b", nil),
        ] as [(String, String?)])
    func variable(field: String, expected: String?) {
        #expect(GatewayName.variable(for: Array(field.utf8).span) == expected)
    }

    @Test(
        "tell the script from what follows it",
        arguments: [
            ("/cgi/run/a/b", "/a/b", "/cgi/run"), ("/cgi/run//a", "/a", "/cgi/run"),
            ("/cgi/run/", "/", "/cgi/run"), ("/cgi/run", "/other", "/cgi/run"),
        ])
    func script(path: String, info: String, expected: String) {
        let length = GatewayName.length(of: Array(path.utf8), before: Array(info.utf8))
        #expect(String(path.utf8.prefix(length)) == expected)
    }
}
