// SPDX-License-Identifier: Apache-2.0

public import Apus

/// The numbers of the messages that mod_cgi and mod_cgid have each of their own.
public struct ScriptMessages: Sendable {
    let execCGI, included, missing, directory, pathInfo, spawning, reading: String

    public init(
        execCGI: String, included: String, missing: String, directory: String, pathInfo: String,
        spawning: String, reading: String
    ) {
        self.execCGI = execCGI
        self.included = included
        self.missing = missing
        self.directory = directory
        self.pathInfo = pathInfo
        self.spawning = spawning
        self.reading = reading
    }
}

/// Answers requests by running scripts: httpd's `cgi_handler`.
public enum ScriptHandler {
    /// Whether a request was mapped to a script.
    @Sendable
    public static func isFor(_ request: borrowing Request) -> Bool {
        request.handlerName == "cgi-script" || request.handlerName == "application/x-httpd-cgi"
    }

    /// Runs the script that a request was mapped to.
    ///
    /// To be hooked with `when: isFor`.
    public static func run<M: Module>(
        _ request: inout Request, for module: M.Type, _ messages: ScriptMessages
    ) async throws(RequestError) -> Outcome
    where M.ServerConfig == ScriptServerConfig, M.DirectoryConfig == ScriptDirectoryConfig {
        let filename = request.filename ?? request.path
        let log = ScriptLog(request.serverConfig(of: module), request)
        do throws(Refusal) {
            try check(request, filename, messages)
        } catch {
            request.log(
                .error, in: module, error.number, "stderr from \(filename): \(error.message)")
            log?.describe(error.message, status: error.status)
            throw RequestError(error.status)
        }
        await request.addCommonVariables()
        await request.addCGIVariables()
        let script = Script(
            filename: filename, log: log, logger: request.logger(for: module),
            patience: request.config(of: module).timeout ?? request.host.core.timeout)
        try await respond(&request, script, module, messages)
        return .done
    }

    /// Why a script is not run.
    private struct Refusal: Error {
        let status: HTTPStatus
        let number: String
        let message: String

        init(_ status: HTTPStatus, _ number: String, _ message: String) {
            self.status = status
            self.number = number
            self.message = message
        }
    }

    private static func check(
        _ request: borrowing Request, _ filename: String, _ messages: ScriptMessages
    ) throws(Refusal) {
        let core = request.config(of: CoreModule.self)
        guard core.options.contains(.execCGI) || isScriptAliased(request) else {
            throw Refusal(
                .forbidden, messages.execCGI, "Options ExecCGI is off in this directory")
        }
        if request.isSubrequest, ScriptCommand.name(of: filename).hasPrefix("nph-") {
            throw Refusal(
                .forbidden, messages.included, "attempt to include NPH CGI script")
        }
        guard let status = request.fileStatus else {
            throw Refusal(
                .notFound, messages.missing, "script not found or unable to stat")
        }
        guard !status.isDirectory else {
            throw Refusal(
                .forbidden, messages.directory, "attempt to invoke directory as script")
        }
        if core.acceptPathInfo == .off, request.pathInfo?.isEmpty == false {
            throw Refusal(
                .notFound, messages.pathInfo, "AcceptPathInfo off disallows user's path")
        }
    }

    /// Whether ScriptAlias brought the request here, which needs no ExecCGI.
    private static func isScriptAliased(_ request: borrowing Request) -> Bool {
        guard let type = request.notes["alias-forced-type"] else { return false }
        return equalsIgnoringCase(type, "cgi-script")
    }

    // MARK: Running

    private static func respond(
        _ request: inout Request, _ script: Script, _ module: any Module.Type,
        _ messages: ScriptMessages
    ) async throws(RequestError) {
        let run = try start(&request, script, messages)
        guard !ScriptCommand.name(of: script.filename).hasPrefix("nph-") else {
            request.response.isNonParsed = true
            request.response.content = .stream(count: nil) { stage throws(OutputError) in
                try await run.sendContent(to: stage, beginning: [], count: nil)
            }
            return
        }
        let (head, beginning) = try await run.readHead()
        let verdict: ScriptVerdict
        do throws(RequestError) {
            verdict = try request.take(head, for: module)
        } catch {
            await run.discardContent()
            throw error
        }
        if case .redirect(let target) = verdict {
            await run.discardContent()
            return try await request.redirectToGet(target)
        }
        request.response.content = run.content(beginning: beginning, count: head.contentLength)
    }

    private static func start(
        _ request: inout Request, _ script: Script, _ messages: ScriptMessages
    ) throws(RequestError) -> ScriptRun {
        let filename = script.filename
        var environment = CStringList()
        for (name, value) in request.environment.entries {
            environment.appendVariable(name, value)
        }
        let name = ScriptCommand.name(of: filename)
        var program = Program(
            filename,
            arguments: CStringList(ScriptCommand.arguments(name: name, query: request.query)),
            environment: environment, directory: ScriptCommand.directory(of: filename))
        program.limits = request[directory: CoreModule.self].resourceLimits.limits
        do throws(SystemError) {
            return try ScriptRun(
                program, script, body: request.body, loop: request.connection.loop,
                readingMessage: messages.reading)
        } catch {
            // httpd learns of it from the child, which writes it to its standard error.
            script.reportError(
                "(\(error.code))\(error.reason): exec of '\(filename)' failed")
            script.logger.log(.error, "", "End of script output before headers: \(name)")
            script.log?.describe(ScriptLog.Failure(status: .internalServerError, line: ""))
            throw RequestError(.internalServerError)
        }
    }
}
