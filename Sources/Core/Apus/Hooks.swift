// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusHTTP

/// What a function of a phase did.
public enum Outcome: Sendable {
    /// Not its business; the next one is asked. httpd's `DECLINED`.
    case declined
    /// It did what the phase is for. httpd's `OK`.
    case done
    /// A handler goes on later: `Request.suspend`. httpd's `SUSPENDED`.
    case suspended
}

/// Where in its phase a function stands.
///
/// Functions of one order run as their modules are loaded.
public enum HookOrder: Int, Comparable, Sendable {
    case reallyFirst, first, early, middle, late, last, reallyLast

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// The functions of one phase of a request, in order.
public struct Phase: Sendable {
    public typealias Function = @Sendable (inout Request) throws(RequestError) -> Outcome
    public typealias AsyncFunction = @Sendable (inout Request) async throws(RequestError) -> Outcome

    enum Kind: Sendable {
        case sync(Function)
        case async(AsyncFunction, when: @Sendable (borrowing Request) -> Bool)
    }

    struct Entry: Sendable {
        let order: HookOrder
        let module: String
        let kind: Kind
    }

    private(set) var entries: [Entry] = []

    /// Hooks a function that only computes.
    public mutating func add(
        _ module: (some Module).Type, _ order: HookOrder = .middle, _ run: @escaping Function
    ) {
        insert(Entry(order: order, module: module.name, kind: .sync(run)))
    }

    /// Hooks a function that may have to wait.
    ///
    /// - Parameter isWanted: says whether there is anything for it to do; asked first, for a
    ///   request that needs not wait costs less.
    public mutating func addAsync(
        _ module: (some Module).Type, _ order: HookOrder = .middle,
        when isWanted: @escaping @Sendable (borrowing Request) -> Bool = { _ in true },
        _ run: @escaping AsyncFunction
    ) {
        insert(Entry(order: order, module: module.name, kind: .async(run, when: isWanted)))
    }

    private mutating func insert(_ entry: Entry) {
        let index = entries.firstIndex { $0.order > entry.order } ?? entries.endIndex
        entries.insert(entry, at: index)
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// Asks one function after another until one does not decline.
    @inline(__always)
    func runFirst(_ request: inout Request) async throws(RequestError) -> Outcome {
        switch try runFirstNow(&request) {
        case .outcome(let outcome): return outcome
        case .waits(let run, let next):
            // Seldom does a second one wait, and the first needs no frame around its own.
            let outcome = try await run(&request)
            if outcome != .declined { return outcome }
            return try await runFirstWaiting(&request, from: next)
        }
    }

    /// Asks every function, whatever each of them did.
    @inline(__always)
    func runAll(_ request: inout Request) async throws(RequestError) {
        if let index = try runAllNow(&request) { try await runAllWaiting(&request, from: index) }
    }

    /// Asks functions as long as none has to wait.
    ///
    /// - Returns: the index of the one that has to; nil when all are done.
    private func runAllNow(_ request: inout Request) throws(RequestError) -> Int? {
        for index in entries.indices {
            switch entries[index].kind {
            case .sync(let run): _ = try run(&request)
            case .async(_, let isWanted): if isWanted(request) { return index }
            }
        }
        return nil
    }

    /// How far a phase comes without waiting.
    private enum Progress {
        case outcome(Outcome)
        /// This function has to wait; `next` is the index of the one behind it.
        case waits(AsyncFunction, next: Int)
    }

    /// Most requests meet no function that waits, and need no frames of async calls.
    @inline(__always)
    private func runFirstNow(_ request: inout Request) throws(RequestError) -> Progress {
        for index in entries.indices {
            switch entries[index].kind {
            case .sync(let run):
                let outcome = try run(&request)
                if outcome != .declined { return .outcome(outcome) }
            case .async(let run, let isWanted):
                if isWanted(request) { return .waits(run, next: index + 1) }
            }
        }
        return .outcome(.declined)
    }

    private func runFirstWaiting(
        _ request: inout Request, from start: Int
    ) async throws(RequestError) -> Outcome {
        for index in start..<entries.endIndex {
            switch entries[index].kind {
            case .sync(let run):
                let outcome = try run(&request)
                if outcome != .declined { return outcome }
            case .async(let run, let isWanted):
                guard isWanted(request) else { continue }
                let outcome = try await run(&request)
                if outcome != .declined { return outcome }
            }
        }
        return .declined
    }

    private func runAllWaiting(
        _ request: inout Request, from start: Int
    ) async throws(RequestError) {
        for index in start..<entries.endIndex {
            switch entries[index].kind {
            case .sync(let run): _ = try run(&request)
            case .async(let run, let isWanted):
                if isWanted(request) { _ = try await run(&request) }
            }
        }
    }

    /// As `runFirst`, but that none is done is a fault of the configuration, and ours to answer.
    @inline(__always)
    func require(_ request: inout Request, to purpose: StaticString) async throws(RequestError) {
        guard try await runFirst(&request) == .done else {
            throw RequestError(
                .internalServerError,
                "AH00025: configuration error:  couldn't \(purpose): \(request.path)",
                level: .critical)
        }
    }
}

/// Every place where a module can join, in httpd's order and with httpd's names.
public struct Hooks: Sendable {
    // The life of the server.
    public var checkConfig = ConfigurationPhase()
    public var openLogs = ConfigurationPhase()
    public var postConfig = ConfigurationPhase()
    /// Apache's hook monitor runs once a second; a service of the parent is told when it wants.
    public var startServices = ServicePhase()
    public var childInit = ChildPhase()

