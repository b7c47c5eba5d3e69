// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The server under test.
///
/// The environment variable `HTTPD` names it: unset, it is the `httpd` built beside the tests;
/// `apache2` is Debian's; anything with a slash is the path of a server of ours.
public struct ServerProgram: Sendable {
    public let path: String

    /// Whether this is Apache itself, which settles what is right.
    public let isApache: Bool

    public static let underTest = ServerProgram(
        environment: unsafe getenv("HTTPD").map { unsafe String(cString: $0) })

    init(environment: String?) {
        switch environment {
        case "apache2"?: (path, isApache) = ("/usr/sbin/apache2", true)
        case let given? where given.contains("/"):
            (path, isApache) = (given, lastComponent(given) == "apache2")
        default: (path, isApache) = ("\(ServerProgram.buildFolder)/httpd", false)
        }
    }

    /// What the program calls itself in its messages.
    public var name: String { lastComponent(path) }

    /// A program that is installed, or built, beside the server under test.
    public static func sibling(_ name: String) -> String {
        underTest.path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/\(name)"
    }

    /// The folder that SwiftPM built the tests and the server into.
    public static let buildFolder: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, length)).map(UInt8.init), as: UTF8.self)
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }()

    /// Whether a module is part of the program, so that no `LoadModule` line is wanted.
    func hasBuiltIn(_ module: String) -> Bool {
        let isStaticInDebian = ["log_config", "logio", "so", "unixd", "version", "watchdog"]
            .contains(module)
        guard isStaticInDebian, !isApache else { return isStaticInDebian }
        return !Self.hasOwn(module)
    }

    /// Whether a module of ours has been built.
    static func hasOwn(_ module: String) -> Bool {
        unsafe access("\(buildFolder)/libmod_\(module).so", F_OK) == 0
    }
}

func lastComponent(_ path: String) -> String {
    String(path.split(separator: "/").last ?? "")
}
