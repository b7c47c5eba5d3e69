// SPDX-License-Identifier: Apache-2.0

import CPythonABI

typealias Object = OpaquePointer

/// The strings of scopes and messages, made once.
@safe
struct Names {
    let asgi = unsafe intern("asgi")
    let body = unsafe intern("body")
    let bytes = unsafe intern("bytes")
    let client = unsafe intern("client")
    let code = unsafe intern("code")
    let count = unsafe intern("count")
    let done = unsafe intern("done")
    let extensions = unsafe intern("extensions")
    let file = unsafe intern("file")
    let headers = unsafe intern("headers")
    let httpVersion = unsafe intern("http_version")
    let links = unsafe intern("links")
    let method = unsafe intern("method")
    let moreBody = unsafe intern("more_body")
    let moreTrailers = unsafe intern("more_trailers")
    let offset = unsafe intern("offset")
    let path = unsafe intern("path")
    let queryString = unsafe intern("query_string")
    let rawPath = unsafe intern("raw_path")
    let reason = unsafe intern("reason")
    let rootPath = unsafe intern("root_path")
    let scheme = unsafe intern("scheme")
    let send = unsafe intern("send")
    let server = unsafe intern("server")
    let setResult = unsafe intern("set_result")
    let state = unsafe intern("state")
    let status = unsafe intern("status")
    let subprotocol = unsafe intern("subprotocol")
    let subprotocols = unsafe intern("subprotocols")
    let text = unsafe intern("text")
    let `throw` = unsafe intern("throw")
    let close = unsafe intern("close")
    let trailers = unsafe intern("trailers")
    let type = unsafe intern("type")

    let httpRequest = unsafe intern("http.request")
    let httpDisconnect = unsafe intern("http.disconnect")
    let webSocketConnect = unsafe intern("websocket.connect")
    let webSocketReceive = unsafe intern("websocket.receive")
    let webSocketDisconnect = unsafe intern("websocket.disconnect")

    let noBytes = unsafe PyBytes_FromStringAndSize(nil, 0)!
    let noText = unsafe intern("")
}

/// A string that lives as long as the process.
func intern(_ text: StaticString) -> Object { unsafe interned(text)! }

/// - Returns: one more reference.
func retained(_ object: Object) -> Object {
    unsafe Py_IncRef(object)
    return unsafe object
}

/// Calls and forgets what it answers; an exception goes to `sys.unraisablehook`.
func discard(_ result: Object?, of callable: Object?) {
    if let result = unsafe result {
        unsafe Py_DecRef(result)
    } else {
        unsafe PyErr_WriteUnraisable(callable)
    }
}

/// Whether the object's type has one of the flags of `PyType_GetFlags`.
func hasFlag(_ object: Object, _ flag: Int) -> Bool {
    unsafe PyType_GetFlags(apus_type(object)) & UInt(flag) != 0
}

func isDictionary(_ object: Object) -> Bool { unsafe hasFlag(object, APUS_SUBCLASS_OF_DICT) }
func isNone(_ object: Object) -> Bool { unsafe object == apus_none() }

/// The bytes of a `bytes` object, which must live meanwhile.
func contents(_ object: Object) -> Slice {
    unsafe Slice(start: PyBytes_AsString(object)!, count: PyBytes_Size(object))
}

/// The UTF-8 of a `str`, which must live meanwhile.
///
/// - Returns: nil with an exception, for it may have surrogates.
func utf8(_ text: Object) -> Slice? {
    var length = 0
    guard let start = unsafe PyUnicode_AsUTF8AndSize(text, &length) else { return nil }
    return unsafe Slice(start: start, count: length)
}
