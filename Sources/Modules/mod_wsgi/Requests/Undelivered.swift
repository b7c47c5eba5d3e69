// SPDX-License-Identifier: Apache-2.0

internal import Apus

// What a request is answered with that does not get to a worker, in mod_wsgi's words: programs
// that watch its log look for them.

extension Request {
    /// As many wait as may; the client may come again.
    ///
    /// - Parameter waiting: how many do.
    mutating func exceedsBacklog(of target: Target, waiting: Int) -> RequestError {
        response.errorFields.set(.retryAfter, "1")
        return RequestError(
            .serviceUnavailable,
            "Unable to connect to WSGI daemon process '\(target.set.processGroup)': "
                + "listener backlog limit was exceeded (\(waiting) requests wait)")
    }
}

extension RequestError {
    /// It has waited for a worker as long as it may.
    static func queueTimeout(_ target: Target) -> RequestError {
        RequestError(
            .gatewayTimeout,
            "Queue timeout expired for WSGI daemon process '\(target.set.processGroup)'.")
    }
}

extension Exchange {
    /// Ends it, for it could not be sent.
    func unsent(_ error: SystemError) -> RequestError {
        dispatcher.forget(self)
        abandon()
        return RequestError(
            .serviceUnavailable,
            "Unable to send request details to WSGI daemon process "
                + "'\(target.set.processGroup)': \(error)")
    }
}
