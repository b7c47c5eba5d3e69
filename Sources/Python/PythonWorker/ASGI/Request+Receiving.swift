// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

extension Request {
    /// `receive` of the application.
    func receive() -> Object? { loop.types.waiting.make(self, .receive) }

    func nextMessage() -> Outcome { isWebSocket ? nextEvent() : nextContent() }

    /// As much as this is asked for at a time; a part of it is asked for again once it was taken.
    private static var window: Int { 65536 }

    // MARK: HTTP

    private func nextContent() -> Outcome {
        if isDisconnected || phase == .complete {
            return message(loop.names.httpDisconnect, nil, nil, nil, nil)
        }
        let names = loop.names
        if !incoming.isEmpty {
            let content = incoming.removeFirst()
            taken(PyBytes_Size(content))
            let isLast = incoming.isEmpty && contentHasEnded
            if isLast { hasToldEnd = true }
            defer { Py_DecRef(content) }
            return message(
                names.httpRequest, names.body, content, names.moreBody,
                isLast ? apus_false() : apus_true())
        }
        guard contentHasEnded else {
            ask()
            return .notYet
        }
        guard !hasToldEnd else { return .notYet }
        hasToldEnd = true
        return message(
            names.httpRequest, names.body, names.noBytes, names.moreBody, apus_false())
    }

    // MARK: WebSocket

    private func nextEvent() -> Outcome {
        let names = loop.names
        if !hasToldConnect {
            hasToldConnect = true
            return message(names.webSocketConnect, nil, nil, nil, nil)
        }
        // What came before the end is still told, unless the application itself has closed.
        if !incoming.isEmpty, phase != .complete {
            let content = incoming.removeFirst()
            defer { Py_DecRef(content) }
            if isBytes(content) {
                taken(PyBytes_Size(content))
                return message(names.webSocketReceive, names.bytes, content, nil, nil)
            }
            taken(utf8(content)?.count ?? 0)
            return message(names.webSocketReceive, names.text, content, nil, nil)
        }
        guard isDisconnected || phase == .complete else { return .notYet }
        guard let code = PyLong_FromLongLong(Int64(closeCode)) else { return .failed }
        defer { Py_DecRef(code) }
        return message(
            names.webSocketDisconnect, names.code, code, names.reason,
            closeReason ?? names.noText)
    }

    // MARK: Credit

    /// Lets the front send, the first time that it is of use.
    func ask() {
        guard !hasAsked, !channel.isClosed else { return }
        hasAsked = true
        channel.want(id, Self.window)
    }

    private func taken(_ bytes: Int) {
        guard hasAsked else { return }
        owed += bytes
        guard owed >= Self.window / 2, !contentHasEnded, !isDisconnected else { return }
        channel.want(id, owed)
        owed = 0
    }

    // MARK: From the front

    func arrived(content: Slice) {
        guard !isDisconnected, phase != .complete, content.count > 0,
            let bytes = PyBytes_FromStringAndSize(
                content.start.assumingMemoryBound(to: CChar.self), content.count)
        else { return }
        incoming.append(bytes)
        changed()
    }

    func contentEnded() {
        contentHasEnded = true
        changed()
    }

    /// A message, or a part of one.
    func arrived(message part: Slice, isText: Bool, continues: Bool) {
        guard !isDisconnected, phase == .open else { return }
        if continues {
            partial.append(part.start, part.count)
            // The parts of a message have to come, however long it is; the front has a limit.
            taken(part.count)
            return
        }
        let start: UnsafeRawPointer
        let count: Int
        let earlier = partial.count
        if earlier > 0 {
            partial.append(part.start, part.count)
            start = UnsafeRawPointer(partial.bytes)
            count = partial.count
        } else {
            start = part.start
            count = part.count
        }
        let characters = start.assumingMemoryBound(to: CChar.self)
        let object =
            isText
            ? PyUnicode_DecodeUTF8(characters, count, nil)
            : PyBytes_FromStringAndSize(characters, count)
        if earlier > 0 {
            // Those bytes have been given back already.
            owed -= earlier
            partial.take(count)
            partial.shrink()
        }
        guard let object else {
            PyErr_Clear()
            close(code: 1007, reason: nil)
            disconnect(code: 1007, reason: nil)
            return
        }
        incoming.append(object)
        changed()
    }

    // MARK: Messages

    /// A dictionary with a type and at most two more entries.
    private func message(
        _ type: Object, _ key: Object?, _ value: Object?, _ key2: Object?, _ value2: Object?
    ) -> Outcome {
        guard let message = PyDict_New() else { return .failed }
        var isMade = PyDict_SetItem(message, loop.names.type, type) == 0
        if let key, let value { isMade = isMade && PyDict_SetItem(message, key, value) == 0 }
        if let key2, let value2 { isMade = isMade && PyDict_SetItem(message, key2, value2) == 0 }
        guard isMade else {
            Py_DecRef(message)
            return .failed
        }
        return .result(message)
    }
}
