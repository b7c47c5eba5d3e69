// SPDX-License-Identifier: Apache-2.0

/// A value that does not move and cannot be copied, where it may be one of many or missing.
final class Box<Value: ~Copyable> {
    var value: Value
    init(_ value: consuming Value) { self.value = value }
}
