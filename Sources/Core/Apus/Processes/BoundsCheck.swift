// SPDX-License-Identifier: Apache-2.0

// Values out of bounds are corrected and warned of, never refused. httpd words each warning
// twice: at start, when somebody looks at the terminal, and shorter at a restart.

/// Corrects the values of directives, and remembers what it said of them.
public struct BoundsCheck: Sendable {
    /// Limits that were fixed when the server started: the scoreboard outlives a restart.
    public struct Fixed: Sendable, Hashable {
        public var serverLimit: Int
        public var threadLimit: Int

        public init(serverLimit: Int, threadLimit: Int) {
            self.serverLimit = serverLimit
            self.threadLimit = threadLimit
        }
    }

    /// The limits of the first start, nil when this is it.
    public let fixed: Fixed?
    public private(set) var messages: [ProcessMessage] = []

    public init(fixed: Fixed?) { self.fixed = fixed }

    private var isRestart: Bool { fixed != nil }

    private mutating func warn(_ number: Int, _ start: String, _ restart: String) {
        let text =
            isRestart
            ? "\(ahNumber(number + 1)): \(restart)" : "\(ahNumber(number)): WARNING: \(start)"
        messages.append(ProcessMessage(.warning, text))
    }

    private mutating func refuseChange(
        _ name: String, _ value: inout Int, _ original: Int?, _ number: Int
    ) {
        guard let original, value != original else { return }
        let text =
            "\(ahNumber(number)): changing \(name) to \(value) from original value of "
            + "\(original) not allowed during restart"
        messages.append(ProcessMessage(.warning, text))
        value = original
    }

    private mutating func raiseToOne(
        _ name: String, _ value: inout Int, _ number: Int, because: String = ""
    ) {
        guard value < 1 else { return }
        warn(
            number, "\(name) of \(value) not allowed, increasing to 1\(because).",
            "\(name) of \(value) not allowed, increasing to 1")
        value = 1
    }

    private mutating func lowerToBuiltIn(
        _ name: String, _ value: inout Int, _ limit: Int, _ what: String, _ number: Int
    ) {
        guard value > limit else { return }
        warn(
            number,
            "\(name) of \(value) exceeds compile-time limit of \(limit) \(what), decreasing to \(limit).",
            "\(name) of \(value) exceeds compile-time limit of \(limit), decreasing to match")
        value = limit
    }

    private static let spareReason =
        " to avoid almost certain server failure. Please read the documentation"
}

/// The directives of the MPMs that have threads.
public struct ThreadedLimits: Sendable, Hashable {
    public var startServers = 3
    public var serverLimit = 16
    public var threadLimit = 64
    public var threadsPerChild = 25
    /// nil where the configuration does not say: as much as the limits allow.
    public var maxRequestWorkers: Int?
    public var minSpareThreads = 75
    public var maxSpareThreads = 250

    public init() {}
}

extension BoundsCheck {
    /// Corrects the limits of mpm_event and mpm_worker.
    ///
    /// - Parameters:
    ///   - firstNumber: that of the first message; the others follow in the same order in both
    ///     (497 for event, 300 for worker).
    ///   - largestThreadLimit: what is built in (100000 for event, 20000 for worker).
    public mutating func correct(
        _ limits: inout ThreadedLimits, firstNumber: Int, largestThreadLimit: Int
    ) {
        lowerToBuiltIn("ServerLimit", &limits.serverLimit, 20000, "servers", firstNumber)
        raiseToOne("ServerLimit", &limits.serverLimit, firstNumber + 2)
        refuseChange(
            "ServerLimit", &limits.serverLimit, fixed?.serverLimit, firstNumber + 4)
        lowerToBuiltIn(
            "ThreadLimit", &limits.threadLimit, largestThreadLimit, "threads", firstNumber + 5)
        raiseToOne("ThreadLimit", &limits.threadLimit, firstNumber + 7)
        refuseChange(
            "ThreadLimit", &limits.threadLimit, fixed?.threadLimit, firstNumber + 9)
        correctThreadsPerChild(&limits, firstNumber)
        correctMaxRequestWorkers(&limits, firstNumber)
        raiseToOne("StartServers", &limits.startServers, firstNumber + 20)
        raiseToOne(
            "MinSpareThreads", &limits.minSpareThreads, firstNumber + 22, because: Self.spareReason)
        // One child more must fit between the two, or children would start and stop for ever.
        limits.maxSpareThreads = max(
            limits.maxSpareThreads, limits.minSpareThreads + limits.threadsPerChild + 1)
    }

