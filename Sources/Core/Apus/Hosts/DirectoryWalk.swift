// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

// map_to_storage for files: what does the file system say about the name, which sections and
// .htaccess files are there on the way to it, and may the links among its components be followed.
// httpd does this in ap_directory_walk and ap_file_walk. Here the sections, which depend on the
// name alone, are looked up in the loop's cache; the file system is asked each time.

enum DirectoryWalk {
    /// What the sections say about a directory, and about each directory on the way to it.
    struct Result {
        let config: MergedConfig
        /// Whether any directory on the way says something about links other than to follow them.
        let checksLinks: Bool
        /// Whether any directory on the way may have an .htaccess file.
        let readsHtaccess: Bool
        /// The settings at each directory on the way, the root first.
        let levels: [MergedConfig]
    }

    /// Directories are remembered up to this number, then forgotten all at once.
    private static let cacheLimit = 2048

    /// Sets the file's status, the path info and the settings of `request.filename`.
    static func run(_ request: inout Request) throws(RequestError) {
        let status = try findFile(&request)
        request.fileStatus = status
        let filename = request.filename!
        let directory = status?.isDirectory == true ? slashed(filename) : parent(of: filename)
        let result = walk(to: directory, for: request)
        request.directoryConfig = result.config
        if result.checksLinks || result.readsHtaccess {
            try examine(directory, filename: filename, result, &request)
        }
        applyFiles(&request)
    }

    // MARK: The file

    /// Looks for the file itself, and where there is none, for the longest part of its name that
    /// exists; the rest becomes the path info.
    private static func findFile(_ request: inout Request) throws(RequestError) -> FileStatus? {
        let filename = request.filename!
        if let status = FileStatus(of: filename) {
            guard status.kind == .regular || status.kind == .directory else {
                throw RequestError(
                    .forbidden, "AH00036: File is not a regular file or directory: \(filename)")
            }
            if status.isRegular, filename.utf8.last == UInt8(ascii: "/") {
                return splitPathInfo(&request)
            }
            return status
        }
        let problem = FileSystemProblem.last
        if case .missing = problem, let link = linkToNothing(on: filename) {
            throw LinkPolicy.refusal(link)
        }
        return try throwing(problem, filename) { splitPathInfo(&request) }
    }

    /// A link on the way to a file that is not there, where it is the link that leads nowhere.
    private static func linkToNothing(on filename: String) -> String? {
        var path = filename[...]
        while !path.isEmpty {
            if let status = FileStatus(of: String(path), followingLinks: false) {
                let leadsNowhere =
                    status.kind == .symbolicLink && FileStatus(of: String(path)) == nil
                return leadsNowhere ? String(path) : nil
            }
            path = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        }
        return nil
    }

    private static func throwing(
        _ problem: FileSystemProblem, _ filename: String, orElse next: () -> FileStatus?
    ) throws(RequestError) -> FileStatus? {
        switch problem {
        case .missing: return next()
        case .denied:
            throw RequestError(
                .forbidden,
                "AH00035: access to \(filename) denied because search permissions are missing on a "
                    + "component of the path")
        case .nameTooLong:
            throw RequestError(.forbidden, "AH00036: access to \(filename) failed: name too long")
        case .other(let code):
            throw RequestError(
                .forbidden,
                "AH00036: access to \(filename) failed: \(SystemError(code: code, call: "stat").reason)"
            )
        }
    }

    private static func splitPathInfo(_ request: inout Request) -> FileStatus? {
        let filename = request.filename!
        var end = filename.endIndex
        while let slash = filename[..<end].lastIndex(of: "/") {
            let candidate = filename[..<slash]
            if candidate.isEmpty { break }
            if let status = FileStatus(of: String(candidate)) {
                if status.isDirectory {
                    // /dir/missing/more: the name is dir/missing, and /more its path info.
                    guard end != filename.endIndex else { return nil }
                    request.filename = String(filename[..<end])
                    request.pathInfo = String(filename[end...])
                    return nil
                }
                request.filename = String(candidate)
                request.pathInfo = String(filename[slash...])
                return status
            }
            end = slash
        }
        return nil
    }

