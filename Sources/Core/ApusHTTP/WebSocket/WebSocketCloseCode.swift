// SPDX-License-Identifier: Apache-2.0

/// Why a connection ends (RFC 6455 section 7.4).
public struct WebSocketCloseCode: Sendable, Hashable {
    public let number: UInt16

    public init(_ number: UInt16) { self.number = number }

    public static let normal = WebSocketCloseCode(1000)
    public static let goingAway = WebSocketCloseCode(1001)
    public static let protocolError = WebSocketCloseCode(1002)
    public static let unsupportedData = WebSocketCloseCode(1003)
    /// A close frame without a code; never sent.
    public static let none = WebSocketCloseCode(1005)
    /// An end without a close frame; never sent.
    public static let abnormal = WebSocketCloseCode(1006)
    public static let invalidPayload = WebSocketCloseCode(1007)
    public static let policyViolation = WebSocketCloseCode(1008)
    public static let messageTooBig = WebSocketCloseCode(1009)
    public static let mandatoryExtension = WebSocketCloseCode(1010)
    public static let internalError = WebSocketCloseCode(1011)
    public static let serviceRestart = WebSocketCloseCode(1012)
    public static let tryAgainLater = WebSocketCloseCode(1013)
    public static let badGateway = WebSocketCloseCode(1014)

    /// Whether a close frame may carry it: what the RFC and the registry of IANA define, and the
    /// ranges for libraries and applications.
    public var maySend: Bool {
        switch number {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
