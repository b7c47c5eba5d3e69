// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Watches folders, and those in them, for changes of Python's source files.
///
/// Folders that begin with a dot, of virtual environments and of packages are not a developer's
/// own, and are left out.
final class SourceWatch {
    private let descriptor: Int32
    private var folders: [Int32: String] = [:]

    private static let events = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
    /// Beyond so many folders, somebody has named the wrong one.
    private static let limit = 4096

    init(_ roots: [String]) throws(ToolFailure) {
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { throw ToolFailure("cannot watch files: \(SystemError())") }
        for root in roots { try add(root) }
    }

    deinit { close(descriptor) }

    private func add(_ folder: String) throws(ToolFailure) {
        guard folders.count < Self.limit else {
            throw ToolFailure(
                "there are more than \(Self.limit) folders to watch; --reload-dir names one")
        }
        let watch = unsafe inotify_add_watch(descriptor, folder, Self.events)
        guard watch >= 0 else {
            if errno == ENOSPC {
                throw ToolFailure(
                    "the system watches no more folders (fs.inotify.max_user_watches)")
            }
            // It is gone already, or may not be looked into.
            return
        }
        folders[watch] = folder
        for name in (try? Files.names(in: folder)) ?? [] where Self.isWatched(name, in: folder) {
            try add("\(folder)/\(name)")
        }
    }

    private static func isWatched(_ name: String, in folder: String) -> Bool {
        let path = "\(folder)/\(name)"
        return !name.hasPrefix(".")
            && !["__pycache__", "node_modules", "site-packages"].contains(name)
            && Files.isDirectory(path) && !Files.isLink(path)
            && !Files.exists("\(path)/pyvenv.cfg")
    }

    /// The source files that have changed since it was asked last, waiting up to so many
    /// milliseconds for the first.
    func takeChanges(within milliseconds: Int32 = 0) -> [String] {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&item, 1, milliseconds)
        var changed: [String] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = unsafe read(descriptor, &buffer, buffer.count), count > 0 {
            for path in paths(buffer[..<count]) where !changed.contains(path) {
                changed.append(path)
            }
        }
        return changed
    }

    /// Reads `inotify_event`s: the watch, a mask, a cookie and the length of the name, in four
    /// bytes each, then the name, with zeros behind.
    private func paths(_ events: ArraySlice<UInt8>) -> [String] {
        var paths: [String] = []
        var rest = events
        while rest.count >= 16 {
            let watch = Int32(bitPattern: number(rest, 0))
            let mask = number(rest, 4)
            let length = Int(number(rest, 12))
            guard rest.count >= 16 + length else { break }
            let name = String(
                decoding: rest.dropFirst(16).prefix(length).prefix { $0 != 0 }, as: UTF8.self)
            rest = rest.dropFirst(16 + length)
            guard let folder = folders[watch] else { continue }
            if mask & UInt32(IN_IGNORED) != 0 { folders[watch] = nil }
            if mask & UInt32(IN_ISDIR) != 0, mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0,
                Self.isWatched(name, in: folder)
            {
                try? add("\(folder)/\(name)")
                paths += sources(below: "\(folder)/\(name)")
            }
            // A file that is just created is told of again when it has been written.
            if name.hasSuffix(".py"), mask & UInt32(IN_CREATE) == 0 {
                paths.append("\(folder)/\(name)")
            }
        }
        return paths
    }

    /// What was in a folder before it was watched.
    private func sources(below folder: String) -> [String] {
        let names = (try? Files.names(in: folder)) ?? []
        return names.flatMap { name in
            if name.hasSuffix(".py") { return ["\(folder)/\(name)"] }
            return Self.isWatched(name, in: folder) ? sources(below: "\(folder)/\(name)") : []
        }
    }

    private func number(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
        let start = bytes.startIndex + offset
        return (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
    }
}
