// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What a line of the Redirect family says.
enum RedirectArguments {
    case rule(RedirectRule)
    /// For all that its section is for.
    case section(RedirectAnswer)

    /// - Parameters:
    ///   - words: an optional status, then what is redirected, and where to.
    ///   - standard: the status that holds where none is given.
    init(
        _ words: [String], standard: HTTPStatus, isMatch: Bool, isInSection: Bool
    ) throws(ArgumentError) {
        let given = Self.status(words[0])
        guard words.count < 3 || given != nil else {
            throw ArgumentError(
                "Redirect: invalid first argument (of three)",
                remedy: "write permanent, temp, seeother, gone or the number of a status")
        }
        let status = given ?? standard
        let rest = given == nil ? words : Array(words.dropFirst())
        let needed = status.isRedirection ? 2 : 1
        if rest.count == needed - 1, isInSection, !isMatch {
            let target = try rest.first.map { word throws(ArgumentError) in
                try SectionTarget.constant(word, of: "redirect")
            }
            self = .section(RedirectAnswer(status: status, target: target))
            return
        }
        guard rest.count >= needed else { throw ArgumentError("URL to redirect to is missing") }
        guard rest.count == needed else {
            throw ArgumentError(
                "Redirect URL not valid for this status",
                remedy: "status \(status.code) sends nobody anywhere; leave \(rest[1]) out")
        }
        let target = rest.count > 1 ? rest[1] : nil
        if let target, !isMatch, !target.hasPrefix("/"), !RedirectAnswer.isURL(target) {
            throw ArgumentError(
                "Redirect to non-URL",
                remedy: "'\(target)' neither begins with a slash nor with a scheme like http://")
        }
        self = .rule(
            RedirectRule(
                pattern: try PathPattern(rest[0], isExpression: isMatch),
                answer: RedirectAnswer(status: status, target: target)))
    }

    private static func status(_ word: String) -> HTTPStatus? {
        switch word.lowercased() {
        case "permanent": return .movedPermanently
        case "temp": return .found
        case "seeother": return .seeOther
        case "gone": return .gone
        default:
            let digits = word.prefix { $0.isASCII && $0.isNumber }
            return UInt16(digits).map { HTTPStatus($0) }
        }
    }
}

/// The target of an Alias or Redirect that stands in a section without a URL-path.
enum SectionTarget {
    /// A target that says the same for every request.
    static func constant(_ text: String, of kind: String) throws(ArgumentError) -> String {
        guard !text.contains("%{") else {
            throw ArgumentError(
                "Cannot parse \(kind) expression '\(text)'",
                remedy: "there are no variables here; the Match form outside of the section "
                    + "can put parts of the path into its target")
        }
        return text
    }
}
