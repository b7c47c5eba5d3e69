// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import ApusRuntime
internal import Glibc

/// Answers requests whose line is a path: a line with the child's pid, generation and slot.
///
/// `/service/` has the parent's service read what follows.
///
/// `/hold` is answered when the client has sent one byte more, `/crash` never; `/exit` ends the
/// child with the status that follows. The connection stays open until the client closes it or the
/// child has to finish.
struct ProbeChild {
    let context: ChildContext
    /// Where each request is logged.
    let log: CInt?
    /// What the parent's service reads from.
    let service: CInt?

    func serve() -> Never {
        let worker = context.worker(0)
        while true {
            worker.status = .ready
            guard let connection = accept() else { leave() }
            context.countConnection()
            context.score.add(1, to: .connections)
            worker.describe(client: "127.0.0.1", protocolName: "probe", virtualHost: "probe")
            var isFirst = true
            while let line = readLine(connection, isFirst) {
                answer(line, connection)
                isFirst = false
            }
            context.score.add(-1, to: .connections)
            _ = close(connection)
        }
    }

    private func leave() -> Never {
        context.listeners.close()
        context.worker(0).status = .dead
        exit(0)
    }

    private func accept() -> CInt? {
        let listener = context.listeners.all[0].descriptor
        while context.notice == .none {
            wait(for: listener)
            let connection = acceptBlocking(listener)
            if connection >= 0 { return connection }
        }
        return nil
    }

    /// Waits for the descriptor or for word from the parent.
    private func wait(for descriptor: CInt) {
        var waiting = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: context.noticeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        _ = unsafe poll(&waiting, 2, -1)
    }

    /// A request's line; nil when there is none and the connection is to be closed.
    private func readLine(_ connection: CInt, _ isFirst: Bool) -> String? {
        var line: [UInt8] = []
        while true {
            // The first request is on its way; only a connection that idles is closed.
            if line.isEmpty && !isFirst {
                context.worker(0).status = .keptAlive
                wait(for: connection)
                // A request that has come is answered even now.
                if context.notice == .stop { return nil }
                if context.notice == .quiesce, !hasInput(connection) { return nil }
            }
            var byte: UInt8 = 0
            guard unsafe read(connection, &byte, 1) == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }

    private func hasInput(_ connection: CInt) -> Bool {
        var waiting = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&waiting, 1, 0) == 1
    }

    private func answer(_ line: String, _ connection: CInt) {
        let worker = context.worker(0)
        worker.beginRequest(Array(line.utf8).span, now: WallTime.now.microseconds)
        if line == "/crash" { abort() }
        if let service, line.hasPrefix("/service/") {
            send(String(line.dropFirst("/service/".count)), to: service)
        }
        if line.hasPrefix("/exit/") { exit(CInt(line.dropFirst(6)) ?? 1) }
        if line == "/hold" {
            var byte: UInt8 = 0
            _ = unsafe read(connection, &byte, 1)
        }
        let text = "\(getpid()) \(context.generation) \(context.slot)\n"
        send(text, to: connection)
        if let log { send("\(line) \(text)", to: log) }
        worker.endRequest(
            bytes: text.utf8.count, isFirstOfConnection: false, now: WallTime.now.microseconds)
    }

    private func send(_ text: String, to descriptor: CInt) {
        let bytes = Array(text.utf8)
        _ = unsafe write(descriptor, bytes, bytes.count)
    }
}

/// The connection blocks, unlike the listener.
private func acceptBlocking(_ listener: CInt) -> CInt {
    Glibc.accept(listener, nil, nil)
}
