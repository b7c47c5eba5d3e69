// SPDX-License-Identifier: Apache-2.0

internal import Apus

// The lines of a directory make a tree: a leaf is a line, a node a section whose children must all
// pass, or of which one must. Granted, denied and neutral combine as the manual's table says.

/// A `Require` line as it acts.
///
/// An object, for it is asked for each request, and nothing of it is copied for that.
final class RequireLine: Sendable {
    let requirement: AuthorizationProvider.Requirement
    let isNegated: Bool
    /// The methods it holds for (`<Limit>`); nil for all.
    let methods: MethodSet?
    /// As it stands in the file, for the log.
    let text: String

    init(
        requirement: AuthorizationProvider.Requirement, isNegated: Bool, methods: MethodSet?,
        text: String
    ) {
        self.requirement = requirement
        self.isNegated = isNegated
        self.methods = methods
        self.text = text
    }
}

/// Lines that stand together: `<RequireAll>`, `<RequireAny>`, `<RequireNone>`, or the lines of a
/// directory as such, of which one must pass.
struct RequirementSection: Sendable {
    enum Operator: Sendable { case all, any }

    enum Child: Sendable {
        case line(RequireLine)
        case section(RequirementSection)
    }

    var `operator`: Operator
    var isNegated: Bool
    /// Whether `AuthMerging` made it, of the lines of two sections.
    private let isMerged: Bool
    private(set) var children: [Child] = []
    /// The methods that any of its lines holds for; nil for all.
    private(set) var methods: MethodSet? = MethodSet(names: [], isExcept: false)
    /// Whether an answer may have to be waited for.
    private(set) var waits = false

    init(_ operator: Operator, isNegated: Bool = false) {
        self.operator = `operator`
        self.isNegated = isNegated
        isMerged = false
    }

    /// The lines of two sections together, as `AuthMerging` joins them.
    init(merging outer: Self, _ inner: Self, _ operator: Operator) {
        self.operator = `operator`
        isNegated = false
        isMerged = true
        children = [.section(outer), .section(inner)]
        methods = MethodSet.union(outer.methods, inner.methods)
        waits = outer.waits || inner.waits
    }

    var isEmpty: Bool { children.isEmpty }

    mutating func append(_ line: RequireLine) {
        children.append(.line(line))
        methods = MethodSet.union(methods, line.methods)
        if case .awaited = line.requirement { waits = true }
    }

    mutating func append(_ section: RequirementSection) {
        // One of one of them is one of them: no level of its own is needed.
        if section.operator == `operator`, !section.isNegated {
            children += section.children
        } else {
            children.append(.section(section))
        }
        methods = MethodSet.union(methods, section.methods)
        waits = waits || section.waits
    }

    /// Whether nothing in it could ever grant access.
    var isNegativeOnly: Bool {
        children.allSatisfy { child in
            switch child {
            case .line(let line): line.isNegated
            case .section(let section): section.isNegated || section.isNegativeOnly
            }
        }
    }

    /// As it would be written.
    var displayName: String {
        switch (`operator`, isNegated) {
        case (.all, _) where isMerged: "AuthMerging All"
        case (.any, _) where isMerged: "AuthMerging Any"
        case (.all, false): "<RequireAll>"
        case (.all, true): "<RequireNotAll>"
        case (.any, false): "<RequireAny>"
        case (.any, true): "<RequireNone>"
        }
    }
}

/// The lines that hold for a directory.
final class RequirementTree: Sendable {
    let root: RequirementSection
    /// The answer, where it is the same for all requests.
    let constantAnswer: Authorization?

    init(_ root: RequirementSection) {
        self.root = root
        constantAnswer = root.constantAnswer
    }
}

extension MethodSet {
    /// The methods that one of two sets has; nil stands for all methods.
    static func union(_ a: MethodSet?, _ b: MethodSet?) -> MethodSet? {
        guard let a, let b else { return nil }
        switch (a.isExcept, b.isExcept) {
        case (false, false): return MethodSet(names: a.names.union(b.names), isExcept: false)
        case (true, true): return MethodSet(names: a.names.intersection(b.names), isExcept: true)
        case (true, false): return MethodSet(names: a.names.subtracting(b.names), isExcept: true)
        case (false, true): return MethodSet(names: b.names.subtracting(a.names), isExcept: true)
        }
    }
}
