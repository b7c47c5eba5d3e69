// SPDX-License-Identifier: Apache-2.0

/// What modules keep with something that lives for a while, one object of each type.
///
/// They are few, and found sooner by looking at each than by a hash.
struct ModuleStates {
    private var states: [(type: ObjectIdentifier, state: AnyObject)] = []

    @inline(__always)
    subscript<State: AnyObject>(type: State.Type) -> State? {
        get {
            for (known, state) in states where known == ObjectIdentifier(type) {
                return unsafe unsafeDowncast(state, to: type)
            }
            return nil
        }
        set {
            var others = states.filter { $0.type != ObjectIdentifier(type) }
            if let newValue { others.append((ObjectIdentifier(type), newValue)) }
            states = others
        }
    }
}
