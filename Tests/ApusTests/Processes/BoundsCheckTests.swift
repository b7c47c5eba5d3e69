// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@Suite("The bounds of the MPMs' directives")
struct BoundsCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var given = ThreadedLimits()
        var expected = ThreadedLimits()
        var messages: [String] = []

        init(
            _ change: (inout ThreadedLimits) -> Void, corrected: (inout ThreadedLimits) -> Void,
            _ messages: [String]
        ) {
            change(&given)
            expected = given
            expected.maxRequestWorkers = given.maxRequestWorkers ?? 400
            corrected(&expected)
            self.messages = messages
        }

        var testDescription: String { messages.first ?? "defaults" }
    }

    static let cases: [Case] = [
        Case({ _ in }, corrected: { _ in }, []),
        Case(
            { $0.serverLimit = 0 },
            corrected: {
                $0.serverLimit = 1
                $0.maxRequestWorkers = 25
            },
            [
                "AH00499: WARNING: ServerLimit of 0 not allowed, increasing to 1.",
                "AH00515: WARNING: MaxRequestWorkers of 400 would require 16 servers and would "
                    + "exceed ServerLimit of 1, decreasing to 25. To increase, please see the "
                    + "ServerLimit directive.",
            ]),
        Case(
            { $0.serverLimit = 30000 }, corrected: { $0.serverLimit = 20000 },
            [
                "AH00497: WARNING: ServerLimit of 30000 exceeds compile-time limit of 20000 "
                    + "servers, decreasing to 20000."
            ]),
        Case(
            { $0.threadsPerChild = 100 },
            corrected: {
                $0.threadsPerChild = 64
                $0.maxRequestWorkers = 384
            },
            [
                "AH00507: WARNING: ThreadsPerChild of 100 exceeds ThreadLimit of 64 threads, "
                    + "decreasing to 64. To increase, please see the ThreadLimit directive.",
                "AH00513: WARNING: MaxRequestWorkers of 400 is not an integer multiple of "
                    + "ThreadsPerChild of 64, decreasing to nearest multiple 384, for a maximum of "
                    + "6 servers.",
            ]),
        Case(
            { $0.maxRequestWorkers = 10 }, corrected: { $0.maxRequestWorkers = 25 },
            [
                "AH00511: WARNING: MaxRequestWorkers of 10 is less than ThreadsPerChild of 25, "
                    + "increasing to 25. MaxRequestWorkers must be at least as large as the number "
                    + "of threads in a single server."
            ]),
        Case(
            { $0.startServers = 0 }, corrected: { $0.startServers = 1 },
            ["AH00517: WARNING: StartServers of 0 not allowed, increasing to 1."]),
        Case(
            { $0.minSpareThreads = -1 }, corrected: { $0.minSpareThreads = 1 },
            [
                "AH00519: WARNING: MinSpareThreads of -1 not allowed, increasing to 1 to avoid "
                    + "almost certain server failure. Please read the documentation."
            ]),
        Case({ $0.maxSpareThreads = 80 }, corrected: { $0.maxSpareThreads = 101 }, []),
    ]

    @Test("are kept by correcting what lies outside, with httpd's warning", arguments: cases)
    func threaded(_ example: Case) {
        var check = BoundsCheck(fixed: nil)
        var limits = example.given
        check.correct(&limits, firstNumber: 497, largestThreadLimit: 100_000)

        #expect(limits == example.expected)
        #expect(check.messages.map(\.text) == example.messages)
    }

    @Test("have the numbers of mpm_worker in mpm_worker")
    func worker() {
        var check = BoundsCheck(fixed: nil)
        var limits = ThreadedLimits()
        limits.threadsPerChild = 0
        limits.maxRequestWorkers = 16
        check.correct(&limits, firstNumber: 300, largestThreadLimit: 20000)
        #expect(check.messages.map(\.number) == ["AH00312"])
    }

    @Test("do not change the size of the scoreboard at a restart")
    func restart() {
        var check = BoundsCheck(fixed: BoundsCheck.Fixed(serverLimit: 16, threadLimit: 64))
        var limits = ThreadedLimits()
        limits.serverLimit = 20
        limits.startServers = 0
        check.correct(&limits, firstNumber: 497, largestThreadLimit: 100_000)

        #expect(limits.serverLimit == 16)
        #expect(
            check.messages.map(\.text) == [
                "AH00501: changing ServerLimit to 20 from original value of 16 not allowed during "
                    + "restart",
                "AH00518: StartServers of 0 not allowed, increasing to 1",
            ])
    }

    @Test("hold for mpm_prefork too")
    func prefork() {
        var check = BoundsCheck(fixed: nil)
        var limits = PreforkLimits()
        limits.maxRequestWorkers = 300
        limits.minSpareServers = 20
        check.correct(&limits)

        #expect(limits.maxRequestWorkers == 256)
        #expect(limits.maxSpareServers == 21)
        #expect(
            check.messages.map(\.text) == [
                "AH00180: WARNING: MaxRequestWorkers of 300 exceeds ServerLimit value of 256 "
                    + "servers, decreasing MaxRequestWorkers to 256. To increase, please see the "
                    + "ServerLimit directive."
            ])
    }
}
