// SPDX-License-Identifier: Apache-2.0

/// What ends the command.
struct PasswordToolError: Error {
    /// As the manual of htpasswd has them.
    enum Status: Int32 {
        case file = 1
        case syntax = 2
        case mismatch = 3
        case interrupted = 4
        case tooLong = 5
        case badUser = 6
        case badFile = 7
    }

    let status: Status
    let message: String
    /// Whether the message stands alone, without the command's name.
    var isBare = false
    var showsUsage = false

    init(_ status: Status, _ message: String, isBare: Bool = false, showsUsage: Bool = false) {
        self.status = status
        self.message = message
        self.isBare = isBare
        self.showsUsage = showsUsage
    }
}