    // MARK: The sections

    private static func walk(to directory: String, for request: borrowing Request) -> Result {
        let context = request.connection.context
        if let known = context.walks[request.host.index][directory] { return known }
        let result = merge(directory, host: request.host, root: context.root(for: request.host))
        if context.walks[request.host.index].count >= cacheLimit {
            context.walks[request.host.index].removeAll()
        }
        context.walks[request.host.index][directory] = result
        return result
    }

    private static func merge(_ directory: String, host: VirtualHost, root: MergedConfig) -> Result
    {
        var config = root
        var levels: [MergedConfig] = []
        for (depth, level) in directories(on: directory).enumerated() {
            for section in host.sections.directories
            where section.pattern.matchesDirectory(level, depth: depth) {
                config = config.adding(section)
            }
            levels.append(config)
        }
        for section in host.sections.directoryMatches
        where matches(section, directory: directory) {
            config = config.adding(section)
        }
        let cores = levels.map { $0.core }
        return Result(
            config: config,
            checksLinks: cores.contains { !$0.options.contains(.followSymLinks) },
            readsHtaccess: cores.contains { $0.allowsHtaccess }, levels: levels)
    }

    /// httpd compares a regular expression with the directory with and without its slash.
    static func matches(_ section: Section, directory: String) -> Bool {
        section.pattern.matchesDirectory(directory[...], depth: 0)
            || section.pattern.matchesDirectory(directory.dropLast(), depth: 0)
    }

    /// `/`, `/srv/`, `/srv/www/` for `/srv/www/`.
    static func directories(on path: String) -> [Substring] {
        var result: [Substring] = []
        for index in path.utf8.indices where path.utf8[index] == UInt8(ascii: "/") {
            result.append(path[...index])
        }
        return result
    }

    private static func applyFiles(_ request: inout Request) {
        let sections = request.directoryConfig.core.fileSections
        guard !sections.isEmpty else { return }
        let name = lastComponent(of: request.filename!)
        for section in sections where section.pattern.matchesFile(name) {
            request.directoryConfig = request.directoryConfig.adding(section)
        }
    }

    // MARK: Links and .htaccess

    private static func examine(
        _ directory: String, filename: String, _ result: Result, _ request: inout Request
    ) throws(RequestError) {
        if result.readsHtaccess {
            try Htaccess.apply(directory, result, &request)
        }
        guard result.checksLinks else { return }
        var names = directories(on: directory).dropFirst().map { $0.dropLast() }
        if slashed(filename) != directory { names.append(filename[...]) }
        for (name, level) in zip(names, result.levels) {
            let options = level.core.options
            if options.contains(.followSymLinks) { continue }
            try LinkPolicy.check(
                String(name), ownersMustMatch: options.contains(.symLinksIfOwnerMatch))
        }
    }

    // MARK: Names

    static func slashed(_ path: String) -> String {
        path.utf8.last == UInt8(ascii: "/") ? path : path + "/"
    }

    /// The directory of a file, with its slash.
    static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "/" }
        return String(path[...slash])
    }

    static func lastComponent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }
}

/// Whether a symbolic link may be followed.
enum LinkPolicy {
    static func check(_ name: String, ownersMustMatch: Bool) throws(RequestError) {
        guard let link = FileStatus(of: name, followingLinks: false), link.kind == .symbolicLink
        else { return }
        if ownersMustMatch, let target = FileStatus(of: name), target.owner == link.owner { return }
        throw refusal(name)
    }

    static func refusal(_ name: String) -> RequestError {
        RequestError(
            .forbidden, "AH00037: Symbolic link not allowed or link target not accessible: \(name)")
    }
}
