// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

/// What is wrong with a request that cannot be served, found while reading its head.
///
/// The caller answers with `status` and closes the connection: what follows on it may not be
/// what the client meant to be the next request. `message` goes to the error log only.
public struct RequestParseError: Error, Equatable {
    public let fault: Fault
    /// The part of the request that is at fault, cut to a length that a log can bear.
    public let detail: String

    public init(_ fault: Fault, _ detail: String = "") {
        self.fault = fault
        self.detail = detail
    }

    /// - Parameter range: what is at fault; no more than 80 bytes of it are told.
    init(_ fault: Fault, _ bytes: Span<UInt8>, _ range: Range<Int>) {
        let end = min(range.upperBound, range.lowerBound + 80)
        self.init(fault, String(bytes: bytes.extracting(range.lowerBound..<end)))
    }

    public enum Fault: Error, Equatable {
        // The request line
        case lineTooLong, invalidLineEnd, emptyLines, invalidMethod, missingTarget, invalidTarget
        case invalidWhitespace, excessWhitespace, trailingText, unrecognizedProtocol
        case rejectedHTTP09, invalidMethodForHTTP09, unsupportedVersion, unregisteredMethod
        case fragmentInTarget, userInfoInTarget, unparsableTarget
        // The fields
        case fieldTooLong, mergedFieldTooLong, tooManyFields, malformedName, malformedValue
        case missingColon, foldBeforeFirstField, foldedField, emptyFold
        // What they say together
        case invalidContentLength, unknownTransferCoding, unsupportedTransferCoding
        case contentLengthAndTransferCoding, transferCodingInHTTP10
        case missingHost, severalHosts, malformedHost, unrecognizedExpectation
    }

    public var status: HTTPStatus {
        switch fault {
        case .lineTooLong: .uriTooLong
        case .unsupportedVersion: .httpVersionNotSupported
        case .unregisteredMethod, .unsupportedTransferCoding: .notImplemented
        case .unrecognizedExpectation: .expectationFailed
        default: .badRequest
        }
    }

    /// What the client is told beyond the status, on the error page ("error-notes").
    public var notes: String? {
        switch fault {
        case .fieldTooLong, .mergedFieldTooLong:
            "Size of a request header field exceeds server limit."
        case .tooManyFields:
            "The number of request header fields exceeds this server's limit."
        default: nil
        }
    }
}

extension RequestParseError: CustomStringConvertible {
    public var description: String { message }

    /// The line of the error log, in Apache's words and with its number where it has one.
    public var message: String {
        switch fault {
        case .lineTooLong:
            "AH00565: request failed: client's request-line exceeds LimitRequestLine"
        case .invalidLineEnd:
            "request failed: line ends without CRLF (disallowed by HttpProtocolOptions Strict)"
        case .emptyLines: "AH00566: request failed: malformed request line"
        case .invalidMethod: "AH03445: HTTP Request Line; Invalid method token: '\(detail)'"
        case .invalidMethodForHTTP09:
            "AH03444: HTTP Request Line; Invalid method token: '\(detail)'"
                + " (only GET is allowed for HTTP/0.9 requests)"
        case .missingTarget: "AH03446: HTTP Request Line; Missing URI"
        case .invalidTarget: "AH03454: HTTP Request Line; URI incorrectly encoded: '\(detail)'"
        case .invalidWhitespace: "AH03447: HTTP Request Line; Invalid whitespace"
        case .excessWhitespace:
            "AH03448: HTTP Request Line; Excess whitespace"
                + " (disallowed by HttpProtocolOptions Strict)"
        case .trailingText:
            "AH03449: HTTP Request Line; Extraneous text found '\(detail)'"
                + " (perhaps whitespace was injected?)"
        case .rejectedHTTP09: "AH02401: HTTP Request Line; Rejected HTTP/0.9 request"
        case .unrecognizedProtocol:
            "AH02418: HTTP Request Line; Unrecognized protocol '\(detail)'"
                + " (perhaps whitespace was injected?)"
        case .unsupportedVersion: "HTTP Request Line; Unsupported version '\(detail)'"
        case .unregisteredMethod:
            "AH02423: HTTP Request Line; Unrecognized HTTP method: '\(detail)'"
                + " (disallowed by RegisteredMethods)"
        case .unparsableTarget: "AH03450: HTTP Request Line; Unable to parse URI: '\(detail)'"
        case .fragmentInTarget: "AH02421: HTTP Request Line; URI must not contain a fragment"
        case .userInfoInTarget:
            "AH02422: HTTP Request Line; URI must not contain a username/password"
        default: fieldMessage
        }
    }

    private var fieldMessage: String {
        switch fault {
        case .fieldTooLong: "AH00561: Request header exceeds LimitRequestFieldSize: \(detail)"
        case .mergedFieldTooLong:
            "AH00560: Request header exceeds LimitRequestFieldSize after merging: \(detail)"
        case .tooManyFields: "AH00563: Number of request headers exceeds LimitRequestFields"
        case .malformedName: "AH02426: Request header field name is malformed: \(detail)"
        case .malformedValue: "AH02427: Request header value is malformed: \(detail)"
        case .missingColon:
            "AH00564: Request header field is missing ':' separator: \(detail)"
        case .foldBeforeFirstField:
            "AH03442: Line folding encountered before first header line"
        case .foldedField:
            "Line folding encountered (disallowed by HttpProtocolOptions Strict): \(detail)"
        case .emptyFold: "AH03443: Empty folded line encountered"
        case .invalidContentLength: "AH10242: client sent invalid Content-Length (\(detail))"
        case .unknownTransferCoding, .unsupportedTransferCoding:
            "AH02539: client sent unknown Transfer-Encoding (\(detail))"
        case .contentLengthAndTransferCoding:
            "client sent both Content-Length and Transfer-Encoding (\(detail))"
        case .transferCodingInHTTP10: "client sent Transfer-Encoding (\(detail)) in HTTP/1.0"
        case .missingHost:
            "AH00569: client sent HTTP/1.1 request without hostname"
                + " (see RFC2616 section 14.23): \(detail)"
        case .severalHosts: "client sent several Host headers: \(detail)"
        case .malformedHost: "AH00550: Client sent malformed Host header: \(detail)"
        case .unrecognizedExpectation:
            "AH00570: client sent an unrecognized expectation value of Expect: \(detail)"
        default: "request failed: malformed request line"
        }
    }
}
