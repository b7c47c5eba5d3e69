// SPDX-License-Identifier: Apache-2.0

import Apus
import Testing

@testable import mod_autoindex

@Suite("The parts of an index")
struct IndexPartsTests {
    @Test(
        "tell sizes in four characters",
        arguments: [
            (-1, "  - "), (0, "  0 "), (972, "972 "), (973, "1.0K"), (1023, "1.0K"), (1536, "1.5K"),
            (10000, "9.8K"), (10188, "9.9K"), (10189, " 10K"), (2_000_000, "1.9M"),
            (1_000_000_000_000, "931G"), (Int64.max, "8.0E"),
        ] as [(Int64, String)])
    func sizes(size: Int64, expected: String) {
        #expect(FileSize.text(size) == expected)
    }

    @Test(
        "cut descriptions by what is seen of them",
        arguments: [
            ("short", 10, "short"), ("0123456789", 5, "0123>"),
            ("<b>0123</b>456", 5, "<b>0123</b>>"),
            ("&amp;&amp;&amp;", 2, "&amp;&amp>"), ("<b", 1, "<b"), ("&am", 1, "&am"), ("", 3, ""),
        ])
    func descriptions(text: String, width: Int, expected: String) {
        let cut = DescriptionText.cut(Array(text.utf8), to: width)
        #expect(String(decoding: cut, as: UTF8.self) == expected)
    }

    @Test(
        "sort as they are told",
        arguments: [
            ("", "../ B10 a/ b10 b9"), ("O=D", "../ b9 b10 a/ B10"),
            ("C=S", "../ a/ b9 b10 B10"), ("C=S;O=D", "../ B10 b10 b9 a/"),
            ("V=1", "../ B10 a/ b9 b10"), ("O=D;X=1;O=A", "../ b9 b10 a/ B10"),
            ("C=Z;O=D", "../ B10 a/ b10 b9"),
        ])
    func order(query: String, expected: String) {
        let query = IndexQuery(query, order: IndexOrder(), flags: [])
        let sizes: [(String, Int64)] = [("b9", 1), ("a/", -1), ("B10", 3), ("b10", 2), ("../", -1)]
        var entries = sizes.map { name, size in
            var entry = IndexEntry(name)
            entry.size = size
            entry.isParent = name == "../"
            return entry
        }
        entries.sort { query.order.precedes($0, $1, query.flags) }
        #expect(entries.map(\.name).joined(separator: " ") == expected)
    }

    @Test(
        "carry on what was asked for",
        arguments: [
            ("F=2;V=0;P=*.t%20t", ";F=2;V=0;P=*.t%20t"), ("C=N;O=D", ""), ("P=%zz", ""),
            ("X=1;F=1", ""), ("F=3;V=1", ""), ("P=<\"", ";P=%3c%22"),
        ])
    func carried(query: String, expected: String) {
        #expect(IndexQuery(query, order: IndexOrder(), flags: []).carried == expected)
    }

    @Test(
        "find what was said of a file",
        arguments: [
            ("/srv/a.txt", "text/plain", nil, "extension"),
            ("/srv/a.html", "text/html", nil, "type"),
            ("/srv/a.gz", "text/html", "gzip", "encoding"), ("/srv/README", nil, nil, "name"),
            ("/other/README", nil, nil, nil), ("^^DIRECTORY^^", nil, nil, "directory"),
        ] as [(String, String?, String?, String?)])
    func items(path: String, type: String?, encoding: String?, expected: String?) {
        let items = [
            IndexItem(.path, ".txt", in: nil, value: "extension"),
            IndexItem(.type, "TEXT/*", in: "/srv/", value: "type"),
            IndexItem(.encoding, "GZIP", in: nil, value: "encoding"),
            IndexItem(.path, "READ*", in: "/srv/", value: "none"),
            IndexItem(.path, "*/READ*", in: "/srv/", value: "name"),
            IndexItem(.path, "**DIRECTORY**", in: nil, value: "directory"),
        ]
        let file = IndexItem.File(path: path, type: type, encoding: encoding)
        #expect(items.value(for: file) == expected)
    }
}

@Suite("IndexOptions")
struct IndexOptionsTests {
    @Test(
        "merge as Apache merges them",
        arguments: [
            ("FancyIndexing", "+XHTML", "fancy xhtml"), ("FancyIndexing", "XHTML", "xhtml"),
            ("FancyIndexing XHTML", "-XHTML", "fancy"), ("FancyIndexing", "None", ""),
            ("None", "+XHTML", "xhtml"), ("FancyIndexing +XHTML", "+SuppressSize", "fancy xhtml"),
            ("+FancyIndexing", "NameWidth=9", "fancy"),
            ("FancyIndexing", "XHTML +FancyIndexing", "xhtml"),
        ])
    func merging(outer: String, inner: String, expected: String) throws {
        var outermost = IndexOptions()
        outermost.isOutermost = true
        try outermost.add(outer.split(separator: " ").map(String.init))
        var options = IndexOptions()
        try options.add(inner.split(separator: " ").map(String.init))

        let flags = options.merged(over: outermost).flags
        var names: [String] = []
        if flags.contains(.fancyIndexing) { names.append("fancy") }
        if flags.contains(.xhtml) { names.append("xhtml") }
        #expect(names.joined(separator: " ") == expected)
    }

    @Test(
        "say what is wrong with them",
        arguments: [
            ("Bogus", "Invalid directory indexing option"),
            ("+None", "Cannot combine '+' or '-' with 'None' keyword"),
            ("None XHTML", "Cannot combine other IndexOptions keywords with 'None'"),
            ("NameWidth", "NameWidth with no value may only appear as '-NameWidth'"),
            ("NameWidth=4", "NameWidth value must be greater than 5"),
            ("-IconWidth=4", "Cannot combine '-' with IconWidth=n"),
            ("DescriptionWidth=11", "DescriptionWidth value must be greater than 12"),
        ])
    func mistakes(words: String, problem: String) {
        var options = IndexOptions()
        let error = #expect(throws: ArgumentError.self) {
            try options.add(words.split(separator: " ").map(String.init))
        }
        #expect(error?.problem == problem)
    }
}
