// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What was found out last of a file's name: most requests of a loop are for the same file, or
/// script, by the same settings.
///
/// Kept by the loop.
final class RecentMetadata {
    let metadata: FileMetadata
    private let name: String
    private let extensions: ExtensionMap
    private let types: MediaTypes?
    private let match: MultiviewsMatch?

    private init(
        _ name: String, _ extensions: ExtensionMap, _ types: MediaTypes?, _ match: MultiviewsMatch?
    ) {
        metadata = FileMetadata(of: name, extensions, types: types, matching: match)
        self.name = name
        self.extensions = extensions
        self.types = types
        self.match = match
    }

    /// - Parameters: as those of `FileMetadata.init`.
    static func find(
        _ name: String, for request: borrowing Request, matching match: MultiviewsMatch?
    ) -> RecentMetadata {
        let context = request.connection.context
        if let recent = context[state: RecentMetadata.self], recent.name == name,
            recent.match == match,
            recent.extensions.isSame(as: request[directory: MimeModule.self].extensions),
            recent.types === request[host: MimeModule.self].types
        {
            return recent
        }
        let found = RecentMetadata(
            name, request[directory: MimeModule.self].extensions,
            request[host: MimeModule.self].types, match)
        context[state: RecentMetadata.self] = found
        return found
    }
}
