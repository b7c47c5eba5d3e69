// SPDX-License-Identifier: Apache-2.0

import ApusConfiguration
import Testing

/// Anybody who may write an .htaccess file may write anything into it.
@Suite("Hostile configurations")
struct HostileTests {
    @Test(
        "can not nest sections without end",
        arguments: ["<Files a>\n", "<IfModule core.c>\n", "<RequireAny>\n<IfModule core.c>\n"])
    func nesting(_ line: String) {
        let server = TestServer.of(String(repeating: line, count: 100_000))
        #expect(server.problems.contains("Sections are nested more than 256 deep"))
    }

    @Test("may skip sections as deep as they like")
    func skipping() {
        let depth = 100_000
        let text =
            "<IfModule none>\n" + String(repeating: "<A>\n", count: depth)
            + String(repeating: "</A>\n", count: depth) + "</IfModule>\nKeepAlive Off\n"
        let server = TestServer.of(text)
        #expect(server.problems == [])
        #expect(!server.core.keepAlive)
    }

    /// Lines put together at random from what means something to the language.
    @Test("are refused or read, never more", arguments: 0..<20)
    func anything(_ seed: UInt64) {
        let pieces = [
            "<", "</", ">", "IfModule", "core.c", "Files", "Directory", " ", "\n", "\n", "\\\n",
            "\"",
            "'", "\\", "${", "}", "x", "!", "Define", "Options", "KeepAlive", "On", "Limit", "GET",
            "If", "Else", "Error", "RequireAny", "\0", "\u{FEFF}", "ß", "#", "Include", "*", "\t",
        ]
        var random = SplitMix(state: seed)
        for _ in 0..<200 {
            let count = Int.random(in: 1..<60, using: &random)
            let text = (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
            let server = TestServer.of(text)
            // Each mistake is printed on lines of its own, whatever was in it.
            for error in server.errors.list {
                var plain = error
                plain.remedy = nil
                #expect(plain.description.split(separator: "\n").count <= 2)
                #expect(
                    plain.description.utf8.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) })
            }
        }
    }
}

/// A small generator that gives the same numbers on every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
