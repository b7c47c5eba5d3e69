// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// The default handler (manual: mod/core, mod/mod_dir); RFC 9110 sections 8, 13 and 14.
@Suite("Static files")
struct StaticFileTests {
    @Test("have a length, a type, validators, and a date")
    func fields() throws {
        let response = try page { try $0.get("/page.txt") }
        #expect(response.version == "HTTP/1.1")
        #expect(response.status == 200)
        #expect(response.reason == "OK")
        #expect(response.text == content)
        #expect(response["Content-Length"] == ["20"])
        #expect(response["Content-Type"] == ["text/plain"])
        #expect(response["Last-Modified"] == ["Tue, 02 Jan 2024 03:04:05 GMT"])
        #expect(response["ETag"] == ["\"14-60dedc04dd340\""])
        #expect(response["Accept-Ranges"] == ["bytes"])
        #expect(response["Date"].count == 1)
        #expect(response["Server"].count == 1)
        #expect(response["Connection"] == ["close"])
    }

    @Test("are weakly tagged while they may still change within the second")
    func weak() throws {
        let tag = try withServer { server in
            try server.write("new.txt", "x")
            return try server.get("/new.txt")["ETag"]
        }
        #expect(tag.first?.hasPrefix("W/\"1-") == true)
    }

    @Test("answer HEAD with the same fields and no content")
    func head() throws {
        try page { server in
            let responses = try server.send(
                "HEAD /page.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /page.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                methods: ["HEAD", "GET"])
            #expect(responses.map(\.status) == [200, 200])
            #expect(responses.map(\.text) == ["", content])
            for name in ["Content-Length", "ETag", "Last-Modified", "Content-Type"] {
                #expect(responses.first?[name] == responses.last?[name])
            }
        }
    }

    @Test(
        "are compared with the conditions of the request",
        arguments: [
            Case("If-None-Match: \"14-60dedc04dd340\"", "304"),
            Case("If-None-Match: W/\"14-60dedc04dd340\"", "304"),
            Case("If-None-Match: \"a\", \"14-60dedc04dd340\"", "304"),
            Case("If-None-Match: *", "304"),
            Case("If-None-Match: \"a\"", "200"),
            Case("If-Match: \"14-60dedc04dd340\"", "200"),
            Case("If-Match: *", "200"),
            Case("If-Match: \"a\"", "412"),
            Case("If-Match: W/\"14-60dedc04dd340\"", "412"),
            Case("If-Modified-Since: Tue, 02 Jan 2024 03:04:05 GMT", "304"),
            Case("If-Modified-Since: Tue, 02 Jan 2024 03:04:04 GMT", "200"),
            Case("If-Modified-Since: Tue, 02 Jan 2024 03:04:06 GMT", "304"),
            Case("If-Modified-Since: Tuesday, 02-Jan-24 03:04:05 GMT", "304"),
            Case("If-Modified-Since: Tue Jan  2 03:04:05 2024", "304"),
            Case("If-Modified-Since: nonsense", "200"),
            Case("If-Unmodified-Since: Tue, 02 Jan 2024 03:04:05 GMT", "200"),
            Case("If-Unmodified-Since: Tue, 02 Jan 2024 03:04:04 GMT", "412"),
            Case("If-None-Match: \"a\"\r\nIf-Modified-Since: Tue, 02 Jan 2024 03:04:05 GMT", "200"),
        ])
    func conditions(condition: Case) throws {
        let response = try page { try $0.sendLines("/page.txt", condition.given) }
        #expect("\(response.status)" == condition.expected)
        if response.status == 304 {
            #expect(response.body.isEmpty)
            #expect(response["ETag"] == ["\"14-60dedc04dd340\""])
            #expect(response["Content-Length"] == [])
            #expect(response["Content-Type"] == [])
        }
    }

    @Test(
        "are sent in part when the request says which",
        arguments: [
            Case("bytes=0-4", "206 bytes 0-4/20 01234"),
            Case("bytes=15-", "206 bytes 15-19/20 fghij"),
            Case("bytes=-4", "206 bytes 16-19/20 ghij"),
            Case("bytes=-100", "206 bytes 0-19/20 \(content)"),
            Case("bytes=18-100", "206 bytes 18-19/20 ij"),
            Case("bytes=0-0", "206 bytes 0-0/20 0"),
            Case("bytes=0-4,4-9", "206 bytes 0-9/20 0123456789"),
            Case("bytes=5-2", "200 - \(content)"),
            Case("bytes=x", "200 - \(content)"),
            Case("lines=1-2", "200 - \(content)"),
        ])
    func range(range: Case) throws {
        let response = try page { try $0.get("/page.txt", [("Range", range.given)]) }
        let contentRange = response["Content-Range"].first ?? "-"
        #expect("\(response.status) \(contentRange) \(response.text)" == range.expected)
        #expect(response["Content-Length"] == ["\(response.body.count)"])
    }

    @Test("are sent in several parts, in the order of the request")
    func ranges() throws {
        let response = try page { try $0.get("/page.txt", [("Range", "bytes=15-,0-1")]) }
        let type = response["Content-Type"].first ?? ""
        let boundary = type.split(separator: "boundary=").last ?? ""
        #expect(response.status == 206)
        #expect(type.hasPrefix("multipart/byteranges; boundary="))
        #expect(response["Content-Range"] == [])
        #expect(
            response.text.lowercased() == """
                \r\n--\(boundary)\r\ncontent-type: text/plain\r\ncontent-range: bytes 15-19/20\r\n\r\nfghij\r
                --\(boundary)\r\ncontent-type: text/plain\r\ncontent-range: bytes 0-1/20\r\n\r\n01\r
                --\(boundary)--\r\n
                """)
    }

