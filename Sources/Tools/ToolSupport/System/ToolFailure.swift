// SPDX-License-Identifier: Apache-2.0

/// Ends a command: what to say on standard error, if anything, and its exit status.
struct ToolFailure: Error, Equatable {
    let message: String?
    let status: Int32

    init(_ message: String?, _ status: Int32 = 1) {
        self.message = message
        self.status = status
    }
}
