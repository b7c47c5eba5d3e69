// SPDX-License-Identifier: Apache-2.0

/// The number of a loaded module, by which its settings are found in a `ConfigVector`.
///
/// Asked for on every access to a setting, so the answer is one multiplication and one load: the
/// table of the loaded modules is made without collisions when they are all known.
@safe
public enum ModuleIndex {
    @usableFromInline static let capacity = 1024

    // Written while the parent is still single-threaded (loading modules, before the first fork
    // and the first loop), read only afterwards. So no two accesses overlap of which one writes,
    // and to check for that would cost more than the access.
    @exclusivity(unchecked)
    @usableFromInline nonisolated(unsafe) static var multiplier: UInt = 1
    @exclusivity(unchecked)
    @usableFromInline nonisolated(unsafe) static var indexes: UnsafeMutablePointer<Int16>?

    /// The number of a module that is loaded.
    ///
    /// Asking for one that is not is a fault of the caller.
    @inlinable
    public static func of(_ module: any Module.Type) -> Int {
        let index = unsafe Int(indexes![slot(ObjectIdentifier(module), multiplier)])
        assert(index >= 0, "module \(module) is not loaded")
        return index
    }

    @inlinable
    static func slot(_ type: ObjectIdentifier, _ multiplier: UInt) -> Int {
        Int((UInt(bitPattern: type) &* multiplier) >> 54)
    }

    /// Numbers the modules in their order.
    static func assign(_ modules: [any Module.Type]) {
        var candidate: UInt = 0x9E37_79B9_7F4A_7C15
        while !hasDistinctSlots(modules, candidate) {
            // An odd factor always permutes; some of them keep the high bits apart.
            candidate = candidate &* 6_364_136_223_846_793_005 &+ 2
        }
        unsafe multiplier = candidate
        // None at first, which needs no look at whether it has been made each time it is asked for.
        let table = unsafe indexes ?? .allocate(capacity: capacity)
        unsafe table.initialize(repeating: -1, count: capacity)
        for (index, module) in modules.enumerated() {
            unsafe table[slot(ObjectIdentifier(module), candidate)] = Int16(index)
        }
        unsafe indexes = unsafe table
    }

    private static func hasDistinctSlots(_ modules: [any Module.Type], _ factor: UInt) -> Bool {
        Set(modules.map { slot(ObjectIdentifier($0), factor) }).count == modules.count
    }
}