    @Test("refuse a range beyond their end")
    func unsatisfiable() throws {
        let response = try page { try $0.get("/page.txt", [("Range", "bytes=20-")]) }
        #expect(response.status == 416)
        #expect(response.text.contains("<h1>Requested Range Not Satisfiable</h1>"))
    }

    @Test(
        "are sent whole when If-Range does not hold",
        arguments: [
            Case("\"14-60dedc04dd340\"", "206"), Case("\"a\"", "200"),
            Case("W/\"14-60dedc04dd340\"", "200"),
            Case("Tue, 02 Jan 2024 03:04:05 GMT", "206"),
            Case("Tue, 02 Jan 2024 03:04:04 GMT", "200"),
        ])
    func ifRange(condition: Case) throws {
        let response = try page {
            try $0.get("/page.txt", [("Range", "bytes=0-1"), ("If-Range", condition.given)])
        }
        #expect("\(response.status)" == condition.expected)
    }

    @Test(
        "are sent whole when the ranges are more than the limits",
        arguments: [
            Case("MaxRanges 2\nbytes=0-0,2-2", "206"),
            Case("MaxRanges 2\nbytes=0-0,2-2,4-4", "200"),
            Case("MaxRanges none\nbytes=0-0", "200"), Case("MaxRanges unlimited\nbytes=0-0", "206"),
            Case("MaxRangeOverlaps 1\nbytes=0-5,2-6,4-8", "200"),
            Case("MaxRangeOverlaps 2\nbytes=0-5,2-6,4-8", "206"),
            Case("MaxRangeReversals 1\nbytes=10-,8-,6-,4-", "200"),
            Case("MaxRangeReversals 20\nbytes=10-,8-,6-,4-", "206"),
            Case("MaxRangeReversals 2\nbytes=8-9,4-5,0-1", "206"),
        ])
    func rangeLimits(limit: Case) throws {
        let lines = limit.given.split(separator: "\n").map(String.init)
        let response = try page(lines[0]) { try $0.get("/page.txt", [("Range", lines[1])]) }
        #expect("\(response.status)" == limit.expected)
    }

    @Test("do without Accept-Ranges where ranges are off")
    func noRanges() throws {
        let response = try page("MaxRanges none") { try $0.get("/page.txt") }
        #expect(response["Accept-Ranges"] == ["none"])
    }

    @Test(
        "are tagged by what FileETag says",
        arguments: [
            Case("FileETag None", ""), Case("FileETag Size", "\"14\""),
            Case("FileETag MTime", "\"60dedc04dd340\""),
            Case("FileETag MTime Size", "\"14-60dedc04dd340\""),
            Case("FileETag All\nFileETag -INode", "\"14-60dedc04dd340\""),
            Case("FileETag Digest", "\"fI4dxaT9IvExGnofPjQBIVwMyrM=\""),
        ])
    func fileETag(setting: Case) throws {
        let response = try page(setting.given) { try $0.get("/page.txt") }
        #expect(response["ETag"] == (setting.expected.isEmpty ? [] : [setting.expected]))
    }

    @Test("tell the methods they take")
    func options() throws {
        let whole = try page { try $0.request("OPTIONS", "*") }
        #expect(whole.status == 200)
        #expect(whole["Allow"] == [])
        let response = try page { try $0.request("OPTIONS", "/page.txt") }
        #expect(response.status == 200)
        #expect(methods(response) == ["GET", "HEAD", "OPTIONS", "POST", "TRACE"])
        #expect(response.body.isEmpty)
    }

