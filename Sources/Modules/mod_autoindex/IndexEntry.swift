// SPDX-License-Identifier: Apache-2.0

internal import Apus

/// A line of an index.
struct IndexEntry {
    /// What the link leads to: a name with a slash behind that of a directory, or the path of the
    /// parent.
    var name: String
    /// The bytes of the name, which decide the order.
    var sortName: [UInt8]
    var isParent = false
    var isDirectory = false
    /// nil where it is not told.
    var modified: WallTime?
    /// -1 for directories.
    var size: Int64 = -1
    var icon: String?
    var alternative: String?
    /// HTML.
    var description: [UInt8]?

    init(_ name: String) {
        self.name = name
        sortName = name.bytes
    }

    /// What the link says.
    var label: String { isParent ? "Parent Directory" : name }
}
