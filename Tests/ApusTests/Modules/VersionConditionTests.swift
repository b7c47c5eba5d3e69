// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration
import Testing

@testable import Apus

@Suite("<IfVersion>")
struct VersionConditionTests {
    @Test(
        "compares with the release",
        arguments: [
            (["2.4.71"], true), (["2.4"], false), (["=", "2.4.71"], true),
            (["==", "2.4.70"], false), ([">", "2.4.70"], true), ([">", "2.4.71"], false),
            ([">=", "2.4"], true), ([">=", "2.5"], false), (["<", "3"], true),
            (["<", "2.4.71"], false), (["<=", "2.4.71"], true), (["!>=", "2.5"], true),
            (["!=", "2.4.71"], false), (["=", "/^2\\.4\\./"], true), (["~", "^2\\.2"], false),
            (["!~", "^2\\.2"], true), (["=", "2."], false),
        ])
    func compare(words: [String], holds: Bool) throws {
        #expect(try VersionCondition(words).holds(for: "2.4.71") == holds)
    }

    @Test(
        "is refused in httpd's words",
        arguments: [
            (["=>", "2"], "unrecognized operator '=>'"), (["!", "2"], "unrecognized operator '!'"),
            (["= ", "2"], "unrecognized operator '= '"),
            (["=", "/2"], "Missing delimiting / of regular expression."),
            (["~", "("], "Unable to compile regular expression"),
            (
                ["2.4.x"],
                "Version appears to be invalid. It must have the format major[.minor[.patch]] "
                    + "where major, minor and patch are numbers."
            ),
        ])
    func mistakes(words: [String], problem: String) {
        let error = #expect(throws: ArgumentError.self) {
            try VersionCondition(words).holds(for: "2.4.71")
        }
        #expect(error?.problem == problem)
    }
}
