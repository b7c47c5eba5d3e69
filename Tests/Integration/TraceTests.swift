// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Manual: mod/core TraceEnable; RFC 9110 section 9.3.8.
@Suite("TRACE")
struct TraceTests {
    @Test("hands the request back")
    func echo() throws {
        try withServer { server in
            let response = try server.connect().request(
                "TRACE /x HTTP/1.1\r\nHost: a\r\nX-Field: value\r\nConnection: close\r\n\r\n")
            #expect(response.status == 200)
            #expect(response["Content-Type"] == ["message/http"])
            #expect(response.text.hasPrefix("TRACE /x HTTP/1.1\r\nHost: a\r\nX-Field: value\r\n"))
        }
    }

    @Test(
        "takes a body only where it is told so",
        arguments: [Case("On", "413"), Case("Off", "405"), Case("Extended", "200")])
    func body(setting: Case) throws {
        try withServer("TraceEnable \(setting.given)") { server in
            let response = try server.request("TRACE", "/", body: "hello")
            #expect("\(response.status)" == setting.expected)
            #expect(response.status != 200 || response.text.hasSuffix("\r\n\r\nhello"))
        }
    }

    /// The server asks for one byte more than it takes, which is one of the last chunk's framing.
    @Test("takes a body in chunks up to its limit", .timeLimit(.minutes(1)))
    func chunks() throws {
        try withServer("TraceEnable Extended") { server in
            let content = String(repeating: "x", count: 65536)
            let response = try server.connect().request(
                "TRACE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n10000\r\n\(content)\r\n0\r\n\r\n"
            )
            #expect(response.status == 200)
            #expect(response.text.hasSuffix("\r\n\r\n\(content)"))
        }
    }

    @Test("is not among the methods where it is off")
    func off() throws {
        let response = try withServer("TraceEnable Off", files: ["page.txt": ""]) {
            try $0.request("OPTIONS", "/page.txt")
        }
        #expect(response["Allow"].first?.contains("TRACE") == false)
    }
}
