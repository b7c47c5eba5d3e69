// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

extension Request {
    /// `send` of the application.
    ///
    /// What it says is done before it returns; what it returns is for waiting until the front has
    /// taken it.
    ///
    /// - Returns: an awaitable, or nil with an exception.
    func send(_ message: Object) -> Object? {
        guard unsafe isDictionary(message) else {
            return unsafe raise(apus_type_error(), "an ASGI message is a dict")
        }
        guard let type = unsafe PyDict_GetItemWithError(message, loop.names.type),
            unsafe isText(type),
            let name = unsafe utf8(type)
        else { return unsafe raise(apus_value_error(), "an ASGI message has a type, which is str") }
        let isDone = unsafe isWebSocket ? handleWebSocket(name, message) : handleHTTP(name, message)
        guard isDone else { return nil }
        guard outgoing.isEmpty else { return unsafe loop.types.waiting.make(self, .send) }
        return unsafe retained(loop.types.ready.ready)
    }

    // MARK: HTTP

    private func handleHTTP(_ name: Slice, _ message: Object) -> Bool {
        if name == "http.response.body" { return unsafe sendBody(message) }
        if name == "http.response.start" { return unsafe sendStart(message) }
        if name == "http.response.pathsend" { return unsafe sendPath(message) }
        if name == "http.response.zerocopysend" { return unsafe sendFile(message) }
        if name == "http.response.early_hint" { return unsafe sendEarlyHint(message) }
        if name == "http.response.trailers" { return unsafe sendTrailers(message) }
        return unsafe refuse(apus_value_error(), "unknown type of an ASGI message for a http scope")
    }

    /// - Returns: nil with an exception if the client has gone.
    private func isIgnored() -> Bool? {
        // "any further messages on the channel will be ignored"
        if phase == .complete { return true }
        guard isDisconnected else { return false }
        unsafe PyErr_SetObject(loop.hooks.disconnected, nil)
        return nil
    }

    private func sendStart(_ message: Object) -> Bool {
        guard let isIgnored = isIgnored() else { return false }
        guard !isIgnored else { return true }
        guard phase == .none else {
            return unsafe refuse(apus_runtime_error(), "http.response.start has been sent before")
        }
        return unsafe start(message)
    }

    /// Reads a head; it is kept back until there is content, or the application waits.
    func start(_ message: Object) -> Bool {
        guard unsafe makeHead(message) else { return false }
        if let value = unsafe PyDict_GetItemWithError(message, loop.names.trailers) {
            promisesTrailers = unsafe PyObject_IsTrue(value) == 1
        }
        phase = .started
        loop.holdsHead(self)
        return true
    }

    /// Whether content is dropped (RFC 9110 sections 6.4.1 and 9.3.2).
    private var hasNoContent: Bool { isForHead || status == 204 || status == 304 }

    func sendBody(_ message: Object) -> Bool {
        guard let isIgnored = isIgnored() else { return false }
        guard !isIgnored else { return true }
        guard phase == .started || phase == .content else {
            return unsafe refuse(
                apus_runtime_error(),
                phase == .none
                    ? "http.response.body before http.response.start"
                    : "http.response.trailers is expected, not http.response.body")
        }
        var content: Object?
        if let value = unsafe PyDict_GetItemWithError(message, loop.names.body) {
            guard let bytes = unsafe bytes(value) else { return false }
            unsafe content = bytes
        }
        let hasMore = unsafe flag(message, loop.names.moreBody)
        let count = unsafe content.map(PyBytes_Size) ?? 0
        guard admit(Int64(count)) else {
            if let content = unsafe content { unsafe Py_DecRef(content) }
            return false
        }
        commit(knownLength: hasMore || promisesTrailers ? nil : Int64(count))
        if let content = unsafe content {
            if count > 0 && !hasNoContent {
                unsafe put(.content(content, sent: 0))
            } else {
                unsafe Py_DecRef(content)
            }
        }
        if !hasMore { contentIsComplete() }
        return true
    }

    /// Counts content, which must not be more than was said.
    private func admit(_ count: Int64) -> Bool {
        if !hasNoContent && length >= 0 && contentSent + count > length {
            return unsafe refuse(
                apus_runtime_error(), "the response's content is longer than its Content-Length")
        }
        contentSent += count
        return true
    }

