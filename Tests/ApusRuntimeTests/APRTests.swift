// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Testing

@Suite("What is wrapped of APR")
struct APRTests {
    @Test("tells the library's version")
    func version() {
        #expect(APR.version.hasPrefix("1."))
        #expect(APR.compiledVersion.hasPrefix("1."))
    }

    @Test("finds users and groups by name and by number")
    func accounts() throws {
        #expect(try UserAccount("root").id == 0)
        #expect(try UserAccount("#33").id == 33)
        #expect(try GroupAccount("#12").id == 12)
        #expect(try GroupAccount("root").id == 0)
        #expect(try UserAccount.name(of: 0) == "root")
        #expect(throws: APRError.self) { try UserAccount("no such user") }
    }

    @Test("loads a shared object and finds its symbols")
    func sharedObject() throws {
        let library = try SharedObject(path: "libapr-1.so.0")
        #expect(throws: Never.self) { _ = try unsafe library.symbol("apr_initialize") }
        #expect(throws: APRError.self) { _ = try unsafe library.symbol("no_such_symbol") }
    }

    @Test("explains why a shared object does not load")
    func missingObject() {
        #expect {
            _ = try SharedObject(path: "/nonexistent/mod_x.so")
        } throws: { error in
            "\(error)".contains("No such file or directory")
        }
    }

    @Test("locks between processes", arguments: ProcessMutex.Mechanism.allCases)
    func mutex(mechanism: ProcessMutex.Mechanism) throws {
        let mutex = try ProcessMutex(mechanism, path: mechanism.needsFile ? temporaryPath() : nil)
        #expect(try mutex.withLock { 7 } == 7)
        #expect(!mutex.mechanismName.isEmpty)
    }

    @Test("splits a command line into words")
    func commandLine() throws {
        let words = try [String](commandLine: #"bin/rotatelogs -l "a b" 'c d' e\ f"#)
        #expect(words == ["bin/rotatelogs", "-l", "a b", "c d", "e f"])
    }

    private func temporaryPath() -> String {
        "/tmp/apus-mutex-test.\(UInt64.random(in: 0 ... .max))"
    }
}

extension ProcessMutex.Mechanism {
    fileprivate var needsFile: Bool { self == .fileLock || self == .recordLock }
}
