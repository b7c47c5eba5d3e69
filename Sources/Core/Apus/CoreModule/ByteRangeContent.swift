// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

/// Answers a Range field with the parts of the content that it asks for: httpd's byterange filter.
enum ByteRangeContent {
    /// Replaces the content by its parts, where the client asks for parts and they can be had.
    static func apply(
        _ head: inout ResponseHead, _ content: inout Content, _ request: inout Request
    ) {
        guard let total = content.count,
            let ranges = ranges(of: content, head.status, head.fields, request)
        else { return }
        switch ranges {
        case .whole: return
        case .unsatisfiable: refuse(&head, &content, Int(total), &request)
        case .ranges(let ranges) where ranges.count == 1:
            head.fields.set(.contentRange, contentRange(ranges[0], length: Int(total)))
            finish(&head, &content, slice(content, ranges[0]))
        case .ranges(let ranges):
            let parts = MultipartByteRanges(
                boundary: boundary(for: request), contentType: head.fields[.contentType],
                length: Int(total))
            head.fields.set(.contentType, parts.mediaType)
            finish(&head, &content, sequence(content, ranges, parts))
        }
    }

    /// Ends the request where none of the parts can be had and there is an ErrorDocument to say so,
    /// which may be a page inside the server; without one, `apply` says it in the end.
    static func checkSatisfiable(_ request: inout Request) throws(RequestError) {
        guard let document = request.directoryConfig.core.errorDocuments[416],
            let total = request.response.content.count,
            case .unsatisfiable? = ranges(
                of: request.response.content, request.response.status, request.response.fields,
                request)
        else { return }
        // A redirect has nothing to say of the length of what was asked for.
        if case .redirect = document {
        } else {
            request.response.errorFields.set(.contentRange, "bytes */\(total)")
        }
        throw RequestError(.rangeNotSatisfiable)
    }

    /// The parts that are asked for of a response, nil where it cannot be had in parts.
    private static func ranges(
        of content: borrowing Content, _ status: HTTPStatus, _ fields: borrowing Fields,
        _ request: borrowing Request
    ) -> ByteRanges? {
        guard status == .ok, request.head.contains(.range),
            request.method == .get || request.method == .head,
            let total = content.count, isSliceable(content),
            !request.filters.contains(where: \.seesContent), !fields.contains(.contentRange),
            ifRangeHolds(fields, request)
        else { return nil }
        return ByteRanges(
            request.head.fields.combined(.range)!, length: Int(total),
            limits: request.directoryConfig.core.rangeLimits)
    }

    private static func refuse(
        _ head: inout ResponseHead, _ content: inout Content, _ total: Int, _ request: inout Request
    ) {
        ErrorPage.write(.rangeNotSatisfiable, &request)
        head.status = .rangeNotSatisfiable
        head.fields = request.response.fields
        head.fields.set(.contentRange, "bytes */\(total)")
        request.finishHead(&head)
        content = request.response.content
        head.contentLength = content.count
    }

    private static func finish(
        _ head: inout ResponseHead, _ content: inout Content, _ new: Content
    ) {
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

    private static func slice(_ content: Content, _ range: Range<Int>) -> Content {
        switch content {
        case .bytes(let bytes): .bytes(Array(bytes[range]))
        case .file(let file):
            .file(
                FileRange(
                    file.file, offset: file.offset + Int64(range.lowerBound),
                    count: Int64(range.count)))
        default: content
        }
    }

    private static func sequence(
        _ content: Content, _ ranges: [Range<Int>], _ multipart: MultipartByteRanges
    ) -> Content {
        var parts: [Content] = []
        for range in ranges {
            var head: [UInt8] = []
            multipart.appendHead(range, to: &head)
            parts.append(.bytes(head))
            parts.append(slice(content, range))
        }
        var end: [UInt8] = []
        multipart.appendEnd(to: &end)
        parts.append(.bytes(end))
        return .sequence(parts)
    }

    private static func boundary(for request: borrowing Request) -> String {
        String(request.received.microseconds, radix: 16)
            + String(request.connection.id, radix: 16)
    }

    /// Parts of another version would not fit what the client has (RFC 9110 section 13.1.5).
    private static func ifRangeHolds(
        _ fields: borrowing Fields, _ request: borrowing Request
    ) -> Bool {
        Preconditions(request.head).allowsRange(
            Preconditions.Validators(
                entityTag: fields[.etag],
                lastModified: request.response.lastModified.map { Int($0) },
                date: Int(request.received.seconds)))
    }
}

extension CoreModule.DirectoryConfig {
    var rangeLimits: ByteRanges.Limits {
        var limits = ByteRanges.Limits()
        limits.ranges = maxRanges.count
        limits.overlaps = maxRangeOverlaps.count
        limits.reversals = maxRangeReversals.count
        return limits
    }
}
