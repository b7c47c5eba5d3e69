// SPDX-License-Identifier: Apache-2.0

internal import Apus
internal import Glibc

/// Where the program lies, from which an installation or a checkout finds everything else:
/// no path is compiled in.
struct ProgramPlace {
    let programDirectory: String
    let programName: String
    /// The program as it was called, with its path if it was called by that.
    let calledAs: String

    init(_ image: ProgramImage) {
        let path = image.file
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        programDirectory = String(path[..<slash])
        let called = CommandLine.arguments.first ?? "httpd"
        calledAs = called
        programName = String(
            called[(called.lastIndex(of: "/").map(called.index(after:)) ?? called.startIndex)...])
    }

    /// The nearest folder above the program that holds a configuration; the checkout, or the
    /// prefix of an installation.
    var serverRoot: String {
        var directory = programDirectory[...]
        while let slash = directory.lastIndex(of: "/"), slash > directory.startIndex {
            directory = directory[..<slash]
            if Self.names.contains(where: { FileStatus(of: "\(directory)/\($0)") != nil }) {
                return String(directory)
            }
        }
        return programDirectory
    }

    private static let names = ["conf/httpd.conf", "httpd.conf"]

    /// The main file below a server root.
    func configFile(_ root: String) -> String {
        let found = Self.names.map { "\(root)/\($0)" }.first { FileStatus(of: $0) != nil }
        return found ?? "\(root)/httpd.conf"
    }

    /// A path as meant from the current directory.
    func absolute(_ path: String) -> String {
        let current = unsafe getcwd(nil, 0)
        defer { unsafe free(current) }
        return FilePath.absolute(
            path, under: unsafe current.map { unsafe String(cString: $0) } ?? "/")
    }

    /// The environment at start, of which `${NAME}` takes its values.
    static var environment: [String: String] {
        var result: [String: String] = [:]
        var entry = unsafe environ
        while let pointer = unsafe entry.pointee {
            let text = unsafe String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe entry += 1
        }
        return result
    }
}
