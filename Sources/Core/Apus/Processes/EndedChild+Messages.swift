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
        let served = workers.filter { !$0.request.isEmpty }.map { worker in
            ProcessMessage(
                .notice,
                "child pid \(pid) was serving \"\(worker.request)\" for client \(worker.client)"
                    + " on \(worker.virtualHost)")
        }
        return [ProcessMessage(.notice, text)] + served
    }
}
