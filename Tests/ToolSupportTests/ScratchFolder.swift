// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A temporary folder that goes with the test.
final class ScratchFolder {
    let path: String

    init() throws {
        path = "/tmp/apus-tools-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ file: String, _ text: String = "") throws {
        let url = URL(fileURLWithPath: "\(path)/\(file)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(path)/\(name)", withIntermediateDirectories: true)
    }

    /// Writes a program of the shell.
    func writeScript(_ file: String, _ text: String) throws {
        try writeProgram(file, "#!/bin/sh\n\(text)\n")
    }

    /// Writes a script that can be run at once.
    ///
    /// Another process does: a child that a parallel test is just starting would hold a descriptor
    /// of ours, and what is open for writing cannot be run ("Text file busy").
    func writeProgram(_ file: String, _ text: String) throws {
        try write("\(file).text", text)
        let outcome = try Programs.run(
            "/usr/bin/install", ["-m", "755", "\(file).text", file], folder: path)
        guard outcome.status == 0 else { throw CocoaError(.fileWriteUnknown) }
        try FileManager.default.removeItem(atPath: "\(path)/\(file).text")
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(path)/\(name)", withDestinationPath: target)
    }

    /// What a link says; nil where there is none.
    func target(of name: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "\(path)/\(name)")
    }

    func contains(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/\(name)")
    }

    func text(_ file: String) -> String? {
        FileManager.default.contents(atPath: "\(path)/\(file)")
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The names in a folder, sorted.
    func names(_ folder: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []).sorted()
    }
}
