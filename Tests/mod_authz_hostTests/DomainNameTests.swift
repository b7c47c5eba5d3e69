// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_authz_host

@Suite("Domains")
struct DomainNameTests {
    @Test(
        "of names has whole components only",
        arguments: [
            ("example.org", "example.org", true), ("example.org", "www.example.org", true),
            ("example.org", "notexample.org", false), (".example.org", "www.example.org", true),
            (".example.org", "example.org", false), ("EXAMPLE.org", "www.Example.ORG", true),
            ("www.example.org", "example.org", false), (".org", "example.org", true),
        ])
    func domain(domain: String, name: String, isIn: Bool) {
        #expect(DomainName.isIn(domain, name) == isIn)
    }
}
