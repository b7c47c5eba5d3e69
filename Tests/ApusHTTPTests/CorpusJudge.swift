// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import ApusRuntime

/// Reads a request as a connection does, head and content, and tells what came of it in the
/// lines of an expectation file.
///
/// - Parameter cuts: where what arrives is cut into pieces, in rising order.
func judge(_ bytes: [UInt8], cuts: [Int] = []) -> [String] {
    var judge = Judge(bytes: bytes)
    for end in cuts + [bytes.count] where judge.outcome == nil { judge.receive(end) }
    return judge.outcome ?? ["incomplete"]
}

private struct Judge {
    let bytes: [UInt8]
    var parser = RequestParser()
    var decoder = ChunkedDecoder()
    var lines: [String] = []
    var framing: BodyFraming?
    /// Where the content begins, then what of a chunked one is done with.
    var position = 0
    var content: [UInt8] = []
    var outcome: [String]?

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func receive(_ end: Int) {
        do throws(Refusal) {
            if framing == nil { try readHead(end) }
            if framing != nil { try readContent(end) }
        } catch {
            outcome = ["status: \(error.status.code)"]
        }
    }

    private struct Refusal: Error { let status: HTTPStatus }

    private mutating func readHead(_ end: Int) throws(Refusal) {
        let bytes = self.bytes
        do throws(RequestParseError) {
            let result = try parser.parse(bytes.span.extracting(0..<end))
            guard case .complete(var head, let count) = result else { return }
            framing = try BodyFraming(head)
            let host = try head.resolveHost(isStrict: true)
            _ = try head.expectsContinue()
            position = count
            try describe(head, host)
        } catch let error {
            throw Refusal(status: error.status)
        }
    }

    private mutating func describe(
        _ head: borrowing RequestHead, _ host: RequestHost?
    ) throws(RequestParseError) {
        lines = ["request-line: \(escaped(head.requestLine.bytes))"]
        do throws(URIPathError) {
            let path = try URIPath.decode(head.pathBytes)
            lines.append("path: \(escaped(path.bytes))")
        } catch {
            lines.append("status: \(error.status.code)")
        }
        lines.append(host.map { "host: \($0)" } ?? "host:")
        for field in head.fields.all {
            lines.append("field: \(field.name): \(escaped(field.value.bytes))")
        }
    }

    private mutating func readContent(_ end: Int) throws(Refusal) {
        if let status = lines.first(where: { $0.hasPrefix("status:") }) {
            outcome = [status]
            return
        }
        switch framing! {
        case .none:
            finish(["framing: none"], position)
        case .length(let length):
            guard end - position >= length else { return }
            content = Array(bytes[position..<position + length])
            finish(
                ["framing: length \(length)", "content: \(escaped(content))"], position + length)
        case .chunked:
            try readChunks(end)
        }
    }

    private mutating func readChunks(_ end: Int) throws(Refusal) {
        let bytes = self.bytes
        do throws(ChunkedError) {
            while position < end, !decoder.isAtEnd {
                let step = try decoder.decode(bytes.span.extracting(position..<end))
                for index in step.content { content.append(bytes[position + index]) }
                position += step.consumed
            }
        } catch let error {
            throw Refusal(status: error.status)
        }
        guard decoder.isAtEnd else { return }
        let trailers = decoder.trailers.all.map { "trailer: \($0.name): \($0.value)" }
        finish(["framing: chunked", "content: \(escaped(content))"] + trailers, position)
    }

    private mutating func finish(_ more: [String], _ end: Int) {
        outcome = lines + more + ["rest: \(bytes.count - end)"]
    }
}

/// Bytes as an expectation file has them.
private func escaped(_ bytes: [UInt8]) -> String {
    var result = ""
    for byte in bytes {
        if byte >= 0x20, byte < 0x7F, byte != 0x5C {
            result.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            let digits = String(byte, radix: 16)
            result += "\\x" + (digits.count < 2 ? "0" : "") + digits
        }
    }
    return result
}
