// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime

// A client on this machine that is woken by one response has most often gone to sleep again
// before the next, for making that takes longer than reading it; and to wake a thread costs about
// as much as to make a small response. Sent one after the other, most find their reader awake.

/// The connections of a loop whose responses leave together, at the end of a turn.
final class Outbox: TurnHandler {
    /// More are not kept waiting for each other.
    private static let most = 16

    private let loop: EventLoop
    private var connections: [HTTP1Connection] = []

    init(_ loop: EventLoop) { self.loop = loop }

    /// Has the gathered responses of an idle connection sent in this turn.
    func add(_ connection: HTTP1Connection) {
        var added = connections.take()
        added.append(connection)
        let count = added.count
        connections.putBack(&added)
        if count == 1 { loop.atEndOfTurn(self) }
        if count >= Self.most { turnEnded() }
    }

    func turnEnded() {
        // Nobody is added meanwhile, for what is left over is served by a task.
        var added = connections.take()
        for index in added.indices { added[index].sendGathered() }
        added.removeAll(keepingCapacity: true)
        connections.putBack(&added)
    }
}
