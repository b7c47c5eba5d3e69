// SPDX-License-Identifier: Apache-2.0

import CPythonABI
import CWorkerPlatform
import CWorkerProtocol

/// What a request says about itself, and the application that it is for.
struct Target {
    /// A path, or the name of a module.
    var script = Slice.empty
    var callable = Slice.empty
    var isHead = false
    /// What logs call the request.
    var name = Slice.empty

    init(_ packet: borrowing Packet) {
        var filename = Slice.empty
        var handler = Slice.empty
        var variables = Variables(packet.variables)
        while let variable = variables.next() {
            switch Int(variable.key) {
            case APUS_KEY_REQUEST_METHOD: isHead = variable.value == "HEAD"
            case APUS_KEY_SCRIPT_FILENAME: filename = variable.value
            case APUS_KEY_HANDLER_SCRIPT: handler = variable.value
            case APUS_KEY_CALLABLE_OBJECT: callable = variable.value
            case APUS_KEY_REQUEST_ID: name = variable.value
            default: break
            }
        }
        script = handler.count > 0 ? handler : filename
    }
}

/// An application that has been loaded.
@safe
struct Application {
    let callable: OpaquePointer
    /// What environ begins with.
    let template: OpaquePointer
}

/// The applications that requests have asked for so far.
///
/// The GIL guards the table.
final class Applications {
    enum Found {
        case application(Application)
        /// With a status for the client, 0 for the usual one; the reason has been logged.
        case missing(UInt16)
    }

    private var entries: [(script: Slice, callable: Slice, application: Application)] = []

    /// - Parameter load: a function of script and callable: the pair of an application and its
    ///   template, or else a number, the status.
    func find(_ target: Target, load: OpaquePointer) -> Found {
        for entry in entries where entry.script == target.script {
            if entry.callable == target.callable { return .application(entry.application) }
        }
        guard let script = path(target.script), let callable = text(target.callable),
            let result = unsafe Reference(apus_call2(load, script.object, callable.object))
        else { return .missing(0) }
        guard unsafe isTuple(result.object) else {
            let status = unsafe PyLong_AsLongLong(result.object)
            return .missing(UInt16(truncatingIfNeeded: max(0, status)))
        }
        let application = unsafe Application(
            callable: PyTuple_GetItem(result.object, 0)!,
            template: PyTuple_GetItem(result.object, 1)!)
        unsafe Py_IncRef(application.callable)
        unsafe Py_IncRef(application.template)
        entries.append((copy(target.script), copy(target.callable), application))
        return .application(application)
    }

    private func copy(_ slice: Slice) -> Slice {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, slice.count), alignment: 1)
        unsafe memory.copyMemory(from: slice.start, byteCount: slice.count)
        return unsafe Slice(start: UnsafeRawPointer(memory), count: slice.count)
    }
}

/// The name of a file, as the interpreter has it.
func path(_ bytes: Slice) -> Reference? {
    unsafe Reference(
        PyUnicode_DecodeUTF8(
            bytes.start.assumingMemoryBound(to: CChar.self), bytes.count, "surrogateescape"))
}
