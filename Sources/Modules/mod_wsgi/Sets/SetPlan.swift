// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// The sets that the configuration tells of before any request.
///
/// A name that depends on a request, or a script that a folder has, comes with a request later and
/// gets a spare set. A section can choose other groups than those that are seen here; then a set
/// is bound and never started, or, where the script is named with its groups, started in vain.
struct SetPlan {
    private(set) var groups: [String: ProcessGroup] = [:]
    private(set) var specifications: [SetSpecification] = []
    private var indexes: [SetName: Int] = [:]

    init(_ server: Server) {
        groups[""] = Self.embeddedGroup
        for host in server.hosts {
            for group in host.config(of: WSGIModule.self).daemonProcesses {
                groups[group.name] = group
            }
        }
        for host in server.hosts {
            let config = host.config(of: WSGIModule.self)
            for alias in config.scriptAliases { add(alias, of: host) }
            for script in config.importScripts { add(script, of: host) }
        }
    }

    /// mod_wsgi's embedded mode has as many interpreters as the server has children.
    private static var embeddedGroup: ProcessGroup {
        var group = ProcessGroup(name: "")
        group.processes = max(1, min(4, Processors.count))
        group.processesAreWritten = true
        group.threads = 5
        return group
    }

    private mutating func add(_ alias: ScriptAlias, of host: VirtualHost) {
        let settings = host.directoryConfig(of: WSGIModule.self).settings
        let mount: String?
        switch alias.pattern {
        case .prefix(let prefix): mount = prefix.text.hasSuffix("/") ? String(prefix.text.dropLast()) : prefix.text
        case .expression: mount = nil
        }
        guard !alias.target.contains("$"), FileStatus(of: alias.target)?.isDirectory != true,
            let process = Self.processGroup(alias.processGroup ?? settings.processGroup),
            let application = Self.applicationGroup(
                alias.applicationGroup ?? settings.applicationGroup, host, mount)
        else { return }
        let callable = alias.callableObject ?? settings.callableObject ?? "application"
        if callable.hasPrefix("%") { return }
        add(
            SetName(processGroup: process, applicationGroup: application), host,
            script: ScriptName(path: alias.target, callable: callable))
    }

    private mutating func add(_ script: ImportScript, of host: VirtualHost) {
        guard let process = Self.processGroup(script.processGroup),
            let application = Self.applicationGroup(script.applicationGroup, host, nil)
        else { return }
        let name = SetName(processGroup: process, applicationGroup: application)
        add(name, host, script: nil)
        guard let index = indexes[name] else { return }
        specifications[index].importScripts.append(script.path)
        specifications[index].startsAtOnce = true
    }

    private mutating func add(_ name: SetName, _ host: VirtualHost, script: ScriptName?) {
        guard let group = groups[name.processGroup] else { return }
        let index = indexes[name] ?? specifications.count
        if index == specifications.count {
            indexes[name] = index
            specifications.append(
                SetSpecification(
                    name: name, group: group, scripts: [], host: host.index,
                    startsAtOnce: !name.processGroup.isEmpty))
        }
        if let script, !specifications[index].scripts.contains(script) {
            specifications[index].scripts.append(script)
        }
    }

    /// Adds what the image before has learnt from requests.
    mutating func add(_ inherited: InheritedGeneration, hosts: [VirtualHost]) {
        guard indexes[inherited.name] == nil, let group = groups[inherited.name.processGroup] else {
            return
        }
        indexes[inherited.name] = specifications.count
        specifications.append(
            SetSpecification(
                name: inherited.name, group: group, scripts: inherited.scripts,
                host: hosts.first { $0.name == group.hostName }?.index ?? 0, startsAtOnce: true))
    }

    // MARK: Names

    /// nil where only a request tells.
    private static func processGroup(_ name: String?) -> String? {
        guard let name, name != "%{GLOBAL}" else { return "" }
        return name.hasPrefix("%") ? nil : name
    }

    /// nil where only a request tells.
    private static func applicationGroup(
        _ name: String?, _ host: VirtualHost, _ mount: String?
    ) -> String? {
        switch name {
        case "%{GLOBAL}": return ""
        case "%{SERVER}": return address(of: host)
        case nil, "%{RESOURCE}":
            guard let address = address(of: host), let mount else { return nil }
            return "\(address)|\(mount)"
        case .some(let name): return name.hasPrefix("%{") ? nil : name
        }
    }

    /// The host's name with its port, where there is one port.
    private static func address(of host: VirtualHost) -> String? {
        let ports = Set(host.addresses.map(\.port))
        guard let port = host.port ?? ports.first, ports.count <= 1, port != 0 else { return nil }
        return port == 80 || port == 443 ? host.name : "\(host.name):\(port)"
    }
}
