// SPDX-License-Identifier: Apache-2.0

// Each access to a property of an object is checked as it runs, which takes longer than most
// accesses, unless the compiler sees that no other access can begin before it ends. It never sees
// that of a property that is changed by a call such as `append`, and then it checks every other
// access to it as well. So what is changed for every request is taken out of its property for the
// change, and put back.

extension Array {
    /// Takes out the elements, with their memory, and leaves none.
    @inlinable @inline(__always)
    public mutating func take() -> Self {
        var taken: Self = []
        swap(&taken, &self)
        return taken
    }

    /// Puts back what `take` has taken out, which is moved and not copied.
    @inlinable @inline(__always)
    public mutating func putBack(_ taken: inout Self) { swap(&taken, &self) }
}
