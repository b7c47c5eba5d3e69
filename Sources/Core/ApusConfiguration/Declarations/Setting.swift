// SPDX-License-Identifier: Apache-2.0

/// A setting that knows its default, and whether it was set.
///
///     @Setting var keepAliveTimeout: Duration = .seconds(5)
///
/// `keepAliveTimeout` is the value in force; `$keepAliveTimeout` is the setting itself, which is
/// what a directive names.
@propertyWrapper
public struct Setting<Value: Sendable>: Sendable {
    /// What the configuration says, if it says anything.
    public private(set) var explicit: Value?
    /// What holds otherwise.
    public let standard: Value

    @inlinable
    public init(wrappedValue standard: Value) {
        self.init(standard: standard)
    }

    public init(standard: Value) {
        self.standard = standard
    }

    @inlinable
    public init() where Value: ExpressibleByNilLiteral { self.init(standard: nil) }

    public var wrappedValue: Value {
        @inlinable get { explicit ?? standard }
        set { explicit = newValue }
    }

    public var projectedValue: Self {
        get { self }
        set { self = newValue }
    }

    @inlinable public var isSet: Bool { explicit != nil }

    public mutating func inherit(from parent: Self) {
        if explicit == nil { explicit = parent.explicit }
    }
}

extension Setting: Equatable where Value: Equatable {}
extension Setting: Hashable where Value: Hashable {}
