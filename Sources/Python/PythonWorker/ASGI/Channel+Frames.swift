// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

extension Channel {
    /// Does what the front says.
    func handle(_ frame: apus_frame, _ payload: Slice) {
        let id = frame.request
        let flags = Int(frame.flags)
        switch Int(frame.type) {
        case APUS_FRAME_REQUEST: begin(payload)
        case APUS_FRAME_BODY: requests[id]?.arrived(content: payload)
        case APUS_FRAME_BODY_END: requests[id]?.contentEnded()
        case APUS_FRAME_ABORT:
            if let request = requests[id] {
                unsafe request.disconnect(code: 1006, reason: nil)
            } else {
                loop.dropHeld(id, of: self)
            }
        case APUS_FRAME_CREDIT:
            guard payload.count >= 4 else { return }
            unsafe requests[id]?.grant(Int(payload.start.loadUnaligned(as: UInt32.self)))
        case APUS_FRAME_WEBSOCKET_TEXT:
            requests[id]?.arrived(
                message: payload, isText: true,
                continues: flags & Int(APUS_MESSAGE_CONTINUES) != 0)
        case APUS_FRAME_WEBSOCKET_BINARY:
            requests[id]?.arrived(
                message: payload, isText: false,
                continues: flags & Int(APUS_MESSAGE_CONTINUES) != 0)
        case APUS_FRAME_WEBSOCKET_CLOSE:
            guard let request = requests[id] else { return }
            unsafe request.disconnect(code: Int(frame.aux), reason: text(utf8: payload))
        default: break
        }
    }

    /// Starts a request, or holds it until it can be started.
    ///
    /// - Parameter payload: of its frame.
    func begin(_ payload: Slice, wasHeld: Bool = false) {
        guard let packet = Packet(payload, file: nil) else {
            // A front that does not speak this protocol is not answered.
            shutdown()
            return
        }
        let id = packet.head.request
        guard requests[id] == nil else { return }
        let now = apus_now()
        guard packet.head.expires == 0 || now <= packet.head.expires else {
            end(id, flags: APUS_END_EXPIRED)
            return
        }
        let parts = loop.parts
        parts.read(packet)
        let mount = loop.mounts.find(parts.script, parts.callable, load: loop.hooks)
        switch mount.condition {
        case .failed: end(id, flags: APUS_END_NOT_LOADED)
        case .loading: loop.hold(HeldRequest(self, id, mount, payload))
        case .ready:
            if wasHeld || loop.hasPlace {
                start(packet, parts, mount, now)
            } else {
                loop.hold(HeldRequest(self, id, mount, payload))
            }
        }
    }

    private func start(
        _ packet: borrowing Packet, _ parts: ScopeParts, _ mount: Mount, _ now: UInt64
    ) {
        let id = packet.head.request
        guard let application = unsafe mount.application, let state = unsafe mount.state,
            let scope = unsafe loop.scopes.make(parts, state: state)
        else {
            PyErr_WriteUnraisable(nil)
            end(id, flags: APUS_END_FAILED)
            return
        }
        defer { unsafe Py_DecRef(scope.object) }
        let request = unused.popLast() ?? Request(self)
        request.begin(packet, scope, RequestName(parts.name), now)
        guard requests.add(request) else { return }
        loop.requestBegins()
        if unsafe !request.run(application, scope.object) { request.couldNotRun() }
    }

    /// The end of a request that has not been started.
    func end(_ id: UInt64, flags: Int) {
        end(id, flags: flags, status: 0, started: 0, time: 0)
    }
}
