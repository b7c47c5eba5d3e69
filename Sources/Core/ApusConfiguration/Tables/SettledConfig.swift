// SPDX-License-Identifier: Apache-2.0

// Each request asks for the settings of a dozen modules, and most questions are for a flag. To take
// hold of a box for that, and to let go of it, takes longer than to find it and to read the flag.

/// The settings of all modules as they act, read where they are.
@safe
public struct SettledConfig: Sendable {
    public let vector: ConfigVector
    /// Where the values are, by the index of their module.
    // They are in the boxes of `vector`, which stay as they are for as long as this has them.
    @usableFromInline nonisolated(unsafe) let places: [UnsafeRawPointer?]

    /// - Parameter vector: merged over the defaults, so that it has settings of all modules.
    public init(_ vector: ConfigVector) {
        self.vector = vector
        unsafe places = vector.boxes.map { unsafe $0?.place }
    }

    /// The settings of a module, whose type is `Config`.
    @inlinable
    public subscript<Config: ModuleConfig>(type: Config.Type, at index: Int) -> Config {
        @inline(__always) _read {
            yield unsafe places[index]!.assumingMemoryBound(to: Config.self).pointee
        }
    }
}
