// SPDX-License-Identifier: Apache-2.0

/// In which form the status of the server is told.
public enum StatusFormat: Sendable, Hashable {
    /// HTML, with tables.
    case table
    /// HTML without tables (`?notable`).
    case plain
    /// Lines of keys and values, for programs (`?auto`).
    case automatic
}

/// A part of the page of mod_status that another module adds: httpd's `status_hook`.
///
/// A module offers it with `hooks.providers.register("cache", StatusPart { ... })`.
public struct StatusPart: Sendable {
    /// Makes the text: whole elements of HTML, or whole lines.
    public let text: @Sendable (LoopContext, StatusFormat) -> String

    public init(_ text: @escaping @Sendable (LoopContext, StatusFormat) -> String) {
        self.text = text
    }
}
