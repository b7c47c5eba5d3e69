// SPDX-License-Identifier: Apache-2.0

internal import CAPR

/// A status other than success that APR returned, and what we were doing.
public struct APRError: Error, Hashable, Sendable, CustomStringConvertible {
    /// APR's status; below 20000 it is the system's `errno`.
    public let status: CInt
    /// The function of ours that made the call.
    public let operation: String
    /// What the library had to say beyond the status, such as `dlerror`'s text.
    public let detail: String?

    public init(status: CInt, operation: String, detail: String? = nil) {
        self.status = status
        self.operation = operation
        self.detail = detail
    }

    /// The status in words, as `apr_strerror` has them.
    public var reason: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 120) { buffer in
            unsafe String(cString: apr_strerror(status, buffer.baseAddress, buffer.count))
        }
    }

    public var description: String { "\(operation): \(detail ?? reason)" }
}

/// Turns an APR status into a Swift error.
///
/// Every call into APR goes through here.
@inline(__always)
func check(_ status: apr_status_t, _ operation: String = #function) throws(APRError) {
    guard status == APR_SUCCESS else { throw APRError(status: status, operation: operation) }
}
