// SPDX-License-Identifier: Apache-2.0

public import ApusRuntime

/// Something the parent has to say in the error log.
public struct ProcessMessage: Sendable, Hashable {
    public var level: LogLevel
    /// The module in whose name the log has it.
    public var module = "core"
    /// The message's number, such as `AH00489`; empty where it has none.
    public var number: String
    /// The text after the number.
    public var message: String
    /// The system's error, which the log puts before the number.
    public var error: SystemError?

    /// - Parameter text: the message with its number, as the log shows it.
    public init(_ level: LogLevel, _ text: String, _ error: SystemError? = nil) {
        self.level = level
        self.error = error
        let first = text.prefix { $0 != ":" }
        if first.hasPrefix("AH"), first.count == 7, text.dropFirst(7).hasPrefix(": ") {
            number = String(first)
            message = String(text.dropFirst(9))
        } else {
            number = ""
            message = text
        }
    }

    /// The message with its number.
    public var text: String { number.isEmpty ? message : "\(number): \(message)" }

    /// As httpd writes it to the terminal: error, number, message.
    public var line: String { (error?.logPrefix ?? "") + text }
}

/// Where the parent's messages go.
public typealias ProcessLog = (ProcessMessage) -> Void
