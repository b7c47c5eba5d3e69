// SPDX-License-Identifier: Apache-2.0

/// The requests on a stream by their numbers.
///
/// A front counts its requests, so the lower bits of a number are as good as a hash. Places are
/// probed in order; a removal closes the gap.
struct RequestTable {
    private var places: [Request?] = []
    private(set) var count = 0

    subscript(id: UInt64) -> Request? {
        guard count > 0 else { return nil }
        var place = home(id)
        while let request = places[place] {
            if request.id == id { return request }
            place = next(place)
        }
        return nil
    }

    /// - Returns: whether it was added; not when there is one of that number.
    mutating func add(_ request: Request) -> Bool {
        if 2 * (count + 1) > places.count { grow() }
        var place = home(request.id)
        while let other = places[place] {
            if other.id == request.id { return false }
            place = next(place)
        }
        places[place] = request
        count += 1
        return true
    }

    mutating func remove(_ id: UInt64) {
        guard count > 0 else { return }
        var gap = home(id)
        while let request = places[gap], request.id != id { gap = next(gap) }
        guard places[gap] != nil else { return }
        places[gap] = nil
        count -= 1
        // Whoever could not be put before the gap may move into it.
        var place = next(gap)
        while let request = places[place] {
            let wanted = home(request.id)
            if distance(from: wanted, to: place) >= distance(from: gap, to: place) {
                places[gap] = request
                places[place] = nil
                gap = place
            }
            place = next(place)
        }
    }

    /// All of them, in no order.
    var all: [Request] {
        var found: [Request] = []
        for place in places {
            if let place { found.append(place) }
        }
        return found
    }

    private func home(_ id: UInt64) -> Int { Int(truncatingIfNeeded: id) & (places.count - 1) }
    private func next(_ place: Int) -> Int { (place + 1) & (places.count - 1) }

    private func distance(from: Int, to: Int) -> Int { (to - from) & (places.count - 1) }

    private mutating func grow() {
        let old = places
        places = [Request?](repeating: nil, count: max(16, old.count * 2))
        count = 0
        for request in old {
            if let request { _ = add(request) }
        }
    }
}
