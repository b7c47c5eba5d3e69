// SPDX-License-Identifier: Apache-2.0

/// The memory of requests that have been answered, for those that come next.
///
/// Belongs to one loop.
@safe
final class SpareRequests {
    /// As many as are most often under way at once.
    private static let most = 32
    private let spares: UnsafeMutablePointer<UnsafeMutablePointer<Request.Storage>>
    private var count = 0

    init() { unsafe spares = .allocate(capacity: Self.most) }

    deinit {
        for index in 0..<count { unsafe spares[index].deallocate() }
        unsafe spares.deallocate()
    }

    /// Memory that is not initialized.
    func take() -> UnsafeMutablePointer<Request.Storage> {
        guard count > 0 else { return .allocate(capacity: 1) }
        count -= 1
        return unsafe spares[count]
    }

    func giveBack(_ memory: UnsafeMutablePointer<Request.Storage>) {
        guard count < Self.most else { return unsafe memory.deallocate() }
        unsafe spares[count] = unsafe memory
        count += 1
    }
}
