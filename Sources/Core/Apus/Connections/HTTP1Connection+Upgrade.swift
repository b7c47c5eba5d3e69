// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

// A request that switches the protocol lasts as long as the connection: it is logged when that
// ends, with all its bytes. It gives its worker back at once, for it computes nothing while it
// waits; only where a loop has a single connection they belong together. It goes on in a task of
// its own, since that of a request has grown to many kilobytes by then. A protocol that has nothing
// to do takes no task at all, no more than a connection of HTTP that idles.

/// A request whose connection speaks another protocol now.
final class UpgradedRequest {
    var request: Request
    let upgrade: Upgrade
    /// It has a worker to its end, which no other connection could use.
    let keepsWorker: Bool
    /// There once the response has left.
    var stream: UpgradedStream?

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
            await parts.value.connection.begin(parts.value.upgraded)
        }
        return true
    }

    private func begin(_ upgraded: UpgradedRequest) async {
        guard await flush() else { return await end(upgraded) }
        context.giveBack(output.take())
        if consumed == input.count {
            context.giveBack(input.take())
            consumed = 0
        }
        let stream = UpgradedStream(self)
        upgraded.stream = stream
        acceptor.connectionWasUpgraded(stream)
        await serve(upgraded)
    }

    /// Lets the protocol do what there is to do.
    func serve(_ upgraded: UpgradedRequest) async {
        guard let stream = upgraded.stream else { return }
        stream.wake()
        switch await upgraded.upgrade.serve(stream) {
        case .idle(let deadline): park(stream, until: deadline)
        case .ended:
            await leave(stream)
            upgraded.request.contentBytesSent = stream.bytesSent
            await end(upgraded)
        }
    }

    private func leave(_ stream: UpgradedStream) async {
        await stream.waitUntilWritten()
        acceptor.upgradeEnded(stream)
        stream.whenServerLeaves = nil
        channel.setDeadline(.max)
    }

    private func end(_ upgraded: UpgradedRequest) async {
        self.upgraded = nil
        await finish(&upgraded.request)
        if upgraded.keepsWorker { acceptor.dismiss(upgraded.request, of: self) }
        await finish()
    }
}
