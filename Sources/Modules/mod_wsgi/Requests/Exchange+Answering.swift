// SPDX-License-Identifier: Apache-2.0

internal import Apus

// What is done with a request once it is with a worker: most often nothing, until all of the
// response is here.

extension Exchange: SuspendedHandler {
    /// Suspends the request until there is news of it.
    func suspend(_ request: inout Request) -> Outcome {
        if let owner = request.suspend(self) { resumeLater(owner) }
        return .suspended
    }

    func goOn(_ request: inout Request) throws(RequestError) -> Outcome {
        passOn(&request)
        guard hasBegun else { return suspend(&request) }
        if isLost || Reply.mayBeInParts(request, self) { return .declined }
        do throws(RequestError) {
            try respond(&request)
        } catch {
            throw error.logged(of: request)
        }
        return .done
    }

    func finish(_ request: inout Request) async throws(RequestError) {
        do throws(RequestError) {
            try await answer(&request)
        } catch {
            throw error.logged(of: request)
        }
    }

    private func answer(_ request: inout Request) async throws(RequestError) {
        let exchange = try await begun(&request)
        if Reply.mayBeInParts(request, exchange) {
            await exchange.waitForAll()
            exchange.passOn(&request)
        }
        try exchange.respond(&request)
    }

    /// Waits until the response has begun; sends the request again if that gets lost.
    private func begun(_ request: inout Request) async throws(RequestError) -> Exchange {
        var exchange = self
        while true {
            repeat {
                await exchange.waitForHead()
                exchange.passOn(&request)
            } while !exchange.hasBegun
            if !exchange.isLost { return exchange }
            var delivery = try Delivery(of: exchange, request)
            exchange = try await delivery.send(&request)
        }
    }

    /// Whether it is clear what becomes of the request.
    private var hasBegun: Bool { hasHead || isAccepted || isOver }

    /// Logs and sends what came ahead of the response.
    private func passOn(_ request: inout Request) {
        for message in takeMessages() {
            request.log(message.level, in: WSGIModule.self, "", message.text)
        }
        for interim in takeInterims() { request.sendInterim(interim.status, interim.fields) }
    }

    private func respond(_ request: inout Request) throws(RequestError) {
        if isAccepted { return try WebSocketRelay.accept(&request, self) }
        try Reply.make(&request, self)
    }
}
