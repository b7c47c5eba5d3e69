// SPDX-License-Identifier: Apache-2.0

import ApusHTTP
import Testing

@Suite("Dates")
struct HTTPDateTests {
    @Test(
        "are written in the preferred format and read back",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
        ])
    func roundTrip(_ seconds: Int, _ text: String) {
        #expect(HTTPDate.text(seconds) == text)
        #expect(HTTPDate.parse(text) == seconds)
    }

    @Test("of every day of 800 years come back", arguments: [-146_097, 0, 146_097])
    func everyDay(_ first: Int) {
        let lost = (first..<first + 146_097).filter { day in
            let seconds = day * 86_400 + 43_199
            return HTTPDate.parse(HTTPDate.text(seconds)) != seconds
        }
        #expect(lost == [])
    }

    @Test(
        "are read in the old formats",
        arguments: [
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Sun Nov 16 08:49:37 1994", 784_975_777),
            ("Friday, 06-Nov-69 08:49:37 GMT", 3_150_953_377),
            ("Sun, 06 nov 1994 08:49:37 GMT", 784_111_777),
        ])
    func oldFormats(_ text: String, _ seconds: Int) {
        #expect(HTTPDate.parse(text) == seconds)
    }

    @Test(
        "that are none are not read",
        arguments: [
            "", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT+1",
            "Sun, 00 Nov 1994 08:49:37 GMT", "784111777", "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 19945",
        ])
    func invalid(_ text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }
}
