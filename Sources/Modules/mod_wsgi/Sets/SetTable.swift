// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Synchronization

/// What the parent tells the fronts of each set, in memory shared with them.
///
/// The parent alone writes to it.
@safe final class SetTable: Sendable {
    let count: Int
    private let memory: SharedMemory

    init(count: Int) throws(SystemError) {
        self.count = count
        memory = try SharedMemory(
            named: "sets", sealedSize: max(1, count) * MemoryLayout<SetRow.Layout>.stride)
    }

    func row(_ index: Int) -> SetRow {
        precondition(index >= 0 && index < count)
        return unsafe SetRow(
            owner: self,
            row: (memory.address + index * MemoryLayout<SetRow.Layout>.stride)
                .assumingMemoryBound(to: SetRow.Layout.self))
    }
}

/// What the fronts know of a set.
@safe struct SetRow: Sendable {
    struct Layout: ~Copyable {
        let state: Atomic<UInt32>
        let serving: Atomic<UInt32>
        let identities: InlineArray<3, Atomic<UInt32>>
        let memory: Atomic<UInt64>
        let ended: InlineArray<16, Atomic<UInt64>>
        let reloads: Atomic<UInt64>
        let failedReloads: Atomic<UInt64>
        let endedRequests: Atomic<UInt64>
        let processGroup: SharedName
        let applicationGroup: SharedName
    }

    enum State: UInt32 {
        /// It has no name yet.
        case spare = 0
        /// It has a name, and no workers were started yet.
        case bound = 1
        /// Workers serve, or are starting.
        case started = 2
        /// The application could not be started; it is tried again.
        case failed = 3
    }

    // Keeps the memory mapped.
    private let owner: SetTable
    // Points into shared memory of `owner`, where there are atomics only.
    private nonisolated(unsafe) let row: UnsafeMutablePointer<Layout>

    init(owner: SetTable, row: UnsafeMutablePointer<Layout>) {
        self.owner = owner
        unsafe self.row = unsafe row
    }

    var state: State {
        get { State(rawValue: unsafe row.pointee.state.load(ordering: .acquiring)) ?? .spare }
        nonmutating set { unsafe row.pointee.state.store(newValue.rawValue, ordering: .releasing) }
    }

    /// The place of the generation that takes requests.
    var serving: Int {
        get { Int(min(2, unsafe row.pointee.serving.load(ordering: .acquiring))) }
        nonmutating set { unsafe row.pointee.serving.store(UInt32(newValue), ordering: .releasing) }
    }

    func identity(of generation: Int) -> UInt32 {
        unsafe row.pointee.identities[generation].load(ordering: .acquiring)
    }

    func changeIdentity(of generation: Int) {
        unsafe row.pointee.identities[generation].wrappingAdd(1, ordering: .acquiringAndReleasing)
    }

    /// The name; fixed from the moment that the state is not `spare`.
    var name: SetName {
        unsafe SetName(
            processGroup: row.pointee.processGroup.load(),
            applicationGroup: row.pointee.applicationGroup.load())
    }

    func bind(to name: SetName) {
        unsafe row.pointee.processGroup.store(name.processGroup)
        unsafe row.pointee.applicationGroup.store(name.applicationGroup)
        state = .bound
    }

    func hasName(_ name: SetName) -> Bool {
        guard state != .spare, unsafe row.pointee.processGroup.equals(name.processGroup) else {
            return false
        }
        return unsafe row.pointee.applicationGroup.equals(name.applicationGroup)
    }

    // MARK: For the status page

    /// Bytes that the workers hold, with their part of what they share; 0 while not known.
    var memory: UInt64 {
        get { unsafe row.pointee.memory.load(ordering: .relaxed) }
        nonmutating set { unsafe row.pointee.memory.store(newValue, ordering: .relaxed) }
    }

    /// Requests of workers that have ended.
    var endedRequests: UInt64 { unsafe row.pointee.endedRequests.load(ordering: .relaxed) }

    func addEndedRequests(_ count: UInt64) {
        unsafe row.pointee.endedRequests.wrappingAdd(count, ordering: .relaxed)
    }

    /// How many workers ended for a cause.
    func ended(_ cause: Int) -> UInt64 {
        unsafe row.pointee.ended[cause].load(ordering: .relaxed)
    }

    func countEnded(_ cause: Int) {
        unsafe row.pointee.ended[cause].wrappingAdd(1, ordering: .relaxed)
    }

    var reloads: UInt64 { unsafe row.pointee.reloads.load(ordering: .relaxed) }
    var failedReloads: UInt64 { unsafe row.pointee.failedReloads.load(ordering: .relaxed) }
    func countReload() { unsafe row.pointee.reloads.wrappingAdd(1, ordering: .relaxed) }
    func countFailedReload() { unsafe row.pointee.failedReloads.wrappingAdd(1, ordering: .relaxed) }
}

/// A name in shared memory, written once.
struct SharedName: ~Copyable {
    private static let capacity = 1024
    private let length: Atomic<UInt64>
    private let words: InlineArray<128, Atomic<UInt64>>

    func store(_ text: String) {
        let bytes = text.bytes.prefix(Self.capacity)
        for (index, word) in Self.words(bytes).enumerated() {
            words[index].store(word, ordering: .relaxed)
        }
        length.store(UInt64(bytes.count), ordering: .releasing)
    }

    func load() -> String {
        var bytes: [UInt8] = []
        let count = min(Self.capacity, Int(length.load(ordering: .acquiring)))
        for index in 0..<count {
            let word = words[index / 8].load(ordering: .relaxed)
            bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(index % 8 * 8)))
        }
        return String(bytes: bytes.span)
    }

    func equals(_ text: String) -> Bool {
        let bytes = text.bytes
        guard length.load(ordering: .acquiring) == UInt64(bytes.count) else { return false }
        for (index, word) in Self.words(bytes[...]).enumerated() {
            guard words[index].load(ordering: .relaxed) == word else { return false }
        }
        return true
    }

    private static func words(_ bytes: ArraySlice<UInt8>) -> [UInt64] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: 8).map { start in
            var word: UInt64 = 0
            for (offset, byte) in bytes[start..<min(start + 8, bytes.endIndex)].enumerated() {
                word |= UInt64(byte) << UInt64(offset * 8)
            }
            return word
        }
    }
}
