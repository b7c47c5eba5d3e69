// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import Testing

@Suite("Media types")
struct MediaTypeTests {
    @Test("have a name and parameters")
    func parts() {
        let type = MediaType("Text/HTML ; Charset=\"utf-8\"; a=b;x;=y; q=\"c;\\\"d\"")
        #expect(type.name == "text/html")
        #expect(type.type == "text")
        #expect(type.subtype == "html")
        #expect(type.charset == "utf-8")
        #expect(type["a"] == "b")
        #expect(type["q"] == "c;\"d")
        #expect(type.parameters.count == 3)
        #expect(MediaType("").name == "")
    }
}

@Suite("Quality lists")
struct QualityListTests {
    @Test(
        "read qualities in thousandths",
        arguments: [
            ("a", 1000), ("a;q=1", 1000), ("a;q=0.5", 500), ("a; Q=0.123", 123), ("a;q=0", 0),
            ("a;q=0.", 0), ("a;q=1.5", 1000), ("a;q=x", 1000), ("a;q=0.1234", 1000), ("a;q=", 1000),
            ("a;q=-1", 1000), ("a;q=0.0x", 1000),
        ])
    func qualities(_ text: String, _ quality: Int) {
        #expect(QualityList(text).members.map(\.quality) == [quality])
    }

    @Test("are ordered by preference, then as sent")
    func order() {
        let list = QualityList("a;q=0.5, b,, c;level=1;q=0.8, d;q=0, e")
        #expect(list.members.map(\.value.name) == ["a", "b", "c", "d", "e"])
        #expect(list.preferred.map(\.value.name) == ["b", "e", "c", "a", "d"])
        #expect(list.members[2].value["level"] == "1")
    }

    @Test("answer for a name, or for all others")
    func lookup() {
        let list = QualityList("gzip;q=0.5, *;q=0.1, br;q=0")
        #expect(list.quality(of: "gzip") == 500)
        #expect(list.quality(of: "br") == 0)
        #expect(list.quality(of: "zstd") == 100)
        #expect(QualityList("gzip").quality(of: "br") == nil)
        #expect(QualityList("").members.isEmpty)
    }
}
