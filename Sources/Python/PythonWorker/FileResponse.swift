// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

extension Slot {
    /// Sends what is in a file by handing the front the file, if it is one of the file system.
    ///
    /// - Parameter wrapper: made by `wsgi.file_wrapper`.
    /// - Returns: nil if it is to be read block by block; false with an exception set.
    func send(file wrapper: OpaquePointer) -> Bool? {
        guard response.phase == .started, !response.hasNoContent,
            let region = unsafe Region(wrapper)
        else {
            PyErr_Clear()
            return nil
        }
        if response.length < 0 { response.length = region.count }
        let count = min(region.count, response.length)
        response.commit(to: &out, request: request)
        guard count > 0 else { return true }
        response.sent = count
        out.frame(APUS_FRAME_FILE, length: 16, request: request)
        out.append(region.offset)
        out.append(count)
        unsafe flush(passing: region.descriptor)
        return true
    }
}

/// From where on a file is to be sent.
private struct Region {
    let descriptor: Int32
    let offset: Int64
    let count: Int64

    /// Nil, perhaps with an exception, if the object is not a plain file with something in it.
    init?(_ wrapper: OpaquePointer) {
        guard let file = unsafe Reference(PyObject_GetAttrString(wrapper, "filelike")),
            let number = unsafe Region.ask(file.object, "fileno"), number >= 0,
            // Not the descriptor's position, for the object may have read ahead.
            let offset = unsafe Region.ask(file.object, "tell"), offset >= 0
        else { return nil }
        let size = apus_regular_file_size(Int32(truncatingIfNeeded: number))
        // Files of /proc and the like say that they are empty.
        guard size > offset else { return nil }
        descriptor = Int32(truncatingIfNeeded: number)
        self.offset = offset
        count = size - offset
    }

    private static func ask(_ file: OpaquePointer, _ name: StaticString) -> Int64? {
        guard let key = unsafe Reference(interned(name)),
            let result = unsafe Reference(apus_call_method(file, key.object))
        else { return nil }
        let value = unsafe PyLong_AsLongLong(result.object)
        return value < 0 ? nil : Int64(value)
    }
}
