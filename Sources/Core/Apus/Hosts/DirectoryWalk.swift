// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime
internal import Glibc

// map_to_storage for files: what does the file system say about the name, which sections and
// .htaccess files are there on the way to it, and may the links among its components be followed.
// httpd does this in ap_directory_walk and ap_file_walk. Here the sections, which depend on the
// name alone, are looked up in the loop's cache; the file system is asked each time.

enum DirectoryWalk {
    /// What the sections say about a directory, and about each directory on the way to it.
    final class Result {
        private let host: VirtualHost
        /// With its slash.
        let directory: String
        let config: MergedConfig
        /// Whether any directory on the way says something about links other than to follow them.
        let checksLinks: Bool
        /// Whether any directory on the way may have an .htaccess file.
        let readsHtaccess: Bool
        /// The settings at each directory on the way, the root first.
        let levels: [MergedConfig]
        /// The turn of the loop in which the directory was last known to be there.
        var turn = Int64.min

        init(
            _ directory: String, of host: VirtualHost, _ config: MergedConfig,
            levels: [MergedConfig]
        ) {
            self.host = host
            self.directory = directory
            self.config = config
            self.levels = levels
            checksLinks = levels.contains { !$0.core.options.contains(.followSymLinks) }
            readsHtaccess = levels.contains { $0.core.allowsHtaccess }
        }

        /// The name that was last found to be one of a file in this directory.
        fileprivate var file = ""

        /// Whether a file of that name, for a request to that host, stands in this directory itself.
        func holds(_ filename: String, of host: VirtualHost) -> Bool {
            guard host === self.host else { return false }
            // As a local, so that no access to it has to be watched over.
            let known = file
            if known == filename { return true }
            let name = filename.utf8Span.span
            let place = directory.utf8Span.span
            guard name.starts(with: place) else { return false }
            for index in place.count..<name.count where name[index] == 0x2F { return false }
            return true
        }
    }

    /// Sets the file's status, the path info and the settings of `request.filename`.
    static func run(_ request: inout Request) throws(RequestError) {
        let status = try findFile(&request)
        request.fileStatus = status
        let filename = request.filename!
        let result = walk(for: filename, isDirectory: status?.isDirectory == true, request)
        result.turn = request.connection.loop.now
        request.directoryConfig = result.config
        if result.checksLinks || result.readsHtaccess {
            try examine(filename, result, &request)
        }
        applyDirectoryMatches(&request)
        applyFiles(&request)
    }

    // MARK: The file

    /// Looks for the file itself, and where there is none, for the longest part of its name that
    /// exists; the rest becomes the path info.
    private static func findFile(_ request: inout Request) throws(RequestError) -> FileStatus? {
        if request.isDivided, let status = try findDivided(&request) { return status }
        let filename = request.filename!
        guard let status = try status(of: filename, request) else {
            try refuse(FileSystemProblem.last, filename)
            // Most often it is the file alone that is not there; of its directory that is known
            // if this turn of the loop has seen it.
            if let known = known(directoryOf: filename, request),
                known.turn == request.connection.loop.now
            {
                return nil
            }
            return try splitPathInfo(&request)
        }
        guard status.kind == .regular || status.kind == .directory else {
            throw RequestError(
                .forbidden, "AH00036: File is not a regular file or directory: \(filename)")
        }
        if status.isRegular, filename.utf8.last == UInt8(ascii: "/") {
            return try splitPathInfo(&request)
        }
        return status
    }

    /// Looks for the script where it is expected to be, with all that follows as the path info.
    private static func findDivided(_ request: inout Request) throws(RequestError) -> FileStatus? {
        request.isDivided = false
        let script = request.filename!
        if let status = try status(of: script, request), status.isRegular { return status }
        request.filename = script + (request.pathInfo ?? "")
        request.pathInfo = nil
        return nil
    }

    /// What there is of that name, behind links; nil when there is nothing, and `errno` says why.
    ///
    /// The name itself is looked at first: of one that is not there, it is then known too that it
    /// is no link that leads nowhere.
    private static func status(
        of path: String, _ request: borrowing Request
    ) throws(RequestError) -> FileStatus? {
        let context = request.connection.context
        let turn = context.loop.now
        // What follows from a request inside the server may be about a file it has made, and what
        // was sent behind another request about one that that has made.
        if !request.isSubrequest, request.original == nil,
            request.connection.lastAnswered != turn,
            let known = context.lastLook, known.turn == turn, known.path == path
        {
            if known.status == nil { errno = ENOENT }
            return known.status
        }
        let status = try look(at: path)
        let problem = errno
        if status != nil || problem == ENOENT {
            context.lastLook = LastLook(turn: turn, path: path, status: status)
        }
        errno = problem
        return status
    }

