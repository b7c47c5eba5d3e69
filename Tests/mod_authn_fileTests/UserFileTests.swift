// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_authn_file

@Suite("Files of users")
struct UserFileTests {
    private let file = UserFile(
        Array(
            """
            # of: the comment

              joe:first  \r
            joe:second
            ann::empty
            bob
            x:realm:hash:more
            x:other:hash2
            """.utf8))

    private func hash(_ user: String) -> String? {
        file.hash(of: user.bytes).map { String(bytes: $0.span) }
    }

    private func hash(_ user: String, _ realm: String) -> String? {
        file.hash(of: user.bytes, in: realm.bytes).map { String(bytes: $0.span) }
    }

    @Test("tell the first hash of a user")
    func passwords() {
        #expect(hash("joe") == "first")
        #expect(hash("ann") == "")
        #expect(hash("bob") == "")
        #expect(hash("# of") == nil)
        #expect(hash("jo") == nil)
        #expect(hash("") == nil)
    }

    @Test("tell the hash of a user in a realm")
    func realms() {
        #expect(hash("x", "realm") == "hash")
        #expect(hash("x", "other") == "hash2")
        #expect(hash("x", "third") == nil)
        #expect(hash("joe", "first") == "")
    }

    @Test("are files", arguments: ["/", "/dev/null", "/no/such/file"])
    func refused(path: String) {
        #expect(throws: SystemError.self) { try UserFile.open(path).get() }
    }

    @Test(
        "hold passwords in many ways",
        arguments: [
            "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
            "$apr1$dtYAj6j6$A97lj5H1b4IK7oCJNgwon/",
            "$2y$05$xHcl5N2n2qcwIxh51tMv5OZ4mPvftrlmN6Ni6NjTVBaQR3ve8nO3C",
            "$6$5uhbGdNdU8zl48Pp$kDPLziitxImPH/KZTTDm4qXUJbieMwxaxZvXdW47kMqxEiH5hfro2Y89KAsEoMCAqwfYh6ZVRX99d7U8mV4tI0",
            "RfGJlZcdUJTAc",
        ])
    func hashes(hash: String) {
        #expect(PasswordHash(hash.bytes).matches("secret".bytes))
        #expect(!PasswordHash(hash.bytes).matches("Secret".bytes))
        #expect(!PasswordHash(hash.bytes).matches("secret\0".bytes))
        #expect(!PasswordHash(hash.bytes).matches([]))
    }

    @Test("hold no passwords as they are", arguments: ["secret", "", "*", "$2y$", "{SHA}"])
    func plain(hash: String) {
        #expect(!PasswordHash(hash.bytes).matches("secret".bytes))
    }
}
