// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration
import Foundation
import Testing

/// The configurations of Tests/Corpus.
///
/// Next to each one that is refused stands the message in Apache's words. With `HTTPD=apache2`
/// Apache itself must say the same.
@Suite("The corpus of configurations")
struct CorpusTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let path: String
        var testDescription: String { URL(fileURLWithPath: path).lastPathComponent }
        var directory: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

        /// What stands next to the configuration.
        func message(program: String) throws -> String {
            let file = path.replacingOccurrences(of: ".conf", with: ".message", options: .backwards)
            return try String(contentsOfFile: file, encoding: .utf8)
                .replacingOccurrences(of: "@FILE@", with: path)
                .replacingOccurrences(of: "@DIR@", with: directory)
                .replacingOccurrences(of: "@PROGRAM@", with: program)
        }
    }

    static let accepted = cases("accepted")
    static let refused = cases("refused")

    @Test("is not empty")
    func notEmpty() {
        #expect(Self.accepted.count > 10)
        #expect(Self.refused.count > 40)
    }

    @Test("is accepted where httpd accepts", arguments: accepted)
    func accepts(_ example: Case) throws {
        if let apache = Self.apache {
            #expect(try check(apache, example).hasSuffix("Syntax OK\n"))
        }
        #expect(read(example).list == [])
    }

    @Test("is refused in Apache's words", arguments: refused)
    func refuses(_ example: Case) throws {
        if let apache = Self.apache {
            let program = URL(fileURLWithPath: apache).lastPathComponent
            #expect(try check(apache, example) == example.message(program: program))
        }
        let errors = read(example).list
        #expect(errors.count == 1)
        var error = try #require(errors.first)
        error.remedy = nil
        #expect(try error.message(program: "httpd") + "\n" == example.message(program: "httpd"))
    }

    private func read(_ example: Case) -> ConfigErrors {
        let server = TestServer()
        let reader = server.reader(root: example.directory)
        let nodes = reader.read(file: example.path)
        server.errors = reader.errors
        server.apply(nodes)
        return server.errors
    }

    private static func cases(_ kind: String) -> [Case] {
        let tests = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = tests.appendingPathComponent("Corpus/configurations/\(kind)")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".conf") }.sorted()
            .map { Case(path: folder.appendingPathComponent($0).path) }
    }

    // Apache itself

    /// The program that `HTTPD` names, if that is Apache and not this server.
    private static let apache: String? = {
        guard let name = ProcessInfo.processInfo.environment["HTTPD"], name.contains("apache2")
        else { return nil }
        return name.hasPrefix("/") ? name : "/usr/sbin/" + name
    }()

    /// What `-t` says of a configuration, with the modules whose directives the corpus has.
    private func check(_ apache: String, _ example: Case) throws -> String {
        let modules = ["mpm_event", "authz_core", "alias", "rewrite"].flatMap {
            ["-C", "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so"]
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: apache)
        process.arguments =
            ["-t", "-d", example.directory, "-f", example.path, "-C", "ServerName localhost"]
            + ["-C", "ErrorLog /dev/stderr"] + modules
        let output = Pipe()
        process.standardError = output
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
