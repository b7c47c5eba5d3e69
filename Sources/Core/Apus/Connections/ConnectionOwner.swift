// SPDX-License-Identifier: Apache-2.0

/// Who accepted a connection, and counts it.
protocol ConnectionOwner: AnyObject {
    /// It waits for a further request now.
    func connectionBecameIdle(_ connection: HTTP1Connection)
    func connectionEnded(_ connection: HTTP1Connection)
    /// It no longer waits.
    func connectionLeftIdling(_ connection: HTTP1Connection)
    /// It waits for its client, or has nothing more to answer, and needs no worker for that.
    func connectionWaits(_ connection: HTTP1Connection)
    /// Takes a worker for a request.
    ///
    /// False: none is free.
    func admit(_ request: borrowing Request, of connection: HTTP1Connection) -> Bool
    /// Waits for a worker, and takes it.
    func admitLater(_ request: borrowing Request, of connection: HTTP1Connection) async
    /// Notes whom the request is for, now that the host is known, where somebody may ask.
    func describe(_ request: borrowing Request, of connection: HTTP1Connection)
    /// Gives the worker back.
    func dismiss(_ request: borrowing Request, of connection: HTTP1Connection)
    /// Gives the worker back, since the response only has to be sent, and the client is slow.
    ///
    /// - Parameter bytes: of the response, those to come included.
    func dismissEarly(_ connection: HTTP1Connection, bytes: Int64)
    /// Whether the connections of a loop share its workers: one that waits needs none then.
    var sharesWorkers: Bool { get }
    /// It speaks another protocol now, and is told when the child is to leave.
    func connectionWasUpgraded(_ stream: UpgradedStream)
    func upgradeEnded(_ stream: UpgradedStream)
    /// The child is leaving: responses say `Connection: close`.
    var isQuiescing: Bool { get }
}