    /// Sends the head.
    ///
    /// - Parameter knownLength: of the whole content, if this is all of it.
    func commit(knownLength: Int64?) {
        guard phase == .started, !isDisconnected else { return }
        loop.sendsHead(self)
        phase = .content
        // The answer to HEAD, or 304, may have no content where that of GET has: so it is not known.
        if length < 0, let knownLength, knownLength > 0 || !hasNoContent { length = knownLength }
        head.store(length, at: MemoryLayout<apus_frame>.size)
        unsafe channel.frames(Slice(start: UnsafeRawPointer(head.start), count: head.count))
    }

    private func contentIsComplete() {
        if promisesTrailers {
            phase = .trailers
        } else if !hasNoContent && length >= 0 && contentSent < length {
            log("ASGI application sent less content than its Content-Length")
            complete(flags: APUS_END_ABORTED)
        } else {
            complete(flags: 0)
        }
    }

    // MARK: Files

    private func sendPath(_ message: Object) -> Bool {
        guard let isIgnored = isIgnored() else { return false }
        guard !isIgnored else { return true }
        guard phase == .started || (phase == .content && contentSent == 0) else {
            return unsafe refuse(
                apus_runtime_error(), "http.response.pathsend must be all the content")
        }
        guard let path = unsafe PyDict_GetItemWithError(message, loop.names.path),
            unsafe isText(path),
            let name = unsafe utf8(path)
        else {
            return unsafe refuse(
                apus_type_error(), "http.response.pathsend has a path, which is str")
        }
        guard name.count > 0, name[0] == 47, unsafe strlen(name.characters) == name.count else {
            return unsafe refuse(
                apus_value_error(), "the path of http.response.pathsend is not absolute")
        }
        let descriptor = unsafe apus_open_file(name.characters)
        guard descriptor >= 0 else {
            _ = unsafe PyErr_SetFromErrnoWithFilenameObject(apus_os_error(), path)
            return false
        }
        let size = apus_regular_file_size(descriptor)
        guard size >= 0 else {
            apus_close(descriptor)
            return unsafe refuse(
                apus_os_error(), "http.response.pathsend of what is not a regular file")
        }
        let count = length >= 0 ? min(length, size) : size
        return send(descriptor, offset: 0, count: count, hasMore: false)
    }

    private func sendFile(_ message: Object) -> Bool {
        guard let isIgnored = isIgnored() else { return false }
        guard !isIgnored else { return true }
        guard phase == .started || phase == .content else {
            return unsafe refuse(
                apus_runtime_error(), "http.response.zerocopysend at a time for no content")
        }
        guard let file = unsafe PyDict_GetItemWithError(message, loop.names.file) else {
            return unsafe refuse(apus_value_error(), "http.response.zerocopysend has a file")
        }
        let handle = unsafe PyObject_AsFileDescriptor(file)
        guard handle >= 0 else { return false }
        let size = apus_regular_file_size(handle)
        guard size >= 0 else {
            return unsafe refuse(
                apus_value_error(), "the file of http.response.zerocopysend is not a regular file")
        }
        guard let wantedOffset = unsafe number(message, loop.names.offset),
            let wantedCount = unsafe number(message, loop.names.count)
        else { return false }
        let offset = wantedOffset >= 0 ? wantedOffset : max(0, apus_file_position(handle))
        let count = min(wantedCount >= 0 ? wantedCount : Int64.max, max(0, size - offset))
        let descriptor = apus_duplicate(handle)
        guard descriptor >= 0 else {
            _ = unsafe PyErr_SetFromErrno(apus_os_error())
            return false
        }
        if wantedOffset < 0 { apus_set_file_position(handle, offset + count) }
        return unsafe send(
            descriptor, offset: offset, count: count,
            hasMore: flag(message, loop.names.moreBody))
    }

    /// - Parameter descriptor: taken over.
    private func send(_ descriptor: Int32, offset: Int64, count: Int64, hasMore: Bool) -> Bool {
        guard admit(count) else {
            apus_close(descriptor)
            return false
        }
        commit(knownLength: hasMore || promisesTrailers ? nil : count)
        if count > 0 && !hasNoContent {
            put(.file(descriptor: descriptor, offset: offset, count: count))
        } else {
            apus_close(descriptor)
        }
        if !hasMore { contentIsComplete() }
        return true
    }

    // MARK: Extensions

