// SPDX-License-Identifier: Apache-2.0

internal import ApusHTTP

// Variables by which a configuration makes up for clients that do not keep to the protocol
// (manual: "Special Purpose Environment Variables"). `SetEnvIf User-Agent` sets them.

extension Request {
    /// Does what `force-no-vary`, `downgrade-1.0`, `force-response-1.0` and `nokeepalive` say.
    mutating func heedProtocolVariables(_ head: inout ResponseHead) {
        if environment.isEmpty { return }
        let isWithoutVary = environment["force-no-vary"] != nil
        if isWithoutVary { head.fields.remove(.vary) }
        if self.head.version > .http10, isWithoutVary || environment["downgrade-1.0"] != nil {
            self.head.version = .http10
            if !self.head.isPersistent { connection.willClose = true }
        }
        if self.head.version == .http10, isWithoutVary || environment["force-response-1.0"] != nil {
            isAnsweredAsHTTP10 = true
            connection.willClose = true
        }
        if environment["nokeepalive"] != nil { connection.willClose = true }
    }
}
