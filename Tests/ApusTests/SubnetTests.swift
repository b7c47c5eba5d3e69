// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@Suite("A subnet")
struct SubnetTests {
    @Test(
        "holds the addresses that begin as it does",
        arguments: [
            ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.4", false),
            ("10", "10.255.0.1", true), ("10", "11.0.0.1", false), ("10.1.", "10.1.9.9", true),
            ("172.20", "172.21.0.1", false), ("192.168.2", "192.168.2.77", true),
            ("10.1.0.0/16", "10.1.255.255", true), ("10.1.2.3/16", "10.1.0.0", true),
            ("10.1.0.0/255.255.0.0", "10.2.0.0", false), ("0.0.0.0/1", "127.0.0.1", true),
            ("0.0.0.0/1", "128.0.0.1", false), ("10.1.2.3/32", "10.1.2.3", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
            ("2001:db8:2:1::/64", "2001:db8:2:1:ffff::", true),
            ("2001:db8:2:1::/64", "2001:db8:2:2::", false), ("::1", "::1", true),
            ("2001:db8::8000/113", "2001:db8::ffff", true),
            ("2001:db8::8000/113", "2001:db8::7fff", false), ("::1", "127.0.0.1", false),
            ("127.0.0.1", "::1", false),
        ])
    func contains(subnet: String, address: String, isIn: Bool) throws {
        let address = try #require(SocketAddress.Address(address))
        #expect(try Subnet(subnet).contains(address) == isIn)
    }

    @Test(
        "is refused in httpd's words",
        arguments: [
            ("nonsense", ""), ("10.a", ""), ("256", ": The specified IP address is invalid."),
            ("1.2.3.4.5", ": The specified IP address is invalid."),
            ("10.1/16", ": The specified IP address is invalid."),
            ("::ffff:1.2.3.4", ": The specified IP address is invalid."),
            ("1.2.3.4/33", ": The specified network mask is invalid."),
            ("1.2.3.4/0", ": The specified network mask is invalid."),
            ("1.2.3.4/", ": The specified network mask is invalid."),
            ("1.2.3.4/255.255.0", ": The specified network mask is invalid."),
            ("::1/129", ": The specified network mask is invalid."),
            ("::1/255.0.0.0", ": The specified network mask is invalid."),
        ])
    func mistakes(text: String, reason: String) {
        let error = #expect(throws: ArgumentError.self) { try Subnet(text) }
        #expect(error?.problem == "ip address '\(text)' appears to be invalid\(reason)")
    }
}
