// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// Something of a response that cannot be sent before the front gives credit, or that comes after
/// such.
@safe
enum Outgoing {
    /// `bytes`, of which so many have been sent; a reference of its own.
    case content(Object, sent: Int)
    case message(Object, sent: Int, isText: Bool)
    case file(descriptor: Int32, offset: Int64, count: Int64)
    /// Whole frames: trailers, a close.
    case frames(Object)
    case end(flags: Int)

    func drop() {
        switch self {
        case .content(let object, _), .message(let object, _, _), .frames(let object):
            unsafe Py_DecRef(object)
        case .file(let descriptor, _, _): apus_close(descriptor)
        case .end: break
        }
    }
}

extension Request {
    /// Sends it now, or after what is waiting already.
    ///
    /// - Parameter item: taken over.
    func put(_ item: Outgoing) {
        if case .end = item {
        } else if isDisconnected {
            item.drop()
            return
        }
        if outgoing.isEmpty, let rest = emit(item) {
            outgoing.append(rest)
        } else if !outgoing.isEmpty {
            outgoing.append(item)
        }
    }

    /// There may be credit again.
    func pump() {
        guard !outgoing.isEmpty else { return }
        while !outgoing.isEmpty {
            if let rest = emit(outgoing.first) {
                outgoing.first = rest
                return
            }
            _ = outgoing.removeFirst()
        }
        changed()
    }

    /// Whether a `send` may go on.
    func sent() -> Outcome {
        if isDisconnected && phase != .complete {
            unsafe PyErr_SetObject(loop.hooks.disconnected, nil)
            return .failed
        }
        return unsafe outgoing.isEmpty ? .result(none()) : .notYet
    }

    /// - Returns: what there was no credit for.
    @discardableResult
    func emit(_ item: Outgoing) -> Outgoing? {
        switch item {
        case .content(let object, let sent):
            let content = unsafe contents(object)
            let count = pay(content.count - sent)
            unsafe channel.content(id, content.start + sent, count)
            guard sent + count == content.count else {
                return unsafe .content(object, sent: sent + count)
            }
            unsafe Py_DecRef(object)
        case .message(let object, let sent, let isText):
            let content = unsafe contents(object)
            let wanted = content.count - sent
            let count = pay(wanted)
            guard count > 0 || wanted == 0 else { return item }
            unsafe channel.message(
                id, content.start + sent, count, isText: isText, continues: count < wanted)
            guard count == wanted else {
                return unsafe .message(object, sent: sent + count, isText: isText)
            }
            unsafe Py_DecRef(object)
        case .file(let descriptor, let offset, let count):
            channel.file(id, descriptor, offset: offset, count: count)
        case .frames(let object):
            unsafe channel.frames(contents(object))
            unsafe Py_DecRef(object)
        case .end(let flags):
            end(flags)
        }
        return nil
    }

    private func pay(_ wanted: Int) -> Int {
        let count = max(0, min(wanted, credit))
        credit -= count
        return count
    }

    private func end(_ flags: Int) {
        guard !hasSentEnd else { return }
        hasSentEnd = true
        channel.end(
            id, flags: flags, status: endStatus, started: started, time: apus_now() &- started)
        if isOver { channel.requests.remove(id) }
    }
}
