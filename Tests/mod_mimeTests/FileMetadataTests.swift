// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_mime

@Suite("What the extensions of a name say")
struct FileMetadataTests {
    private var types: MediaTypes {
        MediaTypes(Array("# types\ntext/html html\ttxt.x\r\n\ntext/plain txt TXT2\n".utf8).span)
    }

    private var extensions: ExtensionMap {
        var map = ExtensionMap()
        map.update(".de") { $0.language = .value("de") }
        map.update("FR") { $0.language = .value("fr") }
        map.update("gz") { $0.encoding = .value("gzip") }
        map.update("utf8") { $0.charset = .value("utf-8") }
        map.update("cgi") { $0.handler = .value("cgi-script") }
        map.update("shtml") { $0.outputFilters = .value(["includes", "deflate"]) }
        map.update("txt2") { $0.type = .removed }
        return map
    }

    @Test(
        "is found whatever their order, and whatever their case",
        arguments: [
            ("/a.b/page.html", "text/html - - -"), ("page.HTML", "text/html - - -"),
            ("page.html.txt", "text/plain - - -"), ("page.de.html.fr", "text/html de,fr - -"),
            ("page.gz.html.gz", "text/html - gzip, gzip -"),
            ("page.html.utf8", "text/html - - utf-8"), ("page.txt2", "- - - -"),
            ("page..html", "text/html - - -"), ("page.", "- - - -"), ("page", "- - - -"),
            ("html", "- - - -"), (".html", "- - - -"), ("..html", "- - - -"),
            (".a.html", "text/html - - -"), ("/a.html/page", "- - - -"), ("", "- - - -"),
        ])
    func metadata(name: String, expected: String) {
        let found = FileMetadata(of: name, extensions, types: types)
        let languages = found.languages.isEmpty ? "-" : found.languages.joined(separator: ",")
        let seen = [found.type ?? "-", languages, found.encoding ?? "-", found.charset ?? "-"]
        #expect(seen.joined(separator: " ") == expected)
    }

    @Test(
        "leaves for negotiation the parts that say nothing of what is negotiated",
        arguments: [
            ("page.html.x", MultiviewsMatch.negotiatedOnly, ["page", "x"]),
            ("page.html.cgi", .negotiatedOnly, ["page", "cgi"]),
            ("page.html.cgi", .handlers, ["page"]),
            ("page.html.shtml", .handlers, ["page", "shtml"]),
            ("page.html.shtml", .filters, ["page"]), (".page.html", .any, [".page"]),
        ])
    func exceptions(name: String, matching: MultiviewsMatch, expected: [String]) {
        let found = FileMetadata(of: name, extensions, types: types, matching: matching)
        #expect(found.exceptions == expected)
        let other = FileMetadata(of: "page.x", extensions, types: types, matching: .any)
        #expect(other.exceptions == nil)
    }

    @Test("of an inner section hides what the outer one says, part by part")
    func merging() {
        var inner = ExtensionMap()
        inner.update("de") { $0.charset = .value("koi8-r") }
        inner.update("gz") { $0.encoding = .removed }
        let map = inner.merged(over: extensions)

        let german = FileMetadata(of: "a.de", map, types: nil)
        #expect(german.languages == ["de"])
        #expect(german.charset == "koi8-r")
        let compressed = FileMetadata(of: "a.gz", map, types: nil)
        #expect(compressed.encoding == nil)
        let script = FileMetadata(of: "a.cgi", map, types: nil)
        #expect(script.handler == "cgi-script")
    }

    @Test("that is removed stays so whatever the section adds")
    func removal() {
        var attribute = Attribute<String>.removed
        attribute.add("value")
        guard case .removed = attribute else {
            Issue.record("added after all")
            return
        }
    }
}

@Suite("A table of extensions")
struct ExtensionTableTests {
    @Test("finds each of many, and no other")
    func many() {
        var table = ExtensionTable<Int>()
        for number in 0..<5000 { table["x\(number)"] = number }

        for number in 0..<5000 { #expect(table["X\(number)"] == number) }
        #expect(table["x5000"] == nil)
        #expect(table[""] == nil)
        #expect(table.count == 5000)
    }
}

@Suite("A configured media type")
struct MediaTypeTextTests {
    @Test(
        "is sent in one form",
        arguments: [
            ("text/html", "text/html"), ("text/html;charset=utf-8", "text/html; charset=utf-8"),
            ("a/b ; c=d;e=\"f;g\"", "a/b; c=d; e=\"f;g\""),
        ])
    func text(given: String, expected: String) throws {
        #expect(try MediaTypeText(given).text == expected)
    }

    @Test(
        "takes a charset in the place of its own",
        arguments: [
            ("text/html", "text/html; charset=x"),
            ("text/html; charset=utf-8; a=b", "text/html; charset=x; a=b"),
            ("none", "none"), ("text/", "text/"), ("a/b; c", "a/b; c"),
        ])
    func charset(given: String, expected: String) {
        #expect(MediaTypeText.type(given, with: "x") == expected)
    }
}
