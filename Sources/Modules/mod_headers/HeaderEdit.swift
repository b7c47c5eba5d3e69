// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// `edit` and `edit*`: replaces what a regular expression finds in the values of a field.
struct HeaderEdit: Sendable {
    let pattern: RegularExpression
    /// May hold `$1` and format specifiers; the latter are filled in first.
    let replacement: HeaderValue
    /// Whether all that is found is replaced, or only the first.
    let isRepeated: Bool

    func apply(to fields: inout Fields, _ name: FieldName, _ request: borrowing Request) {
        var next = fields.firstIndex(of: name)
        while let index = next {
            if pattern.matches(fields.value(at: index)) {
                let template = replacement.text(for: request).bytes
                let value = edited(fields.valueText(at: index), template)
                fields.setValue(at: index, value)
            }
            next = fields.firstIndex(of: name, from: index + 1)
        }
    }

    /// The value with its matches replaced.
    func edited(_ value: String, _ template: [UInt8]) -> String {
        let bytes = value.bytes
        var result: [UInt8] = []
        var start = 0
        repeat {
            // What is behind a match is a text of its own, with a beginning that `^` matches.
            let rest = bytes.span.extracting(start...)
            guard let match = pattern.firstMatch(in: rest) else { break }
            result += bytes[start..<start + match.range.lowerBound]
            match.expand(template, subject: rest, into: &result)
            start += match.range.upperBound
            // An empty match would be found again in the same place, for ever.
            if match.range.isEmpty, isRepeated, start < bytes.count {
                result.append(bytes[start])
                start += 1
            }
        } while isRepeated && start < bytes.count
        result += bytes[start...]
        return String(bytes: result.span)
    }
}
