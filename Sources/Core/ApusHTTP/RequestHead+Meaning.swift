// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

// What the fields of a request say to the server itself.

extension RequestHead {
    /// Finds the host that the request is for, and makes the Host field say the same
    /// (RFC 9112 section 3.2.2): the authority of the target counts for more.
    ///
    /// - Parameter recent: knows the host of the request before.
    /// - Returns: nil for a request of HTTP/1.0 or older that names none.
    /// - Throws: `RequestParseError` with status 400, where HTTP/1.1 has no host, or a request
    ///   has several, or one that is malformed.
    public mutating func resolveHost(
        isStrict: Bool, recent: RecentHost? = nil
    ) throws(RequestParseError) -> RequestHost? {
        let index = fields.firstIndex(of: .host)
        if isStrict, let index, fields.firstIndex(of: .host, from: index + 1) != nil {
            throw RequestParseError(.severalHosts, fields.combined(.host) ?? "")
        }
        // HTTP/1.1 without Host is refused even where the target names one.
        guard index != nil || version < .http11 else {
            throw RequestParseError(.missingHost, target)
        }
        switch targetForm {
        case .origin, .asterisk:
            return try hostOfField(at: index, isStrict: isStrict, recent)
        case .absolute, .authority:
            let host = try hostOfTarget(isStrict: isStrict)
            if index != nil { fields.set(.host, host.description) }
            return host
        }
    }

    /// Whether the request is for that host, told by its Host field alone.
    ///
    /// False where that takes a closer look.
    public func isFor(_ recent: RecentHost, isStrict: Bool) -> Bool {
        guard targetForm == .origin, let index = fields.firstIndex(of: .host),
            recent.isHost(of: fields.value(at: index), isStrict: isStrict)
        else { return false }
        return !isStrict || fields.firstIndex(of: .host, from: index + 1) == nil
    }

    private func hostOfField(
        at index: Int?, isStrict: Bool, _ recent: RecentHost?
    ) throws(RequestParseError) -> RequestHost? {
        guard let index, !fields.value(at: index).isEmpty else {
            guard version < .http11 else { throw RequestParseError(.missingHost, target) }
            return nil
        }
        let field = fields.value(at: index)
        let host =
            if let recent { recent.read(field, isStrict: isStrict) } else {
                RequestHost(field, isStrict: isStrict)
            }
        guard let host else {
            throw RequestParseError(.malformedHost, fields.valueText(at: index))
        }
        return host
    }

    private func hostOfTarget(isStrict: Bool) throws(RequestParseError) -> RequestHost {
        var authority = targetAuthority ?? ""
        // `http://host:/` is fine by RFC 3986 section 3.2.3. To CONNECT one needs a port.
        if targetForm == .absolute, authority.utf8.last == 0x3A { authority.removeLast() }
        guard let host = RequestHost(authority.bytes.span, isStrict: isStrict),
            host.port != nil || targetForm != .authority
        else { throw RequestParseError(.malformedHost, authority) }
        return host
    }

    /// Whether the client waits for 100 before it sends content (RFC 9110 section 10.1.1).
    ///
    /// - Throws: `RequestParseError` with status 417 for any other expectation.
    public func expectsContinue() throws(RequestParseError) -> Bool {
        guard let expectation = fields.combined(.expect), !expectation.isEmpty else { return false }
        guard expectation.utf8Span.span.equalsIgnoringCase("100-continue".utf8Span.span) else {
            throw RequestParseError(.unrecognizedExpectation, expectation)
        }
        // A client of HTTP/1.0 would take an interim response for the final one.
        return version >= .http11
    }

    /// Whether the client wants to send further requests on the connection
    /// (RFC 9112 section 9.3).
    public var isPersistent: Bool {
        guard fields.contains(.connection) else { return version >= .http11 }
        if fields.hasToken(.connection, "close") { return false }
        return version >= .http11
            || version == .http10 && fields.hasToken(.connection, "keep-alive")
    }
}
