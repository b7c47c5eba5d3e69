// SPDX-License-Identifier: Apache-2.0

// Memory that a process shares with the children it forks. It is a file without a name rather
// than an anonymous mapping, since a restart replaces the image of the parent and hands the
// memory on as a descriptor, while children of the old image go on using it.

internal import CPlatform
internal import Glibc
internal import Synchronization

/// Memory shared between processes, zero at first, aligned to a page.
@safe public struct SharedMemory: ~Copyable, @unchecked Sendable {
    // Unchecked: the mapping lives as long as the value, and what is in it is read and written
    // through atomics only, which the types laid over it see to.
    public let address: UnsafeMutableRawPointer
    public let size: Int
    public let descriptor: FileDescriptor

    /// Makes memory that children forked later share.
    ///
    /// - Parameter name: shown by the system as `/memfd:name` in the list of mappings.
    public init(named name: String, size: Int) throws(SystemError) {
        let raw = unsafe cplatform_memory_file(name)
        guard raw >= 0 else { throw .last("memfd_create") }
        let file = FileDescriptor(owning: raw)
        guard ftruncate(file.rawValue, off_t(size)) == 0 else { throw .last("ftruncate") }
        try self.init(mapping: file, size: size)
    }

    /// Makes memory whose file can be handed to a process that is not trusted: nobody can make it
    /// smaller, which would end whoever reads beyond its end.
    public init(named name: String, sealedSize size: Int) throws(SystemError) {
        let raw = unsafe cplatform_sealed_memory_file(name, Int64(size))
        guard raw >= 0 else { throw .last("memfd_create") }
        try self.init(mapping: FileDescriptor(owning: raw), size: size)
    }

    /// Maps memory that an earlier image of this process made.
    public init(adopting descriptor: consuming FileDescriptor) throws(SystemError) {
        var status = stat()
        guard unsafe fstat(descriptor.rawValue, &status) == 0 else { throw .last("fstat") }
        try self.init(mapping: descriptor, size: Int(status.st_size))
    }

    private init(mapping file: consuming FileDescriptor, size: Int) throws(SystemError) {
        let mapped = unsafe mmap(
            nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.rawValue, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw .last("mmap") }
        unsafe address = unsafe mapped
        self.size = size
        descriptor = file
    }

    /// Makes a nameless file with a text in it, for a later image of this process to read.
    public static func file(holding text: String) throws(SystemError) -> FileDescriptor {
        let raw = unsafe cplatform_memory_file("text")
        guard raw >= 0 else { throw .last("memfd_create") }
        let file = FileDescriptor(owning: raw)
        try file.write(text.bytes.span)
        return file
    }

    deinit { _ = unsafe munmap(address, size) }
}
