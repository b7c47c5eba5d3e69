// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The commands under test: ours, or with `A2_REFERENCE=/usr/sbin` Debian's own, which settle what
/// is right.
enum Programs {
    static let reference = ProcessInfo.processInfo.environment["A2_REFERENCE"]
    static var areOurs: Bool { reference == nil }

    /// SwiftPM puts the commands beside the test program.
    private static let built = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().path

    static func path(_ name: String) -> String {
        guard let reference else { return "\(built)/\(name)" }
        let path = "\(reference)/\(name)"
        return FileManager.default.fileExists(atPath: path) ? path : "/usr/bin/\(name)"
    }

    struct Outcome: Equatable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs a program to its end.
    ///
    /// - Parameter environment: all that it gets, but for PATH.
    static func run(
        _ path: String, _ arguments: [String] = [], environment: [String: String] = [:],
        folder: String = "/", input: String = ""
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
            .merging(environment) { $1 }
        // A file, since writing to a pipe that a program never reads would raise SIGPIPE.
        let inputFile = try ScratchFolder()
        try inputFile.write("input", input)
        process.standardInput = FileHandle(forReadingAtPath: "\(inputFile.path)/input")
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // What the programs complain of fits into a pipe while their output is read.
        let outputData = output.fileHandleForReading.readDataToEndOfFile()
        let errorData = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: String(decoding: outputData, as: UTF8.self),
            errors: String(decoding: errorData, as: UTF8.self))
    }
}