    private func sendEarlyHint(_ message: Object) -> Bool {
        guard let isIgnored = isIgnored() else { return false }
        // Once the head has gone it is too late for a hint, which does no harm.
        guard !isIgnored, phase == .none || phase == .started else { return true }
        guard let links = unsafe PyDict_GetItemWithError(message, loop.names.links),
            let list = unsafe Reference(PySequence_List(links))
        else {
            if unsafe PyErr_Occurred() != nil { return false }
            return unsafe refuse(apus_value_error(), "http.response.early_hint has links")
        }
        var fields = Bytes(capacity: 256)
        for index in unsafe 0..<PyList_Size(list.object) {
            guard let link = unsafe PyList_GetItem(list.object, index), unsafe isBytes(link) else {
                return unsafe refuse(
                    apus_type_error(), "a link of http.response.early_hint is bytes")
            }
            let value = unsafe contents(link)
            guard value.isFieldValue else {
                return unsafe refuse(apus_value_error(), "control character in a link")
            }
            fields.append("Link: ")
            unsafe fields.append(value.start, value.count)
            fields.append("\r\n")
        }
        var frame = Bytes(capacity: fields.count + 16)
        frame.frame(APUS_FRAME_INFORM, aux: 103, length: fields.count, request: id)
        frame.append(fields)
        unsafe channel.frames(Slice(start: UnsafeRawPointer(frame.start), count: frame.count))
        return true
    }

    private func sendTrailers(_ message: Object) -> Bool {
        guard let isIgnored = isIgnored() else { return false }
        guard !isIgnored else { return true }
        guard phase == .trailers else {
            return unsafe refuse(
                apus_runtime_error(),
                "http.response.trailers must be promised, and follow the content")
        }
        var fields = Bytes(capacity: 256)
        if let headers = unsafe PyDict_GetItemWithError(message, loop.names.headers) {
            guard unsafe append(headers, to: &fields, keepsLength: false) else { return false }
        }
        // The client has to have said TE: trailers.
        if fields.count > 0 && acceptsTrailers {
            var frame = Bytes(capacity: fields.count + 16)
            frame.frame(APUS_FRAME_TRAILERS, length: fields.count, request: id)
            frame.append(fields)
            guard put(frames: frame) else { return false }
        }
        if unsafe !flag(message, loop.names.moreTrailers) { complete(flags: 0) }
        return true
    }
}

extension Request {
    func put(frames: borrowing Bytes) -> Bool {
        guard
            let object = unsafe PyBytes_FromStringAndSize(
                UnsafeRawPointer(frames.start).assumingMemoryBound(to: CChar.self), frames.count)
        else { return false }
        unsafe put(.frames(object))
        return true
    }

    /// - Returns: false, with the exception set.
    func refuse(_ type: Object, _ message: StaticString) -> Bool {
        _ = unsafe raise(type, message)
        return false
    }

    /// Whether a member of a message is there and true.
    func flag(_ message: Object, _ key: Object) -> Bool {
        guard let value = unsafe PyDict_GetItemWithError(message, key) else { return false }
        return unsafe PyObject_IsTrue(value) == 1
    }

    /// - Returns: -1 if it is not there, nil with an exception.
    private func number(_ message: Object, _ key: Object) -> Int64? {
        guard let value = unsafe PyDict_GetItemWithError(message, key), unsafe !isNone(value) else {
            return -1
        }
        let number = unsafe PyLong_AsLongLong(value)
        if number < 0 {
            if unsafe PyErr_Occurred() == nil {
                _ = unsafe raise(apus_value_error(), "a negative number")
            }
            return nil
        }
        return number
    }

    /// - Returns: a reference to `bytes` of the same content, or nil with an exception.
    func bytes(_ value: Object) -> Object? {
        if unsafe isBytes(value) { return unsafe retained(value) }
        guard unsafe !isText(value), unsafe !hasFlag(value, APUS_SUBCLASS_OF_LONG) else {
            return unsafe raise(
                apus_type_error(), "the content of an ASGI message is bytes, not str")
        }
        // A bytearray may be changed while it waits to be sent, so it is copied.
        return unsafe PyBytes_FromObject(value)
    }
}

extension Slice {
    var characters: UnsafePointer<CChar> { unsafe start.assumingMemoryBound(to: CChar.self) }
}
