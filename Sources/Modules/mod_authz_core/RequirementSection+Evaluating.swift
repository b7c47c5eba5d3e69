// SPDX-License-Identifier: Apache-2.0

internal import Apus

extension RequirementSection {
    /// The answer to a request, where no line waits.
    func evaluate(_ request: borrowing Request) -> Authorization {
        var verdict = Verdict(`operator`)
        for child in children {
            let answer: Authorization
            switch child {
            case .line(let line):
                answer =
                    line.answerElsewhere(request.method, in: `operator`) ?? line.evaluate(request)
                line.log(answer, request)
            case .section(let section):
                answer =
                    section.answerElsewhere(request.method, in: `operator`)
                    ?? section.evaluate(request)
            }
            if verdict.take(answer) { break }
        }
        return conclude(verdict.result, request)
    }

    /// The answer to a request, waited for where need be.
    func evaluateAwaiting(_ request: inout Request) async -> Authorization {
        var verdict = Verdict(`operator`)
        for child in children {
            let answer: Authorization
            switch child {
            case .line(let line):
                if let elsewhere = line.answerElsewhere(request.method, in: `operator`) {
                    answer = elsewhere
                } else {
                    answer = await line.evaluateAwaiting(&request)
                }
                line.log(answer, request)
            case .section(let section):
                if let elsewhere = section.answerElsewhere(request.method, in: `operator`) {
                    answer = elsewhere
                } else {
                    answer = await section.evaluateAwaiting(&request)
                }
            }
            if verdict.take(answer) { break }
        }
        return conclude(verdict.result, request)
    }

    private func conclude(_ result: Authorization, _ request: borrowing Request) -> Authorization {
        let result = isNegated ? result.negated : result
        request.log(
            .debug, in: AuthzCoreModule.self, "AH01626",
            "authorization result of \(displayName): \(result.displayName)")
        return result
    }

    fileprivate func answerElsewhere(_ method: HTTPMethod, in parent: Operator) -> Authorization? {
        methods.answerElsewhere(method, in: parent)
    }
}

extension RequireLine {
    fileprivate func evaluate(_ request: borrowing Request) -> Authorization {
        let answer: Authorization
        switch requirement {
        case .always(let constant): answer = constant
        case .computed(let compute): answer = compute(request)
        // A section with such a line is not asked here.
        case .awaited: answer = .failed
        }
        return isNegated ? answer.negated : answer
    }

    fileprivate func evaluateAwaiting(_ request: inout Request) async -> Authorization {
        guard case .awaited(let wait) = requirement else { return evaluate(request) }
        let answer = await wait(&request)
        return isNegated ? answer.negated : answer
    }

    fileprivate func answerElsewhere(
        _ method: HTTPMethod, in parent: RequirementSection.Operator
    ) -> Authorization? {
        methods.answerElsewhere(method, in: parent)
    }

    fileprivate func log(_ answer: Authorization, _ request: borrowing Request) {
        request.log(
            .debug, in: AuthzCoreModule.self, "AH01626",
            "authorization result of \(text): \(answer.displayName)")
    }
}

extension MethodSet? {
    /// What lines for other methods say of this one: nothing that would keep it out.
    fileprivate func answerElsewhere(
        _ method: HTTPMethod, in parent: RequirementSection.Operator
    ) -> Authorization? {
        guard let methods = self, !methods.contains(method.name) else { return nil }
        return parent == .all ? .granted : .neutral
    }
}

/// The answers of a section's children on their way to becoming one.
struct Verdict {
    private(set) var result = Authorization.neutral
    private let `operator`: RequirementSection.Operator

    init(_ operator: RequirementSection.Operator) { self.operator = `operator` }

    /// Takes the next answer. True: no further one can change the result.
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
