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

    /// The error that `errno` tells of now; to be taken before any other call.
    public static func last(_ call: String) -> SystemError {
        SystemError(code: errno, call: call)
    }

    /// The error in words, such as `Address already in use`.
    public var reason: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            _ = unsafe strerror_r(code, buffer.baseAddress!, buffer.count)
            return unsafe String(cString: buffer.baseAddress!)
        }
    }

    /// What the error log has before the message: `(98)Address already in use: `.
    public var logPrefix: String { "(\(code))\(reason): " }

    public var description: String { "\(call): \(reason)" }
}

/// Calls again for as long as a signal interrupts, and throws what else goes wrong.
@inline(__always)
func retrying<Count: FixedWidthInteger>(
    _ call: StaticString, _ body: () -> Count
) throws(SystemError) -> Count {
    while true {
        let result = body()
        if result != -1 { return result }
        if errno != EINTR { throw .last("\(call)") }
    }
}
