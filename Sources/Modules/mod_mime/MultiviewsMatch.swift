// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// `MultiviewsMatch`: which extensions make a file a variant of what was asked for.
struct MultiviewsMatch: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let any = MultiviewsMatch(rawValue: 1)
    static let negotiatedOnly = MultiviewsMatch(rawValue: 2)
    static let filters = MultiviewsMatch(rawValue: 4)
    static let handlers = MultiviewsMatch(rawValue: 8)

    /// Adds the option that a word stands for.
    mutating func add(_ word: String) throws(ArgumentError) {
        switch word.lowercased() {
        case "any": try add(.any, "Any", besides: "NegotiatedOnly, Filters and Handlers", .any)
        case "negotiatedonly":
            try add(
                .negotiatedOnly, "NegotiatedOnly", besides: "Any, Filters and Handlers",
                .negotiatedOnly)
        case "filters":
            try add(.filters, "Filters", besides: "Any and NegotiatedOnly", [.filters, .handlers])
        case "handlers":
            try add(
                .handlers, "Handlers", besides: "Any and NegotiatedOnly", [.filters, .handlers])
        default:
            throw ArgumentError(
                "Unrecognized option '\(word)'",
                remedy: "write Any, NegotiatedOnly, or one or both of Filters and Handlers")
        }
    }

    private mutating func add(
        _ option: Self, _ name: String, besides others: String, _ compatible: Self
    ) throws(ArgumentError) {
        guard subtracting(compatible).isEmpty else {
            throw ArgumentError("\(name) is incompatible with \(others)")
        }
        insert(option)
    }
}
