// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

// mod_wsgi runs these scripts in the server's own processes, which here never run Python: each
// question goes to the workers of the group without a name, and waits for their answer.

/// A question that a script of `WSGIAccessScript` and its like answers.
struct Question {
    let script: AuxiliaryScript
    /// The function of the script.
    let function: String
    var variables: [(String, String)] = []

    /// - Returns: the words of the answer.
    /// - Throws: 500 where the script cannot be loaded, or fails.
    func ask(_ request: inout Request) async throws(RequestError) -> [String] {
        let dispatcher = Dispatcher.of(request.connection.context)
        let target = try Target.find(for: &request, dispatcher, asking: script, function)
        let workers = try await Workers.find(target, request)
        let streams = dispatcher.streams(of: workers)
        guard streams.generation.board.interface != .asgi else {
            throw RequestError(
                .internalServerError,
                "\(script.path) is in a group that runs by ASGI; give it an application-group")
        }
        let exchange = try send(request, target, dispatcher, streams)
        while !exchange.isOver {
            await exchange.waitForHead()
            _ = exchange.takeInterims()
            for message in exchange.takeMessages() {
                request.log(message.level, in: WSGIModule.self, "", message.text)
            }
        }
        let (_, bytes) = exchange.takeContent()
        if let failure = exchange.failure { throw failure }
        guard let end = exchange.end, end.flags == 0, !bytes.isEmpty else {
            throw RequestError(
                .internalServerError, "\(script.path) did not answer \(function)")
        }
        return bytes.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(bytes: Array($0).span) }
    }

    private func send(
        _ request: borrowing Request, _ target: Target, _ dispatcher: Dispatcher,
        _ streams: GenerationStreams
    ) throws(RequestError) -> Exchange {
        let exchange = dispatcher.begin(request, target, target.limits)
        var writer = dispatcher.takeWriter()
        writer.packet.begin()
        writer.variables.write(
            request, target, dividedAt: ScriptPath.division(of: request), to: &writer.packet)
        writer.packet.append(named: "mod_wsgi.auth_function", function)
        for (name, value) in variables { writer.packet.append(named: name, value) }
        var head = apus_packet()
        head.type = UInt8(APUS_PACKET_AUTHORIZE)
        head.flags = UInt16(APUS_PACKET_BODY_INLINE)
        head.queued = exchange.queuedAt
        do throws(SystemError) {
            try dispatcher.send(exchange, &writer.packet, to: streams, head)
        } catch {
            dispatcher.forget(exchange)
            exchange.abandon()
            throw RequestError(.serviceUnavailable, "\(script.path) cannot be asked: \(error)")
        }
        dispatcher.giveBack(writer)
        return exchange
    }
}

/// `WSGIAccessScript`: whether a client may come in.
enum AccessScript {
    @Sendable
    static func isFor(_ request: borrowing Request) -> Bool {
        request[directory: WSGIModule.self].hasAccessScript
    }

    @Sendable
    static func run(_ request: inout Request) async throws(RequestError) -> Outcome {
        guard let script = request[directory: WSGIModule.self].shared.values.accessScript else {
            return .declined
        }
        let answer: [String]
        do throws(RequestError) {
            answer = try await Question(script: script, function: "allow_access").ask(&request)
        } catch {
            throw error.logged(of: request)
        }
        if answer.first == "denied" {
            let file = request.filename ?? request.path
            throw RequestError(
                .forbidden, "Client denied by server configuration: '\(file)'."
            ).logged(of: request)
        }
        return answer.first == "allowed" ? .done : .declined
    }
}

/// `WSGIDispatchScript`: which groups and which callable answer a request.
final class DispatchAnswer {
    /// Nil where the script has no such function, or it returned None.
    var processGroup: String?
    var applicationGroup: String?
    var callableObject: String?

    static func isFor(_ request: borrowing Request) -> Bool {
        request[directory: WSGIModule.self].hasDispatchScript
    }

    static func ask(_ request: inout Request) async throws(RequestError) -> DispatchAnswer? {
        guard let script = request[directory: WSGIModule.self].shared.values.dispatchScript else {
            return nil
        }
        let words = try await Question(script: script, function: "dispatch").ask(&request)
        let answer = DispatchAnswer()
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = parts.first else { continue }
            let value = parts.count > 1 ? parts[1] : ""
            switch name {
            case "process_group": answer.processGroup = value
            case "application_group": answer.applicationGroup = value
            case "callable_object": answer.callableObject = value
            default: continue
            }
        }
        return answer
    }
}
