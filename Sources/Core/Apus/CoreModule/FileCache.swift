// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP
internal import ApusRuntime

// Small files that are asked for again and again are kept with the texts made from their status.
// Every request still asks the file system for the status, and an entry of another status is not
// used, so a changed file is seen at once.

/// What one loop keeps of small files.
struct FileCache: ~Copyable {
    final class Entry {
        let status: FileStatus
        let bytes: [UInt8]
        let lastModified: String
        /// The entity tag, with what it was made of, once the file is old enough for a strong one.
        private var tag: (parts: FileETag.Parts, text: String)?

        init(_ status: FileStatus, bytes: [UInt8]) {
            self.status = status
            self.bytes = bytes
            lastModified = HTTPDate.text(Int(status.modified))
        }

        func entityTag(_ setting: FileETag, near now: WallTime) -> String? {
            if let tag, tag.parts == setting.parts { return tag.text }
            guard let made = setting.tag(for: status, near: now) else { return nil }
            if !made.hasPrefix("W/") { tag = (setting.parts, made) }
            return made
        }
    }

    /// Larger files are sent by sendfile, which needs no copy.
    static let largestFile = 16384
    private static let totalSize = 2 << 20

    private var entries: [String: Entry] = [:]
    private var size = 0

    /// The entry of a file that still has this status.
    func entry(for path: String, _ status: FileStatus) -> Entry? {
        guard let entry = entries[path], entry.status == status else { return nil }
        return entry
    }

    mutating func add(_ entry: Entry, for path: String) {
        if size + entry.bytes.count > Self.totalSize {
            entries.removeAll()
            size = 0
        }
        if let old = entries.updateValue(entry, forKey: path) { size -= old.bytes.count }
        size += entry.bytes.count
    }
}
