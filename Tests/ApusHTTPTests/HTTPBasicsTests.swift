// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import Testing

@Suite("Methods")
struct HTTPMethodTests {
    @Test(
        "have Apache's numbers",
        arguments: [
            ("GET", 0), ("HEAD", 0), ("PUT", 1), ("POST", 2), ("DELETE", 3), ("CONNECT", 4),
            ("OPTIONS", 5), ("TRACE", 6), ("PATCH", 7), ("PROPFIND", 8), ("UNLOCK", 14),
            ("REPORT", 21), ("MERGE", 25), ("FOO", nil), ("get", nil), ("", nil),
        ] as [(String, Int?)])
    func numbers(_ name: String, _ number: Int?) {
        #expect(HTTPMethod(name).number == number)
        #expect(HTTPMethod(name).name == name)
    }

    @Test("are equal by name")
    func equality() {
        #expect(HTTPMethod("GET") == .get)
        #expect(HTTPMethod("FOO") == HTTPMethod("FOO"))
        #expect(HTTPMethod("FOO") != HTTPMethod("BAR"))
        #expect(HTTPMethod("HEAD") != .get)
        #expect(HTTPMethod.report.name == "REPORT")
        #expect(HTTPMethod.unlock.name == "UNLOCK")
    }

    @Test("are registered up to number 63")
    func registry() {
        var registry = MethodRegistry()
        #expect(registry.number(of: HTTPMethod("FOO")) == nil)
        let numbers = (0..<40).map { registry.register("M\($0)") }
        #expect(numbers.compactMap { $0 } == Array(27..<64))
        let again = [registry.register("GET"), registry.register("M0")]
        #expect(again == [0, 27])
        #expect(registry.number(of: HTTPMethod("M1")) == 28)
    }
}

@Suite("Status codes")
struct HTTPStatusTests {
    @Test(
        "have the reasons that Apache prints",
        arguments: [
            (200, "200 OK"), (404, "404 Not Found"), (413, "413 Request Entity Too Large"),
            (416, "416 Requested Range Not Satisfiable"), (299, "299"),
        ] as [(UInt16, String)])
    func reasons(_ code: UInt16, _ text: String) {
        #expect(HTTPStatus(code).description == text)
    }

    @Test("know their class")
    func classes() {
        #expect(HTTPStatus.continue.isInformational)
        #expect(HTTPStatus.noContent.isSuccess && HTTPStatus.noContent.forbidsContent)
        #expect(HTTPStatus.found.isRedirection && !HTTPStatus.found.isError)
        #expect(HTTPStatus.notFound.isClientError && HTTPStatus.notFound.isError)
        #expect(HTTPStatus.badGateway.isServerError && !HTTPStatus.badGateway.dropsConnection)
        #expect(HTTPStatus.badRequest.dropsConnection)
    }
}

@Suite("Versions")
struct HTTPVersionTests {
    @Test("are ordered and printed")
    func versions() {
        #expect(HTTPVersion.http09 < .http10)
        #expect(HTTPVersion.http11 < .http2)
        #expect(HTTPVersion.http11.description == "HTTP/1.1")
        #expect(HTTPVersion(1, 2).description == "HTTP/1.2")
    }
}
