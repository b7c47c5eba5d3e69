// SPDX-License-Identifier: Apache-2.0

internal import Apus

extension RequirementSection {
    /// The answer to a request, where no line waits.
    ///
    /// - Parameter parent: the operator of the section around it.
    func evaluate(
        _ request: borrowing Request, in parent: Operator = .all
    ) -> Authorization {
        if let answer = methods.answerForOthers(displayName, request, in: parent) { return answer }
        var verdict = Verdict(`operator`)
        for child in children {
            let answer =
                switch child {
                case .line(let line): line.evaluate(request, in: `operator`)
                case .section(let section): section.evaluate(request, in: `operator`)
                }
            if verdict.take(answer) { break }
        }
        return conclude(verdict.result, request)
    }

    /// The answer, where it is the same for all requests: `Require all granted`.
    var constantAnswer: Authorization? {
        guard methods == nil else { return nil }
        var verdict = Verdict(`operator`)
        for child in children {
            let answer =
                switch child {
                case .line(let line): line.constantAnswer
                case .section(let section): section.constantAnswer
                }
            guard let answer else { return nil }
            if verdict.take(answer) { break }
        }
        return isNegated ? verdict.result.negated : verdict.result
    }

    /// The answer to a request, waited for where need be.
    func evaluateAwaiting(
        _ request: inout Request, in parent: Operator = .all
    ) async -> Authorization {
        if let answer = methods.answerForOthers(displayName, request, in: parent) { return answer }
        var verdict = Verdict(`operator`)
        for child in children {
            let answer: Authorization
            switch child {
            case .line(let line): answer = await line.evaluateAwaiting(&request, in: `operator`)
            case .section(let section):
                answer = await section.evaluateAwaiting(&request, in: `operator`)
            }
            if verdict.take(answer) { break }
        }
        return conclude(verdict.result, request)
    }

    private func conclude(_ result: Authorization, _ request: borrowing Request) -> Authorization {
        let answer = isNegated ? result.negated : result
        answer.log(for: displayName, request)
        return answer
    }
}

extension RequireLine {
    fileprivate var constantAnswer: Authorization? {
        guard methods == nil, case .always(let answer) = requirement else { return nil }
        return isNegated ? answer.negated : answer
    }

    fileprivate func evaluate(
        _ request: borrowing Request, in parent: RequirementSection.Operator
    ) -> Authorization {
        if let answer = methods.answerForOthers(text, request, in: parent) { return answer }
        switch requirement {
        case .always(let answer): return conclude(answer, request)
        case .computed(let compute): return conclude(compute(request), request)
        // A section with such a line is not asked here.
        case .awaited: return .failed
        }
    }

    fileprivate func evaluateAwaiting(
        _ request: inout Request, in parent: RequirementSection.Operator
    ) async -> Authorization {
        guard case .awaited(let wait) = requirement else { return evaluate(request, in: parent) }
        if let answer = methods.answerForOthers(text, request, in: parent) { return answer }
        return conclude(await wait(&request), request)
    }

    private func conclude(_ result: Authorization, _ request: borrowing Request) -> Authorization {
        let answer = isNegated ? result.negated : result
        answer.log(for: text, request)
        return answer
    }
}

extension MethodSet? {
    /// What lines for other methods say of a request: nothing that would keep it out.
    ///
    /// Nil where they are for its method.
    fileprivate func answerForOthers(
        _ text: @autoclosure () -> String, _ request: borrowing Request,
        in parent: RequirementSection.Operator
    ) -> Authorization? {
        guard let methods = self, !methods.contains(request.method.name) else { return nil }
        let answer: Authorization = parent == .all ? .granted : .neutral
        request.log(
            .debug, in: AuthzCoreModule.self, "AH01625",
            "authorization result of \(text()): \(answer.displayName) (directive limited to other "
                + "methods)")
        return answer
    }
}

/// The answers of a section's children on their way to becoming one.
struct Verdict {
    private(set) var result = Authorization.neutral
    private let `operator`: RequirementSection.Operator

    init(_ operator: RequirementSection.Operator) { self.operator = `operator` }

    /// Takes the next answer.
    ///
    /// True: no further one can change the result.
    mutating func take(_ answer: Authorization) -> Bool {
        switch answer {
        case .neutral: return false
        case .failed:
            result = .failed
            return true
        // That a user is wanted counts as long as a user could still change something.
        case .deniedWithoutUser where `operator` == .all: result = answer
        case .deniedWithoutUser where result == .denied: result = answer
        default: if result == .neutral { result = answer }
        }
        let decisive: Authorization = `operator` == .all ? .denied : .granted
        if answer == decisive { result = answer }
        return answer == decisive
    }
}

extension Authorization {
    /// The answer of a line with `not`: what it does not deny is not granted by that.
    var negated: Authorization {
        switch self {
        case .granted: .denied
        case .denied, .deniedWithoutUser: .neutral
        case .neutral, .failed: self
        }
    }

    fileprivate func log(for text: @autoclosure () -> String, _ request: borrowing Request) {
        request.log(
            .debug, in: AuthzCoreModule.self, "AH01626",
            "authorization result of \(text()): \(displayName)")
    }

    /// In the words of httpd's log.
    fileprivate var displayName: String {
        switch self {
        case .granted: "granted"
        case .denied: "denied"
        case .neutral: "neutral"
        case .deniedWithoutUser: "denied (no authenticated user yet)"
        case .failed: "error"
        }
    }
}
