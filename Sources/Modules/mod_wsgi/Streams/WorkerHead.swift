// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The head of a response as a worker gives it.
struct WorkerHead {
    let status: HTTPStatus
    /// The reason phrase, where it is not the usual one.
    let reason: String?
    /// The length of the content, where the application knows it.
    let length: Int64?
    private(set) var contentType: String?
    private(set) var fields = Fields()
    /// Fields that an error page of the server's keeps.
    private(set) var errorFields = Fields()

    /// Reads the payload of a HEAD frame.
    ///
    /// - Returns: nil where it makes no sense.
    init?(status: UInt16, _ payload: Span<UInt8>) {
        guard payload.count >= 10, status >= 200, status <= 999 else { return nil }
        self.status = HTTPStatus(status)
        var length: UInt64 = 0
        for index in (0..<8).reversed() { length = length << 8 | UInt64(payload[index]) }
        self.length = Int64(bitPattern: length) < 0 ? nil : Int64(bitPattern: length)
        guard let end = Self.lineEnd(payload, from: 8) else { return nil }
        reason = Self.unusualReason(payload.extracting(8..<end), HTTPStatus(status))
        readFields(payload, from: end + 2)
    }

    /// Reads the fields of an interim response, or trailers.
    static func fields(_ payload: Span<UInt8>) -> Fields {
        var fields = Fields()
        forEachField(payload, from: 0) { name, value in fields.append(name, value) }
        return fields
    }

    private mutating func readFields(_ payload: Span<UInt8>, from start: Int) {
        fields.reserveCapacity(fields: 8, bytes: payload.count - start)
        Self.forEachField(payload, from: start) { name, value in
            switch name.count {
            case 10 where Self.equal(name, "set-cookie"): errorFields.append(name, value)
            case 12 where Self.equal(name, "content-type"): contentType = String(bytes: value)
            case 14 where Self.equal(name, "content-length"): break
            case 16 where Self.equal(name, "www-authenticate"): errorFields.append(name, value)
            default: fields.append(name, value)
            }
        }
    }

    private static func forEachField(
        _ payload: Span<UInt8>, from start: Int, _ body: (Span<UInt8>, Span<UInt8>) -> Void
    ) {
        var start = start
        while let end = lineEnd(payload, from: start) {
            defer { start = end + 2 }
            var colon = start
            while colon < end, payload[colon] != 0x3A { colon += 1 }
            guard colon < end else { continue }
            var value = colon + 1
            while value < end, payload[value] == 0x20 { value += 1 }
            body(payload.extracting(start..<colon), payload.extracting(value..<end))
        }
    }

    /// Where the CR LF stands that ends a line.
    private static func lineEnd(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index + 1 < bytes.count {
            if bytes[index] == 0x0D, bytes[index + 1] == 0x0A { return index }
            index += 1
        }
        return nil
    }

    private static func unusualReason(_ bytes: Span<UInt8>, _ status: HTTPStatus) -> String? {
        let usual = status.reason.utf8Span.span
        guard bytes.count == usual.count else { return String(bytes: bytes) }
        for index in bytes.indices where bytes[index] != usual[index] {
            return String(bytes: bytes)
        }
        return nil
    }

    /// - Parameter name: in small letters.
    private static func equal(_ bytes: Span<UInt8>, _ name: StaticString) -> Bool {
        for index in bytes.indices {
            let wanted = unsafe name.utf8Start[index]
            if bytes[index] | 0x20 != wanted | 0x20 { return false }
        }
        return true
    }
}
