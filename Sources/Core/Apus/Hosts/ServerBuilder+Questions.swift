// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusRuntime

extension ServerBuilder {
    /// Takes over what the files changed while they were read.
    public func finishReading(_ reader: ConfigReader) {
        root = reader.serverRoot
        orderedDefinitions = reader.variables.definedNames.map { name in
            (name, reader.variables.value(of: name) ?? "")
        }
        for (name, value) in orderedDefinitions { definitions[name] = value }
    }

    /// What a host calls itself.
    public func name(of host: Host) -> String {
        ServerName(config(of: CoreModule.self, host: host).serverName ?? host.fallbackName).host
    }

    public func aliases(of host: Host) -> [String] {
        config(of: CoreModule.self, host: host).serverAliases
    }
}
