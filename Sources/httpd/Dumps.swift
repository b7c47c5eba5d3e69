// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What `-v`, `-V`, `-l`, `-M`, `-S` and `-D DUMP_...` print; other programs read it, so the form
/// is httpd's.
struct Dumps {
    let configuration: Configuration
    private var builder: ServerBuilder { configuration.builder }

    // MARK: Versions

    static var version: String {
        """
        Server version: \(ServerVersion.product)/\(ServerVersion.version) (Apache/\(ServerVersion.compatible) compatible)
        Server built:   \(ServerVersion.built)
        """
    }

    static func settings(mpm: (any ProcessingModule.Type)?, place: ProgramPlace) -> String {
        let libraries =
            "APR \(APR.version), APR-UTIL \(APR.utilVersion), PCRE \(RegularExpression.libraryVersion)"
        var lines = [
            version,
            "Server's Module Magic Number: \(ServerVersion.moduleMagicNumber)",
            "Server loaded:  \(libraries)",
            "Compiled using: APR \(APR.compiledVersion), APR-UTIL \(APR.compiledUtilVersion), PCRE \(RegularExpression.libraryVersion)",
            "Architecture:   \(Int.bitWidth)-bit",
            "Server MPM:     \(mpm?.mpmName ?? "")",
        ]
        if let mpm {
            var bounds = BoundsCheck(fixed: nil)
            let plan = mpm.processing(ProcessSettings(), &bounds).plan
            lines.append("  threaded:     \(plan.isThreaded ? "yes (fixed thread count)" : "no")")
            lines.append("    forked:     yes (variable process count)")
        }
        lines.append("Server compiled with....")
        let root = place.serverRoot
        lines += [
            "APR_HAS_SENDFILE", "APR_HAS_MMAP", "APR_HAVE_IPV6 (IPv4-mapped addresses enabled)",
            "APR_USE_PROC_PTHREAD_SERIALIZE", "APR_USE_PTHREAD_SERIALIZE",
            "SINGLE_LISTEN_UNSERIALIZED_ACCEPT", "APR_HAS_OTHER_CHILD",
            "AP_HAVE_RELIABLE_PIPED_LOGS", "HTTPD_ROOT=\"\(root)\"",
            "DEFAULT_PIDLOG=\"logs/httpd.pid\"",
            "DEFAULT_SCOREBOARD=\"logs/apache_runtime_status\"",
            "DEFAULT_ERRORLOG=\"logs/error_log\"", "AP_TYPES_CONFIG_FILE=\"mime.types\"",
            "SERVER_CONFIG_FILE=\"\(place.configFile(root).dropFirst(root.count + 1))\"",
        ].map { " -D \($0)" }
        return lines.joined(separator: "\n")
    }

    // MARK: Modules

    static var compiledIn: String {
        (["Compiled in modules:"] + BuiltInModules.all.map { "  \($0.sourceName)" })
            .joined(separator: "\n")
    }

    var modules: String {
        let lines = builder.modules.map { module in
            " \(module.name) (\(builder.builtIn.contains(module.name) ? "static" : "shared"))"
        }
        return (["Loaded Modules:"] + lines).joined(separator: "\n")
    }

    // MARK: Hosts

    var hosts: String {
        var lines = ["VirtualHost configuration:"]
        var order: [String] = []
        var groups: [String: [ServerBuilder.Host]] = [:]
        for host in builder.hosts.dropFirst() {
            for address in host.addresses {
                let key = address.listing
                if groups[key] == nil { order.append(key) }
                groups[key, default: []].append(host)
            }
        }
        // Those for every address come last, as they are looked at last.
        order = order.filter { !$0.hasPrefix("*") } + order.filter { $0.hasPrefix("*") }
        for key in order { lines += listing(key, groups[key]!) }
        return lines.joined(separator: "\n")
    }

    /// The pages of docs/directives one after another, each below a line with its file's name
    /// (`Scripts/reference`).
    var reference: String {
        configuration.builder.table.referencePages
            .map { "<!-- \($0.fileName) -->\n\($0.text)" }.joined()
    }

    private func listing(_ address: String, _ hosts: [ServerBuilder.Host]) -> [String] {
        let padded = address.padded(to: 22)
        if hosts.count == 1 {
            let host = hosts[0]
            return ["\(padded) \(builder.name(of: host)) (\(host.location))"]
        }
        var lines = ["\(padded) is a NameVirtualHost"]
        let first = hosts[0]
        lines.append("         default server \(builder.name(of: first)) (\(first.location))")
        let port = address.split(separator: ":").last.map(String.init) ?? "*"
        for host in hosts {
            lines.append(
                "         port \(port) namevhost \(builder.name(of: host)) (\(host.location))")
            lines += names(of: host)
        }
        return lines
    }

    private func names(of host: ServerBuilder.Host) -> [String] {
        let aliases = builder.aliases(of: host)
        let exact = aliases.filter { !$0.contains { "*?".contains($0) } }
        let wild = aliases.filter { $0.contains { "*?".contains($0) } }
        return exact.map { "                 alias \($0)" }
            + wild.map { "                 wild alias \($0)" }
    }

    // MARK: Settings of the run

    private var accounts: [String] {
        let unixd = builder.config(of: UnixdModule.self, host: builder.hosts[0])
        var lines: [String] = []
        if let user = unixd.user {
            lines.append("User: name=\"\(unixd.userName ?? "")\" id=\(user.id)")
        }
        if let group = unixd.group {
            let name = (try? GroupAccount.name(of: group.id)) ?? ""
            lines.append("Group: name=\"\(name)\" id=\(group.id)")
        }
        return lines
    }

    var run: String {
        let core = builder.config(of: CoreModule.self, host: builder.hosts[0])
        var lines = [
            "ServerRoot: \"\(builder.root)\"",
            "Main DocumentRoot: \"\(core.documentRoot)\"",
            "Main ErrorLog: \"\(core.errorLog ?? builder.path("logs/error_log"))\"",
            "Mutex default: dir=\"\(builder.path("logs"))/\" mechanism=default ",
            "PidFile: \"\(builder.path(core.processes.pidFile))\"",
        ]
        for (name, value) in builder.orderedDefinitions {
            lines.append("Define: \(name)" + (value.isEmpty ? "" : "=\(value)"))
        }
        lines += accounts
        return lines.joined(separator: "\n")
    }
}

extension HostAddress {
    /// As `-S` lists it: `*:80`, `127.0.0.1:80`, `[::1]:*`.
    var listing: String {
        let port = port == 0 ? "*" : String(port)
        guard let address else { return "*:\(port)" }
        let host = SocketAddress(address, port: 0).host
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
