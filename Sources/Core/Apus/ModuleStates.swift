// SPDX-License-Identifier: Apache-2.0

/// What modules keep with something that lives for a while, one object of each type.
///
/// They are few, and found sooner by looking at each than by a hash.
struct ModuleStates {
    private var states: [(type: ObjectIdentifier, state: AnyObject)] = []

    @inline(__always)
    subscript<State: AnyObject>(type: State.Type) -> State? {
        for (known, state) in states where known == ObjectIdentifier(type) {
            return unsafe unsafeDowncast(state, to: type)
        }
        return nil
    }

    /// These with another one of a type, or none.
    ///
    /// Nothing is changed in place: accesses to the property that holds it would be checked then
    /// (TakenArrays.swift).
    func replacing<State: AnyObject>(_ type: State.Type, by state: State?) -> Self {
        var changed = self
        changed.states = states.filter { $0.type != ObjectIdentifier(type) }
        if let state { changed.states.append((ObjectIdentifier(type), state)) }
        return changed
    }
}
