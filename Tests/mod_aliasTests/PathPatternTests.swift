// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_alias

@Suite("The path of an Alias")
struct PathPatternTests {
    @Test(
        "is matched in whole segments",
        arguments: [
            ("/a", "/a", ""), ("/a", "/a/b", "/b"), ("/a", "/ab", nil), ("/a/", "/a/b", "b"),
            ("/a/", "/a", nil), ("/", "/a", "a"), ("//a", "/a", ""), ("/a/b", "/a//b/c", "/c"),
            ("/a", "/", nil), ("/a", "", nil), ("a", "/a", nil), ("/ü", "/ü/x", "/x"),
        ] as [(String, String, String?)])
    func prefix(pattern: String, path: String, rest: String?) throws {
        let pattern = try PathPattern(pattern, isExpression: false)
        #expect(pattern.map(path, to: "T")?.text == rest.map { "T" + $0 })
        #expect(pattern.matches(path) == (rest != nil))
    }

    @Test("in its Match form puts captures into the target")
    func expression() throws {
        let pattern = try PathPattern("^/x/(.*)$", isExpression: true)
        let found = try #require(pattern.map("/x/a b", to: "/srv/$1"))
        #expect(found.text == "/srv/a b")
        #expect(found.prefix == "/x/a b")
        #expect(pattern.map("/y", to: "/srv/$1") == nil)
    }

    @Test(
        "leads to a name in its canonical form",
        arguments: [
            ("/srv/a", "/srv/a"), ("/srv/a/", "/srv/a/"), ("/srv//a", "/srv/a"),
            ("/srv/a/..", "/srv"), ("/srv/a/../b", "/srv/b"), ("/srv/./a", "/srv/a"),
            ("other", "/root/other"), ("/srv/.hidden", "/srv/.hidden"), ("/../x", "/x"),
        ])
    func canonical(path: String, expected: String) {
        #expect(FileName.absolute(path, under: "/root") == expected)
    }
}

@Suite("A Redirect")
struct RedirectRuleTests {
    @Test(
        "escapes what it keeps of the path, and the target up to its query",
        arguments: [
            ("/a", false, "http://e/b", "/a/c d?", "http://e/b/c%20d%3f"),
            ("/a", false, "http://e/b?q", "/a/c", "http://e/b?q/c"),
            ("^/a/(.*)$", true, "http://e/$1?$1#$1", "/a/c d", "http://e/c%20d?c d#c d"),
        ])
    func escaping(
        pattern: String, isMatch: Bool, target: String, path: String, expected: String
    ) throws {
        let rule = RedirectRule(
            pattern: try PathPattern(pattern, isExpression: isMatch),
            answer: RedirectAnswer(status: .found, target: target))
        #expect(rule.answer(to: path)?.target == expected)
        #expect(rule.answer(to: "/z") == nil)
    }

    @Test(
        "is read as Apache reads it",
        arguments: [
            (["/a", "/b"], "302 /a /b"), (["permanent", "/a", "/b"], "301 /a /b"),
            (["308", "/a", "http://e/"], "308 /a http://e/"), (["gone", "/a"], "410 /a -"),
            (["404", "/a"], "404 /a -"),
            (["x", "/a", "/b"], "Redirect: invalid first argument (of three)"),
            (["/a"], "URL to redirect to is missing"),
            (["301", "/a"], "URL to redirect to is missing"),
            (["gone", "/a", "/b"], "Redirect URL not valid for this status"),
            (["/a", "b"], "Redirect to non-URL"), (["gone"], "URL to redirect to is missing"),
        ])
    func reading(words: [String], expected: String) {
        #expect(read(words, isInSection: false) == expected)
    }

    @Test(
        "of a section may leave the path out",
        arguments: [
            (["http://e/"], "section 302 http://e/"), (["301", "/b"], "section 301 /b"),
            (["gone"], "section 410 -"), (["/a", "/b"], "302 /a /b"), (["410", "/a"], "410 /a -"),
            (["301", "%{x"], "Cannot parse redirect expression '%{x'"),
        ])
    func readingInSection(words: [String], expected: String) {
        #expect(read(words, isInSection: true) == expected)
    }

    private func read(_ words: [String], isInSection: Bool) -> String {
        do throws(ArgumentError) {
            let arguments = try RedirectArguments(
                words, standard: .found, isMatch: false, isInSection: isInSection)
            switch arguments {
            case .section(let answer):
                return "section \(answer.status.code) \(answer.target ?? "-")"
            case .rule(let rule):
                guard case .prefix(let prefix) = rule.pattern else { return "expression" }
                return "\(rule.answer.status.code) \(prefix.text) \(rule.answer.target ?? "-")"
            }
        } catch {
            return error.problem
        }
    }
}
