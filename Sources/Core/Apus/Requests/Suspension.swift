// SPDX-License-Identifier: Apache-2.0

public import ApusHTTP

// A handler that waits for another program needs no task for that: it suspends the request, which
// then is only kept by its connection, and is resumed when the program has answered. A task that
// waits costs 2 KB, and to stop and to go on each cost as much as reading the head of a request.
// The corresponding value in httpd is SUSPENDED.

/// What a handler leaves to go on with a request that it suspended.
public protocol SuspendedHandler: AnyObject {
    /// Goes on as far as there is nothing to wait for.
    ///
    /// - Returns: `.done`, `.suspended` where the request was suspended again, or `.declined` where
    ///   it takes a task to go on: `finish` is called then.
    func goOn(_ request: inout Request) throws(RequestError) -> Outcome

    /// Goes on to the end, and may wait.
    func finish(_ request: inout Request) async throws(RequestError)
}

/// What has requests answered: a connection.
public protocol RequestOwner: AnyObject {
    /// Goes on with the suspended request in this turn of the loop or the next.
    ///
    /// To be called once for each time it was suspended, by the loop of the connection.
    func resume()

    /// See `Request.sendInterim`.
    func send(interim status: HTTPStatus, _ fields: Fields)
}

extension Request {
    /// Suspends it; its handler is to return `.suspended`.
    ///
    /// - Returns: what resumes it; nil where `maySuspend` is false.
    public mutating func suspend(_ handler: any SuspendedHandler) -> (any RequestOwner)? {
        guard maySuspend else { return nil }
        suspendedHandler = handler
        return owner
    }
}
