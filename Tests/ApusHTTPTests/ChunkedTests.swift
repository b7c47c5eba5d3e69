// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import Testing

/// Decodes what comes in pieces that end at `cuts`; gives the content, the trailers and what is left.
func decodeChunked(
    _ bytes: [UInt8], cuts: [Int] = [], limits: RequestLimits = .init()
) throws(ChunkedError) -> (content: [UInt8], trailers: [String], rest: Int, isComplete: Bool) {
    var decoder = ChunkedDecoder(limits: limits)
    var content: [UInt8] = []
    var position = 0
    for end in cuts + [bytes.count] {
        while position < end, !decoder.isAtEnd {
            let piece = bytes.span.extracting(position..<end)
            let step = try decoder.decode(piece)
            for index in step.content { content.append(piece[index]) }
            position += step.consumed
        }
    }
    let trailers = decoder.trailers.all.map { "\($0.name)=\($0.value)" }
    return (content, trailers, bytes.count - position, decoder.isAtEnd)
}

@Suite("The chunked coding")
struct ChunkedTests {
    @Test(
        "is taken off",
        arguments: [
            ("0\r\n\r\n", "", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello", ""),
            ("2\r\nab\r\nA\r\n0123456789\r\n0\r\n\r\n", "ab0123456789", ""),
            ("005;a=\"b\"\r\nhello\r\n0;x\r\n\r\n", "hello", ""),
            ("5 ; a\r\nhello\r\n0 \r\n\r\n", "hello", ""),
            ("1\r\na\r\n0\r\nX: y\r\nZ:\r\n\r\n", "a", "X=y|Z="),
            ("a\r\n0123456789\r\n00\r\n\r\n", "0123456789", ""),
        ])
    func decodes(_ text: String, _ content: String, _ trailers: String) throws {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            let result = try decodeChunked(bytes + [0x47], cuts: [cut])
            #expect(String(decoding: result.content, as: UTF8.self) == content)
            #expect(result.trailers.joined(separator: "|") == trailers)
            #expect(result.rest == 1)
            #expect(result.isComplete)
        }
    }

    @Test(
        "waits for more where it is not at its end",
        arguments: [
            "", "5", "5\r", "5\r\n", "5\r\nhel", "5\r\nhello", "0\r\n", "0\r\n\r", "0\r\nX: y\r\n",
        ])
    func incomplete(_ text: String) throws {
        #expect(try !decodeChunked(Array(text.utf8)).isComplete)
    }

    @Test(
        "is refused where it is malformed",
        arguments: [
            ("5\nhello", 400), ("5\r\nhello\n", 400), ("5\r\nhello0", 400), ("5\rh", 400),
            (" 5\r\n", 400), ("0x5\r\n", 400), ("+5\r\n", 400), ("-5\r\n", 400), ("\r\n", 400),
            (";a\r\n", 400), ("5 x\r\n", 400), ("5;a\u{1}\r\n", 400), ("5;a\0", 400),
            ("5;a\rb", 400), ("5;a\nb", 400), ("8000000000000000\r\n", 413),
            ("FFFFFFFFFFFFFFFFF\r\n", 413), ("0\r\nX y\r\n\r\n", 400), ("0\r\nX: y\n\r\n", 400),
            ("0\r\n X: y\r\n\r\n", 400), ("0\r\nX: y\r\n\n", 400), ("0\r\nX : y\r\n\r\n", 400),
            ("5;\(String(repeating: "a", count: 9000))", 413),
            (String(repeating: "0", count: 9000), 413),
            ("0\r\nX: \(String(repeating: "a", count: 9000))", 400),
            ("0\r\n\(String(repeating: "X: y\r\n", count: 101))", 400),
        ] as [(String, UInt16)])
    func refuses(_ text: String, _ status: UInt16) {
        var result: UInt16?
        do throws(ChunkedError) {
            _ = try decodeChunked(Array(text.utf8))
        } catch {
            result = error.status.code
        }
        #expect(result == status)
    }

    @Test(
        "has sizes in hexadecimal digits, bounded",
        arguments: [
            ("0", 0), ("fF", 255), ("0000000000000000000010", 16),
            ("7fffffffffffffff", Int.max), ("8000000000000000", nil), ("", nil), ("1g", nil),
        ] as [(String, Int?)])
    func sizes(_ digits: String, _ expected: Int?) {
        #expect((try? parseChunkSize(digits.utf8Span.span)) == expected)
    }

    @Test("is put on so that it can be taken off")
    func encodes() throws {
        var output: [UInt8] = []
        for count in [1, 15, 16, 300] {
            ChunkedEncoder.appendHead(ofChunk: count, to: &output)
            output.append(contentsOf: repeatElement(0x61, count: count))
            ChunkedEncoder.appendEndOfChunk(to: &output)
        }
        var trailers = Fields()
        trailers.append("X", "y")
        ChunkedEncoder.appendEnd(trailers: trailers, to: &output)
        #expect(output.starts(with: Array("1\r\na\r\nf\r\n".utf8)))
        let result = try decodeChunked(output)
        #expect(result.content.count == 332)
        #expect(result.trailers == ["X=y"])
        #expect(result.rest == 0)
    }
}
