// SPDX-License-Identifier: Apache-2.0

import CPythonABI

/// What the Python part has given for the event loop's side to call.
@safe
struct LoopHooks {
    /// Of a request's coroutine: remembers it for what its task calls.
    private let entered: Object
    /// Of a request's label, an exception, and whether the client has gone: logs it.
    private let reported: Object
    /// Of script and callable: begins to load an application.
    private let loads: Object
    /// `asyncio.CancelledError`.
    let cancelled: Object
    /// The type of exception of a `send` to a client that has gone.
    let disconnected: Object

    /// - Parameter object: has them as attributes.
    init?(_ object: Object) {
        guard let entered = unsafe PyObject_GetAttrString(object, "enter"),
            let reported = unsafe PyObject_GetAttrString(object, "report"),
            let loads = unsafe PyObject_GetAttrString(object, "load"),
            let cancelled = unsafe PyObject_GetAttrString(object, "CancelledError"),
            let disconnected = unsafe PyObject_GetAttrString(object, "ClientDisconnected")
        else { return nil }
        unsafe self.entered = entered
        unsafe self.reported = reported
        unsafe self.loads = loads
        unsafe self.cancelled = cancelled
        unsafe self.disconnected = disconnected
    }

    func enter(_ request: Request) {
        guard let object = unsafe request.object else { return }
        unsafe discard(apus_call1(entered, object), of: entered)
    }

    func report(_ request: Request, _ exception: Object) {
        guard let label = unsafe request.label else {
            unsafe PyErr_WriteUnraisable(reported)
            return
        }
        unsafe discard(
            apus_call3(
                reported, label, exception,
                request.isDisconnected ? apus_true() : apus_false()), of: reported)
    }

    /// - Returns: false with an exception.
    func load(_ mount: Mount) -> Bool {
        guard let script = path(mount.script), let callable = path(mount.callable) else {
            return false
        }
        return unsafe Reference(apus_call2(loads, script.object, callable.object)) != nil
    }
}
