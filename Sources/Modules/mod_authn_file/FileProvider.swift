// SPDX-License-Identifier: Apache-2.0

internal import Apus

// A file is read anew for each request, as httpd does: a user who is taken out of it is out at
// once. Reading and hashing both block, so both happen where code that blocks runs.

/// The provider `file`.
enum FileProvider {
    static let provider = AuthenticationProvider(
        checkPassword: checkPassword, realmHash: realmHash)

    @Sendable
    private static func checkPassword(
        _ request: inout Request, _ user: String, _ password: String
    ) async -> Authentication {
        let (user, password) = (user.bytes, password.bytes)
        let found = await lookUp(request) { file in
            file.hash(of: user).map { PasswordHash($0).matches(password) }
        }
        switch found {
        case .found(let matches): return matches ? .granted : .denied
        case .userNotFound: return .userNotFound
        case .failed: return .failed
        }
    }

    @Sendable
    private static func realmHash(
        _ request: inout Request, _ user: String, _ realm: String
    ) async -> RealmHash {
        let (user, realm) = (user.bytes, realm.bytes)
        let found = await lookUp(request) { $0.hash(of: user, in: realm) }
        switch found {
        case .found(let hash): return .found(String(bytes: hash.span))
        case .userNotFound: return .userNotFound
        case .failed: return .failed
        }
    }

    private enum LookUp<Answer> {
        case found(Answer)
        case userNotFound
        /// And the log says why.
        case failed
    }

    /// What `ask` finds in the file of the request, nil for a user who is not there.
    private static func lookUp<Answer: Sendable>(
        _ request: borrowing Request, _ ask: @escaping @Sendable (UserFile) -> Answer?
    ) async -> LookUp<Answer> {
        guard let file = userFile(of: request) else { return .failed }
        let context = request.connection.context
        let found = await context.blocking.run(on: context.loop) { UserFile.open(file).map(ask) }
        switch found {
        case .success(let answer?): return .found(answer)
        case .success(nil): return .userNotFound
        case .failure(let error):
            request.log(
                .error, in: AuthnFileModule.self, "AH01620",
                "Could not open password file: \(file)", error: error)
            return .failed
        }
    }

    private static func userFile(of request: borrowing Request) -> String? {
        if let file = request.config(of: AuthnFileModule.self).userFile { return file }
        request.log(
            .error, in: AuthnFileModule.self, "AH01619",
            "AuthUserFile not specified in the configuration")
        return nil
    }
}
