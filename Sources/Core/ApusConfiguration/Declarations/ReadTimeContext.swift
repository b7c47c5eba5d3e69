// SPDX-License-Identifier: Apache-2.0

/// What a directive that acts while files are read may ask and change.
public struct ReadTimeContext {
    public let directive: String
    public let location: SourceLocation
    /// The sections around it, outermost first.
    public let sections: [String]
    /// The reading going on: its variables, its `ServerRoot`, and further lines to read.
    public let reader: ConfigReader

    public func warn(
        _ code: String, _ message: String, module: String = "core",
        kind: ConfigWarning.Kind = .warning
    ) {
        reader.warnings.add(
            ConfigWarning(code: code, message, at: location, module: module, kind: kind))
    }
}
