// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
public import ApusRuntime
internal import Glibc

/// `RLimitCPU`, `RLimitMEM` and `RLimitNPROC`: what programs may use that the server starts for a
/// request.
public struct ResourceLimits: Mergeable, Sendable, Hashable {
    public var limits: [LimitedResource: ResourceLimit] = [:]

    public init() {}

    public func merged(over parent: Self) -> Self {
        var result = self
        result.limits.merge(parent.limits) { own, _ in own }
        return result
    }
}

extension CoreModule {
    static let resourceLimitDirectives: [Directive<DirectoryConfig>] = [
        limit(
            "RLimitCPU", .processorTime, unit: "seconds",
            "Soft/hard limits for max CPU usage in seconds"),
        limit(
            "RLimitMEM", .memory, unit: "bytes",
            "Soft/hard limits for max memory usage per process"),
        limit(
            "RLimitNPROC", .processes, unit: "number",
            "soft/hard limits for max number of processes per uid"),
    ]

    private static func limit(
        _ name: String, _ resource: LimitedResource, unit: String, _ summary: String
    ) -> Directive<DirectoryConfig> {
        Directive(
            name, in: .anywhere, merges: \.resourceLimits,
            Argument<ResourceLimits>("\(unit)|max [\(unit)|max]", arity: .oneOrTwo) {
                words, context throws(ArgumentError) in
                var result = ResourceLimits()
                result.limits[resource] = try resourceLimit(words, resource, context.directive)
                return result
            }, summary, override: .all)
    }

    /// httpd's `unixd_set_rlimit`: the soft limit, then the hard one, which only root can raise.
    static func resourceLimit(
        _ words: [String], _ resource: LimitedResource, _ directive: String,
        isRoot: Bool = geteuid() == 0
    ) throws(ArgumentError) -> ResourceLimit {
        var limit = resource.current
        let hard = words.count > 1 ? try value(words[1], most: limit.hard, directive) : limit.hard
        limit.soft = try value(words[0], most: limit.hard, directive)
        guard isRoot || hard <= limit.hard else {
            throw ArgumentError("Must be uid 0 to raise maximum \(directive)")
        }
        limit.hard = hard
        limit.soft = min(limit.soft, hard)
        return limit
    }

    private static func value(
        _ word: String, most: UInt64, _ directive: String
    ) throws(ArgumentError) -> UInt64 {
        if word.lowercased() == "max" { return most }
        guard let number = UInt64(word) else {
            throw ArgumentError(
                "Invalid parameters for \(directive)",
                remedy: "'\(word)' is no number; write one, or max")
        }
        return number
    }
}
