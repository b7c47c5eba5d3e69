// SPDX-License-Identifier: Apache-2.0

/// The settings of one module, for a virtual host or for a directory.
///
/// A fresh value holds the defaults. How an inner value inherits from an outer one follows from
/// the directives (`Directive`), unless the type says it itself (`SelfMerging`).
public protocol ModuleConfig: Sendable {
    init()
}

/// What a module without settings has.
public struct NoConfig: ModuleConfig {
    public init() {}
}

/// Settings whose inheritance is one rule for all of them.
public protocol SelfMerging: ModuleConfig {
    /// The settings of an inner section as they act: its own, laid over those of the outer one.
    func merged(over parent: Self) -> Self
}

/// A value with a rule of its own for being laid over an outer one, such as that of `Options`.
///
/// The rule holds between sections, and between two lines of one section.
public protocol Mergeable: SendableMetatype {
    func merged(over parent: Self) -> Self
}

/// Entry by entry: the inner value of a key wins.
extension Dictionary: Mergeable {
    public func merged(over parent: Self) -> Self {
        parent.merging(self) { _, inner in inner }
    }
}
