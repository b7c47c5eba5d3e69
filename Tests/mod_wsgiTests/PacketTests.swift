// SPDX-License-Identifier: Apache-2.0

import Apus
import CWorkerProtocol
import Testing

@testable import mod_wsgi

@Suite("A packet to a worker")
struct PacketTests {
    /// The variables of a packet, as a worker reads them.
    private func variables(_ packet: borrowing PacketBuffer) -> [(UInt8, String, String)] {
        let bytes = packet.bytes
        var place = 0
        var result: [(UInt8, String, String)] = []
        func number(_ count: Int) -> Int {
            defer { place += count }
            return (0..<count).reversed().reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
        }
        func text(_ count: Int) -> String {
            defer { place += count }
            return String(decoding: bytes[place..<place + count], as: UTF8.self)
        }
        while place < bytes.count {
            let key = UInt8(number(2))
            var length = number(2)
            if length == 0xFFFF { length = number(4) }
            let name = key == 0 || key == 255 ? text(number(2)) : ""
            result.append((key, name, text(length)))
        }
        return result
    }

    @Test("holds variables by number and by name")
    func both() {
        var packet = PacketBuffer()
        packet.beginVariables()
        packet.append(.requestMethod, "GET")
        packet.append(named: "HTTP_X_OTHER", "value")
        packet.append(.serverPort, decimal: 8080)

        let seen = variables(packet)
        #expect(packet.variableCount == 3)
        #expect(
            seen.map(\.0) == [
                VariableKey("REQUEST_METHOD").rawValue, 0,
                VariableKey("SERVER_PORT").rawValue,
            ])
        #expect(seen.map(\.1) == ["", "HTTP_X_OTHER", ""])
        #expect(seen.map(\.2) == ["GET", "value", "8080"])
    }

    @Test("holds values of any length", arguments: [0, 65534, 65535, 65536, 200_000])
    func long(count: Int) {
        let value = String(repeating: "v", count: count)
        var packet = PacketBuffer()
        packet.beginVariables()
        packet.append(.queryString, value)
        packet.append(literal: "NAME", value)
        packet.append(.requestMethod, "GET")

        #expect(variables(packet).map(\.2) == [value, value, "GET"])
        #expect(variables(packet).map(\.1) == ["", "NAME", ""])
    }

    @Test("holds addresses as text")
    func addresses() {
        var packet = PacketBuffer()
        packet.beginVariables()
        for text in ["192.0.2.10", "0.0.0.0", "255.255.255.255", "2001:db8::1"] {
            packet.append(.remoteAddress, SocketAddress(SocketAddress.Address(text)!, port: 1))
        }
        #expect(
            variables(packet).map(\.2)
                == ["192.0.2.10", "0.0.0.0", "255.255.255.255", "2001:db8::1"])
    }

    @Test("holds numbers in decimal digits")
    func decimals() {
        let numbers: [UInt64] = [
            0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999, 100_000, 1_000_000,
            1_700_000_000_000_001, 9_999_900_000, .max,
        ]
        var packet = PacketBuffer()
        packet.beginVariables()
        for number in numbers { packet.append(.serverPort, decimal: number) }

        #expect(variables(packet).map(\.2) == numbers.map { "\($0)" })
    }

    @Test("holds the bytes that a text stands for")
    func bytes() {
        let raw: [[UInt8]] = [
            [0x2F, 0xFF, 0x61], Array("/\u{E4}\u{20AC}".utf8), Array("/plain".utf8),
        ]
        for bytes in raw {
            var packet = PacketBuffer()
            packet.beginVariables()
            packet.append(.pathInfo, String(bytes: bytes.span))

            #expect(Array(packet.bytes.dropFirst(4)) == bytes)
        }
    }

    @Test("has a field of ASGI with its name in small letters")
    func fields() {
        var packet = PacketBuffer()
        packet.beginVariables()
        let name = Array("X-Some_Field".utf8)
        let value = Array("Value".utf8)
        packet.append(field: name.span, value.span, of: VariableKey(rawValue: 255))

        #expect(variables(packet).map(\.1) == ["x-some_field"])
        #expect(variables(packet).map(\.2) == ["Value"])
    }

    @Test("has numbers for the names of common fields")
    func keys() {
        let keys = FieldKeys()
        for name in ["HOST", "USER_AGENT", "ACCEPT_ENCODING", "X_FORWARDED_FOR"] {
            let bytes = Array(name.utf8)
            #expect(keys.find(bytes.span) == VariableKey("HTTP_\(name)"))
            #expect(keys.find(bytes.span) != .literal)
        }
        for name in ["", "X", "HOSTS", "HOS"] {
            let bytes = Array(name.utf8)
            #expect(keys.find(bytes.span) == .literal)
        }
    }
}

