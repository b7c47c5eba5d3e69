// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// A scratch folder, removed with all that is in it when the value goes.
public final class ScratchFolder: Sendable {
    public let path: String

    public init() throws {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/httpd-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SupportError.call("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
        // The children of a server started by root run as somebody else.
        unsafe chmod(path, 0o755)
    }

    deinit {
        guard unsafe getenv("KEEP_SCRATCH") == nil else { return }
        _ = try? run("/bin/rm", ["-rf", path])
    }

    /// Writes a file below the folder, and makes the folders on the way to it.
    public func write(_ name: String, _ content: [UInt8], mode: mode_t = 0o644) throws {
        try makeFolder(name.split(separator: "/").dropLast().joined(separator: "/"))
        let file = "\(path)/\(name)"
        if mode & 0o111 == 0 {
            try writeFile(file, content, mode: mode)
        } else {
            try writeProgram(file, content, mode: mode)
        }
    }

    public func write(_ name: String, _ content: String, mode: mode_t = 0o644) throws {
        try write(name, Array(content.utf8), mode: mode)
    }

    /// Makes a folder and those above it; one that is there already is no error.
    public func makeFolder(_ name: String, mode: mode_t = 0o755) throws {
        var current = path
        for component in name.split(separator: "/") {
            current += "/\(component)"
            guard unsafe mkdir(current, mode) == 0 || errno == EEXIST else {
                throw SupportError.call("mkdir \(current)")
            }
            // The mode that was asked for, whatever the umask.
            unsafe chmod(current, mode)
        }
    }

    /// The content of a file; empty when there is none.
    public func read(_ name: String) -> String {
        String(decoding: readFile("\(path)/\(name)"), as: UTF8.self)
    }

    /// The names in a folder, in the order of their bytes.
    public func names(_ name: String) -> [String] { entries("\(path)/\(name)").sorted() }

    public func exists(_ name: String) -> Bool { ScratchFolder.exists("\(path)/\(name)") }

    /// The names in a folder with an absolute path, in the order of their bytes.
    public static func names(at path: String) -> [String] { entries(path).sorted() }

    /// Whether there is anything at an absolute path.
    public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}

/// The content of a file; empty when it cannot be read.
func readFile(_ path: String) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return content }
        content += buffer[..<count]
    }
}

/// Writes a program that can be run at once.
///
/// Another process does: a child that a parallel test is just starting would hold a descriptor of
/// ours, and what is open for writing cannot be run ("Text file busy").
private func writeProgram(_ path: String, _ content: [UInt8], mode: mode_t) throws {
    let text = "\(path).text"
    try writeFile(text, content, mode: 0o600)
    defer { unsafe unlink(text) }
    let made = try run("/usr/bin/install", ["-m", String(mode, radix: 8), text, path])
    guard made.status == 0 else { throw SupportError(made.errors) }
}

private func writeFile(_ path: String, _ content: [UInt8], mode: mode_t) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw SupportError.call("open \(path)") }
    defer { close(descriptor) }
    fchmod(descriptor, mode)
    var written = 0
    while written < content.count {
        let count = unsafe content[written...].withUnsafeBytes { bytes in
            unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        }
        guard count > 0 else { throw SupportError.call("write \(path)") }
        written += count
    }
}
