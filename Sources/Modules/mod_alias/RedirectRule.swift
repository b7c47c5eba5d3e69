// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A `Redirect` with a URL-path, or a `RedirectMatch`.
struct RedirectRule: Sendable {
    let pattern: PathPattern
    let answer: RedirectAnswer

    /// The answer to a request for `path`, nil where this is for others.
    func answer(to path: String) -> RedirectAnswer? {
        guard let target = answer.target else { return pattern.matches(path) ? answer : nil }
        switch pattern {
        case .prefix:
            return pattern.map(path, to: target, rest: { Escaping.path($0) }).map {
                RedirectAnswer(status: answer.status, target: $0.text)
            }
        case .expression:
            return pattern.map(path, to: target).map {
                RedirectAnswer(status: answer.status, target: RedirectAnswer.escape($0.text))
            }
        }
    }
}

/// A status, and where the client is sent with it.
struct RedirectAnswer: Sendable {
    let status: HTTPStatus
    /// A URL, or a path on this server; nil with a status that redirects nowhere.
    let target: String?

    /// Percent-encodes a URL up to its query or fragment, which may be meant as they are.
    static func escape(_ url: String) -> String {
        let end = url.utf8.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
        guard let end else { return Escaping.path(url) }
        return Escaping.path(String(url[..<end])) + url[end...]
    }

    /// Whether a text begins with a scheme and `://` (`ap_is_url`).
    static func isURL(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon != bytes.startIndex else {
            return false
        }
        let isScheme = bytes[..<colon].allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isScheme && bytes[colon...].starts(with: "://".utf8)
    }
}

extension Request {
    /// Ends the request with an answer.
    mutating func redirect(_ answer: RedirectAnswer) throws(RequestError) -> Never {
        guard answer.status.isRedirection, let target = answer.target else {
            throw RequestError(
                answer.status.reason.isEmpty ? .internalServerError : answer.status)
        }
        var url = target
        if target.utf8.first == UInt8(ascii: "/") {
            if !config(of: AliasModule.self).allowsRelative { url = self.url(of: target) }
        } else if !RedirectAnswer.isURL(target) {
            throw RequestError(
                .internalServerError,
                "AH00674: cannot redirect '\(path)' to '\(target)'; "
                    + "target is not a valid absoluteURI or abs_path")
        }
        // A query of the target's own takes the place of the request's.
        if let query, !url.utf8.contains(UInt8(ascii: "?")) { url += "?" + query }
        guard response.fields.set(.location, url) else {
            throw RequestError(.internalServerError, "a redirection target is no field value")
        }
        throw RequestError(answer.status)
    }
}