@Suite("WSGITrustedProxies")
struct TrustedProxiesTests {
    @Test(
        "finds the client before the proxies that are ours",
        arguments: [
            ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("192.0.2.1, 10.0.0.1", "192.0.2.1", "192.0.2.1, 10.0.0.1"),
            (
                "6.6.6.6, 192.0.2.1, 10.0.0.2, 10.0.0.1", "192.0.2.1",
                "192.0.2.1, 10.0.0.2, 10.0.0.1"
            ),
            ("10.0.0.3,10.0.0.1", "10.0.0.3", "10.0.0.3, 10.0.0.1"),
            ("192.0.2.1, nonsense", "nonsense", "nonsense"),
        ])
    func client(value: String, client: String, list: String) throws {
        let found = TrustedProxies.client(of: value, [try Subnet("10.0.0.0/8")])
        #expect(found.0 == client)
        #expect(found.list == list)
    }

    @Test("takes the first where all are to be believed")
    func first() {
        let found = TrustedProxies.client(of: "192.0.2.1, 192.0.2.2", nil)
        #expect(found.0 == "192.0.2.1")
        #expect(found.list == nil)
    }
}

@Suite("The head of a worker's response")
struct WorkerHeadTests {
    private func parse(_ status: UInt16, _ length: Int64, _ text: String) -> WorkerHead? {
        var bytes: [UInt8] = []
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: length >> (8 * Int64(shift)))) }
        bytes += Array(text.utf8)
        return WorkerHead(status: status, bytes.span, hasReason: true, LatestText())
    }

    @Test("is read field by field")
    func fields() {
        let text = "OK\r\nContent-Type: text/plain\r\nX-A: b\r\nSet-Cookie: c=d\r\nX-A: e:f\r\n"
        guard let head = parse(200, 13, text) else {
            Issue.record("it has not been read")
            return
        }
        #expect(head.status == .ok)
        #expect(head.reason == nil)
        #expect(head.length == 13)
        #expect(head.contentType == "text/plain")
        #expect(head.fields.values("X-A") == ["b", "e:f"])
        #expect(head.errorFields?.values("Set-Cookie") == ["c=d"])
    }

    @Test("keeps a reason of its own, and knows no length where there is none")
    func reason() {
        guard let head = parse(404, -1, "No such thing\r\n") else {
            Issue.record("it has not been read")
            return
        }
        #expect(head.reason == "No such thing")
        #expect(head.length == nil)
    }

    private func isRead(_ status: UInt16, _ text: String) -> Bool {
        switch parse(status, 1, text) {
        case .some: true
        case nil: false
        }
    }

    @Test("knows the media type of the one before, and tells another from it")
    func latestText() {
        let texts = LatestText()
        for text in ["text/plain", "text/plain", "text/other", "", "text/plain; charset=utf-8"] {
            let bytes = Array(text.utf8)
            #expect(texts.text(bytes.span) == text)
        }
    }

    @Test("that makes no sense is none")
    func nonsense() {
        #expect(!isRead(200, "OK"))
        #expect(!isRead(99, "OK\r\n"))
        #expect(isRead(200, "OK\r\n"))
        let short = WorkerHead(
            status: 200, [UInt8](repeating: 0, count: 3).span, hasReason: true, LatestText())
        switch consume short {
        case .some: Issue.record("three bytes are no head")
        case nil: break
        }
    }
}
