// SPDX-License-Identifier: Apache-2.0

public import ApusConfiguration
internal import ApusHTTP
internal import ApusRuntime

/// mod_logio: the bytes that requests and responses take on the wire, for the log.
public struct LogIOModule: Module, LogItemSource {
    public static let name = "logio_module"

    public struct DirectoryConfig: ModuleConfig {
        @Setting var tracksFirstByte = false
        public init() {}
    }

    public static let directoryDirectives: [Directive<DirectoryConfig>] = [
        Directive(
            "LogIOTrackTTFB", in: .anywhere, sets: \.$tracksFirstByte, .flag,
            "Enable tracking of time to first byte (TTFB)", default: "Off", override: .all,
            help: "Set to 'ON' to enable tracking time to first byte")
    ]

    public static let logItems: [LogItemDefinition] = [
        LogItemDefinition("I") { request, _, line in
            line.append(decimal: Int(request.bytesReceived))
            return true
        },
        LogItemDefinition("O") { request, _, line in
            line.append(decimal: Int(request.bytesSent))
            return true
        },
        LogItemDefinition("S") { request, _, line in
            line.append(decimal: Int(request.bytesReceived + request.bytesSent))
            return true
        },
        LogItemDefinition("^FB") { request, _, line in
            guard let first = request.firstByteTime else { return false }
            line.append(decimal: Int(max(0, first.microseconds - request.received.microseconds)))
            return true
        },
    ]

    public static func register(in hooks: inout Hooks) {
        hooks.insertFilter.add(Self.self) { request in
            request.tracksFirstByte = request[directory: Self.self].tracksFirstByte
            return .declined
        }
    }
}
