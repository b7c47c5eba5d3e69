// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import ApusRuntime
import Foundation
import Testing

/// A request of Tests/Corpus/requests, and what is to come of it.
struct CorpusRequest: CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let expected: [String]

    var testDescription: String { name }

    /// All requests of a folder, `accepted` or `refused`.
    static func all(_ folder: String) -> [CorpusRequest] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Corpus/requests/\(folder)")
        let files = try? FileManager.default.contentsOfDirectory(
            at: root, includingPropertiesForKeys: nil)
        return (files ?? []).filter { $0.pathExtension == "http" }
            .sorted { $0.path < $1.path }.map(read)
    }

    private static func read(_ file: URL) -> CorpusRequest {
        let expectation = file.deletingPathExtension().appendingPathExtension("expected")
        let text = (try? String(contentsOf: expectation, encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").map(String.init)
        return CorpusRequest(
            name: file.deletingPathExtension().lastPathComponent,
            bytes: (try? Data(contentsOf: file)).map(Array.init) ?? [],
            expected: lines.filter { !$0.hasPrefix("#") && !$0.hasPrefix("apache:") })
    }
}

@Suite("The corpus of requests")
struct CorpusTests {
    static let accepted = CorpusRequest.all("accepted")
    static let refused = CorpusRequest.all("refused")

    @Test("is there")
    func size() {
        #expect(Self.accepted.count >= 50)
        #expect(Self.refused.count >= 150)
    }

    @Test("is accepted where it should be, and read as it says", arguments: accepted)
    func accepts(_ request: CorpusRequest) {
        #expect(judge(request.bytes) == request.expected)
    }

    @Test("is refused where it should be, with the status it says", arguments: refused)
    func refuses(_ request: CorpusRequest) {
        #expect(judge(request.bytes) == request.expected)
    }

    @Test("comes to the same in whatever pieces it arrives", arguments: accepted + refused)
    func pieces(_ request: CorpusRequest) {
        var random = SplitMix64(state: 1)
        #expect(judge(request.bytes, cuts: Array(0..<request.bytes.count)) == request.expected)
        for _ in 0..<20 {
            let cuts = (0..<4).map { _ in Int.random(in: 0...request.bytes.count, using: &random) }
            #expect(judge(request.bytes, cuts: cuts.sorted()) == request.expected)
        }
    }

    @Test("comes to the same in pieces even with bytes changed", arguments: accepted + refused)
    func mutations(_ request: CorpusRequest) {
        var random = SplitMix64(state: 2)
        let odd: [UInt8] = [0, 9, 10, 11, 13, 32, 35, 44, 47, 48, 58, 59, 65, 127, 255]
        for _ in 0..<60 {
            var bytes = request.bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = odd.randomElement(using: &random)!
                case 1: bytes.insert(odd.randomElement(using: &random)!, at: index)
                default: bytes.remove(at: index)
                }
                if bytes.isEmpty { bytes = [10] }
            }
            let cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &random) }
            #expect(judge(bytes) == judge(bytes, cuts: cuts.sorted()))
        }
    }

    @Test("of accepted requests comes to the same when written and read again", arguments: accepted)
    func written(_ request: CorpusRequest) throws {
        var parser = RequestParser()
        guard case .complete(let head, _) = try parser.parse(request.bytes.span) else { return }
        guard head.version != .http09 else { return }
        var bytes: [UInt8] = []
        bytes.append(copying: head.requestLineBytes)
        bytes.append(contentsOf: [13, 10])
        head.fields.serialize(into: &bytes)
        bytes.append(contentsOf: [13, 10])
        guard case .complete(let again, let count) = try parser.parse(bytes.span) else {
            Issue.record("incomplete")
            return
        }
        #expect(count == bytes.count)
        #expect(again.requestLine == head.requestLine)
        #expect(again.fields.all.map(\.name) == head.fields.all.map(\.name))
        #expect(again.fields.all.map(\.value) == head.fields.all.map(\.value))
    }
}

/// A generator of the same numbers in every run.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
