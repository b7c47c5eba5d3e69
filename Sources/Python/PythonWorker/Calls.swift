// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// How a request ends: flags of END, and a status for the client.
typealias Ending = (flags: Int, status: UInt16)

extension Slot {
    /// Runs the application of a request, all of PEP 3333's rules around it.
    func callApplication(_ packet: borrowing Packet, _ target: Target) -> Ending {
        let application: Application
        switch unsafe Worker.applications.find(target, load: Worker.hooks.load) {
        case .missing(let status):
            reportException(target)
            return (APUS_END_NOT_LOADED, status)
        case .application(let found): application = found
        }
        guard
            let environ = unsafe Worker.environ.make(
                packet, application.template, keys: Worker.keys, slot: self),
            let start = unsafe Reference(Handle.make(Worker.startResponseType!, self)),
            let result = unsafe Reference(
                apus_call2(application.callable, environ.object, start.object))
        else { return failed(target) }
        let isDone = unsafe send(result: result.object)
        if !isDone { reportException(target) }
        let isClosed = unsafe close(result.object)
        if !isClosed { reportException(target) }
        if isTold { return (0, 0) }
        guard isDone else { return ending(afterFailure: true) }
        return complete(target)
    }

    private func send(result: OpaquePointer) -> Bool {
        if unsafe apus_is_list(result) != 0 || apus_is_tuple(result) != 0 {
            return unsafe send(sequence: result)
        }
        if unsafe apus_type(result) == Worker.hooks.fileWrapper,
            let sent = unsafe send(file: result)
        {
            return sent
        }
        return unsafe send(iterable: result)
    }

    /// What is all there already goes out together, and its length is known.
    private func send(sequence: OpaquePointer) -> Bool {
        let isList = unsafe apus_is_list(sequence) != 0
        if response.phase == .started && response.length < 0 && response.status != 204
            && response.status != 304
        {
            response.length = unsafe length(of: sequence, isList)
        }
        var index = 0
        while !response.isLost, let item = unsafe item(of: sequence, isList, index) {
            let block = unsafe Reference(keeping: item)
            guard unsafe send(block.object, holds: true) else { return false }
            index += 1
        }
        return true
    }

    /// Borrowed; nil beyond the end, which may have moved while the GIL was given up.
    private func item(of sequence: OpaquePointer, _ isList: Bool, _ index: Int) -> OpaquePointer? {
        if isList {
            return unsafe index < PyList_Size(sequence) ? PyList_GetItem(sequence, index) : nil
        }
        return unsafe index < PyTuple_Size(sequence) ? PyTuple_GetItem(sequence, index) : nil
    }

    /// -1 if not all of it is bytes, which `send` will tell.
    private func length(of sequence: OpaquePointer, _ isList: Bool) -> Int64 {
        var sum: Int64 = 0
        var index = 0
        while let block = unsafe item(of: sequence, isList, index) {
            guard unsafe isBytes(block) else { return -1 }
            unsafe sum += Int64(PyBytes_Size(block))
            index += 1
        }
        return sum
    }

    private func send(iterable: OpaquePointer) -> Bool {
        guard let iterator = unsafe Reference(PyObject_GetIter(iterable)) else { return false }
        while !response.isLost, response.phase != .committed || !response.hasNoContent {
            guard let block = unsafe Reference(PyIter_Next(iterator.object)) else {
                return unsafe PyErr_Occurred() == nil
            }
            guard unsafe send(block.object, holds: false) else { return false }
        }
        return true
    }

    // MARK: Ends

    /// - Returns: false with an exception set.
    private func close(_ result: OpaquePointer) -> Bool {
        // Lists and tuples have no such method; asking them would cost an exception.
        if unsafe apus_is_list(result) != 0 || apus_is_tuple(result) != 0 { return true }
        guard let method = unsafe Reference(PyObject_GetAttr(result, Worker.closeName!)) else {
            PyErr_Clear()
            return true
        }
        return unsafe Reference(apus_call0(method.object)) != nil
    }

    private func failed(_ target: Target) -> Ending {
        reportException(target)
        return ending(afterFailure: true)
    }

    private func ending(afterFailure: Bool) -> Ending {
        if response.phase == .committed { return (APUS_END_ABORTED, 0) }
        return (APUS_END_FAILED, isInterrupted ? 504 : 0)
    }

    private func complete(_ target: Target) -> Ending {
        if response.isLost { return (APUS_END_ABORTED, 0) }
        guard response.phase != .none else {
            report("The application did not call start_response.", target)
            return (APUS_END_FAILED, 0)
        }
        if response.phase == .started {
            if response.length < 0 && !response.hasNoContent { response.length = 0 }
            response.commit(to: &out, request: request)
        }
        guard !response.isShort else {
            report("The content is shorter than its Content-Length.", target)
            return (APUS_END_ABORTED, 0)
        }
        return (0, 0)
    }
}
