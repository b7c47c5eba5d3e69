// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// Finds out who a client is: httpd's check_user_id for `AuthType Basic`.
enum BasicAuthentication {
    @Sendable
    static func isFor(_ request: borrowing Request) -> Bool {
        request.configuredAuthType?.lowercased() == "basic"
    }

    /// To be hooked with `when: isFor`.
    @Sendable
    static func run(_ request: inout Request) async throws(RequestError) -> Outcome {
        guard let realm = request.configuredAuthName else {
            request.log(
                .error, in: AuthBasicModule.self, "AH01615", "need AuthName: \(request.path)")
            throw RequestError(.internalServerError)
        }
        request.authType = request.configuredAuthType
        let credentials = try credentials(of: &request)
        // Known to the log even if the password is wrong.
        request.user = credentials.user
        let answer = await ask(&request, credentials, realm)
        if answer == .granted { return .done }
        let config = request.config(of: AuthBasicModule.self)
        if answer != .denied, !config.isAuthoritative { return .declined }
        throw refusal(answer, credentials.user, &request)
    }

    /// Sets the field that asks for a user.
    @Sendable
    static func challenge(_ request: inout Request) {
        let realm = request.configuredAuthName ?? ""
        request.response.errorFields.set(.wwwAuthenticate, "Basic realm=\"\(realm)\"")
    }

    private static func credentials(
        of request: inout Request
    ) throws(RequestError) -> BasicCredentials {
        guard let field = request.fields[.authorization] else {
            challenge(&request)
            throw RequestError(.unauthorized)
        }
        switch AuthorizationField.read(field) {
        case .basic(let credentials): return credentials
        case .otherScheme:
            request.log(
                .error, in: AuthBasicModule.self, "AH01614",
                "client used wrong authentication scheme: \(request.path)")
        case .malformed:
            request.log(
                .error, in: AuthBasicModule.self, "",
                "client sent malformed credentials: \(request.path)")
        }
        challenge(&request)
        throw RequestError(.unauthorized)
    }

    private static func refusal(
        _ answer: Authentication, _ user: String, _ request: inout Request
    ) -> RequestError {
        switch answer {
        case .denied:
            request.log(
                .error, in: AuthBasicModule.self, "AH01617",
                "user \(user): authentication failure for \"\(request.path)\": Password Mismatch")
        case .userNotFound:
            request.log(
                .error, in: AuthBasicModule.self, "AH01618",
                "user \(user) not found: \(request.path)")
        case .failed, .granted: return RequestError(.internalServerError)
        }
        challenge(&request)
        return RequestError(.unauthorized)
    }
}

// MARK: - Providers

extension BasicAuthentication {
    /// Asks one provider after another, until one knows the user.
    private static func ask(
        _ request: inout Request, _ credentials: BasicCredentials, _ realm: String
    ) async -> Authentication {
        let config = request.config(of: AuthBasicModule.self)
        guard let providers = providers(config, request) else { return .failed }
        for provider in providers {
            let answer =
                config.usesDigestAlgorithm
                ? await compareHash(&request, credentials, realm, provider)
                : await provider.checkPassword?(
                    &request, credentials.user, credentials.password) ?? .failed
            if answer != .userNotFound { return answer }
        }
        return .userNotFound
    }

    private static func providers(
        _ config: AuthBasicModule.DirectoryConfig, _ request: borrowing Request
    ) -> [AuthenticationProvider]? {
        if !config.providers.isEmpty { return config.providers }
        let known = request.connection.server.hooks.providers
        if let file = known.lookUp("file", AuthenticationProvider.self) { return [file] }
        request.log(.error, in: AuthBasicModule.self, "AH01616", "No Authn provider configured")
        return nil
    }

    /// Checks a password as if Digest authentication had been used.
    private static func compareHash(
        _ request: inout Request, _ credentials: BasicCredentials, _ realm: String,
        _ provider: AuthenticationProvider
    ) async -> Authentication {
        guard let realmHash = provider.realmHash else {
            request.log(
                .error, in: AuthBasicModule.self, "AH02493",
                "provider does not support AuthBasicUseDigestAlgorithm")
            return .failed
        }
        let text = "\(credentials.user):\(realm):\(credentials.password)"
        let digest = Digest.md5.hexadecimal(of: text.bytes)
        switch await realmHash(&request, credentials.user, realm) {
        case .found(let hash): return hash == digest ? .granted : .denied
        case .denied: return .denied
        case .userNotFound: return .userNotFound
        case .failed: return .failed
        }
    }
}
