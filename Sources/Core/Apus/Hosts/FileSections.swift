// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusRuntime
internal import Synchronization

/// `<Files>` and `<FilesMatch>`, which belong to the section around them: the settings of a
/// directory hold the sections for its files.
enum FileSections {
    static func apply(
        _ node: ConfigNode, _ vectors: inout ConfigVectors, _ section: SectionContext,
        _ applier: DirectiveApplier
    ) throws(ArgumentError) {
        if section.kind == .location, let outer = section.name {
            throw ArgumentError("<\(node.name)> cannot occur within <\(outer)> section")
        }
        let isMatch = node.name.lowercased() == "filesmatch"
        let subject = try SectionSubject(node, isMatch: isMatch)
        let pattern: Section.Pattern =
            if subject.isExpression {
                .regularExpression(try subject.expression())
            } else if Glob.isPattern(subject.text) {
                .fileWildcard(Glob(subject.text))
            } else {
                .file(subject.text)
            }
        let config = vectors.inSection { inner in
            applier.apply(
                node.children ?? [], to: &inner,
                in: section.entering(node, kind: .files, path: subject.text))
        }
        let index = ModuleIndex.of(CoreModule.self)
        var core = vectors.directory.config(of: CoreModule.DirectoryConfig.self, at: index)
        core.fileSections.append(
            Section(
                id: SectionNumbers.next(), pattern: pattern, config: config,
                location: node.location))
        vectors.directory.set(core, at: index)
    }
}

/// What a section is about.
struct SectionSubject {
    let text: String
    /// By the section's name, or by a `~`.
    let isExpression: Bool

    init(_ node: ConfigNode, isMatch: Bool) throws(ArgumentError) {
        var words = node.words[...]
        let hasTilde = !isMatch && words.first == "~"
        if hasTilde { words.removeFirst() }
        guard words.count == 1, let text = words.first else {
            throw ArgumentError(
                "Multiple <\(node.name)> arguments not (yet) supported.",
                remedy: "put an argument that holds blanks into quotes")
        }
        self.text = text
        isExpression = isMatch || hasTilde
    }

    func expression() throws(ArgumentError) -> RegularExpression {
        do throws(RegularExpressionError) {
            return try RegularExpression(text, .standard)
        } catch {
            throw ArgumentError("Regex could not be compiled", remedy: "\(error)")
        }
    }
}

/// Numbers for sections, unique in the process: .htaccess files make sections at any time.
enum SectionNumbers {
    private static let last = Atomic<Int>(0)
    static func next() -> Int { last.add(1, ordering: .relaxed).newValue }
}
