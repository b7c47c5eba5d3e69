// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What was found out last of a file's name: most requests of a loop are for the same file, or
/// script, by the same settings.
///
/// Kept by the loop.
final class RecentMetadata {
    let metadata: FileMetadata
    let defaultLanguage: String?
    private let filename: String
    private let host: VirtualHost
    private let settings: AnyObject

    /// - Parameter config: the request's.
    private init(
        of filename: String, _ request: borrowing Request,
        _ config: borrowing MimeModule.DirectoryConfig
    ) {
        var name = filename
        if config.usePathInfo, let pathInfo = request.pathInfo { name += pathInfo }
        metadata = FileMetadata(
            of: name, config.extensions, types: request[host: MimeModule.self].types,
            matching: request.isSubrequest ? config.multiviewsMatch : nil)
        defaultLanguage = config.defaultLanguage
        self.filename = filename
        host = request.host
        settings = request.settings
    }

    static func find(for filename: String, _ request: borrowing Request) -> RecentMetadata {
        let context = request.connection.context
        if let recent = context[state: RecentMetadata.self], recent.filename == filename,
            recent.settings === request.settings, recent.host === request.host,
            !request.isSubrequest
        {
            return recent
        }
        let found = RecentMetadata(of: filename, request, request[directory: MimeModule.self])
        // The others are each for something else.
        if !request.isSubrequest, !request[directory: MimeModule.self].usePathInfo {
            context[state: RecentMetadata.self] = found
        }
        return found
    }
}
