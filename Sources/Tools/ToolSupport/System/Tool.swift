// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A command: what its `main.swift` runs.
public protocol Tool {
    /// - Returns: the exit status.
    static func run(_ invocation: Invocation) -> Int32
}

extension Tool {
    /// Runs the command as this process, and ends it.
    public static func main() -> Never {
        exit(run(.ofThisProcess()))
    }
}

/// How a command was called, and what it talks to.
public struct Invocation {
    /// The name it was called by, with its path if it was called with one.
    public var program: String
    public var arguments: [String]
    public var environment: Environment
    public var workingDirectory: String
    /// The folder that the command itself stands in, links followed.
    public var programDirectory: String?
    public var console: Console

    static func ofThisProcess() -> Invocation {
        Invocation(
            program: CommandLine.arguments.first ?? "",
            arguments: Array(CommandLine.arguments.dropFirst()),
            environment: .ofThisProcess(),
            workingDirectory: currentDirectory(),
            programDirectory: resolved("/proc/self/exe").map(directoryPart),
            console: Console())
    }
}
