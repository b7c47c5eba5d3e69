// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The limits for the stages of a request, each set by itself.
struct RequestStages: Mergeable, Sendable {
    typealias Stage = ReadTimeouts.Stage

    @Setting var handshake = Stage(initial: .zero)
    @Setting var header = Stage(initial: .seconds(20), maximum: .seconds(40), minimumRate: 500)
    @Setting var body = Stage(initial: .seconds(20), minimumRate: 500)

    func merged(over parent: Self) -> Self {
        var result = self
        result.$handshake.inherit(from: parent.$handshake)
        result.$header.inherit(from: parent.$header)
        result.$body.inherit(from: parent.$body)
        return result
    }

    /// A stage of no seconds has no limit.
    var timeouts: ReadTimeouts {
        func limit(_ stage: Stage) -> Stage? { stage.initial == .zero ? nil : stage }
        return ReadTimeouts(
            handshake: limit(handshake), header: limit(header), body: limit(body),
            module: ReqTimeoutModule.self)
    }
}

extension RequestStages {
    static let argument = Argument<Self>(
        "stage=timeout[-maxtimeout][,MinRate=rate] ...", arity: .raw
    ) { words throws(ArgumentError) in
        var stages = Self()
        for word in ConfigWords.split(words[0]) { try stages.set(word) }
        return stages
    }

    mutating func set(_ word: String) throws(ArgumentError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw ArgumentError(
                "Invalid RequestReadTimeout parameter. Parameter must be in the form 'key=value'")
        }
        do throws(ArgumentError) {
            switch parts[0].lowercased() {
            case "handshake": handshake = try Self.stage(parts[1])
            case "header": header = try Self.stage(parts[1])
            case "body": body = try Self.stage(parts[1])
            default:
                throw ArgumentError(
                    "Unknown RequestReadTimeout parameter",
                    remedy: "there are handshake, header and body")
            }
        } catch {
            throw ArgumentError(
                "RequestReadTimeout: \(parts[0])=\(parts[1]): \(error.problem)",
                remedy: error.remedy)
        }
    }

    /// `timeout`, `timeout,MinRate=rate` or `timeout-maxtimeout,MinRate=rate`.
    private static func stage(_ text: Substring) throws(ArgumentError) -> Stage {
        let mark = ",minrate="
        guard let comma = text.firstIndex(of: ","), text[comma...].lowercased().hasPrefix(mark)
        else {
            if text.contains("-") {
                throw ArgumentError("Must set MinRate option if using timeout range")
            }
            return Stage(initial: .seconds(try number(text)))
        }
        let rate = try number(text[comma...].dropFirst(mark.count))
        guard rate > 0 else { throw ArgumentError("Minimum data rate must be larger than 0") }
        let times = text[..<comma].split(
            separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let maximum = try times.count > 1 ? number(times[1]) : 0
        let initial = try number(times[0])
        guard maximum == 0 || initial < maximum else {
            throw ArgumentError("Maximum timeout must be larger than initial timeout")
        }
        return Stage(
            initial: .seconds(initial), maximum: maximum == 0 ? nil : .seconds(maximum),
            minimumRate: rate)
    }

    private static func number(_ text: Substring) throws(ArgumentError) -> Int {
        let isNegative = text.hasPrefix("-")
        let digits = text.drop { $0 == "-" || $0 == "+" }.prefix { ("0"..."9").contains($0) }
        guard let value = Int(digits) else {
            throw ArgumentError("Value '\(text)' not numerical")
        }
        let rest = text[digits.endIndex...]
        guard rest.isEmpty else { throw ArgumentError("Cannot parse '\(rest)'") }
        if isNegative { throw ArgumentError("Value must be non-negative") }
        return value
    }
}
