// SPDX-License-Identifier: Apache-2.0

public import Apus

/// mod_status: a page about what the server is doing.
///
/// `?auto` gives it to programs, `?refresh=N` makes a browser ask again, `?notable` is for
/// browsers without tables.
public struct StatusModule: Module {
    public static let name = "status_module"

    public static func register(in hooks: inout Hooks) {
        hooks.checkConfig.add(Self.self) { builder in
            // Who loads the module wants to see requests, unless `ExtendedStatus` says otherwise.
            builder.showsExtendedStatus = true
        }
        hooks.handler.add(Self.self) { request throws(RequestError) in
            guard
                request.handlerName == "server-status"
                    || request.handlerName == "application/x-httpd-status"
            else { return .declined }
            request.allow(.get)
            guard request.method == .get || request.method == .head else { return .declined }
            respond(&request)
            return .done
        }
    }

    private static func respond(_ request: inout Request) {
        let options = StatusOptions(query: request.query)
        if let interval = options.refreshInterval {
            request.response.fields.set("Refresh", String(interval))
        }
        let report = StatusReport(request)
        let type = options.format == .automatic ? "text/plain" : "text/html"
        request.response.contentType = "\(type); charset=ISO-8859-1"
        var page = ""
        if options.format == .automatic {
            page = AutomaticStatus.text(of: report)
        } else {
            page = StatusPage.text(of: report, hasTables: options.format == .table)
        }
        page += otherParts(request, options.format)
        if options.format != .automatic {
            page += request.signature(prefix: "<hr />\n") + "</body></html>\n"
        }
        request.response.content = .bytes(page.bytes)
    }

    /// What other modules have to tell.
    private static func otherParts(_ request: borrowing Request, _ format: StatusFormat) -> String {
        let providers = request.connection.server.hooks.providers
        var text = ""
        for name in providers.names(of: StatusPart.self) {
            guard let part = providers.lookUp(name, StatusPart.self) else { continue }
            text += part.text(request.connection.context, format)
        }
        return text
    }
}

/// What the query asks for.
struct StatusOptions: Hashable {
    var format = StatusFormat.table
    /// In seconds.
    var refreshInterval: Int?

    init(query: String?) {
        guard let query else { return }
        if query.contains("notable") { format = .plain }
        if query.contains("auto") { format = .automatic }
        let parts = query.split(
            separator: "refresh", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        let digits = parts[1].dropFirst().prefix { $0.isASCII && $0.isNumber }
        let seconds = parts[1].hasPrefix("=") ? Int(digits) ?? 0 : 0
        refreshInterval = seconds < 1 ? 10 : seconds
    }
}

/// The entry of the loadable module.
@c(status_module)
public func statusModule() -> UnsafeRawPointer { unsafe ModuleEntry(StatusModule.self).retained }
