// SPDX-License-Identifier: Apache-2.0

/// What is wrong with the arguments of a directive.
///
/// Whoever reads an argument does not know where it stands; the place is added when this becomes
/// a `ConfigError`.
public struct ArgumentError: Error, Hashable, Sendable {
    /// In Apache's words where Apache has them, such as `KeepAlive must be On or Off`.
    public var problem: String
    /// What would be right, in one line.
    public var remedy: String?
    /// Set when the mistake is elsewhere than at the directive being read, as in a section.
    public var location: SourceLocation?

    public init(_ problem: String, remedy: String? = nil, at location: SourceLocation? = nil) {
        self.problem = problem
        self.remedy = remedy
        self.location = location
    }
}
