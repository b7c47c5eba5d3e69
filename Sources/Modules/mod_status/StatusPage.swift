// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The page for people, in httpd's layout, up to where other modules add to it.
enum StatusPage {
    /// Letters of the scoreboard on a line.
    private static let lineLength = 64

    static func text(of report: StatusReport, hasTables: Bool) -> String {
        var page = heading(report) + summary(report)
        if report.isAsynchronous { page += processes(report) }
        page += scoreboard(report)
        guard report.isExtended else {
            return page + processKey(report) + """
                <hr />To obtain a full report with current status information you need to use the \
                <code>ExtendedStatus On</code> directive.

                """
        }
        return page + (hasTables ? WorkerTable.text(of: report) : WorkerList.text(of: report))
    }

    private static func heading(_ report: StatusReport) -> String {
        """
        <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
        <html><head>
        <title>Apache Status</title>
        </head><body>
        <h1>Apache Server Status for \(report.hostname.htmlEscaped) (via \(report.localAddress))</h1>

        <dl><dt>Server Version: \(report.serverVersion.htmlEscaped)</dt>
        <dt>Server MPM: \(report.processingName)</dt>
        <dt>Server Built: \(ServerVersion.built)
        </dt></dl><hr /><dl>
        <dt>Current Time: \(StatusText.time(report.now))</dt>
        <dt>Restart Time: \(StatusText.time(report.restarted))</dt>
        <dt>Parent Server Config. Generation: \(report.generation + 1)</dt>
        <dt>Parent Server MPM Generation: \(report.generation)</dt>
        <dt>Server uptime: \(StatusText.duration(seconds: report.uptime))</dt>
        <dt>Server load: \(report.load.map { StatusText.number($0, "%.2f") }.joined(separator: " "))</dt>

        """
    }

    private static func summary(_ report: StatusReport) -> String {
        var text = report.isExtended ? traffic(report) : ""
        text += """
            <dt>\(report.busy) requests currently being processed, \
            \(report.graceful) workers gracefully restarting, \(report.idle) idle workers</dt>
            </dl>

            """
        return text
    }

    private static func traffic(_ report: StatusReport) -> String {
        let number = { (value: Double) in StatusText.number(value) }
        let times = report.times
        let uptime = Double(report.uptime)
        var text = """
            <dt>Total accesses: \(report.requests) - Total Traffic: \
            \(StatusText.size(kilobytes: report.bytes >> 10)) - Total Duration: \(report.duration)</dt>
            <dt>CPU Usage: u\(number(times.user)) s\(number(times.system)) \
            cu\(number(times.childrenUser)) cs\(number(times.childrenSystem))
            """
        if times.total > 0, uptime > 0 {
            text += " - \(StatusText.number(times.total / uptime * 100, "%.3g"))% CPU load"
        }
        text += "</dt>\n<dt>"
        let bytes = report.bytes & ~0x3FF
        if uptime > 0 {
            text += "\(StatusText.number(Double(report.requests) / uptime, "%.3g")) requests/sec - "
            text += "\(StatusText.size(bytes: bytes / report.uptime))/second - "
        }
        if report.requests > 0 {
            text += "\(StatusText.size(bytes: bytes / report.requests))/request - "
            text += "\(number(Double(report.duration) / Double(report.requests))) ms/request"
        }
        return text + "</dt>\n"
    }

    private static func processes(_ report: StatusReport) -> String {
        var table = """


            <table rules="all" cellpadding="1%">
            <tr><th rowspan="2">Slot</th><th rowspan="2">PID</th><th rowspan="2">Stopping</th>\
            <th colspan="2">Connections</th>
            <th colspan="3">Threads</th><th colspan="4">Async connections</th></tr>
            <tr><th>total</th><th>accepting</th><th>busy</th><th>graceful</th><th>idle</th>\
            <th>wait-io</th><th>writing</th><th>keep-alive</th><th>closing</th></tr>

            """
        for child in report.children {
            let isOld = child.generation != report.generation
            table += row([
                child.slot, child.pid,
                (child.isStopping ? "yes" : "no") + (isOld ? " (old gen)" : ""),
                child.connections, child.isAccepting ? "yes" : "no", child.busy, child.graceful,
                child.idle, child.waitingForIO, child.writing, child.keptAlive, child.closing,
            ])
        }
        table += row([
            "Sum", report.children.count, report.stopping, report.sum(\.connections), "&nbsp;",
            report.busy, report.graceful, report.idle, report.sum(\.waitingForIO),
            report.sum(\.writing), report.sum(\.keptAlive), report.sum(\.closing),
        ])
        return table + "</table>\n"
    }

    private static func row(_ cells: [any CustomStringConvertible]) -> String {
        "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
    }

    private static func scoreboard(_ report: StatusReport) -> String {
        var text = "<pre>"
        for (index, letter) in report.letters.enumerated() {
            text.append(letter)
            if (index + 1) % lineLength == 0 { text += "\n" }
        }
        return text + """
            </pre>
            <p>Scoreboard Key:<br />
            "<b><code>_</code></b>" Waiting for Connection,\u{20}
            "<b><code>S</code></b>" Starting up,\u{20}
            "<b><code>R</code></b>" Reading Request,<br />
            "<b><code>W</code></b>" Sending Reply,\u{20}
            "<b><code>K</code></b>" Keepalive (read),\u{20}
            "<b><code>D</code></b>" DNS Lookup,<br />
            "<b><code>C</code></b>" Closing connection,\u{20}
            "<b><code>L</code></b>" Logging,\u{20}
            "<b><code>G</code></b>" Gracefully finishing,<br />\u{20}
            "<b><code>I</code></b>" Idle cleanup of worker,\u{20}
            "<b><code>.</code></b>" Open slot with no current process<br />
            </p>

            """
    }

    /// Which process has which letter, where no table says it.
    private static func processKey(_ report: StatusReport) -> String {
        var text = "PID Key: <br />\n<pre>\n"
        var count = 0
        for worker in report.workers where worker.row.status != .dead {
            text += "   \(worker.pid) in state: \(worker.row.status.letter) "
            count += 1
            text += count % 3 == 0 ? "\n" : ","
        }
        return text + "\n</pre>\n"
    }
}
