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

    /// Sends a request where nothing has to be waited for before, and suspends it.
    ///
    /// Declines any other, which then is for `run`.
    @Sendable
    static func runNow(_ request: inout Request) throws(RequestError) -> Outcome {
        guard request.maySuspend, isFor(request), !mayWait(request) else { return .declined }
        do throws(RequestError) {
            let handler = try check(&request)
            var delivery = try delivery(of: &request, handler, nil)
            guard let exchange = try delivery.sendNow(&request) else { return .declined }
            return exchange.suspend(&request)
        } catch {
            throw error.logged(of: request)
        }
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
        let handler = try check(&request)
        let dispatch =
            DispatchAnswer.isFor(request) ? try await DispatchAnswer.ask(&request) : nil
        // REMOTE_HOST, where HostnameLookups is on.
        if request[directory: CoreModule.self].hostnameLookups != .off {
            _ = await request.remoteHost()
        }
        var delivery = try delivery(of: &request, handler, dispatch)
        let exchange = try await delivery.send(&request)
        if request.maySuspend { return exchange.suspend(&request) }
        try await exchange.finish(&request)
        return .done
    }

    /// Whether there may be something to wait for even before it is known who is to answer.
    private static func mayWait(_ request: borrowing Request) -> Bool {
        DispatchAnswer.isFor(request)
            || request[directory: CoreModule.self].hostnameLookups != .off
    }

    private static func delivery(
        of request: inout Request, _ handler: HandlerScript?, _ dispatch: DispatchAnswer?
    ) throws(RequestError) -> Delivery {
        let dispatcher = Dispatcher.of(request.connection.context)
        let division = ScriptPath.division(of: request)
        let target = try Target.find(
            for: &request, dividedAt: division, dispatcher, handler: handler, dispatch: dispatch)
        try ScriptOwner.check(request, target)
        return Delivery(target, dispatcher, dividedAt: division)
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
