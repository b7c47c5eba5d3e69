// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("htpasswd")
struct PasswordProgramTests {
    @discardableResult
    private func run(
        _ line: String, in folder: ScratchFolder, input: String = ""
    ) throws -> Programs.Outcome {
        try Programs.run(
            Programs.path("htpasswd"), line.split(separator: " ").map(String.init),
            folder: folder.path, input: input)
    }

    private func users(_ folder: ScratchFolder) -> [String] {
        (folder.text("users") ?? "").split(separator: "\n").map { line in
            line.hasPrefix("#") ? String(line) : String(line.prefix { $0 != ":" })
        }
    }

    @Test("makes a file, adds, changes and deletes users")
    func changes() throws {
        let folder = try ScratchFolder()
        let made = try run("-bc users joe one", in: folder)
        #expect(made == .init(status: 0, output: "", errors: "Adding password for user joe\n"))
        let added = try run("-b users ann two", in: folder)
        #expect(added == .init(status: 0, output: "", errors: "Adding password for user ann\n"))
        try folder.write("users", "# who\n\n" + (folder.text("users") ?? ""))
        let changed = try run("-b users joe three", in: folder)
        #expect(
            changed == .init(status: 0, output: "", errors: "Updating password for user joe\n"))
        #expect(users(folder) == ["# who", "joe", "ann"])
        #expect(try run("-vb users joe three", in: folder).status == 0)
        #expect(try run("-vb users joe one", in: folder).status == 3)
        let deleted = try run("-D users joe", in: folder)
        #expect(
            deleted == .init(status: 0, output: "", errors: "Deleting password for user joe\n"))
        #expect(users(folder) == ["# who", "ann"])
    }

    @Test(
        "hashes in many ways",
        arguments: [
            ("", "$apr1$"), ("m", "$apr1$"), ("B", "$2y$05$"), ("BC 4", "$2y$04$"), ("2", "$5$"),
            ("5r 1000", "$6$rounds=1000$"), ("s", "{SHA}"), ("p", "secret"),
        ])
    func methods(options: String, start: String) throws {
        let folder = try ScratchFolder()
        let words = options.split(separator: " ", maxSplits: 1)
        let rest = words.count > 1 ? " \(words[1])" : ""
        let shown = try run("-nb\(words.first ?? "")\(rest) joe secret", in: folder)
        #expect(shown.status == 0)
        #expect(shown.output.hasPrefix("joe:\(start)"), "\(shown)")
        #expect(shown.output.hasSuffix("\n\n"))
        try folder.write("users", shown.output)
        // The system's crypt(3) does not take a password for its own hash.
        let status = try run("-vb users joe secret", in: folder).status
        #expect(status == (options == "p" ? 3 : 0))
    }

    @Test("reads the password from standard input with -i")
    func input() throws {
        let folder = try ScratchFolder()
        #expect(try run("-ci users joe", in: folder, input: "secret\n").status == 0)
        #expect(try run("-vi users joe", in: folder, input: "secret\n").status == 0)
        #expect(try run("-vi users joe", in: folder, input: "other\n").status == 3)
    }

    @Test(
        "refuses what it cannot do",
        arguments: [
            ("-b none joe x", 1, "htpasswd: cannot modify file none; use '-c' to create it\n"),
            ("-vb users joe x", 6, "User joe not found\n"),
            ("-D users joe", 0, "User joe not found\n"),
            ("-b users a:b x", 6, "htpasswd: username contains illegal character ':'\n"),
            ("-ncb users joe x", 2, "htpasswd: only one of -c -n -v -D may be specified\n"),
            (
                "-b broken joe x", 7,
                "htpasswd: The file broken does not appear to be a valid htpasswd file.\n"
            ),
            ("-nbBC 18 joe x", 3, "htpasswd: Unable to encode with bcrypt: Invalid argument\n"),
        ])
    func refusals(line: String, status: Int32, errors: String) throws {
        let folder = try ScratchFolder()
        try folder.write("users", "")
        try folder.write("broken", "nothing of the kind\n")
        let outcome = try run(line, in: folder)
        let program = Programs.path("htpasswd")
        let expected = errors.replacingOccurrences(of: "htpasswd: ", with: "\(program): ")
        #expect(outcome == .init(status: status, output: "", errors: expected))
        #expect(folder.text("broken") == "nothing of the kind\n")
    }

    @Test("explains itself", arguments: ["-x users joe", "", "-nbi joe x", "-b users joe"])
    func usage(line: String) throws {
        let outcome = try run(line, in: try ScratchFolder())
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("Usage:\n\thtpasswd [-cimB25dpsDv]"))
    }
}
