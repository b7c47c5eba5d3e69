// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

extension Request {
    /// `receive` of the application.
    func receive() -> Object? { unsafe loop.types.waiting.make(self, .receive) }

    func nextMessage() -> Outcome { isWebSocket ? nextEvent() : nextContent() }

    /// As much as this is asked for at a time; a part of it is asked for again once it was taken.
    private static var window: Int { 65536 }

    // MARK: HTTP

    private func nextContent() -> Outcome {
        if isDisconnected || phase == .complete {
            return unsafe message(loop.names.httpDisconnect, nil, nil, nil, nil)
        }
        let names = loop.names
        if unsafe !incoming.isEmpty {
            let content = unsafe incoming.removeFirst()
            unsafe taken(PyBytes_Size(content))
            let isLast = unsafe incoming.isEmpty && contentHasEnded
            if isLast { hasToldEnd = true }
            defer { unsafe Py_DecRef(content) }
            return unsafe message(
                names.httpRequest, names.body, content, names.moreBody,
                isLast ? apus_false() : apus_true())
        }
        guard contentHasEnded else {
            ask()
            return .notYet
        }
        guard !hasToldEnd else { return .notYet }
        hasToldEnd = true
        return unsafe message(
            names.httpRequest, names.body, names.noBytes, names.moreBody, apus_false())
    }

    // MARK: WebSocket

    private func nextEvent() -> Outcome {
        let names = loop.names
        if !hasToldConnect {
            hasToldConnect = true
            return unsafe message(names.webSocketConnect, nil, nil, nil, nil)
        }
        // What came before the end is still told, unless the application itself has closed.
        if unsafe !incoming.isEmpty, phase != .complete {
            let content = unsafe incoming.removeFirst()
            defer { unsafe Py_DecRef(content) }
            if unsafe isBytes(content) {
                unsafe taken(PyBytes_Size(content))
                return unsafe message(names.webSocketReceive, names.bytes, content, nil, nil)
            }
            unsafe taken(utf8(content)?.count ?? 0)
            return unsafe message(names.webSocketReceive, names.text, content, nil, nil)
        }
        guard isDisconnected || phase == .complete else { return .notYet }
        guard let code = unsafe PyLong_FromLongLong(Int64(closeCode)) else { return .failed }
        defer { unsafe Py_DecRef(code) }
        return unsafe message(
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
            let bytes = unsafe PyBytes_FromStringAndSize(
                content.start.assumingMemoryBound(to: CChar.self), content.count)
        else { return }
        unsafe incoming.append(bytes)
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
            unsafe partial.append(part.start, part.count)
            // The parts of a message have to come, however long it is; the front has a limit.
            taken(part.count)
            return
        }
        let start: UnsafeRawPointer
        let count: Int
        let earlier = partial.count
        if earlier > 0 {
            unsafe partial.append(part.start, part.count)
            unsafe start = UnsafeRawPointer(partial.bytes)
            count = partial.count
        } else {
            unsafe start = part.start
            count = part.count
        }
        let characters = unsafe start.assumingMemoryBound(to: CChar.self)
        let object =
            unsafe isText
            ? PyUnicode_DecodeUTF8(characters, count, nil)
            : PyBytes_FromStringAndSize(characters, count)
        if earlier > 0 {
            // Those bytes have been given back already.
            owed -= earlier
            partial.take(count)
            partial.shrink()
        }
        guard let object = unsafe object else {
            PyErr_Clear()
            close(code: 1007, reason: nil)
            unsafe disconnect(code: 1007, reason: nil)
            return
        }
        unsafe incoming.append(object)
        changed()
    }

    // MARK: Messages

    /// A dictionary with a type and at most two more entries.
    private func message(
        _ type: Object, _ key: Object?, _ value: Object?, _ key2: Object?, _ value2: Object?
    ) -> Outcome {
        guard let message = unsafe PyDict_New() else { return .failed }
        var isMade = unsafe PyDict_SetItem(message, loop.names.type, type) == 0
        if let key = unsafe key, let value = unsafe value {
            isMade = unsafe isMade && PyDict_SetItem(message, key, value) == 0
        }
        if let key2 = unsafe key2, let value2 = unsafe value2 {
            isMade = unsafe isMade && PyDict_SetItem(message, key2, value2) == 0
        }
        guard isMade else {
            unsafe Py_DecRef(message)
            return .failed
        }
        return unsafe .result(message)
    }
}
