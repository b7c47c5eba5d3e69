// SPDX-License-Identifier: Apache-2.0

/// Carries a value into a closure that runs on the same loop.
///
/// `@unchecked` for that reason: the value never leaves the loop's thread.
public struct LoopConfined<Value>: @unchecked Sendable {
    public let value: Value
    public init(_ value: Value) { self.value = value }
}
