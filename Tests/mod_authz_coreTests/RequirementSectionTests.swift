// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_authz_core

@Suite("Requirements")
struct RequirementSectionTests {
    @Test(
        "of which all must pass",
        arguments: [
            ([], Authorization.neutral), ([.granted], .granted), ([.granted, .denied], .denied),
            ([.neutral, .granted], .granted), ([.neutral, .neutral], .neutral),
            ([.granted, .deniedWithoutUser], .deniedWithoutUser),
            ([.deniedWithoutUser, .granted], .deniedWithoutUser),
            ([.deniedWithoutUser, .denied], .denied), ([.granted, .failed], .failed),
            ([.denied, .failed], .denied),
        ] as [([Authorization], Authorization)])
    func all(answers: [Authorization], result: Authorization) {
        #expect(combine(answers, .all) == result)
    }

    @Test(
        "of which one must pass",
        arguments: [
            ([], Authorization.neutral), ([.denied], .denied), ([.denied, .granted], .granted),
            ([.neutral, .denied], .denied), ([.neutral], .neutral),
            ([.denied, .deniedWithoutUser], .deniedWithoutUser),
            ([.deniedWithoutUser, .denied], .deniedWithoutUser),
            ([.deniedWithoutUser, .granted], .granted), ([.denied, .failed], .failed),
        ] as [([Authorization], Authorization)])
    func any(answers: [Authorization], result: Authorization) {
        #expect(combine(answers, .any) == result)
    }

    private func combine(
        _ answers: [Authorization], _ operator: RequirementSection.Operator
    ) -> Authorization {
        var verdict = Verdict(`operator`)
        for answer in answers where verdict.take(answer) { break }
        return verdict.result
    }

    @Test("with `not` can keep out, and never let in")
    func negated() {
        #expect(Authorization.granted.negated == .denied)
        #expect(Authorization.denied.negated == .neutral)
        #expect(Authorization.deniedWithoutUser.negated == .neutral)
        #expect(Authorization.neutral.negated == .neutral)
    }

    private func line(
        _ answer: Authorization = .granted, isNegated: Bool = false, _ methods: MethodSet? = nil
    ) -> RequireLine {
        RequireLine(
            requirement: .always(answer), isNegated: isNegated, methods: methods, text: "Require")
    }

    @Test("that only deny are known for it, however they are nested")
    func negativeOnly() {
        var none = RequirementSection(.any, isNegated: true)
        none.append(line())
        var all = RequirementSection(.all)
        all.append(none)
        all.append(line(isNegated: true))
        #expect(all.isNegativeOnly)
        all.append(line())
        #expect(!all.isNegativeOnly)
    }

    @Test("of one of one of them need no level of their own")
    func associative() {
        var inner = RequirementSection(.any)
        inner.append(line())
        inner.append(line())
        var outer = RequirementSection(.any)
        outer.append(inner)
        #expect(outer.children.count == 2)
        var all = RequirementSection(.all)
        all.append(inner)
        #expect(all.children.count == 1)
    }

    @Test("hold for the methods that any of them holds for")
    func methods() throws {
        var section = RequirementSection(.any)
        section.append(line(.granted, MethodSet(names: ["GET"], isExcept: false)))
        section.append(line(.granted, MethodSet(names: ["PUT", "GET"], isExcept: true)))
        let methods = try #require(section.methods)
        #expect(methods.contains("GET"))
        #expect(methods.contains("DELETE"))
        #expect(!methods.contains("PUT"))
        section.append(line())
        #expect(section.methods == nil)
    }

    @Test(
        "of an inner section replace the outer ones, or join them",
        arguments: [
            (nil, "inner"), (.off, "inner"), (.and, "all"), (.or, "any"),
        ] as [(AuthMerging?, String)])
    func merging(merging: AuthMerging?, result: String) throws {
        var outer = AuthzCoreModule.DirectoryConfig()
        try outer.require(line(.denied))
        var inner = AuthzCoreModule.DirectoryConfig()
        try inner.require(line(.granted))
        inner.merging = merging
        let merged = try #require(inner.merged(over: outer).requirements)
        switch result {
        case "inner": #expect(merged.children.count == 1)
        case "all": #expect(merged.operator == .all && merged.children.count == 2)
        default: #expect(merged.operator == .any && merged.children.count == 2)
        }
    }

    @Test("are inherited where a section says nothing, and dropped by AuthMerging Off")
    func inherited() throws {
        var outer = AuthzCoreModule.DirectoryConfig()
        try outer.require(line())
        var inner = AuthzCoreModule.DirectoryConfig()
        inner.sendsForbiddenOnFailure = true
        #expect(inner.merged(over: outer).requirements != nil)
        inner.merging = .off
        #expect(inner.merged(over: outer).requirements == nil)
    }
}
