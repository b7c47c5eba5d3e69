// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusRuntime

/// Carries out the sections that say what their contents are about: `<VirtualHost>`,
/// `<Directory>`, `<Location>`, `<Files>` and their Match forms.
final class StructuralSections {
    private let builder: ServerBuilder
    /// The host whose directives are being carried out.
    private var host: ServerBuilder.Host

    init(_ builder: ServerBuilder) {
        self.builder = builder
        host = builder.hosts[0]
    }

    func apply(
        _ node: ConfigNode, to vectors: inout ConfigVectors, in section: SectionContext,
        _ applier: DirectiveApplier
    ) throws(ArgumentError) {
        try node.checkOpening(takesArguments: true, displayName: "<\(node.name)>")
        switch node.name.lowercased() {
        case "virtualhost": applyVirtualHost(node, section, applier)
        case "directory", "directorymatch":
            try applyDirectory(node, &vectors, section, applier)
        case "location", "locationmatch": try applyLocation(node, &vectors, section, applier)
        case "files", "filesmatch": try applyFiles(node, &vectors, section, applier)
        default: throw ArgumentError("\(node.name) not allowed here")
        }
    }

    // MARK: Hosts

    private func applyVirtualHost(
        _ node: ConfigNode, _ section: SectionContext, _ applier: DirectiveApplier
    ) {
        let outer = host
        let new = ServerBuilder.Host(index: builder.hosts.count, location: node.location)
        for word in node.words {
            if let addresses = HostAddress.read(word) {
                new.addresses += addresses
            } else {
                builder.warnings.warn(
                    "AH00547", "Could not resolve host name \(word) -- ignoring!", at: node.location)
            }
        }
        builder.hosts.append(new)
        host = new
        applier.apply(
            node.children ?? [], to: &new.own, in: section.entering(node, kind: .virtualHost))
        host = outer
    }

    // MARK: Sections of a host

    private func applyDirectory(
        _ node: ConfigNode, _ vectors: inout ConfigVectors, _ section: SectionContext,
        _ applier: DirectiveApplier
    ) throws(ArgumentError) {
        let isMatch = node.name.lowercased() == "directorymatch"
        let (text, isExpression) = try subject(of: node, isMatch: isMatch)
        if isExpression {
            let made = contents(
                node, .regularExpression(try expression(text)), .directory, text, &vectors, section,
                applier)
            host.sections.directoryMatches.append(made)
            return
        }
        let path = DirectoryWalk.slashed(FilePath.absolute(text, under: builder.root))
        let depth = path.utf8.count { $0 == UInt8(ascii: "/") } - 1
        let pattern: Section.Pattern =
            Glob.isPattern(path)
            ? .directoryWildcard(Glob(path, .pathname), components: depth)
            : .directory(path, components: depth)
        let made = contents(node, pattern, .directory, path, &vectors, section, applier)
        host.sections.directories.append(made)
    }

    private func applyLocation(
        _ node: ConfigNode, _ vectors: inout ConfigVectors, _ section: SectionContext,
        _ applier: DirectiveApplier
    ) throws(ArgumentError) {
        let isMatch = node.name.lowercased() == "locationmatch"
        let (text, isExpression) = try subject(of: node, isMatch: isMatch)
        let pattern: Section.Pattern =
            if isExpression {
                .regularExpression(try expression(text))
            } else if Glob.isPattern(text) {
                .locationWildcard(Glob(text, .pathname))
            } else {
                .location(text)
            }
        let made = contents(node, pattern, .location, text, &vectors, section, applier)
        host.sections.locations.append(made)
    }

    /// `<Files>` belongs to the section around it: the settings of a directory hold the sections
    /// for its files.
    private func applyFiles(
        _ node: ConfigNode, _ vectors: inout ConfigVectors, _ section: SectionContext,
        _ applier: DirectiveApplier
    ) throws(ArgumentError) {
        let isMatch = node.name.lowercased() == "filesmatch"
        let (text, isExpression) = try subject(of: node, isMatch: isMatch)
        let pattern: Section.Pattern =
            if isExpression {
                .regularExpression(try expression(text))
            } else if Glob.isPattern(text) {
                .fileWildcard(Glob(text))
            } else {
                .file(text)
            }
        let made = contents(node, pattern, .files, text, &vectors, section, applier)
        let index = ModuleIndex.of(CoreModule.self)
        var core = vectors.directory.config(of: CoreModule.DirectoryConfig.self, at: index)
        core.fileSections.append(made)
        vectors.directory.set(core, at: index)
    }

    // MARK: Parts

    private func contents(
        _ node: ConfigNode, _ pattern: Section.Pattern, _ kind: Contexts, _ path: String,
        _ vectors: inout ConfigVectors, _ section: SectionContext, _ applier: DirectiveApplier
    ) -> Section {
        builder.sectionCount += 1
        let id = builder.sectionCount
        let config = vectors.inSection { inner in
            applier.apply(
                node.children ?? [], to: &inner,
                in: section.entering(node, kind: kind, path: path))
        }
        return Section(id: id, pattern: pattern, config: config, location: node.location)
    }

    /// What a section is about, and whether that is a regular expression.
    private func subject(
        of node: ConfigNode, isMatch: Bool
    ) throws(ArgumentError) -> (String, Bool) {
        var words = node.words[...]
        let hasTilde = !isMatch && words.first == "~"
        if hasTilde { words.removeFirst() }
        guard words.count == 1, let text = words.first else {
            throw ArgumentError(
                "Multiple <\(node.name)> arguments not (yet) supported.",
                remedy: "put an argument that holds blanks into quotes")
        }
        return (text, isMatch || hasTilde)
    }

    private func expression(_ text: String) throws(ArgumentError) -> RegularExpression {
        do throws(RegularExpressionError) {
            return try RegularExpression(text, .standard)
        } catch {
            throw ArgumentError("Regex could not be compiled: \(error)")
        }
    }
}
