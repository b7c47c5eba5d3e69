// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import Testing

// What apache2 2.4.71 answered for a file of 100 bytes.
@Suite("Byte ranges")
struct ByteRangesTests {
    @Test(
        "are those that Apache sends",
        arguments: [
            ("bytes=0-9", [0..<10]), ("bytes=-5", [95..<100]), ("bytes=-500", [0..<100]),
            ("bytes=95-", [95..<100]), ("bytes=0-", [0..<100]), ("bytes=0-1,", [0..<2]),
            ("bytes=0-1,2-3", [0..<4]), ("bytes=3-4,0-1", [3..<5, 0..<2]),
            ("bytes=3-4,0-3", [0..<5]), ("bytes=0-5,2-3", [0..<6]), ("bytes=100-,0-1", [0..<2]),
            ("bytes=0-1,100-", [0..<2]), ("bytes=0-1,5-6,3-4", [0..<2, 3..<7]),
            ("Bytes=0-1", [0..<2]), ("bytes=0-49,50-99", [0..<100]), ("bytes=0-1,0-", [0..<100]),
            ("bytes=50-99,0-49", [0..<100]), ("bytes=0-0,0-0", [0..<1]),
            ("bytes=1-1,0-0", [0..<2]), ("bytes=-1,-2", [98..<100]),
            ("bytes=10-20,0-30", [0..<31]), ("bytes=0-50,40-99", [0..<100]),
            ("bytes=0-9223372036854775807", [0..<100]), ("bytes=0-1,,a", [0..<2]),
        ])
    func ranges(_ field: String, _ expected: [Range<Int>]) {
        #expect(ByteRanges(field, length: 100) == .ranges(expected))
    }

    @Test(
        "do not count where one of them is malformed, or all are too much",
        arguments: [
            "bytes=-0", "bytes=5-3", "bytes=5-3,0-1", "bytes=a-b", "bytes=", "bytes=,0-1",
            "bytes= 0-1", "bytes=0 - 1", "bytes=0-1 ,3-4", "bytes=0-1, 3-4",
            "bytes=0-99999999999999999999", "bits=0-1", "bytes 0-1", "bytes=0-1,1",
            "bytes=0x1-2", "bytes=+1-2", "bytes=--1", "bytes=1--2", "bytes=0-1;3-4", "bytes=-",
            "bytes=1-10,12-50,40-99,0-98", "",
        ])
    func whole(_ field: String) {
        #expect(ByteRanges(field, length: 100) == .whole)
    }

    @Test(
        "that all begin beyond the end are unsatisfiable",
        arguments: ["bytes=100-", "bytes=200-300,400-"])
    func unsatisfiable(_ field: String) {
        #expect(ByteRanges(field, length: 100) == .unsatisfiable)
    }

    @Test("of empty content do not count")
    func empty() {
        #expect(ByteRanges("bytes=0-1", length: 0) == .whole)
    }

    @Test("are limited in number, overlaps and reversals")
    func limits() {
        let many = { (count: Int) in
            "bytes=" + (0..<count).map { "\(2 * $0)-\(2 * $0)" }.joined(separator: ",")
        }
        let overlapping = { (count: Int) in
            "bytes=" + (0...count).map { "\($0)-\($0 + 1)" }.joined(separator: ",")
        }
        let reversed = { (count: Int) in
            "bytes=" + (0...count).map { "\(500 - $0)-\(501 - $0)" }.joined(separator: ",")
        }
        #expect(ByteRanges(many(200), length: 1000) != .whole)
        #expect(ByteRanges(many(201), length: 1000) == .whole)
        #expect(ByteRanges(overlapping(20), length: 1000) != .whole)
        #expect(ByteRanges(overlapping(21), length: 1000) == .whole)
        var limits = ByteRanges.Limits()
        limits.overlaps = nil
        #expect(ByteRanges(reversed(20), length: 1000, limits: limits) != .whole)
        #expect(ByteRanges(reversed(21), length: 1000, limits: limits) == .whole)
        limits.ranges = 0
        #expect(ByteRanges("bytes=0-1", length: 100, limits: limits) == .whole)
    }

    @Test("are sent in parts with heads of their own")
    func multipart() {
        let parts = MultipartByteRanges(boundary: "b", contentType: "text/plain", length: 100)
        var output: [UInt8] = []
        parts.appendHead(0..<2, to: &output)
        output.append(contentsOf: "01".utf8)
        parts.appendHead(5..<7, to: &output)
        output.append(contentsOf: "56".utf8)
        parts.appendEnd(to: &output)
        #expect(
            String(decoding: output, as: UTF8.self)
                == "\r\n--b\r\nContent-type: text/plain\r\nContent-range: bytes 0-1/100\r\n\r\n01"
                + "\r\n--b\r\nContent-type: text/plain\r\nContent-range: bytes 5-6/100\r\n\r\n56"
                + "\r\n--b--\r\n")
        #expect(parts.contentLength([0..<2, 5..<7]) == output.count)
        #expect(contentRange(0..<2, length: 100) == "bytes 0-1/100")
    }
}
