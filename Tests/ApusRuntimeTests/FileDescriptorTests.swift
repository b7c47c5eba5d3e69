// SPDX-License-Identifier: Apache-2.0

import ApusRuntime
import Testing

@Suite("A descriptor")
struct FileDescriptorTests {
    @Test("carries through a pipe what is written to it")
    func pipe() throws {
        let pipe = try Pipe()
        try pipe.writeEnd.write(Array("hello".utf8).span)
        #expect(try pipe.readEnd.read(upTo: 100) == Array("hello".utf8))
    }

    @Test("sees the end of the file when the other end is closed")
    func end() throws {
        let reader = try Pipe().takeReadEnd()
        #expect(try reader.readAll() == [])
    }

    @Test("that does not block says so instead of waiting")
    func nonBlocking() throws {
        let pipe = try Pipe()
        try pipe.readEnd.setNonBlocking(true)
        #expect {
            try pipe.readEnd.read(upTo: 1)
        } throws: { error in
            "\(error)" == "read: Resource temporarily unavailable"
        }
    }

    @Test("that cannot be opened names the call and the reason")
    func missing() {
        #expect {
            _ = try FileDescriptor(opening: "/nonexistent", 0)
        } throws: { error in
            (error as? SystemError)?.logPrefix == "(2)No such file or directory: "
        }
    }
}

@Suite("Shared memory")
struct SharedMemoryTests {
    @Test("is the same seen through a second mapping")
    func shared() throws {
        let memory = try SharedMemory(named: "test", size: 4096)
        let again = try SharedMemory(adopting: memory.descriptor.duplicate())

        unsafe memory.address.storeBytes(of: 42, toByteOffset: 128, as: Int.self)

        #expect(again.size == 4096)
        #expect(unsafe again.address.load(fromByteOffset: 128, as: Int.self) == 42)
    }
}
