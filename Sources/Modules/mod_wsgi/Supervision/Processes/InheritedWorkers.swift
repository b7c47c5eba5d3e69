// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A worker that the image before a restart hands on.
struct InheritedWorker: Hashable {
    var name: SetName
    var pid: Int32
    var place: Int
    var control: CInt
    var output: CInt
    /// Of one that a template has forked, and that is no child of this process; else -1.
    var handle: CInt = -1
}

/// What the image before a restart hands on of all sets: the generations that serve, and their
/// workers.
struct InheritedSets: Hashable {
    /// Grows with each change of what is handed on.
    static let version = "2"

    var generations: [InheritedGeneration] = []
    var workers: [InheritedWorker] = []
    /// The end to read of a pipe whose other end only fronts of that image have.
    var fronts: CInt = -1

    var state: ServiceState {
        var descriptors = generations.flatMap(\.descriptors)
        for worker in workers { descriptors += [worker.control, worker.output] }
        let handles = workers.map(\.handle).filter { $0 >= 0 }
        descriptors += handles
        if fronts >= 0 { descriptors.append(fronts) }
        return ServiceState(
            bytes: encoded, descriptors: descriptors,
            processes: workers.filter { $0.handle < 0 }.map(\.pid))
    }

    // MARK: As bytes

    private var encoded: [UInt8] {
        var messages = [ControlMessage("sets", ["version": Self.version, "fronts": "\(fronts)"])]
        for generation in generations {
            var message = ControlMessage("generation")
            message.add(generation.name)
            message.add("processes", generation.processes)
            message.add("slots", generation.slots)
            message.add("board", Int(generation.board))
            message.add("identity", Int(generation.identity))
            for script in generation.scripts {
                message.add("script", "\(script.path)\t\(script.callable)")
            }
            for pair in [generation.queue] + generation.doors {
                message.add("pair", "\(pair.sending) \(pair.reading)")
            }
            messages.append(message)
        }
        for worker in workers {
            var message = ControlMessage("worker")
            message.add(worker.name)
            message.add("pid", Int(worker.pid))
            message.add("place", worker.place)
            message.add("control", Int(worker.control))
            message.add("output", Int(worker.output))
            message.add("handle", Int(worker.handle))
            messages.append(message)
        }
        // No message has this byte: it is in no UTF-8.
        return Array(messages.map(\.encoded).joined(separator: [0xFF]))
    }

    init() {}

    /// Reads what an image before has written; nil for what another release wrote otherwise.
    init?(encoded bytes: [UInt8]) {
        let messages = bytes.split(separator: 0xFF).map { ControlMessage(encoded: Array($0)) }
        guard let head = messages.first, let head, head.verb == "sets",
            head["version"] == Self.version
        else { return nil }
        fronts = head.number("fronts").map { CInt($0) } ?? -1
        for message in messages.dropFirst() {
            switch message?.verb {
            case "generation":
                guard let generation = message.flatMap(InheritedGeneration.init) else { return nil }
                generations.append(generation)
            case "worker":
                guard let worker = message.flatMap(InheritedWorker.init) else { return nil }
                workers.append(worker)
            default: return nil
            }
        }
    }
}

extension ControlMessage {
    fileprivate mutating func add(_ name: SetName) {
        add("process-group", name.processGroup)
        add("application-group", name.applicationGroup)
    }

    fileprivate var setName: SetName? {
        guard let group = self["process-group"], let application = self["application-group"] else {
            return nil
        }
        return SetName(processGroup: group, applicationGroup: application)
    }

    fileprivate func number(_ key: String) -> Int? { self[key].flatMap { Int($0) } }
}

extension InheritedGeneration {
    fileprivate init?(_ message: ControlMessage) {
        let pairs = message.values(of: "pair").map { text in
            text.split(separator: " ").compactMap { CInt($0) }
        }
        guard let name = message.setName, let processes = message.number("processes"),
            let slots = message.number("slots"), let board = message.number("board"),
            let identity = message.number("identity"), pairs.count == processes + 1,
            pairs.allSatisfy({ $0.count == 2 })
        else { return nil }
        let sockets = pairs.map { SequencedPair(sending: $0[0], reading: $0[1]) }
        self.init(
            name: name, processes: processes, slots: slots, queue: sockets[0],
            doors: Array(sockets.dropFirst()), board: CInt(board),
            identity: UInt32(truncatingIfNeeded: identity))
        scripts = message.values(of: "script").compactMap { text in
            let parts = text.split(separator: "\t", omittingEmptySubsequences: false)
                .map(String.init)
            return parts.count == 2 ? ScriptName(path: parts[0], callable: parts[1]) : nil
        }
    }
}

extension InheritedWorker {
    fileprivate init?(_ message: ControlMessage) {
        guard let name = message.setName, let pid = message.number("pid"),
            let place = message.number("place"), let control = message.number("control"),
            let output = message.number("output"), let handle = message.number("handle")
        else { return nil }
        self.init(
            name: name, pid: Int32(pid), place: place, control: CInt(control),
            output: CInt(output), handle: CInt(handle))
    }
}
