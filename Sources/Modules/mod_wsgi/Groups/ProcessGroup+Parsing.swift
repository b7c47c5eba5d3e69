// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

// The messages are mod_wsgi's: they name the kind of value and not the option.

extension ProcessGroup {
    /// Reads the arguments of `WSGIDaemonProcess`.
    init(arguments: String, isRoot: Bool = geteuid() == 0) throws(ArgumentError) {
        var reader = OptionReader(arguments)
        guard let name = reader.word(), !name.isEmpty else {
            throw ArgumentError("Name of WSGI daemon process not supplied.")
        }
        self.init(name: name)
        while true {
            switch reader.option() {
            case .end:
                guard scriptUser == nil || scriptGroup == nil else {
                    throw ArgumentError("Only one of script-user and script-group allowed.")
                }
                return
            case .other(let word):
                throw ArgumentError(
                    Self.invalidOption, remedy: "'\(word)' has no value; write \(word)=value")
            case .option(let option, let value):
                if option == "chroot", !isRoot {
                    throw ArgumentError("Cannot chroot WSGI daemon process when not root.")
                }
                try set(option, value)
                if Self.idleOptions.contains(option) { idleOptions.append(option) }
            }
        }
    }

    /// What mod_wsgi needs for its sockets and buffers.
    ///
    /// Here no socket has a name, workers have pairs of sockets of the system's sizes, what an
    /// application gives is sent on at once, clients are waited for as `Timeout` says, and the
    /// figures stand on the page of mod_status.
    private static let idleOptions: Set = [
        "socket-user", "send-buffer-size", "receive-buffer-size", "header-buffer-size",
        "response-flush-delay", "response-socket-timeout", "server-metrics",
    ]

    static let invalidOption = "Invalid option to WSGI daemon process definition."

    private mutating func set(_ option: String, _ value: String) throws(ArgumentError) {
        if let kind = Self.options[option] {
            try set(kind, value)
        } else if try !setSpecial(option, value) {
            throw ArgumentError(Self.invalidOption, remedy: "there is no option '\(option)'")
        }
    }

    // MARK: Options that are like others

    private enum Kind: Sendable {
        case time(any WritableKeyPath<ProcessGroup, Duration?> & Sendable, String)
        case count(
            any WritableKeyPath<ProcessGroup, Int> & Sendable, String, ClosedRange<Int>)
        case bytes(any WritableKeyPath<ProcessGroup, Int64?> & Sendable, String)
        case text(any WritableKeyPath<ProcessGroup, String?> & Sendable)
        case directory(any WritableKeyPath<ProcessGroup, String?> & Sendable, String)
        case flag(any WritableKeyPath<ProcessGroup, Bool> & Sendable, String)
        /// The size of a socket's buffer; 0 is the system's.
        case buffer(any WritableKeyPath<ProcessGroup, Int?> & Sendable, String)
    }

    private static let options: [String: Kind] = [
        "restart-interval": .time(\.restartInterval, "restart interval"),
        "startup-timeout": .time(\.startupTimeout, "startup timeout"),
        "shutdown-timeout": .time(\.shutdownTimeout, "shutdown timeout"),
        "deadlock-timeout": .time(\.deadlockTimeout, "deadlock timeout"),
        "inactivity-timeout": .time(\.inactivityTimeout, "inactivity timeout"),
        "request-timeout": .time(\.requestTimeout, "request timeout"),
        "interrupt-timeout": .time(\.interruptTimeout, "interrupt timeout"),
        "graceful-timeout": .time(\.gracefulTimeout, "graceful timeout"),
        "eviction-timeout": .time(\.evictionTimeout, "eviction timeout"),
        "connect-timeout": .time(\.connectTimeout, "connect timeout"),
        "socket-timeout": .time(\.socketTimeout, "socket timeout"),
        "queue-timeout": .time(\.queueTimeout, "queue timeout"),
        "response-socket-timeout": .time(\.responseSocketTimeout, "response socket timeout"),
        "cpu-time-limit": .time(\.cpuTimeLimit, "CPU time limit"),
        // The bound of mod_wsgi is that of its list of idle threads.
        "threads": .count(\.threads, "thread count", 0...65533),
        "maximum-requests": .count(\.maximumRequests, "request count", 0...Int.max),
        "maximum-requests-jitter": .count(
            \.maximumRequestsJitter, "request count", 0...Int(Int32.max)),
        "listen-backlog": .count(\.listenBacklog, "listen backlog", 0...Int(Int32.max)),
        "memory-limit": .bytes(\.memoryLimit, "memory limit"),
        "virtual-memory-limit": .bytes(\.virtualMemoryLimit, "virtual memory limit"),
        "pss-limit": .bytes(\.pssLimit, "memory limit"),
        "display-name": .text(\.displayName),
        "lang": .text(\.lang),
        "locale": .text(\.locale),
        "python-eggs": .text(\.pythonEggs),
        "readiness-path": .text(\.readinessPath),
        "chroot": .directory(\.chroot, "chroot directory"),
        "home": .directory(\.home, "home directory"),
        "python-home": .directory(\.pythonHome, "python home"),
        "server-metrics": .flag(\.serverMetrics, "server metrics flag"),
        "preload": .flag(\.preload, "preload flag"),
        "send-buffer-size": .buffer(\.sendBufferSize, "Send"),
        "receive-buffer-size": .buffer(\.receiveBufferSize, "Receive"),
    ]

