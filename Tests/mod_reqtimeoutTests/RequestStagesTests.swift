// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_reqtimeout

@Suite("RequestReadTimeout")
struct RequestStagesTests {
    @Test("has httpd's defaults, and no limit for the handshake")
    func defaults() throws {
        let timeouts = RequestStages().timeouts
        #expect(timeouts.handshake == nil)
        let header = try #require(timeouts.header)
        #expect(header.initial == .seconds(20))
        #expect(header.maximum == .seconds(40))
        #expect(header.minimumRate == 500)
        #expect(timeouts.body?.maximum == nil)
    }

    @Test("sets each stage by itself; zero means no limit")
    func stages() throws {
        var inner = RequestStages()
        try inner.set("body=0")
        try inner.set("Header=5-10,MinRate=100")
        var outer = RequestStages()
        try outer.set("handshake=3")
        let timeouts = inner.merged(over: outer).timeouts
        #expect(timeouts.handshake?.initial == .seconds(3))
        #expect(timeouts.header?.maximum == .seconds(10))
        #expect(timeouts.body == nil)
    }

    @Test(
        "gives time for bytes, up to the maximum",
        arguments: [
            (Int64(0), Duration.seconds(5)), (50, .milliseconds(5500)), (100, .seconds(6)),
            (10_000, .seconds(10)),
        ])
    func allowance(bytes: Int64, time: Duration) {
        let stage = ReadTimeouts.Stage(
            initial: .seconds(5), maximum: .seconds(10), minimumRate: 100)
        #expect(stage.allowance(for: bytes) == time)
    }

    @Test(
        "is refused in httpd's words",
        arguments: [
            (
                "header",
                "Invalid RequestReadTimeout parameter. Parameter must be in the form 'key=value'"
            ),
            ("foo=1", "RequestReadTimeout: foo=1: Unknown RequestReadTimeout parameter"),
            ("body=a", "RequestReadTimeout: body=a: Value 'a' not numerical"),
            ("body=1a", "RequestReadTimeout: body=1a: Cannot parse 'a'"),
            (
                "body=1-2",
                "RequestReadTimeout: body=1-2: Must set MinRate option if using timeout range"
            ),
            (
                "body=2-1,MinRate=1",
                "RequestReadTimeout: body=2-1,MinRate=1: Maximum timeout must be larger than initial timeout"
            ),
            (
                "body=1,MinRate=0",
                "RequestReadTimeout: body=1,MinRate=0: Minimum data rate must be larger than 0"
            ),
        ])
    func mistakes(word: String, problem: String) {
        let error = #expect(throws: ArgumentError.self) {
            var stages = RequestStages()
            try stages.set(word)
        }
        #expect(error?.problem == problem)
    }
}
