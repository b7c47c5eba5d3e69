// SPDX-License-Identifier: Apache-2.0

/// Who knows notes about a request that are made when a log asks for them.
public protocol NoteSource: AnyObject {
    /// - Returns: nil for names it does not know.
    func note(_ name: String) -> String?
}

extension Request {
    /// The note of that name: one of `notes`, or one that `noteSource` makes.
    public func note(_ name: String) -> String? { notes[name] ?? noteSource?.note(name) }
}
