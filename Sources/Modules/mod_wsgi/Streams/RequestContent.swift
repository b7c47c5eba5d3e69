// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// Hands a request's content to a worker, as much as it asks for.
///
/// Nothing is read before the worker has asked, so that a client that waits for `100 Continue` gets
/// it when its content is wanted, and what nobody wants stays with the client.
@safe
final class RequestContent {
    private let body: RequestBody
    private unowned let exchange: Exchange
    private let loop: EventLoop
    private var credit = 0
    private var isReading = false
    private var isStopped = false
    private(set) var waitsForClient = false
    /// Why the content could not be read to its end.
    private(set) var failure: RequestError?
    private var waiting: UnsafeContinuation<Void, Never>?

    private static let pieceSize = 65536

    init(_ body: RequestBody, _ exchange: Exchange) {
        self.body = body
        self.exchange = exchange
        loop = exchange.dispatcher.loop
    }

    /// The worker takes so many more bytes.
    func want(_ count: Int) {
        credit += count
        guard !isStopped else { return }
        if isReading { return wake() }
        isReading = true
        let content = LoopConfined(self)
        let exchange = LoopConfined(exchange)
        Task(executorPreference: loop) {
            await content.value.pass(to: exchange.value)
        }
    }

    /// What was sent before has left.
    func goOn() { wake() }

    func stop() {
        isStopped = true
        wake()
    }

    private func wake() { unsafe waiting.take()?.resume() }

    private func wait() async {
        unsafe await withUnsafeContinuation { unsafe waiting = $0 }
    }

    private func pass(to exchange: Exchange) async {
        var piece: [UInt8] = []
        while !isStopped {
            guard credit > 0, exchange.stream?.asksForRoom() ?? true else {
                await wait()
                continue
            }
            piece.removeAll(keepingCapacity: true)
            var count = 0
            waitsForClient = true
            defer { waitsForClient = false }
            do throws(RequestError) {
                count = try await body.read(into: &piece, limit: min(credit, Self.pieceSize))
            } catch {
                return end(exchange, error)
            }
            if isStopped { return }
            exchange.lastSign = loop.now
            guard count > 0 else {
                exchange.stream?.send(APUS_FRAME_BODY_END, for: exchange)
                return
            }
            credit -= count
            exchange.stream?.send(APUS_FRAME_BODY, for: exchange, piece.span)
        }
    }

    /// Half of the content must not pass for the whole.
    private func end(_ exchange: Exchange, _ error: RequestError) {
        guard !isStopped else { return }
        failure = error
        exchange.stream?.send(APUS_FRAME_ABORT, for: exchange)
        exchange.fail(error)
    }
}
