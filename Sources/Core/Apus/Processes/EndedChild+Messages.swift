// SPDX-License-Identifier: Apache-2.0

internal import ApusRuntime
internal import Glibc

extension EndedChild {
    /// What the log says of a child that a signal ended: the signal, and what it was serving.
    ///
    /// - Parameters:
    ///   - workers: its workers that served a request.
    ///   - coreDirectory: `CoreDumpDirectory`.
    func messages(serving workers: [WorkerSnapshot], coreDirectory: String?) -> [ProcessMessage] {
        guard case .signaled(let signal, let dumpedCore) = exit,
            // Sent by the parent, or by somebody who knows why.
            ![SIGTERM, SIGHUP, SIGUSR1, SIGKILL].contains(signal)
        else { return [] }
        let name = ChildExit.signalDescription(signal)
        var text = "child pid \(pid) exit signal \(name) (\(signal))"
        if dumpedCore {
            text = "AH00051: \(text), possible coredump in \(coreDirectory ?? "ServerRoot")"
        } else {
            text = "AH00052: \(text)"
        }
        return [ProcessMessage(.notice, text)] + workers.filter(\.isServing).map(message)
    }

    /// The client and the host are known with `ExtendedStatus` only.
    private func message(_ worker: WorkerSnapshot) -> ProcessMessage {
        var text = "child pid \(pid) was serving \"\(worker.request)\""
        if !worker.client.isEmpty { text += " for client \(worker.client)" }
        if !worker.virtualHost.isEmpty { text += " on \(worker.virtualHost)" }
        return ProcessMessage(.notice, text)
    }
}

extension WorkerSnapshot {
    /// Whether it is about a request, and not about a connection without one.
    fileprivate var isServing: Bool {
        !request.isEmpty && status.isBusy && status != .reading && status != .keptAlive
    }
}
