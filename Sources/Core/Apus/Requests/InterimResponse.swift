// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP

extension Request {
    /// Sends an interim response (RFC 9110 section 15.2), such as `103 Early Hints`, ahead of the
    /// one that is being made: httpd's `ap_send_interim_response`.
    ///
    /// It is a hint, and dropped for clients of HTTP/1.0, which do not know such responses, and
    /// for one that does not take what was sent to it before. `100 Continue` and
    /// `101 Switching Protocols`, which are more than hints, are the server's own business.
    public func sendInterim(_ status: HTTPStatus, _ fields: Fields) {
        guard (102...199).contains(status.code), head.version >= .http11, !isAnsweredAsHTTP10
        else { return }
        owner?.send(interim: status, fields)
    }
}
