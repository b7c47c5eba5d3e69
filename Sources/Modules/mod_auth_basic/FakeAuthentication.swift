// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// `AuthBasicFake`: credentials for what stands behind the server.
enum FakeAuthentication {
    static func run(_ request: inout Request) -> Outcome {
        guard let fake = request.config(of: AuthBasicModule.self).fakeCredentials else {
            return .declined
        }
        guard !fake.user.isEmpty else {
            ignore("AH02458", "username", &request)
            return .declined
        }
        guard !fake.password.isEmpty else {
            ignore("AH02459", "password", &request)
            return .declined
        }
        request.fields.set(.authorization, fake.fieldValue)
        return .done
    }

    private static func ignore(_ number: String, _ what: String, _ request: inout Request) {
        request.log(
            .info, in: AuthBasicModule.self, number,
            "AuthBasicFake: empty \(what) expression for URI '\(request.path)', ignoring")
        request.fields.remove(.authorization)
    }
}
