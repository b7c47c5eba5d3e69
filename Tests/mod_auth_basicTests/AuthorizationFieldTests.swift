// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_auth_basic

@Suite("The Authorization field")
struct AuthorizationFieldTests {
    @Test(
        "holds a user and a password",
        arguments: [
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"),
            ("bAsIc   QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Aladdin", "open sesame"),
            ("Basic dXNlcjphOmI6Yw==", "user", "a:b:c"),
            ("Basic dXNlcg==", "user", ""), ("Basic Og==", "", ""),
            // RFC 7617 section 2.1
            ("Basic dGVzdDoxMjPCow==", "test", "123£"),
        ])
    func credentials(value: String, user: String, password: String) {
        let expected = BasicCredentials(user: user, password: password)
        #expect(AuthorizationField.read(value) == .basic(expected))
    }

    @Test("keeps bytes that are not UTF-8")
    func bytes() throws {
        let text = Array("/zr+".utf8)
        let read = BasicCredentials(encoded: text.span)
        let credentials = try #require(read)
        #expect(credentials.user.bytes == [0xFF])
        #expect(credentials.password.bytes == [0xFE])
        #expect(credentials.fieldValue == "Basic /zr+")
    }

    @Test("may be of another scheme", arguments: ["", "Bearer x", "Basically x", "Basic\tx"])
    func others(value: String) {
        #expect(AuthorizationField.read(value) == .otherScheme)
    }

    @Test("may be malformed", arguments: ["Basic !!!", "Basic a", "Basic YQ=", "Basic YTphAGI="])
    func malformed(value: String) {
        #expect(AuthorizationField.read(value) == .malformed)
    }
}
