// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

// A request that switches the protocol lasts as long as the connection: it is logged when that
// ends, with all its bytes. It gives its worker back at once, for it computes nothing while it
// waits; only where a loop has a single connection they belong together.

extension HTTP1Connection {
    /// Hands the connection over to the protocol that the response has switched to.
    func serveUpgraded(_ upgrade: Upgrade, _ request: inout Request) async {
        connection.willClose = true
        lingersShortly = true
        guard await flush() else { return }
        context.giveBack(&output)
        let stream = UpgradedStream(self)
        acceptor.connectionWasUpgraded(stream)
        await upgrade.serve(stream)
        acceptor.upgradeEnded(stream)
        stream.whenServerLeaves = nil
        request.contentBytesSent = stream.bytesSent
        channel.setDeadline(.max)
    }
}