    @Test("refuse other methods, and say which they take", arguments: ["PUT", "DELETE", "PATCH"])
    func methodNotAllowed(method: String) throws {
        let response = try page { try $0.request(method, "/page.txt", body: "x") }
        #expect(response.status == 405)
        #expect(methods(response) == ["GET", "HEAD", "OPTIONS", "POST", "TRACE"])
        #expect(
            response.text.contains(
                "<p>The requested method \(method) is not allowed for this URL.</p>"))
    }

    @Test("do not know a method that nobody registered")
    func unknownMethod() throws {
        let response = try page { try $0.request("BREW", "/page.txt") }
        #expect(response.status == 501)
        #expect(response.text.contains("<p>BREW not supported for current URL.<br />"))
    }

    @Test("are what their symbolic links point to, as Options allow")
    func links() throws {
        let root = try ServerRoot(
            """
            <Directory "${ROOT}/htdocs">
                Options None
            </Directory>
            <Directory "${ROOT}/htdocs/follow">
                Options FollowSymLinks
            </Directory>
            <Directory "${ROOT}/htdocs/owner">
                Options SymLinksIfOwnerMatch
            </Directory>
            """, files: ["page.txt": content, "follow/x": "", "owner/x": ""])
        for name in ["link", "follow/link", "owner/link"] {
            try root.link(name, to: "\(root.path)/htdocs/page.txt")
        }
        try root.link("owner/foreign", to: "/proc/self/status")
        try root.link("follow/nowhere", to: "nothing")
        try withServer(root) { server in
            let statuses = try ["/link", "/follow/link", "/owner/link", "/follow/nowhere"]
                .map { try server.get($0).status }
            #expect(statuses == [403, 200, 200, 403])
            try server.waitForErrorLog("Symbolic link not allowed or link target not accessible")
        }
    }

    @Test("that may not be read are forbidden")
    func unreadable() throws {
        let response = try withServer { server in
            try server.write("page.txt", content, mode: 0o000)
            let response = try server.get("/page.txt")
            try server.waitForErrorLog("AH00132: file permissions deny server access")
            return response
        }
        #expect(response.status == 403)
        #expect(
            response.text.contains("<p>You don't have permission to access this resource.</p>"))
    }

    @Test("of any size arrive whole", arguments: [0, 1, 4095, 65536, 3_000_000])
    func sizes(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let response = try withServer { server in
            try server.root.write("file.bin", bytes)
            return try server.get("/file.bin")
        }
        #expect(response["Content-Length"] == ["\(size)"])
        #expect(response.body == bytes)
    }

    @Test("without a known type have none")
    func unknownType() throws {
        let response = try withServer(files: ["file.unknown": "x"], { try $0.get("/file.unknown") })
        #expect(response["Content-Type"] == [])
    }

    @Test(
        "have the type and character set of the configuration",
        arguments: [
            Case("ForceType image/png", "image/png"),
            Case("ForceType none", "text/plain"),
            Case("AddDefaultCharset On", "text/plain; charset=iso-8859-1"),
            Case("AddDefaultCharset utf-8", "text/plain; charset=utf-8"),
            Case("AddDefaultCharset Off", "text/plain"),
        ])
    func type(setting: Case) throws {
        let response = try page(setting.given, modules: ["mime"]) { try $0.get("/page.txt") }
        #expect(response["Content-Type"] == [setting.expected])
    }

    @Test(
        "have a digest where ContentDigest is on",
        arguments: [Case("On", "ZEvgbfxUBh/R5n9eu6vNWA=="), Case("Off", "")])
    func contentDigest(setting: Case) throws {
        let response = try page("ContentDigest \(setting.given)") { try $0.get("/page.txt") }
        #expect(response["Content-MD5"].joined() == setting.expected)
    }

    @Test("are as they are now, not as they were")
    func changes() throws {
        try page { server in
            let before = try server.get("/page.txt")
            try server.write("page.txt", "changed")
            let after = try server.get("/page.txt")
            #expect(before.text == content)
            #expect(after.text == "changed")
            #expect(after["ETag"] != before["ETag"])
        }
    }
}

private let content = "0123456789abcdefghij"

/// A server with one page of 20 bytes and a known date.
private func page<Result>(
    _ configuration: String = "", modules: [String] = ["mime"],
    _ body: (RunningServer) throws -> Result
) throws -> Result {
    let root = try ServerRoot(configuration, modules: modules, files: ["page.txt": content])
    root.setModified("page.txt", 1_704_164_645)
    return try withServer(root, body)
}

private func methods(_ response: RawResponse) -> [String] {
    response["Allow"].flatMap { $0.split(separator: ",") }
        .map { $0.filter { $0 != " " } }.sorted()
}

extension RunningServer {
    /// Sends a GET request with field lines as they are.
    func sendLines(_ path: String, _ lines: String) throws -> RawResponse {
        let head =
            "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(lines)\r\n\r\n"
        return try connect().request(head)
    }
}
