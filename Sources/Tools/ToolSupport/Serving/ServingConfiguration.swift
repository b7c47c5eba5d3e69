// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The configuration that apus-serve writes for the server.
struct ServingConfiguration {
    let options: ServingOptions
    /// The private folder, which is the ServerRoot.
    let root: String
    /// The folder of the server's program.
    let programs: String
    let workingFolder: String
    let findings: ApplicationFindings
    /// Folders that the command line names for modules.
    let path: [String]
    var isRoot = geteuid() == 0

    var script: String { "\(root)/application.py" }
    var controlSocket: String { "\(root)/control" }

    var text: String {
        let lines = basics + modules + limits + accounts + logs + application + statics
        return (lines + options.directives).joined(separator: "\n") + "\n"
    }

    private var basics: [String] {
        [
            "ServerRoot \(quoted(root))",
            "DefaultRuntimeDir logs",
            "PidFile logs/httpd.pid",
            "ServerName \(address)",
            "Listen \(address)",
            "DocumentRoot \(quoted("\(root)/htdocs"))",
        ]
    }

    private var address: String {
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        return "\(host):\(options.port)"
    }

    private var modules: [String] {
        var names = ["mpm_event", "authz_core", "wsgi"]
        if !options.statics.isEmpty { names += ["alias", "mime"] }
        return names.map { "LoadModule \($0)_module modules/mod_\($0).so" }
    }

    /// One child: it waits for the application most of the time, and threads it has none.
    private var limits: [String] {
        [
            "StartServers 1", "ServerLimit 1", "ThreadLimit 512", "ThreadsPerChild 512",
            "MaxRequestWorkers 512", "MinSpareThreads 1", "MaxSpareThreads 512",
            "AsyncRequestWorkerFactor 20",
        ]
    }

    private var accounts: [String] {
        guard isRoot else { return [] }
        let isDebian = unsafe getpwnam("www-data") != nil
        return isDebian
            ? ["User www-data", "Group www-data"] : ["User nobody", "Group #65534"]
    }

    private var logs: [String] {
        var lines = [
            "LogLevel \(options.logLevel)",
            "ErrorLog \(log(options.errorLog, STDERR_FILENO))",
        ]
        if options.accessLog != "off" {
            lines.append("LogFormat \"%h - %u %t \\\"%r\\\" %>s %b %{ms}Tms\" apus-serve")
            lines.append("CustomLog \(log(options.accessLog, STDOUT_FILENO)) apus-serve")
        }
        return lines
    }

    private func log(_ file: String, _ descriptor: Int32) -> String {
        guard file == "-" else { return quoted(absolute(file)) }
        var status = stat()
        unsafe fstat(descriptor, &status)
        // A socket, as that of the journal, cannot be opened by its name in /proc.
        let isSocket = status.st_mode & S_IFMT == S_IFSOCK
        return isSocket ? "\"|/bin/cat >&\(descriptor)\"" : "/proc/self/fd/\(descriptor)"
    }

    private var application: [String] {
        var daemon = [
            "processes=\(options.processes)", "threads=\(options.threads)",
            "interface=\(options.interface)", "home=\(quoted(workingFolder))",
        ]
        let places = path + findings.path
        if !places.isEmpty { daemon.append("python-path=\(quoted(places.joined(separator: ":")))") }
        if let user = options.user { daemon.append("user=\(user)") }
        if let group = options.group { daemon.append("group=\(group)") }
        daemon += options.daemonOptions
        return [
            "WSGIPython \(quoted(findings.python))",
            "WSGIControlSocket \(quoted(controlSocket))",
            "WSGIDaemonProcess application \(daemon.joined(separator: " "))",
            "WSGIProcessGroup application",
            "WSGIApplicationGroup %{GLOBAL}",
            "WSGIPassAuthorization On",
            "WSGIScriptAlias \(quoted(options.mount)) \(quoted(script))",
        ]
    }

    private var statics: [String] {
        guard !options.statics.isEmpty else { return [] }
        return ["TypesConfig \(quoted(mediaTypes))"]
            + options.statics.map { folder in
                "Alias \(quoted(folder.path)) \(quoted(absolute(folder.folder)))"
            }
    }

    /// Ours, in a checkout or an installation, or the system's.
    private var mediaTypes: String {
        let ours = [
            "\(programs)/../conf/available/mods/mime.types",
            "\(programs)/../../../available/mods/mime.types",
        ]
        return ours.first(where: Files.isReadable) ?? "/etc/mime.types"
    }

    private func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\""
    }
}

/// What was found out about an application by importing it.
struct ApplicationFindings: Equatable {
    /// The interpreter itself.
    var python: String
    var version = ""
    /// Folders that a shell's Python looks in, and a server's does not.
    var path: [String] = []
    /// Files of modules that belong to the application.
    var sources: [String] = []

    init(python: String) { self.python = python }

    /// Reads lines of a name, a tab and a value.
    init(python: String, _ text: String) {
        self.python = python
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "python": self.python = parts[1]
            case "version": version = parts[1]
            case "path": path.append(parts[1])
            case "source": sources.append(parts[1])
            default: break
            }
        }
    }
}
