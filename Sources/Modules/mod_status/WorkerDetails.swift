// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What each worker does, in a table.
enum WorkerTable {
    static func text(of report: StatusReport) -> String {
        var text = """


            <table border="0"><tr><th>Srv</th><th>PID</th><th>Acc</th><th>M</th><th>CPU
            </th><th>SS</th><th>Req</th><th>Dur</th><th>Conn</th><th>Child</th><th>Slot</th>\
            <th>Client</th><th>Protocol</th><th>VHost</th><th>Request</th></tr>


            """
        for worker in report.usedWorkers { text += row(worker, now: report.now) }
        return text + legend
    }

    private static func row(_ worker: StatusReport.Worker, now: WallTime) -> String {
        let row = worker.row
        let processorTime = Double(row.userTime + row.systemTime) / 1e6
        return """
            <tr><td><b>\(worker.slot)-\(worker.generation)</b></td>\
            <td>\(row.status == .dead ? "-" : String(worker.pid))</td>\
            <td>\(row.connectionRequests)/\(row.childRequests)/\(row.requests)</td>\
            <td>\(mode(row.status))
            </td><td>\(StatusText.number(processorTime, "%.2f"))</td>\
            <td>\(row.secondsSinceUse(now))</td><td>\(row.lastDuration)</td>\
            <td>\(row.duration / 1000)</td>\
            <td>\(StatusText.number(Double(row.connectionBytes) / 0x400, "%-1.1f"))</td>\
            <td>\(StatusText.number(Double(row.childBytes) / 0x10_0000, "%-2.2f"))</td>\
            <td>\(StatusText.number(Double(row.bytes) / 0x10_0000, "%-2.2f"))
            </td><td>\(row.client.htmlEscaped)</td><td>\(row.protocolName.htmlEscaped)</td>\
            <td nowrap>\(row.virtualHost.htmlEscaped)</td>\
            <td nowrap>\(row.request.logItemEscaped.htmlEscaped)</td></tr>


            """
    }

    private static func mode(_ status: WorkerStatus) -> String {
        switch status {
        case .dead, .ready, .finishing, .idleCleanup: String(status.letter)
        default: "<b>\(status.letter)</b>"
        }
    }

    private static let legend = """
        </table>
         <hr /> <table>
         <tr><th>Srv</th><td>Child Server number - generation</td></tr>
         <tr><th>PID</th><td>OS process ID</td></tr>
         <tr><th>Acc</th><td>Number of accesses this connection / this child / this slot</td></tr>
         <tr><th>M</th><td>Mode of operation</td></tr>
        <tr><th>CPU</th><td>CPU usage, number of seconds</td></tr>
        <tr><th>SS</th><td>Seconds since beginning of most recent request</td></tr>
         <tr><th>Req</th><td>Milliseconds required to process most recent request</td></tr>
         <tr><th>Dur</th><td>Sum of milliseconds required to process all requests</td></tr>
         <tr><th>Conn</th><td>Kilobytes transferred this connection</td></tr>
         <tr><th>Child</th><td>Megabytes transferred this child</td></tr>
         <tr><th>Slot</th><td>Total megabytes transferred this slot</td></tr>
         </table>

        """
}

/// What each worker does, without a table.
enum WorkerList {
    static func text(of report: StatusReport) -> String {
        var text = "<hr /><h2>Server Details</h2>\n\n"
        for worker in report.usedWorkers { text += entry(worker, now: report.now) }
        return text
    }

    private static func entry(_ worker: StatusReport.Worker, now: WallTime) -> String {
        let row = worker.row
        let sizes = [row.connectionBytes, row.childBytes, row.bytes]
        let user = StatusText.number(Double(row.userTime) / 1e6)
        let system = StatusText.number(Double(row.systemTime) / 1e6)
        return """
            <b>Server \(worker.slot)-\(worker.generation)</b> \
            (\(row.status == .dead ? "-" : String(worker.pid))): \
            \(row.connectionRequests)|\(row.childRequests)|\(row.requests) \
            [\(name(row.status))] u\(user) s\(system) cu0 cs0
             \(row.secondsSinceUse(now)) \(row.lastDuration) \(row.duration / 1000)\
            (\(sizes.map { StatusText.size(bytes: $0) }.joined(separator: "|")))
             <i>\(row.client.htmlEscaped) {\(row.request.logItemEscaped.htmlEscaped)}</i> \
            <i>(\(row.protocolName.htmlEscaped))</i> <b>[\(row.virtualHost.htmlEscaped)]</b><br />


            """
    }

    private static func name(_ status: WorkerStatus) -> String {
        switch status {
        case .dead: "Dead"
        case .starting: "Starting"
        case .ready: "Ready"
        case .reading: "<b>Read</b>"
        case .writing: "<b>Write</b>"
        case .keptAlive: "<b>Keepalive</b>"
        case .logging: "<b>Logging</b>"
        case .lookingUp: "<b>DNS lookup</b>"
        case .closing: "<b>Closing</b>"
        case .finishing: "Graceful"
        case .idleCleanup: "Dying"
        }
    }
}

extension WorkerSnapshot {
    fileprivate func secondsSinceUse(_ now: WallTime) -> Int64 {
        max(0, (now.microseconds - lastUsed) / 1_000_000)
    }

    /// How long the last request took, in milliseconds; 0 while one is answered.
    fileprivate var lastDuration: Int64 { max(0, (stopTime - startTime) / 1000) }
}
