// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// Makes the dictionary of a request.
@safe
struct Environ {
    private let input: OpaquePointer
    private let requestStart: OpaquePointer
    private let queueStart: OpaquePointer
    private let daemonStart: OpaquePointer
    private let scriptStart: OpaquePointer
    private let applicationStart: OpaquePointer
    private let threadID: OpaquePointer
    private let threadRequests: OpaquePointer
    private let totalRequests: OpaquePointer

    init?() {
        guard let input = unsafe interned("wsgi.input"),
            let requestStart = unsafe interned("mod_wsgi.request_start"),
            let queueStart = unsafe interned("mod_wsgi.queue_start"),
            let daemonStart = unsafe interned("mod_wsgi.daemon_start"),
            let scriptStart = unsafe interned("mod_wsgi.script_start"),
            let applicationStart = unsafe interned("mod_wsgi.application_start"),
            let threadID = unsafe interned("mod_wsgi.thread_id"),
            let threadRequests = unsafe interned("mod_wsgi.thread_requests"),
            let totalRequests = unsafe interned("mod_wsgi.total_requests")
        else { return nil }
        unsafe self.input = input
        unsafe self.requestStart = requestStart
        unsafe self.queueStart = queueStart
        unsafe self.daemonStart = daemonStart
        unsafe self.scriptStart = scriptStart
        unsafe self.applicationStart = applicationStart
        unsafe self.threadID = threadID
        unsafe self.threadRequests = threadRequests
        unsafe self.totalRequests = totalRequests
    }

    /// - Returns: nil with an exception set.
    func make(
        _ packet: borrowing Packet, _ template: OpaquePointer, keys: Keys, slot: Slot
    ) -> Reference? {
        guard let environ = unsafe Reference(PyDict_Copy(template)) else { return nil }
        var variables = Variables(packet.variables)
        while let variable = variables.next() {
            guard unsafe keys.set(variable, in: environ.object) else { return nil }
        }
        guard let handle = unsafe Reference(Handle.make(Worker.inputType!, slot)),
            unsafe PyDict_SetItem(environ.object, input, handle.object) == 0,
            unsafe set(time: packet.head.received, requestStart, environ.object),
            unsafe set(time: packet.head.queued, queueStart, environ.object),
            let started = text(time: slot.started),
            unsafe PyDict_SetItem(environ.object, daemonStart, started.object) == 0,
            // Named so by mod_wsgi until its release 6, which names it as in the next line.
            unsafe PyDict_SetItem(environ.object, scriptStart, started.object) == 0,
            unsafe PyDict_SetItem(environ.object, applicationStart, started.object) == 0,
            unsafe set(number: UInt64(slot.number) + 1, threadID, environ.object),
            // Those before this one, as the total.
            unsafe set(number: slot.requests - 1, threadRequests, environ.object),
            unsafe set(number: Worker.scoreboard.requests, totalRequests, environ.object)
        else { return nil }
        return environ
    }

    private func set(number: UInt64, _ key: OpaquePointer, _ environ: OpaquePointer) -> Bool {
        guard let value = unsafe Reference(PyLong_FromUnsignedLongLong(number)) else {
            return false
        }
        return unsafe PyDict_SetItem(environ, key, value.object) == 0
    }

    private func set(time: UInt64, _ key: OpaquePointer, _ environ: OpaquePointer) -> Bool {
        guard let value = text(time: time) else { return false }
        return unsafe PyDict_SetItem(environ, key, value.object) == 0
    }

    /// Microseconds since 1970, in decimal digits, as mod_wsgi has them.
    private func text(time: UInt64) -> Reference? {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        return unsafe withUnsafeMutableBytes(of: &digits) { bytes in
            var place = bytes.count
            var rest = time
            repeat {
                place -= 1
                unsafe bytes[place] = UInt8(48 + rest % 10)
                rest /= 10
            } while rest > 0
            return unsafe PythonWorker.text(
                Slice(
                    start: UnsafeRawPointer(bytes.baseAddress! + place),
                    count: bytes.count - place))
        }
    }
}
