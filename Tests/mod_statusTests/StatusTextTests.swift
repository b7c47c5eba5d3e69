// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_status

@Suite("The words of the status page")
struct StatusTextTests {
    @Test(
        "give times with their units",
        arguments: [
            (0, ""), (1, " 1 second"), (60, " 1 minute"),
            (2 * 86400 + 3600 + 61, " 2 days 1 hour 1 minute 1 second"),
        ])
    func duration(seconds: Int, expected: String) {
        #expect(StatusText.duration(seconds: seconds) == expected)
    }

    @Test(
        "give sizes with their units",
        arguments: [
            (5119, "5119 B"), (5120, "5.0 kB"), (1 << 19, "0.5 MB"), (1 << 29, "0.5 GB"),
        ])
    func size(bytes: Int, expected: String) {
        #expect(StatusText.size(bytes: bytes) == expected)
    }

    @Test(
        "give numbers as C does",
        arguments: [(0.0, "0"), (614.4, "614.4"), (1e7, "1e+07"), (1.0 / 3, "0.333333")])
    func number(value: Double, expected: String) {
        #expect(StatusText.number(value) == expected)
    }

    @Test(
        "follow the query",
        arguments: [
            (nil, StatusFormat.table, nil), ("auto", .automatic, nil), ("notable", .plain, nil),
            ("refresh=7", .table, 7), ("refresh", .table, 10), ("refresh=x", .table, 10),
            ("notable&refresh=3", .plain, 3),
        ] as [(String?, StatusFormat, Int?)])
    func options(query: String?, format: StatusFormat, interval: Int?) {
        let options = StatusOptions(query: query)
        #expect(options.format == format)
        #expect(options.refreshInterval == interval)
    }

    @Test("find processor times behind any name of a program")
    func times() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 25 75 20 0 1"
        let times = ProcessTimes(stat: stat, ticksPerSecond: 100)
        #expect(times.user == 1.5)
        #expect(times.system == 0.5)
        #expect(times.childrenUser == 0.25)
        #expect(times.childrenSystem == 0.75)
    }

    @Test("count workers by what they do and whether their child leaves")
    func workers() {
        var serving = StatusReport.Child(slot: 0, pid: 7, generation: 0)
        for status in [WorkerStatus.ready, .writing, .reading, .dead, .finishing] {
            serving.count(status)
        }
        #expect([serving.idle, serving.busy, serving.graceful] == [1, 2, 1])
        var leaving = StatusReport.Child(slot: 0, pid: 7, generation: 0, isStopping: true)
        for status in [WorkerStatus.ready, .writing] { leaving.count(status) }
        #expect([leaving.idle, leaving.busy, leaving.graceful] == [0, 0, 1])
    }
}
