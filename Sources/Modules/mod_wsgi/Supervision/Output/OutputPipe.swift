// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// The end to read of the pipe that is a worker's standard output and error.
///
/// It may outlive the worker: processes that the application started have it too.
final class OutputPipe {
    let descriptor: CInt
    /// The worker's, for the log.
    var pid: Int32
    private let group: String
    private let host: VirtualHost
    private let parent: ParentContext
    private var lines = OutputLines()
    private var isOpen = true
    private let closed: (OutputPipe) -> Void

    init(
        _ descriptor: CInt, pid: Int32, group: String, host: VirtualHost, parent: ParentContext,
        closed: @escaping (OutputPipe) -> Void
    ) {
        self.descriptor = descriptor
        self.pid = pid
        self.group = group
        self.host = host
        self.parent = parent
        self.closed = closed
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        parent.watch(descriptor, for: .readable) { [weak self] _ in self?.read() }
    }

    /// Reads what there is, within bounds: others wait too.
    func read() {
        guard isOpen else { return }
        var buffer = [UInt8](repeating: 0, count: 65536)
        for _ in 0..<4 {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 {
                write(lines.take(buffer.span.extracting(0..<count), now: parent.now))
                continue
            }
            if count < 0, errno == EAGAIN || errno == EINTR { break }
            return close()
        }
        if lines.owesNotice {
            parent.schedule(after: .seconds(1)) { [weak self] in
                guard let self else { return }
                self.write(self.lines.take([UInt8]().span, now: self.parent.now))
            }
        }
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        write(lines.end(now: parent.now))
        parent.unwatch(descriptor)
        _ = Glibc.close(descriptor)
        closed(self)
    }

    private func write(_ lines: [OutputLines.Line]) {
        // The worker's own lines say whose they are.
        let own = "mod_wsgi (pid=\(pid)): "
        for line in lines {
            let text =
                line.text.hasPrefix(own) ? String(line.text.dropFirst(own.count)) : line.text
            let request = line.request.map { ", request=\($0)" } ?? ""
            host.log(
                .error, in: WSGIModule.self, "",
                "mod_wsgi (pid=\(pid), process='\(group)'\(request)): \(text)")
        }
    }
}

extension ParentContext {
    /// By the monotonic clock, in nanoseconds.
    var now: Int64 { MonotonicClock.now }
}
