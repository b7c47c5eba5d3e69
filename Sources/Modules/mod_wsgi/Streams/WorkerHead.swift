// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// The head of a response as a worker gives it.
///
/// It is moved to whoever answers the request, never copied.
struct WorkerHead: ~Copyable {
    let status: HTTPStatus
    /// The reason phrase, where it is not the usual one.
    let reason: String?
    /// The length of the content, where the application knows it.
    let length: Int64?
    var contentType: String?
    var fields = Fields()
    /// Fields that an error page of the server's keeps; most responses have none.
    var errorFields: Fields?

    /// Reads the payload of a HEAD frame.
    ///
    /// - Parameters:
    ///   - hasReason: whether the application gives a reason phrase, which may be empty.
    ///   - types: knows the media type of the response before.
    /// - Returns: nil where it makes no sense.
    init?(
        status: UInt16, _ payload: Span<UInt8>, hasReason: Bool, _ types: LatestText
    ) {
        guard payload.count >= 10, status >= 200, status <= 999,
            let end = Self.lineEnd(payload, from: 8)
        else { return nil }
        self.status = HTTPStatus(status)
        let length = Int64(bitPattern: payload.number(at: 0, bytes: 8))
        self.length = length < 0 ? nil : length
        reason =
            hasReason
            ? Self.unusualReason(payload.extracting(8..<end), HTTPStatus(status)) : nil
        readFields(payload, from: end + 2, types)
    }

    /// Reads the fields of an interim response, or trailers.
    static func fields(_ payload: Span<UInt8>) -> Fields {
        var fields = Fields()
        forEachField(payload, from: 0) { name, value in fields.append(name, value) }
        return fields
    }

    private mutating func readFields(
        _ payload: Span<UInt8>, from start: Int, _ types: LatestText
    ) {
        Self.forEachField(payload, from: start) { name, value in
            switch name.count {
            case 10 where Self.equal(name, "set-cookie"):
                errorFields = Self.adding(name, value, to: errorFields.take())
            case 12 where Self.equal(name, "content-type"): contentType = types.text(value)
            case 14 where Self.equal(name, "content-length"): break
            case 16 where Self.equal(name, "www-authenticate"):
                errorFields = Self.adding(name, value, to: errorFields.take())
            default: fields.append(name, value)
            }
        }
    }

    private static func adding(
        _ name: Span<UInt8>, _ value: Span<UInt8>, to fields: consuming Fields?
    ) -> Fields {
        var fields = fields ?? Fields()
        fields.append(name, value)
        return fields
    }

    @inline(__always)
    private static func forEachField(
        _ payload: Span<UInt8>, from start: Int, _ body: (Span<UInt8>, Span<UInt8>) -> Void
    ) {
        var start = start
        while let end = lineEnd(payload, from: start) {
            defer { start = end + 2 }
            guard let colon = place(of: 0x3A, in: payload, start..<end) else { continue }
            var value = colon + 1
            while value < end, payload[value] == 0x20 { value += 1 }
            body(payload.extracting(start..<colon), payload.extracting(value..<end))
        }
    }

    /// Where the CR LF stands that ends a line.
    private static func lineEnd(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while let found = place(of: 0x0D, in: bytes, index..<bytes.count) {
            if found + 1 < bytes.count, bytes[found + 1] == 0x0A { return found }
            index = found + 1
        }
        return nil
    }

    private static func place(
        of byte: UInt8, in bytes: Span<UInt8>, _ range: Range<Int>
    ) -> Int? {
        guard !range.isEmpty, range.upperBound <= bytes.count else { return nil }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            let start = unsafe UnsafeRawPointer(bytes.baseAddress!)
            let found = unsafe memchr(start + range.lowerBound, CInt(byte), range.count)
            return unsafe found.map { unsafe UnsafeRawPointer($0) - start }
        }
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
        let name = unsafe UnsafeBufferPointer(
            start: name.utf8Start, count: name.utf8CodeUnitCount)
        // Applications write them in small letters most often.
        if bytes.starts(with: unsafe name.span) { return bytes.count == name.count }
        for index in bytes.indices where unsafe bytes[index] | 0x20 != name[index] | 0x20 {
            return false
        }
        return true
    }
}
