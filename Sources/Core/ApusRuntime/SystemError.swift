// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// An error number, with the system call that set it.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: CInt
    public let call: String

    public init(code: CInt, call: String) {
        self.code = code
        self.call = call
    }

    /// The error number that the last call left.
    public static func last(_ call: String) -> SystemError { SystemError(code: errno, call: call) }

    /// Runs a call that answers -1 for failure, again when a signal interrupted it.
    @discardableResult
    public static func check(_ call: String, _ body: () -> CInt) throws(SystemError) -> CInt {
        while true {
            let result = body()
            if result != -1 { return result }
            if errno != EINTR { throw .last(call) }
        }
    }

    /// The kernel's words, such as `No such file or directory`.
    public var reason: String { unsafe String(cString: strerror(code)) }

    public var description: String { "\(call): (\(code))\(reason)" }
}