    private mutating func set(_ kind: Kind, _ value: String) throws(ArgumentError) {
        switch kind {
        case .time(let part, let what): self[keyPath: part] = try OptionValue.time(value, what)
        case .count(let part, let what, let range):
            self[keyPath: part] = try OptionValue.integer(value, what, in: range)
        case .bytes(let part, let what):
            let bytes = try OptionValue.bytes(value, what)
            self[keyPath: part] = bytes == 0 ? nil : bytes
        case .text(let part): self[keyPath: part] = value.isEmpty || value == "None" ? nil : value
        case .directory(let part, let what):
            guard value.hasPrefix("/") else {
                throw OptionValue.invalid(what, "'\(value)' is no absolute path")
            }
            self[keyPath: part] = value
        case .flag(let part, let what): self[keyPath: part] = try OptionValue.flag(value, what)
        case .buffer(let part, let what):
            let size = try OptionValue.integer(value, "\(what.lowercased()) buffer size")
            guard size == 0 || size >= 512 else {
                throw ArgumentError(
                    "\(what) buffer size must be >= 512 bytes, or 0 for system default.")
            }
            self[keyPath: part] = size == 0 ? nil : size
        }
    }

    // MARK: Options that are like no other

    /// - Returns: false where there is no such option.
    private mutating func setSpecial(
        _ option: String, _ value: String
    ) throws(ArgumentError) -> Bool {
        switch option {
        case "processes":
            processes = try OptionValue.integer(value, "process count", in: 1...65535)
            processesAreWritten = true
        case "umask": umask = try OptionValue.octal(value, "umask")
        case "python-path": pythonPath = value.split(separator: ":").map(String.init)
        case "switch-interval":
            guard let seconds = Double(value), seconds > 0 else {
                throw OptionValue.invalid("switch interval", "'\(value)' is no time in seconds")
            }
            switchInterval = seconds
        case "stack-size":
            let size = try OptionValue.integer(value, "stack size")
            // Less than that and ordinary recursion ends in a fault of memory.
            guard size == 0 || size >= 512 << 10 else {
                throw OptionValue.invalid("stack size", "write 524288 or more")
            }
            stackSize = size == 0 ? nil : size
        case "cpu-priority":
            cpuPriority = try OptionValue.integer(value, "CPU priority", in: -20...19)
        case "cpu-scheduling":
            cpuScheduling = try OptionValue.keyword(value, "CPU scheduling")
        case "header-buffer-size":
            headerBufferSize = try bufferSize(value, "Header", least: 8192, standard: 32768)
        case "response-buffer-size":
            responseBufferSize = try bufferSize(value, "Response", least: 65536, standard: 8 << 20)
        case "response-flush-delay":
            guard let delay = Duration(configured: value, in: .milliseconds) else {
                throw OptionValue.invalid("response flush delay", "'\(value)' is no time")
            }
            responseFlushDelay = delay
        case "concurrency":
            let count = try OptionValue.integer(value, "concurrency")
            concurrency = count == 0 ? nil : count
        case "interface": interface = try OptionValue.keyword(value, "interface")
        case "event-loop": eventLoop = try OptionValue.keyword(value, "event loop")
        default: return try setAccount(option, value)
        }
        return true
    }

    private func bufferSize(
        _ value: String, _ what: String, least: Int, standard: Int
    ) throws(ArgumentError) -> Int {
        let size = try OptionValue.integer(value, "\(what.lowercased()) buffer size")
        guard size == 0 || size >= least else {
            throw ArgumentError("\(what) buffer size must be >= \(least) bytes, or 0 for default.")
        }
        return size == 0 ? standard : size
    }

    private mutating func setAccount(
        _ option: String, _ value: String
    ) throws(ArgumentError) -> Bool {
        switch option {
        case "user":
            let account = try OptionValue.user(value, "user")
            guard account.id != 0 else {
                throw ArgumentError(
                    "WSGI process blocked from running as root.",
                    remedy: "give the application a user of its own")
            }
            user = account
            userName = (try? UserAccount.name(of: account.id)) ?? value
        case "group": group = try OptionValue.group(value, "group")
        case "supplementary-groups":
            var groups: [UInt32] = []
            for name in value.split(separator: ",") {
                groups.append(try OptionValue.group(String(name), "group"))
            }
            // NGROUPS_MAX.
            guard groups.count <= 65536 else {
                throw ArgumentError("Too many supplementary groups WSGI daemon process")
            }
            supplementaryGroups = groups
        case "script-user": scriptUser = try OptionValue.user(value, "script user").id
        case "script-group": scriptGroup = try OptionValue.group(value, "script group")
        case "socket-user": socketUser = try OptionValue.user(value, "socket user").id
        default: return false
        }
        return true
    }
}
