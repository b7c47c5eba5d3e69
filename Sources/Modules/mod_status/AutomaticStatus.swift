// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// `?auto`: a key and a value on each line, in an order that programs rely on.
enum AutomaticStatus {
    static func text(of report: StatusReport) -> String {
        var lines = [
            report.hostname,
            "ServerVersion: \(report.serverVersion)",
            "ServerMPM: \(report.processingName)",
            "Server Built: \(ServerVersion.built)",
            "CurrentTime: \(StatusText.time(report.now))",
            "RestartTime: \(StatusText.time(report.restarted))",
            "ParentServerConfigGeneration: \(report.generation + 1)",
            "ParentServerMPMGeneration: \(report.generation)",
            "ServerUptimeSeconds: \(report.uptime)",
            "ServerUptime:\(StatusText.duration(seconds: report.uptime))",
        ]
        for (minutes, load) in zip([1, 5, 15], report.load) {
            lines.append("Load\(minutes): \(StatusText.number(load, "%.2f"))")
        }
        if report.isExtended { lines += traffic(report) }
        lines += [
            "BusyWorkers: \(report.busy)",
            "GracefulWorkers: \(report.graceful)",
            "IdleWorkers: \(report.idle)",
        ]
        if report.isAsynchronous { lines += connections(report) }
        lines.append("Scoreboard: \(report.letters)")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func traffic(_ report: StatusReport) -> [String] {
        let number = { (value: Double) in StatusText.number(value) }
        let requests = Double(report.requests)
        let bytes = Double(report.bytes >> 10) * 1024
        let uptime = Double(report.uptime)
        var lines = [
            "Total Accesses: \(report.requests)",
            "Total kBytes: \(report.bytes >> 10)",
            "Total Duration: \(report.duration)",
            "CPUUser: \(number(report.times.user))",
            "CPUSystem: \(number(report.times.system))",
            "CPUChildrenUser: \(number(report.times.childrenUser))",
            "CPUChildrenSystem: \(number(report.times.childrenSystem))",
        ]
        if report.times.total > 0, uptime > 0 {
            lines.append("CPULoad: \(number(report.times.total / uptime * 100))")
        }
        lines.append("Uptime: \(report.uptime)")
        // There is nothing to divide by at first.
        if uptime > 0 {
            lines.append("ReqPerSec: \(number(requests / uptime))")
            lines.append("BytesPerSec: \(number(bytes / uptime))")
        }
        if requests > 0 {
            lines.append("BytesPerReq: \(number(bytes / requests))")
            lines.append("DurationPerReq: \(number(Double(report.duration) / requests))")
        }
        return lines
    }

    private static func connections(_ report: StatusReport) -> [String] {
        [
            "Processes: \(report.children.count)",
            "Stopping: \(report.stopping)",
            "ConnsTotal: \(report.sum(\.connections))",
            "ConnsAsyncWaitIO: \(report.sum(\.waitingForIO))",
            "ConnsAsyncWriting: \(report.sum(\.writing))",
            "ConnsAsyncKeepAlive: \(report.sum(\.keptAlive))",
            "ConnsAsyncClosing: \(report.sum(\.closing))",
        ]
    }
}
