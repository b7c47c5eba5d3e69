// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

// A request that switches the protocol lasts as long as the connection: it is logged when that
// ends, with all its bytes. It gives its worker back at once, for it computes nothing while it
// waits; only where a loop has a single connection they belong together. It goes on in a task of
// its own, since that of a request has grown to many kilobytes by then.

/// A request whose connection speaks another protocol now.
final class UpgradedRequest {
    var request: Request
    let upgrade: Upgrade
    /// It has a worker to its end, which no other connection could use.
    let keepsWorker: Bool

    init(_ request: consuming Request, _ upgrade: Upgrade, keepsWorker: Bool) {
        self.request = request
        self.upgrade = upgrade
        self.keepsWorker = keepsWorker
    }
}

extension HTTP1Connection {
    /// Hands the connection over to the protocol that the response has switched to, if it has.
    ///
    /// False: there is no such.
    func startUpgraded() -> Bool {
        guard let upgraded else { return false }
        connection.willClose = true
        lingersShortly = true
        let parts = LoopConfined((connection: self, upgraded: upgraded))
        Task(executorPreference: loop) {
            await parts.value.connection.serve(parts.value.upgraded)
        }
        return true
    }

    private func serve(_ upgraded: UpgradedRequest) async {
        if await flush() {
            context.giveBack(&output)
            if consumed == input.count {
                context.giveBack(&input)
                consumed = 0
            }
            let stream = UpgradedStream(self)
            acceptor.connectionWasUpgraded(stream)
            await upgraded.upgrade.serve(stream)
            acceptor.upgradeEnded(stream)
            stream.whenServerLeaves = nil
            upgraded.request.contentBytesSent = stream.bytesSent
            channel.setDeadline(.max)
        }
        await end(upgraded)
    }

    private func end(_ upgraded: UpgradedRequest) async {
        self.upgraded = nil
        await finish(&upgraded.request)
        if upgraded.keepsWorker { acceptor.dismiss(upgraded.request, of: self) }
        await finish()
    }
}
