// SPDX-License-Identifier: Apache-2.0

import Apus
import Support
import Testing

@Suite("Listen")
struct ListenSpecificationTests {
    @Test(
        "takes an address, a port and a protocol",
        arguments: [
            (["80"], nil, 80, "http"), (["443"], nil, 443, "https"), (["*:80"], nil, 80, "http"),
            (["127.0.0.1:8080"], "127.0.0.1", 8080, "http"), (["[::1]:80"], "::1", 80, "http"),
            (["[::]:8443", "HTTPS"], "::", 8443, "https"),
            (["localhost:1"], "localhost", 1, "http"),
        ] as [([String], String?, UInt16, String)])
    func accepted(arguments: [String], host: String?, port: UInt16, name: String) throws {
        let expected = ListenSpecification(host: host, port: port, protocolName: name)
        #expect(try ListenSpecification(arguments: arguments) == expected)
    }

    @Test(
        "says what is wrong, in httpd's words",
        arguments: [
            ([], "Listen requires 1 or 2 arguments."),
            (["1", "2", "3"], "Listen requires 1 or 2 arguments."),
            (["0"], "Port must be specified"), (["localhost"], "Port must be specified"),
            (["host:"], "Invalid address or port"), (["70000"], "Invalid address or port"),
            (["::1:80"], "Invalid address or port"), (["[1]:80"], "Invalid address or port"),
            (["[fe80::1%eth0]:80"], "Scope ID in address '[fe80::1%eth0]' not supported"),
        ])
    func refused(arguments: [String], expected: String) {
        #expect {
            _ = try ListenSpecification(arguments: arguments)
        } throws: { error in
            "\(error)" == expected
        }
    }

    @Test("opens each address once")
    func duplicates() throws {
        let specification = try ListenSpecification(arguments: ["127.0.0.1:\(Ports.next())"])
        #expect(specification.conflicts(with: specification))
        #expect {
            _ = try Listeners.open([specification, specification], log: { _ in })
        } throws: { error in
            "\(error)" == "Cannot define multiple Listeners on the same IP:port"
        }
    }

    @Test("fails on an address that somebody else has")
    func taken() throws {
        let address = "127.0.0.1:\(try Ports.next())"
        let specification = try ListenSpecification(arguments: [address])
        let first = try Listeners.open([specification], log: { _ in })
        var messages: [ProcessMessage] = []
        #expect {
            _ = try Listeners.open([specification], log: { messages.append($0) })
        } throws: { error in
            "\(error)" == "no listening sockets available, shutting down"
        }
        #expect(
            messages.first?.line == "(98)Address already in use: AH00072: make_sock: could not "
                + "bind to address \(address)")
        first.close()
    }

    @Test("without an address means IPv6 and IPv4 by one socket")
    func anyAddress() throws {
        let port = try Ports.next()
        let listeners = try Listeners.open(
            [ListenSpecification(arguments: ["\(port)"])], log: { _ in })
        #expect(listeners.all.count == 1)
        #expect(["[::]:\(port)", "0.0.0.0:\(port)"].contains(listeners.all[0].address))
    }

    @Test("keeps the sockets of before a restart, and closes those that are not wanted")
    func inherited() throws {
        let one = try ListenSpecification(arguments: ["127.0.0.1:\(Ports.next())"])
        let two = try ListenSpecification(arguments: ["127.0.0.1:\(Ports.next())"])
        let before = try Listeners.open([one, two], log: { _ in })
        let descriptors = before.all.map(\.descriptor)

        let after = try Listeners.open([one], inherited: before.all, log: { _ in })

        #expect(after.all.map(\.descriptor) == [descriptors[0]])
        #expect(before.all.map(\.descriptor) == [-1, -1])
        // The second address is free again.
        #expect(throws: Never.self) { _ = try Listeners.open([two], log: { _ in }) }
    }
}
