// SPDX-License-Identifier: Apache-2.0

/// Where a directive stands: a file, and the line it ends on.
///
/// A directive that continues over several lines is counted by its last one, as in httpd.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    public var file: String
    public var line: Int

    public init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    /// The name httpd gives to the directives of the command line.
    public static let commandLineFile = "-c/-C directives"

    public var description: String { "\(file):\(line)" }
}
