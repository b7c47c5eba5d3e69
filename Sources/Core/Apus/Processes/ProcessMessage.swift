// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime

/// Something the parent has to say in the error log.
public struct ProcessMessage: Sendable, Hashable {
    /// How grave it is; the numbers are those of syslog and of `LogLevel`.
    public enum Level: Int, Sendable {
        case emergency, alert, critical, error, warning, notice, info, debug
    }

    public var level: Level
    /// The text with its number, such as `AH00489: ... configured -- resuming normal operations`.
    public var text: String
    /// The system's error, which the log puts before the text.
    public var error: SystemError?

    public init(_ level: Level, _ text: String, _ error: SystemError? = nil) {
        self.level = level
        self.text = text
        self.error = error
    }
}

/// Where the parent's messages go.
public typealias ProcessLog = (ProcessMessage) -> Void
