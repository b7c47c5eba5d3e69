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
        let isElse = node.name.lowercased() == "else"
        try node.checkOpening(takesArguments: !isElse, displayName: "<\(node.name)>")
        switch node.name.lowercased() {
        case "virtualhost": applyVirtualHost(node, section, applier)
        case "directory", "directorymatch":
            try applyDirectory(node, &vectors, section, applier)
        case "location", "locationmatch": try applyLocation(node, &vectors, section, applier)
        case "files", "filesmatch": try FileSections.apply(node, &vectors, section, applier)
        case "if", "elseif", "else": throw .expression(in: "<\(node.name)>")
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
                builder.warnings.add(
                    ConfigWarning(
                        code: "AH00547", "Could not resolve host name \(HostAddress.name(in: word)) -- ignoring!",
                        at: node.location, kind: .error))
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
        let subject = try SectionSubject(node, isMatch: isMatch)
        let text = subject.text
        if subject.isExpression {
            let made = contents(
                node, .regularExpression(try subject.expression()), .directory, text, &vectors, section,
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
        let subject = try SectionSubject(node, isMatch: isMatch)
        let text = subject.text
        let pattern: Section.Pattern =
            if subject.isExpression {
                .regularExpression(try subject.expression())
            } else if Glob.isPattern(text) {
                .locationWildcard(Glob(text, .pathname))
            } else {
                .location(text)
            }
        let made = contents(node, pattern, .location, text, &vectors, section, applier)
        host.sections.locations.append(made)
    }

    // MARK: Parts

    private func contents(
        _ node: ConfigNode, _ pattern: Section.Pattern, _ kind: Contexts, _ path: String,
        _ vectors: inout ConfigVectors, _ section: SectionContext, _ applier: DirectiveApplier
    ) -> Section {
        let config = vectors.inSection { inner in
            applier.apply(
                node.children ?? [], to: &inner,
                in: section.entering(node, kind: kind, path: path))
        }
        return Section(
            id: SectionNumbers.next(), pattern: pattern, config: config, location: node.location)
    }
}
