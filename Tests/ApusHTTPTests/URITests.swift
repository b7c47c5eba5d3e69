// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import ApusRuntime
import Testing

@Suite("Paths")
struct URIPathTests {
    private func decode(
        _ path: String, _ slashes: EncodedSlashes = .off, merges: Bool = true
    ) -> String {
        do {
            return try URIPath.decode(
                path.utf8Span.span, encodedSlashes: slashes, mergesSlashes: merges)
        } catch {
            return String(error.status.code)
        }
    }

    @Test(
        "are decoded as Apache decodes them",
        arguments: [
            ("/", "/"), ("", "/"), ("*", "*"), ("/a/b", "/a/b"), ("/a%20b", "/a b"),
            ("/%61%2E", "/a."), ("/a//b///c", "/a/b/c"), ("//", "/"), ("/./", "/"),
            ("/a/./b/.", "/a/b/"), ("/a/..", "/"), ("/a/../b", "/b"), ("/a/b/../../c", "/c"),
            ("/a/%2e%2E/b", "/b"), ("/.%2e/x", "400"), ("/..", "400"), ("/../x", "400"),
            ("/a/../..", "400"), ("/...", "/..."), ("/..a/.b", "/..a/.b"), ("/%5c..", "/\\.."),
            ("/%00", "404"), ("/a%2fb", "404"), ("/a%2Fb", "404"), ("/a%2", "400"),
            ("/a%zz", "400"), ("/%", "400"), ("/%25%32%66", "/%2f"), ("/%252f", "/%2f"),
            ("a", "400"), ("/%C3%A4", "/ä"), ("/a;b=c", "/a;b=c"), ("/%0a", "/\n"),
        ])
    func paths(_ path: String, _ expected: String) {
        #expect(decode(path) == expected)
    }

    @Test(
        "hold encoded slashes by AllowEncodedSlashes",
        arguments: [
            ("/a%2Fb", "/a/b", "/a%2Fb"), ("/a%2F%2Fb", "/a/b", "/a%2F%2Fb"),
            ("/a/%2e%2e%2Fb", "/b", "/a/..%2Fb"), ("/%2F..%2f..", "/", "/%2F..%2f.."),
            ("/a%20%2f", "/a /", "/a %2f"), ("/%00%2f", "404", "404"),
        ])
    func encodedSlashes(_ path: String, _ on: String, _ noDecode: String) {
        #expect(decode(path, .on) == on)
        #expect(decode(path, .noDecode) == noDecode)
        #expect(decode(path, .off) == "404")
    }

    @Test("keep their slashes with MergeSlashes Off")
    func keepSlashes() {
        #expect(decode("/a//b/./c/../d", merges: false) == "/a//b/d")
        #expect(decode("//a", merges: false) == "//a")
    }

    @Test("keep bytes that are not UTF-8")
    func bytes() {
        #expect(decode("/%FFa").bytes == [0x2F, 0xFF, 0x61])
    }
}

@Suite("Escaping")
struct EscapingTests {
    @Test("of paths is Apache's")
    func path() {
        #expect(Escaping.path("/a b/ä;c?d%e") == "/a%20b/%c3%a4;c%3fd%25e")
        #expect(Escaping.path("$-_.+!*'(),:;@&=/~") == "$-_.+!*'(),:;@&=/~")
        #expect(Escaping.path("a:b", isPartial: false) == "./a:b")
        #expect(Escaping.path("a/b:c", isPartial: false) == "a/b:c")
        #expect(Escaping.path("\r\n\"<>") == "%0d%0a%22%3c%3e")
        #expect(Escaping.pathSegment("a/b;c") == "a%2fb%3bc")
        #expect(Escaping.path(String(bytes: ([0x2F, 0xFF] as [UInt8]).span)) == "/%ff")
    }

    @Test("of form values is Apache's, and can be undone")
    func form() {
        #expect(Escaping.urlEncoded("a b+c~d&") == "a+b%2bc%7ed%26")
        #expect(Escaping.decode("a+b%2bc", plusIsSpace: true) == "a b+c")
        #expect(Escaping.decode("a+b%2Bc") == "a+b+c")
        #expect(Escaping.decode("a%2") == nil)
        #expect(Escaping.decode("%zz") == nil)
        #expect(Escaping.decode("plain") == "plain")
    }

    @Test("of HTML is Apache's")
    func html() {
        #expect(
            Escaping.html("<a href=\"x\">ä & 'b'</a>")
                == "&lt;a href=&quot;x&quot;&gt;ä &amp; 'b'&lt;/a&gt;")
        #expect(Escaping.html("plain") == "plain")
    }
}

@Suite("URIs")
struct URITests {
    @Test(
        "are taken apart and put together",
        arguments: [
            ("http://a/b?c#d", "http", "a", nil, "/b", "c", "d"),
            ("https://u:p@a:8443", "https", "a", 8443, "", nil, nil),
            ("http://[::1]:80/", "http", "::1", 80, "/", nil, nil),
            ("/a:b", nil, nil, nil, "/a:b", nil, nil),
            ("//a/b", nil, "a", nil, "/b", nil, nil), ("a/b?", nil, nil, nil, "a/b", "", nil),
            ("mailto:a@b", "mailto", nil, nil, "a@b", nil, nil),
            ("http://a?b/c", "http", "a", nil, "", "b/c", nil),
        ] as [(String, String?, String?, UInt16?, String, String?, String?)])
    func parts(
        _ text: String, _ scheme: String?, _ host: String?, _ port: UInt16?, _ path: String,
        _ query: String?, _ fragment: String?
    ) throws {
        let uri = try #require(URI(text))
        #expect(uri.scheme == scheme)
        #expect(uri.host == host)
        #expect(uri.port == port)
        #expect(uri.path == path)
        #expect(uri.query == query)
        #expect(uri.fragment == fragment)
        #expect(uri.description == text)
    }

    @Test(
        "with a bad authority are none",
        arguments: ["http://a:x/", "http://a:70000", "http://[::1", "http://[::1]a"])
    func bad(_ text: String) {
        #expect(URI(text) == nil)
    }

    @Test("know the ports of their schemes")
    func ports() {
        #expect(URI("https://a")?.effectivePort == 443)
        #expect(URI("http://a:81")?.effectivePort == 81)
        #expect(URI("/a")?.effectivePort == nil)
    }
}
