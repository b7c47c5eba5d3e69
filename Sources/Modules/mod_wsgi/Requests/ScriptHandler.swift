// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import CWorkerProtocol

/// Answers requests by applications: httpd's handler.
enum ScriptHandler {
    /// Whether a request was mapped to a script.
    @Sendable
    static func isFor(_ request: borrowing Request) -> Bool {
        if isScript(request) { return true }
        guard let handler = request.handlerName else { return false }
        return request[directory: WSGIModule.self].settings.handlerScripts[handler] != nil
    }

    @inline(__always)
    private static func isScript(_ request: borrowing Request) -> Bool {
        request.handlerName == ScriptMapping.handler
            || request.handlerName == "application/x-httpd-wsgi"
    }

    /// To be hooked with `when: isFor`.
    @Sendable
    static func run(_ request: inout Request) async throws(RequestError) -> Outcome {
        do throws(RequestError) {
            return try await answer(&request)
        } catch {
            throw error.logged(of: request)
        }
    }

    private static func answer(_ request: inout Request) async throws(RequestError) -> Outcome {
        let dispatcher = Dispatcher.of(request.connection.context)
        let handler = try check(&request)
        let dispatch =
            DispatchAnswer.isFor(request) ? try await DispatchAnswer.ask(&request) : nil
        let division = ScriptPath.division(of: request)
        let target = try Target.find(
            for: &request, dividedAt: division, dispatcher, handler: handler, dispatch: dispatch)
        try ScriptOwner.check(request, target)
        // REMOTE_HOST, where HostnameLookups is on.
        if request[directory: CoreModule.self].hostnameLookups != .off {
            _ = await request.remoteHost()
        }
        let exchange = try await Delivery.deliver(
            &request, dividedAt: division, target, dispatcher)
        if exchange.isAccepted {
            try WebSocketRelay.accept(&request, exchange)
        } else {
            if Reply.mayBeInParts(request, exchange) {
                await exchange.waitForAll()
                for message in exchange.takeMessages() {
                    request.log(message.level, in: WSGIModule.self, "", message.text)
                }
            }
            try Reply.make(&request, exchange)
        }
        return .done
    }

    /// - Returns: the script of `WSGIHandlerScript` where that is what answers.
    private static func check(
        _ request: inout Request
    ) throws(RequestError) -> HandlerScript? {
        let isScript = isScript(request)
        if isScript {
            guard
                request[directory: CoreModule.self].options.contains(.execCGI)
                    || request.mapping is ScriptAlias
            else {
                throw refusal(.forbidden, "Options ExecCGI is off in this directory", request)
            }
            guard let status = request.fileStatus else {
                throw refusal(
                    .notFound, "Target WSGI script not found or unable to stat", request)
            }
            guard !status.isDirectory else {
                throw refusal(
                    .forbidden, "Attempt to invoke directory as WSGI application", request)
            }
        }
        if request.pathInfo?.isEmpty == false,
            request[directory: CoreModule.self].acceptPathInfo == .off
        {
            throw refusal(.notFound, "AcceptPathInfo off disallows user's path", request)
        }
        if isScript { return nil }
        return request.handlerName.flatMap {
            request[directory: WSGIModule.self].settings.handlerScripts[$0]
        }
    }

    private static func refusal(
        _ status: HTTPStatus, _ reason: String, _ request: borrowing Request
    ) -> RequestError {
        RequestError(status, "\(reason): \(request.filename ?? request.path)")
    }
}

extension RequestError {
    /// Writes the reason to the log in the name of this module.
    func logged(of request: borrowing Request) -> RequestError {
        if !reason.isEmpty { request.log(level, in: WSGIModule.self, "", reason) }
        return RequestError(status, level: level)
    }
}
