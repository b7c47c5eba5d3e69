// SPDX-License-Identifier: Apache-2.0

internal import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

// .htaccess files are read when a request passes their directory, and kept by each loop with the
// status they had. A directory without one costs a look at the file system for each request, as
// in httpd, which is why the default is AllowOverride None.

/// What a loop keeps of .htaccess files.
struct HtaccessCache {
    struct Entry {
        let status: FileStatus
        /// The settings of the file, or what is wrong with it.
        let result: Result<ConfigVector, HtaccessError>
        let policy: OverridePolicy
    }

    static let limit = 512
    var entries: [String: Entry] = [:]
}

struct HtaccessError: Error {
    let message: String
}

enum Htaccess {
    /// Lays the settings of the .htaccess files on the way to `directory` over those of the
    /// sections, each after the sections of its own directory.
    static func apply(
        _ directory: String, _ walk: DirectoryWalk.Result, _ request: inout Request
    ) throws(RequestError) {
        var files: [(level: Int, config: ConfigVector)] = []
        for (depth, level) in DirectoryWalk.directories(on: directory).enumerated() {
            let policy = walk.levels[depth].core.allowOverride.policy
            guard policy.allowsAnything else { continue }
            for name in request.host.core.accessFileNames {
                let path = level + name
                guard let config = try read(String(path), policy, String(level), request) else {
                    continue
                }
                files.append((depth, config))
                break
            }
        }
        guard !files.isEmpty else { return }
        request.directoryConfig = merge(directory, files, request)
    }

    /// Sections and files in turn.
    ///
    /// Not kept: the number of combinations is the authors' choice.
    private static func merge(
        _ directory: String, _ files: [(level: Int, config: ConfigVector)],
        _ request: borrowing Request
    ) -> MergedConfig {
        let host = request.host
        var config = request.connection.context.root(for: host)
        for (depth, level) in DirectoryWalk.directories(on: directory).enumerated() {
            for section in host.sections.directories
            where section.pattern.matchesDirectory(level, depth: depth) {
                config = config.adding(section)
            }
            for file in files where file.level == depth { config = config.adding(file.config) }
        }
        return config
    }

    private static func read(
        _ path: String, _ policy: OverridePolicy, _ directory: String, _ request: borrowing Request
    ) throws(RequestError) -> ConfigVector? {
        guard let status = FileStatus(of: path) else {
            if case .missing = FileSystemProblem.last { return nil }
            throw unreadable(path, directory)
        }
        guard status.isRegular else { return nil }
        let context = request.connection.context
        let entry: HtaccessCache.Entry
        if let known = context.htaccess.entries[path], known.status == status,
            known.policy == policy
        {
            entry = known
        } else {
            guard (try? OpenFile(path)) != nil else { throw unreadable(path, directory) }
            let warnings = WarningSink()
            entry = HtaccessCache.Entry(
                status: status,
                result: context.server.readHtaccess(
                    path, directory: directory, policy: policy, warnings: warnings),
                policy: policy)
            for warning in warnings.warnings {
                request.log(.warning, warning.code, warning.message)
            }
            if context.htaccess.entries.count >= HtaccessCache.limit {
                context.htaccess.entries.removeAll()
            }
            context.htaccess.entries[path] = entry
        }
        switch entry.result {
        case .success(let config): return config
        case .failure(let error):
            throw RequestError(.internalServerError, error.message, level: .alert)
        }
    }

    /// What cannot be read may forbid; so everything is forbidden.
    private static func unreadable(_ path: String, _ directory: String) -> RequestError {
        RequestError(
            .forbidden,
            "AH00529: \(path) pcfg_openfile: unable to check htaccess file, ensure it is readable and that '\(directory)' is executable",
            level: .critical)
    }
}
