// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

extension Request {
    /// Chooses the virtual host by the address and the name that was asked for.
    mutating func chooseHost() throws(RequestError) {
        let isStrict = host.protocolOptions.isStrict
        let recent = connection.context.recentHost
        if head.isFor(recent, isStrict: isStrict) {
            hostname = recent.name
            hostPort = recent.port
        } else {
            do throws(RequestParseError) {
                let asked = try head.resolveHost(isStrict: isStrict, recent: recent)
                hostname = asked?.name
                hostPort = asked?.port
            } catch {
                connection.willClose = true
                throw RequestError(error.status, error.message, level: .info)
            }
        }
        let chosen = connection.host(named: hostname)
        if chosen !== host {
            host = chosen
            directoryConfig = connection.context.root(for: chosen)
        }
        if hostname != nil, host.core.strictHostCheck, !host.answers(to: hostname!) {
            throw RequestError(
                .badRequest,
                "AH10156: Requested hostname '\(hostname!)' did not match any ServerName/ServerAlias in the matching configuration",
                level: .info)
        }
    }

    /// As `setTarget`, with the target of the head: most often one that has been taken apart.
    mutating func setTargetFromHead() throws(RequestError) {
        guard head.targetForm == .origin else { return try setTarget(head.target) }
        query = head.query
        do throws(URIPathError) {
            path = try head.decodePath(
                encodedSlashes: directoryConfig.core.allowEncodedSlashes,
                mergesSlashes: host.core.mergeSlashes)
        } catch {
            throw refusal(of: head.path, error)
        }
    }

    /// Splits a target into path and query, decodes the path and resolves its dots.
    ///
    /// - Parameter target: `/path?query`, or the absolute form.
    mutating func setTarget(_ target: String) throws(RequestError) {
        guard redirects <= host.core.limitInternalRecursion else {
            throw RequestError(
                .internalServerError,
                "AH00124: Request exceeded the limit of \(host.core.limitInternalRecursion) internal redirects due to probable configuration error. Use 'LimitInternalRecursion' to increase the limit if necessary. Use 'LogLevel debug' to get a backtrace."
            )
        }
        if target == "*" {
            guard head.method == .options else { throw RequestError(.badRequest) }
            path = "*"
            return
        }
        let (encoded, query) = Self.split(target)
        self.query = query
        do throws(URIPathError) {
            path = try URIPath.decode(
                encoded.bytes.span, encodedSlashes: directoryConfig.core.allowEncodedSlashes,
                mergesSlashes: host.core.mergeSlashes)
        } catch {
            throw refusal(of: encoded, error)
        }
    }

    private mutating func refusal(of encoded: String, _ error: URIPathError) -> RequestError {
        path = encoded
        if error == .invalid {
            return RequestError(error.status, "AH10244: invalid URI path (\(encoded))")
        }
        return RequestError(
            error.status,
            "AH00026: found %2f (encoded '/') in URI path (\(encoded)), returning 404",
            level: .info)
    }

    /// The path and the query of a target; scheme and authority are dropped.
    private static func split(_ target: String) -> (path: String, query: String?) {
        var rest = target[...]
        if !rest.hasPrefix("/"), let scheme = rest.range(of: "://") {
            rest = rest[scheme.upperBound...]
            let start = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            rest = rest[start...]
            if !rest.hasPrefix("/") { rest = "/" + rest }
        }
        guard let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) else {
            return (String(rest), nil)
        }
        return (String(rest[..<mark]), String(rest[rest.utf8.index(after: mark)...]))
    }
}

extension Substring {
    /// Where `text` stands for the first time.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) {
                return start..<index(start, offsetBy: text.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
