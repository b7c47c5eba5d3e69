// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What the page of mod_status tells of Python applications.
enum WorkerStatus {
    /// A set as its shared memory shows it.
    struct Figures {
        var name: SetName
        var interface: WorkerInterface
        var state: SetRow.State
        var processes = 0
        var ready = 0
        var busy = 0
        var slots = 0
        var queued = 0
        var requests: UInt64 = 0
        var memory: UInt64 = 0
        var reloads: UInt64 = 0
        var failedReloads: UInt64 = 0
        var ended: [(cause: EndCause, count: UInt64)] = []
    }

    static func text(_ context: LoopContext, _ format: StatusFormat) -> String {
        guard let sets = WorkerSets.current else { return "" }
        let figures = sets.all.filter { $0.row.state != .spare }.map(figures)
        if figures.isEmpty { return "" }
        return format == .automatic ? automatic(figures) : page(figures, format)
    }

    static func figures(of set: WorkerSet) -> Figures {
        let row = set.row
        var figures = Figures(
            name: row.name, interface: set.serving.board.interface, state: row.state)
        figures.requests = row.endedRequests
        for generation in set.all {
            let board = generation.board
            for process in 0..<board.processLimit {
                let line = board.process(process)
                guard line.state != .vacant else { continue }
                figures.processes += 1
                figures.requests += line.requests
                if line.state == .ready { figures.ready += 1 }
                figures.slots +=
                    board.interface == .asgi ? set.group.concurrency ?? 0 : board.slotLimit
                figures.busy += board.interface == .asgi ? max(0, line.outstanding) : 0
                for slot in 0..<board.slotLimit where board.slot(slot, of: process).request != 0 {
                    figures.busy += 1
                }
            }
            figures.queued += max(0, board.queued)
        }
        figures.memory = row.memory
        figures.reloads = row.reloads
        figures.failedReloads = row.failedReloads
        figures.ended = EndCause.allCases.compactMap { cause in
            let count = row.ended(cause.rawValue)
            return count == 0 ? nil : (cause, count)
        }
        return figures
    }

    // MARK: For programs

    private static func automatic(_ sets: [Figures]) -> String {
        var lines: [String] = []
        for (index, set) in sets.enumerated() {
            let key = "WSGI\(index)"
            lines += [
                "\(key)ProcessGroup: \(set.name.processGroup)",
                "\(key)ApplicationGroup: \(set.name.applicationGroup)",
                "\(key)Interface: \(set.interface)",
                "\(key)Processes: \(set.processes)",
                "\(key)ReadyProcesses: \(set.ready)",
                "\(key)BusySlots: \(set.busy)",
                "\(key)Slots: \(set.slots)",
                "\(key)Queued: \(set.queued)",
                "\(key)Requests: \(set.requests)",
                "\(key)MemoryKB: \(set.memory >> 10)",
                "\(key)Reloads: \(set.reloads)",
                "\(key)FailedReloads: \(set.failedReloads)",
            ]
            for (cause, count) in set.ended {
                lines.append("\(key)Ended \(cause.name): \(count)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: For people

    private static func page(_ sets: [Figures], _ format: StatusFormat) -> String {
        var text = "<hr />\n<h2>Python applications</h2>\n"
        if format == .table {
            text +=
                "<table border=\"0\"><tr><th>Process group</th><th>Application group</th>"
                + "<th>Interface</th><th>Processes</th><th>Busy</th><th>Queue</th>"
                + "<th>Requests</th><th>Memory</th><th>Reloads</th><th>Ended</th></tr>\n"
            for set in sets { text += "<tr>\(cells(set).map { "<td>\($0)</td>" }.joined())</tr>\n" }
            return text + "</table>\n"
        }
        for set in sets { text += "<p>\(cells(set).joined(separator: " | "))</p>\n" }
        return text
    }

    private static func cells(_ set: Figures) -> [String] {
        let ended = set.ended.map { "\($0.cause.name): \($0.count)" }.joined(separator: ", ")
        return [
            set.name.processGroup.htmlEscaped, set.name.applicationGroup.htmlEscaped,
            "\(set.interface)", "\(set.ready) of \(set.processes) ready",
            set.slots == 0 ? "\(set.busy)" : "\(set.busy) of \(set.slots)", "\(set.queued)",
            "\(set.requests)",
            "\(set.memory >> 20) MB",
            set.failedReloads == 0
                ? "\(set.reloads)" : "\(set.reloads) (\(set.failedReloads) failed)",
            ended.htmlEscaped,
        ]
    }
}
