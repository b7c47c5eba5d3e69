// SPDX-License-Identifier: Apache-2.0

// What the image before a restart hands to the one after it: descriptors that stay open over
// execve, and a table that says what they are. The table is text in a nameless file whose
// descriptor stands in an environment variable, since there may be thousands of children.

internal import ApusRuntime
internal import Glibc

/// What this process had open and running when it replaced its image.
public struct RestartState: Sendable, Hashable {
    /// A child of the image before.
    public struct Child: Sendable, Hashable {
        public var pid: Int32
        public var slot: Int
        public var generation: Int
    }

    /// A listening socket.
    public struct Socket: Sendable, Hashable {
        public var descriptor: CInt
        public var port: UInt16
        public var protocolName: String
        public var address: String
    }

    /// That of the image before.
    public var generation: Int
    /// Whether the children were left running.
    public var isGraceful: Bool
    /// The pipe that tells children whether there is a parent.
    public var lifelineRead: CInt
    public var lifelineWrite: CInt
    public var scoreboard: CInt
    /// The limits of the first start, which a restart does not change.
    public var serverLimit: Int
    public var threadLimit: Int
    public var sockets: [Socket] = []
    public var children: [Child] = []

    /// What services handed on, and under no name the processes that are to be ended.
    public struct Service: Sendable, Hashable {
        public var name: String
        public var state: ServiceState
    }
    public var services: [Service] = []

    static let variable = "APUS_RESTART"

    /// What bounds checks go by.
    public var fixedLimits: BoundsCheck.Fixed {
        BoundsCheck.Fixed(serverLimit: serverLimit, threadLimit: threadLimit)
    }

    /// Takes over from the image before, once, when the program starts.
    ///
    /// - Returns: nil when the program was started afresh.
    public static func take() -> RestartState? {
        guard let value = ProcessEnvironment.value(variable) else { return nil }
        ProcessEnvironment.set(variable, nil)
        guard let number = CInt(value), number > 2, fcntl(number, F_GETFD) >= 0 else { return nil }
        let file = FileDescriptor(owning: number)
        guard lseek(number, 0, SEEK_SET) == 0, let bytes = try? file.readAll() else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return RestartState(text: text, pid: getpid())
    }

    /// The listening sockets, to be given to `Listeners.open`; closed when nobody wants them.
    public func takeListeners() -> [Listener] {
        sockets.map { socket in
            Listener(
                owning: socket.descriptor, address: socket.address, port: socket.port,
                protocolName: socket.protocolName)
        }
    }

    /// The descriptors that must stay open over execve.
    var descriptors: [CInt] {
        [lifelineRead, lifelineWrite, scoreboard] + sockets.map(\.descriptor)
            + services.flatMap(\.state.descriptors)
    }
}

// MARK: The table

extension RestartState {
    func text(pid: Int32) -> String {
        var lines = [
            "process \(pid)", "generation \(generation) \(isGraceful ? 1 : 0)",
            "lifeline \(lifelineRead) \(lifelineWrite)", "scoreboard \(scoreboard)",
            "limits \(serverLimit) \(threadLimit)",
        ]
        for socket in sockets {
            lines.append(
                "listener \(socket.descriptor) \(socket.port) \(socket.protocolName) "
                    + socket.address)
        }
        for child in children {
            lines.append("child \(child.pid) \(child.slot) \(child.generation)")
        }
        for service in services { lines.append(service.line) }
        lines.append("end")
        return lines.joined(separator: "\n")
    }

    /// Reads a table; nil for one of another process, or one that is not whole.
    init?(text: String, pid: Int32) {
        var values: [String: [Int]] = [:]
        var sockets: [Socket] = []
        var children: [Child] = []
        var services: [Service] = []
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        guard lines.last == ["end"] else { return nil }
        for words in lines.dropLast() {
            let numbers = words.dropFirst().compactMap { Int($0) }
            switch words[0] {
            case "listener":
                guard words.count == 5, let descriptor = CInt(words[1]), let port = UInt16(words[2])
                else { return nil }
                sockets.append(
                    Socket(
                        descriptor: descriptor, port: port, protocolName: String(words[3]),
                        address: String(words[4])))
            case "child":
                guard numbers.count == 3 else { return nil }
                children.append(
                    Child(pid: Int32(numbers[0]), slot: numbers[1], generation: numbers[2]))
            case "service":
                guard let service = Service(words: words) else { return nil }
                services.append(service)
            default:
                values[String(words[0])] = numbers
            }
        }
        guard values["process"] == [Int(pid)], let generation = values["generation"],
            let lifeline = values["lifeline"], let scoreboard = values["scoreboard"],
            let limits = values["limits"], generation.count == 2, lifeline.count == 2,
            scoreboard.count == 1, limits.count == 2
        else { return nil }
        self.generation = generation[0]
        isGraceful = generation[1] == 1
        lifelineRead = CInt(lifeline[0])
        lifelineWrite = CInt(lifeline[1])
        self.scoreboard = CInt(scoreboard[0])
        serverLimit = limits[0]
        threadLimit = limits[1]
        self.sockets = sockets
        self.children = children
        self.services = services
    }
}
