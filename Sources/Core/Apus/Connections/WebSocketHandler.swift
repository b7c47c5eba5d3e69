// SPDX-License-Identifier: Apache-2.0

/// Has the messages of a WebSocket as they come, without a task that waits for them.
///
/// All of it is called on the loop of the connection, which holds the handler.
public protocol WebSocketHandler: AnyObject {
    /// The response has left: messages may be sent.
    func webSocketOpened(_ socket: WebSocketConnection)
    /// Takes a message.
    ///
    /// Nothing more is read before it returns, which is the back-pressure.
    func take(_ message: WebSocketMessage) async
    /// The client has taken what was sent, or is gone.
    func webSocketHasRoom()
    /// The WebSocket has ended; `closeCode` says why.
    ///
    /// The request ends when it returns.
    func webSocketEnded() async
}