    private mutating func correctThreadsPerChild(_ limits: inout ThreadedLimits, _ first: Int) {
        let value = limits.threadsPerChild
        let limit = limits.threadLimit
        if value > limit {
            warn(
                first + 10,
                "ThreadsPerChild of \(value) exceeds ThreadLimit of \(limit) threads, decreasing to "
                    + "\(limit). To increase, please see the ThreadLimit directive.",
                "ThreadsPerChild of \(value) exceeds ThreadLimit of \(limit), decreasing to match")
            limits.threadsPerChild = limit
        }
        raiseToOne("ThreadsPerChild", &limits.threadsPerChild, first + 12)
    }

    private mutating func correctMaxRequestWorkers(_ limits: inout ThreadedLimits, _ first: Int) {
        let perChild = limits.threadsPerChild
        // httpd's default is the product of its defaults, whatever ServerLimit says.
        var workers = limits.maxRequestWorkers ?? 400
        if workers < perChild {
            warn(
                first + 14,
                "MaxRequestWorkers of \(workers) is less than ThreadsPerChild of \(perChild), "
                    + "increasing to \(perChild). MaxRequestWorkers must be at least as large as "
                    + "the number of threads in a single server.",
                "MaxRequestWorkers of \(workers) is less than ThreadsPerChild of \(perChild), "
                    + "increasing to match")
            workers = perChild
        }
        let servers = workers / perChild
        if workers % perChild != 0 {
            let multiple = servers * perChild
            let text =
                "MaxRequestWorkers of \(workers) is not an integer multiple of ThreadsPerChild of "
                + "\(perChild), decreasing to nearest multiple \(multiple)"
            warn(first + 16, "\(text), for a maximum of \(servers) servers.", text)
            workers = multiple
        }
        if servers > limits.serverLimit {
            let possible = limits.serverLimit * perChild
            let text = "MaxRequestWorkers of \(workers) would require \(servers) servers and "
            warn(
                first + 18,
                text + "would exceed ServerLimit of \(limits.serverLimit), decreasing to "
                    + "\(possible). To increase, please see the ServerLimit directive.",
                text + "exceed ServerLimit of \(limits.serverLimit), decreasing to \(possible)")
            workers = possible
        }
        limits.maxRequestWorkers = workers
    }
}

/// The directives of mpm_prefork.
public struct PreforkLimits: Sendable, Hashable {
    public var startServers = 5
    public var serverLimit = 256
    public var maxRequestWorkers = 256
    public var minSpareServers = 5
    public var maxSpareServers = 10

    public init() {}
}

extension BoundsCheck {
    /// Corrects the limits of mpm_prefork.
    public mutating func correct(_ limits: inout PreforkLimits) {
        lowerToBuiltIn("ServerLimit", &limits.serverLimit, 200_000, "servers", 175)
        raiseToOne("ServerLimit", &limits.serverLimit, 177)
        refuseChange("ServerLimit", &limits.serverLimit, fixed?.serverLimit, 179)
        let workers = limits.maxRequestWorkers
        let limit = limits.serverLimit
        if workers > limit {
            warn(
                180,
                "MaxRequestWorkers of \(workers) exceeds ServerLimit value of \(limit) servers, "
                    + "decreasing MaxRequestWorkers to \(limit). To increase, please see the "
                    + "ServerLimit directive.",
                "MaxRequestWorkers of \(workers) exceeds ServerLimit value of \(limit), "
                    + "decreasing to match")
            limits.maxRequestWorkers = limit
        }
        raiseToOne("MaxRequestWorkers", &limits.maxRequestWorkers, 182)
        raiseToOne("StartServers", &limits.startServers, 184)
        raiseToOne(
            "MinSpareServers", &limits.minSpareServers, 186, because: Self.spareReason)
        limits.maxSpareServers = max(limits.maxSpareServers, limits.minSpareServers + 1)
    }
}

/// The form that a message's number has in the log: `AH00489`.
func ahNumber(_ number: Int) -> String {
    let digits = "\(number)"
    return "AH" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
}
