// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// What must hold of the process groups of all hosts together.
enum ProcessGroups {
    /// Gives each group the name of its host, and finds what names a group that is not there.
    static func check(_ builder: ServerBuilder) throws(ConfigError) {
        var known: [String: ProcessGroup] = [:]
        for host in builder.hosts {
            var config = builder.config(of: WSGIModule.self, host: host)
            // A host without settings of its own has those of the main server.
            config.daemonProcesses.removeAll {
                $0.location != nil && $0.location == known[$0.name]?.location
            }
            for index in config.daemonProcesses.indices {
                if host.index > 0 {
                    config.daemonProcesses[index].hostName = builder.name(of: host)
                }
                let group = config.daemonProcesses[index]
                if known[group.name] != nil {
                    throw error(
                        "Name duplicates previous WSGI daemon definition.", "WSGIDaemonProcess",
                        group.location)
                }
                known[group.name] = group
            }
            builder.setConfig(config, of: WSGIModule.self, host: host)
        }
        for host in builder.hosts { try checkScripts(of: host, builder, known) }
    }

    private static func checkScripts(
        of host: ServerBuilder.Host, _ builder: ServerBuilder, _ known: [String: ProcessGroup]
    ) throws(ConfigError) {
        let config = builder.config(of: WSGIModule.self, host: host)
        let name = builder.name(of: host)
        for script in config.importScripts {
            try check(
                script.processGroup, known, host: name, "WSGIImportScript", script.location)
        }
        for alias in config.scriptAliases {
            guard let preload = alias.preload else { continue }
            try check(preload.processGroup, known, host: name, "WSGIScriptAlias", alias.location)
        }
    }

    private static func check(
        _ group: String, _ known: [String: ProcessGroup], host: String, _ directive: String,
        _ location: SourceLocation
    ) throws(ConfigError) {
        guard !group.isEmpty else { return }
        guard let found = known[group] else {
            throw error(
                "WSGI process group not yet configured.", directive, location,
                remedy: "WSGIDaemonProcess \(group) makes it")
        }
        if let owner = found.hostName, owner != host {
            throw error(
                "WSGI process group not accessible.", directive, location,
                remedy: "it belongs to the virtual host \(owner); defined outside of virtual "
                    + "hosts, all can use it")
        }
    }

    private static func error(
        _ problem: String, _ directive: String, _ location: SourceLocation?,
        remedy: String? = nil
    ) -> ConfigError {
        ConfigError(
            .apply, at: location, directive: directive, problem: problem, remedy: remedy)
    }
}
