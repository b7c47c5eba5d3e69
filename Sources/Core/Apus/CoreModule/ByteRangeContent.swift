// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

/// Answers a Range field with the parts of the content that it asks for: httpd's byterange filter.
enum ByteRangeContent {
    /// Replaces the content by its parts, where the client asks for parts and they can be had.
    static func apply(_ head: inout ResponseHead, _ content: inout Content, _ request: inout Request) {
        guard head.status == .ok, !request.filters.contains(where: \.seesContent),
            request.head.fields.contains(.range),
            request.method == .get || request.method == .head, let total = content.count,
            isSliceable(content), request.original == nil || request.errorPageStatus == nil,
            !head.fields.contains(.contentRange), ifRangeHolds(head, request)
        else { return }
        let core = request.config(of: CoreModule.self)
        let limits = ByteRanges.Limits(
            ranges: core.maxRanges.count, overlaps: core.maxRangeOverlaps.count,
            reversals: core.maxRangeReversals.count)
        switch ByteRanges.parse(request.head.fields[.range]!, total: total, limits: limits) {
        case .ignored: return
        case .unsatisfiable:
            head.fields.set(.contentRange, "bytes */\(total)")
            head.status = .rangeNotSatisfiable
            ErrorPage.write(.rangeNotSatisfiable, also: .rangeNotSatisfiable, &request)
            head.fields.set(.contentType, "text/html;charset=iso-8859-1")
            content = request.response.content
            head.contentLength = content.count
        case .ranges(let ranges) where ranges.count == 1:
            let range = ranges[0]
            head.fields.set(
                .contentRange, "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(total)")
            finish(&head, &content, slice(content, range))
        case .ranges(let ranges):
            let type = head.fields[.contentType]
            let boundary = "\(String(request.received.microseconds, radix: 16))\(String(request.connection.id, radix: 16))"
            head.fields.set(.contentType, "multipart/byteranges; boundary=\(boundary)")
            finish(&head, &content, multipart(content, ranges, total, type, boundary))
        }
    }

    private static func finish(_ head: inout ResponseHead, _ content: inout Content, _ new: Content) {
        head.status = .partialContent
        content = new
        head.contentLength = new.count
    }

    private static func isSliceable(_ content: Content) -> Bool {
        switch content {
        case .bytes, .file: true
        default: false
        }
    }

    private static func slice(_ content: Content, _ range: Range<Int64>) -> Content {
        switch content {
        case .bytes(let bytes): .bytes(Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
        case .file(let file):
            .file(
                FileRange(
                    file.file, offset: file.offset + range.lowerBound, count: Int64(range.count)))
        default: content
        }
    }

    private static func multipart(
        _ content: Content, _ ranges: [Range<Int64>], _ total: Int64, _ type: String?,
        _ boundary: String
    ) -> Content {
        var parts: [Content] = []
        for range in ranges {
            var head = "\r\n--\(boundary)\r\n"
            if let type { head += "Content-type: \(type)\r\n" }
            head += "Content-range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(total)\r\n\r\n"
            parts.append(.bytes(head.bytes))
            parts.append(slice(content, range))
        }
        parts.append(.bytes("\r\n--\(boundary)--\r\n".bytes))
        return .sequence(parts)
    }

    /// A range of another version than the client has would not fit what it has (RFC 9110
    /// section 13.1.5).
    private static func ifRangeHolds(_ head: borrowing ResponseHead, _ request: borrowing Request) -> Bool {
        guard let condition = request.head.fields[.ifRange] else { return true }
        return Preconditions.ifRangeHolds(
            condition, etag: head.fields[.etag], lastModified: head.fields[.lastModified])
    }
}
