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
        guard let file = userFile(of: request) else { return .failed }
        let context = request.connection.context
        let found: Result<Bool?, SystemError> = await context.blocking.run(on: context.loop) {
            UserFile.open(file).map { file in
                file.hash(of: user).map { PasswordHash($0).matches(password) }
            }
        }
        switch found {
        case .success(let matches?): return matches ? .granted : .denied
        case .success(nil): return .userNotFound
        case .failure(let error):
            logFailure(error, file, request)
            return .failed
        }
    }

    @Sendable
    private static func realmHash(
        _ request: inout Request, _ user: String, _ realm: String
    ) async -> RealmHash {
        let (user, realm) = (user.bytes, realm.bytes)
        guard let file = userFile(of: request) else { return .failed }
        let context = request.connection.context
        let found: Result<[UInt8]?, SystemError> = await context.blocking.run(on: context.loop) {
            UserFile.open(file).map { $0.hash(of: user, in: realm) }
        }
        switch found {
        case .success(let hash?): return .found(String(bytes: hash.span))
        case .success(nil): return .userNotFound
        case .failure(let error):
            logFailure(error, file, request)
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

    private static func logFailure(
        _ error: SystemError, _ file: String, _ request: borrowing Request
    ) {
        request.log(
            .error, in: AuthnFileModule.self, "AH01620",
            "Could not open password file: \(file)", error: error)
    }
}
