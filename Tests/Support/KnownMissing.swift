// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Testing

/// What Apache has and our server is yet to have; Tests/README.md lists it too.
///
/// A test that needs some of it is cancelled under our server, which shows in the output of the
/// run. Whoever builds the thing deletes its line here, and the tests tell whether it is right.
enum KnownMissing {
    private static let modules: Set<String> = [
        "access_compat", "actions", "allowmethods", "asis", "authz_groupfile", "deflate",
        "expires", "filter", "include", "info", "negotiation", "proxy", "remoteip", "rewrite",
        "userdir", "vhost_alias",
    ]

    /// The ways in which a configuration holds an expression.
    private static let expressions = ["<if \"", "setenvifexpr", "expr=", "require expr"]

    /// Cancels the test if our server cannot be asked for this yet.
    ///
    /// - Parameter texts: the configuration, and files that may be .htaccess files.
    static func check(_ needed: Set<String>, _ texts: [String]) throws {
        guard !ServerProgram.underTest.isApache else { return }
        let missing = needed.intersection(modules).filter { !ServerProgram.hasOwn($0) }
        if !missing.isEmpty {
            try Test.cancel("not there yet: \(missing.sorted().joined(separator: ", "))")
        }
        for text in texts where expressions.contains(where: text.lowercased().contains) {
            try Test.cancel("not there yet: expressions")
        }
    }
}
