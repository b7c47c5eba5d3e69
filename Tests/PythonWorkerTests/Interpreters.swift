// SPDX-License-Identifier: Apache-2.0

import Glibc
import Support
import Testing

/// A Python that is installed on this machine.
struct Interpreter: Sendable, CustomTestStringConvertible {
    let path: String
    let version: String

    var testDescription: String { "\(version) (\(path))" }

    /// Every one from 3.8 on, of those in the usual folders and those of pyenv.
    ///
    /// The environment variable `WORKER_PYTHONS` names others instead, with a colon between.
    static let all: [Interpreter] = {
        var seen: Set<String> = []
        return candidates.compactMap { path in
            guard let real = resolved(path), seen.insert(real).inserted else { return nil }
            return Interpreter(path)
        }
    }()

    /// Those that every test runs in: the system's, the oldest and the newest, or all that are named.
    static let thorough: [Interpreter] = {
        if environmentVariable("WORKER_PYTHONS") != nil { return all }
        let byAge = all.sorted { $0.minor < $1.minor }
        let chosen = Set([all.first, byAge.first, byAge.last].compactMap { $0?.path })
        return all.filter { chosen.contains($0.path) }
    }()

    static let others = all.filter { one in !thorough.contains { $0.path == one.path } }

    private var minor: Int {
        version.split(separator: ".").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    private static var candidates: [String] {
        if let named = environmentVariable("WORKER_PYTHONS") {
            return named.split(separator: ":").map(String.init)
        }
        var paths: [String] = []
        for folder in ["/usr/bin", "/usr/local/bin"] {
            paths += ["\(folder)/python3"] + (8...20).map { "\(folder)/python3.\($0)" }
        }
        if let home = environmentVariable("HOME") {
            let versions = "\(home)/.pyenv/versions"
            paths += names(in: versions).map { "\(versions)/\($0)/bin/python3" }
        }
        return paths
    }

    /// Nil if it does not run, or is too old.
    private init?(_ path: String) {
        let question = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
        guard let answer = try? run(path, ["-I", "-c", question], within: .seconds(60)),
            answer.status == 0
        else { return nil }
        let numbers = answer.output.split(separator: ".").compactMap { Int($0.filter(\.isNumber)) }
        guard numbers.count == 3, numbers[0] == 3, numbers[1] >= 8 else { return nil }
        self.path = path
        version = String(answer.output.filter { !$0.isWhitespace })
    }
}

private func environmentVariable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

private func resolved(_ path: String) -> String? {
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
}

/// The names in a folder, in order; none if it cannot be read.
func names(in folder: String) -> [String] {
    guard let directory = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
        let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: unsafe Array(bytes.prefix { $0 != 0 }), as: UTF8.self)
        }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
}
