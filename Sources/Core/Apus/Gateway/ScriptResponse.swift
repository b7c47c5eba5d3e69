// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

/// What a program's response asks for, beyond being sent.
public enum ScriptVerdict: Sendable, Hashable {
    /// To be sent, with the content that follows.
    case respond
    /// A redirect within the server: another request is answered instead (RFC 3875 section 6.2.2).
    case redirect(to: String)
}

extension Request {
    /// Makes the response's head from that of a program.
    ///
    /// - Parameter module: whose message it is that the head holds nonsense.
    /// - Throws: what the client's conditions make of it (304, 412), and 302 for a `Location`
    ///   elsewhere without a status. The content of the program is not wanted then.
    public mutating func take(
        _ head: ScriptHead, for module: any Module.Type
    ) throws(RequestError) -> ScriptVerdict {
        if head.closesConnection { connection.willClose = true }
        response.contentType = head.contentType
        response.fields.append(contentsOf: head.fields)
        response.errorFields.append(contentsOf: head.otherFields)
        if let location = head.location { response.fields.set(.location, location) }
        takeModification(head)
        takeStatus(head, module)
        if head.status == nil, method == .get || method == .head { try checkPreconditions() }
        guard let location = head.location, response.status == .ok else { return .respond }
        if location.hasPrefix("/") { return .redirect(to: location) }
        throw RequestError(.found)
    }

    private mutating func takeStatus(_ head: ScriptHead, _ module: any Module.Type) {
        guard let status = head.status else { return }
        guard status >= 100, status <= 599 else {
            let script = filename?.split(separator: "/").last ?? ""
            let line = (head.statusLine ?? "").prefix(30)
            log(.error, in: module, "", "Invalid status line from script '\(script)': \(line)")
            response.status = .internalServerError
            return
        }
        response.status = HTTPStatus(status)
        // The reason is what follows the number.
        let line = head.statusLine ?? ""
        let reason = line.drop { $0.isNumber }.drop { $0 == " " }
        if !reason.isEmpty, line.utf8.dropFirst(3).first == 0x20 {
            response.reason = String(reason)
        }
    }

    /// A time that is yet to come is none that the content was changed at.
    private mutating func takeModification(_ head: ScriptHead) {
        guard let text = head.lastModified, let time = HTTPDate.parse(text) else { return }
        let seconds = min(Int64(time), received.seconds)
        response.lastModified = seconds
        response.fields.set(.lastModified, HTTPDate.text(Int(seconds)))
    }

    /// Answers another path of this server instead, by GET whatever the request was.
    ///
    /// The content of the request has been read, or is not wanted any more.
    public mutating func redirectToGet(_ target: String) async throws(RequestError) {
        if method != .head { head.method = .get }
        head.fields.remove(.contentLength)
        head.fields.remove(.transferEncoding)
        body = .none
        try await internalRedirect(to: target)
    }
}
