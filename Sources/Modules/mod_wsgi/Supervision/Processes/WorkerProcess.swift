// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol
internal import Glibc

/// A worker process as the parent holds it: its control channel, and whose it is.
final class WorkerProcess {
    /// Below zero until a template has forked it.
    var pid: Int32
    /// Of a worker that was forked: the process, whoever reaps it; -1 before, and for children of
    /// this process.
    var handle: CInt = -1
    /// Who forked it, or is to; nil once an image before has.
    var template: Int32?
    /// Called when the worker has closed its end of the control channel.
    var closed: () -> Void = {}
    /// The parent's end of the control channel; -1 once the worker has closed its own.
    private(set) var control: CInt
    let output: OutputPipe
    private let parent: ParentContext
    private let received: (ControlMessage, Int32) -> Void

    /// As long as a traceback may be.
    private static let messageLimit = 1 << 18

    init(
        pid: Int32, control: CInt, output: OutputPipe, parent: ParentContext,
        received: @escaping (ControlMessage, Int32) -> Void
    ) {
        self.pid = pid
        self.control = control
        self.output = output
        self.parent = parent
        self.received = received
        parent.watch(control, for: .readable) { [weak self] _ in self?.receive() }
    }

    var isForked: Bool { pid < 0 || handle >= 0 }

    func send(_ message: ControlMessage) {
        guard control >= 0 else { return }
        let bytes = message.encoded
        _ = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(
                control, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
        }
    }

    /// Sends a message with descriptors.
    ///
    /// - Returns: whether it is on its way.
    func send(_ message: ControlMessage, with descriptors: [CInt]) -> Bool {
        guard control >= 0 else { return false }
        let bytes = message.encoded
        let sent = unsafe apus_front_send(
            control, bytes, bytes.count, descriptors, CInt(descriptors.count))
        return sent == bytes.count
    }

    /// Takes all messages that are there.
    func receive() {
        while control >= 0 {
            var failure: CInt = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.messageLimit) {
                buffer, count in
                let length = unsafe recv(
                    control, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
                if length < 0 { failure = errno }
                count = max(0, length)
            }
            if failure == EAGAIN || failure == EINTR { return }
            if bytes.isEmpty { return closeControl() }
            if let message = ControlMessage(encoded: bytes) { received(message, pid) }
        }
    }

    private func closeControl() {
        guard control >= 0 else { return }
        parent.unwatch(control)
        _ = close(control)
        control = -1
        closed()
    }

    /// Takes what it said last, when it has ended.
    func finish() {
        receive()
        closeControl()
        if handle >= 0 {
            parent.unwatch(handle)
            _ = close(handle)
        }
        // Others may still write to it, so it is closed at its end alone.
        output.read()
    }
}
