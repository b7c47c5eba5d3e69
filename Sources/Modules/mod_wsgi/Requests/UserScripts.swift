// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The provider `wsgi` of authentication, by `WSGIAuthUserScript`.
enum UserScript {
    static let provider = AuthenticationProvider(
        checkPassword: checkPassword, realmHash: realmHash)

    @Sendable
    private static func checkPassword(
        _ request: inout Request, _ user: String, _ password: String
    ) async -> Authentication {
        let answer = await ask(
            "check_password", &request,
            [("mod_wsgi.auth_user", user), ("mod_wsgi.auth_password", password)])
        guard let answer else { return .failed }
        switch answer.first {
        case "allowed":
            // What the script calls the user holds from now on.
            if answer.count > 1 { request.user = answer[1] }
            return .granted
        case "denied": return .denied
        default: return .userNotFound
        }
    }

    @Sendable
    private static func realmHash(
        _ request: inout Request, _ user: String, _ realm: String
    ) async -> RealmHash {
        let answer = await ask(
            "get_realm_hash", &request,
            [("mod_wsgi.auth_user", user), ("mod_wsgi.auth_realm", realm)])
        guard let answer else { return .failed }
        return answer.count > 1 ? .found(answer[1]) : .userNotFound
    }

    /// - Returns: nil where the script cannot be asked, as the log says.
    private static func ask(
        _ function: String, _ request: inout Request, _ variables: [(String, String)]
    ) async -> [String]? {
        guard let script = request.config(of: WSGIModule.self).shared.values.authUserScript else {
            request.log(
                .error, in: WSGIModule.self, "",
                "Location of WSGI user authentication script not provided.")
            return nil
        }
        let question = Question(script: script, function: function, variables: variables)
        do throws(RequestError) {
            return try await question.ask(&request)
        } catch {
            if !error.reason.isEmpty {
                request.log(.error, in: WSGIModule.self, "", error.reason)
            }
            return nil
        }
    }
}

/// `Require wsgi-group`, by `WSGIAuthGroupScript`.
enum GroupScript {
    static let provider = AuthorizationProvider { text, _ throws(ArgumentError) in
        var reader = OptionReader(text)
        var groups: Set<String> = []
        while let group = reader.word() { groups.insert(group.lowercased()) }
        let wanted = groups
        return .awaited { request in await authorize(&request, wanted) }
    }

    /// - Parameter groups: in lower case, for mod_wsgi compares without regard to case.
    private static func authorize(_ request: inout Request, _ groups: Set<String>) async
        -> Authorization
    {
        guard let user = request.user else { return .deniedWithoutUser }
        let values = request.config(of: WSGIModule.self).shared.values
        guard let script = values.authGroupScript else {
            return deny("Location of WSGI group authorization script not provided.", request)
        }
        let question = Question(
            script: script, function: "groups_for_user",
            variables: [("mod_wsgi.auth_user", user)])
        do throws(RequestError) {
            let found = try await question.ask(&request).dropFirst()
            if found.contains(where: { groups.contains($0.lowercased()) }) { return .granted }
            return deny(
                "Authorization of user '\(user)' for access to '\(request.path)' failed. User is "
                    + "not a member of \(found.isEmpty ? "any" : "designated") groups.", request)
        } catch {
            return deny(error.reason, request)
        }
    }

    private static func deny(_ reason: String, _ request: borrowing Request) -> Authorization {
        if !reason.isEmpty { request.log(.error, in: WSGIModule.self, "", reason) }
        return .denied
    }
}
