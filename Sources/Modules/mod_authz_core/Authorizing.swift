// SPDX-License-Identifier: Apache-2.0

internal import Apus

// The lines are asked twice at most. First without a user: most of them are about addresses and
// the like, and a public page must not ask anybody for a password. Only if the answer could be
// another for some user is the user found out, and the lines are asked again.

/// The phases of authorization.
enum Authorizing {
    static func register(in hooks: inout Hooks) {
        hooks.accessCheckerEx.add(AuthzCoreModule.self, .last) { request throws(RequestError) in
            guard let tree = request[directory: AuthzCoreModule.self].tree else {
                return try admitWithoutRequirements(request)
            }
            // How an answer came about is told to who wants to read that.
            if let answer = tree.constantAnswer, !request.logs(.debug, in: AuthzCoreModule.self) {
                return try conclude(answer, &request)
            }
            if tree.root.waits { return .declined }
            return try conclude(tree.root.evaluate(request), &request)
        }
        hooks.accessCheckerEx.addAsync(AuthzCoreModule.self, .last) {
            request throws(RequestError) in
            guard let tree = request[directory: AuthzCoreModule.self].tree, tree.root.waits
            else { return .declined }
            return try conclude(await tree.root.evaluateAwaiting(&request), &request)
        }
        hooks.authChecker.addAsync(AuthzCoreModule.self, .last) { request throws(RequestError) in
            guard let tree = request[directory: AuthzCoreModule.self].tree else {
                return try admitWithoutRequirements(request)
            }
            let result = await tree.root.evaluateAwaiting(&request)
            return try concludeForUser(result, &request)
        }
    }

    private static func admitWithoutRequirements(
        _ request: borrowing Request
    ) throws(RequestError) -> Outcome {
        if request.configuredAuthType != nil {
            request.log(
                .error, in: AuthzCoreModule.self, "AH01627",
                "AuthType configured with no corresponding authorization directives")
            throw RequestError(.internalServerError)
        }
        request.log(
            .debug, in: AuthzCoreModule.self, "AH01628",
            "authorization result: granted (no directives)")
        return .done
    }

    /// The outcome before a user is known.
    private static func conclude(
        _ result: Authorization, _ request: inout Request
    ) throws(RequestError) -> Outcome {
        switch result {
        case .granted: return .done
        case .deniedWithoutUser: return .declined
        case .failed: throw RequestError(.internalServerError)
        case .denied, .neutral: throw forbid(request)
        }
    }

    /// The outcome once the user is known, or nobody could find out.
    private static func concludeForUser(
        _ result: Authorization, _ request: inout Request
    ) throws(RequestError) -> Outcome {
        switch result {
        case .granted: return .done
        case .failed: throw RequestError(.internalServerError)
        case .deniedWithoutUser:
            request.log(
                .error, in: AuthzCoreModule.self, "AH01629",
                "authorization failure (no authenticated user): \(request.path)")
            request.noteAuthenticationFailure()
            throw RequestError(.unauthorized)
        case .denied, .neutral:
            guard request.configuredAuthType != nil else { throw forbid(request) }
            request.log(
                .error, in: AuthzCoreModule.self, "AH01631",
                "user \(request.user ?? ""): authorization failure for \"\(request.path)\": ")
            let config = request.config(of: AuthzCoreModule.self)
            if config.sendsForbiddenOnFailure { throw RequestError(.forbidden) }
            request.noteAuthenticationFailure()
            throw RequestError(.unauthorized)
        }
    }

    private static func forbid(_ request: borrowing Request) -> RequestError {
        request.log(
            .error, in: AuthzCoreModule.self, "AH01630",
            "client denied by server configuration: \(request.filename ?? "uri \(request.path)")")
        return RequestError(.forbidden)
    }
}
