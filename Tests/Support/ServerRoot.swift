// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// The multi-processing modules.
public enum MPM: String, CaseIterable, Sendable, CustomStringConvertible {
    case prefork, worker, event

    public var description: String { rawValue }
}

/// A scratch ServerRoot: `conf`, `htdocs`, `cgi-bin`, `logs`, and a configuration.
///
/// `conf/httpd.conf` is what every server needs to start; it includes `conf/test.conf`, the text of
/// the test, so that line numbers in messages are those of the text. Both may speak of `${PORT}`
/// and `${ROOT}`; `${PORT2}` is a second port, that nobody listens on unless the test says so.
public final class ServerRoot: Sendable {
    public let folder: ScratchFolder
    public let port: UInt16
    public let secondPort: UInt16

    public var path: String { folder.path }

    /// The file to start the server with.
    public var configurationFile: String { "\(path)/conf/httpd.conf" }

    /// The file that the test's configuration is in.
    public var testConfigurationFile: String { "\(path)/conf/test.conf" }

    public init(
        _ configuration: String = "", mpm: MPM = .event, modules: [String] = [],
        files: [String: String] = [:]
    ) throws {
        let needed =
            Modules.needed(by: configuration).union(modules).union(["authz_core"])
        try KnownMissing.check(needed, [configuration] + files.values)
        folder = try ScratchFolder()
        port = try Ports.next()
        secondPort = try Ports.next()
        for name in ["conf", "htdocs", "cgi-bin"] { try folder.makeFolder(name) }
        // What a server does not own it may still write to: piped logs, scripts' logs.
        try folder.makeFolder("logs", mode: 0o777)
        try folder.write("conf/mime.types", mediaTypes)
        try folder.write(
            "conf/httpd.conf",
            base(mpm, needed))
        try folder.write("conf/test.conf", configuration)
        for (name, content) in files { try write(name, content) }
    }

    /// Writes a document; a name that begins with `/` is below the ServerRoot instead.
    public func write(_ name: String, _ content: [UInt8], mode: mode_t = 0o644) throws {
        try folder.write(name.hasPrefix("/") ? name : "htdocs/\(name)", content, mode: mode)
    }

    public func write(_ name: String, _ content: String, mode: mode_t = 0o644) throws {
        try write(name, Array(content.utf8), mode: mode)
    }

    /// Sets when a document was last changed, in seconds since 1970.
    public func setModified(_ name: String, _ seconds: Int) {
        var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        unsafe utimensat(AT_FDCWD, "\(path)/htdocs/\(name)", &times, 0)
    }

    /// Makes a symbolic link among the documents.
    public func link(_ name: String, to target: String) throws {
        guard unsafe symlink(target, "\(path)/htdocs/\(name)") == 0 else {
            throw SupportError.call("symlink \(name)")
        }
    }

    /// Replaces the test's configuration, which a restart then reads.
    public func configure(_ configuration: String) throws {
        try folder.write("conf/test.conf", configuration)
    }

    private func base(_ mpm: MPM, _ modules: Set<String>) -> String {
        let load = (["mpm_\(mpm)"] + modules.sorted())
            .filter { !ServerProgram.underTest.hasBuiltIn($0) }
            .map { "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so" }
        return """
            Define ROOT \(path)
            Define PORT \(port)
            Define PORT2 \(secondPort)
            ServerRoot "\(path)"
            DefaultRuntimeDir logs
            PidFile logs/httpd.pid
            \(load.joined(separator: "\n"))
            \(account)
            ServerName localhost
            Listen 127.0.0.1:\(port)
            DocumentRoot "\(path)/htdocs"
            ErrorLog logs/error_log
            <IfModule mime_module>
                TypesConfig conf/mime.types
            </IfModule>
            Include conf/test.conf

            """
    }

    /// Children must run as somebody else where the tests are run by root.
    private var account: String {
        guard geteuid() == 0 else { return "" }
        let isDebian = unsafe getpwnam("www-data") != nil
        return isDebian ? "User www-data\nGroup www-data" : "User nobody\nGroup nobody"
    }

    private var mediaTypes: String {
        """
        text/html html htm
        text/plain txt text
        text/css css
        application/json json
        image/png png
        image/gif gif
        application/gzip gz

        """
    }
}