    // The life of a connection.
    public var preConnection = ConnectionPhase()

    // The life of a request.
    public var postReadRequest = Phase()
    public var quickHandler = Phase()
    public var preTranslateName = Phase()
    public var translateName = Phase()
    public var mapToStorage = Phase()
    public var headerParser = Phase()
    public var accessChecker = Phase()
    /// Done: the request may go on without a user.
    ///
    /// Declined: one must be known first.
    public var accessCheckerEx = Phase()
    public var checkUserID = Phase()
    public var authChecker = Phase()
    public var typeChecker = Phase()
    public var fixups = Phase()
    public var insertFilter = Phase()
    public var insertErrorFilter = Phase()
    public var handler = Phase()
    public var logTransaction = Phase()

    /// Things that modules offer by name: authorization providers, balancer methods, formats.
    public var providers = Providers()

    public init() {}
}

// The phases are run by the server, which has one copy of them: the frame of an async function of
// `Hooks` would hold a copy of its own, a retain and a release for each phase. They are inlined,
// for what most requests do here takes less time than a frame for each of these functions.

extension Server {
    /// The whole life of a request, from its head to the response that a handler made.
    ///
    /// The corresponding functions of httpd are `ap_process_async_request`,
    /// `ap_process_request_internal` and `ap_invoke_handler`.
    ///
    /// - Returns: `.done`, or `.suspended` where the request may be.
    @inline(__always)
    func process(_ request: inout Request) async throws(RequestError) -> Outcome {
        try await hooks.postReadRequest.runAll(&request)
        if !hooks.quickHandler.isEmpty, try await hooks.quickHandler.runFirst(&request) == .done {
            return .done
        }
        try await prepare(&request)
        try await hooks.insertFilter.runAll(&request)
        return try await invokeHandler(&request)
    }

    /// Everything up to the handler: what a sub-request needs that only looks a name up.
    ///
    /// - Parameter isTranslated: whether it is known already which file the request is for.
    @inline(__always)
    func prepare(
        _ request: inout Request, isTranslated: Bool = false
    ) async throws(RequestError) {
        if !isTranslated {
            try request.applyLocations()
            try await hooks.preTranslateName.runAll(&request)
            try await hooks.translateName.require(&request, to: "translate")
        }
        try await hooks.mapToStorage.require(&request, to: "map to storage")
        try request.applyLocations()
        if !request.isSubrequest { try await hooks.headerParser.runAll(&request) }
        try await checkAccess(&request)
        try await hooks.typeChecker.runAll(&request)
        try await hooks.fixups.runAll(&request)
    }

    @inline(__always)
    private func checkAccess(_ request: inout Request) async throws(RequestError) {
        try await hooks.accessChecker.runAll(&request)
        if request.isAccessChecked { return }
        request.beginAccessCheck()
        if hooks.accessCheckerEx.isEmpty { return }
        if try await hooks.accessCheckerEx.runFirst(&request) == .done { return }
        try await hooks.checkUserID.require(&request, to: "check user")
        guard request.user != nil else {
            throw RequestError(
                .internalServerError,
                "AH00027: No authentication done but request not allowed without authentication "
                    + "for \(request.path). Authentication not configured?")
        }
        try await hooks.authChecker.require(&request, to: "check authorization")
    }

    @inline(__always)
    func invokeHandler(_ request: inout Request) async throws(RequestError) -> Outcome {
        // Without a handler of its own, the type of a file names one, and only while it is looked
        // for: the log's %R tells what was configured.
        let configured = request.handlerName
        if configured == nil { request.handlerName = request.response.contentType }
        defer { request.handlerName = configured }
        let outcome = try await hooks.handler.runFirst(&request)
        if outcome == .declined {
            throw RequestError(.notFound, "no handler took \(request.path)")
        }
        return outcome
    }
}
