// SPDX-License-Identifier: Apache-2.0

/// The exchanges of a loop, by number.
///
/// Not an array in the dispatcher: each change of one is a call during which Swift watches over the
/// property that holds it, and so over each look at it; a request needs five.
@safe
final class ExchangeTable {
    private var places: UnsafeMutablePointer<Exchange?>
    private var capacity = 64
    /// How many places have ever been used; the first never is, so that no identifier is 0.
    private var count = 1
    /// Those that are free again, as a stack.
    private var free: UnsafeMutablePointer<Int32>
    private var freeCount = 0

    /// An identifier has twenty bits for the number.
    private static let limit = 1 << 20

    init() {
        unsafe places = .allocate(capacity: capacity)
        unsafe free = .allocate(capacity: capacity)
        unsafe places.initialize(to: nil)
    }

    deinit {
        unsafe places.deinitialize(count: count)
        unsafe places.deallocate()
        unsafe free.deallocate()
    }

    var hasRoom: Bool { freeCount > 0 || count < Self.limit }

    /// A number that no exchange has.
    func takeNumber() -> Int {
        if freeCount > 0 {
            freeCount -= 1
            return Int(unsafe free[freeCount])
        }
        if count == capacity { grow() }
        unsafe (places + count).initialize(to: nil)
        count += 1
        return count - 1
    }

    /// - Returns: nil where the number is none, or free.
    subscript(number: Int) -> Exchange? { number < count ? unsafe places[number] : nil }

    /// - Parameter number: from `takeNumber`.
    func put(_ exchange: Exchange, at number: Int) {
        precondition(number > 0 && number < count)
        unsafe places[number] = exchange
    }

    func remove(at number: Int) {
        precondition(number > 0 && number < count)
        unsafe places[number] = nil
        unsafe free[freeCount] = Int32(number)
        freeCount += 1
    }

    /// All that there are now.
    var all: [Exchange] {
        unsafe UnsafeBufferPointer(start: places, count: count).compactMap { $0 }
    }

    private func grow() {
        let larger = 2 * capacity
        let newPlaces = UnsafeMutablePointer<Exchange?>.allocate(capacity: larger)
        unsafe newPlaces.moveInitialize(from: places, count: count)
        unsafe places.deallocate()
        unsafe places = newPlaces
        let newFree = UnsafeMutablePointer<Int32>.allocate(capacity: larger)
        unsafe newFree.update(from: free, count: freeCount)
        unsafe free.deallocate()
        unsafe free = newFree
        capacity = larger
    }
}