    private static func look(at path: String) throws(RequestError) -> FileStatus? {
        guard let status = FileStatus(of: path, followingLinks: false) else { return nil }
        guard status.kind == .symbolicLink else { return status }
        if let target = FileStatus(of: path) { return target }
        if case .missing = FileSystemProblem.last { throw LinkPolicy.refusal(path) }
        return nil
    }

    /// Ends the request for any problem but that there is no such file.
    private static func refuse(
        _ problem: FileSystemProblem, _ filename: String
    ) throws(RequestError) {
        switch problem {
        case .missing: return
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

    private static func splitPathInfo(_ request: inout Request) throws(RequestError) -> FileStatus?
    {
        let filename = request.filename!
        var end = filename.endIndex
        while let slash = filename.utf8[..<end].lastIndex(of: UInt8(ascii: "/")),
            slash > filename.startIndex
        {
            let candidate = String(filename[..<slash])
            guard let status = try status(of: candidate, request) else {
                end = slash
                continue
            }
            if status.isDirectory {
                // /dir/missing/more: the name is dir/missing, and /more its path info.
                guard end != filename.endIndex else { return nil }
                request.filename = String(filename[..<end])
                request.pathInfo = String(filename[end...])
                return nil
            }
            request.filename = candidate
            request.pathInfo = String(filename[slash...])
            return status
        }
        return nil
    }

    // MARK: The sections

    private static func walk(
        for filename: String, isDirectory: Bool, _ request: borrowing Request
    ) -> Result {
        if !isDirectory, let known = known(directoryOf: filename, request) { return known }
        let directory = isDirectory ? slashed(filename) : parent(of: filename)
        let context = request.connection.context
        let host = request.host
        if let known = context.walks[host.index].find(directory) {
            context.lastWalk = known
            return known
        }
        let made = merge(directory, host: host, root: context.root(for: host))
        context.walks[host.index].add(made)
        context.lastWalk = made
        return made
    }

    /// The result for the directory of a file if it was the last one, without a name made for it.
    private static func known(
        directoryOf filename: String, _ request: borrowing Request
    ) -> Result? {
        guard let last = request.connection.context.lastWalk,
            last.holds(filename, of: request.host)
        else { return nil }
        last.file = filename
        return last
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
        return Result(directory, of: host, config, levels: levels)
    }

    /// `/`, `/srv/`, `/srv/www/` for `/srv/www/`.
    static func directories(on path: String) -> [Substring] {
        var result: [Substring] = []
        for index in path.utf8.indices where path.utf8[index] == UInt8(ascii: "/") {
            result.append(path[...index])
        }
        return result
    }

    /// A regular expression is compared with the whole name, that of the file included, for a
    /// pattern of files that are to be refused may stand in any section.
    private static func applyDirectoryMatches(_ request: inout Request) {
        guard !request.host.sections.directoryMatches.isEmpty else { return }
        let name = request.filename!
        for section in request.host.sections.directoryMatches
        where section.pattern.matchesPath(name) {
            request.enter(section, matching: name)
        }
    }

    private static func applyFiles(_ request: inout Request) {
        guard !request.directoryConfig.core.fileSections.isEmpty else { return }
        let sections = request.directoryConfig.core.fileSections
        let name = lastComponent(of: request.filename!)
        for section in sections where section.pattern.matchesFile(name) {
            request.enter(section, matching: name)
        }
    }

    // MARK: Links and .htaccess

    private static func examine(
        _ filename: String, _ result: Result, _ request: inout Request
    ) throws(RequestError) {
        let directory = result.directory
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

/// The name that a loop has looked at last.
///
/// Requests that are there in one turn of the loop are at work at the same time, and most of a burst
/// are for one file, or one script: the file system is asked once for all of them.
final class LastLook {
    let turn: Int64
    let path: String
    /// Nil: there was nothing of that name.
    let status: FileStatus?

    init(turn: Int64, path: String, status: FileStatus?) {
        self.turn = turn
        self.path = path
        self.status = status
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
