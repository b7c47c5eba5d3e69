// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Glibc
import Testing

@testable import Apus

@Suite("A log's destination")
struct LogDestinationTests {
    @Test("loses what a full disk does not take, and nothing else")
    func fullDisk() throws {
        let full = try #require(LogDestination.file("/dev/full"))
        full.write(Array("lost\n".utf8))

        var path = Array("/tmp/apus-log-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&path)
        defer { unsafe unlink(path) }
        try #require(descriptor >= 0)
        let file = LogDestination.descriptor(descriptor)
        file.write(Array("kept\n".utf8))
        full.write(Array("lost\n".utf8))
        file.write(Array("kept too\n".utf8))

        var content = [UInt8](repeating: 0, count: 64)
        let count = unsafe pread(descriptor, &content, content.count, 0)
        #expect(
            String(decoding: content.prefix(max(0, count)), as: UTF8.self) == "kept\nkept too\n")
        _ = close(descriptor)
    }

    @Test("is written whole lines at a time: what fits a pipe's atomic write, or 64 KiB of a file")
    func limits() {
        let pipe = AccessLogFile(index: 0, destination: .pipe(1), isBuffered: false)
        let file = AccessLogFile(index: 1, destination: .descriptor(1), isBuffered: false)
        #expect(pipe.writeLimit == 4096)
        #expect(file.writeLimit == 65536)
    }

    @Test("takes notices always, but for the system's log")
    func notices() {
        #expect(ErrorLog(.descriptor(2)).takes(.notice, at: .error))
        #expect(!ErrorLog(.syslog(facility: LOG_USER)).takes(.notice, at: .error))
        #expect(!ErrorLog(.descriptor(2)).takes(.info, at: .notice))
    }
}
