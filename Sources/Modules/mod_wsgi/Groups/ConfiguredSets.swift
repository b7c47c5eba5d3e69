// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// The sets of workers that are known from the configuration alone.
///
/// What a section says of the groups is not seen here, nor what a request decides (`%{ENV:...}`):
/// such sets get their workers when a request asks for them.
struct ConfiguredSets {
    /// The process groups by name; the one without a name stands for mod_wsgi's embedded mode.
    let groups: [String: ProcessGroup]
    private(set) var specifications: [SetSpecification] = []

    init(_ server: Server) {
        var groups = ["": ProcessGroup.embedded(server.main.config(of: WSGIModule.self))]
        for host in server.hosts {
            for group in host.config(of: WSGIModule.self).daemonProcesses {
                groups[group.name] = group
            }
        }
        self.groups = groups
        // What is inherited from the main server belongs to all hosts that have it.
        for host in server.hosts.dropFirst() + server.hosts.prefix(1) {
            let config = host.config(of: WSGIModule.self)
            for alias in config.scriptAliases { add(alias, host, server) }
            for script in config.importScripts {
                add(
                    SetName(
                        processGroup: script.processGroup,
                        applicationGroup: script.applicationGroup),
                    ScriptName.moduleAlone(script.path), host, isPreloaded: true)
            }
        }
    }

    private mutating func add(_ alias: ScriptAlias, _ host: VirtualHost, _ server: Server) {
        guard case .prefix(let prefix) = alias.pattern else {
            if let preload = alias.preload {
                add(
                    SetName(
                        processGroup: preload.processGroup,
                        applicationGroup: preload.applicationGroup),
                    ScriptName(path: alias.target, callable: alias.callableObject ?? "application"),
                    host, isPreloaded: true)
            }
            return
        }
        // A folder holds many scripts, each with a mount of its own.
        guard FileStatus(of: alias.target)?.isRegular == true else { return }
        let settings = host.directoryConfig(of: WSGIModule.self).settings
        let mount = prefix.text == "/" ? "" : ScriptPath.collapsed(prefix.text)
        let names = StaticGroupNames(host: host, scriptName: mount)
        guard let process = names.expand(alias.processGroup ?? settings.processGroup ?? ""),
            let application = names.expand(
                alias.applicationGroup ?? settings.applicationGroup ?? "%{RESOURCE}"),
            groups[process] != nil
        else { return }
        let callable = alias.callableObject ?? settings.callableObject ?? "application"
        if callable.hasPrefix("%") { return }
        add(
            SetName(processGroup: process, applicationGroup: application),
            ScriptName(path: alias.target, callable: callable), host,
            // A section may name another group; without any there is none to name.
            isPreloaded: alias.preload != nil || !process.isEmpty || groups.count == 1)
    }

    private mutating func add(
        _ name: SetName, _ script: ScriptName, _ host: VirtualHost, isPreloaded: Bool
    ) {
        guard let group = groups[name.processGroup] else { return }
        if let index = specifications.firstIndex(where: { $0.name == name }) {
            if !specifications[index].scripts.contains(script) {
                specifications[index].scripts.append(script)
            }
            if isPreloaded { specifications[index].startsAtOnce = true }
            return
        }
        specifications.append(
            SetSpecification(
                name: name, group: group, scripts: [script], host: host.index,
                startsAtOnce: isPreloaded))
    }
}

extension ConfiguredSets {
    /// Adds a set that the image before a restart has learnt of from requests.
    mutating func add(_ inherited: InheritedGeneration, hosts: [VirtualHost]) {
        guard let group = groups[inherited.name.processGroup],
            !specifications.contains(where: { $0.name == inherited.name })
        else { return }
        specifications.append(
            SetSpecification(
                name: inherited.name, group: group, scripts: inherited.scripts,
                host: hosts.first { $0.name == group.hostName }?.index ?? 0, startsAtOnce: true))
    }
}

/// What the names of groups mean where they mean the same for all requests.
struct StaticGroupNames {
    let host: VirtualHost
    let scriptName: String

    /// - Returns: nil where only a request can tell.
    func expand(_ name: String) -> String? {
        switch name {
        case "%{GLOBAL}": ""
        case "%{RESOURCE}": "\(host.applicationName)|\(scriptName)"
        case "%{SERVER}": host.applicationName
        default: name.hasPrefix("%{") ? nil : name
        }
    }
}

extension ScriptName {
    /// A script of which nothing but that it is loaded is wanted: the name is one that each module
    /// has.
    static func moduleAlone(_ path: String) -> ScriptName {
        ScriptName(path: path, callable: "__name__")
    }
}

extension VirtualHost {
    /// The name of the host in the names of application groups, with the port it is configured
    /// with unless that is one of the usual two.
    ///
    /// mod_wsgi takes the port that the client names where `UseCanonicalName` is off. Here each
    /// group has processes of its own, which a client must not be able to start by asking.
    var applicationName: String {
        let port = port ?? addresses.first?.port ?? 0
        return port == 0 || port == 80 || port == 443 ? name : "\(name):\(port)"
    }
}

extension ProcessGroup {
    /// The group of applications that name none.
    ///
    /// mod_wsgi runs them in the server's own processes, of which there are many; here they have
    /// as many as there are processors, up to four.
    static func embedded(_ config: WSGIModule.ServerConfig) -> ProcessGroup {
        var group = ProcessGroup(name: "")
        group.processes = min(4, max(1, Processors.count))
        group.processesAreWritten = true
        group.threads = 5
        group.pythonHome = config.python.home
        group.pythonPath = config.python.path
        group.pythonEggs = config.python.eggs
        return group
    }
}
