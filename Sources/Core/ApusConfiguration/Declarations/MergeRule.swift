// SPDX-License-Identifier: Apache-2.0

/// How one part of a module's settings inherits from an outer section.
///
/// Several directives may name the same part (Alias and ScriptAlias fill one list); the rule then
/// acts once.
public struct MergeRule<Config: ModuleConfig>: Sendable {
    let part: any AnyKeyPath & Sendable
    /// Completes the inner settings by the outer ones.
    let inherit: @Sendable (inout Config, Config) -> Void

    /// The innermost that is set wins.
    public static func inherits<Value>(
        _ part: any WritableKeyPath<Config, Setting<Value>> & Sendable
    ) -> Self {
        Self(part: part) { inner, outer in
            inner[keyPath: part].inherit(from: outer[keyPath: part])
        }
    }

    /// The lists are joined, the outer one first unless told otherwise.
    public static func appends<Element>(
        _ part: any WritableKeyPath<Config, [Element]> & Sendable, order: ListOrder = .outerFirst
    ) -> Self {
        Self(part: part) { inner, outer in
            let list = outer[keyPath: part]
            if list.isEmpty { return }
            switch order {
            case .outerFirst: inner[keyPath: part].insert(contentsOf: list, at: 0)
            case .innerFirst: inner[keyPath: part].append(contentsOf: list)
            }
        }
    }

    /// The value's own rule.
    public static func merges<Value: Mergeable>(
        _ part: any WritableKeyPath<Config, Value> & Sendable
    ) -> Self {
        Self(part: part) { inner, outer in
            inner[keyPath: part] = inner[keyPath: part].merged(over: outer[keyPath: part])
        }
    }
}

/// In which order the lists of an outer and an inner section are joined.
public enum ListOrder: Sendable { case outerFirst, innerFirst }
