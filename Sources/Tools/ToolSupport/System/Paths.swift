// SPDX-License-Identifier: Apache-2.0

internal import Glibc

// Paths as text. None of these functions but `absolute` and `resolved` looks at the file system.

/// What follows the last slash.
func lastPart(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}

/// What stands before the last slash; `.` where there is none.
func directoryPart(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The path from the root, without `.` and doubled slashes.
func absolute(_ path: String) -> String {
    let full = path.hasPrefix("/") ? path : currentDirectory() + "/" + path
    return "/" + full.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
}

/// The path that leads from a folder to a target, both of them absolute.
func relative(_ target: String, from folder: String) -> String {
    let goal = target.split(separator: "/")
    let start = folder.split(separator: "/")
    let shared = zip(goal, start).prefix { $0 == $1 }.count
    let up = start.dropFirst(shared).map { _ in Substring("..") }
    let parts = up + goal.dropFirst(shared)
    return parts.isEmpty ? "." : parts.joined(separator: "/")
}

func currentDirectory() -> String { resolved(".") ?? "/" }

/// The path with every link followed; nil when there is no such file.
func resolved(_ path: String) -> String? {
    guard let buffer = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(buffer) }
    return unsafe String(cString: buffer)
}
