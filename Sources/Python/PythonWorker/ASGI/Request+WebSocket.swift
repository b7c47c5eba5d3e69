// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

extension Request {
    func handleWebSocket(_ name: Slice, _ message: Object) -> Bool {
        if name == "websocket.send" { return unsafe sendMessage(message) }
        if name == "websocket.accept" { return unsafe accept(message) }
        if name == "websocket.close" { return unsafe sendClose(message) }
        if name == "websocket.http.response.start" { return unsafe startDenial(message) }
        if name == "websocket.http.response.body" { return unsafe continueDenial(message) }
        return unsafe refuse(
            apus_value_error(), "unknown type of an ASGI message for a websocket scope")
    }

    /// Sets the exception of a client that has gone, or of a socket that has been closed.
    private func refuseDisconnected() -> Bool {
        unsafe PyErr_SetObject(loop.hooks.disconnected, nil)
        return false
    }

    private func accept(_ message: Object) -> Bool {
        if isDisconnected { return refuseDisconnected() }
        guard phase == .none else {
            return unsafe refuse(apus_runtime_error(), "websocket.accept after the handshake")
        }
        var fields = Bytes(capacity: 256)
        if let value = unsafe PyDict_GetItemWithError(message, loop.names.subprotocol),
            unsafe !isNone(value)
        {
            guard unsafe isText(value), let name = unsafe utf8(value), name.isToken else {
                return unsafe refuse(
                    apus_value_error(), "the subprotocol of websocket.accept is no name")
            }
            fields.append("Sec-WebSocket-Protocol: ")
            unsafe fields.append(name.start, name.count)
            fields.append("\r\n")
        }
        if let headers = unsafe PyDict_GetItemWithError(message, loop.names.headers),
            unsafe !isNone(headers)
        {
            guard unsafe append(headers, to: &fields, keepsLength: false) else { return false }
        }
        var frame = Bytes(capacity: fields.count + 16)
        frame.frame(APUS_FRAME_WEBSOCKET_ACCEPT, length: fields.count, request: id)
        frame.append(fields)
        unsafe channel.frames(Slice(start: UnsafeRawPointer(frame.start), count: frame.count))
        phase = .open
        ask()
        return true
    }

    private func sendMessage(_ message: Object) -> Bool {
        if phase == .complete || isDisconnected { return refuseDisconnected() }
        guard phase == .open else {
            return unsafe refuse(apus_runtime_error(), "websocket.send before websocket.accept")
        }
        if let value = unsafe PyDict_GetItemWithError(message, loop.names.bytes),
            unsafe !isNone(value)
        {
            guard let content = unsafe bytes(value) else { return false }
            unsafe put(.message(content, sent: 0, isText: false))
            return true
        }
        guard let value = unsafe PyDict_GetItemWithError(message, loop.names.text),
            unsafe !isNone(value)
        else {
            return unsafe refuse(apus_value_error(), "websocket.send has either bytes or text")
        }
        guard unsafe isText(value), let text = unsafe utf8(value) else {
            if unsafe PyErr_Occurred() != nil { return false }
            return unsafe refuse(apus_type_error(), "the text of websocket.send is str")
        }
        guard let content = unsafe PyBytes_FromStringAndSize(text.characters, text.count) else {
            return false
        }
        unsafe put(.message(content, sent: 0, isText: true))
        return true
    }

    private func sendClose(_ message: Object) -> Bool {
        // A socket that the other side has closed may be closed once more.
        if phase == .complete || isDisconnected { return true }
        if phase == .none {
            channel.emptyResponse(id, status: 403)
            closeCode = 1006
            complete(flags: 0)
            return true
        }
        guard phase == .open else {
            return unsafe refuse(apus_runtime_error(), "websocket.close during a response")
        }
        var code: Int = 1000
        if let value = unsafe PyDict_GetItemWithError(message, loop.names.code),
            unsafe !isNone(value)
        {
            let number = unsafe PyLong_AsLongLong(value)
            if unsafe number == -1 && PyErr_Occurred() != nil { return false }
            guard number >= 1000, number < 5000 else {
                return unsafe refuse(apus_value_error(), "not a close code of WebSocket")
            }
            code = Int(number)
        }
        var reason: Slice?
        if let value = unsafe PyDict_GetItemWithError(message, loop.names.reason),
            unsafe !isNone(value)
        {
            guard unsafe isText(value), let text = unsafe utf8(value) else {
                if unsafe PyErr_Occurred() != nil { return false }
                return unsafe refuse(apus_type_error(), "the reason of websocket.close is str")
            }
            // RFC 6455 section 5.5: what a control frame holds, less the code.
            guard text.count <= 123 else {
                return unsafe refuse(
                    apus_value_error(), "the reason of websocket.close is too long")
            }
            reason = text
        }
        close(code: code, reason: reason)
        complete(flags: 0)
        return true
    }

    /// Sends the close; the end is the caller's.
    func close(code: Int, reason: Slice?) {
        closeCode = code
        var frame = Bytes(capacity: 144)
        frame.frame(
            APUS_FRAME_WEBSOCKET_CLOSE, aux: UInt16(truncatingIfNeeded: code),
            length: reason?.count ?? 0, request: id)
        if let reason { unsafe frame.append(reason.start, reason.count) }
        _ = put(frames: frame)
    }

    // MARK: Refusals (the extension websocket.http.response)

    private func startDenial(_ message: Object) -> Bool {
        if isDisconnected { return refuseDisconnected() }
        guard phase == .none else {
            return unsafe refuse(
                apus_runtime_error(), "websocket.http.response.start after the handshake")
        }
        return unsafe start(message)
    }

    private func continueDenial(_ message: Object) -> Bool {
        guard phase != .open, phase != .none || isDisconnected else {
            return unsafe refuse(
                apus_runtime_error(), "websocket.http.response.body before its start")
        }
        return unsafe sendBody(message)
    }
}
