// SPDX-License-Identifier: Apache-2.0

/// The children there are, by process id.
struct ChildTable {
    struct Child: Hashable {
        let slot: Int
        let generation: Int
        /// By the monotonic clock, in nanoseconds.
        let startTime: Int64
    }

    private(set) var children: [Int32: Child] = [:]

    var isEmpty: Bool { children.isEmpty }
    var pids: Dictionary<Int32, Child>.Keys { children.keys }

    mutating func add(_ pid: Int32, _ child: Child) { children[pid] = child }
    mutating func remove(_ pid: Int32) -> Child? { children.removeValue(forKey: pid) }
    func child(_ pid: Int32) -> Child? { children[pid] }

    func pids(ofOtherGenerationsThan generation: Int) -> [Int32] {
        children.filter { $0.value.generation != generation }.map(\.key)
    }
}

/// How children that do not end are made to, with the times since they were told to.
struct ReclaimSchedule {
    enum Action: Hashable {
        case terminate(isFirst: Bool)
        case kill
        case giveUp
    }

    private static let steps: [(after: Duration, action: Action)] = [
        (.zero, .terminate(isFirst: true)), (.seconds(3), .terminate(isFirst: false)),
        (.seconds(5), .terminate(isFirst: false)), (.seconds(7), .terminate(isFirst: false)),
        (.seconds(9), .kill), (.seconds(10), .giveUp),
    ]

    private var done = 0

    /// What is to be done now, nil while there is nothing.
    mutating func next(after elapsed: Duration) -> Action? {
        guard done < Self.steps.count, Self.steps[done].after <= elapsed else { return nil }
        defer { done += 1 }
        return Self.steps[done].action
    }

    /// When there will be something to do again.
    var nextTime: Duration? { done < Self.steps.count ? Self.steps[done].after : nil }
}
