// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration

extension Server {
    /// Reads an .htaccess file.
    ///
    /// - Parameter warnings: takes what its author should know, such as lines that `Nonfatal` skips.
    func readHtaccess(
        _ path: String, directory: String, policy: OverridePolicy, warnings: WarningSink
    ) -> Result<ConfigVector, HtaccessError> {
        let delegate = HtaccessReading(directives)
        let reader = ConfigReader(delegate: delegate, serverRoot: root, overrides: policy)
        let nodes = reader.read(file: path)
        guard reader.errors.isEmpty else { return .failure(HtaccessError(reader.errors, path)) }
        let sections = HtaccessSections()
        let applier = DirectiveApplier(
            table: directives, providers: hooks.providers, warnings: warnings,
            remedyForUnknown: { [root] in ModuleRemedy.forUnknown($0, root: root) },
            section: sections.apply)
        var vectors = ConfigVectors()
        applier.apply(
            nodes, to: &vectors,
            in: .htaccess(directory: directory, serverRoot: root, overrides: policy))
        guard applier.errors.isEmpty else { return .failure(HtaccessError(applier.errors, path)) }
        return .success(vectors.directory)
    }
}

extension HtaccessError {
    init(_ errors: ConfigErrors, _ path: String) {
        message = errors.list.map { error in
            "\(path): \(error.problem)" + (error.remedy.map { " (\($0))" } ?? "")
        }.joined(separator: "; ")
    }
}

/// Modules cannot be loaded from an .htaccess file; the directives are those of the server.
private final class HtaccessReading: ConfigReaderDelegate {
    let table: DirectiveTable
    init(_ table: DirectiveTable) { self.table = table }

    func loadModule(_ name: String, file: String, context: ReadTimeContext) throws(ArgumentError) {
        throw ArgumentError("LoadModule not allowed here")
    }

    func loadFile(_ file: String, context: ReadTimeContext) throws(ArgumentError) {
        throw ArgumentError("LoadFile not allowed here")
    }
}

/// Of the structural sections, an .htaccess file may hold those for files alone.
private final class HtaccessSections {
    func apply(
        _ node: ConfigNode, to vectors: inout ConfigVectors, in section: SectionContext,
        _ applier: DirectiveApplier
    ) throws(ArgumentError) {
        if ["if", "elseif", "else"].contains(node.name.lowercased()) {
            throw .expression(in: "<\(node.name)>")
        }
        guard ["files", "filesmatch"].contains(node.name.lowercased()) else {
            throw ArgumentError("<\(node.name) not allowed here")
        }
        try FileSections.apply(node, &vectors, section, applier)
    }
}
